"""Points near the condition on a sphere of any dimension (docs/theory.md, F6)."""

from __future__ import annotations

import math
from typing import Annotated

import numpy as np
from annotated_types import Ge

from lsdm_stats.arrays import FloatArray
from lsdm_stats.manifolds import BallMass, SphereSurface
from lsdm_stats.manifolds.sphere import radial_projection
from lsdm_stats.populations.constants import Metric, joined, sphere_small_ball
from lsdm_stats.populations.kernels import CapKernel, VonMisesKernel
from lsdm_stats.populations.noise import NormalNoise
from lsdm_stats.populations.population import Population


class Spherical(Population):
    """X uniform on the unit sphere of R^p; Y from a law on the sphere that is symmetric about X.

    Parameters
    ----------
    condition_dim : int
        p, one more than the dimension of the sphere.
    kernel : CapKernel or VonMisesKernel
        The law of Y about X: uniform on a cap, or of von Mises and Fisher.

    Examples
    --------
    >>> truth = Spherical(kernel=CapKernel(angle=np.pi / 2))
    >>> truth.conditional_w1(np.array([0.0, 0.0, 1.0]), np.array([0.0, 0.0, -1.0])).round(12)
    np.float64(1.0)
    """

    condition_dim: Annotated[int, Ge(2)] = 3
    ambient_dim: Annotated[int, Ge(2)] = 3
    kernel: CapKernel | VonMisesKernel = CapKernel()

    @property
    def manifold(self) -> SphereSurface:
        """The unit sphere."""
        return SphereSurface(
            dim=self.condition_dim - 1, ambient_dim=self.ambient_dim, embedding_seed=self.embedding_seed
        )

    def conditional_w1(self, first: FloatArray, second: FloatArray) -> FloatArray:
        """Euclidean W1 between the conditional laws at unit vectors ``(…, p)``; exact without or with isotropic noise.

        The laws are mirror images, and each is the denser one on its side of the mirror: W1 is the distance of the
        means (docs/theory.md, F6).
        """
        one, other = radial_projection(np.asarray(first)), radial_projection(np.asarray(second))
        return self._resultant * np.linalg.norm(one - other, axis=-1)

    def draw_conditions(self, n: int, *, rng: np.random.Generator) -> FloatArray:
        """Uniform on the unit sphere."""
        return radial_projection(rng.standard_normal((n, self.condition_dim)))

    def draw_latents(self, conditions: FloatArray, *, rng: np.random.Generator) -> FloatArray:
        """Points at an angle from the kernel, in a uniform direction."""
        angle_rng, direction_rng = rng.spawn(2)
        x = radial_projection(conditions)
        angle = self.kernel.angles(angle_rng.random((len(x), 1)), self.manifold.dim)
        directions = direction_rng.standard_normal(x.shape)
        directions = radial_projection(directions - (directions * x).sum(axis=1, keepdims=True) * x)
        return np.cos(angle) * x + np.sin(angle) * directions

    def transport_constant(self, metric: Metric = "sum") -> float:
        """Also from the laws of X and of Y given X (docs/theory.md, F6)."""
        known = super().transport_constant(metric)
        if isinstance(self.noise, NormalNoise):
            return known
        given_x = math.sin(min(self.kernel.largest_angle, math.pi / 2)) ** 2
        moving = (1 + self._resultant) ** 2 / self.manifold.dim
        return min(known, given_x + moving + self.noise.variance)

    @property
    def _resultant(self) -> float:
        return self.kernel.mean_resultant(self.manifold.dim)

    def _conditional_lipschitz(self) -> float:
        """Exact, by the closed form of W1."""
        return self._resultant

    def _support_diameter(self, metric: Metric) -> float:
        """Opposite conditions can have opposite responses."""
        return joined(metric, 2.0, 2.0)

    def _small_ball(self) -> BallMass:
        """Y is uniform on the sphere."""
        return sphere_small_ball(self.manifold.dim)
