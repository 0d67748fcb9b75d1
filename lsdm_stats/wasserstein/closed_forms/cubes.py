"""Cubes: the mean distance of a uniform point from the centre."""

from __future__ import annotations

import math
from functools import cache

import numpy as np
import scipy

from lsdm_stats.arrays import check_count


@cache
def cube_mean_radius(dim: int) -> float:
    r"""Mean distance of a uniform point of the unit cube from its centre, to about 1e-14.

    :math:`\mathrm E\sqrt S=\pi^{-1/2}\int_0^\infty u^{-2}(1-g(u)^d)\,du` with :math:`S` the squared distance and
    :math:`g(u)=\mathrm E e^{-u^2V^2}=\sqrt\pi\,\mathrm{erf}(u/2)/u` for V uniform on [-1/2, 1/2]; Gauss-Legendre rules
    on [0, 1] for u and, for u from 1 on, for 1/u.

    Parameters
    ----------
    dim : int
        Dimension d of the cube.

    Returns
    -------
    float
        In units of the cube's side.

    Raises
    ------
    ValueError
        If `dim` is no positive whole number.

    Examples
    --------
    >>> round(cube_mean_radius(1), 12), round(cube_mean_radius(3), 12)
    (0.25, 0.480295978228)
    """
    check_count(dim, "dim")
    nodes, weights = np.polynomial.legendre.leggauss(100)
    nodes, weights = (nodes + 1) / 2, weights / 2
    short = -np.expm1(-np.outer(nodes, nodes / 2) ** 2) @ weights  # 1 − g(u), without cancellation
    long = math.sqrt(math.pi) * nodes * scipy.special.erf(0.5 / nodes)  # g(1/u)
    inner = -np.expm1(dim * np.log1p(-short)) / nodes**2
    return float(weights @ inner + weights @ (1 - long**dim)) / math.sqrt(math.pi)
