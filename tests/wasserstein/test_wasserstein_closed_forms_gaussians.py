"""Gaussian laws: hand values, two other formulas, an exact affine coupling, and nearly equal covariances."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy.linalg import sqrtm
from scipy.stats import chi, norm, ortho_group

from lsdm_stats.wasserstein import exact, line
from lsdm_stats.wasserstein.closed_forms.gaussians import gaussian_w2, isotropic_gaussian_w1

everyday = settings(max_examples=60, deadline=None)


@st.composite
def gaussians(draw, how_many=2):
    dim = draw(st.integers(1, 4))
    entries = st.one_of(st.integers(-2, 2).map(float), st.floats(-3, 3, width=32))
    laws = []
    for _ in range(how_many):
        factor = draw(arrays(np.float64, (dim, draw(st.integers(1, dim))), elements=entries))
        laws.append((draw(arrays(np.float64, dim, elements=entries)), factor @ factor.T))
    return laws


def covariance(rng, dim, rank=None):
    factor = rng.normal(size=(dim, rank or dim))
    return factor @ factor.T


def test_one_dimension_by_hand():
    assert gaussian_w2([0.0], [[4.0]], [3.0], [[36.0]]) == 5.0


def test_commuting_covariances_by_hand():
    basis = ortho_group.rvs(4, random_state=1)
    first, second = np.array([1.0, 4.0, 9.0, 0.0]), np.array([4.0, 4.0, 0.0, 0.0])
    value = gaussian_w2(np.zeros(4), basis * first @ basis.T, np.zeros(4), basis * second @ basis.T)
    assert value == pytest.approx(np.sqrt(1 + 0 + 9), rel=1e-8)  # zero eigenvalues carry the root of rounding


def test_point_masses_and_one_point_mass():
    zero, sigma = np.zeros((2, 2)), np.array([[2.0, 1.0], [1.0, 3.0]])
    assert gaussian_w2([0.0, 0.0], zero, [3.0, 4.0], zero) == 5.0
    assert gaussian_w2([0.0, 0.0], zero, [0.0, 2.0], sigma) == pytest.approx(3.0, rel=1e-14)


def test_rank_one_against_rank_one():
    # along unit vectors a and b: 2 - 2 |<a, b>|
    a, b = np.array([1.0, 0.0]), np.array([0.6, 0.8])
    value = gaussian_w2([0.0, 0.0], np.outer(a, a), [0.0, 0.0], np.outer(b, b))
    assert value == pytest.approx(np.sqrt(2 - 2 * 0.6), rel=1e-14)


@pytest.mark.parametrize("dim", [1, 3, 10])
def test_two_other_formulas(dim):
    ot = pytest.importorskip("ot")
    rng = np.random.default_rng(dim)
    (m, s), (k, t) = ((rng.normal(size=dim), covariance(rng, dim) + 0.1 * np.eye(dim)) for _ in range(2))
    value = gaussian_w2(m, s, k, t)
    assert value == pytest.approx(float(ot.gaussian.bures_wasserstein_distance(m, k, s, t)), rel=1e-9)
    root = sqrtm(s)
    trace = np.trace(s + t - 2 * np.real(sqrtm(root @ t @ root)))
    assert value == pytest.approx(np.sqrt(np.sum((m - k) ** 2) + trace), rel=1e-9)


def test_an_affine_map_that_is_a_gradient_attains_it():
    rng = np.random.default_rng(5)
    scatter, mean = covariance(rng, 3) / 3 + 0.2 * np.eye(3), np.array([0.5, -1.0, 2.0])
    sigma = covariance(rng, 3)
    expected = np.sqrt(mean @ mean + np.trace((scatter - np.eye(3)) @ sigma @ (scatter - np.eye(3))))
    assert gaussian_w2(np.zeros(3), sigma, mean, scatter @ sigma @ scatter) == pytest.approx(expected, rel=1e-10)
    # the same map between samples: means and covariances alone bound the distance from below (Gelbrich 1990)
    x = rng.normal(size=(150, 3)) @ np.linalg.cholesky(sigma).T
    y = x @ scatter + mean
    moments = [(z.mean(axis=0), np.cov(z.T, bias=True)) for z in (x, y)]
    assert exact(x, y, order=2).value == pytest.approx(gaussian_w2(*moments[0], *moments[1]), rel=1e-9)


def test_gelbrich_lower_bound_on_other_samples():
    rng = np.random.default_rng(6)
    x, y = rng.exponential(size=(120, 2)), rng.uniform(size=(90, 2))
    moments = [(z.mean(axis=0), np.cov(z.T, bias=True)) for z in (x, y)]
    assert gaussian_w2(*moments[0], *moments[1]) < exact(x, y, order=2).value


@pytest.mark.parametrize("dim", [1, 4, 30])
def test_equal_and_nearly_equal_covariances(dim):
    rng = np.random.default_rng(dim)
    sigma, zero = covariance(rng, dim) + 0.1 * np.eye(dim), np.zeros(dim)
    scale = np.sqrt(np.trace(sigma))
    assert gaussian_w2(zero, sigma, zero, sigma) <= 1e-13 * scale
    for change in (1e-3, 1e-6, 1e-9):  # a dilation by 1 + change
        value = gaussian_w2(zero, sigma, zero, (1 + change) ** 2 * sigma)
        assert value == pytest.approx(change * scale, rel=1e-3 * 1e-9 / change + 1e-9)


def test_equal_singular_covariances():
    rng = np.random.default_rng(9)
    sigma, zero = covariance(rng, 6, rank=2), np.zeros(6)
    assert gaussian_w2(zero, sigma, zero, sigma) <= 1e-13 * np.sqrt(np.trace(sigma))


@everyday
@given(gaussians(3))
def test_metric_axioms(laws):
    one, two, three = laws
    scale = 1e-7 * (1 + sum(np.sqrt(np.trace(s)) for _, s in laws))  # singular covariances: the root of rounding
    assert gaussian_w2(*one, *two) == pytest.approx(gaussian_w2(*two, *one), rel=1e-6, abs=scale)
    assert gaussian_w2(*one, *one) <= scale
    assert gaussian_w2(*one, *two) <= gaussian_w2(*one, *three) + gaussian_w2(*three, *two) + scale


@everyday
@given(gaussians(), st.integers(-200, 200))
def test_scale(laws, exponent):
    (m, s), (k, t) = laws
    scale = 2.0**exponent
    assert gaussian_w2(m * scale, s * scale**2, k * scale, t * scale**2) == gaussian_w2(m, s, k, t) * scale


@everyday
@given(gaussians())
def test_rotation_and_translation(laws):
    (m, s), (k, t) = laws
    basis = ortho_group.rvs(len(m), random_state=3) if len(m) > 1 else np.eye(1)
    value, scale = gaussian_w2(m, s, k, t), 1 + np.sqrt(np.trace(s + t))
    turned = gaussian_w2(basis @ m + 1, basis @ s @ basis.T, basis @ k + 1, basis @ t @ basis.T)
    assert turned == pytest.approx(value, rel=1e-6, abs=1e-7 * scale)


@pytest.mark.parametrize("dim", [1, 2, 3, 17, 199, 200, 1000])
def test_isotropic_order_one(dim):
    assert isotropic_gaussian_w1(2.0, 0.5, dim) == pytest.approx(1.5 * chi(dim).mean(), rel=1e-10)


def test_mean_radius_by_hand():
    assert isotropic_gaussian_w1(1.0, 0.0, 1) == pytest.approx(np.sqrt(2 / np.pi), rel=1e-15)
    assert isotropic_gaussian_w1(0.0, 1.0, 2) == pytest.approx(np.sqrt(np.pi / 2), rel=1e-15)
    # the product of two neighbours is k, whatever the formula in use
    for k in (5, 198, 199, 200, 5000):
        product = isotropic_gaussian_w1(1.0, 0.0, k) * isotropic_gaussian_w1(1.0, 0.0, k + 1)
        assert product == pytest.approx(k, rel=1e-14)


def test_quantiles_of_a_normal_law():
    quantiles = norm.ppf((np.arange(20_000) + 0.5) / 20_000)
    assert line(quantiles, 3 * quantiles) == pytest.approx(isotropic_gaussian_w1(1, 3, 1), rel=1e-3)
    assert line(quantiles, 3 * quantiles, order=2) == pytest.approx(gaussian_w2([0], [[1]], [0], [[9]]), rel=1e-3)


@pytest.mark.parametrize(("arguments", "message"), [
    (([0.0], [[1.0]], [0.0, 1.0], np.eye(2)), "other_mean must have the 1 entries"),
    (([0.0], np.eye(2), [0.0], [[1.0]]), r"covariance must have shape \(1, 1\)"),
    (([0.0, 0.0], [[1.0, 0.5], [0.4, 1.0]], [0.0, 0.0], np.eye(2)), "covariance must be symmetric"),
    (([0.0, 0.0], np.eye(2), [0.0, 0.0], [[1.0, 2.0], [2.0, 1.0]]), "other_covariance must be positive semidefinite"),
    (([[0.0]], [[1.0]], [0.0], [[1.0]]), r"mean must have shape \(dim,\)"),
    (([np.nan], [[1.0]], [0.0], [[1.0]]), "mean must be finite"),
    (([0.0], [-1.0], [0.0], [[1.0]]), "covariance must have shape"),
    (([0.0], [[-1.0]], [0.0], [[1.0]]), "covariance must be positive semidefinite"),
])
def test_refusals(arguments, message):
    with pytest.raises(ValueError, match=message):
        gaussian_w2(*arguments)


def test_refusals_of_scales():
    with pytest.raises(ValueError, match="other_scale must be finite and not negative"):
        isotropic_gaussian_w1(1.0, -1.0, 2)
    with pytest.raises(ValueError, match="dim must be at least 1"):
        isotropic_gaussian_w1(1.0, 1.0, 0)
