"""What the head learns from: clips of people's lips, of speech that knows its phones, of no voice.

In: watched folders, utterances, voices, noise. Out: `Lesson`s: what an ear hears in a clip (in
several views: other look-aheads, changed sound) and what the lips should do, hop by hop.

People are brought to one canonical owner: displacement from rest, each field scaled by the person's
range in speech, then by the mean range of all people who teach.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from jaxtyping import Float32

from ..errors import RecordingError
from ..lips import LIP_INDEX, MIRRORED, N_LIP_FIELDS, LipTrack
from ..timing import HOP_HZ, HOP_SAMPLES, SAMPLE_RATE_HZ
from ..watched import Segment, WatchedFolder
from .known import claim_phones
from .listening import Listener
from .noise import make_noise
from .phones import SURE_HOPS, label_phones, widen
from .sing import sing
from .spoken import Phone, Spoken

N_CLAIMS: Final = 4
CLOSURE, ROUNDING, LABIODENTAL, VOICE = range(N_CLAIMS)
CLOSED_SHARE: Final = 0.08  # of the speech range above contact; Source: the project's closure
BEFORE_SPEECH_HOPS: Final = 15  # lips may move 300 ms before a word and 200 ms after it
AFTER_SPEECH_HOPS: Final = 10
PAUSE_WEIGHT: Final = 0.5
LONGEST_LEAD_S: Final = 3.0  # quiet before a clip: else the head learns when clips begin to speak
ROUNDED_PERCENTILE: Final = 85.0
SUNG_SHARE: Final = 0.3  # of the voices

# (future hops of the encoder's first layer, is the sound changed)
PEOPLE_VIEWS: Final = ((1, False), (2, False), (12, False), (5, True))
SPOKEN_VIEWS: Final = ((2, False), (12, False), (4, True))
HEARD_VIEWS: Final = ((2, False), (12, False), (4, True))
SILENT_VIEWS: Final = ((2, False), (12, False))


NOBODY: Final = ("spoken", "heard", "silent")  # lessons without a person's lips


@dataclass(frozen=True)
class Lesson:
    """One clip that teaches.

    Attributes:
        who: the person, or one of NOBODY.
        states: (V, T, W) float16, what is heard, in V views; 384 wide of the encoder.
        lips: (T, 12) canonical lip shapes; 0 = rest.
        lips_weight: (T,) how much they count.
        claims: (T, 4) closure, rounding, labiodental, voice; 0 or 1.
        claims_weight: (T, 4).
        opening: (T,) opening that a phone asks for, 0 … 1.
        pull: (T,) 1 where the opening counts.
    """

    who: str
    states: np.ndarray
    lips: Float32[np.ndarray, "hops fields"]
    lips_weight: Float32[np.ndarray, " hops"]
    claims: Float32[np.ndarray, "hops claims"]
    claims_weight: Float32[np.ndarray, "hops claims"]
    opening: Float32[np.ndarray, " hops"]
    pull: Float32[np.ndarray, " hops"]


@dataclass(frozen=True)
class Person:
    """A person's speech range, (12,), and the width below which their lips count as rounded."""

    speech_range: Float32[np.ndarray, " fields"]
    rounded_width: float


def measure_people(
    tracks: Sequence[tuple[str, LipTrack]],
) -> tuple[dict[str, Person], Float32[np.ndarray, " fields"]]:
    """Range of each person, and the mean range, which is the canonical owner's.

    Who was seen for longer counts for more, by the root of the time: three seconds tell little of
    how far a mouth goes.

    Raises:
        RecordingError: nobody was seen speaking.
    """
    values: dict[str, list[np.ndarray]] = {}
    for name, track in tracks:
        values.setdefault(name, []).append(track.values[track.in_speech & (track.quality > 0)])
    people = {}
    for name, parts in values.items():
        spoken = np.concatenate(parts)
        if len(spoken) < HOP_HZ // 2:
            continue
        low, high = np.percentile(spoken, (5, 95), axis=0)
        width = spoken[:, LIP_INDEX["width"]]
        rounded = float(np.percentile(width, 100 - ROUNDED_PERCENTILE))
        people[name] = Person((high - low + 1e-3).astype(np.float32), rounded)
    if not people:
        raise RecordingError("nobody in the watched folders was seen speaking for half a second")
    lengths = [sum(len(part) for part in values[name]) for name in people]
    ranges = [person.speech_range for person in people.values()]
    mean = np.average(ranges, axis=0, weights=np.sqrt(lengths))
    return people, mean.astype(np.float32)


