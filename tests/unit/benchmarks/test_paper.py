"""The paper's experiments: figures by hand on tiny tracks, files refused, rows of a report."""

import hashlib
import io
import json
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import paper
import pytest
from fakes.reports import SAMPLE, make_report
from paper_authors import (
    LANGUAGES,
    delay_track,
    find_nearest,
    find_origin,
    judge_clip,
    judge_language,
    load_latents,
    measure_distance,
    measure_roughness,
    read_files,
    read_manifest,
)
from paper_ours import find_beaten, find_notes, make_rows

from lipmotion.errors import RecordingError
from lipmotion.evaluate.report_file import read_report, write_report
from lipmotion.evaluate.report_json import MeasureInfo, Report

# Two numbers an image; the database holds 0, 1 and 4 on the first axis.
DATABASE = np.array([[0.0, 0.0], [1.0, 0.0], [4.0, 0.0]])
TARGET = np.array([[0.0, 0.2], [1.2, 0.0], [0.0, 0.0], [1.0, 0.0]])
LOOKED_UP = DATABASE[[0, 1, 0, 1]]


def test_distance_is_a_mean_over_images_and_numbers() -> None:
    assert measure_distance(LOOKED_UP, TARGET) == pytest.approx((0.04 + 0.04) / 8)
    assert measure_distance(np.zeros(2), TARGET) == pytest.approx((0.04 + 1.44 + 1) / 8)


def test_a_late_track_holds_its_first_image() -> None:
    track = np.array([[1.0], [2.0], [3.0]])
    assert delay_track(track, 0).tolist() == track.tolist()
    assert delay_track(track, 2).ravel().tolist() == [1, 1, 1]
    assert delay_track(track, 1).ravel().tolist() == [1, 1, 2]


def test_nearest_and_origin() -> None:
    assert find_nearest(TARGET, DATABASE).tolist() == [0, 1, 0, 1]
    origin = find_origin(LOOKED_UP, TARGET, DATABASE)
    assert (origin.database_rows, origin.nearest_rows, origin.same_index) == (1, 1, 1)
    # near the same images, but none of them; the last is another's neighbour
    aside = np.array([[0.1, 0], [0.1, 0], [0.1, 0], [2.9, 0]])
    other = find_origin(LOOKED_UP + aside, TARGET, DATABASE)
    assert (other.database_rows, other.nearest_rows, other.same_index) == (0, 0, 0.75)
    # an image of the database, but not the nearest
    wrong = find_origin(DATABASE[[0, 1, 2, 1]], TARGET, DATABASE)
    assert (wrong.database_rows, wrong.nearest_rows, wrong.same_index) == (1, 0.75, 0.75)


def test_roughness_is_the_second_difference_over_the_targets() -> None:
    target = np.array([[0.0], [1.0], [0.0], [1.0]])  # second differences −2, 2
    assert measure_roughness(target, target) == 1
    assert measure_roughness(3 * target, target) == pytest.approx(3)
    assert measure_roughness(np.arange(4.0)[:, None], target) == 0


