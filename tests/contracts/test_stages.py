"""What every latent space and every matcher promises: one test for all cells of the grid.

A cell is fitted three times and every promise is read off these fits. The fast suite takes two latent spaces for each
matcher and at least three matchers for each latent space; ``-m 'slow or not slow'`` takes every cell.
"""

import copy
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pytest

from lsdm_stats import (
    LSDM,
    PCA,
    Autoencoder,
    Circle,
    ConvolutionalAutoencoder,
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
    Ensemble,
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
    ConvolutionalAutoencoder(dim=2, image_shape=(2, 2), channels=(3,), training=SHORT),
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
    Ensemble(matcher=EnergyScore(network=NETWORK), members=2),
)
REPLICATES = 3


def covering(rows, columns, taken):
    """All pairs of a row and a column; those that are not taken by their positions are marked slow."""
    return [
        pytest.param((row, column), marks=() if taken(i, j) else pytest.mark.slow)
        for i, row in enumerate(rows)
        for j, column in enumerate(columns)
    ]


CELLS = covering(LATENTS, MATCHERS, lambda i, j: (i - j) % len(LATENTS) in (0, 3))


def draw(replicates=REPLICATES, n_paired=20, n_unpaired=15):
    return TRUTH.draw(n_paired, n_unpaired, rngs=streams.data(1, TRUTH, replicates=range(replicates)))


def fit_rngs(method, replicates=REPLICATES):
    return streams.fit(1, TRUTH, method, replicates=range(replicates))


def noise_rngs(replicates=REPLICATES):
    return [np.random.default_rng(r) for r in range(replicates)]


def name(pair):
    return "-".join(type(spec).__name__ for spec in pair)


@dataclass(frozen=True)
class Cell:
    """A method and what it does with the same data, whatever the global random states are."""

    method: LSDM

    @cached_property
    def data(self):
        return draw()

    @cached_property
    def fitted(self):
        return self.method.fit(self.data, rngs=fit_rngs(self.method))

    @cached_property
    def draws(self):
        return self.fitted.sample(self.data.conditions, rngs=noise_rngs())


@pytest.fixture(scope="module", params=CELLS, ids=name)
def cell(request):
    latent, matcher = request.param
    return Cell(LSDM(latent=latent, matcher=matcher))


def test_the_catalogues_are_covered():
    assert {type(latent) for latent in LATENTS} == set(latents.CATALOGUE)
    assert {type(matcher) for matcher in MATCHERS} == set(matchers.CATALOGUE)


def test_fits_are_deterministic_and_neither_read_nor_write_global_random_states(cell):
    import torch

    assert cell.draws.shape == (REPLICATES, 20, 4)
    assert np.isfinite(cell.draws).all()
    np.random.seed(1)  # noqa: NPY002
    torch.manual_seed(1)
    before = (copy.deepcopy(np.random.get_state()), torch.get_rng_state())  # noqa: NPY002
    again = Cell(cell.method).draws
    after = (np.random.get_state(), torch.get_rng_state())  # noqa: NPY002
    np.testing.assert_array_equal(cell.draws, again)
    np.testing.assert_array_equal(before[0][1], after[0][1])
    assert bool((before[1] == after[1]).all())


def test_replicates_do_not_touch_each_other(cell):
    data = cell.data
    conditions, responses, unpaired = (np.array(a) for a in (data.conditions, data.responses, data.unpaired))
    conditions[1] += 0.1
    responses[1] *= 1.7
    unpaired[1] -= 0.3
    changed = cell.method.fit(SemiSupervised(conditions, responses, unpaired), rngs=fit_rngs(cell.method))
    after = changed.sample(data.conditions, rngs=noise_rngs())
    np.testing.assert_array_equal(cell.draws[[0, 2]], after[[0, 2]])


def test_one_replicate_can_be_taken_out_and_sampled_alone(cell):
    alone, x = cell.fitted[1], cell.data.conditions[1]
    np.testing.assert_allclose(alone.sample(x, rng=noise_rngs()[1]), cell.draws[1], atol=1e-5)
    assert alone.sample(x[:5], rng=np.random.default_rng(0)).shape == (5, 4)
    assert alone.sample(x[:5], n_draws=1, rng=np.random.default_rng(0)).shape == (1, 5, 4)
    assert alone.sample(x[:5], n_draws=3, rng=np.random.default_rng(0)).shape == (3, 5, 4)
    with pytest.raises(IndexError):
        cell.fitted[REPLICATES]


def test_empty_conditions_and_no_draws_are_refused(cell):
    alone = cell.fitted[0]
    with pytest.raises(ValueError, match="at least one row"):
        alone.sample(np.empty((0, 1)), rng=np.random.default_rng(0))
    with pytest.raises(ValueError, match="n_draws must be"):
        alone.sample([[0.5]], n_draws=0, rng=np.random.default_rng(0))


BY_LABEL = [
    *((latent, EnergyScore(network=NETWORK)) for latent in LATENTS),
    *((Identity(), matcher) for matcher in MATCHERS if not isinstance(matcher, ArcFamily | TrueConditional)),
]


@pytest.mark.parametrize("pair", BY_LABEL, ids=name)
def test_labels_are_conditions_too(pair):
    latent, matcher = pair
    data = draw(1)
    labels = np.array([3, 7, 8, 7] * 5)
    method = LSDM(latent=latent, matcher=matcher)
    rng = np.random.default_rng(0)
    fitted = method.fit_arrays(labels, data.responses[0], data.unpaired[0], rng=rng)
    assert fitted.sample([7, 3, 3], rng=rng).shape == (3, 4)
    assert fitted.sample([8], n_draws=2, rng=rng).shape == (2, 1, 4)
    with pytest.raises(ValueError, match="at least one label"):
        fitted.sample(np.empty(0, dtype=int), rng=rng)
    with pytest.raises(ValueError, match=r"labels must be among those of the training data \[3, 7, 8\]; got 4"):
        fitted.sample([4], rng=rng)


TRAINED = (
    EnergyScore(network=NETWORK),
    ExactTransport(network=NETWORK),
    ExactTransport(network=NETWORK, warm_start=40),
    LocalTransport(network=NETWORK, windows=Windows(size=6, per_step=2), warm_start=40),
    SinkhornMatcher(network=NETWORK, iterations=10),
    CRITIC,
    CRITIC.replace(constraint="gradient_penalty"),
    *REGRESSIONS,
)


@pytest.mark.parametrize("pair", covering((Identity(), *NEURAL_LATENTS), TRAINED, lambda i, j: i * j == 0), ids=name)
def test_nan_in_one_replicates_weights_fails_that_replicate_only(pair, monkeypatch):
    from lsdm_stats.nets import optimiser

    latent, matcher = pair
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
        ConvolutionalAutoencoder(dim=5, image_shape=(2, 2)),
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
