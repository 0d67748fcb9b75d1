"""B0: the mean distance of a sample on the line and its law, against sums, quadrature and simulation."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from scipy import integrate, stats
from scipy.special import betainc

from lsdm_stats.bounds import LineRate, mean_absolute_deviation
from lsdm_stats.bounds.empirical.quadrature import integral, integral_of_tail
from lsdm_stats.manifolds import Box, FlatTorus
from lsdm_stats.wasserstein import line_to_law

UNIT = Box(sides=(1.0,))
LAWS = [stats.norm(), stats.expon(), stats.t(3), stats.gamma(0.4), stats.triang(0.3), stats.laplace(), stats.beta(3, 2)]
each_law = pytest.mark.parametrize("law", LAWS, ids=lambda law: law.dist.name)


def named(given):
    """A stable name of a frozen law, for parallel runs."""
    return given.dist.name if hasattr(given, "dist") else None


def value(form, space, n):
    return float(LineRate(form=form).evaluate(space, n).total)


def by_quadrature(integrand, law, points):
    """Integral over the line, split at quantiles."""
    low, high = law.support()
    edges = [low, *law.ppf(np.sort(points)), high]
    parts = [integrate.quad(lambda t: integrand(law.cdf(t), law.sf(t)), a, b, limit=500, epsabs=1e-13)[0]
             for a, b in itertools.pairwise(edges) if b > a]
    return sum(parts)


@pytest.mark.parametrize("n", [1, 2, 3, 10, 77])
def test_mean_absolute_deviation_is_the_sum_over_outcomes(n):
    p = np.append(np.linspace(0, 1, 41), [1 / n, np.nextafter(1 / n, 0), 1e-12])
    outcomes = np.arange(n + 1)[:, None]
    direct = (np.abs(outcomes - n * p) * stats.binom.pmf(outcomes, n, p)).sum(axis=0)
    np.testing.assert_allclose(mean_absolute_deviation(n, p), direct, rtol=1e-10, atol=1e-14)


@pytest.mark.parametrize("n", [1, 2, 3, 4, 5, 50, 1001])
def test_exact_value_of_the_uniform_law_is_a_sum_of_beta_functions(n):
    above = np.arange(1, n + 1)
    steps = betainc(above + 1, n - above + 2, above / n) - betainc(above + 1, n - above + 2, (above - 1) / n)
    expected = 2 / n * (above * (n - above + 1.0) * steps).sum() / ((n + 1) * (n + 2))
    assert value("exact", UNIT, n) == pytest.approx(expected, rel=1e-9)


def test_numbers_of_the_uniform_law():
    assert value("exact", UNIT, 50) == pytest.approx(0.04438, rel=1e-3)
    assert value("upper", UNIT, 100) == pytest.approx(np.pi / 80, rel=1e-9)
    assert value("exact", UNIT, 1) == pytest.approx(1 / 3, rel=1e-9)
    assert value("exact", UNIT, 10**6) * 10**3 == pytest.approx(np.sqrt(2 / np.pi) * np.pi / 8, rel=1e-4)


@each_law
def test_exact_values_agree_with_quadrature(law):
    n = 12
    expected = by_quadrature(lambda p, q: mean_absolute_deviation(n, np.minimum(p, q)), law, np.arange(1, n) / n) / n
    assert value("exact", law, n) == pytest.approx(expected, rel=1e-8)


@pytest.mark.parametrize(("law", "expected"), [
    (stats.expon(), np.pi / 2),
    (stats.logistic(), np.pi),
    (stats.uniform(2.0, 3.0), 3 * np.pi / 8),
    (stats.rayleigh(), None),
    (stats.norm(), None),
    (stats.triang(0.3), None),
], ids=named)
def test_upper_bounds_agree_with_closed_forms_or_quadrature(law, expected):
    if expected is None:
        points = [1e-12, 1e-6, 0.01, 0.3, 0.5, 0.9, 1 - 1e-4, 1 - 1e-9]
        expected = by_quadrature(lambda p, q: np.sqrt(p * q), law, points)
    assert value("upper", law, 100) == pytest.approx(expected / 10, rel=1e-8)


@each_law
def test_lower_bounds_agree_with_quadrature(law):
    n = 40
    low, middle, kink, high = law.ppf([1 / n, 0.5, 0.3, 1 - 1 / n])
    expected = integrate.quad(lambda t: np.sqrt(law.cdf(t) * law.sf(t)), low, high, points=sorted([middle, kink]),
                              epsabs=1e-13)[0]
    assert value("lower", law, n) == pytest.approx(expected / np.sqrt(2 * n), rel=1e-8)


@each_law
def test_order_and_monotony(law):
    for n in (2, 10, 500):
        low, exact, high = (value(form, law, n) for form in ("lower", "exact", "upper"))
        assert low <= exact <= high
        assert value("exact", law, n + 1) < exact
        assert value("upper", law, n + 1) < high


def test_inequality_of_berend_and_kontorovich():
    for n in (2, 3, 4, 10, 100, 1000):
        p = np.linspace(1 / n, 1 - 1 / n, 2001)
        assert np.all(mean_absolute_deviation(n, p) >= np.sqrt(n * p * (1 - p) / 2) * (1 - 1e-12))


@pytest.mark.parametrize("form", ["exact", "upper", "lower"])
def test_lengths_scale_and_shifts_do_not_matter(form):
    assert value(form, stats.norm(5.0, 3.0), 30) == pytest.approx(3 * value(form, stats.norm(), 30), rel=1e-9)
    assert value(form, Box(sides=(7.0,)), 30) == pytest.approx(7 * value(form, UNIT, 30), rel=1e-9)
    assert value(form, stats.uniform(), 30) == pytest.approx(value(form, UNIT, 30), rel=1e-9)


@pytest.mark.parametrize(("law", "n"), [(stats.uniform(), 5), (stats.norm(), 30), (stats.expon(), 30)],
                         ids=["uniform", "norm", "expon"])
def test_mean_distance_of_samples_is_the_exact_value(law, n):
    """Two-sided at 5 standard errors: false-alarm rate below 1e-6 for each law."""
    rng = np.random.default_rng(7)
    distances = np.array([line_to_law(law.rvs(n, random_state=rng), law) for _ in range(600)])
    error = distances.std(ddof=1) / np.sqrt(len(distances))
    assert abs(distances.mean() - value("exact", law, n)) < 5 * error


@pytest.mark.parametrize(("form", "law"), [
    ("exact", stats.cauchy()), ("upper", stats.cauchy()), ("upper", stats.t(2)), ("exact", stats.pareto(1.0)),
    ("upper", stats.pareto(1.5))], ids=named)
def test_infinite_integrals_are_refused_in_one_line(form, law):
    with pytest.raises(ValueError, match=r"B0.* must be given a law with a finite integral; got .*; take") as refused:
        LineRate(form=form).evaluate(law, 10)
    assert "\n" not in str(refused.value)


def test_heavy_tails_with_a_finite_integral_are_not():
    """sf = t^-1.5 from 1 on: for n = 1 the mean distance of two points."""
    law = stats.pareto(1.5)
    expected = integrate.quad(lambda s: 2 * np.exp(-s / 2) * (1 - np.exp(-1.5 * s)), 0, np.inf, epsabs=1e-13)[0]
    assert value("exact", law, 1) == pytest.approx(expected, rel=1e-8)


@pytest.mark.parametrize(
    "space", [Box(sides=(1.0, 1.0)), FlatTorus(lengths=(1.0,)), 3.0, stats.norm([0.0, 1.0])], ids=named)
def test_other_spaces_are_refused_in_one_line(space):
    with pytest.raises(ValueError, match=r"B0.exact must be given a Box of one side or one continuous law"):
        LineRate().evaluate(space, 10)


@pytest.mark.parametrize("n", [0, -1, 2.0, True])
def test_sizes_are_checked(n):
    with pytest.raises(ValueError, match="n must be"):
        LineRate().evaluate(UNIT, n)


def test_very_large_samples_have_bounds_but_no_exact_value():
    with pytest.raises(ValueError, match="at most 1,000,000; got 2,000,000; take the form 'upper'"):
        LineRate().evaluate(UNIT, 2_000_000)
    assert value("upper", UNIT, 10**8) == pytest.approx(np.pi / 8e4, rel=1e-9)


def test_quadrature_halves_panels_at_jumps_and_refuses_noise():
    assert integral(lambda t: np.where(t < 0.3217, 1.0, 3.0), np.array([0.0, 1.0])) == pytest.approx(2.3566, rel=1e-9)
    assert integral_of_tail(lambda s: np.exp(-s / 10), 0.0) == pytest.approx(10, rel=1e-9)
    rng = np.random.default_rng(1)
    with pytest.raises(ArithmeticError):
        integral(lambda t: rng.random(t.shape), np.array([0.0, 1.0]))
