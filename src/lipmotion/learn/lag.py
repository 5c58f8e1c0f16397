"""How long a face takes to follow, found in its SelfModel: so far ahead its commands must look."""

from typing import Final

import numpy as np
import torch

from .foresee import PAST_HOPS, SelfModel

STEP: Final = 0.3  # in commands, away from the nearer end of the travel
_LEAST_MOVE: Final = 0.02  # of the spread of what is seen; motors that move less are left out


def measure_lag(net: SelfModel) -> float:
    """Hops from a step of a motor until half of what it does to the looks is seen.

    Each motor steps alone from rest; the mean over motors, weighted by how much they move.
    """
    rest = net.rest
    n = len(rest)
    stepped = rest.repeat(n, 1)
    stepped[range(n), range(n)] += torch.where(rest < 0.5, STEP, -STEP)
    commands = torch.cat(
        [rest.expand(n, PAST_HOPS, n), stepped[:, None].expand(n, PAST_HOPS, n)], 1
    )
    with torch.no_grad():
        seen = (net(commands) / net.scale)[:, : PAST_HOPS + 1].double().numpy()  # (M, T, 12 + Z)
    way = seen[:, -1] - seen[:, 0]
    size = np.linalg.norm(way, axis=1)
    lags, weights = [], []
    for k in np.flatnonzero(size > _LEAST_MOVE * np.sqrt(way.shape[1])):
        done = (seen[k] - seen[k, 0]) @ way[k] / size[k] ** 2  # 0 at the start, 1 at the end
        first = int(np.argmax(done >= 0.5))
        before, after = done[first - 1], done[first]
        lags.append(first - 1 + (0.5 - before) / (after - before))
        weights.append(size[k])
    return float(np.average(lags, weights=weights)) if lags else 0.0
