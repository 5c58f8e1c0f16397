"""Owner: what a mouth is compared with — its own rest, contact, range and noise.

In: raw lip shapes of one person or robot (`measure.py`); out: an Owner, fitted once over all its
clips, and with it lip shapes in resting mouth widths from rest. A person's rest and contact are
found in their own films (lips closed while silent; the least opening ever seen), a robot's are
filmed on purpose (its rest pose, its lips pressed).
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
from jaxtyping import Bool, Float

from ..errors import RecordingError
from ..lips import LIP_FIELDS, LIP_INDEX, N_LIP_FIELDS

FORMAT_VERSION: Final = 1
APERTURES: Final = ("aperture", "aperture_left", "aperture_right")

_APERTURES = [LIP_INDEX[name] for name in APERTURES]
_CONTACT_PERCENTILE = 1.0  # a person's contact; Source: this project's definition of a closure
_SPEECH_PERCENTILES = (5.0, 95.0)  # a speech range; Source: as above
_REST_SHARE = 0.15  # of the speech range above contact: closed enough for lips at rest
_MIN_REST_HOPS = 25  # half a second
_NOISE_LAG_HOPS = 2  # 40 ms: hops between two images of a 25 Hz film are not independent
MAD_TO_STD: Final = 1.4826  # of a normal distribution; lips that do move at rest hardly count


@dataclass(frozen=True)
class Owner:
    """Whose lips these are, in numbers.

    Attributes:
        name: person or robot.
        rest: (12,) raw lip shape at rest, eye distances; its apertures are the contact levels.
        rest_width: the resting mouth's width in eye distances, > 0.
        speech_low: (12,) 5th percentile in speech, resting mouth widths from rest.
        speech_high: (12,) 95th percentile.
        noise: (12,) standard deviation from image to image at rest, resting mouth widths.

    Raises:
        ValueError: a shape is wrong, a value is not finite or the mouth has no width.
    """

    name: str
    rest: Float[np.ndarray, " fields"]
    rest_width: float
    speech_low: Float[np.ndarray, " fields"]
    speech_high: Float[np.ndarray, " fields"]
    noise: Float[np.ndarray, " fields"]

    def __post_init__(self) -> None:
        for field in ("rest", "speech_low", "speech_high", "noise"):
            array = np.array(getattr(self, field), np.float32)
            if array.shape != (N_LIP_FIELDS,) or not np.isfinite(array).all():
                raise ValueError(f"{field} must be {N_LIP_FIELDS} finite numbers, got {array}")
            array.flags.writeable = False
            object.__setattr__(self, field, array)
        if not 0 < self.rest_width < np.inf:
            raise ValueError(f"a resting mouth has a width above 0, got {self.rest_width}")

    @property
    def contact(self) -> float:
        """Aperture at which this owner's lips touch, in resting mouth widths: 0 by definition."""
        return 0.0

    @property
    def speech_range(self) -> Float[np.ndarray, " fields"]:
        """5th to 95th percentile in speech, (12,) resting mouth widths."""
        return self.speech_high - self.speech_low

    def save(self, path: Path) -> None:
        """Writes the owner as JSON, aside and renamed."""
        fields = {"format_version": FORMAT_VERSION, "lip_fields": LIP_FIELDS, "name": self.name}
        numbers = {
            name: np.asarray(getattr(self, name), np.float64).round(6).tolist()
            for name in ("rest", "rest_width", "speech_low", "speech_high", "noise")
        }
        aside = path.with_name(path.name + ".part")
        aside.write_text(json.dumps({**fields, **numbers}, indent=1) + "\n", encoding="utf-8")
        aside.replace(path)


def load_owner(path: Path) -> Owner:
    """Reads an owner.

    Raises:
        RecordingError: the file is missing, damaged, or of another format or other lip fields.
    """
    try:
        raw = json.loads(path.read_text(encoding="utf-8"))
        version, fields = raw.pop("format_version"), tuple(raw.pop("lip_fields"))
        if version != FORMAT_VERSION or fields != LIP_FIELDS:
            raise RecordingError(
                f"{path}: format {version} with fields {', '.join(fields)}; this program reads "
                f"format {FORMAT_VERSION} with {', '.join(LIP_FIELDS)}"
            )
        rest, low, high, noise = (
            np.array(raw[name], np.float32)
            for name in ("rest", "speech_low", "speech_high", "noise")
        )
        return Owner(str(raw["name"]), rest, float(raw["rest_width"]), low, high, noise)
    except (OSError, ValueError, TypeError, KeyError, AttributeError) as error:
        raise RecordingError(f"{path}: not a readable owner: {error}") from error


