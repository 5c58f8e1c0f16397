"""How fast `lipmotion perform` is: sound to motor commands, and sound to a film.

    python benchmarks/speed.py [--sound FILE] [--seconds 120] [--film-seconds 20] [--out JSON]

The sound (without one: the built-in example) is repeated to the length asked for. Each way runs as
a user runs it, in a process of its own, after a warm-up run that compiles and fills the caches:
commands on one core, the film on two. × real time = length of the sound over time. Wall time is
what a user waits for; CPU time says the same on a machine that is busy otherwise. Memory is the
greatest resident set.

Needs Linux or macOS (resource usage of a child process).
"""

import argparse
import json
import os
import platform
import subprocess
import sys
import tempfile
import time
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np

import lipmotion
from lipmotion.cli.perform import EXAMPLE
from lipmotion.media.flac import write_flac
from lipmotion.media.sound import open_sound
from lipmotion.timing import SAMPLE_RATE_HZ

WARM_UP_S = 1.0


@dataclass(frozen=True)
class Run:
    """One run of the command.

    Attributes:
        sound_s: length of the sound.
        wall_s, cpu_s: time it took; CPU time of all threads together.
        memory_mb: greatest resident set.
    """

    sound_s: float
    wall_s: float
    cpu_s: float
    memory_mb: float


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--sound", type=Path, default=EXAMPLE, help="repeated to the length")
    parser.add_argument("--seconds", type=float, default=120.0, help="for commands")
    parser.add_argument("--film-seconds", type=float, default=20.0, help="for the film; 0 = none")
    parser.add_argument("--face", default="emo")
    parser.add_argument("--out", type=Path, default=Path("benchmarks/results/speed.json"))
    options = parser.parse_args()
    sound = np.concatenate(list(open_sound(options.sound).blocks()))[:, 0]
    ways = [("commands, one core", "--motors", "x.csv", options.seconds, 1)]
    if options.film_seconds:
        ways.append(("film 720 lines, two cores", "--out", "x.mp4", options.film_seconds, 2))
    results = {}
    with tempfile.TemporaryDirectory() as folder:
        for name, flag, file_name, seconds, n_cores in ways:
            out = [flag, str(Path(folder) / file_name), "--face", options.face, "--force"]
            runs = [
                measure(repeat(sound, length, Path(folder)), out, n_cores)
                for length in (WARM_UP_S, WARM_UP_S, seconds)
            ]
            results[name] = describe(runs[1], runs[2])
            print(f"{name}: {json.dumps(results[name])}", flush=True)
    result = {
        "benchmark": "speed",
        "version": lipmotion.__version__,
        "machine": f"{platform.machine()}, {os.cpu_count()} cores, Python "
        + platform.python_version(),
        "load": [round(load, 1) for load in os.getloadavg()],
        "results": results,
    }
    options.out.parent.mkdir(parents=True, exist_ok=True)
    options.out.write_text(json.dumps(result, indent=1) + "\n", encoding="utf-8")


def repeat(sound: np.ndarray, seconds: float, folder: Path) -> Path:
    """Writes the sound, repeated or cut to a length."""
    path = folder / f"sound-{seconds:g}.flac"
    write_flac(path, np.resize(sound, round(seconds * SAMPLE_RATE_HZ)).astype(np.float32))
    return path


def measure(sound: Path, out: list[str], n_cores: int) -> Run:
    """Runs the command on so many cores."""
    allowed = sorted(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else []
    pin = f"import os; os.sched_setaffinity(0, {allowed[:n_cores]}); " if allowed else ""
    code = f"{pin}from lipmotion.cli import main; import sys; sys.exit(main())"
    started = time.perf_counter()
    with tempfile.TemporaryFile() as told:
        child = subprocess.Popen(
            [sys.executable, "-c", code, "perform", str(sound), *out], stdout=told, stderr=told
        )
        _, status, usage = os.wait4(child.pid, 0)
        wall_s = time.perf_counter() - started
        child.returncode = os.waitstatus_to_exitcode(status)
        if child.returncode:
            told.seek(0)
            raise SystemExit(told.read().decode().strip() or f"exit status {child.returncode}")
    unit = 1e6 if sys.platform == "darwin" else 1e3  # macOS tells bytes, Linux KiB
    seconds = float(sound.stem.removeprefix("sound-"))
    return Run(seconds, wall_s, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / unit)


def describe(short: Run, long: Run) -> dict[str, object]:
    """× real time in all, and without the start-up that a short run shows too."""
    length_s = long.sound_s - short.sound_s
    return {
        "times_real_time_wall": round(long.sound_s / long.wall_s, 2),
        "times_real_time_cpu": round(long.sound_s / long.cpu_s, 2),
        "times_real_time_cpu_without_start": round(
            length_s / max(long.cpu_s - short.cpu_s, 1e-3), 2
        ),
        "start_s": round(short.wall_s, 2),
        "memory_mb": round(long.memory_mb),
        "run": {key: round(value, 3) for key, value in asdict(long).items()},
    }


if __name__ == "__main__":
    main()
