"""Exact Wasserstein distances that prove their own value."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike

from lsdm_stats.arrays import FloatArray, as_points
from lsdm_stats.wasserstein.closed_forms.line import coupling, staircase_potentials
from lsdm_stats.wasserstein.ground import (
    UNDERFLOW,
    as_blocks,
    as_order,
    distances,
    relative_rounding,
    root,
    unit_exponent,
)
from lsdm_stats.wasserstein.masses import Masses, as_masses
from lsdm_stats.wasserstein.solvers.dense import Solution, solve_dense
from lsdm_stats.wasserstein.transport import Plan, Transport


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
        ``lower < upper``. Memory is about six matrices of shape (n, m).

    Raises
    ------
    ValueError
        If a value is not finite, a sample is empty, columns differ, blocks do not add up to the columns, or masses are
        negative or unequal in total.
    RuntimeError
        If the solver does not reach an optimum.

    References
    ----------
    .. [1] Bonneel, van de Panne, Paris and Heidrich (2011), ACM Trans. Graphics 30(6):158 (the network simplex of POT).

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
    solution, largest = _solution(scaled, others, sizes, order, masses, rtol)
    lower, upper = _bounds(solution, masses, relative_rounding(sizes, order), largest)
    value = math.ldexp(root(solution.primal, order), exponent)
    return Transport(
        value=value,
        lower=min(value, math.ldexp(math.nextafter(root(lower, order), 0.0), exponent)),
        upper=math.ldexp(math.nextafter(root(upper, order), math.inf) if upper > 0 else 0.0, exponent),
        plan=Plan(solution.sources, solution.targets, solution.units / masses.total),
        potentials=(np.ldexp(solution.u, order * exponent), np.ldexp(solution.v, order * exponent)),
        order=order,
        blocks=sizes,
        targets=second.copy(),
    )


def _solution(x: FloatArray, y: FloatArray, blocks: tuple[int, ...], order: int, masses: Masses,
              rtol: float) -> tuple[Solution, float]:
    """Solution in scaled units by the route that fits, and the largest cost (0 for a law moved onto itself)."""
    stay = _identity(x, y, masses)
    if stay is not None:
        return stay, 0.0
    if x.shape[1] == 1:
        return _monotone(x[:, 0], y[:, 0], order, masses)
    costs = distances(x, y, blocks)
    if order == 2:
        np.square(costs, out=costs)
    return solve_dense(costs, masses, rtol=rtol), float(costs.max())


def _bounds(solution: Solution, masses: Masses, rounding: float, largest: float) -> tuple[float, float]:
    """Bounds of the exact cost for the exact weights, given that computed costs err by `rounding`, relatively."""
    if largest == 0:
        return solution.dual, solution.primal
    lower = solution.dual / (1 + rounding) - UNDERFLOW
    # mass that units do not represent travels at most the largest cost
    upper = solution.primal * (1 + rounding) + masses.misfit * largest * (1 + rounding) + UNDERFLOW
    return max(0.0, lower), upper


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


def _monotone(x: FloatArray, y: FloatArray, order: int, masses: Masses) -> tuple[Solution, float]:
    """On the line the monotone coupling is optimal by theorem, so its cost is the dual value of its units too."""
    sources, targets, units = coupling(x, y, masses)
    costs = np.abs(x[sources] - y[targets]) ** order
    u, v = staircase_potentials(sources, targets, costs, len(x), len(y))
    largest = float(max(x.max() - y.min(), y.max() - x.min()) ** order)
    primal = math.fsum(units * costs) / masses.total
    dual = max(0.0, primal - masses.misfit * largest)
    kept = units > 0
    return Solution(sources[kept], targets[kept], units[kept], u, v, primal, dual), largest
