"""Imagination: a lip shape, anybody's → the shape and the latent of *this* robot making it.

A person's lip shape and the robot's are in the same unit, resting mouth widths from rest. Three
things are done to it, all in the graph that is exported: where lips nearly touch they are meant to
press (`press.py`), each field is kept within what this robot was seen to reach, and a net that
learned to clean up the robot's own shapes from noise puts the rest on what it can do. The noise is
small where a person must be followed (aperture, width) and large where bodies differ.
Source: denoising as projection on a manifold, Vincent et al. 2008.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
import torch
from jaxtyping import Float32, Int
from torch import Tensor, nn
from torch.nn import functional as F  # noqa: N812

from ..lips import LIP_FIELDS, N_LIP_FIELDS
from .foresee import APERTURES
from .loop import LoopConfig, Progress, train
from .press import Press

FREEDOM: Final = {  # spread of the noise, in spreads of the field
    "aperture": 0.05,
    "aperture_left": 0.15,
    "aperture_right": 0.15,
    "width": 0.1,
    "corner_left_height": 0.25,
    "corner_right_height": 0.25,
    "upper_lip_height": 0.7,
    "lower_lip_height": 0.7,
    "upper_vermilion": 1.0,
    "lower_vermilion": 1.0,
    "protrusion": 1.5,
    "jaw": 1.0,
}


@dataclass(frozen=True)
class ImagineConfig:
    """How the Imagination learns."""

    loop: LoopConfig
    batch: int = 256
    n_hidden: int = 96


class Imagination(nn.Module):
    """Lip shapes (T, 12) → (T, Z + 12): the latent, then the shape that is meant.

    Args:
        low, high: (12,) the range that the robot was seen to reach.
        scale: (12,) spread of each field in the robot's own recording.
        n_latents: how many latents.
        config: the net's width.
        press: how hard nearly touching lips are meant to press.
    """

    low: Tensor
    high: Tensor
    scale: Tensor
    is_aperture: Tensor

    def __init__(
        self,
        low: Float32[np.ndarray, " fields"],
        high: Float32[np.ndarray, " fields"],
        scale: Float32[np.ndarray, " fields"],
        n_latents: int,
        config: ImagineConfig,
        press: Press,
    ) -> None:
        super().__init__()
        for name, value in (("low", low), ("high", high), ("scale", scale)):
            self.register_buffer(name, torch.from_numpy(np.asarray(value, np.float32)))
        is_aperture = np.isin(np.arange(N_LIP_FIELDS), APERTURES).astype(np.float32)
        self.register_buffer("is_aperture", torch.from_numpy(is_aperture))
        self._press = press
        n = config.n_hidden
        self.net = nn.Sequential(
            nn.Linear(N_LIP_FIELDS, n),
            nn.SiLU(),
            nn.Linear(n, n),
            nn.SiLU(),
            nn.Linear(n, n_latents + N_LIP_FIELDS),
        )
        self.n_latents = n_latents

    def press(self, lips: Tensor) -> Tensor:
        """Lowers apertures that nearly touch below contact; monotone, the rest as it was."""
        c = self._press
        share = ((c.from_aperture - lips) / (c.from_aperture - c.to_aperture)).clamp(0, 1)
        return lips - c.depth * share * self.is_aperture

    def clean(self, lips: Tensor) -> Tensor:
        """Shapes near to what the robot does → (T, Z + 12), on what it does."""
        y = self.net(lips / self.scale)
        return torch.cat(
            [y[:, : self.n_latents], lips + y[:, self.n_latents :] * self.scale], dim=1
        )

    def forward(self, x: Tensor) -> tuple[Tensor]:
        meant = torch.minimum(torch.maximum(self.press(x), self.low), self.high)
        return (self.clean(meant),)


def learn_imagine(
    lips: Float32[np.ndarray, "images fields"],
    latents: Float32[np.ndarray, "images latents"],
    learn: Int[np.ndarray, " some"],
    held_out: Int[np.ndarray, " others"],
    net: Imagination,
    *,
    run: Path,
    config: ImagineConfig,
    about: dict[str, object],
    progress: Progress | None = None,
) -> Imagination:
    """Trains on the robot's own shapes (pressed ones below contact) and latents."""
    spread = net.scale * torch.tensor([FREEDOM[name] for name in LIP_FIELDS])
    shapes, codes = torch.from_numpy(lips), torch.from_numpy(latents)

    def losses(module: nn.Module, rows: Tensor, rng: np.random.Generator) -> dict[str, Tensor]:
        assert isinstance(module, Imagination)
        noise = torch.from_numpy(rng.normal(size=(len(rows), N_LIP_FIELDS))).float()
        much = torch.from_numpy(rng.uniform(0, 1.5, (len(rows), 1))).float()
        y = module.clean(shapes[rows] + noise * much * spread)
        latent = F.mse_loss(y[:, : module.n_latents], codes[rows])
        shape = F.mse_loss(y[:, module.n_latents :] / module.scale, shapes[rows] / module.scale)
        return {"loss": latent + 3 * shape, "latents": latent, "lips": shape}

    def losses_of(module: nn.Module, rng: np.random.Generator) -> dict[str, Tensor]:
        return losses(module, torch.from_numpy(rng.choice(learn, config.batch)), rng)

    def validate(module: nn.Module) -> dict[str, float]:
        rng = np.random.default_rng(0)
        found = losses(module, torch.from_numpy(held_out), rng)
        return {name: value.item() for name, value in found.items()}

    train(
        net,
        losses_of,
        run=run,
        config=config.loop,
        about=about,
        validate=validate,
        progress=progress,
    )
    return net
