"""Tangents, reach, diameters and stretch of manifolds by independent routes: differences, normals, grids of pairs."""

import math

import numpy as np
import pytest
from scipy.optimize import minimize
from scipy.spatial.distance import cdist, pdist

from lsdm_stats.manifolds import (
    CircleCurve,
    CliffordTorus,
    FourierTorus,
    HelixCurve,
    LinearSubspace,
    MobiusBand,
    RoundComponent,
    RoundUnion,
    SphereSurface,
    SwissRollSheet,
)
from lsdm_stats.manifolds.round_union import gap

TABLE = FourierTorus(
    frequencies=((1, 0), (0, 1), (1, 1), (2, -1), (1, 3)), amplitudes=(1.0, 1.0, 0.5, 0.4, 0.2), ambient_dim=10
)
LINKED = RoundUnion(
    components=(RoundComponent(centre=(0.0, 0.0, 0.0)), RoundComponent(centre=(1.0, 0.0, 0.0), axes=(0, 2))),
    ambient_dim=3,
)
TREFOIL = FourierTorus(frequencies=((1,), (3,)), amplitudes=(1.0, 0.5), ambient_dim=4)
FLAT = FourierTorus(frequencies=((1, 0), (0, 1)), amplitudes=(1.0, 0.6), ambient_dim=4)
RINGS = RoundUnion(
    components=tuple(RoundComponent(centre=(0.0, 0.0), radius=radius) for radius in (1.0, 0.7, 0.25)), ambient_dim=2
)
MANIFOLDS = (
    CircleCurve(ambient_dim=3),
    CliffordTorus(radii=(1.0, 0.5), ambient_dim=5),
    SphereSurface(dim=2, ambient_dim=4),
    SphereSurface(dim=4, ambient_dim=5),
    HelixCurve(turns=1.5),
    HelixCurve(turns=0.5),
    HelixCurve(turns=0.7, ambient_dim=5),
    HelixCurve(radius=1.0, rise=0.05, turns=3.0),
    SwissRollSheet(),
    TABLE,
    TREFOIL,
    FLAT,
    LINKED,
    RINGS,
    MobiusBand(),
)
each = pytest.mark.parametrize("manifold", MANIFOLDS, ids=lambda m: type(m).__name__)


def latents_on(manifold, n, seed=0):
    """Coordinates of points of the manifold, none of them at its boundary."""
    rng = np.random.default_rng(seed)
    if isinstance(manifold, SwissRollSheet):
        return rng.random((n, 2)) * [manifold.length, 1.0]
    if isinstance(manifold, HelixCurve):
        return rng.random((n, 1)) * manifold.length
    if isinstance(manifold, MobiusBand):
        return manifold.base_points(rng.random((n, 2)) * [2 * np.pi, 2.0] - [0.0, 1.0])
    if isinstance(manifold, FourierTorus | CliffordTorus):
        return manifold.base_points(2 * np.pi * rng.random((n, manifold.intrinsic_dim)))
    return manifold.encode(manifold.project(rng.normal(size=(n, manifold.ambient_dim))))


def orthogonal_part(vectors, tangents):
    return vectors - np.einsum("nk,nkq->nq", np.einsum("nq,nkq->nk", vectors, tangents), tangents)


@each
def test_tangents_are_orthonormal_and_touch(manifold):
    latents = latents_on(manifold, 300)
    tangents, points = manifold.tangent_basis(latents), manifold.decode(latents)
    assert tangents.shape == (300, manifold.intrinsic_dim, manifold.ambient_dim)
    identity = np.eye(manifold.intrinsic_dim)
    np.testing.assert_allclose(np.einsum("nkq,nlq->nkl", tangents, tangents) - identity, 0.0, atol=1e-12)
    step = 1e-4
    for axis in range(manifold.intrinsic_dim):
        moved = points + step * tangents[:, axis]
        inner = manifold.distance(points + 10 * step * tangents[:, axis]) < 1e-6 / manifold.reach  # not over an edge
        inner &= manifold.distance(points - 10 * step * tangents[:, axis]) < 1e-6 / manifold.reach
        assert inner.mean() > 0.95
        assert manifold.distance(moved)[inner].max() <= step**2 / (2 * manifold.reach) * 1.01 + 1e-9
        assert (np.linalg.norm(manifold.project(moved) - moved, axis=1)[inner] < 1e-6).all()


