"""A sample against a continuous law: formulas by hand, fine quantile grids, and what no law may pass."""

from __future__ import annotations

import math
import time

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy import stats
from scipy.special import xlog1py

from lsdm_stats.wasserstein.closed_forms.laws import line_to_law
from lsdm_stats.wasserstein.closed_forms.line import line

everyday = settings(max_examples=60, deadline=None)

# integrals of the quantile function from 0 to u, by hand
QUANTILE_INTEGRALS = {
    "uniform": (stats.uniform(), lambda u: u**2 / 2),
    "normal": (stats.norm(), lambda u: -stats.norm.pdf(stats.norm.ppf(u))),
    "exponential": (stats.expon(), lambda u: u + xlog1py(1 - u, -u)),
    "pareto": (stats.pareto(1.5), lambda u: 3 * (1 - (1 - u) ** (1 / 3))),
}


def by_hand(x, weights, law, integral):
    """Sum over atoms of the integral of |x - quantile| over the atom's levels."""
    order = np.argsort(x)
    x, levels = x[order], np.concatenate([[0.0], np.cumsum(weights[order])])
    levels[-1] = 1.0
    terms = []
    for k, point in enumerate(x):
        low, high = levels[k], levels[k + 1]
        split = min(max(float(law.cdf(point)), low), high)
        terms += [point * (split - low) - (integral(split) - integral(low)),
                  integral(high) - integral(split) - point * (high - split)]
    return math.fsum(float(term) for term in terms)


@pytest.mark.parametrize("name", QUANTILE_INTEGRALS)
@pytest.mark.parametrize("n", [1, 2, 7, 2000])
def test_formulas(name, n):
    law, integral = QUANTILE_INTEGRALS[name]
    rng = np.random.default_rng(n)
    x, w = 2 * rng.normal(size=n), rng.dirichlet(np.ones(n))
    assert line_to_law(x, law) == pytest.approx(by_hand(x, np.full(n, 1 / n), law, integral), rel=1e-10)
    assert line_to_law(x, law, x_weights=w) == pytest.approx(by_hand(x, w, law, integral), rel=1e-10)


@everyday
@given(st.data(), st.sampled_from(sorted(QUANTILE_INTEGRALS)))
def test_formulas_on_any_sample(data, name):
    law, integral = QUANTILE_INTEGRALS[name]
    n = data.draw(st.integers(1, 6))
    x = data.draw(arrays(np.float64, n, elements=st.one_of(st.integers(-2, 2).map(float), st.floats(-50, 50))))
    w = data.draw(arrays(np.float64, n, elements=st.integers(0, 3).map(float)))
    w = np.ones(n) if w.sum() == 0 else w
    assert line_to_law(x, law, x_weights=w) == pytest.approx(by_hand(x, w / w.sum(), law, integral), rel=1e-9)


def test_one_point_is_the_mean_distance():
    assert line_to_law([0.0], stats.norm()) == pytest.approx(np.sqrt(2 / np.pi), rel=1e-13)
    assert line_to_law([0.25], stats.uniform()) == pytest.approx((0.25**2 + 0.75**2) / 2, rel=1e-13)
    assert line_to_law([np.log(2)], stats.expon()) == pytest.approx(np.log(2), rel=1e-12)
    assert line_to_law([0.0], stats.t(2)) == pytest.approx(np.sqrt(2), rel=1e-12)
    assert line_to_law([1e6], stats.norm()) == pytest.approx(1e6, rel=1e-12)


def test_midpoints_are_the_best_sample_of_a_uniform_law():
    for n in (1, 10, 1000):
        assert line_to_law((np.arange(n) + 0.5) / n, stats.uniform()) == pytest.approx(1 / (4 * n), rel=1e-10)


@pytest.mark.parametrize("law", [stats.gamma(0.3), stats.beta(0.4, 2), stats.laplace(), stats.triang(0.3),
                                 stats.lognorm(0.5), stats.weibull_min(0.7), stats.t(5)])
def test_a_fine_quantile_grid(law):
    rng = np.random.default_rng(1)
    x = law.rvs(50, random_state=rng) + 0.1
    grid = law.ppf((np.arange(4000) + 0.5) / 4000)
    value, error = line_to_law(x, law), line_to_law(grid, law)
    assert error <= 0.01 * value
    assert abs(value - line(x, grid)) <= error


def test_steps_of_a_histogram_law():
    law = stats.rv_histogram((np.array([1.0, 0.0, 3.0]), np.array([0.0, 1.0, 2.0, 3.0])), density=False)()
    # levels 1/4 on [0, 1] and 3/4 on [2, 3]; from 1: 1/8 + 3/4 (3/2)
    assert line_to_law([1.0], law) == pytest.approx(1 / 8 + 9 / 8, rel=1e-12)
    assert line_to_law([1.0, 2.0], law, x_weights=[1, 3]) == pytest.approx(1 / 8 + 3 / 8, rel=1e-12)


