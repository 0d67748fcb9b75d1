"""Integrals of functions that are smooth but for few points, and of tails that may be infinite."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np

from lsdm_stats.arrays import FloatArray

_NODES, _WEIGHTS = np.polynomial.legendre.leggauss(12)
_ROUNDS = 60
_MOST_PANELS = 100_000  # that may be open after the first round
_SETTLED = 1e-12  # relative difference of a panel and its halves, which are far more accurate
_ACCURACY = 1e-10  # the same for all open panels together, and for what is left of a tail
_STEP = 4.0
_DEPTH = 680.0  # exp(-depth) stays a number


def integral(function: Callable[[FloatArray], FloatArray], edges: FloatArray, *, besides: float = 0.0) -> float:
    """Integral between the first and the last of increasing edges, by halving panels until they agree.

    Parameters
    ----------
    function : callable
        Takes an array and returns one value for each of its numbers; jumps are allowed.
    edges : ndarray
        Where panels begin and end.
    besides : float
        What the integral is added to; it must be accurate in relation to the sum.

    Raises
    ------
    ArithmeticError
        If a value is not finite, or halves do not come to agree.

    Examples
    --------
    >>> round(integral(np.sqrt, np.array([0.0, 1.0])), 9)
    0.666666667
    """
    low, high = edges[:-1], edges[1:]
    coarse, _ = _panels(function, low, high)
    total = 0.0
    for _ in range(_ROUNDS):
        middle = (low + high) / 2
        (left, left_size), (right, right_size) = _panels(function, low, middle), _panels(function, middle, high)
        differences = np.abs(left + right - coarse)
        known = abs(besides + total + float((left + right).sum()))
        rounding = 16 * np.finfo(np.float64).eps * np.abs(middle) / (high - low)  # of nodes within their panel
        open_ = differences > (_SETTLED + rounding) * (left_size + right_size)
        if differences[open_].sum() <= _ACCURACY * known:
            return total + float((left + right).sum())
        total += float((left + right)[~open_].sum())
        low, high = np.concatenate([low[open_], middle[open_]]), np.concatenate([middle[open_], high[open_]])
        coarse = np.concatenate([left[open_], right[open_]])
        if len(low) > _MOST_PANELS:
            break
    raise ArithmeticError("halves do not come to agree")


def integral_of_tail(function: Callable[[FloatArray], FloatArray], besides: float) -> float:
    """Integral from 0 to infinity of a function that ends up falling exponentially.

    Parameters
    ----------
    function : callable
        As for `integral`.
    besides : float
        As for `integral`.

    Raises
    ------
    ArithmeticError
        If it is infinite, falls too slowly to say, or has a value that is not finite before it has fallen.

    Examples
    --------
    >>> round(integral_of_tail(lambda depth: np.exp(-depth), 0.0), 9)
    1.0
    """
    total, before = 0.0, 0.0
    for start in np.arange(0.0, _DEPTH, _STEP):
        edges = np.array([start, start + _STEP / 2, start + _STEP])
        panel = integral(function, edges, besides=besides + total)
        total += panel
        ratio, before = abs(panel) / before if before else math.inf, abs(panel)
        if ratio < 1 and before * ratio / (1 - ratio) <= _ACCURACY * abs(besides + total):
            return total
    raise ArithmeticError("the tail does not end")


def _panels(function: Callable[[FloatArray], FloatArray], low: FloatArray,
            high: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Of every panel the integral of the function and of its absolute value."""
    values = function((low + high)[:, None] / 2 + (high - low)[:, None] / 2 * _NODES)
    if not np.all(np.isfinite(values)):
        raise ArithmeticError("a value is not finite")
    return (high - low) / 2 * (values @ _WEIGHTS), (high - low) / 2 * (np.abs(values) @ _WEIGHTS)
