"""Critics: what makes them 1-Lipschitz, the dual value against exact W1, slopes against closed forms."""

import numpy as np
import pytest
import torch

from lsdm_stats.nets.critics import (
    CriticTraining,
    GroupSortCritic,
    PenalisedCritic,
    critic_loss,
    dual_value,
    gradient_norms,
    measured_lipschitz,
)
from lsdm_stats.nets.networks import Layers, initial_layers
from lsdm_stats.wasserstein import exact

SHIFT = np.array([0.3, -0.4])


def rngs(count):
    return [np.random.default_rng(r) for r in range(count)]


def as_tensor(array):
    return torch.tensor(array, dtype=torch.float32)


def linear(in_x, in_z, weight=10.0):
    weights = torch.tensor([[[a] for a in (*in_x, *in_z)]], dtype=torch.float32)
    return PenalisedCritic(Layers((weights,), (torch.zeros(1, 1, 1),)), len(in_x), weight)


def random_critic(replicates, p, k, scale):
    layers = initial_layers((p + k, 8, 6, 1), rngs=rngs(replicates))
    return GroupSortCritic(layers.with_tensors([scale * t for t in layers.tensors]), p)


@pytest.mark.parametrize(("p", "k"), [(1, 2), (3, 1)])
@pytest.mark.parametrize("scale", [0.01, 1.0, 100.0])
def test_groupsort_critics_are_1_lipschitz_for_the_sum_metric_whatever_their_weights(p, k, scale):
    critic = random_critic(20, p, k, scale)
    rng = np.random.default_rng(0)
    first, second = (as_tensor(rng.normal(size=(20, 200, p + k)) * size) for size in (1.0, 3.0))
    assert float(measured_lipschitz(critic, first, second).max()) <= 1 + 1e-9


def test_a_groupsort_layer_of_one_unit_is_steep_in_both_blocks():
    layers = Layers((torch.tensor([[[0.3], [4.0], [-3.0]]]),), (torch.zeros(1, 1, 1),))
    points = torch.zeros(1, 2, 3)
    torch.testing.assert_close(gradient_norms(GroupSortCritic(layers, 1), points), torch.ones(1, 2))


def test_a_trained_groupsort_critic_reaches_w1_of_a_translation():
    rng = np.random.default_rng(0)
    x, z = rng.random((1, 60, 1)), rng.normal(size=(1, 60, 2))
    first, second = np.concatenate([x, z], axis=2), np.concatenate([x, z + SHIFT], axis=2)
    critic = GroupSortCritic(initial_layers((3, 16, 16, 1), rngs=rngs(1)), 1)
    training = CriticTraining(critic, 1e-2)
    for _ in range(300):
        training.step(as_tensor(first), as_tensor(second))
    value = float(dual_value(critic, as_tensor(first), as_tensor(second)))
    assert 0.49 < value <= exact(first[0], second[0], blocks=(1, 2)).value + 1e-6  # W1 is .5


def test_a_penalised_critic_reaches_w1_of_a_translation_once_divided_by_its_slope():
    rng = np.random.default_rng(0)
    x, z = rng.random((1, 60, 1)), rng.normal(size=(1, 60, 2))
    first = as_tensor(np.concatenate([x, z], axis=2))
    second = as_tensor(np.concatenate([x, z + SHIFT], axis=2))
    critic = PenalisedCritic(initial_layers((3, 16, 16, 1), rngs=rngs(1)), 1, 10.0)
    training = CriticTraining(critic, 1e-2)
    for _ in range(300):
        training.step(first, second)
    slope = float(measured_lipschitz(critic, first, second)[0])
    value = float(dual_value(critic, first, second)[0])
    assert 1.0 < slope < 1.3
    assert 0.4 < value / slope <= 0.5 + 1e-6


def test_dual_values_of_groupsort_critics_never_exceed_exact_w1():
    rng = np.random.default_rng(1)
    first, second = rng.normal(size=(5, 30, 3)), rng.normal(size=(5, 30, 3)) * 0.5
    values = dual_value(random_critic(5, 1, 2, 1.0), as_tensor(first), as_tensor(second))
    for r in range(5):
        assert abs(float(values[r])) <= exact(first[r], second[r], blocks=(1, 2)).value + 1e-6


def test_the_measured_slope_of_a_linear_critic_is_its_dual_norm():
    critic = linear((0.5,), (3.0, 4.0))
    points = as_tensor(np.random.default_rng(0).normal(size=(1, 20, 3)))
    torch.testing.assert_close(
        measured_lipschitz(critic, points, points + 1), torch.tensor([5.0], dtype=torch.float64)
    )


@pytest.mark.parametrize(("slope", "penalty"), [(0.5, 0.0), (1.0, 0.0), (3.0, 40.0)])
def test_the_penalty_is_the_squared_excess_over_one(slope, penalty):
    critic = linear((0.2,), (0.6 * slope, 0.8 * slope))
    points = as_tensor(np.random.default_rng(0).normal(size=(1, 20, 3)))
    assert float(critic.penalty(points, points + 1)) == pytest.approx(penalty, abs=1e-4)


def test_the_loss_of_several_draws_is_the_mean_over_the_draws():
    critic = linear((0.2,), (3.0, 0.0))
    rng = np.random.default_rng(0)
    observed, draws = as_tensor(rng.normal(size=(1, 10, 3))), as_tensor(rng.normal(size=(1, 20, 3)))
    expected = 40.0 - (critic(observed).mean() - critic(draws).mean())
    assert float(critic_loss(critic, observed, draws)) == pytest.approx(float(expected), rel=1e-5)


def test_a_diverged_replicate_leaves_the_others_alone():
    rng = np.random.default_rng(0)
    first, second = (as_tensor(rng.normal(size=(2, 20, 3))) for _ in range(2))
    ends = []
    for value in (0.5, float("nan")):
        first[0, 0, 0] = value
        critic = GroupSortCritic(initial_layers((3, 8, 1), rngs=rngs(2)), 1)
        training = CriticTraining(critic, 1e-2)
        for _ in range(5):
            training.step(first, second)
        ends.append([tensor[1].clone() for tensor in critic.layers.tensors])
    for before, after in zip(*ends, strict=True):
        assert torch.equal(before, after)
