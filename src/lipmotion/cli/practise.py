"""`lipmotion practise`: the face performs people's lips before its mirror and learns from it."""

from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from .camera_delay import CameraDelay, read_delay_s
from .checks import SEED, above, at_least
from .progress import PREPARING, show_progress


def practise(
    *,
    people: Annotated[
        tuple[Path, ...],
        Parameter(help="folders made by `lipmotion watch`: lips to perform", consume_multiple=True),
    ],
    out: Annotated[Path, Parameter(help="folder for the film and the bundles; taken up again")],
    face: Annotated[str, Parameter(help="name of a face, or a folder with face.yaml")] = "emo",
    bundle: Annotated[
        Path | None, Parameter(help="the self-model to begin with; by default the face's own")
    ] = None,
    split: Annotated[
        Path | None,
        Parameter(help="table person,name,split: `test` never teaches, `check` picks the weights"),
    ] = None,
    minutes: Annotated[
        float, Parameter(help="of performing, robot time", validator=above(0))
    ] = 10.0,
    rounds: Annotated[
        int, Parameter(help="rounds of performing and learning", validator=at_least(1))
    ] = 2,
    driver: Annotated[str | None, Parameter(help="sim; none for real servos ships yet")] = None,
    camera_delay: CameraDelay = None,
    seed: Annotated[int, Parameter(help="seed of practice and learning", validator=SEED)] = 0,
    pace: Annotated[
        float, Parameter(help="steps of each part, as a multiple of the usual", validator=above(0))
    ] = 1.0,
) -> None:
    """Improves a face's self-model, or heals it after the body changed, by practice alone."""
    from ..face.description import read_face_spec
    from ..face.open import open_face, warm_up
    from ..learn.people import read_people
    from ..learn.practise import PractiseConfig
    from ..learn.practise import practise as practise_face
    from ..learn.split import check_split, read_split
    from ..selfmodel.bundle import open_self

    spec = read_face_spec(face)
    start = open_self(spec, bundle)
    delay_s = read_delay_s(camera_delay, spec)
    test, check = ((), ()) if split is None else read_split(split)
    check_split((*test, *check), people)
    watched = read_people(people, test=set(test), check=set(check) or None)
    with show_progress() as begin:
        warm_up(face, driver, begin(*PREPARING))
        made = practise_face(
            lambda: open_face(face, driver, seed), spec, start, out,
            people=watched, config=PractiseConfig(minutes, seed, rounds, pace),
            camera_delay_s=delay_s, report=begin,
        )  # fmt: skip
    print(made)
