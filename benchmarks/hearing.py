"""Hearing alone: what the speech model means, before any face, against people and against phones.

    python benchmarks/hearing.py --data WATCHED… --split SPLIT.csv --speech FOLDER --sounds FOLDER
    python benchmarks/hearing.py --table --data WATCHED… --split SPLIT.csv \\
        --speech benchmarks/spoken --sung benchmarks/sung --sounds FOLDER

WATCHED are folders made by `lipmotion watch`; SPLIT is a table person, name, split, of which one
`--side` is scored. `--speech` holds sounds with NAME.json (`phones`, `closures`, `engine`, `lang`),
`--sung` the songs of benchmarks/sung, `--sounds` sounds without a voice, `--align` the words of
people's clips. `--table` adds what is hard to hear and how long a hop takes, and prints all of it
as one table. No body and no servo stands between: for choosing weights and for the model card; how
well a face performs says `lipmotion evaluate`.
"""

import argparse
import json
from pathlib import Path

from hearing_hard import judge_hard, judge_loudness, judge_whisper
from hearing_lips import read_reach, tell
from hearing_people import choose_clips, judge_people
from hearing_phones import judge_phones
from hearing_rest import judge_breaks, judge_held, judge_sounds
from hearing_speed import measure_speed
from hearing_table import draw_table
from hearing_words import judge_words

from lipmotion.errors import LipmotionError
from lipmotion.evaluate.sources import take_evenly
from lipmotion.step import Chain, Step
from lipmotion.timing import HOP_MS
from lipmotion.voice.features import LogMel
from lipmotion.voice.loudness import Loudness
from lipmotion.voice.speech import SHIPPED, SpeechModel
from lipmotion.watched import open_watched


def main() -> None:
    options = read_options()
    try:
        judge_all(options)
    except LipmotionError as error:
        raise SystemExit(str(error)) from None


def judge_all(options: argparse.Namespace) -> None:
    """Every way of hearing."""
    result: dict[str, dict[str, object]] = {}
    for lookahead_ms in options.lookahead_ms:
        speech = SpeechModel.open(options.bundle, lookahead_hops=lookahead_ms // HOP_MS)
        tell(f"look-ahead {lookahead_ms} ms", "")
        found = judge(Chain((LogMel(), speech)), options)
        if options.table:
            found["speed"] = measure_speed(options.bundle, lookahead_ms)
        result[f"{lookahead_ms} ms"] = found
    if options.loudness:
        tell("loudness", "")
        result["loudness"] = judge(Loudness(), options)
    if options.out:
        options.out.write_text(json.dumps(result, indent=1) + "\n", encoding="utf-8")
    if options.table:
        print(draw_table(result))


def read_options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, nargs="*", default=[], help="watched folders")
    parser.add_argument(
        "--align",
        type=Path,
        nargs="*",
        default=[],
        help="folders of .align files of people's words",
    )
    parser.add_argument("--split", type=Path, help="table person, name, split; without it all")
    parser.add_argument("--side", default="test", help="which side of the table")
    parser.add_argument(
        "--by-person", action="store_true", help="each person has a lag of their own"
    )
    parser.add_argument(
        "--speech", type=Path, nargs="*", default=[], help="folders of speech that knows its phones"
    )
    parser.add_argument("--sung", type=Path, help="folder of songs, benchmarks/sung")
    parser.add_argument("--sounds", type=Path, help="folder of sounds without a voice")
    parser.add_argument("--bundle", type=Path, default=SHIPPED, help="default: the one that ships")
    parser.add_argument("--lookahead-ms", type=int, nargs="*", default=[60, 260])
    parser.add_argument("--loudness", action="store_true", help="loudness in dB beside it")
    parser.add_argument("--table", action="store_true", help="all that can be measured, as a table")
    parser.add_argument(
        "--hard-clips", type=int, default=24, help="clips a folder that are disturbed"
    )
    parser.add_argument("--out", type=Path, help="JSON")
    return parser.parse_args()


def judge(step: Step, options: argparse.Namespace) -> dict[str, object]:
    """Everything about one way of hearing; a line of each tells it as it comes."""
    found: dict[str, object] = {}
    reach = read_reach(options.bundle)
    for folder in options.data:
        found |= judge_people(
            step, folder, options.split, options.side, by_person=options.by_person
        )
    if options.align:
        words = {
            folder.name: judge_words(step, folder, options.split, options.side, options.align)
            for folder in options.data
        }
        found["words"] = {name: one for name, one in words.items() if one}
    speech = [*options.speech, *([options.sung] if options.sung else [])]
    if speech:
        found["phones"] = {folder.name: judge_phones(step, folder) for folder in speech}
    if options.sounds:
        found |= judge_sounds(step, options.sounds, reach)
    if options.sung:
        found |= judge_sounds(step, options.sung / "breaths", reach, name="breaths")
        found["breaks"] = judge_breaks(step, options.sung / "track", reach)
        found["held"] = judge_held(step, options.sung / "held", reach)
        found["whispered"] = judge_whisper(step, options.sung / "whispered")
    if options.table:
        found |= judge_what_is_hard(step, options)
    return found


def judge_what_is_hard(step: Step, options: argparse.Namespace) -> dict[str, object]:
    """Disturbed sounds of people, and halves of sentences that are louder."""
    found: dict[str, object] = {"hard": {}}
    for folder in options.data:
        chosen = choose_clips(open_watched(folder), options.split, options.side)
        if chosen:
            some = take_evenly(chosen, options.hard_clips)
            found["hard"] |= {folder.name: judge_hard(step, some)}
    if options.speech:
        found["loud"] = judge_loudness(step, options.speech[0], options.hard_clips)
    return found


if __name__ == "__main__":
    main()
