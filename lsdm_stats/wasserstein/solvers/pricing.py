"""Pricing: the pairs whose reduced cost is below a threshold, found without looking at all pairs.

A chunk of neighbouring points x is compared with all points y in two sieves, both of which may keep a pair too many but
never lose one. The first bounds the reduced cost of a whole chunk with one y from below: costs are convex in x, so they
lie above their tangent at the chunk's centre. The second computes the reduced costs that are left, or something of
the same sign, by one matrix product. What passes both is computed again from coordinate differences.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from lsdm_stats.arrays import FloatArray, IntArray
from lsdm_stats.wasserstein.ground import EPS, Ground

_CHUNK = 192  # points x of a chunk
_STRIP = 2048  # points y of one matrix product
_BATCH = 32  # chunks whose tangents are computed together
_CROWD = 96  # pairs per x in one strip above which only the lowest of every x and y are kept


@dataclass(frozen=True, eq=False)
class Priced:
    """Pairs with reduced cost below a threshold.

    Parameters
    ----------
    sources, targets : ndarray of int64, shape (k,)
        The pairs, each once.
    costs : ndarray of shape (k,)
        Their costs.
    lows : ndarray of shape (n,)
        A lower bound of the least reduced cost of each source, at most the threshold; infinite where not priced.
    is_complete : bool
        Whether these are all such pairs; otherwise crowded sources list only their lowest.
    """

    sources: IntArray
    targets: IntArray
    costs: FloatArray
    lows: FloatArray
    is_complete: bool


def price(x: FloatArray, y: FloatArray, u: FloatArray, v: FloatArray, ground: Ground, *, below: float,
          rows: IntArray | None = None) -> Priced:
    """All pairs of some rows of x with any y whose reduced cost ``c - u - v`` is less than `below` (at least 0).

    Parameters
    ----------
    x, y : ndarray of shape (n, dim) and (m, dim)
        Points; neighbouring rows of x should be near in space.
    u, v : ndarray of shape (n,) and (m,)
        Potentials.
    ground : Ground
        The cost.
    below : float
        Threshold.
    rows : ndarray of int64, optional
        Rows of x to price, increasing; all by default.
    """
    wanted = np.arange(len(x)) if rows is None else rows
    lows = np.full(len(x), np.inf)
    lows[wanted] = below
    found: list[tuple[IntArray, IntArray, FloatArray]] = []
    is_complete = True
    for chunk, near in _first_sieve(x, y, u, v, ground, below, wanted):
        sieve = _SecondSieve(x[chunk], u[chunk], ground, below)
        for start in range(0, len(near), _STRIP):
            strip = near[start : start + _STRIP]
            i, j = sieve.passing(y[strip], v[strip])
            if len(i) > _CROWD * len(chunk):
                is_complete = False
                i, j, costs = _lowest(x[chunk], y[strip], u[chunk], v[strip], ground)
                i, j = chunk[i], strip[j]
            else:
                i, j = chunk[i], strip[j]
                costs = ground.between(x, i, y, j)
            reduced = costs - u[i] - v[j]
            np.minimum.at(lows, i, reduced)
            kept = reduced < below
            found.append((i[kept], j[kept], costs[kept]))
    sources, targets, costs = (np.concatenate(parts) for parts in zip(*found, strict=True)) if found else (
        np.empty(0, np.int64), np.empty(0, np.int64), np.empty(0))
    return Priced(sources, targets, costs, lows, is_complete)


def _lowest(x: FloatArray, y: FloatArray, u: FloatArray, v: FloatArray,
            ground: Ground) -> tuple[IntArray, IntArray, FloatArray]:
    """The pair of lowest reduced cost of every x and of every y, and their costs."""
    costs = ground.matrix(x, y)
    reduced = costs - u[:, None]
    reduced -= v
    i = np.concatenate([np.arange(len(x)), reduced.argmin(axis=0)])
    j = np.concatenate([reduced.argmin(axis=1), np.arange(len(y))])
    return i, j, costs[i, j]


def _first_sieve(x: FloatArray, y: FloatArray, u: FloatArray, v: FloatArray, ground: Ground, below: float,
                 rows: IntArray) -> Iterator[tuple[IntArray, IntArray]]:
    """Chunks of rows, each with the columns that its tangent bound does not exclude."""
    norms = [np.einsum("ij,ij->i", y[:, c], y[:, c]) for c in ground.columns]
    chunks = [rows[start : start + _CHUNK] for start in range(0, len(rows), _CHUNK)]
    for start in range(0, len(chunks), _BATCH):
        batch = chunks[start : start + _BATCH]
        tangents = [_Tangent.at(x[chunk], u[chunk], ground) for chunk in batch]
        low = _tangent_bounds(tangents, y, norms, ground)
        low -= v
        for chunk, row in zip(batch, low, strict=True):
            yield chunk, np.flatnonzero(row < below)


@dataclass(frozen=True, eq=False)
class _Tangent:
    """Centre of a chunk, a linear trend of its potential u, and bounds of what the trend leaves."""

    centre: FloatArray
    slope: FloatArray
    top: float  # largest u less trend
    radii: tuple[float, ...]  # of the chunk, per block

    @classmethod
    def at(cls, points: FloatArray, u: FloatArray, ground: Ground) -> _Tangent:
        centre = points.mean(axis=0)
        offsets = points - centre
        slope = _slope(offsets, u - u.mean())
        blocks = (offsets[:, columns] for columns in ground.columns)
        radii = tuple(float(np.sqrt(np.einsum("ij,ij->i", block, block).max())) for block in blocks)
        return cls(centre, slope, float((u - offsets @ slope).max()), radii)


def _slope(offsets: FloatArray, values: FloatArray) -> FloatArray:
    """Slope of values on offsets by least squares, a little shrunk, in as many dimensions as there are fewer of."""
    is_wide = offsets.shape[1] > offsets.shape[0]
    gram = offsets @ offsets.T if is_wide else offsets.T @ offsets
    gram.flat[:: len(gram) + 1] += 1e-12 * np.trace(gram) + np.finfo(np.float64).tiny
    slope = offsets.T @ np.linalg.solve(gram, values) if is_wide else np.linalg.solve(gram, offsets.T @ values)
    return np.asarray(slope, dtype=np.float64)


def _tangent_bounds(tangents: list[_Tangent], y: FloatArray, norms: list[FloatArray], ground: Ground) -> FloatArray:
    """Lower bounds of ``c - u`` over each chunk, for every y: shape ``(chunks, m)``.

    For x in the chunk, c(x, y) - u(x) is at least c(centre, y) + (grad c - slope) (x - centre) - top, and the gradient
    of block b is a unit vector (times twice the distance, for squares). Squared distances from the matrix product err
    by `error`; where this could matter, the gradient is only known to be at most that long.
    """
    centres, slopes = (np.stack([getattr(t, name) for t in tangents]) for name in ("centre", "slope"))
    nears, cosines = [], []  # per block: a lower bound of the distance, and slope times direction
    for c, squares in zip(ground.columns, norms, strict=True):
        own = np.einsum("ij,ij->i", centres[:, c], centres[:, c])
        error = 64 * (len(tangents[0].centre) + 4) * EPS * (float(squares.max()) + float(own.max()) + 1e-300)
        squared = centres[:, c] @ y[:, c].T
        squared *= -2
        squared += squares
        squared += own[:, None] - error
        np.maximum(squared, 0.0, out=squared)
        near = np.sqrt(squared, out=squared)
        along = slopes[:, c] @ y[:, c].T
        np.subtract(np.einsum("ij,ij->i", centres[:, c], slopes[:, c])[:, None], along, out=along)
        sure = near > np.sqrt(error) * 2.0**12  # relative errors below 2**-24
        np.divide(along, near, out=along, where=sure)
        size = np.linalg.norm(slopes[:, c], axis=1)[:, None]
        np.copyto(along, -size, where=~sure)
        along -= 2.0**-20 * size
        np.maximum(along, -size, out=along)
        nears.append(near)
        cosines.append(along)
    total = nears[0] if len(nears) == 1 else np.sum(nears, axis=0)
    steep = 1.0 if ground.order == 1 else 2.0 * total
    low = total**ground.order
    low -= np.array([t.top for t in tangents])[:, None]
    for b, (c, cosine) in enumerate(zip(ground.columns, cosines, strict=True)):
        size = np.linalg.norm(slopes[:, c], axis=1)[:, None]
        apart = size**2 + steep * (steep - 2 * cosine)
        np.maximum(apart, 0.0, out=apart)
        np.sqrt(apart, out=apart)
        apart *= (1 + 2.0**-16) * np.array([t.radii[b] for t in tangents])[:, None]
        low -= apart
    # rounding of everything above, and the gradient's of a distance that is too small
    low -= 2.0**-44 * (1 + np.abs(low))
    return low


class _SecondSieve:
    """Reduced costs of one chunk by matrix products."""

    def __init__(self, points: FloatArray, u: FloatArray, ground: Ground, below: float) -> None:
        self._centre = points.mean(axis=0)
        self._points = points - self._centre
        self._shift = float(u.mean())
        self._u = u - self._shift
        self._ground = ground
        self._below = below

    def passing(self, y: FloatArray, v: FloatArray) -> tuple[IntArray, IntArray]:
        """Rows and columns of the pairs that may be below the threshold."""
        places = np.flatnonzero(self._is_near(y - self._centre, v + self._shift))
        i, j = np.divmod(places, len(y))
        return i, j

    def _is_near(self, y: FloatArray, v: FloatArray) -> np.ndarray[tuple[int, int], np.dtype[np.bool_]]:
        """Order 1, one block: |x - y| < s, for s = u + v + below, needs |x - y|**2 - s**2 < 0, a sum of products."""
        if self._ground.order == 2 or len(self._ground.blocks) > 1:
            return self._reduced(y, v) < self._below
        u = self._u + self._below
        own, other = np.einsum("ij,ij->i", self._points, self._points), np.einsum("ij,ij->i", y, y)
        left = np.column_stack([self._points, u, np.ones(len(u)), own - u * u])
        right = np.column_stack([-2 * y, -2 * v, other - v * v, np.ones(len(v))])
        size = float((own + u * u).max()) + float((other + v * v).max())
        return left @ right.T < _product_error(left.shape[1], size)

    def _reduced(self, y: FloatArray, v: FloatArray) -> FloatArray:
        """Reduced costs, from below."""
        total = np.zeros((len(self._u), len(y)))
        for columns in self._ground.columns:
            mine, theirs = self._points[:, columns], y[:, columns]
            own, other = np.einsum("ij,ij->i", mine, mine), np.einsum("ij,ij->i", theirs, theirs)
            left = np.column_stack([mine, np.ones(len(mine)), own])
            right = np.column_stack([-2 * theirs, other, np.ones(len(theirs))])
            squared = left @ right.T
            squared -= _product_error(left.shape[1], float(own.max()) + float(other.max()))
            if self._ground == Ground(self._ground.blocks[:1], 2):
                total = squared
                break
            np.maximum(squared, 0.0, out=squared)
            total += np.sqrt(squared, out=squared)
        else:
            total **= self._ground.order
        total -= self._u[:, None]
        total -= v
        total -= 4 * EPS * (np.abs(self._u).max() + np.abs(v).max() + total.max(initial=0.0))
        return total


def _product_error(terms: int, size: float) -> float:
    """Bound on the rounding of a product of two matrices with so many terms, sums of squares of size `size`."""
    return 8 * (terms + 4) * EPS * size + np.finfo(np.float64).tiny
