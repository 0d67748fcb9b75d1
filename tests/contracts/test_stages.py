"""What every latent space and every matcher promises: one test for all cells of the grid."""

import copy

import numpy as np
import pytest

from lsdm_stats import (
    LSDM,
    PCA,
    Autoencoder,
    Circle,
    EnergyScore,
    ExactTransport,
    Identity,
    IsotropicNoise,
    NearestNeighbours,
    SemiSupervised,
    SwissRoll,
    Training,
    TrueChart,
    TrueConditional,
    latents,
    matchers,
    streams,
)
from lsdm_stats.matchers import (
    ArcFamily,
    Critic,
    FlowMatching,
    LocalTransport,
    MixtureDensity,
    ScoreMatching,
    SinkhornMatcher,
    VelocityNetwork,
    Windows,
)
from lsdm_stats.matchers.generator import GeneratorNetwork

TRUTH = SwissRoll(ambient_dim=4, noise=IsotropicNoise(scale=0.05))
SHORT = Training(max_steps=60, patience=40, check_every=20, batch_size=16)
NETWORK = GeneratorNetwork(hidden=(8,), noise_dim=3, training=SHORT)
NEURAL_LATENTS = (
    Autoencoder(dim=2, hidden=(8,), training=SHORT),
    latents.VariationalAutoencoder(dim=2, hidden=(8,), training=SHORT),
    latents.WassersteinAutoencoder(dim=2, hidden=(8,), training=SHORT),
    latents.HoldoutDim(candidates=tuple(Autoencoder(dim=k, hidden=(8,), training=SHORT) for k in (1, 2))),
)
LATENTS = (Identity(), PCA(dim=2), *NEURAL_LATENTS, TrueChart(population=TRUTH))
CRITIC = Critic(network=NETWORK, hidden=(6, 4), warm_start=40, critic_start=20)
VELOCITY = VelocityNetwork(hidden=(8,), n_draws=2, training=SHORT)
REGRESSIONS = (
    FlowMatching(network=VELOCITY, n_steps=4),
    ScoreMatching(network=VELOCITY, sampler="sde", n_steps=4),
    MixtureDensity(n_components=3, hidden=(8,), training=SHORT),
)
MATCHERS = (
    ArcFamily(population=Circle(ambient_dim=4), points=20, max_evaluations=4, encoder_lipschitz=1e6),
    EnergyScore(network=NETWORK),
    ExactTransport(network=NETWORK),
    NearestNeighbours(),
    TrueConditional(population=TRUTH),
    LocalTransport(network=NETWORK, windows=Windows(size=6, per_step=2), warm_start=40),
    SinkhornMatcher(network=NETWORK, iterations=10),
    CRITIC,
    *REGRESSIONS,
)
GRID = [LSDM(latent=latent, matcher=matcher) for latent in LATENTS for matcher in MATCHERS]
REPLICATES = 3


def draw(replicates=REPLICATES, n_paired=20, n_unpaired=15):
    return TRUTH.draw(n_paired, n_unpaired, rngs=streams.data(1, TRUTH, replicates=range(replicates)))


def fit_rngs(method, replicates=REPLICATES):
    return streams.fit(1, TRUTH, method, replicates=range(replicates))


def noise_rngs(replicates=REPLICATES):
    return [np.random.default_rng(r) for r in range(replicates)]


def name(method):
    return f"{type(method.latent).__name__}-{type(method.matcher).__name__}"


def test_the_catalogues_are_covered():
    assert {type(latent) for latent in LATENTS} == set(latents.CATALOGUE)
    assert {type(matcher) for matcher in MATCHERS} == set(matchers.CATALOGUE)


@pytest.mark.parametrize("method", GRID, ids=name)
def test_fit_is_deterministic_and_samples_have_the_right_shape(method):
    data = draw()
    conditions = data.conditions[:, :7]
    first, second = (method.fit(data, rngs=fit_rngs(method)).sample(conditions, rngs=noise_rngs()) for _ in range(2))
    assert first.shape == (REPLICATES, 7, 4)
    np.testing.assert_array_equal(first, second)


@pytest.mark.parametrize("method", GRID, ids=name)
def test_replicates_do_not_touch_each_other(method):
    data = draw()
    conditions, responses, unpaired = (np.array(a) for a in (data.conditions, data.responses, data.unpaired))
    conditions[1] += 0.1
    responses[1] *= 1.7
    unpaired[1] -= 0.3
    changed = SemiSupervised(conditions, responses, unpaired)
    fits = [method.fit(d, rngs=fit_rngs(method)) for d in (data, changed)]
    before, after = (fit.sample(data.conditions, rngs=noise_rngs()) for fit in fits)
    np.testing.assert_array_equal(before[[0, 2]], after[[0, 2]])


