"""Windows on a helix (docs/theory.md, F8)."""

from __future__ import annotations

import math
from typing import Annotated

import numpy as np
from annotated_types import Ge, Gt, Le

from lsdm_stats.arrays import FloatArray
from lsdm_stats.manifolds import BallMass, HelixCurve
from lsdm_stats.populations.constants import Metric, joined
from lsdm_stats.populations.population import Population


class Helix(Population):
    """X uniform on [0, 1]; Y at the share ``(1 - width) X + width U`` of the length of a helix, U uniform on [0, 1].

    Parameters
    ----------
    radius, rise, turns : float
        Radius of the helix, its rise per radian and its number of turns.
    width : float
        Length of the window that Y is uniform on given X, as a share of the helix.

    Examples
    --------
    >>> round(Helix().manifold.reach, 4), round(Helix(width=0.2).conditional_lipschitz, 3)
    (0.9018, 6.856)
    """

    condition_dim: Annotated[int, Ge(1), Le(1)] = 1
    ambient_dim: Annotated[int, Ge(3)] = 3
    radius: Annotated[float, Gt(0)] = 1.0
    rise: Annotated[float, Gt(0)] = 0.3
    turns: Annotated[float, Gt(0)] = 1.5
    width: Annotated[float, Gt(0), Le(1)] = 0.3

    @property
    def manifold(self) -> HelixCurve:
        """The helix."""
        return HelixCurve(radius=self.radius, rise=self.rise, turns=self.turns, ambient_dim=self.ambient_dim,
                          embedding_seed=self.embedding_seed)

    def draw_conditions(self, n: int, *, rng: np.random.Generator) -> FloatArray:
        """Uniform on [0, 1]."""
        return rng.random((n, 1))

    def draw_latents(self, conditions: FloatArray, *, rng: np.random.Generator) -> FloatArray:
        """Arc lengths."""
        shares = (1 - self.width) * conditions + self.width * rng.random((len(conditions), 1))
        return self.manifold.length * shares

    def _conditional_lipschitz(self) -> float:
        """Exact: the mean of a 1-Lipschitz function changes as fast as its values at the ends of the window differ."""
        window = np.array([self.width * self.manifold.length])
        return (1 - self.width) * float(self.manifold.chord(window)[0]) / self.width

    def _support_diameter(self, metric: Metric) -> float:
        """An upper bound: conditions and responses as far apart as they can be."""
        return joined(metric, 1.0, self.manifold.diameter)

    def _source_rates(self, metric: Metric) -> tuple[float, ...]:
        length = self.manifold.length
        return joined(metric, 1.0, length * (1 - self.width)), length * self.width

    def _source_sides(self, metric: Metric) -> tuple[float, ...]:
        """In the Euclidean metric from the convexity of squares, ``((1 - w) a + w b)^2 <= (1 - w) a^2 + w b^2``."""
        length = self.manifold.length
        if metric == "sum":
            return tuple(math.sqrt(2) * rate for rate in self._source_rates(metric))
        return math.sqrt(1 + length**2 * (1 - self.width)), length * math.sqrt(self.width)

    def _small_ball(self) -> BallMass:
        """A ball of radius s around a point holds only points within ``s / lower_lipschitz`` of arc on either side."""
        density = 1 / (self.manifold.length * max(self.width, 1 - self.width))
        return BallMass(1, 2 * density / self.manifold.lower_lipschitz)
