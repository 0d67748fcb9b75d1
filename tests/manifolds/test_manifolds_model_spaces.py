"""Model spaces by other routes: enumerated spectra, zeta values, Brownian motion, uniform points, greedy covers.

Every statistical test allows five standard errors (a false alarm in at most 3e-7 of the draws) and has a fixed seed.
"""

from __future__ import annotations

import itertools
import math
from functools import lru_cache

import numpy as np
import pytest
from scipy.special import comb

from lsdm_stats.manifolds import Box, FlatTorus, ProductSpace, Sphere
from lsdm_stats.manifolds.heat import half_theta, sphere_excess, sphere_multiplicity
from lsdm_stats.manifolds.model_spaces import mean_chi

BOX, TORUS = Box(sides=(1.0, 0.5)), FlatTorus(lengths=(1.0, 2.0, 0.7))
CYLINDER = ProductSpace(factors=(Box(sides=(1.0,)), FlatTorus(lengths=(1.0,))))
MIXED = ProductSpace(factors=(Sphere(dim=2, radius=0.5), FlatTorus(lengths=(1.0,))))
TALL = ProductSpace(factors=(Sphere(dim=3), Box(sides=(0.1, 2.0))))
SPACES = (
    Box(sides=(2.0,)), BOX, Box(sides=(1.0, 1.0, 1.0)), FlatTorus(lengths=(3.0,)), TORUS,
    Sphere(dim=1, radius=0.3), Sphere(dim=2), Sphere(dim=3, radius=2.0), Sphere(dim=6), CYLINDER, MIXED, TALL,
)
each = pytest.mark.parametrize("space", SPACES, ids=str)
LAWS = ("uniform", "any")
SIGMAS = 5


def dimension_of_harmonics(dim: int, degree: int) -> int:
    """Homogeneous polynomials of the degree in dim + 1 variables less those of two degrees lower."""
    lower = comb(degree + dim - 2, dim, exact=True) if degree >= 2 else 0
    return comb(degree + dim, dim, exact=True) - lower


def spectrum(space, law, limit):
    """Eigenvalues up to a limit with their multiplicities, enumerated one by one."""
    if isinstance(space, ProductSpace):
        lists = [spectrum(factor, law, limit) for factor in space.factors]
        values = [(sum(pair[0] for pair in chosen), math.prod(pair[1] for pair in chosen))
                  for chosen in itertools.product(*lists)]
    elif isinstance(space, Sphere):
        last = int(space.radius * math.sqrt(limit)) + 1
        values = [(degree * (degree + space.dim - 1) / space.radius**2, dimension_of_harmonics(space.dim, degree))
                  for degree in range(last + 1)]
    else:
        waves = [math.pi / side for side in space.sides] if isinstance(space, Box) else \
            [2 * math.pi / length for length in space.lengths]
        ranges = []
        for wave in waves:
            last = int(math.sqrt(limit) / wave) + 1
            ranges.append(range(0 if isinstance(space, Box) and law == "uniform" else -last, last + 1))
        values = [(sum((k * wave) ** 2 for k, wave in zip(ks, waves, strict=True)), 1)
                  for ks in itertools.product(*ranges)]
    return [pair for pair in values if pair[0] <= limit]


@lru_cache
def arrays(space, law):
    limit = {1: 4e5, 2: 6e3, 3: 1200.0}.get(space.intrinsic_dim, 250.0)
    found = np.array(spectrum(space, law, limit), dtype=float)
    return found[:, 0], found[:, 1], limit


def uniform_points(space, n, rng):
    """One array per factor; spheres as unit vectors times the radius."""
    if isinstance(space, ProductSpace):
        return tuple(block for factor in space.factors for block in uniform_points(factor, n, rng))
    if isinstance(space, Sphere):
        normal = rng.normal(size=(n, space.dim + 1))
        return (space.radius * normal / np.linalg.norm(normal, axis=1, keepdims=True),)
    return (rng.random((n, space.intrinsic_dim)) * (space.sides if isinstance(space, Box) else space.lengths),)


