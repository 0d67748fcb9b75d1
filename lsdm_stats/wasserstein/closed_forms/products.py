"""Distances between laws that are put together from parts."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import ArrayLike

from lsdm_stats.arrays import FloatArray, as_points, as_weights

_TOLERANCE = 1e-9  # relative


def product_w1(*distances: float) -> float:
    r"""Distance of product laws under the sum of the distances of the factors.

    :math:`W_1(P_1\otimes P_2, Q_1\otimes Q_2)=W_1(P_1,Q_1)+W_1(P_2,Q_2)` (docs/theory.md, T6); not true of the
    Euclidean distance on pairs.

    Parameters
    ----------
    *distances : float
        :math:`W_1` of each factor, in the same units.

    Returns
    -------
    float
        Their sum.

    Raises
    ------
    ValueError
        If there are none, or one is negative or not finite.

    Examples
    --------
    >>> product_w1(0.5, 0.25)
    0.75
    """
    return math.fsum(_distances(distances))


def labels_w1(distances: ArrayLike, probabilities: ArrayLike, *, label_distance: float, diameter: float) -> float:
    r"""Joint distance of labelled laws that share the law of the label: the mean of the distances given the label.

    :math:`W_1=\sum_c p_c W_1(P_c,Q_c)` under the distance of labels plus that of points, if different labels lie at
    least the diameter of all points apart: then no mass changes its label (docs/theory.md, A4.labels).

    Parameters
    ----------
    distances : array_like of shape (labels,)
        :math:`W_1(P_c,Q_c)` of each label.
    probabilities : array_like of shape (labels,)
        Probability of each label, the same under both laws.
    label_distance : float
        Smallest distance between different labels.
    diameter : float
        Diameter of the union of the supports of all :math:`P_c` and :math:`Q_c`.

    Returns
    -------
    float
        The joint :math:`W_1`, in the units of `distances`.

    Raises
    ------
    ValueError
        If labels are nearer than the diameter, a distance exceeds it, or probabilities do not add up to 1.

    Examples
    --------
    >>> labels_w1([1.0, 3.0], [0.75, 0.25], label_distance=6.0, diameter=5.0)
    1.5
    """
    values = _distances(distances)
    masses = as_weights(probabilities, "probabilities", size=len(values))
    if abs(math.fsum(masses) - 1) > _TOLERANCE:
        raise ValueError(f"probabilities must add up to 1; got {math.fsum(masses):.12g}; divide them by their sum")
    if not (math.isfinite(diameter) and diameter >= 0):
        raise ValueError(f"diameter must be finite and not negative; got {diameter!r}; "
                         "give the largest distance of two points")
    if not label_distance >= diameter:
        raise ValueError(f"label_distance must be at least the diameter, {diameter:g}; got {label_distance!r}; "
                         "scale the labels up, or use exact(…, blocks=…)")
    if values.max() > diameter * (1 + _TOLERANCE):
        raise ValueError(f"distances must not exceed the diameter, {diameter:g}; got {values.max():g}; "
                         "give the diameter of the union of all supports")
    return math.fsum(masses * values)


def _distances(values: ArrayLike) -> FloatArray:
    if np.ndim(values) != 1:
        raise ValueError(f"distances must be a vector; got shape {np.shape(values)}; pass one distance per part")
    array = as_points(values, "distances")[:, 0]
    if np.any(array < 0):
        raise ValueError(f"distances must not be negative; got {array.min():g}; pass values of W1")
    return array
