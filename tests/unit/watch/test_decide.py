"""Deciding over a source: one offset for all, films with their own, what is refused and why."""

from dataclasses import replace

import numpy as np

from lipmotion.vision.sync import MAX_LAG_HOPS, Evidence
from lipmotion.watch.decide import Decision, decide
from lipmotion.watch.record import FilmRecord, Part

LAGS = np.arange(-MAX_LAG_HOPS, MAX_LAG_HOPS + 1)


def make_part(late_hops: float | None, seconds: float = 10.0, *, face: int = 0) -> Part:
    """A part that agrees with its sound at one lag (None = nowhere), r 0.5."""
    n = 50 * seconds
    peak = 0.0 if late_hops is None else 0.5 * n
    curve = peak * np.exp(-(((LAGS - (late_hops or 0)) / 3) ** 2))
    part = Part("", "ann", face, 0.0, seconds, 25.0, 1.0, "", ((0, int(n * 0.7)),), 0.1)
    return replace(part, curve=tuple(curve), variance=5.0 * n, energy=n)


def make_film(name: str, *parts: Part) -> FilmRecord:
    return FilmRecord(name, "ann", f"{name}.mp4", parts=parts)


def found(decisions: dict[str, list[Decision]], name: str) -> tuple[int, str]:
    (decision,) = decisions[name]
    assert decision.offset is not None
    return round(decision.offset.seconds * 1000), decision.reason


def test_short_films_share_their_sources_offset() -> None:
    films = [make_film(f"f{k}", make_part(4 + (k % 3 - 1), 1.5)) for k in range(8)]
    alone = decide(films[:1], check_sync=True)
    assert "too little speech to tell" in found(alone, "f0")[1]
    together = decide(films, check_sync=True)
    ((late_ms, reason),) = {found(together, f"f{k}") for k in range(8)}
    assert 70 <= late_ms <= 90 and reason == ""


def test_a_long_film_may_have_its_own_offset() -> None:
    films = [make_film(f"f{k}", make_part(0, 10)) for k in range(6)]
    own = make_film("own", make_part(10, 30))
    decisions = decide([*films, own], check_sync=True)
    assert found(decisions, "own") == (200, "")
    assert {found(decisions, f"f{k}") for k in range(6)} == {(0, "")}
    short = make_film("short", make_part(10, 6))  # sure by itself, and no other film is like it
    assert found(decide([*films, short], check_sync=True), "short") == (200, "")


def test_dubbed_films_and_parts_are_refused() -> None:
    films = [make_film(f"f{k}", make_part(0, 10)) for k in range(6)]
    dubbed = make_film("dubbed", make_part(None, 30))
    mixed = make_film("mixed", make_part(0, 30), replace(make_part(None, 20), start_s=40, end_s=60))
    decisions = decide([*films, dubbed, mixed], check_sync=True)
    assert "the lips do not go with the sound (sureness 0.0" in found(decisions, "dubbed")[1]
    assert [bool(d.reason) for d in decisions["mixed"]] == [False, True]
    alone = decide([make_film("dubbed", make_part(None, 300))], check_sync=True)
    assert "lips and sound do not go together within 0.5 s" in found(alone, "dubbed")[1]


def test_a_sound_that_runs_away_is_told_from_a_dubbed_one() -> None:
    parts = [
        replace(make_part(-20 + 8 * k, 6), start_s=6.0 * k, end_s=6.0 * k + 6) for k in range(6)
    ]
    said = {d.reason for d in decide([make_film("drift", *parts)], check_sync=True)["drift"]}
    assert said == {"the sound is not late by the same all through: -400 to +400 ms"}


def test_the_face_that_speaks_is_found_turn_by_turn() -> None:
    turns = []
    for k in range(4):
        for face in (0, 1):
            part = make_part(0 if k % 2 == face else None, 3, face=face)
            turns.append(replace(part, start_s=3.0 * k, end_s=3.0 * k + 3))
    decisions = decide([make_film("talk", *turns)], check_sync=True)["talk"]
    kept = [(d.part.start_s, d.part.face) for d in decisions if not d.reason]
    assert kept == [(0, 0), (3, 1), (6, 0), (9, 1)]
    assert {d.reason for d in decisions if d.reason} == {"another face in the shot speaks"}


def test_silence_and_stillness_are_refused_before_the_sound_is_looked_at() -> None:
    quiet = make_film("quiet", replace(make_part(0), speech=((0, 20),)))
    still = make_film("still", replace(make_part(0), moves=0.001))
    bad = make_film("bad", replace(make_part(0), reason="too small"))
    for check_sync in (True, False):
        decisions = decide([quiet, still, bad], check_sync=check_sync)
        said = {name: own[0].reason for name, own in decisions.items()}
        assert said["quiet"] == "0.4 s of speech; 0.5 s are needed"
        assert "still picture" in said["still"] and said["bad"] == "too small"


def test_unchecked_films_are_taken_as_they_are() -> None:
    decisions = decide([make_film("dubbed", make_part(None, 300))], check_sync=False)
    assert decisions["dubbed"][0] == Decision(decisions["dubbed"][0].part, None, "")
    assert isinstance(decisions["dubbed"][0].part.evidence, Evidence)
