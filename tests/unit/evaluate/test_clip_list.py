"""The table of clips: what is scored, how late a sound is, whose film it is."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from fakes.watched import make_watched

from lipmotion.bundle import hash_file
from lipmotion.errors import RecordingError
from lipmotion.evaluate.clip_list import KNOWN, TEST, ClipList, read_clip_list, read_scored
from lipmotion.evaluate.sources import open_people
from lipmotion.watched import move_earlier

PLAIN = "person,name,split\nann,a,test\nann,b,train\nbob,c,known\n"


def test_what_a_table_says(tmp_path: Path) -> None:
    path = tmp_path / "clips.csv"
    path.write_text(PLAIN)
    found = read_scored(path)
    assert found.find(TEST) == {("ann", "a")}
    assert found.find(KNOWN) == {("bob", "c")}
    assert not found.late_s
    assert not found.sha256
    path.write_text("person,name,split,sound_late_ms,sha256\nann,a,test,40,\nann,b,test,,00ff\n")
    found = read_scored(path)
    assert found.late_s == {("ann", "a"): 0.04}
    assert found.sha256 == {("ann", "b"): "00ff"}
    assert read_clip_list(None) == ClipList()


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("person,name\nann,a\n", "not a table"),
        ("person,name,split,sound_late_ms\nann,a,test,soon\n", "not a table"),
        ("person,name,split\nann,a,train\n", "no row has split `test`"),
    ],
)
def test_what_is_no_table_is_refused(text: str, told: str, tmp_path: Path) -> None:
    (tmp_path / "clips.csv").write_text(text)
    with pytest.raises(RecordingError, match=told):
        read_scored(tmp_path / "clips.csv")


def test_another_film_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a.mp4").write_bytes(b"film")
    films = {("ann", "a"): tmp_path / "a.mp4"}
    ClipList(sha256={("ann", "a"): hash_file(tmp_path / "a.mp4")}).check_films(films)
    with pytest.raises(RecordingError, match="not the film"):
        ClipList(sha256={("ann", "a"): "0" * 64}).check_films(films)


def test_a_late_sound_is_moved() -> None:
    assert move_earlier(np.arange(1.0, 5, dtype=np.float32), 1).tolist() == [2, 3, 4, 0]
    assert move_earlier(np.arange(1.0, 5, dtype=np.float32), -1).tolist() == [0, 1, 2, 3]
    assert move_earlier(np.array([True, False, True]), 0).tolist() == [True, False, True]
    assert move_earlier(np.array([True, False]), 5).tolist() == [False, False]


def test_sound_and_speech_move_together(tmp_path: Path) -> None:
    make_watched(tmp_path / "people")
    (plain,) = open_people(tmp_path / "people", tmp_path, n_clips=1).cases
    known = ClipList(late_s={(plain.person, plain.name): 0.1})
    (moved,) = open_people(tmp_path / "people", tmp_path, n_clips=1, known=known).cases
    assert (moved.sound[:-1600] == plain.sound[1600:]).all()
    assert plain.lips is not None
    assert moved.lips is not None
    assert (moved.lips.in_speech[:-5] == plain.lips.in_speech[5:]).all()
    assert (moved.lips.values == plain.lips.values).all()  # the picture stays


def test_what_watching_took_off_is_not_taken_off_again(tmp_path: Path) -> None:
    watched = make_watched(tmp_path / "people")
    (plain,) = open_people(tmp_path / "people", tmp_path, n_clips=1).cases
    key = (plain.person, plain.name)
    for segment in watched.segments():
        watched.finish(replace(segment, offset_s=0.1))
    (found,) = open_people(tmp_path / "people", tmp_path, n_clips=1).cases
    assert (found.sound[:-1600] == plain.sound[1600:]).all()
    for late_s, n in ((0.1, 1600), (0.15, 2400), (0.0, 0)):
        known = ClipList(late_s={key: late_s})
        (case,) = open_people(tmp_path / "people", tmp_path, n_clips=1, known=known).cases
        assert (case.sound[2400:-2400] == plain.sound[2400 + n :][: len(plain.sound) - 4800]).all()
