"""Performance measures over replicates with their Monte Carlo standard errors (docs/theory.md, S1)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

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


def empirical_se(values: ArrayLike) -> Estimate:
    r"""Standard deviation of the estimates over replicates, with an MCSE that does not suppose a normal law.

    From :math:`\operatorname{Var}(s^2) = (\mu_4 - \sigma^4 (R-3)/(R-1))/R` by the delta method. For normal estimates
    (:math:`\mu_4 = 3\sigma^4`) this is the :math:`s/\sqrt{2(R-1)}` of [1]_.

    Parameters
    ----------
    values : array_like of shape (R,)
        One estimate per replicate.

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
    array = as_replicates(values, "values")
    n = array.size
    variance = float(array.var(ddof=1))
    fourth = float(((array - array.mean()) ** 4).mean())
    variance_of_variance = max(0.0, fourth - variance**2 * (n - 3) / (n - 1)) / n
    value = float(np.sqrt(variance))
    return Estimate(value, float(np.sqrt(variance_of_variance)) / (2 * value) if value else 0.0, n)


def coverage(covered: ArrayLike) -> Estimate:
    r"""Share of replicates whose interval covers the truth; its MCSE is :math:`\sqrt{c(1-c)/R}`.

    Parameters
    ----------
    covered : array_like of bool, shape (R,)
        Whether the interval of each replicate covers.

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
