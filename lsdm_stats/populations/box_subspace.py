"""Boxes in a subspace that move with the condition (docs/theory.md, F2)."""

from __future__ import annotations

import itertools
import math
from typing import Annotated

import numpy as np
from annotated_types import Ge, Gt, Le, MinLen

from lsdm_stats.arrays import FloatArray
from lsdm_stats.manifolds import BallMass, LinearSubspace, combine, embedding_matrix
from lsdm_stats.manifolds.sphere import ball_volume
from lsdm_stats.populations.constants import Metric, joined
from lsdm_stats.populations.population import Population


class BoxSubspace(Population):
    """X uniform on the unit cube; Y = A (signal B (X - 1/2) + widths * (U - 1/2)) with U uniform on the unit cube.

    A has orthonormal columns; so has B, or B transposed where there are more conditions than widths.

    Parameters
    ----------
    condition_dim : int
        Dimension p of the conditions, up to 10.
    widths : tuple of float
        Sides of the box that Y is uniform on given X; their number is the dimension k of the subspace.
    signal : float
        How far the box moves when X moves by 1.

    Examples
    --------
    >>> truth = BoxSubspace(widths=(1.0, 0.5), ambient_dim=4, signal=0.5)
    >>> truth.conditional_lipschitz, truth.conditional_w1(np.array([0.2]), np.array([0.8])).round(12)
    (0.5, np.float64(0.3))
    """

    condition_dim: Annotated[int, Ge(1), Le(10)] = 1
    ambient_dim: Annotated[int, Ge(1)] = 2
    widths: Annotated[tuple[Annotated[float, Gt(0)], ...], MinLen(1)] = (1.0, 1.0)
    signal: Annotated[float, Ge(0)] = 1.0

    @property
    def manifold(self) -> LinearSubspace:
        """The range of A."""
        return LinearSubspace(
            intrinsic_dim=len(self.widths), ambient_dim=self.ambient_dim, embedding_seed=self.embedding_seed
        )

    @property
    def coefficients(self) -> FloatArray:
        """``signal B``, of shape ``(k, p)``."""
        small, large = sorted((len(self.widths), self.condition_dim))
        columns = embedding_matrix(small, large, self.embedding_seed + 1)
        return self.signal * (columns if large == len(self.widths) else columns.T)

    def conditional_w1(self, first: FloatArray, second: FloatArray) -> FloatArray:
        """W1 between the conditional laws at conditions ``(…, p)``, which are translates; exact for all noise."""
        return np.linalg.norm(combine(np.asarray(first) - second, self.coefficients), axis=-1)

    def draw_conditions(self, n: int, *, rng: np.random.Generator) -> FloatArray:
        """Uniform on the unit cube."""
        return rng.random((n, self.condition_dim))

    def draw_latents(self, conditions: FloatArray, *, rng: np.random.Generator) -> FloatArray:
        """Uniform on the box around ``signal B (x - 1/2)``."""
        steps = rng.random((len(conditions), len(self.widths))) - 0.5
        return combine(conditions - 0.5, self.coefficients) + np.array(self.widths) * steps

    def _conditional_lipschitz(self) -> float:
        """Exact: the singular values of B are 1."""
        return self.signal

    def _support_diameter(self, metric: Metric) -> float:
        """A convex function of the step in X, hence largest at a corner; given it, in U as well."""
        corners = np.array(list(itertools.product((-1.0, 1.0), repeat=self.condition_dim)))
        steps = np.abs(corners @ self.coefficients.T) + np.array(self.widths)
        return joined(metric, math.sqrt(self.condition_dim), float(np.linalg.norm(steps, axis=1).max()))

    def _source_rates(self, metric: Metric) -> tuple[float, ...]:
        lengths = np.linalg.norm(self.coefficients, axis=0)
        return (*(joined(metric, 1.0, float(length)) for length in lengths), *self.widths)

    def _source_sides(self, metric: Metric) -> tuple[float, ...]:
        """From ``|s a + w b|^2 <= (s^2 + s) |a|^2 + (1 + s) |w b|^2``, and ``(|a| + |b|)^2 <= 2 |a|^2 + 2 |b|^2``."""
        s = self.signal
        if metric == "sum":
            of_conditions, stretch = math.sqrt(2) * (1 + s), math.sqrt(2)
        else:
            of_conditions, stretch = math.sqrt(1 + s + s**2), math.sqrt(1 + s)
        return (*[of_conditions] * self.condition_dim, *(stretch * width for width in self.widths))

    def _source_lipschitz(self, metric: Metric) -> float:
        """Of the linear map from the unit cube: its largest singular value, or a bound in the sum metric."""
        if metric == "sum":
            return math.hypot(1 + self.signal, max(self.widths))
        p, k = self.condition_dim, len(self.widths)
        upper = np.hstack([np.eye(p), np.zeros((p, k))])
        return float(np.linalg.norm(np.vstack([upper, np.hstack([self.coefficients, np.diag(self.widths)])]), 2))

    def _small_ball(self) -> BallMass:
        """The density of Y in the subspace is at most that of the box."""
        dim = len(self.widths)
        return BallMass(dim, ball_volume(dim) / math.prod(self.widths))
