"""What may be named: films, folders, patterns and lists; and what each film is called."""

import os
from pathlib import Path

import pytest

from lipmotion.errors import MediaError, RecordingError
from lipmotion.watch.plan import WatchConfig, find_films, plan_segments


@pytest.fixture
def films(tmp_path: Path) -> Path:
    for name in ("ann/a.mp4", "ann/a.mkv", "ann/.hidden.mp4", "bob/deep/b.webm", "bob/notes.md"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).touch()
    return tmp_path


def names(*paths: Path, person: str | None = None) -> list[tuple[str, str]]:
    config = WatchConfig(person=person)
    return [(s.person, s.name) for _, s in plan_segments(paths, config)]


def test_folders_patterns_and_files(films: Path) -> None:
    everything = [("ann", "a"), ("ann", "a-mp4"), ("deep", "b")]
    assert names(films) == everything
    assert names(films / "*" / "*.mp4", films / "bob") == [("ann", "a"), ("deep", "b")]
    assert names(films / "**", person="eve") == [("eve", "a"), ("eve", "a-mp4"), ("eve", "b")]
    assert names(films / "ann" / "a.mp4", films / "ann" / "a.mp4") == [("ann", "a")]


def test_lists_say_more_of_each_film(films: Path) -> None:
    plain = films / "list.txt"
    plain.write_text("# films\n\nann/a.mp4\nbob\n")
    assert names(plain) == [("ann", "a"), ("deep", "b")]
    table = films / "list.csv"
    table.write_text("path,person,licence\nann/a.mp4,eve,CC BY 4.0\nbob/deep/b.webm,,\n")
    config = WatchConfig(language="en", licence="unknown")
    planned = [(s.person, s.licence, s.language) for _, s in plan_segments([table], config)]
    assert planned == [("deep", "unknown", "en"), ("eve", "CC BY 4.0", "en")]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("path,speaker\nann/a.mp4,x\n", "row 1: unknown column speaker; columns are path, person"),
        ("person\neve\n", "row 1: no path"),
        ("path\nann/none.mp4\n", "row 1: .*none.mp4: no such film"),
        ("path,person\nann/a.mp4,../x\n", "cannot name a folder"),
        ("path\nann/a.mp4,1,2\n", "unknown column None"),
    ],
)
def test_lists_that_are_none(films: Path, text: str, said: str) -> None:
    (films / "list.csv").write_text(text)
    with pytest.raises(MediaError, match=said):
        names(films / "list.csv")


def test_what_names_nothing(films: Path) -> None:
    (films / "list.txt").write_bytes(b"\xff\xfe\x00\xd8")
    with pytest.raises(MediaError, match="not readable as a list"):
        names(films / "list.txt")
    with pytest.raises(MediaError, match="no film fits this pattern"):
        find_films(films / "*.avi")
    with pytest.raises(MediaError, match="no such film or folder"):
        find_films(films / "none")
    (films / "empty").mkdir()
    with pytest.raises(RecordingError, match="no films here"):
        names(films / "empty")


def test_names_can_be_written_anywhere(tmp_path: Path) -> None:
    for name in (b"a\xff.mp4", b"x" * 200 + b".mp4", b"x" * 199 + b"y.mp4"):
        Path(os.fsdecode(os.fsencode(tmp_path) + b"/" + name)).touch()
    found = [name for _, name in names(tmp_path, person="eve")]
    assert found[0] == "a?" and len(set(found)) == 3
    assert all(len(name.encode()) <= 100 for name in found)
