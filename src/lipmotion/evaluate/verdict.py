"""A robot's performance → its lips, seen as a person's are.

In: commands. The face executes them with its servos, the mirror camera films it, the film is
brought to the person's frame rate, mouth size and compression, and the same vision as for people
measures it. Out: a LipTrack for each way of looking (the degraded film, the native one beside it)
and, where the face is simulated, what its mouth really did: for scoring only.

Conventions: command k is sent at time k / 50 of the sound, and all tracks are on that clock; the
camera's own delay is taken off.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final, Protocol, runtime_checkable

import numpy as np
from jaxtyping import Bool, Float, Float32, UInt8

from ..commands import Command, CommandTrack
from ..errors import FaceError
from ..face.base import Face
from ..frames import Frame
from ..lips import LipTrack
from ..media.degrade import compress, resize
from ..mirror.babble import babble
from ..mirror.session import pose_commands
from ..timing import HOP_HZ
from ..vision.crop import crop_lips
from ..vision.film import rate_points
from ..vision.landmarks import LandmarkState
from ..vision.measure import KEPT_POINTS, LOWER_OUTER, measure_lips
from ..vision.owner import Owner, fit_robot, to_lip_shape
from ..vision.retime import retime

_CORNERS: Final = (LOWER_OUTER[0], LOWER_OUTER[-1])
_SEALED_MM: Final = 0.1
_MOVING_HOPS: Final = 10 * HOP_HZ  # of babbling, for a first idea of the robot's range


@dataclass(frozen=True)
class FilmStyle:
    """How a film is made.

    Attributes:
        name: e.g. ``native``.
        images_hz: at most so many images a second; None = as the camera gives them.
        mouth_px: the resting mouth's width in pixels; None = as the camera gives it.
        jpeg_quality: 1 to 100; None = not compressed.
    """

    name: str
    images_hz: float | None = None
    mouth_px: float | None = None
    jpeg_quality: int | None = None


NATIVE: Final = FilmStyle("native")


@dataclass(frozen=True)
class Seen:
    """What a film shows, on the grid.

    Attributes:
        values: (T, 12) raw lip shapes in eye distances.
        quality: (T,).
        latents: (T, Z) of the lips' image, by the face's own encoder; None where nothing encodes.
    """

    values: Float32[np.ndarray, "hops fields"]
    quality: Float32[np.ndarray, " hops"]
    latents: Float32[np.ndarray, "hops latents"] | None = None

    def pick(self, rows: np.ndarray) -> "Seen":
        """These hops of it."""
        latents = None if self.latents is None else self.latents[rows]
        return Seen(self.values[rows], self.quality[rows], latents)


@dataclass(frozen=True)
class Truth:
    """What a simulated mouth really did at time k / 50. Never an input of anything that learns.

    Attributes:
        gap_mm: (T, C) signed gap of the lips, corner to corner: what touches.
        width_mm: (T,).
        aperture_mm: (T,) height of the opening at the middle, seen from in front, at least 0.
        forward_mm: (T,) protrusion of the lips' middle, mean of upper and lower; NaN = not kept.
    """

    gap_mm: Float[np.ndarray, "hops columns"]
    width_mm: Float[np.ndarray, " hops"]
    aperture_mm: Float[np.ndarray, " hops"]
    forward_mm: Float[np.ndarray, " hops"]

    def pick(self, rows: np.ndarray) -> "Truth":
        """These hops of it."""
        parts = (self.gap_mm, self.width_mm, self.aperture_mm, self.forward_mm)
        return Truth(*(part[rows] for part in parts))

    @property
    def closed(self) -> Bool[np.ndarray, " hops"]:
        """Lips touching along the middle half of the mouth, (T,)."""
        quarter = self.gap_mm.shape[1] // 4
        middle = self.gap_mm[:, quarter : self.gap_mm.shape[1] - quarter]
        return np.asarray((middle <= _SEALED_MM).all(axis=1))


@dataclass(frozen=True)
class Executed:
    """One performance.

    Attributes:
        sent: (T, M) what the face was really sent, after its limits.
        seen: name of a film style → what was seen.
        truth: of a simulated face, else None.
    """

    sent: CommandTrack
    seen: dict[str, Seen]
    truth: Truth | None


@runtime_checkable
class Landmarker(Protocol):
    """What finds the points of a face, as `vision.landmarks.FaceLandmarker` does."""

    def init_state(self) -> LandmarkState: ...

    def step(
        self, image: np.ndarray, state: LandmarkState
    ) -> tuple[np.ndarray | None, LandmarkState]: ...


@runtime_checkable
class Measured(Protocol):
    """What `truth()` of a simulated face gives, as far as it is needed here."""

    gap_mm: np.ndarray
    width_mm: float
    protrusion_mm: tuple[float, float]

    @property
    def aperture_mm(self) -> float: ...


@runtime_checkable
class Encodes(Protocol):
    """What makes latents of crops of the lips, as `selfmodel.encode.LipEncoder` does."""

    def encode(
        self, crops: UInt8[np.ndarray, "images 128 128 3"]
    ) -> Float32[np.ndarray, "images latents"]: ...


class Eye:
    """Looks at a face in one film style; the same vision as for people.

    Args:
        style: how the film is made.
        landmarker: finds the points; averaged with the mirror image where people's are.
        native_mouth_px: the resting mouth's width in the camera's own images.
        encoder: gives the latents of what is seen; None = none are wanted.
    """

    def __init__(
        self,
        style: FilmStyle,
        landmarker: Landmarker,
        native_mouth_px: float,
        encoder: Encodes | None = None,
    ) -> None:
        self.style = style
        self._landmarker = landmarker
        self._encoder = encoder
        self._scale = 1.0 if style.mouth_px is None else style.mouth_px / native_mouth_px
        self.start()

    def start(self) -> None:
        """Forgets the last film."""
        self._state: LandmarkState = self._landmarker.init_state()
        self._times_s: list[float] = []
        self._rows: list[np.ndarray] = []
        self._crops: list[np.ndarray] = []
        self._crop_times_s: list[float] = []
        self._n_due = -1

    def look(self, frame: Frame, time_s: float) -> None:
        """Looks at one image, taken at `time_s`; skips those beyond the style's rate."""
        if self.style.images_hz is not None:
            n_due = int(time_s * self.style.images_hz + 1e-6)
            if n_due <= self._n_due:
                return
            self._n_due = n_due
        image = resize(frame.image, self._scale)
        if self.style.jpeg_quality is not None:
            image = compress(image, self.style.jpeg_quality)
        points, self._state = self._landmarker.step(image, self._state)
        nothing = np.full((len(KEPT_POINTS), 3), np.nan, np.float32)
        self._rows.append(nothing if points is None else points[list(KEPT_POINTS)])
        self._times_s.append(time_s)
        if self._encoder is not None and points is not None:
            self._crops.append(crop_lips(image, self._rows[-1]))
            self._crop_times_s.append(time_s)

    def finish(self, n_hops: int) -> Seen:
        """What was seen since `start`, on the grid."""
        points = np.array(self._rows, np.float32).reshape(-1, len(KEPT_POINTS), 3)
        times_s = np.array(self._times_s, float)
        raw, quality = retime(measure_lips(points), times_s, rate_points(points), n_hops)
        return Seen(raw, quality, self._encode(n_hops))

    def _encode(self, n_hops: int) -> Float32[np.ndarray, "hops latents"] | None:
        """Latents on the grid, straight lines between images."""
        if self._encoder is None or not self._crops:
            return None
        latents = self._encoder.encode(np.stack(self._crops))
        grid_s = np.arange(n_hops) / HOP_HZ
        columns = [np.interp(grid_s, self._crop_times_s, column) for column in latents.T]
        return np.stack(columns, axis=1).astype(np.float32)


