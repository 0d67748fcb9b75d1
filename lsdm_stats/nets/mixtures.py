"""Gaussian mixtures whose parameters are the outputs of a network."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from lsdm_stats.arrays import FloatArray
from lsdm_stats.nets.networks import one_thread, to_array, to_tensor

_LOG_2PI = 1.8378770664093453
_LARGEST_LOG_SCALE = 5.0  # of standardised latents; keeps the exponential finite


@dataclass(frozen=True)
class MixtureShape:
    """Components, dimension and the smallest standard deviation of a mixture, and where its parameters stand.

    Coordinate i of component j, given the earlier coordinates, is normal with mean
    ``m_i - sum_{l < i} c_il (z_l - m_l)`` and standard deviation ``s_i``: a Cholesky factor of the inverse covariance
    (Pourahmadi, 1999), whose determinant is the product of the ``1 / s_i``. Diagonal covariances have no c.

    Parameters
    ----------
    n_components, dim : int
        Number of components and dimension k.
    full : bool
        Full covariances, or diagonal ones.
    min_scale : float
        Lower limit of every s: without it the likelihood of data on a line has no maximum.
    """

    n_components: int
    dim: int
    full: bool
    min_scale: float

    @property
    def n_couplings(self) -> int:
        """Number of c per component."""
        return self.dim * (self.dim - 1) // 2 if self.full else 0

    @property
    def n_outputs(self) -> int:
        """Outputs of the network: per component a log weight, k means, k log scales and the couplings."""
        return self.n_components * (1 + 2 * self.dim + self.n_couplings)

    @property
    def mean_outputs(self) -> slice:
        """Which outputs are means."""
        return slice(self.n_components, self.n_components * (1 + self.dim))

    def parts(self, outputs: Tensor) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        """Log weights ``(…, J)``, means and scales ``(…, J, k)``, couplings ``(…, J, k, k)``, strictly lower."""
        count, dim = self.n_components, self.dim
        sizes = (count, count * dim, count * dim, count * self.n_couplings)
        logits, means, scales, couplings = outputs.split(sizes, dim=-1)
        shape = (*outputs.shape[:-1], count)
        lower = outputs.new_zeros((*shape, dim, dim))
        if self.full:
            rows, columns = torch.tril_indices(dim, dim, offset=-1)
            lower[..., rows, columns] = couplings.reshape(*shape, -1)
        spread = scales.clamp(max=_LARGEST_LOG_SCALE).exp() + self.min_scale
        return logits.log_softmax(dim=-1), means.reshape(*shape, dim), spread.reshape(*shape, dim), lower

    def log_density(self, outputs: Tensor, points: Tensor) -> Tensor:
        """Log densities ``(…)`` of points ``(…, k)`` under the mixtures of the outputs ``(…, n_outputs)``."""
        log_weights, means, scales, couplings = self.parts(outputs)
        apart = points[..., None, :] - means
        shifted = apart + (couplings * apart[..., None, :]).sum(dim=-1) if self.full else apart
        logs = -0.5 * (shifted / scales).square().sum(dim=-1) - scales.log().sum(dim=-1)
        return (log_weights + logs).logsumexp(dim=-1) - 0.5 * self.dim * _LOG_2PI


def log_densities(shape: MixtureShape, outputs: FloatArray, points: FloatArray) -> FloatArray:
    """Log densities of numpy stacks, on one thread and without gradients."""
    with one_thread(), torch.no_grad():
        return to_array(shape.log_density(to_tensor(outputs), to_tensor(points)))


def parameters(shape: MixtureShape, outputs: FloatArray) -> tuple[FloatArray, FloatArray, FloatArray, FloatArray]:
    """Log weights, means, scales and couplings of a numpy stack of outputs."""
    with one_thread(), torch.no_grad():
        parts = [to_array(part) for part in shape.parts(to_tensor(outputs))]
    return parts[0], parts[1], parts[2], parts[3]
