"""Hearing alone: what the speech model means, before any face, against people and against phones.

    python benchmarks/hearing.py --data WATCHED… --split SPLIT.csv --speech FOLDER --sounds FOLDER

WATCHED are folders made by `lipmotion watch`; SPLIT is a table person, name, split, of which one
`--side` is scored. `--speech` holds NAME.flac with NAME.json (`phones`, `closures`, `engine`,
`lang`), `--sounds` sounds without a voice. No body and no servo stands between: for choosing
weights and for the model card; how well a face performs says `lipmotion evaluate`.
"""

import argparse
import csv
import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from lipmotion.evaluate.align import find_lag, remove_lag
from lipmotion.evaluate.events import EventScore, match_runs
from lipmotion.evaluate.metrics import SpeechRange, find_closed, find_closures, fit_range
from lipmotion.evaluate.suite import Clip, score_method, to_json
from lipmotion.lips import N_LIP_FIELDS, LipTrack
from lipmotion.media.sound import read_sound
from lipmotion.runs import Runs
from lipmotion.step import Chain, Step, run_offline
from lipmotion.timing import HOP_HZ, HOP_MS
from lipmotion.vision.owner import load_owner
from lipmotion.voice.features import LogMel
from lipmotion.voice.loudness import Loudness
from lipmotion.voice.sources import cut_hops
from lipmotion.voice.speech import SHIPPED, SpeechModel
from lipmotion.watched import WatchedFolder, open_watched

STILL_WITHIN = 0.01  # resting mouth widths: nobody sees less
QUIET = ("", "#", "_", "_:", ":", "pau", "sil", "SIL", "H#", "brth", "ssil")
SHOWN = ("r_aperture", "r_width", "closure_f1", "closure_chance", "rounding_f1", "amplitude_ratio")


def main() -> None:
    options = read_options()
    result: dict[str, object] = {}
    for lookahead_ms in options.lookahead_ms:
        speech = SpeechModel.open(options.bundle, lookahead_hops=lookahead_ms // HOP_MS)
        result[f"{lookahead_ms} ms"] = judge(Chain((LogMel(), speech)), options)
    if options.loudness:
        result["loudness"] = judge(Loudness(), options)
    if options.out:
        options.out.write_text(json.dumps(result, indent=1) + "\n", encoding="utf-8")


def read_options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, nargs="*", default=[], help="watched folders")
    parser.add_argument("--split", type=Path, help="table person, name, split; without it all")
    parser.add_argument("--side", default="test", help="which side of the table")
    parser.add_argument(
        "--by-person", action="store_true", help="each person has a lag of their own"
    )
    parser.add_argument("--speech", type=Path, help="folder of speech that knows its phones")
    parser.add_argument("--sounds", type=Path, help="folder of sounds without a voice")
    parser.add_argument("--bundle", type=Path, default=SHIPPED, help="default: the one that ships")
    parser.add_argument("--lookahead-ms", type=int, nargs="*", default=[60, 260])
    parser.add_argument("--loudness", action="store_true", help="loudness in dB beside it")
    parser.add_argument("--out", type=Path, help="JSON")
    return parser.parse_args()


def judge(step: Step, options: argparse.Namespace) -> dict[str, object]:
    """Everything about one way of hearing; rows go to standard output as they come."""
    found: dict[str, object] = {}
    for folder in options.data:
        watched = open_watched(folder)
        people = sorted({s.person for s in watched.segments()}) if options.by_person else [None]
        for person in people:
            name = f"{folder.name}/{person}" if person else folder.name
            found[name] = judge_people(step, watched, options.split, options.side, person)
    if options.speech:
        found["phones"] = judge_phones(step, options.speech)
    if options.sounds:
        found["sounds"] = judge_sounds(step, options.sounds)
    return found


