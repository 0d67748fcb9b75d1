"""A sample against a population: closed forms on the line and in space, coverage, certified bounds, bad samplers."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import binom, chi, norm, uniform

from lsdm_stats.wasserstein import exact
from lsdm_stats.wasserstein.closed_forms.laws import line_to_law
from lsdm_stats.wasserstein.estimators.semidiscrete import semidiscrete


def stream(seed=0):
    return np.random.default_rng(seed)


def normal(k, rng):
    return rng.normal(size=(k, 1))


def on_the_interval(k, rng):
    return rng.random((k, 1))


def on_the_square(k, rng):
    return rng.random((k, 2))


def test_dual_value_and_bounds_on_the_line():
    x, w = 1.5 * norm.ppf((np.arange(20) + 0.5) / 20), np.arange(20) % 4
    truth = line_to_law(x, norm(), x_weights=w)
    result = semidiscrete(x[:, None], normal, x_weights=w, n_train=2000, n_test=40_000, level=1 - 1e-6, rng=stream(1))
    assert result.lower <= truth <= result.upper  # misses with probability 1e-6
    assert not result.is_certified
    assert result.upper - result.lower < 0.3 * truth
    heights = np.abs(x[:, None] - stream(2).normal(size=(1, 200_000))) - result.potentials[:, None]
    dual = w @ result.potentials / w.sum() + heights.min(axis=0).mean()
    assert dual == pytest.approx(truth, rel=0.03)
    assert result.value == pytest.approx(dual, abs=0.03)


@pytest.mark.parametrize(("dim", "atoms"), [(1, 1), (3, 1)])
def test_one_atom_is_the_mean_distance(dim, atoms):
    result = semidiscrete(np.zeros((atoms, dim)), lambda k, rng: rng.normal(size=(k, dim)), n_train=100, n_test=50_000,
                          rng=stream(3))
    # the mean of 50,000 distances of variance at most 1: five standard errors, 6e-7
    assert abs(result.value - chi(dim).mean()) <= 5 / np.sqrt(50_000)


def test_a_population_that_is_the_sample_dilated_or_shifted():
    x = stream(4).normal(size=(40, 3))
    radii = np.linalg.norm(x, axis=1)
    for moved, truth in [(1.5 * x, radii.mean() / 2), (x + np.array([3.0, 0.0, 4.0]), 5.0)]:
        result = semidiscrete(x, lambda k, rng, moved=moved: moved[rng.integers(0, 40, k)], n_train=4000,
                              n_test=20_000, level=1 - 1e-6, rng=stream(5))
        assert result.lower <= truth <= result.upper  # misses with probability 1e-6
        assert result.value == pytest.approx(truth, rel=0.05)


def test_blocks_add_distances():
    x = np.zeros((1, 2))
    result = semidiscrete(x, on_the_square, n_train=50, n_test=50_000, blocks=(1, 1), rng=stream(6))
    assert abs(result.value - 1) <= 5 * np.sqrt(1 / 6 / 50_000)  # |U| + |V|: variance 1/6; 6e-7


def test_coverage_of_asymptotic_bounds():
    x = 1.5 * norm.ppf((np.arange(20) + 0.5) / 20)
    truth, runs = line_to_law(x, norm()), 200
    results = [semidiscrete(x[:, None], normal, n_train=200, n_test=200, level=0.9, rng=stream(seed))
               for seed in range(runs)]
    allowed = binom.isf(1e-6, runs, 0.05)  # misses on either side, at a false-alarm rate of 1e-6
    assert sum(result.lower > truth for result in results) <= allowed
    assert sum(result.upper < truth for result in results) <= allowed
    # the dual value is at most the truth in the mean: up to six standard errors of 200 runs, below 1e-7
    values = np.array([result.value for result in results])
    assert values.mean() <= truth + 6 * values.std() / np.sqrt(runs)


def test_certified_bounds():
    x = np.linspace(0, 1, 15) ** 2
    truth = line_to_law(x, uniform())
    results = [semidiscrete(x[:, None], on_the_interval, n_train=300, n_test=2000, level=0.95, diameter=1.0,
                            rng=stream(seed)) for seed in range(50)]
    assert all(result.is_certified for result in results)
    assert sum(not result.lower <= truth <= result.upper for result in results) <= binom.isf(1e-6, 50, 0.05)
    # certified bounds are wider than asymptotic ones on the same draws
    plain = semidiscrete(x[:, None], on_the_interval, n_train=300, n_test=2000, level=0.95, rng=stream(0))
    assert results[0].lower < plain.lower < plain.upper < results[0].upper
    assert results[0].value == plain.value
    assert results[0].upper - exact(on_the_interval(300, stream(0)), x[:, None]).upper == pytest.approx(
        np.sqrt(np.log(2 / 0.05) / 600), rel=1e-9)
    assert results[0].value - results[0].lower == pytest.approx(np.sqrt(np.log(2 / 0.05) / 4000), rel=1e-9)


@pytest.mark.parametrize("scale", [1e-12, 1e12])
def test_scale(scale):
    x = stream(7).normal(size=(10, 2))

    def run(s):
        return semidiscrete(s * x, lambda k, rng: s * rng.random((k, 2)), n_train=300, n_test=500, rng=stream(8))

    one, other = run(1.0), run(scale)
    for name in ("value", "lower", "upper"):
        assert getattr(other, name) == pytest.approx(scale * getattr(one, name), rel=1e-6)


def test_a_population_on_one_atom():
    result = semidiscrete([[2.0, 1.0]], lambda k, rng: np.full((k, 2), [2.0, 1.0]), n_train=5, n_test=5, rng=stream())
    assert (result.value, result.lower, result.upper) == (0.0, 0.0, 0.0)


def test_result_is_frozen_and_reproducible():
    results = [semidiscrete([[0.0], [1.0]], normal, n_train=50, n_test=50, rng=stream(9)) for _ in range(2)]
    assert results[0].value == results[1].value
    with pytest.raises(ValueError, match="read-only"):
        results[0].potentials[0] = 1.0


@pytest.mark.parametrize(("sampler", "options", "message"), [
    (lambda k, rng: rng.random((k + 1, 1)), {}, "sampler must return 5 draws"),
    (lambda k, rng: rng.random((k, 2)), {}, "must have 1 columns"),
    (lambda k, rng: np.full((k, 1), np.nan), {}, "must be finite"),
    (on_the_interval, {"n_train": 1}, "n_train must be at least 2"),
    (on_the_interval, {"n_test": 1}, "n_test must be at least 2"),
    (on_the_interval, {"level": 0.05}, "level must be a coverage"),
    (on_the_interval, {"diameter": 0.0}, "diameter must be positive"),
    (on_the_interval, {"diameter": 0.01}, "diameter must bound the distance"),
    (on_the_interval, {"x_weights": [1.0]}, "x_weights must have one mass per point"),
])
def test_refusals(sampler, options, message):
    with pytest.raises(ValueError, match=message):
        semidiscrete([[0.0], [1.0]], sampler, **{"n_train": 5, "n_test": 5, **options}, rng=stream())
