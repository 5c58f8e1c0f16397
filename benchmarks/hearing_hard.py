"""Hearing where it is hard: noise, a room, a telephone, MP3; and louder, and whispered.

In: people's clips, speech of natural voices, pairs of voiced and whispered speech. Out: how much r
of the opening is lost on the same clips; how much wider the mouth opens where one half of a
sentence is louder; how far it opens in a whisper against the voice.

Conventions: every disturbance leaves the direct sound where it was, so the lag found on the clean
clips is taken off all. Levels are those of hops in which somebody speaks.
"""

import io
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final

import av
import numpy as np
from hearing_lips import fit, hear, tell
from hearing_people import Heard, correlate_sums, pool_persons, sum_persons

from lipmotion.evaluate.align import find_lag
from lipmotion.evaluate.sources import Spoken, open_speech
from lipmotion.evaluate.spoken import find_spoken
from lipmotion.lips import LIP_INDEX
from lipmotion.step import Step
from lipmotion.timing import HOP_SAMPLES, SAMPLE_RATE_HZ

SNR_DB: Final = 10.0
RT60_S: Final = 0.5
DIRECT_OVER_ROOM_DB: Final = 0.0  # about as loud as the direct sound: a metre or two away
ROOM_BEGINS_S: Final = 0.003
TELEPHONE_HZ: Final = (300.0, 3400.0)
MP3_BITS_PER_S: Final = 32_000
MOST_DELAY: Final = 4000  # samples; codecs have one of some 1,100 to 2,300
LOUDER_DB: Final = 8.0
FADE_S: Final = 0.05
NATURAL: Final = ("kokoro", "flite", "piper")


def judge_hard(step: Step, chosen: Sequence[Heard]) -> dict[str, dict[str, float]]:
    """r of the opening, clean and disturbed, pooled a person, and what is lost of it."""
    clips = [clip for clip, _ in chosen]
    clean = [fit(hear(step, sound), clip.lips) for clip, sound in chosen]
    lag = find_lag(
        [clip.lips.field("aperture") for clip in clips],
        [track.field("aperture") for track in clean],
        [clip.lips.in_speech & (clip.lips.quality > 0) for clip in clips],
    )
    rng = np.random.default_rng(0)
    found: dict[str, dict[str, float]] = {}
    for name, disturb in (("clean", None), *DISTURBANCES.items()):
        meant = clean
        if disturb is not None:
            meant = [
                fit(hear(step, disturb(sound, np.random.default_rng(k))), clip.lips)
                for k, (clip, sound) in enumerate(chosen)
            ]
        sums = sum_persons(clips, meant, lag.hops, "aperture")
        own = correlate_sums(np.array([row for rows in sums.values() for row in rows]))
        found[name] = {
            "r_aperture": round(float(np.nanmean(own)), 3),
            "pooled": round(pool_persons(sums, rng=rng)[0].value, 3),
        }
        found[name]["loss"] = round(found["clean"]["r_aperture"] - found[name]["r_aperture"], 3)
        tell(f"{clips[0].source} {name}", found[name])
    return found


