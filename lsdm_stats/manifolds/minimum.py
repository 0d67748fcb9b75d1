"""Least values of functions of one variable."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import scipy

from lsdm_stats.arrays import FloatArray

_NODES = 4_001


def least(function: Callable[[FloatArray], FloatArray], low: float, high: float) -> float:
    """Least value of a smooth function on an interval: the best of a fine grid, refined between its neighbours.

    Examples
    --------
    >>> round(least(lambda t: (t - 0.3) ** 2 + 1, 0.0, 2.0), 12)
    1.0
    """
    grid = np.linspace(low, high, _NODES)
    values = function(grid)
    best = int(values.argmin())
    bracket = (grid[max(best - 1, 0)], grid[min(best + 1, _NODES - 1)])

    def value(argument: float) -> float:
        return float(function(np.array([argument]))[0])

    refined = scipy.optimize.minimize_scalar(value, bounds=bracket, method="bounded", options={"xatol": 1e-10})
    return min(float(values[best]), float(refined.fun))
