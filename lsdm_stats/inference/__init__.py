"""Statistics over replicates: Monte Carlo errors, intervals, tests and rates (docs/theory.md, S)."""

from __future__ import annotations

from lsdm_stats.inference.concentration import (
    betting_limit,
    bounded_differences_deviation,
    empirical_bernstein_deviation,
    hoeffding_deviation,
    transport_deviation,
)
from lsdm_stats.inference.intervals import Interval, corrected_resampled_interval, mean_interval, ratio_interval
from lsdm_stats.inference.mcse import (
    Estimate,
    bias,
    coverage,
    difference,
    empirical_se,
    mean,
    quantile,
    ratio,
    rmse,
    variance,
)
from lsdm_stats.inference.slopes import SlopeEstimate, loglog_slope
from lsdm_stats.inference.testing import PairedTest, binomial_upper_limit, binomial_upper_test, holm, paired_test

__all__ = [
    "Estimate",
    "Interval",
    "PairedTest",
    "SlopeEstimate",
    "betting_limit",
    "bias",
    "binomial_upper_limit",
    "binomial_upper_test",
    "bounded_differences_deviation",
    "corrected_resampled_interval",
    "coverage",
    "difference",
    "empirical_bernstein_deviation",
    "empirical_se",
    "hoeffding_deviation",
    "holm",
    "loglog_slope",
    "mean",
    "mean_interval",
    "paired_test",
    "quantile",
    "ratio",
    "ratio_interval",
    "rmse",
    "transport_deviation",
    "variance",
]
