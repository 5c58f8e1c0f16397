"""`learn self`: a mirror recording becomes the bundle with which a face knows itself.

Landmarks are filled in, the robot's owner is fitted from its filmed rest and pressed lips, lips are
cropped; then LipVae, SelfModel, Imagination and FacialActionTransformer learn one after another, or
go on learning from practice. Nothing here has seen the simulator's truth, or a label.
"""

import dataclasses
import json
from math import ceil
from pathlib import Path
from typing import Any, Final

import numpy as np
from jaxtyping import Float32

from ..bundle import Bundle
from ..errors import RecordingError
from ..face.base import FaceSpec
from ..lips import LIP_FIELDS, LIP_INDEX, N_LIP_FIELDS
from ..recording import RANDOM, Recording
from ..selfmodel.encode import LipEncoder
from ..timing import HOP_HZ, HOP_MS
from ..vision.owner import Owner
from .encode import Encoder
from .foresee import APERTURES, extrapolate_press, foresee_run
from .lag import measure_lag
from .learner import Learner, Report, SelfConfig
from .mirrored import Mirrored, crop_recording, fill_landmarks, read_mirrored, read_pose, see_lips
from .nets import Nets, load_nets
from .people import People, measure_span
from .self_bundle import ENCODER_NAME, Learned, read_owner, write_self

SHUT: Final = 0.006  # resting mouth widths: an aperture below this, or 3 × noise, is contact


def learn_self(
    recording: Recording,
    spec: FaceSpec,
    out: Path,
    *,
    people: People,
    config: SelfConfig,
    start: Bundle | None = None,
    report: Report = lambda _: None,
) -> Path:
    """Learns a face from its recording.

    Args:
        recording: of this face; its landmark columns are filled in if they are empty.
        spec: the face.
        out: a folder for the runs and, at the end, `bundle`.
        people: whose lips to learn to follow; nobody's = those that the robot itself has made.
        config: settings of all parts.
        start: a self-model of this face that goes on learning: its idea of how it looks at rest
            and its latents stay. None = all begins anew.
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
    owner, lips = see_lips(recording, spec.name if start is None else read_owner(start))
    owner.save(out / "owner.json")
    columns = spec.indices("lips", "jaw")
    mirrored = read_mirrored(recording, columns, lips)
    crops = crop_recording(recording, out / "crops.npy", report("crops"))
    about: dict[str, Any] = {
        "face_hash": spec.hash,
        "n_hops": len(mirrored.sent),
        "recording_seed": recording.info.seed,
    }
    encoder: Encoder | Path
    has_profile = recording.info.side is not None
    if start is not None:
        about["start"] = dict(start.manifest.files)
    nets = None if start is None else load_nets(start)
    learner = Learner(spec, mirrored, config, out, about, report, nets, has_profile)
    if start is None:
        vae, latents, kl = learner.encode(crops, read_pose(recording))
        encoder = Encoder(vae, latents.mean(0), latents.std(0))
        codes = (latents - latents.mean(0)) / latents.std(0)
    else:
        encoder = start.folder / ENCODER_NAME
        codes = LipEncoder(start).encode(crops)
        kl = np.array(start.manifest.settings["figures"]["kl_nats"])
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
    imagination, reach = learner.imagine(pressed, followed, people.held_out, press, self_models[0])
    lag_hops = measure_lag(self_models[0])
    preview_hops = config.preview_hops or max(ceil(lag_hops), 1)
    if learner.start is not None:
        preview_hops = learner.start.action.config.preview_hops
    act = dataclasses.replace(config.act, preview_hops=preview_hops)
    action = learner.act(act, followed, people.held_out, own_tracks, imagination, self_models)
    figures = {
        "lag_ms": round(lag_hops * HOP_MS, 1),
        **measure_self(mirrored, codes, foreseen, kl),
        "n_people_hops": sum(len(track) for track in people.followed),
        "people_licences": list(people.licences),
        "has_profile": has_profile,
        "history": tell_history(recording, config, start),
    }
    (out / "figures.json").write_text(json.dumps(figures, indent=1) + "\n", encoding="utf-8")
    learned = Learned(
        encoder=encoder,
        nets=Nets(self_models, imagination, action, press, reach),
        owner=owner,
        figures=figures,
    )
    write_self(out / "bundle", learned, spec, crops, mirrored)
    return out / "bundle"


def tell_history(
    recording: Recording, config: SelfConfig, start: Bundle | None
) -> list[dict[str, Any]]:
    """From what a self-model learned, one after the other: babbling, then each practice."""
    info = recording.info
    step = {
        "deed": "babble" if start is None else "practise",
        "minutes": round(recording.n_hops / HOP_HZ / 60, 2),
        "seeds": [info.seed, config.foresee.loop.seed],
        "is_random": info.babbling == RANDOM,
    }
    before = [] if start is None else list(start.manifest.settings["figures"].get("history", []))
    if before and (before[-1]["deed"], before[-1]["seeds"]) == (step["deed"], step["seeds"]):
        before.pop()  # an earlier round of the same practice
    return [*before, step]


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
