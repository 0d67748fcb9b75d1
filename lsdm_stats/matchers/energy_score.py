"""Engression: a generator that minimises the energy score in the latent space."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from annotated_types import Ge

from lsdm_stats.matchers.generator import GeneratorNetwork, GeneratorSampler
from lsdm_stats.matchers.generator_training import fit_generator
from lsdm_stats.samples import LatentPairs
from lsdm_stats.spec import Spec
from lsdm_stats.streams import Generators

if TYPE_CHECKING:
    from torch import Tensor


class EnergyScore(Spec):
    """Conditional generator by the energy score of standardised latents (engression, Shen and Meinshausen, 2024).

    The score is proper: its population minimum is the true conditional law. Unlike plug-in W1 it does not shrink with
    small batches.

    Parameters
    ----------
    network : GeneratorNetwork
        Shape, noise and stopping rule.
    n_draws : int
        Draws per pair and step, at least two.

    Examples
    --------
    >>> EnergyScore().n_draws
    4
    """

    network: GeneratorNetwork = GeneratorNetwork()
    n_draws: Annotated[int, Ge(2)] = 4

    def fit(self, pairs: LatentPairs, *, rngs: Generators) -> GeneratorSampler:
        """Train one generator per replicate."""
        from lsdm_stats.nets.losses import energy_score

        def loss(conditions: Tensor, draws: Tensor, targets: Tensor) -> Tensor:
            return energy_score(draws, targets)

        return fit_generator(pairs, self.network, loss, n_draws=self.n_draws, rngs=rngs)
