"""Transport on the circle: the cumulative masses differ by a constant, and the best constant is a median."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import ArrayLike

from lsdm_stats.arrays import FloatArray, IntArray, as_points
from lsdm_stats.wasserstein.masses import as_masses


def circle(x: ArrayLike, y: ArrayLike, *, circumference: float = 1.0, x_weights: ArrayLike | None = None,
           y_weights: ArrayLike | None = None) -> float:
    r"""Wasserstein distance of order 1 between two weighted samples on a circle, with the arc length as distance.

    For cumulative distribution functions F and G from any starting point,
    :math:`W_1=\min_c\int|F-G-c|=\int|F-G-\mathrm{med}|`, the median being taken over the circle (docs/theory.md, T5).

    Parameters
    ----------
    x, y : array_like of shape (n,) and (m,), or (n, 1) and (m, 1)
        Positions along the circle, in the units of `circumference`; any reals, taken modulo the circumference.
    circumference : float
        Length of the circle; ``2 * np.pi`` for angles.
    x_weights, y_weights : array_like of shape (n,) and (m,), optional
        Masses, normalised here; equal by default.

    Returns
    -------
    float
        :math:`W_1` in the units of `circumference`; to rounding. Costs O((n + m) log(n + m)).

    Raises
    ------
    ValueError
        If the circumference is not positive, a value is not finite, a sample is empty or not one-dimensional, or masses
        are negative or unequal in total.

    References
    ----------
    .. [1] Cabrelli and Molter (1995), J. Comput. Appl. Math. 57:345-361.

    Examples
    --------
    >>> circle([0.0], [0.75])
    0.25
    >>> circle([0.0, 0.5], [0.5, 1.25])
    0.125
    """
    if not (math.isfinite(circumference) and circumference > 0):
        raise ValueError(f"circumference must be positive and finite; got {circumference!r}; "
                         "give the length of the circle, 2 * np.pi for angles")
    points, others = as_points(x, "x", dim=1), as_points(y, "y", dim=1)
    masses = as_masses(x_weights, y_weights, len(points), len(others))
    exponent = math.frexp(circumference)[1]
    positions = np.ldexp(_reduced(np.concatenate([points[:, 0], others[:, 0]]), circumference), -exponent)
    order = np.argsort(positions, kind="stable")
    differences = np.cumsum(np.concatenate([masses.x_units, -masses.y_units])[order])
    sorted_positions, half = positions[order], math.ldexp(circumference, -exponent - 1)
    last_arc = (half - sorted_positions[-1]) + (half + sorted_positions[0])
    arcs = np.append(np.diff(sorted_positions), max(0.0, last_arc))
    total = float(arcs @ np.abs(differences - _median(differences, arcs)))
    return math.ldexp(total / masses.total, exponent)


def _reduced(positions: FloatArray, circumference: float) -> FloatArray:
    """Positions in plus or minus half a circumference, without rounding: fmod is exact, and so is what follows."""
    reduced = np.fmod(positions, circumference)
    turns = (reduced > circumference / 2).astype(np.float64) - (reduced < -circumference / 2)
    return reduced - turns * circumference


def _median(values: IntArray, lengths: FloatArray) -> int:
    """A median of values that hold on arcs of given lengths."""
    order = np.argsort(values, kind="stable")
    covered = np.cumsum(lengths[order])
    return int(values[order[np.searchsorted(covered, covered[-1] / 2)]])
