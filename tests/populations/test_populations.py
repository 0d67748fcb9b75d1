"""Populations: prefix property, exact conditionals against independent simulation and closed forms."""

import itertools
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from lsdm_stats import (
    BoxSubspace,
    ByClass,
    CapKernel,
    Circle,
    Clifford,
    FourierModes,
    Helix,
    Hopf,
    Inpainting,
    IsotropicNoise,
    Latitude,
    LinearGaussian,
    Mobius,
    NormalNoise,
    RoundClasses,
    Spherical,
    SuperResolution,
    SwissRoll,
    Validation,
    VonMisesKernel,
    images,
    streams,
)
from lsdm_stats.manifolds.swiss_roll import arc_length
from lsdm_stats.populations import (
    CATALOGUE,
    Dilated,
    GrowingShift,
    LabelledPair,
    MixtureLatents,
    MonotoneShift,
    Shifted,
    SwissRollOfCube,
    Translated,
    TurnedPolygon,
    UniformCube,
    UniformRoll,
    UniformSphere,
    UniformTorus,
    Zigzag,
)
from lsdm_stats.samples import ConditionalSampler, Source

NOISE = IsotropicNoise(scale=0.1)
POPULATIONS = (
    LinearGaussian(condition_dim=2, intrinsic_dim=3, ambient_dim=5, noise=NOISE),
    Circle(ambient_dim=3, width=0.25, noise=NOISE),
    SwissRoll(ambient_dim=4, noise=NOISE),
    SwissRollOfCube(ambient_dim=4, noise=NOISE),
    BoxSubspace(condition_dim=2, widths=(1.0, 0.5, 0.2), ambient_dim=4, noise=NOISE),
    Clifford(radii=(1.0, 0.5), ambient_dim=5, width=0.2, noise=NormalNoise(radius=0.4)),
    Latitude(ambient_dim=4, noise=NOISE),
    Spherical(condition_dim=3, ambient_dim=4, kernel=CapKernel(angle=0.7), noise=NormalNoise(radius=0.5)),
    Spherical(condition_dim=4, ambient_dim=4, kernel=VonMisesKernel(concentration=5.0)),
    Hopf(ambient_dim=5, noise=NormalNoise(radius=0.9)),
    Helix(ambient_dim=4, noise=NormalNoise(radius=0.9)),
    FourierModes(ambient_dim=11, noise=NormalNoise(radius=0.7)),
    RoundClasses(ambient_dim=3, weights=(1.0, 3.0), noise=NormalNoise(radius=0.2)),
    Mobius(ambient_dim=4, noise=NormalNoise(radius=0.5)),
    MixtureLatents(ambient_dim=3, scales=(0.2, 0.0), noise=NOISE),
)
PAIRS_OF_LAWS = (
    Translated(dim=3), Dilated(dim=2), MonotoneShift(dim=3), UniformCube(dim=2, reference_size=10),
    UniformTorus(dim=2, reference_size=10), UniformSphere(reference_size=10), UniformRoll(reference_size=10),
    Zigzag(cells=3), GrowingShift(atoms=1), TurnedPolygon(corners=1),
    LabelledPair(first=RoundClasses(), second=RoundClasses(weights=(0.5, 0.5)), label_distance=1.0),
)
OTHERS = (*PAIRS_OF_LAWS, Shifted(population=Circle(ambient_dim=3), offset=(0.0, 0.6, 0.8)))
IMAGE_TASKS = (
    ByClass(test_size=300), SuperResolution(test_size=300), Inpainting(test_size=300), Validation(size=100),
)
SOURCES = (*POPULATIONS, *OTHERS, *IMAGE_TASKS)
each = pytest.mark.parametrize("source", SOURCES, ids=lambda s: type(s).__name__)


def rngs(source, replicates=2, seed=1):
    return streams.data(seed, source, replicates=range(replicates))


def test_the_catalogue_is_covered():
    assert {type(population) for population in (*POPULATIONS, *OTHERS)} == set(CATALOGUE)
    assert {type(task) for task in IMAGE_TASKS} == set(images.CATALOGUE)
    assert all(isinstance(source, Source) for source in SOURCES)
    assert all(isinstance(population, ConditionalSampler) for population in POPULATIONS)


