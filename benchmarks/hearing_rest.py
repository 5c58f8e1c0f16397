"""Hearing where the lips should rest, or stay as they are.

In: sounds without a voice, breaths, a song with instrumental breaks, held vowels with vibrato.
Out: shares of hops in which the lips rest (`still`) or gape (`open`), and how far held lips waver.

Conventions: still = all fields within STILL_WITHIN of rest; open = aperture above OPEN_ABOVE of a
mean talker's reach. A held vowel counts after its first BEGIN_S.
"""

import json
from pathlib import Path

import numpy as np
from hearing_lips import hear, tell

from lipmotion.evaluate.rest import find_pauses
from lipmotion.evaluate.sources import open_sounds, open_speech
from lipmotion.lips import LIP_INDEX
from lipmotion.step import Step
from lipmotion.timing import HOP_HZ

STILL_WITHIN = 0.01  # resting mouth widths: nobody sees less
OPEN_ABOVE = 0.15
BEGIN_S = 0.3


def judge_sounds(
    step: Step, folder: Path, reach: float, *, name: str = "sounds"
) -> dict[str, object]:
    """Shares of hops in which the lips rest, and are open, though nobody speaks."""
    still, gape = {}, {}
    for case in open_sounds(folder).cases:
        lips = hear(step, case.sound)
        still[case.name], gape[case.name] = (round(x, 3) for x in measure_rest(lips, reach))
    tell(name, {key: share for key, share in still.items() if share < 1} or "still in all")
    return {name: still, f"{name}_open": gape}


def judge_breaks(step: Step, folder: Path, reach: float) -> dict[str, float]:
    """A song with instrumental breaks: at rest in them, and awake in what is sung.

    Around what is sung the lips may move as they may around speech (`find_pauses`).
    """
    rest, voice = [], []
    for case in open_sounds(folder).cases:
        about = json.loads((folder / f"{case.name}.json").read_text(encoding="utf-8"))
        lips = hear(step, case.sound)
        sung = np.zeros(len(lips), bool)
        for start, end in about["sung"]:
            sung[round(start * HOP_HZ) : round(end * HOP_HZ)] = True
        rest.append(lips[find_pauses(sung)])
        voice.append(lips[sung])
    still, gape = measure_rest(np.concatenate(rest), reach)
    awake = 1 - measure_rest(np.concatenate(voice), reach)[0]
    found = {"still": round(still, 3), "open": round(gape, 3), "awake_in_song": round(awake, 3)}
    tell("instrumental breaks", found)
    return found


def judge_held(step: Step, folder: Path, reach: float) -> dict[str, dict[str, float]]:
    """Held vowels: how far the opening wavers, and how wide it is, in shares of the reach."""
    found = {}
    for spoken in open_speech(folder).spoken:
        aperture = hear(step, spoken.case.sound)[:, LIP_INDEX["aperture"]]
        (vowel,) = spoken.phones
        first, last = round((vowel.start_s + BEGIN_S) * HOP_HZ), round(vowel.end_s * HOP_HZ)
        ripple, opening = measure_ripple(aperture[first:last])
        found[spoken.case.name] = {
            "ripple": round(ripple / reach, 3),
            "opening": round(opening / reach, 3),
        }
    tell("held vowels", found)
    return found


def measure_rest(lips: np.ndarray, reach: float) -> tuple[float, float]:
    """(T, 12) → shares of hops at rest and open."""
    is_still = (np.abs(lips) <= STILL_WITHIN).all(axis=1)
    return float(is_still.mean()), float(
        (lips[:, LIP_INDEX["aperture"]] > OPEN_ABOVE * reach).mean()
    )


def measure_ripple(curve: np.ndarray) -> tuple[float, float]:
    """5th to 95th percentile of a curve that should not change, and its median."""
    low, middle, high = np.percentile(curve, (5, 50, 95))
    return float(high - low), float(middle)
