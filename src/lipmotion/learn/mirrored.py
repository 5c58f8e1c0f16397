"""A mirror recording as training data: what was sent, what was seen, and which part is held out.

Landmarks are filled in where a recording has none yet; the robot's owner is fitted from its filmed
rest and pressed lips; lips are cropped.

Neighbouring images are nearly the same, so a random split would leak: whole shards are held out,
and the hops within half a second of a border belong to neither side.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
from jaxtyping import Bool, Float32, Int, UInt8

from ..errors import RecordingError
from ..lips import LIP_INDEX
from ..mirror.session import see_points
from ..recording import POSE_DEEDS, Recording, Shard
from ..timing import HOP_HZ
from ..vision.crop import CROP_PX, crop_lips
from ..vision.landmarks import FaceLandmarker
from ..vision.measure import find_pose, measure_lips
from ..vision.owner import Owner, fit_robot, to_lip_shape
from ..vision.profile import fit_profile, measure_protrusion, trace_profile
from .loop import Progress

Lips = Float32[np.ndarray, "_ fields"]
HELD_OUT_EVERY: Final = 8  # one shard in so many is held out
GAP_HOPS: Final = HOP_HZ // 2


@dataclass(frozen=True)
class Mirrored:
    """One recording, read.

    Attributes:
        sent: (T, M) commands of the lip and jaw motors, all shards end to end.
        run: (T,) number of the unbroken run that a hop belongs to; a fresh body starts a new one.
        side: (T,) 0 = to learn from, 1 = held out, −1 = neither (beside a border).
        image_hop: (N,) when each image was taken, in hops; whole only if the camera keeps to the
            grid. What it shows has felt the commands of hops < image_hop.
        lips: (N, 12) lip shapes seen; NaN where no face was found.
        deed: (N,) what the face was doing: `rest`, `press`, `move`, or a style of babbling.
    """

    sent: Float32[np.ndarray, "hops motors"]
    run: Int[np.ndarray, " hops"]
    side: Int[np.ndarray, " hops"]
    image_hop: Float32[np.ndarray, " images"]
    lips: Float32[np.ndarray, "images fields"]
    deed: np.ndarray

    @property
    def is_seen(self) -> Bool[np.ndarray, " images"]:
        """(N,) images in which a face was found."""
        return np.isfinite(self.lips).all(1)

    def images(self, side: int) -> Int[np.ndarray, " some"]:
        """Numbers of the images on one side in which a face was found."""
        hop = np.clip(self.image_hop.astype(int), 0, len(self.side) - 1)
        return np.flatnonzero(self.is_seen & (self.side[hop] == side))

    def before(self, n_hops: int) -> Float32[np.ndarray, "images commands"]:
        """(N, n_hops · M) commands of the hops that ended as each image was taken, newest first."""
        hop = np.round(self.image_hop).astype(int)
        back = [(hop - k).clip(0, len(self.sent) - 1) for k in range(1, n_hops + 1)]
        return np.concatenate([self.sent[rows] for rows in back], 1)

    def at_images(
        self, rows: Float32[np.ndarray, "hops seen"], images: Int[np.ndarray, " some"]
    ) -> Float32[np.ndarray, "some seen"]:
        """Rows of the hops (T, …) at which these images were taken, to the nearest hop."""
        hop = np.clip(np.round(self.image_hop[images]).astype(int), 0, len(rows) - 1)
        return rows[hop]


def read_mirrored(
    recording: Recording,
    columns: tuple[int, ...],
    lips: Float32[np.ndarray, "images fields"],
) -> Mirrored:
    """Reads a recording's commands and image times, and parts the shards.

    Args:
        recording: whole shards, in order.
        columns: positions of the lip and jaw motors.
        lips: (N, 12) what was seen in its images, all shards end to end.
    """
    shards = [recording.read(index) for index in recording.indices]
    sent = np.concatenate([shard.sent[:, list(columns)] for shard in shards])
    fresh = np.concatenate([np.arange(len(shard)) == 0 for shard in shards])
    is_first = np.array([shard.is_fresh for shard in shards]).repeat([len(s) for s in shards])
    image_hop = np.concatenate([s.image_t_s[s.image_hops] * HOP_HZ for s in shards])
    return Mirrored(
        sent=sent,
        run=np.cumsum(fresh & is_first),
        side=part([len(shard) for shard in shards]),
        image_hop=image_hop.astype(np.float32),
        lips=lips,
        deed=_read_deeds(recording),
    )


def part(lengths: list[int]) -> Int[np.ndarray, " hops"]:
    """(T,) side of every hop of shards of these lengths; see `Mirrored.side`."""
    number = np.arange(len(lengths)).repeat(lengths)
    side = (number % HELD_OUT_EVERY == HELD_OUT_EVERY - 1).astype(int)
    borders = np.flatnonzero(np.diff(side)) + 1
    for border in borders:
        side[max(border - GAP_HOPS, 0) : border + GAP_HOPS] = -1
    return side


def draw_windows(mirrored: Mirrored, n_hops: int, side: int) -> Int[np.ndarray, " windows"]:
    """First hops of all windows of `n_hops` that lie in one run and on one side.

    Raises:
        ValueError: there is none.
    """
    is_on = mirrored.side == side
    border = np.ones(len(is_on), bool)  # the window may not reach across one of these
    border[1:] = (np.diff(mirrored.run) != 0) | (np.diff(mirrored.side) != 0)
    count = np.concatenate([[0], np.cumsum(border)])
    first = np.arange(max(len(is_on) - n_hops + 1, 0))
    is_whole = is_on[first] & (count[first + n_hops] - count[first + 1] == 0)
    starts = first[is_whole]
    if not len(starts):
        raise ValueError(f"no stretch of {n_hops} hops on side {side}; record for longer")
    return starts


def fill_landmarks(recording: Recording, progress: Progress | None = None) -> None:
    """Finds KEPT_POINTS in every image of every shard that has none yet, and the profile's line."""
    landmarker = FaceLandmarker(mirrored=True)
    indices = recording.indices
    for done, index in enumerate(indices, 1):
        shard = recording.read(index)
        if shard.landmarks is None or (recording.info.side and shard.profile is None):
            views, points = list(recording.views(index)), shard.landmarks
            if points is None:
                points = see_points([image for image, _ in views], landmarker)
            way = 1 if recording.info.side == "left" else -1
            lines = [trace_profile(side[:, ::way]) for _, side in views if side is not None]
            recording.fill_landmarks(index, points, np.array(lines) if lines else None)
        if progress is not None:
            progress(done, len(indices))


