"""Oracle of stage 2: the latents of responses drawn from the population's own conditional law."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from lsdm_stats.arrays import FloatArray
from lsdm_stats.populations import Population
from lsdm_stats.samples import LatentPairs, LatentSpace
from lsdm_stats.spec import Spec
from lsdm_stats.streams import Generators


@dataclass(frozen=True)
class ConditionalLatents:
    """Encoded fresh responses given conditions."""

    population: Population
    space: LatentSpace

    @property
    def failures(self) -> tuple[str | None, ...]:
        """Those of the latent space."""
        return self.space.failures

    def sample(self, conditions: FloatArray, *, rngs: Generators) -> FloatArray:
        """``encode(Y)`` with Y drawn given each condition, ``(R, n, k)``."""
        return self.space.encode(self.population.sample(conditions, rngs=rngs))

    def select(self, replicates: Sequence[int]) -> ConditionalLatents:
        """The samplers of some replicates."""
        return ConditionalLatents(self.population, self.space.select(replicates))


class TrueConditional(Spec):
    """Draws from the true conditional law: what stage 2 would find with infinitely many pairs.

    Parameters
    ----------
    population : Population
        The population that the data come from.

    Examples
    --------
    >>> import numpy as np
    >>> from lsdm_stats import LSDM, Circle, TrueChart, streams
    >>> truth = Circle(width=0.3)
    >>> oracle = LSDM(latent=TrueChart(population=truth), matcher=TrueConditional(population=truth))
    >>> rngs = [np.random.default_rng(1)]
    >>> fitted = oracle.fit(truth.draw(5, 0, rngs=streams.data(1, truth, replicates=[0])), rngs=rngs)
    >>> fitted.sample(np.full((1, 100, 1), 0.5), rngs=rngs).shape
    (1, 100, 2)
    """

    population: Population

    def fit(self, pairs: LatentPairs, *, rngs: Generators) -> ConditionalLatents:
        """Nothing is learnt from the pairs; `rngs` are not read."""
        return ConditionalLatents(self.population, pairs.space)
