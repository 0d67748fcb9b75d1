"""Laws and what becomes of them when every point moves in a way that a 1-Lipschitz function certifies as optimal."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import ArrayLike

from lsdm_stats.arrays import FloatArray, as_points, as_weights
from lsdm_stats.wasserstein.ground import as_blocks, unit_exponent


def translation_w1(shift: ArrayLike, *, blocks: Sequence[int] | None = None) -> float:
    r"""Distance :math:`W_1(P, P+v)=\|v\|` of any law to its translate (docs/theory.md, T1).

    Parameters
    ----------
    shift : array_like of shape (dim,)
        The vector v.
    blocks : sequence of int, optional
        Columns of the blocks whose Euclidean distances add up to the ground metric; one block by default.

    Returns
    -------
    float
        Sum of the lengths of the blocks of v, in its units.

    Raises
    ------
    ValueError
        If the shift is no finite vector or blocks do not add up to its length.

    Examples
    --------
    >>> translation_w1([3.0, 4.0]), translation_w1([3.0, 4.0], blocks=(1, 1))
    (5.0, 7.0)
    """
    vector = _vector(shift, "shift")
    edges = np.cumsum(as_blocks(blocks, len(vector)))[:-1]
    return math.fsum(math.hypot(*part.tolist()) for part in np.split(vector, edges))


def radial_w1(x: ArrayLike, radius: Callable[[FloatArray], ArrayLike], *, centre: ArrayLike | None = None,
              x_weights: ArrayLike | None = None) -> float:
    r"""Distance of a weighted sample to the same points moved along rays from a centre, all outwards or all inwards.

    A point at distance r from the centre moves to distance :math:`\varphi(r)`. If :math:`\varphi(r)\ge r` at all
    points, or :math:`\le`, then :math:`W_1=\mathrm E|\varphi(r)-r|`: the distance from the centre is an optimal
    potential (docs/theory.md, T2).

    Parameters
    ----------
    x : array_like of shape (n, dim)
        The sample.
    radius : callable
        Takes the distances from the centre, shape (n,), to the new ones, not negative.
    centre : array_like of shape (dim,), optional
        The origin by default.
    x_weights : array_like of shape (n,), optional
        Masses, normalised here; equal by default.

    Returns
    -------
    float
        :math:`W_1` in the units of `x`, Euclidean distance.

    Raises
    ------
    ValueError
        If a new distance is negative, or some points move outwards and others inwards.

    Examples
    --------
    >>> radial_w1([[3.0, 4.0], [0.0, 1.0]], lambda r: 2 * r)
    3.0
    """
    points = as_points(x, "x")
    dim = points.shape[1]
    origin = np.zeros(dim) if centre is None else _vector(centre, "centre")
    if len(origin) != dim:
        raise ValueError(f"centre must have the {dim} columns of x; got {len(origin)}; match the dimensions")
    exponent = unit_exponent(points, origin[None])
    radii = np.ldexp(np.linalg.norm(np.ldexp(points - origin, -exponent), axis=1), exponent)
    moved = as_points(radius(radii.copy()), "radius(r)", dim=1)[:, 0]
    if len(moved) != len(radii):
        raise ValueError(f"radius must return one distance per point, {len(radii)}; got {len(moved)}; "
                         "write it for arrays")
    if np.any(moved < 0):
        raise ValueError(f"radius must not be negative; got {moved.min():g}; points may reach the centre, not pass it")
    steps = moved - radii
    if np.any(steps > 0) and np.any(steps < 0):
        raise ValueError("radius must move all points outwards or all inwards; "
                         f"got steps from {steps.min():g} to {steps.max():g}; use exact(…) for such a map")
    return _mean(np.abs(steps), x_weights)


def dilation_w1(factor: float, mean_radius: float) -> float:
    r"""Distance of any law to its dilation by :math:`\lambda\ge0` about a point c.

    :math:`W_1=|\lambda-1|\,\mathrm E\|Y-c\|` (docs/theory.md, T2).

    Parameters
    ----------
    factor : float
        :math:`\lambda`.
    mean_radius : float
        :math:`\mathrm E\|Y-c\|`, known or averaged over a sample.

    Returns
    -------
    float
        :math:`W_1` in the units of `mean_radius`, Euclidean distance.

    Raises
    ------
    ValueError
        If an argument is negative or not finite.

    Examples
    --------
    >>> dilation_w1(1.5, mean_radius=2.0)
    1.0
    """
    for value, name in ((factor, "factor"), (mean_radius, "mean_radius")):
        if not (math.isfinite(value) and value >= 0):
            raise ValueError(f"{name} must be finite and not negative; got {value!r}; a reflection is no dilation")
    return abs(factor - 1) * mean_radius


def monotone_shift_w1(lengths: ArrayLike, *, weights: ArrayLike | None = None) -> float:
    r"""Distance between (X, Y) and (X, Y + a(X)u) with one direction u and lengths :math:`a\ge0`: the mean of a(X).

    It holds for the sum metric and the Euclidean metric on pairs; :math:`\langle u,y\rangle` is an optimal potential
    (docs/theory.md, T3).

    Parameters
    ----------
    lengths : array_like of shape (n,)
        a(X) at the points of a sample, all not negative or all not positive.
    weights : array_like of shape (n,), optional
        Masses of the points, normalised here; equal by default.

    Returns
    -------
    float
        :math:`W_1` in the units of the lengths, u being a unit vector.

    Raises
    ------
    ValueError
        If lengths are not finite or have both signs.

    Examples
    --------
    >>> monotone_shift_w1([0.0, 1.0, 2.0])
    1.0
    """
    steps = _vector(lengths, "lengths")
    if np.any(steps > 0) and np.any(steps < 0):
        raise ValueError(f"lengths must have one sign; got values from {steps.min():g} to {steps.max():g}; "
                         "use exact(…) for such a shift")
    return _mean(np.abs(steps), weights)


def _vector(values: ArrayLike, name: str) -> FloatArray:
    if np.ndim(values) != 1:
        raise ValueError(f"{name} must be a vector; got shape {np.shape(values)}; reshape it")
    return as_points(values, name)[:, 0]


def _mean(values: FloatArray, weights: ArrayLike | None) -> float:
    masses = as_weights(weights, "weights", size=len(values))
    return math.fsum(masses * values) / math.fsum(masses)
