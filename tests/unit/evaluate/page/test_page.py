"""report.html: a function of the report alone, whose numbers are the report's, safe and offline."""

import json
import re
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import numpy as np
import pytest
from fakes.reports import METHODS, SAMPLE, make_report, talk

import lipmotion.evaluate.page.page
from lipmotion.cli import FAILED, run
from lipmotion.evaluate.metrics import fit_range
from lipmotion.evaluate.page.curves import choose_evenly, find_curve
from lipmotion.evaluate.page.figures import find_best, show, show_lag
from lipmotion.evaluate.page.media import Media, find_media, name_clip, name_folder
from lipmotion.evaluate.page.page import render_page, write_page
from lipmotion.evaluate.page.persons import average_by_language, divide_by_person
from lipmotion.evaluate.page.words import judge_lag
from lipmotion.evaluate.pair import compose_pairs
from lipmotion.evaluate.report_file import read_report, write_report
from lipmotion.evaluate.report_json import MethodInfo
from lipmotion.evaluate.suite import Clip

RIVAL = MethodInfo("nearest", "nearest landmark", "live", 300.0, "the paper's", False)
HOSTILE = "\"><script>alert('lips')</script><img src=x onerror=alert(1)>&amp;"


class Parsed(HTMLParser):
    """Elements with their attributes, text of `data`, and whether tags close as they opened."""

    VOID = frozenset({"meta", "input", "img", "link"})

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.numbers: list[tuple[dict[str, str | None], str]] = []
        self.feed(text)
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if self.open and self.open[-1] == "data":
            self.numbers.append((self.tags[-1][1], data))


def look_up(raw: object, place: str) -> object:
    """`scores[3].lag_ms` in plain data."""
    for name, index in re.findall(r"([\w+-]+)|\[(\d+)\]", place):
        raw = raw[name] if name else raw[int(index)]  # type: ignore[index]
    return raw


