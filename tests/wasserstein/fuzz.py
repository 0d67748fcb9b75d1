"""Transport problems of many kinds, and a referee in whole numbers that knows their optimum.

`problem` makes the problem of a seed and an index, `judge` gives it to a solver with the signature of `exact` and lists
what is wrong with the answer. The referee shares nothing with the package: coordinates become whole numbers, square
roots are taken to 128 more binary digits than the coordinates have, and the optimum is found by shortest augmenting
paths without any rounding. HiGHS solves the same problem in floating point.
"""

from __future__ import annotations

import contextlib
import itertools
import math
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any
from unittest import mock

import numpy as np
from scipy.optimize import linprog
from scipy.sparse import eye_array, kron, vstack

from lsdm_stats.wasserstein import Transport, certified, exact
from lsdm_stats.wasserstein.solvers import columns

Rng = np.random.Generator
Cloud = tuple[np.ndarray, np.ndarray]
Solve = Callable[..., Transport]

CLOSED = 1e-9  # relative gap that the certificate must reach
ROUNDING = 1e-13  # gap, in units of the largest cost, that rounding of potentials of that size excuses
HIGHS = 1e-7  # agreement with HiGHS on costs of at most 1
_DIGITS = 128  # binary digits of square roots beyond those of the coordinates


@dataclass(frozen=True, eq=False)
class Problem:
    """Two weighted samples, a ground metric, and the kinds that they are of."""

    points: str
    weights: str
    x: np.ndarray
    y: np.ndarray
    order: int
    blocks: tuple[int, ...] | None
    a: np.ndarray | None
    b: np.ndarray | None

    @property
    def options(self) -> dict[str, Any]:
        """Keyword arguments of `exact`."""
        return {"order": self.order, "blocks": self.blocks, "x_weights": self.a, "y_weights": self.b}

    def __str__(self) -> str:
        return (f"{self.points}, {self.weights} weights, {len(self.x)} x {len(self.y)} points, dim {self.x.shape[1]}, "
                f"order {self.order}, blocks {self.blocks}")


@dataclass(frozen=True)
class Truth:
    """The optimum of W_p**p between two rational numbers that are equal but for square roots, and the costs."""

    low: Fraction
    high: Fraction
    largest: Fraction  # cost
    costs: np.ndarray  # over the largest
    highs: float | None  # optimum / largest by HiGHS; None where it gave up


@dataclass(frozen=True)
class Verdict:
    """What is wrong with an answer, and how good it is."""

    faults: list[str] = field(default_factory=list)
    gap: float = 0.0  # of W_p**p, relative to the optimum
    gap_of_largest: float = 0.0  # the same relative to the largest cost
    by_highs: bool = True
    seconds: float = 0.0

    @property
    def is_closed(self) -> bool:
        """Whether the certificate proves the value."""
        return self.gap <= CLOSED


