"""`lipmotion export lerobot`: a mirror recording becomes a LeRobotDataset."""

from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from .checks import REPO_ID
from .progress import show_progress


def export_lerobot(
    recording: Annotated[Path, Parameter(help="a recording made by `lipmotion babble`")],
    /,
    *,
    out: Annotated[Path, Parameter(help="the dataset's folder: new, or empty")],
    repo_id: Annotated[
        str | None,
        Parameter(
            help="the name it is to have, OWNER/NAME; by default local/NAME of the folder",
            validator=REPO_ID,
        ),
    ] = None,
    licence: Annotated[
        str, Parameter(help="the licence that you give it, for its datasheet: cc-by-4.0, …")
    ] = "",
) -> None:
    """Writes a recording as a LeRobotDataset (format v3.0), with a datasheet."""
    from ..export.lerobot import export_lerobot as export
    from ..export.lerobot_format import VERSION, name_locally
    from ..recording import open_recording

    opened = open_recording(recording)
    with show_progress() as begin:
        done = export(
            opened, out, repo_id=repo_id or name_locally(out), licence=licence,
            progress=begin("export"),
        )  # fmt: skip
    print(
        f"{out}: LeRobotDataset {VERSION}, {done.n_rows} rows in {done.n_episodes} episodes; "
        f"{done.n_left_out} images at the ends of runs left out"
    )
