"""The swiss roll with conditions in a cube, each coordinate of which moves something else (docs/theory.md, F9)."""

from __future__ import annotations

import math
from typing import Annotated

import numpy as np
from annotated_types import Ge, Le

from lsdm_stats.arrays import FloatArray
from lsdm_stats.manifolds import SwissRollSheet
from lsdm_stats.manifolds.swiss_roll import INNER_ANGLE, OUTER_ANGLE, arc_length
from lsdm_stats.populations.constants import Metric, joined
from lsdm_stats.populations.population import Population


class SwissRollOfCube(Population):
    """X uniform on [0, 1]^3: along the roll one of two modes that move outward with X1, in height a sine of X2.

    With B a coin that is 1 with probability ``.2 + .6 X3``, E standard normal clipped to [-3, 3] and U uniform on
    [0, 1]: ``t = .15 + .3 X1 + .4 B + .05 E`` and ``h = .5 + .3 sin(2 pi X2) + .2 (U - .5)``; the angle is
    ``1.5 pi (1 + 2 t)``. Both stay within [0, 1].

    Examples
    --------
    >>> truth = SwissRollOfCube(ambient_dim=16)
    >>> truth.condition_dim, truth.response_dim, truth.manifold.intrinsic_dim
    (3, 16, 2)
    """

    condition_dim: Annotated[int, Ge(3), Le(3)] = 3
    ambient_dim: Annotated[int, Ge(3)] = 3

    @property
    def manifold(self) -> SwissRollSheet:
        """The roll."""
        return SwissRollSheet(ambient_dim=self.ambient_dim, embedding_seed=self.embedding_seed)

    def draw_conditions(self, n: int, *, rng: np.random.Generator) -> FloatArray:
        """Uniform on the cube."""
        return rng.random((n, 3))

    def draw_latents(self, conditions: FloatArray, *, rng: np.random.Generator) -> FloatArray:
        """Arc length and height."""
        n = len(conditions)
        mode_rng, jitter_rng, height_rng = rng.spawn(3)
        mode = mode_rng.random(n) < 0.2 + 0.6 * conditions[:, 2]
        jitter = np.clip(jitter_rng.standard_normal(n), -3, 3)
        along = 0.15 + 0.3 * conditions[:, 0] + 0.4 * mode + 0.05 * jitter
        height = 0.5 + 0.3 * np.sin(2 * np.pi * conditions[:, 1]) + 0.2 * (height_rng.random(n) - 0.5)
        return np.stack([arc_length(INNER_ANGLE + (OUTER_ANGLE - INNER_ANGLE) * along), height], axis=1)

    def _conditional_lipschitz(self) -> float:
        """An upper bound: points move with X1 and X2, and .6 per unit of X3 change mode (docs/theory.md, F9)."""
        return 3.04

    def _support_diameter(self, metric: Metric) -> float:
        """An upper bound, as for the roll of one condition."""
        return joined(metric, math.sqrt(3), math.hypot(1.7835, 0.8))
