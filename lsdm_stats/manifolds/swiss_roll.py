"""The swiss roll of outer radius 1: a rectangle rolled up without stretching."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Annotated

import numpy as np
from annotated_types import Ge

from lsdm_stats.arrays import FloatArray
from lsdm_stats.manifolds.embedding import combine, embedding_matrix, off_plane_squared
from lsdm_stats.spec import Spec

INNER_ANGLE = 1.5 * np.pi
OUTER_ANGLE = 4.5 * np.pi
_CELLS = 48  # .2 radian each; the derivative of `_bend` vanishes only where tan(angle - phase) = 3 / angle, .9 pi apart
_STEPS = 60  # halvings of a cell: down to rounding error
_OfAngle = Callable[[FloatArray, FloatArray, FloatArray], FloatArray]


def _raw_arc_length(angle: FloatArray) -> FloatArray:
    return 0.5 * (angle * np.sqrt(1 + angle**2) + np.arcsinh(angle)) / OUTER_ANGLE


_ORIGIN = float(_raw_arc_length(np.array(INNER_ANGLE)))
LENGTH = float(_raw_arc_length(np.array(OUTER_ANGLE))) - _ORIGIN
"""Length of the spiral."""


def arc_length(angle: FloatArray) -> FloatArray:
    """Length of the spiral ``angle (cos, sin)(angle) / OUTER_ANGLE`` from its inner end."""
    return _raw_arc_length(angle) - _ORIGIN


def angle_at(length: FloatArray) -> FloatArray:
    """Inverse of `arc_length` on ``[0, LENGTH]``, by Newton's method; the arc length is convex in the angle."""
    angle = np.sqrt(INNER_ANGLE**2 + length / LENGTH * (OUTER_ANGLE**2 - INNER_ANGLE**2))
    for _ in range(6):  # quadratic convergence from within 1 % of the solution
        angle = angle - (arc_length(angle) - length) * OUTER_ANGLE / np.sqrt(1 + angle**2)
    return np.clip(angle, INNER_ANGLE, OUTER_ANGLE)


def nearest_angle(plane: FloatArray) -> FloatArray:
    """Angle of a nearest point of the spiral for each point ``(n, 2)`` of its plane.

    Every minimum of the squared distance in angle is bracketed, refined by bisection and compared, ends included. A
    grid cell in which its derivative is positive at both ends can still hide a maximum and a minimum; the curvature of
    the spiral decreases outward, so such pairs come in this order only, around a least slope, where the cell is split.
    """
    radius = np.hypot(plane[:, 0], plane[:, 1])
    phase = np.arctan2(plane[:, 1], plane[:, 0])
    grid = np.linspace(INNER_ANGLE, OUTER_ANGLE, _CELLS + 1)
    slopes = _slope(grid, radius[:, None], phase[:, None])
    bends = _bend(grid, radius[:, None], phase[:, None])
    rising = (slopes[:, :-1] <= 0) & (slopes[:, 1:] > 0)
    dipping = (slopes[:, :-1] > 0) & (slopes[:, 1:] > 0) & (bends[:, :-1] < 0) & (bends[:, 1:] > 0)
    rows, cells = np.nonzero(rising)
    dip_rows, dip_cells = np.nonzero(dipping)
    dips = _bisect(_bend, grid[dip_cells], grid[dip_cells + 1], radius[dip_rows], phase[dip_rows])
    hidden = _slope(dips, radius[dip_rows], phase[dip_rows]) <= 0
    rows = np.concatenate([rows, dip_rows[hidden]])
    low = np.concatenate([grid[cells], dips[hidden]])
    high = np.concatenate([grid[cells + 1], grid[dip_cells[hidden] + 1]])
    found = _bisect(_slope, low, high, radius[rows], phase[rows])
    values = _squared(found, radius[rows], phase[rows])
    inner, outer = (_squared(np.array(end), radius, phase) for end in (INNER_ANGLE, OUTER_ANGLE))
    best, least = np.where(inner <= outer, INNER_ANGLE, OUTER_ANGLE), np.minimum(inner, outer)
    np.minimum.at(least, rows, values)
    winner = values <= least[rows]
    best[rows[winner]] = found[winner]
    return best


def _squared(angle: FloatArray, radius: FloatArray, phase: FloatArray) -> FloatArray:
    """Squared distance to the point of the spiral at this angle, less the squared radius."""
    return (angle / OUTER_ANGLE) ** 2 - 2 * radius * angle / OUTER_ANGLE * np.cos(angle - phase)


def _slope(angle: FloatArray, radius: FloatArray, phase: FloatArray) -> FloatArray:
    """Half the derivative of the squared distance in angle, times OUTER_ANGLE."""
    return angle / OUTER_ANGLE - radius * (np.cos(angle - phase) - angle * np.sin(angle - phase))


def _bend(angle: FloatArray, radius: FloatArray, phase: FloatArray) -> FloatArray:
    """Derivative of `_slope` in angle."""
    return 1 / OUTER_ANGLE + radius * (2 * np.sin(angle - phase) + angle * np.cos(angle - phase))


