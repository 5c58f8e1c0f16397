"""A head that was trained learns on from one person.

In: a head, lessons of one person and of no voice, and lessons that check. Out: the head with the
weights that were best on the checks, or as it came where none were better.

All of it learns, a little: that follows people better than its last layer alone, or than holding
its weights near where they began (docs/experiments.md, "One person's films").
"""

import copy
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
from jaxtyping import Float32

from ..errors import MissingExtraError
from .head import HeadConfig, draw_batch, measure_losses
from .lessons import Lesson
from .loop import LoopConfig, Progress, train
from .speech import LipHead
from .teach_head import CHECK_VIEWS, as_batch

try:
    import torch
    from torch import nn
except ImportError as error:
    raise MissingExtraError("torch", "learn") from error

LEARNING_RATE: Final = 5e-4
CHECKS: Final = 15  # how often a training looks at its checks
ASKED: Final = HeadConfig(n_people=8, n_spoken=0, n_heard=0, n_silent=2, crop_hops=100)


@dataclass(frozen=True)
class Adapted:
    """What came of it.

    Attributes:
        head: in eval mode; as it came, where it learned nothing.
        before, after: losses on the checks, of the head as it came and of the best weights found.
        is_better: the best weights have the lesser loss.
    """

    head: LipHead
    before: Mapping[str, float]
    after: Mapping[str, float]
    is_better: bool


def adapt_head(
    start: LipHead,
    lessons: Mapping[str, Sequence[Lesson]],
    checks: Sequence[Lesson],
    canonical_range: Float32[np.ndarray, " fields"],
    run: Path,
    *,
    seed: int,
    n_steps: int,
    about: Mapping[str, Any],
    progress: Progress | None = None,
) -> Adapted:
    """Lets a head learn on.

    Args:
        start: the head as it is; not changed.
        lessons: of the person by name, and `silent` ones.
        checks: of the same person, from other films.
        canonical_range: (12,) range of each field.
        run: folder of the training; taken up again where it stands.
        seed, n_steps: of the training.
        about: what else defines the run, JSON values.
        progress: told the steps.

    Raises:
        ConfigError: the folder holds another run.
        RecordingError: the run is damaged.
    """
    head = copy.deepcopy(start)
    span = torch.from_numpy(canonical_range)

    def losses_of(net: nn.Module, rng: np.random.Generator) -> dict[str, torch.Tensor]:
        assert isinstance(net, LipHead)
        batch = draw_batch(lessons, ASKED, rng=rng)
        blur = torch.from_numpy(rng.standard_normal(batch.states.shape, np.float32))
        return measure_losses(net, batch, span, ASKED, blur=blur)

    def validate(net: nn.Module) -> dict[str, float]:
        assert isinstance(net, LipHead)
        return measure_checks(net, checks, span)

    before = measure_checks(head, checks, span)
    loop = LoopConfig(
        seed=seed,
        n_steps=n_steps,
        learning_rate=LEARNING_RATE,
        weight_decay=0.0,
        n_warmup_steps=20,
        check_every=max(n_steps // CHECKS, 1),
    )
    train(
        head,
        losses_of,
        run=run,
        config=loop,
        about={**about, "head": vars(ASKED)},
        validate=validate,
        progress=progress,
    )
    after = measure_checks(head, checks, span)
    is_better = after["loss"] < before["loss"]
    return Adapted(head if is_better else start, before, after, is_better)


@torch.no_grad()
def measure_checks(head: LipHead, checks: Sequence[Lesson], span: torch.Tensor) -> dict[str, float]:
    """Mean losses over the checks, heard 60 and 260 ms ahead; every hop counts alike."""
    rows = [
        (len(lesson.lips), measure_losses(head, as_batch(lesson, view), span, ASKED))
        for lesson in checks
        for view in CHECK_VIEWS
    ]
    weights = [float(n_hops) for n_hops, _ in rows]
    return {
        name: float(np.average([losses[name].item() for _, losses in rows], weights=weights))
        for name in rows[0][1]
    }
