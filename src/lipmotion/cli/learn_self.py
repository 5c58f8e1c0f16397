"""`lipmotion learn self`: a babble recording becomes the bundle with which a face knows itself."""

from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from ..timing import HOP_MS
from .checks import SEED, above, at_least
from .progress import show_progress


def learn_self(
    *,
    data: Annotated[Path, Parameter(help="a recording made by `lipmotion babble`")],
    out: Annotated[Path, Parameter(help="folder for the runs and the bundle; taken up again")],
    people: Annotated[
        tuple[Path, ...],
        Parameter(help="folders made by `lipmotion watch`: lips to follow", consume_multiple=True),
    ] = (),
    split: Annotated[
        Path | None,
        Parameter(help="table person,name,split: `test` never teaches, `check` picks the weights"),
    ] = None,
    face: Annotated[
        str | None,
        Parameter(help="name of the face, or a folder with face.yaml; by default the one recorded"),
    ] = None,
    seed: Annotated[int, Parameter(help="seed of the learning", validator=SEED)] = 0,
    preview: Annotated[
        int | None,
        Parameter(
            help="ms that commands are planned ahead; by default the face's own lag",
            validator=at_least(HOP_MS, 1000),
        ),
    ] = None,
    pace: Annotated[
        float, Parameter(help="steps of each part, as a multiple of the usual", validator=above(0))
    ] = 1.0,
) -> None:
    """Learns what each motor does to the lips, and how to make lips do what is meant."""
    from ..face.description import read_face_spec
    from ..learn.learner import make_config
    from ..learn.people import read_people
    from ..learn.selves import learn_self as learn
    from ..learn.split import check_split, read_split
    from ..recording import open_recording

    spec = read_face_spec(face or open_recording(data).info.face)
    recording = open_recording(data, face_hash=spec.hash)
    test, check = ((), ()) if split is None else read_split(split)
    check_split((*test, *check), people)
    watched = read_people(people, test=set(test), check=set(check) or None)
    with show_progress() as begin:
        bundle = learn(
            recording,
            spec,
            out,
            people=watched,
            config=make_config(seed, pace=pace, preview_hops=preview and round(preview / HOP_MS)),
            report=begin,
        )
    print(bundle)