def distance(space, x, y):
    """Geodesic distances of points with matching rows, or of one point and many."""
    if isinstance(space, ProductSpace):
        return np.sqrt(sum(distance(factor, x[i:i + 1], y[i:i + 1]) ** 2 for i, factor in enumerate(space.factors)))
    if isinstance(space, Sphere):
        chord = np.linalg.norm(x[0] - y[0], axis=-1) / (2 * space.radius)
        return 2 * space.radius * np.arcsin(np.minimum(chord, 1.0))
    step = np.abs(x[0] - y[0])
    if isinstance(space, FlatTorus):
        step = np.minimum(step, np.array(space.lengths) - step)
    return np.linalg.norm(step, axis=-1)


def rows(points, which):
    return tuple(block[which] for block in points)


def test_theta_functions_on_both_sides_of_one():
    x = np.array([1e-3, 0.05, 0.4, 0.999, 1.001, 3.0, 9.0])
    direct = np.exp(-math.pi * np.arange(1, 400)[:, None] ** 2 * x).sum(axis=0)
    np.testing.assert_allclose(half_theta(x), direct, rtol=1e-13)
    # Jacobi: the third theta function at q = exp(-pi)
    assert 1 + 2 * half_theta(np.array([1.0]))[0] == pytest.approx(math.pi**0.25 / math.gamma(0.75), rel=1e-15)


@pytest.mark.parametrize("dim", [1, 2, 3, 4, 7])
def test_multiplicities_count_harmonic_polynomials(dim):
    degrees = np.arange(1, 40)
    expected = [dimension_of_harmonics(dim, int(degree)) for degree in degrees]
    np.testing.assert_allclose(sphere_multiplicity(dim, degrees.astype(float)), expected, rtol=1e-12)


@pytest.mark.parametrize("dim", [2, 3, 4, 5, 8, 13])
def test_early_and_direct_heat_traces_of_spheres_meet(dim):
    times = np.array([0.999e-5, 1.001e-5])
    degrees = np.arange(1.0, 4500)
    weights = sphere_multiplicity(dim, degrees)
    direct = [weights @ np.exp(-degrees * (degrees + dim - 1) * t) for t in times]
    np.testing.assert_allclose(sphere_excess(dim, times), direct, rtol=1e-13)


def test_heat_trace_of_the_three_sphere_by_poisson_summation():
    """sum over k >= 1 of k^2 exp(-k^2 t) is sqrt(pi) / (4 t^1.5) up to e^(-pi^2 / t)."""
    for t in (1e-9, 1e-4, 0.01, 0.2):
        expected = math.exp(t) * math.sqrt(math.pi) / (4 * t**1.5) * (1 + 2 * sum(
            (1 - 2 * (math.pi * j) ** 2 / t) * math.exp(-((math.pi * j) ** 2) / t) for j in range(1, 5)))
        assert float(Sphere(dim=3).heat_trace(t)) == pytest.approx(expected, rel=1e-13)


@each
@pytest.mark.parametrize("law", LAWS)
def test_heat_traces_and_spectral_sums_against_enumerated_spectra(space, law):
    values, counts, limit = arrays(space, law)
    for t in np.array([50.0, 100.0, 400.0]) / limit:  # left out: below exp(-50)
        assert float(space.heat_trace(t, law)) == pytest.approx(counts @ np.exp(-values * t), rel=1e-12)
        positive = values > 0
        direct = counts[positive] @ (np.exp(-values[positive] * t) / values[positive])
        assert space.spectral_sum(t / 2, law) == pytest.approx(direct, rel=1e-12)


@each
def test_laws_differ_on_boxes_only(space):
    boxed = isinstance(space, Box) or any(isinstance(f, Box) for f in getattr(space, "factors", ()))
    assert (space.spectral_sum(0.01, "any") > space.spectral_sum(0.01) * (1 + 1e-9)) == boxed


def test_zeta_values_at_time_zero():
    for length in (1.0, 0.37, 5.0):
        circle, interval = FlatTorus(lengths=(length,)), Box(sides=(length,))
        assert circle.spectral_sum(0.0) == pytest.approx(length**2 / 12, rel=1e-11)
        assert interval.spectral_sum(0.0) == pytest.approx(length**2 / 6, rel=1e-11)
        assert interval.spectral_sum(0.0, "any") == pytest.approx(length**2 / 3, rel=1e-11)
    assert Sphere(dim=2).spectral_sum(0.0) == BOX.spectral_sum(0.0) == math.inf


