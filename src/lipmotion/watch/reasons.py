"""Why films are refused, and what of them was left out, in words.

In: what was seen of a film. Out: reasons as they stand in records, each without the film's name,
which stands beside it anyway.
"""

from pathlib import Path
from typing import Final

import numpy as np

from ..media.video import VideoInfo
from ..vision.faces import FilmFaces

MAX_STILL_S: Final = 0.5  # a picture that stands still for longer is no film


def count_empty(faces: FilmFaces) -> dict[str, float]:
    """Seconds in which nobody is seen, and in which the picture stands still, by reason."""
    is_empty = np.ones(len(faces.times_s), bool)
    for trail in faces.trails:
        is_empty[trail.first : trail.first + len(trail.points)] = False
    gaps_s = np.diff(faces.times_s, append=faces.end_s)
    still_s = float(gaps_s[gaps_s > MAX_STILL_S].sum())
    empty_s = float(gaps_s[is_empty & (gaps_s <= MAX_STILL_S)].sum())
    counted = {"no face": round(empty_s, 3), "the picture stands still": round(still_s, 3)}
    return {reason: seconds for reason, seconds in counted.items() if seconds}


def say_why(faces: FilmFaces, left_out: dict[str, float]) -> str:
    """Why a film has no part at all."""
    if not faces.trails:
        return "no face in any image"
    reasons = {why: seconds for why, seconds in left_out.items() if seconds >= 0.05}
    return ", ".join(f"{why} ({seconds:.1f} s)" for why, seconds in reasons.items())


def find_damage(faces: FilmFaces, info: VideoInfo, film: Path) -> str:
    if faces.damage:
        return f"damaged after {faces.end_s:.1f} s: {shorten(faces.damage, film)}"
    if info.n_images and faces.end_s < 0.9 * info.duration_s - 1.0:
        return f"the pictures end after {faces.end_s:.1f} s of {info.duration_s:.1f} s"
    return ""


def shorten(error: object, film: Path) -> str:
    """The reason without the file's name, which stands beside it anyway."""
    text = " ".join(str(error).replace(f"file:{film}", "").replace(str(film), "").split())
    return text.strip(" :'\"")