def make_people_lesson(
    who: str,
    samples: Float32[np.ndarray, " samples"],
    track: LipTrack,
    person: Person,
    canonical_range: Float32[np.ndarray, " fields"],
    ear: Listener,
    *,
    rng: np.random.Generator,
    own_range: bool = False,
) -> Lesson:
    """A person's clip: their lips in speech, rest in pauses, closures as they were seen.

    With `own_range` they go as far as the person goes, not as far as the canonical owner.
    """
    n_lead = int(rng.uniform(0, LONGEST_LEAD_S) * HOP_HZ) if rng.random() < 0.8 else 0
    track, samples = _lead_in(track, samples, n_lead, rng)
    n_hops = len(track)
    near = widen(track.in_speech, BEFORE_SPEECH_HOPS, AFTER_SPEECH_HOPS)
    sure = widen(track.in_speech, SURE_HOPS, SURE_HOPS)
    scale = 1.0 if own_range else canonical_range / person.speech_range
    lips = track.values * np.asarray(scale, np.float32)
    lips = np.where(near[:, None], lips, 0).astype(np.float32)
    weight = np.where(near, track.quality, PAUSE_WEIGHT).astype(np.float32)
    aperture = track.values[:, LIP_INDEX["aperture"]]
    claims = np.zeros((n_hops, N_CLAIMS), np.float32)
    claims[:, CLOSURE] = aperture <= CLOSED_SHARE * person.speech_range[LIP_INDEX["aperture"]]
    claims[:, ROUNDING] = track.values[:, LIP_INDEX["width"]] <= person.rounded_width
    claims[:, VOICE] = sure
    seen = sure * track.quality
    claims_weight = np.stack([seen, 0 * seen, 0 * seen, sure | ~near], axis=1).astype(np.float32)
    zeros = np.zeros(n_hops, np.float32)
    states = ear.listen(samples, n_hops, PEOPLE_VIEWS, rng=rng)
    return Lesson(who, states, lips, weight, claims, claims_weight, zeros, zeros)


