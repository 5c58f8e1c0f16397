"""What rivals say about sounds with known phones, and about sounds without a voice; no face moves.

    python benchmarks/rivals.py --speech DIR --others DIR --installed DIR --work DIR

SPEECH holds NAME.flac with NAME.json (see `rivals_truth.py`), OTHERS NAME.flac without a voice.
Rivals are installed into INSTALLED where they are missing there; WORK keeps their answers. Beside
them stand loudness and our own lips (sound → lip shapes, no face), judged by the same rules.

Rules, on a grid of 10 ms. Opening: the sum of weights times each shape's openness (`OPENNESS`).
Closed: the strongest shape is one of closed lips; where a rival has no such shape, opening below
15 % of its 95th percentile in speech. Lag: per utterance the shift within 300 ms at which opening
correlates best with the truth's; the median; + = late; r is the median of the correlations there.
Closure F1: runs of closed hops without silence against closures of p b m with speech all around,
matched one to one, centres within 60 ms, that lag taken off; chance: the same with the closed hops
of speech turned in a circle. Open: share of hops over 150 ms from speech, or of a sound without a
voice (less its first 0.3 s), with opening above 15 % of its 95th percentile in speech.
"""

import argparse
import json
import os
import platform
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from rivals_truth import GRID_HZ, Truth, read_truth

import lipmotion
from lipmotion.evaluate.events import EventScore, match_runs, widen
from lipmotion.evaluate.rivals.curves import Remembered, Rival, RivalCurves
from lipmotion.evaluate.rivals.install import install_rivals
from lipmotion.evaluate.rivals.known import KNOWN
from lipmotion.lips import LIP_INDEX
from lipmotion.media.flac import read_flac
from lipmotion.runs import find_runs
from lipmotion.step import Chain, run_offline
from lipmotion.timing import HOP_HZ
from lipmotion.voice.features import LogMel
from lipmotion.voice.loudness import Loudness
from lipmotion.voice.sources import cut_hops
from lipmotion.voice.speech import SpeechModel

LOUDNESS, OURS = "loudness", "ours (lips)"
OURS_LOOKAHEAD_HOPS = 8
VOICES = {
    "festival": "voices built from people",
    "flite": "voices built from people",
    "espeak-ng": "formant voices",
}
OPEN_SHARE = 0.15
TOLERANCE_HOPS = 6  # 60 ms
MAX_LAG_HOPS = 30
N_TURNS = 20
WEAKEST = 0.15  # a shape weaker than this does not show
OCULUS = {
    **{"sil": 0.0, "PP": 0.0, "FF": 0.12, "TH": 0.25, "DD": 0.25, "kk": 0.3, "CH": 0.2},
    **{"SS": 0.15, "nn": 0.2, "RR": 0.25, "aa": 1.0, "E": 0.6, "I": 0.3, "O": 0.5, "U": 0.25},
}
OPENNESS = {
    "rhubarb": dict(zip("ABCDEFGHX", (0.0, 0.2, 0.6, 1.0, 0.5, 0.2, 0.12, 0.5, 0.0), strict=True)),
    "headaudio": OCULUS,
    "headaudio, repaired": OCULUS,
    "wawa": OCULUS,
    "openfacefx energy": OCULUS,
    "wlipsync": {"A": 1.0, "I": 0.3, "U": 0.25, "E": 0.6, "O": 0.5, "S": 0.0},
    "pylipsync": {"aa": 1.0, "ih": 0.3, "ou": 0.25, "ee": 0.6, "oh": 0.5, "silence": 0.0},
}
CLOSED = {
    "rhubarb": ("A", "X"),
    "headaudio": ("PP",),
    "headaudio, repaired": ("PP",),
    "wawa": ("PP",),
}


@dataclass(frozen=True)
class Heard:
    """One sound by one rival: opening (T,), and closed (T,) where it has a shape for that."""

    opening: np.ndarray
    closed: np.ndarray | None


@dataclass(frozen=True)
class Score:
    """One utterance: the lag's own, and counts."""

    truth: Truth
    events: EventScore
    n_turned: float  # closures matched, and runs, by the turned track; means over turns
    n_matched_turned: float
    n_silent: int
    n_open: int


def main() -> None:
    options = read_options()
    truths = [read_truth(path) for path in sorted(options.speech.glob("*.json"))]
    speech = [read_flac(options.speech / f"{truth.name}.flac") for truth in truths]
    others = {path.stem: read_flac(path) for path in sorted(options.others.glob("*.flac"))}
    rivals = install_rivals(options.installed, options.rivals, progress=say)
    hearers: dict[str, Callable[[list[np.ndarray]], list[Heard]]] = {
        name: ask(Remembered(rival, options.work)) for name, rival in rivals.items()
    }
    hearers |= {LOUDNESS: hear_loudness, OURS: hear_ours}
    result = {}
    for name, hear in hearers.items():
        say(name)
        result[name] = measure(truths, hear(speech), others, hear)
    print(render(result))
    about = {
        "benchmark": "rivals",
        "version": lipmotion.__version__,
        "machine": f"{platform.machine()}, {os.cpu_count()} cores",
        "n_utterances": len(truths),
        "n_seconds": round(sum(map(len, truths)) / GRID_HZ, 1),
        "n_closures": sum(len(truth.closures) for truth in truths),
        "rivals": {name: rival.version.partition("-")[0] for name, rival in rivals.items()},
        "results": result,
    }
    options.out.write_text(json.dumps(about, indent=1) + "\n", encoding="utf-8")