def test_spectral_sums_of_spheres_at_early_times():
    """S2: (2l + 1) / (l (l + 1)) = 1 / l + 1 / (l + 1), summed to the end; earlier it goes on like a logarithm."""
    degree = np.arange(1.0, 20000)
    for t in (1e-6, 1e-5, 1e-3):
        direct = ((1 / degree + 1 / (degree + 1)) * np.exp(-2 * degree * (degree + 1) * t)).sum()
        assert Sphere(dim=2).spectral_sum(t) == pytest.approx(direct, rel=1e-12)
    gained = Sphere(dim=2).spectral_sum(1e-14) - Sphere(dim=2).spectral_sum(1e-12)
    assert gained == pytest.approx(math.log(100), abs=1e-9)


@each
def test_spectral_sum_falls_at_the_rate_of_the_heat_trace(space):
    for t in np.array([0.003, 0.02, 0.3]) / space.spectral_gap:
        h = 1e-4 * t
        slope = (space.spectral_sum(t + h) - space.spectral_sum(t - h)) / (2 * h)
        assert slope == pytest.approx(-2 * (float(space.heat_trace(2 * t)) - 1), rel=1e-5)


@each
def test_volume_by_early_heat(space):
    """(4 pi t)^(D/2) times the trace tends to the volume; on a box for any law to 2^D times it."""
    t = 1e-11 * space.diameter**2
    boxed = sum(len(f.sides) for f in getattr(space, "factors", (space,)) if isinstance(f, Box))
    scale = (4 * math.pi * t) ** (space.intrinsic_dim / 2)
    assert scale * float(space.heat_trace(t)) == pytest.approx(space.volume, rel=1e-3)
    assert scale * float(space.heat_trace(t, "any")) == pytest.approx(space.volume * 2**boxed, rel=1e-3)


@pytest.mark.parametrize(("space", "slack"), [(Sphere(dim=2), 0.02), (FlatTorus(lengths=(1.0, 2.0)), 0.02),
                                              (FlatTorus(lengths=(1.0, 1.0, 1.0)), 0.15), (Box(sides=(2.0,)), 0.01)])
def test_weyls_law(space, slack):
    _, counts, limit = arrays(space, "uniform")
    dim = space.intrinsic_dim
    ball = math.pi ** (dim / 2) / math.gamma(dim / 2 + 1)
    assert counts.sum() == pytest.approx(ball * space.volume * (math.sqrt(limit) / (2 * math.pi)) ** dim, rel=slack)


@each
def test_spectral_gap_is_the_first_eigenvalue(space):
    values, _, _ = arrays(space, "uniform")
    assert space.spectral_gap == pytest.approx(values[values > 1e-9].min(), rel=1e-12)
    late = 150 / space.spectral_gap
    fall = np.log(space.excess_heat_trace(np.array([late, 2 * late])))
    assert -(fall[1] - fall[0]) / late == pytest.approx(space.spectral_gap, rel=1e-5)


@each
def test_uniform_points_are_as_far_apart_as_stated(space):
    rng = np.random.default_rng(3)
    squares = distance(space, uniform_points(space, 40_000, rng), uniform_points(space, 40_000, rng)) ** 2
    error = squares.std() / math.sqrt(squares.size)
    assert abs(squares.mean() - space.mean_square_distance) < SIGMAS * error
    assert squares.max() <= space.diameter**2 * (1 + 1e-12)


def test_diameters_are_attained():
    corner = (np.zeros((1, 2)),)
    assert distance(BOX, corner, (np.array([BOX.sides]),))[0] == pytest.approx(BOX.diameter)
    half = (np.array([TORUS.lengths]) / 2,)
    assert distance(TORUS, (np.zeros((1, 3)),), half)[0] == pytest.approx(TORUS.diameter)
    poles = np.array([[0.0, 0.0, 0.5]])
    apart = distance(MIXED, (poles, np.zeros((1, 1))), (-poles, np.full((1, 1), 0.5)))
    assert apart[0] == pytest.approx(MIXED.diameter)


