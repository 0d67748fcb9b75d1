"""Conditional laws: closed forms of W1 and Lipschitz constants against exact transport of quantile grids; marginals.

Grids of quantiles stand for the laws, so that errors are deterministic: a uniform law on a curve and m equally spaced
points of it are at most a quarter of a spacing of arc apart.
"""

import itertools
import math

import numpy as np
import pytest
from scipy import integrate, stats

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
    RoundClasses,
    Spherical,
    SwissRoll,
    VonMisesKernel,
    streams,
)
from lsdm_stats.manifolds import CircleCurve, RoundComponent
from lsdm_stats.populations import SwissRollOfCube
from lsdm_stats.wasserstein import circle, exact, labels_w1, line

SHARES = (np.arange(300) + 0.5) / 300


class Preset:
    """A generator whose uniform numbers are given."""

    def __init__(self, *uniform):
        self.uniform = list(uniform)

    def random(self, shape):
        return self.uniform.pop(0).reshape(shape).copy()


def grid_law(truth, condition, uniform):
    """Noise-free responses given one condition, for given uniform numbers ``(m, sources)``."""
    conditions = np.tile(np.atleast_1d(condition), (len(uniform), 1))
    return truth.manifold.decode(truth.draw_latents(conditions, rng=Preset(uniform)))


def product_grid(*sizes):
    axes = [(np.arange(size) + 0.5) / size for size in sizes]
    return np.stack(np.meshgrid(*axes, indexing="ij"), axis=-1).reshape(-1, len(sizes))


@pytest.mark.parametrize("width", [0.05, 0.3, 0.5, 0.8, 1.0])
@pytest.mark.parametrize("shift", [0.02, 0.2, 0.5, 0.75, 0.97])
def test_arcs_in_the_plane_and_along_the_circle(width, shift):
    truth = Circle(width=width)
    first, second = np.array([0.1]), np.array([0.1 + shift])
    laws = [grid_law(truth, x, SHARES) for x in (first, second)]
    spacing = 2 * math.pi * width / 300
    assert truth.conditional_w1(first, second) == pytest.approx(exact(*laws).value, abs=spacing / 2)
    turns = [x + width * (np.linspace(0.5 / 4_000, 1 - 0.5 / 4_000, 4_000) - 0.5) for x in (first, second)]
    along = circle(*(2 * np.pi * turn for turn in turns), circumference=2 * np.pi)
    assert truth.conditional_arc_w1(first, second) == pytest.approx(along, abs=2 * math.pi * width / 8_000)
    assert along * 2 / math.pi - spacing <= truth.conditional_w1(first, second) <= along + spacing


def test_arcs_on_a_torus_keep_their_distance():
    truth = Clifford(radii=(1.0, 0.5), width=0.25)
    uniform = product_grid(24, 12)
    first, second = np.array([0.3]), np.array([0.42])
    value = exact(*(grid_law(truth, x, uniform) for x in (first, second))).value
    assert truth.conditional_w1(first, second) == pytest.approx(value, abs=2 * math.pi * (0.25 / 24) / 2)
    points = Clifford(radii=(2.0, 0.5), width=0.0)
    values = exact(*(grid_law(points, x, product_grid(1, 100)) for x in (first, second))).value
    assert points.conditional_w1(first, second) == pytest.approx(values, abs=1e-9)


@pytest.mark.parametrize(("first", "second"), [(0.2, 1.1), (-0.9, 0.4), (1.5, -1.5), (0.3, 0.3)])
def test_parallels_of_a_sphere(first, second):
    """Grids with the same longitudes: every point is nearest to the one on its meridian, so that values agree."""
    laws = [grid_law(Latitude(), x, SHARES) for x in (first, second)]
    ours = Latitude().conditional_w1(np.array([first]), np.array([second]))
    assert ours == pytest.approx(exact(*laws).value, abs=1e-9)


