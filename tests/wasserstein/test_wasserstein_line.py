"""The real line: closed forms, SciPy, and the general solver."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy.stats import wasserstein_distance

from lsdm_stats.wasserstein import exact, line

everyday = settings(max_examples=100, deadline=None)


@st.composite
def weighted_lines(draw):
    values = st.one_of(st.integers(-3, 3).map(float), st.floats(-100, 100, width=32))
    samples = [draw(arrays(np.float64, draw(st.integers(1, 9)), elements=values)) for _ in range(2)]
    weights = [draw(arrays(np.float64, len(x), elements=st.floats(0, 3, width=32))) for x in samples]
    weights = [np.ones(len(w)) if w.sum() == 0 else w for w in weights]
    return [(x, w / w.sum()) for x, w in zip(samples, weights, strict=True)]


@everyday
@given(weighted_lines())
def test_agrees_with_scipy(samples):
    (x, a), (y, b) = samples
    expected = wasserstein_distance(x, y, a, b)
    assert line(x, y, x_weights=a, y_weights=b) == pytest.approx(expected, rel=1e-9, abs=1e-12)


@everyday
@given(weighted_lines(), st.sampled_from([1, 2]))
def test_exact_takes_the_same_value_and_agrees_with_two_columns(samples, order):
    (x, a), (y, b) = samples
    options = {"order": order, "x_weights": a, "y_weights": b}
    x_plane, y_plane = (np.stack([z, np.zeros_like(z)], axis=1) for z in (x, y))
    closed, general = exact(x, y, **options), exact(x_plane, y_plane, **options)
    assert closed.value == pytest.approx(line(x, y, **options), rel=1e-12)
    assert closed.lower <= general.upper
    assert general.lower <= closed.upper


def test_uniform_against_its_square():
    n = 1000
    x = (np.arange(n) + 0.5) / n
    assert line(x, x**2) == pytest.approx(np.mean(x - x**2), rel=1e-12)
    assert line(x, x**2, order=2) == pytest.approx(np.sqrt(np.mean((x - x**2) ** 2)), rel=1e-12)


def test_two_atoms_of_unequal_mass():
    assert line([0.0, 1.0], [0.0, 1.0], x_weights=[0.75, 0.25], y_weights=[0.25, 0.75]) == 0.5
    assert line([0.0, 1.0], [0.0, 1.0], order=2, x_weights=[3, 1], y_weights=[1, 3]) == np.sqrt(0.5)


def test_shift_scale_and_offset():
    x = np.random.default_rng(3).normal(size=500)
    assert line(x, x + 0.25) == pytest.approx(0.25, rel=1e-12)
    assert line(1e-12 * x, 3e-12 * x, order=2) == pytest.approx(2e-12 * np.sqrt(np.mean(x**2)), rel=1e-12)
    grid = np.round(x * 2**16) / 2**16
    assert line(grid + 1e8, grid[::-1] + 1e8 + 1) == 1.0


def test_one_point_and_a_column():
    assert line([2.0], [5.0]) == 3
    assert line([[2.0]], [[5.0], [6.0]]) == 3.5


def test_large_samples_are_quick_and_close_to_scipy():
    rng = np.random.default_rng(4)
    x, y = rng.normal(size=200_000), rng.normal(size=150_000)
    assert line(x, y) == pytest.approx(wasserstein_distance(x, y), rel=1e-9)


@pytest.mark.parametrize(("arguments", "message"), [
    (([], [1.0]), "x must have at least one row"),
    (([1.0], [np.nan]), "y must be finite"),
    (([[1.0, 2.0]], [1.0]), "x must have 1 columns"),
])
def test_refusals(arguments, message):
    with pytest.raises(ValueError, match=message):
        line(*arguments)
    with pytest.raises(ValueError, match="order must be 1 or 2"):
        line([1.0], [2.0], order=4)
