"""Critics of joint laws: functions of (x, z) that are 1-Lipschitz, by construction or by a penalty."""

from __future__ import annotations

from dataclasses import dataclass, replace

import torch
from torch import Tensor

from lsdm_stats.nets.networks import Layers
from lsdm_stats.nets.optimiser import Adam

_TINY = 1e-12  # under the root of a norm, so that its gradient at zero is zero and not NaN


@dataclass(frozen=True)
class GroupSortCritic:
    r"""Network that is 1-Lipschitz for the sum metric whatever its weights (Anil, Lucas and Grosse, 2019).

    Every unit of the first layer has incoming weights (a, b) with :math:`\max(\lVert a\rVert,\lVert b\rVert)=1`, every
    later unit incoming weights of absolute sum 1, and activations sort pairs of units: each layer is 1-Lipschitz from
    the sum metric, then from the maximum norm, to the maximum norm. Such networks come arbitrarily near to every
    1-Lipschitz function on a bounded set (theorem 3 there; its proof needs of the norm only that two points have a
    linear function that attains their distance).

    Parameters
    ----------
    layers : Layers
        Weights before they are normed, and biases; hidden widths are even.
    condition_dim : int
        p, the number of first inputs that belong to x.
    """

    layers: Layers
    condition_dim: int

    def __call__(self, points: Tensor) -> Tensor:
        """Values ``(R, n)`` at points ``(R, n, p + k)``."""
        hidden = points
        for layer, (weight, bias) in enumerate(zip(self.layers.weights, self.layers.biases, strict=True)):
            if layer == 0:
                parts = (weight[:, : self.condition_dim], weight[:, self.condition_dim :])
                size = torch.stack([_norm(part, dim=1) for part in parts]).amax(dim=0)
            else:
                hidden = _sorted_pairs(hidden)
                size = weight.abs().sum(dim=1, keepdim=True) + _TINY
            hidden = torch.baddbmm(bias, hidden, weight / size)
        return hidden[:, :, 0]

    def penalty(self, observed: Tensor, generated: Tensor) -> Tensor:
        """None: zeros of shape ``(R,)``."""
        return observed.new_zeros(observed.shape[0])


@dataclass(frozen=True)
class PenalisedCritic:
    """Plain network whose gradients beyond 1 are punished (one-sided: Petzka, Fischer and Lukovnikov, 2018).

    Parameters
    ----------
    layers : Layers
        Its layers.
    condition_dim : int
        p, the number of first inputs that belong to x.
    weight : float
        Of the penalty.
    """

    layers: Layers
    condition_dim: int
    weight: float

    def __call__(self, points: Tensor) -> Tensor:
        """Values ``(R, n)`` at points ``(R, n, p + k)``."""
        return self.layers(points)[:, :, 0]

    def penalty(self, observed: Tensor, generated: Tensor) -> Tensor:
        """Mean squared excess over 1 of the gradient's norm between points ``(R, n, …)`` of both laws.

        Row i of one is joined with row i - 1 of the other, at the share (i + 1/2) / n of the way: rows come in random
        order, so that shares and partners are random without drawing a number.
        """
        n = observed.shape[1]
        share = ((torch.arange(n, device=observed.device) + 0.5) / n)[:, None]
        points = torch.lerp(observed, generated.roll(1, dims=1), share).requires_grad_(True)
        excess = (gradient_norms(self, points, create_graph=True) - 1).clamp_min(0)
        return self.weight * excess.square().mean(dim=1)


DualCritic = GroupSortCritic | PenalisedCritic


def gradient_norms(critic: DualCritic, points: Tensor, *, create_graph: bool = False) -> Tensor:
    """Dual norm of the gradient for the sum metric, max of the norms in x and in z: ``(R, n)``."""
    p = critic.condition_dim
    with torch.enable_grad():
        points = points if points.requires_grad else points.detach().requires_grad_(True)
        (gradient,) = torch.autograd.grad(critic(points).sum(), points, create_graph=create_graph)
    return torch.maximum(_norm(gradient[..., :p], dim=2), _norm(gradient[..., p:], dim=2))[..., 0]


