"""Which phones close or open the lips: the truth of synthetic speech, on a grid of 10 ms.

In: NAME.json beside NAME.flac: `engine`, `lang`, `duration`, `phones` and `closures` as [start_s,
end_s, phone]. Out: `Truth`. Openness classes are coarse on purpose: a correlation with them tells
who follows the speech, not who draws it best.

Phones are written as eSpeak NG writes them (IPA) or as Festival and flite do (one set a language,
near to ARPAbet).
"""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np

GRID_HZ: Final = 100
_SILENT: Final = {"", "pau", "#", "_", ":", "(en)", "(cmn)", "sil", "h#", "brth", "ssil"}
_SMOOTH_S: Final = 0.025  # standard deviation: lips do not jump
_DEFAULT: Final = 0.25  # openness of a consonant that is not listed

# openness of IPA phones by their first letter, longest part first
_IPA: Final = (
    ("pbmɓ", 0.0),
    ("fvʋ", 0.12),
    ("wβ", 0.15),
    ("uʊʉ", 0.25),
    ("oɵ", 0.45),
    ("ɔɒ", 0.6),
    ("yøœɥ", 0.3),
    ("aɑæ", 1.0),
    ("ɐʌ", 0.8),
    ("ɛeɜ", 0.6),
    ("əɚɘ", 0.5),
    ("iɪɨɯ", 0.3),
    ("hħʕʔ", 0.5),
    ("ʃʒ", 0.2),
)
_NAMED: Final = (
    ("p b m pp bb mm em bcl pcl pt", 0.0),
    ("f v ff vv", 0.12),
    ("w", 0.15),
    ("uw uh u uu ur", 0.25),
    ("ow o oo", 0.45),
    ("ao oy aw", 0.6),
    ("aa a ae ay @a", 1.0),
    ("ah", 0.8),
    ("eh e ee ey er ax e1 @ axr", 0.55),
    ("iy ih i ii ix y 7 9 yy", 0.3),
    ("hh h hv", 0.5),
    ("sh zh ch jh r", 0.2),
)
_NAMED_OPENNESS: Final = {name: value for names, value in _NAMED for name in names.split()}


@dataclass(frozen=True)
class Truth:
    """What the lips should do.

    Attributes:
        name, engine, language: of the utterance.
        opening: (T,) 0 = closed, 1 = as for a wide a.
        silent: (T,) nobody speaks.
        closures: (n, 2) hops of 10 ms [start, end) of p b m with speech all around.
    """

    name: str
    engine: str
    language: str
    opening: np.ndarray
    silent: np.ndarray
    closures: np.ndarray

    def __len__(self) -> int:
        return len(self.opening)


def find_openness(phone: str, engine: str) -> float:
    """How far a phone opens the lips, 0 to 1."""
    bare = phone.replace("ʰ", "h").strip(":").rstrip("0123456789")
    if not engine.startswith("espeak"):
        return _NAMED_OPENNESS.get(bare.lower(), _DEFAULT)
    if bare[:1] in "td" and ("ʃ" in bare or "ʒ" in bare):
        return 0.2
    return next((value for letters, value in _IPA if bare[:1] in letters), _DEFAULT)


def is_silent(phone: str) -> bool:
    return phone.lower() in _SILENT


def read_truth(path: Path) -> Truth:
    """Reads the truth of one utterance."""
    about = json.loads(path.read_text(encoding="utf-8"))
    engine = about["engine"]
    n_hops = int(np.ceil(about["duration"] * GRID_HZ))
    middle_s = (np.arange(n_hops) + 0.5) / GRID_HZ
    opening, silent = np.zeros(n_hops), np.ones(n_hops, bool)
    for start_s, end_s, phone in about["phones"]:
        rows = (middle_s >= start_s) & (middle_s < end_s)
        opening[rows] = 0.0 if is_silent(phone) else find_openness(phone, engine)
        silent[rows] = is_silent(phone)
    spans = join_spans([(start_s, end_s) for start_s, end_s, _ in about["closures"]])
    closures = [
        span
        for span in spans
        if not silent[(middle_s >= span[0] - 0.05) & (middle_s < span[1] + 0.05)].any()
    ]
    return Truth(
        path.stem,
        engine.split()[0],
        about["lang"],
        smooth(opening),
        silent,
        np.rint(np.array(closures).reshape(-1, 2) * GRID_HZ).astype(int),
    )


def join_spans(spans: list[tuple[float, float]], gap_s: float = 0.025) -> list[tuple[float, float]]:
    """Neighbouring closures (a geminate, m before p) are one."""
    joined: list[tuple[float, float]] = []
    for start_s, end_s in sorted(spans):
        if joined and start_s - joined[-1][1] <= gap_s:
            joined[-1] = (joined[-1][0], max(end_s, joined[-1][1]))
        else:
            joined.append((start_s, end_s))
    return joined


def smooth(curve: np.ndarray) -> np.ndarray:
    at = np.arange(-11, 12) / GRID_HZ
    kernel = np.exp(-0.5 * (at / _SMOOTH_S) ** 2)
    return np.convolve(np.pad(curve, 11, mode="edge"), kernel / kernel.sum(), "valid")