@pytest.mark.parametrize("angle", [0.1, 1.0, 2.5, math.pi])
def test_fibres_of_the_hopf_map(angle):
    """The grids are aligned up to half a spacing, which moves points by 2 pi / 600 at most, across the step."""
    pole, other = np.array([0.0, 0.0, 1.0]), np.array([math.sin(angle) * 0.6, math.sin(angle) * 0.8, math.cos(angle)])
    laws = [grid_law(Hopf(), x, SHARES) for x in (pole, other)]
    spacing = math.pi / 300
    value = exact(*laws).value
    assert Hopf().conditional_w1(pole, other) == pytest.approx(2 * math.sin(angle / 4), abs=1e-12)
    assert Hopf().conditional_w1(pole, other) <= value + 1e-9
    assert value <= math.hypot(2 * math.sin(angle / 4), spacing) + 1e-9


def test_the_hopf_map_of_a_response_is_its_condition():
    truth = Hopf(ambient_dim=6)
    x, y = (part[0] for part in truth.held_out(500, rngs=streams.data(1, truth, replicates=range(1))))
    base = truth.manifold.encode(y)
    u, v = base[:, 0] + 1j * base[:, 1], base[:, 2] + 1j * base[:, 3]
    image = np.stack([(2 * u * v.conj()).real, (2 * u * v.conj()).imag, np.abs(u) ** 2 - np.abs(v) ** 2], axis=1)
    np.testing.assert_allclose(image, x, atol=1e-12)


KERNELS = (CapKernel(angle=0.4), CapKernel(angle=2.5), VonMisesKernel(concentration=0.5),
           VonMisesKernel(concentration=30.0))


@pytest.mark.parametrize("kernel", KERNELS, ids=str)
@pytest.mark.parametrize("step", [0.3, 1.5, 3.0])
def test_symmetric_laws_on_the_circle(kernel, step):
    """Both signs of 300 quantiles of the angle; the largest gap between quantiles bounds what the grid misses."""
    angles = kernel.angles(SHARES, 1)
    both = np.concatenate([angles, -angles])
    laws = [np.stack([np.cos(centre + both), np.sin(centre + both)], axis=1) for centre in (0.0, step)]
    ends = np.stack([np.cos([0.0, step]), np.sin([0.0, step])], axis=1)
    truth = Spherical(condition_dim=2, ambient_dim=2, kernel=kernel)
    knots = kernel.angles(np.linspace(0, 1, 301), 1)
    error = np.maximum(np.abs(knots[1:] - angles), np.abs(knots[:-1] - angles)).mean()
    assert truth.conditional_w1(ends[0], ends[1]) == pytest.approx(exact(*laws).value, abs=2 * error)


@pytest.mark.parametrize("kernel", KERNELS, ids=str)
def test_symmetric_laws_on_the_sphere(kernel):
    """25 quantiles of the angle times 24 directions; the rings in between bound what the grid misses."""
    truth = Spherical(kernel=kernel)
    angles = kernel.angles((np.arange(25) + 0.5) / 25, 2)
    polar, turn = (part.ravel() for part in np.meshgrid(angles, 2 * np.pi * (np.arange(24) + 0.5) / 24, indexing="ij"))
    law = np.stack([np.sin(polar) * np.cos(turn), np.sin(polar) * np.sin(turn), np.cos(polar)], axis=1)
    step = 0.9
    rotation = np.array([[math.cos(step), 0, math.sin(step)], [0, 1, 0], [-math.sin(step), 0, math.cos(step)]])
    value = exact(law, law @ rotation.T).value
    pole = np.array([0.0, 0.0, 1.0])
    knots = kernel.angles(np.linspace(0, 1, 26), 2)
    rings = np.maximum(np.abs(knots[1:] - angles), np.abs(knots[:-1] - angles)).mean()
    error = rings + np.sin(polar).mean() * np.pi / 24 / 2
    assert truth.conditional_w1(pole, rotation @ pole) == pytest.approx(value, abs=2 * error)
    means = np.linalg.norm(rotation @ pole - pole) * np.cos(polar).mean()
    assert value >= means - 1e-9  # the linear potential
    narrow = math.cos(polar.max()) > 0.4
    assert value == pytest.approx(means, abs=1e-4 if narrow else 0.06)  # wide laws on coarse grids are farther apart


