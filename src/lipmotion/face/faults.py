"""What is wrong with a real camera: light, colour, place, focus, noise, compression, clock, delay.

In: faults as numbers, and images as a perfect camera would take them. Out: what this camera gives.
Every draw depends on the seed and the image's number or time alone, so the same seed gives the same
film, whoever looks at it and how often; each image costs the same. A camera without faults gives
its images back as they are.
"""

from collections.abc import Callable
from dataclasses import dataclass, fields
from typing import Final

import numpy as np
from jaxtyping import Float32, UInt8

from ..media.degrade import compress

_WANDER_S: Final = (20.0, 120.0)  # shortest and longest period of a drift
_N_WAVES: Final = 5
_WARM: Final = np.array([0.5, 0.0, -0.5])  # stops of red, green, blue for a warmth of 1
_LIGHT, _WARMTH, _STEP, _NOISE = range(4)  # one stream of draws each


@dataclass(frozen=True)
class CameraFaults:
    """How a mirror camera differs from a perfect one. A stop is twice the light.

    Attributes:
        exposure_stops: too bright (+) or too dark, all the time.
        warmth_stops: red over blue, all the time.
        drift_stops: spread of a slow wandering of the exposure; of the warmth, half as much.
        step_stops: the exposure jumps by up to so much either way, as an automatic one does …
        step_every_s: … so often.
        shift_px: right and down; the camera was pushed.
        turn_deg: clockwise, about the image's middle.
        blur_px: standard deviation of its blur; out of focus.
        noise: standard deviation of its noise, in steps of 255.
        jpeg_quality: 1 to 100; None: not compressed.
        delay_s: how late its images arrive; None: as the description says, or as the camera does.
        clock_ppm: how much too fast its clock runs, in millionths.
        jitter_s: standard deviation of the time that images take to arrive, at most twice it. They
            are taken evenly.
    """

    exposure_stops: float = 0.0
    warmth_stops: float = 0.0
    drift_stops: float = 0.0
    step_stops: float = 0.0
    step_every_s: float = 8.0
    shift_px: tuple[float, float] = (0.0, 0.0)
    turn_deg: float = 0.0
    blur_px: float = 0.0
    noise: float = 0.0
    jpeg_quality: int | None = None
    delay_s: float | None = None
    clock_ppm: float = 0.0
    jitter_s: float = 0.0

    def __post_init__(self) -> None:
        for name, least, most in (
            ("drift_stops", 0, 4), ("step_stops", 0, 4), ("step_every_s", 0.1, 1e6),
            ("blur_px", 0, 20), ("noise", 0, 100), ("jpeg_quality", 1, 100), ("delay_s", 0, 1),
            ("clock_ppm", -1000, 1000), ("jitter_s", 0, 0.05), ("turn_deg", -180, 180),
            ("exposure_stops", -8, 8), ("warmth_stops", -4, 4),
        ):  # fmt: skip
            value = getattr(self, name)
            if value is not None and not least <= value <= most:
                raise ValueError(f"{name} is {value:g}, allowed {least:g} to {most:g}")
        if not np.isfinite(self.shift_px).all():
            raise ValueError(f"shift_px is {self.shift_px}, must be two finite numbers")


class Lens:
    """The part of the faults that changes images.

    Args:
        faults: what is wrong.
        seed: of noise, drift and steps.
    """

    def __init__(self, faults: CameraFaults, seed: int) -> None:
        self._faults = faults
        self._seed = seed
        self._light = _make_wander(np.random.default_rng([seed, _LIGHT]))
        self._warmth = _make_wander(np.random.default_rng([seed, _WARMTH]))
        self._moved: dict[tuple[int, int], _Resample] = {}
        shown = {"delay_s", "clock_ppm", "jitter_s", "step_every_s"}
        self._is_clear = all(
            getattr(faults, f.name) == f.default for f in fields(faults) if f.name not in shown
        )

    def spoil(
        self, image: UInt8[np.ndarray, "height width 3"], number: int, taken_s: float, view: int = 0
    ) -> UInt8[np.ndarray, "height width 3"]:
        """The image as this camera gives it.

        Args:
            image: as a perfect camera takes it.
            number: of the image, from 0 on; the noise depends on it.
            taken_s: when it is taken, on the camera's clock; drift and steps depend on it.
            view: which of the pictures taken at once; each has noise of its own.
        """
        faults = self._faults
        if self._is_clear:
            return image
        light = image.astype(np.float32)
        if faults.turn_deg or any(faults.shift_px):
            light = self._move(light)
        if faults.blur_px:
            light = _blur(light, faults.blur_px)
        curves = self._develop(taken_s)
        if curves is not None:
            steps = np.rint(light).astype(np.uint8)
            light = np.stack([curves[k][steps[..., k]] for k in range(3)], axis=-1)
        if faults.noise:
            rng = np.random.default_rng([self._seed, _NOISE, number, view])
            light += np.float32(faults.noise) * rng.standard_normal(light.shape, dtype=np.float32)
        seen = np.rint(light.clip(0, 255)).astype(np.uint8)
        return seen if faults.jpeg_quality is None else compress(seen, faults.jpeg_quality)

    def _develop(self, taken_s: float) -> Float32[np.ndarray, "3 256"] | None:
        """What each byte of red, green and blue becomes; None: itself."""
        faults = self._faults
        stops = faults.exposure_stops + faults.drift_stops * self._light(taken_s)
        stops += faults.step_stops * self._jump(taken_s)
        warmth = faults.warmth_stops + faults.drift_stops / 2 * self._warmth(taken_s)
        if stops == 0 and warmth == 0:
            return None
        gain = 2.0 ** (stops + warmth * _WARM)
        return 255 * _to_srgb(gain[:, None] * _to_linear(np.arange(256) / 255)).astype(np.float32)

    def _jump(self, taken_s: float) -> float:
        """Where the exposure has jumped to, −1 to 1; 0 at first."""
        n = int(max(taken_s, 0) / self._faults.step_every_s)
        return float(np.random.default_rng([self._seed, _STEP, n]).uniform(-1, 1)) if n else 0.0

    def _move(self, image: np.ndarray) -> np.ndarray:
        shape = image.shape[:2]
        if shape not in self._moved:
            self._moved[shape] = _Resample(shape, self._faults.shift_px, self._faults.turn_deg)
        return self._moved[shape](image)


