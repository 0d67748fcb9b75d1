"""Deviations and limits that hold at every sample size (docs/theory.md, C1 and C5): one-sided, at a stated error."""

from __future__ import annotations

from math import inf, log, sqrt
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from lsdm_stats.arrays import FloatArray, check_count
from lsdm_stats.inference._replicates import as_replicates

_SLACK = 1e-9  # relative excess over a known range that is taken for rounding
_BOLDNESS = 0.9  # share of the capital that a bet may lose
_ROOT = 1e-12  # accuracy of a limit, in units of the range


def hoeffding_deviation(n: int, *, width: float, alpha: float) -> float:
    r"""By how much the mean of independent bounded values exceeds its expectation at most, with probability 1 - alpha.

    :math:`\text{width}\sqrt{\ln(1/\alpha)/(2n)}`.

    Parameters
    ----------
    n : int
        Number of values.
    width : float
        Length of the interval that they lie in.
    alpha : float
        Probability of a larger deviation, in (0, 1).

    Returns
    -------
    float
        The deviation, in the units of what is averaged.

    Raises
    ------
    ValueError
        If a number is out of range.

    References
    ----------
    .. [1] Hoeffding (1963), J. Am. Stat. Assoc. 58:13-30, Theorem 2.

    Examples
    --------
    >>> round(hoeffding_deviation(100, width=1.0, alpha=0.05), 4)
    0.1224
    """
    check_count(n, "n")
    return _positive(width, "width") * sqrt(log(1 / _probability(alpha)) / (2 * n))


def bounded_differences_deviation(differences: ArrayLike, *, alpha: float) -> float:
    r"""By how much a function of independent variables exceeds its expectation at most, with probability 1 - alpha.

    :math:`\sqrt{\ln(1/\alpha)\sum_ic_i^2/2}`, where a change of the i-th variable alone changes the function by
    :math:`c_i` at most. The inequality of McDiarmid; it is Hoeffding's for a mean.

    Parameters
    ----------
    differences : array_like of shape (n,)
        :math:`c_i\ge0`, not all 0.
    alpha : float
        Probability of a larger deviation, in (0, 1).

    Returns
    -------
    float
        The deviation, in the units of what is averaged.

    Raises
    ------
    ValueError
        If a number is out of range.

    References
    ----------
    .. [1] McDiarmid (1989), Surveys in Combinatorics, 148-188.

    Examples
    --------
    >>> round(bounded_differences_deviation([0.01] * 100, alpha=0.05), 4)
    0.1224
    """
    array = as_replicates(differences, "differences", minimum=1)
    if np.any(array < 0):
        raise ValueError(f"differences must not be negative; got {array.min():g}; give bounds of absolute changes")
    largest = _positive(float(array.max()), "the largest difference")
    return largest * sqrt(log(1 / _probability(alpha)) * float(np.square(array / largest).sum()) / 2)


def empirical_bernstein_deviation(values: ArrayLike, *, width: float, alpha: float) -> float:
    r"""By how much the mean of independent values exceeds its expectation at most, with probability 1 - alpha.

    :math:`\sqrt{2V\ln(2/\alpha)/n}+7\,\text{width}\ln(2/\alpha)/(3(n-1))` with the sample variance V: sharper than
    Hoeffding's where V is far below the square of the width and n is large. `betting_limit` is sharper still.

    Parameters
    ----------
    values : array_like of shape (n,)
        At least two independent values.
    width : float
        Length of the interval that they lie in.
    alpha : float
        Probability of a larger deviation, in (0, 1).

    Returns
    -------
    float
        The deviation, in the units of what is averaged.

    Raises
    ------
    ValueError
        If there are fewer than two values, they spread over more than the width, or a number is out of range.

    References
    ----------
    .. [1] Maurer and Pontil (2009), COLT, Theorem 4.

    Examples
    --------
    >>> round(empirical_bernstein_deviation([0.0, 1.0] * 500, width=1.0, alpha=0.05), 4)
    0.0516
    """
    array = as_replicates(values, "values")
    spread = float(np.ptp(array))
    if spread > _positive(width, "width") * (1 + _SLACK):
        raise ValueError(f"values must lie in an interval of length width, {width:g}; they spread over {spread:g}; "
                         "give the width that is known of them")
    excess = log(2 / _probability(alpha))
    return sqrt(2 * float(array.var(ddof=1)) * excess / array.size) + 7 * width * excess / (3 * (array.size - 1))


