"""Deviations: hand values, and how often they are exceeded."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lsdm_stats.inference import empirical_bernstein_deviation, transport_deviation


def test_hand_values():
    # sqrt(2 V log(2 / alpha) / n) + 7 w log(2 / alpha) / (3 (n - 1)); V = 1/3 for (0, 0, 1, 1) with ddof 1
    excess = np.log(40)
    assert empirical_bernstein_deviation([0, 0, 1, 1], width=1.0, alpha=0.05) == pytest.approx(
        np.sqrt(2 / 3 * excess / 4) + 7 * excess / 9)
    assert transport_deviation((0.25, 100), (1.0, 50), alpha=0.1) == pytest.approx(
        np.sqrt(2 * np.log(10) * (0.0025 + 0.02)))


@given(st.lists(st.floats(0, 1), min_size=2, max_size=30), st.floats(0.1, 10))
def test_scale(values, unit):
    one = empirical_bernstein_deviation(values, width=1.0, alpha=0.05)
    other = empirical_bernstein_deviation(unit * np.array(values), width=unit, alpha=0.05)
    assert other == pytest.approx(unit * one, rel=1e-9)


@given(st.integers(1, 1000), st.floats(0.01, 0.4))
def test_more_points_and_less_confidence_deviate_less(n, alpha):
    assert transport_deviation((1.0, n + 1), alpha=alpha) < transport_deviation((1.0, n), alpha=alpha)
    assert transport_deviation((1.0, n), alpha=2 * alpha) < transport_deviation((1.0, n), alpha=alpha)


@pytest.mark.parametrize("probability", [0.02, 0.3, 0.9])
def test_a_mean_of_coins_seldom_exceeds_its_expectation_by_more(probability):
    rng = np.random.default_rng(1)
    n, runs, alpha = 200, 2000, 0.05
    values = (rng.uniform(size=(runs, n)) < probability) * 1.0
    limits = [row.mean() - empirical_bernstein_deviation(row, width=1.0, alpha=alpha) for row in values]
    misses = sum(limit > probability for limit in limits)
    assert misses <= 150  # Bin(2000, .05) exceeds 150 with probability 1e-6


@pytest.mark.parametrize(("call", "message"), [
    (lambda: empirical_bernstein_deviation([1.0], width=1.0, alpha=0.05), "at least 2"),
    (lambda: empirical_bernstein_deviation([0.0, 2.0], width=1.0, alpha=0.05), "interval of length width"),
    (lambda: empirical_bernstein_deviation([0.0, 1.0], width=0.0, alpha=0.05), "positive"),
    (lambda: empirical_bernstein_deviation([0.0, 1.0], width=1.0, alpha=1.0), "alpha"),
    (lambda: transport_deviation((0.0, 10), alpha=0.05), "positive"),
    (lambda: transport_deviation((1.0, 0), alpha=0.05), "n must be"),
])
def test_numbers_out_of_range(call, message):
    with pytest.raises(ValueError, match=message):
        call()
