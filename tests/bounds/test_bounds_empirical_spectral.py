"""B2: spectral bounds against sums over eigenvalues, grids of times, and samples."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest
from scipy import integrate, stats

from lsdm_stats.bounds import PushForwardRate, SpectralRate
from lsdm_stats.manifolds import Box, FlatTorus, ProductSpace, Sphere
from lsdm_stats.populations import BoxSubspace, Circle, Hopf, IsotropicNoise, Latitude, LinearGaussian
from lsdm_stats.wasserstein import exact

CUBE = Box(sides=(1.0, 1.0, 1.0))
CUT = 14.0  # exp(-2 * CUT) is below 1e-12
UNIFORM, ANY = SpectralRate(law="uniform"), SpectralRate(law="any")


def total(rate, space, n, m=None):
    return float(rate.evaluate(space, n, m).total)


def mean_chi(dim):
    scale = 2 ** (dim / 2 - 1) * math.gamma(dim / 2)
    return integrate.quad(lambda r: r**dim * math.exp(-r * r / 2), 0, 40)[0] / scale


def flat_spectrum(lengths, kind, earliest):
    """Eigenvalues and multiplicities, as far as they count from the earliest time on."""
    factor = {"torus": 2 * np.pi}.get(kind, np.pi)
    waves = [np.arange(math.ceil(length / factor * math.sqrt(CUT / earliest)) + 1) for length in lengths]
    grids = np.meshgrid(*waves, indexing="ij")
    eigenvalues = sum((factor * k / length) ** 2 for k, length in zip(grids, lengths, strict=True))
    signs = 1 if kind == "uniform" else np.prod([np.where(k > 0, 2, 1) for k in grids], axis=0)
    multiplicities = np.broadcast_to(signs, eigenvalues.shape)
    return eigenvalues.ravel()[1:], multiplicities.ravel()[1:]


def sphere_spectrum(dim, radius, earliest):
    degree = np.arange(1, math.ceil(radius * math.sqrt(CUT / earliest)) + 1)
    harmonics = [math.comb(dim + int(k), dim) - (math.comb(dim + int(k) - 2, dim) if k > 1 else 0) for k in degree]
    return degree * (degree + dim - 1) / radius**2, np.array(harmonics, dtype=float)


def product_spectrum(*parts):
    """Sums of eigenvalues; multiplicities multiply."""
    full = [(np.append(0.0, values), np.append(1.0, counts)) for values, counts in parts]
    values = sum(np.meshgrid(*(v for v, _ in full), indexing="ij"))
    counts = np.prod(np.meshgrid(*(c for _, c in full), indexing="ij"), axis=0)
    return values.ravel()[1:], counts.ravel()[1:]


def brute(spectrum, smoothing, share, factor, earliest, blocks=1):
    """Least over a grid of times of the bound from a direct sum over eigenvalues; not at the ends of the grid."""
    eigenvalues, counts = spectrum
    times = np.geomspace(earliest, 500 * earliest, 80)
    sums = np.array([(counts * np.exp(-2 * eigenvalues * t) / eigenvalues).sum() for t in times])
    totals = factor * np.array([smoothing(t) for t in times]) + np.sqrt(blocks * sums * share)
    assert 0 < totals.argmin() < len(times) - 1
    return totals.min()


def flat(dim):
    chi = mean_chi(dim)
    return lambda t: math.sqrt(2 * t) * chi


CASES = [
    (Box(sides=(1.0, 1.0)), "uniform", flat_spectrum((1.0, 1.0), "uniform", 1e-5), 2, 100, 1e-5),
    (Box(sides=(1.0, 1.0)), "any", flat_spectrum((1.0, 1.0), "any", 1e-5), 2, 100, 1e-5),
    (CUBE, "uniform", flat_spectrum((1.0,) * 3, "uniform", 2e-4), 3, 100, 2e-4),
    (CUBE, "any", flat_spectrum((1.0,) * 3, "any", 1e-4), 3, 1000, 1e-4),
    (Box(sides=(1.0, 2.0)), "any", flat_spectrum((1.0, 2.0), "any", 3e-5), 2, 100, 3e-5),
    (FlatTorus(lengths=(1.0, 1.5)), "uniform", flat_spectrum((1.0, 1.5), "torus", 3e-5), 2, 50, 3e-5),
    (FlatTorus(lengths=(1.0, 1.0, 1.0)), "any", flat_spectrum((1.0,) * 3, "torus", 5e-5), 3, 300, 5e-5),
    (Sphere(dim=2), "uniform", sphere_spectrum(2, 1.0, 1e-4), 2, 100, 1e-4),
    (Sphere(dim=2), "any", sphere_spectrum(2, 1.0, 1e-5), 2, 100, 1e-5),
    (Sphere(dim=3, radius=0.5), "uniform", sphere_spectrum(3, 0.5, 2e-4), 3, 200, 2e-4),
    (ProductSpace(factors=(Box(sides=(1.0,)), Sphere(dim=2))), "any",
     product_spectrum(flat_spectrum((1.0,), "any", 3e-4), sphere_spectrum(2, 1.0, 3e-4)), 3, 400, 3e-4),
]


@pytest.mark.parametrize(("space", "law", "spectrum", "dim", "n", "earliest"), CASES)
def test_values_agree_with_sums_over_eigenvalues(space, law, spectrum, dim, n, earliest):
    expected = brute(spectrum, flat(dim), 1 / n, 2 if law == "any" else 1, earliest)
    assert total(SpectralRate(law=law), space, n) == pytest.approx(expected, rel=1e-3)


@pytest.mark.parametrize(("dim", "n", "law", "earliest"), [
    (2, 10_000, "uniform", 1e-7), (3, 1000, "uniform", 2e-5), (3, 10_000, "any", 2e-5), (5, 10_000, "uniform", 3e-4),
    (5, 1000, "any", 1e-3)])
def test_values_for_cubes_agree_with_powers_of_one_sum(dim, n, law, earliest):
    """S(t) as an integral of the heat trace, which is a power of a sum over one side."""
    waves = (np.pi * np.arange(1, math.ceil(math.sqrt(20 / earliest)))) ** 2
    factor, count = (2, 2) if law == "any" else (1, 1)

    def trace(s):
        return math.expm1(dim * math.log1p(count * np.exp(-waves * s).sum()))

    def spectral_sum(t):
        return sum(integrate.quad(trace, a, b)[0] for a, b in itertools.pairwise(2 * t * 4.0 ** np.arange(14)))

    grid = [factor * flat(dim)(t) + math.sqrt(spectral_sum(t) / n) for t in np.geomspace(earliest, 300 * earliest, 40)]
    assert 0 < int(np.argmin(grid)) < 39
    assert total(SpectralRate(law=law), Box(sides=(1.0,) * dim), n) == pytest.approx(min(grid), rel=3e-3)


@pytest.mark.parametrize(("space", "law", "expected"), [
    (Box(sides=(1.0,)), "uniform", 1 / 6), (Box(sides=(1.0,)), "any", 1 / 3),
    (FlatTorus(lengths=(1.0,)), "any", 1 / 12), (FlatTorus(lengths=(1.0,)), "uniform", 1 / 12),
    (Sphere(dim=1), "uniform", (2 * np.pi) ** 2 / 12)])
def test_in_one_dimension_no_smoothing_is_needed(space, law, expected):
    for n in (100, 10**6):
        value = SpectralRate(law=law).evaluate(space, n)
        assert float(value.total) == pytest.approx(math.sqrt(expected / n), rel=1e-6)
        assert float(value.terms["smoothing"]) == 0.0


@pytest.mark.parametrize(("dim", "n", "uniform", "any_law"), [
    (1, 100, 0.0408, 0.0578), (2, 100, 0.0976, 0.176), (3, 1000, 0.0852, 0.194)])
def test_numbers_for_cubes(dim, n, uniform, any_law):
    cube = Box(sides=(1.0,) * dim)
    assert total(UNIFORM, cube, n) == pytest.approx(uniform, rel=0.005)
    assert total(ANY, cube, n) == pytest.approx(any_law, rel=0.005)


def test_two_samples():
    """Twice the smoothing, and the shares of both samples add up."""
    spectrum = flat_spectrum((1.0,) * 3, "uniform", 1e-4)
    expected = brute(spectrum, flat(3), 1 / 200 + 1 / 500, 2, 1e-4)
    assert total(UNIFORM, CUBE, 200, 500) == pytest.approx(expected, rel=1e-3)
    assert total(UNIFORM, CUBE, 500, 200) == pytest.approx(expected, rel=1e-3)
    assert total(ANY, CUBE, 200, 10**15) == pytest.approx(total(ANY, CUBE, 200), rel=1e-9)
    assert total(UNIFORM, CUBE, 200) < total(UNIFORM, CUBE, 200, 200) < 2 * total(UNIFORM, CUBE, 200)


def test_sum_metric():
    """Blocks add their displacements, and the sum over the spectrum counts once per block."""
    space = ProductSpace(factors=(Box(sides=(1.0,)), Sphere(dim=2)))
    spectrum = product_spectrum(flat_spectrum((1.0,), "uniform", 3e-4), sphere_spectrum(2, 1.0, 3e-4))
    expected = brute(spectrum, lambda t: flat(1)(t) + flat(2)(t), 1 / 400, 1, 3e-4, blocks=2)
    rate = SpectralRate(metric="sum")
    assert total(rate, space, 400) == pytest.approx(expected, rel=1e-3)
    assert total(UNIFORM, space, 400) < total(rate, space, 400) < math.sqrt(2) * total(UNIFORM, space, 400) * (1 + 1e-9)
    assert total(rate, ProductSpace(factors=(CUBE,)), 50) == pytest.approx(total(UNIFORM, CUBE, 50), rel=1e-9)


def test_the_least_is_found_where_there_are_two_minima():
    """A thin box: smoothing across it completely is one local minimum, hardly at all another."""
    thin = Box(sides=(1.0, 1.0, 0.02))
    for n in (10, 1000, 10**5, 10**7):
        grid = np.geomspace(1e-9, 2, 3000)
        values = [thin.displacement(t) + math.sqrt(thin.spectral_sum(t) / n) for t in grid]
        assert total(UNIFORM, thin, n) <= min(values) * (1 + 1e-9)
        assert total(UNIFORM, thin, n) == pytest.approx(min(values), rel=1e-3)
    assert total(UNIFORM, thin, 1000) < total(UNIFORM, Box(sides=(1.0, 1.0)), 1000) + 0.02


@pytest.mark.parametrize("space", [CUBE, FlatTorus(lengths=(1.0, 2.0)), Sphere(dim=2), Box(sides=(1.0,)),
                                   ProductSpace(factors=(Sphere(dim=2), Box(sides=(1.0, 0.1))))])
@pytest.mark.parametrize("rate", [UNIFORM, ANY], ids=["uniform", "any"])
def test_bounds_fall_with_n_and_never_exceed_what_is_obvious(space, rate):
    sizes = [1, 2, 5, 10, 100, 10**3, 10**4, 10**6]
    values = [total(rate, space, n) for n in sizes]
    assert all(later < earlier * (1 - 1e-6) for earlier, later in itertools.pairwise(values))
    assert values[0] <= 2 * space.diameter * (1 + 1e-9)
    dim = max(space.intrinsic_dim, 2)
    assert (values[-1] / values[-2]) == pytest.approx(100 ** (-1 / dim), rel=0.2)
    value = rate.evaluate(space, 100)
    assert float(sum(value.terms.values())) == pytest.approx(float(value.total), rel=1e-12)


@pytest.mark.parametrize("scale", [1e-3, 1.0, 50.0])
def test_lengths_scale(scale):
    for rate in (UNIFORM, ANY):
        assert total(rate, Box(sides=(scale, 2 * scale)), 70) == pytest.approx(
            scale * total(rate, Box(sides=(1.0, 2.0)), 70), rel=1e-6)
        assert total(rate, Sphere(dim=2, radius=scale), 70) == pytest.approx(
            scale * total(rate, Sphere(dim=2), 70), rel=1e-6)


def two_sample_mean(draw, n, repeats, blocks=None):
    """Mean and standard error of W1 of two samples."""
    rng = np.random.default_rng(11)
    found = np.array([exact(draw(n, rng), draw(n, rng), blocks=blocks).value for _ in range(repeats)])
    return found.mean(), found.std(ddof=1) / math.sqrt(repeats)


def on_sphere(n, rng):
    points = rng.standard_normal((n, 3))
    return points / np.linalg.norm(points, axis=1, keepdims=True)


def box_and_sphere(n, rng):
    return np.hstack([rng.random((n, 1)), on_sphere(n, rng)])


SAMPLED = [
    (lambda n, rng: rng.random((n, 2)), Box(sides=(1.0, 1.0)), "geodesic", None),
    (lambda n, rng: rng.random((n, 3)), CUBE, "geodesic", None),
    (on_sphere, Sphere(dim=2), "geodesic", None),
    (box_and_sphere, ProductSpace(factors=(Box(sides=(1.0,)), Sphere(dim=2))), "sum", (1, 3)),
]


@pytest.mark.parametrize(("draw", "space", "metric", "blocks"), SAMPLED)
def test_bounds_hold_for_samples_and_are_not_far_off(draw, space, metric, blocks):
    """W1 of two samples is on average between once and twice that of a sample and its law (C3); 5 standard errors."""
    n = 100
    mean, error = two_sample_mean(draw, n, 40, blocks)
    for law in ("uniform", "any"):
        rate = SpectralRate(law=law, metric=metric)
        assert total(rate, space, n, n) > mean - 5 * error
        assert 2 * total(rate, space, n) > mean - 5 * error
    assert total(SpectralRate(metric=metric), space, n) < 2.2 * mean


def test_any_law_means_any():
    """A fair coin between opposite corners of a square, whose mean distance is a mean absolute deviation."""
    square = Box(sides=(1.0, 1.0))
    for n in (2, 5, 50, 500):
        heads = np.arange(n + 1)
        distance = math.sqrt(2) * (np.abs(heads / n - 0.5) * stats.binom.pmf(heads, n, 0.5)).sum()
        assert distance < total(ANY, square, n)


@pytest.mark.parametrize(("truth", "metric", "space", "factor"), [
    (Circle(width=0.3), "sum", Box(sides=(math.sqrt(2) * (1 + 2 * np.pi), 2 * math.sqrt(2) * np.pi * 0.3)), 1),
    (BoxSubspace(widths=(1.0, 0.5), signal=0.5), "sum", Box(sides=(1.5 * 2**0.5, 2**0.5, 0.5 * 2**0.5)), 1),
    (Latitude(), "sum", Sphere(dim=2), 2),
    (Latitude(), "euclidean", Sphere(dim=2), math.sqrt(2)),
    (Hopf(), "sum", Sphere(dim=3), 3),
    (Hopf(), "euclidean", Sphere(dim=3), math.sqrt(5)),
])
def test_images_of_uniform_laws(truth, metric, space, factor):
    for n in (30, 1000):
        assert total_image(truth, n, metric) == pytest.approx(factor * total(UNIFORM, space, n), rel=1e-9)


def total_image(truth, n, metric="sum"):
    return float(PushForwardRate(metric=metric).evaluate(truth, n).total)


def test_number_for_arcs():
    assert total_image(Circle(width=0.3), 100) == pytest.approx(0.594, rel=0.001)


@pytest.mark.parametrize("truth", [Circle(width=0.3), Latitude()], ids=["circle", "latitude"])
def test_bounds_for_populations_hold_for_samples(truth):
    """As for spaces; 5 standard errors."""

    def draw(n, rng):
        x, y = truth.held_out(n, rngs=[rng])
        return np.hstack([x[0], y[0]])

    mean, error = two_sample_mean(draw, 100, 20, (1, truth.ambient_dim))
    assert 2 * total_image(truth, 100) > mean - 5 * error


@pytest.mark.parametrize("truth", [LinearGaussian(), Circle(width=0.3, noise=IsotropicNoise(scale=0.1))],
                         ids=["no map", "noise"])
def test_populations_without_a_source_are_refused(truth):
    with pytest.raises(ValueError, match=r"B2.image must be given a population that is the image .* no such source"):
        PushForwardRate().evaluate(truth, 10)
    with pytest.raises(ValueError, match=r"B2.image must be given a population; got"):
        PushForwardRate().evaluate(CUBE, 10)


@pytest.mark.parametrize(("rate", "space", "n", "m", "message"), [
    (UNIFORM, (1.0, 1.0), 10, None, "must be given a Box, FlatTorus, Sphere or ProductSpace"),
    (SpectralRate(metric="sum"), CUBE, 10, None, "must be given a ProductSpace"),
    (UNIFORM, CUBE, 0, None, "n must be at least 1"),
    (UNIFORM, CUBE, 10, 0, "m must be at least 1"),
    (UNIFORM, CUBE, 10.5, None, "n must be a whole number"),
])
def test_bad_input_is_refused_in_one_line(rate, space, n, m, message):
    with pytest.raises(ValueError, match=message) as refused:
        rate.evaluate(space, n, m)
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize("fields", [{"law": "gaussian"}, {"metric": "chord"}])
def test_fields_are_checked(fields):
    with pytest.raises(ValueError, match=r"SpectralRate: (law|metric)"):
        SpectralRate(**fields)
