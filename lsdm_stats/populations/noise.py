"""Noise added to responses on the manifold (docs/theory.md, F12)."""

from __future__ import annotations

import math
from typing import Annotated

import numpy as np
from annotated_types import Gt

from lsdm_stats.arrays import FloatArray
from lsdm_stats.manifolds import Manifold
from lsdm_stats.spec import Spec


class NoNoise(Spec):
    """Responses lie on the manifold.

    Examples
    --------
    >>> NoNoise().largest
    0.0
    """

    @property
    def variance(self) -> float:
        """Zero."""
        return 0.0

    @property
    def largest(self) -> float:
        """Largest length of the noise: zero."""
        return 0.0

    def draw(self, latents: FloatArray, manifold: Manifold, *, rng: np.random.Generator) -> FloatArray:
        """Zeros ``(n, ambient_dim)``; the generator is not read."""
        return np.zeros((len(latents), manifold.ambient_dim))


class IsotropicNoise(Spec):
    """Independent normal noise in every ambient coordinate.

    Parameters
    ----------
    scale : float
        Standard deviation per ambient coordinate.

    Examples
    --------
    >>> IsotropicNoise(scale=0.05).variance == 0.05**2
    True
    """

    scale: Annotated[float, Gt(0)]

    @property
    def variance(self) -> float:
        """Variance per ambient coordinate."""
        return self.scale**2

    @property
    def largest(self) -> float:
        """Largest length of the noise: infinite."""
        return math.inf

    def draw(self, latents: FloatArray, manifold: Manifold, *, rng: np.random.Generator) -> FloatArray:
        """Noise ``(n, ambient_dim)``."""
        return self.scale * rng.standard_normal((len(latents), manifold.ambient_dim))


class NormalNoise(Spec):
    """Noise orthogonal to the manifold: the distance of a response to the manifold is the length of its noise.

    Given the point of the manifold the direction is uniform among those orthogonal to the tangent space; the length is
    uniform on ``[0, radius]``. The radius must be below the reach, so that the point stays the nearest one (Federer
    1959, Theorem 4.8).

    Parameters
    ----------
    radius : float
        Largest length of the noise.

    Examples
    --------
    >>> from lsdm_stats.manifolds import CircleCurve
    >>> circle = CircleCurve(ambient_dim=3)
    >>> noise = NormalNoise(radius=0.5).draw(np.array([[0.6, 0.8]]), circle, rng=np.random.default_rng(1))
    >>> bool(abs(noise @ circle.tangent_basis(np.array([[0.6, 0.8]]))[0, 0]) < 1e-12)
    True
    """

    radius: Annotated[float, Gt(0)]

    @property
    def largest(self) -> float:
        """Largest length of the noise: the radius."""
        return self.radius

    def draw(self, latents: FloatArray, manifold: Manifold, *, rng: np.random.Generator) -> FloatArray:
        """Noise ``(n, ambient_dim)`` at the points of the manifold with these coordinates."""
        direction_rng, length_rng = rng.spawn(2)
        directions = direction_rng.standard_normal((len(latents), manifold.ambient_dim))
        tangents = manifold.tangent_basis(latents)
        for _ in range(2):  # twice, so that what is left over by rounding stays orthogonal
            for axis in range(tangents.shape[1]):
                tangent = tangents[:, axis]
                directions = directions - (directions * tangent).sum(axis=1, keepdims=True) * tangent
        lengths = self.radius * length_rng.random((len(latents), 1))
        return lengths * directions / np.linalg.norm(directions, axis=1, keepdims=True)
