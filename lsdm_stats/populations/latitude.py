"""Parallels of a sphere (docs/theory.md, F5)."""

from __future__ import annotations

import math
from typing import Annotated

import numpy as np
from annotated_types import Ge, Le

from lsdm_stats.arrays import FloatArray
from lsdm_stats.manifolds import BallMass, SphereSurface
from lsdm_stats.populations.constants import Metric, SphereSource, joined, sphere_small_ball
from lsdm_stats.populations.population import Population


class Latitude(Population):
    """Y uniform on the unit sphere and X its latitude in radians; given X, Y is uniform on the parallel.

    Examples
    --------
    >>> Latitude().conditional_w1(np.array([0.0]), np.array([np.pi / 3])).round(12)
    np.float64(1.0)
    """

    condition_dim: Annotated[int, Ge(1), Le(1)] = 1
    ambient_dim: Annotated[int, Ge(3)] = 3

    @property
    def manifold(self) -> SphereSurface:
        """The unit sphere."""
        return SphereSurface(dim=2, ambient_dim=self.ambient_dim, embedding_seed=self.embedding_seed)

    def conditional_w1(self, first: FloatArray, second: FloatArray) -> FloatArray:
        """Euclidean W1 between the noise-free conditional laws at conditions ``(…, 1)``; exact."""
        return 2 * np.abs(np.sin((np.asarray(first)[..., 0] - np.asarray(second)[..., 0]) / 2))

    def draw_conditions(self, n: int, *, rng: np.random.Generator) -> FloatArray:
        """Density ``cos(x) / 2`` on [-pi/2, pi/2]."""
        return np.arcsin(2 * rng.random((n, 1)) - 1)

    def draw_latents(self, conditions: FloatArray, *, rng: np.random.Generator) -> FloatArray:
        """Coordinates of points of the parallel, the axis last."""
        latitude, longitude = conditions[:, 0], 2 * np.pi * rng.random(len(conditions))
        level = np.cos(latitude)
        return np.stack([level * np.cos(longitude), level * np.sin(longitude), np.sin(latitude)], axis=1)

    def _conditional_lipschitz(self) -> float:
        """Exact, by the closed form of W1."""
        return 1.0

    def _support_diameter(self, metric: Metric) -> float:
        """Between the poles."""
        return joined(metric, math.pi, 2.0)

    def _sphere_source(self, metric: Metric) -> SphereSource:
        """The latitude and the chord change at most as much as the distance on the sphere."""
        return SphereSource(2, joined(metric, 1.0, 1.0))

    def _small_ball(self) -> BallMass:
        return sphere_small_ball(2)
