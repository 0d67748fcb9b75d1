"""The dual value of a potential on points that it was not fitted to: too small on average, whatever the potential."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import hypot, ldexp, sqrt

import numpy as np

from lsdm_stats.arrays import FloatArray, read_only
from lsdm_stats.wasserstein.certified import exact
from lsdm_stats.wasserstein.ground import Ground, as_blocks, relative_rounding, unit_exponent


@dataclass(frozen=True, eq=False)
class HeldOut:
    """Values of a 1-Lipschitz function on the points that were held out, in random order.

    Parameters
    ----------
    x, y : ndarray of shape (h,) and (k,)
        Its values on the held-out halves of both samples, in the units of the points; pair by pair for shared rows.
    shared : bool
        Whether the i-th values belong together.
    scale : float
        Standard deviation of `gains` as the other halves suggest it.
    rounding : float
        Bound of the rounding error of a value.
    """

    x: FloatArray
    y: FloatArray
    shared: bool
    scale: float
    rounding: float

    def __post_init__(self) -> None:
        read_only(self.x)
        read_only(self.y)

    @property
    def value(self) -> float:
        """Mean on the first sample minus mean on the second; its expectation is at most W1."""
        return float(self.x.mean() - self.y.mean())

    @property
    def standard_error(self) -> float:
        """Of `value`."""
        return standard_error(self.x, self.y, shared=self.shared)

    @property
    def gains(self) -> FloatArray:
        """Independent differences with one mean: of pairs, or of a point and a group of the larger sample."""
        if len(self.x) == len(self.y):
            return self.x - self.y
        groups = min(len(self.x), len(self.y))
        return _group_means(self.x, groups) - _group_means(self.y, groups)


def held_out(x: FloatArray, y: FloatArray, blocks: Sequence[int] | None, *, shared: bool,
             rng: np.random.Generator) -> HeldOut:
    """Fit the potential to random halves of both samples, shared rows together, and evaluate it on the others."""
    x_rows = rng.permutation(len(x))
    y_rows = x_rows if shared else rng.permutation(len(y))
    exponent = unit_exponent(x, y)
    (x_fit, x_new), (y_fit, y_new) = (
        np.split(np.ldexp(points, -exponent)[rows], [len(rows) // 2]) for points, rows in ((x, x_rows), (y, y_rows))
    )
    transport = exact(x_fit, y_fit, blocks=blocks)
    u, v = transport.potentials
    per_gain = sqrt(min(len(x_fit), len(y_fit)))  # from the standard error of their mean to that of one
    sizes = as_blocks(blocks, x.shape[1])
    largest = Ground(sizes, 1).largest(np.ldexp(x, -exponent), np.ldexp(y, -exponent)) + float(np.abs(v).max())
    return HeldOut(
        x=np.ldexp(transport.potential(x_new), exponent),
        y=np.ldexp(transport.potential(y_new), exponent),
        shared=shared,
        scale=ldexp(per_gain * standard_error(u, -v, shared=shared), exponent),
        rounding=ldexp(relative_rounding(sizes, 1) * largest, exponent),
    )


def standard_error(x: FloatArray, y: FloatArray, *, shared: bool) -> float:
    """Of the mean of the first values less that of the second, for pairs or for independent samples."""
    if shared:
        return _deviation(x - y) / sqrt(len(x))
    return hypot(_deviation(x) / sqrt(len(x)), _deviation(y) / sqrt(len(y)))


def _deviation(values: FloatArray) -> float:
    """Standard deviation, in any units."""
    centred = values - values.mean()
    largest = float(np.abs(centred).max())
    return largest * float((centred / largest).std(ddof=1)) if largest > 0 else 0.0


def _group_means(values: FloatArray, groups: int) -> FloatArray:
    if len(values) == groups:
        return values
    return np.array([part.mean() for part in np.array_split(values, groups)])
