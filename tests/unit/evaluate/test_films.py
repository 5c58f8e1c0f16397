"""Films that are kept: which, what they are called, made once, and what a page and a study do."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from fakes.films import read_light, read_sound
from fakes.grey import GreyFace, GreyLandmarker
from fakes.reports import METHODS as REPORTED
from fakes.reports import make_report
from fakes.watched import make_watched

from lipmotion.commands import CommandTrack
from lipmotion.errors import MediaError
from lipmotion.evaluate import filming, strips, takes
from lipmotion.evaluate.filming import Framing, cut_alike, film_person, take_images, write_film
from lipmotion.evaluate.films import choose_methods, find_best_rival
from lipmotion.evaluate.plan import EvaluateConfig
from lipmotion.evaluate.report_json import FigureInfo, MethodInfo
from lipmotion.evaluate.run import evaluate
from lipmotion.evaluate.setting import Setting
from lipmotion.evaluate.stage import Stage
from lipmotion.evaluate.study.build import build_study, find_folders

RIVALS = (
    MethodInfo("nearest", "nearest landmark", "live", 300.0, "the paper's", False),
    MethodInfo("rhubarb", "rhubarb", "offline", None, "another program", False),
    MethodInfo("rhubarb-fitted", "rhubarb, best map", "offline", None, "the same", False),
    MethodInfo("arkit:mine", "arkit mine", "offline", None, "curves", False),
)
SOUND = np.sin(np.arange(16_000) / 9).astype(np.float32)


def paint(grey: float) -> np.ndarray:
    return np.full((64, 64, 3), np.uint8(grey), np.uint8)


@pytest.fixture(autouse=True)
def grey(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """A grey face; gives the lengths of what it performed to be filmed."""
    performed: list[int] = []

    def open_stage(setting: Setting) -> Stage:
        return Stage(
            lambda: GreyFace(setting.spec), setting.styles, GreyLandmarker(), seed=setting.seed
        )

    def perform_images(face: str, seed: int, commands: CommandTrack) -> Iterator[np.ndarray]:
        performed.append(len(commands))
        jaw = commands.values[::2, commands.motors.index("jaw_open")]
        yield from (paint(50 + 150 * opening) for opening in jaw)

    monkeypatch.setattr(takes, "open_stage", open_stage)
    monkeypatch.setattr(filming, "perform_images", perform_images)
    monkeypatch.setattr(filming, "frame_robot", lambda face, seed: Framing(32.0, 32.0, 25.0))
    monkeypatch.setattr(filming, "FILM_PX", 64)
    monkeypatch.setattr("lipmotion.evaluate.run._add_ceiling", lambda *given: None)
    monkeypatch.setattr("lipmotion.evaluate.run.time_live", lambda *given, seed: ())
    for module in (filming, strips):
        monkeypatch.setattr(module, "open_landmarker", GreyLandmarker)
    for cached in (takes.get_theatre, takes.open_method, takes.load_cached_take):
        cached.cache_clear()
    return performed


def run_silently(part: str) -> Callable[[int, int | None], None]:
    return lambda done, total: None


def test_a_run_keeps_films_strips_and_a_page_that_shows_them(
    tmp_path: Path, grey: list[int]
) -> None:
    make_watched(tmp_path / "people")
    for who, name in (("ann", "clip-0"), ("ann", "clip-1"), ("bob", "clip-2")):
        images = (paint(80 + k) for k in range(60))
        write_film(tmp_path / "films" / who / f"{name}.mp4", images, SOUND)
    out = tmp_path / "out"
    config = EvaluateConfig(
        out, data=(tmp_path / "people",), methods=("ours", "amplitude", "still", "shuffled"),
        is_native=False, n_kept_films=2,
    )  # fmt: skip
    evaluate(config, report=run_silently)  # without the people's films
    assert sorted(grey) == [120] * 6
    found = sorted(path.relative_to(out).as_posix() for path in (out / "films").rglob("*.mp4"))
    clips = ("ann-clip-0", "bob-clip-2")
    folders = ("amplitude", "ours", "side-by-side", "still")
    assert found == [f"films/{name}/{clip}.mp4" for name in folders for clip in clips]
    config = replace(config, films=(tmp_path / "films",))
    before = {path: path.stat().st_mtime_ns for path in out.glob("films/ours/*")}
    evaluate(config, report=run_silently)
    assert len(grey) == 6  # robots are not filmed again
    assert (out / "films" / "person" / "bob-clip-2.mp4").exists()
    (out / "films" / "ours" / "ann-clip-0.mp4").unlink()
    evaluate(config, report=run_silently)
    assert len(grey) == 7
    kept = out / "films" / "ours" / "bob-clip-2.mp4"
    assert kept.stat().st_mtime_ns == before[kept]
    assert not list(out.rglob("*.part"))
    times_s, light = read_light(kept)
    assert len(times_s) == 60
    assert light.max() > light.min()
    text = (out / "report.html").read_text("utf-8")
    assert text.count('src="data:image/jpeg;base64,') == 2
    assert text.count('src="data:video/mp4;base64,') == 2
    assert 'href="films/person/bob-clip-2.mp4"' in text
    assert "http:" not in text
    assert "https:" not in text
    study = find_folders([str(out / "films")])
    assert sorted(study) == ["amplitude", "ours", "person", "still"]
    key = build_study(study, tmp_path / "study", n_viewers=2, n_trials=4, seed=0)
    assert {clip for _, clip in key.films.values()} == set(clips)


def test_ours_what_must_lose_and_rivals_by_their_charts_are_kept() -> None:
    report = replace(make_report(n_clips=2), methods=(*REPORTED, *RIVALS))
    kept = ["human-lips", "ours", "still", "nearest", "rhubarb", "arkit:mine"]
    assert choose_methods(report) == kept


def test_the_best_rival_has_the_highest_mean() -> None:
    report = replace(make_report(n_clips=2), methods=(*REPORTED, *RIVALS))
    assert find_best_rival(report) == "nearest"
    assert find_best_rival(replace(report, methods=REPORTED)) is None
    (ours, *_) = [s for s in report.scores if s.method == "ours" and s.source == "people"]

    def score(method: str, closures: float | None, opening: float) -> object:
        figures = {
            name: FigureInfo(value, None, None, 2, 2)
            for name, value in (("closure_f1", closures), ("r_aperture", opening), ("jerk", 9.0))
        }
        return replace(ours, method=method, figures=figures)

    rows = (score("rhubarb", 0.5, 0.6), score("arkit:mine", None, 0.58),
            score("rhubarb-fitted", 1.0, 1.0), score("nearest", 1.0, 1.0))  # fmt: skip
    assert find_best_rival(replace(report, scores=(*report.scores, *rows))) == "arkit:mine"


def test_a_film_is_as_long_as_its_sound(tmp_path: Path) -> None:
    path = tmp_path / "deep" / "film.mp4"
    write_film(path, (paint(200 if k == 12 else 40) for k in range(25)), SOUND)
    times_s, light = read_light(path)
    assert times_s == pytest.approx(np.arange(25) / 25)
    assert light.argmax() == 12
    sound, rate_hz = read_sound(path)
    assert len(sound) / rate_hz == pytest.approx(1, abs=0.03)
    with pytest.raises(MediaError, match="no image to write"):
        write_film(path, iter([]), SOUND)
    assert len(read_light(path)[0]) == 25  # what stood there before stays
    assert not list(tmp_path.rglob("*.part"))


def test_images_are_those_shown_at_the_time(tmp_path: Path) -> None:
    path = tmp_path / "film.mp4"
    write_film(path, (paint(20 + 4 * k) for k in range(25)), SOUND)
    light = [image.mean() for image in take_images(path, 0.4, 5)]
    assert light == pytest.approx([60, 64, 68, 72, 76], abs=2)
    light = [image.mean() for image in take_images(path, 0.93, 4)]  # the last one stays
    assert light == pytest.approx([112, 116, 116, 116], abs=2)
    assert next(take_images(path, 2.0, 1)).mean() == pytest.approx(116, abs=2)


def test_faces_are_cut_equally_large() -> None:
    own, robot = Framing(150.0, 120.0, 60.0), Framing(200.0, 150.0, 120.0)
    region = cut_alike(own, robot, 400)
    assert region.side == 200  # eyes 60 px apart in 200 are 120 in 400
    corner = region.x - region.side / 2, region.y - region.side / 2
    assert ((150 - corner[0]) * 2, (120 - corner[1]) * 2) == (200, 150)


def test_a_film_without_a_face_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "film.mp4"
    write_film(path, (paint(99) for _ in range(25)), SOUND)
    monkeypatch.setattr(filming, "frame_face", lambda image: None)
    with pytest.raises(MediaError, match="finds no face"):
        film_person(tmp_path / "out.mp4", path, 0.0, "emo", 0, SOUND)


@pytest.mark.slow
def test_the_simulated_face_is_filmed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.undo()
    rest = filming.open_face("emo", driver="mock").spec.rest
    commands = CommandTrack(rest.motors, np.repeat(rest.values[None], 6, axis=0))
    images = list(filming.perform_images("emo", 0, commands))
    assert [image.shape for image in images] == [(filming.FILM_PX, filming.FILM_PX, 3)] * 3
    assert filming.frame_robot("emo", 0).eyes_px > 100