class CriticTraining:
    """A critic and its own optimiser: ascent on the dual of W1, less the penalty.

    Parameters
    ----------
    critic : Critic
        Its weights change in place.
    learning_rate : float
        Of Adam.
    """

    def __init__(self, critic: DualCritic, learning_rate: float) -> None:
        self.critic = critic
        self._optimiser = Adam(critic.layers.tensors)
        weight = critic.layers.weights[0]
        self._rates = weight.new_full((weight.shape[0], 1, 1), learning_rate)

    def step(self, observed: Tensor, generated: Tensor) -> None:
        """One step of every replicate on points ``(R, n, p + k)`` and ``(R, J n, p + k)`` of both laws."""
        tensors = self.critic.layers.tensors
        with torch.enable_grad():
            for tensor in tensors:
                tensor.requires_grad_(True)
            loss = critic_loss(self.critic, observed, generated)
            gradients = torch.autograd.grad(loss.sum(), list(tensors))
        with torch.no_grad():
            for tensor in tensors:
                tensor.requires_grad_(False)
            self._optimiser.step(gradients, self._rates)


def joint_points(conditions: Tensor, draws: Tensor, targets: Tensor) -> tuple[Tensor, Tensor]:
    """Observed points ``(R, n, p + k)`` and, J for each in a row, generated ones ``(R, n J, p + k)``.

    From conditions ``(R, n, p)``, draws ``(R, n, J, k)`` and targets ``(R, n, k)``.
    """
    repeated = conditions.repeat_interleave(draws.shape[2], dim=1)
    return torch.cat([conditions, targets], dim=2), torch.cat([repeated, draws.flatten(1, 2)], dim=2)


def dual_value(critic: DualCritic, observed: Tensor, generated: Tensor) -> Tensor:
    """Mean of the critic over the first sample less that over the second: ``(R,)``."""
    return critic(observed).mean(dim=1) - critic(generated).mean(dim=1)


def critic_loss(critic: DualCritic, observed: Tensor, generated: Tensor) -> Tensor:
    """What a critic minimises: penalty less dual value, ``(R,)``."""
    repeats = generated.shape[1] // observed.shape[1]
    return critic.penalty(observed.repeat_interleave(repeats, dim=1), generated) - dual_value(
        critic, observed, generated
    )


def measured_lipschitz(critic: DualCritic, observed: Tensor, generated: Tensor) -> Tensor:
    """Largest slope of the critic that points of both laws show, in float64: ``(R,)``.

    The largest of the gradient's dual norms at the points and at the middle of row i of either, and of all difference
    quotients between the two samples. A lower bound of the Lipschitz constant, and all that the dual value needs.
    """
    layers = critic.layers.with_tensors([tensor.double() for tensor in critic.layers.tensors])
    exact = replace(critic, layers=layers)
    first, second, p = observed.double(), generated.double(), critic.condition_dim
    at_points = torch.cat([gradient_norms(exact, points) for points in (first, second, (first + second) / 2)], dim=1)
    distances = torch.cdist(first[..., :p], second[..., :p]) + torch.cdist(first[..., p:], second[..., p:])
    slopes = (exact(first)[:, :, None] - exact(second)[:, None]).abs() / distances
    slopes = torch.where(distances > 0, slopes, 0.0)
    return torch.maximum(at_points.amax(dim=1), slopes.amax(dim=(1, 2))).cpu()


def _sorted_pairs(hidden: Tensor) -> Tensor:
    pairs = hidden.unflatten(2, (-1, 2))
    return torch.cat([pairs.amax(dim=3), pairs.amin(dim=3)], dim=2)


def _norm(vectors: Tensor, *, dim: int) -> Tensor:
    return (vectors.square().sum(dim=dim, keepdim=True) + _TINY).sqrt()
