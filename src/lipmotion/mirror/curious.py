"""Curiosity: of several motions that a face could make, the one from which it would learn most.

In: what the face has seen of itself (`memory.py`). Out: which of some drawn bouts to perform. There
are two appetites, and each bout feeds one of them: for lip shapes that were hardly seen (far from
all that were), and for motions whose looks are in doubt: cheap models disagree (`foresight.py`).
The first alone would lead to grimaces, while speech is made of small motions that close and round
the lips. So doubt counts for how far the lips are from rest, and more where they nearly touch and
where they pucker. What a chosen bout is expected to show counts as seen for the next, so that bouts
differ. Nothing but commands and what the tracker saw goes in: no label, no truth.

Source: goals where little was seen, Baranes & Oudeyer, Active learning of inverse models with
intrinsically motivated goal exploration, 2013; novelty as the distance to the k-th nearest, Lehman
& Stanley, Abandoning objectives, 2011.
"""

from dataclasses import dataclass, replace
from typing import Final

import numpy as np
from jaxtyping import Float, Float32, Int

from ..lips import LIP_INDEX
from .foresight import PAST_HOPS, Foresight, fit_foresight, trace_motors

# Measured on emo, 4 minutes of 3 seeds (benchmarks/babbling.py): R² of speech foreseen is 0.861
# at random, 0.865 with a share of 0.5, 0.869 with 0.8, 0.860 with 1; of 128 bouts drawn 0.864.
SHARE: Final = 0.8
N_DRAWN: Final = 32
_THIN_SHARE: Final = 0.5  # of the chosen bouts; the others go where it is unsure
_EVERY: Final = 4  # each 4th hop of a bout is judged, 80 ms
_NEIGHBOUR: Final = 5
_MOST_SEEN: Final = 3000  # lip shapes to compare with
_NEAR: Final = 0.06  # resting mouth widths: an aperture of this is near closure
_CLOSURE, _PUCKER = 1.0, 1.0  # how much more what is near them counts
_LEAST: Final = 0.02  # resting mouth widths: a field that spreads less is mostly noise
_FAINT: Final = (LIP_INDEX["protrusion"],)  # a frontal camera hardly sees it
_APERTURE, _WIDTH = LIP_INDEX["aperture"], LIP_INDEX["width"]


@dataclass(frozen=True)
class Seen:
    """What a face has seen of itself.

    Attributes:
        traces: (N, F) where its lip and jaw motors were in each image, see `trace_motors`.
        lips: (N, 12) the lips in it, finite.
        shard: (N,) number of the shard.
    """

    traces: Float[np.ndarray, "images traces"]
    lips: Float[np.ndarray, "images fields"]
    shard: Int[np.ndarray, " images"]


@dataclass(frozen=True)
class CuriousMind:
    """Chooses among bouts; see `babble.Mind`.

    Attributes:
        foresight: what it expects.
        lip_motors: positions of the lip and jaw motors.
        rest: (M,) their commands at rest.
        scale: (12,) spread of each lip field, as a unit.
        seen: (K, 12) lip shapes seen, or expected from what was already chosen, in `scale`.
        narrow, usual: widths of a pucker and of the usual mouth.
        share, n_drawn: as `babble.Mind` says.
    """

    foresight: Foresight
    lip_motors: tuple[int, ...]
    rest: Float[np.ndarray, " motors"]
    scale: Float[np.ndarray, " fields"]
    seen: Float[np.ndarray, "shapes fields"]
    narrow: float
    usual: float
    share: float = SHARE
    n_drawn: int = N_DRAWN

    def choose(
        self,
        bouts: Float32[np.ndarray, "bouts hops motors"],
        sent: Float32[np.ndarray, "before motors"],
        *,
        rng: np.random.Generator,
    ) -> tuple[int, "CuriousMind"]:
        """The bout to perform, and the mind that expects to see it; `rng` draws the appetite."""
        judge = self.measure_thinness if rng.random() < _THIN_SHARE else self.measure_doubt
        before = sent[np.arange(-PAST_HOPS, 0).clip(-len(sent))][:, self.lip_motors]
        tracks = np.concatenate(
            [np.broadcast_to(before, (len(bouts), *before.shape)), bouts[:, :, self.lip_motors]], 1
        )
        traces = trace_motors(tracks, self.rest)[:, _EVERY::_EVERY]  # (N, T / 4, F)
        n_bouts, n_judged, n_traces = traces.shape
        if not n_judged:
            return 0, self
        expected = self.foresight.foresee(traces.reshape(-1, n_traces))
        lips = expected.mean(0)
        best = int(judge(expected).reshape(n_bouts, n_judged).mean(1).argmax())
        chosen = lips.reshape(n_bouts, n_judged, -1)[best]
        return best, replace(self, seen=np.concatenate([self.seen, chosen / self.scale]))

    def measure_doubt(
        self, expected: Float[np.ndarray, "members shapes fields"]
    ) -> Float[np.ndarray, " shapes"]:
        """(N,) how far the members disagree, for how far their lips are from rest.

        It counts twice in closure or pucker, three times in both.
        """
        lips = expected.mean(0)
        away = np.sqrt(1 + ((lips / self.scale) ** 2).mean(1))
        closure = np.exp(-lips[:, _APERTURE].clip(0) / _NEAR)
        pucker = ((self.usual - lips[:, _WIDTH]) / max(self.usual - self.narrow, 1e-9)).clip(0, 1)
        emphasis = 1 + _CLOSURE * closure + _PUCKER * pucker
        return emphasis * (expected.std(0) / self.scale).mean(1) / away

    def measure_thinness(
        self, expected: Float[np.ndarray, "members shapes fields"]
    ) -> Float[np.ndarray, " shapes"]:
        """(N,) how far the lips that are expected lie from those that were seen, in spreads."""
        asked = expected.mean(0) / self.scale
        square = (asked**2).sum(1)[:, None] - 2 * asked @ self.seen.T + (self.seen**2).sum(1)
        k = min(_NEIGHBOUR, len(self.seen) - 1)
        return np.sqrt(np.partition(square.clip(0), k, axis=1)[:, k])


def make_up_mind(
    seen: Seen,
    lip_motors: tuple[int, ...],
    rest: Float[np.ndarray, " motors"],
    *,
    rng: np.random.Generator,
) -> CuriousMind:
    """A mind that knows what was seen.

    Args:
        seen: at least one image.
        lip_motors: positions of the lip and jaw motors in the face's order.
        rest: (M,) their commands at rest.
        rng: draws the models, and which lip shapes are compared with.
    """
    scale = np.maximum(seen.lips.std(0), _LEAST)
    scale[list(_FAINT)] *= 4
    kept = rng.permutation(len(seen.lips))[:_MOST_SEEN]
    narrow, usual = np.percentile(seen.lips[:, _WIDTH], (2, 50))
    return CuriousMind(
        foresight=fit_foresight(seen.traces, seen.lips, seen.shard, rng=rng),
        lip_motors=lip_motors,
        rest=rest,
        scale=scale,
        seen=seen.lips[kept] / scale,
        narrow=float(narrow),
        usual=float(usual),
    )