def execute(face: Face, commands: CommandTrack, eyes: Sequence[Eye]) -> Executed:
    """Lets a face perform commands and films it.

    Args:
        face: freshly opened, at rest, with a camera.
        commands: (T, M), row k for time k / 50.
        eyes: ways of looking.

    Raises:
        FaceError: the face gives no images.
    """
    delay_s = face.spec.camera.delay_s
    n_tail = int(np.ceil(delay_s * HOP_HZ)) + 3  # until the last hop has been filmed
    measure: Callable[[], Measured] | None = getattr(face, "truth", None)
    sent: list[np.ndarray] = []
    gaps: list[np.ndarray] = []
    numbers: list[tuple[float, float, float]] = []
    for eye in eyes:
        eye.start()
    n_images = 0
    rows = np.concatenate([commands.values, np.repeat(commands.values[-1:], n_tail, axis=0)])
    for hop, row in enumerate(rows):
        if measure is not None and hop < len(commands):
            truth = measure()
            gaps.append(truth.gap_mm)
            forward = float(np.mean(truth.protrusion_mm))
            numbers.append((truth.width_mm, truth.aperture_mm, forward))
        sent.append(face.send(Command(commands.motors, row)).values)
        frame = face.look()
        if frame is not None:
            n_images += 1
            for eye in eyes:
                eye.look(frame, frame.time_s - delay_s)
    if eyes and n_images < 2:
        raise FaceError(f"face {face.spec.name} gave {n_images} images; judging needs its camera")
    n_hops = len(commands)
    return Executed(
        CommandTrack(face.spec.motor_names, np.array(sent[:n_hops], np.float32)),
        {eye.style.name: eye.finish(n_hops) for eye in eyes},
        None if measure is None else Truth(np.array(gaps), *np.array(numbers).T),
    )


