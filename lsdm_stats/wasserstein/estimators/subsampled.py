"""Exact distances of random subsamples."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from lsdm_stats.arrays import as_points, check_count
from lsdm_stats.wasserstein.certified import exact
from lsdm_stats.wasserstein.ground import as_blocks, as_order, root


@dataclass(frozen=True)
class Subsampled:
    """A mean of exact distances of subsamples.

    Parameters
    ----------
    value : float
        :math:`W_p`: the mean over repeats of :math:`W_p^p`, to the power 1/p, in the units of the points.
    standard_error : float
        Of `value`, for the drawing of the subsamples alone: it goes to 0 with more repeats and says nothing about how
        the two samples differ from their populations, nor about the bias.
    size, repeats : int
        Points of a subsample, and how many pairs of subsamples were drawn.

    Examples
    --------
    >>> points = np.random.default_rng(1).normal(size=(200, 2))
    >>> found = subsampled(points, points + [1.0, 0.0], size=50, repeats=4, rng=np.random.default_rng(2))
    >>> 0.9 < found.value < 1.4
    True
    """

    value: float
    standard_error: float
    size: int
    repeats: int


def subsampled(x: ArrayLike, y: ArrayLike, *, size: int, repeats: int, order: int = 1,
               blocks: Sequence[int] | None = None, rng: np.random.Generator) -> Subsampled:
    r"""Mean exact distance of random subsamples, drawn without replacement from each sample on its own.

    Its mean over drawings is above :math:`W_p^p` of the two samples, by the plug-in bias of samples of `size` points,
    which does not grow with `size` (docs/theory.md, C3). It costs `repeats` small problems in place of a large one.

    Parameters
    ----------
    x, y : array_like of shape (n, dim) and (m, dim)
        Observations as rows, in the same units, of equal mass.
    size : int
        Points of a subsample, at most the smaller of n and m.
    repeats : int
        Pairs of subsamples, at least 2.
    order : {1, 2}
        p.
    blocks : sequence of int, optional
        Columns of the blocks whose Euclidean distances add up to the ground metric; one block by default.
    rng : numpy.random.Generator
        Draws the subsamples.

    Returns
    -------
    Subsampled
        The mean with its standard error.

    Raises
    ------
    ValueError
        If a value is not finite, a sample is empty, columns differ, or `size` exceeds a sample.

    Examples
    --------
    >>> x = np.random.default_rng(1).normal(size=(500, 2))
    >>> result = subsampled(x, x + [1.0, 0.0], size=50, repeats=4, rng=np.random.default_rng(2))
    >>> 1.0 < result.value < 1.3
    True
    """
    first, order = as_points(x, "x"), as_order(order)
    second = as_points(y, "y", dim=first.shape[1])
    sizes = as_blocks(blocks, first.shape[1])
    size, repeats = check_count(size, "size"), check_count(repeats, "repeats", minimum=2)
    if size > min(len(first), len(second)):
        raise ValueError(f"size must be at most the smaller sample, {min(len(first), len(second))}; got {size}; "
                         "lower it, or use exact(…) on all points")
    values = np.array([
        exact(rng.choice(first, size, replace=False), rng.choice(second, size, replace=False), order=order,
              blocks=sizes).value
        for _ in range(repeats)
    ])
    largest = float(values.max())
    if largest == 0:
        return Subsampled(0.0, 0.0, size, repeats)
    powers = (values / largest) ** order
    mean = math.fsum(powers) / repeats
    error = float(powers.std(ddof=1)) / math.sqrt(repeats)
    slope = 1.0 if order == 1 else 1 / (2 * math.sqrt(mean))  # of the root, by the delta method
    return Subsampled(largest * root(mean, order), largest * error * slope, size, repeats)
