"""Weights of two samples as whole numbers of one unit, so that flows are added without rounding."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from lsdm_stats.arrays import FloatArray, IntArray, as_weights
from lsdm_stats.wasserstein.ground import EPS

_UNITS = 2**52  # sums of units stay below 2**53, where float64 counts exactly
_SMALL = 2**26  # totals whose product is at most _UNITS
_TOLERANCE = 1e-9  # relative difference of total masses that is taken for rounding


@dataclass(frozen=True, eq=False)
class Masses:
    """Normalised weights of both samples and their whole-number form.

    Parameters
    ----------
    x, y : ndarray of shape (n,) and (m,)
        Weights with sum 1.
    x_units, y_units : ndarray of int64, shape (n,) and (m,)
        The same weights in units of ``1 / total``.
    total : int
        Units on either side.
    misfit : float
        Bound on the sum over both samples of ``abs(weight - units / total)``.
    """

    x: FloatArray
    y: FloatArray
    x_units: IntArray
    y_units: IntArray
    total: int
    misfit: float


def as_masses(x_weights: ArrayLike | None, y_weights: ArrayLike | None, n: int, m: int) -> Masses:
    """Checked masses; equal and whole-number weights are represented exactly.

    Raises
    ------
    ValueError
        If weights are invalid, or both are given with totals that differ by more than 1e-9, relatively.
    """
    if x_weights is None and y_weights is None:
        return _equal(n, m)
    a = np.ones(n) if x_weights is None else as_weights(x_weights, "x_weights", size=n)
    b = np.ones(m) if y_weights is None else as_weights(y_weights, "y_weights", size=m)
    if x_weights is not None and y_weights is not None:
        _require_balance(a, b)
    a, b = _counts(a), _counts(b)
    x, y = a / math.fsum(a), b / math.fsum(b)
    if _is_count(a) and _is_count(b):
        x_total, y_total = int(a.sum()), int(b.sum())
        common = math.gcd(x_total, y_total)
        x_units, y_units = a.astype(np.int64) * (y_total // common), b.astype(np.int64) * (x_total // common)
        return Masses(x, y, x_units, y_units, x_total * y_total // common, 0.0)
    x_units, y_units = _rounded(x), _rounded(y)
    misfit = sum(float(np.abs(w - units / _UNITS).sum()) for w, units in ((x, x_units), (y, y_units)))
    return Masses(x, y, x_units, y_units, _UNITS, misfit + 4 * EPS)


def _equal(n: int, m: int) -> Masses:
    common = math.gcd(n, m)
    units = np.full(n, m // common), np.full(m, n // common)
    return Masses(np.full(n, 1 / n), np.full(m, 1 / m), *units, n * m // common, 0.0)


def _require_balance(a: FloatArray, b: FloatArray) -> None:
    x_total, y_total = math.fsum(a), math.fsum(b)
    if abs(x_total - y_total) > _TOLERANCE * max(x_total, y_total):
        raise ValueError(f"x_weights and y_weights must have equal total mass (relatively to {_TOLERANCE:g}); "
                         f"got {x_total:.12g} and {y_total:.12g}; divide each by its sum")


def _counts(weights: FloatArray) -> FloatArray:
    """Equal positive weights as ones, whole numbers as they are, others divided by a power of two, which is exact."""
    largest = float(weights.max())
    if np.all((weights == 0) | (weights == largest)):
        return (weights > 0).astype(np.float64)
    return weights if _is_count(weights) else np.ldexp(weights, -math.frexp(largest)[1])


def _is_count(weights: FloatArray) -> bool:
    return bool(weights.sum() <= _SMALL and np.all(weights == np.rint(weights)))


def _rounded(weights: FloatArray) -> IntArray:
    units = np.rint(weights * _UNITS).astype(np.int64)
    units[units.argmax()] += _UNITS - units.sum()
    return units
