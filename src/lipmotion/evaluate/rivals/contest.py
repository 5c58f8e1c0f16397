"""Rivals as methods: two rows each, by its published chart and by the best map; and ARKit curves.

In: a `Case`. Out: commands: the rival's lips go through the face's own models, as ours do.
Conventions: a method is called after its rival, `headaudio-repaired` for `headaudio, repaired`; the
row by the best map ends in `-fitted`. Look-ahead is what the rival and the map hear, without the
body's own preview.
"""

from collections.abc import Callable, Mapping
from functools import partial
from typing import Final

import numpy as np
from jaxtyping import Float32

from ...commands import CommandTrack
from ...errors import ConfigError
from ..methods import Case, Kit
from ..report_json import MethodInfo
from .arkit import ARKIT, read_arkit_csv
from .charts import CHARTS, chart_shapes
from .known import KNOWN, PACKAGES

FITTED: Final = "-fitted"
ARKIT_PREFIX: Final = "arkit:"


class RivalMethod:
    """A rival's lips on this face.

    Args:
        kit: its `rivals` are asked when it performs.
        rival: its name in KNOWN.
        is_fitted: by the best map to people's lips, not by its chart.
    """

    def __init__(self, kit: Kit, rival: str, is_fitted: bool) -> None:
        self._kit, self._rival, self._is_fitted = kit, rival, is_fitted
        known = KNOWN[rival]
        version = f"{known.package} {PACKAGES[known.package].version}"
        by = "its outputs by the best linear map to people's lips" if is_fitted else "by its chart"
        told = f"{version}, {by}, through the face's own models."
        name = name_method(rival, is_fitted=is_fitted)
        title = f"{rival}, best map" if is_fitted else rival
        self.info = MethodInfo(name, title, known.kind, self._find_lookahead(), told, False)

    def perform(self, case: Case) -> CommandTrack:
        return self._kit.performer.follow_shapes(self.plan(case))

    def plan(self, case: Case) -> Float32[np.ndarray, "hops fields"]:
        if self._kit.rivals is None:
            raise ConfigError(
                f"{self.info.name}: no rival is at hand; name the folder they are installed in "
                "with --rivals"
            )
        shape = self._kit.rivals.shape
        return shape(self._rival, case.sound, case.n_hops, is_fitted=self._is_fitted)

    def _find_lookahead(self) -> float | None:
        own_ms = KNOWN[self._rival].lookahead_ms
        if own_ms is None:
            return None
        if not self._is_fitted:
            return own_ms + CHARTS[self._rival].mean_ms / 2
        found = None if self._kit.rivals is None else self._kit.rivals.find_map(self._rival)
        return own_ms + (0 if found is None else found.lookahead_ms)


class ArkitMethod:
    """ARKit curves from files, by Apple's description of each coefficient.

    Args:
        kit: `kit.curves` says which file is for which case.
        name: `arkit:NAME`.
    """

    def __init__(self, kit: Kit, name: str) -> None:
        self._kit = kit
        told = "ARKit curves from a CSV by Apple's descriptions, through the face's own models."
        self.info = MethodInfo(name, name.replace(":", " "), "offline", None, told, False)

    def serves(self, case: Case) -> bool:
        """Whether there are curves for a case."""
        return case.key in self._kit.curves.get(self.info.name, {})

    def perform(self, case: Case) -> CommandTrack:
        return self._kit.performer.follow_shapes(self.plan(case))

    def plan(self, case: Case) -> Float32[np.ndarray, "hops fields"]:
        if not self.serves(case):
            raise ConfigError(f"{self.info.name} has no curves for {case.key}")
        path = self._kit.curves[self.info.name][case.key]
        return chart_shapes(read_arkit_csv(path), ARKIT, case.n_hops)


def name_method(rival: str, *, is_fitted: bool) -> str:
    """A rival's method as `--methods` knows it."""
    return rival.replace(",", "").replace(" ", "-") + (FITTED if is_fitted else "")


# method → rival, and whether it is the row by the best map
ROWS: Final[dict[str, tuple[str, bool]]] = {
    name_method(rival, is_fitted=is_fitted): (rival, is_fitted)
    for rival in KNOWN
    for is_fitted in (False, True)
}
RIVAL_METHODS: Final[Mapping[str, Callable[[Kit], RivalMethod]]] = {
    name: partial(RivalMethod, rival=rival, is_fitted=is_fitted)
    for name, (rival, is_fitted) in ROWS.items()
}
