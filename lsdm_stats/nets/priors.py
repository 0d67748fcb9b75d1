"""How far encoded responses are from a standard normal law, one value per replicate."""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor

_NODES, _MASSES = np.polynomial.laguerre.laggauss(16)  # of the quadrature in `mmd_to_normal`


def kl_to_normal(means: Tensor, log_variances: Tensor) -> Tensor:
    r"""Mean Kullback-Leibler divergence of diagonal normal laws from the standard normal (Kingma and Welling, 2014, B).

    :math:`\frac12\sum_k(\mu_k^2+\sigma_k^2-\log\sigma_k^2-1)`, averaged over observations.

    Parameters
    ----------
    means, log_variances : Tensor of shape (R, n, k)
        Moments of each observation's law.
    """
    return 0.5 * (means.square() + log_variances.exp() - log_variances - 1).sum(dim=2).mean(dim=1)


def mmd_to_normal(latents: Tensor) -> Tensor:
    r"""Squared maximum mean discrepancy of a sample's law and N(0, I), inverse multiquadratic kernel, without bias.

    The kernel is :math:`C/(C+\|z-z'\|^2)` with :math:`C=2k` (Tolstikhin et al., 2018, section 4). It is the mixture
    :math:`\int_0^\infty e^{-s}\exp(-s\|z-z'\|^2/C)\,ds` of Gaussian kernels, whose means under N(0, I) are known: what
    Tolstikhin et al. estimate by draws of N(0, I) is integrated here, over s by Gauss-Laguerre quadrature. Pairs of
    equal observations are left out (a U-statistic), so that values may be negative and batches of any size agree in
    the mean; one observation alone has no pairs and counts as if they were infinitely far apart.

    Parameters
    ----------
    latents : Tensor of shape (R, n, k)
        Observations.
    """
    n, dim = latents.shape[1:]
    constant = 2.0 * dim
    rates = torch.tensor(_NODES / constant, dtype=latents.dtype, device=latents.device)
    weights = torch.tensor(_MASSES, dtype=latents.dtype, device=latents.device)
    shrunk = 1 + 2 * rates
    in_normal = (weights * (1 + 4 * rates) ** (-dim / 2)).sum()
    squares = latents.square().sum(dim=2, keepdim=True)
    to_normal = (weights * shrunk ** (-dim / 2) * torch.exp(-squares * (rates / shrunk))).sum(dim=2).mean(dim=1)
    distances = torch.baddbmm(squares + squares.mT, latents, latents.mT, alpha=-2)
    kernel = constant / (constant + distances.clamp_min(0))
    among = (kernel.sum(dim=(1, 2)) - n) / max(n * (n - 1), 1)
    return among - 2 * to_normal + in_normal