def test_a_clip_has_the_rows_that_were_missing() -> None:
    tracks = {
        "theirs": LOOKED_UP,
        "landmark nearest": DATABASE[[2, 2, 2, 2]],
        "amplitude": DATABASE[[1, 1, 1, 1]],
        "random": DATABASE[[1, 0, 1, 0]],
    }
    rows = (0.08, 16 + 0.04 + 2.8**2 + 16 + 9, 1.04 + 0.04 + 1 + 0, 0, 0, 1.04 + 1.44 + 1 + 1)
    stored = np.array(rows) / 8
    late = LOOKED_UP[[0, 0, 1, 0]], LOOKED_UP[[0, 0, 0, 0]]
    stored[3:5] = [np.mean((track - TARGET) ** 2) for track in late]
    stored[0] *= 1.01
    clip = judge_clip(7, tracks, TARGET, DATABASE, stored)
    assert clip.distances["landmark nearest"] == pytest.approx(stored[1])
    assert clip.distances["amplitude"] == pytest.approx(stored[2])
    assert clip.distances["theirs + 1 image"] == clip.by_delay[1] == pytest.approx(stored[3])
    assert clip.distances["theirs + 15 images"] == clip.by_delay[15] == pytest.approx(stored[4])
    assert clip.stored_error == pytest.approx(1 - 1 / 1.01)
    # by hand: the mean is (0.55, 0.05), nearest to it (1, 0); the database's is (5/3, 0)
    assert clip.distances["clip-mean pose"] == pytest.approx(TARGET.var(axis=0).mean())
    assert clip.distances["one held image"] == clip.distances["amplitude"]
    assert clip.distances["database-mean pose"] == pytest.approx(
        ((5 / 3) ** 2 * 2 + 0.04 + (7 / 15) ** 2 + (2 / 3) ** 2) / 8
    )
    assert clip.distances["nearest in the database"] == clip.distances["theirs"]


def test_a_language_is_summed_over_numbers() -> None:
    language = judge_language(18, LOOKED_UP, TARGET, DATABASE, np.array([0.04, 0.04, 0, 0.5]))
    assert (language.language, language.n_images) == ("Russian", 4)
    assert language.theirs == pytest.approx(0.02)
    assert language.deviation == pytest.approx(0.02)
    assert language.floor == pytest.approx(0.02)
    assert language.still == pytest.approx(TARGET.var(axis=0).sum())
    assert language.seconds == pytest.approx(4 / 30)
    assert language.stored_error == pytest.approx(0.5)


# --- files --------------------------------------------------------------------------------------


def test_files_are_read_if_they_are_the_known_ones(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_bytes(b"1 2\n")
    manifest = {"a.csv": hashlib.sha256(b"1 2\n").hexdigest()}
    assert read_files(tmp_path, manifest) == {"a.csv": b"1 2\n"}
    with pytest.raises(RecordingError, match=r"a\.csv: sha256 .* expected 000000000000…"):
        read_files(tmp_path, {"a.csv": "0" * 64})
    with pytest.raises(RecordingError, match=r"b\.npy: missing; git clone https://github"):
        read_files(tmp_path, manifest | {"b.npy": "0" * 64})


def test_a_pickle_is_never_opened() -> None:
    held = io.BytesIO()
    np.save(held, np.array([{}], dtype=object), allow_pickle=True)
    with pytest.raises(ValueError, match="allow_pickle"):
        load_latents({"om/Latent/x.npy": held.getvalue()}, "x")


def test_every_file_that_is_needed_has_its_hash() -> None:
    manifest = read_manifest()
    assert all(len(digest) == 64 for digest in manifest.values())
    assert {f"om/Latent/syn/latent_{clip}.npy" for clip in (*LANGUAGES, 1, 2)} < set(manifest)
    assert len(manifest) == 53


def test_a_missing_file_is_one_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "argv", ["paper.py", str(tmp_path)])
    with pytest.raises(SystemExit, match=r"^\S+: missing; git clone \S+, check out \w+, .*$"):
        paper.main()


# --- this face ----------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def report() -> Report:
    return read_report(SAMPLE)


DISTANCES = {"human-lips": 0.02, "ours": 0.1, "ours+40ms": 0.3, "still": 0.2, "shuffled": 0.5}


