"""`learn self`: a mirror recording becomes the bundle with which a face knows itself.

Landmarks are filled in, the robot's owner is fitted from its filmed rest and pressed lips, lips are
cropped; then LipVae, SelfModel, Imagination and FacialActionTransformer learn one after another,
each in its own folder and resumable. Nothing here has seen the simulator's truth, or a label.
"""

import dataclasses
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
import torch
from jaxtyping import Float32

from ..errors import RecordingError
from ..face.base import FaceSpec
from ..lips import LIP_FIELDS, LIP_INDEX, N_LIP_FIELDS
from ..recording import RANDOM, Recording
from ..vision.owner import Owner
from .act import ActConfig, FacialActionTransformer, join_tracks, learn_act
from .encode import EncodeConfig, Encoder, LipVae, encode_crops, learn_encode
from .foresee import (
    APERTURES,
    ForeseeConfig,
    SelfModel,
    extrapolate_press,
    foresee_run,
    learn_foresee,
)
from .imagine import Imagination, ImagineConfig, learn_imagine
from .loop import LoopConfig, Progress
from .mirrored import (
    Lips,
    Mirrored,
    crop_recording,
    fill_landmarks,
    read_mirrored,
    see_lips,
)
from .people import People, find_stretches, measure_span
from .press import Press, find_press
from .self_bundle import Learned, write_self

Report = Callable[[str], Progress | None]
REACH_PERCENTILES: Final = (0.5, 99.5)  # of what was seen in babbling: what the robot can do
SHUT: Final = 0.006  # resting mouth widths: an aperture below this, or 3 × noise, is contact


@dataclass(frozen=True)
class SelfConfig:
    """How each part learns, and how many SelfModels there are."""

    encode: EncodeConfig
    foresee: ForeseeConfig
    imagine: ImagineConfig
    act: ActConfig
    n_self_models: int = 2


def make_config(seed: int, *, pace: float = 1.0) -> SelfConfig:
    """The settings of the shipped bundle; `pace` scales the steps of every part."""

    def loop(n_steps: int, rate: float) -> LoopConfig:
        return LoopConfig(seed, max(round(n_steps * pace), 2), rate, weight_decay=0.05)

    return SelfConfig(
        encode=EncodeConfig(loop(1500, 2e-3)),
        foresee=ForeseeConfig(loop(2000, 3e-3)),
        imagine=ImagineConfig(loop(2000, 2e-3)),
        act=ActConfig(loop(2000, 1.5e-3)),
    )


def learn_self(
    recording: Recording,
    spec: FaceSpec,
    out: Path,
    *,
    people: People,
    config: SelfConfig,
    report: Report = lambda _: None,
) -> Path:
    """Learns a face from its recording.

    Args:
        recording: of this face; its landmark columns are filled in if they are empty.
        spec: the face.
        out: a folder for the runs and, at the end, `bundle`.
        people: whose lips to learn to follow; nobody's = those that the robot itself has made.
        config: settings of all parts.
        report: gives the progress callback for the part that begins, by its name.

    Returns:
        The bundle's folder.

    Raises:
        RecordingError: the recording is too short, of another face, or no face was seen in it.
    """
    if recording.info.face_hash != spec.hash:
        raise RecordingError(f"{recording.folder}: not of this description of face {spec.name}")
    if not recording.indices:
        raise RecordingError(f"{recording.folder}: nothing is recorded here yet; babble first")
    out.mkdir(parents=True, exist_ok=True)
    fill_landmarks(recording, report("landmarks"))
    owner, lips = see_lips(recording, spec.name)
    owner.save(out / "owner.json")
    columns = spec.indices("lips", "jaw")
    mirrored = read_mirrored(recording, columns, lips)
    crops = crop_recording(recording, out / "crops.npy", report("crops"))
    about: dict[str, Any] = {
        "face_hash": spec.hash,
        "n_hops": len(mirrored.sent),
        "recording_seed": recording.info.seed,
    }
    learner = _Learner(spec, mirrored, config, out, about, report)
    vae, latents, kl = learner.encode(crops)
    codes = (latents - latents.mean(0)) / latents.std(0)
    contact = find_contact(owner)
    pressed = extrapolate_press(mirrored, contact)
    self_models = learner.foresee(pressed, codes, contact)
    foreseen = foresee_run(self_models[0], mirrored)
    own_tracks = learner.find_own_tracks(foreseen)
    followed = people.followed or tuple(track[:, -N_LIP_FIELDS:] for track in own_tracks)
    press = learner.find_press(
        pressed,
        foreseen,
        contact,
        people.aperture_span or measure_span(np.concatenate(followed)[:, LIP_INDEX["aperture"]]),
    )
    imagination, reach = learner.imagine(pressed, codes, press)
    action = learner.act(followed, people.held_out, own_tracks, imagination, self_models)
    figures = {
        **measure_self(mirrored, codes, foreseen, kl),
        "n_people_hops": sum(len(track) for track in people.followed),
        "people_licences": list(people.licences),
        "is_random": recording.info.babbling == RANDOM,
    }
    (out / "figures.json").write_text(json.dumps(figures, indent=1) + "\n", encoding="utf-8")
    learned = Learned(
        encoder=Encoder(vae, latents.mean(0), latents.std(0)),
        self_model=self_models[0],
        imagination=imagination,
        action=action,
        press=press,
        owner=owner,
        reach=reach,
        figures=figures,
    )
    seeds = (recording.info.seed, config.encode.loop.seed)
    write_self(out / "bundle", learned, spec, seeds, config.act, crops, mirrored)
    return out / "bundle"


