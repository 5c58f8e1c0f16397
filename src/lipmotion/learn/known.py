"""Speech that knows its phones, made elsewhere: NAME.opus (or .flac, .wav) beside NAME.json.

NAME.json holds `phones` and `closures`, rows of start and end in seconds and a name in IPA, and
says by `engine`, `voice` and `text` what spoke, so that nothing that judges can teach.
"""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import numpy as np

from ..errors import RecordingError
from ..media.sound import read_sound
from ..timing import SAMPLE_RATE_HZ
from .held_out import check_sounds
from .sounds import find_files
from .spoken import Phone, Spoken

PEAK: Final = 0.6  # as espeak-ng's


def find_known(folder: Path | None) -> list[Path]:
    """Sounds of a folder that have a NAME.json beside them, in order.

    Raises:
        ConfigError: one was made of what is held out to judge by.
        RecordingError: there is none.
    """
    if folder is None:
        return []
    paths = [path for path in find_files(folder) if path.with_suffix(".json").is_file()]
    if not paths:
        raise RecordingError(f"{folder}: no sounds with a NAME.json beside them, nor below it")
    check_sounds(paths)
    return paths


def read_known(paths: list[Path]) -> Iterator[Spoken]:
    """Each utterance.

    Raises:
        MediaError: a sound cannot be read.
        RecordingError: a NAME.json is not as told above, or its times lie beyond the sound.
    """
    for path in paths:
        about = path.with_suffix(".json")
        samples = read_sound(path)
        try:
            raw = json.loads(about.read_text(encoding="utf-8"))
            rows = [(float(a), float(b), str(name)) for a, b, name in raw["phones"]]
            closures = tuple((float(a), float(b)) for a, b, *_ in raw["closures"])
        except (OSError, ValueError, TypeError, KeyError) as error:
            raise RecordingError(
                f"{about}: phones and closures are not readable: {error}"
            ) from None
        ends = [end for _, end, _ in rows] + [end for _, end in closures]
        if not rows or max(ends) > len(samples) / SAMPLE_RATE_HZ + 0.1:
            raise RecordingError(f"{about}: no phones, or times beyond the end of the sound")
        loudest = max(float(np.abs(samples).max()), 1e-6)
        phones = tuple(Phone(name, start, end) for start, end, name in rows)
        yield Spoken(samples * np.float32(PEAK / loudest), phones, closures)