@pytest.mark.parametrize("kernel", KERNELS, ids=str)
@pytest.mark.parametrize("dim", [1, 2, 4])
def test_quantiles_of_kernels_against_quadrature(kernel, dim):
    strength = getattr(kernel, "concentration", 0.0)

    def mass(angle, power=0):
        def integrand(t):
            return math.exp(strength * (math.cos(t) - 1)) * math.sin(t) ** (dim - 1) * math.cos(t) ** power

        return integrate.quad(integrand, 0, angle, epsabs=0, epsrel=1e-11, limit=200)[0]

    whole = mass(kernel.largest_angle)
    shares = np.array([0.01, 0.3, 0.9, 0.999])
    for share, angle in zip(shares, kernel.angles(shares, dim), strict=True):
        assert mass(angle) / whole == pytest.approx(share, rel=1e-8)
    assert kernel.mean_resultant(dim) == pytest.approx(mass(kernel.largest_angle, 1) / whole, abs=1e-9)


def test_von_mises_fisher_on_the_sphere_in_closed_form():
    share = np.random.default_rng(0).random(2_000)
    angles = VonMisesKernel(concentration=7.0).angles(share, 2)
    upper = 1 + np.log(1 - share + share * math.exp(-14.0)) / 7.0  # the cosine has density exp(7 t)
    np.testing.assert_allclose(np.cos(angles), upper, atol=1e-12)


@pytest.mark.parametrize("kernel", KERNELS, ids=str)
def test_responses_are_symmetric_about_the_condition(kernel):
    """Angles follow the kernel, and directions across are uniform: Kolmogorov-Smirnov at level 1e-7 each."""
    truth = Spherical(condition_dim=3, ambient_dim=3, kernel=kernel)
    x = np.array([0.48, 0.6, 0.64])
    y = truth.sample(np.tile(x, (1, 5_000, 1)), rngs=[np.random.default_rng(1)])[0]
    base = truth.manifold.encode(y)
    knots = kernel.angles(np.linspace(0, 1, 2_001), 2)
    shares = np.interp(np.arccos(np.clip(base @ x, -1, 1)), knots, np.linspace(0, 1, 2_001))
    across = np.linalg.svd(x[None])[2][1:]
    directions = np.arctan2(base @ across[0], base @ across[1])
    assert stats.kstest(shares, "uniform").pvalue > 1e-7
    assert stats.kstest(directions / (2 * np.pi) + 0.5, "uniform").pvalue > 1e-7


def test_translates():
    box = BoxSubspace(condition_dim=2, widths=(1.0, 0.5), ambient_dim=3, signal=0.8)
    first, second = np.array([0.2, 0.9]), np.array([0.6, 0.3])
    laws = [grid_law(box, x, product_grid(15, 15)) for x in (first, second)]
    assert box.conditional_w1(first, second) == pytest.approx(exact(*laws).value, abs=1e-9)
    normal = LinearGaussian(condition_dim=2, intrinsic_dim=3, ambient_dim=4, noise=IsotropicNoise(scale=0.3))
    steps = normal.conditional_mean(first[None]) - normal.conditional_mean(second[None])
    assert normal.conditional_w1(first, second) == pytest.approx(np.linalg.norm(steps))


def test_a_box_given_the_condition():
    """Each coordinate is uniform: Kolmogorov-Smirnov at level 1e-7 each."""
    truth = BoxSubspace(condition_dim=2, widths=(1.0, 0.5), ambient_dim=3, signal=0.8)
    x = np.array([0.2, 0.9])
    y = truth.sample(np.tile(x, (1, 5_000, 1)), rngs=[np.random.default_rng(1)])[0]
    latents = truth.manifold.encode(y) - truth.coefficients @ (x - 0.5)
    for axis, width in enumerate(truth.widths):
        assert stats.kstest(latents[:, axis] / width + 0.5, "uniform").pvalue > 1e-7


