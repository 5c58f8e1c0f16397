"""Chains: look-ahead adds up, as many hops come out as went in, any chunking gives the same."""

from dataclasses import dataclass

import numpy as np
import pytest

from lipmotion.step import Chain, run_offline, stream


@dataclass(frozen=True)
class Preview:
    """y[t] = x[t] + x[t + ahead]; past the end x repeats its last row."""

    ahead: int

    @property
    def lookahead_hops(self) -> int:
        return self.ahead

    def init_state(self) -> np.ndarray:
        return np.zeros((0, 1), np.float32)

    def step(self, x: np.ndarray, state: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        line = np.concatenate([state, x])
        n_due = max(0, len(line) - self.ahead)
        return line[:n_due] + line[self.ahead : self.ahead + n_due], line[n_due:]

    def flush(self, state: np.ndarray) -> np.ndarray:
        return state + state[-1:] if len(state) else state


@pytest.mark.parametrize("n_hops", [0, 1, 3, 4, 50])
@pytest.mark.parametrize("block", [1, 3, 100])
def test_chain_pays_what_it_owes(n_hops: int, block: int) -> None:
    chain = Chain((Preview(2), Preview(0), Preview(3)))
    x = np.arange(n_hops, dtype=np.float32)[:, None]
    assert chain.lookahead_hops == 5
    out = run_offline(chain, x, block_hops=block)
    assert out.shape == x.shape
    np.testing.assert_array_equal(out, run_offline(chain, x))


def test_two_streams_through_one_chain_do_not_meet() -> None:
    chain = Chain((Preview(1), Preview(2)))
    a, b = np.arange(20.0)[:, None], -np.arange(20.0)[:, None]
    states = [chain.init_state(), chain.init_state()]
    outs: list[list[np.ndarray]] = [[], []]
    for k in range(20):
        for n, x in enumerate((a, b)):
            y, states[n] = chain.step(x[k : k + 1], states[n])
            outs[n].append(y)
    for n, x in enumerate((a, b)):
        whole = np.concatenate([*outs[n], chain.flush(states[n])])
        np.testing.assert_array_equal(whole, run_offline(chain, x))


def test_stream_yields_the_flush_last() -> None:
    parts = list(stream(Preview(2), [np.ones((3, 1), np.float32)]))
    assert [len(p) for p in parts] == [1, 2]
