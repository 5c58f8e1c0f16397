"""A rival's mouth shapes as lip shapes, by its own published chart.

In: `RivalCurves`. Out: (T, 12) lip shapes on the 50 Hz grid, which any face can perform. Shapes add
up by their weights from lips at rest, as blend shapes do in every rig that these rivals were made
for. Nothing is delayed and no lag is taken off.

Charts say in words and pictures what a shape looks like; the numbers are ours. Openness (1 = a wide
a) and width follow the words; how far that is comes from people: a wide a opens `WIDEST`, and the
other fields follow aperture and width as they do in the lips of ten GRID talkers (learning clips
only; least squares). Lips that a chart calls pressed are meant past contact.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

import numpy as np
from jaxtyping import Float, Float32, Float64

from ...lips import LIP_FIELDS, LIP_INDEX, N_LIP_FIELDS
from ...timing import HOP_HZ
from ...voice.loudness import WIDEST
from .curves import RivalCurves

PRESSED: Final = -0.02  # aperture that is meant where a chart presses the lips together
DEEPEST: Final = -0.05  # no sum of shapes is meant deeper
_STEP_S: Final = 0.005  # between the samples of a mean

# field → share of aperture, share of width: least squares over 31,737 hops of speech of s1 and nine
# other GRID talkers, the mean of both. Protrusion is left out: a frontal camera hardly sees it.
_FOLLOWS: Final = {
    "aperture": (1.0, 0.0),
    "aperture_left": (0.81, 0.0),
    "aperture_right": (0.81, 0.0),
    "width": (0.0, 1.0),
    "corner_left_height": (-0.15, 0.31),
    "corner_right_height": (-0.15, 0.31),
    "upper_lip_height": (0.15, 0.17),
    "lower_lip_height": (-0.64, 0.41),
    "upper_vermilion": (-0.14, -0.09),
    "lower_vermilion": (-0.07, -0.14),
    "protrusion": (0.0, 0.0),
    "jaw": (0.16, -0.16),
}


def make_shape(
    openness: float = 0.0, width: float = 0.0, **more: float
) -> Float64[np.ndarray, " fields"]:
    """A lip shape from what a chart says.

    Args:
        openness: 1 = a wide a.
        width: wider (+) or rounded (−), resting mouth widths.
        more: added to single fields, resting mouth widths.

    Returns:
        (12,) in LIP_FIELDS order.
    """
    shape = np.array([_FOLLOWS[name] for name in LIP_FIELDS]) @ (openness * WIDEST, width)
    for name, amount in more.items():
        shape[LIP_INDEX[name]] += amount
    return shape


def _press(width: float = 0.0) -> Float64[np.ndarray, " fields"]:
    red = {"upper_vermilion": -0.03, "lower_vermilion": -0.03}
    gaps = dict.fromkeys(("aperture", "aperture_left", "aperture_right"), PRESSED)
    return make_shape(0.0, width, **red, **gaps)


def _bite() -> Float64[np.ndarray, " fields"]:
    """Lower lip at the upper teeth: it rises and its red rolls in."""
    return make_shape(0.12, lower_lip_height=0.05, lower_vermilion=-0.05)


@dataclass(frozen=True)
class Chase:
    """Weights that move towards the shape named, a share of the way at every image.

    Attributes:
        vowels: names with shares of their own, `vowel_rise` and `vowel_fall`.
        rise, fall: shares of all others, towards more and towards less.
    """

    vowels: tuple[str, ...]
    vowel_rise: float
    rise: float
    vowel_fall: float
    fall: float


@dataclass(frozen=True)
class Chart:
    """What a rival's shapes look like, and how it is meant to be shown.

    Attributes:
        source: where the chart and the smoothing were published.
        shapes: name → (12,) at weight 1; names that are not there change nothing.
        volume: name of a weight that multiplies all others; "" = none.
        mean_ms: width of a centred mean over time; 0 = none. Only for offline rivals.
        chase: smoothing that goes with the rival's own images; None = it has smoothed already.
    """

    source: str
    shapes: Mapping[str, Float64[np.ndarray, " fields"]] = field(repr=False)
    volume: str = ""
    mean_ms: float = 0.0
    chase: Chase | None = None


def chart_shapes(
    curves: RivalCurves, chart: Chart, n_hops: int
) -> Float32[np.ndarray, "hops fields"]:
    """A rival's weights as lip shapes.

    Args:
        curves: what it said.
        chart: what its shapes look like.
        n_hops: length of the clip.

    Returns:
        (T, 12) in LIP_FIELDS order, resting mouth widths from rest.

    Raises:
        ValueError: not one of its shapes is in the chart, or a live rival's chart looks ahead.
    """
    if not set(curves.names) & set(chart.shapes):
        raise ValueError(f"{', '.join(curves.names)}: none of them is in the chart")
    if chart.mean_ms and curves.kind == "live":
        raise ValueError("a centred mean looks ahead; a live rival cannot have it")
    if chart.chase is not None:
        curves = follow(curves, chart.chase)
    weights = average(curves, chart.mean_ms, n_hops)
    if chart.volume:
        weights = weights * weights[:, [curves.names.index(chart.volume)]]
    nothing = np.zeros(N_LIP_FIELDS)
    table = np.array([chart.shapes.get(name, nothing) for name in curves.names])
    lips = weights @ table  # (T, 12)
    gaps = [LIP_INDEX[name] for name in ("aperture", "aperture_left", "aperture_right")]
    lips[:, gaps] = lips[:, gaps].clip(DEEPEST)
    return lips.astype(np.float32)


def average(curves: RivalCurves, mean_ms: float, n_hops: int) -> Float64[np.ndarray, "hops shapes"]:
    """Weights at the hops, each the mean over `mean_ms` around it, (T, K)."""
    n_steps = max(1, round(mean_ms / 1000 / _STEP_S))
    offsets_s = (np.arange(n_steps) - (n_steps - 1) / 2) * _STEP_S
    at_s = np.arange(n_hops) / HOP_HZ
    total = np.zeros((n_hops, len(curves.names)))
    for offset_s in offsets_s:
        total += curves.at(at_s + offset_s)
    return total / n_steps


def follow(curves: RivalCurves, chase: Chase) -> RivalCurves:
    """Smooths weights as a page does that moves them towards what is named at every image."""
    is_vowel = np.isin(curves.names, chase.vowels)
    weights = np.zeros(curves.weights.shape, np.float32)
    now: Float[np.ndarray, " shapes"] = np.zeros(len(curves.names))
    for k, wanted in enumerate(curves.weights):
        vowel = bool(is_vowel[wanted.argmax()])
        rise, fall = (chase.vowel_rise, chase.vowel_fall) if vowel else (chase.rise, chase.fall)
        now = now + np.where(wanted > now, rise, fall) * (wanted - now)
        weights[k] = now.clip(0, 1)
    return RivalCurves(curves.names, curves.times_s, weights, curves.kind, curves.lookahead_ms)


_ROUND: Final = -0.16  # the narrowest a GRID talker's mouth gets in speech (1st to 5th percentile)
_SPREAD: Final = 0.10  # the widest (95th percentile)

# Source: README of Rhubarb Lip Sync, "Mouth shapes" (A to F of Hanna-Barbera, named after Preston
# Blair by --datUsePrestonBlair): A closed with slight pressure, B slightly open with clenched
# teeth, C open, D wide open, E slightly rounded and not wider open than C, F puckered, G teeth on
# the lip, H long L, at least as open as C and less than D, X idle. It is made for drawings that
# switch; skin cannot, so shapes cross-fade over 40 ms (a mean of 30 ms, and cues on a grid of
# 10 ms), centred: no delay, and a cue of 40 ms is reached in full.
RHUBARB: Final = Chart(
    "Rhubarb Lip Sync, README, section Mouth shapes",
    {
        "A": _press(),
        "B": make_shape(0.2, 0.4 * _SPREAD),
        "C": make_shape(0.6),
        "D": make_shape(1.0),
        "E": make_shape(0.5, 0.5 * _ROUND, protrusion=0.02),
        "F": make_shape(0.2, _ROUND, protrusion=0.04),
        "G": _bite(),
        "H": make_shape(0.65),
        "X": make_shape(),
    },
    mean_ms=30.0,
)

# Source: Khronos OpenXR, XrFaceTrackingVisemeMETA (PP p b m, FF f v, TH th, DD t d, kk k g, CH tS
# dZ S, SS s z, nn n l, RR r, aa A:, E e, I ih, O oh, U ou), which shows a mild picture of each; in
# words: openfacefx 0.24.0, visemes.py (lips pressed; lower lip to upper teeth; tongue between
# teeth; rounded, protruded; narrow, teeth close; open jaw; mid-front spread; wide spread; rounded
# open; tight rounding).
_OCULUS: Final = {
    "sil": make_shape(),
    "PP": _press(),
    "FF": _bite(),
    "TH": make_shape(0.25),
    "DD": make_shape(0.25),
    "kk": make_shape(0.3),
    "CH": make_shape(0.2, 0.5 * _ROUND, protrusion=0.02),
    "SS": make_shape(0.15, 0.4 * _SPREAD),
    "nn": make_shape(0.2),
    "RR": make_shape(0.25, 0.3 * _ROUND),
    "aa": make_shape(1.0),
    "E": make_shape(0.6, 0.6 * _SPREAD),
    "I": make_shape(0.3, _SPREAD),
    "O": make_shape(0.5, 0.7 * _ROUND, protrusion=0.02),
    "U": make_shape(0.25, _ROUND, protrusion=0.04),
}

# HeadAudio cross-fades over 100 ms and goes to 0.65 (PP, FF 0.75) by itself.
HEADAUDIO: Final = Chart("Oculus visemes; smoothing: HeadAudio 0.1.0, `update`", _OCULUS)

# The shares are those of its demo, which moves morph targets at every image.
WAWA: Final = Chart(
    "Oculus visemes; smoothing: wawa-lipsync, examples/lipsync-demo, Avatar.jsx",
    _OCULUS,
    chase=Chase(("aa", "E", "I", "O", "U"), vowel_rise=0.2, rise=0.4, vowel_fall=0.1, fall=0.2),
)

# Attack and release are inside: `energy_envelope` of openfacefx 0.24.0.
OPENFACEFX: Final = Chart("Oculus visemes; smoothing: openfacefx 0.24.0, `energy`", _OCULUS)

# Source: wLipSync, example/index.js (A aa, I ih, U ou, E ee, O oh; S nothing; weight × volume) and
# VRM 1.0, expressions.md (aa, ih "i", ou "u", ee "eh", oh); vowels as in the Oculus chart.
# SmoothDamp of 50 ms is inside.
_VOWELS: Final = {"A": "aa", "I": "I", "U": "U", "E": "E", "O": "O"}
WLIPSYNC: Final = Chart(
    "wLipSync, example/index.js; VRM 1.0 expressions",
    {ours: _OCULUS[oculus] for ours, oculus in _VOWELS.items()},
    volume="volume",
)

# pylipsync recommends no smoothing; uLipSync, whose port it is, has SmoothDamp of 50 ms, whose
# standard deviation in time (35 ms) a centred mean of 120 ms has too, without its delay.
PYLIPSYNC: Final = Chart(
    "VRM 1.0 expressions; smoothing: uLipSync, uLipSyncBlendShape.cs",
    {
        name: _OCULUS[v]
        for name, v in zip(("aa", "ih", "ou", "ee", "oh"), _VOWELS.values(), strict=True)
    },
    mean_ms=120.0,
)

CHARTS: Final = {
    "rhubarb": RHUBARB,
    "headaudio": HEADAUDIO,
    "headaudio, repaired": HEADAUDIO,
    "wlipsync": WLIPSYNC,
    "wawa": WAWA,
    "pylipsync": PYLIPSYNC,
    "openfacefx energy": OPENFACEFX,
}
