"""The linear-Gaussian model, where everything is known in closed form (docs/theory.md, F1)."""

from __future__ import annotations

from typing import Annotated, Self

import numpy as np
from annotated_types import Ge, Gt
from pydantic import model_validator

from lsdm_stats.arrays import FloatArray
from lsdm_stats.manifolds import LinearSubspace, combine, embedding_matrix
from lsdm_stats.manifolds.embedding import check_ambient_dim
from lsdm_stats.populations.population import Population


class LinearGaussian(Population):
    """X standard normal in R^p, Z = signal B X + residual E in R^k with E standard normal, Y = A Z + noise.

    A has orthonormal columns; so has B, or B transposed where p > k.

    Parameters
    ----------
    condition_dim : int
        p.
    intrinsic_dim : int
        k.
    signal : float
        Size of the part of Z that X explains.
    residual : float
        Standard deviation of every coordinate of the rest.

    Examples
    --------
    >>> truth = LinearGaussian(condition_dim=1, intrinsic_dim=2, ambient_dim=5)
    >>> truth.latent_covariance.shape
    (2, 2)
    """

    condition_dim: Annotated[int, Ge(1)] = 1
    intrinsic_dim: Annotated[int, Ge(1)] = 2
    ambient_dim: Annotated[int, Ge(1)] = 2
    signal: Annotated[float, Ge(0)] = 1.0
    residual: Annotated[float, Gt(0)] = 0.5

    @model_validator(mode="after")
    def _fits(self) -> Self:
        check_ambient_dim(self.intrinsic_dim, self.ambient_dim)
        return self

    @property
    def manifold(self) -> LinearSubspace:
        """The range of A."""
        return LinearSubspace(
            intrinsic_dim=self.intrinsic_dim, ambient_dim=self.ambient_dim, embedding_seed=self.embedding_seed
        )

    @property
    def coefficients(self) -> FloatArray:
        """``signal B``, of shape ``(k, p)``."""
        small, large = sorted((self.intrinsic_dim, self.condition_dim))
        columns = embedding_matrix(small, large, self.embedding_seed + 1)
        return self.signal * (columns if large == self.intrinsic_dim else columns.T)

    @property
    def latent_covariance(self) -> FloatArray:
        """Covariance of Z, ``(k, k)``."""
        return self.coefficients @ self.coefficients.T + self.residual**2 * np.eye(self.intrinsic_dim)

    @property
    def response_covariance(self) -> FloatArray:
        """Covariance of Y, ``(q, q)``."""
        return self._in_ambient_space(self.latent_covariance)

    @property
    def conditional_covariance(self) -> FloatArray:
        """Covariance of Y given X, ``(q, q)``; the same for every condition."""
        return self._in_ambient_space(self.residual**2 * np.eye(self.intrinsic_dim))

    def conditional_mean(self, conditions: FloatArray) -> FloatArray:
        """Mean of Y ``(…, q)`` given conditions ``(…, p)``."""
        return self.manifold.decode(combine(conditions, self.coefficients))

    def draw_conditions(self, n: int, *, rng: np.random.Generator) -> FloatArray:
        """Standard normal."""
        return rng.standard_normal((n, self.condition_dim))

    def draw_latents(self, conditions: FloatArray, *, rng: np.random.Generator) -> FloatArray:
        """Normal with mean ``signal B x`` and covariance ``residual^2 I``."""
        return combine(conditions, self.coefficients) + self.residual * rng.standard_normal(
            (len(conditions), self.intrinsic_dim)
        )

    def _in_ambient_space(self, covariance: FloatArray) -> FloatArray:
        embedding = self.manifold.embedding
        return embedding @ covariance @ embedding.T + self.noise.variance * np.eye(self.ambient_dim)
