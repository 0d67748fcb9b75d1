"""Deviations and limits: hand values, exact error probabilities for coins, and how often uniform means exceed them."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from lsdm_stats.inference import (
    betting_limit,
    bounded_differences_deviation,
    empirical_bernstein_deviation,
    hoeffding_deviation,
    transport_deviation,
)

ALPHA = 0.05
VALUES = st.lists(st.floats(0, 1), min_size=2, max_size=30)


def test_hand_values():
    # sqrt(2 V log(2 / alpha) / n) + 7 w log(2 / alpha) / (3 (n - 1)); V = 1/3 for (0, 0, 1, 1) with ddof 1
    excess = np.log(40)
    assert empirical_bernstein_deviation([0, 0, 1, 1], width=1.0, alpha=0.05) == pytest.approx(
        np.sqrt(2 / 3 * excess / 4) + 7 * excess / 9)
    assert transport_deviation((0.25, 100), (1.0, 50), alpha=0.1) == pytest.approx(
        np.sqrt(2 * np.log(10) * (0.0025 + 0.02)))
    assert hoeffding_deviation(8, width=4.0, alpha=np.exp(-1)) == pytest.approx(1.0)
    assert bounded_differences_deviation([1.0, 1.0, 0.0], alpha=np.exp(-1)) == pytest.approx(1.0)


def test_the_three_classical_deviations_agree_on_a_mean():
    expected = hoeffding_deviation(50, width=3.0, alpha=0.01)
    assert bounded_differences_deviation(np.full(50, 3.0 / 50), alpha=0.01) == pytest.approx(expected)
    assert transport_deviation((3.0**2 / 4, 50), alpha=0.01) == pytest.approx(expected)


def test_betting_by_hand():
    """Equal values c with the largest stakes: n log(0.1 + 0.9 c / m) = log(1 / alpha)."""
    n, c = 20, 0.5
    expected = 0.9 * c / (ALPHA ** (-1 / n) - 0.1)
    assert betting_limit(np.full(n, c), low=0.0, high=1.0, scale=0.0, alpha=ALPHA) == pytest.approx(expected, abs=1e-10)
    # stakes below the largest: the capital at the limit is 1 / alpha
    stake = np.sqrt(2 * np.log(20) / 100) / 0.3
    limit = betting_limit([0.4, 0.6] * 50, low=0.0, high=1.0, scale=0.3, alpha=ALPHA)
    assert 50 * np.log((1 + stake * (0.4 - limit)) * (1 + stake * (0.6 - limit))) == pytest.approx(np.log(20))
    # small stakes never win enough, so that nothing is known beyond the range
    assert betting_limit([0.5, 0.6], low=-1.0, high=1.0, scale=1.0, alpha=1e-6) == -1.0
    assert betting_limit([0.0, 0.0], low=0.0, high=1.0, scale=0.0, alpha=ALPHA) == 0.0


def share_of_misses(limit_of_count, n, probability):
    """Exact probability that the lower limit computed from a count of n coins exceeds their mean."""
    counts = np.arange(n + 1)
    missed = np.array([limit_of_count(count) > probability for count in counts])
    return float(stats.binom.pmf(counts, n, probability) @ missed)


def coins(n, count):
    return (np.arange(n) < count) * 1.0


@pytest.mark.parametrize("n", [5, 40, 200])
@pytest.mark.parametrize("probability", [0.02, 0.3, 0.5, 0.9, 0.99])
def test_exact_error_probabilities_for_coins(n, probability):
    limits = {
        "hoeffding": lambda k: k / n - hoeffding_deviation(n, width=1.0, alpha=ALPHA),
        "bernstein": lambda k: k / n - empirical_bernstein_deviation(coins(n, k), width=1.0, alpha=ALPHA),
        **{
            f"betting {scale}": lambda k, s=scale: betting_limit(coins(n, k), low=0.0, high=1.0, scale=s, alpha=ALPHA)
            for scale in (0.0, 0.1, 0.5, 3.0)
        },
    }
    for name, limit in limits.items():
        assert share_of_misses(limit, n, probability) <= ALPHA, name


def test_a_normal_limit_would_be_noticed():
    def normal(k):
        return k / 40 - 1.645 * coins(40, k).std(ddof=1) / np.sqrt(40)

    assert share_of_misses(normal, 40, 0.98) > 0.4


def test_uniform_means_seldom_fall_below_their_limits():
    rng = np.random.default_rng(1)
    n, runs = 100, 2000
    values = rng.uniform(size=(runs, n))
    bernstein = sum(row.mean() - empirical_bernstein_deviation(row, width=1.0, alpha=ALPHA) > 0.5 for row in values)
    betting = [betting_limit(row, low=0.0, high=1.0, scale=0.29, alpha=ALPHA) for row in values]
    assert bernstein <= 150  # Bin(2000, .05) exceeds 150 with probability 1e-6
    assert sum(limit > 0.5 for limit in betting) <= 150
    # close to the mean less s sqrt(2 log(1 / alpha) / n): within a fifth of that
    assert np.mean(betting) == pytest.approx(0.5 - 0.289 * np.sqrt(2 * np.log(20) / n), abs=0.014)


@given(VALUES, st.floats(0.1, 10))
def test_scale(values, unit):
    array = np.array(values)
    one = empirical_bernstein_deviation(values, width=1.0, alpha=0.05)
    assert empirical_bernstein_deviation(unit * array, width=unit, alpha=0.05) == pytest.approx(unit * one, rel=1e-9)
    limit = betting_limit(values, low=0.0, high=1.0, scale=0.2, alpha=0.05)
    moved = betting_limit(unit * (array - 0.5), low=-0.5 * unit, high=0.5 * unit, scale=0.2 * unit, alpha=0.05)
    assert moved == pytest.approx(unit * (limit - 0.5), abs=1e-9 * unit)


@given(st.integers(1, 1000), st.floats(0.01, 0.4))
def test_more_points_and_less_confidence_deviate_less(n, alpha):
    for deviation in (
        lambda n, alpha: transport_deviation((1.0, n), alpha=alpha),
        lambda n, alpha: hoeffding_deviation(n, width=1.0, alpha=alpha),
        lambda n, alpha: bounded_differences_deviation(np.full(n, 1 / n), alpha=alpha),
    ):
        assert deviation(n + 1, alpha) < deviation(n, alpha)
        assert deviation(n, 2 * alpha) < deviation(n, alpha)


@given(VALUES, st.floats(0, 2), st.floats(0.001, 0.4), st.floats(0, 1), st.data())
def test_a_betting_limit_is_below_the_mean_and_rises_with_every_value(values, scale, alpha, raised, data):
    limit = betting_limit(values, low=0.0, high=1.0, scale=scale, alpha=alpha)
    assert 0 <= limit <= np.mean(values)
    index = data.draw(st.integers(0, len(values) - 1))
    higher = [max(value, raised) if i == index else value for i, value in enumerate(values)]
    assert betting_limit(higher, low=0.0, high=1.0, scale=scale, alpha=alpha) >= limit - 1e-11


@pytest.mark.parametrize(("call", "message"), [
    (lambda: empirical_bernstein_deviation([1.0], width=1.0, alpha=0.05), "at least 2"),
    (lambda: empirical_bernstein_deviation([0.0, 2.0], width=1.0, alpha=0.05), "interval of length width"),
    (lambda: empirical_bernstein_deviation([0.0, 1.0], width=0.0, alpha=0.05), "positive"),
    (lambda: empirical_bernstein_deviation([0.0, 1.0], width=1.0, alpha=1.0), "alpha"),
    (lambda: transport_deviation((0.0, 10), alpha=0.05), "positive"),
    (lambda: transport_deviation((1.0, 0), alpha=0.05), "n must be"),
    (lambda: hoeffding_deviation(0, width=1.0, alpha=0.05), "n must be"),
    (lambda: hoeffding_deviation(3, width=np.inf, alpha=0.05), "width must be positive"),
    (lambda: bounded_differences_deviation([1.0, -1.0], alpha=0.05), "not be negative"),
    (lambda: bounded_differences_deviation([0.0], alpha=0.05), "positive"),
    (lambda: betting_limit([0.0, 1.5], low=0.0, high=1.0, scale=0.1, alpha=0.05), "between low and high"),
    (lambda: betting_limit([0.5], low=1.0, high=0.0, scale=0.1, alpha=0.05), "high - low must be positive"),
    (lambda: betting_limit([0.5], low=0.0, high=1.0, scale=-0.1, alpha=0.05), "scale must be finite"),
    (lambda: betting_limit([0.5], low=0.0, high=1.0, scale=0.1, alpha=0.0), "alpha"),
    (lambda: betting_limit([np.nan], low=0.0, high=1.0, scale=0.1, alpha=0.1), "finite"),
])
def test_numbers_out_of_range(call, message):
    with pytest.raises(ValueError, match=message):
        call()
