"""Openings of the lips over time, a clip at a time: the person as an area, each method a line.

Conventions: time runs from left to right, 50 hops a second; all rows of a clip share one scale, in
resting mouth widths of their owner. Lags are not taken off: it is what a viewer sees. Closures are
found as the measures find them, each owner with its own range of the report.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
from jaxtyping import Bool, Float

from ...runs import Runs, mark_runs
from ...timing import HOP_HZ
from ..metrics import SpeechRange, find_closed, find_closures
from ..report_json import RangeInfo, Report, SourceInfo, TrackInfo
from .figures import get_role
from .html import Html, join, tag
from .media import Media

MOST_CLIPS: Final = 24  # of a source; more would make the page heavy
MOST_CURVES: Final = 300  # of a source, so with many methods fewer clips
_HEIGHT: Final = 1000
_OPEN: Final = 3  # methods shown at first, besides ours


@dataclass(frozen=True)
class Curve:
    """One row: whose lips, their opening, and when they are closed."""

    method: str
    aperture: Float[np.ndarray, " hops"]
    closures: Runs


def draw_curves(report: Report, source: SourceInfo, media: Media) -> Html | None:
    """All clips of a source, one of them shown; None where the report has no curves."""
    people = [t for t in report.tracks if (t.source, t.method) == (source.name, "")]
    if not people:
        return None
    n_methods = len({t.method for t in report.tracks if t.source == source.name})
    most = max(1, min(MOST_CLIPS, MOST_CURVES // n_methods))
    chosen = _prefer(people, media, most)
    name = f"clip-{report.sources.index(source)}"
    options = [
        tag("option", f"{track.clip} – {track.person}", value=k) for k, track in enumerate(chosen)
    ]
    pick = tag("label", "Clip ", tag("select", *options, data_picks=name), for_=None)
    more = tag("label", tag("input", type="checkbox", data_shows=name), " all methods")
    note = "" if len(chosen) == len(people) else f" {len(chosen)} of {len(people)} clips."
    clips = [
        tag("div", _draw_clip(report, source, track, media, f"{name}-{k}"), class_="clip",
            data_of=name, hidden=k > 0)
        for k, track in enumerate(chosen)
    ]  # fmt: skip
    legend = tag(
        "p", "Grey hill: how far the person's lips are open. Coloured line: the robot's. Shaded "
        "columns: the person's lips are closed. Blocks at the bottom: the robot's are closed; they "
        "should lie in the columns. Rule at the top: the person speaks. Behind all: how loud the "
        "sound is. Lags are left in.",
        note, class_="note",
    )  # fmt: skip
    return join([legend, tag("div", pick, more, class_="picks"), *clips])


def choose_evenly(tracks: list[TrackInfo], most: int) -> list[TrackInfo]:
    """At most so many, spread over the list."""
    if len(tracks) <= most:
        return tracks
    return [tracks[k * len(tracks) // most] for k in range(most)]


def _prefer(tracks: list[TrackInfo], media: Media, most: int) -> list[TrackInfo]:
    """At most so many, those with films first; in their order."""
    kept = [t for t in tracks if media.find_film("", t.source, t.person, t.clip)][:most]
    others = [track for track in tracks if track not in kept]
    chosen = [*kept, *choose_evenly(others, most - len(kept))]
    return sorted(chosen, key=tracks.index)


def find_curve(report: Report, track: TrackInfo, in_speech: Bool[np.ndarray, " hops"]) -> Curve:
    """A track's opening and its closures, by its owner's range."""
    aperture = np.array(track.fields["aperture"])
    lips = _find_range(report, track)
    if lips is None or len(aperture) != len(in_speech):
        return Curve(track.method, aperture, np.zeros((0, 2), int))
    return Curve(track.method, aperture, find_closures(find_closed(aperture, lips), in_speech))


def _find_range(report: Report, track: TrackInfo) -> SpeechRange | None:
    own = [
        r for r in report.ranges
        if (r.source, r.method, r.view) == (track.source, track.method, track.view)
        and r.owner in (track.person, "robot")
    ]  # fmt: skip
    return _to_range(own[0]) if own else None


def _to_range(info: RangeInfo) -> SpeechRange:
    low, high, noise = (np.array(x, np.float32) for x in (info.low, info.high, info.noise))
    return SpeechRange(low, high, info.rounded, noise, info.contact)


def _draw_clip(
    report: Report, source: SourceInfo, person: TrackInfo, media: Media, name: str
) -> Html:
    n_hops = len(person.fields["aperture"])
    in_speech = mark_runs(person.in_speech, n_hops)
    human = find_curve(report, person, in_speech)
    order = [method.name for method in report.methods]
    key = (source.name, person.clip, person.person, "seen")
    tracks = [t for t in report.tracks if t.method and (t.source, t.clip, t.person, t.view) == key]
    tracks.sort(key=lambda track: order.index(track.method))
    curves = [find_curve(report, track, in_speech) for track in tracks]
    top = max([float(curve.aperture.max(initial=0.01)) for curve in (human, *curves)])
    shown = _choose_methods(report, [curve.method for curve in curves])
    ground = tag("g", *_draw_ground(person, human, top), id=name)  # drawn once, then used again
    again = tag("use", href=f"#{name}")
    rows = [_draw_row(report, person, human, ground, top, media, is_more=False)]
    rows += [
        _draw_row(report, person, curve, again, top, media, is_more=curve.method not in shown)
        for curve in curves
    ]
    return tag("ul", *rows, _draw_axis(n_hops), class_="curves")


def _choose_methods(report: Report, names: list[str]) -> set[str]:
    """What is shown at first: ours, then the first references and rivals."""
    by_role = [(get_role(report.method(name)), name) for name in names]
    ours = {name for role, name in by_role if role == "ours"}
    references = [name for role, name in by_role if role == "reference"][:1]
    rivals = [name for role, name in by_role if role == "rival"]
    return ours | set(references) | set(rivals[: _OPEN - len(references)])


def _draw_ground(person: TrackInfo, human: Curve, top: float) -> list[Html | None]:
    """What lies behind every row of a clip: the person's closures and opening, and the sound."""
    n_hops = len(human.aperture)
    return [
        *(_draw_band(runs, "shut") for runs in human.closures),
        _draw_sound(person),
        *(_draw_band(runs, "unseen-span") for runs in np.array(person.unseen).reshape(-1, 2)),
        tag("polygon", points=f"0,{_HEIGHT} {_join(human.aperture, top)} {n_hops - 1},{_HEIGHT}",
            class_="person"),
        *(
            tag("rect", x=start, y=0, width=end - start, height=25, class_="speaks")
            for start, end in person.in_speech
        ),
    ]  # fmt: skip