@everyday
@given(arrays(np.float64, st.integers(1, 6), elements=st.floats(-4, 4)),
       arrays(np.float64, st.integers(1, 6), elements=st.floats(-4, 4)))
def test_triangle_inequality(x, y):
    law = stats.logistic()
    to_x, to_y, between = line_to_law(x, law), line_to_law(y, law), line(x, y)
    assert between <= (to_x + to_y) * (1 + 1e-9)
    assert abs(to_x - to_y) <= between * (1 + 1e-9) + 1e-9


@everyday
@given(arrays(np.float64, st.integers(1, 6), elements=st.floats(-4, 4)), st.floats(0.1, 10), st.floats(-5, 5))
def test_scale_shift_and_order_of_points(x, scale, shift):
    value = line_to_law(x, stats.norm())
    moved = line_to_law(scale * x[::-1] + shift, stats.norm(shift, scale))
    assert moved == pytest.approx(scale * value, rel=1e-9, abs=1e-12)


@pytest.mark.parametrize("scale", [1e-12, 1e-6, 1e6, 1e12])
def test_scales(scale):
    x = np.random.default_rng(2).normal(size=100)
    expected = scale * line_to_law(x, stats.norm())
    assert line_to_law(scale * x, stats.norm(0, scale)) == pytest.approx(expected, rel=1e-10)


def test_offset():
    x = np.random.default_rng(3).normal(size=100)
    value = line_to_law(1e6 + x, stats.norm(1e6))
    assert value == pytest.approx(line_to_law(x, stats.norm()), rel=1e-8)  # the points themselves are rounded to 1e-10


def test_a_sample_of_the_law_is_near_it():
    rng = np.random.default_rng(4)
    # E W1 <= int sqrt(F (1 - F)) / sqrt(n) = pi / (8 sqrt(n)); W1 is above it by t with probability <= exp(-2 n t^2),
    # which is 6e-7
    n = 2000
    assert line_to_law(rng.uniform(size=n), stats.uniform()) <= np.pi / (8 * np.sqrt(n)) + 0.06


def test_large_samples_are_quick():
    x = np.random.default_rng(5).normal(size=20_000)
    start = time.perf_counter()
    line_to_law(x, stats.norm())
    assert time.perf_counter() - start < 2


@pytest.mark.parametrize(("law", "message"), [
    (stats.cauchy(), "law must have a finite mean"),
    (stats.pareto(1.0), "law must have a finite mean"),
    (stats.norm([0.0, 1.0]), "law must be one distribution"),
    (stats.poisson(3), "frozen continuous distribution"),
    (stats.norm, "frozen continuous distribution"),
    ([0.0, 1.0], "frozen continuous distribution"),
])
def test_refuses_laws(law, message):
    with pytest.raises(ValueError, match=message):
        line_to_law([0.0], law)


def test_refuses_a_tail_beyond_floating_point():
    with pytest.raises(RuntimeError, match="tails of law"):
        line_to_law([0.0], stats.pareto(1.02))


def test_refuses_a_noisy_distribution_function():
    class Noisy(stats.rv_continuous):
        def _cdf(self, x, *args):
            return np.clip(x + 1e-3 * np.sin(1e9 * x), 0, 1)

        def _ppf(self, q, *args):
            return q

        def _stats(self, *args):
            return 0.5, 1 / 12, 0.0, 0.0

    with pytest.raises(RuntimeError, match="the integral must be known"):
        line_to_law([0.5], Noisy(a=0.0, b=1.0)())


@pytest.mark.parametrize(("x", "message"), [
    ([], "x must have at least one row"),
    ([np.inf], "x must be finite"),
    ([[1.0, 2.0]], "x must have 1 columns"),
])
def test_refuses_samples(x, message):
    with pytest.raises(ValueError, match=message):
        line_to_law(x, stats.norm())


@pytest.mark.parametrize("law", [stats.norm(), stats.t(3), stats.expon(), stats.uniform(), stats.invgauss(0.1),
                                 stats.f(3, 5), stats.pareto(1.5)])
@pytest.mark.parametrize("far", [10.0, 300.0, 1e4, 1e6, 1e12])
def test_points_far_from_the_law(law, far):
    # beyond the support of nearly all mass: E|x - Y| = x - mean + 2 E(Y - x)+, and the last term is known to be small
    value = line_to_law([-far], law)
    assert value == pytest.approx(far + law.mean(), rel=3e-3 if law.dist.name == "t" and far < 1e4 else 1e-9)
    assert value >= (far + law.mean()) * (1 - 1e-12)