def test_a_subspace_is_its_own_tangent_space():
    plane = LinearSubspace(intrinsic_dim=2, ambient_dim=4, embedding_seed=1)
    tangents = plane.tangent_basis(np.zeros((3, 2)))
    assert tangents.shape == (3, 2, 4)
    assert plane.distance(tangents).max() < 1e-12


@each
def test_normals_shorter_than_the_reach_lead_back(manifold):
    latents = latents_on(manifold, 2_000, seed=1)
    points, tangents = manifold.decode(latents), manifold.tangent_basis(latents)
    rng = np.random.default_rng(2)
    normals = orthogonal_part(rng.normal(size=points.shape), tangents)
    normals *= 0.999 * manifold.reach / np.linalg.norm(normals, axis=1, keepdims=True)
    np.testing.assert_allclose(manifold.distance(points + normals), 0.999 * manifold.reach, rtol=1e-7)


@each
def test_the_reach_is_below_all_quotients_of_federer_and_attained(manifold):
    """Squared chords over twice their distance to the tangent space; starting points refined by minimisation."""
    latents = latents_on(manifold, 600, seed=3)
    points, tangents = manifold.decode(latents), manifold.tangent_basis(latents)
    chords = points[None] - points[:, None]
    squares = (chords**2).sum(axis=-1)
    along = np.einsum("nmq,nkq->nmk", chords, tangents)
    across = np.sqrt(np.maximum(squares - (along**2).sum(axis=-1), 0.0))
    with np.errstate(divide="ignore", invalid="ignore"):
        quotients = np.where((squares > 1e-3) & (across > 1e-9), squares / (2 * across), np.inf)
    assert quotients.min() >= manifold.reach * (1 - 1e-9)
    assert quotients.min() <= manifold.reach * 1.12


@pytest.mark.parametrize(
    ("manifold", "reach"),
    [
        (HelixCurve(turns=0.5), 1.09),
        (HelixCurve(turns=0.7), 1.0439),
        (HelixCurve(turns=1.0), 0.9018),
        (HelixCurve(turns=1.5), 0.9018),
        (TABLE, 0.7758),
        (FLAT, 0.6),
        (CliffordTorus(radii=(2.0, 0.3), ambient_dim=4), 0.3),
        (RINGS, 0.15),
        (LINKED, 0.5),
    ],
    ids=lambda value: str(value) if isinstance(value, float) else type(value).__name__,
)
def test_reaches_of_the_table(manifold, reach):
    assert manifold.reach == pytest.approx(reach, abs=1e-4)


@pytest.mark.parametrize("manifold", [HelixCurve(turns=1.5), HelixCurve(rise=0.05, turns=3.0)], ids=str)
def test_helix_reach_with_cones_at_its_ends(manifold):
    lengths = np.linspace(0, manifold.length, 1_501)[:, None]
    points, tangents = manifold.decode(lengths), manifold.tangent_basis(lengths)[:, 0]
    chords = points[None] - points[:, None]
    along = (chords * tangents[:, None]).sum(axis=-1)
    along[0], along[-1] = np.maximum(along[0], 0), np.minimum(along[-1], 0)
    squares = (chords**2).sum(axis=-1)
    across = np.sqrt(np.maximum(squares - along**2, 1e-300))
    reach = np.where(squares > 1e-3, squares / (2 * across), np.inf).min()
    assert manifold.reach == pytest.approx(reach, rel=1e-4)
    assert manifold.reach <= reach + 1e-9


