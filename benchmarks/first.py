"""The first table: how good the lips are, against people and against what must lose.

    python benchmarks/first.py --data WATCHED… --split SPLIT.csv --work FOLDER [--films FILMS…]

WATCHED are folders made by `lipmotion watch`; SPLIT is a table set, person, name, split (`set` is
the watched folder's name; rows with `test` are scored). FOLDER keeps every performance, so a run
that was stopped goes on where it was, and one after a change of weights or face makes anew only
what changed. With FILMS (the folders that were watched) the ceiling is measured too: the same film
tracked again, mirrored, compressed and resampled.

Each method gets only its input; the simulated face executes its commands with its servos; the
mirror camera's film is brought to 25 images a second, the person's mouth size and JPEG 50; the same
vision as for people measures it. The table goes to standard output, everything to the JSON.
"""

import argparse
import csv
import hashlib
import json
import os
import platform
import sys
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import dataclass
from functools import cache
from multiprocessing import get_context
from pathlib import Path

import numpy as np

import lipmotion
from lipmotion.bundle import hash_file
from lipmotion.commands import CommandTrack
from lipmotion.evaluate.baselines import Performer, fit_length, hold_still
from lipmotion.evaluate.metrics import fit_range
from lipmotion.evaluate.scores import MEASURES
from lipmotion.evaluate.stage import Stage, Take, load_take
from lipmotion.evaluate.suite import (
    Clip,
    MethodScore,
    find_mouth_px,
    is_worse,
    score_method,
    to_json,
)
from lipmotion.evaluate.verdict import NATIVE, FilmStyle, to_track
from lipmotion.face import open_face, read_face_spec
from lipmotion.lips import LipTrack
from lipmotion.vision.landmarks import FaceLandmarker
from lipmotion.vision.measure import KEPT_POINTS, LOWER_OUTER
from lipmotion.vision.owner import Owner, load_owner
from lipmotion.watched import Segment, WatchedFolder, open_watched

CEILING, LIPS, OURS = "same film again", "human lips", "ours (sound)"
LOUDNESS, STILL, SHUFFLED = "loudness", "still mouth", "shuffled sound"
MADE = (LIPS, OURS, LOUDNESS, STILL)  # the face performs these; shuffled = ours for another clip
BESIDE = (LOUDNESS, STILL, SHUFFLED)
COMPARED = (
    "r_aperture",
    "r_width",
    "closure_f1",
    "rounding_f1",
    "false_closure",
    "misalignment_ms",
)
DEGRADED = "as the person"
TRUE_ENOUGH = 0.95
COLUMNS = (
    ("r_aperture", "r aperture"),
    ("r_width", "r width"),
    ("closure_f1", "closure F1"),
    ("closure_chance", "chance"),
    ("closure_precision", "precision"),
    ("closure_recall", "recall"),
    ("false_closure", "false closure"),
    ("rounding_f1", "rounding F1"),
    ("misalignment_ms", "MTM ms"),
    ("amplitude_ratio", "amplitude"),
    ("jerk_ratio", "jerk"),
    ("jitter", "jitter"),
    ("stillness", "still"),
    ("open", "open"),
)


@dataclass(frozen=True)
class Setting:
    """What every worker needs to know."""

    face: str
    seed: int
    lookahead_ms: int
    style: FilmStyle
    is_native: bool


def main() -> None:
    options = read_options()
    split = read_split(options.split, options.clips)
    folders = [open_watched(path) for path in options.data]
    segments = {f.folder.name: choose(f, split) for f in folders}
    clips = [clip for folder in folders for clip in read_clips(folder, segments)]
    if not clips:
        sys.exit(f"{options.split}: no clip of these folders is `test` there")
    style = FilmStyle(DEGRADED, 25.0, measure_people_px(folders, segments), options.jpeg)
    setting = Setting(
        options.face, options.seed, options.lookahead_ms, style, not options.no_native
    )
    work = options.work
    say(f"{len(clips)} clips; mouths {style.mouth_px:.1f} px wide; performances in {work}")
    methods = [m for m in MADE if m in options.methods]
    jobs = [
        (folder.folder, segment, method)
        for folder in folders
        for segment in segments[folder.folder.name]
        for method in methods
    ]
    perform_all(jobs, work, setting, options.workers)
    owners = get_owners(work, setting) if methods else {}
    table: dict[str, dict[str, dict[str, MethodScore]]] = {}
    for source in dict.fromkeys(clip.source for clip in clips):
        own = [clip for clip in clips if clip.source == source]
        table[source] = score_source(own, work, setting, owners, methods)
        films = [path for path in options.films if path.name == source]
        if films:
            score = score_ceiling(own, films[0], work / "ceiling", options.seed)
            table[source] = {CEILING: {DEGRADED: score}, **table[source]}
    for source, rows in table.items():
        warn_of_truth(source, rows)
    for source, rows in table.items():
        print(f"\n{source}\n{render(rows)}")
        report_worse(rows)
    write_json(options.out, table, setting, len(clips))


