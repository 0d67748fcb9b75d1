"""The regression of velocities on places, times and conditions."""

from __future__ import annotations

import torch
from torch import Tensor

from lsdm_stats.nets.networks import Layers


def velocity_error(layers: Layers, conditions: Tensor, ends: Tensor, noise: Tensor) -> Tensor:
    """Mean squared error of velocities along paths from noise to observed latents, one value per replicate.

    Parameters
    ----------
    layers : Layers
        Networks of (condition, place, clock).
    conditions : Tensor of shape (R, n, p)
        Conditions.
    ends : Tensor of shape (R, n, k)
        Latents.
    noise : Tensor of shape (R, n, J, k + 5)
        J times normal noise, the clock, the weights of latent and noise, and their rates.
    """
    replicates, n, count, _ = noise.shape
    dim = ends.shape[2]
    normal, (clock, a, b, a_rate, b_rate) = noise[..., :dim], noise[..., dim:].split(1, dim=-1)
    latents = ends[:, :, None, :]
    repeated = conditions[:, :, None, :].expand(-1, -1, count, -1)
    inputs = torch.cat([repeated, a * latents + b * normal, clock], dim=-1)
    found = layers(inputs.reshape(replicates, n * count, -1)).reshape(replicates, n, count, dim)
    return (found - a_rate * latents - b_rate * normal).square().mean(dim=(1, 2, 3))
