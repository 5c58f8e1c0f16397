"""Films and film strips that lie beside a report, if any.

films/METHOD/NAME.mp4         what a method performed; METHOD `person`: the person's own film
films/side-by-side/NAME.mp4   some of them in one, with captions and sound
strips/NAME.jpg               mouths at telling moments (or .png)

NAME is PERSON-CLIP, SOURCE-PERSON-CLIP where two sources have the same, or CLIP alone.

Conventions: strips, and a few short films side by side, are put into the page itself, as much as
EMBEDDED_STRIPS and EMBEDDED_FILMS allow, so that it can be mailed; all else is linked.
"""

import base64
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final
from urllib.parse import quote

FILMS, STRIPS, SIDE_BY_SIDE = "films", "strips", "side-by-side"
EMBEDDED_STRIPS: Final = 4_000_000  # bytes of text
EMBEDDED_FILMS: Final = 1_500_000
_KINDS: Final = {".png": "image/png", ".jpg": "image/jpeg", ".jpeg": "image/jpeg"}


@dataclass(frozen=True)
class Media:
    """What a page shows, by the names of clips; addresses are ready for `src` and `href`.

    Attributes:
        films: (method, name) → film.
        strips: name → strip.
        sides: name → films side by side.
    """

    films: Mapping[tuple[str, str], str] = field(default_factory=dict)
    strips: Mapping[str, str] = field(default_factory=dict)
    sides: Mapping[str, str] = field(default_factory=dict)

    def find_film(self, method: str, source: str, person: str, clip: str) -> str | None:
        """The film of a method for a clip; "" = the person's own."""
        folder = name_folder(method or "person")
        found = (self.films.get((folder, n)) for n in name_all(source, person, clip))
        return next((film for film in found if film is not None), None)


def name_clip(person: str, clip: str) -> str:
    """The name of a clip's files: what no file's name may hold becomes _."""
    return re.sub(r"[^\w.+-]", "_", f"{person}-{clip}")


def name_folder(method: str) -> str:
    """The folder of a method's films."""
    return re.sub(r"[^\w.+-]", "-", method)


def name_all(source: str, person: str, clip: str) -> tuple[str, ...]:
    """Names that a clip's files may have, the surest first."""
    own = name_clip(person, clip)
    return name_clip(source, own), own, clip


def find_media(folder: Path) -> Media:
    """What lies beside a report."""
    films = {
        (path.parent.name, path.stem): quote(path.relative_to(folder).as_posix())
        for path in sorted((folder / FILMS).glob("*/*.mp4"))
    }
    strips = [p for p in sorted((folder / STRIPS).glob("*")) if p.suffix in _KINDS]
    sides = sorted((folder / FILMS / SIDE_BY_SIDE).glob("*.mp4"))
    return Media(
        {key: link for key, link in films.items() if key[0] != SIDE_BY_SIDE},
        _embed(strips, folder, EMBEDDED_STRIPS),
        _embed(sides, folder, EMBEDDED_FILMS),
    )


def _embed(paths: Sequence[Path], folder: Path, room: int) -> dict[str, str]:
    """Name → the file itself as an address while there is room, then a link."""
    found = {}
    for path in paths:
        size = 4 * -(-path.stat().st_size // 3)
        if size <= room:
            room -= size
            kind = _KINDS.get(path.suffix, "video/mp4")
            code = base64.b64encode(path.read_bytes()).decode("ascii")
            found[path.stem] = f"data:{kind};base64,{code}"
        else:
            found[path.stem] = quote(path.relative_to(folder).as_posix())
    return found