@dataclass(frozen=True)
class _Learner:
    """The four trainings, in order."""

    spec: FaceSpec
    mirrored: Mirrored
    config: SelfConfig
    out: Path
    about: Mapping[str, Any]
    report: Report

    def _about(self, part: Any) -> dict[str, Any]:
        return {**self.about, "part": dataclasses.asdict(part)}

    def encode(self, crops: np.ndarray) -> tuple[LipVae, np.ndarray, np.ndarray]:
        part = self.config.encode
        vae = learn_encode(
            crops, self.mirrored.images(0), self.mirrored.images(1), run=self.out / "encode",
            config=part, about=self._about(part), progress=self.report("encode"),
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
            net = SelfModel(rest, scale, contact, codes.shape[1], part.n_hidden)
            learn_foresee(
                self.mirrored, pressed, codes, net, run=self.out / f"foresee-{k}", config=own,
                about=self._about(own), progress=self.report("foresee"),
            )  # fmt: skip
            models.append(net)
        return tuple(models)

    def imagine(
        self, lips: np.ndarray, codes: np.ndarray, press: Press
    ) -> tuple[Imagination, np.ndarray]:
        part = self.config.imagine
        learn, held_out = self.mirrored.images(0), self.mirrored.images(1)
        low, high = np.percentile(lips[learn], REACH_PERCENTILES, axis=0).astype(np.float32)
        scale = lips[learn].std(0).astype(np.float32)
        torch.manual_seed(part.loop.seed)
        net = Imagination(low, high, scale, codes.shape[1], part, press)
        learn_imagine(
            lips, codes, learn, held_out, net, run=self.out / "imagine", config=part,
            about={**self._about(part), "press": dataclasses.asdict(press)},
            progress=self.report("imagine"),
        )  # fmt: skip
        return net, np.stack([low, high])

    def find_press(
        self, pressed: np.ndarray, foreseen: np.ndarray, contact: np.ndarray, span: float
    ) -> Press:
        """How hard lips that count as closed are meant to press; see `press.py`."""
        aperture = LIP_INDEX["aperture"]
        resting, pressing = (
            pressed[self.mirrored.deed == deed, aperture] for deed in ("rest", "press")
        )
        held_out = self.mirrored.images(1)
        closed = held_out[pressed[held_out, aperture] <= contact[aperture]]
        guess = self.mirrored.at_images(foreseen, closed)[:, aperture]
        return find_press(span, resting, pressing, guess, pressed[closed, aperture])

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
        followed: Sequence[Lips],
        held_out: Sequence[Lips],
        own_tracks: Sequence[np.ndarray],
        imagination: Imagination,
        self_models: tuple[SelfModel, ...],
    ) -> FacialActionTransformer:
        part = self.config.act
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
        return learn_act(
            join_tracks(list(followed), part), join_tracks(list(own_tracks), part),
            join_tracks(judged, part),
            net, imagination, self_models, self.spec.column("speed_per_s")[columns],
            run=self.out / "act", config=part, about=self._about(part),
            progress=self.report("act"),
        )  # fmt: skip


def find_contact(owner: Owner) -> Float32[np.ndarray, " fields"]:
    """(12,) aperture below which lips are seen at contact in the aperture fields, else −inf."""
    contact = np.full(N_LIP_FIELDS, -np.inf, np.float32)
    contact[list(APERTURES)] = np.maximum(SHUT, 3 * owner.noise[list(APERTURES)])
    return contact


def measure_self(
    mirrored: Mirrored,
    codes: Float32[np.ndarray, "images latents"],
    foreseen: Float32[np.ndarray, "hops seen"],
    kl: Float32[np.ndarray, " latents"],
) -> dict[str, Any]:
    """Held-out figures: R² of what is foreseen, for each lip field and the latents; KL of each."""
    images = mirrored.images(1)
    found = mirrored.at_images(foreseen, images)
    guess, seen = found[:, :N_LIP_FIELDS], mirrored.lips[images]
    guess[:, list(APERTURES)] = guess[:, list(APERTURES)].clip(0)
    return {
        "n_images": int(mirrored.is_seen.sum()),
        "n_held_out": len(images),
        "found": float(mirrored.is_seen.mean()),
        "foresee_r2": dict(zip(LIP_FIELDS, _r2(guess, seen), strict=True)),
        "foresee_latents_r2": float(np.mean(_r2(found[:, N_LIP_FIELDS:], codes[images]))),
        "kl_nats": [round(float(value), 3) for value in kl],
    }


def _r2(guess: np.ndarray, seen: np.ndarray) -> list[float]:
    left = ((guess - seen) ** 2).mean(0) / seen.var(0)
    return [round(float(1 - value), 3) for value in left]
