"""Sums over spectra: theta functions by Poisson summation, and integrals of heat traces over all later times."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
import scipy

from lsdm_stats.arrays import FloatArray

_TERMS = np.arange(1, 6)  # exp(-25 pi) is far below rounding
_PANEL = 0.5  # width of a panel in the logarithm of time
_END = 64.0  # in units of the slowest decay
_EARLY = 1e-5  # before it spheres sum too many degrees
_ORDERS = 4  # of the expansion before it
_NODES, _WEIGHTS = np.polynomial.legendre.leggauss(20)


def half_theta(x: FloatArray) -> FloatArray:
    r""":math:`\psi(x)=\sum_{k\ge1}e^{-\pi k^2x}` for x > 0, to rounding.

    Below 1 by :math:`1+2\psi(x)=x^{-1/2}(1+2\psi(1/x))` (Poisson summation).

    Examples
    --------
    >>> half_theta(np.array([1.0])).round(6)
    array([0.043217])
    """
    fast = np.maximum(x, 1 / x)
    direct = np.exp(-math.pi * fast[..., None] * _TERMS**2).sum(axis=-1)
    return np.where(x < 1, (np.expm1(-np.log(x) / 2) + 2 * direct / np.sqrt(x)) / 2, direct)


def sphere_multiplicity(dim: int, degree: FloatArray) -> FloatArray:
    """Number of independent spherical harmonics of each degree from 1 on the sphere of a dimension.

    Examples
    --------
    >>> sphere_multiplicity(2, np.array([1.0, 2.0])).round(9), sphere_multiplicity(3, np.array([4.0])).round(9)
    (array([3., 5.]), array([25.]))
    """
    log_ratio = scipy.special.gammaln(degree + dim - 1) - scipy.special.gammaln(degree + 1) - math.lgamma(dim)
    return (2 * degree + dim - 1) * np.exp(log_ratio)


def sphere_excess(dim: int, time: FloatArray) -> FloatArray:
    r"""Heat trace of the unit sphere less 1, :math:`\sum_{l\ge1}m_le^{-l(l+d-1)t}`, to rounding in the sum.

    Examples
    --------
    >>> round(float(sphere_excess(2, np.array([1e-8]))[0] - 1e8), 4)  # 1 / t + 1 / 3 - 1 at early times
    -0.6667
    """
    if dim == 1:
        return 2 * half_theta(time / math.pi)
    return np.array([_early(dim, t) if t < _EARLY else _direct(dim, t) for t in time.ravel()]).reshape(time.shape)


def _direct(dim: int, time: float) -> float:
    last = math.ceil(math.sqrt((_END + 3 * dim) / time)) + dim
    degree = np.arange(1.0, last + 1)
    return float(sphere_multiplicity(dim, degree) @ np.exp(-degree * (degree + dim - 1) * time))


def _early(dim: int, time: float) -> float:
    r"""The expansion at time 0.

    With :math:`k=l+(d-1)/2` the eigenvalue is :math:`k^2-(d-1)^2/4` and the multiplicity :math:`\sum_jc_jk^j`, an odd
    or even polynomial without zeros at other k of the same kind, so that one may sum over all positive k: whole
    numbers for odd d, halves of odd numbers for even d. Then :math:`\sum_kk^je^{-k^2t}` has the expansion
    :math:`\frac12\Gamma(\frac{j+1}2)t^{-(j+1)/2}+\sum_i\frac{(-t)^i}{i!}\zeta(-j-2i,a)`, whose second part is 0 for
    odd d.
    """
    from scipy.special import bernoulli

    offsets = np.arange(dim - 2) - (dim - 3) / 2
    coefficients = np.polynomial.polynomial.polyfromroots([0.0, *offsets]) * 2 / math.gamma(dim)
    numbers = bernoulli(dim + 2 * _ORDERS)
    total = 0.0
    for j in range(dim - 1, 0, -2):
        term = math.gamma((j + 1) / 2) / 2 * time ** (-(j + 1) / 2)
        if dim % 2 == 0:
            for i in range(_ORDERS):
                n = j + 2 * i + 1
                term -= (-time) ** i / math.factorial(i) * (2.0 ** (1 - n) - 1) * numbers[n] / n
        total += float(coefficients[j]) * term
    return math.exp((dim - 1) ** 2 * time / 4) * total - 1


class LaterTimes:
    """Integrals of a heat trace less 1 from any time to infinity, that is, sums of ``exp(-lambda t) / lambda``.

    Composite Gauss–Legendre quadrature in the logarithm of time, where heat traces are analytic; panels are kept.

    Parameters
    ----------
    excess : callable
        The heat trace less 1, at an array of positive times.
    gap : float
        The smallest positive eigenvalue.
    """

    def __init__(self, excess: Callable[[FloatArray], FloatArray], gap: float) -> None:
        self._excess = excess
        self._gap = gap
        self._top = math.ceil(math.log(_END / gap) / _PANEL)
        self._tails = [self._rest(math.exp(self._top * _PANEL))]  # from exp((top - i) * panel) on

    def __call__(self, time: float) -> float:
        """The integral from a positive time on."""
        position = math.log(time) / _PANEL
        if position >= self._top:
            return self._rest(time)
        above = min(math.floor(position) + 1, self._top)
        return self._tail(above) + self._panel(position * _PANEL, above * _PANEL)

    def _tail(self, edge: int) -> float:
        """The integral from a panel's edge on."""
        tails = list(self._tails)
        for lower in range(self._top - len(tails), edge - 1, -1):
            tails.append(tails[-1] + self._panel(lower * _PANEL, (lower + 1) * _PANEL))
        self._tails = tails
        return tails[self._top - edge]

    def _panel(self, low: float, high: float) -> float:
        times = np.exp((high + low) / 2 + (high - low) / 2 * _NODES)
        return float((high - low) / 2 * _WEIGHTS @ (times * self._excess(times)))

    def _rest(self, time: float) -> float:
        """From a late time on: an upper bound that the slowest decay attains."""
        return float(self._excess(np.array([time]))[0]) / self._gap
