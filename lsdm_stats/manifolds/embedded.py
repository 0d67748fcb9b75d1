"""Manifolds in a small base space, which an isometry carries into the ambient space."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Annotated, Self

import numpy as np
from annotated_types import Ge
from pydantic import model_validator

from lsdm_stats.arrays import FloatArray
from lsdm_stats.manifolds.embedding import check_ambient_dim, combine, embedding_matrix, off_plane_squared
from lsdm_stats.spec import Spec


class EmbeddedManifold(Spec, ABC):
    """A manifold that knows its nearest points in the base space; its global coordinates are those of that space.

    Parameters
    ----------
    ambient_dim : int
        Dimension of the ambient space, at least that of the base space.
    embedding_seed : int
        Seed of the isometric embedding.

    Examples
    --------
    >>> from lsdm_stats.manifolds import HelixCurve
    >>> helix: EmbeddedManifold = HelixCurve(ambient_dim=5)
    >>> helix.base_dim, helix.project(np.ones((4, 5))).shape
    (3, (4, 5))
    """

    ambient_dim: Annotated[int, Ge(1)]
    embedding_seed: Annotated[int, Ge(0)] = 0

    @model_validator(mode="after")
    def _embeds(self) -> Self:
        check_ambient_dim(self.base_dim, self.ambient_dim)
        return self

    @property
    @abstractmethod
    def base_dim(self) -> int:
        """Dimension of the base space."""

    @property
    @abstractmethod
    def intrinsic_dim(self) -> int:
        """Dimension of the manifold."""

    @property
    @abstractmethod
    def reach(self) -> float:
        """Largest r such that every point nearer than r has one nearest point on the manifold (Federer, 1959)."""

    @property
    @abstractmethod
    def diameter(self) -> float:
        """Largest Euclidean distance of two of its points."""

    @abstractmethod
    def project_base(self, base: FloatArray) -> FloatArray:
        """A nearest point of the manifold for each point ``(…, base_dim)`` of the base space."""

    @abstractmethod
    def tangents_base(self, base: FloatArray) -> FloatArray:
        """Orthonormal tangent vectors ``(…, intrinsic_dim, base_dim)`` at points of the manifold."""

    @property
    def latent_dim(self) -> int:
        """Dimension of the base space."""
        return self.base_dim

    @property
    def embedding(self) -> FloatArray:
        """Orthonormal basis of the base space in columns."""
        return embedding_matrix(self.base_dim, self.ambient_dim, self.embedding_seed)

    def encode(self, points: FloatArray) -> FloatArray:
        """Coordinates in the base space; 1-Lipschitz, an isometry on the manifold."""
        return points @ self.embedding

    def decode(self, latents: FloatArray) -> FloatArray:
        """The point of the base space with these coordinates, on the manifold or not; an isometry."""
        return combine(latents, self.embedding)

    def project(self, points: FloatArray) -> FloatArray:
        """A nearest point of the manifold."""
        return self.decode(self.project_base(self.encode(points)))

    def distance(self, points: FloatArray) -> FloatArray:
        """From the distance in the base space and the distance to that space."""
        base = self.encode(points)
        inside = ((base - self.project_base(base)) ** 2).sum(axis=-1)
        return np.sqrt(inside + off_plane_squared(points, base, self.embedding))

    def tangent_basis(self, latents: FloatArray) -> FloatArray:
        """Orthonormal tangent vectors ``(…, intrinsic_dim, ambient_dim)`` at points with these coordinates."""
        return combine(self.tangents_base(latents), self.embedding)
