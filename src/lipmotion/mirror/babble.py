"""Babbling: which commands a face makes before its mirror to learn what each motor does.

In: a face description and a random generator. Out: (T, M) commands at speech speeds: held poses,
band-limited noise up to 8 Hz, and synergies (few causes, many motors) as speech has them. All lip
motors move independently part of the time, left and right together part of it. The rest pose is
closed lips, so every other bout keeps the jaw near rest: there lips touch, press, roll and pucker.
Commands keep the face's range, speed and rules already here, so what is drawn is what is sent.
How a bout moves is drawn first, then where; who is curious (`curious.py`) chooses among several of
the same kind, so small and large, slow and fast, symmetric and crooked keep their shares.
Nothing here knows a particular face: only groups, rest, and which motors are twins (`face.poses`).
"""

from dataclasses import dataclass
from typing import Final, Protocol, runtime_checkable

import numpy as np
from jaxtyping import Float, Float32

from ..face.base import FaceSpec
from ..face.limits import limit_many
from ..face.poses import find_twins
from ..recording import CURIOUS, RANDOM
from ..timing import HOP_HZ

BOUT_HOPS: Final = (40, 125)  # a bout of one style lasts 0.8 to 2.5 s
FADE_HOPS: Final = 6  # bouts are cross-faded over 120 ms
SPEECH_HZ: Final = (1.5, 8.0)  # band edges of lip motion, Source: mouth area 2-7 Hz, FIELD.md §6
POSE: Final = "pose"  # a deed, beside RANDOM and CURIOUS
_STYLES: Final = ("noise", "synergy", "poses")
_STYLE_SHARES: Final = (0.4, 0.35, 0.25)

Bouts = Float32[np.ndarray, "bouts hops motors"]


@runtime_checkable
class Mind(Protocol):
    """Who chooses among bouts; see `curious.py`."""

    @property
    def share(self) -> float:
        """Share of the bouts that are chosen rather than drawn."""
        ...

    @property
    def n_drawn(self) -> int:
        """How many bouts there are to choose from."""
        ...

    def choose(
        self,
        bouts: Bouts,
        sent: Float32[np.ndarray, "before motors"],
        *,
        rng: np.random.Generator,
    ) -> tuple[int, "Mind"]:
        """Which bout, and the mind that expects to see it; `sent` came just before."""
        ...


@dataclass(frozen=True)
class _Style:
    """How a bout moves."""

    kind: str
    tied: float  # how far left and right move as one
    cutoff_hz: float
    n_causes: int
    reach: float  # share of the travel
    opening: float  # of the jaw

    @property
    def deed(self) -> str:
        return POSE if self.kind == "poses" else RANDOM


def babble(
    spec: FaceSpec,
    n_hops: int,
    *,
    rng: np.random.Generator,
    start: Float32[np.ndarray, " motors"] | None = None,
    mind: Mind | None = None,
) -> tuple[tuple[str, ...], Float32[np.ndarray, "hops motors"]]:
    """Draws one stretch of babbling.

    Args:
        spec: the face.
        n_hops: length of the stretch.
        rng: every draw comes from it.
        start: (M,) where the face stands; the stretch sets out from there. None = rest.
        mind: chooses some of the bouts; None = all are random.

    Returns:
        deeds (n_hops) and (n_hops, M) commands that keep the face's limits.
    """
    lips = np.array(spec.indices("lips", "jaw"))
    others = np.array(spec.indices("brows", "lids", "eyes", "neck"), int)
    sent = np.array([spec.rest.values if start is None else start])  # (1 + done, M)
    others_track = _wander(spec, others, n_hops, rng)
    if start is not None:
        fade_in(others_track, start[others])
    deeds: list[str] = []
    while len(deeds) < n_hops:
        done = len(deeds)
        n_bout = min(int(rng.integers(*BOUT_HOPS)), n_hops - done)
        style = _draw_style(rng)
        is_chosen = mind is not None and rng.random() < mind.share
        n_drawn = mind.n_drawn if mind is not None and is_chosen else 1
        bouts = np.empty((n_drawn, n_bout, len(spec.motors)), np.float32)
        bouts[:, :, others] = others_track[done : done + n_bout]
        for bout in bouts:
            moved = _draw_bout(spec, lips, style, n_bout, rng)
            fade_in(moved, sent[-1, lips])
            bout[:, lips] = moved
        bouts = limit_many(spec, bouts, sent[-1])
        best = 0
        if mind is not None and is_chosen:
            best, mind = mind.choose(bouts, sent, rng=rng)
        deeds += [CURIOUS if is_chosen else style.deed] * n_bout
        sent = np.concatenate([sent, bouts[best]])
    return tuple(deeds), sent[1:]


