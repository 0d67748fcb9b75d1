"""Mixture density networks against scipy and torch.distributions, and on laws with a known likelihood.

Statistical tests allow five standard errors (false alarms below 1e-5 each) plus a stated allowance for the fit.
"""

import numpy as np
import pytest
import torch
from scipy import stats

from lsdm_stats.latents import Identity
from lsdm_stats.matchers.mixture_density import MixtureDensity
from lsdm_stats.nets.mixtures import MixtureShape
from lsdm_stats.nets.rule import Training
from lsdm_stats.samples import LatentPairs, LatentSampler

SHAPES = [MixtureShape(3, dim, full, 0.01) for dim in (1, 2, 3) for full in (True, False)]


def rngs(count=1, seed=0):
    return [np.random.default_rng([seed, r]) for r in range(count)]


def pairs_of(conditions, latents):
    return LatentPairs(conditions, latents, Identity().fit(latents, rngs=rngs(len(latents))))


def covariances(scales, couplings):
    """Covariance of each component: C w = scale * noise with C unit lower triangular."""
    solved = np.linalg.solve(
        np.eye(scales.shape[-1]) + couplings, np.einsum("...i,ij->...ij", scales, np.eye(scales.shape[-1]))
    )
    return solved @ np.swapaxes(solved, -1, -2)


@pytest.mark.parametrize("shape", SHAPES, ids=lambda s: f"{s.dim}-{'full' if s.full else 'diagonal'}")
def test_log_densities_agree_with_scipy_and_torch(shape):
    generator = torch.Generator().manual_seed(0)
    outputs = torch.randn(2, 4, shape.n_outputs, generator=generator, dtype=torch.float64)
    points = torch.randn(2, 4, shape.dim, generator=generator, dtype=torch.float64)
    found = shape.log_density(outputs, points).numpy()
    logs, means, scales, couplings = (part.numpy() for part in shape.parts(outputs))
    spread = covariances(scales, couplings)
    for r in range(2):
        for i in range(4):
            terms = [
                logs[r, i, j] + stats.multivariate_normal(means[r, i, j], spread[r, i, j]).logpdf(points[r, i].numpy())
                for j in range(3)
            ]
            assert found[r, i] == pytest.approx(np.logaddexp.reduce(terms), rel=1e-9)
    peer = torch.distributions.MixtureSameFamily(
        torch.distributions.Categorical(logits=torch.tensor(logs)),
        torch.distributions.MultivariateNormal(torch.tensor(means), torch.tensor(spread)),
    )
    np.testing.assert_allclose(found, peer.log_prob(points).numpy(), rtol=1e-9)


def test_scales_have_a_lower_limit_and_stay_finite():
    shape = MixtureShape(2, 2, True, 0.01)
    for extreme in (-1e6, 1e6):
        _, _, scales, _ = shape.parts(torch.full((1, 1, shape.n_outputs), extreme))
        assert torch.isfinite(scales).all()
        assert (scales >= 0.01).all()


LINEAR = Training(max_steps=2_000, patience=300)
SPREAD = np.array([[0.25, 0.3], [0.3, 1.0]])


@pytest.fixture(scope="module")
def linear_fit():
    """X normal, Z normal with mean (2 + 3 X, X) and correlation .6."""
    rng = np.random.default_rng(0)
    conditions = rng.normal(size=(1, 4_000, 1))
    latents = np.array([2.0, 0.0]) + conditions * [3.0, 1.0] + rng.multivariate_normal([0, 0], SPREAD, size=(1, 4_000))
    return MixtureDensity(n_components=1, hidden=(16,), training=LINEAR).fit(pairs_of(conditions, latents), rngs=rngs())


def test_the_fit_is_a_latent_sampler(linear_fit):
    assert isinstance(linear_fit, LatentSampler)
    assert linear_fit.failures == (None,)


def test_the_likelihood_of_a_normal_law_is_reached(linear_fit):
    """Mean log density on fresh data: within .03 of the truth's (Kullback-Leibler divergence), and never above."""
    rng = np.random.default_rng(1)
    x = rng.normal(size=(1, 5_000, 1))
    means = np.array([2.0, 0.0]) + x * [3.0, 1.0]
    z = means + rng.multivariate_normal([0, 0], SPREAD, size=(1, 5_000))
    gaps = stats.multivariate_normal([0, 0], SPREAD).logpdf(z - means) - linear_fit.log_density(x, z)
    allowance = 5 * gaps.std() / 5_000**0.5
    assert -allowance < gaps.mean() < 0.03 + allowance


