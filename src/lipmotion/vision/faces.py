"""A film of any kind → every face in it, from where it comes to where it leaves.

In: images and their times. Out: `Trail`s: KEPT_POINTS of one face in one shot, image by image. A
trail ends at a cut, where the face leaves, or where the tracker slips to another face. Faces are
looked for once a second, at once after a cut or a loss; where there is none, also lying on its
side or upside down. Images that only repeat the one before are left out.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Final

import numpy as np
from jaxtyping import Float, Float32, UInt8

from ..errors import MediaError
from ..frames import Frame
from .detect import FoundFace, Region
from .film import MAX_GROWTH, MAX_JUMP, SOON_S
from .landmarks import FaceLandmarker, LandmarkState
from .measure import KEPT_POINTS
from .shots import ShotState, find_cut

MAX_FACES: Final = 4  # the largest ones of an image
MAX_AWAY_S: Final = 0.5  # a face that is lost no longer than this goes on as the same trail
_LOOK_EVERY_S: Final = 1.0  # for further faces
_LOOK_AGAIN_S: Final = 0.2  # where there is none
_LENIENT: Final = 0.5  # score of the detector where there is no other face
_PLAIN: Final = 0.93  # upright faces reach 0.95, those on their side 0.91 (GRID)
_KEPT = list(KEPT_POINTS)
_EYES = [KEPT_POINTS.index(33), KEPT_POINTS.index(263)]


@dataclass(frozen=True)
class Trail:
    """One face in one shot.

    Attributes:
        first: index of the image in which it appears.
        points: (T, K, 3) KEPT_POINTS in pixels in that image and the next T − 1; NaN rows where it
            was lost.
        shot: number of the shot, from 0.
    """

    first: int
    points: Float32[np.ndarray, "images points 3"]
    shot: int


@dataclass(frozen=True)
class Picture:
    """One image of a film, to be shown, and where its faces are.

    Attributes:
        image: (H, W, 3) uint8.
        time_s: its time.
        boxes: trail → left, top, right and bottom of its points, pixels.
    """

    image: UInt8[np.ndarray, "height width 3"]
    time_s: float
    boxes: dict[int, tuple[float, float, float, float]]


@dataclass(frozen=True)
class FilmFaces:
    """All faces of a film.

    Attributes:
        times_s: (N,) times of the images that are not repeats, ascending.
        changes: (N,) how much of the picture differs from the image before, of 255.
        end_s: time of the last image, repeats included.
        trails: in the order of appearance.
        picture: about the middle of the film, with a face where there is one.
        damage: why the film could not be read to its end, or "".
    """

    times_s: Float[np.ndarray, " images"]
    changes: Float[np.ndarray, " images"]
    end_s: float
    trails: tuple[Trail, ...]
    picture: Picture
    damage: str


@dataclass
class _Growing:
    """A trail that is still followed."""

    number: int
    first: int
    shot: int
    state: LandmarkState
    rows: list[np.ndarray] = field(default_factory=list)
    seen_s: float = 0.0
    seen: np.ndarray | None = None  # the points when it was last seen

    @property
    def is_lost(self) -> bool:
        return bool(self.rows) and not np.isfinite(self.rows[-1][0, 0])


def follow_faces(frames: Iterable[Frame], landmarker: FaceLandmarker) -> FilmFaces:
    """Follows all faces through a film.

    Args:
        frames: the film's images, in order; images whose time does not advance are left out.
        landmarker: finds the points.

    Raises:
        MediaError: the film cannot be read at all, or holds no images.
    """
    follower = _Follower(landmarker)
    damage = ""
    try:
        for frame in frames:
            follower.take(frame)
    except MediaError as error:
        if not follower.times:
            raise
        damage = str(error)
    if not follower.times or follower.picture is None:
        raise MediaError("the film holds no images")
    trails = tuple(_finish(trail) for trail in follower.all)
    times_s, changes = np.array(follower.times), np.array(follower.changes)
    return FilmFaces(times_s, changes, follower.end_s, trails, follower.picture, damage)


def _finish(trail: _Growing) -> Trail:
    rows = np.stack(trail.rows)
    seen = np.flatnonzero(np.isfinite(rows[:, 0, 0]))
    return Trail(trail.first, rows[: seen[-1] + 1], trail.shot)


class _Follower:
    """What is known while a film goes by."""

    def __init__(self, landmarker: FaceLandmarker) -> None:
        self.times: list[float] = []
        self.changes: list[float] = []
        self.end_s = -np.inf
        self.all: list[_Growing] = []
        self.live: list[_Growing] = []
        self.picture: Picture | None = None
        self._landmarker = landmarker
        self._shots = ShotState()
        self._shot = 0
        self._looked_s = -np.inf

    def take(self, frame: Frame) -> None:
        if frame.time_s <= self.end_s:
            return
        self.end_s = frame.time_s
        change, is_cut, is_repeat, self._shots = find_cut(frame.image, self._shots)
        if is_repeat:
            return
        self.times.append(frame.time_s)
        self.changes.append(change)
        if is_cut:
            self.live = []
            self._shot += 1
        for trail in self.live:
            self._follow(trail, frame)
        self.live = [t for t in self.live if frame.time_s - t.seen_s <= MAX_AWAY_S]
        self._part()
        if is_cut or self._is_due(frame.time_s):
            self._look(frame)
        self._keep_picture(frame)

    def _is_due(self, time_s: float) -> bool:
        if any(trail.is_lost for trail in self.live):
            return True
        wait_s = _LOOK_EVERY_S if self.live else _LOOK_AGAIN_S
        return time_s >= self._looked_s + wait_s

    def _follow(self, trail: _Growing, frame: Frame) -> None:
        """Adds the face's points in this image, or a row of NaN where it is lost."""
        points = None
        if not trail.is_lost:
            points = self._locate(frame.image, trail)
            if points is not None and _has_jumped(trail, points, frame.time_s):
                points = None
                trail.seen_s = -np.inf  # the tracker slipped to another face: the trail ends
        _append(trail, points, frame.time_s)

    def _locate(self, image: np.ndarray, trail: _Growing) -> np.ndarray | None:
        region = trail.state.region
        height, width = image.shape[:2]
        if region is None or not (0 <= region.x < width and 0 <= region.y < height):
            return None
        points, trail.state = self._landmarker.step(image, trail.state)
        return None if points is None else points[_KEPT]

    def _part(self) -> None:
        """Of two trails on one face the older one stays."""
        kept: list[_Growing] = []
        for trail in self.live:
            if all(trail.is_lost or other.is_lost or _lie_apart(trail, other) for other in kept):
                kept.append(trail)
        self.live = kept

    def _look(self, frame: Frame) -> None:
        """Looks for faces in the whole image: lost ones that come back, and new ones."""
        self._looked_s = frame.time_s
        regions = self._find(frame.image)
        regions.sort(key=lambda region: -region.side)
        for region in regions[:MAX_FACES]:
            if any(not t.is_lost and _covers(t, region) for t in self.live):
                continue
            points, state = self._landmarker.step(frame.image, LandmarkState(region))
            if points is None:
                continue
            row = points[_KEPT]
            back = next(
                (t for t in self.live if t.is_lost and not _has_jumped(t, row, frame.time_s)), None
            )
            if back is not None:
                back.rows.pop()  # this image's empty row
                back.state = state
                _append(back, row, frame.time_s)
            elif len(self.live) < MAX_FACES:
                n = len(self.times) - 1
                new = _Growing(len(self.all), n, self._shot, state)
                _append(new, row, frame.time_s)
                self.live.append(new)
                self.all.append(new)
        self._part()

    def _find(self, image: np.ndarray) -> list[Region]:
        """Faces in the whole image; where there is none so far, the way it lies is found, too."""
        if self.live:
            return [face.region for face in self._landmarker.find_faces(image)]
        best: list[FoundFace] = []
        for n_quarters in range(4):
            turned = np.ascontiguousarray(np.rot90(image, n_quarters))
            found = self._landmarker.find_faces(turned, min_score=_LENIENT)
            if found and (not best or found[0].score > best[0].score):
                best = [
                    FoundFace(face.score, _turn_back(face.region, n_quarters, *image.shape[:2]))
                    for face in found
                ]
            if best and best[0].score > _PLAIN:
                break
        return [face.region for face in best]

    def _keep_picture(self, frame: Frame) -> None:
        """Keeps an image from the second half of what was seen so far, if it can with a face."""
        kept = self.picture
        boxes = {t.number: _bound(t.rows[-1]) for t in self.live if not t.is_lost}
        is_later = kept is None or frame.time_s > 2 * kept.time_s
        is_better = kept is None or bool(boxes) or not kept.boxes
        if (is_later and is_better) or (kept is not None and boxes and not kept.boxes):
            self.picture = Picture(frame.image, frame.time_s, boxes)


