"""Practice: perform people's lips, look, compare with what was imagined, do better.

Rounds of two steps: the face performs before its mirror as its self-model says (`mirror.practise`),
then SelfModels, Imagination and FacialActionTransformer go on learning from all that was filmed so
far. The SelfModel learns what those commands really did, the others what to do about it; no label
and no truth of a simulator takes part. A body that has changed since it learned itself is healed by
the same: how it once looked at rest and how latents mean looks stay as they were.
Source: learning from one's own performance, Ross, Gordon & Bagnell 2011 (DAgger).
"""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
from jaxtyping import Float32

from ..bundle import MANIFEST_NAME, Bundle
from ..errors import RecordingError
from ..face.base import Face, FaceSpec
from ..mirror.practise import Follow, film_practice
from ..mirror.session import MirrorSession, describe, plan_shards
from ..recording import Recording, create_recording
from ..selfmodel.act import FacialActionTransformer
from ..selfmodel.bundle import open_self
from ..selfmodel.imagine import Imagination
from ..step import Chain, run_offline
from ..timing import HOP_HZ
from .act import ActConfig
from .encode import EncodeConfig
from .foresee import ForeseeConfig
from .imagine import ImagineConfig
from .learner import Report, SelfConfig
from .loop import LoopConfig, Progress
from .people import People
from .selves import learn_self

ROUNDS: Final = 2


@dataclass(frozen=True)
class PractiseConfig:
    """How a face practises.

    Attributes:
        minutes: of performing, in the robot's time, all rounds together.
        n_rounds: rounds of performing and learning.
        seed: of what is performed, and of the learning.
        pace: scales the steps of every part.
    """

    minutes: float
    seed: int
    n_rounds: int = ROUNDS
    pace: float = 1.0

    def learning(self) -> SelfConfig:
        """Settings of the learning of one round."""

        def loop(n_steps: int, rate: float) -> LoopConfig:
            return LoopConfig(self.seed, max(round(n_steps * self.pace), 2), rate)

        return SelfConfig(
            encode=EncodeConfig(loop(1, 0.0)),  # latents stay as they are
            foresee=ForeseeConfig(loop(1000, 1.5e-3)),
            imagine=ImagineConfig(loop(800, 1e-3)),
            act=ActConfig(loop(1000, 8e-4)),
        )


def practise(
    open_face: Callable[[], Face],
    spec: FaceSpec,
    start: Bundle,
    out: Path,
    *,
    people: People,
    config: PractiseConfig,
    camera_delay_s: float | None = None,
    report: Report = lambda _: None,
) -> Path:
    """Practises and learns, round by round; taken up again where it stopped.

    Args:
        open_face: opens the face; it has a camera.
        spec: its description.
        start: the self-model to begin with.
        out: a folder: `recording`, `round-1` …, each with its `bundle`.
        people: whose lips are performed.
        config: see there.
        camera_delay_s: the camera's own delay as measured; None: as the description says.
        report: gives the progress callback for the part that begins, by its name.

    Returns:
        The last round's bundle.

    Raises:
        RecordingError: there is nobody to follow, or the folder holds something else.
        FaceError: the face gave no image.
    """
    if not people.followed:
        raise RecordingError("practice needs people's lips to follow; name folders of `watch`")
    out.mkdir(parents=True, exist_ok=True)
    recording = create_recording(out / "recording", describe(spec, config.seed, camera_delay_s))
    bundle = start
    for number in range(1, config.n_rounds + 1):
        folder = out / f"round-{number}"
        if (folder / "bundle" / MANIFEST_NAME).is_file():  # done before
            bundle = open_self(spec, folder / "bundle")
            continue
        upto = config.minutes * number / config.n_rounds
        progress = report(f"practise, round {number} of {config.n_rounds}")
        _film(open_face, recording, upto, make_follow(bundle), people, config.seed, progress)
        learn_self(
            recording, spec, folder,
            people=people, config=config.learning(), start=bundle, report=report,
        )  # fmt: skip
        bundle = open_self(spec, folder / "bundle")
    return bundle.folder


def make_follow(bundle: Bundle) -> Follow:
    """Lip shapes → commands of the lip and jaw motors, by a self-model."""
    path = Chain((Imagination(bundle), FacialActionTransformer(bundle)))

    def follow(lips: Float32[np.ndarray, "hops fields"]) -> Float32[np.ndarray, "hops lips"]:
        return run_offline(path, lips)

    return follow


def _film(
    open_face: Callable[[], Face],
    recording: Recording,
    minutes: float,
    follow: Follow,
    people: People,
    seed: int,
    progress: Progress | None,
) -> None:
    """Films until the recording holds so many minutes."""
    plan = plan_shards(recording, minutes)
    n_wanted = round(minutes * 60 * HOP_HZ)
    if not plan:
        return
    with open_face() as face:
        mirror = MirrorSession(face, recording)
        for shard in plan:
            film_practice(mirror, shard, people.followed, follow, seed)
            if progress is not None:
                progress(min(recording.n_hops, n_wanted), n_wanted)
