"""SelfModel: commands so far → the latent and the lip shape that will be seen, lag included.

Row n is what the mirror shows at the start of hop n, after the commands of hops < n: servo delay,
lag, speed limit and the skin's own motion are all in it, learned from pictures alone.
A mirror cannot see how hard closed lips are pressed: an aperture at contact says only "this or
less". So `extrapolate_press` says how far below contact the commands would have brought the lips if
they had gone on as they do when nearly closed, and shut lips are learned as that deep: this is the
negative aperture that a meant lip shape may ask for.
The net is built like the body: first servos, then skin. Each motor's commands pass filters of their
own over the last 320 ms (where it is by now, how it moves); a net without memory then says how the
skin looks. A general causal convolution over all motors needs far more data: after 5 min of it
its best held-out error of the lips was 0.18 (0.03 on what it had learned), here 0.13 (0.12).
Source: linear filters before a static map, Hammerstein models.
"""

from dataclasses import dataclass
from math import erfc, pi, sqrt
from pathlib import Path
from typing import Final

import numpy as np
import torch
from jaxtyping import Float32
from torch import Tensor, nn
from torch.nn import functional as F  # noqa: N812

from ..lips import LIP_FIELDS, N_LIP_FIELDS
from .loop import LoopConfig, Progress, train
from .mirrored import Mirrored, draw_windows

PAST_HOPS: Final = 16  # commands that reach one output: 320 ms
FILTER_HOPS: Final = (1.0, 2.0, 5.0)  # time constants that each motor's filters set out from
NEARLY_SHUT: Final = 0.2  # resting mouth widths: apertures that say how lips come to close
_EM_ROUNDS: Final = 40
DEEPEST: Final = -0.12  # pressed further than this is not asked for
APERTURES: Final = tuple(k for k, name in enumerate(LIP_FIELDS) if name.startswith("aperture"))


@dataclass(frozen=True)
class ForeseeConfig:
    """How the SelfModel learns.

    Attributes:
        loop: steps, seed, speed.
        batch: windows a step.
        window_hops: hops of each window that are judged.
        latent: weight of the latents beside the lip shape.
        noise: spread of the noise on its commands, so that it is not sure of more than it saw.
        n_hidden: width of the net.
    """

    loop: LoopConfig
    batch: int = 24
    window_hops: int = 75
    latent: float = 0.5
    noise: float = 0.01
    n_hidden: int = 128


class SelfModel(nn.Module):
    """Commands (B, PAST_HOPS + T − 1, M) → (B, T, 12 + Z); row n has felt the rows up to n + 15.

    Args:
        rest: (M,) commands of the resting face.
        lip_scale: (12,) spread of each lip field.
        contact: (12,) aperture seen at contact in the aperture fields, else −inf.
        n_latents: how many latents.
        n_hidden: width.
        dropout: share of the skin's features that each step of learning leaves out.
    """

    rest: Tensor
    contact: Tensor
    scale: Tensor

    def __init__(
        self,
        rest: Float32[np.ndarray, " motors"],
        lip_scale: Float32[np.ndarray, " fields"],
        contact: Float32[np.ndarray, " fields"],
        n_latents: int,
        n_hidden: int = 128,
        dropout: float = 0.05,
    ) -> None:
        super().__init__()
        n_out = N_LIP_FIELDS + n_latents
        self.register_buffer("rest", torch.from_numpy(rest))
        self.register_buffer("contact", torch.from_numpy(contact))
        scale = np.concatenate([lip_scale, np.ones(n_latents, np.float32)])
        self.register_buffer("scale", torch.from_numpy(scale))
        n_motors, n_filters = len(rest), len(FILTER_HOPS)
        self.servos = nn.Conv1d(n_motors, n_motors * n_filters, PAST_HOPS, groups=n_motors)
        age = torch.arange(PAST_HOPS).flip(0)  # hops since each command
        decay = torch.stack([torch.exp(-age / hops) / hops for hops in FILTER_HOPS])
        with torch.no_grad():
            self.servos.weight.copy_(decay.repeat(n_motors, 1)[:, None])
        n_in = n_motors * n_filters
        self.line = nn.Linear(n_in, n_out)
        self.skin = nn.Sequential(
            nn.Linear(n_in, n_hidden), nn.SiLU(), nn.Dropout(dropout),
            nn.Linear(n_hidden, n_hidden), nn.SiLU(), nn.Dropout(dropout),
            nn.Linear(n_hidden, n_out),
        )  # fmt: skip

    def forward(self, commands: Tensor) -> Tensor:
        x = ((commands - self.rest) * 2).transpose(1, 2)  # (B, M, PAST + T − 1)
        motors = self.servos(x).transpose(1, 2)
        return (self.line(motors) + self.skin(motors)) * self.scale

    def hold(self, commands: Tensor) -> Tensor:
        """What is seen of commands (N, M) that are held for long, (N, 12 + Z)."""
        weight = self.servos.weight.sum(-1).squeeze(-1)  # (M · filters,)
        assert self.servos.bias is not None
        x = ((commands - self.rest) * 2).repeat_interleave(len(FILTER_HOPS), -1)
        motors = x * weight + self.servos.bias
        return (self.line(motors) + self.skin(motors)) * self.scale

    def split(self, seen: Tensor) -> tuple[Tensor, Tensor]:
        """(…, 12 + Z) → lip shapes (…, 12) and latents (…, Z)."""
        return seen[..., :N_LIP_FIELDS], seen[..., N_LIP_FIELDS:]


