"""The Sinkhorn divergence and its extrapolation: POT, limits in the regularization, translations."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy.spatial.distance import cdist

from lsdm_stats.wasserstein import exact
from lsdm_stats.wasserstein.estimators.extrapolated import extrapolated
from lsdm_stats.wasserstein.estimators.sinkhorn import sinkhorn

everyday = settings(max_examples=30, deadline=None)
estimators = pytest.mark.parametrize("estimate", [sinkhorn, extrapolated])


@st.composite
def clouds(draw):
    dim = draw(st.integers(1, 3))
    elements = st.one_of(st.integers(-3, 3).map(float), st.floats(-10, 10, width=32))
    return [draw(arrays(np.float64, (draw(st.integers(1, 6)), dim), elements=elements)) for _ in range(2)]


def samples(seed=1, n=60, m=45, dim=3):
    rng = np.random.default_rng(seed)
    return rng.normal(size=(n, dim)), 0.7 * rng.normal(size=(m, dim)) + np.eye(dim)[0]


def costs(x, y, order, blocks):
    edges = np.cumsum(blocks)[:-1]
    return sum(cdist(*pair) for pair in zip(np.split(x, edges, 1), np.split(y, edges, 1), strict=True)) ** order


def primal_by_pot(x, y, order, blocks, epsilon):
    """Entropic cost with the divergence to the product, from the plan of POT's solver."""
    import ot

    cost = costs(x, y, order, blocks)
    a, b = np.full(len(x), 1 / len(x)), np.full(len(y), 1 / len(y))
    plan = ot.sinkhorn(a, b, cost, epsilon, method="sinkhorn_log", numItermax=100_000, stopThr=1e-10)
    product = np.outer(a, b)
    return np.sum(plan * cost) + epsilon * np.sum(plan * np.log(np.maximum(plan, 1e-300) / product))


@pytest.mark.parametrize("order", [1, 2])
@pytest.mark.parametrize("blocks", [(3,), (1, 2)])
def test_definition_with_the_plans_of_pot(order, blocks):
    x, y = samples()
    epsilon = 0.5 * costs(x, y, order, blocks).mean()
    parts = [primal_by_pot(*pair, order, blocks, epsilon) for pair in ((x, y), (x, x), (y, y))]
    expected = parts[0] - parts[1] / 2 - parts[2] / 2
    value = sinkhorn(x, y, regularization=0.5, order=order, blocks=blocks) ** order
    assert value == pytest.approx(expected, rel=1e-5)


@pytest.mark.parametrize("order", [1, 2])
@pytest.mark.parametrize("blocks", [(3,), (1, 2)])
def test_small_regularization_tends_to_the_exact_distance(order, blocks):
    x, y = samples()
    truth = exact(x, y, order=order, blocks=blocks).value
    errors = [abs(sinkhorn(x, y, regularization=r, order=order, blocks=blocks) - truth) for r in (0.1, 0.01, 0.001)]
    assert errors[0] > errors[1] > errors[2]
    assert errors[2] <= 2e-3 * truth


@pytest.mark.parametrize("order", [1, 2])
def test_large_regularization_tends_to_the_energy_distance(order):
    x, y = samples()
    means = [costs(*pair, order, (3,)).mean() for pair in ((x, y), (x, x), (y, y))]
    expected = means[0] - means[1] / 2 - means[2] / 2
    assert sinkhorn(x, y, regularization=1e5, order=order) ** order == pytest.approx(expected, rel=1e-4)


@estimators
def test_a_translation_is_found_exactly_for_order_two(estimate):
    x, shift = np.random.default_rng(2).normal(size=(80, 2)), np.array([3.0, 4.0])
    for regularization in (0.5, 0.05):
        value = estimate(x, x + shift, regularization=regularization, order=2)
        assert value == pytest.approx(5, rel=1e-6)


@estimators
def test_one_point_on_each_side_is_exact(estimate):
    for order in (1, 2):
        assert estimate([[0.0, 0.0]], [[3.0, 4.0]], order=order) == pytest.approx(5, rel=1e-12)


@everyday
@given(clouds(), st.sampled_from([1, 2]), st.sampled_from([1.0, 0.1, 0.02]))
def test_symmetric_not_negative_and_at_most_the_exact_distance(pair, order, regularization):
    x, y = pair
    value = sinkhorn(x, y, regularization=regularization, order=order) ** order
    resolution = 1e-5 * costs(x, y, order, (x.shape[1],)).mean()
    assert value >= 0
    assert value == pytest.approx(sinkhorn(y, x, regularization=regularization, order=order) ** order, abs=resolution)
    assert sinkhorn(x, x, regularization=regularization, order=order) ** order <= resolution
    # OT(x, y) <= W + KL of the exact plan, at most log(n m) in size; the other two terms are not negative
    smoothing = regularization * costs(x, y, order, (x.shape[1],)).mean() * np.log(len(x) * len(y))
    assert value <= exact(x, y, order=order).upper ** order * (1 + 1e-9) + smoothing + resolution


