"""Arcs of a helix."""

from __future__ import annotations

import math
from functools import cache
from typing import Annotated

import numpy as np
from annotated_types import Ge, Gt

from lsdm_stats.arrays import FloatArray
from lsdm_stats.manifolds.embedded import EmbeddedManifold
from lsdm_stats.manifolds.embedding import combine
from lsdm_stats.manifolds.minimum import least

_STEPS = 60  # halvings of an interval: down to rounding error


class HelixCurve(EmbeddedManifold):
    """The arc ``(a cos t, a sin t, b t)`` with t from 0 to ``2 pi turns``, a the radius and b the rise per radian.

    The global coordinate is the arc length; decoding clips to the arc first and always lands on the helix.

    Parameters
    ----------
    radius : float
        Radius a of the cylinder.
    rise : float
        Rise b per radian.
    turns : float
        Number of turns.

    Examples
    --------
    >>> helix = HelixCurve(radius=1.0, rise=0.3, turns=1.5, ambient_dim=3)
    >>> y = helix.decode(np.array([[0.5], [7.0]]))
    >>> np.round(helix.encode(y), 9).ravel().tolist(), round(helix.reach, 3)
    ([0.5, 7.0], 0.902)
    """

    ambient_dim: Annotated[int, Ge(3)] = 3
    radius: Annotated[float, Gt(0)] = 1.0
    rise: Annotated[float, Gt(0)] = 0.3
    turns: Annotated[float, Gt(0)] = 1.5

    @property
    def base_dim(self) -> int:
        """Three."""
        return 3

    @property
    def intrinsic_dim(self) -> int:
        """One."""
        return 1

    @property
    def latent_dim(self) -> int:
        """One: arc length."""
        return 1

    @property
    def speed(self) -> float:
        """Length per radian, the root of ``a^2 + b^2``."""
        return math.hypot(self.radius, self.rise)

    @property
    def angle(self) -> float:
        """The last angle, ``2 pi turns``."""
        return 2 * math.pi * self.turns

    @property
    def length(self) -> float:
        """Length of the arc."""
        return self.speed * self.angle

    @property
    def reach(self) -> float:
        """Found numerically by Federer's formula: one minimisation over the angle between two points."""
        return _reach(self.radius, self.rise, self.angle)

    @property
    def diameter(self) -> float:
        """Found numerically: the largest chord."""
        return _largest_chord(self.radius, self.rise, self.angle)

    @property
    def lower_lipschitz(self) -> float:
        """Found numerically: the smallest ratio of a chord to its arc."""
        return _smallest_ratio(self.radius, self.rise, self.angle)

    def chord(self, length: FloatArray) -> FloatArray:
        """Distance of two points of the helix with a given length of arc between them."""
        squared: FloatArray = _squared_chord(length / self.speed, self.radius, self.rise)
        return np.asarray(np.sqrt(squared), dtype=np.float64)

    def encode(self, points: FloatArray) -> FloatArray:
        """Arc length of a nearest point."""
        return self.speed * self._nearest_angle(points @ self.embedding)[..., None]

    def decode(self, latents: FloatArray) -> FloatArray:
        """The point at the nearest arc length of the arc; 1-Lipschitz."""
        return combine(self._on_helix(self._angle_of(latents)), self.embedding)

    def project(self, points: FloatArray) -> FloatArray:
        """A nearest point of the arc."""
        return combine(self.project_base(points @ self.embedding), self.embedding)

    def distance(self, points: FloatArray) -> FloatArray:
        """Euclidean distance to the arc."""
        return np.linalg.norm(points - self.project(points), axis=-1)

    def tangent_basis(self, latents: FloatArray) -> FloatArray:
        """The unit tangent ``(…, 1, ambient_dim)`` at arc lengths ``(…, 1)``."""
        return combine(self._tangent(self._angle_of(latents))[..., None, :], self.embedding)

    def project_base(self, base: FloatArray) -> FloatArray:
        """A nearest point of the arc."""
        return self._on_helix(self._nearest_angle(base))

    def tangents_base(self, base: FloatArray) -> FloatArray:
        """The unit tangent at points of the helix."""
        return self._tangent(base[..., 2] / self.rise)[..., None, :]

    def _angle_of(self, latents: FloatArray) -> FloatArray:
        return np.clip(latents[..., 0] / self.speed, 0.0, self.angle)

    def _on_helix(self, angle: FloatArray) -> FloatArray:
        return np.stack([self.radius * np.cos(angle), self.radius * np.sin(angle), self.rise * angle], axis=-1)

    def _tangent(self, angle: FloatArray) -> FloatArray:
        flat = np.stack([-self.radius * np.sin(angle), self.radius * np.cos(angle)], axis=-1)
        return np.concatenate([flat, np.full_like(flat[..., :1], self.rise)], axis=-1) / self.speed

    def _nearest_angle(self, base: FloatArray) -> FloatArray:
        """Where the squared distance is least, by bisection.

        Half its derivative in the angle t is ``k sin(t - phase) + b^2 t - b z`` with k = a times the distance from the
        axis. It increases only on ``phase + 2 pi j`` plus or minus ``arccos(-b^2 / k)`` (everywhere if k is at most
        b^2), so that each such interval holds one minimum at most.
        """
        flat = base.reshape(-1, 3)
        pull = self.radius * np.hypot(flat[:, 0], flat[:, 1])[:, None]
        phase = np.arctan2(flat[:, 1], flat[:, 0])[:, None]
        offset = self.rise * flat[:, 2:]
        turn = 2 * np.pi * np.arange(-1, math.ceil(self.turns) + 2)
        with np.errstate(divide="ignore"):
            half_width = np.arccos(np.maximum(-(self.rise**2) / pull, -1.0))
        low = np.clip(phase + turn - half_width, 0.0, self.angle)
        high = np.clip(phase + turn + half_width, 0.0, self.angle)
        for _ in range(_STEPS):
            middle = 0.5 * (low + high)
            up = pull * np.sin(middle - phase) + self.rise**2 * middle - offset > 0
            low, high = np.where(up, low, middle), np.where(up, middle, high)
        found = 0.5 * (low + high)
        ends = np.broadcast_to([0.0, self.angle], (len(flat), 2))
        angles = np.concatenate([found, ends], axis=1)
        costs = (self.rise * angles - flat[:, 2:]) ** 2 - 2 * pull * np.cos(angles - phase)
        nearest: FloatArray = np.asarray(angles[np.arange(len(flat)), costs.argmin(axis=1)], dtype=np.float64)
        return nearest.reshape(base.shape[:-1])