def test_orbits_of_fourier_tori():
    """The two orbits are moved along each other by the best angle; grids of 300 add half a spacing at most."""
    truth = FourierModes(width=0.0)
    spacing = 2 * np.pi * math.sqrt(truth.manifold.metric[1, 1]) / 300
    for first, second in ((0.1, 0.3), (0.0, 0.5), (0.9, 0.93)):
        laws = [grid_law(truth, x, np.stack([0 * SHARES, SHARES], axis=1)) for x in (first, second)]
        ours = truth.conditional_w1(np.array([first]), np.array([second]))
        assert ours == pytest.approx(exact(*laws).value, abs=spacing / 2)
        assert ours <= exact(*laws).value + 1e-9


THREE = (
    RoundComponent(centre=(0.0, 0.0, 0.0), radius=1.0),
    RoundComponent(centre=(0.0, 0.0, 1.0), radius=0.5),
    RoundComponent(centre=(3.0, 0.5, 0.0), radius=1.0),
)


def test_classes():
    truth = RoundClasses(condition_dim=3, components=THREE, ambient_dim=3, weights=(1.0, 2.0, 5.0))
    turn = 2 * np.pi * SHARES
    circles = [np.array(one.centre) + one.radius * np.stack([np.cos(turn), np.sin(turn), 0 * turn], axis=1)
               for one in THREE]
    for first, second in ((0, 1), (0, 2)):
        value = truth.class_w1(first, second)
        assert value == pytest.approx(exact(circles[first], circles[second]).value, abs=1e-9)
        labels = truth.labels(np.array([first, second]))
        assert truth.conditional_w1(labels[0], labels[1]) == value
    with pytest.raises(ValueError, match="common axis or radius"):
        truth.class_w1(1, 2)
    assert np.linalg.norm(truth.labels(np.array(0)) - truth.labels(np.array(1))) >= truth.manifold.diameter


def test_labels_as_long_as_the_diameter_split_joint_distances_into_classes():
    """Joint W1 of the truth and of its classes moved in a circle is the mean over classes (A4.labels)."""
    truth = RoundClasses(condition_dim=3, components=THREE, ambient_dim=3)
    x, y = (part[0] for part in truth.held_out(300, rngs=streams.data(1, truth, replicates=range(1))))
    classes = x.argmax(axis=1)
    moved = truth.sample(truth.labels((classes + 1) % 3)[None], rngs=[np.random.default_rng(1)])[0]
    joint = exact(np.hstack([x, y]), np.hstack([x, moved]), blocks=(3, 3)).value
    parts = [exact(y[classes == label], moved[classes == label]).value for label in range(3)]
    distance = np.linalg.norm(truth.labels(np.array(0)) - truth.labels(np.array(1)))
    split = labels_w1(parts, np.bincount(classes) / 300, label_distance=distance, diameter=truth.manifold.diameter)
    assert joint == pytest.approx(split, rel=1e-9)
    assert distance >= truth.manifold.diameter


def test_classes_have_their_frequencies_and_circles():
    """Frequencies within five standard errors, angles uniform at level 1e-7 each."""
    truth = RoundClasses(condition_dim=3, components=THREE, ambient_dim=3, weights=(1.0, 2.0, 5.0))
    x, y = (part[0] for part in truth.held_out(8_000, rngs=streams.data(1, truth, replicates=range(1))))
    base, classes = truth.manifold.encode(y), x.argmax(axis=1)
    np.testing.assert_allclose(np.bincount(classes) / 8_000, np.array([1, 2, 5]) / 8, atol=5 * 0.5 / math.sqrt(8_000))
    for index, one in enumerate(THREE):
        steps = base[classes == index] - np.array(one.centre)
        np.testing.assert_allclose(np.linalg.norm(steps, axis=1), one.radius, atol=1e-12)
        assert stats.kstest(np.arctan2(steps[:, 1], steps[:, 0]) / (2 * np.pi) + 0.5, "uniform").pvalue > 1e-7


