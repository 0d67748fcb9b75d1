"""Displacements, products and labels against the general solver on samples, for which the formulas are exact too."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from lsdm_stats.wasserstein import exact
from lsdm_stats.wasserstein.closed_forms.displacements import dilation_w1, monotone_shift_w1, radial_w1, translation_w1
from lsdm_stats.wasserstein.closed_forms.products import labels_w1, product_w1

everyday = settings(max_examples=40, deadline=None)


@st.composite
def weighted_points(draw):
    n, dim = draw(st.integers(1, 8)), draw(st.integers(1, 3))
    x = draw(arrays(np.float64, (n, dim), elements=st.floats(-5, 5, width=32)))
    w = draw(arrays(np.float64, n, elements=st.integers(0, 4).map(float)))
    return x, w if w.sum() > 0 else np.ones(n)


@everyday
@given(weighted_points(), st.floats(-3, 3, width=32), st.booleans())
def test_translation(points, step, separate):
    x, w = points
    shift = step * np.arange(1, x.shape[1] + 1)
    blocks = (1,) * x.shape[1] if separate else None
    transport = exact(x, x + shift, blocks=blocks, x_weights=w, y_weights=w)
    assert translation_w1(shift, blocks=blocks) == pytest.approx(transport.value, rel=1e-9, abs=1e-9)


@pytest.mark.parametrize("radius", [lambda r: 2 * r, lambda r: r + 1, lambda r: np.minimum(r, 1), lambda r: 0 * r,
                                    lambda r: r + r**2])
@pytest.mark.parametrize("centre", [None, [0.5, -1.0, 2.0]])
def test_radial_maps(radius, centre):
    rng = np.random.default_rng(4)
    x, w = rng.normal(size=(80, 3)), rng.integers(0, 4, 80)
    origin = np.zeros(3) if centre is None else np.array(centre)
    r = np.linalg.norm(x - origin, axis=1)
    y = origin + (x - origin) * (radius(r) / r)[:, None]
    value = radial_w1(x, radius, centre=centre, x_weights=w)
    assert value == pytest.approx(exact(x, y, x_weights=w, y_weights=w).value, rel=1e-9)


def test_a_dilation_three_ways():
    rng = np.random.default_rng(5)
    x = rng.normal(size=(100, 2))
    value = dilation_w1(0.3, np.linalg.norm(x, axis=1).mean())
    assert value == pytest.approx(radial_w1(x, lambda r: 0.3 * r), rel=1e-14)
    assert value == pytest.approx(exact(x, 0.3 * x).value, rel=1e-12)


def test_no_formula_for_mixed_steps_where_points_may_swap():
    # 1 -> 2 and 2 -> 1 leaves the law as it is, the mean step is 1
    with pytest.raises(ValueError, match="all points outwards or all inwards"):
        radial_w1([[1.0], [2.0]], lambda r: 3 - r)
    assert exact([[1.0], [2.0]], [[2.0], [1.0]]).value == 0
    with pytest.raises(ValueError, match="lengths must have one sign"):
        monotone_shift_w1([1.0, -1.0])


@pytest.mark.parametrize("scale", [1e-200, 1e-12, 1.0, 1e12])
def test_scales(scale):
    assert radial_w1(np.array([[3.0, 4.0]]) * scale, lambda r: 2 * r) == pytest.approx(5 * scale, rel=1e-14)
    assert translation_w1(np.array([3.0, 4.0]) * scale) == pytest.approx(5 * scale, rel=1e-14)


@pytest.mark.parametrize("blocks", [None, (1, 2)])
@pytest.mark.parametrize("sign", [1, -1])
def test_same_condition_shift(blocks, sign):
    rng = np.random.default_rng(6)
    x, y, w = rng.uniform(size=(90, 1)), rng.normal(size=(90, 2)), rng.integers(1, 5, 90)
    lengths = sign * x[:, 0] ** 2
    moved = y + lengths[:, None] * np.array([0.6, 0.8])
    transport = exact(np.hstack([x, y]), np.hstack([x, moved]), blocks=blocks, x_weights=w, y_weights=w)
    assert monotone_shift_w1(lengths, weights=w) == pytest.approx(transport.value, rel=1e-9)


@everyday
@given(weighted_points(), weighted_points(), st.integers(0, 2**20))
def test_products_under_the_sum_metric(first, second, seed):
    (x, a), (z, b) = first, second
    rng = np.random.default_rng(seed)
    y, t = rng.normal(size=x.shape), rng.normal(size=z.shape)

    def pairs(u, v):
        return np.hstack([np.repeat(u, len(v), axis=0), np.tile(v, (len(u), 1))])

    joint = exact(pairs(x, z), pairs(y, t), blocks=(x.shape[1], z.shape[1]), x_weights=np.outer(a, b).ravel())
    parts = exact(x, y, x_weights=a).value, exact(z, t, x_weights=b).value
    assert product_w1(*parts) == pytest.approx(joint.value, rel=1e-8, abs=1e-9)


def test_the_euclidean_distance_on_pairs_does_not_add():
    square, moved = np.array([[0.0, 0.0]]), np.array([[3.0, 4.0]])
    assert exact(square, moved).value == 5 < product_w1(3.0, 4.0)


def labelled(rng, spread):
    labels = np.repeat([0, 1, 2], [10, 20, 30])
    corners = spread * np.eye(3)[labels] / np.sqrt(2)  # corners at mutual distance `spread`
    return labels, *(np.hstack([corners, rng.uniform(size=(60, 2))]) for _ in range(2))


def test_labels_far_apart():
    rng = np.random.default_rng(7)
    diameter = np.sqrt(2)
    labels, x, y = labelled(rng, diameter)
    parts = [exact(x[labels == c, 3:], y[labels == c, 3:]).value for c in range(3)]
    value = labels_w1(parts, [1 / 6, 1 / 3, 1 / 2], label_distance=diameter, diameter=diameter)
    assert value == pytest.approx(exact(x, y, blocks=(3, 2)).value, rel=1e-9)


def test_labels_too_near_are_refused_and_the_formula_would_fail():
    rng = np.random.default_rng(8)
    labels, x, y = labelled(rng, 0.01)
    parts = np.array([exact(x[labels == c, 3:], y[labels == c, 3:]).value for c in range(3)])
    assert exact(x, y, blocks=(3, 2)).value < 0.95 * parts @ [1 / 6, 1 / 3, 1 / 2]
    with pytest.raises(ValueError, match="label_distance must be at least the diameter"):
        labels_w1(parts, [1 / 6, 1 / 3, 1 / 2], label_distance=0.01, diameter=1.5)


@pytest.mark.parametrize(("call", "message"), [
    (lambda: translation_w1([[1.0, 2.0]]), "shift must be a vector"),
    (lambda: translation_w1([1.0, 2.0], blocks=(1,)), "blocks must add up"),
    (lambda: radial_w1([[1.0]], lambda r: -r), "radius must not be negative"),
    (lambda: radial_w1([[1.0], [2.0]], lambda r: r[:1]), "one distance per point"),
    (lambda: radial_w1([[1.0]], lambda r: r, centre=[0.0, 0.0]), "centre must have the 1 columns"),
    (lambda: dilation_w1(-1.0, 1.0), "factor must be finite and not negative"),
    (lambda: dilation_w1(1.0, np.nan), "mean_radius must be finite"),
    (lambda: product_w1(1.0, -0.5), "distances must not be negative"),
    (lambda: product_w1(), "distances must have at least one row"),
    (lambda: labels_w1([1.0], [0.5], label_distance=2, diameter=1), "probabilities must add up to 1"),
    (lambda: labels_w1([1.0], [1.0], label_distance=2, diameter=0.5), "distances must not exceed the diameter"),
    (lambda: labels_w1([1.0], [1.0], label_distance=np.nan, diameter=1), "label_distance must be at least"),
    (lambda: labels_w1([1.0], [1.0], label_distance=2, diameter=np.inf), "diameter must be finite"),
])
def test_refusals(call, message):
    with pytest.raises(ValueError, match=message):
        call()
