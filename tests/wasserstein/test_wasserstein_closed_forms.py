"""Exactly coupled samples whose distance is known by theorem (docs/theory.md, F)."""

from __future__ import annotations

import numpy as np
import pytest

from lsdm_stats.wasserstein import exact


@pytest.fixture
def rng():
    return np.random.default_rng(20240501)


def products(first, second):
    """All pairs of rows: the product of two empirical laws."""
    return np.hstack([np.repeat(first, len(second), axis=0), np.tile(second, (len(first), 1))])


@pytest.mark.parametrize("order", [1, 2])
def test_translation_moves_by_the_length_of_the_shift(rng, order):
    x, shift = rng.normal(size=(120, 4)), np.array([0.3, -0.1, 0.2, 0.05])
    transport = exact(x, x + shift, order=order)
    assert transport.value == pytest.approx(np.linalg.norm(shift), rel=1e-12)
    assert transport.gap <= 1e-9 * transport.value


@pytest.mark.parametrize("factor", [0.0, 0.6, 1.7])
def test_dilation(rng, factor):
    x, centre = rng.normal(size=(150, 3)), np.array([1.0, -2.0, 0.5])
    expected = abs(factor - 1) * np.linalg.norm(x - centre, axis=1).mean()
    assert exact(x, centre + factor * (x - centre)).value == pytest.approx(expected, rel=1e-12)


@pytest.mark.parametrize("blocks", [None, (1, 2)])
def test_same_condition_monotone_shift(rng, blocks):
    conditions, responses = rng.uniform(size=(200, 1)), rng.normal(size=(200, 2))
    lengths, direction = conditions[:, 0] ** 2, np.array([0.6, 0.8])
    moved = responses + lengths[:, None] * direction
    transport = exact(np.hstack([conditions, responses]), np.hstack([conditions, moved]), blocks=blocks)
    assert transport.value == pytest.approx(lengths.mean(), rel=1e-12)


def test_distance_to_a_projection_is_the_mean_distance_to_the_manifold(rng):
    x = rng.normal(size=(150, 2))
    radii = np.linalg.norm(x, axis=1)
    assert exact(x, x / radii[:, None]).value == pytest.approx(np.abs(radii - 1).mean(), rel=1e-12)


def test_sum_metric_adds_over_products(rng):
    first, second = rng.normal(size=(6, 2)), rng.normal(size=(8, 3))
    first_to, second_to = rng.normal(size=(5, 2)), rng.normal(size=(7, 3)) + 0.5
    a, b = rng.uniform(size=6), rng.uniform(size=8)
    a, b = a / a.sum(), b / b.sum()
    weights = np.outer(a, b).ravel()
    joint = exact(products(first, second), products(first_to, second_to), blocks=(2, 3), x_weights=weights)
    parts = exact(first, first_to, x_weights=a).value + exact(second, second_to, x_weights=b).value
    assert joint.value == pytest.approx(parts, rel=1e-9)


def test_squared_w2_adds_over_products_and_orthogonal_parts(rng):
    first, second, first_to, second_to = (rng.normal(size=(n, 2)) for n in (6, 8, 5, 7))
    joint = exact(products(first, second), products(first_to, second_to), order=2)
    parts = exact(first, first_to, order=2).value ** 2 + exact(second, second_to, order=2).value ** 2
    assert joint.value**2 == pytest.approx(parts, rel=1e-9)
    # Pythagoras: a law in a plane against one around it
    flat, around = np.pad(rng.normal(size=(60, 2)), ((0, 0), (0, 2))), rng.normal(size=(60, 4))
    inside = exact(flat[:, :2], around[:, :2], order=2).value ** 2
    outside = (around[:, 2:] ** 2).sum(axis=1).mean()
    assert exact(flat, around, order=2).value ** 2 == pytest.approx(inside + outside, rel=1e-9)


def test_three_blocks_add_three_distances():
    x, y = np.zeros((1, 4)), np.array([[3.0, 4.0, 1.0, -2.0]])
    transport = exact(x, y, blocks=(2, 1, 1))
    assert transport.value == 8
    assert transport.lower == pytest.approx(8, rel=1e-14)
    assert exact(x, y, blocks=(2, 1, 1), order=2).value == 8


def test_one_point_on_each_side():
    transport = exact([[0.0, 0.0]], [[3.0, 4.0]], order=2)
    assert transport.value == 5
    np.testing.assert_array_equal(transport.plan.masses, [1.0])


def test_one_point_against_a_sample_is_the_mean_distance(rng):
    y, weights = rng.normal(size=(50, 3)), rng.uniform(size=50)
    expected = weights @ np.linalg.norm(y, axis=1) / weights.sum()
    assert exact(np.zeros((1, 3)), y, y_weights=weights).value == pytest.approx(expected, rel=1e-12)
