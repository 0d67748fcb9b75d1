"""Joint laws in the latent space matched in the debiased Sinkhorn divergence."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from annotated_types import Ge

from lsdm_stats.matchers.generator import GeneratorNetwork, GeneratorSampler
from lsdm_stats.matchers.generator_training import GeneratorTraining
from lsdm_stats.samples import LatentPairs
from lsdm_stats.spec import Spec
from lsdm_stats.streams import Generators

if TYPE_CHECKING:
    from torch import Tensor


class SinkhornMatcher(Spec):
    """Conditional generator by the debiased Sinkhorn divergence of batches of (X, G) and (X, Z), sum metric.

    Between plug-in W1, which it tends to as the regularization tends to 0, and the energy distance, which it tends to
    as the regularization grows; it shrinks less in small batches than the first (Genevay, Peyre and Cuturi, 2018;
    Feydy et al., 2019). The theorems on exact W1 do not speak of it.

    Parameters
    ----------
    network : GeneratorNetwork
        Shape, noise and stopping rule; the batch size is that of the transport problem.
    regularization : float
        As a share of the mean cost of the batch, at least .01.
    iterations : int
        Sinkhorn iterations per step. The smaller the regularization, the more are needed.
    warm_start : int
        Largest number of steps on the energy score before.

    Examples
    --------
    >>> SinkhornMatcher().regularization
    0.05
    """

    network: GeneratorNetwork = GeneratorNetwork()
    regularization: Annotated[float, Ge(0.01)] = 0.05
    iterations: Annotated[int, Ge(1)] = 50
    warm_start: Annotated[int, Ge(0)] = 0

    def fit(self, pairs: LatentPairs, *, rngs: Generators) -> GeneratorSampler:
        """Train one generator per replicate.

        Raises
        ------
        ValueError
            If there are fewer than two pairs.
        """
        from lsdm_stats.nets.entropic import sinkhorn_divergence

        training = GeneratorTraining.begin(pairs, self.network, rngs=rngs)
        condition_scale, latent_scale = training.joint_scales()

        def loss(conditions: Tensor, draws: Tensor, targets: Tensor) -> Tensor:
            return sinkhorn_divergence(
                conditions * condition_scale,
                draws[:, :, 0] * latent_scale,
                targets * latent_scale,
                regularization=self.regularization,
                iterations=self.iterations,
            )

        before = (training.warm_start(self.warm_start),) if self.warm_start else ()
        return training.finish(*before, training.minimise(loss, n_draws=1))
