"""The encoder: what the teachers hear in all sounds (`pool`), then the distillation (`distil`).

Both lie in the run's folder. The pool is whole or made anew; the distillation goes on where it
stopped.
"""

import pickle
from collections.abc import Callable
from pathlib import Path
from typing import Final

import numpy as np

from ..errors import MissingExtraError, RecordingError
from .data import SoundPool, build_pool, is_pool, open_pool
from .distil import HearConfig, distil
from .hear import SpeechEncoder
from .loop import LoopConfig, Progress
from .recipe import EarConfig, EarSources
from .sounds import count_sounds, read_sounds
from .teacher import Teacher, load_teacher_weights

try:
    import torch
except ImportError as error:
    raise MissingExtraError("torch", "learn") from error

NOISE_SHARE: Final = 0.07
SPOKEN_SHARE: Final = 0.2


def get_encoder(
    sources: EarSources, out: Path, config: EarConfig, report: Callable[[str], Progress | None]
) -> SpeechEncoder:
    """The encoder of a recipe: read from its checkpoint, or distilled in the folder `out`.

    Raises:
        RecordingError: not a checkpoint; or neither it nor sounds and teachers are given.
        BundleError: a teacher is missing or not the pinned one.
    """
    if sources.encoder is not None:
        return load_encoder(sources.encoder)
    if sources.sounds is None or sources.teachers is None:
        raise RecordingError("without an encoder's checkpoint, sounds and teachers are needed")
    base, tiny = load_teacher_weights(sources.teachers)
    if not is_pool(out / "pool"):
        rounds = config.n_pool_rounds
        build_pool(
            out / "pool",
            read_sounds(sources.sounds, sources.texts, rounds, seed=config.seed),
            (Teacher(tiny), Teacher(base)),
            rng=np.random.default_rng([config.seed, 1]),
            n_sounds=count_sounds(sources.sounds, sources.texts, rounds),
            progress=report("letting the teachers listen"),
        )
    pool = open_pool(out / "pool")
    loop = LoopConfig(
        seed=config.seed,
        n_steps=config.n_distil_steps,
        learning_rate=5e-4,
        n_warmup_steps=100,
        check_every=200,
        save_every_s=240.0,
    )
    student = distil(
        pool,
        tiny,
        run=out / "distil",
        loop=loop,
        config=_share_groups(pool),
        progress=report("distilling the encoder"),
    )
    return student.encoder.eval()


def load_encoder(checkpoint: Path) -> SpeechEncoder:
    """The encoder out of a checkpoint of the distillation.

    Raises:
        RecordingError: not such a checkpoint.
    """
    try:
        net = torch.load(checkpoint, weights_only=True)["net"]
        own = {k.removeprefix("encoder."): v for k, v in net.items() if k.startswith("encoder.")}
        encoder = SpeechEncoder()
        encoder.load_state_dict(own)
    except OSError as error:
        raise RecordingError(f"{checkpoint}: cannot be read: {error.strerror}") from error
    except (KeyError, TypeError, RuntimeError, EOFError, pickle.UnpicklingError) as error:
        raise RecordingError(
            f"{checkpoint}: not a checkpoint of the encoder; distil/best.pt of an earlier run is"
        ) from error
    return encoder.eval()


def _share_groups(pool: SoundPool) -> HearConfig:
    """Crops by group: noise and synthetic speech have their share, files theirs by √minutes."""
    groups = pool.groups()
    own = {n: g for n, g in groups.items() if n not in ("noise", "espeak") and n[:4] != "dev_"}
    roots = {n: float(np.sqrt(sum(c.n_hops for c in g))) for n, g in own.items()}
    rest = 1 - NOISE_SHARE - SPOKEN_SHARE
    shares = {n: rest * root / sum(roots.values()) for n, root in roots.items()}
    shares |= {"noise": NOISE_SHARE, "espeak": SPOKEN_SHARE}
    held_out = tuple(n for n in groups if n.startswith("dev_"))
    return HearConfig(groups=shares, held_out=held_out or tuple(own))