def read_options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--speech", type=Path, required=True, help="NAME.flac with NAME.json")
    parser.add_argument("--others", type=Path, required=True, help="sounds without a voice")
    parser.add_argument("--installed", type=Path, required=True, help="where rivals are installed")
    parser.add_argument("--work", type=Path, required=True, help="keeps their answers")
    parser.add_argument("--rivals", nargs="*", default=list(KNOWN), choices=KNOWN, metavar="NAME")
    parser.add_argument("--out", type=Path, default=Path("benchmarks/results/rivals.json"))
    return parser.parse_args()


# --- listening ----------------------------------------------------------------------------------


def ask(rival: Rival) -> Callable[[list[np.ndarray]], list[Heard]]:
    def hear(sounds: list[np.ndarray]) -> list[Heard]:
        answers = rival.listen_all(sounds)
        return [read_heard(rival.name, a, len(s)) for a, s in zip(answers, sounds, strict=True)]

    return hear


def read_heard(name: str, curves: RivalCurves, n_samples: int) -> Heard:
    """A rival's shapes as opening and closed; its last word holds, whatever kind it is."""
    n_hops = int(np.ceil(n_samples / 16_000 * GRID_HZ))
    middle_s = (np.arange(n_hops) + 0.5) / GRID_HZ
    last = np.searchsorted(curves.times_s, middle_s + 1e-6, side="right") - 1
    weights = np.zeros((n_hops, len(curves.names)))
    if len(curves):
        weights = np.where(last[:, None] >= 0, curves.weights[last.clip(0)], 0.0)
    shapes = [k for k, shape in enumerate(curves.names) if shape in OPENNESS[name]]
    if "volume" in curves.names:
        weights = weights * weights[:, [curves.names.index("volume")]]
    weights = weights[:, shapes]
    opening = weights @ np.array([OPENNESS[name][curves.names[k]] for k in shapes])
    if name not in CLOSED:
        return Heard(opening, None)
    is_closed = np.array([curves.names[k] in CLOSED[name] for k in shapes])
    shows = weights.max(axis=1) >= WEAKEST
    closed = shows & is_closed[weights.argmax(axis=1)]
    return Heard(opening, closed | ~shows if "X" in CLOSED[name] else closed)


def hear_loudness(sounds: list[np.ndarray]) -> list[Heard]:
    return [hold(run_offline(Loudness(), cut_hops(sound)), len(sound)) for sound in sounds]


def hear_ours(sounds: list[np.ndarray]) -> list[Heard]:
    path = Chain((LogMel(), SpeechModel.open(lookahead_hops=OURS_LOOKAHEAD_HOPS)))
    return [hold(run_offline(path, cut_hops(sound)), len(sound)) for sound in sounds]


