"""The paper's second stage: joint laws in the latent space matched in the 1-Wasserstein distance."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated, ClassVar

from annotated_types import Ge, Lt

from lsdm_stats.matchers.generator import GeneratorNetwork, GeneratorSampler, Standardised
from lsdm_stats.matchers.generator_training import fit_generator
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
    warm_start : int
        Largest number of steps on the energy score before those on W1.
    averaging : float
        Weight of the past, per step on W1, in a moving average of the weights, which is what is scored and kept.

    Examples
    --------
    >>> ExactTransport().network.training.batch_size
    128
    """

    network: GeneratorNetwork = GeneratorNetwork()
    warm_start: Annotated[int, Ge(0)] = 0
    averaging: Annotated[float, Ge(0), Lt(1)] = 0.0
    unchanged_at: ClassVar[Mapping[str, object]] = {"warm_start": 0, "averaging": 0.0}

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

        return fit_generator(
            pairs, self.network, loss, n_draws=1, rngs=rngs, warm_start=self.warm_start, averaging=self.averaging
        )
