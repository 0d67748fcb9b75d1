"""Edges worth trying between points, from the solution between their cells."""

from __future__ import annotations

import numpy as np
import scipy

from lsdm_stats.arrays import FloatArray, IntArray
from lsdm_stats.wasserstein.ground import Ground
from lsdm_stats.wasserstein.solvers.partition import Partition

Mask = np.ndarray[tuple[int], np.dtype[np.bool_]]

_CELLS = 6  # cells on the other side that are considered, per cell
_SLACKEST = 5  # points on the other side that are kept, per point
_NEIGHBOURS = 3  # nearest points on the other side that are considered, about
_TREE_DIM = 24  # dimensions above which neighbours are looked for in a projection to fewer
_PROJECTED = 16
_ROWS = 256  # points that give the projection
_NEARNESS = 2.0  # what is taken for a nearest neighbour is at most so much farther; the exact one can take very long


def expanded(x: Partition, y: Partition, sources: IntArray, targets: IntArray,
             units: IntArray) -> tuple[IntArray, IntArray, IntArray]:
    """A flow between points that follows a flow between their cells: within each pair of cells in order of points.

    Mass is laid out on a line, cell by cell; the flow of a pair of cells takes a range of it on either side. Whole
    numbers make the result feasible without rounding.

    Returns
    -------
    sources, targets, units : ndarray of int64
        Positive flows between ordered points.
    """
    by_source = np.lexsort((targets, sources))
    sources, targets, units = sources[by_source], targets[by_source], units[by_source]
    begins = np.cumsum(units) - units  # on the line of x, in order of sources
    by_target = np.lexsort((sources, targets))
    others = np.empty_like(begins)  # on the line of y
    others[by_target] = np.cumsum(units[by_target]) - units[by_target]
    x_ends, y_ends = np.cumsum(x.units), np.cumsum(y.units)
    y_breaks = np.concatenate([[0], y_ends[:-1]])
    y_breaks = y_breaks[y_breaks < y_ends[-1]]
    holders = by_target[np.searchsorted(others[by_target], y_breaks, side="right") - 1]
    breaks = np.concatenate([begins, x_ends[:-1], begins[holders] + y_breaks - others[holders]])
    breaks = distinct(breaks[breaks < x_ends[-1]])
    edges = np.searchsorted(begins, breaks, side="right") - 1
    i = np.searchsorted(x_ends, breaks, side="right")
    j = np.searchsorted(y_ends, others[edges] + breaks - begins[edges], side="right")
    return i, j, np.diff(breaks, append=x_ends[-1])


def candidates(x: Partition, y: Partition, cells: tuple[IntArray, IntArray], u: FloatArray, v: FloatArray,
               ground: Ground) -> tuple[IntArray, IntArray]:
    """For every point the points of least reduced cost among its neighbours and the cells that go well with its own.

    Parameters
    ----------
    x, y : Partition
        The points and their cells.
    cells : pair of ndarray of int64
        Pairs of cells with low reduced cost, at least one for every cell.
    u, v : ndarray of shape (x cells,) and (y cells,)
        Potentials of the cells.
    ground : Ground
        The cost.
    """
    a, b = cells
    low = ground.between(x.centroids, a, y.centroids, b) - u[a] - v[b]
    best = lowest(a, low, _CELLS) | lowest(b, low, _CELLS)
    a, b = a[best], b[best]
    x_potential = _lifted(x, y.centroids, a, b, v, ground)
    y_potential = _lifted(y, x.centroids, b, a, u, ground)
    i, j = _pairs(x, y, a, b)
    axes = _axes(x.points)
    rows, nearest = _nearest(x.points @ axes, y.points @ axes)
    columns, nearest_rows = _nearest(y.points @ axes, x.points @ axes)
    m = len(y.points)
    i, j = np.divmod(distinct(np.concatenate([i * m + j, rows * m + nearest, nearest_rows * m + columns])), m)
    low = ground.between(x.points, i, y.points, j) - x_potential[i] - y_potential[j]
    best = lowest(i, low, _SLACKEST) | lowest(j, low, _SLACKEST)
    return i[best], j[best]


def lowest(groups: IntArray, values: FloatArray, count: int) -> Mask:
    """Which entries are among the `count` lowest of their group, values being compared in single precision."""
    bits = values.astype(np.float32).view(np.int32).astype(np.int64)
    keys = (groups << 32) + np.where(bits < 0, -(bits & 0x7FFFFFFF), bits)  # one sort by group and value
    order = np.argsort(keys)
    ordered = groups[order]
    is_first = np.ones(len(ordered), dtype=np.bool_)
    np.greater(ordered[1:], ordered[:-1], out=is_first[1:])
    ranks = np.arange(len(order)) - np.flatnonzero(is_first)[np.cumsum(is_first) - 1]
    chosen = np.zeros(len(order), dtype=np.bool_)
    chosen[order[ranks < count]] = True
    return chosen


def distinct(keys: IntArray) -> IntArray:
    """Sorted distinct keys; many times faster than `numpy.unique`."""
    keys = np.sort(keys)
    is_first = np.ones(len(keys), dtype=np.bool_)
    np.greater(keys[1:], keys[:-1], out=is_first[1:])
    return keys[is_first]


def _axes(points: FloatArray) -> FloatArray:
    """Orthonormal directions to look for neighbours in: all of them, or the widest if there are many."""
    dim = points.shape[1]
    if dim <= _TREE_DIM:
        return np.eye(dim)
    some = points[np.unique(np.linspace(0, len(points) - 1, _ROWS).astype(np.int64))]
    return np.linalg.svd(some - some.mean(axis=0), full_matrices=False)[2][:_PROJECTED].T


def _nearest(points: FloatArray, others: FloatArray) -> tuple[IntArray, IntArray]:
    """Pairs of a point and one of the others near it."""
    count = min(_NEIGHBOURS, len(others))
    found = scipy.spatial.KDTree(others).query(points, count, eps=_NEARNESS)[1].reshape(len(points), count)
    return np.repeat(np.arange(len(points)), count), found.ravel()


def _lifted(points: Partition, sites: FloatArray, own: IntArray, other: IntArray, potentials: FloatArray,
            ground: Ground) -> FloatArray:
    """Potential of every point: the least cost to a site less its potential, over the sites that suit its cell."""
    sizes = points.sizes[own]
    cells = np.repeat(np.arange(len(own)), sizes)
    i = points.starts[own][cells] + _places(sizes)
    reduced = ground.between(points.points, i, sites, other[cells]) - potentials[other[cells]]
    least = np.full(len(points.points), np.inf)
    np.minimum.at(least, i, reduced)
    return least


def _pairs(x: Partition, y: Partition, a: IntArray, b: IntArray) -> tuple[IntArray, IntArray]:
    """All pairs of points of pairs of cells."""
    counts = x.sizes[a] * y.sizes[b]
    cells = np.repeat(np.arange(len(a)), counts)
    rows, columns = np.divmod(_places(counts), y.sizes[b][cells])
    return x.starts[a][cells] + rows, y.starts[b][cells] + columns


def _places(sizes: IntArray) -> IntArray:
    """0, 1, … within consecutive groups of these sizes."""
    return np.arange(int(sizes.sum())) - np.repeat(np.cumsum(sizes) - sizes, sizes)
