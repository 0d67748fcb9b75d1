"""Sliced distances: the line, known directions, exact distances above them, and a hand-made average."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy.special import gammaln

from lsdm_stats.wasserstein import exact, line
from lsdm_stats.wasserstein.estimators.sliced import max_sliced, sliced

everyday = settings(max_examples=40, deadline=None)
orders = st.sampled_from([1, 2])
estimators = pytest.mark.parametrize("estimate", [sliced, max_sliced])


def stream(seed=0):
    return np.random.default_rng(seed)


@st.composite
def weighted_clouds(draw):
    dim = draw(st.integers(1, 3))
    elements = st.one_of(st.integers(-3, 3).map(float), st.floats(-10, 10, width=32))
    samples = []
    for _ in range(2):
        x = draw(arrays(np.float64, (draw(st.integers(1, 6)), dim), elements=elements))
        w = draw(arrays(np.float64, len(x), elements=st.integers(0, 4).map(float)))
        samples.append((x, w / w.sum() if w.sum() > 0 else np.full(len(x), 1 / len(x))))
    return samples


@everyday
@given(weighted_clouds(), orders, st.booleans())
def test_never_above_the_exact_distance(samples, order, weighted):
    (x, a), (y, b) = samples
    options = {"order": order, **({"x_weights": a, "y_weights": b} if weighted else {})}
    bound = exact(x, y, **options).upper * (1 + 1e-12) + 1e-12 * np.abs(np.vstack([x, y])).max()
    mean = sliced(x, y, n_projections=16, rng=stream(), **options)
    largest = max_sliced(x, y, n_starts=2, rng=stream(), **options)
    assert 0 <= mean <= bound
    assert largest <= bound


@everyday
@given(weighted_clouds(), orders)
def test_symmetric_and_zero_for_equal_samples(samples, order):
    (x, a), (y, b) = samples
    value = sliced(x, y, order=order, x_weights=a, y_weights=b, rng=stream())
    other = sliced(y, x, order=order, x_weights=b, y_weights=a, rng=stream())
    scale = np.abs(np.vstack([x, y])).max()
    assert value == pytest.approx(other, rel=1e-9, abs=1e-12 * scale)
    assert sliced(x, x[::-1], order=order, x_weights=a, y_weights=a[::-1], rng=stream()) <= 1e-7 * scale


@estimators
@pytest.mark.parametrize("order", [1, 2])
@pytest.mark.parametrize("weighted", [False, True])
def test_one_column_is_the_line(estimate, order, weighted):
    rng = stream(1)
    x, y = rng.normal(size=70), rng.exponential(size=45)
    options = {"x_weights": rng.dirichlet(np.ones(70)), "y_weights": rng.dirichlet(np.ones(45))} if weighted else {}
    expected = line(x, y, order=order, **options)
    assert estimate(x, y, order=order, rng=rng, **options) == pytest.approx(expected, rel=1e-12)


@pytest.mark.parametrize("order", [1, 2])
@pytest.mark.parametrize("weights", [None, "whole", "real"])
@pytest.mark.parametrize("sizes", [(30, 30), (30, 20), (29, 31)])
def test_average_over_the_same_directions_by_hand(order, weights, sizes):
    rng = stream(2)
    x, y = rng.normal(size=(sizes[0], 3)), rng.normal(size=(sizes[1], 3)) + 1
    options = {} if weights is None else {
        name: rng.integers(1, 5, n) if weights == "whole" else rng.dirichlet(np.ones(n))
        for name, n in zip(("x_weights", "y_weights"), sizes, strict=True)
    }
    options = {name: w / w.sum() for name, w in options.items()}
    value = sliced(x, y, n_projections=20, order=order, rng=stream(3), **options)
    normals = stream(3).standard_normal((20, 3))
    costs = [line(x @ t, y @ t, order=order, **options) ** order for t in
             normals / np.linalg.norm(normals, axis=1, keepdims=True)]
    assert value == pytest.approx(np.mean(costs) ** (1 / order), rel=1e-12)


def test_agrees_with_pot_on_the_same_directions():
    ot = pytest.importorskip("ot")
    rng = stream(4)
    x, y = rng.normal(size=(50, 4)), rng.normal(size=(60, 4)) * 1.3
    normals = stream(5).standard_normal((64, 4))
    directions = (normals / np.linalg.norm(normals, axis=1, keepdims=True)).T
    for order in (1, 2):
        expected = ot.sliced_wasserstein_distance(x, y, projections=directions, p=order)
        assert sliced(x, y, n_projections=64, order=order, rng=stream(5)) == pytest.approx(float(expected), rel=1e-9)


@pytest.mark.parametrize("dim", [2, 5, 20])
def test_translation_on_average(dim):
    x, shift = stream(6).normal(size=(10, dim)), np.full(dim, 2 / np.sqrt(dim))
    n = 20_000
    # <theta, shift> lies in [-2, 2]; its absolute value has variance at most 4 / dim: five-sigma bounds, 6e-7
    mean = np.exp(gammaln(dim / 2) - gammaln((dim + 1) / 2)) / np.sqrt(np.pi) * 2
    assert abs(sliced(x, x + shift, n_projections=n, rng=stream(7)) - mean) <= 5 * 2 / np.sqrt(dim * n)
    # and its square has mean 4 / dim and variance at most 32 / dim^2
    square = sliced(x, x + shift, n_projections=n, order=2, rng=stream(8)) ** 2
    assert abs(square - 4 / dim) <= 5 * np.sqrt(32 / n) / dim


@pytest.mark.parametrize("order", [1, 2])
def test_max_sliced_of_a_translation_is_its_length(order):
    x, shift = stream(9).normal(size=(200, 10)), np.linspace(-1, 2, 10)
    value = max_sliced(x, x + shift, order=order, rng=stream(10))
    assert value == pytest.approx(np.linalg.norm(shift), rel=1e-6)


def test_max_sliced_finds_the_one_direction_that_differs():
    rng = stream(11)
    basis = np.linalg.qr(rng.normal(size=(30, 30)))[0]
    x = rng.normal(size=(400, 30))
    y = x * np.where(np.arange(30) == 0, 3.0, 1.0)
    along = line(x[:, 0], y[:, 0], order=2)
    value = max_sliced(x @ basis, y @ basis, order=2, rng=rng)
    assert along <= value * (1 + 1e-6)
    assert value <= exact(x, y, order=2).upper * (1 + 1e-12)
    assert sliced(x @ basis, y @ basis, order=2, rng=rng) < 0.5 * value


def test_max_sliced_against_a_fine_grid_of_directions():
    rng = stream(12)
    x, y = rng.normal(size=(60, 2)) ** 3, rng.normal(size=(50, 2))
    angles = np.linspace(0, np.pi, 2000)
    for order in (1, 2):
        best = max(line(x @ t, y @ t, order=order) for t in np.stack([np.cos(angles), np.sin(angles)], axis=1))
        value = max_sliced(x, y, order=order, rng=rng)
        assert best * (1 - 1e-5) <= value <= best * (1 + 1e-4)


@estimators
@pytest.mark.parametrize("order", [1, 2])
@pytest.mark.parametrize("scale", [1e-140, 1e-12, 1e12, 1e140])
def test_scale(estimate, order, scale):
    rng = stream(13)
    x, y = rng.normal(size=(40, 3)), rng.normal(size=(30, 3)) + 1
    expected = scale * estimate(x, y, order=order, rng=stream(14))
    assert estimate(scale * x, scale * y, order=order, rng=stream(14)) == pytest.approx(expected, rel=1e-5)


@estimators
def test_far_from_the_origin(estimate):
    rng = stream(15)
    x = np.round(rng.normal(size=(40, 3)) * 2**10) / 2**10
    y = np.round(rng.normal(size=(30, 3)) * 2**10) / 2**10
    expected = estimate(x, y, rng=stream(16))
    assert estimate(x + 2.0**30, y + 2.0**30, rng=stream(16)) == pytest.approx(expected, rel=1e-9)


@estimators
def test_reproducible(estimate):
    x, y = stream(17).normal(size=(20, 3)), stream(18).normal(size=(20, 3))
    assert estimate(x, y, rng=stream(1)) == estimate(x, y, rng=stream(1))


@estimators
def test_refusals(estimate):
    x = np.zeros((3, 2))
    for arguments, options, message in [
        ((x, np.zeros((3, 1))), {}, "y must have 2 columns"),
        ((x, [[np.nan, 0.0]]), {}, "y must be finite"),
        ((x, x), {"order": 3}, "order must be 1 or 2"),
        ((x, x), {"x_weights": [1, 1, 1], "y_weights": [1, 1, 2]}, "equal total mass"),
        ((x, x), {"n_projections" if estimate is sliced else "n_starts": 0}, "must be at least 1"),
    ]:
        with pytest.raises(ValueError, match=message):
            estimate(*arguments, **options, rng=stream())
