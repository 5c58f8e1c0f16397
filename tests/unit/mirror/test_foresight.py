"""Foresight: motors are traced causally; members agree where much was seen, not elsewhere."""

import numpy as np

from lipmotion.mirror.foresight import PAST_HOPS, fit_foresight, trace_motors

REST = np.array([0.2, 0.5])


def test_a_held_motor_is_traced_where_it_stands_and_a_step_comes_with_two_lags() -> None:
    held = np.tile([0.7, 0.1], (PAST_HOPS + 5, 1))
    traces = trace_motors(held, REST)
    assert traces.shape == (6, 4)
    np.testing.assert_allclose(traces, np.tile([1.0, 1.0, -0.8, -0.8], (6, 1)))
    step = np.tile(REST, (PAST_HOPS + 20, 1))
    step[PAST_HOPS:, 0] = 0.7
    fast, slow = trace_motors(step, REST)[:, :2].T
    assert fast[0] == slow[0] == 0
    assert fast[1] > slow[1] > 0.2
    np.testing.assert_allclose((fast[PAST_HOPS], slow[PAST_HOPS]), 1)


def test_row_n_feels_the_commands_before_hop_n_alone() -> None:
    sent = np.random.default_rng(0).random((3, PAST_HOPS + 10, 2))
    traces = trace_motors(sent, REST)
    changed = sent.copy()
    changed[:, PAST_HOPS + 4] += 0.1
    differs = np.abs(trace_motors(changed, REST) - traces).max((0, 2)) > 1e-9
    assert np.flatnonzero(differs).tolist() == [5, 6, 7, 8, 9, 10]
    np.testing.assert_allclose(traces[1], trace_motors(sent[1], REST))


def test_members_foresee_what_was_seen_and_disagree_elsewhere() -> None:
    rng = np.random.default_rng(0)
    traces = rng.uniform(-1, 1, (2000, 4))
    traces[:, 3] = 0.1 * rng.normal(size=2000)  # hardly moved
    mix = rng.normal(size=(4, 12))
    shard = np.arange(2000) // 100
    foresight = fit_foresight(traces, np.sin(traces @ mix), shard, rng=np.random.default_rng(1))
    known, unknown = rng.uniform(-1, 1, (2, 300, 4))
    known[:, 3] = 0.1 * rng.normal(size=300)
    unknown[:, 3] = 1.5
    sure, unsure = (foresight.foresee(asked).std(0).mean() for asked in (known, unknown))
    assert unsure > 3 * sure
    told, seen = foresight.foresee(known).mean(0), np.sin(known @ mix)
    assert 1 - ((told - seen) ** 2).sum() / seen.var(0).sum() / len(seen) > 0.97
    again = fit_foresight(traces, np.sin(traces @ mix), shard, rng=np.random.default_rng(1))
    np.testing.assert_array_equal(again.answers, foresight.answers)
