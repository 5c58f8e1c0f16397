"""Sources: a sound becomes hops of 320 samples; text becomes a sound through espeak-ng.

In: a `Sound`, or text. Out: (T, 320) float32 blocks on the 50 Hz grid, 16 kHz mono; the last hop is
filled up with silence. Only the framer here takes blocks of any length.
"""

import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from jaxtyping import Float32

from ..errors import MediaError
from ..media.sound import Sound
from ..timing import HOP_SAMPLES, count_hops

Hops = Float32[np.ndarray, "hops 320"]


@dataclass(frozen=True)
class FramerState:
    """Samples that do not fill a hop yet, (n,) with n < 320."""

    rest: Float32[np.ndarray, " samples"]


class Framer:
    """Cuts blocks of any length into whole hops, as a Step."""

    lookahead_hops = 0

    def init_state(self) -> FramerState:
        return FramerState(np.zeros(0, np.float32))

    def step(
        self, x: Float32[np.ndarray, " samples"], state: FramerState
    ) -> tuple[Hops, FramerState]:
        joined = np.concatenate([state.rest, x])
        n_whole = len(joined) // HOP_SAMPLES * HOP_SAMPLES
        return joined[:n_whole].reshape(-1, HOP_SAMPLES), FramerState(joined[n_whole:])

    def flush(self, state: FramerState) -> Hops:
        """The last hop, filled up with silence; none where nothing is left over."""
        hops = np.zeros((int(len(state.rest) > 0), HOP_SAMPLES), np.float32)
        hops.reshape(-1)[: len(state.rest)] = state.rest
        return hops


def read_hops(sound: Sound, block_hops: int) -> Iterator[Hops]:
    """Reads a sound as blocks of `block_hops` hops; the last block may be shorter.

    Raises:
        MediaError: the sound turns out to be damaged, empty or not finite.
    """
    framer = Framer()
    state = framer.init_state()
    kept = np.zeros((0, HOP_SAMPLES), np.float32)
    for block in sound.blocks():
        hops, state = framer.step(block[:, 0], state)
        kept = np.concatenate([kept, hops])
        while len(kept) >= block_hops:
            yield kept[:block_hops]
            kept = kept[block_hops:]
    kept = np.concatenate([kept, framer.flush(state)])
    if len(kept):
        yield kept


@contextmanager
def say(text: str) -> Iterator[Path]:
    """Speaks a text into a temporary WAV file, which is gone afterwards.

    Raises:
        MediaError: the text is empty, espeak-ng is not installed, or it fails.
    """
    program = shutil.which("espeak-ng")
    if not text.strip():
        raise MediaError("there is no text to say; give --say some words")
    if program is None:
        raise MediaError(
            "espeak-ng is not installed, and --say needs it; on Debian or Ubuntu: "
            "apt-get install espeak-ng"
        )
    with tempfile.TemporaryDirectory(prefix="lipmotion-") as folder:
        path = Path(folder) / "said.wav"
        done = subprocess.run(
            [program, "--stdin", "-w", str(path)], input=text.encode(), capture_output=True
        )
        if done.returncode or not path.is_file():
            told = done.stderr.decode(errors="replace").strip().replace("\n", " ")
            raise MediaError(f"espeak-ng could not say the text: {told or 'no reason given'}")
        yield path


def cut_hops(sound: Float32[np.ndarray, " samples"]) -> Float32[np.ndarray, "hops 320"]:
    """A whole sound at 16 kHz as hops (T, 320), the last one filled with silence."""
    hops = np.zeros((count_hops(len(sound)), HOP_SAMPLES), np.float32)
    hops.ravel()[: len(sound)] = sound
    return hops
