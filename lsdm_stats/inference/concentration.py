"""Deviations that hold at every sample size (docs/theory.md, C1 and C5): one-sided, with a stated probability."""

from __future__ import annotations

from math import inf, log, sqrt

import numpy as np
from numpy.typing import ArrayLike

from lsdm_stats.arrays import check_count
from lsdm_stats.inference._replicates import as_replicates


def empirical_bernstein_deviation(values: ArrayLike, *, width: float, alpha: float) -> float:
    r"""By how much the mean of independent values exceeds its expectation at most, with probability 1 - alpha.

    :math:`\sqrt{2V\ln(2/\alpha)/n}+7\,\text{width}\ln(2/\alpha)/(3(n-1))` with the sample variance V: sharper than
    Hoeffding's :math:`\text{width}\sqrt{\ln(1/\alpha)/(2n)}` where V is far below the square of the width.

    Parameters
    ----------
    values : array_like of shape (n,)
        At least two independent values.
    width : float
        Length of the interval that they lie in.
    alpha : float
        Probability of a larger deviation, in (0, 1).

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
    if spread > _positive(width, "width") * (1 + 1e-9):
        raise ValueError(f"values must lie in an interval of length width, {width:g}; they spread over {spread:g}; "
                         "give the width that is known of them")
    excess = log(2 / _probability(alpha))
    return sqrt(2 * float(array.var(ddof=1)) * excess / array.size) + 7 * width * excess / (3 * (array.size - 1))


def transport_deviation(*constants_and_sizes: tuple[float, int], alpha: float) -> float:
    r"""By how much W1 of samples exceeds its expectation at most, with probability 1 - alpha (docs/theory.md, C1).

    :math:`\sqrt{2\ln(1/\alpha)\sum_k C_k/n_k}`: the samples are independent, of :math:`n_k` points each, and their laws
    have transport constants :math:`C_k`, that is, :math:`W_1(\nu,P_k)\le\sqrt{2C_k\,\mathrm{KL}(\nu\|P_k)}`. A law on a
    set of diameter B has :math:`B^2/4`.

    Parameters
    ----------
    *constants_and_sizes : tuple of (float, int)
        Transport constant and number of points of each sample.
    alpha : float
        Probability of a larger deviation, in (0, 1).

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


def _positive(value: float, name: str) -> float:
    if not 0 < value < inf:
        raise ValueError(f"{name} must be positive and finite; got {value!r}; give what is known of the law")
    return float(value)


def _probability(alpha: float) -> float:
    if not 0 < alpha < 1:
        raise ValueError(f"alpha must be in (0, 1); got {alpha!r}; 0.05 is usual")
    return float(alpha)
