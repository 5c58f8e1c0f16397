"""Sparse LDLᵀ: factorised once, solved many times a hop, for the three axes at once.

The axes share one pattern and differ only where pads hold the skin.
Source: W. Tinney, J. Walker, "Direct solutions of sparse network equations by optimally ordered
triangular factorization", 1967 (least-degree ordering).
"""

from typing import NamedTuple, no_type_check

import numba
import numpy as np
from jaxtyping import Bool, Float64, Int32


class Factor(NamedTuple):
    """P A Pᵀ = L D Lᵀ for three matrices of one pattern.

    Attributes:
        order: (N,) node eliminated k-th.
        starts: (N + 1,) where each column of L begins in `rows`.
        rows: (nnz,) row numbers below the diagonal, in elimination order.
        lower: (nnz, 3) entries of L, an axis a column.
        diagonal: (N, 3) entries of D.
    """

    order: Int32[np.ndarray, " nodes"]
    starts: Int32[np.ndarray, " columns"]
    rows: Int32[np.ndarray, " entries"]
    lower: Float64[np.ndarray, "entries 3"]
    diagonal: Float64[np.ndarray, "nodes 3"]


def factorise(matrices: Float64[np.ndarray, "3 nodes nodes"]) -> Factor:
    """Factorises three symmetric positive definite matrices (mN/mm) of one pattern.

    Raises:
        numpy.linalg.LinAlgError: a matrix is not positive definite.
    """
    order, is_filled = _order_by_degree(np.any(matrices != 0, axis=0))
    columns, rows = np.nonzero(np.tril(is_filled, -1).T)
    starts = np.searchsorted(columns, np.arange(len(order) + 1))
    lower = np.empty((len(rows), 3))
    diagonal = np.empty((len(order), 3))
    for axis, matrix in enumerate(matrices):
        root = np.linalg.cholesky(matrix[np.ix_(order, order)])
        scale = np.diagonal(root)
        lower[:, axis] = root[rows, columns] / scale[columns]
        diagonal[:, axis] = scale**2
    return Factor(
        order.astype(np.int32), starts.astype(np.int32), rows.astype(np.int32), lower, diagonal
    )


@numba.njit(cache=True, fastmath=True, error_model="numpy")
@no_type_check
def solve(factor: Factor, b: np.ndarray, y: np.ndarray) -> None:
    """Solves A x = b for (N, 3) in place; `y` is scratch of the same shape."""
    order, starts, rows, lower = factor.order, factor.starts, factor.rows, factor.lower
    n = order.shape[0]
    for i in range(n):
        for c in range(3):
            y[i, c] = b[order[i], c]
    for j in range(n):
        for k in range(starts[j], starts[j + 1]):
            i = rows[k]
            for c in range(3):
                y[i, c] -= lower[k, c] * y[j, c]
    for j in range(n - 1, -1, -1):
        for c in range(3):
            y[j, c] /= factor.diagonal[j, c]
        for k in range(starts[j], starts[j + 1]):
            i = rows[k]
            for c in range(3):
                y[j, c] -= lower[k, c] * y[i, c]
    for i in range(n):
        for c in range(3):
            b[order[i], c] = y[i, c]


def _order_by_degree(
    is_linked: Bool[np.ndarray, "nodes nodes"],
) -> tuple[np.ndarray, Bool[np.ndarray, "nodes nodes"]]:
    """Least-degree order, and the pattern of L in that order (lower triangle)."""
    n = len(is_linked)
    linked = is_linked.copy()
    np.fill_diagonal(linked, False)
    degree = linked.sum(1)
    is_left = np.ones(n, bool)
    order = np.empty(n, int)
    neighbours = []
    for k in range(n):
        node = int(np.argmin(np.where(is_left, degree, n + 1)))
        order[k] = node
        is_left[node] = False
        near = np.nonzero(linked[node] & is_left)[0]
        neighbours.append(near)
        linked[np.ix_(near, near)] = True
        linked[near, near] = False
        degree[near] = linked[near][:, is_left].sum(1)
    place = np.empty(n, int)
    place[order] = np.arange(n)
    is_filled = np.eye(n, dtype=bool)
    for k, near in enumerate(neighbours):
        is_filled[place[near], k] = True
    return order, is_filled
