"""What a face remembers of its recording: where its motors were, and the lips that it saw.

In: shards with landmarks, as `session.py` writes them. Out: `Seen`, for `curious.py`. Lips are
measured against the resting and the pressed mouth that the first shard films.
"""

from collections.abc import Sequence
from typing import Final

import numpy as np

from ..face.base import FaceSpec
from ..recording import POSE_DEEDS, Recording, Shard
from ..timing import HOP_HZ
from ..vision.measure import measure_lips
from ..vision.owner import fit_robot, to_lip_shape
from .curious import Seen
from .foresight import PAST_HOPS, trace_motors

MOST_SHARDS: Final = 180  # half an hour; of longer recordings a sample is remembered


def remember(
    recording: Recording, spec: FaceSpec, indices: Sequence[int], *, rng: np.random.Generator
) -> Seen:
    """Reads what was seen in some shards.

    Args:
        recording: with landmarks.
        spec: the face.
        indices: numbers of whole shards, the first of the recording among them.
        rng: draws which are remembered where there are very many.

    Raises:
        RecordingError: no face was seen at rest, pressing or moving, or a shard is damaged.
    """
    kept = rng.permutation(np.array(indices[1:], int))[: MOST_SHARDS - 1]
    shards = [recording.read(int(index)) for index in (indices[0], *np.sort(kept))]
    columns = list(spec.indices("lips", "jaw"))
    rest = spec.rest.values[columns].astype(float)
    raws = [_measure(shard) for shard in shards]
    deeds = [np.array([shard.deeds[row] for row in shard.image_hops], str) for shard in shards]
    raw, deed = np.concatenate(raws), np.concatenate(deeds)
    moving = raw[~np.isin(deed, POSE_DEEDS)]
    owner = fit_robot(spec.name, raw[deed == "rest"], raw[deed == "press"], moving)
    traces, lips, numbers = [], [], []
    for shard, seen in zip(shards, raws, strict=True):
        row = np.round(shard.image_t_s[shard.image_hops] * HOP_HZ).astype(int) - shard.first_hop
        is_kept = np.isfinite(seen).all(1) & (row >= PAST_HOPS) & (row <= len(shard))
        if len(shard) >= PAST_HOPS and is_kept.any():
            come = trace_motors(shard.sent[:, columns].astype(float), rest)  # from hop PAST_HOPS on
            traces.append(come[row[is_kept] - PAST_HOPS])
            lips.append(to_lip_shape(seen[is_kept], owner))
            numbers.append(np.full(is_kept.sum(), shard.index))
    return Seen(np.concatenate(traces), np.concatenate(lips), np.concatenate(numbers))


def _measure(shard: Shard) -> np.ndarray:
    """(N, 12) raw lip shapes of a shard's images, NaN where nothing was found."""
    if shard.landmarks is None:
        return np.full((len(shard.image_hops), 12), np.nan, np.float32)
    return measure_lips(shard.landmarks)
