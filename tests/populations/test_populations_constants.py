"""Constants of joint laws, attacked by pairs of points, masses of balls, moment generating functions and coverings."""

import itertools
import math

import numpy as np
import pytest
from scipy import integrate
from scipy.spatial.distance import cdist

from lsdm_stats import (
    BoxSubspace,
    CapKernel,
    Circle,
    Clifford,
    FourierModes,
    Helix,
    Hopf,
    IsotropicNoise,
    Latitude,
    LinearGaussian,
    Mobius,
    NormalNoise,
    RoundClasses,
    Spherical,
    SwissRoll,
    VonMisesKernel,
    streams,
)
from lsdm_stats.manifolds import RoundComponent
from lsdm_stats.populations import SwissRollOfCube
from lsdm_stats.populations.constants import sphere_small_ball

METRICS = ("sum", "euclidean")
each_metric = pytest.mark.parametrize("metric", METRICS)
BOXES = (
    BoxSubspace(condition_dim=2, widths=(1.0, 0.5, 0.2), ambient_dim=4, signal=0.7),
    BoxSubspace(condition_dim=3, widths=(0.5, 2.0), ambient_dim=2, signal=2.0),
    Circle(width=0.3),
    Circle(width=1.0, ambient_dim=3),
    Clifford(),
    Clifford(radii=(1.0, 0.5, 2.0), ambient_dim=7, width=0.2),
    Helix(width=0.2, turns=0.7),
    Helix(width=0.8),
    FourierModes(width=0.0),
    FourierModes(),
    FourierModes(frequencies=((1,), (2,)), amplitudes=(1.0, 0.3), ambient_dim=4),
    Mobius(),
)
SPHERES = (Latitude(ambient_dim=4), Hopf(ambient_dim=5))
OTHERS = (
    SwissRoll(),
    SwissRollOfCube(),
    Spherical(kernel=CapKernel(angle=0.6)),
    Spherical(condition_dim=2, ambient_dim=2, kernel=VonMisesKernel(concentration=3.0)),
    Spherical(condition_dim=4, ambient_dim=4, kernel=CapKernel(angle=2.0)),
    RoundClasses(weights=(1.0, 3.0)),
    RoundClasses(
        condition_dim=3,
        components=(
            RoundComponent(centre=(0.0, 0.0, 0.0)),
            RoundComponent(centre=(0.0, 0.0, 1.0), radius=0.5),
            RoundComponent(centre=(1.0, 0.0, 0.0), axes=(0, 2), radius=0.4),
        ),
        ambient_dim=3,
    ),
)
BOUNDED = (*BOXES, *SPHERES, *OTHERS)
each_bounded = pytest.mark.parametrize("truth", BOUNDED, ids=lambda t: type(t).__name__)
each_box = pytest.mark.parametrize("truth", BOXES, ids=lambda t: type(t).__name__)


class Preset:
    """A generator whose uniform numbers are given."""

    def __init__(self, uniform):
        self.uniform = uniform

    def random(self, shape):
        return self.uniform.reshape(shape).copy()


def from_source(truth, uniform):
    """Joint points (x, y) for points of the unit cube, an unused column after those of X left out where width is 0."""
    p = truth.condition_dim
    if getattr(truth, "width", 1) == 0:
        uniform = np.insert(uniform, p, 0.5, axis=1)
    x = truth.draw_conditions(len(uniform), rng=Preset(uniform[:, :p]))
    return x, truth.manifold.decode(truth.draw_latents(x, rng=Preset(uniform[:, p:])))


def length(metric, first, second):
    parts = [np.linalg.norm(a - b, axis=-1) for a, b in zip(first, second, strict=True)]
    return parts[0] + parts[1] if metric == "sum" else np.hypot(*parts)


def held_out(truth, n, seed=1):
    return [part[0] for part in truth.held_out(n, rngs=streams.data(seed, truth, replicates=range(1)))]


