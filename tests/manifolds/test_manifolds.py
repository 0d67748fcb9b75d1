"""Geometry against independent routes: dense grids, Federer's formula, finite differences."""

import math
import re

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.integrate import quad
from scipy.optimize import minimize_scalar
from scipy.spatial.distance import cdist

from lsdm_stats.manifolds import (
    CATALOGUE,
    CircleCurve,
    CliffordTorus,
    FourierTorus,
    HelixCurve,
    LinearSubspace,
    Manifold,
    MobiusBand,
    RoundComponent,
    RoundUnion,
    SphereSurface,
    SwissRollSheet,
    embedding_matrix,
)
from lsdm_stats.manifolds.swiss_roll import INNER_ANGLE, LENGTH, OUTER_ANGLE, angle_at, arc_length, nearest_angle

MANIFOLDS = (
    LinearSubspace(intrinsic_dim=2, ambient_dim=5, embedding_seed=1),
    CircleCurve(ambient_dim=4, embedding_seed=2),
    SwissRollSheet(ambient_dim=6, embedding_seed=3),
    CliffordTorus(radii=(1.0, 0.5), ambient_dim=5, embedding_seed=4),
    SphereSurface(dim=1, ambient_dim=2),
    SphereSurface(dim=3, ambient_dim=6, embedding_seed=5),
    HelixCurve(turns=2.3, ambient_dim=4, embedding_seed=6),
    HelixCurve(radius=0.2, rise=1.0, turns=0.4),
    FourierTorus(frequencies=((1,), (3,)), amplitudes=(1.0, 0.5), ambient_dim=4),
    FourierTorus(frequencies=((1, 0), (0, 1), (1, 1)), amplitudes=(1.0, 0.8, 0.5), ambient_dim=7, embedding_seed=7),
    RoundUnion(
        components=(
            RoundComponent(centre=(0.0, 0.0, 0.0)),
            RoundComponent(centre=(1.0, 0.0, 0.0), axes=(0, 2)),
            RoundComponent(centre=(0.0, 0.2, 2.0), radius=0.5),
        ),
        ambient_dim=4,
        embedding_seed=8,
    ),
    RoundUnion(
        components=(
            RoundComponent(centre=(0.0, 0.0, 0.0, 0.0), axes=(0, 1, 2)),
            RoundComponent(centre=(0.0, 0.0, 0.3, 0.7), axes=(0, 1, 2), radius=0.5),
        ),
        ambient_dim=4,
    ),
    MobiusBand(ambient_dim=5, embedding_seed=9),
)
each = pytest.mark.parametrize("manifold", MANIFOLDS, ids=lambda m: type(m).__name__)
seeds = st.integers(0, 2**32 - 1)


def points(manifold, seed=0, shape=(40,), scale=1.0):
    return scale * np.random.default_rng(seed).normal(size=(*shape, manifold.ambient_dim))


def on_manifold(manifold, n=4_000, seed=0):
    return manifold.project(points(manifold, seed, (n,)))


def spiral(angle):
    return np.stack([angle * np.cos(angle), angle * np.sin(angle)], axis=-1) / OUTER_ANGLE


def test_the_catalogue_is_covered():
    assert {type(manifold) for manifold in MANIFOLDS} == set(CATALOGUE)
    assert all(isinstance(manifold, Manifold) for manifold in MANIFOLDS)


@each
def test_projections_lie_on_the_manifold_and_are_fixed(manifold):
    feet = manifold.project(points(manifold))
    assert manifold.distance(feet).max() < 1e-9
    np.testing.assert_allclose(manifold.project(feet), feet, atol=1e-9)


@each
def test_distance_is_that_to_the_projection_and_no_other_point_is_nearer(manifold):
    y = points(manifold)
    np.testing.assert_allclose(manifold.distance(y), np.linalg.norm(y - manifold.project(y), axis=-1), atol=1e-9)
    assert (cdist(y, on_manifold(manifold)) >= manifold.distance(y)[:, None] - 1e-9).all()


@each
@given(seeds)
def test_distance_is_1_lipschitz(manifold, seed):
    y, z = points(manifold, seed, (2, 20))
    assert (np.abs(manifold.distance(y) - manifold.distance(z)) <= np.linalg.norm(y - z, axis=-1) + 1e-9).all()


