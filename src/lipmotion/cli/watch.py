"""`lipmotion watch`: films of people become their lips over time."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

from cyclopts import Parameter

from .checks import at_least, plain_name
from .progress import show_progress

if TYPE_CHECKING:
    from ..watched import Segment

MOST_LINES: Final = 20


def watch(
    films: Annotated[
        list[Path] | None,
        Parameter(help="films of any kind; folders, 'patterns*.mp4', lists (.txt, .csv) of them"),
    ] = None,
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
    sync: Annotated[
        bool, Parameter(help="find how late each sound is, and refuse lips that go with another")
    ] = True,
    workers: Annotated[
        int | None, Parameter(help="processes; else one a core", validator=at_least(1))
    ] = None,
    ray: Annotated[
        str | None, Parameter(help="address of a Ray cluster that watches; 'local' starts one here")
    ] = None,
    report: Annotated[
        bool,
        Parameter(
            help="also write report.html: what was kept, what was refused, and why", negative=""
        ),
    ] = False,
) -> None:
    """Finds the lips of the people in films, for `lipmotion learn speech`."""
    if not films and not report:
        from cyclopts import CycloptsError

        raise CycloptsError(msg="give films, or --report for a folder that was watched before")
    from ..errors import RecordingError
    from ..processes import count_cores
    from ..watch.plan import WatchConfig
    from ..watch.report import write_report
    from ..watch.run import watch_films
    from ..watched import open_watched

    if films:
        n_workers = workers or count_cores()
        config = WatchConfig(mirrored, language, licence, person, n_workers, sync)
        with show_progress() as begin:
            watching, settling = begin("watch"), begin("settle")
            folder = watch_films(films, out, config, ray=ray, progress=watching, settling=settling)
    else:
        folder = open_watched(out)
    if report:
        print(f"report: {write_report(folder)}")
    segments = folder.finished()
    _list_refused([segment for segment in segments if segment.reason])
    kept = [segment for segment in segments if not segment.reason]
    if not kept:
        raise RecordingError(f"{out}: none of the {len(segments)} films can be used")
    people = {segment.person for segment in kept}
    seconds = sum(segment.end_s - segment.start_s for segment in kept)
    print(f"{out}: {len(kept)} segments of {len(people)} people, {seconds / 60:.1f} minutes")


def _list_refused(refused: "Sequence[Segment]") -> None:
    for segment in refused[:MOST_LINES]:
        print(f"refused {segment.person}/{segment.name}: {segment.reason}")
    if len(refused) > MOST_LINES:
        print(f"refused: {len(refused) - MOST_LINES} more, in the index")