def _bisect(function: _OfAngle, low: FloatArray, high: FloatArray, radius: FloatArray, phase: FloatArray) -> FloatArray:
    """Where the function changes from negative to positive between `low` and `high`."""
    for _ in range(_STEPS):
        middle = 0.5 * (low + high)
        up = function(middle, radius, phase) > 0
        low, high = np.where(up, low, middle), np.where(up, middle, high)
    return 0.5 * (low + high)


class SwissRollSheet(Spec):
    """The spiral ``t (cos t, sin t) / (4.5 pi)``, t from 1.5 pi to 4.5 pi, times the height [0, 1].

    Global coordinates are the arc length from the inner end and the height: an isometry of a rectangle onto the roll
    (distances along the roll), hence 1-Lipschitz; decoding clips to the rectangle first and always lands on the roll.

    Parameters
    ----------
    ambient_dim : int
        Dimension of the ambient space.
    embedding_seed : int
        Seed of the isometric embedding.

    Examples
    --------
    >>> roll = SwissRollSheet(ambient_dim=3)
    >>> y = roll.decode(np.array([[0.5, 0.2], [6.0, 0.9]]))
    >>> bool(np.allclose(roll.distance(y), 0)), np.round(roll.encode(y), 6).tolist()
    (True, [[0.5, 0.2], [6.0, 0.9]])
    """

    ambient_dim: Annotated[int, Ge(3)] = 3
    embedding_seed: Annotated[int, Ge(0)] = 0

    @property
    def intrinsic_dim(self) -> int:
        """Two."""
        return 2

    @property
    def latent_dim(self) -> int:
        """Two: arc length and height."""
        return 2

    @property
    def reach(self) -> float:
        """About half the gap between passages: 3.1113 over the outer angle, found numerically (docs/theory.md, F9)."""
        return 3.1113 / OUTER_ANGLE

    @property
    def length(self) -> float:
        """Length of the spiral."""
        return LENGTH

    @property
    def diameter(self) -> float:
        """From the height and the diameter of the spiral, found numerically and rounded up (docs/theory.md, F9)."""
        return math.hypot(1.7835, 1.0)

    @property
    def embedding(self) -> FloatArray:
        """Orthonormal basis in columns: first and last of the spiral's plane, the middle one the height."""
        return embedding_matrix(3, self.ambient_dim, self.embedding_seed)

    def base_coordinates(self, points: FloatArray) -> FloatArray:
        """Coordinates ``(…, 3)`` in the space of the roll: plane, height, plane."""
        return points @ self.embedding

    def encode(self, points: FloatArray) -> FloatArray:
        """Arc length and height of a nearest point."""
        angle, height, _ = self._nearest(points)
        return np.stack([arc_length(angle), height], axis=-1)

    def decode(self, latents: FloatArray) -> FloatArray:
        """The point of the roll whose coordinates are nearest to these; 1-Lipschitz."""
        angle = angle_at(np.clip(latents[..., 0], 0.0, LENGTH))
        return self._embed(angle, np.clip(latents[..., 1], 0.0, 1.0))

    def tangent_basis(self, latents: FloatArray) -> FloatArray:
        """Unit vectors ``(…, 2, ambient_dim)`` along the spiral and along the height."""
        angle = angle_at(np.clip(latents[..., 0], 0.0, LENGTH))
        none, speed = np.zeros_like(angle), np.sqrt(1 + angle**2)
        x = (np.cos(angle) - angle * np.sin(angle)) / speed
        z = (np.sin(angle) + angle * np.cos(angle)) / speed
        vectors = np.stack([np.stack([x, none, z], axis=-1), np.stack([none, none + 1, none], axis=-1)], axis=-2)
        return combine(vectors, self.embedding)

    def project(self, points: FloatArray) -> FloatArray:
        """A nearest point: nearest on the spiral, height clipped."""
        angle, height, _ = self._nearest(points)
        return self._embed(angle, height)

    def distance(self, points: FloatArray) -> FloatArray:
        """Euclidean distance to the roll."""
        angle, height, base = self._nearest(points)
        foot = _on_roll(angle, height)
        return np.sqrt(((base - foot) ** 2).sum(axis=-1) + off_plane_squared(points, base, self.embedding))

    def _nearest(self, points: FloatArray) -> tuple[FloatArray, FloatArray, FloatArray]:
        base = self.base_coordinates(points)
        plane = base[..., [0, 2]].reshape(-1, 2)
        return nearest_angle(plane).reshape(base.shape[:-1]), np.clip(base[..., 1], 0.0, 1.0), base

    def _embed(self, angle: FloatArray, height: FloatArray) -> FloatArray:
        return combine(_on_roll(angle, height), self.embedding)


def _on_roll(angle: FloatArray, height: FloatArray) -> FloatArray:
    radius = angle / OUTER_ANGLE
    return np.stack([radius * np.cos(angle), height, radius * np.sin(angle)], axis=-1)