@each_box
@each_metric
def test_source_sides_bound_distances_near_and_far(truth, metric):
    rng = np.random.default_rng(1)
    sides = np.array(truth.source_sides(metric))
    largest = 0.0
    for scale in (1e-4, 1e-2, 1.0):
        one = rng.random((20_000, len(sides)))
        other = np.clip(one + scale * rng.uniform(-1, 1, one.shape) * rng.choice([0, 1], one.shape), 0, 1)
        source = np.linalg.norm(sides * (one - other), axis=1)
        joint = length(metric, from_source(truth, one), from_source(truth, other))
        assert (joint <= source * (1 + 1e-9) + 1e-12).all()
        largest = max(largest, (joint[source > 0] / source[source > 0]).max())
    assert largest > 0.6  # not far from the truth


@each_box
@each_metric
def test_rates_bound_distances_along_each_coordinate_and_are_nearly_attained(truth, metric):
    rng = np.random.default_rng(2)
    rates = truth._source_rates(metric)
    for axis, rate in enumerate(rates):
        one = rng.random((4_000, len(rates)))
        other = one.copy()
        other[:, axis] = np.clip(one[:, axis] + 1e-3 * rng.uniform(-1, 1, len(one)), 0, 1)
        step = np.abs(one - other)[:, axis]
        ratio = length(metric, from_source(truth, one), from_source(truth, other))[step > 1e-5] / step[step > 1e-5]
        assert ratio.max() <= rate * (1 + 1e-8)
        assert ratio.max() > 0.98 * rate


@each_box
@each_metric
def test_the_lipschitz_constant_of_the_source_map(truth, metric):
    rng = np.random.default_rng(3)
    expansion = truth._source_lipschitz(metric)
    one = rng.random((50_000, len(truth.source_sides(metric))))
    other = np.clip(one + np.exp(rng.uniform(-8, 0, (len(one), 1))) * rng.normal(size=one.shape), 0, 1)
    joint = length(metric, from_source(truth, one), from_source(truth, other))
    assert (joint <= expansion * np.linalg.norm(one - other, axis=1) * (1 + 1e-9) + 1e-12).all()


def test_the_published_source_box_of_the_circle():
    """B2' in the sum metric takes the root of 2 times the one-coordinate constants (docs/theory.md, F3)."""
    two_pi = 2 * math.pi
    sides = (math.sqrt(2) * (1 + two_pi), math.sqrt(2) * 0.3 * two_pi)
    assert Circle(width=0.3).source_sides("sum") == pytest.approx(sides)
    assert Circle(width=0.3).source_sides("euclidean") == pytest.approx(
        (math.sqrt(1 + 1.3 * two_pi**2), two_pi * math.sqrt(0.39))
    )


@pytest.mark.parametrize("truth", SPHERES, ids=lambda t: type(t).__name__)
@each_metric
def test_sphere_sources_bound_distances_and_are_nearly_attained(truth, metric):
    source = truth.sphere_source(metric)
    rng = np.random.default_rng(4)
    one = rng.normal(size=(100_000, source.dim + 1))
    other = one + np.exp(rng.uniform(-8, 1, (len(one), 1))) * rng.normal(size=one.shape)
    ends = [points / np.linalg.norm(points, axis=1, keepdims=True) for points in (one, other)]

    def joint(points):
        if source.dim == 2:
            return np.arcsin(np.clip(points[:, 2:], -1, 1)), points
        u, v = points[:, 0] + 1j * points[:, 1], points[:, 2] + 1j * points[:, 3]
        w = 2 * u * v.conj()
        return np.stack([w.real, w.imag, np.abs(u) ** 2 - np.abs(v) ** 2], axis=1), points

    geodesic = 2 * np.arcsin(np.clip(np.linalg.norm(ends[0] - ends[1], axis=1) / 2, 0, 1))
    ratio = length(metric, joint(ends[0]), joint(ends[1]))[geodesic > 1e-6] / geodesic[geodesic > 1e-6]
    assert ratio.max() <= source.factor * (1 + 1e-7)
    assert ratio.max() > 0.99 * source.factor
    x, y = held_out(truth, 500)
    again, _ = joint(truth.manifold.encode(y))
    np.testing.assert_allclose(again, x, atol=1e-7)


@each_bounded
@each_metric
def test_no_two_points_are_farther_apart_than_the_diameter(truth, metric):
    x, y = held_out(truth, 2_000)
    distances = cdist(x, x) + cdist(y, y) if metric == "sum" else np.hypot(cdist(x, x), cdist(y, y))
    diameter = truth.diameter(metric)
    assert distances.max() <= diameter * (1 + 1e-12)
    assert distances.max() > 0.7 * diameter


