"""A mirror session: drive the face, film it, keep what was sent and what was seen.

The first shard films the resting and the pressed mouth, which later fix the scale of everything
that is seen (`vision.owner`); all others babble. Shard k depends on the seed, k, where the face
stands and, if it is curious, what the mind was made up from: so a session that was killed goes on
where its last whole shard ended.

Images are stamped by the camera's clock, which may not be the hops' (`clock.py`). What it does is
known the better the longer it was seen: where that moves the image times of earlier shards of the
session, they are written anew.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Protocol, runtime_checkable

import numpy as np
from jaxtyping import Float32, Float64, UInt8

from .. import __version__
from ..commands import Command
from ..errors import FaceError
from ..face.base import Face, FaceSpec
from ..face.poses import press_pose
from ..recording import RANDOM, SHARD_HOPS, Recording, RecordingInfo, Shard, create_recording
from ..timing import HOP_HZ
from ..vision.landmarks import LandmarkState
from ..vision.measure import KEPT_POINTS
from .babble import Mind, babble
from .clock import CameraClock, even_out, to_hop_clock

Progress = Callable[[int, int | None], None]
SETTLE_HOPS: Final = HOP_HZ // 2  # time for skin and servos to come to rest in a pose
POSE_HOPS: Final = 2 * HOP_HZ
POSE_SHARD_HOPS: Final = 3 * (SETTLE_HOPS + POSE_HOPS)
_MOVED_S: Final = 0.001  # image times that are off by less are left as they are


@runtime_checkable
class Eyes(Protocol):
    """Finds the 478 points of a face in one image after another; `vision.FaceLandmarker` does."""

    def init_state(self) -> LandmarkState: ...

    def step(
        self, image: UInt8[np.ndarray, "height width 3"], state: LandmarkState
    ) -> tuple[Float32[np.ndarray, "478 3"] | None, LandmarkState]: ...


@dataclass(frozen=True)
class PlannedShard:
    """A shard that is still to be filmed: its number, its first hop and its length."""

    index: int
    first_hop: int
    n_hops: int


def record_babble(
    face: Face,
    folder: Path,
    *,
    minutes: float,
    seed: int,
    camera_delay_s: float | None = None,
    progress: Progress | None = None,
) -> Recording:
    """Babbles before the mirror until the recording holds so many minutes.

    Args:
        face: an opened face with a camera, at rest.
        folder: the recording's folder; taken up again if it holds the same face and seed.
        minutes: length of the whole recording, in the robot's time.
        seed: seed of the babbling.
        camera_delay_s: the camera's own delay as measured; None: as the description says.
        progress: called with (hops recorded, hops in all) after each shard.

    Raises:
        RecordingError: the folder holds something else.
        FaceError: the face gave no image.
    """
    recording = create_recording(folder, describe(face.spec, seed, camera_delay_s))
    plan = plan_shards(recording, minutes)
    n_wanted = round(minutes * 60 * HOP_HZ)
    n_done = n_wanted - sum(shard.n_hops for shard in plan)
    mirror = MirrorSession(face, recording)
    for shard in plan:
        film_shard(mirror, shard, seed)
        n_done += shard.n_hops
        if progress is not None:
            progress(min(n_done, n_wanted), n_wanted)
    return recording


def plan_shards(recording: Recording, minutes: float) -> list[PlannedShard]:
    """The shards that a recording still lacks, in order; those that it has keep their length."""
    n_wanted = round(minutes * 60 * HOP_HZ)
    lengths = recording.lengths
    plan, first_hop, index = [], 0, 0
    while first_hop < n_wanted:
        n_hops = lengths.get(index)
        if n_hops is None:
            least = POSE_SHARD_HOPS if index == 0 else HOP_HZ
            most = POSE_SHARD_HOPS if index == 0 else SHARD_HOPS
            n_hops = max(min(n_wanted - first_hop, most), least)
            plan.append(PlannedShard(index, first_hop, n_hops))
        first_hop, index = first_hop + n_hops, index + 1
    return plan


def film_shard(
    mirror: "MirrorSession", shard: PlannedShard, seed: int, mind: Mind | None = None
) -> None:
    """Films the poses (shard 0) or a stretch of babbling, drawn from the seed and its number."""
    if shard.index == 0:
        deeds, commands = pose_commands(mirror.spec)
    else:
        rng = np.random.default_rng([seed, shard.index])
        deeds, commands = babble(mirror.spec, shard.n_hops, rng=rng, start=mirror.last, mind=mind)
    mirror.film(deeds, commands, shard.index, shard.first_hop)


class MirrorSession:
    """Films stretches of commands as shards of a recording.

    Args:
        face: an opened face; its clock starts with this session.
        recording: where the shards go.
        eyes: find the landmarks of what is filmed; None leaves them to be filled in later.
    """

    def __init__(self, face: Face, recording: Recording, eyes: Eyes | None = None) -> None:
        self._face = face
        self._recording = recording
        self._eyes = eyes
        self._n_sent = 0
        self._next_hop = -1  # of the recording, if the next shard follows the last one filmed
        self._clock = CameraClock()
        self._filmed: list[_Filmed] = []
        self.spec = face.spec
        self.last: Float32[np.ndarray, " motors"] = face.spec.rest.values

    def film(
        self,
        deeds: Sequence[str],
        commands: Float32[np.ndarray, "hops motors"],
        index: int,
        first_hop: int,
    ) -> Shard:
        """Drives the face through one shard of at most 10 s, films it and writes it.

        Raises:
            FaceError: the face gave no image in all that time, or the eyes found no face in the
                first shard.
            ValueError: the shard is too long.
        """
        if len(commands) > SHARD_HOPS:
            raise ValueError(f"a shard has at most {SHARD_HOPS} hops, got {len(commands)}")
        spec = self.spec
        sent = np.empty_like(commands)
        actual = np.empty_like(commands)
        stamps_s = np.full(len(commands), np.nan)
        images, sides, can_read = [], [], True
        for hop, row in enumerate(commands):
            sent[hop] = self._face.send(Command(spec.motor_names, row)).values
            measured = self._face.read()
            can_read = can_read and measured is not None
            if measured is not None:
                actual[hop] = measured.values
            frame = self._face.look()
            if frame is not None:
                images.append(frame.image)
                stamps_s[hop] = frame.time_s
                if frame.side is not None:
                    sides.append(frame.side)
        if not images and len(commands) * spec.camera.images_hz >= 2 * HOP_HZ:
            raise FaceError(
                f"face {spec.name} gave no mirror image in {len(commands)} hops; "
                "babbling needs a camera (the mock has none)"
            )
        image_t_s = self._time_images(index, first_hop, stamps_s)
        landmarks = None if self._eyes is None else see_points(images, self._eyes)
        if landmarks is not None:
            self._refuse_unseen(deeds, np.flatnonzero(np.isfinite(image_t_s)), landmarks)
        shard = Shard(
            index=index,
            first_hop=first_hop,
            is_fresh=first_hop != self._next_hop,
            deeds=tuple(deeds),
            command=commands,
            sent=sent,
            actual=actual if can_read else None,
            image_t_s=image_t_s,
            landmarks=landmarks,
        )
        self._recording.write(shard, images, sides)
        self._follow(shard)
        return shard

    def replay(self, shard: Shard) -> None:
        """Drives a computed face through a shard that is there, unseen: it goes on from its end."""
        for row in shard.sent:
            self._face.send(Command(self.spec.motor_names, row))
        self._follow(shard)

    def rest(self) -> None:
        """Lets the face rest, unfilmed: what is filmed next begins anew."""
        for _ in range(SETTLE_HOPS):
            self._face.send(self.spec.rest)
        self._n_sent += SETTLE_HOPS
        self._next_hop = -1
        self.last = self.spec.rest.values

    def _refuse_unseen(self, deeds: Sequence[str], rows: np.ndarray, landmarks: np.ndarray) -> None:
        is_seen = np.isfinite(landmarks).all((1, 2))
        for deed in ("rest", "press"):
            is_it = np.array([deeds[row] == deed for row in rows], bool)
            if is_it.any() and is_seen[is_it].sum() < 2:
                raise FaceError(
                    f"face {self.spec.name}: the tracker finds it in {is_seen[is_it].sum()} of "
                    f"{is_it.sum()} mirror images ({deed}); `babble --random` needs no tracker"
                )

    def _follow(self, shard: Shard) -> None:
        self._n_sent += len(shard)
        self._next_hop = shard.first_hop + len(shard)
        self.last = shard.sent[-1]

    def _time_images(
        self, index: int, first_hop: int, stamps_s: Float64[np.ndarray, " hops"]
    ) -> Float64[np.ndarray, " hops"]:
        """When a shard's images were taken, (T,) in the recording; mends earlier shards' times."""
        rows = np.flatnonzero(np.isfinite(stamps_s))
        self._clock.add(stamps_s[rows], (self._n_sent + rows + 1) / HOP_HZ)
        even = stamps_s.copy()
        even[rows] = even_out(stamps_s[rows], self.spec.camera.images_hz)
        clock = self._clock.fit()
        for shard in self._filmed:
            image_t_s = to_hop_clock(shard.stamps_s, *clock) + shard.to_recording_s
            if len(rows) and np.nanmax(np.abs(image_t_s - shard.image_t_s), initial=0) > _MOVED_S:
                self._recording.retime(shard.index, image_t_s)
                shard.image_t_s = image_t_s
        to_recording_s = (first_hop - self._n_sent) / HOP_HZ - self._recording.info.camera_delay_s
        image_t_s = np.round(to_hop_clock(even, *clock) + to_recording_s, 6)  # whole µs
        self._filmed.append(_Filmed(index, even, to_recording_s, image_t_s))
        return image_t_s


@dataclass
class _Filmed:
    """A shard of this session: its images' stamps, evened out, and their times as written."""

    index: int
    stamps_s: Float64[np.ndarray, " hops"]
    to_recording_s: float
    image_t_s: Float64[np.ndarray, " hops"]


