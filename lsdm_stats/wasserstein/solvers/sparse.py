"""Transport restricted to given edges, by POT's network simplex on sparse costs."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from lsdm_stats.arrays import FloatArray, IntArray
from lsdm_stats.wasserstein.solvers.dense import NO_LIMIT, OPTIMAL, SOLVER_SCALE


@dataclass(frozen=True, eq=False)
class Edges:
    """Pairs that mass may use, ordered by source and then target, each once.

    Parameters
    ----------
    sources, targets : ndarray of int64, shape (k,)
        Points on either side.
    costs : ndarray of shape (k,)
        Cost of a unit of mass.
    """

    sources: IntArray
    targets: IntArray
    costs: FloatArray


@dataclass(frozen=True, eq=False)
class Flow:
    """Optimal flow on given edges and its potentials.

    Parameters
    ----------
    sources, targets, units : ndarray of int64, shape (k,)
        Positive flows.
    u, v : ndarray of shape (n,) and (m,)
        Potentials: at most the cost on every edge, equal to it where mass flows.
    """

    sources: IntArray
    targets: IntArray
    units: IntArray
    u: FloatArray
    v: FloatArray


def solve_on_edges(x_units: IntArray, y_units: IntArray, edges: Edges,
                   start: tuple[FloatArray, FloatArray] | None = None) -> Flow:
    """The optimal flow on some edges, from a basis near nearly optimal potentials, if given.

    Raises
    ------
    RuntimeError
        If the edges admit no flow of all mass, or the solver does not report an optimum.
    """
    from ot.lp.emd_wrap import emd_c_sparse  # ot.emd does not hand potentials on for sparse costs

    a, b = x_units.astype(np.float64), y_units.astype(np.float64)
    largest = float(np.abs(edges.costs).max())
    scale = SOLVER_SCALE / largest if largest > 0 else 1.0
    warm = () if start is None else (start[0] * scale, start[1] * scale)
    sources, targets, units, _, u, v, status = emd_c_sparse(
        a, b, edges.sources.astype(np.uint64), edges.targets.astype(np.uint64), edges.costs * scale, NO_LIMIT, *warm)
    used = units > 0
    sources, targets, units = sources[used].astype(np.int64), targets[used].astype(np.int64), units[used]
    moved = np.bincount(sources, units, len(a)), np.bincount(targets, units, len(b))
    if status != OPTIMAL or not (np.array_equal(moved[0], a) and np.array_equal(moved[1], b)):
        raise RuntimeError(f"the network simplex must move all mass and end with status {OPTIMAL} (optimal); got "
                           f"{status} for {len(edges.costs)} edges between {len(a)} and {len(b)} points; report the "
                           "samples as a bug")
    middle = float(np.median(u))  # centred, so that rounding is that of small numbers
    return Flow(sources, targets, units.astype(np.int64), (u - middle) / scale, (v + middle) / scale)