CLOSED = (
    (LinearGaussian(condition_dim=3, intrinsic_dim=2, signal=0.7), "normal"),
    (BoxSubspace(condition_dim=2), "uniform"),
    (Circle(width=0.3), "uniform"),
    (Clifford(radii=(0.5, 1.0)), "uniform"),
    (Latitude(), "latitude"),
    (Spherical(), "sphere"),
    (Hopf(), "sphere"),
    (FourierModes(width=0.0), "uniform"),
)


@pytest.mark.parametrize(("truth", "conditions"), CLOSED, ids=lambda value: type(value).__name__)
def test_lipschitz_constants_against_closed_forms(truth, conditions):
    rng = np.random.default_rng(0)
    shape = (300, truth.condition_dim)
    scale = np.exp(rng.uniform(-6, 1, (300, 1)))
    one = {"normal": rng.normal(size=shape), "uniform": rng.random(shape), "latitude": rng.uniform(-1.5, 1.5, shape)}
    first = one.get(conditions, rng.normal(size=shape))
    second = first + scale * rng.normal(size=shape)
    if conditions == "sphere":
        second[:5] = -first[:5]
        first, second = (part / np.linalg.norm(part, axis=1, keepdims=True) for part in (first, second))
    if conditions == "uniform":
        second = np.clip(second, 0, 1)
    steps = np.linalg.norm(first - second, axis=1)
    values, constant = truth.conditional_w1(first, second), truth.conditional_lipschitz
    assert (values <= constant * steps * (1 + 1e-9) + 1e-12).all()
    assert (values[steps > 1e-6] / steps[steps > 1e-6]).max() > 0.99 * constant


@pytest.mark.parametrize("truth", [Helix(width=0.2), Helix(width=0.6, turns=0.7), FourierModes(width=0.3)], ids=str)
def test_lipschitz_constants_of_windows_against_exact_transport(truth):
    """Grids whose points a step of X moves onto each other: their W1 has the constant up to the grid's own error."""
    sizes = (600,) if isinstance(truth, Helix) else (20, 30)
    uniform = product_grid(*sizes)
    unit = truth.width / sizes[0] / ((1 - truth.width) if isinstance(truth, Helix) else 1)
    for multiple in (1, 3):
        laws = [grid_law(truth, x, uniform) for x in (0.2, 0.2 + multiple * unit)]
        ratio = exact(*laws).value / (multiple * unit)
        assert ratio <= truth.conditional_lipschitz * (1 + 2e-2)
        assert ratio >= truth.conditional_lipschitz * (0.97 if isinstance(truth, Helix) else 0.9)


@pytest.mark.parametrize("truth", [SwissRoll(), Mobius()], ids=lambda t: type(t).__name__)
def test_upper_bounds_of_lipschitz_constants(truth):
    """The same random numbers at nearby conditions couple the laws: moves bound W1, and stay below the constant."""
    for x in np.linspace(0.05, 0.9, 8):
        stacks = [np.full((1, 4_000, 1), value) for value in (x, x + 1e-4)]
        first, second = (truth.sample(stack, rngs=[np.random.default_rng(2)])[0] for stack in stacks)
        moves = np.linalg.norm(first - second, axis=1)
        assert moves.max() / 1e-4 <= truth.conditional_lipschitz
        assert line(first[:, 0], second[:, 0]) <= moves.mean() + 1e-12


