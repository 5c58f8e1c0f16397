"""Films of every kind: who is kept, what is refused and why, and how late the sound is."""

from pathlib import Path

import numpy as np
import pytest
from fakes.people_films import move, read_images, read_voice, write_film

from lipmotion.errors import MediaError, RecordingError
from lipmotion.voice.activity import VoiceActivity, hear_speech
from lipmotion.watch.film import Senses, is_watched, watch_film
from lipmotion.watch.plan import WatchConfig, plan_segments
from lipmotion.watch.record import read_records
from lipmotion.watch.run import watch_films
from lipmotion.watched import Segment, WatchedFolder

PLAIN = WatchConfig(mirrored=False)


def watch(film: Path, config: WatchConfig = PLAIN) -> WatchedFolder:
    return watch_films([film], film.parent.parent / f"out-{film.stem}", config)


def rows(film: Path) -> list[Segment]:
    return watch(film).finished()


def twice(who: str) -> tuple[list[np.ndarray], np.ndarray]:
    """Six seconds: forwards only, so that lips and sound go together all through."""
    return read_images(who) * 2, np.tile(read_voice(who), 2)


@pytest.mark.parametrize("late_ms", [-120.0, 170.0])
def test_the_sound_is_found_late_and_taken_off(tmp_path: Path, late_ms: float) -> None:
    images, sound = twice("s2")
    film = write_film(tmp_path / "bea" / "film.mkv", images, move(sound, late_ms / 1000))
    folder = watch(film)
    (segment,) = folder.segments()
    assert segment.offset_s * 1000 == pytest.approx(late_ms, abs=20)
    assert segment.sync_z > 3.5 and segment.sync_r > 0.5 and segment.speech_s > 2
    heard, gap = folder.read_sound(segment)[8000:-8000], 640
    alike = [np.dot(heard, sound[8000 + k : 88_000 + k]) for k in range(-gap, gap)]
    assert abs(int(np.argmax(alike)) - gap) < 320  # within 20 ms of where it was
    track = folder.read_lips(segment)
    spoken = hear_speech(sound, VoiceActivity())
    assert (track.in_speech == spoken)[30:-30].mean() > 0.95


def test_a_dubbed_film_is_refused(tmp_path: Path) -> None:
    images, _ = twice("s1")
    film = write_film(tmp_path / "bea" / "dubbed.mkv", images, np.tile(read_voice("s2")[::-1], 2))
    (segment,) = rows(film)
    assert "lips and sound" in segment.reason and segment.offset_s == 0
    (kept,) = watch_films([film], tmp_path / "all", WatchConfig(False, check_sync=False)).segments()
    assert kept.offset_s == 0 and kept.sync_z == 0


def test_of_two_faces_the_one_that_speaks_is_kept(tmp_path: Path) -> None:
    (left, _), (right, sound) = twice("s1"), twice("s2")
    both = [np.concatenate(pair, axis=1) for pair in zip(left, right, strict=True)] * 2
    sound = np.tile(sound, 2)
    segments = rows(write_film(tmp_path / "duo" / "two.mkv", both, sound))
    kept = {s.person for s in segments if not s.reason}
    refused = [s for s in segments if s.reason]
    assert len(kept) == 1 and {s.person for s in refused} == {"duo-two-1", "duo-two-2"} - kept
    assert {s.reason for s in refused} == {"another face in the shot speaks"}
    record = read_records(tmp_path / "out-two", "duo")[0]
    boxes = {f"duo-two-{int(face) + 1}": left for face, left, *_ in record.boxes}
    assert boxes[kept.pop()] > 360  # the right one
    assert (tmp_path / "out-two" / "duo" / "two.jpg").read_bytes()[:2] == b"\xff\xd8"


def test_cuts_part_people_and_a_face_may_leave(tmp_path: Path) -> None:
    black = [np.zeros_like(read_images("s1")[0])] * 25
    images = [*read_images("s1"), *read_images("s2"), *black, *read_images("s1")]
    silence = np.zeros(16_000, np.float32)
    sound = np.concatenate([read_voice("s1"), read_voice("s2"), silence, read_voice("s1")])
    segments = rows(write_film(tmp_path / "duo" / "cuts.mkv", images, sound))
    assert [s.name for s in sorted(segments, key=lambda s: s.start_s)] == [
        "cuts@001",
        "cuts@002",
        "cuts@003",
    ]
    spans = {s.name: (s.person, s.start_s, s.end_s) for s in segments if not s.reason}
    assert spans["cuts@001"] == ("duo-cuts-1", 0.0, pytest.approx(3.0, abs=0.05))
    assert spans["cuts@002"] == ("duo-cuts-2", pytest.approx(3.0), pytest.approx(6.0, abs=0.05))
    assert spans["cuts@003"] == ("duo-cuts-1", pytest.approx(7.0), pytest.approx(10.0, abs=0.05))


def test_uneven_image_times_are_taken_as_they_are(tmp_path: Path) -> None:
    images, sound = twice("s2")
    images, sound = images[:75], sound[:48_000]
    kept = [k for k in range(75) if k % 7 != 3]
    even = write_film(tmp_path / "bea" / "even.mkv", images, sound)
    uneven = write_film(
        tmp_path / "bea" / "uneven.mkv",
        [images[k] for k in kept],
        sound,
        times_s=[k / 25 for k in kept],
    )
    plain = WatchConfig(False, check_sync=False)
    folder = watch_films([even, uneven], tmp_path / "out", plain)
    first, second = folder.segments()
    assert second.images_hz == pytest.approx(25 * 6 / 7, rel=0.02)
    assert first.end_s == second.end_s == pytest.approx(3.0)
    a, b = (folder.read_lips(s).field("aperture") for s in (first, second))
    assert len(a) == len(b) and np.corrcoef(a, b)[0, 1] > 0.97
    shifted = [np.corrcoef(a[5:-5], np.roll(b, k)[5:-5])[0, 1] for k in range(-2, 3)]
    assert int(np.argmax(shifted)) == 2


