"""Large transport problems: network simplex on few edges, with pricing until primal and dual agree.

Points are gathered in cells, level by level; the solution between cells names the edges worth trying between their
points. Pairs that pricing finds with negative reduced cost are added and the problem is solved again from its last
basis, until the plan costs no more than feasible potentials allow: column generation with a multiscale start (Schmitzer
2016, J. Math. Imaging Vis. 56:238-259).
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from lsdm_stats.arrays import FloatArray, IntArray
from lsdm_stats.wasserstein.ground import Ground
from lsdm_stats.wasserstein.solvers.dense import network_simplex
from lsdm_stats.wasserstein.solvers.edges import candidates, distinct, expanded, lowest
from lsdm_stats.wasserstein.solvers.partition import Partition, partition
from lsdm_stats.wasserstein.solvers.pool import Pool
from lsdm_stats.wasserstein.solvers.pricing import Priced
from lsdm_stats.wasserstein.solvers.solution import Solution, dual_value
from lsdm_stats.wasserstein.solvers.sparse import Edges, Flow, solve_on_edges

_CELL = 4  # points of a cell
_COARSEST = 300  # points on either side that are solved with all pairs
_PRECISION = 0.02  # gap of a coarse level, in units of the mean distance of a point from its centroid
_NEAR = 12  # pairs per point of the coarsest level that are handed on
_ADDED = 3  # pairs with negative reduced cost that are added, per point
_MANY, _ADDED_OF_MANY = 4, 12  # where there are so many per point, more are added
_REFINEMENTS = 3  # solves of reduced costs at most
_PART = 2**20  # costs held at once for points without mass


@dataclass(frozen=True, eq=False)
class _Level:
    """Points of both samples with their masses and cells; costs are per `total` units."""

    x: Partition
    y: Partition
    ground: Ground
    total: int
    coarsest: int

    @classmethod
    def of(cls, x: tuple[FloatArray, IntArray], y: tuple[FloatArray, IntArray], ground: Ground, total: int,
           coarsest: int) -> _Level:
        """The level of points and masses; where they are few on one side, each is a cell of its own."""
        first, second = (partition(*side, size=_CELL if 2 * len(side[0]) > coarsest else 1) for side in (x, y))
        return cls(first, second, ground, total, coarsest)

    @property
    def is_coarsest(self) -> bool:
        return max(len(self.x.points), len(self.y.points)) <= self.coarsest

    @property
    def width(self) -> float:
        """By how much costs change, about, when points move to their centroids."""
        metric = Ground(self.ground.blocks, 1)
        moves = [
            float(side.units @ metric.between(side.points, np.arange(len(side.points)), side.centroids, side.cells))
            for side in (self.x, self.y)
        ]
        moved = int(self.x.units.sum())
        mean = sum(moves) / (2 * moved)
        if self.ground.order == 1:
            return mean
        apart = (self.x.units @ self.x.points - self.y.units @ self.y.points) / moved
        return mean * (mean + 2 * float(np.linalg.norm(apart)))

    def coarser(self) -> _Level:
        """The level of the cells."""
        x, y = ((side.centroids, side.masses) for side in (self.x, self.y))
        return _Level.of(x, y, self.ground, self.total, self.coarsest)

    def keys(self, i: IntArray, j: IntArray) -> IntArray:
        """One number per pair, increasing by source and then target."""
        return i * len(self.y.points) + j

    def pairs(self, keys: IntArray) -> tuple[IntArray, IntArray]:
        """The pairs of keys."""
        i, j = np.divmod(keys, len(self.y.points))
        return i, j

    def costs(self, i: IntArray, j: IntArray) -> FloatArray:
        """Costs of pairs."""
        return self.ground.between(self.x.points, i, self.y.points, j)


@dataclass(frozen=True, eq=False)
class _Solved:
    """A level's flow, feasible potentials, pairs of low reduced cost, and the two sides of the certificate."""

    flow: Flow
    u: FloatArray
    v: FloatArray
    near: tuple[IntArray, IntArray]
    primal: float
    dual: float


def solve_columns(x: FloatArray, y: FloatArray, x_units: IntArray, y_units: IntArray, ground: Ground, *, total: int,
                  rtol: float, coarsest: int = _COARSEST) -> Solution:
    """Solve until the gap is at most `rtol` of the cost, or rounding allows no more.

    Parameters
    ----------
    x, y : ndarray of shape (n, dim) and (m, dim)
        Points, spread over about one unit.
    x_units, y_units : ndarray of int64, shape (n,) and (m,)
        Masses of equal total, zeros allowed.
    ground : Ground
        The cost.
    total : int
        Units of all mass; some may stay where it is and not be among these.
    rtol : float
        Relative gap to reach.
    coarsest : int
        Points on either side up to which a coarse level is solved with all pairs.
    """
    rows, columns = np.flatnonzero(x_units), np.flatnonzero(y_units)
    level = _Level.of((x[rows], x_units[rows]), (y[columns], y_units[columns]), ground, total, coarsest)
    solved = _solve(level, rtol=rtol, atol=0.0)
    u, v = np.empty(len(x)), np.empty(len(y))
    u[rows], v[columns] = level.x.unordered(solved.u), level.y.unordered(solved.v)
    _extend(u, x, np.flatnonzero(x_units == 0), y[columns], v[columns], ground)
    _extend(v, y, np.flatnonzero(y_units == 0), x, u, ground)
    sources, targets = rows[level.x.order[solved.flow.sources]], columns[level.y.order[solved.flow.targets]]
    return Solution(sources, targets, solved.flow.units, u, v, solved.primal, solved.dual)