def measure_mouth_px(face: Face, landmarker: Landmarker) -> float:
    """Width of the resting mouth in the camera's own images, corner to corner, in pixels.

    Raises:
        FaceError: no image, or no face found in it.
    """
    for _ in range(HOP_HZ):
        face.send(face.spec.rest)
        frame = face.look()
        if frame is not None:
            points, _ = landmarker.step(frame.image, landmarker.init_state())
            if points is None:
                raise FaceError(f"face {face.spec.name}: the tracker finds no face in its image")
            return float(np.linalg.norm(points[_CORNERS[0], :2] - points[_CORNERS[1], :2]))
    raise FaceError(f"face {face.spec.name} gave no image in a second; judging needs its camera")


def film_owners(face: Face, eyes: Sequence[Eye], *, rng: np.random.Generator) -> dict[str, Owner]:
    """The robot as an owner of lips, for each way of looking.

    Films its rest pose and its lips pressed for 2 s each, then 10 s of babbling with the head still
    for a first idea of its range (which the clips of each method then replace).

    Args:
        face: freshly opened, at rest.
        eyes: ways of looking.
        rng: draws the babbling.
    """
    deeds, poses = pose_commands(face.spec)
    _, moving = babble(face.spec, _MOVING_HOPS, rng=rng, start=poses[-1])
    others = list(face.spec.indices("brows", "lids", "eyes", "neck"))
    moving[:, others] = face.spec.rest.values[others]
    commands = CommandTrack(face.spec.motor_names, np.concatenate([poses, moving]))
    executed = execute(face, commands, eyes)
    deed = np.array([*deeds, *["babble"] * len(moving)])
    owners = {}
    for name, seen in executed.seen.items():
        films = [seen.values[(deed == d) & (seen.quality > 0)] for d in ("rest", "press", "babble")]
        every_image = slice(None, None, HOP_HZ // 25)  # neighbours on the grid are not independent
        owners[name] = fit_robot(face.spec.name, *(film[every_image] for film in films))
    return owners


def to_track(seen: Seen, owner: Owner, in_speech: Bool[np.ndarray, " hops"]) -> LipTrack:
    """What was seen → lips of this owner on the hops of a person's clip."""
    return LipTrack(to_lip_shape(seen.values, owner), seen.quality, in_speech)