@pytest.mark.parametrize("n_quarters", [1, 2, 3])
def test_faces_that_lie_on_their_side_are_found(tmp_path: Path, n_quarters: int) -> None:
    images = [np.rot90(image, n_quarters) for image in read_images("s2")]
    film = write_film(tmp_path / "bea" / "side.mkv", images, read_voice("s2"))
    folder = watch(film)
    (segment,) = folder.segments()
    upright = write_film(tmp_path / "bea" / "up.mkv", read_images("s2"), read_voice("s2"))
    other = watch(upright)
    a, b = folder.read_lips(segment), other.read_lips(*other.segments())
    assert np.corrcoef(a.field("aperture"), b.field("aperture"))[0, 1] > 0.97


def test_what_cannot_be_used_says_why(tmp_path: Path) -> None:
    images, sound = read_images("s1"), read_voice("s1")
    rng = np.random.default_rng(0)
    noise = [(images[0] + rng.integers(0, 3, images[0].shape, np.uint8)) for _ in range(75)]
    place = tmp_path / "anna"
    write_film(place / "no-sound.mkv", images, None)
    write_film(place / "slow.mkv", images[::2], sound, times_s=np.arange(38) / 12.5)
    write_film(place / "doubled.mkv", [images[k - k % 2] for k in range(75)], sound)
    write_film(place / "frozen.mkv", [images[0]] * 75, sound)
    write_film(place / "still.mkv", noise, sound)
    write_film(place / "silent.mkv", images, np.zeros_like(sound))
    write_film(place / "dark.mkv", [np.zeros_like(image) for image in images], sound)
    write_film(place / "short.mkv", images[:8], sound[:5120])
    small = [np.ascontiguousarray(image[::3, ::3]) for image in images]
    write_film(place / "small.mkv", small, sound)
    whole = write_film(tmp_path / "whole.mkv", images, sound).read_bytes()
    (place / "empty.mp4").write_bytes(b"")
    (place / "letter.mp4").write_text("dear film")
    (place / "head.mkv").write_bytes(whole[:300])
    folder = watch_films([place], tmp_path / "out", PLAIN)
    said = {segment.name: segment.reason for segment in folder.finished()}
    assert folder.segments() == []
    for name, reason in {
        "no-sound": "the film has no sound",
        "slow": "12.5 images a second where 20 are needed",
        "doubled": "images a second, the others repeated, where 20 are needed",
        "frozen": "still",
        "still": "a still picture, or a covered mouth",
        "silent": "0.0 s of speech; 0.5 s are needed",
        "dark": "no face in any image",
        "short": "seen for less than 0.5 s",
        "small": "px apart; 24 are needed",
        "empty": "the file is empty (0 bytes)",
        "letter": "not readable as a film",
        "head": "not readable as a film",
    }.items():
        assert reason in said[name], (name, said[name])


def test_what_came_before_the_damage_is_used(tmp_path: Path) -> None:
    images, sound = twice("s2")
    film = write_film(tmp_path / "bea" / "torn.mkv", images, sound)
    data = film.read_bytes()
    film.write_bytes(data[: round(0.8 * len(data))])
    folder = watch(film)
    segments = folder.finished()
    assert segments and segments[0].end_s < 6.01
    assert read_records(folder.folder, "bea")[0].source == "torn.mkv"


def test_another_film_of_the_name_replaces_the_first(tmp_path: Path) -> None:
    images, sound = twice("s2")
    film = write_film(tmp_path / "bea" / "film.mkv", images[:75], sound[:48_000])
    folder = watch(film)
    assert [s.name for s in folder.finished()] == ["film"]
    black = [np.zeros_like(images[0])] * 25
    sound = np.concatenate([sound[:48_000], np.zeros(16_000, np.float32), sound[:48_000]])
    write_film(film, [*images[:75], *black, *images[:75]], sound)
    folder = watch(film)
    assert [s.name for s in folder.finished()] == ["film@001", "film@002"]
    assert not (folder.folder / "bea" / "film.flac").exists()
    film.write_text("no film any more")
    folder = watch(film)
    assert [s.name for s in folder.finished()] == ["film"] and not folder.segments()
    left = sorted(path.name for path in (folder.folder / "bea").glob("film*"))
    assert left == ["film.film", "film.json"]


def test_a_film_that_vanishes_is_refused_and_watched_when_it_is_back(tmp_path: Path) -> None:
    film = write_film(tmp_path / "bea" / "film.mkv", read_images("s1"), read_voice("s1"))
    ((planned, segment),) = plan_segments([film], PLAIN)
    data = film.read_bytes()
    film.unlink()
    folder = WatchedFolder(tmp_path / "out-film")
    record = watch_film(planned, segment, folder, Senses.open(mirrored=False))
    assert record.reason == "the file is gone" and not record.parts
    film.write_bytes(data)
    assert not is_watched(planned, segment, folder.folder)


def test_a_full_disk_is_not_the_films_fault(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    film = write_film(tmp_path / "bea" / "film.mkv", read_images("s1"), read_voice("s1"))

    def fail(path: Path, sound: np.ndarray) -> None:
        raise MediaError(f"{path}: cannot be written: no space left")

    monkeypatch.setattr("lipmotion.watch.film.write_flac", fail)
    with pytest.raises(RecordingError, match=r"cannot be written: .*no space left"):
        watch(film)
    assert not list(tmp_path.rglob("*.film")) and not list(tmp_path.rglob(".*.part"))
    monkeypatch.undo()
    assert len(watch(film).segments()) == 1
