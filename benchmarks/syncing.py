"""How well does `lipmotion watch` find how late a sound is, and which sound is not the lips' own?

    python benchmarks/syncing.py --data WATCHED… --table benchmarks/clips/people.csv
                                            writes benchmarks/results/syncing.json

Shifted: the sound of every clip is moved by known times, sample by sample, and heard anew; the
error is what is found less that time (GRID's own sound is in time), the bias its median. Swapped:
every clip is given the sound of another clip of the same person; in GRID that is a sentence of the
same build, spoken at the same time, which is harder than any dubbing.
Sources are made of 1, 2, 4 … clips of one person, in order. Offsets found by hand stand beside ours
and were not tuned on.
"""

import argparse
import csv
import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from lipmotion.timing import SAMPLE_RATE_HZ, count_hops
from lipmotion.vision.measure import measure_lips
from lipmotion.vision.retime import retime
from lipmotion.vision.sync import SURE, Evidence, compare, find_offset, goes_with, pool
from lipmotion.voice.speech import SpeechModel
from lipmotion.watch.film import hear_lips
from lipmotion.watched import open_watched

SHIFTS_MS = (-240.0, -120.0, -37.0, 53.0, 120.0, 240.0)
POOLS = (1, 2, 4, 8, 16)
SWAPS = (1, 2, 3)
MOST_CLIPS = 50  # of one person


@dataclass(frozen=True)
class Clip:
    """One segment: its lips on the grid and its sound as it lies in the film."""

    name: str
    raw: np.ndarray
    quality: np.ndarray
    sound: np.ndarray

    def hear(self, sound: np.ndarray, model: SpeechModel) -> Evidence:
        """The lips beside a sound."""
        return compare(self.raw, self.quality, hear_lips(sound, model))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, nargs="+", required=True, help="watched folders")
    parser.add_argument("--table", type=Path, help="CSV with person, name, sound_late_ms")
    parser.add_argument("--shifted", nargs="*", default=["s1"], help="persons whose sound is moved")
    parser.add_argument("--out", type=Path, default=Path(__file__).parent / "results/syncing.json")
    args = parser.parse_args()
    model = SpeechModel.open(lookahead_hops=16)
    people = read_people(args.data)
    own = {who: [clip.hear(clip.sound, model) for clip in clips] for who, clips in people.items()}
    swapped = {who: swap(clips, model) for who, clips in people.items() if len(clips) > max(SWAPS)}
    groups = group(people)
    result = {
        "sure": SURE,
        "sources": {name: judge_sources(who, own, swapped, people) for name, who in groups.items()},
        "segments": {name: judge_segments(who, own, swapped) for name, who in groups.items()},
        "shifted": {
            name: judge_shifts([w for w in who if w in args.shifted], people, own, model)
            for name, who in groups.items()
            if set(who) & set(args.shifted)
        },
    }
    if args.table:
        result["by_hand"] = judge_by_hand(args.table, people, own)
    args.out.write_text(json.dumps(result, indent=1) + "\n", encoding="utf-8")
    print(json.dumps(result, indent=1))


def read_people(folders: Sequence[Path]) -> dict[str, list[Clip]]:
    people: dict[str, list[Clip]] = {}
    for folder in map(open_watched, folders):
        for segment in folder.segments():
            clips = people.setdefault(segment.person, [])
            if len(clips) == MOST_CLIPS or any(clip.name == segment.name for clip in clips):
                continue
            images, sound = folder.read_images(segment), folder.read_sound(segment)
            n_hops = count_hops(len(sound))
            raw = measure_lips(images.landmarks)
            clips.append(
                Clip(segment.name, *retime(raw, images.times_s, images.quality, n_hops), sound)
            )
    return people


def group(people: dict[str, list[Clip]]) -> dict[str, list[str]]:
    """GRID's first speaker (who taught the model), its others, the newsreaders, and all others."""
    groups: dict[str, list[str]] = {}
    for who in people:
        if who == "s1":
            name = "grid_s1"
        elif who.startswith("s") and len(who) <= 3:
            name = "grid_others"
        else:
            name = "news_ar" if who.startswith("ar_news") else "talk"
        groups.setdefault(name, []).append(who)
    return groups


def swap(clips: Sequence[Clip], model: SpeechModel) -> list[list[Evidence]]:
    """For each of SWAPS: every clip with the sound of the clip so many further on."""
    heard = [hear_lips(clip.sound, model) for clip in clips]
    return [
        [
            compare(clip.raw, clip.quality, heard[(k + step) % len(clips)])
            for k, clip in enumerate(clips)
        ]
        for step in SWAPS
    ]


def cut(items: Sequence, n: int) -> list[list]:
    return [list(items[k : k + n]) for k in range(0, len(items) - n + 1, n)]


