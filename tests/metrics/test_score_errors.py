"""The terms of E2 and E3 measured for normal latents, whose generated law is known, and for two atoms."""

from itertools import pairwise

import numpy as np
import pytest
from known_flows import BIMODAL, NORMAL, flow, measured, total
from scipy import integrate

from lsdm_stats.bounds import DivergenceBound, ScoreBound
from lsdm_stats.matchers.paths import DiffusionPath
from lsdm_stats.matchers.score_matching import ScoreSampler
from lsdm_stats.metrics import ScoreErrors
from lsdm_stats.wasserstein import line


class ShiftedScore(ScoreSampler):
    """The exact score of normal latents plus a constant, in standard units."""

    def _with(self, truth, shift):
        object.__setattr__(self, "truth", truth)
        object.__setattr__(self, "shift", shift)
        return self

    @property
    def start(self):
        return self.truth.start

    @property
    def failures(self):
        return (None,)

    def score(self, diffusion_times, latents, conditions):
        exact = self.truth.score(self.diffusion.times(np.asarray(diffusion_times)), latents, conditions)
        return exact + self.shift / self.start[1]

    def sample(self, conditions, *, rngs):
        return np.zeros((1, conditions.shape[1], self.start[0].shape[2]))

    def select(self, replicates):
        return self


def shifted_score(source, shift, horizon=4.0, early=0.02):
    sampler, path = object.__new__(ShiftedScore), DiffusionPath(horizon=horizon, early=early)
    for name, value in {"path": path, "diffusion": path, "stochastic": False, "n_steps": 5}.items():
        object.__setattr__(sampler, name, value)
    return sampler._with(flow(source, path, centre=0.5, scale=0.8), np.asarray(shift))


@pytest.mark.parametrize(("form", "weight"), [("sde", 2.0), ("ode", 1.0)])
def test_equality_for_scores_of_normal_latents(form, weight):
    """E2: a constant error shifts the mean; the linear equation of the shift, solved by SciPy, is the bound to 1e-6."""
    shift = np.array([0.3, -0.4])
    metric = ScoreErrors(n_points=50, n_times=800, n_jacobians=5)
    values = measured(NORMAL, shifted_score(NORMAL, shift), [metric], n=50)
    ratio = (0.4 / 0.8) ** 2

    def rate(reverse, mean):
        s = 4.0 - reverse
        variance = ratio * np.exp(-2 * s) + 1 - np.exp(-2 * s)
        return mean + weight * (-mean / variance + 0.5)

    exact = integrate.solve_ivp(rate, (0, 3.98), [0.0], rtol=1e-11, atol=1e-13, max_step=0.01).y[0, -1]
    assert values[f"score.{form}.error"] == pytest.approx(exact, abs=1e-6)
    assert total(ScoreBound(form=form), values) >= exact
    assert values["score.loss"] == pytest.approx(0.25 * 3.98, rel=1e-9)


def test_divergences_of_normal_latents():
    """E3: KL of the law and of what is generated from the true start, a shift of the mean, is below the bound."""
    shift = np.array([0.3, -0.4])
    values = measured(NORMAL, shifted_score(NORMAL, shift), [ScoreErrors(n_points=50, n_times=400)], n=50)
    variance = 0.25 * np.exp(-0.04) + 1 - np.exp(-0.04)
    moved = values["score.sde.error"]
    bound = total(DivergenceBound(form="kl"), values)
    assert moved**2 / (2 * variance) < bound < 5.0
    assert total(DivergenceBound(form="tv"), values) == pytest.approx(np.sqrt(bound / 2))
    start = values["score.start_divergence"]
    assert 0 < start < 1e-2


def test_an_exact_score_leaves_only_the_ends():
    values = measured(NORMAL, shifted_score(NORMAL, np.zeros(2)), [ScoreErrors(n_points=50)], n=50)
    assert values["score.sde.error"] == pytest.approx(0, abs=1e-10)
    assert values["score.loss"] == pytest.approx(0, abs=1e-10)
    assert values["score.end"] > 0


def test_projected_draws_of_two_atoms():
    """E3.projected: reverse diffusion with a wrong score, 4,000 paths in small steps, projected to [-1, 1].

    W1 of the sample exceeds that of its law by .02 in mean (B0) and by .15 with probability below 1e-8 (C1).
    """
    atoms = BIMODAL.replace(scales=(0.0, 0.0))
    sampler = shifted_score(atoms, [0.3])
    values = measured(atoms, sampler, [ScoreErrors(n_points=200, n_times=200)], n=200)
    centre, scale, rng = 0.5, 0.8, np.random.default_rng(0)
    clock = np.geomspace(4.0, 0.02, 401)
    states, x = rng.standard_normal((1, 4_000, 1)), np.full((1, 4_000, 1), 0.5)
    for s, after in pairwise(clock):
        score = scale * sampler.score(s, centre + scale * states, x)
        noise = np.sqrt(2 * (s - after)) * rng.standard_normal(states.shape)
        states = states + (s - after) * (states + 2 * score) + noise
    low, high = (-1 - centre) / scale, (1 - centre) / scale
    draws = np.clip(states[0, :, 0], low, high)
    distance = line(draws, np.where(np.arange(4_000) % 2, low, high))
    bound = total(DivergenceBound(form="projected"), {**values, "support_diameter": high - low})
    assert distance - 0.15 <= bound
    assert distance > 0.05
    assert bound < high - low + values["score.end"]