def _squared_chord(angle: FloatArray, radius: float, rise: float) -> FloatArray:
    return 4 * radius**2 * np.sin(angle / 2) ** 2 + rise**2 * angle**2


def _federer(angle: FloatArray, radius: float, rise: float) -> FloatArray:
    """Squared chord over twice the distance to the tangent ray at the first end of the arc between.

    The nearest point of the tangent line is its foot; of the ray, at an end of the helix, the foot or the end.
    """
    squared = _squared_chord(angle, radius, rise)
    along = (radius**2 * np.sin(angle) + rise**2 * angle) / math.hypot(radius, rise)
    return squared / (2 * np.sqrt(squared - np.maximum(along, 0.0) ** 2))


@cache
def _reach(radius: float, rise: float, angle: float) -> float:
    """Chords shorter than .05 of a radian tell no more than the radius of curvature."""
    curvature_radius = (radius**2 + rise**2) / radius
    smallest = least(lambda t: _federer(t, radius, rise), min(0.05, angle / 2), angle)
    return min(curvature_radius, smallest)


@cache
def _largest_chord(radius: float, rise: float, angle: float) -> float:
    return math.sqrt(-least(lambda t: -_squared_chord(t, radius, rise), 0.0, angle))


@cache
def _smallest_ratio(radius: float, rise: float, angle: float) -> float:
    squared = least(lambda t: _squared_chord(t, radius, rise) / t**2, 1e-3 * angle, angle)
    return math.sqrt(squared) / math.hypot(radius, rise)