@each
def test_decoding_inverts_encoding_on_the_manifold(manifold):
    feet = on_manifold(manifold, 200)
    latents = manifold.encode(feet)
    assert latents.shape == (200, manifold.latent_dim)
    np.testing.assert_allclose(manifold.decode(latents), feet, atol=1e-9)


@each
@given(seeds)
def test_decoding_is_1_lipschitz(manifold, seed):
    rng = np.random.default_rng(seed)
    first, second = rng.uniform(-1, 8, size=(2, 30, manifold.latent_dim))
    moved = np.linalg.norm(manifold.decode(first) - manifold.decode(second), axis=-1)
    assert (moved <= np.linalg.norm(first - second, axis=-1) + 1e-9).all()


@each
def test_leading_axes_are_kept(manifold):
    y = points(manifold, shape=(3, 2, 5))
    assert manifold.distance(y).shape == (3, 2, 5)
    np.testing.assert_allclose(manifold.project(y)[1, 1], manifold.project(y[1, 1]), atol=1e-12)


@given(st.integers(1, 5), st.integers(0, 5), seeds)
def test_embeddings_are_isometric(base, extra, seed):
    q = embedding_matrix(base, base + extra, seed)
    np.testing.assert_allclose(q.T @ q, np.eye(base), atol=1e-12)


def test_embeddings_follow_the_seed_and_prefer_no_sign():
    """The first entry is symmetric about 0 with variance 1/4: its mean over 400 seeds within four standard errors."""
    first = np.array([embedding_matrix(2, 4, seed)[0, 0] for seed in range(400)])
    assert len(np.unique(first)) == 400
    assert abs(first.mean()) < 4 * 0.5 / math.sqrt(400)


def test_swiss_roll_arc_length_against_quadrature_and_its_inverse():
    speed = quad(lambda t: math.sqrt(1 + t * t) / OUTER_ANGLE, INNER_ANGLE, OUTER_ANGLE)[0]
    assert pytest.approx(speed, rel=1e-12) == LENGTH
    lengths = np.linspace(0, LENGTH, 1_001)
    np.testing.assert_allclose(arc_length(angle_at(lengths)), lengths, atol=1e-13)


@given(seeds)
def test_swiss_roll_projection_against_a_fine_grid_with_refinement(seed):
    plane = np.random.default_rng(seed).uniform(-1.3, 1.3, size=(20, 2))
    grid = np.linspace(INNER_ANGLE, OUTER_ANGLE, 4_001)
    ours = np.linalg.norm(plane - spiral(nearest_angle(plane)), axis=1)
    for point, distance in zip(plane, ours, strict=True):
        values = ((spiral(grid) - point) ** 2).sum(axis=1)
        best = values.argmin()
        bracket = (grid[max(best - 1, 0)], grid[min(best + 1, len(grid) - 1)])
        refined = minimize_scalar(
            lambda a, p=point: ((spiral(a) - p) ** 2).sum(), bounds=bracket, method="bounded", options={"xatol": 1e-12}
        )
        assert distance <= math.sqrt(min(refined.fun, values.min())) + 1e-9
        assert distance >= math.sqrt(refined.fun) - 1e-6


def test_swiss_roll_projection_near_centres_of_curvature():
    """Where two stationary points are about to merge, a minimum and a maximum fit between neighbours of any grid."""
    rng = np.random.default_rng(0)
    angle = rng.uniform(INNER_ANGLE, INNER_ANGLE + 0.25, 500)
    tangent = np.stack([np.cos(angle) - angle * np.sin(angle), np.sin(angle) + angle * np.cos(angle)], axis=1)
    normal = np.stack([-tangent[:, 1], tangent[:, 0]], axis=1) / np.linalg.norm(tangent, axis=1, keepdims=True)
    centres = spiral(angle) + normal * ((1 + angle**2) ** 1.5 / (2 + angle**2) / OUTER_ANGLE)[:, None]
    plane = centres + rng.normal(size=centres.shape) * np.exp(rng.uniform(-9, -3, (500, 1)))
    ours = np.linalg.norm(plane - spiral(nearest_angle(plane)), axis=1)
    reference = cdist(plane, spiral(np.linspace(INNER_ANGLE, OUTER_ANGLE, 30_001))).min(axis=1)
    assert (ours <= reference + 1e-12).all()
    assert (ours >= reference - 1e-7).all()


