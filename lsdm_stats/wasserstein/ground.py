"""Ground costs, with a bound on their rounding, and the change of units that keeps them in range."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import scipy

from lsdm_stats.arrays import FloatArray, IntArray, check_count

EPS = float(np.finfo(np.float64).eps)
LARGEST = 1e150  # squares of larger coordinates overflow
_HELD = 2**19  # coordinates of differences that are held at once: 4 MB
UNDERFLOW = 2.0**-500  # in units of the spread: squares of smaller differences underflow


def as_blocks(blocks: Sequence[int] | None, dim: int) -> tuple[int, ...]:
    """Columns of each block; ``None`` is one block of all columns."""
    if blocks is None:
        return (dim,)
    if np.ndim(blocks) != 1:
        raise ValueError(f"blocks must be a sequence of numbers of columns; got {blocks!r}; "
                         f"write ({dim},) for one block")
    sizes = tuple(check_count(size, "a block's number of columns") for size in blocks)
    if sum(sizes) != dim:
        raise ValueError(f"blocks must add up to the {dim} columns of x; got {sizes}, which add up to {sum(sizes)}; "
                         "give every column one block")
    return sizes


def as_order(order: int) -> int:
    """The order of the distance, 1 or 2."""
    if isinstance(order, bool) or order not in (1, 2):
        raise ValueError(f"order must be 1 or 2; got {order!r}; choose one of them")
    return int(order)


def root(cost: float, order: int) -> float:
    """The p-th root of a cost, correctly rounded."""
    return math.sqrt(cost) if order == 2 else cost


def distances(x: FloatArray, y: FloatArray, blocks: tuple[int, ...]) -> FloatArray:
    """Sum over the blocks of Euclidean distances, shape ``(n, m)``.

    Differences are taken directly: the form with inner products loses half of the digits of small distances.
    """
    total, start = np.zeros((len(x), len(y))), 0
    for size in blocks:
        total += scipy.spatial.distance.cdist(x[:, start : start + size], y[:, start : start + size])
        start += size
    return total


@dataclass(frozen=True)
class Ground:
    """The cost of moving a unit of mass: a sum of Euclidean distances of blocks of columns, to the power `order`."""

    blocks: tuple[int, ...]
    order: int

    @property
    def columns(self) -> Iterator[slice]:
        """Columns of each block."""
        start = 0
        for size in self.blocks:
            yield slice(start, start + size)
            start += size

    def matrix(self, x: FloatArray, y: FloatArray) -> FloatArray:
        """Costs of all pairs, shape ``(n, m)``."""
        costs = distances(x, y, self.blocks)
        return np.square(costs, out=costs) if self.order == 2 else costs

    def between(self, x: FloatArray, i: IntArray, y: FloatArray, j: IntArray) -> FloatArray:
        """Costs of moving ``x[i]`` to ``y[j]``, pair by pair, shape ``(k,)``."""
        total, step = np.zeros(len(i)), max(1, _HELD // x.shape[1])
        for start in range(0, len(i), step):
            part = slice(start, start + step)
            differences = x[i[part]] - y[j[part]]
            for columns in self.columns:
                block = differences[:, columns]
                total[part] += np.sqrt(np.einsum("ij,ij->i", block, block))
        return np.square(total, out=total) if self.order == 2 else total

    def largest(self, x: FloatArray, y: FloatArray) -> float:
        """An upper bound of all costs between two samples, or within one: that across the box around both."""
        sides = np.maximum(x.max(axis=0), y.max(axis=0)) - np.minimum(x.min(axis=0), y.min(axis=0))
        across = sum(float(np.linalg.norm(sides[columns])) for columns in self.columns)
        return (across * (1 + sum(self.blocks) * EPS)) ** self.order


def relative_rounding(blocks: tuple[int, ...], order: int) -> float:
    """Bound on the relative error of a cost ``distance ** order``, times a mass.

    A norm of d differences errs by at most (d/2 + 2) half-eps, a sum of k of them by k more, a square doubles this;
    what is returned is at least twice as large.
    """
    return order * (sum(blocks) + 2 * len(blocks) + 8) * EPS


def unit_exponent(x: FloatArray, y: FloatArray) -> int:
    """The power of two by which to divide so that the widest column spreads over about one unit; dividing is exact.

    Raises
    ------
    ValueError
        If a coordinate is so large that its square overflows.
    """
    low = np.minimum(x.min(axis=0), y.min(axis=0))
    high = np.maximum(x.max(axis=0), y.max(axis=0))
    largest = max(float(high.max()), -float(low.min()))
    if largest > LARGEST:
        raise ValueError(f"coordinates must be at most {LARGEST:g} in size; got {largest:g}; choose a larger unit")
    spread = max(float((high - low).max()), largest * UNDERFLOW)
    return math.frexp(spread)[1]
