"""Those who watch: several processes, one that ends, a cluster."""

import os
import signal
import subprocess
import sys
import threading
import time
from importlib.util import find_spec
from pathlib import Path
from shutil import copyfile

import pytest
from fakes.people_films import FILMS

from lipmotion.errors import MissingExtraError
from lipmotion.watch import crew
from lipmotion.watch.plan import WatchConfig, plan_segments
from lipmotion.watch.record import read_records
from lipmotion.watch.run import watch_films


def make_films(place: Path, n_films: int) -> Path:
    place.mkdir()
    for k in range(n_films):
        copyfile(FILMS["s1"], place / f"film-{k}.mp4")
    return place


def find_processes(*words: str) -> list[int]:
    """Processes below this one whose command line holds all words."""
    parents, found = {}, []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                command = (entry / "cmdline").read_bytes().replace(b"\0", b" ").decode()
                parents[int(entry.name)] = int(
                    (entry / "stat").read_text().rsplit(")")[-1].split()[1]
                )
            except (OSError, ValueError):
                continue
            if all(word in command for word in words):
                found.append(int(entry.name))

    def is_ours(pid: int) -> bool:
        while pid in parents and pid != os.getpid():
            pid = parents[pid]
        return pid == os.getpid()

    return [pid for pid in found if is_ours(pid)]


def kill_first(*words: str, after: Path) -> threading.Thread:
    """Kills the first process with these words once the file exists."""

    def wait() -> None:
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline:
            if after.exists() and (pids := find_processes(*words)):
                os.kill(pids[0], signal.SIGKILL)
                return
            time.sleep(0.02)

    thread = threading.Thread(target=wait)
    thread.start()
    return thread


def test_several_processes_watch_what_one_would(tmp_path: Path) -> None:
    films = make_films(tmp_path / "ann", 3)
    told: list[tuple[int, int | None]] = []
    folder = watch_films(
        [films],
        tmp_path / "out",
        WatchConfig(False, n_workers=2),
        progress=lambda done, total: told.append((done, total)),
    )
    assert told == [(1, 3), (2, 3), (3, 3)]
    records = read_records(folder.folder, "ann")
    assert len({record.parts[0].curve for record in records}) == 1 and len(records) == 3
    assert len(folder.segments()) == 3


def test_a_film_that_ends_its_process_is_refused_and_the_rest_goes_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    films = make_films(tmp_path / "ann", 4)
    (films / "film-1.mp4").rename(films / "deadly.mp4")
    monkeypatch.setattr(crew, "watch_job", watch_or_die)
    folder = watch_films([films], tmp_path / "out", WatchConfig(False, n_workers=2))
    said = {segment.name: segment.reason for segment in folder.finished()}
    assert "watching it ends the process" in said.pop("deadly")
    assert sorted(said) == ["film-0", "film-2", "film-3"] and not any(said.values())


def watch_or_die(film: Path, segment: object, folder: Path, mirrored: bool) -> None:
    if film.stem == "deadly":
        os.kill(os.getpid(), signal.SIGKILL)
    crew._open_senses.cache_clear()
    from lipmotion.watch.film import watch_film
    from lipmotion.watched import Segment, WatchedFolder

    assert isinstance(segment, Segment)
    watch_film(film, segment, WatchedFolder(folder), crew._open_senses(mirrored))


def test_a_killed_run_goes_on_where_it_was(tmp_path: Path) -> None:
    films, out = make_films(tmp_path / "ann", 6), tmp_path / "out"
    command = [sys.executable, "-m", "lipmotion", "watch", str(films), "--out", str(out)]
    begun = subprocess.Popen([*command, "--no-mirrored", "--workers", "1"])
    while not list(out.glob("ann/*.film")):
        time.sleep(0.02)
    begun.kill()
    begun.wait()
    before = {path: path.stat().st_mtime_ns for path in out.glob("ann/*.film")}
    assert 0 < len(before) < 6 and not (out / "index.parquet").exists()
    folder = watch_films([films], out, WatchConfig(False))
    assert len(folder.segments()) == 6
    assert all(path.stat().st_mtime_ns == when for path, when in before.items())
    assert not list(out.rglob(".*.part"))


def test_without_ray_the_extra_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "ray", None)
    films = make_films(tmp_path / "ann", 1)
    with pytest.raises(MissingExtraError, match=r"ray is not installed.*\[ray\]"):
        watch_films([films], tmp_path / "out", WatchConfig(False), ray="local")
    jobs = plan_segments([films], WatchConfig())
    assert not [job for job in jobs if crew.is_watched(*job, tmp_path / "out")]


@pytest.mark.slow
@pytest.mark.skipif(find_spec("ray") is None, reason="ray is not installed (extra ray)")
@pytest.mark.filterwarnings("ignore")
def test_a_cluster_watches_the_same_and_loses_a_worker(tmp_path: Path) -> None:
    films, out = make_films(tmp_path / "ann", 8), tmp_path / "out"
    killer = kill_first("ray::watch_job", after=out / "watched.json")
    folder = watch_films([films], out, WatchConfig(False), ray="local")
    killer.join()
    here = watch_films([films], tmp_path / "here", WatchConfig(False))
    assert len(folder.segments()) == 8
    assert [s.offset_s for s in folder.segments()] == [s.offset_s for s in here.segments()]
