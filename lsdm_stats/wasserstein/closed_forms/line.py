"""Transport on the real line: the monotone coupling is optimal (Santambrogio 2015, Theorem 2.9)."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import ArrayLike

from lsdm_stats.arrays import FloatArray, IntArray, as_points
from lsdm_stats.wasserstein.ground import as_order, root, unit_exponent
from lsdm_stats.wasserstein.masses import Masses, as_masses


def line(x: ArrayLike, y: ArrayLike, *, order: int = 1, x_weights: ArrayLike | None = None,
         y_weights: ArrayLike | None = None) -> float:
    r"""Wasserstein distance between two weighted samples of real numbers, by coupling quantiles.

    Parameters
    ----------
    x, y : array_like of shape (n,) and (m,), or (n, 1) and (m, 1)
        Samples, in the same units.
    order : {1, 2}
        p of :math:`W_p`.
    x_weights, y_weights : array_like of shape (n,) and (m,), optional
        Masses, normalised here; equal by default.

    Returns
    -------
    float
        :math:`W_p` (p-th root taken), in the units of `x`; to rounding. Costs O(n log n).

    Raises
    ------
    ValueError
        If a value is not finite, a sample is empty or not one-dimensional, or masses are negative or unequal in total.

    Examples
    --------
    >>> line([0.0, 1.0], [3.0, 2.0])
    2.0
    >>> line([0.0, 1.0], [0.0], x_weights=[3, 1])
    0.25
    """
    order = as_order(order)
    points, others = as_points(x, "x", dim=1), as_points(y, "y", dim=1)
    masses = as_masses(x_weights, y_weights, len(points), len(others))
    exponent = unit_exponent(points, others)
    sources, targets, units = coupling(points[:, 0], others[:, 0], masses)
    steps = np.abs(np.ldexp(points[sources, 0], -exponent) - np.ldexp(others[targets, 0], -exponent)) ** order
    return math.ldexp(root(float(units @ steps) / masses.total, order), exponent)


def coupling(x: FloatArray, y: FloatArray, masses: Masses) -> tuple[IntArray, IntArray, IntArray]:
    """The monotone coupling as a staircase of ``n + m - 1`` pairs: sources, targets and units of mass, some of them 0.

    From one pair to the next either the source or the target moves on to the next point in order of size.
    """
    x_order, y_order = np.argsort(x, kind="stable"), np.argsort(y, kind="stable")
    levels = np.concatenate([np.cumsum(masses.x_units[x_order])[:-1], np.cumsum(masses.y_units[y_order])[:-1]])
    merged = np.argsort(levels, kind="stable")
    x_moves = merged < len(x) - 1
    sources = x_order[np.concatenate([[0], np.cumsum(x_moves)])]
    targets = y_order[np.concatenate([[0], np.cumsum(~x_moves)])]
    return sources, targets, np.diff(levels[merged], prepend=0, append=masses.total)


def staircase_potentials(sources: IntArray, targets: IntArray, costs: FloatArray, n: int,
                         m: int) -> tuple[FloatArray, FloatArray]:
    """Potentials with ``u + v = cost`` along a staircase.

    They are feasible everywhere because ``|x - y| ** p`` is a Monge array of the sorted points. A step to the next
    source changes u by the change of the cost, a step to the next target changes v.
    """
    changes = np.diff(costs)
    x_moves = np.diff(sources) != 0
    u, v = np.empty(n), np.empty(m)
    u[sources] = costs[0] + np.concatenate([[0.0], np.cumsum(np.where(x_moves, changes, 0.0))])
    v[targets] = np.concatenate([[0.0], np.cumsum(np.where(x_moves, 0.0, changes))])
    return u, v
