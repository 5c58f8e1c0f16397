"""What a head gained from one person, as `report.json`, `report.md` and a picture of curves.

In: a `Judgement` and how the head learned. Out: three files, each written aside and renamed.
"""

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np

from ..learn.voice_parts import HeldOut
from ..lips import LIP_INDEX
from ..timing import HOP_HZ
from ..watched import write_aside
from .scores import Figure
from .voice import SHOWN, Judgement, cut_pieces

JSON_NAME: Final = "report.json"
TEXT_NAME: Final = "report.md"
CURVES_NAME: Final = "curves.png"
TITLES: Final = {
    "r_aperture": "r aperture",
    "r_width": "r width",
    "closure_f1": "closure F1",
    "closure_chance": "closure F1 of chance",
    "amplitude_ratio": "amplitude ratio",
}
DRAWN: Final = ("aperture", "width")
LATE_MS: Final = 100.0  # a shipped head's lag on films in time is 0 to 20 ms


@dataclass(frozen=True)
class HowLearned:
    """What the report says beside its figures.

    Attributes:
        person: whose films.
        speech_s: seconds of speech that taught, checked, judge.
        film_s: seconds of film that taught.
        by_time: films were cut by time, for there were fewer than three.
        is_adapted: the head that learned was better on the checks and is kept.
        check_before, check_after: losses on the checks.
        start_sha256: of the graph that was begun with.
        seed, n_steps, own_range: how it learned.
        took_s: from the films' lips to the head.
    """

    person: str
    speech_s: Mapping[str, float]
    film_s: float
    by_time: bool
    is_adapted: bool
    check_before: Mapping[str, float]
    check_after: Mapping[str, float]
    start_sha256: str
    seed: int
    n_steps: int
    own_range: bool
    took_s: float


def write_voice_report(
    out: Path, how: HowLearned, judged: Judgement, clips: Sequence[HeldOut]
) -> Path:
    """Writes the three files and gives the text's path."""
    data = {
        **asdict(how),
        "n_pieces": judged.n_pieces,
        "lag_ms": {"before": judged.before.lag.ms, "after": judged.after.lag.ms},
        "figures": {
            name: {
                "before": _to_json(judged.before.figures[name]),
                "after": _to_json(judged.after.figures[name]),
                "gain": _to_json(judged.gains[name]),
            }
            for name in SHOWN
        },
    }
    text = json.dumps(_without_nan(data), indent=1, ensure_ascii=False, allow_nan=False) + "\n"
    write_aside(out / JSON_NAME, lambda path: path.write_text(text, encoding="utf-8"))
    write_aside(out / CURVES_NAME, lambda path: draw_curves(path, clips))
    told = f"# A voice of one's own: {how.person}\n\n{render_voice(how, judged)}"
    told += f"\n![lips of the person, and what was meant]({CURVES_NAME})\n"
    write_aside(out / TEXT_NAME, lambda path: path.write_text(told, encoding="utf-8"))
    return out / TEXT_NAME


def render_voice(how: HowLearned, judged: Judgement) -> str:
    """What was learned from, what is kept, and the table; for the report and the model card."""
    parts = how.speech_s
    verdict = (
        "The head that learned was better on the films that check it, and is kept."
        if how.is_adapted
        else "The head that learned was **not better** on the films that check it: the bundle "
        "holds the weights it began with, and before and after are the same."
    )
    split = (
        "There were fewer than three films: they are cut by time, with gaps of 3 s, so what judges "
        "is the same recording as what taught."
        if how.by_time
        else "What checks and what judges are whole films that taught nothing."
    )
    unit = "own range" if how.own_range else "range brought to the canonical owner's"
    rows = [
        f"| {TITLES[name]} | {_show(judged.before.figures[name])} | "
        f"{_show(judged.after.figures[name])} | {_show(judged.gains[name], sign='+')} |"
        for name in SHOWN
    ]
    lag_ms = judged.before.lag.ms
    late = (
        f"\nBefore, what was meant came {lag_ms:+.0f} ms after the lips: sound and picture are not "
        "in time, it seems, and then little can be learned. Watch the films without `--no-sync`.\n"
        if abs(lag_ms) > LATE_MS
        else ""
    )
    return "\n".join(
        [
            f"{parts['learn']:.0f} s of speech taught ({how.film_s / 60:.1f} minutes of film), "
            f"{parts['check']:.0f} s picked the weights, {parts['held_out']:.0f} s judge. {split}",
            "",
            f"{verdict} Loss on the checks: {how.check_before['loss']:.3f} before, "
            f"{how.check_after['loss']:.3f} after.",
            "",
            f"| heard 260 ms ahead, {judged.n_pieces} pieces | before | after | gain |",
            "|---|---|---|---|",
            *rows,
            "",
            f"In speech, against the person's lips ({unit}), with 95 % intervals drawn over the "
            f"pieces; one lag taken off a side ({judged.before.lag.ms:+.0f} and "
            f"{judged.after.lag.ms:+.0f} ms). Begun with the graph {how.start_sha256[:12]}…, seed "
            f"{how.seed}, {how.n_steps} steps, {how.took_s / 60:.1f} minutes.",
            late,
        ]
    )


def draw_curves(path: Path, clips: Sequence[HeldOut]) -> None:
    """Aperture and width over the piece with most speech: the person, before, after."""
    from matplotlib.figure import Figure as Picture

    pieces = [piece for clip in clips for piece in cut_pieces(clip)]
    piece = max(pieces, key=lambda p: int(p.person.in_speech.sum()))
    t_s = np.arange(len(piece.person)) / HOP_HZ
    picture = Picture(figsize=(8, 4.5), layout="constrained")
    panels = picture.subplots(len(DRAWN), 1, sharex=True)
    for axes, name in zip(panels, DRAWN, strict=True):
        column = LIP_INDEX[name]
        axes.plot(t_s, piece.person.values[:, column], color="0.1", lw=1.8, label="person")
        axes.plot(t_s, piece.before[:, column], color="tab:orange", lw=1.2, label="before")
        axes.plot(t_s, piece.after[:, column], color="tab:blue", lw=1.2, label="after")
        axes.set_ylabel(f"{name}, mouth widths")
    panels[0].set_title(piece.name, fontsize=9)
    panels[0].legend(fontsize=8, ncols=3)
    panels[-1].set_xlabel("s")
    picture.savefig(path, dpi=110, format="png")


def _show(figure: Figure, sign: str = "") -> str:
    if math.isnan(figure.value):
        return "–"
    return f"{figure.value:{sign}.2f} ({figure.low:{sign}.2f} … {figure.high:{sign}.2f})"


def _to_json(figure: Figure) -> dict[str, float]:
    return {"value": figure.value, "low": figure.low, "high": figure.high, "n": figure.n_clips}


def _without_nan(value: Any) -> Any:
    """What is not defined becomes null."""
    if isinstance(value, Mapping):
        return {key: _without_nan(inner) for key, inner in value.items()}
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value
