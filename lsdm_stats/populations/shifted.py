"""Pairs and test data from one law, unpaired responses from a translate of it (docs/theory.md, D2.shift)."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Annotated, Self

import numpy as np
from annotated_types import MinLen
from pydantic import model_validator

from lsdm_stats.arrays import FloatArray
from lsdm_stats.populations.population import Population
from lsdm_stats.samples import SemiSupervised
from lsdm_stats.spec import Spec
from lsdm_stats.streams import Generators
from lsdm_stats.wasserstein import translation_w1


class Shifted(Spec):
    """A population whose unpaired responses were collected elsewhere: all of them are moved by one vector.

    Parameters
    ----------
    population : Population
        Where pairs and test data come from; its draws are the same as without the shift.
    offset : tuple of float
        The vector that is added to every unpaired response; one number per response dimension.

    Raises
    ------
    ValueError
        If the offset does not have the dimension of the responses.

    Examples
    --------
    >>> from lsdm_stats import streams
    >>> from lsdm_stats.populations import Circle
    >>> source = Shifted(population=Circle(width=0.3), offset=(0.6, 0.8))
    >>> data = source.draw(5, 7, rngs=streams.data(1, source, replicates=range(2)))
    >>> data.unpaired.shape, source.shift
    ((2, 7, 2), 1.0)
    """

    population: Population
    offset: Annotated[tuple[float, ...], MinLen(1)]

    @model_validator(mode="after")
    def _offset_fits(self) -> Self:
        if len(self.offset) != self.population.response_dim:
            raise ValueError(f"offset must have one number per response dimension ({self.population.response_dim}); "
                             f"got {len(self.offset)}; match them")
        return self

    @property
    def condition_dim(self) -> int:
        """Dimension of the conditions."""
        return self.population.condition_dim

    @property
    def response_dim(self) -> int:
        """Dimension of the responses."""
        return self.population.response_dim

    @property
    def shift(self) -> float:
        """W1 between the laws of unpaired and paired responses: the length of the offset (docs/theory.md, T1)."""
        return translation_w1(self.offset)

    def draw(self, n_paired: int, n_unpaired: int, *, rngs: Generators) -> SemiSupervised:
        """Pairs of the population, and unpaired responses moved by the offset."""
        data = self.population.draw(n_paired, n_unpaired, rngs=rngs)
        return replace(data, unpaired=data.unpaired + np.array(self.offset))

    def held_out(self, n: int, *, rngs: Generators) -> tuple[FloatArray, FloatArray]:
        """Fresh conditions and responses of the population itself."""
        return self.population.held_out(n, rngs=rngs)


def pooled_error(paired: float, unpaired: float, *, n_paired: int, n_unpaired: int) -> float:
    r"""Bound on the mean W1 between all N responses and the mixture of laws that they come from.

    :math:`\frac nN\tau_n+\frac mN\tau_m`, since the plan that matches paired with paired and unpaired with unpaired
    responses is one of all plans.

    Parameters
    ----------
    paired, unpaired : float
        Bounds on the mean W1 of n paired and of m unpaired responses to their own laws.
    n_paired, n_unpaired : int
        The numbers of both.

    Examples
    --------
    >>> pooled_error(0.4, 0.2, n_paired=100, n_unpaired=300)
    0.25
    """
    return math.fsum((n_paired * paired, n_unpaired * unpaired)) / (n_paired + n_unpaired)
