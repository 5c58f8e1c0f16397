"""The training of head and lip teacher on their lessons: taken up again where it stopped."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Final, TypeVar

import numpy as np
from jaxtyping import Float32

from ..errors import MissingExtraError
from .head import Batch, HeadConfig, draw_batch, measure_losses
from .lessons import NOBODY, Lesson, mirror_lips
from .lip_teacher import LipTeacher
from .loop import LoopConfig, Progress, train
from .recipe import EarConfig
from .speech import LipHead, LipNet

try:
    import torch
    from torch import nn
except ImportError as error:
    raise MissingExtraError("torch", "learn") from error

BOUNDS: Final = (0.2, 99.8)  # percentiles of people's lips beyond which none are given
CHECK_VIEWS: Final = (1, 2)  # of PEOPLE_VIEWS: 60 and 260 ms of look-ahead
N_TEACHERS: Final = 2  # their mean errs less than either

Lessons = Mapping[str, Sequence[Lesson]]
Net = TypeVar("Net", bound=LipNet)


def train_head(
    lessons: Lessons,
    checks: Sequence[Lesson],
    canonical_range: Float32[np.ndarray, " fields"],
    run: Path,
    config: EarConfig,
    *,
    head_config: HeadConfig | None = None,
    progress: Progress | None = None,
) -> LipHead:
    """Trains a head on lessons; its best weights are those with the least loss on the checks."""
    loop = _plan(config.n_head_steps, config.seed)
    asked = head_config or HeadConfig()
    return _train(
        LipHead, lessons, checks, canonical_range, run, loop, asked, CHECK_VIEWS, progress
    )


def train_lip_teachers(
    lessons: Lessons,
    checks: Sequence[Lesson],
    canonical_range: Float32[np.ndarray, " fields"],
    run: Path,
    config: EarConfig,
    *,
    progress: Progress | None = None,
) -> list[LipTeacher]:
    """Trains the lip teachers, alike but for their seeds, on lessons that the teachers heard."""
    n_steps = config.n_teacher_steps

    def report(k: int) -> Progress | None:
        if progress is None:
            return None
        return lambda done, _: progress(k * n_steps + done, N_TEACHERS * n_steps)

    return [
        _train(
            LipTeacher,
            lessons,
            checks,
            canonical_range,
            run / str(k),
            _plan(n_steps, config.seed + k),
            HeadConfig(),
            (0,),
            report(k),
        )
        for k in range(N_TEACHERS)
    ]


def _plan(n_steps: int, seed: int) -> LoopConfig:
    return LoopConfig(
        seed=seed,
        n_steps=n_steps,
        learning_rate=3e-3,
        weight_decay=0.02,
        check_every=max(n_steps // 20, 1),
    )


def _train(
    make: Callable[[torch.Tensor, torch.Tensor, torch.Tensor, torch.Tensor], Net],
    lessons: Lessons,
    checks: Sequence[Lesson],
    canonical_range: Float32[np.ndarray, " fields"],
    run: Path,
    loop: LoopConfig,
    config: HeadConfig,
    check_views: Sequence[int],
    progress: Progress | None,
) -> Net:
    everything = [lesson for group in lessons.values() for lesson in group]
    heard = np.concatenate([lesson.states[0][::7] for lesson in everything]).astype(np.float32)
    torch.manual_seed(loop.seed)
    low, high = find_bounds(lessons)
    spread = heard.mean(axis=0), heard.std(axis=0) + 1e-2
    net = make(*(torch.from_numpy(values) for values in (*spread, low, high)))
    span = torch.from_numpy(canonical_range)

    def losses_of(net: nn.Module, rng: np.random.Generator) -> dict[str, torch.Tensor]:
        batch = draw_batch(lessons, config, rng=rng)
        blur = torch.from_numpy(rng.standard_normal(batch.states.shape, np.float32))
        assert isinstance(net, LipNet)
        return measure_losses(net, batch, span, config, blur=blur)

    def validate(net: nn.Module) -> dict[str, float]:
        assert isinstance(net, LipNet)
        rows = [
            measure_losses(net, as_batch(lesson, view), span, config)
            for lesson in checks
            for view in check_views
        ]
        return {name: float(np.mean([row[name].item() for row in rows])) for name in rows[0]}

    about = {
        "head": asdict(config),
        "people": {name: len(group) for name, group in lessons.items()},
        "checks": len(checks),
    }
    train(
        net,
        losses_of,
        run=run,
        config=loop,
        about=about,
        validate=validate if checks else None,
        progress=progress,
    )
    return net


def find_bounds(lessons: Lessons) -> np.ndarray:
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
