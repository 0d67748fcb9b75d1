"""The dual value of a potential on points that it was not fitted to: too small on average, whatever the potential."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from lsdm_stats.arrays import FloatArray, read_only
from lsdm_stats.wasserstein.certified import exact


@dataclass(frozen=True, eq=False)
class HeldOut:
    """Values of a 1-Lipschitz function on the points that were held out.

    Parameters
    ----------
    x, y : ndarray of shape (h,) and (k,)
        Its values on the held-out halves of both samples, in the units of the points; pair by pair for shared rows.
    shared : bool
        Whether the i-th values belong together.
    """

    x: FloatArray
    y: FloatArray
    shared: bool

    def __post_init__(self) -> None:
        read_only(self.x)
        read_only(self.y)

    @property
    def value(self) -> float:
        """Mean on the first sample minus mean on the second; its expectation is at most W1."""
        return float(self.x.mean() - self.y.mean())

    @property
    def variance(self) -> float:
        """Estimated variance of `value`."""
        if self.shared:
            return float((self.x - self.y).var(ddof=1)) / len(self.x)
        return float(self.x.var(ddof=1)) / len(self.x) + float(self.y.var(ddof=1)) / len(self.y)


def held_out(x: FloatArray, y: FloatArray, blocks: Sequence[int] | None, *, shared: bool,
             rng: np.random.Generator) -> HeldOut:
    """Fit the potential to random halves of both samples, shared rows together, and evaluate it on the others."""
    x_rows = rng.permutation(len(x))
    y_rows = x_rows if shared else rng.permutation(len(y))
    (x_fit, x_new), (y_fit, y_new) = (np.split(rows, [len(rows) // 2]) for rows in (x_rows, y_rows))
    transport = exact(x[x_fit], y[y_fit], blocks=blocks)
    return HeldOut(transport.potential(x[x_new]), transport.potential(y[y_new]), shared)
