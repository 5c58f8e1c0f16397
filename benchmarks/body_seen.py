"""Does the tracker find the simulated face, are its points where the lips are, does it follow them?

    python benchmarks/body_seen.py           prints these figures alone; `body.py` takes them in

Finding: random commands on all motors, neck within 15 degrees about each axis, exposure 0.6 to 1.5,
other looks in every image, each image on its own. Placing: in the same images the 40 points on the
edges of the lips against the projected truth (`body_edges.py`), in shares of the distance between
the outer corners of the eyes in the resting face. Following: random lips and jaw, head still;
Pearson's r of tracked against true numbers, `once` and averaged with the mirror image.

True aperture is the simulator's gap at the middle column, a distance in space; `opening` is the gap
as seen from in front at the columns of the three points that `aperture` is measured at. They differ
where one lip stands before the other.
"""

import argparse

import numpy as np
from body_edges import EDGE_POINTS, EDGES, Edges, find_edges, fit_columns, place_points

from lipmotion.commands import Command
from lipmotion.face import open_face
from lipmotion.face.looks import draw_looks
from lipmotion.face.sim.camera import Camera
from lipmotion.face.sim.face import SimFace
from lipmotion.lips import LIP_FIELDS
from lipmotion.vision.landmarks import FaceLandmarker
from lipmotion.vision.measure import KEPT_POINTS, UPPER_INNER, measure_lips

N_FOUND, N_FOLLOWED = 1000, 1000
EXPOSURES = (0.6, 1.5)
NECK_DEG = 15.0
HOLD_HOPS = 15  # long enough for every motor to arrive
EYE_CORNERS = (33, 263)
TRACKERS = ("once", "mirrored")
APERTURE_POINTS = UPPER_INNER[4:7]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--found", type=int, default=N_FOUND, help="images of the first figures")
    parser.add_argument("--followed", type=int, default=N_FOLLOWED, help="poses of the last")
    parser.add_argument("--seed", type=int, default=0)
    args = parser.parse_args()
    figures = measure_seen(args.found, args.followed, rng=np.random.default_rng(args.seed))
    for name, value in figures.items():
        print(f"| {name} | {value} |")


def measure_seen(
    n_found: int = N_FOUND, n_followed: int = N_FOLLOWED, *, rng: np.random.Generator
) -> dict[str, float]:
    finding, following = rng.spawn(2)
    return measure_finding(n_found, rng=finding) | measure_following(n_followed, rng=following)


def open_trackers() -> dict[str, FaceLandmarker]:
    return {name: FaceLandmarker(mirrored=name == "mirrored") for name in TRACKERS}


def hold(face: SimFace, values: np.ndarray) -> None:
    command = Command(face.spec.motor_names, np.asarray(values, np.float32))
    for _ in range(HOLD_HOPS):
        face.send(command)


def fit_rest(face: SimFace, tracker: FaceLandmarker) -> tuple[np.ndarray, float]:
    """Columns of EDGE_POINTS, and the eyes' distance in px; from the resting face as designed."""
    hold(face, face.spec.rest.values)
    camera, pose = Camera(face.spec.camera.size_px), face.pose()
    points, _ = tracker.step(camera.render(pose), tracker.init_state())
    if points is None:
        raise SystemExit("the resting face is not found")
    right, left = points[list(EYE_CORNERS), :2]
    return fit_columns(points, find_edges(camera, pose)), float(np.linalg.norm(left - right))


