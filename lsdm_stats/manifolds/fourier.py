"""Tori given by a few Fourier modes: orbits of a torus of rotations."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable
from functools import cache
from typing import Annotated, Self

import numpy as np
import scipy
from annotated_types import Gt, MinLen
from pydantic import model_validator

from lsdm_stats.arrays import FloatArray
from lsdm_stats.manifolds.embedded import EmbeddedManifold
from lsdm_stats.manifolds.minimum import least

_NODES_PER_PERIOD = 12  # of the fastest mode, for the grid on which nearest points are looked for first
_STARTS = 6  # best local minima of the grid that are refined
_STEPS = 40
_ROWS = 2_048  # points handled at once

Frequencies = tuple[tuple[int, ...], ...]
Amplitudes = tuple[float, ...]


class FourierTorus(EmbeddedManifold):
    """The points ``(a_j cos w_j.t, a_j sin w_j.t)_j`` for angles t on a torus of one or two dimensions.

    It is the orbit of a group of rotations, hence the same around each of its points, with a constant metric.

    Parameters
    ----------
    frequencies : tuple of tuple of int
        The vectors w_j, all of length 1 or 2; together they must tell all angles apart.
    amplitudes : tuple of float
        The a_j.

    Examples
    --------
    >>> torus = FourierTorus(frequencies=((1, 0), (0, 1), (1, 1)), amplitudes=(1.0, 1.0, 0.5), ambient_dim=6)
    >>> y = torus.decode(torus.base_points(np.array([[0.3, 2.0]])))
    >>> bool(torus.distance(y)[0] < 1e-9), round(torus.lipschitz, 6)
    (True, 1.224745)
    """

    frequencies: Annotated[Frequencies, MinLen(1)]
    amplitudes: tuple[Annotated[float, Gt(0)], ...]

    @model_validator(mode="after")
    def _is_a_torus(self) -> Self:
        lengths = sorted({len(frequency) for frequency in self.frequencies})
        if lengths not in ([1], [2]):
            raise ValueError(f"frequencies must all have 1 or all have 2 entries; got {lengths}; give one per angle")
        if len(self.amplitudes) != len(self.frequencies):
            raise ValueError(f"amplitudes must be one per frequency ({len(self.frequencies)}); "
                             f"got {len(self.amplitudes)}; match them")
        rows = itertools.combinations(self.frequencies, lengths[0])
        minors = [round(float(np.linalg.det(np.array(chosen)))) for chosen in rows]
        if math.gcd(*minors) != 1:
            raise ValueError("frequencies must generate all integer vectors, so that no two angles share a point; "
                             f"got {self.frequencies}; add unit vectors")
        return self

    @property
    def base_dim(self) -> int:
        """A plane per mode."""
        return 2 * len(self.frequencies)

    @property
    def intrinsic_dim(self) -> int:
        """The number of angles."""
        return len(self.frequencies[0])

    @property
    def metric(self) -> FloatArray:
        """The constant metric tensor in the angles, ``(d, d)``: the sum of ``a_j^2 w_j w_j^T``."""
        modes = np.array(self.frequencies, dtype=np.float64) * np.array(self.amplitudes)[:, None]
        return modes.T @ modes

    @property
    def lipschitz(self) -> float:
        """Largest stretch of the angles: the root of the largest eigenvalue of the metric."""
        return math.sqrt(float(np.linalg.eigvalsh(self.metric)[-1]))

    @property
    def lower_lipschitz(self) -> float:
        """Found numerically: least ratio of a distance of points to that of their angles, taken modulo 2 pi."""
        return _lower_lipschitz(self.frequencies, self.amplitudes)

    @property
    def reach(self) -> float:
        """Found numerically by Federer's formula: one minimisation over the angles between two points."""
        return _reach(self.frequencies, self.amplitudes)

    @property
    def diameter(self) -> float:
        """Twice the radius of the sphere that holds the torus; an upper bound, attained where -y is on it for y."""
        return 2 * math.hypot(*self.amplitudes)

    def base_points(self, angles: FloatArray) -> FloatArray:
        """Points ``(…, base_dim)`` of the torus with given angles ``(…, d)``."""
        phases = _phases(angles, self.frequencies)
        waves = np.stack([np.cos(phases), np.sin(phases)], axis=-1) * np.array(self.amplitudes)[:, None]
        return waves.reshape(*angles.shape[:-1], self.base_dim)

    def project_base(self, base: FloatArray) -> FloatArray:
        """A nearest point of the torus, found numerically: best points of a grid, refined by Newton's method."""
        flat = base.reshape(-1, self.base_dim)
        parts = [self._nearest_angles(flat[start : start + _ROWS]) for start in range(0, len(flat), _ROWS)]
        angles = np.concatenate(parts) if parts else np.empty((0, self.intrinsic_dim))
        return self.base_points(angles).reshape(base.shape)

    def tangents_base(self, base: FloatArray) -> FloatArray:
        """The tangent vectors of the angles, made orthonormal by the root of the metric."""
        planes = base.reshape(*base.shape[:-1], len(self.frequencies), 2)
        turned = np.stack([-planes[..., 1], planes[..., 0]], axis=-1)
        values, vectors = np.linalg.eigh(self.metric)
        rates = np.array(self.frequencies, dtype=np.float64) @ vectors / np.sqrt(values)
        return (rates.T[:, :, None] * turned[..., None, :, :]).reshape(
            *base.shape[:-1], self.intrinsic_dim, self.base_dim
        )

    def _nearest_angles(self, base: FloatArray) -> FloatArray:
        """All points of the torus have the same length: the nearest has the largest inner product."""
        planes = base.reshape(len(base), -1, 2)
        pull = np.hypot(planes[..., 0], planes[..., 1]) * np.array(self.amplitudes)
        phase = np.arctan2(planes[..., 1], planes[..., 0])
        grid = self._grid()
        values = -(base @ self.base_points(grid).T)
        side = round(len(grid) ** (1 / self.intrinsic_dim))
        cube = values.reshape(len(base), *(side,) * self.intrinsic_dim)
        lowest = cube.copy()
        for axis in range(1, self.intrinsic_dim + 1):
            lowest = np.minimum(lowest, np.minimum(np.roll(lowest, 1, axis), np.roll(lowest, -1, axis)))
        candidates = np.where(values <= lowest.reshape(values.shape), values, np.inf)
        starts = np.argpartition(candidates, _STARTS, axis=1)[:, :_STARTS]
        angles = grid[starts]
        for _ in range(_STEPS):
            before, angles = angles, self._step(angles, pull[:, None], phase[:, None])
            if np.abs(angles - before).max() < 1e-12:
                break
        final = _potential(angles, pull[:, None], phase[:, None], self.frequencies)
        return np.take_along_axis(angles, final.argmin(axis=1)[:, None, None], axis=1)[:, 0]

    def _grid(self) -> FloatArray:
        side = max(32, _NODES_PER_PERIOD * max(abs(entry) for row in self.frequencies for entry in row))
        axis = 2 * np.pi * np.arange(side) / side
        return np.stack(np.meshgrid(*[axis] * self.intrinsic_dim, indexing="ij"), axis=-1).reshape(
            -1, self.intrinsic_dim
        )

    def _step(self, angles: FloatArray, pull: FloatArray, phase: FloatArray) -> FloatArray:
        """One Newton step of the potential, damped where it is not convex and halved twice where it would go up."""
        modes = np.array(self.frequencies, dtype=np.float64)
        turns = _phases(angles, self.frequencies) - phase
        gradient = (pull * np.sin(turns)) @ modes
        hessian = np.einsum("...j,jk,jl->...kl", pull * np.cos(turns), modes, modes)
        scale = np.trace(np.einsum("...j,jk,jl->...kl", pull + 0 * turns, modes, modes), axis1=-2, axis2=-1)
        values, vectors = np.linalg.eigh(hessian)
        damped = np.maximum(np.abs(values), 1e-9 * scale[..., None] + 1e-300)
        step = -np.einsum("...kl,...l->...k", vectors, np.einsum("...lk,...l->...k", vectors, gradient) / damped)
        step *= np.minimum(1.0, 0.5 / np.maximum(np.linalg.norm(step, axis=-1, keepdims=True), 1e-300))
        best, least_value = angles, _potential(angles, pull, phase, self.frequencies)
        for fraction in (0.25, 0.5, 1.0):
            moved = angles + fraction * step
            value = _potential(moved, pull, phase, self.frequencies)
            better = value <= least_value
            best = np.where(better[..., None], moved, best)
            least_value = np.where(better, value, least_value)
        return best


