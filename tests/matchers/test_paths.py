"""Noise paths, and samplers of flow and score matching with the exact velocity of a normal law in the network's place.

Statistical tests compare with exact values at five standard errors (false alarms below 1e-5 each) plus a stated
allowance for the steps.
"""

from dataclasses import dataclass

import numpy as np
import pytest

from lsdm_stats.matchers.generator import Standardised
from lsdm_stats.matchers.paths import DiffusionPath, LinearPath
from lsdm_stats.matchers.score_matching import ScoreMatching, ScoreSampler
from lsdm_stats.matchers.velocity import VelocitySampler, _noise

PATHS = (LinearPath(), DiffusionPath(horizon=5.0, early=0.0), DiffusionPath(horizon=3.0, early=0.01))
TIMES = np.linspace(0.0, 1.0, 41)


def rngs(count=1, seed=0):
    return [np.random.default_rng([seed, r]) for r in range(count)]


@dataclass(frozen=True)
class Exact:
    """Replaces the network: the velocity of latents N(mean, scale^2), whatever the condition."""

    mean: float = 0.7
    scale: float = 0.4

    def _velocity(self, times, states, rows):
        a, b = self.path.weights(np.broadcast_to(times, states.shape[:2])[..., None])
        a_rate, b_rate = self.path.rates(np.broadcast_to(times, states.shape[:2])[..., None])
        variance = b**2 + (a * self.scale) ** 2
        slope = (b * b_rate + a * a_rate * self.scale**2) / variance  # theory.md, E1: one component
        return a_rate * self.mean + slope * (states - a * self.mean)


class ExactFlow(Exact, VelocitySampler):
    pass


class ExactScore(Exact, ScoreSampler):
    pass


def units(centre=0.0, scale=1.0):
    return Standardised(np.zeros((1, 1, 1)), np.ones((1, 1, 1)), np.full((1, 1, 1), centre), np.full((1, 1, 1), scale))


def exact(cls, path, scheme="midpoint", n_steps=50, stochastic=False):
    """A sampler without a network: as the velocity is known, layers and training are never read."""
    sampler = object.__new__(cls)
    parts = {"path": path, "scheme": scheme, "n_steps": n_steps, "units": units()}
    parts |= {"diffusion": path, "stochastic": stochastic}
    for name, value in parts.items():
        object.__setattr__(sampler, name, value)
    return sampler


@pytest.mark.parametrize("path", PATHS, ids=repr)
def test_rates_are_the_derivatives_of_the_weights(path):
    step = 1e-6
    inner = TIMES[1:-1]
    for plus, minus, rate in zip(
        path.weights(inner + step), path.weights(inner - step), path.rates(inner), strict=True
    ):
        np.testing.assert_allclose((plus - minus) / (2 * step), rate, atol=1e-8)


def test_diffusion_times_are_those_of_the_ornstein_uhlenbeck_process():
    path = DiffusionPath(horizon=3.0, early=0.01)
    diffused = np.linspace(0.01, 3.0, 20)
    np.testing.assert_allclose(path.diffusion_times(path.times(diffused)), diffused, rtol=1e-9)
    cosine, sine = path.weights(path.times(diffused))
    np.testing.assert_allclose(cosine, np.exp(-diffused))
    np.testing.assert_allclose(sine**2, 1 - np.exp(-2 * diffused))
    np.testing.assert_allclose(path.diffusion_times(np.array([0.0, 1.0])), [3.0, 0.01], rtol=1e-9)


@pytest.mark.parametrize("path", PATHS, ids=repr)
def test_noise_holds_stratified_times_and_the_path_at_them(path):
    noise = _noise(np.random.default_rng(0), 5, 4, 2, path)
    times = noise[..., 2] / 12**0.5 + 0.5
    assert (np.floor(times * 4) == np.arange(4)).all()
    for column, values in enumerate((*path.weights(times), *path.rates(times))):
        np.testing.assert_allclose(noise[..., 3 + column], values, atol=1e-12)


