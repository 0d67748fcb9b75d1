"""Uniform laws on arcs of a circle, and how far apart they are."""

from __future__ import annotations

import math

import numpy as np

from lsdm_stats.arrays import FloatArray
from lsdm_stats.manifolds.minimum import least
from lsdm_stats.populations.constants import Metric


def mean_resultant(width: float) -> float:
    """Length of the mean of the uniform law on an arc of the unit circle, as share `width` of it.

    Examples
    --------
    >>> mean_resultant(0.0), round(mean_resultant(0.5) * math.pi, 12)
    (1.0, 2.0)
    """
    return float(np.sinc(width))


def arc_w1(first: FloatArray, second: FloatArray, width: float) -> FloatArray:
    """Euclidean W1 between uniform laws on arcs centred at given shares of the unit circle (docs/theory.md, F3).

    The laws are mirror images, and each is the denser one on its side of the mirror: W1 is the distance of the means.
    """
    return 2 * np.abs(np.sin(np.pi * (np.asarray(first) - second))) * mean_resultant(width)


def arc_length_w1(first: FloatArray, second: FloatArray, width: float) -> FloatArray:
    """W1 between the same laws for the distance along the circle, in radians (docs/theory.md, F3)."""
    shift = np.abs(np.asarray(first) - second) % 1.0
    shift = np.minimum(shift, 1 - shift)
    swapped = shift + width > 1  # then the complements of the arcs are the shorter pair
    kept = np.where(swapped, 1 - width, width)
    safe = np.where(kept > 0, kept, 1.0)
    top, plateau = np.minimum(shift, kept) / safe, np.abs(kept - shift)
    level = np.clip((kept + shift - 0.5) / (2 * safe), 0.0, top)
    level = np.where(plateau >= 0.5, top, level)
    rest = 1 - kept - shift
    above = plateau * (top - level) + kept * (top - level) ** 2
    below = rest * level + kept * level**2
    return 2 * np.pi * (above + below) * np.where(swapped, kept / width, 1.0)


def arcs_diameter(width: float, metric: Metric, *, radius: float = 1.0, others: float = 0.0) -> float:
    """Largest distance of two points (x, y), x in [0, 1] and y on the arc around 2 pi x; found numerically.

    Parameters
    ----------
    width : float
        Length of the arcs as a share of the circle.
    metric : {"sum", "euclidean"}
        Ground metric.
    radius : float
        Radius of the circle.
    others : float
        Largest distance in further coordinates of y, which do not depend on x.
    """

    def negative(step: FloatArray) -> FloatArray:
        turns = [np.clip(half, step - width, step + width) for half in (0.5, 1.5)]
        sines = np.maximum(*(np.abs(np.sin(np.pi * turn)) for turn in turns))
        chords = np.hypot(2 * radius * sines, others)
        return -(step + chords if metric == "sum" else np.hypot(step, chords))

    return -least(negative, 0.0, 1.0)


def window_sides(rates: tuple[float, ...], metric: Metric, speed: float, width: float) -> tuple[float, ...]:
    """Sides of the source box where y moves at `speed` with ``x + width u``, and apart from that with further sources.

    In the Euclidean metric from ``(a + w b)^2 <= (1 + w) a^2 + (w + w^2) b^2``, in the sum metric from
    ``(sum of D terms)^2 <= D * sum of squares`` (docs/theory.md, F).

    Parameters
    ----------
    rates : tuple of float
        Lipschitz constants in x, in u (unless `width` is 0) and in each further source, one at a time. In the Euclidean
        metric the directions of the further sources must be orthogonal to each other and to that of x and u.
    metric : {"sum", "euclidean"}
        Ground metric.
    speed : float
        Length per unit of ``x + width u``.
    width : float
        Share of u.
    """
    if metric == "sum":
        return tuple(math.sqrt(len(rates)) * rate for rate in rates)
    of_condition = math.sqrt(1 + speed**2 * (1 + width))
    if width == 0:
        return of_condition, *rates[1:]
    return of_condition, speed * math.sqrt(width * (1 + width)), *rates[2:]
