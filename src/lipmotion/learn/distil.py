"""Distillation: the streaming encoder learns what its teachers make of a clip.

The teachers (`teacher.py`) heard the clean clip as a whole; the student hears changed sound
(`augment.py`), through log-mel features that know only the past, with a look-ahead that is drawn
anew for every batch, at a position drawn anew for every crop.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Final

import numpy as np
from jaxtyping import Float32

from ..errors import MissingExtraError
from ..voice.features import (
    LEAST_LEVEL_DB,
    N_FEATURES,
    SPECTRA_PER_HOP,
    START_LEVEL_DB,
    even_out,
    measure_level,
)
from .augment import augment_power
from .data import Clip, SoundPool, describe_pool, draw_crops
from .hear import ENCODER_WIDTH, POSITION_PERIOD, SpeechEncoder
from .loop import LoopConfig, Progress, train
from .teacher import Weights

try:
    import torch
    from torch import nn
except ImportError as error:
    raise MissingExtraError("torch", "learn") from error

RIGHT_CHOICES: Final = (0, 1, 2, 3, 5, 8, 12)
CHECK_RIGHT_HOPS: Final = 3


class Student(nn.Module):
    """The encoder with a linear reading of what its teachers would say; the reading is thrown away.

    Targets are standardised hidden states, `tiny.en` first (384), then `base` (512).
    """

    def __init__(self, target_std: torch.Tensor) -> None:
        super().__init__()
        self.encoder = SpeechEncoder()
        self.reading = nn.Linear(ENCODER_WIDTH, len(target_std))
        with torch.no_grad():
            self.reading.weight.zero_()
            self.reading.bias.zero_()
            self.reading.weight[:ENCODER_WIDTH] = torch.diag(1 / target_std[:ENCODER_WIDTH])

    def forward(
        self, features: torch.Tensor, right_hops: int, positions: torch.Tensor
    ) -> torch.Tensor:
        return self.reading(self.encoder(features, right_hops, positions))


def measure_distance(said: torch.Tensor, heard: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """Mean squared distance to each teacher, `tiny.en` and `base`; 1 = nothing learned.

    Args:
        said: (B, T, 896) the student's reading.
        heard: (B, T, 896) the teachers' standardised states.
    """
    squared = ((said - heard) ** 2).clamp(max=25)[:, 2:-2]
    return squared[..., :ENCODER_WIDTH].mean(), squared[..., ENCODER_WIDTH:].mean()


@dataclass(frozen=True)
class HearConfig:
    """How the encoder is distilled.

    Attributes:
        n_crops: crops of 3.2 s in a batch.
        clean_share: share of batches that are heard unchanged.
        groups: share of crops by group of the pool.
        held_out: groups that only check.
        n_checks: crops of each check.
        half_precision: multiply in bfloat16; faster on processors that have it.
    """

    n_crops: int = 8
    clean_share: float = 0.2
    groups: Mapping[str, float] = field(default_factory=dict)
    held_out: tuple[str, ...] = ()
    n_checks: int = 48
    half_precision: bool = True


def distil(
    pool: SoundPool,
    tiny: Weights,
    *,
    run: Path,
    loop: LoopConfig,
    config: HearConfig,
    progress: Progress | None = None,
) -> Student:
    """Distils the encoder from its teachers; resumable (see `loop.train`).

    Args:
        pool: sounds and what the teachers hear in them.
        tiny: weights of Whisper `tiny.en`, where the student starts.
        run: the run's folder.
        loop: seed, steps, learning rate.
        config: batches.
        progress: called with (steps done, steps in all).

    Returns:
        The student with its best weights.
    """
    groups = pool.groups()
    checks = _draw_checks(pool, groups, config, loop.seed)

    def measure(
        net: nn.Module, features: np.ndarray, heard: np.ndarray, right: int, at: np.ndarray
    ) -> dict[str, torch.Tensor]:
        with torch.autocast("cpu", torch.bfloat16, enabled=config.half_precision):
            said = net(torch.from_numpy(features), right, torch.from_numpy(at))
        from_tiny, from_base = measure_distance(said.float(), torch.from_numpy(heard))
        loss = 0.5 * from_tiny + from_base
        return {"loss": loss, "tiny": from_tiny, "base": from_base}

    def losses_of(net: nn.Module, rng: np.random.Generator) -> dict[str, torch.Tensor]:
        crops = draw_crops(pool, groups, config.groups, config.n_crops, rng=rng)
        features = hear_crops(
            pool, crops, groups["noise"], rng=rng, clean=rng.random() < config.clean_share
        )
        heard = np.stack([pool.read_heard(clip, start) for clip, start in crops])
        right = int(rng.choice(RIGHT_CHOICES))
        at = rng.integers(0, POSITION_PERIOD, len(crops))
        return measure(net, features, heard, right, at)

    def validate(net: nn.Module) -> dict[str, float]:
        parts: dict[str, list[float]] = {}
        for features, heard, at in checks:
            for name, value in measure(net, features, heard, CHECK_RIGHT_HOPS, at).items():
                parts.setdefault(name, []).append(value.item())
        return {name: float(np.mean(values)) for name, values in parts.items()}

    student = Student(torch.from_numpy(pool.heard_std))
    student.encoder.start_from(tiny)
    about = {"hear": asdict(config), "pool": describe_pool(pool)}
    train(
        student, losses_of, run=run, config=loop, about=about, validate=validate, progress=progress
    )
    return student


def hear_crops(
    pool: SoundPool,
    crops: list[tuple[Clip, int]],
    noises: list[Clip],
    *,
    rng: np.random.Generator,
    clean: bool,
) -> Float32[np.ndarray, "batch hops features"]:
    """Crops → (B, T, 160) features, of changed sound unless clean."""
    power = np.stack([pool.read_power(clip, start) for clip, start in crops])
    if not clean:
        picked = [noises[rng.integers(len(noises))] for _ in crops]
        n_hops = power.shape[1] // SPECTRA_PER_HOP
        starts = [int(rng.integers(0, clip.n_hops - n_hops + 1)) for clip in picked]
        noise = np.stack(
            [pool.read_power(c, s, n_hops) for c, s in zip(picked, starts, strict=True)]
        )
        power = augment_power(power, noise, rng=rng)
    return np.stack([_hear(item, rng) for item in power])


def _hear(power: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Features of one crop, as if the stream had just begun or had run for long."""
    level_db = START_LEVEL_DB
    if rng.random() < 0.7:
        level_db = float(np.percentile(measure_level(power), 95) + rng.normal(0, 3))
    mel, _ = even_out(power, max(level_db, LEAST_LEVEL_DB))
    return mel.reshape(-1, N_FEATURES)


def _draw_checks(
    pool: SoundPool, groups: Mapping[str, list[Clip]], config: HearConfig, seed: int
) -> list[tuple[np.ndarray, np.ndarray, np.ndarray]]:
    rng = np.random.default_rng([seed, 1 << 30])
    held_out = dict.fromkeys(config.held_out, 1.0)
    batches = []
    for k in range(0, config.n_checks, config.n_crops):
        crops = draw_crops(pool, groups, held_out, config.n_crops, rng=rng)
        features = hear_crops(pool, crops, groups["noise"], rng=rng, clean=k % 2 == 0)
        heard = np.stack([pool.read_heard(clip, start) for clip, start in crops])
        batches.append((features, heard, rng.integers(0, POSITION_PERIOD, len(crops))))
    return batches
