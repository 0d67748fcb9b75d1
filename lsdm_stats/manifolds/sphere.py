"""The unit sphere of any dimension."""

from __future__ import annotations

import math
from typing import Annotated

import numpy as np
from annotated_types import Ge

from lsdm_stats.arrays import FloatArray
from lsdm_stats.manifolds.embedded import EmbeddedManifold


class SphereSurface(EmbeddedManifold):
    """The unit sphere of dimension `dim` in a subspace of dimension ``dim + 1``.

    Parameters
    ----------
    dim : int
        Dimension of the sphere: 2 for the surface of a ball.

    Examples
    --------
    >>> sphere = SphereSurface(dim=2, ambient_dim=3)
    >>> sphere.distance(np.array([[2.0, 3.0, 6.0], [0.0, 0.0, 0.0]])).round(12)
    array([6., 1.])
    """

    dim: Annotated[int, Ge(1)]

    @property
    def base_dim(self) -> int:
        """One more than the sphere's dimension."""
        return self.dim + 1

    @property
    def intrinsic_dim(self) -> int:
        """`dim`."""
        return self.dim

    @property
    def reach(self) -> float:
        """The radius: the centre has no unique nearest point."""
        return 1.0

    @property
    def diameter(self) -> float:
        """Two."""
        return 2.0

    def project_base(self, base: FloatArray) -> FloatArray:
        """The radial projection; from the centre, an arbitrary point."""
        return radial_projection(base)

    def tangents_base(self, base: FloatArray) -> FloatArray:
        """The images of all axes but the first under a reflection that takes the first to the point."""
        return reflected_axes(base)


def radial_projection(points: FloatArray) -> FloatArray:
    """Points scaled to length 1; the first axis for the origin."""
    length = np.linalg.norm(points, axis=-1, keepdims=True)
    first = np.zeros_like(points)
    first[..., 0] = 1.0
    return np.where(length > 0, points / np.where(length > 0, length, 1.0), first)


def reflected_axes(points: FloatArray) -> FloatArray:
    """Orthonormal vectors ``(…, b - 1, b)`` orthogonal to unit vectors ``(…, b)``: a Householder reflection."""
    mirror = points.copy()
    mirror[..., 0] += np.where(points[..., 0] < 0, -1.0, 1.0)
    mirror /= np.linalg.norm(mirror, axis=-1, keepdims=True)
    axes = np.eye(points.shape[-1])[1:]
    return axes - 2 * mirror[..., 1:, None] * mirror[..., None, :]


def sphere_area(dim: int) -> float:
    """Area of the unit sphere of this dimension in its Euclidean space.

    Examples
    --------
    >>> sphere_area(1) == 2 * math.pi, round(sphere_area(2) / math.pi, 12)
    (True, 4.0)
    """
    return 2 * math.pi ** ((dim + 1) / 2) / math.gamma((dim + 1) / 2)


def ball_volume(dim: int) -> float:
    """Volume of the unit ball of R^dim.

    Examples
    --------
    >>> round(ball_volume(1), 12), round(ball_volume(3) / math.pi, 12)
    (2.0, 1.333333333333)
    """
    return math.pi ** (dim / 2) / math.gamma(dim / 2 + 1)