def test_moebius_reach_against_curvature_and_pairs_with_half_planes_at_the_edge():
    """The least radius of curvature from finite differences at the edge; pairs never do with less."""
    band = MobiusBand()
    angles, step = np.linspace(0, 4 * np.pi, 4_001), 1e-3
    edge = np.stack([angles, np.ones_like(angles)], axis=-1)
    around, across = np.array([step, 0.0]), np.array([0.0, step])
    at = band.base_points
    second = (at(edge + around) - 2 * at(edge) + at(edge - around)) / step**2
    mixed = (at(edge + around + across) - at(edge + around - across) - at(edge - around + across)
             + at(edge - around - across)) / (4 * step**2)
    tangents = band.tangents_base(at(edge))
    normal = np.cross(tangents[:, 0], tangents[:, 1])
    speed = np.linalg.norm((at(edge + around) - at(edge - around)) / (2 * step), axis=1)
    first_form = (second * normal).sum(axis=1) / speed**2
    twist = (mixed * normal).sum(axis=1) / (0.5 * speed)
    curvature = np.abs(first_form) / 2 + np.sqrt(first_form**2 / 4 + twist**2)
    assert 1 / curvature.max() == pytest.approx(band.reach, abs=1e-4)
    assert 1 / curvature.max() >= band.reach - 1e-7


@each
def test_diameters_are_upper_bounds_and_nearly_attained(manifold):
    if isinstance(manifold, CircleCurve):
        return
    points = manifold.decode(latents_on(manifold, 2_000, seed=4))
    assert pdist(points).max() <= manifold.diameter * (1 + 1e-12)
    assert pdist(points).max() >= 0.85 * manifold.diameter


def test_swiss_roll_and_moebius_diameters_on_their_edges():
    roll, band = SwissRollSheet(), MobiusBand()
    lengths = np.linspace(0, roll.length, 2_001)
    ends = [roll.decode(np.stack([lengths, np.full_like(lengths, height)], axis=1)) for height in (0.0, 1.0)]
    largest = cdist(*ends).max()
    assert largest <= roll.diameter < largest + 1e-4
    edge = band.base_points(np.stack([np.linspace(0, 4 * np.pi, 2_001), np.ones(2_001)], axis=1))
    assert pdist(edge).max() <= band.diameter < pdist(edge).max() + 1e-4


@pytest.mark.parametrize("manifold", [TABLE, TREFOIL, FLAT], ids=lambda m: str(len(m.frequencies)))
def test_stretch_of_fourier_tori(manifold):
    rng = np.random.default_rng(5)
    one = 2 * np.pi * rng.random((200_000, manifold.intrinsic_dim))
    other = one + np.exp(rng.uniform(-7, 1.2, (len(one), 1))) * rng.normal(size=one.shape)
    chords = np.linalg.norm(manifold.base_points(one) - manifold.base_points(other), axis=1)
    turned = np.angle(np.exp(1j * (one - other)))
    ratios = chords / np.linalg.norm(turned, axis=1)
    assert manifold.lower_lipschitz * (1 - 1e-7) <= ratios.min() <= manifold.lower_lipschitz * 1.02
    assert manifold.lipschitz * (1 + 1e-7) >= ratios.max() >= manifold.lipschitz * 0.99
    step = 1e-6 * np.eye(manifold.intrinsic_dim)
    jacobian = (manifold.base_points(one[0] + step) - manifold.base_points(one[0] - step)) / 2e-6
    np.testing.assert_allclose(jacobian @ jacobian.T, manifold.metric, atol=1e-8)


def test_the_table_for_the_fourier_torus():
    assert TABLE.lipschitz == pytest.approx(1.394, abs=5e-4)
    assert TABLE.lower_lipschitz == pytest.approx(0.6616, abs=5e-4)


def test_helix_chords_and_their_least_ratio():
    helix = HelixCurve(turns=1.5)
    lengths = np.linspace(0, helix.length, 1_001)
    points = helix.decode(lengths[:, None])
    np.testing.assert_allclose(np.linalg.norm(points - points[:1], axis=1), helix.chord(lengths), atol=1e-12)
    ratios = helix.chord(lengths[1:]) / lengths[1:]
    assert helix.lower_lipschitz == pytest.approx(ratios.min(), abs=1e-6)
    assert np.linalg.norm(points[1:] - points[:-1], axis=1).sum() == pytest.approx(helix.length, rel=1e-5)


