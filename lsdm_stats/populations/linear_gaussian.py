"""The linear-Gaussian model, where everything is known in closed form (docs/theory.md, F1)."""

from __future__ import annotations

import math
from typing import Annotated

import numpy as np
from annotated_types import Ge, Gt

from lsdm_stats.arrays import FloatArray
from lsdm_stats.manifolds import BallMass, LinearSubspace, combine, embedding_matrix
from lsdm_stats.manifolds.sphere import ball_volume
from lsdm_stats.populations.constants import Metric, check_metric
from lsdm_stats.populations.noise import NormalNoise
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

    def conditional_w1(self, first: FloatArray, second: FloatArray) -> FloatArray:
        """W1 between the conditional laws at conditions ``(…, p)``, which are translates; exact, whatever the noise.

        Examples
        --------
        >>> LinearGaussian(signal=2.0).conditional_w1(np.array([0.0]), np.array([0.5])).round(12)
        np.float64(1.0)
        """
        return np.linalg.norm(combine(np.asarray(first) - second, self.coefficients), axis=-1)

    def transport_constant(self, metric: Metric = "sum") -> float:
        """Squared Lipschitz constant of the linear map from a standard normal law to (X, Y); exact, infinite otherwise.

        In the Euclidean metric it is the largest eigenvalue of the joint covariance.
        """
        check_metric(metric)
        if isinstance(self.noise, NormalNoise):
            return math.inf
        rest = self.residual**2 + self.noise.variance
        if metric == "sum":
            return (1 + self.signal) ** 2 + rest
        return float(np.linalg.eigvalsh([[1.0, self.signal], [self.signal, self.signal**2 + rest]])[-1])

    def _conditional_lipschitz(self) -> float:
        """Exact: the singular values of B are 1."""
        return self.signal

    def _small_ball(self) -> BallMass:
        """From the largest density in the subspace."""
        determinant = float(np.linalg.det(2 * math.pi * self.latent_covariance))
        return BallMass(self.intrinsic_dim, ball_volume(self.intrinsic_dim) / math.sqrt(determinant))

    def _in_ambient_space(self, covariance: FloatArray) -> FloatArray:
        embedding, identity = self.manifold.embedding, np.eye(self.ambient_dim)
        if isinstance(self.noise, NormalNoise):  # of uniform length on [0, r]: mean squared length r^2 / 3
            across = (identity - embedding @ embedding.T) / (self.ambient_dim - self.intrinsic_dim)
            return embedding @ covariance @ embedding.T + self.noise.radius**2 / 3 * across
        return embedding @ covariance @ embedding.T + self.noise.variance * identity
