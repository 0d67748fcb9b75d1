"""Intervals: closed forms, invariances, coverage by simulation."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy import stats

from lsdm_stats.inference import corrected_resampled_interval, mean_interval, ratio_interval

REPETITIONS = 4000
# Five binomial standard errors at 95 %: a false alarm in about 6e-7 of all seeds.
SLACK = 5 * np.sqrt(0.95 * 0.05 / REPETITIONS)


def covers(interval, truth):
    return interval.lower <= truth <= interval.upper


def test_mean_interval_is_scipys():
    values = np.random.default_rng(1).normal(size=12)
    expected = stats.t.interval(0.9, 11, values.mean(), stats.sem(values))
    interval = mean_interval(values, level=0.9)
    assert (interval.lower, interval.upper) == pytest.approx(expected)


@pytest.mark.parametrize("n", [3, 20])
def test_mean_interval_covers_as_often_as_it_says(n):
    studies = np.random.default_rng(2).normal(1.0, 3.0, (REPETITIONS, n))
    share = np.mean([covers(mean_interval(study), 1.0) for study in studies])
    assert abs(share - 0.95) < SLACK


def test_corrected_interval_covers_for_splits_with_the_supposed_correlation():
    """Equicorrelated differences with ρ = n_test / (n_test + n_train): the case in which the correction is exact."""
    rng, n, fraction = np.random.default_rng(3), 20, 0.4
    correlation = fraction / (1 + fraction)
    common, own = rng.normal(size=(REPETITIONS, 1)), rng.normal(size=(REPETITIONS, n))
    studies = 0.3 + np.sqrt(correlation) * common + np.sqrt(1 - correlation) * own
    intervals = [corrected_resampled_interval(study, test_fraction=fraction) for study in studies]
    corrected = np.mean([covers(interval, 0.3) for interval in intervals])
    plain = np.mean([covers(mean_interval(study), 0.3) for study in studies])
    # The mean and s² of equicorrelated normal values are independent, so that the t law is exact.
    assert abs(corrected - 0.95) < SLACK
    assert plain < 0.7


def test_corrected_interval_is_wider_by_the_stated_factor():
    values = np.random.default_rng(4).normal(size=10)
    wide, narrow = corrected_resampled_interval(values, test_fraction=0.5), mean_interval(values)
    factor = np.sqrt((1 / 10 + 0.5) / (1 / 10))
    assert wide.upper - wide.lower == pytest.approx(factor * (narrow.upper - narrow.lower))


@pytest.mark.parametrize("correlation", [0.0, 0.9])
@pytest.mark.parametrize("n", [5, 20])
def test_ratio_interval_covers_as_often_as_it_says(n, correlation):
    """Exact for normal pairs: Fieller's set is the inversion of a t test."""
    rng = np.random.default_rng(5)
    bottom = rng.normal(size=(REPETITIONS, n))
    top = correlation * bottom + np.sqrt(1 - correlation**2) * rng.normal(size=(REPETITIONS, n))
    intervals = [ratio_interval(4 + 0.5 * a, 2 + 0.3 * b) for a, b in zip(top, bottom, strict=True)]
    share = np.mean([covers(interval, 2.0) for interval in intervals])
    assert abs(share - 0.95) < SLACK


def test_ratio_interval_covers_for_a_denominator_near_zero():
    """Unbounded sets are reported as the whole line, so that coverage can only rise."""
    rng = np.random.default_rng(6)
    intervals = [ratio_interval(rng.normal(1.0, 1.0, 6), rng.normal(0.5, 1.0, 6)) for _ in range(REPETITIONS)]
    assert np.mean([covers(interval, 2.0) for interval in intervals]) > 0.95 - SLACK
    assert any(np.isinf(interval.lower) for interval in intervals)


def test_ratio_interval_of_skewed_positive_values_covers_nearly():
    """Log-normal errors, 20 replicates: between 93 % and 97 %, five standard errors and a little."""
    rng = np.random.default_rng(7)
    top, bottom = np.exp(0.4 * rng.normal(size=(2, REPETITIONS, 20)))
    share = np.mean([covers(ratio_interval(2 * a, b), 2.0) for a, b in zip(top, bottom, strict=True)])
    assert 0.93 < share < 0.97


pairs = arrays(np.float64, (2, 8), elements=st.floats(0.5, 4.0))


@given(pairs)
def test_ratio_interval_contains_the_ratio_and_inverts(values):
    top, bottom = values
    interval, inverse = ratio_interval(top, bottom), ratio_interval(bottom, top)
    assert interval.lower <= interval.estimate * (1 + 1e-9) + 1e-9
    assert interval.estimate <= interval.upper * (1 + 1e-9) + 1e-9
    assume(np.isfinite([interval.lower, inverse.lower]).all())
    assume(interval.lower > 0)
    assert inverse.lower == pytest.approx(1 / interval.upper, rel=1e-6)
    assert inverse.upper == pytest.approx(1 / interval.lower, rel=1e-6)


def test_ratio_interval_of_proportional_values_is_a_point():
    interval = ratio_interval([3.0, 3.03, 3.06], [1.0, 1.01, 1.02])
    assert (interval.lower, interval.upper) == pytest.approx((3.0, 3.0), abs=1e-6)


@pytest.mark.parametrize("call", [
    lambda: mean_interval([1.0, 2.0], level=0.05),
    lambda: mean_interval([1.0, 2.0], level=1.0),
    lambda: mean_interval([1.0, np.nan]),
    lambda: mean_interval([1.0]),
    lambda: corrected_resampled_interval([1.0, 2.0], test_fraction=0.0),
    lambda: corrected_resampled_interval([1.0, 2.0], test_fraction=float("nan")),
    lambda: ratio_interval([1.0, 2.0], [1.0, 2.0, 3.0]),
    lambda: ratio_interval([1.0, 2.0], [np.nan, 1.0]),
])
def test_bad_input_is_refused_in_one_line(call):
    with pytest.raises(ValueError, match="must") as refused:
        call()
    assert "\n" not in str(refused.value)
