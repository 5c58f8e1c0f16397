"""What was seen and heard in all films of a source → how late each sound is, and what is refused.

In: `FilmRecord`s of one source. Out: an offset for each film, and for each part why it is refused
or "". The source's films are taken together first: one offset, found where many agree. A film that
is long enough to say otherwise has its own. Then each part must go with the sound at its film's
offset; of several faces in a shot the one whose lips do is the speaker.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from ..timing import HOP_HZ
from ..vision.sync import (
    MAX_LAG_HOPS,
    SURE,
    Evidence,
    Offset,
    find_offset,
    goes_with,
    is_enough,
    is_likely,
    look_up,
    pool,
)
from .record import MIN_MOVES, FilmRecord, Part

MIN_SPEECH_S: Final = 0.5
MIN_DRIFT_MS: Final = 80.0  # between parts of one film
OWN_ODDS: Final = 4.0  # log likelihood by which a film must prefer its own offset to its source's


@dataclass(frozen=True)
class Decision:
    """What becomes of one part.

    Attributes:
        part: the part.
        offset: its film's, or None where sound and lips were not compared.
        reason: why it is refused, or "".
    """

    part: Part
    offset: Offset | None
    reason: str


def decide(records: Sequence[FilmRecord], *, check_sync: bool) -> dict[str, list[Decision]]:
    """Decides on all parts of a source's films.

    Args:
        records: all films of the source.
        check_sync: False takes every sound as it is: offset 0, nothing refused for it.

    Returns:
        Film → its parts, as they are in the record.
    """
    if not check_sync:
        return {r.name: [Decision(p, None, _look_at(p)) for p in r.parts] for r in records}
    evidence = {r.name: pool(p.evidence for p in r.parts if not _look_at(p)) for r in records}
    source = _find_common(list(evidence.values()))
    decisions = {}
    for record in records:
        offset, reason = _place(evidence[record.name], source)
        reason = reason and (_find_drift(record) or reason)
        decisions[record.name] = [
            Decision(part, offset, _look_at(part) or reason or _judge(part, record, offset))
            for part in record.parts
        ]
    return decisions


def _find_common(films: Sequence[Evidence]) -> tuple[Offset, Evidence]:
    """The offset of all films together, those left out that do not go with it or have their own."""
    together = pool(films)
    first = find_offset(together)
    if not first.is_sure:
        return first, together
    agreeing = find_offset(
        pool(film for film in films if goes_with(film, first) and not _has_own(film, first))
    )
    return (agreeing if agreeing.is_sure else first), together


def _has_own(film: Evidence, common: Offset) -> bool:
    """Whether a film shows an offset of its own: likelier by far than its source's."""
    own = find_offset(film)
    odds = own.sureness * (own.sureness - look_up(film, common.seconds))
    return own.is_sure and odds >= OWN_ODDS


def _place(film: Evidence, source: tuple[Offset, Evidence]) -> tuple[Offset, str]:
    """A film's offset, and why it is refused as a whole, or ""."""
    common, together = source
    own = find_offset(film)
    fits = common.is_sure and goes_with(film, common)
    if own.is_sure and (not fits or _has_own(film, common)):
        return own, ""
    if common.is_sure:
        return common, "" if fits else _complain(film, common)
    if is_enough(film) or is_enough(together):
        return own, (
            f"lips and sound do not go together within {MAX_LAG_HOPS / HOP_HZ:g} s (sureness "
            f"{own.sureness:.1f}, {SURE:g} needed): dubbed, out of sync, or another one speaks"
        )
    return own, (
        f"too little speech to tell whether lips and sound go together (sureness "
        f"{own.sureness:.1f}, {SURE:g} needed): watch it with more of the same source, or with "
        "--no-sync"
    )


def _find_drift(record: FilmRecord) -> str:
    """Says so where single parts are sure of their sound, but each at another time, or ""."""
    offsets = [find_offset(part.evidence) for part in record.parts if not _look_at(part)]
    late_ms = sorted(1000 * offset.seconds for offset in offsets if offset.is_sure)
    if len(late_ms) < 2 or late_ms[-1] - late_ms[0] < MIN_DRIFT_MS:
        return ""
    return (
        f"the sound is not late by the same all through: {late_ms[0]:+.0f} to {late_ms[-1]:+.0f} ms"
    )


def _look_at(part: Part) -> str:
    """Why a part is refused by itself, or ""."""
    if part.reason:
        return part.reason
    if part.speech_hops < MIN_SPEECH_S * HOP_HZ:
        return f"{part.speech_hops / HOP_HZ:.1f} s of speech; {MIN_SPEECH_S} s are needed"
    if not part.is_alive:
        return (
            f"the lips move by {part.moves:.3f} eye distances while somebody speaks, {MIN_MOVES} "
            "are needed: a still picture, or a covered mouth"
        )
    return ""


def _judge(part: Part, record: FilmRecord, offset: Offset) -> str:
    """Why the sound is not this part's, or "", at its film's offset."""
    rivals = [p for p in record.parts if p is not part and _share_time(p, part)]
    rivals = [p for p in rivals if p.face != part.face and not _look_at(p)]
    if any(_agree(p, offset) > _agree(part, offset) for p in rivals):
        return "another face in the shot speaks"
    is_own = is_likely if rivals else goes_with
    return "" if is_own(part.evidence, offset) else _complain(part.evidence, offset)


def _complain(evidence: Evidence, offset: Offset) -> str:
    got = look_up(evidence, offset.seconds)
    return (
        f"the lips do not go with the sound (sureness {got:.1f} at "
        f"{offset.seconds * 1000:+.0f} ms): dubbed, or another one speaks"
    )


def _agree(part: Part, offset: Offset) -> float:
    return look_up(part.evidence, offset.seconds)


def _share_time(first: Part, second: Part) -> bool:
    """Whether two parts cover half of the shorter one together."""
    shared_s = min(first.end_s, second.end_s) - max(first.start_s, second.start_s)
    return shared_s > 0.5 * min(first.end_s - first.start_s, second.end_s - second.start_s)