@pytest.mark.parametrize("width", [0.05, 0.3, 0.6, 1.0])
@each_metric
def test_the_diameter_of_arcs_against_a_dense_grid(width, metric):
    truth = Circle(width=width)
    axes = np.stack(np.meshgrid(np.linspace(0, 1, 81), np.linspace(0, 1, 41)), axis=-1).reshape(-1, 2)
    x, y = from_source(truth, axes)
    distances = cdist(x, x) + cdist(y, y) if metric == "sum" else np.hypot(cdist(x, x), cdist(y, y))
    assert distances.max() <= truth.diameter(metric) + 1e-12
    assert distances.max() > truth.diameter(metric) - 0.02


@each_metric
def test_the_diameter_of_hopf_fibres_by_maximisation(metric):
    quarter = np.linspace(0, np.pi / 4, 200_001)
    x, y = 2 * np.sin(2 * quarter), 2 * np.cos(quarter)
    assert Hopf().diameter(metric) == pytest.approx((x + y if metric == "sum" else np.hypot(x, y)).max(), abs=1e-9)


@each_metric
def test_diameters_that_are_attained(metric):
    box = BOXES[0]
    corners = np.array(list(itertools.product((0.0, 1.0), repeat=5)))
    x, y = from_source(box, corners)
    distances = cdist(x, x) + cdist(y, y) if metric == "sum" else np.hypot(cdist(x, x), cdist(y, y))
    assert box.diameter(metric) == pytest.approx(distances.max())
    assert Latitude().diameter(metric) == pytest.approx(math.pi + 2 if metric == "sum" else math.hypot(math.pi, 2))


@each_bounded
def test_masses_of_small_balls(truth):
    """The share of 40,000 points in a ball is at most the bound plus seven standard errors.

    At least 400 points are expected where the bound is sharp: false alarms below 1e-7 over all 7,600 looks.
    """
    if truth.small_ball is None:
        assert isinstance(truth, Mobius | SwissRoll | SwissRollOfCube)
        return
    bound, n = truth.small_ball, 40_000
    y = held_out(truth, n)[1]
    distances = cdist(held_out(truth, 40, seed=2)[1], y)
    radii = (np.geomspace(1e-2, 0.5, 10) / bound.constant) ** (1 / bound.dim)
    allowed = bound.constant * radii**bound.dim
    masses = (distances[:, :, None] <= radii).mean(axis=1)
    assert (masses <= allowed + 7 * np.sqrt(allowed / n)).all()


@pytest.mark.parametrize("dim", [1, 2, 3, 5, 8])
def test_small_balls_of_spheres_against_quadrature(dim):
    bound = sphere_small_ball(dim)
    whole = integrate.quad(lambda t: math.sin(t) ** (dim - 1), 0, math.pi)[0]
    ratios = []
    for radius in np.linspace(0.02, 2.0, 60):
        cap = integrate.quad(lambda t: math.sin(t) ** (dim - 1), 0, 2 * math.asin(radius / 2))[0] / whole
        ratios.append(cap / radius**dim)
    assert max(ratios) <= bound.constant * (1 + 1e-9)
    assert max(ratios) > 0.998 * bound.constant


def test_the_small_ball_of_the_normal_law_is_its_density():
    truth = LinearGaussian(intrinsic_dim=2, condition_dim=1)
    largest = 1 / (2 * math.pi * math.sqrt(np.linalg.det(truth.latent_covariance)))
    assert truth.small_ball.constant == pytest.approx(math.pi * largest)


@each_bounded
@each_metric
def test_transport_constants_bound_moment_generating_functions(truth, metric):
    """For 1-Lipschitz f, log E exp(t (f - E f)) is at most C t^2 / 2; on 20,000 points, less seven standard errors."""
    constant = truth.transport_constant(metric)
    assert constant <= truth.diameter(metric) ** 2 / 4
    x, y = held_out(truth, 20_000)
    rng = np.random.default_rng(5)
    for _ in range(10):
        centre = [part[rng.integers(len(part))] for part in (x, y)]
        directions = [rng.normal(size=part.shape[1]) for part in (x, y)]
        units = [direction / np.linalg.norm(direction) for direction in directions]
        share = 1.0 if metric == "sum" else math.sqrt(0.5)
        for values in (length(metric, (x, y), centre), share * (x @ units[0] + y @ units[1])):
            centred = values - values.mean()
            for t in (0.3, 1.0, 2.0):
                exponentials = np.exp(t / math.sqrt(constant) * centred)
                error = 7 * (exponentials.std() + 1) / math.sqrt(len(x))
                assert exponentials.mean() - error <= math.exp(t**2 / 2)


