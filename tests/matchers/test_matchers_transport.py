"""Matchers by transport: a law that is known, windows against a sort, phases that hold out the same pairs."""

import numpy as np
import pytest
import torch

from lsdm_stats.matchers.critic import Critic
from lsdm_stats.matchers.energy_score import EnergyScore
from lsdm_stats.matchers.exact_transport import ExactTransport
from lsdm_stats.matchers.generator import GeneratorNetwork
from lsdm_stats.matchers.generator_training import GeneratorTraining
from lsdm_stats.matchers.local_transport import LocalTransport
from lsdm_stats.matchers.sinkhorn import SinkhornMatcher
from lsdm_stats.matchers.windows import Windows
from lsdm_stats.nets.losses import energy_score
from lsdm_stats.nets.rule import Training
from lsdm_stats.nets.training import train
from lsdm_stats.samples import LatentPairs

NETWORK = GeneratorNetwork(hidden=(16,), noise_dim=2, training=Training(max_steps=400, patience=200, batch_size=64))
GROUPSORT = Critic(network=NETWORK, hidden=(16, 16), warm_start=200, critic_start=100)
SHORT = NETWORK.replace(training=Training(max_steps=60, batch_size=16, check_every=20))
MATCHERS = {
    "exact": ExactTransport(network=NETWORK),
    "exact-warm": ExactTransport(network=NETWORK, warm_start=200),
    "exact-averaged": ExactTransport(network=NETWORK, warm_start=200, averaging=0.9),
    "sinkhorn": SinkhornMatcher(network=NETWORK, iterations=20),
    "local": LocalTransport(network=NETWORK, windows=Windows(size=24, per_step=2), warm_start=200),
    "groupsort": GROUPSORT,
    "penalty": GROUPSORT.replace(constraint="gradient_penalty"),
    "groupsort-averaged": GROUPSORT.replace(averaging=0.9, keep_start=True),
}


def rngs(count=2):
    return [np.random.default_rng(r) for r in range(count)]


def linear_pairs(n=400, replicates=2):
    """Z given x normal with mean 2 x - 1 and standard deviation .3."""
    rng = np.random.default_rng(1)
    x = rng.random((replicates, n, 1))
    return LatentPairs(x, 2 * x - 1 + 0.3 * rng.normal(size=x.shape), None)


@pytest.mark.parametrize("matcher", MATCHERS.values(), ids=MATCHERS)
def test_a_normal_conditional_law_is_found(matcher):
    """Tolerances are over 5 standard errors of what 400 pairs say: false alarms are rarer than one in 10,000."""
    fitted = matcher.fit(linear_pairs(), rngs=rngs())
    assert fitted.failures == (None, None)
    for x in (0.25, 0.75):
        drawn = fitted.sample(np.full((2, 4_000, 1), x), rngs=rngs())
        np.testing.assert_allclose(drawn.mean(axis=(1, 2)), 2 * x - 1, atol=0.12)
        np.testing.assert_allclose(drawn.std(axis=(1, 2)), 0.3, atol=0.1)


@pytest.mark.parametrize("constraint", ["groupsort", "gradient_penalty"])
def test_the_critics_slope_is_measured(constraint):
    fitted = GROUPSORT.replace(constraint=constraint, network=SHORT).fit(linear_pairs(n=100), rngs=rngs())
    assert fitted.critic_lipschitz.shape == (2,)
    assert (fitted.critic_lipschitz > 0.3).all()
    assert (fitted.critic_lipschitz <= (1 + 1e-9 if constraint == "groupsort" else 2.0)).all()
    np.testing.assert_array_equal(fitted.select([1]).critic_lipschitz, fitted.critic_lipschitz[1:])


def test_the_critics_slope_does_not_depend_on_the_other_replicates():
    matcher, pairs = GROUPSORT.replace(network=SHORT), linear_pairs(n=60)
    changed = LatentPairs(pairs.conditions, pairs.latents * [[[1.0]], [[-3.0]]], None)
    first, second = (matcher.fit(data, rngs=rngs()).critic_lipschitz for data in (pairs, changed))
    assert first[0] == second[0]