@each
@given(st.integers(1, 30), st.integers(1, 30), st.integers(0, 30), st.integers(0, 30))
@settings(max_examples=25)
def test_a_smaller_sample_is_a_prefix_and_sizes_do_not_change_the_other_parts(source, n, larger_n, m, larger_m):
    small = source.draw(n, m, rngs=rngs(source))
    large = source.draw(n + larger_n, m + larger_m, rngs=rngs(source))
    np.testing.assert_array_equal(small.conditions, large.conditions[:, :n])
    np.testing.assert_array_equal(small.responses, large.responses[:, :n])
    np.testing.assert_array_equal(small.unpaired, large.unpaired[:, :m])


@each
@given(st.integers(1, 20), st.integers(1, 20))
@settings(max_examples=10)
def test_held_out_data_have_the_prefix_property(source, n, more):
    small, large = (source.held_out(size, rngs=rngs(source)) for size in (n, n + more))
    for a, b in zip(small, large, strict=True):
        np.testing.assert_array_equal(a, b[:, :n])


@each
def test_replicates_do_not_depend_on_how_many_there_are(source):
    few, many = (source.draw(10, 5, rngs=rngs(source, r)) for r in (1, 4))
    np.testing.assert_array_equal(few.responses[0], many.responses[0])
    assert not np.array_equal(many.responses[0], many.responses[1])


@each
def test_pairs_unpaired_and_held_out_are_different_draws(source):
    data = source.draw(20, 20, rngs=rngs(source))
    held = source.held_out(20, rngs=rngs(source))[1]
    samples = [{row.tobytes() for row in part[0]} for part in (data.responses, data.unpaired, held)]
    for one, other in itertools.combinations(samples, 2):
        assert not one & other


@pytest.mark.parametrize("population", POPULATIONS, ids=lambda s: type(s).__name__)
def test_the_conditional_sampler_agrees_with_the_joint_law(population):
    """Two-sample Kolmogorov-Smirnov tests of every coordinate at level 1e-4 / number of coordinates."""
    x, y = (part[0] for part in population.held_out(20_000, rngs=rngs(population, 1)))
    again = population.sample(x[None], rngs=[np.random.default_rng(5)])[0]
    directions = np.random.default_rng(6).normal(size=(population.response_dim + population.condition_dim, 8))
    joint, resampled = np.hstack([x, y]) @ directions, np.hstack([x, again]) @ directions
    p_values = [stats.ks_2samp(a, b).pvalue for a, b in zip(joint.T, resampled.T, strict=True)]
    assert min(p_values) > 1e-4 / len(p_values)


def test_linear_gaussian_moments():
    """Every entry within five standard errors: false alarm below 1e-4 over all entries."""
    truth = POPULATIONS[0]
    n = 100_000
    x = np.tile([[0.5, -1.0]], (n, 1))
    y = truth.sample(x[None], rngs=[np.random.default_rng(0)])[0]
    basis = truth.manifold.embedding
    covariance = truth.residual**2 * basis @ basis.T + NOISE.scale**2 * np.eye(5)
    np.testing.assert_allclose(truth.conditional_covariance, covariance, atol=1e-12)
    np.testing.assert_allclose(truth.conditional_mean(x), x @ (basis @ truth.coefficients).T, atol=1e-12)
    np.testing.assert_allclose(
        y.mean(axis=0), basis @ truth.coefficients @ x[0], atol=5 * math.sqrt(covariance.max() / n)
    )
    np.testing.assert_allclose(np.cov(y.T), covariance, atol=5 * math.sqrt(2 / n) * covariance.max())
    _, responses = truth.held_out(n, rngs=rngs(truth, 1))
    latents = responses[0] @ basis
    expected = truth.latent_covariance + NOISE.scale**2 * np.eye(3)
    np.testing.assert_allclose(np.cov(latents.T), expected, atol=5 * math.sqrt(2 / n) * expected.max())