@each
def test_no_ball_has_more_mass_than_stated(space):
    rng = np.random.default_rng(4)
    points = uniform_points(space, 200_000, rng)
    known = space.ball_mass
    assert known.dim == space.intrinsic_dim
    for centre in range(3):
        far = distance(space, rows(points, slice(centre, centre + 1)), points)
        for share in (0.05, 0.2, 0.5):
            radius = share * space.diameter
            mass = (far[3:] <= radius).mean()
            bound = min(1.0, known.constant * radius**known.dim)
            assert mass <= bound + SIGMAS * math.sqrt(bound / far.size)


@pytest.mark.parametrize("space", [Sphere(dim=2), Sphere(dim=3), FlatTorus(lengths=(1.0, 1.5)), MIXED], ids=str)
def test_small_balls_have_the_stated_mass(space):
    """No constant below it is one: at a twelfth of the diameter the share is 1 - O(s^2) on spheres."""
    rng = np.random.default_rng(5)
    points = uniform_points(space, 400_000, rng)
    radius = space.diameter / 12
    mass = (distance(space, rows(points, slice(0, 1)), points) <= radius).mean()
    assert 0.9 < mass / (space.ball_mass.constant * radius**space.intrinsic_dim) < 1.1


@pytest.mark.parametrize("space", SPACES[1:], ids=str)  # on an interval separated points may be one more
def test_a_greedy_cover_is_not_larger_than_stated(space):
    """Farthest points of a dense sample until all are within the radius: a cover of the sample, and separated."""
    rng = np.random.default_rng(6)
    points = uniform_points(space, 4000, rng)
    cover = space.covering
    assert cover.dim == space.intrinsic_dim
    nearest, count = distance(space, rows(points, slice(0, 1)), points), 1
    radii = [share * cover.largest for share in (0.9, 0.6, 0.4) if (1 / share) ** cover.dim < 500]
    for radius in radii:
        while nearest.max() > radius:
            far = int(nearest.argmax())
            nearest, count = np.minimum(nearest, distance(space, rows(points, slice(far, far + 1)), points)), count + 1
        assert count <= (cover.constant / radius) ** cover.dim


@each
def test_covers_fit_with_volumes_and_one_ball(space):
    """Balls of the largest mass must add up to 1; one ball of the largest radius, around the middle, is everything."""
    cover = space.covering
    assert cover.constant ** cover.dim * space.ball_mass.constant >= 1
    assert cover.largest <= cover.constant
    middle = tuple(
        np.array([f.sides]) / 2 if isinstance(f, Box) else
        f.radius * np.eye(1, f.dim + 1) if isinstance(f, Sphere) else np.zeros((1, f.intrinsic_dim))
        for f in getattr(space, "factors", (space,)))
    points = uniform_points(space, 4000, np.random.default_rng(7))
    assert distance(space, middle, points).max() <= cover.largest * (1 + 1e-12)


def test_cells_of_a_cube_cover_it():
    """The proof itself: centres of cells, counted."""
    box, radius = Box(sides=(1.0, 0.5, 0.2)), 0.13
    counts = [math.ceil(math.sqrt(3) * side / (2 * radius)) for side in box.sides]
    assert math.prod(counts) <= (box.covering.constant / radius) ** 3
    points = np.random.default_rng(8).random((20_000, 3)) * box.sides
    cells = np.array(box.sides) / counts
    centres = (np.floor(points / cells) + 0.5) * cells
    assert np.linalg.norm(points - centres, axis=1).max() <= radius


