"""The head's training on its lessons: a run that is taken up again where it stopped."""

from dataclasses import asdict
from pathlib import Path
from typing import Final

import numpy as np
from jaxtyping import Float32

from ..errors import MissingExtraError
from .head import Batch, HeadConfig, draw_batch, measure_losses
from .lessons import NOBODY, Lesson, mirror_lips
from .loop import LoopConfig, Progress, train
from .recipe import EarConfig
from .speech import LipHead

try:
    import torch
    from torch import nn
except ImportError as error:
    raise MissingExtraError("torch", "learn") from error

BOUNDS: Final = (0.2, 99.8)  # percentiles of people's lips beyond which none are given
CHECK_VIEWS: Final = (1, 2)  # of PEOPLE_VIEWS: 60 and 260 ms of look-ahead


def train_head(
    lessons: dict[str, list[Lesson]],
    checks: list[Lesson],
    canonical_range: Float32[np.ndarray, " fields"],
    run: Path,
    config: EarConfig,
    *,
    head_config: HeadConfig | None = None,
    progress: Progress | None = None,
) -> LipHead:
    """Trains a head on lessons; its best weights are those with the least loss on the checks."""
    asked = head_config or HeadConfig()
    everything = [lesson for group in lessons.values() for lesson in group]
    heard = np.concatenate([lesson.states[0][::7] for lesson in everything]).astype(np.float32)
    mean, std = heard.mean(axis=0), heard.std(axis=0) + 1e-2
    torch.manual_seed(config.seed)
    low, high = find_bounds(lessons)
    head = LipHead(
        torch.from_numpy(mean),
        torch.from_numpy(std),
        torch.from_numpy(low),
        torch.from_numpy(high),
    )
    span = torch.from_numpy(canonical_range)

    def losses_of(net: nn.Module, rng: np.random.Generator) -> dict[str, torch.Tensor]:
        batch = draw_batch(lessons, asked, rng=rng)
        blur = torch.from_numpy(rng.standard_normal(batch.states.shape, np.float32))
        assert isinstance(net, LipHead)
        return measure_losses(net, batch, span, asked, blur=blur)

    def validate(net: nn.Module) -> dict[str, float]:
        assert isinstance(net, LipHead)
        rows = [
            measure_losses(net, as_batch(lesson, view), span, asked)
            for lesson in checks
            for view in CHECK_VIEWS
        ]
        return {name: float(np.mean([row[name].item() for row in rows])) for name in rows[0]}

    loop = LoopConfig(
        seed=config.seed,
        n_steps=config.n_head_steps,
        learning_rate=3e-3,
        weight_decay=0.02,
        check_every=max(config.n_head_steps // 20, 1),
    )
    about = {
        "head": asdict(asked),
        "people": {name: len(group) for name, group in lessons.items()},
        "checks": len(checks),
    }
    train(
        head,
        losses_of,
        run=run,
        config=loop,
        about=about,
        validate=validate if checks else None,
        progress=progress,
    )
    return head


def find_bounds(lessons: dict[str, list[Lesson]]) -> np.ndarray:
    """(2, 12) the least and the greatest that people's lips were seen to do, either side alike."""
    people = [group for name, group in lessons.items() if name not in NOBODY]
    seen = np.concatenate([lesson.lips for group in people for lesson in group])
    bounds = np.percentile(np.concatenate([seen, mirror_lips(seen)]), BOUNDS, axis=0)
    bounds = np.stack([bounds[0].clip(max=0), bounds[1].clip(min=0)])  # rest is always allowed
    return bounds.astype(np.float32)


def as_batch(lesson: Lesson, view: int) -> Batch:
    """A whole lesson as a batch of one, in one of its views (the last, where it has fewer)."""
    arrays = (
        lesson.states[min(view, len(lesson.states) - 1)].astype(np.float32),
        lesson.lips,
        lesson.lips_weight,
        lesson.claims,
        lesson.claims_weight,
        lesson.opening,
        lesson.pull,
    )
    return Batch(*(torch.from_numpy(array)[None] for array in arrays))