def add_latents(report: Report) -> Report:
    """The report with a native view that has the paper's measure; one person speaks German."""
    (people, *others), scores = report.sources, []
    spoken = {person.name: "de" if person.name == "person-1" else "en" for person in people.persons}
    persons = tuple(replace(person, language=spoken[person.name]) for person in people.persons)
    for score in report.scores:
        if score.source == "people":
            score = replace(
                score, clips=tuple(replace(c, language=spoken[c.person]) for c in score.clips)
            )
        scores.append(score)
        if score.source == "people" and score.method in DISTANCES:
            value = DISTANCES[score.method]
            # a person's second clip is twice as long, with lips half as far apart
            clips = tuple(
                replace(c, shares={"latent_distance": (value * 75, 50.0 if k < 3 else 100.0)})
                for k, c in enumerate(score.clips)
            )
            scores.append(replace(score, view="native", figures={}, true={}, clips=clips))
    told = MeasureInfo("latent_distance", "latent distance", "", "…", 0.0, False, ("people",))
    measures = (*(m for m in report.measures if m.name != told.name), told)
    sources = (replace(people, persons=persons), *others)
    return replace(report, measures=measures, sources=sources, scores=tuple(scores))


def test_rows_agree_with_the_report(report: Report) -> None:
    rows = make_rows(report)
    (ours,) = [row for row in rows if (row.source, row.method) == ("people", "ours")]
    (score,) = [s for s in report.find_scores("people") if s.method == "ours"]
    for name in ("closure_f1", "r_aperture"):
        assert ours.figures[name].value == pytest.approx(score.figures[name].value, abs=2e-4)
    assert (ours.language, ours.n_clips, ours.lag_ms) == ("en", 6, score.lag_ms)
    assert ours.seconds == 24  # only two clips have curves: the source's own length
    spoken = [row for row in rows if row.kind == "speech"]
    assert [row.method for row in spoken] == ["ours", "still"]
    assert set(spoken[0].figures) == {"bilabial_f1", "bilabial_chance"}
    assert {row.source for row in rows} == {"people", "voices"}  # noises are nobody's speech


def test_seconds_are_those_of_the_curves_where_all_have_one() -> None:
    (row, *_) = make_rows(make_report(n_clips=2))
    assert (row.n_clips, row.seconds) == (2, 2 * 200 / 50)


def test_a_report_without_latents_says_so(report: Report) -> None:
    notes = find_notes(make_rows(report))
    assert [note.partition(":")[0] for note in notes] == ["people", "voices"]
    assert all("no latent measures" in note for note in notes)
    moving = [row for row in make_rows(report) if row.method != "still"]
    assert sum("no still mouth" in note for note in find_notes(moving)) == 2


def test_what_a_still_mouth_beats(report: Report) -> None:
    rows = [row for row in make_rows(add_latents(report)) if row.source == "people"]
    for language, n_clips in (("de", 2), ("en", 4)):
        own = {row.method: row for row in rows if row.language == language}
        assert {row.n_clips for row in own.values()} == {n_clips}
        found = {name: own[name].figures["latent_distance"].value for name in DISTANCES}
        assert found == pytest.approx(DISTANCES)
        assert "latent_distance" not in own["same-film"].figures
    (still, beaten), _ = find_beaten(rows)
    assert (still.method, still.language, beaten) == ("still", "de", ["ours+40ms", "shuffled"])


def test_tables_and_json(
    report: Report, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture
) -> None:
    write_report(add_latents(report), tmp_path / "report.json")
    out = tmp_path / "paper.json"
    both = [str(tmp_path / "report.json"), str(SAMPLE)]
    monkeypatch.setattr(sys, "argv", ["paper.py", "--report", *both, "--out", str(out)])
    paper.main()
    shown = capsys.readouterr().out
    assert "| source | language | method | clips | s | lag ms | latent distance |" in shown
    assert "the still mouth beats, in 1: people (en): ours+40ms, shuffled." in shown
    assert "> 2: people: the report has no latent measures" in shown
    rows = json.loads(out.read_text("utf-8"))["ours"]["rows"]
    ours, _ = (r for r in rows if (r["source"], r["method"]) == ("1: people", "ours"))
    assert ours["figures"]["latent_distance"]["value"] == 0.1
    assert str(tmp_path) not in out.read_text("utf-8")


def test_nothing_asked_is_wrong_use(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "argv", ["paper.py"])
    with pytest.raises(SystemExit, match="2"):
        paper.main()