def see_points(
    images: Sequence[UInt8[np.ndarray, "height width 3"]], eyes: Eyes
) -> Float32[np.ndarray, "images points 3"]:
    """KEPT_POINTS in each of a shard's images, (N, K, 3) px; NaN where no face was found."""
    seen = np.full((len(images), len(KEPT_POINTS), 3), np.nan, np.float32)
    state = eyes.init_state()
    for k, image in enumerate(images):
        points, state = eyes.step(image, state)
        if points is not None:
            seen[k] = points[list(KEPT_POINTS)]
    return seen


def describe(
    spec: FaceSpec, seed: int, camera_delay_s: float | None = None, babbling: str = RANDOM
) -> RecordingInfo:
    """What a recording of this face says of itself."""
    return RecordingInfo(
        face=spec.name,
        face_hash=spec.hash,
        motors=spec.motor_names,
        seed=seed,
        images_hz=spec.camera.images_hz,
        camera_delay_s=spec.camera.delay_s if camera_delay_s is None else camera_delay_s,
        version=__version__,
        side=spec.camera.side,
        babbling=babbling,
    )


def pose_commands(spec: FaceSpec) -> tuple[tuple[str, ...], Float32[np.ndarray, "hops motors"]]:
    """Rest, then lips pressed together, then rest again: deeds and commands of the first shard."""
    rest, pressed = spec.rest.values, press_pose(spec)
    plan = (("rest", rest), ("press", pressed), ("rest", rest))
    deeds: list[str] = []
    rows: list[np.ndarray] = []
    for name, pose in plan:
        deeds += ["move"] * SETTLE_HOPS + [name] * POSE_HOPS
        rows += [pose] * (SETTLE_HOPS + POSE_HOPS)
    return tuple(deeds), np.array(rows, np.float32)
