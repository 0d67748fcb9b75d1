"""Distances of subsamples: the whole samples, hand enumeration, and the sign of the bias."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from lsdm_stats.wasserstein import exact
from lsdm_stats.wasserstein.estimators.subsampled import subsampled


def stream(seed=0):
    return np.random.default_rng(seed)


@pytest.mark.parametrize("order", [1, 2])
@pytest.mark.parametrize("blocks", [None, (1, 2)])
def test_the_whole_samples_are_exact(order, blocks):
    x, y = stream(1).normal(size=(30, 3)), stream(2).normal(size=(30, 3)) + 1
    result = subsampled(x, y, size=30, repeats=3, order=order, blocks=blocks, rng=stream(3))
    assert result.value == pytest.approx(exact(x, y, order=order, blocks=blocks).value, rel=1e-9)
    assert result.standard_error <= 1e-9
    assert (result.size, result.repeats) == (30, 3)


@pytest.mark.parametrize("order", [1, 2])
def test_mean_over_all_subsamples(order):
    x, y = stream(4).normal(size=(5, 2)), stream(5).normal(size=(4, 2))
    powers = [exact(x[list(i)], y[list(j)], order=order).value ** order
              for i in itertools.combinations(range(5), 2) for j in itertools.combinations(range(4), 2)]
    result = subsampled(x, y, size=2, repeats=4000, order=order, rng=stream(6))
    spread = np.std(powers) / np.sqrt(4000)
    # a bounded mean of 4,000 draws: five standard errors, 6e-7
    assert abs(result.value**order - np.mean(powers)) <= 5 * spread
    slope = 1 if order == 1 else 1 / (2 * result.value)
    assert result.standard_error == pytest.approx(slope * spread, rel=0.1)


def test_the_bias_is_upwards_and_shrinks_with_size():
    x, y = stream(7).normal(size=(200, 3)), stream(8).normal(size=(200, 3))
    results = [subsampled(x, y, size=size, repeats=20, rng=stream(9)) for size in (10, 40, 160)]
    values = [result.value for result in results] + [exact(x, y).value]
    errors = [result.standard_error for result in results] + [0.0]
    # gaps of at least six standard errors
    assert all(small - large > 6 * error for small, large, error in zip(values, values[1:], errors, strict=False))


def test_scale_and_equal_points():
    x, y = stream(10).normal(size=(20, 2)), stream(11).normal(size=(25, 2))
    for order in (1, 2):
        one, other = (subsampled(s * x, s * y, size=8, repeats=5, order=order, rng=stream(12)) for s in (1.0, 1e120))
        assert other.value == pytest.approx(1e120 * one.value, rel=1e-9)
        assert other.standard_error == pytest.approx(1e120 * one.standard_error, rel=1e-9)
    same = subsampled(np.ones((9, 2)), np.ones((9, 2)), size=4, repeats=2, rng=stream(13))
    assert (same.value, same.standard_error) == (0.0, 0.0)


@pytest.mark.parametrize(("options", "message"), [
    ({"size": 6, "repeats": 2}, "size must be at most the smaller sample, 5"),
    ({"size": 0, "repeats": 2}, "size must be at least 1"),
    ({"size": 2, "repeats": 1}, "repeats must be at least 2"),
    ({"size": 2, "repeats": 2, "order": 3}, "order must be 1 or 2"),
    ({"size": 2, "repeats": 2, "blocks": (1,)}, "blocks must add up"),
])
def test_refusals(options, message):
    with pytest.raises(ValueError, match=message):
        subsampled(np.zeros((5, 2)), np.zeros((7, 2)), **options, rng=stream())
