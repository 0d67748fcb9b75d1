"""The least value of a Lipschitz function on an interval, with a proof of how far from least it can be."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from heapq import heappop, heappush

Bracket = tuple[float, float]
"""Bounds of a value, lower and upper."""

_INSIDE = 1e-3  # a new point is at least this share of the gap away from its ends


@dataclass(frozen=True)
class Least:
    """The best point that a search found, and what it proves.

    Parameters
    ----------
    point : float
        Where the function was evaluated and its upper bound is least.
    lower, upper : float
        Bounds of the function at that point.
    floor : float
        No value of the function on the interval is below.
    evaluations : int
        How often the function was evaluated.
    """

    point: float
    lower: float
    upper: float
    floor: float
    evaluations: int

    @property
    def gap(self) -> float:
        """The function at `point` exceeds its infimum by at most this much."""
        return max(0.0, self.upper - self.floor)


def least_lipschitz(
    function: Callable[[float], Bracket],
    ends: tuple[float, float],
    *,
    lipschitz: float,
    tolerance: float,
    max_evaluations: int,
) -> Least:
    r"""Search by the method of Piyavskii and Shubert: evaluate where the infimum may still be lowest.

    Between neighbours a < b the function is at least :math:`\frac12(f(a)+f(b))-\frac12L(b-a)`: the mean of two lower
    bounds of every value there. The least of these over all gaps is the proof.

    Parameters
    ----------
    function : callable
        From a point to bounds of the value there.
    ends : tuple of float
        Ends of the interval, in increasing order.
    lipschitz : float
        A Lipschitz constant L of the function, positive.
    tolerance : float
        The search stops once the gap is at most this.
    max_evaluations : int
        And after so many evaluations, at least 2, whatever the gap.

    Returns
    -------
    Least
        Its gap is at most the tolerance unless the evaluations were used up; it is valid in any case.

    Raises
    ------
    ValueError
        If the interval is empty, the constant not positive and finite, or fewer than 2 evaluations are allowed.

    References
    ----------
    Piyavskii (1972), USSR Comput. Math. Math. Phys. 12(4):57-67; Shubert (1972), SIAM J. Numer. Anal. 9:379-388.

    Examples
    --------
    >>> def value(point):
    ...     return 2 * (abs(point - 0.3),)
    >>> found = least_lipschitz(value, (0.0, 1.0), lipschitz=1.0, tolerance=1e-6, max_evaluations=50)
    >>> round(found.point, 6), found.gap <= 1e-6, found.evaluations
    (0.3, True, 3)
    """
    start, end = ends
    if not start < end:
        raise ValueError(f"ends must be two numbers in increasing order; got {ends}; exchange or part them")
    if not (math.isfinite(lipschitz) and lipschitz > 0):
        raise ValueError(f"lipschitz must be positive and finite; got {lipschitz!r}; give a valid constant")
    if max_evaluations < 2:
        raise ValueError(f"max_evaluations must be at least 2; got {max_evaluations}; raise it")
    known = {point: function(point) for point in ends}
    best = min(ends, key=lambda point: known[point][1])
    floor = min(lower for lower, _ in known.values())

    def gap_between(a: float, b: float) -> tuple[float, float, float]:
        return (known[a][0] + known[b][0]) / 2 - lipschitz * (b - a) / 2, a, b

    gaps = [gap_between(start, end)]
    while known[best][1] - min(floor, gaps[0][0]) > tolerance and len(known) < max_evaluations:
        _, a, b = gaps[0]
        crossing = (a + b) / 2 + (known[a][0] - known[b][0]) / (2 * lipschitz)
        point = min(max(crossing, a + _INSIDE * (b - a)), b - _INSIDE * (b - a))
        if not a < point < b:  # the gap is as narrow as numbers allow
            break
        heappop(gaps)
        known[point] = function(point)
        heappush(gaps, gap_between(a, point))
        heappush(gaps, gap_between(point, b))
        floor = min(floor, known[point][0])
        best = min(best, point, key=lambda one: known[one][1])
    lower, upper = known[best]
    return Least(best, lower, upper, min(floor, gaps[0][0]), len(known))
