"""Whatever camera a robot has at its mirror: is what it learns as good, and as punctual?

For each camera a face babbles at random before it, the camera's own delay is measured from a light
as `lipmotion mirror --check` does, and the face learns itself from that recording. What it then
makes of people's lips is judged by a good camera, as in `selfmodel.py`.

    python benchmarks/own_camera.py --people WATCHED --split SPLIT.csv --side check \\
        --teach WATCHED… --data DIR         writes benchmarks/results/own_camera.json
"""

import argparse
import json
from pathlib import Path

import numpy as np
from selfmodel import add_arguments, read_audience, score_self

from lipmotion.evaluate.verdict import NATIVE
from lipmotion.face import open_face, read_face_spec
from lipmotion.face.faults import CameraFaults
from lipmotion.learn.learner import make_config
from lipmotion.learn.people import read_people
from lipmotion.learn.selves import learn_self
from lipmotion.learn.split import read_split
from lipmotion.mirror.check import check_mirror
from lipmotion.mirror.session import record_babble
from lipmotion.recording import Recording

CAMERAS = {
    "as described": CameraFaults(),
    "0 ms late": CameraFaults(delay_s=0.0),
    "60 ms late": CameraFaults(delay_s=0.06),
    "120 ms late": CameraFaults(delay_s=0.12),
    "a cheap one": CameraFaults(
        exposure_stops=0.3, warmth_stops=0.2, drift_stops=0.3, step_stops=0.5, shift_px=(7.0, -7.0),
        turn_deg=3.0, blur_px=0.8, noise=4.0, jpeg_quality=60, delay_s=0.09, clock_ppm=150.0,
        jitter_s=0.003,
    ),
}  # fmt: skip
MEASURES = (
    "lag_ms", "r_aperture", "r_width", "closure_f1", "false_closure", "rounding_f1",
    "true_contact_f1", "latent_error",
)  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    add_arguments(parser)
    parser.add_argument("--teach", type=Path, nargs="+", required=True, help="watched folders")
    parser.add_argument("--data", type=Path, required=True, help="where recordings are kept")
    parser.add_argument("--minutes", type=float, default=4.0)
    parser.add_argument("--pace", type=float, default=0.5, help="of learning; 1 = the shipped one")
    parser.add_argument("--cameras", nargs="+", choices=CAMERAS, default=list(CAMERAS))
    parser.add_argument(
        "--out", type=Path, default=Path(__file__).parent / "results/own_camera.json"
    )
    options = parser.parse_args()
    spec, audience = read_face_spec(options.face), read_audience(options)
    test, check = read_split(options.split)
    people = read_people(options.teach, test=set(test), check=set(check))
    rows = []
    for name in options.cameras:
        folder = options.data / name.replace(" ", "-")
        faults = CAMERAS[name]
        recording, found_s = film(options.face, faults, folder, options.minutes, options.seed)
        made = learn_self(
            recording, spec, folder / "learned",
            people=people, config=make_config(options.seed, pace=options.pace),
        )  # fmt: skip
        figures, _ = score_self(
            lambda: open_face(options.face, "sim", options.seed), spec, made, audience, options.seed
        )
        true_s = spec.camera.delay_s if faults.delay_s is None else faults.delay_s
        delays = {"delay_ms": 1000 * true_s, "measured_ms": round(1000 * found_s, 1)}
        rows.append({"camera": name, **delays, **{m: figures[NATIVE.name][m] for m in MEASURES}})
        print(json.dumps(rows[-1]), flush=True)
    told = {
        "face": spec.name, "minutes": options.minutes, "pace": options.pace,
        "clips": len(audience.segments), "rows": rows,
    }  # fmt: skip
    options.out.write_text(json.dumps(told, indent=1) + "\n", encoding="utf-8")


def film(
    face: str, faults: CameraFaults, folder: Path, minutes: float, seed: int
) -> tuple[Recording, float]:
    """A recording by such a camera, its delay taken off as measured; and that delay, s."""
    with open_face(face, "sim", seed, camera=faults) as body:
        figures = check_mirror(body, rng=np.random.default_rng(seed))
    found_s = figures.camera_delay_s
    assert found_s is not None, figures.no_delay
    folder.mkdir(parents=True, exist_ok=True)
    with open_face(face, "sim", seed, camera=faults) as body:
        recording = record_babble(
            body, folder / "recording", minutes=minutes, seed=seed, camera_delay_s=found_s
        )
    return recording, found_s


if __name__ == "__main__":
    main()
