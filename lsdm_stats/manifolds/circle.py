"""The unit circle in a plane of the ambient space."""

from __future__ import annotations

from typing import Annotated

import numpy as np
from annotated_types import Ge

from lsdm_stats.arrays import FloatArray, check_count
from lsdm_stats.manifolds.embedding import combine, embedding_matrix, off_plane_squared
from lsdm_stats.spec import Spec


class CircleCurve(Spec):
    """The unit circle; its global coordinates are those of its plane, since a circle has no chart of dimension one.

    Parameters
    ----------
    ambient_dim : int
        Dimension of the ambient space.
    embedding_seed : int
        Seed of the isometric embedding.

    Examples
    --------
    >>> circle = CircleCurve(ambient_dim=2)
    >>> circle.distance(np.array([[3.0, 4.0], [0.0, 0.0]]))
    array([4., 1.])
    """

    ambient_dim: Annotated[int, Ge(2)] = 2
    embedding_seed: Annotated[int, Ge(0)] = 0

    @property
    def intrinsic_dim(self) -> int:
        """One."""
        return 1

    @property
    def latent_dim(self) -> int:
        """Two: the coordinates of the plane."""
        return 2

    @property
    def reach(self) -> float:
        """The radius: the centre has no unique nearest point."""
        return 1.0

    @property
    def embedding(self) -> FloatArray:
        """Orthonormal basis of the plane in columns."""
        return embedding_matrix(2, self.ambient_dim, self.embedding_seed)

    def encode(self, points: FloatArray) -> FloatArray:
        """Coordinates in the plane; 1-Lipschitz, an isometry on the circle."""
        return points @ self.embedding

    def decode(self, latents: FloatArray) -> FloatArray:
        """The point of the plane with these coordinates, on the circle or not; an isometry."""
        return combine(latents, self.embedding)

    def tangent_basis(self, latents: FloatArray) -> FloatArray:
        """The unit tangent ``(…, 1, ambient_dim)`` at points of the circle with these coordinates."""
        turned = np.stack([-latents[..., 1], latents[..., 0]], axis=-1)[..., None, :]
        return combine(turned / np.linalg.norm(turned, axis=-1, keepdims=True), self.embedding)

    def expected_covering_radius(self, n: int) -> float:
        """Expected largest distance along the circle to the nearest of n uniform points (docs/theory.md, F3).

        It is half the largest of n gaps between neighbours: ``pi (1 + 1/2 + ... + 1/n) / n``.

        Raises
        ------
        ValueError
            If there is no point.

        Examples
        --------
        >>> CircleCurve().expected_covering_radius(1) == np.pi
        True
        """
        check_count(n, "n")
        return np.pi * float((1 / np.arange(n, 0, -1)).sum()) / n

    def project(self, points: FloatArray) -> FloatArray:
        """The nearest point of the circle; from the axis, an arbitrary one."""
        plane = self.encode(points)
        radius = np.linalg.norm(plane, axis=-1, keepdims=True)
        first = np.zeros_like(plane)
        first[..., 0] = 1.0
        return self.decode(np.where(radius > 0, plane / np.where(radius > 0, radius, 1.0), first))

    def distance(self, points: FloatArray) -> FloatArray:
        """From the radius in the plane and the distance to the plane."""
        plane = self.encode(points)
        return np.sqrt((np.linalg.norm(plane, axis=-1) - 1.0) ** 2 + off_plane_squared(points, plane, self.embedding))
