"""The energy score: the two-draw formula of engression, and the loss of the `engression` package, where installed."""

import numpy as np
import pytest
import torch

from lsdm_stats.nets.losses import energy_score

TOLERANCE = 1e-6  # single precision, values of order one


def arrays(n_draws, dim=3, n=200):
    rng = np.random.default_rng([n_draws, dim])
    draws = torch.tensor(rng.normal(size=(1, n, n_draws, dim)), dtype=torch.float32, requires_grad=True)
    return draws, torch.tensor(rng.normal(1.0, 2.0, size=(1, n, dim)), dtype=torch.float32)


def two_draws(first, second, targets):
    """Shen and Meinshausen (2024): half of either distance to the target, less half of that between the draws."""
    to_first, to_second = np.linalg.norm(first - targets, axis=1), np.linalg.norm(second - targets, axis=1)
    return np.mean((to_first + to_second - np.linalg.norm(first - second, axis=1)) / 2)


@pytest.mark.parametrize("dim", [1, 2, 16])
def test_two_draws_give_the_formula_of_the_paper(dim):
    draws, targets = arrays(2, dim)
    first, second = np.moveaxis(draws.detach().numpy()[0].astype(np.float64), 1, 0)
    expected = two_draws(first, second, targets.numpy()[0].astype(np.float64))
    assert float(energy_score(draws, targets).detach()) == pytest.approx(expected, rel=TOLERANCE)


@pytest.mark.parametrize("n_draws", [2, 4, 32])
@pytest.mark.parametrize("dim", [1, 3])
def test_value_and_gradient_are_those_of_the_engression_package(n_draws, dim):
    peer = pytest.importorskip("engression.loss_func")
    draws, targets = arrays(n_draws, dim)
    theirs = [peer.energy_loss(targets[0], list(draws[0].unbind(dim=1)), verbose=False)]
    if n_draws == 2:
        theirs.append(peer.energy_loss_two_sample(targets[0], *draws[0].unbind(dim=1), verbose=False))
    ours = energy_score(draws, targets)
    gradient = torch.autograd.grad(ours.sum(), draws)[0]
    for value in theirs:
        assert float(ours.detach()) == pytest.approx(float(value.detach()), rel=TOLERANCE)
        torch.testing.assert_close(gradient, torch.autograd.grad(value, draws)[0], rtol=TOLERANCE, atol=TOLERANCE)
