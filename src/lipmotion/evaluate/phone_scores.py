"""Phones as measures of people's clips: lips close for p b m, come near for f v, round for u o w.

In: people's clips with their phones (`phones.py`), lips of the person or of a robot. Out: figures
by the names of PHONE_MEASURES; the person's own are read beside each method's.

Conventions: as for speech with known phones (`spoken.py`), but a method's lag is taken off, as for
all that is compared with people. Only holds in the person's speech count. Recall alone, with its
own chance: people close their lips for other sounds, too, so precision says little.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from ..lips import LipTrack
from ..timing import SAMPLE_RATE_HZ
from .align import remove_lag
from .align_files import AlignFolders
from .events import keep_runs, match_runs
from .metrics import (
    MAX_CLOSURE_HOPS,
    UNDEFINED,
    Share,
    SpeechRange,
    find_closed,
    find_closures,
    turn_holds,
)
from .phones import ENGINE, Aligner, Phones, keep_heard
from .reading_scores import find_words
from .sources import People
from .spoken import find_labelled, find_round_level, score_labiodental, score_rounding
from .suite import Clip, MethodScore, add_shares

PHONE_MEASURES: Final = (
    "bilabial_recall", "bilabial_recall_chance", "labiodental", "vowel_rounding_f1",
)  # fmt: skip

ByClip = Mapping[tuple[str, str], Phones]


@dataclass(frozen=True)
class Spelling:
    """Phones of the clips that are scored: (person, name) → phones."""

    by_clip: ByClip

    def score(
        self,
        clips: Sequence[Clip],
        tracks: Sequence[LipTrack],
        ranges: Sequence[SpeechRange],
        owners: Sequence[str],
        lag_hops: float = 0.0,
        *,
        rng: np.random.Generator,
    ) -> list[dict[str, Share]]:
        """All measures of each clip; undefined where its phones are not known.

        Args:
            clips: the people's side.
            tracks: lips of a robot, or the person's own, on the same hops.
            ranges: of whose lips these are, per clip.
            owners: who that is, per clip: what is round is told from all tracks of one owner.
            lag_hops: how late the tracks are.
            rng: draws the turns that measure chance.
        """
        moved = [_move(t, clip.lips, lag_hops) for t, clip in zip(tracks, clips, strict=True)]
        of_owner: dict[str, list[LipTrack]] = {}
        for owner, track in zip(owners, moved, strict=True):
            of_owner.setdefault(owner, []).append(track)
        level = {owner: find_round_level(own) for owner, own in of_owner.items()}
        found = []
        for clip, track, own, owner in zip(clips, moved, ranges, owners, strict=True):
            phones = self.by_clip.get((clip.person, clip.name))
            if phones is None:
                found.append(dict.fromkeys(PHONE_MEASURES, UNDEFINED))
            else:
                found.append(score_phones(phones, track, own, level[owner], rng=rng))
        return found


def find_spelling(people: People, files: AlignFolders, aligner: Aligner) -> Spelling:
    """Phones of all clips of a source whose words are known and can be found in their sound."""
    found = {}
    for case in people.cases:
        words = find_words(files, people.segments[case.person, case.name])
        if words:
            heard = keep_heard(words, len(case.sound) / SAMPLE_RATE_HZ)
            phones = aligner.align(case.sound, heard)
            if phones is not None:
                found[case.person, case.name] = phones
    return Spelling(found)


def score_phones(
    said: Phones, track: LipTrack, own: SpeechRange, is_round_at: float, *, rng: np.random.Generator
) -> dict[str, Share]:
    """All measures of one clip, on the clock of its sound.

    Args:
        said: what the clip says.
        track: lips without their lag; its `in_speech` is where they count.
        own: range of their owner.
        is_round_at: rounding above which a vowel is round.
        rng: draws the turns.
    """
    closed = find_closed(track.field("aperture"), own)
    wanted = keep_runs(find_labelled(said.closures, len(track)), track.in_speech)
    matched = match_runs(wanted, find_closures(closed, track.in_speech)).n_matched
    turns = turn_holds(wanted, closed, track.in_speech, max_hops=MAX_CLOSURE_HOPS, rng=rng)
    by_luck = float(np.mean([turn.n_matched for turn in turns]))
    return {
        "bilabial_recall": Share(float(matched), float(len(wanted))),
        "bilabial_recall_chance": Share(by_luck, float(len(wanted))),
        "labiodental": score_labiodental(said.phones, track, closed, own),
        "vowel_rounding_f1": score_rounding(said.phones, ENGINE, track, own, is_round_at),
    }


def add_phones(
    score: MethodScore,
    spelling: Spelling,
    clips: Sequence[Clip],
    tracks: Sequence[LipTrack],
    ranges: Sequence[SpeechRange],
    owners: Sequence[str],
    *,
    seed: int,
) -> MethodScore:
    """A method's score with the measures of phones."""
    rng = np.random.default_rng(seed)
    shares = spelling.score(clips, tracks, ranges, owners, score.lag.hops, rng=rng)
    return add_shares(score, shares, seed=seed)


def _move(track: LipTrack, human: LipTrack, lag_hops: float) -> LipTrack:
    """Lips with their lag taken off; in speech only where they and the person were seen."""
    values, is_seen = remove_lag(track.values, lag_hops)
    counts = human.in_speech & (human.quality > 0) & is_seen
    return LipTrack(values, track.quality, counts)
