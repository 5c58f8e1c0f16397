"""LipVae: a 128 × 128 crop of the lips ↔ 16 latents.

Loss: pixels, structure (SSIM at two scales) and edges, so that teeth, seal line and shading stay;
and the KL of each latent, watched one by one: a latent below 0.05 nats carries nothing.
Source: the variational autoencoder, Kingma & Welling 2014; SSIM, Wang et al. 2004.
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
from .loop import LoopConfig, Progress, train

N_LATENTS: Final = 16
ACTIVE_NATS: Final = 0.05


@dataclass(frozen=True)
class EncodeConfig:
    """How the LipVae learns.

    Attributes:
        loop: steps, seed, speed.
        batch: images a step.
        pixel, structure, edge, kl: weights of the losses.
        channels: of the layers, from the image inwards.
    """

    loop: LoopConfig
    batch: int = 32
    pixel: float = 400.0
    structure: float = 10.0
    edge: float = 20.0
    kl: float = 0.02
    channels: tuple[int, ...] = (12, 24, 48, 64, 96)


class LipVae(nn.Module):
    """Crops (N, 3, 128, 128) in [0, 1] ↔ latents (N, 16)."""

    def __init__(self, channels: tuple[int, ...] = EncodeConfig.channels) -> None:
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
        self.from_latent = nn.Linear(N_LATENTS, n_flat)
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

    def decode(self, latents: Tensor) -> Tensor:
        """(N, 16) → crops (N, 3, 128, 128), about [0, 1]."""
        start = F.silu(self.from_latent(latents)).unflatten(1, (-1, self.side, self.side))
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


def learn_encode(
    crops: UInt8[np.ndarray, "images 128 128 3"],
    learn: Int[np.ndarray, " some"],
    held_out: Int[np.ndarray, " others"],
    *,
    run: Path,
    config: EncodeConfig,
    about: dict[str, object],
    progress: Progress | None = None,
) -> LipVae:
    """Trains a LipVae on the crops numbered `learn`, judged on those numbered `held_out`."""
    torch.manual_seed(config.loop.seed)
    net = LipVae(config.channels)
    some = _to_images(crops[held_out[:: max(len(held_out) // 256, 1)]])

    def losses_of(module: nn.Module, rng: np.random.Generator) -> dict[str, Tensor]:
        assert isinstance(module, LipVae)
        batch = _to_images(crops[np.sort(rng.choice(learn, config.batch))])
        light = torch.from_numpy(rng.uniform(0.85, 1.15, (len(batch), 1, 1, 1))).float()
        mean, log_var = module.encode((batch * light).clamp(0, 1))
        noise = torch.from_numpy(rng.normal(size=tuple(mean.shape))).float()
        return _losses(module, batch, mean, log_var, noise, config)

    def validate(module: nn.Module) -> dict[str, float]:
        assert isinstance(module, LipVae)
        mean, log_var = module.encode(some)
        found = _losses(module, some, mean, log_var, torch.zeros_like(mean), config)
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
    return net


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


def _losses(
    net: LipVae,
    batch: Tensor,
    mean: Tensor,
    log_var: Tensor,
    noise: Tensor,
    config: EncodeConfig,
) -> dict[str, Tensor]:
    seen = net.decode(mean + noise * torch.exp(0.5 * log_var))
    pixel = F.mse_loss(seen, batch)
    half, half_seen = F.avg_pool2d(batch, 2), F.avg_pool2d(seen, 2)
    structure = 1 - 0.5 * (
        measure_ssim(half_seen, half)
        + measure_ssim(F.avg_pool2d(half_seen, 2), F.avg_pool2d(half, 2))
    )
    edge = _edges(half_seen, half)
    kl = _kl(mean, log_var).sum(1).mean()
    loss = config.pixel * pixel + config.structure * structure + config.edge * edge + config.kl * kl
    return {"loss": loss, "pixel": pixel, "structure": structure, "edge": edge, "kl": kl}


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
