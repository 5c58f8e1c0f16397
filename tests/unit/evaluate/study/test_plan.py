"""The plan of a study is balanced: pairs, clips, places and sides."""

from collections import Counter
from itertools import pairwise

import pytest

from lipmotion.evaluate.study.plan import PERSON, Trial, ask, catch, make_plan


def pair_of(trial: Trial) -> tuple[int, ...]:
    return tuple(sorted((trial.left[0], trial.right[0])))


@pytest.mark.parametrize(("n_methods", "n_clips"), [(2, 2), (3, 4), (4, 5), (4, 6), (5, 7)])
def test_each_viewer_sees_pairs_and_clips_alike(n_methods: int, n_clips: int) -> None:
    n_pairs = n_methods * (n_methods - 1) // 2
    for viewer in range(5):
        trials = ask(n_methods, n_clips, viewer=viewer, n_trials=999)
        assert len({(pair_of(t), t.clip) for t in trials}) == len(trials) == n_pairs * n_clips
        for n in (n_pairs, 7, 2 * n_clips + 1):
            for seen, kinds in ((Counter(map(pair_of, trials[:n])), n_pairs),
                                (Counter(t.clip for t in trials[:n]), n_clips)):  # fmt: skip
                least = min(seen.values()) if len(seen) == kinds else 0
                assert max(seen.values()) - least <= (1 if n <= n_pairs * n_clips else 0) + 1


@pytest.mark.parametrize(("n_methods", "n_clips", "n_trials"), [(3, 4, 8), (4, 5, 10), (2, 3, 3)])
def test_viewers_together_see_all_alike_on_both_sides(
    n_methods: int, n_clips: int, n_trials: int
) -> None:
    n_pairs = n_methods * (n_methods - 1) // 2
    everyone = [ask(n_methods, n_clips, viewer=v, n_trials=n_trials) for v in range(2 * n_pairs)]
    pairs = Counter(pair_of(t) for own in everyone for t in own)
    assert set(pairs.values()) == {2 * n_trials}
    for k in range(n_trials):
        assert set(Counter(pair_of(own[k]) for own in everyone).values()) == {2}
    lefts = Counter((t.left[0], t.right[0], t.clip) for own in everyone for t in own)
    for (left, right, clip), n in lefts.items():
        assert lefts[right, left, clip] == n


def test_sides_are_balanced_for_a_viewer() -> None:
    trials = ask(4, 5, viewer=3, n_trials=20)
    assert sum(t.left < t.right for t in trials) == 10


def test_catch_trials_show_the_person_and_another_clip() -> None:
    catches = catch(3, viewer=1, n_catches=6)
    assert all(t.is_catch and {t.left[0], t.right[0]} == {PERSON} for t in catches)
    assert all((t.left[1] == t.clip) != (t.right[1] == t.clip) for t in catches)
    assert sum(t.left[1] == t.clip for t in catches) == 3


def test_the_order_is_seeded_and_catch_trials_are_spread() -> None:
    def plan(seed: int) -> list[list[Trial]]:
        return make_plan(3, 4, n_viewers=4, n_trials=12, n_catches=3, seed=seed)

    assert plan(0) == plan(0) != plan(1)
    for own in plan(0):
        assert len(own) == 15
        places = [k for k, t in enumerate(own) if t.is_catch]
        assert [place // 5 for place in places] == [0, 1, 2]
        assert sum(a.clip == b.clip for a, b in pairwise(own)) <= 6


def test_too_little_is_refused() -> None:
    with pytest.raises(ValueError, match="two methods"):
        make_plan(1, 4, n_viewers=1, n_trials=1, n_catches=0, seed=0)