def _phases(angles: FloatArray, frequencies: Frequencies) -> FloatArray:
    """``w_j . t`` for each mode, row by row the same to the bit however many rows there are."""
    modes = np.array(frequencies, dtype=np.float64)
    phases = angles[..., :1] * modes[:, 0]
    for axis in range(1, modes.shape[1]):
        phases = phases + angles[..., axis : axis + 1] * modes[:, axis]
    return phases


def _potential(angles: FloatArray, pull: FloatArray, phase: FloatArray, frequencies: Frequencies) -> FloatArray:
    """Minus the inner product with a point of the torus: half the squared distance up to a constant."""
    return -(pull * np.cos(_phases(angles, frequencies) - phase)).sum(axis=-1)


def _chord(angles: FloatArray, frequencies: Frequencies, amplitudes: Amplitudes) -> FloatArray:
    """Distance of the points with angles t and 0."""
    halves = np.sin(_phases(angles, frequencies) / 2)
    return 2 * np.sqrt((np.array(amplitudes) ** 2 * halves**2).sum(axis=-1))


def _federer(angles: FloatArray, frequencies: Frequencies, amplitudes: Amplitudes) -> FloatArray:
    """Squared chord from angle 0 to t over twice the distance of the chord to the tangent space at 0."""
    a = np.array(amplitudes)
    phases = _phases(angles, frequencies)
    normal, sines = a * (1 - np.cos(phases)), a * np.sin(phases)
    basis = np.linalg.qr(np.array(frequencies, dtype=np.float64) * a[:, None])[0]
    rest = sines - (sines @ basis) @ basis.T
    return _chord(angles, frequencies, amplitudes) ** 2 / (2 * np.sqrt((normal**2 + rest**2).sum(axis=-1)))


