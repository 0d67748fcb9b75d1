"""A linear subspace."""

from __future__ import annotations

import math
from typing import Annotated, Self

import numpy as np
from annotated_types import Ge
from pydantic import model_validator

from lsdm_stats.arrays import FloatArray
from lsdm_stats.manifolds.embedding import check_ambient_dim, combine, embedding_matrix
from lsdm_stats.spec import Spec


class LinearSubspace(Spec):
    """A subspace of dimension `intrinsic_dim` through the origin; reach is infinite.

    Parameters
    ----------
    intrinsic_dim : int
        Dimension of the subspace.
    ambient_dim : int
        Dimension of the ambient space.
    embedding_seed : int
        Seed of the isometric embedding.

    Examples
    --------
    >>> plane = LinearSubspace(intrinsic_dim=2, ambient_dim=3)
    >>> bool(np.allclose(plane.distance(plane.decode(np.ones((4, 2)))), 0))
    True
    """

    intrinsic_dim: Annotated[int, Ge(1)]
    ambient_dim: Annotated[int, Ge(1)]
    embedding_seed: Annotated[int, Ge(0)] = 0

    @model_validator(mode="after")
    def _fits(self) -> Self:
        check_ambient_dim(self.intrinsic_dim, self.ambient_dim)
        return self

    @property
    def latent_dim(self) -> int:
        """Orthonormal coordinates in the subspace."""
        return self.intrinsic_dim

    @property
    def reach(self) -> float:
        """Infinite."""
        return math.inf

    @property
    def embedding(self) -> FloatArray:
        """Orthonormal basis in columns."""
        return embedding_matrix(self.intrinsic_dim, self.ambient_dim, self.embedding_seed)

    def encode(self, points: FloatArray) -> FloatArray:
        """Coordinates of the nearest point; 1-Lipschitz."""
        return points @ self.embedding

    def decode(self, latents: FloatArray) -> FloatArray:
        """The point with these coordinates; an isometry."""
        return combine(latents, self.embedding)

    def project(self, points: FloatArray) -> FloatArray:
        """The nearest point."""
        return self.decode(self.encode(points))

    def distance(self, points: FloatArray) -> FloatArray:
        """Length of the part orthogonal to the subspace."""
        return np.linalg.norm(points - self.project(points), axis=-1)

    def tangent_basis(self, latents: FloatArray) -> FloatArray:
        """The basis of the subspace, ``(…, intrinsic_dim, ambient_dim)``, the same at all points."""
        return np.broadcast_to(self.embedding.T, (*latents.shape[:-1], self.intrinsic_dim, self.ambient_dim))
