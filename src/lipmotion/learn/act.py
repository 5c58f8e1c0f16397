"""FacialActionTransformer: the meant shapes and latents within a short preview → lip commands.

Trained on its own roll-outs: its commands go through the SelfModel, lag and all, and what would be
seen is compared with what was meant, hop by hop. So it learns to set out early by the body's own
delay, and no error of teacher forcing can build up. Attention looks back half a second and, by the
preview, a little ahead; its memory is an explicit state, never its own commands, so it cannot
drift. Each motor has its own output: left and right are independent.
Source: attention, Vaswani et al. 2017, in a sliding window with a learned bias for each lag.
"""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from jaxtyping import Float32
from torch import Tensor, nn
from torch.nn import functional as F  # noqa: N812

from ..lips import N_LIP_FIELDS
from ..timing import HOP_S
from .foresee import PAST_HOPS, SelfModel
from .imagine import Imagination
from .lag import measure_lag
from .loop import LoopConfig, Progress, train
from .resemble import Resemblance, spread_of
from .seal import Seal
from .symmetry import Symmetry, find_evenness
from .vary import vary_lips


@dataclass(frozen=True)
class ActConfig:
    """How the FacialActionTransformer learns, and its shape.

    Attributes:
        loop: steps, seed, speed.
        batch: windows a step; two thirds from people, one from the robot's own babbling.
        window_hops: hops of each window, memory and lag included.
        preview_hops: how far ahead it sees.
        n_hidden, n_heads, n_layers, memory_hops: the transformer.
        latent, smooth, effort, lopsided, seal, over_press: weights of the losses beside the lip
            shape.
        noise: spread of the noise on commands on their way to the SelfModel.
    """

    loop: LoopConfig
    batch: int = 24
    window_hops: int = 120
    preview_hops: int = 2
    n_hidden: int = 64
    n_heads: int = 4
    n_layers: int = 2
    memory_hops: int = 24
    latent: float = 1.5
    smooth: float = 15.0
    effort: float = 0.05
    lopsided: float = 1.0
    seal: float = 60.0
    over_press: float = 0.2
    noise: float = 0.003


class FacialActionTransformer(nn.Module):
    """Meant (B, T, Z + 12) → commands (B, T, M) in [0, 1]; row n belongs to hop n − preview.

    Args:
        rest: (M,) commands of the resting face.
        rest_meant: (Z + 12,) what is meant at rest.
        scale: (Z + 12,) spread of what is meant.
        config: shape of the transformer.
    """

    rest_meant: Tensor
    scale: Tensor
    rest_logit: Tensor

    def __init__(
        self,
        rest: Float32[np.ndarray, " motors"],
        rest_meant: Float32[np.ndarray, " meant"],
        scale: Float32[np.ndarray, " meant"],
        config: ActConfig,
    ) -> None:
        super().__init__()
        self.config = config
        self.register_buffer("rest_meant", torch.from_numpy(rest_meant))
        self.register_buffer("scale", torch.from_numpy(scale))
        bounded = torch.from_numpy(rest).clamp(0.02, 0.98)
        self.register_buffer("rest_logit", torch.logit((bounded + 0.02) / 1.04))
        self.first = nn.Linear(len(rest_meant), config.n_hidden)
        self.past_shape = (config.memory_hops, config.n_hidden)
        self.layers = nn.ModuleList(
            SlidingLayer(config.n_hidden, config.n_heads, config.memory_hops)
            for _ in range(config.n_layers)
        )
        self.norm = nn.LayerNorm(config.n_hidden)
        self.last = nn.Linear(config.n_hidden, len(rest))
        nn.init.zeros_(self.last.weight)
        nn.init.zeros_(self.last.bias)

    def forward(self, meant: Tensor, *pasts: Tensor) -> tuple[Tensor, ...]:
        h = self.first((meant - self.rest_meant) / self.scale)
        after = []
        for layer, past in zip(self.layers, pasts, strict=True):
            h, kept = layer(h, past)
            after.append(kept)
        # a little past both ends, so that an end can be commanded exactly
        commands = torch.sigmoid(self.rest_logit + self.last(self.norm(h))) * 1.04 - 0.02
        return commands.clamp(0, 1), *after

    def init_state(self, n: int) -> tuple[Tensor, ...]:
        """(n, memory, hidden) zeros for each layer."""
        return tuple(torch.zeros(n, *self.past_shape) for _ in self.layers)


