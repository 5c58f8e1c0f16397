"""People's lips in other sizes and the other way round: what a robot must follow as well."""

import numpy as np
from jaxtyping import Float32

from ..lips import MIRRORED, N_LIP_FIELDS


def vary_lips(
    lips: Float32[np.ndarray, "batch hops fields"], rng: np.random.Generator
) -> Float32[np.ndarray, "batch hops fields"]:
    """People's shapes made larger and smaller, lopsided and mirrored; 0, contact, stays 0."""
    n = len(lips)
    scale = rng.uniform(0.7, 1.3, (n, 1, 1)) * rng.uniform(0.85, 1.15, (n, 1, N_LIP_FIELDS))
    varied = lips * scale
    is_mirrored = rng.random(n) < 0.5
    varied[is_mirrored] = varied[is_mirrored][..., list(MIRRORED)]
    return varied.astype(np.float32)