def _draw_row(
    report: Report,
    person: TrackInfo,
    curve: Curve,
    ground: Html,
    top: float,
    media: Media,
    *,
    is_more: bool,
) -> Html:
    n_hops, is_person = len(person.fields["aperture"]), curve.method == ""
    shapes = [ground]
    if not is_person:
        shapes.append(tag("polyline", points=_join(curve.aperture, top), class_="line"))
    shapes += [
        tag("rect", x=int(start), y=920, width=int(end - start), height=80, class_="block")
        for start, end in curve.closures
    ]
    plot = tag("svg", *shapes, viewBox=f"0 0 {n_hops - 1} {_HEIGHT}", preserveaspectratio="none",
               class_="plot", aria_hidden="true", focusable="false")  # fmt: skip
    n = len(curve.closures)
    told = f"{n} closure{'' if n == 1 else 's'}"
    title = "the person" if is_person else report.method(curve.method).title
    film = media.find_film(curve.method, person.source, person.person, person.clip)
    link = None if film is None else join([" ", tag("a", "film", href=film)])
    name = tag("span", tag("b", title), tag("small", told, link))
    role = "person" if is_person else get_role(report.method(curve.method))
    value = tag("output", class_="here", data_top=f"{top:.4f}")
    return tag("li", name, tag("div", plot, tag("i"), class_="box"), value,
               class_=f"is-{role}{' more' if is_more else ''}")  # fmt: skip


def _draw_sound(person: TrackInfo) -> Html | None:
    """The sound's peaks about the middle of the row, as an area; the loudest fills it."""
    peaks = np.array(person.sound)
    if not peaks.size or not peaks.max():
        return None
    half = np.round(0.46 * _HEIGHT * peaks / peaks.max()).astype(int)
    middle = _HEIGHT // 2
    upper = [f"{k},{middle - size}" for k, size in enumerate(half)]
    lower = [f"{k},{middle + size}" for k, size in enumerate(half)]
    return tag("path", d=f"M{' '.join([*upper, *reversed(lower)])}Z", class_="sound")


def _draw_axis(n_hops: int) -> Html:
    seconds = (n_hops - 1) / HOP_HZ
    step = next(s for s in (0.5, 1.0, 2.0, 5.0, 10.0, 30.0, 1e9) if seconds / s <= 8)
    ticks = [
        tag("span", f"{k * step:g} s", style=f"left:{100 * k * step / seconds:.2f}%")
        for k in range(int(seconds / step) + 1)
    ]
    return tag("li", tag("span"), tag("div", *ticks, class_="ticks"), tag("output", class_="here"),
               class_="axis", aria_hidden="true")  # fmt: skip


def _draw_band(run: "Float[np.ndarray, ' 2'] | np.ndarray", kind: str) -> Html:
    start, end = (int(x) for x in run)
    return tag("rect", x=start, y=0, width=end - start, height=_HEIGHT, class_=kind)


def _join(aperture: Float[np.ndarray, " hops"], top: float) -> str:
    heights = np.round(_HEIGHT * (1 - np.clip(aperture / top, 0, 1))).astype(int)
    return " ".join(f"{k},{height}" for k, height in enumerate(heights))