@pytest.mark.parametrize("method", GRID, ids=name)
def test_no_global_random_state_is_read_or_written(method):
    import torch

    data = draw()
    results, states = [], []
    for seed in (0, 1):
        np.random.seed(seed)  # noqa: NPY002
        torch.manual_seed(seed)
        before = (copy.deepcopy(np.random.get_state()), torch.get_rng_state())  # noqa: NPY002
        results.append(method.fit(data, rngs=fit_rngs(method)).sample(data.conditions, rngs=noise_rngs()))
        after = (np.random.get_state(), torch.get_rng_state())  # noqa: NPY002
        states.append(np.array_equal(before[0][1], after[0][1]) and bool((before[1] == after[1]).all()))
    np.testing.assert_array_equal(results[0], results[1])
    assert all(states)


@pytest.mark.parametrize("method", GRID, ids=name)
def test_one_replicate_can_be_taken_out_and_sampled_alone(method):
    data = draw()
    fitted = method.fit(data, rngs=fit_rngs(method))
    alone = fitted[1]
    x = data.conditions[1, :5]
    assert alone.sample(x, rng=np.random.default_rng(0)).shape == (5, 4)
    draws = alone.sample(x, n_draws=3, rng=np.random.default_rng(0))
    assert draws.shape == (3, 5, 4)
    with pytest.raises(IndexError):
        fitted[REPLICATES]


@pytest.mark.parametrize("method", GRID, ids=name)
def test_empty_conditions_are_refused(method):
    fitted = method.fit(draw(), rngs=fit_rngs(method))
    with pytest.raises(ValueError, match="at least one row"):
        fitted[0].sample(np.empty((0, 1)), rng=np.random.default_rng(0))


@pytest.mark.parametrize(
    "matcher",
    [
        EnergyScore(network=NETWORK),
        ExactTransport(network=NETWORK),
        ExactTransport(network=NETWORK, warm_start=40),
        LocalTransport(network=NETWORK, windows=Windows(size=6, per_step=2), warm_start=40),
        SinkhornMatcher(network=NETWORK, iterations=10),
        CRITIC,
        CRITIC.replace(constraint="gradient_penalty"),
        *REGRESSIONS,
    ],
    ids=lambda m: type(m).__name__,
)
@pytest.mark.parametrize("latent", [Identity(), *NEURAL_LATENTS], ids=lambda s: type(s).__name__)
def test_nan_in_one_replicates_weights_fails_that_replicate_only(latent, matcher, monkeypatch):
    from lsdm_stats.nets import optimiser

    method = LSDM(latent=latent, matcher=matcher)
    data = draw()
    healthy = method.fit(data, rngs=fit_rngs(method)).sample(data.conditions, rngs=noise_rngs())

    step = optimiser.Adam.step

    def planting(self, gradients, learning_rates):
        step(self, gradients, learning_rates)
        if self._steps == 30:
            self._tensors[0][1, 0, 0] = float("nan")

    monkeypatch.setattr(optimiser.Adam, "step", planting)
    fitted = method.fit(data, rngs=fit_rngs(method))
    assert [reason is None for reason in fitted.failures] == [True, False, True]
    assert "diverged: the hold-out score is not finite at step 40" in fitted.failures[1]
    after = fitted.sample(data.conditions, rngs=noise_rngs())
    np.testing.assert_array_equal(healthy[[0, 2]], after[[0, 2]])
    with pytest.raises(RuntimeError, match="diverged"):
        fitted[1]


@pytest.mark.parametrize(
    "latent",
    [
        PCA(dim=5),
        Autoencoder(dim=5),
        latents.VariationalAutoencoder(dim=5),
        latents.WassersteinAutoencoder(dim=5),
        latents.HoldoutDim(candidates=(PCA(dim=5),)),
    ],
    ids=lambda s: type(s).__name__,
)
def test_a_latent_space_larger_than_the_ambient_one_is_refused(latent):
    with pytest.raises(ValueError, match=r"latent dim must be in \[1, 4\]"):
        LSDM(latent=latent).fit(draw(), rngs=fit_rngs(latent))


def test_a_neural_fit_to_one_observation_is_refused():
    method = LSDM(latent=Identity(), matcher=EnergyScore(network=NETWORK))
    with pytest.raises(ValueError, match="at least 2 observations"):
        method.fit(draw(n_paired=1), rngs=fit_rngs(method))