@pytest.mark.parametrize(
    ("manifold", "sizes"),
    [(CliffordTorus(radii=(1.0, 0.5), ambient_dim=4), (200, 200)), (TABLE, (250, 250)), (TREFOIL, (5_000,)),
     (MobiusBand(), (500, 80)), (HelixCurve(turns=2.3), (5_000,))],
    ids=lambda value: type(value).__name__,
)
def test_projections_against_fine_grids_of_the_whole_manifold(manifold, sizes):
    """Distances are at most those to the grid, and at least these less half a cell; near and far points."""
    axes = [np.linspace(0, 2 * np.pi, size) for size in sizes]
    if isinstance(manifold, MobiusBand):
        axes[1] = np.linspace(-1, 1, sizes[1])
    grid = np.stack(np.meshgrid(*axes, indexing="ij"), axis=-1).reshape(-1, len(sizes))
    if isinstance(manifold, HelixCurve):
        nodes, cell = manifold.decode(grid / (2 * np.pi) * manifold.length), manifold.length / sizes[0]
    else:
        stretch = {CliffordTorus: 1.0, MobiusBand: 1.53}.get(type(manifold)) or manifold.lipschitz
        nodes = manifold.decode(manifold.base_points(grid))
        cell = stretch * math.hypot(*(axis[1] - axis[0] for axis in axes))
    rng = np.random.default_rng(6)
    y = rng.normal(size=(400, manifold.ambient_dim)) * np.exp(rng.uniform(-3, 1, (400, 1)))
    ours, reference = manifold.distance(y), cdist(y, nodes).min(axis=1)
    assert (ours <= reference + 1e-9).all()
    assert (ours >= reference - cell).all()
    near = reference > 10 * cell
    assert (reference[near] - ours[near] <= cell**2 / reference[near] + 0.6 * cell**2).mean() > 0.9


def test_helix_projection_on_its_axis_and_next_to_it():
    helix = HelixCurve(turns=2.0)
    heights = np.linspace(-0.5, helix.rise * helix.angle + 0.5, 60)
    for radius in (0.0, 1e-12, 0.05, 0.09 + 1e-9, 0.2):
        y = np.stack([np.full(60, radius), np.zeros(60), heights], axis=1) @ helix.embedding.T
        nodes = helix.decode(np.linspace(0, helix.length, 20_001)[:, None])
        reference = cdist(y, nodes).min(axis=1)
        assert (helix.distance(y) <= reference + 1e-9).all()
        assert (helix.distance(y) >= reference - 1e-6).all()


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (RoundComponent(centre=(0.0, 0.0, 0.0)), RoundComponent(centre=(0.3, 0.1, 0.4), radius=0.5)),
        (RoundComponent(centre=(0.0, 0.0, 0.0)), RoundComponent(centre=(0.9, 0.0, 0.4), radius=0.5)),
        (RoundComponent(centre=(0.0, 0.0, 0.0)), RoundComponent(centre=(3.0, 0.0, 0.4), radius=0.5)),
        (RoundComponent(centre=(0.0, 0.0, 0.0)), RoundComponent(centre=(1.0, 0.2, 0.1), axes=(0, 2))),
        (RoundComponent(centre=(0.0, 0.0, 0.0)), RoundComponent(centre=(0.5, 2.0, 0.7), axes=(1, 2), radius=0.4)),
    ],
)
def test_gaps_of_circles_by_minimisation(one, other):
    turns = np.linspace(0, 2 * np.pi, 400)

    def at(component, turn):
        point = np.tile(np.array(component.centre), (*np.shape(turn), 1))
        point[..., component.axes[0]] += component.radius * np.cos(turn)
        point[..., component.axes[1]] += component.radius * np.sin(turn)
        return point

    distances = cdist(at(one, turns), at(other, turns))
    start = np.unravel_index(distances.argmin(), distances.shape)
    found = minimize(lambda t: float(np.linalg.norm(at(one, t[0]) - at(other, t[1]))), [turns[i] for i in start],
                     method="Nelder-Mead", options={"xatol": 1e-10, "fatol": 1e-12})
    assert gap(one, other) == pytest.approx(found.fun, abs=1e-7)
