"""Gaussian mixtures given a condition: velocities and scores against routes that do not know their formulas.

Statistical tests state their false-alarm rates; each is below 1e-4.
"""

from dataclasses import dataclass

import numpy as np
import pytest
from scipy import integrate, stats
from scipy.special import logsumexp

from lsdm_stats import IsotropicNoise, NormalNoise, streams
from lsdm_stats.matchers.paths import DiffusionPath, LinearPath
from lsdm_stats.metrics.true_paths import follow
from lsdm_stats.populations import (
    GaussianMixtures,
    MappedMixtures,
    Memorised,
    MixtureFlow,
    MixtureLatents,
)
from lsdm_stats.samples import Velocity

PATHS = (LinearPath(), DiffusionPath(horizon=3.0, early=0.01))
each_path = pytest.mark.parametrize("path", PATHS, ids=lambda path: type(path).__name__)
LINE = MixtureLatents(
    ambient_dim=1, weights=(0.3, 0.7), centres=((-1.0,), (0.8,)), slopes=((0.5,), (-1.0,)), scales=(0.2, 0.4)
)


@dataclass(frozen=True)
class Fixed:
    """One general mixture for every condition."""

    laws: GaussianMixtures

    def mixtures(self, conditions):
        return self.laws


def general(seed=0, components=3, dim=2):
    rng = np.random.default_rng(seed)
    roots = rng.normal(size=(1, components, dim, dim))
    weights = rng.dirichlet(np.ones(components))
    return GaussianMixtures(np.log(weights), rng.normal(size=(1, components, dim)), roots @ np.swapaxes(roots, 2, 3))


def start(dim, centre=0.3, scale=1.7):
    return np.full((1, 1, dim), centre), scale * np.linspace(1.0, 1.5, dim)[None, None]


@each_path
@pytest.mark.parametrize("time", [0.1, 0.5, 0.9])
@pytest.mark.parametrize("scales", [(0.2, 0.4), (0.0, 0.0), (0.0, 0.3)], ids=str)
def test_the_velocity_is_the_mean_derivative_by_quadrature(path, time, scales):
    """On the line: E(dZ_t/dt | Z_t = z) as a ratio of integrals over the latent, atoms summed, to 1e-6."""
    truth = LINE.replace(scales=scales)
    centre, scale = start(1)
    x, points = np.full((1, 5, 1), 0.8), np.linspace(-1.5, 1.5, 5)[None, :, None]
    flow = MixtureFlow(truth, path, (centre, scale))
    found = flow.velocity(np.array(time), points, x)[0, :, 0]
    (a, b), (a_rate, b_rate) = path.weights(np.array(time)), path.rates(np.array(time))
    c, s = float(centre[0, 0, 0]), float(scale[0, 0, 0])
    means = truth.mixtures(x).means[0, 0, :, 0]
    for z, value in zip(points[0, :, 0], found, strict=True):

        def noise_density(latent, z=z):
            xi = (z - c - a * (latent - c)) / (b * s)
            return np.exp(-(xi**2) / 2), a_rate * (latent - c) + b_rate * s * xi

        masses, moments = 0.0, 0.0
        for share, mean, deviation in zip(truth.shares, means, scales, strict=True):
            grid = mean + deviation * np.linspace(-12, 12, 20_001) if deviation else np.array([mean])
            inner = stats.norm.pdf(grid, mean, deviation) if deviation else np.ones(1)
            density, derivative = noise_density(grid)
            width = grid[1] - grid[0] if deviation else 1.0
            masses += share * width * (inner * density).sum()
            moments += share * width * (inner * density * derivative).sum()
        assert value == pytest.approx(moments / masses, abs=1e-6, rel=1e-6)


@each_path
def test_the_velocity_of_general_covariances_is_a_regression(path):
    """Means of (dZ_t/dt - v) times three test functions of Z_t are 0: 5 standard errors, false alarms below 1e-5."""
    law, rng, n, time = general(), np.random.default_rng(1), 40_000, np.array(0.6)
    centre, scale = start(2)
    rows = GaussianMixtures(law.log_weights, np.repeat(law.means, n, axis=0), law.covariances)
    latents, noise = rows.sample(rng), rng.standard_normal((n, 2))
    (a, b), (a_rate, b_rate) = path.weights(time), path.rates(time)
    places = centre[0] + a * (latents - centre[0]) + b * scale[0] * noise
    derivative = a_rate * (latents - centre[0]) + b_rate * scale[0] * noise
    found = MixtureFlow(Fixed(law), path, (centre, scale)).velocity(time, places[None], np.zeros((1, n, 1)))[0]
    for test in (np.ones((n, 1)), np.tanh(places), np.cos(2 * places[:, :1])):
        values = (derivative - found) * test
        assert (np.abs(values.mean(axis=0)) < 5 * values.std(axis=0) / n**0.5).all()


