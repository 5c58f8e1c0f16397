"""Babbling: which commands a face makes before its mirror to learn what each motor does.

In: a face description and a random generator. Out: (T, M) commands at speech speeds: held poses,
band-limited noise up to 8 Hz, and synergies (few causes, many motors) as speech has them. All lip
motors move independently part of the time, left and right together part of it. The rest pose is
closed lips, so every other bout keeps the jaw near rest: there lips touch, press, roll and pucker.
Nothing here knows a particular face: only groups, rest, and which motors are twins (`face.poses`).
"""

from typing import Final

import numpy as np
from jaxtyping import Float, Float32

from ..face.base import FaceSpec
from ..face.poses import find_twins
from ..timing import HOP_HZ

BOUT_HOPS: Final = (40, 125)  # a bout of one style lasts 0.8 to 2.5 s
FADE_HOPS: Final = 6  # bouts are cross-faded over 120 ms
SPEECH_HZ: Final = (1.5, 8.0)  # band edges of lip motion, Source: mouth area 2-7 Hz, FIELD.md §6
_STYLES: Final = ("noise", "synergy", "poses")
_STYLE_SHARES: Final = (0.4, 0.35, 0.25)


def babble(
    spec: FaceSpec,
    n_hops: int,
    *,
    rng: np.random.Generator,
    start: Float32[np.ndarray, " motors"] | None = None,
) -> Float32[np.ndarray, "hops motors"]:
    """Draws one stretch of babbling.

    Args:
        spec: the face; its rules and speed limits are kept by the face itself.
        n_hops: length of the stretch.
        rng: every draw comes from it.
        start: (M,) where the face stands; the stretch sets out from there. None = rest.

    Returns:
        (n_hops, M) commands in [0, 1].
    """
    lips = np.array(spec.indices("lips", "jaw"))
    others = np.array(spec.indices("brows", "lids", "eyes", "neck"), int)
    rest = spec.rest.values
    track = np.empty((n_hops, len(rest)))  # (T, M)
    track[:, others] = _wander(spec, others, n_hops, rng)
    last, done = rest if start is None else start, 0
    while done < n_hops:
        length = min(int(rng.integers(*BOUT_HOPS)), n_hops - done)
        bout = _bout(spec, lips, length, rng)
        _fade_in(bout, last[lips])
        track[done : done + length, lips] = bout
        last, done = track[done + length - 1], done + length
    if start is not None:
        others_start = track[:, others]
        _fade_in(others_start, start[others])
        track[:, others] = others_start
    return np.clip(track, 0, 1).astype(np.float32)


def _bout(
    spec: FaceSpec, lips: np.ndarray, n_hops: int, rng: np.random.Generator
) -> Float[np.ndarray, "hops lips"]:
    style = rng.choice(_STYLES, p=_STYLE_SHARES)
    tied = rng.choice((1.0, 0.8, 0.0), p=(0.5, 0.2, 0.3))  # how far left and right move as one
    if style == "poses":
        drive = _poses(n_hops, len(lips), rng)
    elif style == "noise":
        drive = draw_noise(n_hops, len(lips), rng.uniform(*SPEECH_HZ), rng)
    else:
        n_causes = int(rng.integers(1, 4))
        causes = draw_noise(n_hops, n_causes, rng.uniform(*SPEECH_HZ), rng)
        drive = causes @ rng.normal(size=(n_causes, len(lips))) / np.sqrt(n_causes)
        drive += 0.15 * draw_noise(n_hops, len(lips), 4.0, rng)
    centre = rng.normal(0, 0.5, len(lips))
    span = rng.uniform(0.2, 1.2, len(lips))
    drive = _tie(drive * span + centre, spec, lips, tied)
    return _spread(drive, spec, lips, rng)


def _spread(
    drive: np.ndarray, spec: FaceSpec, lips: np.ndarray, rng: np.random.Generator
) -> Float[np.ndarray, "hops lips"]:
    """Unit-size drives → commands about rest; the ends of the travel are reached and held."""
    rest = spec.rest.values[lips]
    reach = rng.choice((0.35, 0.7, 1.1), p=(0.3, 0.4, 0.3))  # small, middling and whole travel
    commands = rest + reach * np.where(drive < 0, drive * rest, drive * (1 - rest))
    jaw = np.isin(lips, spec.indices("jaw"))
    opening = 0.12 if rng.random() < 0.5 else rng.uniform(0.2, 1.0)
    commands[:, jaw] = rest[jaw] + opening * (commands[:, jaw] - rest[jaw])
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


def _fade_in(track: np.ndarray, start: np.ndarray) -> None:
    n_fade = min(FADE_HOPS, len(track))
    ramp = ((np.arange(n_fade) + 1) / (n_fade + 1))[:, None]
    track[:n_fade] = (1 - ramp) * start + ramp * track[:n_fade]