@pytest.mark.parametrize(("p", "k"), [(1, 3), (2, 2), (3, 2)])
def test_linear_gaussian_spectrum(p, k):
    """min(p, k) directions carry the signal, k the residual, all q the noise; the sample agrees within five SE."""
    truth = LinearGaussian(condition_dim=p, intrinsic_dim=k, ambient_dim=4, signal=2.0, residual=0.7, noise=NOISE)
    spectrum = 0.1**2 + 0.7**2 * (np.arange(4) < k) + 2.0**2 * (np.arange(4) < min(p, k))
    np.testing.assert_allclose(np.linalg.eigvalsh(truth.response_covariance)[::-1], spectrum, atol=1e-12)
    n = 50_000
    responses = truth.held_out(n, rngs=rngs(truth, 1))[1][0]
    np.testing.assert_allclose(np.cov(responses.T), truth.response_covariance, atol=5 * math.sqrt(2 / n) * spectrum[0])


def test_circle_angles_are_uniform_on_the_arc():
    truth = Circle(width=0.25)
    n = 20_000
    y = truth.sample(np.full((1, n, 1), 0.3), rngs=[np.random.default_rng(0)])[0] @ truth.manifold.embedding
    turn = np.arctan2(y[:, 1], y[:, 0]) / (2 * np.pi)
    assert stats.kstest((turn - 0.3 + 0.125) / 0.25, "uniform").pvalue > 1e-4


def test_swiss_roll_conditional_law_against_its_formula():
    truth = SwissRoll(ambient_dim=3)
    n = 20_000
    y = truth.sample(np.full((1, n, 1), 0.3), rngs=[np.random.default_rng(0)])[0]
    base = truth.manifold.base_coordinates(y)
    height, radius = base[:, 1], np.hypot(base[:, 0], base[:, 2])
    along = (radius * 4.5 * np.pi / (1.5 * np.pi) - 1) / 2
    centre = 0.5 + 0.3 * math.sin(2 * np.pi * 0.3)
    assert stats.kstest((height - centre) / 0.2 + 0.5, "uniform").pvalue > 1e-4
    upper = along > 0.45
    assert abs(upper.mean() - 0.5) < 4 * 0.5 / math.sqrt(n)
    for mode, middle in ((upper, 0.64), (~upper, 0.24)):
        assert stats.kstest((along[mode] - middle) / 0.05, "norm").pvalue > 1e-4


def test_swiss_roll_of_a_cube_against_its_formula():
    """Each coordinate moves what it should: Kolmogorov-Smirnov at level 1e-4, the coin within four standard errors."""
    truth, n = SwissRollOfCube(ambient_dim=5), 20_000
    x = np.tile([0.5, 0.2, 0.75], (1, n, 1))
    along, height = truth.manifold.encode(truth.sample(x, rngs=[np.random.default_rng(0)])[0]).T
    centre = 0.5 + 0.3 * math.sin(2 * np.pi * 0.2)
    assert stats.kstest((height - centre) / 0.2 + 0.5, "uniform").pvalue > 1e-4
    outer = along > arc_length(1.5 * np.pi * (1 + 2 * 0.5))
    assert abs(outer.mean() - 0.65) < 4 * math.sqrt(0.65 * 0.35 / n)
    for mode, middle in ((outer, 0.7), (~outer, 0.3)):
        noise = np.clip(np.random.default_rng(1).standard_normal(200_000), -3, 3)
        expected = arc_length(1.5 * np.pi * (1 + 2 * (middle + 0.05 * noise)))
        assert stats.ks_2samp(along[mode], expected).pvalue > 1e-4


def test_isotropic_noise_keeps_its_scale_off_the_manifold():
    """Noise orthogonal to a plane in R^5 has length scale * chi_2: mean scale sqrt(pi / 2)."""
    truth = LinearGaussian(intrinsic_dim=3, ambient_dim=5, noise=NOISE)
    _, y = truth.held_out(50_000, rngs=rngs(truth, 1))
    distance = truth.manifold.distance(y)
    assert abs(distance.mean() - 0.1 * math.sqrt(np.pi / 2)) < 4 * distance.std() / math.sqrt(50_000)


