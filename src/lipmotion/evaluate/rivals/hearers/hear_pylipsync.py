"""Lets pylipsync listen, inside its own virtual environment.

    python hear_pylipsync.py RATE_HZ SOUND ANSWER [SOUND ANSWER …]

SOUND is raw float32 mono; ANSWER becomes JSON: names, times_s (its own: asked for 60 it gives 60.15
a second), weights.
"""

import json
import sys
from pathlib import Path

import numpy as np
from pylipsync import PhonemeAnalyzer

MIN_SAMPLES = 2048  # it cannot mirror the ends of less than half a window


if __name__ == "__main__":
    rate, *files = sys.argv[1:]
    analyzer = PhonemeAnalyzer()
    for sound_path, answer_path in zip(files[::2], files[1::2], strict=True):
        sound = np.fromfile(sound_path, "<f4")
        sound = np.pad(sound, (0, max(0, MIN_SAMPLES - len(sound))))
        found = analyzer.extract_phoneme_segments(sound, int(rate), return_seconds=True)
        answer = {
            "names": [phoneme.name for phoneme in found[0].phonemes],
            # what stands for a segment is what was heard around its middle
            "times_s": [(segment.start + segment.end) / 2 for segment in found],
            "weights": [
                [round(max(0.0, min(1.0, float(p.target))), 5) for p in s.phonemes] for s in found
            ],
        }
        Path(answer_path).write_text(json.dumps(answer), encoding="utf-8")
