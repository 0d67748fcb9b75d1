"""Tests over replicates and their multiplicity (docs/theory.md, S3)."""

from __future__ import annotations

from dataclasses import dataclass
from math import copysign, inf, sqrt

import numpy as np
from numpy.typing import ArrayLike

from lsdm_stats.arrays import FloatArray, check_count
from lsdm_stats.inference._replicates import as_coverage, as_replicates, require_finite


@dataclass(frozen=True)
class PairedTest:
    """A one-sided paired t test of a mean difference above 0.

    Parameters
    ----------
    estimate : float
        Mean difference.
    statistic : float
        t statistic; infinite where the differences do not vary and their mean is not 0.
    p_value : float
        Probability of a statistic at least as large if the mean difference is 0.
    n : int
        Number of replicates.

    Examples
    --------
    >>> test = paired_test([0.1, 0.3, 0.2])
    >>> test.n, round(test.statistic, 3), round(test.p_value, 3)
    (3, 3.464, 0.037)
    """

    estimate: float
    statistic: float
    p_value: float
    n: int


def paired_test(differences: ArrayLike) -> PairedTest:
    """Whether the mean of paired differences is above 0: Student's t, one-sided.

    Parameters
    ----------
    differences : array_like of shape (R,)
        First minus second value of every replicate.

    Returns
    -------
    PairedTest
        Mean, statistic and p-value.

    Raises
    ------
    ValueError
        If there are fewer than two replicates, or a value is not finite.

    Examples
    --------
    >>> round(paired_test([0.1, 0.3, 0.2]).p_value, 3)
    0.037
    >>> paired_test([0.0, 0.0]).p_value
    1.0
    """
    from scipy.special import stdtr

    array = as_replicates(differences, "differences")
    centre, error = float(array.mean()), float(array.std(ddof=1)) / sqrt(array.size)
    if error == 0:
        statistic = copysign(inf, centre) if centre else 0.0
        return PairedTest(centre, statistic, 0.0 if centre > 0 else 1.0, array.size)
    statistic = centre / error
    return PairedTest(centre, statistic, float(stdtr(array.size - 1, -statistic)), array.size)


def binomial_upper_test(failures: int, n: int, *, probability: float) -> float:
    """Exact p-value of at least `failures` failures in `n` trials if each fails with the given probability.

    Parameters
    ----------
    failures : int
        How many failed.
    n : int
        Number of independent trials.
    probability : float
        Chance of a failure, in [0, 1].

    Returns
    -------
    float
        The p-value.

    Raises
    ------
    ValueError
        If the counts or the probability are out of range.

    Examples
    --------
    >>> round(binomial_upper_test(1, 20, probability=0.05), 4)
    0.6415
    """
    from scipy.stats import binom

    _check_failures(failures, n)
    if not 0 <= probability <= 1:
        raise ValueError(f"probability must be in [0, 1]; got {probability}; correct it")
    return float(binom.sf(failures - 1, n, probability))


def binomial_upper_limit(failures: int, n: int, *, level: float = 0.95) -> float:
    """Exact (Clopper and Pearson) one-sided upper confidence limit of a failure probability.

    Parameters
    ----------
    failures : int
        How many failed.
    n : int
        Number of independent trials.
    level : float
        Coverage, in [0.5, 1).

    Returns
    -------
    float
        The limit, in [0, 1].

    Raises
    ------
    ValueError
        If the counts are out of range or `level` is no coverage.

    Examples
    --------
    Without a failure in 59 trials the probability is below 0.05 with confidence 0.95:

    >>> round(binomial_upper_limit(0, 59), 4)
    0.0495
    """
    from scipy.stats import beta

    _check_failures(failures, n)
    as_coverage(level)
    return 1.0 if failures == n else float(beta.ppf(level, failures + 1, n - failures))


def holm(p_values: ArrayLike) -> FloatArray:
    """Holm's adjusted p-values: rejecting those up to a level keeps the family-wise error at that level.

    Parameters
    ----------
    p_values : array_like of shape (K,)
        p-values of a family of tests, with any dependence between them.

    Returns
    -------
    ndarray of shape (K,)
        Adjusted p-values in the order given.

    Raises
    ------
    ValueError
        If a p-value is not in [0, 1].

    References
    ----------
    .. [1] Holm (1979), Scandinavian Journal of Statistics 6:65-70.

    Examples
    --------
    >>> holm([0.01, 0.04, 0.03]).round(6).tolist()
    [0.03, 0.06, 0.06]
    """
    values = np.asarray(p_values, dtype=np.float64)
    if values.ndim != 1:
        raise ValueError(f"p_values must be a vector; got shape {values.shape}; pass one family of tests")
    require_finite(values, "p_values")
    if ((values < 0) | (values > 1)).any():
        raise ValueError(f"p_values must be in [0, 1]; got {values.min():g} to {values.max():g}; pass probabilities")
    order = np.argsort(values, kind="stable")
    stepped = np.maximum.accumulate(values[order] * np.arange(values.size, 0, -1))
    adjusted = np.empty_like(values)
    adjusted[order] = np.minimum(stepped, 1.0)
    return adjusted


def _check_failures(failures: int, n: int) -> None:
    check_count(n, "n")
    check_count(failures, "failures", minimum=0)
    if failures > n:
        raise ValueError(f"failures must be at most n; got {failures} of {n}; correct the counts")
