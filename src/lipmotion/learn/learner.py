"""The trainings of a self-model, one after another: each in its own folder and resumable.

In: a recording read as `Mirrored`, and nets to go on from, or none. Out: trained nets.
"""

import copy
import dataclasses
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
import torch

from ..face.base import FaceSpec
from ..face.poses import press_pose
from ..lips import LIP_INDEX, N_LIP_FIELDS
from .act import ActConfig, FacialActionTransformer, join_tracks, learn_act
from .encode import EncodeConfig, LipVae, Views, encode_crops, learn_encode
from .foresee import ForeseeConfig, SelfModel, learn_foresee
from .imagine import Imagination, ImagineConfig, learn_imagine
from .loop import LoopConfig, Progress
from .mirrored import Lips, Mirrored
from .nets import Nets
from .people import find_stretches
from .press import Press, find_press
from .resemble import spread_of
from .seal import Seal, find_seal
from .symmetry import find_symmetry

Report = Callable[[str], Progress | None]
REACH_PERCENTILES: Final = (0.5, 99.5)  # of what was seen in babbling: what the robot can do
TOLD_HOPS: Final = 8  # commands of so many hops before an image tell what its lips do


@dataclass(frozen=True)
class SelfConfig:
    """How each part learns.

    Attributes:
        encode, foresee, imagine, act: the parts.
        n_self_models: how many SelfModels there are.
        preview_hops: how far ahead commands are planned; None = by the face's own lag.
    """

    encode: EncodeConfig
    foresee: ForeseeConfig
    imagine: ImagineConfig
    act: ActConfig
    n_self_models: int = 2
    preview_hops: int | None = None


def make_config(seed: int, *, pace: float = 1.0, preview_hops: int | None = None) -> SelfConfig:
    """The settings of `learn self`; `pace` scales the steps of every part."""

    def loop(n_steps: int, rate: float) -> LoopConfig:
        return LoopConfig(seed, max(round(n_steps * pace), 2), rate, weight_decay=0.05)

    return SelfConfig(
        encode=EncodeConfig(loop(1500, 2e-3)),
        foresee=ForeseeConfig(loop(2000, 3e-3)),
        imagine=ImagineConfig(loop(2000, 2e-3)),
        act=ActConfig(loop(2000, 1.5e-3)),
        preview_hops=preview_hops,
    )