def judge_sources(
    persons: Sequence[str],
    own: dict[str, list[Evidence]],
    swapped: dict[str, list[list[Evidence]]],
    people: dict[str, list[Clip]],
) -> list[dict]:
    """False rejection and acceptance of whole sources, by how much is known of them."""
    rows = []
    for n in POOLS:
        true = [find_offset(pool(part)) for who in persons for part in cut(own[who], n)]
        false = [
            find_offset(pool(part))
            for who in persons
            for round_ in swapped.get(who, [])
            for part in cut(round_, n)
        ]
        seconds = [
            sum(len(clip.sound) for clip in part) / SAMPLE_RATE_HZ
            for who in persons
            for part in cut(people[who], n)
        ]
        if len(true) < 3:
            continue
        rows.append(
            {
                "clips": n,
                "seconds": round(float(np.median(seconds)), 1),
                "n_true": len(true),
                "false_reject": share(not offset.is_sure for offset in true),
                "sureness_true": spread([offset.sureness for offset in true]),
                "n_swapped": len(false),
                "false_accept": share(offset.is_sure for offset in false),
                "sureness_swapped": spread([offset.sureness for offset in false]),
            }
        )
    return rows


def judge_segments(
    persons: Sequence[str],
    own: dict[str, list[Evidence]],
    swapped: dict[str, list[list[Evidence]]],
) -> dict:
    """Single clips in a source whose offset is known: genuine ones refused, swapped ones kept."""
    true, false = [], []
    for who in persons:
        offset = find_offset(pool(own[who]))
        if not offset.is_sure or who not in swapped:
            continue
        true += [goes_with(clip, offset) for clip in own[who]]
        false += [goes_with(clip, offset) for round_ in swapped[who] for clip in round_]
    return {
        "n_true": len(true),
        "false_reject": share(not ok for ok in true),
        "n_swapped": len(false),
        "false_accept": share(false),
    }


def judge_shifts(
    persons: Sequence[str],
    people: dict[str, list[Clip]],
    own: dict[str, list[Evidence]],
    model: SpeechModel,
) -> list[dict]:
    """Errors of offsets that are known, ms, by the size of the source."""
    moved = {
        (who, ms): [clip.hear(move(clip.sound, ms), model) for clip in people[who]]
        for who in persons
        for ms in SHIFTS_MS
    }
    rows = []
    for n in POOLS:
        zero = {
            who: [find_offset(pool(part)).seconds * 1000 for part in cut(own[who], n)]
            for who in persons
        }
        errors, sure = [], []
        for (_, ms), clips in moved.items():
            found = [find_offset(pool(part)) for part in cut(clips, n)]
            errors += [f.seconds * 1000 - ms for f in found]
            sure += [f.is_sure for f in found]
        plain = [ms for found in zero.values() for ms in found]
        if len(plain) < 3:
            continue
        error = np.abs(errors)
        rows.append(
            {
                "clips": n,
                "n": len(errors),
                "unmoved_ms": spread(plain),
                "bias_ms": round(float(np.median(errors)), 1),
                "error_ms": {
                    "median": round(float(np.median(error)), 1),
                    "p95": round(float(np.percentile(error, 95)), 1),
                },
                "beyond_45_ms": share(error > 45),
                "refused": share(not ok for ok in sure),
            }
        )
    return rows


def judge_by_hand(
    table: Path, people: dict[str, list[Clip]], own: dict[str, list[Evidence]]
) -> list[dict]:
    """Ours beside what was found by hand, ms; one row a person."""
    with table.open(newline="", encoding="utf-8") as file:
        said: dict[str, float] = {}
        for row in csv.DictReader(file):
            if row["sound_late_ms"]:
                said.setdefault(row["person"], float(row["sound_late_ms"]))
    rows = []
    for who in sorted(people):
        if who.startswith("s") and len(who) <= 3:
            continue
        offset = find_offset(pool(own[who]))
        rows.append(
            {
                "person": who,
                "seconds": round(sum(len(c.sound) for c in people[who]) / SAMPLE_RATE_HZ, 1),
                "by_hand_ms": said.get(who),
                "found_ms": round(offset.seconds * 1000),
                "sureness": round(offset.sureness, 1),
                "is_sure": offset.is_sure,
            }
        )
    return rows


def move(sound: np.ndarray, late_ms: float) -> np.ndarray:
    """The sound, so much later; silence fills in."""
    n = round(late_ms / 1000 * SAMPLE_RATE_HZ)
    padded = np.concatenate([np.zeros(max(n, 0), np.float32), sound[max(-n, 0) :]])
    return np.pad(padded, (0, max(len(sound) - len(padded), 0)))[: len(sound)]


def share(flags) -> float | None:
    """Share of those that are true; None where there are none."""
    flags = list(flags)
    return round(float(np.mean(flags)), 3) if flags else None


def spread(values: Sequence[float]) -> dict[str, float]:
    if not values:
        return {}
    low, middle, high = np.percentile(values, [5, 50, 95])
    return {"p5": round(low, 1), "median": round(middle, 1), "p95": round(high, 1)}


if __name__ == "__main__":
    main()
