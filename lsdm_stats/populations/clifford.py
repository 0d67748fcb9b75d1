"""Arcs on a product of circles (docs/theory.md, F4)."""

from __future__ import annotations

import math
from typing import Annotated

import numpy as np
from annotated_types import Ge, Gt, Le, MinLen

from lsdm_stats.arrays import FloatArray
from lsdm_stats.manifolds import BallMass, CliffordTorus
from lsdm_stats.populations.arcs import arc_w1, arcs_diameter, mean_resultant, window_sides
from lsdm_stats.populations.constants import Metric, joined
from lsdm_stats.populations.population import Population


class Clifford(Population):
    """X uniform on [0, 1]; on the first circle Y is uniform on the arc of share `width` around 2 pi X, else uniform.

    Parameters
    ----------
    radii : tuple of float
        Radii of the circles.
    width : float
        Length of the arc as a share of the circle; 0 makes X the first angle.

    Examples
    --------
    >>> truth = Clifford(radii=(1.0, 0.5), ambient_dim=4)
    >>> truth.manifold.reach, truth.conditional_w1(np.array([0.0]), np.array([0.5])).round(12)
    (0.5, np.float64(2.0))
    """

    condition_dim: Annotated[int, Ge(1), Le(1)] = 1
    ambient_dim: Annotated[int, Ge(2)] = 4
    radii: Annotated[tuple[Annotated[float, Gt(0)], ...], MinLen(1)] = (1.0, 1.0)
    width: Annotated[float, Ge(0), Le(1)] = 0.0

    @property
    def manifold(self) -> CliffordTorus:
        """The product of the circles."""
        return CliffordTorus(radii=self.radii, ambient_dim=self.ambient_dim, embedding_seed=self.embedding_seed)

    def conditional_w1(self, first: FloatArray, second: FloatArray) -> FloatArray:
        """Euclidean W1 between the conditional laws at conditions ``(…, 1)``; exact without or with isotropic noise."""
        return self.radii[0] * arc_w1(np.asarray(first)[..., 0], np.asarray(second)[..., 0], self.width)

    def draw_conditions(self, n: int, *, rng: np.random.Generator) -> FloatArray:
        """Uniform on [0, 1]."""
        return rng.random((n, 1))

    def draw_latents(self, conditions: FloatArray, *, rng: np.random.Generator) -> FloatArray:
        """Coordinates in the planes of the circles."""
        shares = rng.random((len(conditions), len(self.radii)))
        shares[:, 0] = conditions[:, 0] + self.width * (shares[:, 0] - 0.5)
        return self.manifold.base_points(2 * np.pi * shares)

    def _conditional_lipschitz(self) -> float:
        """Exact, by the closed form of W1."""
        return 2 * math.pi * self.radii[0] * mean_resultant(self.width)

    def _support_diameter(self, metric: Metric) -> float:
        """Exact, by one numerical maximisation."""
        others = 2 * math.hypot(*self.radii[1:])
        return arcs_diameter(self.width, metric, radius=self.radii[0], others=others)

    def _source_rates(self, metric: Metric) -> tuple[float, ...]:
        speeds = [2 * math.pi * radius for radius in self.radii]
        window = [self.width * speeds[0]] if self.width > 0 else []
        return (joined(metric, 1.0, speeds[0]), *window, *speeds[1:])

    def _source_sides(self, metric: Metric) -> tuple[float, ...]:
        return window_sides(self._source_rates(metric), metric, 2 * math.pi * self.radii[0], self.width)

    def _small_ball(self) -> BallMass:
        """A ball lies in the product of its shadows on the circles."""
        return BallMass(len(self.radii), math.prod(1 / (2 * radius) for radius in self.radii))