@pytest.mark.parametrize(
    "population", [p for p in POPULATIONS if isinstance(p.noise, NormalNoise)], ids=lambda s: type(s).__name__
)
def test_the_length_of_normal_noise_is_the_distance_to_the_manifold(population):
    """Lengths are uniform on [0, radius] and cannot tell where they are: Kolmogorov-Smirnov at level 1e-6 each."""
    generator = np.random.default_rng(3)
    latents = population.draw_latents(population.draw_conditions(3_000, rng=generator), rng=generator)
    noise = population.noise.draw(latents, population.manifold, rng=generator)
    points = population.manifold.decode(latents)
    distance = population.manifold.distance(points + noise)
    np.testing.assert_allclose(distance, np.linalg.norm(noise, axis=1), atol=1e-7)
    np.testing.assert_allclose(population.manifold.project(points + noise), points, atol=1e-5)
    assert stats.kstest(distance / population.noise.radius, "uniform").pvalue > 1e-6


def test_normal_noise_has_a_uniform_direction():
    """In R^5 the noise of a circle fills four dimensions alike: means of squares within five standard errors."""
    truth = Circle(ambient_dim=5, noise=NormalNoise(radius=0.5))
    n = 20_000
    latents = np.tile([[0.6, 0.8]], (n, 1))
    noise = truth.noise.draw(latents, truth.manifold, rng=np.random.default_rng(4))
    tangent = truth.manifold.tangent_basis(latents)[0, 0]
    across = (np.eye(5) - np.outer(tangent, tangent)) * 0.5**2 / 3 / 4
    np.testing.assert_allclose(noise.T @ noise / n, across, atol=5 * 0.5**2 / math.sqrt(n))


def test_noise_on_a_sphere_of_codimension_one_changes_the_length_only():
    truth = Hopf(noise=IsotropicNoise(scale=0.2))
    y = truth.held_out(200, rngs=rngs(truth, 1))[1][0]
    np.testing.assert_allclose(truth.manifold.distance(y), np.abs(np.linalg.norm(y, axis=1) - 1), atol=1e-12)
    radial = Hopf(noise=NormalNoise(radius=0.9))
    latents = truth.draw_latents(truth.draw_conditions(50, rng=np.random.default_rng(1)), rng=np.random.default_rng(2))
    noise = radial.noise.draw(latents, radial.manifold, rng=np.random.default_rng(3))
    along = (noise * radial.manifold.decode(latents)).sum(axis=1)
    np.testing.assert_allclose(np.abs(along), np.linalg.norm(noise, axis=1), atol=1e-12)


def test_normal_noise_about_a_subspace_has_the_stated_covariance():
    """Every entry within five standard errors, of squares bounded by their largest value."""
    truth = LinearGaussian(intrinsic_dim=2, ambient_dim=5, noise=NormalNoise(radius=0.6))
    n = 50_000
    y = truth.held_out(n, rngs=rngs(truth, 1))[1][0]
    np.testing.assert_allclose(
        np.cov(y.T), truth.response_covariance, atol=5 * math.sqrt(3 / n) * truth.response_covariance.max()
    )


