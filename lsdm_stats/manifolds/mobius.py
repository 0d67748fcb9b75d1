"""A Moebius band: no chart of two dimensions covers it."""

from __future__ import annotations

from typing import Annotated

import numpy as np
from annotated_types import Ge

from lsdm_stats.arrays import FloatArray
from lsdm_stats.manifolds.embedded import EmbeddedManifold

_CELLS = 180
_STEPS = 50  # halvings of a cell: down to rounding error
_ROWS = 8_192  # points handled at once


class MobiusBand(EmbeddedManifold):
    """The band ``r e + (0, 0, (s/2) sin(t/2))``, e = (cos t, sin t, 0), ``r = 1 + (s/2) cos(t/2)``, s in [-1, 1].

    Its reach, its diameter and its nearest points are numerical.

    Examples
    --------
    >>> band = MobiusBand(ambient_dim=3)
    >>> y = band.decode(band.base_points(np.array([[2.0, 0.4]])))
    >>> bool(band.distance(y)[0] < 1e-9)
    True
    """

    ambient_dim: Annotated[int, Ge(3)] = 3

    @property
    def base_dim(self) -> int:
        """Three."""
        return 3

    @property
    def intrinsic_dim(self) -> int:
        """Two."""
        return 2

    @property
    def reach(self) -> float:
        """The least radius of curvature, found numerically and rounded down (docs/theory.md, F13)."""
        return 0.5386

    @property
    def diameter(self) -> float:
        """Found numerically between boundary points and rounded up (docs/theory.md, F13)."""
        return 2.8094

    def base_points(self, parameters: FloatArray) -> FloatArray:
        """Points ``(…, 3)`` with parameters (t, s), ``(…, 2)``."""
        centre, ruling = _centre(parameters[..., 0]), _ruling(parameters[..., 0])
        return centre + parameters[..., 1:] * ruling

    def project_base(self, base: FloatArray) -> FloatArray:
        """A nearest point, found numerically: the best point of each straight segment, then the best segment."""
        flat = base.reshape(-1, 3)
        parts = [_nearest(flat[start : start + _ROWS]) for start in range(0, len(flat), _ROWS)]
        parameters = np.concatenate(parts) if parts else np.empty((0, 2))
        return self.base_points(parameters).reshape(base.shape)

    def tangents_base(self, base: FloatArray) -> FloatArray:
        """The directions of t and of s, which are orthogonal to each other."""
        angle, share = self._parameters(base)
        around = _centre_rate(angle) + share[..., None] * _ruling_rate(angle)
        across = 2 * _ruling(angle)
        return np.stack([around / np.linalg.norm(around, axis=-1, keepdims=True), across], axis=-2)

    def _parameters(self, base: FloatArray) -> tuple[FloatArray, FloatArray]:
        """The angle around the axis, and where its segment comes nearest."""
        angle = np.arctan2(base[..., 1], base[..., 0])
        return angle, _share(base, angle)


def _centre(angle: FloatArray) -> FloatArray:
    return np.stack([np.cos(angle), np.sin(angle), np.zeros_like(angle)], axis=-1)


def _centre_rate(angle: FloatArray) -> FloatArray:
    return np.stack([-np.sin(angle), np.cos(angle), np.zeros_like(angle)], axis=-1)


def _ruling(angle: FloatArray) -> FloatArray:
    """Half the unit vector along the segment at this angle."""
    half = angle / 2
    flat = _centre(angle) * np.cos(half)[..., None]
    flat[..., 2] = np.sin(half)
    return 0.5 * flat


def _ruling_rate(angle: FloatArray) -> FloatArray:
    half = angle / 2
    flat = _centre_rate(angle) * np.cos(half)[..., None] - 0.5 * _centre(angle) * np.sin(half)[..., None]
    flat[..., 2] = 0.5 * np.cos(half)
    return 0.5 * flat


def _share(base: FloatArray, angle: FloatArray) -> FloatArray:
    """The s of the nearest point of the segment at this angle."""
    return np.clip(4 * ((base - _centre(angle)) * _ruling(angle)).sum(axis=-1), -1.0, 1.0)


def _residual(base: FloatArray, angle: FloatArray) -> FloatArray:
    return _centre(angle) + _share(base, angle)[..., None] * _ruling(angle) - base


def _slope(base: FloatArray, angle: FloatArray) -> FloatArray:
    """Half the derivative in the angle of the squared distance to the segment at this angle."""
    rate = _centre_rate(angle) + _share(base, angle)[..., None] * _ruling_rate(angle)
    return (_residual(base, angle) * rate).sum(axis=-1)


def _nearest(base: FloatArray) -> FloatArray:
    """Parameters ``(n, 2)`` of a nearest point: minima in the angle are bracketed on a grid, bisected and compared."""
    grid = np.linspace(0.0, 2 * np.pi, _CELLS + 1)
    slopes = _slope(base[:, None], np.broadcast_to(grid, (len(base), len(grid))))
    rows, cells = np.nonzero((slopes[:, :-1] <= 0) & (slopes[:, 1:] > 0))
    low, high = grid[cells], grid[cells + 1]
    for _ in range(_STEPS):
        middle = 0.5 * (low + high)
        up = _slope(base[rows], middle) > 0
        low, high = np.where(up, low, middle), np.where(up, middle, high)
    found = 0.5 * (low + high)
    values = (_residual(base[rows], found) ** 2).sum(axis=-1)
    squares = (_residual(base[:, None], np.broadcast_to(grid, (len(base), len(grid)))) ** 2).sum(axis=-1)
    best, smallest = grid[squares.argmin(axis=1)], squares.min(axis=1)
    np.minimum.at(smallest, rows, values)
    winner = values <= smallest[rows]
    best[rows[winner]] = found[winner]
    return np.stack([best, _share(base, best)], axis=-1)
