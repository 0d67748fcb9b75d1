"""Optimal one-to-one pairings of many small samples, as fast as they can be had: training solves them at every step."""

from __future__ import annotations

import numpy as np
import scipy
from numpy.typing import ArrayLike

from lsdm_stats.arrays import FloatArray, IntArray, as_stack
from lsdm_stats.wasserstein.solvers.dense import network_simplex

# Milliseconds a problem, shortest augmenting paths / network simplex, 3-D Gaussian clouds: same law 0.04/0.11 (n=48),
# 0.10/0.20 (64), 0.60/0.86 (128), 3.0/3.8 (256); different laws 0.10/0.17, 0.30/0.31, 1.9/1.2, 12/5.9. A generator's
# batch has nearly the law of the data for most of its training, yet the loss when it has not grows with n.
_AUGMENTING_PATHS_UP_TO = 128


def assignments(costs: ArrayLike) -> IntArray:
    """Optimal permutation of each problem of a stack: row i of problem r is matched with column ``result[r, i]``.

    Parameters
    ----------
    costs : array_like of shape (problems, n, n)
        Finite costs; all masses are equal.

    Returns
    -------
    ndarray of int64, shape (problems, n)
        A permutation of ``0, …, n - 1`` in each row that minimises the sum of ``costs[r, i, result[r, i]]``.

    Raises
    ------
    ValueError
        If the costs are not a stack of square matrices or not all finite.

    Examples
    --------
    >>> assignments([[[0.0, 1.0], [1.0, 0.0]], [[3.0, 1.0], [1.0, 0.0]]])
    array([[0, 1],
           [1, 0]])
    """
    stack = as_stack(costs, "costs")
    problems, n, columns = stack.shape
    if n != columns:
        raise ValueError(f"costs must have shape (problems, n, n); got {stack.shape}; use exact(…) for unequal sizes")
    solve = _augmenting_paths if n <= _AUGMENTING_PATHS_UP_TO else _simplex
    partners = np.empty((problems, n), dtype=np.int64)
    for r in range(problems):
        partners[r] = solve(stack[r])
    return partners


def _augmenting_paths(costs: FloatArray) -> IntArray:
    return scipy.optimize.linear_sum_assignment(costs)[1]


def _simplex(costs: FloatArray) -> IntArray:
    ones = np.ones(len(costs))
    flows, _, _ = network_simplex(costs - costs.min(), ones, ones)  # its artificial costs presume costs >= 0
    return flows.argmax(axis=1)
