"""open_face: a face by name, behind the driver asked for. Drivers are imported late."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final, Literal

from ..errors import FaceError
from .base import Face, FaceSpec
from .changes import BodyChanges
from .description import read_face_spec
from .faults import CameraFaults

DRIVERS: Final = ("sim", "mock")
COMPUTED: Final = ("sim", "mock")  # a program may have as many of these bodies as it wants

Renderer = Literal["own", "gl"]
Progress = Callable[[int, int | None], None]


def open_face(
    name: str | Path,
    driver: str | None = None,
    seed: int = 0,
    *,
    servos: str | None = None,
    renderer: Renderer = "own",
    changes: BodyChanges | None = None,
    camera: CameraFaults | None = None,
) -> Face:
    """Opens a face.

    Args:
        name: a face that ships with lipmotion, or a folder that holds `face.yaml`.
        driver: one of DRIVERS; the description's own where None.
        seed: draws the servos' hold errors; the same seed and commands give the same motion.
        servos: a set of the description's `servos`, for every motor; None: as the motors say.
        renderer: what draws a simulated face's mirror image: "own" (this package's, on the CPU) or
            "gl" (OpenGL, extra `gl`; equal to within `sim.gl.TOLERANCE`).
        changes: what happened to a simulated body that its description doesn't know; its weights
            load all the same.
        camera: what is wrong with a simulated face's mirror camera; None: nothing.

    Raises:
        FaceError: no such face, driver or set of servos; no body that could change; a motor moves
            nothing of the simulated body; or no OpenGL, at the first image.
        MissingExtraError: the extra `gl` is wanted and not installed, at the first image.
        ConfigError: the description is wrong.
    """
    spec = read_face_spec(name, servos)
    if changes is not None and (driver or spec.driver) != "sim":
        raise FaceError(
            f"face {spec.name}: changes are made to the simulated body; take driver sim"
        )
    match driver or spec.driver:
        case "sim":
            from .sim.face import SimFace

            return SimFace(spec, seed=seed, renderer=renderer, changes=changes, faults=camera)
        case "mock":
            from .mock import MockFace

            return MockFace(spec)
        case unknown:
            raise FaceError(
                f"face {spec.name}: there is no driver {unknown!r}; drivers: {', '.join(DRIVERS)}"
            )


def warm_up(name: str | Path, driver: str | None, progress: Progress | None = None) -> None:
    """Does what a driver must do once before its first start; later it only starts and stops.

    The simulator compiles itself (15 to 30 s of one core); the mock needs nothing.

    Args:
        name, driver: as for `open_face`.
        progress: called with steps done and steps in all, where anything must be done.
    """
    spec = read_face_spec(name)
    if (driver or spec.driver) == "sim":
        from .sim.warmup import warm_up as warm_up_sim

        with watch_first_start(spec, driver, progress):
            warm_up_sim(spec)


@contextmanager
def watch_first_start(
    spec: FaceSpec, driver: str | None, progress: Progress | None
) -> Iterator[None]:
    """Like `warm_up`, for a block in which the driver starts anyway: it only tells how far it is.

    Args:
        spec: the face.
        driver: as for `open_face`.
        progress: called with steps done and steps in all, maybe in another thread; never where
            nothing is done for the first time.
    """
    if progress is None or (driver or spec.driver) != "sim":
        yield
        return
    from .sim.compiling import watch_compiling

    with watch_compiling(progress):
        yield
