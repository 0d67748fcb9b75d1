"""Pairs of laws with known distance: the distance against independent routes, and what is said of the laws."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest
from scipy import stats

from lsdm_stats import streams
from lsdm_stats.populations import Dilated, MonotoneShift, Translated
from lsdm_stats.samples import TwoSamples
from lsdm_stats.wasserstein import exact

SOURCES = (
    Translated(dim=1),
    Translated(dim=3, shift=0.4),
    Translated(dim=2, shift=0.0),
    Dilated(dim=1, factor=2.0),
    Dilated(dim=2, factor=1.5),
    Dilated(dim=3, factor=0.5),
    Dilated(dim=5, factor=0.0),
    MonotoneShift(dim=2),
    MonotoneShift(dim=5, shift=1.0),
)
each = pytest.mark.parametrize("source", SOURCES, ids=str)


def draw(source, n, replicates=1):
    return source.draw(n, 0, rngs=streams.data(1, source, replicates=range(replicates)))


@each
def test_moving_the_sample_itself_costs_the_distance(source):
    """The moves are optimal on every sample too; their mean is within six standard errors (1e-8 or less)."""
    points = draw(source, 400).conditions[0]
    cost = exact(points, source.move(points)).value
    moves = np.linalg.norm(source.move(points) - points, axis=1)
    assert cost == pytest.approx(moves.mean(), rel=1e-9, abs=1e-12)
    assert abs(cost - source.distance) <= 6 * moves.std() / math.sqrt(400) + 1e-12


@pytest.mark.parametrize("source", [s for s in SOURCES if s.dim <= 3], ids=str)
def test_the_distance_of_large_samples_is_near_the_known_one(source):
    """At most three times the mean distance of samples of one cube of 2,000 points (d = 3: .09) off, scaled."""
    data = draw(source, 2000)
    bias = {1: 0.02, 2: 0.05, 3: 0.09}[source.dim] * max(1.0, source.expansion)
    assert abs(exact(data.conditions[0], data.responses[0]).value - source.distance) < 3 * bias


@each
def test_both_marginal_laws_are_what_they_say(source):
    """Kolmogorov-Smirnov tests, p-values above 1e-7."""
    data = draw(source, 20_000)
    assert min(stats.kstest(column, "uniform").pvalue for column in data.conditions[0].T) > 1e-7
    fresh = source.move(np.random.default_rng(7).random((20_000, source.dim)))
    for column, other in zip(data.responses[0].T, fresh.T, strict=True):
        if np.ptp(other):
            assert stats.ks_2samp(column, other).pvalue > 1e-7


@each
def test_samples_are_independent_unless_they_share_their_first_coordinate(source):
    data = draw(source, 5000)
    x, y = data.conditions[0], data.responses[0]
    assert source.shared is data.shared is isinstance(source, MonotoneShift)
    assert np.array_equal(x[:, 0], y[:, 0]) is source.shared
    others = range(1 if source.shared else 0, source.dim)
    residuals = y - source.move(np.hstack([y[:, :1], np.zeros((5000, source.dim - 1))])) if source.shared else y
    for i, j in itertools.product(others, others):
        if np.ptp(residuals[:, j]):
            assert abs(stats.pearsonr(x[:, i], residuals[:, j]).statistic) < 5.5 / math.sqrt(5000)  # 4e-8 each


@each
def test_the_diameter_is_that_of_the_corners_and_the_expansion_that_of_the_map(source):
    corners = np.array(list(itertools.product((0.0, 1.0), repeat=source.dim)))
    both = np.vstack([corners, source.move(corners)])
    assert source.diameter == pytest.approx(np.linalg.norm(both[:, None] - both, axis=2).max(), rel=1e-12)
    origin = np.zeros((1, source.dim))
    matrix = source.move(np.eye(source.dim)) - source.move(origin)
    assert source.expansion == pytest.approx(np.linalg.norm(matrix, 2), rel=1e-12)
    assert source.transport_constants == (1 / (2 * math.pi), pytest.approx(source.expansion**2 / (2 * math.pi)))


def test_facts_stay_with_the_data_of_some_replicates():
    data = draw(SOURCES[1], 5, replicates=3)
    some = data[1:]
    assert isinstance(some, TwoSamples)
    assert (some.replicates, some.diameter, some.shared) == (2, data.diameter, False)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: Translated(dim=0), "dim: input should be greater than or equal to 1; got 0"),
        (lambda: Translated(dim=2, shift=-1.0), "shift: input should be greater than or equal to 0; got -1"),
        (lambda: Dilated(dim=2, factor=-1.0), "factor: input should be greater than or equal to 0; got -1"),
        (lambda: MonotoneShift(dim=1), "dim: input should be greater than or equal to 2; got 1"),
        (lambda: draw(Translated(dim=2), 0), "n_paired must be at least 1; got 0"),
    ],
)
def test_impossible_pairs_are_refused(make, message):
    with pytest.raises(ValueError, match=message) as caught:
        make()
    assert "\n" not in str(caught.value)