@each_path
@pytest.mark.parametrize("time", [0.2, 0.95])
def test_the_score_is_the_gradient_of_the_log_density(path, time):
    """By central differences of the log density, itself against the densities of SciPy."""
    law, flow = general(2), MixtureFlow(Fixed(general(2)), path, start(2))
    points = np.random.default_rng(0).normal(size=(1, 6, 2))
    x, clock = np.zeros((1, 6, 1)), np.array(time)
    noised = law.noised(*path.weights(clock), *flow.start)
    densities = [
        stats.multivariate_normal.logpdf(points[0], mean, covariance) + log_weight
        for log_weight, mean, covariance in zip(
            law.log_weights, noised.means[0, 0], noised.covariances[0, 0], strict=True
        )
    ]
    np.testing.assert_allclose(noised.log_density(points)[0], logsumexp(densities, axis=0), rtol=1e-10)
    step = 1e-5
    differences = [
        (noised.log_density(points + step * axis) - noised.log_density(points - step * axis)) / (2 * step)
        for axis in np.eye(2)
    ]
    np.testing.assert_allclose(flow.score(clock, points, x), np.stack(differences, axis=-1), rtol=1e-6, atol=1e-7)


@each_path
def test_velocity_and_score_determine_each_other(path):
    """docs/theory.md, E1.velocity: v from the score, for a law and point masses."""
    points, x, time = np.random.default_rng(0).normal(size=(1, 6, 2)), np.zeros((1, 6, 1)), np.array(0.4)
    centre, scale = start(2)
    atoms = Memorised(np.zeros((3, 1)), np.random.default_rng(1).normal(size=(3, 2)))
    for law in (Fixed(general(3)), atoms):
        flow = MixtureFlow(law, path, (centre, scale))
        (a, b), (a_rate, b_rate) = path.weights(time), path.rates(time)
        expected = a_rate / a * (points - centre)
        expected = expected + (a_rate / a * b**2 - b * b_rate) * scale**2 * flow.score(time, points, x)
        np.testing.assert_allclose(flow.velocity(time, points, x), expected, rtol=1e-9, atol=1e-9)


def test_paths_carry_noise_to_the_mixture():
    """Kolmogorov's statistic of 4,000 ends against the true distribution function; false alarm 1e-5."""
    flow, n = MixtureFlow(LINE, LinearPath(), start(1)), 4_000
    assert isinstance(flow, Velocity)
    x, rng = np.full((1, n, 1), 0.2), np.random.default_rng(0)
    begin = flow.start[0] + flow.start[1] * rng.standard_normal((1, n, 1))
    ends = follow(lambda t, z: flow.velocity(np.array(t), z, x), begin, np.linspace(0, 1, 201))[-1, 0, :, 0]
    means = LINE.mixtures(x).means[0, 0, :, 0]

    def distribution(z):
        parts = zip(LINE.shares, means, LINE.scales, strict=True)
        return sum(share * stats.norm.cdf(z, mean, scale) for share, mean, scale in parts)

    assert stats.kstest(ends, distribution).pvalue > 1e-5


def test_the_memorising_flow_ends_in_the_training_latents():
    """Nearly all paths stopped at .99 are near an atom of their label; shares are equal, false alarm below 1e-4."""
    labels = np.array([0.0, 0.0, 0.0, 1.0])[:, None]
    latents = np.array([[-2.0, 0.0], [0.0, 2.0], [2.0, 0.0], [5.0, 5.0]])
    flow = MixtureFlow(Memorised(labels, latents), LinearPath(), start(2, 0.0, 1.0))
    x, rng = np.zeros((1, 3_000, 1)), np.random.default_rng(0)
    begin = flow.start[1] * rng.standard_normal((1, 3_000, 2))
    ends = follow(lambda t, z: flow.velocity(np.array(t), z, x), begin, np.linspace(0, 0.99, 200))[-1, 0]
    distances = np.linalg.norm(ends[:, None] - latents, axis=2)
    assert np.mean(distances.min(axis=1) < 0.1) > 0.97
    counts = np.bincount(distances.argmin(axis=1), minlength=4)
    assert counts[3] == 0
    assert stats.chisquare(counts[:3]).pvalue > 1e-4
    with pytest.raises(ValueError, match="every component must have a density; got a singular covariance"):
        flow.velocity(np.array(1.0), begin, x)
    with pytest.raises(ValueError, match="every label must be one that was seen; got 1 that were not"):
        flow.velocity(np.array(0.5), begin[:, :1], np.full((1, 1, 1), 0.5))


