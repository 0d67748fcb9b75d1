"""The training loop: Adam against torch's, the stopping rule, hold-out, failure."""

import numpy as np
import pytest
import torch

from lsdm_stats.nets.losses import energy_score, matched_distance
from lsdm_stats.nets.networks import Layers, evaluate, initial_layers, one_thread
from lsdm_stats.nets.optimiser import Adam
from lsdm_stats.nets.rule import Training
from lsdm_stats.nets.training import train


def rngs(count=2):
    return [np.random.default_rng(r) for r in range(count)]


def test_adam_agrees_with_torch_for_one_replicate():
    start = torch.randn(1, 3, 2, generator=torch.Generator().manual_seed(0))
    ours, theirs = start.clone(), start.clone().requires_grad_(True)
    adam, reference = Adam([ours]), torch.optim.Adam([theirs], lr=0.01)
    for step in range(50):
        gradient = torch.randn(1, 3, 2, generator=torch.Generator().manual_seed(step + 1))
        adam.step([gradient], torch.full((1, 1, 1), 0.01))
        theirs.grad = gradient
        reference.step()
    torch.testing.assert_close(ours, theirs.detach(), rtol=1e-5, atol=1e-6)


def test_adam_clips_each_replicate_by_its_own_norm():
    tensors = [torch.zeros(2, 1, 1)]
    adam = Adam(tensors)
    adam.step([torch.tensor([[[1e6]], [[1.0]]])], torch.full((2, 1, 1), 0.1))
    torch.testing.assert_close(adam._means[0].flatten(), torch.tensor([1.0, 0.1]))


def test_networks_agree_with_a_loop_over_replicates():
    layers = initial_layers((3, 5, 2), rngs=rngs())
    inputs = np.random.default_rng(0).normal(size=(2, 4, 3))
    out = evaluate(layers, inputs)
    for r in range(2):
        hidden = torch.nn.functional.silu(
            torch.tensor(inputs[r], dtype=torch.float32) @ layers.weights[0][r] + layers.biases[0][r]
        )
        expected = hidden @ layers.weights[1][r] + layers.biases[1][r]
        np.testing.assert_allclose(out[r], expected.numpy(), rtol=1e-5, atol=1e-6)


def test_one_thread_restores_the_thread_count():
    before = torch.get_num_threads()
    with one_thread():
        assert torch.get_num_threads() == 1
    assert torch.get_num_threads() == before


def scalar_problem(targets, rule, n=40):
    """Fit one number per replicate to noisy observations of a target by squared error."""
    weight = torch.zeros(len(targets), 1, 1)
    data = np.stack([t + 0.1 * rng.normal(size=(n, 1)) for t, rng in zip(targets, rngs(len(targets)), strict=True)])

    def loss(batch):
        return (batch[0] - weight).square().mean(dim=(1, 2))

    return weight, data, train([weight], [data], loss=loss, score=loss, rule=rule, rngs=rngs(len(targets)))


def test_training_finds_the_minimum_of_every_replicate():
    weight, data, trained = scalar_problem(
        [1.0, -2.0], Training(max_steps=3000, patience=200, learning_rate=0.02, batch_size=8)
    )
    np.testing.assert_allclose(weight.flatten().numpy(), data.mean(axis=(1, 2)), atol=0.05)
    assert trained.failures == (None, None)
    assert (trained.last_steps >= trained.best_steps).all()


def test_patience_ends_training_before_the_budget():
    _, _, trained = scalar_problem([0.0], Training(max_steps=50_000, patience=100, n_decays=1))
    assert trained.last_steps[0] < 5_000


def test_the_budget_ends_training():
    _, _, trained = scalar_problem([1e4], Training(max_steps=120, patience=1_000, check_every=50))
    assert trained.last_steps[0] == 120


def test_a_replicate_that_stops_early_keeps_its_best_weights():
    rule = Training(max_steps=400, patience=50, n_decays=0, learning_rate=0.05, check_every=10)
    together, _, trained = scalar_problem([0.0, 50.0], rule)
    alone, _, _ = scalar_problem([0.0], rule)
    assert trained.last_steps[0] < trained.last_steps[1]
    assert together[0].item() == alone[0].item()


