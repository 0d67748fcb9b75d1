"""Validation of values over replicates: a failed replicate is never averaged over silently."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from lsdm_stats.arrays import FloatArray


def as_replicates(values: ArrayLike, name: str, *, minimum: int = 2) -> FloatArray:
    """One finite value per replicate, shape ``(R,)``, at least `minimum` of them."""
    array = np.asarray(values, dtype=np.float64)
    if array.ndim != 1:
        raise ValueError(f"{name} must have one value per replicate, shape (R,); got shape {array.shape}; "
                         "pass one setting at a time")
    require_finite(array, name)
    if array.size < minimum:
        raise ValueError(f"{name} must have at least {minimum} replicates; got {array.size}; run more")
    return array


def require_finite(array: FloatArray, name: str) -> None:
    """Refuse NaN and infinite values: they stand for failed replicates."""
    bad = int(array.size - np.isfinite(array).sum())
    if bad:
        raise ValueError(f"{name} must be finite; got {bad} NaN or infinite of {array.size} values; "
                         "drop failed replicates first and report how many there are")


def as_coverage(level: float) -> float:
    """A confidence level such as 0.95; an error level such as 0.05, given by mistake, is refused."""
    if not 0.5 <= level < 1:
        raise ValueError(f"level must be a coverage in [0.5, 1), such as 0.95; got {level}; "
                         "pass one minus the error level")
    return level


def student_quantile(probability: float, degrees: int) -> float:
    """Quantile of Student's t distribution."""
    from scipy.special import stdtrit

    return float(stdtrit(degrees, probability))
