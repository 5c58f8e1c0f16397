"""`lipmotion mirror --check`: is what the face sees of itself good enough to learn from?"""

from pathlib import Path
from typing import Annotated

from cyclopts import CycloptsError, Parameter

from .checks import SEED, at_least
from .progress import PREPARING, show_progress

_MARKS = {True: "good", False: "BAD ", None: "?   "}


def mirror(
    *,
    check: Annotated[bool, Parameter(help="measures and judges the mirror", negative="")] = False,
    face: Annotated[str, Parameter(help="name of a face, or a folder with face.yaml")] = "emo",
    driver: Annotated[str | None, Parameter(help="sim; none for real servos ships yet")] = None,
    seconds: Annotated[
        float, Parameter(help="for how long the face rests", validator=at_least(5, 600))
    ] = 20.0,
    out: Annotated[
        Path | None, Parameter(help="JSON of the figures; `babble --camera-delay` reads it")
    ] = None,
    seed: Annotated[int, Parameter(help="of the light's switching", validator=SEED)] = 0,
) -> int:
    """The face rests before its mirror; a light, where it has one, tells the camera's delay."""
    import numpy as np

    from ..errors import RecordingError
    from ..face.description import read_face_spec
    from ..face.open import open_face, watch_first_start
    from ..mirror.check import check_mirror
    from ..mirror.judge import judge, write_figures

    if not check:
        raise CycloptsError(msg="say what is wanted of the mirror: --check")
    if out is not None and not out.parent.is_dir():
        raise RecordingError(f"{out}: there is no folder {out.parent}")
    spec = read_face_spec(face)
    with (
        show_progress() as begin,
        watch_first_start(spec, driver, begin(*PREPARING)),
        open_face(face, driver, seed) as body,
    ):
        figures = check_mirror(
            body, rng=np.random.default_rng(seed), seconds=seconds, progress=begin("mirror")
        )
    verdicts = judge(figures, spec)
    for verdict in verdicts:
        print(f"{_MARKS[verdict.is_good]}  {verdict.text}")
    if out is not None:
        write_figures(out, figures, spec)
        print(out)
    is_good = all(verdict.is_good is not False for verdict in verdicts)
    print("the mirror is good enough" if is_good else "the mirror is not good enough")
    return 0 if is_good else 1