@pytest.mark.parametrize("hidden", [(), (8, 7)])
def test_odd_critics_are_refused(hidden):
    with pytest.raises(ValueError, match="widths must be even, and at least one"):
        Critic(hidden=hidden)


@pytest.mark.parametrize(("field", "off", "on"), [("warm_start", 0, 1), ("averaging", 0.0, 0.5)])
def test_what_is_not_asked_for_changes_no_digest(field, off, on):
    published = "922af2024d58dc900e9f7e5a51f123918b1b1c88c40aae33cdcb9fdf4d0e6caf"
    assert ExactTransport().digest == ExactTransport(**{field: off}).digest == published
    assert ExactTransport(**{field: on}).digest != published


def test_noise_of_the_conditions_moves_them_in_training_alone():
    noisy = NETWORK.replace(input_noise=0.3)
    assert NETWORK.digest == NETWORK.replace(input_noise=0.0).digest != noisy.digest
    given = noisy.training_noise(np.random.default_rng(0), (5_000, 4), condition_dim=1)
    np.testing.assert_array_equal(given[..., :2], NETWORK.noise(np.random.default_rng(0), (5_000, 4)))
    assert given.shape == (5_000, 4, 3)
    assert abs(given[..., 2].std() - 0.3) < 0.01  # 7 standard errors
    pairs = linear_pairs(n=40)
    training = GeneratorTraining.begin(pairs, noisy, rngs=rngs())
    rows, noise = torch.zeros(2, 40, 1), torch.tensor(given[:80].reshape(2, 40, 4, 3), dtype=torch.float32)
    moved = [training.draw(rows + noise[:, :, j, 2:], noise[:, :, [j], :2]) for j in range(4)]
    torch.testing.assert_close(training.draw(rows, noise), torch.cat(moved, dim=2))
    fitted = EnergyScore(network=noisy).fit(linear_pairs(), rngs=rngs())
    for x in (0.25, 0.75):
        drawn = fitted.sample(np.full((2, 4_000, 1), x), rngs=rngs())
        np.testing.assert_allclose(drawn.mean(axis=(1, 2)), 2 * x - 1, atol=0.12)


@pytest.mark.parametrize("size", [5, 60])
def test_windows_against_a_sort(size):
    rng = np.random.default_rng(0)
    x, z = rng.normal(size=(2, 40, 3)), rng.normal(size=(2, 40, 1))
    rows, targets = Windows(size=size).gather([torch.tensor(x), torch.tensor(z)])
    count = min(size, 40)
    assert rows.shape == (2, 40, count, 3)
    for r in range(2):
        nearest = np.linalg.norm(x[r, :, None] - x[r], axis=2).argsort(axis=1)[:, :count]
        np.testing.assert_array_equal(np.sort(targets[r, :, :, 0].numpy(), axis=1), np.sort(z[r, nearest, 0], axis=1))


def test_all_phases_hold_out_the_same_pairs():
    training = GeneratorTraining.begin(linear_pairs(n=40), NETWORK, rngs=rngs())
    rule = Training(max_steps=50, batch_size=8)
    seen = [set(), set(), set()]

    def recording(phase):
        def loss(conditions, draws, targets):
            if torch.is_grad_enabled():
                seen[phase].update(targets[0].flatten().tolist())
            return draws.square().mean(dim=(1, 2, 3))

        return loss

    training.minimise(recording(0), n_draws=1, rule=rule)
    training.minimise(recording(1), n_draws=3, rule=rule)
    training.minimise(recording(2), n_draws=1, rule=rule, windows=Windows(size=6))
    assert seen[0] == seen[1] == seen[2]
    assert len(seen[0]) == training.n_kept == 34


