"""Summaries over replicates with their Monte Carlo standard errors (docs/theory.md, S1); slopes are in `slopes`."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from lsdm_stats.arrays import FloatArray
from lsdm_stats.inference._replicates import as_replicates


@dataclass(frozen=True)
class Estimate:
    """A performance measure, its Monte Carlo standard error and the number of replicates behind it.

    Parameters
    ----------
    value : float
        The estimate.
    mcse : float
        Monte Carlo standard error, in the units of `value`.
    n : int
        Number of replicates.

    Examples
    --------
    >>> from lsdm_stats.inference import mean
    >>> mean([1.0, 2.0, 3.0])
    Estimate(value=2.0, mcse=0.5773502691896258, n=3)
    """

    value: float
    mcse: float
    n: int


def mean(values: ArrayLike) -> Estimate:
    r"""Mean over replicates; its MCSE is :math:`s/\sqrt R`.

    Parameters
    ----------
    values : array_like of shape (R,)
        One finite value per replicate.

    Returns
    -------
    Estimate
        Value, Monte Carlo standard error and number of replicates.

    Raises
    ------
    ValueError
        If there are fewer than two replicates, or a value is not finite.

    Examples
    --------
    >>> mean([1.0, 2.0, 3.0]).value
    2.0
    """
    array = as_replicates(values, "values")
    return Estimate(float(array.mean()), float(array.std(ddof=1) / np.sqrt(array.size)), array.size)


def bias(values: ArrayLike, truth: float) -> Estimate:
    r"""Mean of the estimates minus the truth; its MCSE is :math:`s/\sqrt R`.

    Parameters
    ----------
    values : array_like of shape (R,)
        One estimate per replicate.
    truth : float
        The value that is estimated.

    Returns
    -------
    Estimate
        Value, Monte Carlo standard error and number of replicates, in the units of `values`.

    Raises
    ------
    ValueError
        If there are fewer than two replicates, or a value is not finite.

    References
    ----------
    .. [1] Morris, White and Crowther (2019), Statistics in Medicine 38:2074-2102, Table 6.

    Examples
    --------
    >>> round(bias([1.0, 2.0, 3.0], truth=1.5).value, 3)
    0.5
    """
    return mean(as_replicates(values, "values") - truth)


def rmse(values: ArrayLike, truth: float) -> Estimate:
    r"""Root mean squared error :math:`\sqrt{\mathrm{MSE}}`; its MCSE is that of the MSE over :math:`2\,\mathrm{RMSE}`.

    The MCSE of the MSE is the standard error of the mean of the squared errors; the root is taken by the delta method.
    It is 0 where every error is 0.

    Parameters
    ----------
    values : array_like of shape (R,)
        One estimate per replicate.
    truth : float
        The value that is estimated.

    Returns
    -------
    Estimate
        Value, Monte Carlo standard error and number of replicates, in the units of `values`.

    Raises
    ------
    ValueError
        If there are fewer than two replicates, or a value is not finite.

    References
    ----------
    .. [1] Morris, White and Crowther (2019), Statistics in Medicine 38:2074-2102, Table 6.

    Examples
    --------
    >>> rmse([1.0, 3.0], truth=2.0)
    Estimate(value=1.0, mcse=0.0, n=2)
    """
    squared = mean((as_replicates(values, "values") - truth) ** 2)
    root = float(np.sqrt(squared.value))
    return Estimate(root, squared.mcse / (2 * root) if root else 0.0, squared.n)


def variance(values: ArrayLike) -> Estimate:
    r"""Variance of the estimates over replicates (divisor R - 1), with an MCSE that does not suppose a normal law.

    From :math:`\operatorname{Var}(s^2) = (\mu_4 - \sigma^4 (R-3)/(R-1))/R`, with sample moments. For normal estimates
    (:math:`\mu_4 = 3\sigma^4`) this is :math:`s^2\sqrt{2/(R-1)}`, from which [1]_ has its MCSE of the empirical SE.

    Parameters
    ----------
    values : array_like of shape (R,)
        One estimate per replicate.

    Returns
    -------
    Estimate
        Value, Monte Carlo standard error and number of replicates, in the units of `values` squared.

    Raises
    ------
    ValueError
        If there are fewer than two replicates, or a value is not finite.

    References
    ----------
    .. [1] Morris, White and Crowther (2019), Statistics in Medicine 38:2074-2102, Table 6.

    Examples
    --------
    >>> variance([0.0, 2.0]).value
    2.0
    """
    array = as_replicates(values, "values")
    n = array.size
    squared = float(array.var(ddof=1))
    fourth = float(((array - array.mean()) ** 4).mean())
    return Estimate(squared, float(np.sqrt(max(0.0, fourth - squared**2 * (n - 3) / (n - 1)) / n)), n)


def empirical_se(values: ArrayLike) -> Estimate:
    r"""Standard deviation of the estimates over replicates, with an MCSE that does not suppose a normal law.

    That of the `variance` over :math:`2s` (delta method). For normal estimates this is the :math:`s/\sqrt{2(R-1)}` of
    [1]_. It is 0 where the estimates do not vary.

    Parameters
    ----------
    values : array_like of shape (R,)
        One estimate per replicate.

    Returns
    -------
    Estimate
        Value, Monte Carlo standard error and number of replicates, in the units of `values`.

    Raises
    ------
    ValueError
        If there are fewer than two replicates, or a value is not finite.

    References
    ----------
    .. [1] Morris, White and Crowther (2019), Statistics in Medicine 38:2074-2102, Table 6.

    Examples
    --------
    >>> empirical_se([0.0, 2.0]).value == 2**0.5
    True
    """
    squared = variance(values)
    root = float(np.sqrt(squared.value))
    return Estimate(root, squared.mcse / (2 * root) if root else 0.0, squared.n)


def coverage(covered: ArrayLike) -> Estimate:
    r"""Share of replicates whose interval covers the truth; its MCSE is :math:`\sqrt{c(1-c)/R}`.

    Parameters
    ----------
    covered : array_like of bool, shape (R,)
        Whether the interval of each replicate covers.

    Returns
    -------
    Estimate
        Value, Monte Carlo standard error and number of replicates; the value is in [0, 1].

    Raises
    ------
    ValueError
        If there are no replicates, or a value is neither true nor false.

    References
    ----------
    .. [1] Morris, White and Crowther (2019), Statistics in Medicine 38:2074-2102, Table 6.

    Examples
    --------
    >>> coverage([True, True, False, True]).value
    0.75
    """
    array = as_replicates(covered, "covered", minimum=1)
    if not np.isin(array, (0.0, 1.0)).all():
        wrong = array[~np.isin(array, (0.0, 1.0))][0]
        raise ValueError(f"covered must be true or false in every replicate; got {wrong:g}; "
                         "compare each interval with the truth")
    share = float(array.mean())
    return Estimate(share, float(np.sqrt(share * (1 - share) / array.size)), array.size)


def quantile(values: ArrayLike, probability: float) -> Estimate:
    r"""Quantile of the estimates over replicates, with the MCSE of Maritz and Jarrett [1]_.

    That is the standard deviation that the order statistic of rank :math:`\lfloor Rp + 1/2\rfloor` has under the
    bootstrap, in closed form, as [2]_ recommend resampling where there is no simple formula; no density is estimated.
    The value is numpy's (linear) quantile, which differs from that order statistic by less than one spacing.

    Parameters
    ----------
    values : array_like of shape (R,)
        One estimate per replicate.
    probability : float
        Which quantile; so far inside (0, 1) that an order statistic lies beyond it on either side.

    Returns
    -------
    Estimate
        Value, Monte Carlo standard error and number of replicates, in the units of `values`.

    Raises
    ------
    ValueError
        If a value is not finite, or `probability` is nearer to 0 or 1 than 1.5 / R.

    References
    ----------
    .. [1] Maritz and Jarrett (1978), Journal of the American Statistical Association 73:194-196.
    .. [2] Koehler, Brown and Haneuse (2009), The American Statistician 63:155-162.

    Examples
    --------
    >>> quantile([1.0, 2.0, 3.0, 4.0, 5.0], 0.5).value
    3.0
    """
    from scipy.stats.mstats import mjci

    array = as_replicates(values, "values", minimum=3)
    if not array.size * min(probability, 1 - probability) >= 1.5:
        raise ValueError(f"probability must be between {1.5 / array.size:.3g} and {1 - 1.5 / array.size:.3g} for "
                         f"{array.size} replicates; got {probability:g}; run more or take another quantile")
    return Estimate(float(np.quantile(array, probability)), float(mjci(array, [probability])[0]), array.size)


def difference(first: ArrayLike, second: ArrayLike, *, paired: bool = True) -> Estimate:
    r"""Difference of two means; its MCSE is :math:`s_d/\sqrt R` for pairs, else :math:`\sqrt{s_1^2/R_1 + s_2^2/R_2}`.

    Parameters
    ----------
    first, second : array_like of shape (R,)
        Values of the same replicates in the same order; of any two numbers of replicates if they are not paired.
    paired : bool
        Whether settings share the data of each replicate, as they do within a study.

    Returns
    -------
    Estimate
        Mean of the first minus mean of the second; `n` is the smaller number of replicates.

    Raises
    ------
    ValueError
        If there are fewer than two replicates, a value is not finite, or pairs have different lengths.

    Examples
    --------
    >>> difference([1.0, 2.0, 3.0], [0.5, 1.5, 2.5])
    Estimate(value=0.5, mcse=0.0, n=3)
    """
    if paired:
        one, other = _pairs(first, second)
        return mean(one - other)
    left, right = mean(first), mean(second)
    return Estimate(left.value - right.value, float(np.hypot(left.mcse, right.mcse)), min(left.n, right.n))


def ratio(first: ArrayLike, second: ArrayLike) -> Estimate:
    r"""Ratio of the means of paired values; its MCSE is that of the mean of :math:`(v_r - \hat\theta w_r)/\bar w`.

    The delta method, with the dependence within a replicate counted. For an interval take Fieller's, `ratio_interval`:
    where the denominator is not clearly different from 0, no standard error describes the ratio.

    Parameters
    ----------
    first, second : array_like of shape (R,)
        Values :math:`v_r` and :math:`w_r` of the same replicates in the same order.

    Returns
    -------
    Estimate
        Value, Monte Carlo standard error and number of replicates.

    Raises
    ------
    ValueError
        If lengths differ, there are fewer than two replicates, a value is not finite, or the second mean is 0.

    References
    ----------
    .. [1] Koehler, Brown and Haneuse (2009), The American Statistician 63:155-162 (ratios by the delta method).

    Examples
    --------
    >>> ratio([2.0, 4.0], [1.0, 2.0])
    Estimate(value=2.0, mcse=0.0, n=2)
    """
    one, other = _pairs(first, second)
    below = float(other.mean())
    if below == 0:
        raise ValueError("the mean of the second values must not be 0; got 0; compare a difference")
    value = float(one.mean()) / below
    return Estimate(value, mean((one - value * other) / below).mcse, one.size)


def _pairs(first: ArrayLike, second: ArrayLike) -> tuple[FloatArray, FloatArray]:
    one, other = as_replicates(first, "first"), as_replicates(second, "second")
    if one.size != other.size:
        raise ValueError(f"first and second must be of the same replicates; got {one.size} and {other.size}; pair them")
    return one, other
