"""Confidence intervals over replicates, two-sided (docs/theory.md, S2)."""

from __future__ import annotations

from dataclasses import dataclass
from math import inf, sqrt

import numpy as np
from numpy.typing import ArrayLike

from lsdm_stats.inference._replicates import as_coverage, as_replicates, student_quantile


@dataclass(frozen=True)
class Interval:
    """An estimate with a two-sided confidence interval.

    Parameters
    ----------
    estimate : float
        The estimate.
    lower, upper : float
        Ends of the interval; infinite where the data exclude nothing.
    level : float
        Its coverage.

    Examples
    --------
    >>> found = mean_interval([1.0, 2.0, 3.0], level=0.9)
    >>> found.lower < found.estimate < found.upper, found.level
    (True, 0.9)
    """

    estimate: float
    lower: float
    upper: float
    level: float


def mean_interval(values: ArrayLike, *, level: float = 0.95) -> Interval:
    """Student's t interval of a mean over independent replicates.

    Parameters
    ----------
    values : array_like of shape (R,)
        One finite value per replicate.
    level : float
        Coverage, in [0.5, 1).

    Returns
    -------
    Interval
        Estimate and both ends, in the units of the values.

    Raises
    ------
    ValueError
        If there are fewer than two replicates, a value is not finite, or `level` is no coverage.

    Examples
    --------
    >>> interval = mean_interval([1.0, 2.0, 3.0])
    >>> round(interval.lower, 3), interval.estimate, round(interval.upper, 3)
    (-0.484, 2.0, 4.484)
    """
    return _t_interval(values, "values", 0.0, level)


def corrected_resampled_interval(differences: ArrayLike, *, test_fraction: float, level: float = 0.95) -> Interval:
    r"""Student interval of a mean difference over random splits of one data set, corrected for their overlap.

    The variance of the mean is taken as :math:`(1/R + n_{test}/n_{train})\,s^2` in place of :math:`s^2/R`: training
    sets of different splits overlap, so that more splits of the same data do not bring the error to zero. A heuristic
    that is exact if any two differences have correlation :math:`n_{test}/(n_{test}+n_{train})`.

    Parameters
    ----------
    differences : array_like of shape (R,)
        One difference per split.
    test_fraction : float
        The ratio ``n_test / n_train`` (it may exceed 1).
    level : float
        Coverage, in [0.5, 1).

    Returns
    -------
    Interval
        Estimate and both ends, in the units of the values.

    Raises
    ------
    ValueError
        If there are fewer than two splits, a value is not finite, or a number is out of range.

    References
    ----------
    .. [1] Nadeau and Bengio (2003), Machine Learning 52:239-281.

    Examples
    --------
    >>> interval = corrected_resampled_interval([1.0, 2.0, 3.0], test_fraction=0.5)
    >>> round(interval.lower, 3), round(interval.upper, 3)
    (-1.928, 5.928)
    """
    if not 0 < test_fraction < inf:
        raise ValueError(f"test_fraction must be n_test / n_train, above 0; got {test_fraction}; "
                         "use mean_interval for independent replicates")
    return _t_interval(differences, "differences", test_fraction, level)


def ratio_interval(numerator: ArrayLike, denominator: ArrayLike, *, level: float = 0.95) -> Interval:
    r"""Fieller's interval for the ratio of the means of paired values.

    The set of :math:`\theta` that a t test of :math:`E(N-\theta D)=0` does not reject. Where the mean of the
    denominator is not itself significantly different from 0 that set is unbounded, and ``(-inf, inf)`` is given.

    Parameters
    ----------
    numerator, denominator : array_like of shape (R,)
        Values of the same replicates, in the same order.
    level : float
        Coverage, in [0.5, 1).

    Returns
    -------
    Interval
        Estimate and both ends; infinite where the denominator may be 0.

    Raises
    ------
    ValueError
        If lengths differ, there are fewer than two replicates, a value is not finite, or `level` is no coverage.

    References
    ----------
    .. [1] Fieller (1954), J. R. Stat. Soc. B 16:175-185.

    Examples
    --------
    >>> interval = ratio_interval([2.0, 2.3, 2.1], [1.0, 1.1, 1.1])
    >>> round(interval.lower, 2), round(interval.estimate, 2), round(interval.upper, 2)
    (1.76, 2.0, 2.24)
    """
    first, second = as_replicates(numerator, "numerator"), as_replicates(denominator, "denominator")
    if first.size != second.size:
        raise ValueError(f"numerator and denominator must be of the same replicates; got {first.size} "
                         f"and {second.size}; pair them")
    n = first.size
    top, bottom = float(first.mean()), float(second.mean())
    covariance = np.cov(first, second) * (student_quantile((1 + as_coverage(level)) / 2, n - 1) ** 2 / n)
    # The accepted ratios θ satisfy a θ² − 2 b θ + c <= 0.
    a = bottom**2 - float(covariance[1, 1])
    b = top * bottom - float(covariance[0, 1])
    c = top**2 - float(covariance[0, 0])
    estimate = top / bottom if bottom else float("nan")
    if a <= 0:
        return Interval(estimate, -inf, inf, level)
    half_width = sqrt(max(0.0, b**2 - a * c))
    return Interval(estimate, (b - half_width) / a, (b + half_width) / a, level)


def _t_interval(values: ArrayLike, name: str, extra_variance: float, level: float) -> Interval:
    array = as_replicates(values, name)
    centre = float(array.mean())
    spread = float(array.std(ddof=1)) * sqrt(1 / array.size + extra_variance)
    half_width = student_quantile((1 + as_coverage(level)) / 2, array.size - 1) * spread
    return Interval(centre, centre - half_width, centre + half_width, level)