@pytest.fixture(scope="module")
def rivals(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("report") / "report.json"
    write_report(make_report(methods=(*METHODS, RIVAL)), path)
    return path


def test_every_number_of_the_summary_is_in_the_file(rivals: Path) -> None:
    for path in (SAMPLE, rivals):
        raw = json.loads(path.read_text(encoding="utf-8"))
        numbers = Parsed(render_page(read_report(path))).numbers
        assert len(numbers) > 25
        for attributes, text in numbers:
            place = attributes["data-at"] or ""
            found = look_up(raw, place)
            assert float(attributes["value"] or "") == found
            assert isinstance(found, int | float)
            if place.endswith("lag_ms"):
                assert text == show_lag(found)
            else:
                assert text == show(abs(found) if place.endswith("loss") else found)


def test_no_number_of_the_summary_comes_from_elsewhere(rivals: Path) -> None:
    text = render_page(read_report(rivals))
    told = "".join(re.findall(r'<section class="told">.*?</section>', text, re.S))
    told = re.sub(r"<data.*?</data>|<h3>.*?</h3>|95 %|F1", "", told)
    assert not re.search(r"\d", re.sub("<[^>]*>", "", told))


def test_the_same_report_makes_the_same_page(rivals: Path) -> None:
    assert render_page(read_report(rivals)) == render_page(read_report(rivals))


def test_nothing_is_fetched(rivals: Path) -> None:
    text = render_page(read_report(rivals))
    assert "//" not in re.sub(r"^// .*$", "", text, flags=re.M)
    assert not re.search(r"@import|url\(|fetch\(|XMLHttp", text)
    for name, attributes in Parsed(text).tags:
        assert name not in ("link", "iframe", "object", "embed")
        assert "src" not in attributes
        assert (attributes.get("href") or "#").startswith("#")


def test_names_cannot_become_markup() -> None:
    report = make_report()
    methods = [replace(m, title=HOSTILE, says=HOSTILE) for m in report.methods]
    persons = [replace(p, name=HOSTILE) for p in report.sources[0].persons]
    tracks = [replace(t, clip=HOSTILE, person=HOSTILE) for t in report.tracks]
    hostile = replace(
        report,
        made=replace(report.made, command=HOSTILE, machine=HOSTILE, version=HOSTILE),
        face=replace(report.face, name=HOSTILE),
        warnings=(HOSTILE,),
        measures=tuple(replace(m, title=HOSTILE, definition=HOSTILE) for m in report.measures),
        methods=tuple(methods),
        sources=(replace(report.sources[0], persons=tuple(persons)), *report.sources[1:]),
        tracks=tuple(tracks),
        bundles={HOSTILE: HOSTILE},
    )
    media = Media({("ours", HOSTILE): "a.mp4"}, {HOSTILE: "a.png"}, {HOSTILE: "b.mp4"})
    parsed = Parsed(render_page(hostile, media))
    names = [name for name, _ in parsed.tags]
    assert names.count("script") == 1
    assert all("onerror" not in attributes for _, attributes in parsed.tags)
    alts = [attributes["alt"] for name, attributes in parsed.tags if name == "img"]
    assert alts
    assert all(HOSTILE in (alt or "") for alt in alts)


def test_warnings_come_first_and_the_best_are_marked(rivals: Path) -> None:
    report = read_report(rivals)
    text = render_page(report)
    assert text.index(report.warnings[0].split("'")[0]) < text.index('class="told"')
    best = find_best(report, "people", "closure_f1")
    ranked = {s.method: s.figures["closure_f1"].value for s in report.find_scores("people")}
    most = max(ranked["ours"] or 0, ranked["nearest"] or 0)
    assert [one.value for one in best] == [most] * len(best)
    assert {one.score.method for one in best} <= {"ours", "nearest"}
    assert text.count("★") >= 2 * len(best)


def test_a_ceiling_below_the_best_is_said() -> None:
    report = read_report(SAMPLE)
    assert "read this with care" not in render_page(report)
    low = [
        replace(s, figures={k: replace(f, value=0.1) for k, f in s.figures.items()})
        if s.method == "same-film" else s
        for s in report.scores
    ]  # fmt: skip
    text = render_page(replace(report, scores=tuple(low)))
    assert text.count("further from perfect than the best: read this with care") == 2


def test_one_method_alone_is_not_the_best() -> None:
    assert find_best(read_report(SAMPLE), "people", "closure_f1") == []


def test_curves_have_the_closures_that_were_scored() -> None:
    report = make_report(n_clips=2)
    recalls = []
    for track in report.tracks:
        if track.method:
            continue
        in_speech = [False] * len(track.fields["aperture"])
        for start, end in track.in_speech:
            in_speech[start:end] = [True] * (end - start)
        curve = find_curve(report, track, np.array(in_speech))
        recalls.append((track.clip, len(curve.closures)))
    score = next(s for s in report.scores if s.method == "same-film")
    assert recalls == [(c.clip, int(c.shares["closure_recall"][1])) for c in score.clips]


def test_many_clips_are_thinned_evenly() -> None:
    tracks = list(read_report(SAMPLE).tracks)
    assert choose_evenly(tracks, 4) == [tracks[len(tracks) * k // 4] for k in range(4)]
    assert choose_evenly(tracks, 99) == tracks


def test_people_are_summed_and_languages_averaged() -> None:
    score = next(s for s in read_report(SAMPLE).scores if s.method == "ours")
    values = divide_by_person(score, "closure_f1")
    clips = [c.shares["closure_f1"] for c in score.clips if c.person == "person-0"]
    assert values["en", "person-0"] == sum(p for p, _ in clips) / sum(w for _, w in clips)
    mean = average_by_language(values)["en"]
    assert mean == pytest.approx(score.figures["closure_f1"].value, abs=1e-4)


@pytest.mark.parametrize(
    ("lag_ms", "told"),
    [(0, "do not"), (45, "do not"), (-125, "do not"), (60, "accept"), (-300, "viewers notice")],
)
def test_lags_are_judged_by_what_viewers_notice(lag_ms: float, told: str) -> None:
    assert told in judge_lag(lag_ms)


@pytest.mark.parametrize(
    ("value", "unit", "told"),
    [(0.8889, "", "0.89"), (-0.1, "", "−0.10"), (None, "", "–"), (51.4, "ms", "51"),
     (0.0039, "", "0.004"), (0.0001, "", "0.00"), (-0.3, "ms", "0"), (float("nan"), "", "–")],
)  # fmt: skip
def test_numbers_are_short(value: float | None, unit: str, told: str) -> None:
    assert show(value, unit) == told


def test_films_and_strips_beside_the_report_are_linked(rivals: Path) -> None:
    folder = rivals.parent
    for name in ("films/ours/person-0-clip-0.mp4", "films/person/clip-0.mp4", "strips/clip-1.png",
                 "films/side-by-side/people-person-1-clip-1.mp4"):  # fmt: skip
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(b"seen")
    media = find_media(folder)
    assert media.films["ours", "person-0-clip-0"] == "films/ours/person-0-clip-0.mp4"
    assert media.find_film("", "people", "person-0", "clip-0") == "films/person/clip-0.mp4"
    assert media.find_film("ours", "people", "person-0", "clip-1") is None
    text = write_page(rivals).read_text("utf-8")
    tags = Parsed(text).tags
    links = [attributes.get("href") for name, attributes in tags if name == "a"]
    assert {"films/ours/person-0-clip-0.mp4", "films/person/clip-0.mp4"} <= set(links)
    sources = {name: attributes["src"] for name, attributes in tags if "src" in attributes}
    assert sources == {"img": "data:image/png;base64,c2Vlbg==",
                       "video": "data:video/mp4;base64,c2Vlbg=="}  # fmt: skip


def test_what_is_too_heavy_for_the_page_is_linked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "strips").mkdir()
    for name, size in (("a", 30), ("b", 90), ("c", 30)):
        (tmp_path / "strips" / f"{name}.jpg").write_bytes(bytes(size))
    monkeypatch.setattr("lipmotion.evaluate.page.media.EMBEDDED_STRIPS", 100)
    strips = find_media(tmp_path).strips
    assert [link.startswith("data:") for link in strips.values()] == [True, False, True]
    assert strips["b"] == "strips/b.jpg"


def test_names_of_files_are_names_of_files() -> None:
    assert name_clip("s1", "bbaf2n") == "s1-bbaf2n"
    assert name_clip("../en/us", "a b") == ".._en_us-a_b"
    assert name_folder("arkit:mine") == "arkit-mine"


def test_the_sound_lies_behind_the_curves() -> None:
    report = read_report(SAMPLE)
    people = [track for track in report.tracks if track.method == ""]
    text = render_page(report)
    assert text.count('class="sound"') == len(people)  # once a clip
    assert text.count('<use href="#clip-') > 10  # and behind every row
    tracks = tuple(replace(track, sound=()) for track in report.tracks)
    assert 'class="sound"' not in render_page(replace(report, tracks=tracks))


def test_a_report_of_two_films_has_a_page() -> None:
    lips = talk(np.random.default_rng(0))
    own = fit_range([lips])
    clip = Clip("pair", "person", "mine.mp4", "?", lips, own)
    text = render_page(compose_pairs([clip], [lips], own, seed=0))
    assert Parsed(text).numbers[0][1] == "1.00"
    assert "two films" in text


def test_the_page_is_made_by_the_command(
    rivals: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["evaluate", "--page", str(rivals)]) == 0
    assert capsys.readouterr().out.strip() == str(rivals.with_suffix(".html"))
    assert run(["evaluate", "--page", str(tmp_path / "none.json")]) == FAILED
    assert "no report here" in capsys.readouterr().err


def luminance(colour: str) -> float:
    """Source: WCAG 2.2, relative luminance."""
    shares = [int(colour[k : k + 2], 16) / 255 for k in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in shares]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


@pytest.mark.parametrize("sheet", ["page/page.css", "study/study.css"])
def test_colours_can_be_told_in_light_and_dark(sheet: str) -> None:
    path = Path(lipmotion.evaluate.page.page.__file__).parents[1] / sheet
    modes = re.findall(
        r":root \{([^}]*color-scheme[^}]*|[^}]*--paper: #14[^}]*)\}", path.read_text()
    )
    assert len(modes) >= 2
    for mode in modes[:2]:
        colours = dict(re.findall(r"--([\w-]+): (#[0-9a-f]{6})", mode.replace("#fff;", "#ffffff;")))
        for name, least in (
            ("ink", 7), ("soft", 4.5), ("ours", 4.5), ("rival", 4.5), ("reference", 4.5),
            ("control", 3), ("loss", 3), ("gain", 3),
        ):  # fmt: skip
            for ground in ("paper", "card"):
                if name in colours:
                    pair = sorted((luminance(colours[name]), luminance(colours[ground])))
                    assert (pair[1] + 0.05) / (pair[0] + 0.05) >= least, (name, ground)
