"""The debiased Sinkhorn divergence of batches as a function of generated points, one value per replicate."""

from __future__ import annotations

import torch
from torch import Tensor

from lsdm_stats.nets.losses import norms


def sinkhorn_divergence(
    conditions: Tensor, draws: Tensor, targets: Tensor, *, regularization: float, iterations: int
) -> Tensor:
    r"""Divergence of the empirical joint laws of (x_i, g_i) and (x_j, z_j), sum metric, up to a term without g.

    :math:`OT(g,z)-\tfrac12OT(g,g)` with :math:`OT(a,b)=\min_\pi\langle\pi,c\rangle+\varepsilon KL(\pi|P_a\otimes P_b)`
    and :math:`\varepsilon` equal to `regularization` times the mean of c between both samples, as in
    `lsdm_stats.wasserstein.sinkhorn` (Feydy et al., 2019, equation 3); the missing :math:`-\tfrac12OT(z,z)` does not
    depend on g. The plans of the last iteration are held fixed for the gradient (the envelope theorem), as is
    :math:`\varepsilon`.

    Parameters
    ----------
    conditions : Tensor of shape (R, n, p)
        Conditions, in the units of the joint metric.
    draws, targets : Tensor of shape (R, n, k)
        Generated and observed latents, in the units of the joint metric.
    regularization : float
        Share of the mean cost.
    iterations : int
        Updates of both potentials.
    """
    with torch.no_grad():
        between = torch.cdist(conditions.double(), conditions.double())
        costs = between + torch.cdist(draws.double(), targets.double())
        own_costs = between + torch.cdist(draws.double(), draws.double())
        epsilon = regularization * costs.mean(dim=(1, 2), keepdim=True)
        plan, entropy = entropic_plan(costs, epsilon, iterations)
        own_plan, own_entropy = entropic_plan(own_costs, epsilon, iterations)
        fixed = (entropy - 0.5 * own_entropy + (between * (plan - 0.5 * own_plan)).sum(dim=(1, 2))).float()
        plan, own_plan = plan.float(), own_plan.float()
    to_targets = norms(draws[:, :, None] - targets[:, None])
    to_draws = norms(draws[:, :, None] - draws[:, None])
    return (plan * to_targets - 0.5 * own_plan * to_draws).sum(dim=(1, 2)) + fixed


def entropic_plan(costs: Tensor, epsilon: Tensor, iterations: int) -> tuple[Tensor, Tensor]:
    """Entropic plan between uniform masses, and epsilon times its divergence from the product.

    Parameters
    ----------
    costs : Tensor of float64, shape (R, n, m)
        Costs.
    epsilon : Tensor of shape (R, 1, 1)
        Regularization, in the units of the costs.
    iterations : int
        Alternating scalings (Sinkhorn, 1967); the second marginal of the plan is exact.

    Returns
    -------
    plan : Tensor of shape (R, n, m)
        Its mass is 1.
    entropy : Tensor of shape (R,)
        In the units of the costs.
    """
    _, n, m = costs.shape
    rows = costs.amin(dim=2, keepdim=True)
    columns = (costs - rows).amin(dim=1, keepdim=True)
    kernel = ((rows + columns - costs) / epsilon).exp()  # every row and column has an entry near 1: no division by 0
    u = kernel.new_ones((costs.shape[0], n, 1))
    v = kernel.new_ones((costs.shape[0], 1, m))
    for _ in range(iterations):
        u = 1 / (kernel @ v.mT / m)
        v = 1 / (u.mT @ kernel / n)
    plan = u * kernel * v / (n * m)
    log_ratio = (rows + columns - costs) / epsilon + u.log() + v.log()
    return plan, epsilon[:, 0, 0] * (plan * log_ratio).sum(dim=(1, 2))