def test_times_may_differ_from_point_to_point():
    flow, x = MixtureFlow(LINE, LinearPath(), start(1)), np.full((1, 4, 1), 0.2)
    points, times = np.linspace(-1, 1, 4)[None, :, None], np.array([[0.1, 0.4, 0.7, 0.9]])
    together = flow.velocity(times, points, x)
    for i in range(4):
        alone = flow.velocity(times[0, i], points[:, [i]], x[:, [i]])
        np.testing.assert_allclose(together[:, [i]], alone, rtol=1e-12)


@pytest.mark.parametrize("noise", [None, IsotropicNoise(scale=0.2)], ids=str)
def test_affine_images_of_responses_are_the_mapped_mixtures(noise):
    """Means and covariances of 20,000 images at one condition: 5 standard errors, false alarms below 1e-5 each."""
    truth = MixtureLatents(ambient_dim=3) if noise is None else MixtureLatents(ambient_dim=3, noise=noise)
    rng, n = np.random.default_rng(0), 20_000
    matrix, offset = rng.normal(size=(1, 2, 3)), rng.normal(size=(1, 2))
    x = np.full((1, n, 1), 0.9)
    images = truth.sample(x, rngs=[rng])[0] @ matrix[0].T + offset[0]

    class Responses:
        def mixtures(self, conditions):
            return truth.response_mixtures(conditions)

    law = MappedMixtures(Responses(), matrix, offset).mixtures(x[:, :1])
    mean = truth.shares @ law.means[0, 0]
    apart = law.means[0, 0] - mean
    covariance = np.einsum("j,jab->ab", truth.shares, law.covariances[0, 0] + apart[:, :, None] * apart[:, None, :])
    errors = images - mean
    assert (np.abs(errors.mean(axis=0)) < 5 * images.std(axis=0) / n**0.5).all()
    products = errors[:, :, None] * errors[:, None, :]
    assert (np.abs(products.mean(axis=0) - covariance) < 5 * products.std(axis=0) / n**0.5).all()


def test_populations_and_free_mixtures_draw_the_same_law():
    """Two-sample Kolmogorov test of 5,000 draws each; false alarm 1e-5."""
    x = np.full((5_000, 1), 0.7)
    population = LINE.draw_latents(x, rng=np.random.default_rng(0))
    free = LINE.mixtures(x).sample(np.random.default_rng(1))
    assert stats.ks_2samp(population[:, 0], free[:, 0]).pvalue > 1e-5


def test_constants():
    atoms = LINE.replace(scales=(0.0, 0.0))
    assert atoms.diameter() == pytest.approx(3.05)  # from -.75 at x = 1 to 1.3 at x = 0
    assert LINE.diameter() == np.inf
    assert LINE.conditional_lipschitz == pytest.approx(0.3 * 0.5 + 0.7 * 1.0)
    assert atoms.small_ball is None
    x, grid = np.full((1, 1, 1), 0.5), np.linspace(-3, 3, 2_001)
    density = np.exp(LINE.mixtures(x).log_density(grid[None, :, None]))[0]
    assert 2 * density.max() <= LINE.small_ball.constant
    assert integrate.trapezoid(density, grid) == pytest.approx(1, abs=1e-6)


def test_what_does_not_fit_is_refused_in_one_line():
    with pytest.raises(ValueError, match="one centre, slope and scale per weight") as refused:
        MixtureLatents(weights=(1.0,))
    assert "\n" not in str(refused.value)
    with pytest.raises(ValueError, match="responses are a Gaussian mixture for isotropic noise or none"):
        MixtureLatents(ambient_dim=3, noise=NormalNoise(radius=0.1)).response_mixtures(np.zeros((1, 1)))
    with pytest.raises(ValueError, match=r"latents must be one per condition \(2\); got 1"):
        Memorised(np.zeros((2, 1)), np.zeros((1, 1)))


def test_data_lie_in_the_plane():
    truth = MixtureLatents(ambient_dim=5)
    data = truth.draw(20, 5, rngs=streams.data(1, truth, replicates=range(2)))
    assert truth.manifold.distance(data.responses).max() < 1e-12