def add_noise(sound: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Pink noise SNR_DB below the speech."""
    spectrum = np.fft.rfft(rng.standard_normal(len(sound)))
    hz = np.fft.rfftfreq(len(sound), 1 / SAMPLE_RATE_HZ)
    noise = np.fft.irfft(spectrum / np.sqrt(np.maximum(hz, 50)), len(sound))
    gain = measure_level(sound) / np.sqrt(np.mean(noise**2)) * 10 ** (-SNR_DB / 20)
    return (sound + gain * noise).astype(np.float32)


def add_room(sound: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """The direct sound at 0 ms and a tail of noise that falls by 60 dB in RT60_S."""
    response = draw_room(rng)
    n = 1 << (len(sound) + len(response)).bit_length()
    wet = np.fft.irfft(np.fft.rfft(sound, n) * np.fft.rfft(response, n), n)[: len(sound)]
    return (wet * measure_level(sound) / measure_level(wet)).astype(np.float32)


def draw_room(rng: np.random.Generator) -> np.ndarray:
    """An impulse response, its first sample 1."""
    t = np.arange(round(RT60_S * SAMPLE_RATE_HZ)) / SAMPLE_RATE_HZ
    tail = rng.standard_normal(len(t)) * 10 ** (-3 * t / RT60_S) * (t >= ROOM_BEGINS_S)
    tail *= 10 ** (-DIRECT_OVER_ROOM_DB / 20) / np.sqrt(np.sum(tail**2))
    tail[0] = 1.0
    return tail


def pass_telephone(sound: np.ndarray, _: np.random.Generator) -> np.ndarray:
    """300 to 3400 Hz alone, without delay."""
    spectrum = np.fft.rfft(sound)
    hz = np.fft.rfftfreq(len(sound), 1 / SAMPLE_RATE_HZ)
    low, high = TELEPHONE_HZ
    gain = ((hz - low) / 100 + 1).clip(0, 1) * ((high - hz) / 200 + 1).clip(0, 1)
    return np.fft.irfft(spectrum * gain, len(sound)).astype(np.float32)


def pass_mp3(sound: np.ndarray, _: np.random.Generator) -> np.ndarray:
    """MP3 at 32 kbit/s and back, the codec's delay taken off."""
    file = io.BytesIO()
    with av.open(file, "w", format="mp3") as out:
        stream = out.add_stream("libmp3lame", rate=SAMPLE_RATE_HZ)
        stream.codec_context.layout = "mono"
        stream.codec_context.format = "fltp"
        stream.codec_context.bit_rate = MP3_BITS_PER_S
        frame = av.AudioFrame.from_ndarray(sound[None].astype(np.float32), "fltp", "mono")
        frame.sample_rate = SAMPLE_RATE_HZ
        for packet in [*stream.encode(frame), *stream.encode(None)]:
            out.mux(packet)
    file.seek(0)
    with av.open(file) as back:
        parts = [frame.to_ndarray() for frame in back.decode(audio=0)]
    coded = np.concatenate([part.reshape(-1) for part in parts]).astype(np.float32)
    coded = coded[max(find_delay(sound, coded), 0) :][: len(sound)]
    return np.pad(coded, (0, len(sound) - len(coded)))


def find_delay(sound: np.ndarray, later: np.ndarray) -> int:
    """By how many samples a copy is late, from −MOST_DELAY to MOST_DELAY."""
    n = 1 << (len(sound) + len(later)).bit_length()
    alike = np.fft.irfft(np.fft.rfft(later, n) * np.conj(np.fft.rfft(sound, n)), n)
    near = np.concatenate([alike[-MOST_DELAY:], alike[: MOST_DELAY + 1]])
    return int(near.argmax()) - MOST_DELAY


DISTURBANCES: Final[dict[str, Callable[[np.ndarray, np.random.Generator], np.ndarray]]] = {
    "noise 10 dB": add_noise,
    "room 0.5 s": add_room,
    "telephone": pass_telephone,
    "MP3 32 kb/s": pass_mp3,
}


def judge_loudness(step: Step, folder: Path, n_clips: int) -> dict[str, float | int]:
    """How much wider the mouth opens in a half that is 8 dB louder than the other.

    Each sentence is heard twice, either half the louder; the same words are compared, 95th
    percentiles of the aperture, geometric mean over halves and sentences.
    """
    ratios = []
    for spoken in take_natural(folder, n_clips):
        sound = spoken.case.sound
        cut = find_cut(sound)
        first, second = (
            hear(step, raise_half(sound, cut, is_first))[:, LIP_INDEX["aperture"]]
            for is_first in (True, False)
        )
        halves = np.arange(len(first)) < cut // HOP_SAMPLES
        speaks = find_spoken(spoken, len(first))
        for louder, quieter, half in ((first, second, halves), (second, first, ~halves)):
            tops = [float(np.percentile(x[half & speaks], 95)) for x in (louder, quieter)]
            if min(tops) > 0:
                ratios.append(tops[0] / tops[1])
    found = {"wider": round(float(np.exp(np.mean(np.log(ratios)))), 3), "n_halves": len(ratios)}
    tell("8 dB louder", found)
    return found


def take_natural(folder: Path, n_clips: int) -> list[Spoken]:
    """Utterances of voices that are not formants, evenly."""
    natural = [s for s in open_speech(folder).spoken if s.engine in NATURAL]
    natural = natural or list(open_speech(folder).spoken)
    return natural[:: max(1, len(natural) // n_clips)][:n_clips]


def find_cut(sound: np.ndarray) -> int:
    """The sample of the quietest hop within a fifth of the length of the middle."""
    n_hops = len(sound) // HOP_SAMPLES
    power = (sound[: n_hops * HOP_SAMPLES].reshape(n_hops, -1) ** 2).sum(axis=1)
    low, high = round(0.4 * n_hops), round(0.6 * n_hops)
    return (low + int(power[low:high].argmin())) * HOP_SAMPLES


def raise_half(sound: np.ndarray, cut: int, is_first: bool) -> np.ndarray:
    """The sound with one half LOUDER_DB above the other, each half of that from where it was."""
    at = (np.arange(len(sound)) - cut) / SAMPLE_RATE_HZ
    share = (at / FADE_S + 0.5).clip(0, 1) - 0.5
    gain = 10 ** ((-1 if is_first else 1) * LOUDER_DB * share / 20)
    return (sound * gain).astype(np.float32)


def judge_whisper(step: Step, folder: Path) -> dict[str, float | int]:
    """5th to 95th percentile of the opening in a whisper over that of the same speech, voiced."""
    spoken = {s.case.name: s for s in open_speech(folder).spoken}
    names = [name.removesuffix("_whispered") for name in spoken if name.endswith("_whispered")]
    ratios, alike = [], []
    for name in names:
        pair = [spoken[f"{name}_{manner}"] for manner in ("whispered", "voiced")]
        lips = [hear(step, s.case.sound)[:, LIP_INDEX["aperture"]] for s in pair]
        speaks = find_spoken(pair[0], len(lips[0]))
        spans = [float(np.subtract(*np.percentile(x[speaks], (95, 5)))) for x in lips]
        ratios.append(spans[0] / spans[1] if spans[1] else np.nan)
        alike.append(float(np.corrcoef(lips[0][speaks], lips[1][speaks])[0, 1]))
    found = {
        "amplitude_ratio": round(float(np.mean(ratios)), 3),
        "r_aperture": round(float(np.mean(alike)), 3),
        "n": len(names),
    }
    tell("whispered", found)
    return found


def measure_level(sound: np.ndarray) -> float:
    """RMS of the hops no more than 30 dB below the loudest."""
    n_hops = len(sound) // HOP_SAMPLES
    power = (sound[: n_hops * HOP_SAMPLES].reshape(n_hops, -1).astype(float) ** 2).mean(axis=1)
    return float(np.sqrt(power[power >= 1e-3 * power.max()].mean()))
