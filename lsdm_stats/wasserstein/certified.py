"""Exact Wasserstein distances that prove their own value."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike

from lsdm_stats.arrays import FloatArray, IntArray, as_points
from lsdm_stats.wasserstein.closed_forms.line import coupling, staircase_potentials
from lsdm_stats.wasserstein.ground import (
    UNDERFLOW,
    Ground,
    as_blocks,
    as_order,
    relative_rounding,
    root,
    unit_exponent,
)
from lsdm_stats.wasserstein.masses import Masses, as_masses
from lsdm_stats.wasserstein.solvers.columns import solve_columns
from lsdm_stats.wasserstein.solvers.dense import solve_dense
from lsdm_stats.wasserstein.solvers.sites import gathered
from lsdm_stats.wasserstein.solvers.solution import Solution
from lsdm_stats.wasserstein.transport import Plan, Transport

_ALL_PAIRS = 400**2  # pairs up to which all are handed to the solver; few edges are faster from about there


def exact(x: ArrayLike, y: ArrayLike, *, order: int = 1, blocks: Sequence[int] | None = None,
          x_weights: ArrayLike | None = None, y_weights: ArrayLike | None = None, rtol: float = 1e-9) -> Transport:
    r"""Certified exact Wasserstein distance between two weighted samples.

    Parameters
    ----------
    x, y : array_like of shape (n, dim) and (m, dim)
        Observations as rows, in the same units.
    order : {1, 2}
        p of :math:`W_p`.
    blocks : sequence of int, optional
        Columns of consecutive blocks. The ground metric is the sum of the blocks' Euclidean distances; ``(p, q)`` gives
        :math:`\|x-x'\|+\|y-y'\|` on pairs. One block of all columns by default: the Euclidean distance.
    x_weights, y_weights : array_like of shape (n,) and (m,), optional
        Masses, zeros allowed; equal by default. Their totals must agree if both are given, and are normalised to 1.
    rtol : float
        Relative gap (of :math:`W_p^p`) above which the solution is refined.

    Returns
    -------
    Transport
        Value, rigorous bounds, optimal plan and potentials. A gap that rounding does not allow to close shows as
        ``lower < upper``.

    Raises
    ------
    ValueError
        If a value is not finite, a sample is empty, columns differ, blocks do not add up to the columns, or masses are
        negative or unequal in total.
    RuntimeError
        If the solver does not reach an optimum.

    Notes
    -----
    One column is sorted. Small problems go to the network simplex with all pairs [1]_; from about 400 points a side
    on only a few pairs per point do, found between cells of a coarser problem [2]_, and pricing adds pairs until the
    certificate closes. Memory then grows with n + m: 50,000 points a side take less than 0.3 GB.

    References
    ----------
    .. [1] Bonneel, van de Panne, Paris and Heidrich (2011), ACM Trans. Graphics 30(6):158 (the network simplex of POT).
    .. [2] Schmitzer (2016), J. Math. Imaging Vis. 56:238-259.

    Examples
    --------
    >>> transport = exact([[0.0, 0.0], [1.0, 0.0]], [[1.0, 2.0], [0.0, 2.0]])
    >>> round(transport.value, 12), transport.plan.targets
    (2.0, array([1, 0]))
    """
    first, order = as_points(x, "x"), as_order(order)
    second = as_points(y, "y", dim=first.shape[1])
    sizes = as_blocks(blocks, first.shape[1])
    if not 0 <= rtol < 1:
        raise ValueError(f"rtol must be in [0, 1); got {rtol!r}; leave it out for 1e-9")
    masses = as_masses(x_weights, y_weights, len(first), len(second))
    exponent = unit_exponent(first, second)
    scaled, others = np.ldexp(first, -exponent), np.ldexp(second, -exponent)
    ground = Ground(sizes, order)
    solution, largest = _solution(scaled, others, ground, masses, rtol)
    lower, upper = _bounds(solution, masses, relative_rounding(sizes, order), largest)
    value = math.ldexp(root(solution.primal, order), exponent)
    return Transport(
        value=value,
        lower=min(value, math.nextafter(math.ldexp(root(lower, order), exponent), 0.0)),
        upper=math.nextafter(math.ldexp(root(upper, order), exponent), math.inf) if upper > 0 else 0.0,
        plan=Plan(solution.sources, solution.targets, solution.units / masses.total),
        potentials=(np.ldexp(solution.u, order * exponent), np.ldexp(solution.v, order * exponent)),
        order=order,
        blocks=sizes,
        targets=second.copy(),
    )


def _solution(x: FloatArray, y: FloatArray, ground: Ground, masses: Masses, rtol: float) -> tuple[Solution, float]:
    """Solution in scaled units by the route that fits, and a bound of all costs (0 for a law moved onto itself)."""
    largest, is_line = ground.largest(x, y), x.shape[1] == 1
    sites = None if is_line else gathered(x, y, masses.x_units, masses.y_units, may_stay=ground.order == 1)
    stay = _identity(x, y, masses) if is_line or sites is not None else None
    if stay is not None:
        return stay, 0.0
    if is_line:
        return _monotone(x[:, 0], y[:, 0], ground.order, masses), largest
    if sites is None:
        return _moved(x, y, masses.x_units, masses.y_units, ground, masses.total, rtol), largest
    moved = _moved(sites.x_points, sites.y_points, sites.x_units, sites.y_units, ground, masses.total, rtol)
    return sites.solution(moved, ground, masses.total), largest


def _moved(x: FloatArray, y: FloatArray, x_units: IntArray, y_units: IntArray, ground: Ground,
           total: int, rtol: float) -> Solution:
    if not x_units.any():
        none = np.empty(0, dtype=np.int64)
        return Solution(none, none, none, np.zeros(len(x)), np.zeros(len(y)), 0.0, 0.0)
    if len(x) * len(y) <= _ALL_PAIRS:
        return solve_dense(ground.matrix(x, y), x_units, y_units, total=total, rtol=rtol)
    return solve_columns(x, y, x_units, y_units, ground, total=total, rtol=rtol)


def _identity(x: FloatArray, y: FloatArray, masses: Masses) -> Solution | None:
    """The plan that moves nothing, if both samples are the same points with the same weights in any order."""
    if len(x) != len(y):
        return None
    x_order, y_order = (np.lexsort((w, *points.T)) for points, w in ((x, masses.x), (y, masses.y)))
    if not (np.array_equal(x[x_order], y[y_order]) and np.array_equal(masses.x[x_order], masses.y[y_order])):
        return None
    kept = np.flatnonzero(masses.x_units[x_order])
    sources, targets = x_order[kept], y_order[kept]
    return Solution(sources, targets, masses.x_units[sources], np.zeros(len(x)), np.zeros(len(y)), 0.0, 0.0)


def _bounds(solution: Solution, masses: Masses, rounding: float, largest: float) -> tuple[float, float]:
    """Bounds of the exact cost for the exact weights, given that computed costs err by `rounding`, relatively."""
    if largest == 0:
        return 0.0, 0.0
    # weight that whole units do not represent travels at most the largest cost
    misfit = masses.misfit * largest * (1 + rounding)
    lower = (solution.dual - misfit) / (1 + rounding) - UNDERFLOW
    return max(0.0, lower), solution.primal * (1 + rounding) + misfit + UNDERFLOW


def _monotone(x: FloatArray, y: FloatArray, order: int, masses: Masses) -> Solution:
    """On the line the monotone coupling is optimal by theorem, so its cost is the dual value too."""
    sources, targets, units = coupling(x, y, masses)
    costs = np.abs(x[sources] - y[targets]) ** order
    u, v = staircase_potentials(sources, targets, costs, len(x), len(y))
    primal = math.fsum(units * costs) / masses.total
    kept = units > 0
    return Solution(sources[kept], targets[kept], units[kept], u, v, primal, primal)