def _append(trail: _Growing, points: np.ndarray | None, time_s: float) -> None:
    if points is None:
        trail.rows.append(np.full((len(_KEPT), 3), np.nan, np.float32))
        return
    trail.rows.append(points)
    trail.seen, trail.seen_s = points, time_s


def _has_jumped(trail: _Growing, points: np.ndarray, time_s: float) -> bool:
    """Whether these points are too far, too large or too small to be the trail's face."""
    if trail.seen is None:
        return False
    size, before = _measure_eyes(points), _measure_eyes(trail.seen)
    jump = np.linalg.norm((points - trail.seen)[:, :2].mean(axis=0)) / size
    growth = max(size / before, before / size)
    patience = max(1.0, (time_s - trail.seen_s) / SOON_S)
    return bool(jump > MAX_JUMP * patience or growth > MAX_GROWTH * patience)


def _measure_eyes(points: np.ndarray) -> float:
    """From eye to eye in space, so that a head that turns does not shrink; pixels."""
    return float(np.linalg.norm(points[_EYES[0]] - points[_EYES[1]])) + 1e-6


def _lie_apart(trail: _Growing, other: _Growing) -> bool:
    first, second = trail.rows[-1], other.rows[-1]
    gap = np.linalg.norm((first - second)[:, :2].mean(axis=0))
    return bool(gap > 0.5 * min(_measure_eyes(first), _measure_eyes(second)))


def _covers(trail: _Growing, region: Region) -> bool:
    left, top, right, bottom = _bound(trail.rows[-1])
    return left < region.x < right and top < region.y < bottom


def _bound(points: np.ndarray) -> tuple[float, float, float, float]:
    low, high = points[:, :2].min(axis=0), points[:, :2].max(axis=0)
    return float(low[0]), float(low[1]), float(high[0]), float(high[1])


def _turn_back(region: Region, n_quarters: int, height: int, width: int) -> Region:
    """A region of an image that was turned counter-clockwise, in the image as it was."""
    x, y = region.x, region.y
    if n_quarters == 1:
        x, y = width - region.y, region.x
    elif n_quarters == 2:
        x, y = width - region.x, height - region.y
    elif n_quarters == 3:
        x, y = region.y, height - region.x
    return Region(x, y, region.side, region.angle + n_quarters * np.pi / 2)
