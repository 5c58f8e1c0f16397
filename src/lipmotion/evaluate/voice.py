"""How much a head gained from one person's films, on films of theirs that it never saw.

In: the clips that judge, each with the person's lips and what was meant before and after. Out: the
measures of `metrics.py` on both sides, and the gain with its interval. Long clips are cut into
pieces, so that chance has something to draw from; one lag is taken off each side.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from jaxtyping import Float32

from ..learn.voice_parts import HeldOut
from ..lips import N_LIP_FIELDS, LipTrack
from ..timing import HOP_HZ
from .metrics import SpeechRange, fit_range
from .scores import Figure
from .suite import Clip, MethodScore, score_method

SHOWN: Final = ("r_aperture", "r_width", "closure_f1", "closure_chance", "amplitude_ratio")
PIECE_S: Final = 5.0
N_DRAWS: Final = 2000


@dataclass(frozen=True)
class Judgement:
    """Before and after.

    Attributes:
        before, after: all measures.
        gains: after − before by measure of SHOWN, drawn over the same pieces on both sides.
        n_pieces: pieces that judged.
    """

    before: MethodScore
    after: MethodScore
    gains: dict[str, Figure]
    n_pieces: int


def judge_voice(
    clips: Sequence[HeldOut], person: str, own: SpeechRange, *, language: str = "?", seed: int
) -> Judgement:
    """Scores both sides.

    Args:
        clips: that judge.
        person: whose.
        own: the person's range over all their films, in the unit of the clips.
        language: of the films.
        seed: draws chance and intervals.
    """
    pieces = [piece for clip in clips for piece in cut_pieces(clip)]
    asked = [Clip(person, person, p.name, language, p.person, own) for p in pieces]
    still = np.zeros(N_LIP_FIELDS, np.float32)
    scores = [
        score_method(
            asked,
            [_as_track(p.after if is_after else p.before, p.person) for p in pieces],
            [],
            still,
            rng=np.random.default_rng([seed, 21]),
        )
        for is_after in (False, True)
    ]
    before, after = scores
    rng = np.random.default_rng([seed, 22])
    gains = {name: _find_gain(before, after, name, rng) for name in SHOWN}
    return Judgement(before, after, gains, len(pieces))


def cut_pieces(clip: HeldOut) -> list[HeldOut]:
    """A clip in equal pieces of at most PIECE_S."""
    n_pieces = max(int(np.ceil(len(clip.person) / (PIECE_S * HOP_HZ))), 1)
    edges = np.linspace(0, len(clip.person), n_pieces + 1).astype(int)
    pieces = []
    for k in range(n_pieces):
        rows = slice(edges[k], edges[k + 1])
        lips = clip.person
        track = LipTrack(lips.values[rows], lips.quality[rows], lips.in_speech[rows])
        pieces.append(HeldOut(f"{clip.name}/{k}", track, clip.before[rows], clip.after[rows]))
    return pieces


def measure_own(
    tracks: Sequence[LipTrack],
    scale: Float32[np.ndarray, " fields"],
    noise: Float32[np.ndarray, " fields"],
) -> SpeechRange:
    """A person's range over all their films, each field times `scale`."""
    scaled = [LipTrack(t.values * scale, t.quality, t.in_speech) for t in tracks]
    return fit_range(scaled, noise=(noise * scale).astype(np.float32))


def _as_track(lips: Float32[np.ndarray, "hops fields"], like: LipTrack) -> LipTrack:
    return LipTrack(lips, np.ones(len(lips), np.float32), like.in_speech)


def _find_gain(
    before: MethodScore, after: MethodScore, name: str, rng: np.random.Generator
) -> Figure:
    """After − before; each draw takes the same pieces on both sides."""
    sides = []
    for score in (before, after):
        shares = [clip.shares[name] for clip in score.clips]
        sides.append(np.array([(share.part, share.whole) for share in shares], float))
    is_known = np.all([side[:, 1] > 0 for side in sides], axis=0)
    sides = [np.where(np.isfinite(side), side, 0.0)[is_known] for side in sides]
    n = int(is_known.sum())
    if not n:
        return Figure(float("nan"), float("nan"), float("nan"), 0, 0)
    drawn = np.concatenate([np.arange(n)[None], rng.integers(n, size=(N_DRAWS, n))])
    values = [side[drawn, 0].sum(axis=1) / side[drawn, 1].sum(axis=1) for side in sides]
    gain = values[1] - values[0]
    low, high = np.percentile(gain[1:], (2.5, 97.5))
    return Figure(float(gain[0]), float(low), float(high), n, 1)