class SlidingLayer(nn.Module):
    """One layer whose attention reaches `memory` hops back; the past is passed in and out."""

    def __init__(self, n_hidden: int, n_heads: int, memory: int) -> None:
        super().__init__()
        self.n_heads, self.memory = n_heads, memory
        self.norm, self.norm_mix = nn.LayerNorm(n_hidden), nn.LayerNorm(n_hidden)
        self.query = nn.Linear(n_hidden, n_hidden)
        self.key_value = nn.Linear(n_hidden, 2 * n_hidden)
        self.out = nn.Linear(n_hidden, n_hidden)
        self.mix = nn.Sequential(
            nn.Linear(n_hidden, 2 * n_hidden), nn.SiLU(), nn.Linear(2 * n_hidden, n_hidden)
        )
        self.lag_bias = nn.Parameter(torch.zeros(n_heads, memory + 1))

    def forward(self, h: Tensor, past: Tensor) -> tuple[Tensor, Tensor]:
        x = self.norm(h)
        line = torch.cat([past, x], 1)  # (B, memory + T, hidden)
        query = self._heads(self.query(x))
        key, value = (self._heads(part) for part in self.key_value(line).chunk(2, -1))
        lag = (
            torch.arange(x.shape[1])[:, None] + self.memory - torch.arange(line.shape[1])[None]
        )  # (T, memory + T)
        is_in_reach = (lag >= 0) & (lag <= self.memory)
        bias = self.lag_bias[:, lag.clamp(0, self.memory)]
        bias = torch.where(is_in_reach, bias, -1e9)
        score = query @ key.transpose(-1, -2) * query.shape[-1] ** -0.5 + bias
        found = (score.softmax(-1) @ value).transpose(1, 2).flatten(2)
        h = h + self.out(found)
        return h + self.mix(self.norm_mix(h)), line[:, -self.memory :]

    def _heads(self, x: Tensor) -> Tensor:
        return x.unflatten(-1, (self.n_heads, -1)).transpose(1, 2)


class StreamedAction(nn.Module):
    """What is exported: one stream, (T, Z + 12) and the past of all layers as one tensor."""

    def __init__(self, net: FacialActionTransformer) -> None:
        super().__init__()
        self.net = net

    def forward(self, x: Tensor, past: Tensor) -> tuple[Tensor, Tensor]:
        pasts = (past[k : k + 1] for k in range(len(self.net.layers)))
        commands, *after = self.net(x[None], *pasts)
        return commands[0], torch.cat(after)


@dataclass(frozen=True)
class Targets:
    """Targets on the grid: tracks end to end, and where windows may begin.

    Attributes:
        values: (T, 12) lip shapes of people, or (T, Z + 12) latents and shapes of the robot itself.
        starts: first hops of all windows, whole within one track.
    """

    values: Float32[np.ndarray, "hops meant"]
    starts: np.ndarray