def read_options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, nargs="+", required=True, help="watched folders")
    parser.add_argument("--split", type=Path, required=True, help="set, person, name, split")
    parser.add_argument("--work", type=Path, required=True, help="keeps all performances")
    parser.add_argument("--films", type=Path, nargs="*", default=[], help="films, for the ceiling")
    parser.add_argument("--out", type=Path, default=Path("benchmarks/results/first.json"))
    parser.add_argument("--face", default="emo")
    parser.add_argument("--methods", nargs="*", default=MADE, choices=MADE, metavar="METHOD")
    parser.add_argument("--clips", type=int, help="at most so many of each folder, evenly taken")
    parser.add_argument("--lookahead-ms", type=int, default=300)
    parser.add_argument("--jpeg", type=int, default=50, help="quality of the robot's film")
    parser.add_argument("--no-native", action="store_true", help="leave out the native film")
    parser.add_argument("--workers", type=int, default=1)
    parser.add_argument("--seed", type=int, default=0)
    return parser.parse_args()


def read_split(path: Path, n_clips: int | None) -> dict[str, list[tuple[str, str]]]:
    """Set → (person, name) of the clips to score."""
    chosen: dict[str, list[tuple[str, str]]] = {}
    with path.open(newline="", encoding="utf-8") as file:
        for row in csv.DictReader(file):
            if row["split"] == "test":
                chosen.setdefault(row["set"], []).append((row["person"], row["name"]))
    if n_clips:
        for name, rows in chosen.items():
            take = np.linspace(0, len(rows) - 1, min(n_clips, len(rows))).astype(int)
            chosen[name] = [rows[k] for k in take]
    return chosen


def choose(folder: WatchedFolder, split: dict[str, list[tuple[str, str]]]) -> list[Segment]:
    wanted = set(split.get(folder.folder.name, []))
    return [s for s in folder.segments() if (s.person, s.name) in wanted]


def read_clips(folder: WatchedFolder, segments: dict[str, list[Segment]]) -> Iterator[Clip]:
    """The chosen clips; ranges are over all clips of each person that were watched."""
    own = segments[folder.folder.name]
    persons = {segment.person for segment in own}
    ranges = {
        person: fit_range(
            [folder.read_lips(s) for s in folder.segments() if s.person == person],
            noise=load_owner(folder.owner_path(person)).noise,
        )
        for person in persons
    }
    for s in own:
        lips = folder.read_lips(s)
        yield Clip(folder.folder.name, s.person, s.name, s.language or "?", lips, ranges[s.person])


def measure_people_px(folders: list[WatchedFolder], segments: dict[str, list[Segment]]) -> float:
    """Median width of the people's mouths in their own films, pixels."""
    corners = [KEPT_POINTS.index(LOWER_OUTER[0]), KEPT_POINTS.index(LOWER_OUTER[-1])]
    points = [
        folder.read_images(segment).landmarks[:, corners]
        for folder in folders
        for segment in segments[folder.folder.name]
    ]
    return round(find_mouth_px(np.concatenate(points)), 1)


@cache
def find_folder(work: Path, setting: Setting, method: str = STILL) -> Path:
    """Where a method's performances lie: named after all that they depend on.

    The face and how it is seen for a still mouth; the face's weights too for what goes through the
    mirror; all weights for ours.
    """
    package = Path(lipmotion.__file__).parent
    spec = read_face_spec(setting.face)
    rooms = ["face", "vision"]
    bundles = [package / "bundles" / "face_landmarks"]
    if method != STILL:
        rooms += ["selfmodel", "voice", "perform"]
        bundles.append(spec.folder / "bundle")
    if method == OURS:
        bundles.append(package / "bundles" / "speech")
    files = [
        *(path for room in rooms for path in sorted((package / room).rglob("*.py"))),
        *(path for bundle in bundles for path in sorted(bundle.glob("manifest.json"))),
    ]
    told = [repr(setting), spec.hash, *(hash_file(path) for path in files)]
    return work / method / hashlib.sha256("\n".join(told).encode()).hexdigest()[:12]


# --- performing ---------------------------------------------------------------------------------


