"""What practice gives: to a body as it was, and to one that has changed.

A face follows a person's lips as `selfmodel.py` has it; its body changes (a horn slips, the camera
is moved, the skin hardens), which it is not told; it follows them again; it practises, looking at
nothing but its mirror, with other sentences; and follows them once more. Its lips are measured
against those of the whole body at rest. What was lost, and how much of it is back, is said for each
measure.

    python benchmarks/practice.py --people WATCHED --split SPLIT.csv --side check \\
        --teach WATCHED… --change slipped --minutes 10 --out FOLDER
"""

import argparse
import json
from pathlib import Path

from selfmodel import add_arguments, read_audience, score_self

from lipmotion.evaluate.verdict import NATIVE
from lipmotion.face import Face, open_face, read_face_spec
from lipmotion.face.changes import BodyChanges
from lipmotion.learn.people import read_people
from lipmotion.learn.practise import PractiseConfig, practise
from lipmotion.learn.split import read_split
from lipmotion.selfmodel.bundle import open_self

CHANGES = {
    "none": BodyChanges(),
    # a jaw that slipped the other way leaves lips that no command can shut
    "slipped": BodyChanges(slipped={"corner_left_spread": 0.1, "jaw_open": -0.1}),
    "camera": BodyChanges(camera_shift_px=(10.0, -10.0), camera_turn_deg=6.0),
    "stiffer": BodyChanges(stiffness=1.3),
}
MEASURES = {  # and what each would be, were nothing lost
    "r_aperture": 1.0, "r_width": 1.0, "closure_f1": 1.0, "true_contact_f1": 1.0,
    "aperture_rms": 0.0, "width_rms": 0.0, "latent_error": 0.0,
}  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    add_arguments(parser)
    parser.add_argument("--teach", type=Path, nargs="+", required=True, help="watched folders")
    parser.add_argument("--change", choices=CHANGES, default="none")
    parser.add_argument("--minutes", type=float, default=10.0)
    parser.add_argument("--rounds", type=int, default=2)
    parser.add_argument("--out", type=Path, required=True)
    options = parser.parse_args()
    spec, audience = read_face_spec(options.face), read_audience(options)
    test, check = read_split(options.split)

    def open_body(changes: BodyChanges) -> Face:
        return open_face(options.face, "sim", options.seed, changes=changes)

    def score(changes: BodyChanges, bundle: Path | None) -> dict[str, float]:
        figures, _ = score_self(
            lambda: open_body(changes), spec, bundle, audience, options.seed,
            open_whole=lambda: open_body(BodyChanges()),
        )  # fmt: skip
        return {name: figures[NATIVE.name][name] for name in MEASURES}

    changes = CHANGES[options.change]
    whole = score(BodyChanges(), options.bundle)
    changed = whole if options.change == "none" else score(changes, options.bundle)
    made = practise(
        lambda: open_body(changes), spec, open_self(spec, options.bundle), options.out,
        people=read_people(options.teach, test=set(test), check=set(check)),
        config=PractiseConfig(options.minutes, options.seed, options.rounds),
    )  # fmt: skip
    after = score(changes, made)
    rows = {}
    for name in MEASURES:
        lost = changed[name] - whole[name]
        back = (changed[name] - after[name]) / lost if abs(lost) > 1e-9 else None
        rows[name] = {
            "whole": whole[name], "changed": changed[name], "practised": after[name],
            "share of the loss that is back": back if back is None else round(back, 2),
        }  # fmt: skip
    report = {
        "change": options.change,
        "minutes": options.minutes,
        "rounds": options.rounds,
        "clips": len(audience.segments),
        "figures": rows,
    }
    text = json.dumps(report, indent=1)
    (options.out / "report.json").write_text(text + "\n", encoding="utf-8")
    print(text)


if __name__ == "__main__":
    main()