def problem(seed: int, index: int) -> Problem:
    """The problem of a seed and an index."""
    rng = np.random.default_rng([seed, index])
    points = list(POINTS)[index % len(POINTS)]
    weights = list(WEIGHTS)[(index // len(POINTS)) % len(WEIGHTS)]
    n, m = (_size(rng) for _ in range(2))
    if rng.uniform() < 0.3:
        m = n
    x, y = POINTS[points](rng, n, m, int(rng.integers(1, 9)))
    if rng.uniform() < 0.5:
        x, y = y, x
    a, b = WEIGHTS[weights](rng, len(x), len(y))
    return Problem(points, weights, x, y, int(rng.integers(1, 3)), _blocks(rng, x.shape[1]), a, b)


def judge(given: Problem, solve: Solve = exact) -> Verdict:
    """Solve a problem and hold the answer against both referees."""
    before = [None if array is None else array.copy() for array in (given.x, given.y, given.a, given.b)]
    start = time.perf_counter()
    try:
        answer = solve(given.x, given.y, **given.options)
    except Exception as error:
        return Verdict([f"{type(error).__name__}: {error}"])
    seconds = time.perf_counter() - start
    truth = solved(given)
    faults = [*_bounds(answer, truth, given.order), *_plan(answer, given, truth), *_potentials(answer, given, truth)]
    if any(old is not None and not np.array_equal(old, new) for old, new in
           zip(before, (given.x, given.y, given.a, given.b), strict=True)):
        faults.append("the samples or weights were changed")
    width = _power(answer.upper, given.order) - _power(answer.lower, given.order)
    gap = float(width / truth.low) if truth.low else (math.inf if width > 0 else 0.0)
    of_largest = float(width / truth.largest) if truth.largest else 0.0
    if gap > CLOSED and of_largest > ROUNDING and answer.upper >= 2.0**-1022:
        faults.append(f"the certificate is open: {gap:.1e} of the value, {of_largest:.1e} of the largest cost")
    return Verdict(faults, gap, of_largest, truth.highs is not None, seconds)


@contextlib.contextmanager
def large_route(coarsest: int) -> Iterator[Solve]:
    """`exact` by the route for large problems, however small; levels of at most `coarsest` points get all pairs."""
    def solve(*arguments: Any, **options: Any) -> Any:
        return columns.solve_columns(*arguments, **options, coarsest=coarsest)

    with mock.patch.object(certified, "_ALL_PAIRS", -1), mock.patch.object(certified, "solve_columns", solve):
        yield exact


# ------------------------------------------------------------------------------------------------------ the referees


def solved(given: Problem) -> Truth:
    """The optimum by both referees."""
    costs, slack, unit = whole_costs(given)
    a, b = whole_masses(given)
    total, largest = sum(a), max(map(max, costs))
    if largest == 0:
        return Truth(Fraction(0), Fraction(0), Fraction(0), np.zeros((len(a), len(b))), 0.0)
    over_largest = np.array([[c / largest for c in row] for row in costs])
    objective, potentials = _by_highs(over_largest, a, b)
    least = Fraction(optimum(costs, a, b, [round(Fraction(float(v)) * largest) for v in potentials]), total)
    return Truth(least * unit, (least + slack) * unit, (largest + slack) * unit, over_largest,
                 objective)


def whole_costs(given: Problem) -> tuple[list[list[int]], int, Fraction]:
    """Costs rounded down to whole numbers, by how much they may be too small, and their unit."""
    sizes = given.blocks or (given.x.shape[1],)
    values = [[Fraction(float(t)) for t in row] for row in np.vstack([given.x, given.y])]
    finest = max(value.denominator for row in values for value in row)
    rows = [[int(value * finest) for value in row] for row in values]
    x, y = rows[: len(given.x)], rows[len(given.x) :]
    if given.order == 2 and len(sizes) == 1:
        costs = [[sum((s - t) ** 2 for s, t in zip(one, other, strict=True)) for other in y] for one in x]
        return costs, 0, Fraction(1, finest**2)
    edges = list(itertools.pairwise(itertools.accumulate(sizes, initial=0)))
    costs, rational = [], True
    for one in x:
        distances = []
        for other in y:
            distance = 0
            for start, end in edges:
                squared = sum((s - t) ** 2 for s, t in zip(one[start:end], other[start:end], strict=True))
                squared <<= 2 * _DIGITS
                side = math.isqrt(squared)
                rational &= side * side == squared
                distance += side
            distances.append(distance)
        costs.append(distances)
    unit, below = Fraction(1, finest << _DIGITS), 0 if rational else len(sizes)
    if given.order == 1:
        return costs, below, unit
    slack = max((d + below) ** 2 - d * d for row in costs for d in row)
    return [[d * d for d in row] for row in costs], slack, unit**2


def whole_masses(given: Problem) -> tuple[list[int], list[int]]:
    """Whole-number masses of equal total in the proportions of the weights."""
    sides = [[Fraction(1)] * len(points) if weights is None else [Fraction(float(w)) for w in weights]
             for points, weights in ((given.x, given.a), (given.y, given.b))]
    a, b = ([w / sum(side) for w in side] for side in sides)
    unit = math.lcm(*(w.denominator for w in (*a, *b)))
    return [int(w * unit) for w in a], [int(w * unit) for w in b]


def optimum(costs: list[list[int]], a: list[int], b: list[int], guess: list[int] | None = None) -> int:
    """Least cost of moving `a` to `b`, all whole numbers, by shortest augmenting paths; `guess`: potentials of `b`."""
    n, m = len(a), len(b)
    v = [0] * m if guess is None else list(guess)
    u = [min(c - w for c, w in zip(row, v, strict=True)) for row in costs]
    v = [min(costs[i][j] - u[i] for i in range(n)) for j in range(m)]
    flow, left, open_ = [[0] * m for _ in range(n)], list(a), list(b)
    for i, j in itertools.product(range(n), range(m)):
        if left[i] and open_[j] and costs[i][j] == u[i] + v[j]:
            flow[i][j] = moved = min(left[i], open_[j])
            left[i] -= moved
            open_[j] -= moved
    while any(left):
        _augment(costs, u, v, flow, left, open_)
    for i, j in itertools.product(range(n), range(m)):  # the proof, whatever came before
        reduced = costs[i][j] - u[i] - v[j]
        assert reduced >= 0
        assert flow[i][j] >= 0
        assert not (flow[i][j] and reduced)
    assert [sum(row) for row in flow] == a
    assert [sum(column) for column in zip(*flow, strict=True)] == b
    return sum(f * c for fs, cs in zip(flow, costs, strict=True) for f, c in zip(fs, cs, strict=True) if f)


def _augment(costs: list[list[int]], u: list[int], v: list[int], flow: list[list[int]], left: list[int],
             open_: list[int]) -> None:
    """Move mass along the shortest path of reduced costs (Dijkstra) and keep potentials feasible and tight."""
    n, m = len(u), len(v)
    row_length: dict[int, int] = {}
    row_before: dict[int, int] = {}
    column_length: dict[int, int] = {}
    best: list[int | None] = [None] * m
    before = [0] * m
    new = [(i, 0) for i in range(n) if left[i]]
    while True:
        for i, length in new:
            row_length[i] = length
            base, row = length - u[i], costs[i]
            for j in range(m):
                if j not in column_length:
                    reach, known = base + row[j] - v[j], best[j]
                    if known is None or reach < known:
                        best[j], before[j] = reach, i
        end, shortest = min(((j, r) for j, r in enumerate(best) if r is not None and j not in column_length),
                            key=lambda pair: pair[1])
        if open_[end]:
            break
        column_length[end] = shortest
        new = [(i, shortest) for i in range(n) if flow[i][end] and i not in row_length]
        row_before.update({i: end for i, _ in new})
    for i, length in row_length.items():
        u[i] += shortest - length
    for j, length in column_length.items():
        v[j] -= shortest - length
    path, j = [], end
    while True:
        i = before[j]
        path.append((i, j, 1))
        if i not in row_before:
            break
        j = row_before[i]
        path.append((i, j, -1))
    moved = min(left[i], open_[end], *(flow[s][t] for s, t, sign in path if sign < 0))
    for s, t, sign in path:
        flow[s][t] += sign * moved
    left[i] -= moved
    open_[end] -= moved


def _by_highs(costs: np.ndarray, a: list[int], b: list[int]) -> tuple[float | None, list[float]]:
    """Optimum and potentials of the second sample."""
    n, m, total = len(a), len(b), sum(a)
    marginals = vstack([kron(eye_array(n), np.ones((1, m))), kron(np.ones((1, n)), eye_array(m))]).tocsr()
    found = linprog(costs.ravel(), A_eq=marginals, b_eq=[w / total for w in (*a, *b)],
                    method="highs", options={"primal_feasibility_tolerance": 1e-10,
                                             "dual_feasibility_tolerance": 1e-10})
    return (None, [0.0] * m) if found.status != 0 else (float(found.fun), list(found.eqlin.marginals[n:]))


# ----------------------------------------------------------------------------------------------- what can be wrong


def _power(value: float, order: int) -> Fraction:
    return Fraction(value) ** order


def _bounds(answer: Transport, truth: Truth, order: int) -> list[str]:
    faults = []
    if not all(map(math.isfinite, (answer.lower, answer.value, answer.upper))):
        return [f"not finite: {answer.lower}, {answer.value}, {answer.upper}"]
    if not 0 <= answer.lower <= answer.value <= answer.upper:
        faults.append(f"not ordered: {answer.lower!r}, {answer.value!r}, {answer.upper!r}")
    if _power(answer.lower, order) > truth.high:
        excess = float((_power(answer.lower, order) - truth.high) / truth.largest)
        faults.append(f"lower is above the optimum by {excess:.1e} of the largest cost")
    if _power(answer.upper, order) < truth.low:
        excess = float((truth.low - _power(answer.upper, order)) / truth.largest)
        faults.append(f"upper is below the optimum by {excess:.1e} of the largest cost")
    if truth.highs is not None and truth.largest:
        apart = abs(float(_power(answer.value, order) / truth.largest) - truth.highs)
        if apart > HIGHS:
            faults.append(f"HiGHS differs by {apart:.1e} of the largest cost")
    return faults


def _plan(answer: Transport, given: Problem, truth: Truth) -> list[str]:
    plan, faults = answer.plan, []
    if not np.all(plan.masses > 0):
        faults.append("a mass of the plan is not positive")
    for points, weights, rows in ((given.x, given.a, plan.sources), (given.y, given.b, plan.targets)):
        wanted = np.ones(len(points)) if weights is None else weights / weights.max()
        wanted = wanted / math.fsum(wanted)
        apart = np.abs(np.bincount(rows, plan.masses, len(points)) - wanted).max()
        if apart > 4e-15:
            faults.append(f"a marginal of the plan is off by {apart:.1e}")
    if _is_ordinary(truth):
        cost = math.fsum(plan.masses * truth.costs[plan.sources, plan.targets])
        stated = float(_power(answer.value, given.order) / truth.largest)
        if abs(cost - stated) > 1e-13 * cost:
            faults.append(f"the plan costs {cost!r}, not {stated!r}")
    return faults


def _potentials(answer: Transport, given: Problem, truth: Truth) -> list[str]:
    """Potentials may be infeasible by rounding, no more, and their value is the lower bound."""
    u, v = answer.potentials
    if (u.shape, v.shape) != ((len(given.x),), (len(given.y),)):
        return [f"potentials have shapes {u.shape} and {v.shape}"]
    if not _is_ordinary(truth):
        return []
    faults, unit = [], float(truth.largest)
    u, v = u / unit, v / unit
    size = float(max(np.abs(u).max(), np.abs(v).max(), 1.0))
    excess = float((u[:, None] + v - truth.costs).max())
    if excess > 1e-14 * size:
        faults.append(f"potentials are infeasible by {excess:.1e} of the largest cost")
    a, b = whole_masses(given)
    value = math.fsum(w / sum(a) * p for w, p in zip((*a, *b), (*u, *v), strict=True))
    apart = abs(value - float(_power(answer.lower, given.order) / truth.largest))
    if apart > ROUNDING * size:
        faults.append(f"potentials and lower bound differ by {apart:.1e} of the largest cost")
    return faults


def _is_ordinary(truth: Truth) -> bool:
    """Whether costs are numbers that float64 represents to the last digit, and not all 0."""
    return 2.0**-960 < truth.largest < 2.0**1020


# ------------------------------------------------------------------------------------------------------ the problems


def _size(rng: Rng) -> int:
    """1 to 40, small ones as likely as large ones."""
    return int(rng.integers(1, 41)) if rng.uniform() < 0.5 else int(rng.integers(1, 8))


def _blocks(rng: Rng, dim: int) -> tuple[int, ...] | None:
    count = min(int(rng.choice([0, 0, 1, 2, 3, dim])), dim)
    if count == 0:
        return None
    cuts = np.sort(rng.choice(np.arange(1, dim), count - 1, replace=False)) if count > 1 else []
    return tuple(int(size) for size in np.diff([0, *cuts, dim]))


def _pair(rng: Rng, n: int, m: int, dim: int) -> Cloud:
    return rng.normal(size=(n, dim)), rng.normal(size=(m, dim))


def _moved(rng: Rng, n: int, m: int, dim: int) -> Cloud:
    return rng.uniform(size=(n, dim)), 1.5 * rng.normal(size=(m, dim)) + rng.normal(scale=2, size=dim)


def _heavy(rng: Rng, n: int, m: int, dim: int) -> Cloud:
    return rng.standard_cauchy(size=(n, dim)), rng.standard_cauchy(size=(m, dim))


def _lattice(rng: Rng, n: int, m: int, dim: int) -> Cloud:
    side = int(rng.integers(1, 5))
    return rng.integers(0, side + 1, (n, dim)) * 1.0, rng.integers(0, side + 1, (m, dim)) * 1.0


def _pythagorean(rng: Rng, n: int, m: int, dim: int) -> Cloud:
    """Points of two lines through 0 at right angles and of one that joins them: many distances are whole numbers."""
    ends = np.array([[3.0, 4.0], [-4.0, 3.0], [5.0, 0.0]])
    x, y = (rng.integers(-4, 5, (k, 1)) * ends[rng.integers(0, 3, k)] for k in (n, m))
    return x, y


def _duplicates(rng: Rng, n: int, m: int, dim: int) -> Cloud:
    sites = rng.normal(size=(int(rng.integers(1, 6)), dim))
    return sites[rng.integers(0, len(sites), n)], sites[rng.integers(0, len(sites), m)]


def _common(rng: Rng, n: int, m: int, dim: int) -> Cloud:
    """Some points of the second sample are points of the first."""
    x, y = _pair(rng, n, m, dim)
    shared = rng.uniform(size=m) < 0.5
    y[shared] = x[rng.integers(0, n, int(shared.sum()))]
    return x, y


def _same(rng: Rng, n: int, m: int, dim: int) -> Cloud:
    x = rng.normal(size=(n, dim))
    return x, x[rng.permutation(n)]


def _one_point(rng: Rng, n: int, m: int, dim: int) -> Cloud:
    point = rng.normal(size=dim) * rng.choice([0.0, 1.0, 1e8])
    return np.tile(point, (n, 1)), np.tile(point, (m, 1))


def _collinear(rng: Rng, n: int, m: int, dim: int) -> Cloud:
    direction = rng.integers(-3, 4, dim) * 1.0 if rng.uniform() < 0.5 else rng.normal(size=dim)
    return np.outer(rng.normal(size=n), direction), np.outer(rng.normal(size=m), direction)


def _constant_columns(rng: Rng, n: int, m: int, dim: int) -> Cloud:
    x, y = _pair(rng, n, m, dim)
    constant = rng.uniform(size=dim) < 0.5
    x[:, constant] = y[:, constant] = rng.choice([0.0, 1.0, 1e8])
    return x, y


def _far_clusters(rng: Rng, n: int, m: int, dim: int) -> Cloud:
    """Clusters a million apart; sometimes each has its part of both samples, so that nothing need cross."""
    centres = rng.integers(-3, 4, (3, dim)) * 1e6
    if rng.uniform() < 0.5:
        owner = rng.integers(0, 3, n)
        return centres[owner] + rng.normal(size=(n, dim)), centres[rng.permutation(owner)] + rng.normal(size=(n, dim))
    x, y = (centres[rng.integers(0, 3, k)] + rng.normal(size=(k, dim)) for k in (n, m))
    return x, y


def _tight_clusters(rng: Rng, n: int, m: int, dim: int) -> Cloud:
    centres = rng.normal(size=(4, dim))
    x, y = (centres[rng.integers(0, 4, k)] + 10.0 ** -rng.integers(3, 12) * rng.normal(size=(k, dim)) for k in (n, m))
    return x, y


def _outlier(rng: Rng, n: int, m: int, dim: int) -> Cloud:
    x, y = _pair(rng, n, m, dim)
    x[rng.integers(n)] += 10.0 ** rng.integers(2, 13)
    return x, y


def _offset(rng: Rng, n: int, m: int, dim: int) -> Cloud:
    x, y = _pair(rng, n, m, dim)
    return x + 1e8, y + 1e8


def _scales(rng: Rng, n: int, m: int, dim: int) -> Cloud:
    x, y = _moved(rng, n, m, dim)
    unit = 10.0 ** rng.uniform(-12, 12)
    return unit * x, unit * y


def _extreme_scales(rng: Rng, n: int, m: int, dim: int) -> Cloud:
    x, y = _moved(rng, n, m, dim)
    unit = 10.0 ** rng.choice([-310.0, -300.0, -160.0, -140.0, 100.0, 140.0])
    return unit * x, unit * y


def _mixed_scales(rng: Rng, n: int, m: int, dim: int) -> Cloud:
    x, y = _pair(rng, n, m, dim)
    units = 10.0 ** rng.uniform(-8, 8, dim)
    return x * units, y * units


def _small_move(rng: Rng, n: int, m: int, dim: int) -> Cloud:
    """The cost is far below the spread."""
    x = rng.normal(size=(n, dim))
    return x, x[rng.permutation(n)] + 10.0 ** -rng.integers(3, 17) * rng.normal(size=(n, dim))


def _translation(rng: Rng, n: int, m: int, dim: int) -> Cloud:
    """Many plans are optimal or nearly so."""
    x = np.round(rng.normal(size=(n, dim)) * 64) / 64
    return x, x[rng.permutation(n)] + rng.integers(-4, 5, dim)


def _corners(rng: Rng, n: int, m: int, dim: int) -> Cloud:
    """Corners of a simplex: all distances are equal."""
    corners = np.eye(dim)
    return corners[rng.integers(0, dim, n)], corners[rng.integers(0, dim, m)]


def _zooming(rng: Rng, n: int, m: int, dim: int) -> Cloud:
    """Points that halve their distance to 0 again and again, on a few rays."""
    x, y = (2.0 ** -rng.integers(0, 40, (k, 1)) * rng.integers(-1, 2, (k, dim)) for k in (n, m))
    return x, y


def _curve(rng: Rng, n: int, m: int, dim: int) -> Cloud:
    frequencies = np.arange(1, dim + 1)
    x, y = (np.sin(rng.uniform(0, np.pi, (k, 1)) * frequencies) for k in (n, m))
    return x, y


def _whole(rng: Rng, n: int, m: int, dim: int) -> Cloud:
    largest = 2 ** int(rng.integers(2, 52))
    return (rng.integers(-largest, largest, (n, dim)).astype(np.float64),
            rng.integers(-largest, largest, (m, dim)).astype(np.float64))


def _line_up(rng: Rng, n: int, m: int, dim: int) -> Cloud:
    """One column."""
    return _lattice(rng, n, m, 1) if rng.uniform() < 0.3 else _outlier(rng, n, m, 1)


POINTS: dict[str, Callable[[Rng, int, int, int], Cloud]] = {
    "one law": _pair,
    "two laws": _moved,
    "heavy tails": _heavy,
    "one column": _line_up,
    "lattice": _lattice,
    "Pythagorean": _pythagorean,
    "duplicates": _duplicates,
    "common points": _common,
    "same points": _same,
    "one point": _one_point,
    "collinear": _collinear,
    "constant columns": _constant_columns,
    "far clusters": _far_clusters,
    "tight clusters": _tight_clusters,
    "one outlier": _outlier,
    "offset 1e8": _offset,
    "scales 1e-12…1e12": _scales,
    "extreme scales": _extreme_scales,
    "mixed scales": _mixed_scales,
    "small move": _small_move,
    "translation": _translation,
    "simplex corners": _corners,
    "zooming": _zooming,
    "curve": _curve,
    "whole numbers": _whole,
}

Weights = tuple[np.ndarray | None, np.ndarray | None]


def _none(rng: Rng, n: int, m: int) -> Weights:
    return None, None


def _uniform(rng: Rng, n: int, m: int) -> Weights:
    return _normalised(rng.uniform(size=n), rng.uniform(size=m))


def _one_side(rng: Rng, n: int, m: int) -> Weights:
    return (rng.uniform(size=n), None) if rng.uniform() < 0.5 else (None, rng.integers(1, 5, m) * 1.0)


def _pareto(rng: Rng, n: int, m: int) -> Weights:
    return _normalised(rng.pareto(0.5, n), rng.pareto(0.5, m))


def _counts(rng: Rng, n: int, m: int) -> Weights:
    a, b = rng.integers(1, 21, n), rng.integers(1, 21, m)
    return a * float(b.sum()), b * float(a.sum())


def _with_zeros(rng: Rng, n: int, m: int) -> Weights:
    a, b = (np.where(rng.uniform(size=k) < 0.5, 0.0, rng.integers(1, 4, k)) for k in (n, m))
    a[rng.integers(n)] = b[rng.integers(m)] = 1.0
    return (a * b.sum(), b * a.sum()) if rng.uniform() < 0.5 else _normalised(a, b)


def _decades(rng: Rng, n: int, m: int) -> Weights:
    return _normalised(10.0 ** rng.uniform(-12, 0, n), 10.0 ** rng.uniform(-12, 0, m))


def _nearly_all(rng: Rng, n: int, m: int) -> Weights:
    """One point holds nearly all mass."""
    a, b = (10.0 ** -rng.integers(6, 20) * rng.uniform(size=k) for k in (n, m))
    a[rng.integers(n)] = b[rng.integers(m)] = 1.0
    return _normalised(a, b)


def _any_unit(rng: Rng, n: int, m: int) -> Weights:
    """Totals far from 1."""
    a, b = _uniform(rng, n, m)
    assert a is not None
    assert b is not None
    unit = 10.0 ** rng.choice([-300.0, -20.0, 20.0, 290.0])
    return unit * a, unit * b


def _normalised(a: np.ndarray, b: np.ndarray) -> Weights:
    return a / a.sum(), b / b.sum()


WEIGHTS: dict[str, Callable[[Rng, int, int], Weights]] = {
    "no": _none,
    "uniform": _uniform,
    "one-sided": _one_side,
    "heavy-tailed": _pareto,
    "whole-number": _counts,
    "some zero": _with_zeros,
    "12 decades of": _decades,
    "concentrated": _nearly_all,
    "any unit of": _any_unit,
}