def to_lip_shape(
    raw: Float[np.ndarray, "hops fields"], owner: Owner
) -> Float[np.ndarray, "hops fields"]:
    """Raw lip shapes → resting mouth widths from the owner's rest, (T, 12); apertures ≥ 0."""
    shape = (raw - owner.rest) / np.float32(owner.rest_width)
    shape[:, _APERTURES] = shape[:, _APERTURES].clip(0)
    return shape


def fit_person(
    name: str,
    raws: Sequence[Float[np.ndarray, "_ fields"]],
    in_speech: Sequence[Bool[np.ndarray, " _"]],
    qualities: Sequence[Float[np.ndarray, " _"]],
) -> Owner:
    """Fits a person's owner over all their clips on the 50 Hz grid.

    Contact is the least opening (1st percentile over all clips). Rest is the median of silent hops
    with lips closed; where a person is hardly ever silent, of closed hops in speech.

    Args:
        name: the person.
        raws: per clip (T, 12) raw lip shapes.
        in_speech: per clip (T,) speech spans.
        qualities: per clip (T,); hops of quality 0 are left out.

    Raises:
        RecordingError: less than half a second was seen in all.
    """
    raw, speech, quality = (np.concatenate(list(x)) for x in (raws, in_speech, qualities))
    seen = quality > 0
    if seen.sum() < _MIN_REST_HOPS:
        raise RecordingError(
            f"{name}: lips were seen in {seen.sum()} hops, {_MIN_REST_HOPS} needed"
        )
    spoken = seen & speech
    if spoken.sum() < _MIN_REST_HOPS:
        spoken = seen
    contact = np.percentile(raw[seen][:, _APERTURES], _CONTACT_PERCENTILE, axis=0)
    aperture = raw[:, _APERTURES[0]]
    low, high = np.percentile(aperture[spoken], _SPEECH_PERCENTILES)
    closed = seen & (aperture <= contact[0] + _REST_SHARE * (high - low))
    at_rest = closed & ~speech
    if at_rest.sum() < _MIN_REST_HOPS:
        at_rest = closed if closed.sum() >= _MIN_REST_HOPS else seen
    is_kept = at_rest[:-_NOISE_LAG_HOPS] & at_rest[_NOISE_LAG_HOPS:]
    steps = (raw[_NOISE_LAG_HOPS:] - raw[:-_NOISE_LAG_HOPS])[is_kept]
    return _make_owner(name, raw[at_rest], contact, raw[spoken], steps)


def fit_robot(
    name: str,
    rest_raw: Float[np.ndarray, "resting fields"],
    pressed_raw: Float[np.ndarray, "pressing fields"],
    moving_raw: Float[np.ndarray, "moving fields"],
) -> Owner:
    """Fits a robot's owner from films of its rest pose, of its lips pressed, and of it moving.

    Args:
        name: the robot.
        rest_raw: (T, 12) raw lip shapes while it rests, head still; at least two images seen.
        pressed_raw: the same with its lips pressed together.
        moving_raw: the same while it speaks or babbles, for its range.

    Raises:
        RecordingError: the face was seen in fewer than two images of one of the three.
    """
    seen = [raw[np.isfinite(raw).all(axis=1)] for raw in (rest_raw, pressed_raw, moving_raw)]
    for what, raw in zip(("at rest", "with lips pressed", "moving"), seen, strict=True):
        if len(raw) < 2:
            raise RecordingError(f"{name}: the face was seen in {len(raw)} images {what}, 2 needed")
    rest, pressed, moving = seen
    contact = np.median(pressed[:, _APERTURES], axis=0)
    return _make_owner(name, rest, contact, moving, np.diff(rest, axis=0))


def _make_owner(
    name: str, at_rest: np.ndarray, contact: np.ndarray, spoken: np.ndarray, steps: np.ndarray
) -> Owner:
    rest = np.median(at_rest, axis=0)
    rest[_APERTURES] = contact
    rest_width = float(rest[LIP_INDEX["width"]])
    noise = np.zeros(N_LIP_FIELDS, np.float32)
    if len(steps):
        noise = MAD_TO_STD * np.median(np.abs(steps), axis=0) / np.sqrt(2) / rest_width
    plain = Owner(name, rest, rest_width, noise, noise, noise)
    low, high = np.percentile(to_lip_shape(spoken, plain), _SPEECH_PERCENTILES, axis=0)
    return Owner(name, rest, rest_width, low, high, noise)
