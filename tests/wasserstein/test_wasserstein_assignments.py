"""Optimal pairings of stacks of small problems, on either side of the change of algorithm."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from scipy.optimize import linear_sum_assignment

from lsdm_stats.wasserstein import assignments, exact


@pytest.mark.parametrize("n", [1, 2, 5])
def test_brute_force(n):
    costs = np.random.default_rng(n).normal(size=(10, n, n))
    for problem, partners in zip(costs, assignments(costs), strict=True):
        best = min(problem[range(n), list(p)].sum() for p in itertools.permutations(range(n)))
        assert problem[range(n), partners].sum() == pytest.approx(best, abs=1e-12)


@pytest.mark.parametrize("n", [64, 128, 129, 200])
@pytest.mark.parametrize("shift", [0.0, -50.0, 1e-9])
def test_permutations_of_least_cost(n, shift):
    rng = np.random.default_rng(n)
    costs = np.linalg.norm(rng.normal(size=(3, n, 1, 3)) - rng.normal(size=(3, 1, n, 3)), axis=3)
    costs = costs * shift if 0 < shift < 1 else costs + shift
    result = assignments(costs)
    assert result.shape == (3, n)
    assert result.dtype == np.int64
    for problem, partners in zip(costs, result, strict=True):
        np.testing.assert_array_equal(np.sort(partners), np.arange(n))
        best = problem[linear_sum_assignment(problem)].sum()
        assert problem[range(n), partners].sum() == pytest.approx(best, rel=1e-12)


def test_matches_the_exact_distance():
    rng = np.random.default_rng(0)
    x, y = rng.normal(size=(40, 2)), rng.normal(size=(40, 2))
    partners = assignments(np.linalg.norm(x[:, None] - y, axis=2)[None])[0]
    assert np.linalg.norm(x - y[partners], axis=1).mean() == pytest.approx(exact(x, y).value, rel=1e-12)


def test_ties_and_constant_costs():
    for n in (4, 150):
        result = assignments(np.zeros((2, n, n)))
        np.testing.assert_array_equal(np.sort(result, axis=1), np.tile(np.arange(n), (2, 1)))


def test_float32_costs_and_an_empty_stack():
    assert assignments(np.eye(3, dtype=np.float32)[None]).shape == (1, 3)
    assert assignments(np.empty((0, 4, 4))).shape == (0, 4)


@pytest.mark.parametrize(("costs", "message"), [
    (np.zeros((2, 2)), r"shape \(replicates, n, dim\)"),
    (np.zeros((1, 2, 3)), r"costs must have shape \(problems, n, n\); got \(1, 2, 3\)"),
    (np.full((1, 2, 2), np.nan), "costs must be finite"),
    (np.full((1, 2, 2), np.inf), "costs must be finite"),
])
def test_refusals(costs, message):
    with pytest.raises(ValueError, match=message):
        assignments(costs)
