"""Dense transport problems by POT's network simplex, refined until primal and dual agree."""

from __future__ import annotations

import math

import numpy as np

from lsdm_stats.arrays import FloatArray, IntArray
from lsdm_stats.wasserstein.solvers.solution import Solution, dual_value

OPTIMAL = 1  # POT's status code
NO_LIMIT = 10**15  # iterations
SOLVER_SCALE = 1e3  # POT's artificial costs are (largest cost + 1) * nodes: the 1 must not count
_ROUNDS = 4  # solves at most; two have sufficed in every case seen


def solve_dense(costs: FloatArray, x_units: IntArray, y_units: IntArray, *, total: int, rtol: float) -> Solution:
    """Solve, then solve again for reduced costs while the gap is above `rtol` and shrinks; costs per `total` units.

    The simplex resolves costs down to rounding errors of the largest. What it leaves to gain lies where reduced costs
    are of the order of the gap, so the next round sees only these, larger ones being cut off: iterative refinement
    (Gleixner, Steffy and Wolter 2016, INFORMS J. Computing 28:449-464). Cutting off lowers costs, hence keeps the dual
    feasible.
    """
    reduced, best = costs, None
    for _ in range(_ROUNDS):
        found = _round(costs, reduced, x_units, y_units, total, np.zeros(costs.shape[1]) if best is None else best.v)
        improved = found if best is None else _better(best, found)
        has_stalled = best is not None and improved.primal - improved.dual >= best.primal - best.dual
        best = improved
        gap = best.primal - best.dual
        if has_stalled or gap <= rtol * best.primal:
            break
        reduced = np.clip(costs - best.u[:, None] - best.v, 0.0, sum(costs.shape) * gap)
    assert best is not None
    return best


def network_simplex(costs: FloatArray, a: FloatArray, b: FloatArray) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Flows ``(n, m)`` and potentials of one problem with positive whole-number masses of equal total.

    Raises
    ------
    RuntimeError
        If the solver does not report an optimum.
    """
    from ot.lp.emd_wrap import emd_c  # not ot.emd: its wrapper takes as long as a problem of 60 points

    largest = float(np.abs(costs).max())
    scale = SOLVER_SCALE / largest if largest > 0 else 1.0
    flows, _, u, v, status = emd_c(a, b, costs * scale, NO_LIMIT, 1)
    if status != OPTIMAL:
        raise RuntimeError(f"the network simplex must end with status {OPTIMAL} (optimal); got {status} for costs of "
                           f"shape {costs.shape}; report the samples as a bug")
    return flows, u / scale, v / scale


def _round(costs: FloatArray, reduced: FloatArray, x_units: IntArray, y_units: IntArray, total: int,
           v: FloatArray) -> Solution:
    rows, columns = np.flatnonzero(x_units), np.flatnonzero(y_units)
    is_full = len(rows) == costs.shape[0] and len(columns) == costs.shape[1]
    active = reduced if is_full else reduced[np.ix_(rows, columns)]
    a, b = x_units[rows].astype(np.float64), y_units[columns].astype(np.float64)
    flows, u_change, v_change = network_simplex(active, a, b)
    sources, targets = np.nonzero(flows)
    units = flows[sources, targets]
    if not (np.array_equal(np.bincount(sources, units), a) and np.array_equal(np.bincount(targets, units), b)):
        raise RuntimeError(f"the network simplex must move all mass; it left some for costs of shape {costs.shape}; "
                           "report the samples as a bug")
    sources, targets = rows[sources], columns[targets]
    primal = math.fsum(units * costs[sources, targets]) / total
    new_v = np.full(costs.shape[1], -np.inf)
    new_v[columns] = v[columns] + v_change + np.median(u_change)  # centred, so that rounding is that of small numbers
    new_u, new_v = _transformed(costs, new_v)
    dual = dual_value(new_u, new_v, x_units, y_units, total)
    return Solution(sources, targets, units.astype(np.int64), new_u, new_v, primal, dual)


def _transformed(costs: FloatArray, v: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Two c-transforms: feasible for all pairs, never a worse dual value; a potential of -inf constrains nothing."""
    u = (costs - v).min(axis=1)
    return u, (costs - u[:, None]).min(axis=0)


def _better(first: Solution, second: Solution) -> Solution:
    """The cheaper plan with the better potentials."""
    plan = first if first.primal <= second.primal else second
    dual = first if first.dual >= second.dual else second
    return Solution(plan.sources, plan.targets, plan.units, dual.u, dual.v, plan.primal, dual.dual)