def make_spoken_lesson(spoken: Spoken, ear: Listener, *, rng: np.random.Generator) -> Lesson:
    """An utterance with known phones, between quiet stretches of a room."""
    start_s = rng.uniform(0.1, LONGEST_LEAD_S)
    n_before = round(start_s * SAMPLE_RATE_HZ)
    n_after = int(rng.uniform(0.4, 2.5) * SAMPLE_RATE_HZ)
    n_hops = -(-(n_before + len(spoken.samples) + n_after) // HOP_SAMPLES)
    samples = np.zeros(n_hops * HOP_SAMPLES, np.float32)
    samples[n_before : n_before + len(spoken.samples)] = spoken.samples
    samples *= 10 ** (rng.uniform(-15, 0) / 20)
    if rng.random() < 0.7:
        samples += make_noise(len(samples), rng=rng) * 10 ** (rng.uniform(-80, -45) / 20)
    labels = label_phones(spoken, n_hops, start_s=start_s)
    voice = labels.voice > 0
    near = widen(voice, BEFORE_SPEECH_HOPS, AFTER_SPEECH_HOPS)
    sure = widen(voice, SURE_HOPS, SURE_HOPS)
    claims = np.stack(
        [labels.closure, labels.rounding, labels.labiodental, sure.astype(np.float32)], axis=1
    )
    asked = np.stack([sure, sure * labels.is_clear, sure, sure | ~near], axis=1)
    lips = np.zeros((n_hops, N_LIP_FIELDS), np.float32)
    weight = np.where(near, 0, PAUSE_WEIGHT).astype(np.float32)
    states = ear.listen(samples, n_hops, SPOKEN_VIEWS, rng=rng)
    asked = asked.astype(np.float32)
    return Lesson(
        "spoken", states, lips, weight, claims, asked, labels.opening, labels.voice.copy()
    )


def make_heard_lesson(
    samples: Float32[np.ndarray, " samples"],
    labels: Float32[np.ndarray, "hops outputs"],
    ear: Listener,
    *,
    phones: tuple[Phone, ...] = (),
    rng: np.random.Generator,
) -> Lesson:
    """Somebody's voice with the lips that the lip teacher gives it.

    Three in ten have their vowels held (`sing.py`), half are heard over music or noise.

    Args:
        samples: the clean sound at 16 kHz.
        labels: (T, 16) twelve lips, then how sure each claim is, 0 … 1 (see `lip_teacher.py`).
        ear: what hears it.
        phones: of the sound, where they are known; then claims follow them.
        rng: draws what it is mixed with.
    """
    known, weight = claim_phones(labels[: len(samples) // HOP_SAMPLES], phones)
    labels = np.concatenate([known, weight], axis=1)
    if rng.random() < SUNG_SHARE:
        samples, labels = sing(samples, labels, rng=rng)
    n_hops = len(labels)
    mixed = samples[: n_hops * HOP_SAMPLES].copy()
    if rng.random() < 0.5:
        loud = float(np.sqrt((mixed**2).mean())) + 1e-6
        below = np.float32(loud * 10 ** (rng.uniform(-20, -3) / 20))
        mixed += make_noise(len(mixed), rng=rng) * below
    lips, claims, weight = np.split(labels, [N_LIP_FIELDS, N_LIP_FIELDS + N_CLAIMS], axis=1)
    ones, zeros = np.ones(n_hops, np.float32), np.zeros(n_hops, np.float32)
    states = ear.listen(np.clip(mixed, -1, 1), n_hops, HEARD_VIEWS, rng=rng)
    return Lesson("heard", states, lips, ones, claims, weight, zeros, zeros)


def make_silent_lesson(n_hops: int, ear: Listener, *, rng: np.random.Generator) -> Lesson:
    """Noise, hum, clicks, music or nothing: lips at rest."""
    samples = np.zeros(n_hops * HOP_SAMPLES, np.float32)
    if rng.random() < 0.8:
        samples = make_noise(len(samples), rng=rng) * np.float32(10 ** (rng.uniform(-90, -10) / 20))
    zeros = np.zeros(n_hops, np.float32)
    claims = np.zeros((n_hops, N_CLAIMS), np.float32)
    asked = np.zeros((n_hops, N_CLAIMS), np.float32)
    asked[:, VOICE] = 1
    lips = np.zeros((n_hops, N_LIP_FIELDS), np.float32)
    states = ear.listen(np.clip(samples, -1, 1), n_hops, SILENT_VIEWS, rng=rng)
    return Lesson("silent", states, lips, zeros + PAUSE_WEIGHT, claims, asked, zeros, zeros)


def mirror_lips(lips: Float32[np.ndarray, "hops fields"]) -> Float32[np.ndarray, "hops fields"]:
    """Left and right exchanged: sound does not tell them apart, so nobody's habit is learned."""
    return lips[:, list(MIRRORED)]


def read_people(
    folders: Iterable[WatchedFolder], skip: Iterable[str] = ()
) -> list[tuple[str, WatchedFolder, Segment]]:
    """All segments, as (person, folder, segment); `skip` names persons or `person/name`s."""
    left_out = set(skip)
    return [
        (segment.person, folder, segment)
        for folder in folders
        for segment in folder.segments()
        if not {segment.person, f"{segment.person}/{segment.name}"} & left_out
    ]


def _lead_in(
    track: LipTrack,
    samples: Float32[np.ndarray, " samples"],
    n_lead: int,
    rng: np.random.Generator,
) -> tuple[LipTrack, Float32[np.ndarray, " longer"]]:
    """Puts quiet hops before a clip, about as loud as its own quietest; lips rest in them."""
    n_whole = len(samples) // HOP_SAMPLES * HOP_SAMPLES
    hops = samples[:n_whole].reshape(-1, HOP_SAMPLES)
    quiet = float(np.sqrt(np.percentile((hops**2).mean(axis=1), 5))) if len(hops) else 0.0
    lead = make_noise(n_lead * HOP_SAMPLES, rng=rng) if n_lead else np.zeros(0, np.float32)
    lead = (lead * quiet * 10 ** (rng.uniform(-15, 3) / 20)).astype(np.float32)
    values = np.concatenate([np.zeros((n_lead, N_LIP_FIELDS), np.float32), track.values])
    quality = np.concatenate([np.ones(n_lead, np.float32), track.quality])
    in_speech = np.concatenate([np.zeros(n_lead, bool), track.in_speech])
    return LipTrack(values, quality, in_speech), np.concatenate([lead, samples])
