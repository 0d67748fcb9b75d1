"""Transport between a sample on the line and a continuous law: the area between two distribution functions."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any, Protocol

import numpy as np
from numpy.typing import ArrayLike

from lsdm_stats.arrays import BoolArray, FloatArray, IntArray, as_points
from lsdm_stats.wasserstein.ground import EPS
from lsdm_stats.wasserstein.masses import as_masses

_NODES, _WEIGHTS = np.polynomial.legendre.leggauss(10)
_HALVINGS = np.arange(1.0, 21.0)  # quantiles of both tails at levels 2 ** -h
_GROWTH = 4 * np.arange(600)  # beyond them, pieces reach 2 ** g times as far
_GOAL = 1e-14  # relative error of a piece that needs no halving
_TAIL = 1e-13  # relative part of the outermost piece above which a tail is not covered
_ACCEPTED = 1e-9  # relative error of the sum
_ROUNDS = 200


class ContinuousLaw(Protocol):
    """What is asked of a law; a frozen continuous distribution of scipy.stats has it."""

    def cdf(self, x: Any, /) -> Any:
        """Distribution function."""
        ...

    def sf(self, x: Any, /) -> Any:
        """One minus the distribution function."""
        ...

    def ppf(self, q: Any, /) -> Any:
        """Quantiles."""
        ...

    def isf(self, q: Any, /) -> Any:
        """Quantiles by their upper tail."""
        ...

    def mean(self) -> Any:
        """Mean."""
        ...

    def support(self) -> Any:
        """Ends of the support."""
        ...


def line_to_law(x: ArrayLike, law: ContinuousLaw, *, x_weights: ArrayLike | None = None) -> float:
    r"""Wasserstein distance of order 1 between a weighted sample of real numbers and a continuous law.

    :math:`W_1=\int|F_n-F|` (docs/theory.md, T8), by Gauss-Legendre rules between points and quantiles, where neither
    the sign changes nor :math:`F_n` jumps; pieces are halved until they agree.

    Parameters
    ----------
    x : array_like of shape (n,) or (n, 1)
        Sample, in the units of the law.
    law : frozen continuous distribution of scipy.stats
        Such as ``scipy.stats.norm(loc=1)``; its mean must be finite.
    x_weights : array_like of shape (n,), optional
        Masses, normalised here; equal by default.

    Returns
    -------
    float
        :math:`W_1`, to about 1e-12 of its size and 1e-15 of the size of the points, where the law's distribution
        function is that accurate.

    Raises
    ------
    ValueError
        If a value is not finite, or the law is not one continuous distribution with a finite mean.
    RuntimeError
        If the law does not allow an error of 1e-9 of the value: a tail is too heavy, or its distribution function is
        noisy.

    Examples
    --------
    >>> from scipy.stats import uniform
    >>> round(line_to_law([0.5], uniform()), 12)
    0.25
    """
    points = as_points(x, "x", dim=1)[:, 0]
    masses = as_masses(x_weights, None, len(points), 1)
    _require_law(law)
    order = np.argsort(points, kind="stable")
    points, below = points[order], np.concatenate([[0], np.cumsum(masses.x_units[order])])
    with np.errstate(all="ignore"):  # quantiles far out may overflow
        ends = _breaks(points, below[1:-1], masses.total, law)
        units = below[np.searchsorted(points, ends[:-1], side="right")]
        return _area(ends, units, masses.total, law)


def _require_law(law: ContinuousLaw) -> None:
    from scipy.stats import rv_continuous

    if not isinstance(getattr(law, "dist", None), rv_continuous):
        raise ValueError("law must be a frozen continuous distribution of scipy.stats; "
                         f"got {type(law).__name__}; write norm(loc=1), or use line(…) for a second sample")
    mean = np.asarray(law.mean())
    if mean.shape != ():
        raise ValueError(f"law must be one distribution; got parameters of shape {mean.shape}; pass scalars")
    if not np.isfinite(mean):
        raise ValueError(f"law must have a finite mean; got {float(mean)}; its distance to any sample is infinite")


def _breaks(points: FloatArray, levels: IntArray, total: int, law: ContinuousLaw) -> FloatArray:
    """Ends of the pieces: points, quantiles at the sample's levels, and steps through the law's support."""
    low, high = (float(end) for end in law.support())
    tail = np.exp2(-_HALVINGS)
    lower, upper = _asarray(law.ppf(tail)), _asarray(law.isf(tail))
    share, rest = levels / total, (total - levels) / total
    crossings = np.where(share <= 0.5, _asarray(law.ppf(share)), _asarray(law.isf(rest)))
    down_width, up_width = upper[0] - lower[-1], upper[-1] - lower[0]
    far_down = [-_outwards(-edge, down_width, -low, lambda t: law.cdf(-t))
                for edge in (lower[-1], min(lower[-1], points[0]))]
    far_up = [_outwards(edge, up_width, high, law.sf) for edge in (upper[-1], max(upper[-1], points[-1]))]
    ends = np.concatenate([points, crossings, lower, upper, *far_down, *far_up, [low, high]])
    return np.unique(ends[np.isfinite(ends)])


def _outwards(edge: float, width: float, limit: float, tail: Callable[[FloatArray], Any]) -> FloatArray:
    """Growing steps from an edge up to the first with no mass beyond it; none from where a formula overflows."""
    steps = edge + width * np.exp2(_GROWTH)
    steps = steps[steps < limit]
    masses = np.append(_asarray(tail(steps)), 0.0)
    last = int(np.argmin(masses > 0))
    return steps[: last + (masses[last] == 0)]


def _area(ends: FloatArray, units: IntArray, total: int, law: ContinuousLaw) -> float:
    """Sum over pieces of the integral of ``|F - units / total|``."""
    start, stop = ends[:-1], ends[1:]
    whole, rounding = _pieces(start, stop, units, total, law)
    size = math.fsum(whole)
    outermost = max((float(whole[k]) for k, end in zip((0, -1), law.support(), strict=True) if np.isinf(end)),
                    default=0.0)
    if outermost > _TAIL * size:
        raise RuntimeError("the tails of law must end within the range of floating point; got one whose last piece "
                           f"holds {outermost / size:g} of the distance; truncate the law")
    done, error, allowed, most = 0.0, 0.0, 0.0, 8 * len(start) + 1000
    for _ in range(_ROUNDS):
        middle = start + (stop - start) / 2
        left, left_rounding = _pieces(start, middle, units, total, law)
        right, right_rounding = _pieces(middle, stop, units, total, law)
        change = np.abs(left + right - whole)
        agree = change <= _GOAL * size + rounding
        done += math.fsum((left + right)[agree])
        error += math.fsum(change[agree])
        allowed += math.fsum(rounding[agree])
        start, stop = _halves(start, middle, agree), _halves(middle, stop, agree)
        units, whole = _halves(units, units, agree), _halves(left, right, agree)
        rounding = _halves(left_rounding, right_rounding, agree)
        if not start.size or start.size > most:
            break
    done, error = done + math.fsum(whole), error + math.fsum(whole)
    if not error <= _ACCEPTED * done + allowed:
        raise RuntimeError(f"the integral must be known to {_ACCEPTED:g}; got an error of about {error / done:g}; "
                           "give the law an accurate distribution function")
    return done


def _halves(first: Any, second: Any, agree: BoolArray) -> Any:
    return np.concatenate([first[~agree], second[~agree]])


def _pieces(start: FloatArray, stop: FloatArray, units: IntArray, total: int,
            law: ContinuousLaw) -> tuple[FloatArray, FloatArray]:
    """Integral over each piece by the Gauss-Legendre rule, from the tail of the law in which a piece lies.

    Second, what rounding of the distribution function and of its argument may change.
    """
    half = (stop - start) / 2
    at = (start + half)[:, None] + half[:, None] * _NODES
    low = 2 * units <= total
    levels = np.where(low, units, total - units) / total
    masses = np.empty_like(at)
    masses[low], masses[~low] = _asarray(law.cdf(at[low])), _asarray(law.sf(at[~low]))
    areas = np.abs(masses - levels[:, None]) @ _WEIGHTS * half
    within = np.ptp(masses, axis=1) * np.maximum(np.abs(start), np.abs(stop))
    return areas, 8 * EPS * (areas + 2 * half * levels + within)


def _asarray(values: Any) -> FloatArray:
    return np.asarray(values, dtype=np.float64)