def _draw_style(rng: np.random.Generator) -> _Style:
    return _Style(
        kind=str(rng.choice(_STYLES, p=_STYLE_SHARES)),
        tied=float(rng.choice((1.0, 0.8, 0.0), p=(0.5, 0.2, 0.3))),
        cutoff_hz=rng.uniform(*SPEECH_HZ),
        n_causes=int(rng.integers(1, 4)),
        reach=float(rng.choice((0.35, 0.7, 1.1), p=(0.3, 0.4, 0.3))),
        opening=0.12 if rng.random() < 0.5 else rng.uniform(0.2, 1.0),
    )


def _draw_bout(
    spec: FaceSpec, lips: np.ndarray, style: _Style, n_hops: int, rng: np.random.Generator
) -> Float[np.ndarray, "hops lips"]:
    if style.kind == "poses":
        drive = _poses(n_hops, len(lips), rng)
    elif style.kind == "noise":
        drive = draw_noise(n_hops, len(lips), style.cutoff_hz, rng)
    else:
        causes = draw_noise(n_hops, style.n_causes, style.cutoff_hz, rng)
        weights = rng.normal(size=(style.n_causes, len(lips))) / np.sqrt(style.n_causes)
        drive = causes @ weights + 0.15 * draw_noise(n_hops, len(lips), 4.0, rng)
    centre = rng.normal(0, 0.5, len(lips))
    span = rng.uniform(0.2, 1.2, len(lips))
    drive = _tie(drive * span + centre, spec, lips, style.tied)
    return _spread(drive, spec, lips, style)


def _spread(
    drive: np.ndarray, spec: FaceSpec, lips: np.ndarray, style: _Style
) -> Float[np.ndarray, "hops lips"]:
    """Unit-size drives → commands about rest; the ends of the travel are reached and held."""
    rest = spec.rest.values[lips]
    commands = rest + style.reach * np.where(drive < 0, drive * rest, drive * (1 - rest))
    jaw = np.isin(lips, spec.indices("jaw"))
    commands[:, jaw] = rest[jaw] + style.opening * (commands[:, jaw] - rest[jaw])
    return np.clip(commands, 0, 1)


def _tie(drive: np.ndarray, spec: FaceSpec, lips: np.ndarray, share: float) -> np.ndarray:
    """Moves each right motor towards its left twin by `share`."""
    tied = drive.copy()
    column = {int(motor): k for k, motor in enumerate(lips)}
    for right, left, way in find_twins(spec):
        if right in column:
            k, twin = column[right], column[left]
            tied[:, k] = share * (way * drive[:, twin]) + (1 - share) * drive[:, k]
    return tied


def _poses(n_hops: int, n_motors: int, rng: np.random.Generator) -> np.ndarray:
    """Poses held for 0.2 to 0.6 s, with moves of 60 to 200 ms between them; (T, M)."""
    track = np.empty((n_hops, n_motors))
    pose, done = rng.normal(size=n_motors), 0
    while done < n_hops:
        following = rng.normal(size=n_motors)
        n_hold, n_move = int(rng.integers(10, 30)), int(rng.integers(3, 11))
        ramp = np.concatenate([np.zeros(n_hold), (np.arange(n_move) + 1) / n_move])
        ease = (ramp * ramp * (3 - 2 * ramp))[: n_hops - done, None]
        track[done : done + len(ease)] = (1 - ease) * pose + ease * following
        pose, done = following, done + len(ease)
    return track


def draw_noise(
    n_hops: int, n_channels: int, cutoff_hz: float, rng: np.random.Generator
) -> Float[np.ndarray, "hops channels"]:
    """Gaussian noise of unit variance, its spectrum falling off smoothly about `cutoff_hz`."""
    n_padded = n_hops + 2 * HOP_HZ  # the FFT's circle stays out of the part that is kept
    spectrum = np.fft.rfft(rng.normal(size=(n_padded, n_channels)), axis=0)
    hz = np.fft.rfftfreq(n_padded, 1 / HOP_HZ)
    gain = 1 / np.sqrt(1 + (hz / cutoff_hz) ** 8)
    noise = np.fft.irfft(spectrum * gain[:, None], n_padded, axis=0)
    return noise[HOP_HZ : HOP_HZ + n_hops] * np.sqrt(n_padded / np.sum(gain**2) / 2)


def _wander(
    spec: FaceSpec, motors: np.ndarray, n_hops: int, rng: np.random.Generator
) -> Float[np.ndarray, "hops others"]:
    """Slow small motion of everything but lips and jaw, so that the lips are known in any pose."""
    sizes = {"brows": 0.12, "lids": 0.08, "eyes": 0.12, "neck": 0.06}
    size = np.array([sizes[spec.motors[k].group] for k in motors])
    return spec.rest.values[motors] + size * draw_noise(n_hops, len(motors), 0.5, rng)


def fade_in(track: np.ndarray, start: np.ndarray) -> None:
    """Lets a track set out from `start`, in place, over FADE_HOPS."""
    n_fade = min(FADE_HOPS, len(track))
    ramp = ((np.arange(n_fade) + 1) / (n_fade + 1))[:, None]
    track[:n_fade] = (1 - ramp) * start + ramp * track[:n_fade]