@pytest.mark.parametrize("path", PATHS[:2], ids=repr)
@pytest.mark.parametrize(("scheme", "order"), [("euler", 1), ("midpoint", 2)])
def test_schemes_have_their_order(path, scheme, order):
    """The exact flow of a normal law maps z to mean + scale z (from the noise's own law at t = 0)."""
    start = np.array([[[-1.0], [0.5], [2.0]]])
    a, b = (float(part) for part in path.weights(np.array(0.0)))
    truth = 0.7 + 0.4 * (start - a * 0.7) / np.hypot(b, a * 0.4)
    errors = [
        np.abs(exact(ExactFlow, path, scheme, n)._follow(start, np.zeros_like(start), rngs()) - truth).max()
        for n in (40, 80)
    ]
    assert errors[1] < 0.05
    assert np.log2(errors[0] / errors[1]) > order - 0.35  # the midpoint rule happens to gain an order on straight lines


@pytest.mark.parametrize("horizon", [5.0, 8.0])
def test_the_reverse_diffusion_ends_in_the_right_law(horizon):
    """Every step ends in the law of the diffused latents but for the error of the midpoint steps."""
    path = DiffusionPath(horizon=horizon, early=0.0)
    draws = exact(ExactScore, path, stochastic=True).sample(np.zeros((1, 40_000, 1)), rngs=rngs())[0, :, 0]
    n = len(draws)
    assert abs(draws.mean() - 0.7) < 5 * 0.4 / n**0.5 + 0.7 * np.exp(-horizon) + 1e-3
    assert abs(draws.std() - 0.4) < 5 * 0.4 / (2 * n) ** 0.5 + 2e-3


def test_the_reverse_diffusion_forgets_where_it_began():
    """Two runs from opposite starts agree in law; the probability flow keeps the order of its starts."""
    path = DiffusionPath(horizon=5.0, early=0.0)
    starts = np.where(np.arange(20_000) % 2, 1.0, -1.0)[None, :, None]
    ends = exact(ExactScore, path, stochastic=True)._follow(starts, np.zeros_like(starts), rngs())
    correlation = np.corrcoef(starts[0, :, 0], ends[0, :, 0])[0, 1]
    assert abs(correlation) < 5 / 20_000**0.5 + 2e-3
    flowed = exact(ExactScore, path)._follow(starts, np.zeros_like(starts), rngs())
    assert np.corrcoef(starts[0, :, 0], flowed[0, :, 0])[0, 1] > 0.999


def test_the_score_of_a_normal_law():
    path = DiffusionPath(horizon=5.0, early=0.0)
    sampler = exact(ExactScore, path)
    object.__setattr__(sampler, "units", units(centre=2.0, scale=3.0))
    z = np.linspace(-4.0, 8.0, 7)[None, :, None]
    for s in (0.01, 0.5, 4.0):
        mean = 2.0 + 3.0 * np.exp(-s) * 0.7
        variance = 9.0 * (np.exp(-2 * s) * 0.16 + 1 - np.exp(-2 * s))
        found = sampler.score(np.array(s), z, np.zeros((1, 7, 1)))
        np.testing.assert_allclose(found, -(z - mean) / variance, rtol=1e-9)


def test_scores_out_of_range_are_refused():
    sampler = exact(ExactScore, DiffusionPath(horizon=5.0, early=0.0))
    with pytest.raises(ValueError, match=r"diffusion times must be positive and within \[0, 5\]; got 0 to 0"):
        sampler.score(np.array(0.0), np.zeros((1, 1, 1)), np.zeros((1, 1, 1)))


def test_early_must_be_below_horizon():
    with pytest.raises(ValueError, match="early must be below horizon; got 2 and 1; lower early"):
        ScoreMatching(early=2.0, horizon=1.0)
