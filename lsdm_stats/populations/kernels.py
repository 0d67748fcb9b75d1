"""Laws on a sphere that are symmetric about a point and denser the nearer to it."""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from functools import cache
from typing import Annotated

import numpy as np
import scipy
from annotated_types import Gt, Le

from lsdm_stats.arrays import FloatArray
from lsdm_stats.spec import Spec

_PANELS = 400
_NEWTON_STEPS = 8


class SphereKernel(Spec, ABC):
    """The law of the angle between a point of the unit sphere and the centre."""

    @abstractmethod
    def angles(self, shares: FloatArray, dim: int) -> FloatArray:
        """Quantiles, in radians, for shares in [0, 1], on the sphere of dimension `dim`."""

    @abstractmethod
    def mean_resultant(self, dim: int) -> float:
        """Mean cosine of the angle."""

    @property
    @abstractmethod
    def largest_angle(self) -> float:
        """End of the support."""


class CapKernel(SphereKernel):
    """Uniform on a cap.

    Parameters
    ----------
    angle : float
        Largest angle, in radians; pi is the whole sphere.

    Examples
    --------
    >>> round(CapKernel(angle=math.pi / 2).mean_resultant(2), 12)
    0.5
    """

    angle: Annotated[float, Gt(0), Le(math.pi)] = 0.5

    @property
    def largest_angle(self) -> float:
        """The angle of the cap."""
        return self.angle

    def angles(self, shares: FloatArray, dim: int) -> FloatArray:
        """Squared sines of half the angle follow a truncated Beta(dim / 2, dim / 2) law."""
        whole = scipy.special.betainc(dim / 2, dim / 2, math.sin(self.angle / 2) ** 2)
        squares = scipy.special.betaincinv(dim / 2, dim / 2, shares * whole)
        return np.asarray(2 * np.arcsin(np.sqrt(squares)), dtype=np.float64)

    def mean_resultant(self, dim: int) -> float:
        """Integral of ``cos sin^(d-1)`` over that of ``sin^(d-1)``."""
        share = float(scipy.special.betainc(dim / 2, dim / 2, math.sin(self.angle / 2) ** 2))
        whole = math.sqrt(math.pi) * math.gamma(dim / 2) / math.gamma((dim + 1) / 2)
        return math.sin(self.angle) ** dim / (dim * share * whole)


class VonMisesKernel(SphereKernel):
    """Density ``exp(concentration cos(angle))``: the law of von Mises and Fisher.

    Parameters
    ----------
    concentration : float
        How narrow it is.

    Examples
    --------
    >>> round(VonMisesKernel(concentration=2.0).mean_resultant(2), 6), round(1 / math.tanh(2.0) - 1 / 2.0, 6)
    (0.537315, 0.537315)
    """

    concentration: Annotated[float, Gt(0), Le(10_000.0)] = 10.0

    @property
    def largest_angle(self) -> float:
        """The whole sphere."""
        return math.pi

    def angles(self, shares: FloatArray, dim: int) -> FloatArray:
        """By Newton's method within the panels of a table of the distribution function, both by Gauss quadrature."""
        knots, masses = _table(self.concentration, dim)
        targets = np.asarray(shares) * masses[-1]
        panel = np.clip(np.searchsorted(masses, targets) - 1, 0, _PANELS - 1)
        low, high, below = knots[panel], knots[panel + 1], masses[panel]
        angle = low + (high - low) * np.clip((targets - below) / (masses[panel + 1] - below), 0.0, 1.0)
        for _ in range(_NEWTON_STEPS):
            excess = below + _mass(low, angle, self.concentration, dim) - targets
            slope = np.maximum(_density(angle, self.concentration, dim), 1e-300)
            angle = np.clip(angle - excess / slope, low, high)
        return angle

    def mean_resultant(self, dim: int) -> float:
        """Ratio of Bessel functions of orders ``(d + 1) / 2`` and ``(d - 1) / 2``."""
        higher, lower = scipy.special.ive([(dim + 1) / 2, (dim - 1) / 2], self.concentration)
        return float(higher / lower)


def _density(angle: FloatArray, concentration: float, dim: int) -> FloatArray:
    """Of the angle, up to a factor."""
    return np.exp(-2 * concentration * np.sin(angle / 2) ** 2) * np.sin(angle) ** (dim - 1)


def _mass(low: FloatArray, high: FloatArray, concentration: float, dim: int) -> FloatArray:
    """Integral of the density between two angles: 12 nodes of Gauss and Legendre, added in a fixed order."""
    nodes, weights = np.polynomial.legendre.leggauss(12)
    half, total = (high - low) / 2, np.zeros_like(high)
    for node, weight in zip(nodes, weights, strict=True):
        total = total + weight * _density(low + half * (node + 1), concentration, dim)
    return half * total


@cache
def _table(concentration: float, dim: int) -> tuple[FloatArray, FloatArray]:
    """Angles, dense near 0, and the mass up to each."""
    knots = np.pi * np.linspace(0.0, 1.0, _PANELS + 1) ** 2
    masses = np.cumsum(_mass(knots[:-1], knots[1:], concentration, dim))
    return knots, np.concatenate([[0.0], masses])
