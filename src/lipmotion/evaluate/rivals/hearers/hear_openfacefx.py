"""Lets OpenFaceFX's `energy` listen, inside its own virtual environment.

    python hear_openfacefx.py RATE_HZ SOUND ANSWER [SOUND ANSWER …]

SOUND is raw float32 mono; ANSWER becomes JSON: names, times_s, weights (its keys joined by lines).
"""

import json
import sys
import tempfile
import wave
from pathlib import Path

import numpy as np
from openfacefx.energy import generate_from_energy
from openfacefx.visemes import VISEMES

FPS = 60  # its default


def hear(sound: np.ndarray, rate_hz: int) -> dict[str, object]:
    """Answers for one sound."""
    with tempfile.TemporaryDirectory() as folder:
        path = f"{folder}/sound.wav"
        with wave.open(path, "wb") as file:
            file.setnchannels(1)
            file.setsampwidth(2)
            file.setframerate(rate_hz)
            file.writeframes((sound * 32768).round().clip(-32768, 32767).astype("<i2").tobytes())
        channels = {c.name: c.keys for c in generate_from_energy(path, fps=FPS).channels}
    times = np.arange(int(np.ceil(len(sound) / rate_hz * FPS))) / FPS
    weights = np.zeros((len(times), len(VISEMES)))
    for k, name in enumerate(VISEMES):
        if keys := channels.get(name):
            at, values = zip(*((key.time, key.value) for key in keys), strict=True)
            weights[:, k] = np.interp(times, at, values, left=0, right=0)
    return {"names": VISEMES, "times_s": times.tolist(), "weights": weights.round(5).tolist()}


if __name__ == "__main__":
    rate, *files = sys.argv[1:]
    for sound_path, answer_path in zip(files[::2], files[1::2], strict=True):
        answer = hear(np.fromfile(sound_path, "<f4"), int(rate))
        Path(answer_path).write_text(json.dumps(answer), encoding="utf-8")