class _Resample:
    """Shifts and turns images of one shape; what comes in from outside is the edge, drawn out."""

    def __init__(
        self, shape: tuple[int, int], shift_px: tuple[float, float], turn_deg: float
    ) -> None:
        height, width = shape
        y, x = np.mgrid[0:height, 0:width].astype(float)
        x, y = x - shift_px[0] - (width - 1) / 2, y - shift_px[1] - (height - 1) / 2
        cos, sin = np.cos(np.radians(turn_deg)), np.sin(np.radians(turn_deg))
        across = (cos * x + sin * y + (width - 1) / 2).clip(0, width - 1)
        down = (cos * y - sin * x + (height - 1) / 2).clip(0, height - 1)
        left, above = np.floor(across).astype(int), np.floor(down).astype(int)
        right, below = np.minimum(left + 1, width - 1), np.minimum(above + 1, height - 1)
        self._corners = [row * width + column for row in (above, below) for column in (left, right)]
        u, v = across - left, down - above
        self._weights = [
            weight.astype(np.float32)[..., None]
            for weight in ((1 - v) * (1 - u), (1 - v) * u, v * (1 - u), v * u)
        ]

    def __call__(self, image: np.ndarray) -> np.ndarray:
        flat = image.reshape(-1, 3)
        moved = self._weights[0] * flat[self._corners[0]]
        for weight, corner in zip(self._weights[1:], self._corners[1:], strict=True):
            moved += weight * flat[corner]
        return moved


def _blur(image: np.ndarray, spread_px: float) -> np.ndarray:
    """Gaussian blur, rows then columns; the edge is drawn out."""
    reach = int(np.ceil(3 * spread_px))
    weights = np.exp(-0.5 * (np.arange(-reach, reach + 1) / spread_px) ** 2)
    weights = (weights / weights.sum()).astype(np.float32)
    for axis in (0, 1):
        pads = [(0, 0)] * 3
        pads[axis] = (reach, reach)
        padded, n = np.pad(image, pads, mode="edge"), image.shape[axis]
        image = sum(
            weight * (padded[k : k + n] if axis == 0 else padded[:, k : k + n])
            for k, weight in enumerate(weights)
        )
    return image


def _make_wander(rng: np.random.Generator) -> Callable[[float], float]:
    """A slow function of time, variance 1: a few waves of random period and phase."""
    shortest, longest = np.log(_WANDER_S)
    period = np.exp(rng.uniform(shortest, longest, _N_WAVES))
    phase = rng.uniform(0, 2 * np.pi, _N_WAVES)
    size = np.sqrt(2 / _N_WAVES)
    return lambda t: float(size * np.sin(2 * np.pi * t / period + phase).sum())


def _to_linear(coded: np.ndarray) -> np.ndarray:
    """sRGB to light. Source: IEC 61966-2-1."""
    return np.where(coded <= 0.04045, coded / 12.92, ((coded + 0.055) / 1.055) ** 2.4)


def _to_srgb(light: np.ndarray) -> np.ndarray:
    """Light to sRGB; beyond full light it is clipped."""
    light = light.clip(0, 1)
    return np.where(light <= 0.0031308, 12.92 * light, 1.055 * light ** (1 / 2.4) - 0.055)