def test_the_first_failure_is_the_reason():
    training = GeneratorTraining.begin(linear_pairs(n=40), NETWORK, rngs=rngs())
    rule = Training(max_steps=20, check_every=10)
    good = training.minimise(lambda x, g, z: g.square().mean(dim=(1, 2, 3)), n_draws=1, rule=rule)
    training.layers.weights[0][1] = float("nan")
    bad = training.minimise(lambda x, g, z: g.square().mean(dim=(1, 2, 3)), n_draws=1, rule=rule)
    for phases in ((good, bad), (bad, good)):
        assert training.finish(*phases).failures == (
            None,
            "generator: diverged: the hold-out score is not finite at step 10",
        )


def energy_score_of(sign):
    return lambda conditions, draws, targets: sign * energy_score(draws, targets)


def test_averages_are_scored_and_kept():
    """The weights of steps 0, 1, 2 and 3, averaged by hand; the score is that of the average."""
    training, path = GeneratorTraining.begin(linear_pairs(n=40), NETWORK, rngs=rngs()), []

    def loss(conditions, draws, targets):
        path.append(training.layers.weights[0].detach().clone())
        return energy_score(draws, targets)

    rule = Training(max_steps=4, check_every=4, batch_size=8)
    trained = training.minimise(loss, n_draws=2, rule=rule, averaging=0.75)
    expected = path[0]
    for weights in path:
        expected = 0.75 * expected + 0.25 * weights
    assert len(path) == 4
    torch.testing.assert_close(training.layers.weights[0], expected)
    still = training.minimise(energy_score_of(0.0), n_draws=2, rule=rule)
    np.testing.assert_array_equal(still.scores, trained.scores)


def test_a_phase_that_does_not_improve_is_taken_back():
    """One replicate goes astray and returns with its companions to the bit; the other goes on from a poor start."""
    training, companion = GeneratorTraining.begin(linear_pairs(n=200), NETWORK, rngs=rngs()), torch.zeros(2, 1, 1)
    start = training.minimise(energy_score_of(torch.tensor([1.0, 0.0])), n_draws=4)
    before = [tensor.clone() for tensor in training.layers.tensors]

    def loss(conditions, draws, targets):
        with torch.no_grad():
            companion.add_(1)
        return torch.tensor([-1.0, 1.0]) * energy_score(draws, targets)

    rule = NETWORK.training.replace(max_steps=100)
    after = training.minimise(loss, n_draws=4, rule=rule, companions=[companion], start=start)
    assert after.best_steps[0] == companion[0] == 0 < companion[1]
    assert after.scores[0] == start.scores[0]
    assert after.scores[1] < start.scores[1]
    assert all(torch.equal(tensor[0], old[0]) for tensor, old in zip(training.layers.tensors, before, strict=True))
    assert not torch.equal(training.layers.weights[0][1], before[0][1])


def test_a_failure_after_the_start_stays_a_failure():
    training = GeneratorTraining.begin(linear_pairs(n=40), NETWORK, rngs=rngs())
    start = training.warm_start(50)
    astray = torch.tensor([1.0, float("nan")])
    rule = Training(max_steps=100, batch_size=8)
    after = training.minimise(energy_score_of(astray), n_draws=2, rule=rule, averaging=0.5, start=start)
    assert after.failures[0] is None
    assert after.failures[1] is not None


def test_companions_end_as_they_were_at_the_best_step():
    weight, counter = torch.zeros(1, 1, 1), torch.zeros(1, 1, 1)

    def loss(batch):
        with torch.no_grad():
            counter.add_(1)
        return (batch[0] - weight).square().mean(dim=(1, 2))

    def score(batch):
        return (weight[:, 0, 0] - 0.05).abs()  # best on the way to the minimum of the loss

    rule = Training(max_steps=200, check_every=1, learning_rate=0.01)
    data = [np.ones((1, 20, 1))]
    trained = train([weight], data, loss=loss, score=score, rule=rule, rngs=rngs(1), companions=[counter])
    assert trained.best_steps[0] == counter.item() < 20