def judge_people(
    step: Step, watched: WatchedFolder, split: Path | None, side: str, person: str | None
) -> dict[str, object] | None:
    """Against people's lips, one source, one lag; of one person where named."""
    wanted = None
    if split is not None:
        with split.open(newline="", encoding="utf-8") as file:
            rows = [row for row in csv.DictReader(file) if row["split"] == side]
        wanted = {(row["person"], row["name"]) for row in rows}
    everything = [s for s in watched.segments() if person in (None, s.person)]
    chosen = [s for s in everything if wanted is None or (s.person, s.name) in wanted]
    if not chosen:
        return None
    ranges = {
        name: fit_range(
            [watched.read_lips(s) for s in everything if s.person == name],
            noise=load_owner(watched.owner_path(name)).noise,
        )
        for name in {s.person for s in chosen}
    }
    clips, meant = [], []
    for s in chosen:
        lips = watched.read_lips(s)
        source = watched.folder.name
        clips.append(Clip(source, s.person, s.name, s.language or "?", lips, ranges[s.person]))
        meant.append(fit(hear(step, watched.read_sound(s)), lips))
    noise = np.zeros(N_LIP_FIELDS, np.float32)
    score = score_method(clips, meant, [], noise, rng=np.random.default_rng(0))
    told = {name: round(score.figures[name].value, 3) for name in SHOWN}
    print(
        person or watched.folder.name, len(clips), f"lag {score.lag.ms:+.0f} ms", told, flush=True
    )
    return to_json(score)


def hear(step: Step, sound: np.ndarray) -> np.ndarray:
    """(N,) sound at 16 kHz → (T, 12) what is meant; pressed lips as they would be seen, shut."""
    lips = np.array(run_offline(step, cut_hops(sound)))
    lips[:, :3] = lips[:, :3].clip(0)
    return lips


def fit(lips: np.ndarray, like: LipTrack) -> LipTrack:
    """Cut to a person's track, or the last hop held."""
    rows = np.minimum(np.arange(len(like)), len(lips) - 1)
    return replace(like, values=lips[rows], quality=np.ones(len(like), np.float32))


def judge_phones(step: Step, folder: Path) -> dict[str, object]:
    """Closures against p b m of speech that knows its phones, by engine; one lag an engine."""
    engines: dict[str, list[tuple[LipTrack, Runs]]] = {}
    for path in sorted(folder.glob("*.json")):
        truth = json.loads(path.read_text(encoding="utf-8"))
        lips = hear(step, read_sound(path.with_suffix(".flac")))
        spoken = np.zeros(len(lips), bool)
        for start, end, name in truth["phones"]:
            if name not in QUIET:
                spoken[round(start * HOP_HZ) : round(end * HOP_HZ)] = True
        runs = [(start * HOP_HZ, end * HOP_HZ) for start, end, *_ in truth["closures"]]
        closures = np.array([(round(a), max(round(b), round(a) + 1)) for a, b in runs], int)
        track = LipTrack(lips, np.ones(len(lips), np.float32), spoken)
        engines.setdefault(truth["engine"], []).append((track, closures.reshape(-1, 2)))
    found: dict[str, object] = {}
    for engine, rows in engines.items():
        own = fit_range([track for track, _ in rows])
        lag = find_lag(
            [np.where(held(closures, track), 0.0, track.in_speech) for track, closures in rows],
            [track.field("aperture") for track, _ in rows],
            [track.in_speech for track, _ in rows],
        )
        total = match_all(rows, own, lag.hops)
        found[engine] = {
            "lag_ms": round(lag.ms, 1),
            "closure_f1": round(total.f1, 3),
            "precision": round(total.precision, 3),
            "recall": round(total.recall, 3),
            "n": total.n_human,
        }
        print(engine, found[engine], flush=True)
    return found


def held(runs: Runs, track: LipTrack) -> np.ndarray:
    """(T,) True within runs."""
    holds = np.zeros(len(track), bool)
    for start, end in runs:
        holds[start:end] = True
    return holds


def match_all(
    rows: Sequence[tuple[LipTrack, Runs]], own: SpeechRange, lag_hops: float
) -> EventScore:
    counts = np.zeros(3, int)
    for track, closures in rows:
        moved, _ = remove_lag(track.field("aperture"), lag_hops)
        score = match_runs(closures, find_closures(find_closed(moved, own), track.in_speech))
        counts += (score.n_human, score.n_robot, score.n_matched)
    return EventScore(*(int(n) for n in counts))


def judge_sounds(step: Step, folder: Path) -> dict[str, float]:
    """Share of hops in which the lips rest though there is a sound without a voice."""
    found = {}
    for path in sorted(folder.glob("*.flac")):
        lips = hear(step, read_sound(path))
        found[path.stem] = round(float((np.abs(lips) <= STILL_WITHIN).all(axis=1).mean()), 3)
    print({name: share for name, share in found.items() if share < 1} or "still in all", flush=True)
    return found


if __name__ == "__main__":
    main()
