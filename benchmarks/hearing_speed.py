"""How long one hop of hearing takes: 20 ms of sound → features → lips, on one core.

    python benchmarks/hearing_speed.py [--bundle FOLDER] [--lookahead-ms 60] [--seconds 30]

In a process of its own on one core, after a warm-up, as live hearing runs: hop by hop. Wall time is
what a listener waits for; CPU time says the same on a machine that is busy otherwise. Prints JSON:
50th and 99th percentile, milliseconds a hop.
"""

import argparse
import json
import os
import subprocess
import sys
import time
from pathlib import Path

import numpy as np

from lipmotion.cli.perform import EXAMPLE
from lipmotion.media.sound import read_sound
from lipmotion.step import Chain
from lipmotion.timing import HOP_HZ, HOP_MS
from lipmotion.voice.features import LogMel
from lipmotion.voice.sources import cut_hops
from lipmotion.voice.speech import SHIPPED, SpeechModel

WARM_UP_HOPS = 200


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--bundle", type=Path, default=SHIPPED)
    parser.add_argument("--lookahead-ms", type=int, default=60)
    parser.add_argument("--seconds", type=float, default=30.0)
    options = parser.parse_args()
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
    speech = SpeechModel.open(options.bundle, lookahead_hops=options.lookahead_ms // HOP_MS)
    step = Chain((LogMel(), speech))
    hops = cut_hops(
        np.resize(read_sound(EXAMPLE), 320 * (WARM_UP_HOPS + round(options.seconds * HOP_HZ)))
    )
    state, times_s = step.init_state(), []
    for k in range(len(hops)):
        wall, own = time.perf_counter(), time.process_time()
        _, state = step.step(hops[k : k + 1], state)
        times_s.append((time.perf_counter() - wall, time.process_time() - own))
    wall_ms, own_ms = 1000 * np.array(times_s[WARM_UP_HOPS:]).T
    found = {
        f"{name}_p{share}_ms": round(float(np.percentile(ms, share)), 2)
        for name, ms in (("wall", wall_ms), ("cpu", own_ms))
        for share in (50, 99)
    }
    print(json.dumps({**found, "load": round(os.getloadavg()[0], 1)}))


def measure_speed(bundle: Path, lookahead_ms: int) -> dict[str, float]:
    """What this file prints, run in a process of its own."""
    command = [
        sys.executable,
        __file__,
        "--bundle",
        str(bundle),
        "--lookahead-ms",
        str(lookahead_ms),
    ]
    return json.loads(subprocess.run(command, capture_output=True, text=True, check=True).stdout)


if __name__ == "__main__":
    main()
