"""Lips that were seen and lips that the sound alone suggests → do they belong together, and when?

In: raw lip shapes of one face (`measure.py`) on the 50 Hz grid, and what the SpeechModel hears in
the sound beside them. Out: `Evidence`, sums of products over a range of lags, which add up over all
segments of a source; from the sum an `Offset`: how late the sound comes, how sure that is, and how
much the two have in common. A source is what has one constant offset: a film, or the films of one
camera. A lag search on one short clip finds something everywhere (r 0.35 on 1.2 s), so nothing is
decided there that the source does not support.

Lag 0 is where lips lie on the films that taught the SpeechModel (the lips' own lead is part of it).

Source of the spread under chance: Bartlett, On the theoretical specification and sampling
properties of autocorrelated time-series, 1946 (two series that have nothing in common).
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

import numpy as np
from jaxtyping import Float

from ..lips import LIP_INDEX
from ..timing import HOP_HZ

MAX_LAG_HOPS: Final = 25  # ± 0.5 s
FIELDS: Final = ("aperture", "width", "jaw")  # what single clips of GRID are best told apart by
_COLUMNS: Final = [LIP_INDEX[name] for name in FIELDS]
_SLOW_HOPS: Final = 25  # what moves slower than half a second is the head, or the person's mood
_LEAST_SEEN: Final = 0.01  # of an eye distance: smaller motion is mostly the tracker's noise
_LEAST_HEARD: Final = 0.02  # of a resting mouth's width
_REACH_HOPS: Final = 50  # over which a track remembers itself
SURE: Final = 3.5  # see benchmarks/syncing.py: swapped sounds reach it in 1 of 20 clips at most
_AT_LEAST_EXPECTED: Final = 0.12  # correlation that lips in sync have with what is heard
_LOG_ODDS: Final = -1.5  # of a segment, below which it is refused


@dataclass(frozen=True)
class Evidence:
    """What one or more segments say about lips and sound.

    Attributes:
        curve: (2 · MAX_LAG_HOPS + 1,) sums of products by lag; + = the sound comes late.
        variance: of such a sum where the two have nothing in common.
        energy: the largest sum that is possible.
    """

    curve: Float[np.ndarray, " lags"]
    variance: float
    energy: float

    @property
    def sureness(self) -> Float[np.ndarray, " lags"]:
        """The curve in standard deviations under chance, (lags,)."""
        return self.curve / np.sqrt(max(self.variance, 1e-12))


@dataclass(frozen=True)
class Offset:
    """How late a source's sound is.

    Attributes:
        seconds: + = the sound comes late.
        sureness: height of the peak in standard deviations under chance.
        correlation: at the peak, in [−1, 1].
    """

    seconds: float
    sureness: float
    correlation: float

    @property
    def is_sure(self) -> bool:
        """Whether lips and sound belong together; a peak at the edge of the search is none."""
        return self.sureness >= SURE and abs(self.seconds) < (MAX_LAG_HOPS - 2) / HOP_HZ


def compare(
    seen: Float[np.ndarray, "hops fields"],
    quality: Float[np.ndarray, " hops"],
    heard: Float[np.ndarray, "hops fields"],
) -> Evidence:
    """Weighs one segment.

    Args:
        seen: (T, 12) raw lip shapes, eye distances.
        quality: (T,); hops of quality 0 do not count.
        heard: (T', 12) lip shapes that the SpeechModel hears in the segment's sound.
    """
    n_hops = min(len(seen), len(heard))
    weight = (quality[:n_hops] > 0).astype(np.float64)
    u = _even_out(seen[:n_hops, _COLUMNS], weight, _LEAST_SEEN)
    v = _even_out(heard[:n_hops, _COLUMNS], np.ones(n_hops), _LEAST_HEARD)
    n = 1 << (2 * n_hops + 1).bit_length()  # no lag wraps round
    u_spectrum, v_spectrum = np.fft.rfft(u, n, axis=0), np.fft.rfft(v, n, axis=0)
    shared = np.fft.irfft((u_spectrum.conj() * v_spectrum).sum(axis=1), n)
    curve = np.concatenate([shared[-MAX_LAG_HOPS:], shared[: MAX_LAG_HOPS + 1]])
    reach = min(_REACH_HOPS, n_hops - 1)
    own_u, own_v = (
        _correlate_with_self(spectrum, n, reach) for spectrum in (u_spectrum, v_spectrum)
    )
    variance = float((own_u * own_v).sum()) / n_hops
    return Evidence(curve, variance, float(np.sqrt((u**2).sum() * (v**2).sum())))


def pool(evidence: Iterable[Evidence]) -> Evidence:
    """The evidence of several segments of one source together."""
    parts = list(evidence)
    curve = np.sum([part.curve for part in parts], axis=0, initial=0.0)
    curve = np.broadcast_to(curve, (2 * MAX_LAG_HOPS + 1,)).copy()
    return Evidence(curve, sum(p.variance for p in parts), sum(p.energy for p in parts))


def find_offset(evidence: Evidence) -> Offset:
    """The lag at which lips and sound agree best, between hops by a parabola."""
    curve = evidence.curve
    k = int(curve[1:-1].argmax()) + 1
    before, peak, after = curve[k - 1 : k + 2]
    bend = before - 2 * peak + after
    shift = float(np.clip(0.5 * (before - after) / bend, -0.5, 0.5)) if bend < 0 else 0.0
    return Offset(
        (k - MAX_LAG_HOPS + shift) / HOP_HZ,
        float(evidence.sureness[k]),
        float(peak / max(evidence.energy, 1e-12)),
    )


def is_enough(evidence: Evidence) -> bool:
    """Whether lips in sync would have shown in so much speech."""
    return expect(evidence, _AT_LEAST_EXPECTED) >= SURE


def expect(evidence: Evidence, correlation: float) -> float:
    """The sureness that a correlation would have here."""
    return correlation * evidence.energy / float(np.sqrt(max(evidence.variance, 1e-12)))


def goes_with(evidence: Evidence, offset: Offset) -> bool:
    """Whether a segment may belong to a source with this offset.

    A likelihood ratio at the source's offset, one hop about it: agreeing as the source does,
    against nothing in common. Segments too short to tell are given the benefit of the doubt.
    """
    expected = expect(evidence, max(offset.correlation, 0.0))
    got = look_up(evidence, offset.seconds)
    return expected * got - expected**2 / 2 > _LOG_ODDS


def is_likely(evidence: Evidence, offset: Offset) -> bool:
    """Whether a segment is likelier to belong to the source than not."""
    expected = expect(evidence, max(offset.correlation, 0.0))
    return look_up(evidence, offset.seconds) > expected / 2


def look_up(evidence: Evidence, seconds: float) -> float:
    """Sureness at an offset: the best within one hop of it."""
    k = round(seconds * HOP_HZ) + MAX_LAG_HOPS
    around = evidence.sureness[max(k - 1, 0) : k + 2]
    return float(around.max()) if len(around) else 0.0


def _even_out(
    values: np.ndarray, weight: np.ndarray, least: float
) -> Float[np.ndarray, "hops fields"]:
    """Fields without what is slow, each of about one unit's strength; weighted by hop."""
    window = np.ones(min(_SLOW_HOPS, len(values)))
    total = np.convolve(weight, window, "same") + 1e-9
    slow = np.stack([np.convolve(v * weight, window, "same") for v in values.T], axis=1)
    fast = (values - slow / total[:, None]) * weight[:, None]
    strength = np.sqrt((fast**2).sum(axis=0) / max(weight.sum(), 1.0))
    return fast / (strength + least)


def _correlate_with_self(spectrum: np.ndarray, n: int, reach: int) -> np.ndarray:
    """Products of each field with each at lags −reach … reach, (2 · reach + 1, F, F)."""
    own = np.fft.irfft(spectrum.conj()[:, :, None] * spectrum[:, None, :], n, axis=0)
    return own[np.r_[-reach : reach + 1]]
