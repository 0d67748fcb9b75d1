"""The paper's second stage: joint laws in the latent space matched in the 1-Wasserstein distance."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lsdm_stats.matchers.generator import GeneratorNetwork, GeneratorSampler, Standardised, fit_generator
from lsdm_stats.samples import LatentPairs
from lsdm_stats.spec import Spec
from lsdm_stats.streams import Generators

if TYPE_CHECKING:
    from torch import Tensor


class ExactTransport(Spec):
    """Conditional generator by exact W1 between the empirical joint laws of (X, G) and (X, Z), sum metric.

    Every step solves the assignment problem between generated and observed pairs of a batch exactly and moves the
    generated points toward their partners. What is minimised is the plug-in W1 of batches: where the batch is small
    for the dimension it prefers laws that are too narrow (docs/theory.md, D1.shrinkage).

    Parameters
    ----------
    network : GeneratorNetwork
        Shape, noise and stopping rule; the batch size is that of the transport problem.

    Examples
    --------
    >>> ExactTransport().network.training.batch_size
    128
    """

    network: GeneratorNetwork = GeneratorNetwork()

    def fit(self, pairs: LatentPairs, *, rngs: Generators) -> GeneratorSampler:
        """Train one generator per replicate."""
        from lsdm_stats.nets.losses import matched_distance
        from lsdm_stats.nets.networks import to_tensor

        units = Standardised.of(pairs)
        condition_scale = to_tensor(units.condition_scale)
        latent_scale = to_tensor(units.latent_scale)
        size = latent_scale.norm(dim=2)[:, 0]

        def loss(conditions: Tensor, draws: Tensor, targets: Tensor) -> Tensor:
            distance = matched_distance(
                conditions * condition_scale, draws[:, :, 0] * latent_scale, targets * latent_scale
            )
            return distance / size

        return fit_generator(pairs, self.network, loss, n_draws=1, rngs=rngs)
