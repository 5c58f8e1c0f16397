"""`lipmotion perform`: a sound → a film of the face performing it, motor commands, or both."""

import contextlib
from pathlib import Path
from typing import Annotated, Final

from cyclopts import CycloptsError, Parameter

from .checks import SEED, at_least
from .progress import PREPARING, show_progress

EXAMPLE: Final = Path(__file__).parent.parent / "examples" / "example.opus"
EXAMPLE_FILM: Final = "lipmotion-example.mp4"  # a name nobody else uses: it is overwritten


def perform(
    sound: Annotated[
        Path | None, Parameter(help="sound or video file; without one, a built-in example")
    ] = None,
    /,
    *,
    say: Annotated[str | None, Parameter(help="speak this text (espeak-ng) instead")] = None,
    out: Annotated[Path | None, Parameter(help="the film, .mp4")] = None,
    motors: Annotated[Path | None, Parameter(help="commands: .csv, .parquet or .npz")] = None,
    face: Annotated[str, Parameter(help="name of a face, or a folder with face.yaml")] = "emo",
    driver: Annotated[str | None, Parameter(help="sim, or mock (commands only)")] = None,
    speech: Annotated[
        Path | None,
        Parameter(help="another speech bundle, e.g. of `learn speech --voice`", show_default=False),
    ] = None,
    still: Annotated[bool, Parameter(help="only lips and jaw move", negative="")] = False,
    lookahead: Annotated[
        int,
        Parameter(
            help="ms the path may hear ahead; least: the face's preview and 20 (emo: 60)",
            validator=at_least(0),
        ),
    ] = 300,
    seed: Annotated[int, Parameter(help="draws blinks, looks, servo errors", validator=SEED)] = 0,
    force: Annotated[bool, Parameter(help="overwrite what is there", negative="")] = False,
) -> None:
    """Performs a sound: with neither --out nor --motors it films <SOUND's stem>.mp4 here."""
    if sound is not None and say is not None:
        raise CycloptsError(msg="give a sound or --say, not both")
    from ..face.description import read_face_spec
    from ..media.sound import open_sound
    from ..perform.outputs import check_outputs
    from ..perform.performer import open_path, perform_to_files
    from ..voice.sources import say as speak

    with contextlib.ExitStack() as stack:
        source = stack.enter_context(speak(say)) if say is not None else sound or EXAMPLE
        is_example = source == EXAMPLE
        if out is None and motors is None:
            out = Path(EXAMPLE_FILM if is_example else f"{source.stem}.mp4")
            force = force or is_example
        check_outputs(source, out, motors, force=force)
        heard = open_sound(source)
        spec = read_face_spec(face)
        path = open_path(spec, lookahead_ms=lookahead, is_still=still, seed=seed, speech=speech)
        with show_progress() as begin:
            n_hops = perform_to_files(
                heard,
                spec,
                path,
                film=out,
                motors=motors,
                driver=driver,
                seed=seed,
                preparing=begin(*PREPARING),
                progress=begin("perform"),
            )
    for written in (out, motors):
        if written is not None:
            print(f"wrote {written.absolute()} ({n_hops / 50:.2f} s of {source.name})")