def mean_angle(dim, t):
    """Mean distance of Brownian motion on the unit sphere from its start, from zonal harmonics."""
    nodes, weights = np.polynomial.legendre.leggauss(400)
    angle = math.pi / 2 * (1 + nodes)
    kernel, zonal, before = np.ones_like(angle), np.cos(angle), np.ones_like(angle)
    for degree in range(1, math.ceil(math.sqrt(80 / t)) + dim):
        kernel += dimension_of_harmonics(dim, degree) * math.exp(-degree * (degree + dim - 1) * t) * zonal
        after = ((2 * degree + dim - 1) * np.cos(angle) * zonal - degree * before) / (degree + dim - 1)
        before, zonal = zonal, after
    density = weights * np.sin(angle) ** (dim - 1)
    density /= density.sum()
    assert density @ kernel == pytest.approx(1.0, abs=1e-9)
    return float(density @ (kernel * angle))


@pytest.mark.parametrize("dim", [2, 3, 5])
def test_motion_on_spheres_is_no_faster_than_in_flat_space(dim):
    sphere = Sphere(dim=dim)
    ratios = np.array([mean_angle(dim, t) / sphere.displacement(t) for t in (0.002, 0.01, 0.05, 0.2, 1.0, 5.0)])
    assert ratios.max() < 1
    assert ratios[0] > 0.995  # sharp at early times; the root of 2 D t would be off by the ratio of E chi to root D
    assert mean_chi(dim) < math.sqrt(dim)


@pytest.mark.parametrize("space", [BOX, TORUS, CYLINDER, MIXED, TALL, Sphere(dim=2, radius=0.5)], ids=str)
def test_simulated_motion_stays_within_the_displacement(space):
    """Spheres by 100 geodesic steps, boxes by folding; near the displacement of flat space at the earliest time."""
    rng = np.random.default_rng(9)
    n, steps = 4000, 100
    for scale in (0.01, 0.2, 3.0):
        t = scale * min(diameter for _, diameter in space.pieces) ** 2
        start = uniform_points(space, n, rng)
        blocks = []
        for factor, block in zip(getattr(space, "factors", (space,)), start, strict=True):
            if isinstance(factor, Sphere):
                x = block / factor.radius
                for _ in range(steps):
                    step = rng.normal(size=x.shape) * math.sqrt(2 * t / steps) / factor.radius
                    step -= (step * x).sum(axis=1, keepdims=True) * x
                    length = np.linalg.norm(step, axis=1, keepdims=True)
                    x = np.cos(length) * x + np.sin(length) * step / length
                    x /= np.linalg.norm(x, axis=1, keepdims=True)
                blocks.append(factor.radius * x)
                continue
            moved = block + math.sqrt(2 * t) * rng.normal(size=block.shape)
            sizes = np.array(factor.sides if isinstance(factor, Box) else factor.lengths)
            moved = moved % (2 * sizes) if isinstance(factor, Box) else moved % sizes
            blocks.append(np.minimum(moved, 2 * sizes - moved) if isinstance(factor, Box) else moved)
        moves = distance(space, start, tuple(blocks))
        assert moves.mean() <= space.displacement(t) + SIGMAS * moves.std() / math.sqrt(n)
        if scale == 0.01:
            assert moves.mean() > 0.8 * math.sqrt(2 * t) * mean_chi(space.intrinsic_dim)


def test_displacement_leaves_small_pieces_out():
    flat = Box(sides=(1.0, 1e-6))
    assert flat.displacement(0.01) == pytest.approx(Box(sides=(1.0,)).displacement(0.01), abs=1.1e-6)
    assert flat.displacement(0.01) < math.sqrt(0.02) * mean_chi(2)
    assert BOX.displacement(0.0) == 0.0
    for space in SPACES:
        assert space.displacement(1e6) == pytest.approx(space.diameter)


def test_mean_chi_by_quadrature():
    from scipy.stats import chi

    for dim in (1, 2, 3, 10, 60):
        assert mean_chi(dim) == pytest.approx(chi.mean(dim), rel=1e-10)


@each
def test_transport_constants_on_exponential_moments(space):
    """E exp(s (f - E f)) <= exp(C s^2 / 2) for 1-Lipschitz f: distances to points and sets, by uniform points."""
    rng = np.random.default_rng(10)
    points = uniform_points(space, 60_000, rng)
    known = space.transport_constant()
    assert known <= space.transport_constant("any") == space.diameter**2 / 4
    first, second = (distance(space, rows(points, slice(i, i + 1)), points) for i in (0, 1))
    for f in (first, np.minimum(first, second), (first - second) / 2):
        centred = f - f.mean()
        for s in np.array([-3.0, -1.0, 0.3, 1.0, 3.0]) / math.sqrt(known):
            moments = np.exp(s * centred - known * s * s / 2)
            assert moments.mean() <= 1 + SIGMAS * moments.std() / math.sqrt(f.size)