@pytest.mark.parametrize("step", [(0.05, 0, 0), (0, 0.05, 0), (0, 0, 0.05), (0.04, 0, 0.03)], ids=str)
def test_the_upper_bound_of_the_cubes_lipschitz_constant(step):
    """Same random numbers couple the laws: the mean move of 4,000 points bounds W1, and stays below the constant."""
    truth = SwissRollOfCube()
    for x in itertools.product((0.2, 0.5, 0.8), repeat=3):
        stacks = [np.tile(np.asarray(start, dtype=float), (1, 4_000, 1)) for start in (x, np.add(x, step))]
        first, second = (truth.sample(stack, rngs=[np.random.default_rng(2)])[0] for stack in stacks)
        moves = np.linalg.norm(first - second, axis=1)
        error = 5 * moves.std() / math.sqrt(4_000)  # of the share of coins that change: false alarm below 1e-6 each
        assert moves.mean() - error <= truth.conditional_lipschitz * np.linalg.norm(step)


@pytest.mark.parametrize("n", [1, 2, 10, 100])
def test_the_expected_covering_radius_of_a_circle(n):
    """40,000 samples: the mean of half the largest gap within five standard errors, false alarm below 1e-6 each."""
    points = np.sort(np.random.default_rng(n).uniform(0, 2 * np.pi, (40_000, n)), axis=1)
    gaps = np.diff(points, axis=1, append=points[:, :1] + 2 * np.pi)
    halves = gaps.max(axis=1) / 2
    error = 5 * halves.std() / 200 + 1e-12
    assert CircleCurve().expected_covering_radius(n) == pytest.approx(halves.mean(), abs=error)


def test_uniform_marginals():
    """Latitudes, heights on spheres, angles on tori: Kolmogorov-Smirnov at level 1e-7 each."""
    for truth in (Latitude(), Spherical(kernel=CapKernel(angle=0.3))):
        y = truth.held_out(10_000, rngs=streams.data(1, truth, replicates=range(1)))[1][0]
        for coordinate in truth.manifold.encode(y).T:
            assert stats.kstest((coordinate + 1) / 2, "uniform").pvalue > 1e-7  # Archimedes
    hopf = Hopf()
    y = hopf.manifold.encode(hopf.held_out(10_000, rngs=streams.data(1, hopf, replicates=range(1)))[1][0])
    for coordinate in y.T:
        assert stats.kstest((coordinate + 1) / 2, stats.beta(1.5, 1.5).cdf).pvalue > 1e-7
    torus = Clifford(width=0.4)
    y = torus.manifold.encode(torus.held_out(10_000, rngs=streams.data(1, torus, replicates=range(1)))[1][0])
    for plane in (y[:, :2], y[:, 2:]):
        assert stats.kstest(np.arctan2(plane[:, 1], plane[:, 0]) / (2 * np.pi) + 0.5, "uniform").pvalue > 1e-7


def test_windows_of_a_helix():
    """Uniform on the window given x: Kolmogorov-Smirnov at level 1e-7."""
    truth = Helix(width=0.3)
    y = truth.sample(np.full((1, 5_000, 1), 0.4), rngs=[np.random.default_rng(1)])[0]
    share = truth.manifold.encode(y)[:, 0] / truth.manifold.length
    assert stats.kstest((share - 0.28) / 0.3, "uniform").pvalue > 1e-7


def test_windows_of_a_moebius_band():
    """Angle and s are uniform given x: Kolmogorov-Smirnov at level 1e-7 each."""
    truth = Mobius(width=0.2)
    y = truth.sample(np.full((1, 5_000, 1), 0.2), rngs=[np.random.default_rng(1)])[0]
    base = truth.manifold.encode(y)
    angle = np.arctan2(base[:, 1], base[:, 0])
    s = 2 * (np.hypot(base[:, 0], base[:, 1]) - 1) / np.cos(angle / 2)
    assert stats.kstest((angle / (2 * np.pi) - 0.1) / 0.2, "uniform").pvalue > 1e-7
    assert stats.kstest((s + 1) / 2, "uniform").pvalue > 1e-7
