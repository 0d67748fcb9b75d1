"""The Sinkhorn divergence of batches against the certified room's own, and its gradient against automatic ones."""

import numpy as np
import pytest
import torch

from lsdm_stats.nets.entropic import entropic_plan, sinkhorn_divergence
from lsdm_stats.wasserstein import sinkhorn


def batch(seed=0, n=25):
    rng = np.random.default_rng(seed)
    return rng.random((1, n, 1)), 0.5 * rng.normal(size=(1, n, 2)), rng.normal(size=(1, n, 2)) + 0.4


def as_tensors(arrays, dtype=torch.float32):
    return [torch.tensor(array, dtype=dtype) for array in arrays]


def costs_of(x, g, z):
    return torch.cdist(x, x) + torch.cdist(g, z)


@pytest.mark.parametrize("regularization", [0.05, 0.2, 1.0])
def test_the_divergence_agrees_with_the_estimator_of_the_transport_room(regularization):
    arrays = batch()
    x, g, z = as_tensors(arrays, torch.float64)
    epsilon = regularization * costs_of(x, g, z).mean(dim=(1, 2), keepdim=True)
    own = costs_of(x, z, z)
    plan, entropy = entropic_plan(own, epsilon, 2_000)
    ours = sinkhorn_divergence(*as_tensors(arrays), regularization=regularization, iterations=2_000)
    ours = float(ours) - 0.5 * float((plan * own).sum() + entropy)
    joint = [np.concatenate([arrays[0][0], latents[0]], axis=1) for latents in arrays[1:]]
    assert ours == pytest.approx(sinkhorn(*joint, regularization=regularization, blocks=(1, 2)), rel=1e-4)


def test_the_gradient_is_that_through_all_iterations():
    arrays = batch(n=12)
    x, g, z = as_tensors(arrays, torch.float64)
    epsilon = float(0.2 * costs_of(x, g, z).mean())

    def entropic(a, b):
        in_x, in_z = x[0, :, None] - x[0, None], a[0, :, None] - b[0, None]
        costs = in_x.norm(dim=2) + (in_z.square().sum(dim=2) + 1e-12).sqrt()
        n = len(costs)
        f = torch.zeros(n, dtype=torch.float64)
        for _ in range(500):
            h = epsilon * (np.log(n) - torch.logsumexp((f[:, None] - costs) / epsilon, dim=0))
            f = epsilon * (np.log(n) - torch.logsumexp((h - costs) / epsilon, dim=1))
        return f.mean() + h.mean()

    moving = g.clone().requires_grad_(True)
    (expected,) = torch.autograd.grad(entropic(moving, z) - 0.5 * entropic(moving, moving), moving)
    ours = as_tensors(arrays)
    ours[1].requires_grad_(True)
    (gradient,) = torch.autograd.grad(sinkhorn_divergence(*ours, regularization=0.2, iterations=500).sum(), ours[1])
    torch.testing.assert_close(gradient.double(), expected, rtol=1e-3, atol=1e-6)


def test_the_plan_keeps_its_marginals_even_with_an_outlier():
    x, g, z = as_tensors(batch(), torch.float64)
    z[0, 0] = 300.0
    costs = costs_of(x, g, z)
    plan, entropy = entropic_plan(costs, 0.05 * costs.mean(dim=(1, 2), keepdim=True), 1_000)
    torch.testing.assert_close(plan.sum(dim=1), torch.full((1, 25), 1 / 25, dtype=torch.float64))
    torch.testing.assert_close(plan.sum(dim=2), torch.full((1, 25), 1 / 25, dtype=torch.float64), rtol=1e-2, atol=0)
    assert float(entropy) >= 0


def test_a_diverged_replicate_leaves_the_others_alone():
    x, g, z = (torch.cat([t, t]) for t in as_tensors(batch()))
    alone = sinkhorn_divergence(x[1:], g[1:], z[1:], regularization=0.05, iterations=20)
    g[0, 0, 0] = float("nan")
    both = sinkhorn_divergence(x, g, z, regularization=0.05, iterations=20)
    assert not torch.isfinite(both[0])
    assert torch.equal(both[1:], alone)
