"""One-sided tests, exact binomial statements and Holm's procedure."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from lsdm_stats.inference import binomial_upper_limit, binomial_upper_test, holm, paired_test


def test_paired_test_is_scipys():
    first, second = np.random.default_rng(1).normal(size=(2, 15))
    expected = stats.ttest_rel(first, second, alternative="greater")
    found = paired_test(first - second)
    assert (found.statistic, found.p_value) == pytest.approx((expected.statistic, expected.pvalue))


@pytest.mark.parametrize(("differences", "p_value"), [([1.0, 1.0], 0.0), ([0.0, 0.0], 1.0), ([-1.0, -1.0], 1.0)])
def test_paired_test_of_constant_differences(differences, p_value):
    assert paired_test(differences).p_value == p_value


def test_paired_test_rejects_a_true_null_as_often_as_it_says():
    """2,000 studies at the boundary of the null: within 5 binomial standard errors of 5 % (false alarm 6e-7)."""
    studies = np.random.default_rng(2).normal(size=(2000, 10))
    share = np.mean([paired_test(study).p_value <= 0.05 for study in studies])
    assert abs(share - 0.05) < 5 * np.sqrt(0.05 * 0.95 / 2000)


@given(st.integers(1, 60), st.data())
def test_binomial_test_is_scipys(n, data):
    failures = data.draw(st.integers(0, n))
    probability = data.draw(st.floats(0.01, 0.99))
    expected = stats.binomtest(failures, n, probability, alternative="greater")
    found = binomial_upper_test(failures, n, probability=probability)
    assert found == pytest.approx(expected.pvalue, rel=1e-7, abs=1e-300)
    limit = stats.binomtest(failures, n, alternative="less").proportion_ci(0.95).high
    assert binomial_upper_limit(failures, n) == pytest.approx(limit)


@given(st.lists(st.floats(0, 1), min_size=1, max_size=12))
def test_holm_adjusts_upwards_and_keeps_order(p_values):
    adjusted = holm(p_values)
    assert (adjusted >= np.array(p_values)).all()
    assert (adjusted <= 1).all()
    assert (adjusted <= np.minimum(1, np.array(p_values) * len(p_values)) + 1e-15).all(), "never above Bonferroni"
    order = np.argsort(p_values, kind="stable")
    assert (np.diff(adjusted[order]) >= 0).all()


def test_holm_steps_down():
    """Rejecting adjusted p-values up to the level is the step-down procedure itself."""
    rng = np.random.default_rng(3)
    for _ in range(200):
        p_values = rng.beta(0.3, 1.0, 6)
        rejected, remaining = set(), np.argsort(p_values)
        for step, index in enumerate(remaining):
            if p_values[index] > 0.05 / (6 - step):
                break
            rejected.add(int(index))
        assert set(np.flatnonzero(holm(p_values) <= 0.05).tolist()) == rejected


def test_holm_keeps_the_family_wise_error():
    """2,000 families of 8 true nulls: at most 5 % rejections up to 5 binomial standard errors (false alarm 3e-7)."""
    families = np.random.default_rng(4).uniform(size=(2000, 8))
    share = np.mean([(holm(family) <= 0.05).any() for family in families])
    assert share < 0.05 + 5 * np.sqrt(0.05 * 0.95 / 2000)


def test_holm_of_no_tests_is_empty():
    assert holm([]).shape == (0,)


@pytest.mark.parametrize("call", [
    lambda: paired_test([1.0, np.nan]),
    lambda: paired_test([1.0]),
    lambda: binomial_upper_test(3, 2, probability=0.1),
    lambda: binomial_upper_test(-1, 2, probability=0.1),
    lambda: binomial_upper_test(1, 0, probability=0.1),
    lambda: binomial_upper_test(1, 2, probability=1.5),
    lambda: binomial_upper_limit(1, 2, level=0.05),
    lambda: holm([0.5, 1.5]),
    lambda: holm([np.nan]),
    lambda: holm([[0.5]]),
])
def test_bad_input_is_refused_in_one_line(call):
    with pytest.raises(ValueError, match="must") as refused:
        call()
    assert "\n" not in str(refused.value)