@pytest.mark.parametrize("blow_up", [False, True], ids=["all end well", "one diverges"])
def test_replicates_that_leave_the_block_change_nothing(blow_up):
    rule = Training(max_steps=400, patience=10, n_decays=0, learning_rate=0.05, check_every=5, batch_size=16)
    data = np.random.default_rng(0).normal(size=(5, 60, 3))
    results, sizes = [], []
    for drops in (False, True):
        layers = initial_layers((3, 4, 3), rngs=rngs(5))
        batches = set()

        def loss(batch, layers=layers, batches=batches):
            rows, noise = batch
            batches.add(len(rows))
            return (layers(rows + 0.1 * noise) - rows).square().mean(dim=(1, 2))

        def draw(rng, n):
            return rng.standard_normal((n, 3))

        if blow_up:
            layers.weights[0][2] = float("inf")
        trained = train(layers.tensors, [data], loss=loss, score=loss, rule=rule, rngs=rngs(5), noise=draw,
                        score_noise=draw, drops_finished=drops)
        results.append((trained, layers))
        sizes.append(batches)
    (kept, kept_layers), (dropped, dropped_layers) = results
    assert len(set(kept.last_steps.tolist())) > 2
    assert sizes[0] == {5}
    assert len(sizes[1]) > 2
    assert kept.failures == dropped.failures
    assert (kept.failures[2] is not None) == blow_up
    for name in ("best_steps", "last_steps", "scores"):
        np.testing.assert_array_equal(getattr(kept, name), getattr(dropped, name))
    for first, second in zip(kept_layers.tensors, dropped_layers.tensors, strict=True):
        np.testing.assert_array_equal(first.numpy(), second.numpy())


def test_doubling_the_budget():
    rule = Training(max_steps=10, patience=4)
    assert (rule.doubled().max_steps, rule.doubled().patience) == (20, 8)


@pytest.mark.parametrize(("n", "expected"), [(2, 1), (3, 1), (50, 8), (200, 30), (100_000, 2_000)])
def test_holdout_sizes(n, expected):
    assert Training().holdout_size(n) == expected


def test_energy_score_against_a_double_loop():
    draws = torch.randn(1, 3, 4, 2, generator=torch.Generator().manual_seed(0))
    targets = torch.randn(1, 3, 2, generator=torch.Generator().manual_seed(1))
    total = 0.0
    for i in range(3):
        to_target = np.mean([float((draws[0, i, j] - targets[0, i]).norm()) for j in range(4)])
        between = np.mean(
            [float((draws[0, i, j] - draws[0, i, k]).norm()) for j in range(4) for k in range(4) if j != k]
        )
        total += to_target - 0.5 * between
    assert float(energy_score(draws, targets)) == pytest.approx(total / 3, rel=1e-5)


def test_energy_score_is_unbiased_and_prefers_the_true_law():
    generator = torch.Generator().manual_seed(0)
    targets = torch.randn(1, 20_000, 1, generator=generator)
    scores = [
        float(energy_score(s * torch.randn(1, 20_000, 4, 1, generator=generator), targets)) for s in (0.5, 1.0, 2.0)
    ]
    assert scores[1] < min(scores[0], scores[2])
    assert scores[1] == pytest.approx(1 / np.sqrt(np.pi), abs=0.02)  # half of E|N - N'| for standard normals


def test_matched_distance_is_w1_less_the_cost_in_the_conditions():
    from lsdm_stats.wasserstein import exact

    rng = np.random.default_rng(0)
    x, g, z = rng.normal(size=(12, 1)), rng.normal(size=(12, 2)), rng.normal(size=(12, 2))
    transport = exact(np.hstack([x, g]), np.hstack([x, z]), blocks=(1, 2))
    in_x = np.linalg.norm(x[transport.plan.sources] - x[transport.plan.targets], axis=1) @ transport.plan.masses
    ours = matched_distance(*(torch.tensor(a[None], dtype=torch.float32) for a in (x, g, z)))
    assert float(ours) == pytest.approx(transport.value - in_x, rel=1e-5)


def test_a_diverged_replicate_does_not_reach_the_solver():
    x = torch.zeros(2, 3, 1)
    g = torch.zeros(2, 3, 1)
    g[0] = float("nan")
    distances = matched_distance(x, g, torch.ones(2, 3, 1))
    assert not torch.isfinite(distances[0])
    assert float(distances[1]) == pytest.approx(1.0)


def test_selecting_replicates():
    layers = initial_layers((2, 2), rngs=rngs(3))
    chosen = layers.select([2, 0])
    assert isinstance(chosen, Layers)
    torch.testing.assert_close(chosen.weights[0], layers.weights[0][[2, 0]])
