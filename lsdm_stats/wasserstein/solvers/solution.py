"""What a route hands back: flows, potentials and the two sides of the certificate."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from lsdm_stats.arrays import FloatArray, IntArray
from lsdm_stats.wasserstein.ground import EPS


@dataclass(frozen=True, eq=False)
class Solution:
    """Optimal flows and potentials, and the two sides of the certificate, for masses counted in whole units.

    Parameters
    ----------
    sources, targets, units : ndarray of int64, shape (k,)
        Positive flows.
    u, v : ndarray of shape (n,) and (m,)
        Feasible potentials of all points, those without mass included.
    primal : float
        Cost of the flows when all mass is 1.
    dual : float
        Lower bound of that of any plan with these computed costs.
    """

    sources: IntArray
    targets: IntArray
    units: IntArray
    u: FloatArray
    v: FloatArray
    primal: float
    dual: float


def dual_value(u: FloatArray, v: FloatArray, x_units: IntArray, y_units: IntArray, total: int) -> float:
    """Value of feasible potentials, rounded down: half an eps each for feasibility, a product and a quotient."""
    terms = np.concatenate([x_units * u, y_units * v])
    return max(0.0, (math.fsum(terms) - 4 * EPS * float(np.abs(terms).sum())) / total)