@given(st.floats(-2, 9), st.floats(-2, 3))
def test_swiss_roll_decodes_whatever_latents_onto_the_roll(length, height):
    roll = SwissRollSheet(ambient_dim=4)
    assert roll.distance(roll.decode(np.array([[length, height]])))[0] < 1e-9


def test_swiss_roll_reach_by_federers_formula():
    angle = np.linspace(INNER_ANGLE, OUTER_ANGLE, 2_000)
    curve = spiral(angle)
    tangent = np.stack([np.cos(angle) - angle * np.sin(angle), np.sin(angle) + angle * np.cos(angle)], axis=1)
    tangent /= np.linalg.norm(tangent, axis=1, keepdims=True)
    chord = curve[None] - curve[:, None]
    squared = (chord**2).sum(axis=-1)
    along = (chord * tangent[:, None]).sum(axis=-1)
    along[0], along[-1] = np.maximum(along[0], 0), np.minimum(along[-1], 0)  # tangent cones at the ends
    across = np.sqrt(np.maximum(squared - along**2, 1e-300))
    reach = np.where(squared > 1e-12, squared / (2 * across), np.inf).min()
    assert SwissRollSheet().reach == pytest.approx(reach, rel=1e-4)
    assert SwissRollSheet().reach <= reach


def test_circle_distance_in_closed_form():
    circle = CircleCurve(ambient_dim=3, embedding_seed=7)
    normal = np.linalg.svd(circle.embedding.T)[2][-1]
    y = circle.decode(np.array([[3.0, 4.0]])) + 3.0 * normal
    assert circle.distance(y)[0] == pytest.approx(5.0)
    assert circle.distance(np.zeros((1, 3)))[0] == pytest.approx(1.0)
    assert circle.reach == 1.0


def test_the_centre_of_the_circle_has_a_projection():
    circle = CircleCurve(ambient_dim=3, embedding_seed=7)
    assert circle.distance(circle.project(np.zeros((1, 3))))[0] < 1e-12


@pytest.mark.parametrize(
    ("build", "message"),
    [
        (lambda: LinearSubspace(intrinsic_dim=3, ambient_dim=2), "ambient_dim must be at least 3; got 2; raise it"),
        (
            lambda: CircleCurve(ambient_dim=1),
            "CircleCurve: ambient_dim: input should be greater than or equal to 2; got 1",
        ),
        (
            lambda: SwissRollSheet(ambient_dim=2),
            "SwissRollSheet: ambient_dim: input should be greater than or equal to 3",
        ),
        (lambda: SphereSurface(dim=3, ambient_dim=3), "ambient_dim must be at least 4; got 3; raise it"),
        (lambda: CliffordTorus(radii=(1.0, 0.0), ambient_dim=4), "greater than 0; got 0"),
        (
            lambda: FourierTorus(frequencies=((2, 0), (0, 1)), amplitudes=(1.0, 1.0), ambient_dim=4),
            "frequencies must generate all integer vectors",
        ),
        (
            lambda: FourierTorus(frequencies=((1, 0), (0, 1)), amplitudes=(1.0,), ambient_dim=4),
            "amplitudes must be one per frequency (2); got 1; match them",
        ),
        (
            lambda: FourierTorus(frequencies=((1, 0, 0),), amplitudes=(1.0,), ambient_dim=2),
            "frequencies must all have 1 or all have 2 entries; got [3]",
        ),
        (
            lambda: RoundUnion(components=(RoundComponent(centre=(0.0, 0.0)),) * 2, ambient_dim=2),
            "components must not meet; got a gap of 0; move their centres",
        ),
        (
            lambda: RoundUnion(
                components=(RoundComponent(centre=(0.0, 0.0)), RoundComponent(centre=(5.0, 0.0, 0.0))), ambient_dim=3
            ),
            "components must have centres of one length and as many axes each",
        ),
        (lambda: RoundComponent(centre=(0.0, 0.0), axes=(0, 2)), "axes must be different coordinates below 2"),
        (lambda: CircleCurve(embedding_seed=-1), "embedding_seed: input should be greater than or equal to 0; got -1"),
    ],
)
def test_impossible_manifolds_are_refused(build, message):
    with pytest.raises(ValueError, match=re.escape(message)):
        build()
