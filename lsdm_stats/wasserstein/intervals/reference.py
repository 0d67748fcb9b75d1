"""A sampled reference in place of a law: how much it adds to a distance (docs/theory.md, C7)."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from lsdm_stats.arrays import FloatArray, as_points, check_count, read_only
from lsdm_stats.wasserstein.certified import exact
from lsdm_stats.wasserstein.closed_forms.cubes import cube_mean_radius
from lsdm_stats.wasserstein.ground import EPS


@dataclass(frozen=True, eq=False)
class ReferenceSample:
    """Points that stand for a law, all of equal mass, and how far they can be from it.

    Parameters
    ----------
    points : ndarray of shape (M, dim)
        The points.
    error : float
        Bound of W1 between them and the law, hence of the error that they cause in any W1 with it: a sure one for a
        grid, one of the mean for random points. In the units of the points.

    Examples
    --------
    >>> reference = stratified_cube(4, 1)
    >>> doubled = reference.pushed(lambda points: 2 * points, lipschitz=2.0)
    >>> doubled.points.ravel().tolist(), round(doubled.error / reference.error, 12)
    ([0.25, 0.75, 1.25, 1.75], 2.0)
    """

    points: FloatArray
    error: float

    def __post_init__(self) -> None:
        read_only(self.points)

    def pushed(self, image: Callable[[FloatArray], FloatArray], *, lipschitz: float) -> ReferenceSample:
        """The same for the law's image under a map with a Lipschitz constant.

        Raises
        ------
        ValueError
            If the constant is negative or not finite, or the map does not give one row per point.
        """
        if not 0 <= lipschitz < math.inf:
            raise ValueError(f"lipschitz must be a finite number from 0; got {lipschitz!r}; give a bound")
        points = as_points(image(self.points), "the image")
        if len(points) != len(self.points):
            raise ValueError(f"the image must have {len(self.points)} rows, one per point; got {len(points)}; "
                             "map row by row")
        return ReferenceSample(points, lipschitz * self.error)


def stratified_cube(per_axis: int, dim: int, *, rng: np.random.Generator | None = None) -> ReferenceSample:
    r"""A reference for the uniform law of the unit cube, one point in each cell of a grid (docs/theory.md, C7).

    Centres of the cells are at distance :math:`\mathrm E\|V\|/k` from the law, V uniform on
    :math:`[-\frac12,\frac12]^d` and k cells along each axis: at most :math:`\sqrt{d/12}/k`. Random points of the cells
    are within :math:`\sqrt{d/6}/k` in mean. An i.i.d. reference of as many points is off by far more. Distances are
    Euclidean; for another ground metric push the reference by the identity, with its Lipschitz constant.

    Parameters
    ----------
    per_axis : int
        Cells along each axis; there are ``per_axis ** dim`` points.
    dim : int
        Dimension d.
    rng : numpy.random.Generator, optional
        Draws a uniform point in each cell; centres by default.

    Returns
    -------
    ReferenceSample
        The points, and their error rounded up.

    Raises
    ------
    ValueError
        If a number is not positive.

    Examples
    --------
    >>> reference = stratified_cube(10, 2)
    >>> reference.points.shape, round(reference.error, 4)
    ((100, 2), 0.0383)
    """
    check_count(per_axis, "per_axis")
    check_count(dim, "dim")
    corners = np.stack(np.meshgrid(*[np.arange(per_axis)] * dim, indexing="ij"), axis=-1).reshape(-1, dim)
    inside = 0.5 if rng is None else rng.uniform(size=corners.shape)
    error = cube_mean_radius(dim) * (1 + 1e-12) if rng is None else math.sqrt(dim / 6)
    return ReferenceSample((corners + inside) / per_axis, error / per_axis + math.sqrt(dim) * EPS)


def reference_bias(reference: ArrayLike, other: ArrayLike, *, blocks: Sequence[int] | None = None) -> float:
    """A bound, in mean, of what an i.i.d. reference adds to a distance: W1 to another sample of the same law and size.

    The distance of a law, or of an independent sample, to `reference` in place of P, of which it is a sample, is on
    average too large by at most the mean of this number over drawings (docs/theory.md, C7). It is the upper bound of
    the exact distance, in the units of the points.

    Parameters
    ----------
    reference, other : array_like of shape (M, dim)
        Independent samples of the law, of equal size.
    blocks : sequence of int, optional
        Columns of the blocks whose Euclidean distances add up to the ground metric; one block by default.

    Returns
    -------
    float
        In the units of the points.

    Raises
    ------
    ValueError
        If the sizes or columns differ.

    Examples
    --------
    >>> round(reference_bias([[0.0], [1.0]], [[0.5], [1.0]]), 12)
    0.25
    """
    first = as_points(reference, "reference")
    second = as_points(other, "other", dim=first.shape[1])
    if len(first) != len(second):
        raise ValueError(f"reference and other must have equally many rows; got {len(first)} and {len(second)}; "
                         "draw as many")
    return exact(first, second, blocks=blocks).upper
