"""Takes → the rows of a report, source by source.

In: a source (`sources.py`), the takes of each method, the robot as an owner. Out: `Rows` of scores,
ranges and tracks.

Conventions: the robot's range is taken over all its takes of one method on the source; for sounds
without a voice, where nobody speaks, it is that of the same method with people, or of babbling.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from ..lips import LipTrack
from ..vision.owner import Owner
from .align import Lag
from .compose import compose_range, compose_score, compose_track
from .latents import Latents, add_latents
from .measures import SOUND_MEASURES
from .metrics import (
    SpeechRange,
    fit_range,
    measure_jitter,
)
from .report_json import RangeInfo, Score, TrackInfo
from .rest import measure_open, measure_stillness
from .said import HUMAN, NOTHING_SAID, Said
from .scores import ClipScore, summarise
from .sources import People, Sounds, Speech
from .spoken import find_spoken, score_speech, to_planned
from .stage import Take
from .suite import Clip, MethodScore, score_method
from .verdict import NATIVE, to_track

Takes = Mapping[str, Sequence[Take]]
Imagined = Sequence[Latents]


@dataclass
class Rows:
    """What is gathered for a report."""

    scores: list[Score] = field(default_factory=list)
    ranges: list[RangeInfo] = field(default_factory=list)
    tracks: list[TrackInfo] = field(default_factory=list)
    spoken: dict[tuple[str, str], SpeechRange] = field(default_factory=dict)  # method, view


def add_people(
    rows: Rows,
    people: People,
    takes: Takes,
    owners: Mapping[str, Owner],
    said: Said = NOTHING_SAID,
    imagined: Imagined | None = None,
    *,
    seed: int,
) -> None:
    """Scores all methods on films of people; `imagined` are the latents of each clip's lips."""
    if said:
        human = said.score_human(people.clips, seed=seed)
        rows.scores.append(compose_score(people.name, HUMAN.name, human))
    for person, own in people.ranges.items():
        rows.ranges.append(compose_range(people.name, person, own))
    for clip, case in zip(people.clips, people.cases, strict=True):
        row = compose_track(clip.source, clip.name, clip.person, clip.lips, sound=case.sound)
        rows.tracks.append(row)
    for method, done in takes.items():
        for view, owner in _seen_in(done, owners).items():
            robots = [
                to_track(take.seen[view], owner, clip.lips.in_speech)
                for take, clip in zip(done, people.clips, strict=True)
            ]
            rng = np.random.default_rng(seed)
            score = score_method(people.clips, robots, done, owner.noise, rng=rng)
            own = fit_range(robots, noise=owner.noise)
            n = len(robots)
            score = said.add(score, people.clips, robots, [own] * n, ["robot"] * n, seed=seed)
            if imagined is not None and view == NATIVE.name:
                spoken = [clip.lips.in_speech for clip in people.clips]
                score = add_latents(score, done, imagined, spoken, seed=seed)
            rows.scores.append(compose_score(people.name, method, score, view=view))
            rows.spoken[method, view] = own
            told = compose_range(people.name, "robot", own, method=method, view=view)
            rows.ranges.append(told)
            _add_tracks(rows, people.clips, robots, method, view)


def add_ceiling(
    rows: Rows,
    people: People,
    robots: Sequence[LipTrack],
    method: str,
    said: Said = NOTHING_SAID,
    *,
    seed: int,
) -> None:
    """Scores the same films tracked again; clips whose film is not at hand are left out."""
    clips = [clip for clip in people.clips if (clip.person, clip.name) in people.films]
    ranges = {
        person: fit_range(
            [robot for clip, robot in zip(clips, robots, strict=True) if clip.person == person],
            noise=people.ranges[person].noise,
        )
        for person in dict.fromkeys(clip.person for clip in clips)
    }
    own = [ranges[clip.person] for clip in clips]
    rng = np.random.default_rng(seed)
    score = score_method(clips, robots, [], own[0].noise, rng=rng, own_ranges=own)
    score = said.add(score, clips, robots, own, [clip.person for clip in clips], seed=seed)
    rows.scores.append(compose_score(people.name, method, score))
    for person, lips in ranges.items():
        rows.ranges.append(compose_range(people.name, person, lips, method=method))
    _add_tracks(rows, clips, robots, method, "seen")


def add_speech(
    rows: Rows,
    speech: Speech,
    takes: Takes,
    plans: Mapping[str, Sequence[np.ndarray]],
    owners: Mapping[str, Owner],
    imagined: Imagined | None = None,
    *,
    seed: int,
) -> None:
    """Scores planned and executed lips against known phones; `imagined` are ours, as planned."""
    lengths = [s.case.n_hops for s in speech.spoken]
    speaks = [find_spoken(s, n) for s, n in zip(speech.spoken, lengths, strict=True)]
    found: list[tuple[str, str, list[LipTrack], np.ndarray | None]] = []
    for method, shapes in plans.items():
        meant = [to_planned(x, in_speech) for x, in_speech in zip(shapes, speaks, strict=True)]
        found.append((method, "planned", meant, None))
    for method, done in takes.items():
        for view, owner in _seen_in(done, owners).items():
            seen = [
                to_track(take.seen[view], owner, in_speech)
                for take, in_speech in zip(done, speaks, strict=True)
            ]
            found.append((method, view, seen, owner.noise))
    for method, view, tracks, noise in found:
        scores = score_speech(speech.spoken, tracks, noise, rng=np.random.default_rng(seed))
        if imagined is not None and view == NATIVE.name:
            told = add_latents(scores[""], takes[method], imagined, speaks, seed=seed)
            scores = {**scores, "": told}
        for group, score in scores.items():
            rows.scores.append(compose_score(speech.name, method, score, view=view, group=group))


def add_sounds(
    rows: Rows, sounds: Sounds, takes: Takes, owners: Mapping[str, Owner], *, seed: int
) -> None:
    """Scores how calm the lips stay where nobody speaks."""
    for method, done in takes.items():
        for view, owner in _seen_in(done, owners).items():
            own = rows.spoken.get((method, view)) or _range_of(owner)
            clips = []
            for case, take in zip(sounds.cases, done, strict=True):
                everywhere = np.ones(len(take), bool)
                values = to_track(take.seen[view], owner, ~everywhere).values
                shares = {
                    "stillness": measure_stillness(values, own, everywhere),
                    "open": measure_open(values, own, everywhere),
                    "jitter": measure_jitter(take.sent),
                }
                clips.append(ClipScore(case.name, case.person, case.language, shares))
            rng = np.random.default_rng(seed)
            figures = {name: summarise(clips, name, rng=rng) for name in SOUND_MEASURES}
            score = MethodScore(Lag(0.0, 0.0, is_defined=False), figures, clips, {})
            rows.scores.append(compose_score(sounds.name, method, score, view=view))


def _add_tracks(
    rows: Rows, clips: Sequence[Clip], robots: Sequence[LipTrack], method: str, view: str
) -> None:
    for clip, robot in zip(clips, robots, strict=True):
        rows.tracks.append(
            compose_track(clip.source, clip.name, clip.person, robot, method=method, view=view)
        )


def _seen_in(takes: Sequence[Take], owners: Mapping[str, Owner]) -> dict[str, Owner]:
    """The views in which a method was filmed, and the robot in each."""
    return {view: owner for view, owner in owners.items() if all(view in t.seen for t in takes)}


def _range_of(owner: Owner) -> SpeechRange:
    low, high = owner.speech_low, owner.speech_high
    return SpeechRange(low, high, 0.0, owner.noise)