def hold(lips: np.ndarray, n_samples: int) -> Heard:
    n_hops = int(np.ceil(n_samples / 16_000 * GRID_HZ))
    rows = np.minimum(np.arange(n_hops) * HOP_HZ // GRID_HZ, len(lips) - 1)
    return Heard(lips[rows, LIP_INDEX["aperture"]].clip(0).astype(float), None)


# --- scoring ------------------------------------------------------------------------------------


def measure(
    truths: list[Truth],
    heard: list[Heard],
    others: dict[str, np.ndarray],
    hear: Callable[[list[np.ndarray]], list[Heard]],
) -> dict[str, object]:
    heard = [fit(one, truth) for one, truth in zip(heard, truths, strict=True)]
    found = [find_lag(truth.opening, one.opening) for one, truth in zip(heard, truths, strict=True)]
    lags = np.array([hops for hops, _ in found])
    lag_hops = round(float(np.median(lags)))
    rng = np.random.default_rng(0)
    scores = [score(truth, one, lag_hops, rng) for truth, one in zip(truths, heard, strict=True)]
    top = float(np.percentile(np.concatenate([one.opening for one in heard]), 95))
    return {
        "lag_ms": 1000 * float(np.median(lags)) / GRID_HZ,
        "lag_quartiles_ms": (1000 * np.percentile(lags, (25, 75)) / GRID_HZ).tolist(),
        "r_opening": round(float(np.median([r for _, r in found])), 3),
        "all": sum_up(scores),
        "voices": group(scores, lambda truth: VOICES.get(truth.engine, truth.engine)),
        "engines": group(scores, lambda truth: truth.engine),
        "languages": group(scores, lambda truth: truth.language),
        "open_without_voice": {
            name: round(float((one.opening[30:] > OPEN_SHARE * max(top, 1e-6)).mean()), 3)
            for name, one in zip(others, hear(list(others.values())), strict=True)
        },
    }


def fit(heard: Heard, truth: Truth) -> Heard:
    """Cut or held to the truth's length; closed told from the opening where there is no shape."""
    rows = np.minimum(np.arange(len(truth)), len(heard.opening) - 1)
    opening = heard.opening[rows]
    if heard.closed is not None:
        return Heard(opening, heard.closed[rows])
    spoken = opening[~truth.silent]
    top = float(np.percentile(spoken, 95)) if len(spoken) else 1.0
    return Heard(opening, opening < OPEN_SHARE * max(top, 1e-6))


def find_lag(truth: np.ndarray, opening: np.ndarray) -> tuple[int, float]:
    """Hops by which the opening is late, and r there; (0, 0) where it does not move."""
    best = (0, 0.0)
    for shift in range(-MAX_LAG_HOPS, MAX_LAG_HOPS + 1):
        a = truth[max(0, -shift) : len(truth) - max(0, shift)]
        b = opening[max(0, shift) : len(opening) - max(0, -shift)]
        if a.std() > 1e-6 and b.std() > 1e-6:
            r = float(np.corrcoef(a, b)[0, 1])
            best = max(best, (shift, r), key=lambda pair: pair[1])
    return best


def score(truth: Truth, heard: Heard, lag_hops: int, rng: np.random.Generator) -> Score:
    assert heard.closed is not None
    moved = np.zeros(len(truth), bool)
    at = np.arange(len(truth)) + lag_hops
    inside = (at >= 0) & (at < len(truth))
    moved[inside] = heard.closed[at[inside]]
    spoken = np.flatnonzero(~truth.silent)
    turned = []
    for _ in range(N_TURNS):
        track = np.zeros(len(truth), bool)
        turn = rng.integers(15, max(16, len(spoken) - 15))
        track[spoken] = np.roll(heard.closed[spoken], turn)
        turned.append(match(truth, track))
    deep = ~widen(~truth.silent, 15)
    top = max(float(np.percentile(heard.opening, 95)), 1e-6)
    return Score(
        truth,
        match(truth, moved),
        float(np.mean([t.n_robot for t in turned])),
        float(np.mean([t.n_matched for t in turned])),
        int(deep.sum()),
        int((deep & (heard.opening > OPEN_SHARE * top)).sum()),
    )


def match(truth: Truth, closed: np.ndarray) -> EventScore:
    runs = find_runs(closed)
    in_speech = [not truth.silent[start:end].any() for start, end in runs]
    runs = runs[np.array(in_speech, bool)]
    return match_runs(truth.closures, runs, tolerance_hops=TOLERANCE_HOPS)


def sum_up(scores: list[Score]) -> dict[str, float | int | None]:
    n_human, n_robot, n_matched = (
        sum(getattr(s.events, name) for s in scores) for name in ("n_human", "n_robot", "n_matched")
    )
    n_turned = n_human + sum(s.n_turned for s in scores)
    n_silent = sum(s.n_silent for s in scores)
    f1 = EventScore(n_human, n_robot, n_matched).f1
    return {
        "n_utterances": len(scores),
        "n_closures": n_human,
        "n_closed": n_robot,
        "closure_f1": round(f1, 3) if n_human + n_robot else None,
        "chance": round(2 * sum(s.n_matched_turned for s in scores) / n_turned, 3)
        if n_turned
        else None,
        "open_in_pauses": round(sum(s.n_open for s in scores) / n_silent, 3) if n_silent else None,
    }


def group(
    scores: list[Score], key: Callable[[Truth], str]
) -> dict[str, dict[str, float | int | None]]:
    names = sorted({key(s.truth) for s in scores})
    return {name: sum_up([s for s in scores if key(s.truth) == name]) for name in names}


def render(result: dict[str, dict[str, object]]) -> str:
    """Both tables as Markdown."""
    first = next(iter(result.values()))
    voices, sounds = list(first["voices"]), list(first["open_without_voice"])
    head = ["rival", "lag ms (quartiles)", "r opening", *(f"closure F1, {v}" for v in voices)]
    lines = [[*head, "open in pauses"]]
    for name, row in result.items():
        low, high = row["lag_quartiles_ms"]
        cells = [name, f"{row['lag_ms']:+.0f} ({low:.0f}..{high:.0f})", f"{row['r_opening']:.2f}"]
        for voice in voices:
            found = row["voices"][voice]
            cells.append(f"{found['closure_f1'] or 0:.2f} ({found['chance'] or 0:.2f})")
        open_share = row["all"]["open_in_pauses"]
        lines.append([*cells, "–" if open_share is None else f"{100 * open_share:.0f} %"])
    table = [["open, %", *sounds]]
    for name, row in result.items():
        table.append([name, *(f"{100 * row['open_without_voice'][s]:.0f}" for s in sounds)])
    return "\n\n".join(to_markdown(rows) for rows in (lines, table))


def to_markdown(rows: list[list[str]]) -> str:
    head, *body = (f"| {' | '.join(row)} |" for row in rows)
    return "\n".join([head, "|" + "---|" * len(rows[0]), *body])


def say(text: str) -> None:
    print(text, file=sys.stderr)


if __name__ == "__main__":
    main()
