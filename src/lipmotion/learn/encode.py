"""LipVae: a 128 × 128 crop of the lips ↔ 16 latents.

Loss: pixels, structure (SSIM at two scales) and edges, so that teeth, seal line and shading stay;
and the KL of each latent, watched one by one: a latent below 0.05 nats carries nothing.
Latents are to hold what the lips do and nothing else. So the decoder is told how the head is held,
which the latents then need not say; the encoder sees each crop as another camera might show it and
must give back the clean one; and its prior is what a small net foretells from the commands, so that
only what no command explains costs nats.
Without these, half of what the latents hold is the head's pose, which no command of the lips
explains (docs/experiments.md).
Source: the variational autoencoder, Kingma & Welling 2014, with its decoder conditioned, Sohn et
al. 2015; SSIM, Wang et al. 2004.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
import torch
from jaxtyping import Float32, Int, UInt8
from torch import Tensor, nn
from torch.nn import functional as F  # noqa: N812

from ..vision.crop import CROP_PX
from .disturb import disturb
from .loop import LoopConfig, Progress, train

N_LATENTS: Final = 16
N_POSE: Final = 6
ACTIVE_NATS: Final = 0.05


@dataclass(frozen=True)
class EncodeConfig:
    """How the LipVae learns.

    Attributes:
        loop: steps, seed, speed.
        batch: images a step.
        pixel, structure, edge: weights of what a crop given back may be wrong by.
        kl: weight of the nats against a normal prior. untold: of those against the foretold one.
        channels: of the layers, from the image inwards.
    """

    loop: LoopConfig
    batch: int = 32
    pixel: float = 400.0
    structure: float = 10.0
    edge: float = 20.0
    kl: float = 0.005
    untold: float = 0.06
    channels: tuple[int, ...] = (12, 24, 48, 64, 96)


class LipVae(nn.Module):
    """Crops (N, 3, 128, 128) in [0, 1] ↔ latents (N, 16); the decoder is told the head's pose.

    Args:
        channels: of the layers, from the image inwards.
        n_pose: how many numbers tell the head's pose.
    """

    def __init__(
        self, channels: tuple[int, ...] = EncodeConfig.channels, n_pose: int = N_POSE
    ) -> None:
        super().__init__()
        down: list[nn.Module] = []
        for before, after in zip((3, *channels[:-1]), channels, strict=True):
            down += [
                nn.Conv2d(before, after, 3, 2, 1, bias=False),
                nn.BatchNorm2d(after),
                nn.SiLU(),
            ]
        self.down = nn.Sequential(*down)
        self.side = CROP_PX >> len(channels)
        n_flat = channels[-1] * self.side**2
        self.to_latent = nn.Linear(n_flat, 2 * N_LATENTS)
        self.from_latent = nn.Linear(N_LATENTS + n_pose, n_flat)
        up: list[nn.Module] = []
        for before, after in zip(channels[::-1], channels[-2::-1], strict=False):
            up += [
                nn.Upsample(scale_factor=2),
                nn.Conv2d(before, after, 3, 1, 1, bias=False),
                nn.BatchNorm2d(after),
                nn.SiLU(),
            ]
        self.up = nn.Sequential(*up, nn.Conv2d(channels[0], 12, 3, 1, 1), nn.PixelShuffle(2))

    def encode(self, crops: Tensor) -> tuple[Tensor, Tensor]:
        """Mean and log variance of the latents, (N, 16) each."""
        mean, log_var = self.to_latent(self.down(crops * 2 - 1).flatten(1)).chunk(2, 1)
        return mean, log_var.clamp(-12, 4)

    def decode(self, latents: Tensor, pose: Tensor) -> Tensor:
        """(N, 16) and the head's pose (N, n_pose) → crops (N, 3, 128, 128), about [0, 1]."""
        told = self.from_latent(torch.cat([latents, pose], 1))
        start = F.silu(told).unflatten(1, (-1, self.side, self.side))
        return 0.5 + 0.5 * self.up(start)


class Encoder(nn.Module):
    """What is exported: crops (N, 128, 128, 3), 0 to 255 → latents (N, 16), mean 0, spread 1."""

    mean: Tensor
    scale: Tensor

    def __init__(self, vae: LipVae, mean: np.ndarray, scale: np.ndarray) -> None:
        super().__init__()
        self.vae = vae
        self.register_buffer("mean", torch.from_numpy(mean))
        self.register_buffer("scale", torch.from_numpy(scale))

    def forward(self, crops: Tensor) -> Tensor:
        latents, _ = self.vae.encode(crops.permute(0, 3, 1, 2) / 255)
        return (latents - self.mean) / self.scale


class _Foreteller(nn.Module):
    """The commands of an image's last hops → mean and log variance of its latents."""

    def __init__(self, n_in: int, n_hidden: int = 128) -> None:
        super().__init__()
        self.line = nn.Linear(n_in, N_LATENTS)
        self.net = nn.Sequential(
            nn.Linear(n_in, n_hidden), nn.SiLU(), nn.Linear(n_hidden, n_hidden), nn.SiLU(),
            nn.Linear(n_hidden, N_LATENTS),
        )  # fmt: skip
        self.log_var = nn.Parameter(torch.zeros(N_LATENTS))

    def forward(self, commands: Tensor) -> tuple[Tensor, Tensor]:
        return self.line(commands) + self.net(commands), self.log_var.clamp(-6, 2)


class _Learner(nn.Module):
    def __init__(self, vae: LipVae, n_commands: int) -> None:
        super().__init__()
        self.vae, self.foreteller = vae, _Foreteller(n_commands)