@estimators
@pytest.mark.parametrize("order", [1, 2])
def test_equal_samples_in_another_order(estimate, order):
    x = samples()[0]
    assert estimate(x, x[::-1], order=order) ** order <= 1e-6


@estimators
@pytest.mark.parametrize("order", [1, 2])
@pytest.mark.parametrize("scale", [1e-120, 1e-12, 1e12, 1e120])
def test_scale(estimate, order, scale):
    x, y = samples()
    expected = scale * estimate(x, y, order=order)
    assert estimate(scale * x, scale * y, order=order) == pytest.approx(expected, rel=1e-5)


@estimators
def test_motions_change_nothing(estimate):
    x, y = samples()
    basis = np.linalg.qr(np.random.default_rng(3).normal(size=(3, 3)))[0]
    assert estimate(x @ basis + 5, y @ basis + 5) == pytest.approx(estimate(x, y), rel=1e-6)


def test_outliers_and_clusters_converge():
    rng = np.random.default_rng(4)
    heavy = rng.standard_t(2.2, size=(80, 2))
    clusters = np.vstack([0.01 * rng.normal(size=(40, 2)), 0.01 * rng.normal(size=(40, 2)) + 3])
    for x, y in [(heavy, heavy + 1e-4), (heavy, rng.standard_t(2.2, size=(60, 2))), (clusters, clusters[:50])]:
        for order in (1, 2):
            truth = exact(x, y, order=order).value
            value = sinkhorn(x, y, regularization=0.005, order=order)
            spread = costs(x, y, order, (2,)).mean()
            assert abs(value**order - truth**order) <= 0.05 * spread


def test_distances_that_are_extremely_unequal():
    x = np.array([[0.0], [1e-9], [1.0], [1e6]])
    y = np.array([[0.0], [2.0], [1e6 + 1]])
    assert sinkhorn(x, y, regularization=0.01) == pytest.approx(exact(x, y).value, rel=0.3)


@pytest.mark.parametrize("order", [1, 2])
@pytest.mark.parametrize("dim", [1, 2, 3])
def test_extrapolation_is_nearer(order, dim):
    for seed in (5, 6, 7):
        rng = np.random.default_rng(seed)
        x, y = rng.normal(size=(80, dim)), 1.5 * rng.normal(size=(80, dim)) + 0.5
        truth = exact(x, y, order=order).value
        for regularization in (0.1, 0.02):
            plain, better = (estimate(x, y, regularization=regularization, order=order)
                             for estimate in (sinkhorn, extrapolated))
            assert abs(better - truth) < 0.95 * abs(plain - truth)


def test_extrapolation_by_hand():
    x, y = samples()
    for order in (1, 2):
        near, far = (sinkhorn(x, y, regularization=r, order=order) ** order for r in (0.05, 0.05 * np.sqrt(2)))
        assert extrapolated(x, y, order=order) ** order == pytest.approx(2 * near - far, rel=1e-9)


@estimators
@pytest.mark.parametrize(("arguments", "options", "message"), [
    (([[0.0]], [[0.0, 1.0]]), {}, "y must have 1 columns"),
    (([[np.inf]], [[0.0]]), {}, "x must be finite"),
    (([[0.0]], [[1.0]]), {"regularization": 0.0}, "regularization must be positive"),
    (([[0.0]], [[1.0]]), {"regularization": np.nan}, "regularization must be positive"),
    (([[0.0]], [[1.0]]), {"order": 3}, "order must be 1 or 2"),
    (([[0.0, 0.0]], [[1.0, 1.0]]), {"blocks": (1,)}, "blocks must add up"),
])
def test_refusals(estimate, arguments, options, message):
    with pytest.raises(ValueError, match=message):
        estimate(*arguments, **options)


def test_no_convergence_is_an_error(monkeypatch):
    monkeypatch.setattr("lsdm_stats.wasserstein.estimators.sinkhorn._PASSES", 1)
    monkeypatch.setattr("lsdm_stats.wasserstein.estimators.sinkhorn._SCALINGS", 1)
    x, y = samples()
    with pytest.raises(RuntimeError, match="the iterations must bring the marginals within"):
        sinkhorn(x, y, regularization=0.01)