def perform_all(
    jobs: list[tuple[Path, Segment, str]], work: Path, setting: Setting, n_workers: int
) -> None:
    """Performs what is not on disk yet."""
    todo = [
        (folder, segment, method, find_folder(work, setting, method))
        for folder, segment, method in jobs
    ]
    todo = [job for job in todo if not take_path(job[3], job[0].name, job[1]).exists()]
    if not todo:
        return
    n_done = len(jobs) - len(todo)
    with ProcessPoolExecutor(n_workers, mp_context=get_context("spawn")) as pool:
        running = [pool.submit(perform, *job, setting) for job in todo]
        for job in as_completed(running):
            name = job.result()
            n_done += 1
            say(f"{n_done}/{len(jobs)} {name}")


def perform(folder: Path, segment: Segment, method: str, takes: Path, setting: Setting) -> str:
    """One clip by one method; runs in a worker."""
    watched = WatchedFolder(folder)
    n_hops = len(watched.read_lips(segment))
    commands = fit_length(find_commands(watched, segment, method, setting), n_hops)
    get_stage(setting).take(commands).save(take_path(takes, folder.name, segment))
    return f"{method}: {segment.person}/{segment.name}"


def find_commands(
    watched: WatchedFolder, segment: Segment, method: str, setting: Setting
) -> CommandTrack:
    lips = watched.read_lips(segment)
    if method == STILL:
        return hold_still(read_face_spec(setting.face), len(lips))
    performer = get_performer(setting.face, setting.lookahead_ms)
    if method == LIPS:
        return performer.follow_lips(lips)
    sound = watched.read_sound(segment)
    return performer.follow_loudness(sound) if method == LOUDNESS else performer.follow_sound(sound)


@cache
def get_performer(face: str, lookahead_ms: int) -> Performer:
    return Performer(read_face_spec(face), lookahead_ms=lookahead_ms)


@cache
def get_stage(setting: Setting) -> Stage:
    styles = (setting.style, NATIVE) if setting.is_native else (setting.style,)
    landmarker = FaceLandmarker(mirrored=True)
    return Stage(
        lambda: open_face(setting.face, driver="sim", seed=setting.seed),
        styles,
        landmarker,
        seed=setting.seed,
    )


def get_owners(work: Path, setting: Setting) -> dict[str, Owner]:
    """The robot as an owner, by film style; filmed once."""
    styles = [setting.style.name, *([NATIVE.name] if setting.is_native else [])]
    folder = find_folder(work, setting)
    paths = {name: folder / f"owner {name}.json" for name in styles}
    if not all(path.exists() for path in paths.values()):
        say("filming the robot's rest and pressed poses")
        folder.mkdir(parents=True, exist_ok=True)
        for name, owner in get_stage(setting).film_owners().items():
            owner.save(paths[name])
    return {name: load_owner(path) for name, path in paths.items()}


def take_path(takes: Path, source: str, segment: Segment | Clip) -> Path:
    return takes / source / f"{segment.person}-{segment.name}.npz"


# --- scoring ------------------------------------------------------------------------------------


def score_source(
    clips: list[Clip],
    work: Path,
    setting: Setting,
    owners: dict[str, Owner],
    methods: list[str],
) -> dict[str, dict[str, MethodScore]]:
    """Method → film style → scores of one source."""
    takes = {}
    for method in methods:
        folder = find_folder(work, setting, method)
        takes[method] = [load_take(take_path(folder, clip.source, clip)) for clip in clips]
    if OURS in takes and len(clips) > 1:
        turned = takes[OURS][1:] + takes[OURS][:1]
        takes[SHUFFLED] = [t.fit(len(c.lips)) for t, c in zip(turned, clips, strict=True)]
    return {
        method: {
            style: score_takes(clips, found, style, owner, setting.seed)
            for style, owner in owners.items()
        }
        for method, found in takes.items()
    }


def score_takes(
    clips: list[Clip], takes: list[Take], style: str, owner: Owner, seed: int
) -> MethodScore:
    robots = [
        to_track(take.seen[style], owner, clip.lips.in_speech)
        for take, clip in zip(takes, clips, strict=True)
    ]
    return score_method(clips, robots, takes, owner.noise, rng=np.random.default_rng(seed))