def see_lips(recording: Recording, owner: Owner | str) -> tuple[Owner, Lips]:
    """The robot's owner, and the lip shapes of all images, (N, 12), NaN where no face was found.

    Where a mirror stands beside the face, protrusion is what its profile shows.

    Args:
        recording: with landmarks.
        owner: the robot as it was once seen; or its name, where it is to be fitted here.

    Raises:
        RecordingError: its rest or its pressed lips were not filmed, or no face was found there.
    """
    shards = [recording.read(index) for index in recording.indices]
    raw = np.concatenate([measure_lips(_get_landmarks(shard)) for shard in shards])
    deed = _read_deeds(recording)
    if recording.info.side is not None:
        raw[:, LIP_INDEX["protrusion"]] = _see_protrusion(recording, deed == "rest")
    if isinstance(owner, str):
        moving = raw[~np.isin(deed, POSE_DEEDS)]
        owner = fit_robot(owner, raw[deed == "rest"], raw[deed == "press"], moving)
    lips = np.full_like(raw, np.nan)
    is_seen = np.isfinite(raw).all(1)
    lips[is_seen] = to_lip_shape(raw[is_seen], owner)
    return owner, lips


def read_pose(recording: Recording) -> Float32[np.ndarray, "images pose"]:
    """How the head is held in each image, (N, 6): turns, size, place; NaN where not found."""
    shards = [recording.read(index) for index in recording.indices]
    points = np.concatenate([_get_landmarks(shard) for shard in shards])
    told = np.full((len(points), 6), np.nan, np.float32)
    is_found = np.isfinite(points).all((1, 2))
    pose = find_pose(points[is_found])
    turns = pose.rotation[:, (0, 0, 1), (1, 2, 2)]  # roll, yaw, pitch, as sines
    told[is_found] = np.concatenate([turns, pose.scale[:, None], pose.shift[:, :2]], 1)
    return told


def _get_landmarks(shard: Shard) -> Float32[np.ndarray, "images points 3"]:
    assert shard.landmarks is not None, "landmarks are filled in before"
    return shard.landmarks


def _see_protrusion(
    recording: Recording, at_rest: Bool[np.ndarray, " images"]
) -> Float32[np.ndarray, " images"]:
    """(N,) from the profiles, eye distances; NaN where a view shows no face."""
    shards = [recording.read(index) for index in recording.indices]
    lines = np.concatenate([shard.profile for shard in shards if shard.profile is not None])
    points = np.concatenate([_get_landmarks(shard) for shard in shards])
    try:
        profile = fit_profile(lines[at_rest], points[at_rest])
    except RecordingError as error:
        raise RecordingError(f"{recording.folder}: {error}") from None
    return measure_protrusion(lines, points, profile)


def _read_deeds(recording: Recording) -> np.ndarray:
    """(N,) what the face was doing in each image."""
    shards = [recording.read(index) for index in recording.indices]
    return np.array([shard.deeds[row] for shard in shards for row in shard.image_hops])


def crop_recording(
    recording: Recording, path: Path, progress: Progress | None = None
) -> UInt8[np.ndarray, "images 128 128 3"]:
    """Lip crops of all images as a file that is read as needed; black where no face was found."""
    indices = recording.indices
    shards = [recording.read(index) for index in indices]
    shape = (sum(len(s.image_hops) for s in shards), CROP_PX, CROP_PX, 3)
    if path.is_file():
        kept = np.load(path, mmap_mode="r")
        if kept.shape == shape:
            return kept
    aside = path.with_suffix(".part")
    crops = np.lib.format.open_memmap(aside, "w+", np.uint8, shape)
    n = 0
    for done, (index, shard) in enumerate(zip(indices, shards, strict=True), 1):
        landmarks = _get_landmarks(shard)
        for image, points in zip(recording.images(index), landmarks, strict=True):
            if np.isfinite(points).all():
                crops[n] = crop_lips(image, points)
            n += 1
        if progress is not None:
            progress(done, len(indices))
    crops.flush()
    aside.replace(path)
    return np.load(path, mmap_mode="r")