def test_draws_have_the_moments_of_the_normal_law(linear_fit):
    """Means and covariances at three conditions: 5 standard errors and a tenth of the standard deviations."""
    for x in (-1.0, 0.0, 1.0):
        draws = linear_fit.sample(np.full((1, 4_000, 1), x), rngs=rngs(seed=3))[0]
        deviation = np.sqrt(np.diag(SPREAD))
        assert (np.abs(draws.mean(axis=0) - [2 + 3 * x, x]) < (5 / 4_000**0.5 + 0.1) * deviation).all()
        unit = np.outer(deviation, deviation)
        assert (np.abs(np.cov(draws.T) - SPREAD) < (5 * (2 / 4_000) ** 0.5 + 0.15) * unit).all()


@pytest.mark.parametrize("covariance", ["full", "diagonal"])
def test_draws_and_densities_are_of_one_law(covariance):
    """Densities integrate to one on a grid and give the draws' share of each quadrant (5 standard errors and .005)."""
    rng = np.random.default_rng(2)
    conditions, latents = rng.normal(size=(1, 300, 1)), rng.normal(size=(1, 300, 2))
    latents[..., 1] += latents[..., 0] ** 2
    rule = Training(max_steps=300, patience=100)
    method = MixtureDensity(n_components=4, covariance=covariance, hidden=(8,), training=rule)
    fit = method.fit(pairs_of(conditions, latents), rngs=rngs())
    side = np.arange(-12, 16, 0.05) + 0.025
    grid = np.stack(np.meshgrid(side, side, indexing="ij"), axis=-1).reshape(1, -1, 2)
    density = np.exp(fit.log_density(np.full((1, grid.shape[1], 1), 0.3), grid))[0] * 0.05**2
    assert density.sum() == pytest.approx(1.0, abs=5e-3)
    draws = fit.sample(np.full((1, 20_000, 1), 0.3), rngs=rngs(seed=3))[0]
    for right in (True, False):
        for above in (True, False):
            share = density[((grid[0, :, 0] > 0) == right) & ((grid[0, :, 1] > 1) == above)].sum()
            found = np.mean(((draws[:, 0] > 0) == right) & ((draws[:, 1] > 1) == above))
            assert found == pytest.approx(share, abs=5 * 0.5 / 20_000**0.5 + 0.005)


def test_modes_and_their_shares_are_found():
    """Z = ±1 with probability depending on the sign of x."""
    rng = np.random.default_rng(0)
    conditions = rng.choice([-1.0, 1.0], size=(1, 3_000, 1))
    share = np.where(conditions > 0, 0.8, 0.3)
    latents = np.where(rng.random((1, 3_000, 1)) < share, 1.0, -1.0) + 0.1 * rng.normal(size=(1, 3_000, 1))
    fit = MixtureDensity(n_components=4, hidden=(16,), training=LINEAR).fit(pairs_of(conditions, latents), rngs=rngs())
    for x, expected in ((1.0, 0.8), (-1.0, 0.3)):
        draws = fit.sample(np.full((1, 4_000, 1), x), rngs=rngs(seed=3))[0, :, 0]
        assert np.mean(draws > 0) == pytest.approx(expected, abs=5 * 0.5 * (1 / 4_000 + 1 / 1_500) ** 0.5 + 0.02)
        assert np.mean(np.abs(np.abs(draws) - 1) < 0.4) > 0.98


def test_latents_on_a_line_have_a_finite_likelihood():
    rng = np.random.default_rng(0)
    conditions = rng.normal(size=(1, 200, 1))
    fit = MixtureDensity(hidden=(8,), training=Training(max_steps=500)).fit(
        pairs_of(conditions, conditions * [1.0, 2.0]), rngs=rngs()
    )
    assert fit.failures == (None,)
    assert np.isfinite(fit.log_density(conditions, conditions * [1.0, 2.0])).all()
