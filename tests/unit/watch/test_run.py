"""Watching films: what is written, what is refused, and going on after a break."""

from dataclasses import replace
from pathlib import Path
from shutil import copyfile

import numpy as np
import pyarrow.parquet as pq
import pytest

from lipmotion.errors import MediaError, RecordingError
from lipmotion.lips import LIP_INDEX
from lipmotion.media.shard import write_images
from lipmotion.vision.landmarks import FaceLandmarker
from lipmotion.vision.owner import load_owner
from lipmotion.watch.plan import WatchConfig, plan_segments
from lipmotion.watch.run import watch_films
from lipmotion.watched import WatchedFolder, open_watched

PEOPLE = Path(__file__).parents[2] / "data" / "people"
PLAIN = WatchConfig(mirrored=False, language="en", licence="CC BY 4.0")


@pytest.fixture(scope="module")
def watched(tmp_path_factory: pytest.TempPathFactory) -> WatchedFolder:
    return watch_films([PEOPLE], tmp_path_factory.mktemp("watched") / "people", PLAIN)


def test_films_become_segments(watched: WatchedFolder) -> None:
    segments = open_watched(watched.folder).segments()
    assert [(s.person, s.name) for s in segments] == [("s1", "bbwm4n"), ("s2", "bbws7n")]
    for segment in segments:
        assert (segment.language, segment.licence) == ("en", "CC BY 4.0")
        assert segment.source == f"{segment.name}.mp4" and segment.images_hz == 25
        assert segment.end_s == pytest.approx(3.0) and segment.quality > 0.9
    rows = pq.read_table(watched.folder / "index.parquet").to_pylist()
    assert [row["name"] for row in rows] == ["bbwm4n", "bbws7n"]


def test_landmarks_lips_and_sound_belong_together(watched: WatchedFolder) -> None:
    for segment in watched.segments():
        images, track = watched.read_images(segment), watched.read_lips(segment)
        assert images.landmarks.shape == (75, 68, 3) and np.isfinite(images.landmarks).all()
        np.testing.assert_allclose(images.times_s, np.arange(75) / 25, atol=1e-6)
        assert len(track) == 150 and len(watched.read_sound(segment)) == 48_000
        assert 40 < track.in_speech.sum() < 110 and track.quality.mean() > 0.9


def test_lips_are_the_owners(watched: WatchedFolder) -> None:
    segment = watched.segments()[0]
    track, owner = watched.read_lips(segment), load_owner(watched.owner_path(segment.person))
    aperture = track.field("aperture")
    assert aperture.min() == 0 and 0.2 < aperture.max() < 0.8
    assert aperture[~track.in_speech].mean() < 0.3 * aperture[track.in_speech].mean()
    assert np.abs(np.median(track.values[~track.in_speech], axis=0)).max() < 0.1
    assert 0.4 < owner.rest_width < 0.7
    assert 0.1 < owner.speech_range[LIP_INDEX["aperture"]] < 0.6
    # "bin blue with m four now": closed for the b's and the m
    is_closed = aperture < 0.08 * owner.speech_range[LIP_INDEX["aperture"]]
    assert is_closed[track.in_speech].any()


def test_a_finished_film_is_not_watched_again(
    watched: WatchedFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> None:
        raise AssertionError("the tracker was asked")

    monkeypatch.setattr(FaceLandmarker, "step", refuse)
    before = {p: p.stat().st_mtime_ns for p in watched.folder.rglob("bb*.flac")}
    watch_films([PEOPLE], watched.folder, PLAIN)
    assert {p: p.stat().st_mtime_ns for p in watched.folder.rglob("bb*.flac")} == before
    assert not list(watched.folder.rglob(".*.part"))


def test_a_stopped_run_goes_on(tmp_path: Path) -> None:
    def stop(done: int, total: int | None) -> None:
        assert total == 2
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        watch_films([PEOPLE], tmp_path / "out", PLAIN, progress=stop)
    with pytest.raises(RecordingError, match="not finished; run the same `lipmotion watch` again"):
        open_watched(tmp_path / "out")
    told: list[tuple[int, int | None]] = []
    watch_films(
        [PEOPLE], tmp_path / "out", PLAIN, progress=lambda done, total: told.append((done, total))
    )
    assert told == [(2, 2)]
    assert len(open_watched(tmp_path / "out").segments()) == 2


def test_refused_films_stand_in_the_index(tmp_path: Path) -> None:
    films = tmp_path / "anna"
    films.mkdir()
    write_images(films / "dark.mkv", [np.zeros((64, 64, 3), np.uint8)] * 25, images_hz=25.0)
    (films / "broken.mp4").write_bytes(b"not a film")
    (films / "notes.txt").write_text("no film at all")
    folder = watch_films([films], tmp_path / "out", replace(PLAIN, person="bea"))
    assert folder.segments() == []
    reasons = {s.name: s.reason for s in folder.finished()}
    assert reasons["dark"] == "the film has no sound"
    assert reasons["broken"].startswith("not readable as a film")
    assert {s.person for s in folder.finished()} == {"bea"}


def test_films_are_named_by_their_folder_and_told_apart(tmp_path: Path) -> None:
    for place in ("one/anna", "two/anna"):
        (tmp_path / place).mkdir(parents=True)
        copyfile(PEOPLE / "s1" / "bbwm4n.mp4", tmp_path / place / "hello.mp4")
    copyfile(PEOPLE / "s1" / "bbwm4n.mp4", tmp_path / "one" / "anna" / "owner.mp4")
    jobs = plan_segments([tmp_path / "one"], PLAIN)
    assert [(s.person, s.name) for _, s in jobs] == [("anna", "hello"), ("anna", "owner-film")]
    with pytest.raises(RecordingError, match="would both be anna/hello"):
        plan_segments([tmp_path], PLAIN)
    assert len(plan_segments([tmp_path / "one" / "anna" / "hello.mp4"] * 2, PLAIN)) == 1


def test_what_cannot_be_watched_is_an_error(tmp_path: Path, watched: WatchedFolder) -> None:
    with pytest.raises(RecordingError, match="no films here"):
        watch_films([tmp_path], tmp_path / "out", PLAIN)
    with pytest.raises(MediaError, match="no such film or folder"):
        watch_films([tmp_path / "none.mp4"], tmp_path / "out", PLAIN)
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "letter.txt").write_text("dear")
    with pytest.raises(RecordingError, match="is in use and no watched folder"):
        watch_films([PEOPLE], tmp_path / "full", PLAIN)
    with pytest.raises(RecordingError, match="was watched with"):
        watch_films([PEOPLE], watched.folder, WatchConfig(mirrored=True))
    with pytest.raises(RecordingError, match="no watched folder"):
        open_watched(tmp_path)
