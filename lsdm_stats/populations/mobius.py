"""Windows on a Moebius band (docs/theory.md, F13)."""

from __future__ import annotations

import math
from typing import Annotated

import numpy as np
from annotated_types import Ge, Gt, Le

from lsdm_stats.arrays import FloatArray
from lsdm_stats.manifolds import MobiusBand
from lsdm_stats.populations.arcs import window_sides
from lsdm_stats.populations.constants import Metric, joined
from lsdm_stats.populations.population import Population

_SPEED = 2 * math.pi * math.sqrt(37 / 16)  # rate of change per turn: at most (3/2)^2 + (1/4)^2 squared per radian


class Mobius(Population):
    """X uniform on [0, 1]; Y around a Moebius band in a window at 2 pi X, and uniform across it.

    The angle is uniform on an arc with the share `width` of the circle, s on [-1, 1].

    Parameters
    ----------
    width : float
        Length of the arc as a share of the circle.

    Examples
    --------
    >>> Mobius().manifold.latent_dim, Mobius().manifold.intrinsic_dim
    (3, 2)
    """

    condition_dim: Annotated[int, Ge(1), Le(1)] = 1
    ambient_dim: Annotated[int, Ge(3)] = 3
    width: Annotated[float, Gt(0), Le(1)] = 0.3

    @property
    def manifold(self) -> MobiusBand:
        """The band."""
        return MobiusBand(ambient_dim=self.ambient_dim, embedding_seed=self.embedding_seed)

    def draw_conditions(self, n: int, *, rng: np.random.Generator) -> FloatArray:
        """Uniform on [0, 1]."""
        return rng.random((n, 1))

    def draw_latents(self, conditions: FloatArray, *, rng: np.random.Generator) -> FloatArray:
        """Coordinates in the space of the band."""
        shares = rng.random((len(conditions), 2))
        angles = 2 * np.pi * (conditions[:, 0] + self.width * (shares[:, 0] - 0.5))
        return self.manifold.base_points(np.stack([angles, 2 * shares[:, 1] - 1], axis=1))

    def _conditional_lipschitz(self) -> float:
        """An upper bound: the largest rate at which points move."""
        return _SPEED

    def _support_diameter(self, metric: Metric) -> float:
        """An upper bound: conditions and responses as far apart as they can be."""
        return joined(metric, 1.0, self.manifold.diameter)

    def _source_rates(self, metric: Metric) -> tuple[float, ...]:
        return joined(metric, 1.0, _SPEED), _SPEED * self.width, 1.0

    def _source_sides(self, metric: Metric) -> tuple[float, ...]:
        """The directions around the band and across it are orthogonal."""
        return window_sides(self._source_rates(metric), metric, _SPEED, self.width)
