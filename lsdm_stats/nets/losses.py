"""What conditional generators minimise, one value per replicate."""

from __future__ import annotations

import torch
from torch import Tensor

from lsdm_stats.nets.networks import to_array
from lsdm_stats.wasserstein import assignments

_TINY = 1e-12  # under the root of a norm, so that its gradient at zero is zero and not NaN


def norms(vectors: Tensor) -> Tensor:
    """Euclidean norms over the last axis, with a finite gradient everywhere."""
    return (vectors.square().sum(dim=-1) + _TINY).sqrt()


def energy_score(draws: Tensor, targets: Tensor) -> Tensor:
    r"""Mean energy score of several draws per observation (Gneiting and Raftery, 2007, section 4.3).

    :math:`\frac1J\sum_j\|g_j-z\| - \frac1{2J(J-1)}\sum_{j\ne l}\|g_j-g_l\|`,
    unbiased for the population score, which is smallest at the true conditional law.

    Parameters
    ----------
    draws : Tensor of shape (R, n, J, k)
        At least two draws per observation.
    targets : Tensor of shape (R, n, k)
        Observations.
    """
    count = draws.shape[2]
    to_target = norms(draws - targets[:, :, None, :]).mean(dim=(1, 2))
    first, second = torch.triu_indices(count, count, offset=1)
    between = norms(draws[:, :, first] - draws[:, :, second]).mean(dim=(1, 2))
    return to_target - 0.5 * between


def matched_distance(conditions: Tensor, draws: Tensor, targets: Tensor) -> Tensor:
    r"""W1 under the sum metric between the empirical joint laws of (x_i, g_i) and (x_j, z_j), as a function of g.

    The optimal assignment is found exactly and held fixed for the gradient (the envelope theorem): what is returned
    differs from W1 by the part of the cost in the conditions, which does not depend on g.

    Parameters
    ----------
    conditions : Tensor of shape (R, n, p)
        Conditions, in the units of the joint metric.
    draws, targets : Tensor of shape (R, n, k)
        Generated and observed latents, in the units of the joint metric.
    """
    with torch.no_grad():
        costs = torch.cdist(conditions, conditions) + torch.cdist(
            draws, targets, compute_mode="donot_use_mm_for_euclid_dist"
        )
        finite = torch.isfinite(costs).all(dim=2).all(dim=1)  # a diverged replicate must not reach the solver
        costs = torch.where(finite[:, None, None], costs, 0.0)
        partners = torch.from_numpy(assignments(to_array(costs))).to(costs.device)
    matched = torch.take_along_dim(targets, partners[:, :, None], dim=1)
    return norms(draws - matched).mean(dim=1)
