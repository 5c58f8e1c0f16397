"""`lipmotion babble`: a face moves before its mirror, curious of itself, and is filmed."""

from pathlib import Path
from time import monotonic
from typing import TYPE_CHECKING, Annotated

from cyclopts import Parameter

from .camera_delay import CameraDelay, read_delay_s
from .checks import SEED, above, at_least
from .progress import PREPARING, show_progress

if TYPE_CHECKING:
    from ..face.base import FaceSpec
    from ..mirror.wear import Wear


def babble(
    *,
    out: Annotated[Path, Parameter(help="the recording's folder; taken up again if it is one")],
    face: Annotated[str, Parameter(help="name of a face, or a folder with face.yaml")] = "emo",
    minutes: Annotated[
        float,
        Parameter(
            help="length of the recording, robot time; 13.5 are 20,250 images at 25 a second",
            validator=above(0),
        ),
    ] = 13.5,
    random: Annotated[
        bool,
        Parameter(help="moves at random only, without looking: no tracker is needed", negative=()),
    ] = False,
    driver: Annotated[str | None, Parameter(help="sim; none for real servos ships yet")] = None,
    camera_delay: CameraDelay = None,
    seed: Annotated[int, Parameter(help="seed of the babbling", validator=SEED)] = 0,
    workers: Annotated[
        int | None,
        Parameter(
            help="bodies at once; by default one for each core, 4 at most, on sim and one on real "
            "servos. The recording does not depend on it: on sim each minute has a fresh body",
            validator=at_least(1),
        ),
    ] = None,
) -> None:
    """Films a face that explores itself, so that it can learn itself (`lipmotion learn self`)."""
    from ..face.description import read_face_spec
    from ..mirror.workers import record_with_workers

    spec = read_face_spec(face)
    delay_s = read_delay_s(camera_delay, spec)
    pace = _Pace(spec.camera.images_hz)
    with show_progress() as begin:
        recording, wear = record_with_workers(
            face, out, driver=driver, minutes=minutes, seed=seed, is_curious=not random,
            n_workers=workers, camera_delay_s=delay_s, preparing=begin(*PREPARING),
            progress=begin("babble", detail=pace.tell),
        )  # fmt: skip
    print(
        f"{out}: {recording.n_hops / 50:.0f} s in {len(recording.indices)} shards, "
        f"{recording.n_images:,} images{pace.sum_up(recording.n_hops)}"
    )
    print("\n".join(_tabulate(wear, spec)))


class _Pace:
    """How fast it goes, from the first report on."""

    def __init__(self, images_hz: float) -> None:
        self._images_hz = images_hz
        self._first: tuple[int, float] | None = None

    def tell(self, n_hops: int) -> str:
        """Images so far, and how much faster than the face itself."""
        if self._first is None:
            self._first = n_hops, monotonic()
        n_images = round(n_hops / 50 * self._images_hz)
        ratio = self._measure(n_hops)
        speed = (
            f", {ratio:.1f} × real time, {ratio * self._images_hz:.0f} a second" if ratio else ""
        )
        return f"{n_images:,} images{speed}"

    def sum_up(self, n_hops: int) -> str:
        ratio = self._measure(n_hops)
        if not ratio:
            return ""
        return f"; filmed at {ratio:.1f} × real time, {ratio * self._images_hz:.0f} images a second"

    def _measure(self, n_hops: int) -> float:
        if self._first is None:
            return 0.0
        done, since = self._first
        return (n_hops - done) / 50 / max(monotonic() - since, 1e-3)


def _tabulate(wear: "Wear", spec: "FaceSpec") -> list[str]:
    """What it cost the servos, a line a lip or jaw motor, the others together."""
    lips = spec.indices("lips", "jaw")
    others = [k for k in range(len(wear.motors)) if k not in lips]
    rows = [(wear.motors[k], wear.strokes[k], wear.reversals[k], wear.load_hours[k]) for k in lips]
    if others:
        most = [x[others].max() for x in (wear.strokes, wear.reversals, wear.load_hours)]
        rows.append((f"others ({len(others)}), at most", *most))
    width = max(len(name) for name, *_ in rows)
    head = f"{'servo wear':{width}}  full strokes  reversals  load hours"
    return [head] + [
        f"{name:{width}}  {strokes:12,.0f}  {reversals:9,d}  {hours:10.3f}"
        for name, strokes, reversals, hours in rows
    ]