def score_ceiling(clips: list[Clip], films: Path, folder: Path, seed: int) -> MethodScore:
    """The people's own films, seen a second time, in the robot's place."""
    robots = []
    for clip in clips:
        path = folder / clip.source / f"{clip.person}-{clip.name}.npz"
        if not path.exists():
            say(f"{CEILING}: {clip.person}/{clip.name}")
            watch_again([c for c in clips if c.person == clip.person], films, path.parent)
        with np.load(path) as found:
            robots.append(LipTrack(found["values"], found["quality"], clip.lips.in_speech))
    ranges = {
        person: fit_range(
            [robot for clip, robot in zip(clips, robots, strict=True) if clip.person == person],
            noise=next(clip.speech_range.noise for clip in clips if clip.person == person),
        )
        for person in {clip.person for clip in clips}
    }
    own = [ranges[clip.person] for clip in clips]
    rng = np.random.default_rng(seed)
    return score_method(clips, robots, [], own[0].noise, rng=rng, own_ranges=own)


def watch_again(clips: list[Clip], films: Path, folder: Path) -> None:
    """Tracks all clips of one person, each image turned over, compressed and resampled."""
    from ceiling import restore_more, spoil_more, watch

    found = {p.stem: p for p in sorted(films.rglob("*.mp4")) if p.parent.name == clips[0].person}
    paths = [found[clip.name] for clip in clips]
    speech = [clip.lips.in_speech for clip in clips]
    landmarker = FaceLandmarker(mirrored=True)
    tracks = watch(paths, speech, landmarker, spoil_more, restore_more)
    folder.mkdir(parents=True, exist_ok=True)
    for clip, track in zip(clips, tracks, strict=True):
        path = folder / f"{clip.person}-{clip.name}.npz"
        np.savez_compressed(path, values=track.values, quality=track.quality)


# --- telling ------------------------------------------------------------------------------------


def render(rows: dict[str, dict[str, MethodScore]]) -> str:
    """The table as Markdown: value and half its 95 % interval; native films in rows below."""
    lines = [
        "| method | lag ms | " + " | ".join(title for _, title in COLUMNS) + " |",
        "|---" * (len(COLUMNS) + 2) + "|",
    ]
    for method, styles in rows.items():
        for style, score in styles.items():
            name = method if style == DEGRADED else f"{method}, {style} film"
            cells = [f"{score.lag.ms:+.0f}" if score.lag.is_defined else "–"]
            for measure, _ in COLUMNS:
                figure = score.figures[measure]
                half = (figure.high - figure.low) / 2
                cells.append(
                    f"{figure.value:.2f} ± {half:.2f}" if np.isfinite(figure.value) else "–"
                )
            lines.append(f"| {name} | " + " | ".join(cells) + " |")
            if score.true and style == DEGRADED:
                told = ", ".join(f"{key} {value:.2f}" for key, value in score.true.items())
                lines.append(f"| ↳ simulator's truth: {told} |")
    return "\n".join(lines)


def warn_of_truth(source: str, rows: dict[str, dict[str, MethodScore]]) -> None:
    """Says first where seen closures are not contact: the eye cannot tell 0 mm from 1."""
    for method in (LIPS, OURS):
        true = rows[method][DEGRADED].true if method in rows else {}
        if true and not true["seen_f1"] >= TRUE_ENOUGH:
            print(
                f"Warning: {source}, {method}: seen closures agree with the simulator's contact to "
                f"F1 {true['seen_f1']:.2f}, not {TRUE_ENOUGH}; lips that look closed may not seal."
            )


def report_worse(rows: dict[str, dict[str, MethodScore]]) -> None:
    """Says where a baseline is not worse than ours."""
    if OURS not in rows:
        return
    for method in BESIDE:
        if method in rows:
            other, ours = rows[method][DEGRADED], rows[OURS][DEGRADED]
            better = [name for name in COMPARED if not is_worse(other, ours, name)]
            print(f"{method}: {'worse in all' if not better else 'NOT worse in ' + str(better)}")


def write_json(
    path: Path, table: dict[str, dict[str, dict[str, MethodScore]]], setting: Setting, n_clips: int
) -> None:
    result = {
        "benchmark": "first",
        "version": lipmotion.__version__,
        "machine": f"{platform.machine()}, {os.cpu_count()} cores",
        "face": setting.face,
        "lookahead_ms": setting.lookahead_ms,
        "seed": setting.seed,
        "film": vars(setting.style),
        "n_clips": n_clips,
        "perfect": MEASURES,
        "sources": {
            source: {
                method: {style: to_json(score) for style, score in styles.items()}
                for method, styles in rows.items()
            }
            for source, rows in table.items()
        },
    }
    path.parent.mkdir(parents=True, exist_ok=True)
    aside = path.with_name(path.name + ".part")
    aside.write_text(json.dumps(result, indent=1) + "\n", encoding="utf-8")
    aside.replace(path)
    say(f"written: {path}")


def say(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


if __name__ == "__main__":
    main()
