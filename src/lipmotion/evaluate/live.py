"""Ours as a stream: what one hop costs, and how sure its lag is.

In: the path of `perform`, sounds, and the lips of a report. Out: a `LiveInfo`.

Conventions: one hop of sound at a time goes in, and the step that it makes due is timed, in one
thread, as live performance does it; hops of the warm-up do not count. A hop that takes longer than
20 ms is missed. Times differ from machine to machine: no other figure depends on them.
"""

import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

import numpy as np
from jaxtyping import Float32, Float64

from ..perform.performer import open_path
from ..runs import mark_runs
from ..step import Step
from ..timing import HOP_MS, HOP_SAMPLES
from .align import correlate_shifted, pick_lag
from .assemble import Rows
from .compose import describe_machine
from .methods import Case
from .report_json import LagInfo, LiveInfo, Score, TrackInfo
from .setting import Setting

TIMED: Final = "ours"
WARM_UP_HOPS: Final = 100
N_HOPS: Final = 500  # timed, 10 s; the longest in a hundred is then the fifth longest
THREADS: Final = 1  # every graph of a bundle runs in one; see `bundle.py`
_N_DRAWS: Final = 1000

Key = tuple[str, str]  # person, clip


def time_live(
    names: Sequence[str], setting: Setting, cases: Sequence[Case], rows: Rows, *, seed: int
) -> tuple[LiveInfo, ...]:
    """Times ours, if it was judged; else nothing.

    Args:
        names: methods that were judged.
        setting: the face and the look-ahead.
        cases: the first sounds are what is heard.
        rows: where its lags are found.
        seed: of the draws.
    """
    if TIMED not in names or not cases:
        return ()
    path = open_path(setting.spec, lookahead_ms=setting.lookahead_ms, is_still=True)
    took_ms = time_hops(path, cut_hops(cases, WARM_UP_HOPS + N_HOPS))[WARM_UP_HOPS:]
    lags = find_lags(rows.scores, rows.tracks, TIMED, rng=np.random.default_rng(seed))
    return (compose_live(TIMED, float(setting.lookahead_ms), took_ms, lags),)


def compose_live(
    method: str,
    lookahead_ms: float,
    took_ms: Float64[np.ndarray, " hops"],
    lags: tuple[LagInfo, ...],
) -> LiveInfo:
    """Percentiles of what hops took."""
    p50, p95, p99 = (float(x) for x in np.percentile(took_ms, (50, 95, 99)))
    return LiveInfo(
        method, lookahead_ms, lags, p50, p95, p99, float(took_ms.max()), len(took_ms),
        int((took_ms > HOP_MS).sum()), THREADS, describe_machine(),
    )  # fmt: skip


def time_hops(
    path: Step[Any],
    hops: Float32[np.ndarray, "hops samples"],
    *,
    clock: Callable[[], float] = time.perf_counter,
) -> Float64[np.ndarray, " hops"]:
    """Milliseconds that each hop takes, (T,), one after another through the same stream.

    Args:
        path: from sound to commands.
        hops: (T, 320).
        clock: seconds.
    """
    state, took_s = path.init_state(), np.zeros(len(hops))
    for k in range(len(hops)):
        begun = clock()
        _, state = path.step(hops[k : k + 1], state)
        took_s[k] = clock() - begun
    return 1000 * took_s


def cut_hops(cases: Sequence[Case], n_hops: int) -> Float32[np.ndarray, "hops samples"]:
    """So many hops of the sounds one after another, (T, 320); from the first again if too few."""
    sounds, n_samples = [], 0
    while n_samples < n_hops * HOP_SAMPLES:
        for case in cases:
            sounds.append(case.sound)
            n_samples += len(case.sound)
        if not n_samples:
            return np.zeros((n_hops, HOP_SAMPLES), np.float32)
    whole = np.concatenate(sounds)[: n_hops * HOP_SAMPLES]
    return whole.reshape(n_hops, HOP_SAMPLES)


def find_lags(
    scores: Sequence[Score], tracks: Sequence[TrackInfo], method: str, *, rng: np.random.Generator
) -> tuple[LagInfo, ...]:
    """A method's lag on each source with people, with its interval."""
    found = []
    for score in scores:
        if (score.method, score.view, score.group) != (method, "seen", "") or score.lag_ms is None:
            continue
        own = [t for t in tracks if t.source == score.source and t.view == "seen"]
        humans = {(t.person, t.clip): t for t in own if t.method == ""}
        robots = {(t.person, t.clip): t for t in own if t.method == method}
        low, high = draw_lags(humans, robots, rng=rng)
        found.append(LagInfo(score.source, score.lag_ms, low, high, len(robots)))
    return tuple(found)


def draw_lags(
    humans: Mapping[Key, TrackInfo], robots: Mapping[Key, TrackInfo], *, rng: np.random.Generator
) -> tuple[float, float]:
    """95 % interval of a lag, ms: persons are drawn with replacement, then their clips."""
    by_person: dict[str, list[np.ndarray]] = {}
    for key, robot in robots.items():
        human = humans[key]
        curves = [np.array(track.fields["aperture"]) for track in (human, robot)]
        n_hops = len(curves[0])
        counts = mark_runs(human.in_speech, n_hops) & ~mark_runs(human.unseen, n_hops)
        by_person.setdefault(key[0], []).append(correlate_shifted(curves[0], curves[1], counts))
    persons = [np.stack(clips) for clips in by_person.values()]
    drawn = []
    for _ in range(_N_DRAWS):
        chosen = rng.integers(len(persons), size=len(persons))
        summed = sum(
            persons[k][rng.integers(len(persons[k]), size=len(persons[k]))].sum(axis=0)
            for k in chosen
        )
        lag = pick_lag(np.asarray(summed))
        if lag.is_defined:
            drawn.append(lag.ms)
    if not drawn:
        return float("nan"), float("nan")
    low, high = np.percentile(drawn, (2.5, 97.5))
    return float(low), float(high)
