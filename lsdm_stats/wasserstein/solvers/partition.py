"""Balanced partitions of points into small cells, nested like the leaves of a k-d tree."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from lsdm_stats.arrays import FloatArray, IntArray

_ORDERED = 4  # range up to which single points are ordered


@dataclass(frozen=True, eq=False)
class Partition:
    """Points in an order in which every cell is a range, neighbouring cells being near in space.

    Parameters
    ----------
    points : ndarray of shape (n, dim)
        Points, ordered.
    units : ndarray of int64, shape (n,)
        Their masses.
    order : ndarray of int64, shape (n,)
        Row of each ordered point in the original array.
    starts : ndarray of int64, shape (cells,)
        First point of every cell.
    """

    points: FloatArray
    units: IntArray
    order: IntArray
    starts: IntArray

    @cached_property
    def sizes(self) -> IntArray:
        """Points in every cell."""
        return np.diff(self.starts, append=len(self.points))

    @cached_property
    def cells(self) -> IntArray:
        """Cell of every point."""
        return np.repeat(np.arange(len(self.starts)), self.sizes)

    @cached_property
    def masses(self) -> IntArray:
        """Mass of every cell."""
        return np.add.reduceat(self.units, self.starts)

    @cached_property
    def centroids(self) -> FloatArray:
        """Centre of mass of every cell; masses must be positive."""
        weights = self.units / self.masses[self.cells]
        return np.add.reduceat(weights[:, None] * self.points, self.starts, axis=0)

    def unordered(self, values: FloatArray) -> FloatArray:
        """Values of ordered points in the original order."""
        original = np.empty_like(values)
        original[self.order] = values
        return original


def partition(points: FloatArray, units: IntArray, *, size: int) -> Partition:
    """Halve ranges at the median of their widest coordinate until cells have about `size` points.

    Parameters
    ----------
    points : ndarray of shape (n, dim)
        Points.
    units : ndarray of int64, shape (n,)
        Masses.
    size : int
        Mean number of points per cell, up to a factor of the square root of 2; 1 makes every point a cell.
    """
    n = len(points)
    if size == 1:
        near = partition(points, units, size=_ORDERED)
        return Partition(near.points, near.units, near.order, np.arange(n))
    order, starts = np.arange(n), np.zeros(1, dtype=np.int64)
    for _ in range(max(0, round(np.log2(n / size)))):
        sizes = np.diff(starts, append=n)
        cells = np.repeat(np.arange(len(starts)), sizes)
        moved = points[order]
        spread = np.maximum.reduceat(moved, starts, axis=0) - np.minimum.reduceat(moved, starts, axis=0)
        keys = moved[np.arange(n), spread.argmax(axis=1)[cells]]
        order = order[np.lexsort((keys, cells))]
        starts = np.stack([starts, starts + sizes // 2], axis=1).ravel()
    return Partition(points[order], units[order], order, starts)
