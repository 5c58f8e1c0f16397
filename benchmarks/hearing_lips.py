"""A sound, heard: the lips that are meant, as they would be seen; what these benchmarks share.

In: a step from hops of sound to lip shapes. Out: (T, 12) lip shapes on the 50 Hz grid.

Conventions: a planned aperture below 0 is pressed: it would be seen shut, so it is 0 here. The
reach of the lips is that of the mean talker whom the model means: the manifest's `canonical_range`,
resting mouth widths.
"""

import sys
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import numpy as np

from lipmotion.bundle import open_bundle
from lipmotion.lips import LIP_INDEX, LipTrack
from lipmotion.step import Step, run_offline
from lipmotion.voice.sources import cut_hops
from lipmotion.voice.speech import KIND


def hear(step: Step, sound: np.ndarray) -> np.ndarray:
    """(N,) sound at 16 kHz → (T, 12) what is meant; pressed lips as they would be seen, shut."""
    lips = np.array(run_offline(step, cut_hops(sound)))
    lips[:, :3] = lips[:, :3].clip(0)
    return lips


def fit(lips: np.ndarray, like: LipTrack) -> LipTrack:
    """Cut to a person's track, or the last hop held."""
    rows = np.minimum(np.arange(len(like)), len(lips) - 1)
    return replace(like, values=lips[rows], quality=np.ones(len(like), np.float32))


def read_reach(bundle: Path) -> float:
    """How far a mean talker opens in speech, resting mouth widths."""
    settings = open_bundle(bundle, KIND).manifest.settings
    return float(settings["canonical_range"][LIP_INDEX["aperture"]])


def tell(name: str, figures: Mapping[str, object] | str) -> None:
    """A line on what was found; where there is a table, standard output is left to it."""
    print(name, figures, file=sys.stderr if "--table" in sys.argv else sys.stdout, flush=True)
