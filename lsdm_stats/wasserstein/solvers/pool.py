"""A pool of pairs that proves potentials feasible again after they have moved, without another look at all pairs.

The pool holds every pair whose reduced cost was below `margin` for base potentials. While the potentials have risen by
at most `margin` in sum over any two points, a pair outside the pool cannot have a negative reduced cost. Where they
have risen more, the few points concerned are priced again and their base is moved.
"""

from __future__ import annotations

import numpy as np

from lsdm_stats.arrays import FloatArray, IntArray
from lsdm_stats.wasserstein.ground import EPS, Ground
from lsdm_stats.wasserstein.solvers.pricing import Priced, price

_ROWS = 64  # sources whose reduced costs set the margin
_DEPTH = 20  # pairs of a source below the margin, about
_MOVED = 0.25  # share of points whose potentials have risen too much, above which all pairs are priced


class Pool:
    """All pairs with reduced cost below a margin, for base potentials that follow the current ones.

    Parameters
    ----------
    x, y : ndarray of shape (n, dim) and (m, dim)
        Points, neighbours in space near in order.
    ground : Ground
        The cost.
    """

    def __init__(self, x: FloatArray, y: FloatArray, ground: Ground) -> None:
        self._x, self._y, self._ground = x, y, ground
        self._pairs: tuple[IntArray, IntArray, FloatArray] | None = None
        self._base = (np.empty(0), np.empty(0))
        self._margin = 0.0

    def violations(self, u: FloatArray, v: FloatArray) -> Priced:
        """Pairs with negative reduced cost, and a lower bound of every source's least (at most 0).

        Sources that have very many such pairs may list only their lowest.
        """
        if self._pairs is None or not self._follow(u, v):
            crowded = self._restart(u, v)
            if crowded is not None:
                return crowded
        assert self._pairs is not None
        sources, targets, costs = self._pairs
        reduced = costs - u[sources] - v[targets]
        negative = np.flatnonzero(reduced < 0)
        lows = np.zeros(len(u))
        np.minimum.at(lows, sources[negative], reduced[negative])
        return Priced(sources[negative], targets[negative], costs[negative], lows, True)

    @property
    def pairs(self) -> tuple[IntArray, IntArray] | None:
        """Sources and targets of the pool, if there is one."""
        return None if self._pairs is None else self._pairs[:2]

    def _restart(self, u: FloatArray, v: FloatArray) -> Priced | None:
        """Price all pairs; the result itself if sources are too crowded for a pool."""
        rows = np.unique(np.linspace(0, len(u) - 1, _ROWS).astype(np.int64))
        reduced = self._ground.matrix(self._x[rows], self._y) - u[rows, None] - v
        depth = min(_DEPTH, len(v) - 1)
        self._margin = max(0.0, float(np.median(np.partition(reduced, depth, axis=1)[:, depth])))
        found = price(self._x, self._y, u, v, self._ground, below=self._margin)
        if not found.is_complete:
            self._pairs = None
            negative = found.costs - u[found.sources] - v[found.targets] < 0
            return Priced(found.sources[negative], found.targets[negative], found.costs[negative],
                          np.minimum(found.lows, 0.0), False)
        self._pairs, self._base = (found.sources, found.targets, found.costs), (u.copy(), v.copy())
        return None

    def _follow(self, u: FloatArray, v: FloatArray) -> bool:
        """Move the base to where the potentials have risen too much, adding pairs; False if that is too much work."""
        u_base, v_base = (base.copy() for base in self._base)
        shift = float(np.median(u - u_base))  # potentials are free up to a constant
        u, v = u - shift, v + shift
        allowed = self._margin / 2 - 16 * EPS * (1 + float(np.abs(u).max()) + float(np.abs(v).max()))
        rows, columns = np.flatnonzero(u - u_base > allowed), np.flatnonzero(v - v_base > allowed)
        if len(rows) + len(columns) > _MOVED * (len(u) + len(v)):
            return False
        assert self._pairs is not None
        parts = [self._pairs]
        if len(rows):
            u_base[rows] = u[rows]
            found = price(self._x, self._y, u_base, v_base, self._ground, below=self._margin, rows=rows)
            if not found.is_complete:
                return False
            parts.append((found.sources, found.targets, found.costs))
        if len(columns):
            v_base[columns] = v[columns]
            found = price(self._y, self._x, v_base, u_base, self._ground, below=self._margin, rows=columns)
            if not found.is_complete:
                return False
            parts.append((found.targets, found.sources, found.costs))
        sources, targets, costs = zip(*parts, strict=True)
        self._pairs = np.concatenate(sources), np.concatenate(targets), np.concatenate(costs)
        self._base = u_base, v_base
        return True
