"""Fibres of the Hopf map (docs/theory.md, F7)."""

from __future__ import annotations

import math
from typing import Annotated

import numpy as np
from annotated_types import Ge, Le

from lsdm_stats.arrays import FloatArray
from lsdm_stats.manifolds import BallMass, SphereSurface
from lsdm_stats.manifolds.sphere import radial_projection
from lsdm_stats.populations.constants import Metric, SphereSource, joined, sphere_small_ball
from lsdm_stats.populations.population import Population


class Hopf(Population):
    """Y uniform on the three-sphere and X its image on the two-sphere; given X, Y is uniform on a great circle.

    With complex coordinates (u, v) of Y, ``X = (2 Re u v*, 2 Im u v*, |u|^2 - |v|^2)``.

    Examples
    --------
    >>> north, south = np.array([0.0, 0.0, 1.0]), np.array([0.0, 0.0, -1.0])
    >>> Hopf().conditional_w1(north, south).round(12) == np.sqrt(2).round(12)
    np.True_
    """

    condition_dim: Annotated[int, Ge(3), Le(3)] = 3
    ambient_dim: Annotated[int, Ge(4)] = 4

    @property
    def manifold(self) -> SphereSurface:
        """The unit sphere of dimension 3; coordinates are the real and imaginary parts of u, then of v."""
        return SphereSurface(dim=3, ambient_dim=self.ambient_dim, embedding_seed=self.embedding_seed)

    def conditional_w1(self, first: FloatArray, second: FloatArray) -> FloatArray:
        """Euclidean W1 between the noise-free conditional laws at unit vectors ``(…, 3)``; exact."""
        one, other = radial_projection(np.asarray(first)), radial_projection(np.asarray(second))
        chord = np.minimum(np.linalg.norm(one - other, axis=-1), 2.0)
        return 2 * np.sin(np.arcsin(chord / 2) / 2)

    def draw_conditions(self, n: int, *, rng: np.random.Generator) -> FloatArray:
        """Uniform on the unit sphere of R^3."""
        return radial_projection(rng.standard_normal((n, 3)))

    def draw_latents(self, conditions: FloatArray, *, rng: np.random.Generator) -> FloatArray:
        """Coordinates of points of the fibre."""
        x = radial_projection(conditions)
        turn, lag = 2 * np.pi * rng.random(len(x)), np.arctan2(x[:, 1], x[:, 0])
        u, v = np.sqrt((1 + x[:, 2]) / 2), np.sqrt((1 - x[:, 2]) / 2)
        return np.stack([u * np.cos(turn), u * np.sin(turn), v * np.cos(turn - lag), v * np.sin(turn - lag)], axis=1)

    def _conditional_lipschitz(self) -> float:
        """Exact for the chord distance of conditions: attained by opposite ones."""
        return math.sqrt(0.5)

    def _support_diameter(self, metric: Metric) -> float:
        """Exact: the largest of ``2 sin(2 t)`` joined with ``2 cos(t)``, 4 t the angle between conditions."""
        if metric == "euclidean":
            return 2.5
        sine = (math.sqrt(33) - 1) / 8
        return 2 * math.sqrt(1 - sine**2) * (1 + 2 * sine)

    def _sphere_source(self, metric: Metric) -> SphereSource:
        """The Hopf map doubles distances at most."""
        return SphereSource(3, joined(metric, 2.0, 1.0))

    def _small_ball(self) -> BallMass:
        return sphere_small_ball(3)
