"""`lipmotion watch`: films of people become their lips over time."""

from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from .checks import at_least, plain_name
from .progress import show_progress


def watch(
    films: Annotated[list[Path], Parameter(help="films, or folders of films; one person in each")],
    /,
    *,
    out: Annotated[Path, Parameter(help="the watched folder; taken up again if it is one")],
    person: Annotated[
        str | None,
        Parameter(
            help="whose films; else the name of the folder a film lies in", validator=plain_name
        ),
    ] = None,
    language: Annotated[str, Parameter(help="what they speak, e.g. en; for the index")] = "",
    licence: Annotated[str, Parameter(help="what the films may be used for; for the index")] = "",
    mirrored: Annotated[
        bool, Parameter(help="look at each image also in a mirror: half the noise, twice the time")
    ] = True,
    workers: Annotated[int, Parameter(help="processes", validator=at_least(1))] = 1,
) -> None:
    """Finds the lips of the people in films, for `lipmotion learn speech`."""
    from ..errors import RecordingError
    from ..watch.plan import WatchConfig
    from ..watch.run import watch_films

    config = WatchConfig(mirrored, language, licence, person, workers)
    with show_progress() as begin:
        folder = watch_films(films, out, config, progress=begin("watch"))
    segments = folder.finished()
    refused = [segment for segment in segments if segment.reason]
    for segment in refused:
        print(f"refused {segment.person}/{segment.name}: {segment.reason}")
    if len(refused) == len(segments):
        raise RecordingError(f"{out}: none of the {len(segments)} films can be used")
    people = {segment.person for segment in segments if not segment.reason}
    print(f"{out}: {len(segments) - len(refused)} films of {len(people)} people")
