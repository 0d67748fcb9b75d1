"""Arcs of a circle (docs/theory.md, F3)."""

from __future__ import annotations

import math
from typing import Annotated

import numpy as np
from annotated_types import Ge, Gt, Le

from lsdm_stats.arrays import FloatArray
from lsdm_stats.manifolds import BallMass, CircleCurve
from lsdm_stats.populations.arcs import arc_length_w1, arc_w1, arcs_diameter, mean_resultant, window_sides
from lsdm_stats.populations.constants import Metric, joined, sphere_small_ball
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

    def conditional_w1(self, first: FloatArray, second: FloatArray) -> FloatArray:
        """Euclidean W1 between the conditional laws at conditions ``(…, 1)``; exact without or with isotropic noise.

        Examples
        --------
        >>> Circle(width=0.3).conditional_w1(np.array([0.0]), np.array([0.5])).round(6)
        np.float64(1.716787)
        """
        return arc_w1(np.asarray(first)[..., 0], np.asarray(second)[..., 0], self.width)

    def conditional_arc_w1(self, first: FloatArray, second: FloatArray) -> FloatArray:
        """W1 between the noise-free conditional laws for the distance along the circle; exact."""
        return arc_length_w1(np.asarray(first)[..., 0], np.asarray(second)[..., 0], self.width)

    def _conditional_lipschitz(self) -> float:
        """Exact, by the closed form of W1."""
        return 2 * math.pi * mean_resultant(self.width)

    def _support_diameter(self, metric: Metric) -> float:
        """Exact, by one numerical maximisation."""
        return arcs_diameter(self.width, metric)

    def _source_rates(self, metric: Metric) -> tuple[float, ...]:
        return joined(metric, 1.0, 2 * math.pi), 2 * math.pi * self.width

    def _source_sides(self, metric: Metric) -> tuple[float, ...]:
        return window_sides(self._source_rates(metric), metric, 2 * math.pi, self.width)

    def _small_ball(self) -> BallMass:
        return sphere_small_ball(1)