def learn_act(
    people: Targets,
    own: Targets,
    held_out: Targets,
    net: FacialActionTransformer,
    imagination: Imagination,
    self_models: tuple[SelfModel, ...],
    speed_per_s: Float32[np.ndarray, " motors"],
    seal: Seal,
    symmetry: Symmetry,
    *,
    run: Path,
    config: ActConfig,
    about: dict[str, object],
    progress: Progress | None = None,
) -> FacialActionTransformer:
    """Trains on roll-outs through a frozen Imagination and frozen SelfModels.

    Args:
        people: lip shapes of people, to learn from; varied in size and symmetry as they are drawn.
        own: latents and shapes of the robot's own babbling.
        held_out: lip shapes of people, to be judged by.
        net: what learns.
        imagination: what people's shapes mean for this robot.
        self_models: foresee what is seen; several keep it from trusting the errors of one.
        speed_per_s: (M,) speed limits of the motors.
        seal: the pose in which the lips are shut.
        symmetry: the motors that do the same on the left and the right.
        run, config, about, progress: as for `train`.
    """
    for frozen in (imagination, *self_models):
        frozen.requires_grad_(False).eval()

    def imagine(lips: np.ndarray) -> Tensor:
        (meant,) = imagination(torch.from_numpy(lips).flatten(0, 1))
        return meant.unflatten(0, lips.shape[:2])

    every = imagination(torch.from_numpy(people.values))[0].numpy()
    judge = RollOutLoss(self_models, spread_of(every), speed_per_s, seal, symmetry, config)

    def losses_of(module: nn.Module, rng: np.random.Generator) -> dict[str, Tensor]:
        assert isinstance(module, FacialActionTransformer)
        n_own = config.batch // 3
        lips = vary_lips(_draw(people, config.batch - n_own, config, rng), rng)
        meant = torch.cat([imagine(lips), torch.from_numpy(_draw(own, n_own, config, rng))])
        return judge(module, meant, rng)

    def validate(module: nn.Module) -> dict[str, float]:
        assert isinstance(module, FacialActionTransformer)
        starts = held_out.starts[:: max(len(held_out.starts) // 48, 1)]
        lips = held_out.values[starts[:, None] + np.arange(_span(config))]
        found = judge(module, imagine(lips), None)
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


class RollOutLoss:
    """How far what would be seen is from what was meant, and how roughly the motors would move."""

    def __init__(
        self,
        self_models: tuple[SelfModel, ...],
        spread: Float32[np.ndarray, " fields"],
        speed_per_s: Float32[np.ndarray, " motors"],
        seal: Seal,
        symmetry: Symmetry,
        config: ActConfig,
    ) -> None:
        self._models = self_models
        self._symmetry = symmetry
        self._seal, self._lag_hops = seal, round(measure_lag(self_models[0]))
        self._judge = Resemblance(spread, config.over_press)
        self._step_size = torch.from_numpy(speed_per_s * np.float32(HOP_S))
        self._config = config

    def __call__(
        self,
        net: FacialActionTransformer,
        meant: Tensor,
        rng: np.random.Generator | None,
    ) -> dict[str, Tensor]:
        c = self._config
        commands = net(meant, *net.init_state(len(meant)))[0][:, c.preview_hops :]
        driven = commands
        if rng is not None:
            noise = rng.normal(0, c.noise, tuple(commands.shape)).astype(np.float32)
            driven = commands + torch.from_numpy(noise)
        meant = meant[:, PAST_HOPS : commands.shape[1]]
        n_latents = meant.shape[-1] - N_LIP_FIELDS
        lip, latent = torch.zeros(()), torch.zeros(())
        for model in self._models:
            lips, codes = model.split(model(driven)[:, :-1])  # hops PAST_HOPS … T − 1
            shapes = meant[..., n_latents:]
            lip = lip + self._judge.measure(lips, shapes, model.contact) / len(self._models)
            latent = latent + F.mse_loss(codes, meant[..., :n_latents]) / len(self._models)
        # what is commanded is seen this much later
        ahead = meant[:, self._lag_hops :, n_latents:]
        leading = commands[:, PAST_HOPS : PAST_HOPS + ahead.shape[1]]
        is_pressed = (ahead[..., 0] < self._models[0].contact[0]).float()
        unsealed = self._seal.measure(leading, is_pressed)
        lopsided = self._symmetry.measure(leading, find_evenness(ahead))
        judged = commands[:, PAST_HOPS // 2 :]
        smooth = judged.diff(n=2, dim=1).square().mean()
        too_fast = (judged.diff(dim=1).abs() - 0.9 * self._step_size).clamp(min=0)
        rest = torch.sigmoid(net.rest_logit) * 1.04 - 0.02
        effort = (judged - rest).square().mean()
        loss = (
            lip
            + c.latent * latent
            + c.smooth * smooth
            + c.effort * effort
            + c.lopsided * lopsided
            + c.seal * unsealed
            + 30 * too_fast.square().mean()
        )
        return {
            "loss": loss, "lips": lip, "latents": latent, "smooth": smooth, "effort": effort,
            "lopsided": lopsided, "unsealed": unsealed,
        }  # fmt: skip


def join_tracks(tracks: list[Float32[np.ndarray, "_ meant"]], config: ActConfig) -> Targets:
    """Tracks end to end; windows may begin wherever one fits whole into a track.

    Raises:
        ValueError: no track is long enough.
    """
    span, first, starts = _span(config), 0, []
    for track in tracks:
        starts.append(first + np.arange(max(len(track) - span + 1, 0)))
        first += len(track)
    joined = np.concatenate(starts)
    if not len(joined):
        raise ValueError(f"no track of at least {span} hops")
    return Targets(np.concatenate(tracks).astype(np.float32), joined)


def _draw(
    targets: Targets, n: int, config: ActConfig, rng: np.random.Generator
) -> Float32[np.ndarray, "batch hops meant"]:
    first = rng.choice(targets.starts, n)
    return targets.values[first[:, None] + np.arange(_span(config))]


def _span(config: ActConfig) -> int:
    return config.window_hops + config.preview_hops
