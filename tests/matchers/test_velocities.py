"""Flow and score matching on laws with known velocities, and against an adaptive solver.

Statistical tests compare moments with their exact values at five standard errors (false alarms below 1e-5 each) plus a
stated allowance for the fit.
"""

import numpy as np
import pytest
from scipy import integrate

from lsdm_stats.latents import Identity
from lsdm_stats.matchers.flow_matching import FlowMatching
from lsdm_stats.matchers.score_matching import ScoreMatching
from lsdm_stats.matchers.velocity import VelocityNetwork
from lsdm_stats.nets.rule import Training
from lsdm_stats.samples import LatentPairs, LatentSampler, Velocity


def rngs(count=1, seed=0):
    return [np.random.default_rng([seed, r]) for r in range(count)]


def pairs_of(conditions, latents):
    return LatentPairs(conditions, latents, Identity().fit(latents, rngs=rngs(len(latents))))


LINEAR = Training(max_steps=1_500, patience=300)


@pytest.fixture(scope="module")
def linear_pairs():
    """X normal, Z = (2 + 3 X + .5 e1, X - e2): the conditional law of every x is normal."""
    conditions, noise = np.random.default_rng(0).normal(size=(1, 4_000, 3))[..., :1], rngs(seed=1)[0]
    errors = noise.normal(size=(1, 4_000, 2)) * [0.5, 1.0]
    return pairs_of(conditions, np.array([2.0, 0.0]) + conditions * [3.0, 1.0] + errors)


@pytest.fixture(scope="module", params=["flow", "score"])
def linear_fit(request, linear_pairs):
    network = VelocityNetwork(hidden=(32, 32), n_draws=4, training=LINEAR)
    method = FlowMatching(network=network) if request.param == "flow" else ScoreMatching(network=network)
    return method.fit(linear_pairs, rngs=rngs())


def test_fits_follow_the_protocols(linear_fit):
    assert isinstance(linear_fit, Velocity)
    assert isinstance(linear_fit, LatentSampler)
    assert linear_fit.failures == (None,)


def true_velocity(fit, times, z, x):
    """Velocity of normal conditional laws by theory.md, E1, for noise with centre c and scale s."""
    (centre, scale), (a, b), (a_rate, b_rate) = fit.start, fit.weights(times), fit.path.rates(times)
    mean = np.array([2.0, 0.0]) + x * [3.0, 1.0] - centre
    deviation = np.array([0.5, 1.0])
    variance = (b * scale) ** 2 + (a * deviation) ** 2
    slope = (b * b_rate * scale**2 + a * a_rate * deviation**2) / variance
    return a_rate * mean + slope * (z - centre - a * mean)


def test_velocities_of_normal_conditional_laws(linear_fit):
    """Relative mean square error on true paths below 3 %."""
    rng = np.random.default_rng(5)
    x = rng.normal(size=(1, 2_000, 1))
    z1 = np.array([2.0, 0.0]) + x * [3.0, 1.0] + rng.normal(size=(1, 2_000, 2)) * [0.5, 1.0]
    centre, scale = linear_fit.start
    for time in (0.1, 0.5, 0.9):
        a, b = (float(part) for part in linear_fit.weights(np.array(time)))
        z = centre + a * (z1 - centre) + b * scale * rng.normal(size=z1.shape)
        truth = true_velocity(linear_fit, np.array(time), z, x)
        found = linear_fit.velocity(np.array(time), z, x)
        assert np.mean((found - truth) ** 2) < 0.03 * np.mean(truth**2)


def test_draws_of_normal_conditional_laws(linear_fit):
    """Means and standard deviations at three conditions: 5 standard errors and 10 % of a standard deviation."""
    for x in (-1.0, 0.0, 1.0):
        draws = linear_fit.sample(np.full((1, 4_000, 1), x), rngs=rngs(seed=3))[0]
        deviation = np.array([0.5, 1.0])
        allowance = (5 / 4_000**0.5 + 0.1) * deviation
        assert (np.abs(draws.mean(axis=0) - [2 + 3 * x, x]) < allowance).all()
        assert (np.abs(draws.std(axis=0) - deviation) < allowance).all()


def test_a_draw_ends_where_its_velocity_leads(linear_fit):
    """Against an adaptive solver of the same equation, from the same starts."""
    x = np.linspace(-1, 1, 5)[None, :, None]
    noise = rngs(seed=4)[0].standard_normal((5, 2))
    centre, scale = linear_fit.start

    def rate(time, z):
        return linear_fit.velocity(np.array(time), z.reshape(1, 5, 2), x).ravel()

    solved = integrate.solve_ivp(rate, (0.0, 1.0), (centre + scale * noise).ravel(), rtol=1e-5, atol=1e-6).y[:, -1]
    np.testing.assert_allclose(linear_fit.sample(x, rngs=rngs(seed=4))[0], solved.reshape(5, 2), atol=0.01)


def test_both_samplers_of_one_score_fit_agree(linear_pairs):
    """The same network: means and standard deviations of ODE and SDE draws agree to 5 standard errors and .05."""
    network = VelocityNetwork(hidden=(16,), training=Training(max_steps=1_000, patience=300))
    x = np.full((1, 4_000, 1), 0.5)
    ode, sde = (
        ScoreMatching(network=network, sampler=sampler).fit(linear_pairs, rngs=rngs()).sample(x, rngs=rngs(seed=3))[0]
        for sampler in ("ode", "sde")
    )
    allowance = 5 * (2 / 4_000) ** 0.5 * ode.std(axis=0) + 0.05
    assert (np.abs(ode.mean(axis=0) - sde.mean(axis=0)) < allowance).all()
    assert (np.abs(ode.std(axis=0) - sde.std(axis=0)) < allowance).all()


@pytest.mark.parametrize("method", [FlowMatching, ScoreMatching], ids=lambda m: m.__name__)
def test_both_modes_are_found(method):
    """Z = ±1 with small spread at every x: the share of each within .05, little mass between."""
    rng = np.random.default_rng(0)
    latents = np.where(rng.random((1, 2_000, 1)) < 0.3, -1.0, 1.0) + 0.1 * rng.normal(size=(1, 2_000, 1))
    pairs = pairs_of(rng.normal(size=(1, 2_000, 1)), latents)
    rule = Training(max_steps=1_200, patience=400)
    fit = method(network=VelocityNetwork(hidden=(32, 32), n_draws=4, training=rule)).fit(pairs, rngs=rngs())
    draws = fit.sample(np.zeros((1, 4_000, 1)), rngs=rngs(seed=3))[0, :, 0]
    assert np.mean(draws < 0) == pytest.approx(0.3, abs=0.09)
    assert np.mean(np.abs(draws) < 0.5) < 0.05