def _difference_grid(dim: int) -> FloatArray:
    """Angles in [-pi, pi]^d at least .1 from 0; of t and -t one is enough."""
    side = 2_001 if dim == 1 else 301
    axes = [np.linspace(0, np.pi, side)] + [np.linspace(-np.pi, np.pi, side)] * (dim - 1)
    grid = np.stack(np.meshgrid(*axes, indexing="ij"), axis=-1).reshape(-1, dim)
    return grid[np.linalg.norm(grid, axis=1) > 0.1]


@cache
def _reach(frequencies: Frequencies, amplitudes: Amplitudes) -> float:
    """The least radius of curvature, or the least quotient of Federer's formula over distant pairs."""
    grid = _difference_grid(len(frequencies[0]))
    values = _federer(grid, frequencies, amplitudes)

    def quotient(angles: FloatArray) -> float:
        return float(_federer(angles[None], frequencies, amplitudes)[0])

    distant = _refined(quotient, grid[np.argsort(values)[:5]])
    return min([_curvature_radius(frequencies, amplitudes), float(values.min()), *distant])


def _refined(function: Callable[[FloatArray], float], starts: FloatArray) -> list[float]:
    """Least values near some angles of [-pi, pi]^d, those next to 0, where limits count, left out."""

    def distant(angles: FloatArray) -> float:
        return function(angles) if np.linalg.norm(angles) > 0.05 else math.inf

    options = {"xatol": 1e-9, "fatol": 1e-12}
    bounds = [(-np.pi, np.pi)] * starts.shape[1]
    found = [
        scipy.optimize.minimize(distant, start, method="Nelder-Mead", bounds=bounds, options=options)
        for start in starts
    ]
    return [float(result.fun) for result in found]


def _curvature_radius(frequencies: Frequencies, amplitudes: Amplitudes) -> float:
    """Least over directions u of ``u^T g u / |(a_j (w_j.u)^2)_j|``: second derivatives at a point are normal."""
    a = np.array(amplitudes)

    def radius(direction: FloatArray) -> FloatArray:
        rates = _phases(direction, frequencies)
        return (a**2 * rates**2).sum(axis=-1) / np.sqrt((a**2 * rates**4).sum(axis=-1))

    if len(frequencies[0]) == 1:
        return float(radius(np.ones((1, 1)))[0])
    return least(lambda t: radius(np.stack([np.cos(t), np.sin(t)], axis=-1)), 0.0, math.pi)


@cache
def _lower_lipschitz(frequencies: Frequencies, amplitudes: Amplitudes) -> float:
    """Distant angles by a grid; for angles that nearly agree, the root of the metric's least eigenvalue."""

    def ratio(angles: FloatArray) -> FloatArray:
        return _chord(angles, frequencies, amplitudes) / np.linalg.norm(angles, axis=-1)

    grid = _difference_grid(len(frequencies[0]))
    values = ratio(grid)
    distant = _refined(lambda angles: float(ratio(angles[None])[0]), grid[np.argsort(values)[:5]])
    modes = np.array(frequencies, dtype=np.float64) * np.array(amplitudes)[:, None]
    return min([float(np.linalg.svd(modes)[1][-1]), float(values.min()), *distant])
