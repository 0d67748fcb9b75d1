"""Uniform laws and their stratified references, by simulation and closed forms; six standard errors, 2e-9 a side."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy.spatial.distance import cdist

from lsdm_stats import streams
from lsdm_stats.manifolds import SphereSurface, SwissRollSheet
from lsdm_stats.metrics import Estimation, Stated
from lsdm_stats.populations import UniformCube, UniformRoll, UniformSphere, UniformTorus
from lsdm_stats.populations.uniform import _zones
from lsdm_stats.wasserstein import exact
from lsdm_stats.wasserstein.estimators.methods import ReferenceEstimate

LAWS = (
    UniformCube(dim=1), UniformCube(dim=3), UniformTorus(dim=1), UniformTorus(dim=2), UniformSphere(), UniformRoll(),
)
EVERY = pytest.mark.parametrize("law", LAWS, ids=lambda law: f"{type(law).__name__}{law.space.intrinsic_dim}")


def moments(points):
    """First and second moments."""
    return np.concatenate([points, (points[:, :, None] * points[:, None]).reshape(len(points), -1)], axis=1)


@EVERY
def test_mean_and_second_moments_of_points_and_of_the_reference_agree(law):
    rng = np.random.default_rng(1)
    drawn = moments(law.points(50_000, rng=rng))
    cells = moments(law.replace(reference_size=50_000).reference(rng))
    error = np.hypot(drawn.std(axis=0), cells.std(axis=0)) / math.sqrt(len(cells))
    assert np.all(np.abs(drawn.mean(axis=0) - cells.mean(axis=0)) <= 6 * error + 1e-12)


@EVERY
def test_the_mean_of_a_reference_of_few_cells_is_that_of_the_law(law):
    rng = np.random.default_rng(2)
    means = np.array([law.replace(reference_size=7).reference(rng).mean(axis=0) for _ in range(4000)])
    truth = law.points(400_000, rng=rng)
    error = np.hypot(means.std(axis=0) / math.sqrt(len(means)), truth.std(axis=0) / math.sqrt(len(truth)))
    assert np.all(np.abs(means.mean(axis=0) - truth.mean(axis=0)) <= 6 * error + 1e-12)


@EVERY
def test_two_references_are_as_close_as_their_error_says(law):
    """Their mean distance is at most twice the error, and not far below what cells of that size allow."""
    rng, law = np.random.default_rng(3), law.replace(reference_size=400)
    found = np.array([exact(law.reference(rng), law.reference(rng)).value for _ in range(20)])
    assert found.mean() + 6 * found.std() / math.sqrt(20) <= 2 * law.reference_error
    assert found.mean() >= 0.15 * law.reference_error


def test_points_lie_on_their_surfaces():
    rng = np.random.default_rng(4)
    sphere, roll, torus = (law.points(100, rng=rng) for law in (UniformSphere(), UniformRoll(), UniformTorus(dim=3)))
    assert SphereSurface(dim=2, ambient_dim=3).distance(sphere).max() < 1e-14
    assert SwissRollSheet(ambient_dim=3).distance(roll).max() < 1e-12
    np.testing.assert_allclose(np.hypot(torus[:, ::2], torus[:, 1::2]), 1 / (2 * math.pi), rtol=1e-14)


@pytest.mark.parametrize("law", [UniformTorus(dim=2), UniformRoll()], ids=["torus", "roll"])
def test_images_lengthen_no_distance(law):
    inside = np.random.default_rng(5).random((400, 2)) * np.array(law.sides)
    before, after = cdist(inside, inside), cdist(law.image(inside), law.image(inside))
    assert np.all(after <= before * (1 + 1e-12) + 1e-12)
    assert after.max() <= law.diameter
    near = (before > 0) & (before < 0.02)
    assert (after[near] / before[near]).min() > 0.995  # and hardly shorten short ones


@pytest.mark.parametrize("size", [1, 2, 3, 4, 7, 100, 12_345])
def test_zones_cut_the_sphere_into_cells_of_equal_area(size):
    heights, counts = _zones(size)
    assert counts.sum() == size
    assert counts.min() >= 1
    np.testing.assert_allclose(np.diff(heights) / 2, counts / size, atol=1e-14)
    assert (heights[0], heights[-1]) == (-1, 1)


def test_the_error_of_cells_of_the_sphere_by_simulation():
    """The mean distance of two points of a cell is below its quadratic mean, by a few per cent."""
    law, rng = UniformSphere(reference_size=500), np.random.default_rng(6)
    apart = [np.linalg.norm(law.reference(rng) - law.reference(rng), axis=1).mean() for _ in range(400)]
    assert 0.85 * law.reference_error < np.mean(apart) < law.reference_error
    assert UniformSphere(reference_size=1).reference_error == pytest.approx(math.sqrt(2))


def test_the_error_of_cells_of_a_box():
    assert UniformCube(dim=3, reference_size=1000).reference_error == pytest.approx(math.sqrt(3 / 6) / 10)
    roll = UniformRoll(reference_size=640)
    cells = (64, 10)
    assert roll.reference_error == pytest.approx(math.hypot(roll.sides[0] / cells[0], 1 / cells[1]) / math.sqrt(6))


def test_a_reference_estimate_is_above_the_distance_on_average_and_says_by_how_much_at_most():
    """On the circle and the interval W1 to the law is known; here the interval, from order statistics."""
    law, n = UniformCube(dim=1, reference_size=50), 40
    data = law.draw(n, 0, rngs=streams.data(3, law, replicates=range(300)))
    found = ReferenceEstimate().fit(data, rngs=[np.random.default_rng(r) for r in range(300)])
    values = Stated().evaluate(Estimation.of(found, law))
    x = np.sort(data.conditions[..., 0], axis=1)
    low, high = np.arange(n) / n, np.arange(1, n + 1) / n
    inside = np.clip(x, low, high)
    truth = (((inside - low) * (2 * x - inside - low) + (high - inside) * (high + inside - 2 * x)) / 2).sum(axis=1)
    assert (values["n"] == n).all()
    for excess in (values["distance"] - truth, truth - values["distance.lower"]):
        assert excess.mean() > -6 * excess.std() / math.sqrt(len(excess))


def test_what_it_needs():
    law = UniformCube(dim=1, reference_size=0)
    data = law.draw(5, 0, rngs=streams.data(1, law, replicates=range(1)))
    assert data.references is None
    with pytest.raises(ValueError, match=r"needs data with references; got TwoSamples without; draw"):
        ReferenceEstimate().fit(data, rngs=[np.random.default_rng(1)])