@dataclass(frozen=True)
class Views:
    """What was seen, and what is known about it, image by image.

    Attributes:
        crops: (N, 128, 128, 3) of the lips.
        pose: (N, N_POSE) of the head, spread 1 about 0.
        commands: (N, C) the lips' commands before each image, about 0.
    """

    crops: UInt8[np.ndarray, "images 128 128 3"]
    pose: Float32[np.ndarray, "images pose"]
    commands: Float32[np.ndarray, "images commands"]


def learn_encode(
    views: Views,
    learn: Int[np.ndarray, " some"],
    held_out: Int[np.ndarray, " others"],
    *,
    run: Path,
    config: EncodeConfig,
    about: dict[str, object],
    progress: Progress | None = None,
) -> LipVae:
    """Trains a LipVae on the images numbered `learn`, judged on those numbered `held_out`."""
    torch.manual_seed(config.loop.seed)
    net = _Learner(LipVae(config.channels, views.pose.shape[1]), views.commands.shape[1])
    judged = held_out[:: max(len(held_out) // 256, 1)]
    some, some_told = _to_images(views.crops[judged]), _tell(views, judged)

    def losses_of(module: nn.Module, rng: np.random.Generator) -> dict[str, Tensor]:
        assert isinstance(module, _Learner)
        rows = np.sort(rng.choice(learn, config.batch))
        batch = _to_images(views.crops[rows])
        mean, log_var = module.vae.encode(disturb(batch, rng))
        noise = torch.from_numpy(rng.normal(size=tuple(mean.shape))).float()
        return _losses(module, batch, _tell(views, rows), mean, log_var, noise, config)

    def validate(module: nn.Module) -> dict[str, float]:
        assert isinstance(module, _Learner)
        mean, log_var = module.vae.encode(some)
        found = _losses(module, some, some_told, mean, log_var, torch.zeros_like(mean), config)
        n_active = (_kl(mean, log_var).mean(0) > ACTIVE_NATS).sum()
        return {**{k: v.item() for k, v in found.items()}, "active": float(n_active)}

    train(
        net,
        losses_of,
        run=run,
        config=config.loop,
        about=about,
        validate=validate,
        progress=progress,
    )
    return net.vae


def encode_crops(
    net: LipVae, crops: UInt8[np.ndarray, "images 128 128 3"], *, batch: int = 128
) -> tuple[Float32[np.ndarray, "images 16"], Float32[np.ndarray, " 16"]]:
    """Latents of all crops (N, 16), and the mean KL of each latent, (16,) in nats."""
    latents, kl = [], []
    with torch.no_grad():
        for k in range(0, len(crops), batch):
            mean, log_var = net.encode(_to_images(crops[k : k + batch]))
            latents.append(mean.numpy())
            kl.append(_kl(mean, log_var).numpy())
    return np.concatenate(latents), np.concatenate(kl).mean(0)


def _tell(views: Views, rows: np.ndarray) -> tuple[Tensor, Tensor]:
    return torch.from_numpy(views.pose[rows]), torch.from_numpy(views.commands[rows])


def _losses(
    net: _Learner,
    batch: Tensor,
    told: tuple[Tensor, Tensor],
    mean: Tensor,
    log_var: Tensor,
    noise: Tensor,
    config: EncodeConfig,
) -> dict[str, Tensor]:
    pose, commands = told
    seen = net.vae.decode(mean + noise * torch.exp(0.5 * log_var), pose)
    pixel = F.mse_loss(seen, batch)
    half, half_seen = F.avg_pool2d(batch, 2), F.avg_pool2d(seen, 2)
    structure = 1 - 0.5 * (
        measure_ssim(half_seen, half)
        + measure_ssim(F.avg_pool2d(half_seen, 2), F.avg_pool2d(half, 2))
    )
    edge = _edges(half_seen, half)
    kl = _kl(mean, log_var).sum(1).mean()
    foretold, left = net.foreteller(commands)
    off = ((mean - foretold).square() + log_var.exp()) / left.exp()
    untold = 0.5 * (off + left - log_var - 1).sum(1).mean()
    loss = (
        config.pixel * pixel
        + config.structure * structure
        + config.edge * edge
        + config.kl * kl
        + config.untold * untold
    )
    return {
        "loss": loss, "pixel": pixel, "structure": structure, "edge": edge, "kl": kl,
        "untold": untold,
    }  # fmt: skip


def measure_ssim(seen: Tensor, wanted: Tensor, side: int = 7) -> Tensor:
    """Mean structural similarity of two batches (N, 3, H, W) in [0, 1]; 1 = the same.

    Source: Wang et al. 2004, with a box window at every second pixel, constants 0.01² and 0.03².
    """

    def blur(x: Tensor) -> Tensor:
        return F.avg_pool2d(x, side, 2)

    a, b = blur(seen), blur(wanted)
    var_a, var_b = blur(seen * seen) - a * a, blur(wanted * wanted) - b * b
    both = blur(seen * wanted) - a * b
    c1, c2 = 0.01**2, 0.03**2
    same = (2 * a * b + c1) * (2 * both + c2) / ((a * a + b * b + c1) * (var_a + var_b + c2))
    return same.mean()


def _edges(seen: Tensor, wanted: Tensor) -> Tensor:
    down = F.l1_loss(seen.diff(dim=2), wanted.diff(dim=2))
    across = F.l1_loss(seen.diff(dim=3), wanted.diff(dim=3))
    return down + across


def _kl(mean: Tensor, log_var: Tensor) -> Tensor:
    return 0.5 * (mean * mean + log_var.exp() - 1 - log_var)


def _to_images(crops: UInt8[np.ndarray, "images 128 128 3"]) -> Tensor:
    return torch.from_numpy(np.array(crops)).permute(0, 3, 1, 2).float() / 255
