"""The true latent space of a population: what stage 1 would find with infinitely many responses."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from lsdm_stats.arrays import FloatArray, as_stack
from lsdm_stats.populations import Population
from lsdm_stats.spec import Spec
from lsdm_stats.streams import Generators


@dataclass(frozen=True)
class ChartSpace:
    """Global coordinates of the response manifold, the same for every replicate."""

    population: Population
    replicates: int

    @property
    def dim(self) -> int:
        """Number of coordinates."""
        return self.population.manifold.latent_dim

    @property
    def failures(self) -> tuple[str | None, ...]:
        """Nothing can fail."""
        return (None,) * self.replicates

    def encode(self, responses: FloatArray) -> FloatArray:
        """Coordinates ``(R, n, dim)`` of the nearest points of the manifold."""
        return self.population.manifold.encode(responses)

    def decode(self, latents: FloatArray) -> FloatArray:
        """Points ``(R, n, response_dim)`` with these coordinates."""
        return self.population.manifold.decode(latents)

    def select(self, replicates: Sequence[int]) -> ChartSpace:
        """The same space for fewer replicates."""
        return ChartSpace(self.population, len(replicates))


class TrueChart(Spec):
    """Oracle of stage 1: encoder and decoder of the population's own manifold.

    Parameters
    ----------
    population : Population
        The population whose chart is used.

    Examples
    --------
    >>> from lsdm_stats import Circle, streams
    >>> truth = Circle(width=0.3, ambient_dim=8)
    >>> data = truth.draw(5, 0, rngs=streams.data(1, truth, replicates=[0]))
    >>> space = TrueChart(population=truth).fit(data.responses, rngs=[])
    >>> space.dim, bool(abs(space.decode(space.encode(data.responses)) - data.responses).max() < 1e-9)
    (2, True)
    """

    population: Population
    uses_unpaired: ClassVar[bool] = False

    def fit(self, responses: FloatArray, *, rngs: Generators) -> ChartSpace:
        """The chart for every replicate; `rngs` are not read.

        Raises
        ------
        ValueError
            If the responses are not of the population's dimension.
        """
        stack = as_stack(responses, "responses", dim=self.population.response_dim)
        return ChartSpace(self.population, stack.shape[0])
