"""The bundle with which a face knows itself: graphs and nets, its owner, and the model card."""

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
import torch
from jaxtyping import UInt8

from .. import __version__
from ..bundle import Bundle, Manifest
from ..errors import BundleError
from ..face.base import FaceSpec
from ..lips import LIP_FIELDS
from ..selfmodel.imagine import CLOSES_AT
from ..timing import HOP_HZ, HOP_MS
from ..vision.owner import Owner
from .act import StreamedAction
from .encode import ACTIVE_NATS, N_LATENTS, Encoder
from .export import PlainGraph, StreamingGraph, write_bundle
from .foresee import PAST_HOPS, StreamedSelfModel
from .mirrored import HELD_OUT_EVERY, Mirrored
from .nets import NETS_NAME, Nets, pack_nets

ENCODER_NAME: Final = "encode.onnx"
PROFILE: Final = """how far a person's lips come forward is not seen from in front: lips are brought
forward as the mouth gets narrow."""
FRONTAL: Final = "how far lips come forward is hardly seen from in front; it is left to chance."
SHAPE: Final = ("n_hidden", "n_heads", "n_layers", "memory_hops")  # of the transformer


@dataclass(frozen=True)
class Learned:
    """Everything that was learned of one face.

    Attributes:
        encoder: trained, or the file of one that is taken over.
        nets: everything else, trained.
        owner: the robot's rest, contact and range.
        figures: held-out figures, JSON values.
    """

    encoder: Encoder | Path
    nets: Nets
    owner: Owner
    figures: Mapping[str, Any]


def write_self(
    folder: Path,
    learned: Learned,
    spec: FaceSpec,
    crops: UInt8[np.ndarray, "images 128 128 3"],
    mirrored: Mirrored,
) -> None:
    """Exports all graphs, each checked against torch, and puts the bundle in place.

    Args:
        folder: where the bundle goes.
        learned: the nets and what belongs to them.
        spec: the face.
        crops, mirrored: real data to compare torch and ONNX on.
    """
    nets, lips = learned.nets, np.nan_to_num(mirrored.lips[:200])
    act = nets.action.config
    with torch.no_grad():
        meant = nets.imagination(torch.from_numpy(lips))[0].numpy()
    past = {"past": (act.n_layers, act.memory_hops, act.n_hidden)}
    past_commands = {"past": (PAST_HOPS, mirrored.sent.shape[1])}
    graphs: dict[str, StreamingGraph | PlainGraph] = {
        "imagine.onnx": StreamingGraph(nets.imagination, lips, {}),
        "act.onnx": StreamingGraph(StreamedAction(nets.action), meant, past),
        "foresee.onnx": StreamingGraph(
            StreamedSelfModel(nets.self_models[0]), mirrored.sent[:200], past_commands
        ),
    }
    copies = {}
    if isinstance(learned.encoder, Path):
        copies[ENCODER_NAME] = learned.encoder
    else:
        some = {"crops": np.asarray(crops[:64], np.float32)}
        graphs[ENCODER_NAME] = PlainGraph(learned.encoder, some, ("latents",), half=False)
    owner, (low, high) = learned.owner, nets.reach
    settings = {
        "lip_motors": [spec.motor_names[k] for k in spec.indices("lips", "jaw")],
        "n_latents": N_LATENTS,
        "preview_hops": act.preview_hops,
        "owner": {
            "name": owner.name,
            "rest": owner.rest.tolist(),
            "rest_width": owner.rest_width,
            "speech_low": owner.speech_low.tolist(),
            "speech_high": owner.speech_high.tolist(),
            "noise": owner.noise.tolist(),
        },
        "reach": {"low": low.tolist(), "high": high.tolist()},
        "press": dataclasses.asdict(nets.press),
        "pursing": nets.imagination.pursing,
        "n_self_models": len(nets.self_models),
        "act": {name: getattr(act, name) for name in SHAPE},
        "figures": dict(learned.figures),
    }
    manifest = Manifest(
        kind="selfmodel",
        version=__version__,
        files={},
        lip_fields=LIP_FIELDS,
        motors=spec.motor_names,
        face=spec.name,
        face_hash=spec.hash,
        settings=settings,
    )
    card = write_card(spec, act.preview_hops, learned)
    arrays = {NETS_NAME: pack_nets(nets)}
    write_bundle(folder, graphs, manifest, card, arrays=arrays, copies=copies)


