"""What every manifold answers."""

from __future__ import annotations

from typing import Protocol, runtime_checkable

from lsdm_stats.arrays import FloatArray


@runtime_checkable
class Manifold(Protocol):
    """A closed set in ambient space; points have the ambient coordinates on the last axis.

    Examples
    --------
    >>> from lsdm_stats.manifolds import CircleCurve, HelixCurve
    >>> isinstance(CircleCurve(), Manifold), isinstance(HelixCurve(), Manifold)
    (True, True)
    """

    @property
    def ambient_dim(self) -> int:
        """Dimension of the ambient space."""
        ...

    @property
    def intrinsic_dim(self) -> int:
        """Dimension of the manifold."""
        ...

    @property
    def latent_dim(self) -> int:
        """Dimension of its global coordinates."""
        ...

    @property
    def reach(self) -> float:
        """Largest r such that every point nearer than r has one nearest point on the manifold (Federer, 1959)."""
        ...

    def project(self, points: FloatArray) -> FloatArray:
        """A nearest point of the manifold for each point ``(…, ambient_dim)``."""
        ...

    def distance(self, points: FloatArray) -> FloatArray:
        """Euclidean distance of each point ``(…, ambient_dim)`` to the manifold."""
        ...

    def encode(self, points: FloatArray) -> FloatArray:
        """Global coordinates ``(…, latent_dim)``."""
        ...

    def decode(self, latents: FloatArray) -> FloatArray:
        """Points ``(…, ambient_dim)`` with given coordinates."""
        ...

    def tangent_basis(self, latents: FloatArray) -> FloatArray:
        """Orthonormal tangent vectors ``(…, intrinsic_dim, ambient_dim)`` at points given by coordinates."""
        ...
