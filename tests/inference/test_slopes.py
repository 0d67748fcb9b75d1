"""Log–log slopes: exact power laws, coverage, dependence between sizes."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lsdm_stats.inference import loglog_slope

SIZES = np.array([50.0, 200.0, 800.0, 3200.0])


@given(
    st.floats(-3, 3), st.floats(1e-3, 1e3),
    st.lists(st.integers(1, 10**6), min_size=2, max_size=8, unique=True),
    st.lists(st.floats(0.1, 10), min_size=2, max_size=6),
)
def test_an_exact_power_law_is_found_with_no_error(power, constant, sizes, factors):
    """Every replicate a multiple of one power law: the slope is the power and its error is 0."""
    scaled = np.array(sizes) / max(sizes)
    found = loglog_slope(sizes, np.array(factors)[:, None] * constant * scaled**power)
    assert found.slope == pytest.approx(power, abs=1e-6)
    assert found.mcse == pytest.approx(0.0, abs=1e-6)


@given(st.floats(0.01, 100), st.floats(0.01, 100))
def test_units_do_not_change_a_slope(of_sizes, of_values):
    values = np.random.default_rng(1).lognormal(sigma=0.3, size=(5, 4)) * SIZES**-0.4
    base, scaled = loglog_slope(SIZES, values), loglog_slope(of_sizes * SIZES, of_values * values)
    assert (scaled.slope, scaled.lower, scaled.upper) == pytest.approx((base.slope, base.lower, base.upper))


def test_slope_is_least_squares_on_log_means():
    values = np.random.default_rng(2).lognormal(sigma=0.5, size=(7, 4)) * SIZES**-0.4
    expected = np.polyfit(np.log(SIZES), np.log(values.mean(axis=0)), 1)[0]
    assert loglog_slope(SIZES, values).slope == pytest.approx(expected)


@pytest.mark.parametrize("shared", [0.0, 0.8])
def test_interval_covers_as_often_as_it_says(shared):
    """20 replicates with coefficient of variation about .2, sizes of a replicate independent or strongly dependent.

    2,000 studies; the delta method's own error is allowed 1 % beside five binomial standard errors (false alarm 6e-7).
    """
    rng = np.random.default_rng(3)
    common, own = rng.normal(size=(2000, 20, 1)), rng.normal(size=(2000, 20, 4))
    noise = np.exp(0.2 * (np.sqrt(shared) * common + np.sqrt(1 - shared) * own))
    intervals = [loglog_slope(SIZES, 3 * SIZES**-0.5 * study) for study in noise]
    share = np.mean([interval.lower <= -0.5 <= interval.upper for interval in intervals])
    assert abs(share - 0.95) < 0.01 + 5 * np.sqrt(0.95 * 0.05 / 2000)


def test_dependence_between_sizes_narrows_the_interval():
    rng = np.random.default_rng(4)
    own, common = 0.2 * rng.normal(size=(20, 4)), 0.2 * rng.normal(size=(20, 1))
    paired = loglog_slope(SIZES, np.exp(common + 0.1 * own))
    assert paired.mcse < 0.3 * loglog_slope(SIZES, np.exp(own)).mcse


@pytest.mark.parametrize(("sizes", "values", "message"), [
    ([1.0, 2.0], [[1.0, 2.0]], "at least 2 replicates"),
    ([1.0, 1.0], [[1.0, 2.0], [1.0, 2.0]], "2 different sizes"),
    ([0.0, 2.0], [[1.0, 2.0], [1.0, 2.0]], "must be positive"),
    ([1.0, 2.0], [[0.0, 2.0], [0.0, 2.0]], "must be positive"),
    ([1.0, 2.0], [[1.0, np.nan], [1.0, 2.0]], "drop failed replicates"),
    ([1.0, 2.0, 3.0], [[1.0, 2.0], [1.0, 2.0]], "one column per size"),
])
def test_bad_input_is_refused_in_one_line(sizes, values, message):
    with pytest.raises(ValueError, match=message) as refused:
        loglog_slope(sizes, values)
    assert "\n" not in str(refused.value)