def measure_finding(n_images: int, *, rng: np.random.Generator) -> dict[str, float]:
    """Share of random images in which the face is found, and how far its lip points are off."""
    trackers = open_trackers()
    exposures = np.geomspace(*EXPOSURES, n_images)  # every shade once, in random order
    rng.shuffle(exposures)
    found: dict[str, list[bool]] = {name: [] for name in trackers}
    off: dict[str, list[np.ndarray]] = {name: [] for name in trackers}
    with open_face("emo", driver="sim") as face:
        columns, eye_px = fit_rest(face, trackers["mirrored"])
        neck = list(face.spec.indices("neck"))
        travel = np.array([abs(face.spec.motors[k].high - face.spec.motors[k].low) for k in neck])
        for exposure in exposures:
            values = rng.random(len(face.spec.motors))
            values[neck] = 0.5 + rng.uniform(-1, 1, len(neck)) * NECK_DEG / travel
            hold(face, values)
            camera = Camera(
                face.spec.camera.size_px, looks=draw_looks(rng=rng), exposure=float(exposure)
            )
            pose = face.pose()
            image, true = camera.render(pose), place_points(find_edges(camera, pose), columns)
            for name, tracker in trackers.items():
                points, _ = tracker.step(image, tracker.init_state())
                found[name].append(points is not None)
                if points is not None:
                    seen = points[list(EDGE_POINTS), :2]
                    off[name].append(np.linalg.norm(seen - true, axis=1) / eye_px)
    figures: dict[str, float] = {"images": n_images}
    for name in trackers:
        figures[f"found in random images, {name}, %"] = 100 * float(np.mean(found[name]))
    for name in trackers:
        figures |= describe_offsets(name, 100 * np.array(off[name]))
    return {name: round(value, 3) for name, value in figures.items()}


def describe_offsets(tracker: str, off: np.ndarray) -> dict[str, float]:
    """Medians over images and points, % of the eyes' distance; (images, 40) in."""
    figures = {
        f"lip points off, {tracker}, median, % of the eyes' distance": float(np.median(off)),
        f"lip points off, {tracker}, p95, % of the eyes' distance": float(np.percentile(off, 95)),
    }
    start = 0
    for edge, (points, _, _) in EDGES.items():
        figures[f"the same, median, {edge} edge"] = float(
            np.median(off[:, start : start + len(points)])
        )
        start += len(points)
    return figures if tracker == "mirrored" else dict(list(figures.items())[:2])


def measure_following(n_poses: int, *, rng: np.random.Generator) -> dict[str, float]:
    """Correlation of tracked with true numbers of the lips."""
    trackers = open_trackers()
    rows: dict[str, list[np.ndarray]] = {name: [] for name in trackers}
    true = []
    with open_face("emo", driver="sim") as face:
        columns, _ = fit_rest(face, trackers["mirrored"])
        own = np.round(columns[[EDGE_POINTS.index(k) for k in APERTURE_POINTS]]).astype(int)
        camera = Camera(face.spec.camera.size_px)
        moved = list(face.spec.indices("lips", "jaw"))
        for _ in range(n_poses):
            values = face.spec.rest.values.copy()
            values[moved] = rng.random(len(moved))
            hold(face, values)
            pose = face.pose()
            true.append(read_truth(face, find_edges(camera, pose), own))
            image = camera.render(pose)
            for name, tracker in trackers.items():
                points, _ = tracker.step(image, tracker.init_state())
                blank = np.full((len(KEPT_POINTS), 3), np.nan, np.float32)
                rows[name].append(blank if points is None else points[list(KEPT_POINTS)])
    figures: dict[str, float] = {"poses of lips and jaw": n_poses}
    columns_of = {name: np.array([row[name] for row in true]) for name in true[0]}
    for tracker, points in rows.items():
        lips = measure_lips(np.stack(points))
        for name, values in columns_of.items():
            field = "aperture" if name == "opening" else name
            tracked = lips[:, LIP_FIELDS.index(field)]
            good = np.isfinite(tracked)
            r = np.corrcoef(tracked[good], values[good])[0, 1]
            figures[f"r {name.replace('_', ' ')}, {tracker}"] = round(float(r), 4)
    for name, values in columns_of.items():
        low, high = np.percentile(values, (5, 95))
        figures[f"true {name.replace('_', ' ')}, p5"] = round(float(low), 2)
        figures[f"true {name.replace('_', ' ')}, p95"] = round(float(high), 2)
    return figures


def read_truth(face: SimFace, edges: Edges, columns: np.ndarray) -> dict[str, float]:
    """True numbers by name: mm, and px for the opening."""
    truth = face.truth()
    left, right = truth.corner_height_mm
    return {
        "aperture": truth.aperture_mm,  # a camera sees no pressing
        "opening": float(edges.opening()[columns - 1].mean()),
        "width": truth.width_mm,
        "corner_left_height": left,
        "corner_right_height": right,
    }


if __name__ == "__main__":
    main()
