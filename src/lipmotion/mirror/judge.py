"""Is the mirror good enough to learn from? Limits, verdicts, and the file that keeps the figures.

In: `MirrorFigures` of `check.py`. Out: a verdict on each in plain words; JSON, from which `babble`
reads the camera's own delay.
"""

import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final

from ..errors import RecordingError
from ..face.base import FaceSpec

FORMAT_VERSION: Final = 1

LEAST_FOUND: Final = 0.99  # of the images
LEAST_MOUTH_PX: Final = 40.0  # people's in GRID are 38 px wide, and are read well
MOST_CLIPPED: Final = 0.02  # of the pixels about the mouth
MOST_NOISE: Final = 0.005  # resting mouth widths; lips count as touching from 0.006, or 3 × noise
LEAST_RATE: Final = 0.9  # of the images that the description promises
MOST_DELAY_ERROR_S: Final = 0.003


@dataclass(frozen=True)
class MirrorFigures:
    """What was measured while the face rested.

    Attributes:
        images_hz: images a second that came.
        found: share of images in which the face was found, 0 to 1.
        mouth_px: the mouth's width.
        clipped: share of pixels about the mouth that are black or full in a channel.
        noise: of the aperture from image to image, resting mouth widths.
        camera_delay_s, camera_delay_error_s: from a light; None: not measured.
        no_delay: why it was not measured, or "".
        no_profile: why the mirror beside the face does not serve, or ""; None: there is none.
    """

    images_hz: float
    found: float
    mouth_px: float
    clipped: float
    noise: float
    camera_delay_s: float | None
    camera_delay_error_s: float | None
    no_delay: str
    no_profile: str | None


@dataclass(frozen=True)
class Verdict:
    """One line: what was measured; whether it is good enough, or None where nobody can tell."""

    text: str
    is_good: bool | None


def judge(figures: MirrorFigures, spec: FaceSpec) -> list[Verdict]:
    """A verdict on each figure, in plain words."""
    f = figures
    wanted_hz = LEAST_RATE * spec.camera.images_hz
    verdicts = [
        Verdict(
            f"{f.images_hz:.1f} images a second (at least {wanted_hz:.1f})",
            f.images_hz >= wanted_hz,
        ),
        Verdict(
            f"face found in {100 * f.found:.0f} % of the images (at least {100 * LEAST_FOUND:.0f})",
            f.found >= LEAST_FOUND,
        ),
        Verdict(
            f"mouth {f.mouth_px:.0f} px wide (at least {LEAST_MOUTH_PX:.0f})",
            f.mouth_px >= LEAST_MOUTH_PX,
        ),
        Verdict(
            f"{100 * f.clipped:.1f} % about the mouth too bright or too dark "
            f"(at most {100 * MOST_CLIPPED:.0f})",
            f.clipped <= MOST_CLIPPED,
        ),
        Verdict(
            f"opening of the resting mouth known to {100 * f.noise:.2f} % of its width "
            f"(at most {100 * MOST_NOISE:.1f})",
            f.noise <= MOST_NOISE,
        ),
    ]
    if f.no_profile is not None:
        verdicts.append(
            Verdict(f.no_profile or "profile seen in the side mirror", not f.no_profile)
        )
    return [*verdicts, _judge_delay(f, spec)]


def write_figures(path: Path, figures: MirrorFigures, spec: FaceSpec) -> None:
    """Writes the figures as JSON, aside and renamed; `read_camera_delay` reads the delay."""
    head = {"format_version": FORMAT_VERSION, "face": spec.name, "face_hash": spec.hash}
    aside = path.with_name(path.name + ".part")
    aside.write_text(json.dumps({**head, **asdict(figures)}, indent=1) + "\n", encoding="utf-8")
    aside.replace(path)


def read_camera_delay(path: Path, spec: FaceSpec) -> float:
    """The camera's delay that was found for this face, s.

    Raises:
        RecordingError: the file is missing, of another kind or face, or tells no delay.
    """
    try:
        raw: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        version, face_hash = raw["format_version"], raw["face_hash"]
        delay_s = raw["camera_delay_s"]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise RecordingError(f"{path}: not written by mirror --check: {error}") from error
    if version != FORMAT_VERSION or face_hash != spec.hash:
        raise RecordingError(f"{path}: not of this description of face {spec.name}; check again")
    if not isinstance(delay_s, float) or not 0 <= delay_s < 1:
        raise RecordingError(f"{path}: no delay was found; give milliseconds instead")
    return delay_s


def _judge_delay(figures: MirrorFigures, spec: FaceSpec) -> Verdict:
    delay_s, error_s = figures.camera_delay_s, figures.camera_delay_error_s
    if delay_s is None or error_s is None:
        is_lit = "no light to switch" not in figures.no_delay
        return Verdict(
            f"the camera's delay was not measured: {figures.no_delay}", False if is_lit else None
        )
    told = f"the camera's delay is {1000 * delay_s:.0f} ± {1000 * error_s:.1f} ms"
    if abs(delay_s - spec.camera.delay_s) > MOST_DELAY_ERROR_S:
        told += (
            f"; the description says {1000 * spec.camera.delay_s:.0f}: "
            f"give babble --camera-delay {1000 * delay_s:.0f}"
        )
    return Verdict(told, error_s <= MOST_DELAY_ERROR_S)
