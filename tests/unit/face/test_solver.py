import numpy as np
import pytest

pytest.importorskip("numba")

from lipmotion.face.sim.solver import factorise, solve


def make_matrices(n: int, rng: np.random.Generator) -> np.ndarray:
    """Three sparse springs-and-masses matrices of one pattern, (3, n, n)."""
    links = rng.random((n, n)) < 3 / n
    weights = np.triu(rng.random((n, n)) * links, 1)
    weights = weights + weights.T
    laplacian = np.diag(weights.sum(1)) - weights
    return np.stack([laplacian + np.diag(rng.random(n) + 0.01) for _ in range(3)])


@pytest.mark.parametrize("n", [1, 7, 60])
def test_solves_as_numpy_does(n: int) -> None:
    rng = np.random.default_rng(n)
    matrices, b = make_matrices(n, rng), rng.standard_normal((n, 3))
    x = b.copy()
    solve(factorise(matrices), x, np.empty_like(x))
    expected = np.stack([np.linalg.solve(matrices[c], b[:, c]) for c in range(3)], -1)
    np.testing.assert_allclose(x, expected, rtol=1e-9, atol=1e-10)


def test_a_chain_fills_nothing_in() -> None:
    n = 30
    chain = 2.1 * np.eye(n) - np.eye(n, k=1) - np.eye(n, k=-1)
    factor = factorise(np.stack([chain] * 3))
    assert len(factor.rows) == n - 1


def test_a_loose_body_is_refused() -> None:
    loose = np.array([[1.0, -1.0], [-1.0, 1.0]])
    with pytest.raises(np.linalg.LinAlgError):
        factorise(np.stack([loose - 1e-9 * np.eye(2)] * 3))