def write_card(spec: FaceSpec, preview_hops: int, learned: Learned) -> str:
    """The model card, Markdown."""
    figures, press = learned.figures, learned.nets.press
    rows = "\n".join(f"| {name} | {value} |" for name, value in figures["foresee_r2"].items())
    n_active = sum(value > ACTIVE_NATS for value in figures["kl_nats"])
    watched = figures["n_people_hops"] / HOP_HZ / 60
    found, last = 100 * figures["found"], figures["history"][-1]
    beside = " and a mirror at its side" if figures["has_profile"] else ""
    licences = ", ".join(figures["people_licences"]) or "none stated"
    commands = "\n".join(_tell_command(spec.name, step, watched > 0) for step in figures["history"])
    doing = "babbling" if last["deed"] == "babble" else "practice"
    return f"""# Self-model of the face `{spec.name}`

With these weights the face knows itself: which latent and lip shape a command will show
(`foresee.onnx`), the latent of an image of its lips (`encode.onnx`), the latent and shape that this
face makes of anybody's lip shape (`imagine.onnx`), and the commands that make it so (`act.onnx`,
which sees {preview_hops} hops, {HOP_MS * preview_hops} ms, ahead: half of what a command does is
seen after {figures["lag_ms"]:g} ms).

- Data: {last["minutes"]:.1f} min of the face's own {doing} before its mirror camera{beside};
  {figures["n_images"]} images in which the tracker found the face ({found:.1f} % of all).
  No labels, and nothing of the simulator but its pictures.
- Shapes to follow: {watched:.1f} min of people's lips; licence of their films: {licences}.
- Press: where lips to be followed open by less than {press.from_aperture:.3f} mouth widths,
  {100 * CLOSES_AT:.0f} % of their range in speech, the face is told to press; from
  {press.to_aperture:.3f} down fully, {press.depth:.3f} past contact. That is as deep as its own
  lips at rest plus twice the error of what it foresees for closed lips in held-out images, but no
  deeper than its pressed pose.
- Made by (figures are of the last step; WATCHED: folders of `lipmotion watch` with those people):
{commands}
- Held out: one shard of 10 s in {HELD_OUT_EVERY}, {figures["n_held_out"]} images; half a second
  beside each is used by neither side.
- Active latents (KL above {ACTIVE_NATS} nats): {n_active} of {N_LATENTS}.
  R² of the latents foreseen: {figures["foresee_latents_r2"]:.3f}. R² of the lip shape foreseen:

| field | R² |
|---|---|
{rows}

A hop is 20 ms; a latent is one of {N_LATENTS} numbers that describe a picture of the lips, its KL
how much of it is used; R² = 1 is perfect.

Limits: {PROFILE if figures["has_profile"] else FRONTAL} Good for this description of
the face alone (hash {spec.hash[:12]}); another body needs its own recording.
"""


def _tell_command(face: str, step: Mapping[str, Any], has_people: bool) -> str:
    """The commands of one step of a self-model's history, as a list item."""
    seed, learning_seed = step["seeds"]
    told = f"--face {face} --minutes {step['minutes']:.4g} --seed {seed}"
    if step["deed"] == "practise":
        return f"  - `lipmotion practise {told} --people WATCHED --out practice`"
    told += " --random" * step["is_random"]
    people = " --people WATCHED" * has_people
    return (
        f"  - `lipmotion babble {told} --out mirror`,\n"
        f"    `lipmotion learn self --data mirror{people} --seed {learning_seed} --out run`"
    )


def read_owner(bundle: Bundle) -> Owner:
    """The robot as its self-model knows it: its rest, contact, range and noise.

    Raises:
        BundleError: the manifest does not say so.
    """
    try:
        stated = dict(bundle.manifest.settings["owner"])
        arrays = {
            name: np.array(stated[name], np.float32)
            for name in ("rest", "speech_low", "speech_high", "noise")
        }
        return Owner(str(stated["name"]), rest_width=float(stated["rest_width"]), **arrays)
    except (KeyError, TypeError, ValueError) as error:
        raise BundleError(f"{bundle.folder}: the manifest states no owner: {error}") from error