@dataclass(frozen=True)
class Learner:
    """The four trainings, in order.

    Attributes:
        spec: the face.
        mirrored: its recording.
        config: settings of all parts.
        out: a folder for the runs.
        about: what else defines them, JSON values.
        report: gives the progress callback for the part that begins, by its name.
        start: nets that go on learning; None = all begin anew.
        has_profile: a second view shows how far the lips stand forward.
    """

    spec: FaceSpec
    mirrored: Mirrored
    config: SelfConfig
    out: Path
    about: Mapping[str, Any]
    report: Report
    start: Nets | None = None
    has_profile: bool = False

    def describe(self, part: Any) -> dict[str, Any]:
        """What defines the run of a part, JSON values."""
        return {**self.about, "part": dataclasses.asdict(part)}

    def encode(self, crops: np.ndarray, pose: np.ndarray) -> tuple[LipVae, np.ndarray, np.ndarray]:
        part = self.config.encode
        learn = self.mirrored.images(0)
        commands = self.mirrored.before(TOLD_HOPS)
        views = Views(
            crops,
            ((pose - pose[learn].mean(0)) / pose[learn].std(0).clip(1e-6)).astype(np.float32),
            2 * (commands - commands[learn].mean(0)),
        )
        vae = learn_encode(
            views, learn, self.mirrored.images(1), run=self.out / "encode",
            config=part, about=self.describe(part), progress=self.report("encode"),
        )  # fmt: skip
        latents, kl = encode_crops(vae, crops)
        return vae, latents, kl

    def foresee(
        self, pressed: np.ndarray, codes: np.ndarray, contact: np.ndarray
    ) -> tuple[SelfModel, ...]:
        part = self.config.foresee
        rest = self.spec.rest.values[list(self.spec.indices("lips", "jaw"))]
        seen = self.mirrored.lips[self.mirrored.images(0)]
        scale = seen.std(0).astype(np.float32)
        models = []
        for k in range(self.config.n_self_models):
            loop = dataclasses.replace(part.loop, seed=part.loop.seed + k)
            own = dataclasses.replace(part, loop=loop)
            torch.manual_seed(loop.seed)
            if self.start is None:
                net = SelfModel(rest, scale, contact, codes.shape[1], part.n_hidden)
            else:
                net = copy.deepcopy(self.start.self_models[k]).requires_grad_(True)
            learn_foresee(
                self.mirrored, pressed, codes, net, run=self.out / f"foresee-{k}", config=own,
                about=self.describe(own), progress=self.report("foresee"),
            )  # fmt: skip
            models.append(net)
        return tuple(models)

    def imagine(
        self,
        pressed: np.ndarray,
        followed: Sequence[Lips],
        held_out: Sequence[Lips],
        press: Press,
        self_model: SelfModel,
    ) -> tuple[Imagination, np.ndarray]:
        """Beginning anew, what babbling reached is its reach; practice only goes on from there."""
        part = self.config.imagine
        learn = self.mirrored.images(0)
        if self.start is None:
            low, high = np.percentile(pressed[learn], REACH_PERCENTILES, axis=0).astype(np.float32)
            pursing = float(high[LIP_INDEX["protrusion"]]) if self.has_profile else 0.0
        else:
            (low, high), pursing = self.start.reach, self.start.imagination.pursing
        torch.manual_seed(part.loop.seed)
        net = Imagination(self_model, low, high, part, press, pursing)
        if self.start is not None:
            net.net.load_state_dict(self.start.imagination.net.state_dict())
        people = np.concatenate(followed)
        with torch.no_grad():
            wanted = net.want(torch.from_numpy(people)).numpy()
        learn_imagine(
            people, pressed[learn], np.concatenate(held_out or followed), net, spread_of(wanted),
            self.find_seal(), find_symmetry(self.spec), run=self.out / "imagine", config=part,
            about={**self.describe(part), "press": dataclasses.asdict(press)},
            progress=self.report("imagine"),
        )  # fmt: skip
        return net, np.stack([low, high])

    def find_press(
        self, pressed: np.ndarray, foreseen: np.ndarray, contact: np.ndarray, span: float
    ) -> Press:
        """How hard lips that count as closed are meant to press; see `press.py`."""
        if self.start is not None:
            return self.start.press
        aperture = LIP_INDEX["aperture"]
        resting, pressing = (
            pressed[self.mirrored.deed == deed, aperture] for deed in ("rest", "press")
        )
        held_out = self.mirrored.images(1)
        closed = held_out[pressed[held_out, aperture] <= contact[aperture]]
        guess = self.mirrored.at_images(foreseen, closed)[:, aperture]
        return find_press(span, resting, pressing, guess, pressed[closed, aperture])

    def find_seal(self) -> Seal:
        """The pose in which this face's lips are shut."""
        columns = list(self.spec.indices("lips", "jaw"))
        return find_seal(self.spec.rest.values[columns], press_pose(self.spec)[columns])

    def find_own_tracks(self, foreseen: np.ndarray) -> list[np.ndarray]:
        """(T, Z + 12) what the robot itself has made in babbling, stretch by stretch."""
        own = np.concatenate([foreseen[:, N_LIP_FIELDS:], foreseen[:, :N_LIP_FIELDS]], 1)
        return [
            track
            for run in np.unique(self.mirrored.run)
            for track in find_stretches(own, (self.mirrored.run == run) & (self.mirrored.side == 0))
        ]

    def act(
        self,
        part: ActConfig,
        followed: Sequence[Lips],
        held_out: Sequence[Lips],
        own_tracks: Sequence[np.ndarray],
        imagination: Imagination,
        self_models: tuple[SelfModel, ...],
    ) -> FacialActionTransformer:
        judged = list(held_out or followed)
        with torch.no_grad():
            (meant,) = imagination(torch.from_numpy(np.concatenate(followed)))
            (at_rest,) = imagination(torch.zeros(1, N_LIP_FIELDS))
        scale = np.maximum(meant.numpy().std(0), 0.02)
        columns = list(self.spec.indices("lips", "jaw"))
        torch.manual_seed(part.loop.seed)
        net = FacialActionTransformer(
            self.spec.rest.values[columns], at_rest[0].numpy(), scale, part
        )
        if self.start is not None:
            net.load_state_dict(self.start.action.state_dict())
        return learn_act(
            join_tracks(list(followed), part), join_tracks(list(own_tracks), part),
            join_tracks(judged, part),
            net, imagination, self_models, self.spec.column("speed_per_s")[columns],
            self.find_seal(), find_symmetry(self.spec),
            run=self.out / "act", config=part, about=self.describe(part),
            progress=self.report("act"),
        )  # fmt: skip
