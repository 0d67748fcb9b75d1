"""Rates: the slope of a log mean on a log sample size (docs/theory.md, S4)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from lsdm_stats.inference._replicates import as_coverage, require_finite, student_quantile


@dataclass(frozen=True)
class SlopeEstimate:
    """A fitted log–log slope with its interval.

    Parameters
    ----------
    slope : float
        Least-squares slope.
    lower, upper : float
        Two-sided confidence interval.
    mcse : float
        Standard error over replicates.

    Examples
    --------
    >>> found = loglog_slope([100, 400], [[1.0, 0.5], [1.1, 0.6]])
    >>> found.lower < found.slope < found.upper < 0
    True
    """

    slope: float
    lower: float
    upper: float
    mcse: float


def loglog_slope(sizes: ArrayLike, values: ArrayLike, *, level: float = 0.95) -> SlopeEstimate:
    r"""Least-squares slope of log mean on log size, with a t interval over replicates.

    The slope is :math:`\sum_s w_s \log \bar v_s` with fixed weights; its error is that of the mean over replicates of
    :math:`\sum_s w_s v_{rs}/\bar v_s` (delta method), so that dependence between the sizes of one replicate is counted.
    It describes the sizes at hand; it is no test of whether a power law holds.

    Parameters
    ----------
    sizes : array_like of shape (S,)
        Positive sample sizes, at least two different ones.
    values : array_like of shape (R, S)
        Values whose means are positive; replicates in rows, the same data stream at every size.
    level : float
        Coverage, in [0.5, 1).

    Returns
    -------
    SlopeEstimate
        Slope, interval and standard error.

    Raises
    ------
    ValueError
        If shapes do not match, there are fewer than two replicates or two different sizes, a value is not finite, or a
        size or a mean is not positive.

    Examples
    --------
    >>> sizes = np.array([100, 400, 1600])
    >>> round(loglog_slope(sizes, [sizes**-0.5, 2 * sizes**-0.5]).slope, 6)
    -0.5
    """
    at, table = np.asarray(sizes, dtype=np.float64), np.asarray(values, dtype=np.float64)
    if at.ndim != 1 or table.ndim != 2 or table.shape[1] != at.size:
        raise ValueError("values must have one row per replicate and one column per size; "
                         f"got shape {table.shape} for sizes of shape {at.shape}; stack the replicates")
    require_finite(at, "sizes")
    require_finite(table, "values")
    if table.shape[0] < 2 or np.unique(at).size < 2:
        raise ValueError("a slope with an interval must have at least 2 replicates and 2 different sizes; "
                         f"got {table.shape[0]} and {np.unique(at).size}; run more")
    means = table.mean(axis=0)
    if (at <= 0).any() or (means <= 0).any():
        raise ValueError("sizes and means must be positive to have logarithms; "
                         f"got {at.min():g} and {means.min():g} as the smallest; leave those sizes out")
    centred = np.log(at) - np.log(at).mean()
    weights = centred / (centred @ centred)
    slope = float(weights @ np.log(means))
    mcse = float((table / means @ weights).std(ddof=1) / np.sqrt(table.shape[0]))
    half_width = student_quantile((1 + as_coverage(level)) / 2, table.shape[0] - 1) * mcse
    return SlopeEstimate(slope, slope - half_width, slope + half_width, mcse)
