"""Gaussian mixtures in a subspace that move with the condition (docs/theory.md, F14)."""

from __future__ import annotations

import math
from typing import Annotated, Self

import numpy as np
from annotated_types import Ge, Gt, Le, MinLen
from pydantic import model_validator

from lsdm_stats.arrays import FloatArray
from lsdm_stats.manifolds import BallMass, LinearSubspace
from lsdm_stats.manifolds.sphere import ball_volume
from lsdm_stats.populations.constants import Metric, joined
from lsdm_stats.populations.gaussian_mixtures import GaussianMixtures
from lsdm_stats.populations.noise import NormalNoise
from lsdm_stats.populations.population import Population

Vector = Annotated[tuple[float, ...], MinLen(1)]


class MixtureLatents(Population):
    """X uniform on [0, 1]; Z given x a mixture of N(centre_j + (x - 1/2) slope_j, scale_j^2 I); Y = A Z + noise.

    A has orthonormal columns. The velocity and the score of the way from noise to Z are known in closed form
    (docs/theory.md, E1.velocity), for every affine image of Y as well.

    Parameters
    ----------
    weights : tuple of float
        Weights of the components, normalised here.
    centres, slopes : tuple of tuples of float
        Means at x = 1/2 and how they move with x; one vector per component, all of one dimension k.
    scales : tuple of float
        Standard deviations; 0 is a point mass.

    Raises
    ------
    ValueError
        If there is not one centre, slope and scale per weight, or dimensions differ.

    Examples
    --------
    >>> truth = MixtureLatents(centres=((-1.0,), (1.0,)), slopes=((0.5,), (0.5,)), ambient_dim=1)
    >>> truth.mixtures(np.array([[0.5]])).means[0, :, 0]
    array([-1.,  1.])
    >>> truth.conditional_lipschitz
    0.5
    """

    condition_dim: Annotated[int, Ge(1), Le(1)] = 1
    ambient_dim: Annotated[int, Ge(1)] = 2
    weights: Annotated[tuple[Annotated[float, Gt(0)], ...], MinLen(1)] = (0.4, 0.6)
    centres: tuple[Vector, ...] = ((-1.0, 0.0), (1.0, 0.0))
    slopes: tuple[Vector, ...] = ((0.0, 1.0), (0.0, -1.0))
    scales: tuple[Annotated[float, Ge(0)], ...] = (0.2, 0.3)

    @model_validator(mode="after")
    def _components_fit(self) -> Self:
        counts = {len(self.weights), len(self.centres), len(self.slopes), len(self.scales)}
        dims = {len(vector) for vector in (*self.centres, *self.slopes)}
        if len(counts) != 1 or len(dims) != 1:
            raise ValueError("there must be one centre, slope and scale per weight, all vectors of one dimension; got "
                             f"{sorted(counts)} of them and dimensions {sorted(dims)}; match them")
        return self

    @property
    def intrinsic_dim(self) -> int:
        """Dimension k of the latents."""
        return len(self.centres[0]) if self.centres else 1

    @property
    def manifold(self) -> LinearSubspace:
        """The range of A."""
        return LinearSubspace(
            intrinsic_dim=self.intrinsic_dim, ambient_dim=self.ambient_dim, embedding_seed=self.embedding_seed
        )

    @property
    def shares(self) -> FloatArray:
        """Weights that add up to 1."""
        weights = np.array(self.weights)
        return weights / weights.sum()

    def mixtures(self, conditions: FloatArray) -> GaussianMixtures:
        """Laws of the latents Z given conditions ``(..., n, 1)``."""
        means = self._means(conditions)
        covariances = np.square(self.scales)[:, None, None] * np.eye(self.intrinsic_dim)
        return GaussianMixtures(np.log(self.shares), means, covariances[None])

    def response_mixtures(self, conditions: FloatArray) -> GaussianMixtures:
        """Laws of the responses Y given conditions ``(..., n, 1)``, noise included.

        Raises
        ------
        ValueError
            If the noise is not isotropic: the laws are then no Gaussian mixtures.
        """
        if isinstance(self.noise, NormalNoise):
            raise ValueError("responses are a Gaussian mixture for isotropic noise or none; got NormalNoise; change it")
        laws = self.mixtures(conditions).mapped(self.manifold.embedding, np.zeros(self.ambient_dim))
        covariances = laws.covariances + self.noise.variance * np.eye(self.ambient_dim)
        return GaussianMixtures(laws.log_weights, laws.means, covariances)

    def draw_conditions(self, n: int, *, rng: np.random.Generator) -> FloatArray:
        """Uniform on [0, 1]."""
        return rng.random((n, 1))

    def draw_latents(self, conditions: FloatArray, *, rng: np.random.Generator) -> FloatArray:
        """A component, then a point of it."""
        component_rng, point_rng = rng.spawn(2)
        steps = np.cumsum(self.shares)[:-1]
        chosen = np.searchsorted(steps, component_rng.random(len(conditions)), side="right")
        points = np.array(self.scales)[chosen, None] * point_rng.standard_normal((len(conditions), self.intrinsic_dim))
        return self._means(conditions)[np.arange(len(conditions)), chosen] + points

    def _means(self, conditions: FloatArray) -> FloatArray:
        return np.array(self.centres) + (conditions[..., None, :] - 0.5) * np.array(self.slopes)

    def _conditional_lipschitz(self) -> float:
        """An upper bound, exact for equal slopes: every component moves by its slope."""
        return float(self.shares @ np.linalg.norm(np.array(self.slopes), axis=1))

    def _support_diameter(self, metric: Metric) -> float:
        """Exact for point masses: distances are convex in both conditions, hence largest at their ends."""
        if any(self.scales):
            return math.inf
        ends = np.array([[0.0], [1.0]])
        points = self._means(ends)
        largest = 0.0
        for i in range(2):
            for j in range(2):
                apart = np.linalg.norm(points[i][:, None] - points[j][None], axis=-1).max()
                largest = max(largest, joined(metric, float(i != j), float(apart)))
        return largest

    def _small_ball(self) -> BallMass | None:
        """From the largest density of each component."""
        if not all(self.scales):
            return None
        dim = self.intrinsic_dim
        densities = (2 * math.pi * np.square(self.scales)) ** (-dim / 2)
        return BallMass(dim, ball_volume(dim) * float(self.shares @ densities))