def _extend(potential: FloatArray, points: FloatArray, places: IntArray, others: FloatArray, their: FloatArray,
            ground: Ground) -> None:
    """The largest feasible potential of some points, given those of all others."""
    step = max(1, _PART // len(others))
    for start in range(0, len(places), step):
        part = places[start : start + step]
        potential[part] = (ground.matrix(points[part], others) - their).min(axis=1)


def _solve(level: _Level, *, rtol: float, atol: float) -> _Solved:
    keys = _first_keys(level)
    edges = Edges(*level.pairs(keys), level.costs(*level.pairs(keys)))
    flow = solve_on_edges(level.x.units, level.y.units, edges)
    pool = Pool(level.x.points, level.y.points, level.ground)
    best, refinements = None, 0
    while True:
        found = pool.violations(flow.u, flow.v)
        now = _certified(level, flow, found, pool)
        best = now if best is None else _better(best, now)
        gap, goal = best.primal - best.dual, max(rtol * best.primal, atol)
        if gap <= goal:
            return best
        keys, more = _with_columns(level, keys, edges, flow, found, 0.05 * goal)
        if more is not None:
            edges = more
            flow = solve_on_edges(level.x.units, level.y.units, edges, (flow.u, flow.v))
        elif refinements < _REFINEMENTS:
            refinements += 1
            flow = _refine(level, edges, best)
        else:
            return best


def _first_keys(level: _Level) -> IntArray:
    """Edges for a start: those of the coarse plan, and those of low reduced cost for the coarse potentials."""
    coarse = level.coarser()
    solved = _all_pairs(coarse) if coarse.is_coarsest else _solve(coarse, rtol=0.0, atol=_PRECISION * level.width)
    flow = solved.flow
    a, b = coarse.x.order[flow.sources], coarse.y.order[flow.targets]
    i, j, _ = expanded(level.x, level.y, a, b, flow.units)
    near = coarse.x.order[solved.near[0]], coarse.y.order[solved.near[1]]
    m = len(coarse.y.points)
    cells = np.divmod(distinct(np.concatenate([a * m + b, near[0] * m + near[1]])), m)
    u, v = coarse.x.unordered(flow.u), coarse.y.unordered(flow.v)
    more = candidates(level.x, level.y, cells, u, v, level.ground)
    return distinct(np.concatenate([level.keys(i, j), level.keys(*more)]))


def _all_pairs(level: _Level) -> _Solved:
    """The solution of a small level, as good as the solver gives it."""
    x, y = level.x, level.y
    costs = level.ground.matrix(x.points, y.points)
    flows, u, v = network_simplex(costs, x.units.astype(np.float64), y.units.astype(np.float64))
    i, j = np.nonzero(flows)
    reduced = costs - u[:, None] - v
    depth = min(_NEAR * max(costs.shape), costs.size) - 1
    near_i, near_j = np.nonzero(reduced <= np.partition(reduced, depth, axis=None)[depth])
    return _Solved(Flow(i, j, flows[i, j].astype(np.int64), u, v), u, v, (near_i, near_j), 0.0, 0.0)


def _certified(level: _Level, flow: Flow, found: Priced, pool: Pool) -> _Solved:
    primal = math.fsum(flow.units * level.costs(flow.sources, flow.targets)) / level.total
    u = flow.u + found.lows
    dual = dual_value(u, flow.v, level.x.units, level.y.units, level.total)
    near = pool.pairs if pool.pairs is not None else (found.sources, found.targets)
    return _Solved(flow, u, flow.v, near, primal, dual)


def _better(first: _Solved, second: _Solved) -> _Solved:
    """The cheaper plan with the better potentials."""
    plan = second if second.primal <= first.primal else first
    dual = second if second.dual >= first.dual else first
    return _Solved(plan.flow, dual.u, dual.v, dual.near, plan.primal, dual.dual)


def _with_columns(level: _Level, keys: IntArray, edges: Edges, flow: Flow, found: Priced,
                  noise: float) -> tuple[IntArray, Edges | None]:
    """The edges and the lowest new ones of every point; None if there are no new ones above the solver's noise."""
    on_edges = edges.costs - flow.u[edges.sources] - flow.v[edges.targets]
    noise = max(noise, -2 * float(on_edges.min()))
    reduced = found.costs - flow.u[found.sources] - flow.v[found.targets]
    worth = np.flatnonzero(reduced < -noise)
    i, j, reduced = found.sources[worth], found.targets[worth], reduced[worth]
    count = _ADDED_OF_MANY if len(worth) > _MANY * (len(level.x.points) + len(level.y.points)) else _ADDED
    kept = np.flatnonzero(lowest(i, reduced, count) | lowest(j, reduced, count))
    new = distinct(level.keys(i[kept], j[kept]))
    new = new[keys[np.searchsorted(keys, new).clip(max=len(keys) - 1)] != new]
    if not len(new):
        return keys, None
    together = np.sort(np.concatenate([keys, new]))
    costs = np.empty(len(together))
    costs[np.searchsorted(together, keys)] = edges.costs
    costs[np.searchsorted(together, new)] = level.costs(*level.pairs(new))
    return together, Edges(*level.pairs(together), costs)


def _refine(level: _Level, edges: Edges, solved: _Solved) -> Flow:
    """Solve for reduced costs cut off far above the gap: the solver resolves them better than the costs themselves."""
    reduced = edges.costs - solved.u[edges.sources] - solved.v[edges.targets]
    most = sum((len(level.x.points), len(level.y.points))) * (solved.primal - solved.dual)
    cut = Edges(edges.sources, edges.targets, np.clip(reduced, 0.0, most))
    flow = solve_on_edges(level.x.units, level.y.units, cut)
    return Flow(flow.sources, flow.targets, flow.units, solved.u + flow.u, solved.v + flow.v)
