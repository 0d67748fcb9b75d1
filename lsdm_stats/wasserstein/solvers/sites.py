"""Points that coincide are one site: fewer points to solve for, and mass that need not move."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from lsdm_stats.arrays import FloatArray, IntArray
from lsdm_stats.wasserstein.ground import Ground
from lsdm_stats.wasserstein.solvers.edges import expanded
from lsdm_stats.wasserstein.solvers.partition import Partition
from lsdm_stats.wasserstein.solvers.solution import Solution, dual_value

_PART = 2**20  # costs held at once


@dataclass(frozen=True, eq=False)
class Sites:
    """Both samples gathered by place.

    Parameters
    ----------
    x, y : Partition
        The points of either sample, in the order of their sites, which are its cells.
    x_points, y_points : ndarray of shape (x sites, dim) and (y sites, dim)
        Places of the sites.
    x_units, y_units : ndarray of int64, shape (x sites,) and (y sites,)
        Mass that is to be moved.
    stays : tuple of three ndarrays of int64
        Sites of either sample at the same place, and the mass that stays there.
    """

    x: Partition
    y: Partition
    x_points: FloatArray
    y_points: FloatArray
    x_units: IntArray
    y_units: IntArray
    stays: tuple[IntArray, IntArray, IntArray]

    def solution(self, moved: Solution, ground: Ground, total: int) -> Solution:
        """The solution for points from one for sites: its flows and what stays, and potentials of the sites."""
        x_potential, y_potential = self._rested(moved.u, moved.v, ground)
        dual = dual_value(x_potential, y_potential, self.x_units, self.y_units, total)
        flows = ((moved.sources, moved.targets, moved.units), self.stays)
        sources, targets, units = (np.concatenate(parts) for parts in zip(*flows, strict=True))
        i, j, units = expanded(self.x, self.y, sources, targets, units)
        u, v = self.x.unordered(x_potential[self.x.cells]), self.y.unordered(y_potential[self.y.cells])
        return Solution(self.x.order[i], self.y.order[j], units, u, v, moved.primal, dual)

    def _rested(self, u: FloatArray, v: FloatArray, ground: Ground) -> tuple[FloatArray, FloatArray]:
        """Potentials that sum to 0 where mass stays: those of the 1-Lipschitz function min_j c(., y_j) - v_j."""
        i, j, _ = self.stays
        targets = np.flatnonzero(self.y_units)
        if not len(i) or not len(targets):
            return u, v
        step = max(1, _PART // len(targets))
        parts = [
            (ground.matrix(self.x_points[i[k : k + step]], self.y_points[targets]) - v[targets]).min(axis=1)
            for k in range(0, len(i), step)
        ]
        u, v = u.copy(), v.copy()
        u[i] = np.concatenate(parts)
        v[j] = -u[i]
        return u, v


def gathered(x: FloatArray, y: FloatArray, x_units: IntArray, y_units: IntArray, *, may_stay: bool) -> Sites | None:
    """Sites of both samples, or None if all their points differ.

    Parameters
    ----------
    x, y : ndarray of shape (n, dim) and (m, dim)
        Points.
    x_units, y_units : ndarray of int64, shape (n,) and (m,)
        Masses of equal total.
    may_stay : bool
        Whether mass common to both samples at one place stays there, which is optimal if costs are distances, or if all
        mass does.
    """
    if _all_differ(x, y):
        return None
    points = np.concatenate([x, y])
    order = np.lexsort(points.T)
    is_new = np.ones(len(points), dtype=np.bool_)
    is_new[1:] = (points[order[1:]] != points[order[:-1]]).any(axis=1)
    places = np.empty(len(points), dtype=np.int64)
    places[order] = np.cumsum(is_new) - 1
    (first, x_places), (second, y_places) = (
        _partition(sample, units, where)
        for sample, units, where in ((x, x_units, places[: len(x)]), (y, y_units, places[len(x) :]))
    )
    common, i, j = np.intersect1d(x_places, y_places, assume_unique=True, return_indices=True)
    stay = np.minimum(first.masses[i], second.masses[j])
    if not may_stay and int(stay.sum()) < int(x_units.sum()):
        stay = np.zeros(len(common), dtype=np.int64)
    x_left, y_left = first.masses.copy(), second.masses.copy()
    x_left[i] -= stay
    y_left[j] -= stay
    kept = stay > 0
    return Sites(first, second, first.points[first.starts], second.points[second.starts], x_left, y_left,
                 (i[kept], j[kept], stay[kept]))


def _all_differ(x: FloatArray, y: FloatArray) -> bool:
    """Whether a column has no value twice; a quick look, which decides for almost all data without ties."""
    for column in range(x.shape[1]):
        values = np.sort(np.concatenate([x[:, column], y[:, column]]))
        if (values[1:] > values[:-1]).all():
            return True
    return False


def _partition(points: FloatArray, units: IntArray, places: IntArray) -> tuple[Partition, IntArray]:
    """The points in order of their places, and the place of every site."""
    order = np.argsort(places, kind="stable")
    ordered = places[order]
    starts = np.flatnonzero(np.concatenate([[True], ordered[1:] > ordered[:-1]]))
    return Partition(points[order], units[order], order, starts), ordered[starts]
