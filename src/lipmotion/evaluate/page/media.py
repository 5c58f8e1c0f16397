"""Films and film strips that lie beside a report, if any.

films/METHOD/CLIP.mp4   what a method performed; METHOD `person`: the person's own film
strips/CLIP.png         images of a clip side by side (or .jpg)
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import quote

FILMS, STRIPS = "films", "strips"


@dataclass(frozen=True)
class Media:
    """(method, clip) → film, clip → strip; relative to the page, ready for a link."""

    films: Mapping[tuple[str, str], str] = field(default_factory=dict)
    strips: Mapping[str, str] = field(default_factory=dict)


def find_media(folder: Path) -> Media:
    """What lies beside a report."""
    films = {
        (path.parent.name, path.stem): quote(path.relative_to(folder).as_posix())
        for path in sorted((folder / FILMS).glob("*/*.mp4"))
    }
    strips = {
        path.stem: quote(path.relative_to(folder).as_posix())
        for path in sorted((folder / STRIPS).glob("*"))
        if path.suffix in (".png", ".jpg", ".jpeg")
    }
    return Media(films, strips)
