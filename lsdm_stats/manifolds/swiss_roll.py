"""The swiss roll of outer radius 1: a rectangle rolled up without stretching."""

from __future__ import annotations

from typing import Annotated, Self

import numpy as np
from annotated_types import Ge
from pydantic import model_validator

from lsdm_stats.arrays import FloatArray
from lsdm_stats.manifolds.embedding import check_ambient_dim, combine, embedding_matrix, off_plane_squared
from lsdm_stats.spec import Spec

INNER_ANGLE = 1.5 * np.pi
OUTER_ANGLE = 4.5 * np.pi
_TURN = 2 * np.pi
_STEPS = 60  # Newton and bisection steps: enough for bisection alone to reach 1e-16 of a turn
_STARTS = 8  # starting brackets per turn


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

    The squared distance has a minimum in angle near every passage of the spiral; every stationary bracket of a grid
    is refined by bisection and compared, ends included.
    """
    radius = np.hypot(plane[:, 0], plane[:, 1])[:, None]
    phase = np.arctan2(plane[:, 1], plane[:, 0])[:, None]
    grid = np.linspace(INNER_ANGLE, OUTER_ANGLE, round(_STARTS * (OUTER_ANGLE - INNER_ANGLE) / _TURN) * 4 + 1)

    def slope(angle: FloatArray) -> FloatArray:  # half the derivative of the squared distance, times OUTER_ANGLE
        return angle / OUTER_ANGLE - radius * (np.cos(angle - phase) - angle * np.sin(angle - phase))

    def squared(angle: FloatArray) -> FloatArray:
        return (angle / OUTER_ANGLE) ** 2 - 2 * radius * angle / OUTER_ANGLE * np.cos(angle - phase)

    slopes = slope(grid[None, :])
    rising = (slopes[:, :-1] <= 0) & (slopes[:, 1:] > 0)
    rows, cells = np.nonzero(rising)
    best = np.where(squared(np.array([[INNER_ANGLE]])) <= squared(np.array([[OUTER_ANGLE]])), INNER_ANGLE, OUTER_ANGLE)[
        :, 0
    ]
    least = np.minimum(squared(np.array([[INNER_ANGLE]])), squared(np.array([[OUTER_ANGLE]])))[:, 0]
    low, high = grid[cells], grid[cells + 1]
    radius, phase = radius[rows, 0], phase[rows, 0]
    for _ in range(_STEPS):
        middle = 0.5 * (low + high)
        up = slope(middle) > 0
        low, high = np.where(up, low, middle), np.where(up, middle, high)
    found = 0.5 * (low + high)
    values = squared(found)
    np.minimum.at(least, rows, values)
    winner = values <= least[rows]
    best[rows[winner]] = found[winner]
    return best


class SwissRollSheet(Spec):
    """The spiral ``t (cos t, sin t) / (4.5 pi)``, t from 1.5 pi to 4.5 pi, times the height [0, 1].

    Global coordinates are the arc length from the inner end and the height: an isometry of a rectangle onto the roll
    (distances along the roll), hence 1-Lipschitz; decoding clips to the rectangle first and always lands on the roll.

    Examples
    --------
    >>> roll = SwissRollSheet(ambient_dim=3)
    >>> y = roll.decode(np.array([[0.5, 0.2], [6.0, 0.9]]))
    >>> bool(np.allclose(roll.distance(y), 0)), np.round(roll.encode(y), 6).tolist()
    (True, [[0.5, 0.2], [6.0, 0.9]])
    """

    ambient_dim: Annotated[int, Ge(3)] = 3
    embedding_seed: Annotated[int, Ge(0)] = 0

    @model_validator(mode="after")
    def _fits(self) -> Self:
        check_ambient_dim(3, self.ambient_dim)
        return self

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
