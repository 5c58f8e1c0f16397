"""Voices whose words are known: NAME.json beside a sound says when each of its phones is spoken.

`scripts/align_voices.py` writes it by recognition and forced alignment. A lip teacher learned p b m
of strangers mostly from synthetic speech; where phones are known, their claims take the place of
its guesses. The lips stay the lip teacher's.
"""

import json
from itertools import pairwise
from pathlib import Path
from typing import Final

import numpy as np
from jaxtyping import Float32

from ..errors import RecordingError
from ..lips import N_LIP_FIELDS
from ..timing import HOP_HZ
from .phones import PAUSES, SURE_HOPS, label_phones, widen
from .spoken import Phone, Spoken

HOLDS: Final = {"p": 0.7, "b": 0.9, "m": 1.0}  # share of the phone in which lips are closed
BEFORE_FIRST_S: Final = 0.12  # after a pause nothing tells since when lips are closed
_VOICE: Final = N_LIP_FIELDS + 3

Labels = Float32[np.ndarray, "hops outputs"]


def read_known(sound: Path) -> tuple[Phone, ...]:
    """Phones of a sound, in order; none where no NAME.json is beside it.

    Raises:
        RecordingError: it cannot be read, or holds no `phones`.
    """
    about = sound.with_suffix(".json")
    if not about.is_file():
        return ()
    try:
        rows = json.loads(about.read_text(encoding="utf-8"))["phones"]
        return tuple(Phone(str(name), float(start), float(end)) for start, end, name in rows)
    except (OSError, ValueError, TypeError, KeyError) as error:
        raise RecordingError(f"{about}: phones are not readable: {error}") from None


def claim_phones(
    labels: Labels, phones: tuple[Phone, ...]
) -> tuple[Labels, Float32[np.ndarray, "hops claims"]]:
    """Puts what phones ask for in the place of what was guessed.

    Args:
        labels: (T, 16) twelve lips, then how sure each claim is.
        phones: of the same sound; none = nothing is changed.

    Returns:
        The labels, and (T, 4) how much each claim counts.
    """
    weight = np.ones((len(labels), labels.shape[1] - N_LIP_FIELDS), np.float32)
    if not phones:
        return labels, weight
    closures, unknown = _find_holds(phones)
    spoken = Spoken(np.zeros(0, np.float32), phones, closures)
    asked = label_phones(spoken, len(labels))
    changed = labels.copy()
    changed[:, N_LIP_FIELDS:_VOICE] = np.stack(
        [asked.closure, asked.rounding, asked.labiodental], axis=1
    )
    near = widen(asked.voice > 0, SURE_HOPS, SURE_HOPS)
    weight[:, :3] = near[:, None]
    weight[:, 1] *= asked.is_clear
    for start, end in unknown:
        weight[max(round(start * HOP_HZ), 0) : round(end * HOP_HZ) + 1, 0] = 0
    return changed, weight


Spans = tuple[tuple[float, float], ...]


def _find_holds(phones: tuple[Phone, ...]) -> tuple[Spans, Spans]:
    """Holds of p b m, and the spans in which a first p or b may hold."""
    closures, unknown = [], []
    before = Phone("", 0.0, 0.0)
    for last, phone in pairwise((before, *phones)):
        if phone.name not in HOLDS:
            continue
        if last.name in PAUSES and phone.name != "m":
            unknown.append((phone.start_s - BEFORE_FIRST_S, phone.end_s))
        else:
            length = HOLDS[phone.name] * (phone.end_s - phone.start_s)
            closures.append((phone.start_s, phone.start_s + length))
    return tuple(closures), tuple(unknown)