@pytest.mark.parametrize("dim", [1, 2, 3, 6])
@pytest.mark.parametrize("power", [0.5, 1.0, 2.0, 4.0])
def test_the_transport_constant_of_spheres_on_two_functions(dim, power):
    """Distance along the sphere from a pole, and the coordinate along the axis: both 1-Lipschitz; by quadrature."""

    def mean(function):
        weight = [integrate.quad(lambda t, f=f: f(t) * math.sin(t) ** (dim - 1), 0, math.pi)[0]
                  for f in (function, lambda _: 1.0)]
        return weight[0] / weight[1]

    for function in (lambda t: t, math.cos):
        centre = mean(function)
        generating = mean(lambda t, f=function, c=centre: math.exp(power * (f(t) - c)))
        assert math.log(generating) <= power**2 / (2 * dim) + 1e-12


def test_transport_constants_of_the_normal_law():
    truth = LinearGaussian(condition_dim=2, intrinsic_dim=3, ambient_dim=4, signal=1.5, noise=IsotropicNoise(scale=0.3))
    basis = truth.manifold.embedding @ truth.coefficients
    covariance = np.block([[np.eye(2), basis.T], [basis, truth.response_covariance]])
    assert truth.transport_constant("euclidean") == pytest.approx(np.linalg.eigvalsh(covariance)[-1])
    factor = np.linalg.cholesky(covariance + 1e-12 * np.eye(6))
    steps = np.random.default_rng(0).normal(size=(200_000, 6))
    moved = steps / np.linalg.norm(steps, axis=1, keepdims=True) @ factor.T
    attacked = (np.linalg.norm(moved[:, :2], axis=1) + np.linalg.norm(moved[:, 2:], axis=1)).max() ** 2
    assert 0.9 * truth.transport_constant("sum") < attacked <= truth.transport_constant("sum") * (1 + 1e-6)


def test_noise_enters_the_constants():
    clean, loud = Circle(), Circle(noise=IsotropicNoise(scale=0.5))
    near = Circle(noise=NormalNoise(radius=0.25))
    assert loud.transport_constant() == pytest.approx(clean.transport_constant() + 0.25)
    assert loud.diameter() == math.inf
    assert near.diameter() == pytest.approx(clean.diameter() + 0.5)
    assert near.transport_constant() == pytest.approx(near.diameter() ** 2 / 4)
    for noisy in (loud, near):
        assert noisy.source_sides() is None
        assert noisy.covering() is None
        assert noisy.small_ball is None
        assert Latitude(noise=noisy.noise).sphere_source() is None
    assert loud.conditional_lipschitz == clean.conditional_lipschitz
    assert near.conditional_lipschitz is None


@pytest.mark.parametrize("truth", [BOXES[2], BOXES[4], BOXES[6]], ids=lambda t: type(t).__name__)
@each_metric
def test_coverings_cover_and_count(truth, metric):
    covering, sides = truth.covering(metric), np.array(truth.source_sides(metric))
    points = from_source(truth, np.random.default_rng(6).random((3_000, len(sides))))
    for radius in covering.largest * np.array([1.0, 0.5, 0.21]):
        counts = np.ceil(math.sqrt(len(sides)) * sides / (2 * radius)).astype(int)
        axes = [(np.arange(count) + 0.5) / count for count in counts]
        centres = from_source(truth, np.stack(np.meshgrid(*axes, indexing="ij"), axis=-1).reshape(-1, len(sides)))
        assert len(centres[0]) <= (covering.constant / radius) ** covering.dim
        parts = [cdist(a, b) for a, b in zip(points, centres, strict=True)]
        distances = parts[0] + parts[1] if metric == "sum" else np.hypot(*parts)
        assert distances.min(axis=1).max() <= radius + 1e-12
