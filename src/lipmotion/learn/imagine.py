"""Imagination: a lip shape, anybody's → the shape and the latent of *this* robot making it.

A person's lip shape and the robot's are in the same unit, resting mouth widths from rest. Where
lips nearly touch they are meant to press (`press.py`), where they are narrow to come forward, each
field is kept within what this robot was seen to reach, and then a net says how the motors would
have to stand for the nearest look. What the SelfModel foresees of such a held pose is what is
imagined. So shape and latent belong together and to this robot: nothing that it could not be seen
to do is ever asked for.
Source: projection on a manifold by a bottleneck, here the motors themselves.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
import torch
from jaxtyping import Float32
from torch import Tensor, nn

from ..lips import LIP_INDEX, N_LIP_FIELDS
from .foresee import APERTURES, SelfModel
from .loop import LoopConfig, Progress, train
from .press import Press
from .resemble import OF_ITSELF, OF_PEOPLE, Resemblance
from .seal import Seal
from .symmetry import Symmetry, find_evenness
from .vary import vary_lips

NARROWEST: Final = 0.2  # of the resting width: so much narrower is a person's mouth in a full "oo"


@dataclass(frozen=True)
class ImagineConfig:
    """How the Imagination learns.

    Attributes:
        loop: steps, seed, speed.
        batch: lip shapes a step; two thirds of people, one of the robot itself.
        n_hidden: width of the net.
        own: weight of the robot's own shapes, whose spread is that of babbling, beside people's.
        effort: weight of the motors' way from rest: of two ways to a look, the nearer.
        lopsided: weight of what twins do differently.
        seal: weight of the way from the pressed pose, where lips are to press.
        over_press: see `Resemblance`.
    """

    loop: LoopConfig
    batch: int = 384
    n_hidden: int = 96
    own: float = 0.1
    effort: float = 0.05
    lopsided: float = 2.0
    seal: float = 60.0
    over_press: float = 0.2


class Imagination(nn.Module):
    """Lip shapes (T, 12) → (T, Z + 12): the latent, then the shape that is meant.

    Args:
        self_model: foresees the looks; stays as it is.
        low, high: (12,) the range that the robot was seen to reach.
        config: the net's width.
        press: how hard nearly touching lips are meant to press.
        pursing: protrusion that is meant where a mouth is NARROWEST; 0 = lips are not asked to come
            forward, because this robot has no second view to know its own protrusion by.
    """

    low: Tensor
    high: Tensor
    is_aperture: Tensor
    is_protrusion: Tensor

    def __init__(
        self,
        self_model: SelfModel,
        low: Float32[np.ndarray, " fields"],
        high: Float32[np.ndarray, " fields"],
        config: ImagineConfig,
        press: Press,
        pursing: float = 0.0,
    ) -> None:
        super().__init__()
        for name, value in (("low", low), ("high", high)):
            self.register_buffer(name, torch.from_numpy(np.asarray(value, np.float32)))
        is_aperture = np.isin(np.arange(N_LIP_FIELDS), APERTURES).astype(np.float32)
        self.register_buffer("is_aperture", torch.from_numpy(is_aperture))
        is_protrusion = np.arange(N_LIP_FIELDS) == LIP_INDEX["protrusion"]
        self.register_buffer("is_protrusion", torch.from_numpy(is_protrusion.astype(np.float32)))
        self._press, self.pursing = press, pursing
        self.self_model = self_model.requires_grad_(False).eval()
        bounded = self_model.rest.clamp(0.02, 0.98)
        self.register_buffer("rest_logit", torch.logit(bounded))
        n = config.n_hidden
        self.net = nn.Sequential(
            nn.Linear(N_LIP_FIELDS, n),
            nn.SiLU(),
            nn.Linear(n, n),
            nn.SiLU(),
            nn.Linear(n, len(bounded)),
        )

    rest_logit: Tensor

    def train(self, mode: bool = True) -> "Imagination":
        """As of any module, but the SelfModel stays as it is."""
        super().train(mode)
        self.self_model.eval()
        return self

    def find_pressing(self, lips: Tensor) -> Tensor:
        """How far each aperture is to be pressed, (T, 12): 0 = as it is, 1 = by the whole depth."""
        c = self._press
        share = ((c.from_aperture - lips) / (c.from_aperture - c.to_aperture)).clamp(0, 1)
        return share * self.is_aperture

    def press(self, lips: Tensor) -> Tensor:
        """Lowers apertures that nearly touch below contact; monotone, the rest as it was."""
        return lips - self._press.depth * self.find_pressing(lips)

    def purse(self, lips: Tensor) -> Tensor:
        """Brings the lips forward as they get narrow; all else stays as it was."""
        narrow = (-lips[:, LIP_INDEX["width"], None] / NARROWEST).clamp(0, 1)
        pursed = torch.maximum(lips, narrow * self.pursing)
        return lips + self.is_protrusion * (pursed - lips)

    def want(self, lips: Tensor) -> Tensor:
        """Shapes as they are wanted: pressed where they nearly touch, pursed, within reach."""
        wanted = self.purse(self.press(lips))
        return torch.minimum(torch.maximum(wanted, self.low), self.high)

    def pose(self, wanted: Tensor) -> Tensor:
        """(T, 12) → (T, M) commands of a held pose with the nearest look."""
        turn = self.net(wanted / self.self_model.scale[:N_LIP_FIELDS])
        return torch.sigmoid(self.rest_logit + turn)

    def forward(self, x: Tensor) -> tuple[Tensor]:
        lips, latents = self.self_model.split(self.self_model.hold(self.pose(self.want(x))))
        return (torch.cat([latents, lips], -1),)


def learn_imagine(
    people: Float32[np.ndarray, "hops fields"],
    own: Float32[np.ndarray, "images fields"],
    held_out: Float32[np.ndarray, "others fields"],
    net: Imagination,
    spread: Float32[np.ndarray, " fields"],
    seal: Seal,
    symmetry: Symmetry,
    *,
    run: Path,
    config: ImagineConfig,
    about: dict[str, object],
    progress: Progress | None = None,
) -> Imagination:
    """Trains on people's lip shapes and on the robot's own.

    Args:
        people: lip shapes of people; varied in size and symmetry as they are drawn.
        own: lip shapes that the robot itself has made.
        held_out: lip shapes of other people, to be judged by.
        net: what learns.
        spread: (12,) of the shapes that are meant.
        seal: the pose in which the lips are shut.
        symmetry: the motors that do the same on the left and the right.
        run, config, about, progress: as for `train`.
    """
    of_itself = Resemblance(spread, config.over_press, OF_ITSELF)
    of_people = of_itself if net.pursing else Resemblance(spread, config.over_press, OF_PEOPLE)
    contact, rest = net.self_model.contact, net.self_model.rest

    def losses(module: nn.Module, shapes: np.ndarray, judge: Resemblance) -> dict[str, Tensor]:
        assert isinstance(module, Imagination)
        lips = torch.from_numpy(shapes)
        wanted, pressing = module.want(lips), module.find_pressing(lips)[:, APERTURES[0]]
        pose = module.pose(wanted)
        seen, _ = module.self_model.split(module.self_model.hold(pose))
        return {
            "lips": judge.measure(seen, wanted, contact),
            "effort": (pose - rest).square().mean(),
            "lopsided": symmetry.measure(pose, find_evenness(wanted)),
            "unsealed": seal.measure(pose, pressing),
        }

    def weigh(found: dict[str, Tensor]) -> Tensor:
        return (
            found["lips"]
            + config.effort * found["effort"]
            + config.lopsided * found["lopsided"]
            + config.seal * found["unsealed"]
        )

    def losses_of(module: nn.Module, rng: np.random.Generator) -> dict[str, Tensor]:
        n_own = config.batch // 3
        drawn = people[rng.integers(0, len(people), config.batch - n_own)]
        found = losses(module, vary_lips(drawn[:, None], rng)[:, 0], of_people)
        own_lip = losses(module, own[rng.integers(0, len(own), n_own)], of_itself)["lips"]
        return {"loss": weigh(found) + config.own * own_lip, **found, "own": own_lip}

    def validate(module: nn.Module) -> dict[str, float]:
        found = losses(module, held_out, of_people)
        return {name: value.item() for name, value in {"loss": weigh(found), **found}.items()}

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