class StreamedSelfModel(nn.Module):
    """What is exported: commands (T, M) and the past → what is seen at the start of each hop."""

    def __init__(self, net: SelfModel) -> None:
        super().__init__()
        self.net = net

    def forward(self, x: Tensor, past: Tensor) -> tuple[Tensor, Tensor]:
        # zero state = the resting face, so the past is kept as displacement from rest
        line = torch.cat([past, x - self.net.rest])  # (PAST + T, M)
        seen = self.net((line[:-1] + self.net.rest)[None])[0]
        return seen, line[-PAST_HOPS:]


def learn_foresee(
    mirrored: Mirrored,
    pressed: Float32[np.ndarray, "images fields"],
    latents: Float32[np.ndarray, "images latents"],
    net: SelfModel,
    *,
    run: Path,
    config: ForeseeConfig,
    about: dict[str, object],
    progress: Progress | None = None,
) -> SelfModel:
    """Trains a SelfModel on windows of a recording; images are compared when they were taken.

    `pressed` are the lip shapes as `extrapolate_press` gives them.
    """
    n_hops = PAST_HOPS + config.window_hops
    starts = {side: draw_windows(mirrored, n_hops, side) for side in (0, 1)}
    judged = starts[1][:: max(len(starts[1]) // 64, 1)]

    def losses_of(module: nn.Module, rng: np.random.Generator) -> dict[str, Tensor]:
        assert isinstance(module, SelfModel)
        first = rng.choice(starts[0], config.batch)
        return _losses(module, mirrored, (pressed, latents), first, config, rng=rng)

    def validate(module: nn.Module) -> dict[str, float]:
        assert isinstance(module, SelfModel)
        found = _losses(module, mirrored, (pressed, latents), judged, config, rng=None)
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


def _losses(
    net: SelfModel,
    mirrored: Mirrored,
    targets: tuple[np.ndarray, np.ndarray],
    first: np.ndarray,
    config: ForeseeConfig,
    *,
    rng: np.random.Generator | None,
) -> dict[str, Tensor]:
    span = np.arange(PAST_HOPS + config.window_hops - 1)
    commands = mirrored.sent[first[:, None] + span]
    if rng is not None:
        commands = commands + rng.normal(0, config.noise, commands.shape).astype(np.float32)
    out = net(torch.from_numpy(commands))  # (B, T, 12 + Z)
    window, whole, share, image = _pick(mirrored, first + PAST_HOPS, config.window_hops)
    part = torch.from_numpy(share)[:, None]
    seen = out[window, whole] * (1 - part) + out[window, whole + 1] * part
    lips, codes = net.split(seen)
    pressed, latents = targets
    wrong = compare_lips(net, lips, torch.from_numpy(pressed[image]))
    lip = wrong.mean()
    latent = F.mse_loss(codes, torch.from_numpy(latents[image]))
    aperture = wrong[:, APERTURES[0]].mean()
    loss = lip + config.latent * latent
    return {"loss": loss, "lips": lip, "latents": latent, "aperture": aperture}


def compare_lips(net: SelfModel, foreseen: Tensor, pressed: Tensor) -> Tensor:
    """(N, 12) squared errors in spreads; `pressed` as `extrapolate_press` gives it.

    Small apertures weigh more: a closure is made or missed within a few hundredths. How deep shut
    lips are pressed is a guess and weighs less than that they are shut.
    """
    scale = net.scale[:N_LIP_FIELDS]
    error = (foreseen - pressed) / scale
    is_shut = pressed < net.contact
    parted = (foreseen - net.contact).clamp(min=0) / scale
    error = torch.where(is_shut, torch.maximum(0.4 * error.abs(), parted), error)
    is_aperture = torch.isfinite(net.contact)
    weight = torch.where(is_aperture, 1 / (0.3 + (pressed / scale).clamp(min=0)), 1.0)
    return error * error * weight


def extrapolate_press(
    mirrored: Mirrored, contact: Float32[np.ndarray, " fields"]
) -> Float32[np.ndarray, "images fields"]:
    """Lip shapes seen, but apertures at contact as deep as the commands would have brought them.

    A line from the commands of two to four hops before (the body's lag) to the aperture, fitted to
    lips that are shut or not far from it; shut lips get what is expected of them below contact.

    Source: censored regression, Tobin 1958, by expectation and maximisation.
    """
    hop = np.round(mirrored.image_hop).astype(int)
    lagged = [mirrored.sent[(hop - k).clip(0, len(mirrored.sent) - 1)] for k in (2, 3, 4)]
    commands = np.concatenate([np.mean(lagged, axis=0), np.ones((len(hop), 1))], axis=1)
    pressed = mirrored.lips.copy()
    for k in APERTURES:
        rows = np.flatnonzero(mirrored.is_seen & (mirrored.lips[:, k] < NEARLY_SHUT))
        x, y = commands[rows], mirrored.lips[rows, k].astype(float)
        is_shut = y <= contact[k]
        pressed[rows[is_shut], k] = _fit_censored(x, y, is_shut)[is_shut].clip(DEEPEST, 0)
    return pressed


def _fit_censored(x: np.ndarray, y: np.ndarray, is_censored: np.ndarray) -> np.ndarray:
    """What y is expected to be, (n,), where all that is known of some is `this or less`."""
    n, limit = len(y), y.copy()
    gram = np.linalg.inv(x.T @ x + 1e-3 * n * np.eye(x.shape[1]))
    spread = float(y.std()) + 1e-6
    expected = np.where(is_censored, y - spread, y)
    for _ in range(_EM_ROUNDS):
        mean = x @ (gram @ (x.T @ expected))
        z = ((limit - mean) / spread).clip(-8, 8)
        below = np.array([0.5 * erfc(-v / sqrt(2)) for v in z])
        ratio = np.exp(-0.5 * z * z) / sqrt(2 * pi) / below.clip(1e-16)
        expected = np.where(is_censored, mean - spread * ratio, y)
        left = np.where(is_censored, spread**2 * (1 - z * ratio - ratio**2).clip(0, 1), 0)
        spread = float(np.sqrt(np.mean((expected - mean) ** 2 + left))) + 1e-6
    return expected


def _pick(
    mirrored: Mirrored, first_hop: np.ndarray, n_hops: int
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Images taken within windows: window, whole hop in it, share of the next hop, image."""
    low = np.searchsorted(mirrored.image_hop, first_hop)
    high = np.searchsorted(mirrored.image_hop, first_hop + n_hops - 1)
    window = np.arange(len(first_hop)).repeat(high - low)
    image = np.concatenate([np.arange(a, b) for a, b in zip(low, high, strict=True)])
    is_seen = mirrored.is_seen[image]
    window, image = window[is_seen], image[is_seen]
    at = mirrored.image_hop[image] - first_hop[window]
    whole = np.minimum(at.astype(int), n_hops - 2)
    return window, whole, (at - whole).astype(np.float32), image


def foresee_run(
    net: SelfModel, mirrored: Mirrored, *, block_hops: int = 3000
) -> Float32[np.ndarray, "hops seen"]:
    """What the SelfModel foresees for a recording, (T, 12 + Z); row n at the start of hop n.

    Each run sets out from rest.
    """
    parts = []
    streamed = StreamedSelfModel(net)
    for number in np.unique(mirrored.run):
        sent = torch.from_numpy(mirrored.sent[mirrored.run == number])
        past = torch.zeros(PAST_HOPS, sent.shape[1])
        with torch.no_grad():
            for k in range(0, len(sent), block_hops):
                seen, past = streamed(sent[k : k + block_hops], past)
                parts.append(seen.numpy())
    return np.concatenate(parts)