def betting_limit(values: ArrayLike, *, low: float, high: float, scale: float, alpha: float) -> float:
    r"""Lower limit of the mean of independent values with one mean, with probability 1 - alpha (docs/theory.md, C5).

    The smallest m for which :math:`\prod_i(1+\lambda_m(x_i-m))<1/\alpha`: the capital of one who bets
    at fair odds, if m is the mean, that the values are larger. Stakes are
    :math:`\lambda_m=\min\{\sqrt{2\ln(1/\alpha)/n}/\text{scale},\,0.9/(m-\text{low})\}`. The limit is valid for every
    `scale`; with the standard deviation s of the values it lies near :math:`\bar x-s\sqrt{2\ln(1/\alpha)/n}`.

    Parameters
    ----------
    values : array_like of shape (n,)
        Independent values with the same mean, not necessarily the same law.
    low, high : float
        Ends of an interval that they are known to lie in.
    scale : float
        A guess of their standard deviation, made without them; 0 bets as much as allowed.
    alpha : float
        Probability that the limit is above the mean, in (0, 1).

    Returns
    -------
    float
        The limit, in the units of the values; at least `low`.

    Raises
    ------
    ValueError
        If there are no values, some lie outside the interval, or a number is out of range.

    References
    ----------
    .. [1] Waudby-Smith and Ramdas (2024), J. R. Stat. Soc. B 86:1-27 (bets that learn while they go; here they are
       fixed beforehand, so that Markov's inequality suffices).

    Examples
    --------
    >>> round(betting_limit([0.4, 0.6] * 50, low=0.0, high=1.0, scale=0.1, alpha=0.05), 3)
    0.475
    """
    array = as_replicates(values, "values", minimum=1)
    width = _positive(high - low, "high - low")
    units = (array - low) / width
    if units.min() < -_SLACK or units.max() > 1 + _SLACK:
        raise ValueError(f"values must lie between low and high, {low:g} and {high:g}; got values from {array.min():g} "
                         f"to {array.max():g}; give the range that is known of them")
    if not 0 <= scale < inf:
        raise ValueError(f"scale must be finite and not negative; got {scale!r}; guess the standard deviation")
    goal = log(1 / _probability(alpha))
    stake = sqrt(2 * goal / units.size) * width / scale if scale else inf
    return float(low) + width * max(0.0, _fair_mean(np.clip(units, 0.0, 1.0), stake, goal) - _ROOT)


def transport_deviation(*constants_and_sizes: tuple[float, int], alpha: float) -> float:
    r"""By how much W1 of samples exceeds its expectation at most, with probability 1 - alpha (docs/theory.md, C1).

    :math:`\sqrt{2\ln(1/\alpha)\sum_k C_k/n_k}`: the samples are independent, of :math:`n_k` points each, and their laws
    have transport constants :math:`C_k`, that is, :math:`W_1(\nu,P_k)\le\sqrt{2C_k\,\mathrm{KL}(\nu\|P_k)}`. A law on a
    set of diameter B has :math:`B^2/4`. The same holds below the expectation.

    Parameters
    ----------
    *constants_and_sizes : tuple of (float, int)
        Transport constant and number of points of each sample.
    alpha : float
        Probability of a larger deviation, in (0, 1).

    Returns
    -------
    float
        The deviation, in the units of what is averaged.

    Raises
    ------
    ValueError
        If a number is out of range.

    Examples
    --------
    >>> round(transport_deviation((0.25, 100), alpha=0.05), 4)  # diameter 1, as by Hoeffding
    0.1224
    """
    total = 0.0
    for constant, n in constants_and_sizes:
        check_count(n, "n")
        total += _positive(constant, "a transport constant") / n
    return sqrt(2 * log(1 / _probability(alpha)) * total)


def _fair_mean(units: FloatArray, stake: float, goal: float) -> float:
    """Where the log of the capital falls to `goal`, for values in [0, 1]; it decreases in the mean that is bet on."""
    from scipy.optimize import brentq

    solve: Any = brentq

    def excess(mean: float) -> float:
        return float(np.log1p(min(stake, _BOLDNESS / mean) * (units - mean)).sum()) - goal

    smallest, largest = _ROOT, float(units.max())
    if largest <= smallest or excess(smallest) <= 0:
        return 0.0
    return float(solve(excess, smallest, largest, xtol=_ROOT / 4))


def _positive(value: float, name: str) -> float:
    if not 0 < value < inf:
        raise ValueError(f"{name} must be positive and finite; got {value!r}; give what is known of the law")
    return float(value)


def _probability(alpha: float) -> float:
    if not 0 < alpha < 1:
        raise ValueError(f"alpha must be in (0, 1); got {alpha!r}; 0.05 is usual")
    return float(alpha)
