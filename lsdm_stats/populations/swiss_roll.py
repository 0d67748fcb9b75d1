"""A bimodal conditional law on the swiss roll (docs/theory.md, F9)."""

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


class SwissRoll(Population):
    """X uniform on [0, 1]; along the roll one of two modes that move outward with X, in height a sine of X.

    With B a fair coin, E standard normal clipped to [-3, 3] and U uniform on [0, 1]: ``t = .15 + .3 X + .4 B + .05 E``
    and ``h = .5 + .3 sin(2 pi X) + .2 (U - .5)``, both clipped to [0, 1]; the angle is ``1.5 pi (1 + 2 t)``.

    Examples
    --------
    >>> truth = SwissRoll(ambient_dim=16)
    >>> truth.response_dim, truth.manifold.intrinsic_dim
    (16, 2)
    """

    condition_dim: Annotated[int, Ge(1), Le(1)] = 1
    ambient_dim: Annotated[int, Ge(3)] = 3

    @property
    def manifold(self) -> SwissRollSheet:
        """The roll."""
        return SwissRollSheet(ambient_dim=self.ambient_dim, embedding_seed=self.embedding_seed)

    def draw_conditions(self, n: int, *, rng: np.random.Generator) -> FloatArray:
        """Uniform on [0, 1]."""
        return rng.random((n, 1))

    def draw_latents(self, conditions: FloatArray, *, rng: np.random.Generator) -> FloatArray:
        """Arc length and height."""
        x, n = conditions[:, 0], len(conditions)
        mode_rng, jitter_rng, height_rng = rng.spawn(3)
        mode = mode_rng.random(n) < 0.5
        jitter = np.clip(jitter_rng.standard_normal(n), -3, 3)
        along = np.clip(0.15 + 0.3 * x + 0.4 * mode + 0.05 * jitter, 0, 1)
        height = np.clip(0.5 + 0.3 * np.sin(2 * np.pi * x) + 0.2 * (height_rng.random(n) - 0.5), 0, 1)
        return np.stack([arc_length(INNER_ANGLE + (OUTER_ANGLE - INNER_ANGLE) * along), height], axis=1)

    def _conditional_lipschitz(self) -> float:
        """An upper bound: every point moves at a rate of at most this (docs/theory.md, F9)."""
        return 3.41

    def _support_diameter(self, metric: Metric) -> float:
        """An upper bound: heights lie in [.1, .9], and the diameter of the spiral is 1.7835, rounded up."""
        return joined(metric, 1.0, math.hypot(1.7835, 0.8))