@pytest.mark.parametrize(
    "population", [p.replace(noise=SwissRoll().noise) for p in POPULATIONS], ids=lambda s: type(s).__name__
)
def test_without_noise_responses_lie_on_the_manifold(population):
    assert population.manifold.distance(population.draw(50, 50, rngs=rngs(population)).all_responses).max() < 1e-9


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: SwissRoll().draw(0, 5, rngs=rngs(SwissRoll())), "n_paired must be at least 1; got 0; raise it"),
        (lambda: SwissRoll().draw(5, -1, rngs=rngs(SwissRoll())), "n_unpaired must be at least 0; got -1; raise it"),
        (lambda: SwissRoll().draw(5.0, 1, rngs=rngs(SwissRoll())), "n_paired must be a whole number; got 5.0"),
        (lambda: SwissRoll().held_out(0, rngs=rngs(SwissRoll())), "n must be at least 1; got 0"),
        (lambda: SwissRoll(ambient_dim=2), "ambient_dim: input should be greater than or equal to 3; got 2"),
        (lambda: Circle(width=0.0), "width: input should be greater than 0; got 0"),
        (lambda: IsotropicNoise(scale=-1.0), "scale: input should be greater than 0; got -1"),
        (lambda: Circle(condition_dim=2), "condition_dim: input should be less than or equal to 1; got 2"),
        (lambda: Circle(condition_dim=0), "condition_dim: input should be greater than or equal to 1; got 0"),
        (lambda: SwissRoll(condition_dim=-3), "condition_dim: input should be greater than or equal to 1; got -3"),
        (lambda: LinearGaussian(intrinsic_dim=3, ambient_dim=2), "ambient_dim must be at least 3; got 2"),
        (lambda: Circle(noise=NormalNoise(radius=1.0)), "must be below the reach 1; got 1; lower it"),
        (lambda: LinearGaussian(noise=NormalNoise(radius=0.1)), "normal noise needs an ambient_dim above 2"),
        (lambda: Spherical(condition_dim=4), "ambient_dim must be at least 4; got 3; raise it"),
        (lambda: Hopf(condition_dim=2), "condition_dim: input should be greater than or equal to 3; got 2"),
        (lambda: RoundClasses(condition_dim=3), "condition_dim and weights must agree with the 2 components"),
        (lambda: Clifford(radii=(1.0, 1.0, 1.0)), "ambient_dim must be at least 6; got 4; raise it"),
        (lambda: BoxSubspace(widths=()), "widths: tuple should have at least 1 item after validation"),
        (lambda: Circle().diameter("maximum"), "metric must be 'sum' or 'euclidean'; got 'maximum'"),
        (lambda: FourierModes().conditional_w1(np.zeros(1), np.ones(1)), "closed form for width 0; got 0.3"),
        (
            lambda: SwissRoll().sample(np.full((1, 3, 1), np.nan), rngs=rngs(SwissRoll(), 1)),
            "conditions must be finite",
        ),
    ],
)
def test_impossible_requests_are_refused_in_one_line(call, message):
    with pytest.raises(ValueError) as caught:  # noqa: PT011
        call()
    assert message in str(caught.value)
    assert "\n" not in str(caught.value)


class Flawed(Circle):
    """What a first draft of a population may draw."""

    flaw: str

    def draw_conditions(self, n, *, rng):
        return {"vector": rng.random(n), "columns": rng.random((n, 2))}.get(self.flaw, rng.random((n, 1)))

    def draw_latents(self, conditions, *, rng):
        angles = super().draw_latents(conditions, rng=rng)
        flawed = {"angles": angles[:, 0], "rows": angles[1:], "nan": np.where(angles > 0, np.nan, angles)}
        return flawed.get(self.flaw, angles)


@pytest.mark.parametrize(
    ("flaw", "method", "shapes", "remedy"),
    [
        ("vector", "draw_conditions", ("(5, 1)", "(5,)"), "reshape what it returns"),
        ("columns", "draw_conditions", ("(5, 1)", "(5, 2)"), "write `condition_dim: int = 2` in the class"),
        ("angles", "draw_latents", ("(5, 2)", "(5,)"), "reshape what it returns"),
        ("rows", "draw_latents", ("(5, 2)", "(4, 2)"), "reshape what it returns"),
    ],
)
def test_arrays_of_a_wrong_shape_are_refused_in_one_line(flaw, method, shapes, remedy):
    truth = Flawed(flaw=flaw)
    with pytest.raises(ValueError, match=f"^Flawed.{method} must return an array of shape") as caught:
        truth.draw(5, 0, rngs=rngs(truth))
    wanted, came = shapes
    assert f"shape {wanted}, one row per observation; got shape {came}; {remedy}" in str(caught.value)
    assert "\n" not in str(caught.value)


def test_draws_that_are_not_finite_are_refused_in_one_line():
    truth = Flawed(flaw="nan")
    with pytest.raises(ValueError, match=r"^Flawed.draw_latents must return finite numbers; got infinite"):
        truth.draw(5, 0, rngs=rngs(truth))


def test_a_population_that_draws_right_is_not_refused():
    truth = Flawed(flaw="none")
    assert truth.draw(5, 0, rngs=rngs(truth)).responses.shape == (2, 5, truth.ambient_dim)