@each
def test_transport_constants_are_at_least_what_poincare_asks_for(space):
    """A quadratic transport inequality implies the spectral gap inequality with the same constant."""
    assert space.uniform_transport >= (1 - 1e-12) / space.spectral_gap


def test_a_transport_constant_below_the_variance_of_a_coordinate_would_be_false():
    """What the test of exponential moments can see: a tenth of the constant of the sphere fails it."""
    points = uniform_points(Sphere(dim=2), 60_000, np.random.default_rng(11))[0][:, 0]
    false = Sphere(dim=2).uniform_transport / 10
    moments = np.exp(points / math.sqrt(false) - 0.5)
    assert moments.mean() > 1 + SIGMAS * moments.std() / math.sqrt(points.size)


def answers(space):
    cover = space.covering
    return (space.volume, space.diameter, space.spectral_gap, space.mean_square_distance, space.uniform_transport,
            space.ball_mass.constant, cover.constant, cover.largest, space.spectral_sum(0.02),
            space.spectral_sum(0.02, "any"), space.displacement(0.02))


def test_equal_spaces_answer_equally():
    assert answers(Sphere(dim=1, radius=0.3)) == pytest.approx(answers(FlatTorus(lengths=(0.6 * math.pi,))), rel=1e-11)
    split = ProductSpace(factors=(Box(sides=(1.0,)), Box(sides=(1.0, 1.0))))
    assert answers(split) == pytest.approx(answers(Box(sides=(1.0, 1.0, 1.0))), rel=1e-11)
    assert answers(ProductSpace(factors=(TORUS,))) == pytest.approx(answers(TORUS), rel=1e-11)


@pytest.mark.parametrize(("small", "large"), [
    (Sphere(dim=3), Sphere(dim=3, radius=2.5)), (Box(sides=(1.0, 0.5)), Box(sides=(2.5, 1.25))),
    (FlatTorus(lengths=(1.0, 3.0)), FlatTorus(lengths=(2.5, 7.5))),
], ids=str)
def test_units(small, large):
    s, dim = 2.5, small.intrinsic_dim
    powers = (dim, 1, -2, 2, 2, -dim, 1, 1)
    for one, other, power in zip(answers(small), answers(large), powers, strict=False):
        assert other == pytest.approx(one * s**power, rel=1e-11)
    assert large.spectral_sum(0.02 * s**2, "any") == pytest.approx(small.spectral_sum(0.02, "any") * s**2, rel=1e-12)
    assert large.displacement(0.02 * s**2) == pytest.approx(small.displacement(0.02) * s, rel=1e-12)


def test_refusals_name_the_remedy():
    with pytest.raises(ValueError, match="time must be positive; got 0"):
        BOX.heat_trace([1.0, 0.0])
    for ask in (BOX.spectral_sum, BOX.displacement):
        with pytest.raises(ValueError, match="time must not be negative"):
            ask(-1.0)
        with pytest.raises(ValueError, match="time must not be negative"):
            ask(math.nan)
    for ask in (lambda: BOX.heat_trace(1.0, "all"), lambda: BOX.spectral_sum(1.0, "all"),
                lambda: BOX.transport_constant("all")):
        with pytest.raises(ValueError, match="law must be 'uniform' or 'any'; got 'all'"):
            ask()
    for make in (lambda: Box(sides=()), lambda: Box(sides=(0.0,)), lambda: FlatTorus(lengths=(-1.0,)),
                 lambda: Sphere(dim=0), lambda: Sphere(dim=2, radius=math.inf), lambda: ProductSpace(factors=())):
        with pytest.raises(ValueError, match=r"^(Box|FlatTorus|Sphere|ProductSpace): \w+"):
            make()
