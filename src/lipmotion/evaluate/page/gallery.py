"""Films and film strips of a source, where some were kept: to be seen and heard.

In: a source of a report, and what lies beside it. Out: a figure a clip: the films side by side,
with sound, and the mouths at telling moments below.
"""

from typing import Final

from ..report_json import Report, SourceInfo
from .html import Html, join, tag
from .media import Media, name_all

_MOST: Final = 3  # clips in the open; more are folded
Clip = tuple[str, str]  # person, clip


def draw_gallery(report: Report, source: SourceInfo, media: Media) -> Html | None:
    """All clips of a source that have a strip or films side by side; None where none has."""
    found = []
    for person, clip in list_clips(report, source):
        names = name_all(source.name, person, clip)
        side, strip = (
            next((own[name] for name in names if name in own), None)
            for own in (media.sides, media.strips)
        )
        if side is not None or strip is not None:
            found.append(_draw_clip(person, clip, side, strip))
    if not found:
        return None
    note = tag(
        "p", "Mouths at the same moments of a sound: where lips are closed, wide open or round, by "
        "the person (where nobody was filmed, by the phones). Nothing is moved in time.",
        class_="note",
    )  # fmt: skip
    rest = None
    if len(found) > _MOST:
        rest = tag("details", tag("summary", f"{len(found) - _MOST} more"), *found[_MOST:])
    return join([note, *found[:_MOST], rest])


def list_clips(report: Report, source: SourceInfo) -> list[Clip]:
    """(person, clip) of a source, in the order of the report."""
    tracks = [(t.person, t.clip) for t in report.tracks if t.source == source.name]
    scores = [(c.person, c.clip) for s in report.find_scores(source.name) for c in s.clips]
    return list(dict.fromkeys((*tracks, *scores)))


def _draw_clip(person: str, clip: str, side: str | None, strip: str | None) -> Html:
    shown = []
    if side is not None:
        shown.append(
            tag("video", src=side, controls=True, playsinline=True, preload="metadata",
                aria_label=f"Clip {clip} of {person}: films side by side, with sound")
        )  # fmt: skip
    if strip is not None:
        alt = f"Film strip of clip {clip} of {person}: the person and the methods, image by image."
        picture = tag("img", src=strip, alt=alt, loading="lazy")
        shown.append(tag("div", picture, class_="strip", tabindex=0))
    caption = tag("figcaption", tag("b", clip, " – ", person))
    return tag("figure", caption, *shown, class_="panel seen")
