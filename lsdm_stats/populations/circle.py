"""Arcs of a circle (docs/theory.md, F3)."""

from __future__ import annotations

from typing import Annotated

import numpy as np
from annotated_types import Ge, Gt, Le

from lsdm_stats.arrays import FloatArray
from lsdm_stats.manifolds import CircleCurve
from lsdm_stats.populations.population import Population


class Circle(Population):
    """X uniform on [0, 1]; Y uniform on the arc of the unit circle of length ``2 pi width`` centred at angle 2 pi X.

    Parameters
    ----------
    width : float
        Length of the arc as a share of the circle, in (0, 1].

    Examples
    --------
    >>> Circle(width=0.3).manifold.reach
    1.0
    """

    condition_dim: Annotated[int, Ge(1), Le(1)] = 1
    ambient_dim: Annotated[int, Ge(2)] = 2
    width: Annotated[float, Gt(0), Le(1)] = 0.3

    @property
    def manifold(self) -> CircleCurve:
        """The unit circle."""
        return CircleCurve(ambient_dim=self.ambient_dim, embedding_seed=self.embedding_seed)

    def draw_conditions(self, n: int, *, rng: np.random.Generator) -> FloatArray:
        """Uniform on [0, 1]."""
        return rng.random((n, 1))

    def draw_latents(self, conditions: FloatArray, *, rng: np.random.Generator) -> FloatArray:
        """Plane coordinates of angles uniform on the arc."""
        angle = 2 * np.pi * (conditions[:, 0] + self.width * (rng.random(len(conditions)) - 0.5))
        return np.stack([np.cos(angle), np.sin(angle)], axis=1)
