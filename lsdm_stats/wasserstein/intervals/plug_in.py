"""Confidence intervals for the distance of two laws from one sample of each."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import inf, sqrt
from statistics import NormalDist

import numpy as np
from numpy.typing import ArrayLike

from lsdm_stats.arrays import FloatArray, as_points
from lsdm_stats.inference import Interval, empirical_bernstein_deviation, transport_deviation
from lsdm_stats.wasserstein.certified import exact
from lsdm_stats.wasserstein.ground import Ground, as_blocks
from lsdm_stats.wasserstein.intervals.held_out import HeldOut, held_out
from lsdm_stats.wasserstein.transport import Transport

_MINIMUM = 4  # points of a sample: two in each half


@dataclass(frozen=True, eq=False)
class DistanceInterval:
    """What two samples say of the W1 distance of their laws.

    Parameters
    ----------
    estimate : float
        W1 of the samples, too large on average (docs/theory.md, C3).
    certified : Interval or None
        Covers with at least its level at every sample size; None unless a diameter or transport constants are given.
        Its estimate is that of the samples.
    asymptotic : Interval
        The estimate plus and minus a normal quantile times its standard error. It is centred at the *mean* of the
        estimate: its lower limit is too high wherever the bias is not far below the standard error, that is, in two
        dimensions and more, or for equal laws.
    held_out : Interval
        A t interval around the mean of a potential on points that it was not fitted to, too small on average: its
        lower limit covers asymptotically in any dimension, its upper limit does not.
    transport : Transport
        Certificate, plan and potentials of the estimate.
    """

    estimate: float
    certified: Interval | None
    asymptotic: Interval
    held_out: Interval
    transport: Transport


def interval(x: ArrayLike, y: ArrayLike, *, level: float = 0.95, diameter: float | None = None,
             transport_constant: float | tuple[float, float] | None = None, blocks: Sequence[int] | None = None,
             shared: bool = False, rng: np.random.Generator) -> DistanceInterval:
    r"""Certified and asymptotic confidence intervals for W1 of two laws (docs/theory.md, C4 and C5).

    Certified, at :math:`\alpha/2` a side: the upper limit is the distance of the samples plus
    :math:`\sqrt{2\ln(2/\alpha)(C_P/n+C_Q/m)}`. The lower limit splits both samples: a potential that is optimal for one
    half is averaged over the other, less the smaller of two deviations at :math:`\alpha/4` each, empirical Bernstein
    and, of the means, Hoeffding (or that of the transport constants).

    Parameters
    ----------
    x, y : array_like of shape (n, dim) and (m, dim)
        Independent observations of either law, in the same units, at least four of each.
    level : float
        Coverage :math:`1-\alpha` of each interval, in [0.5, 1).
    diameter : float, optional
        Known bound of all distances between points of both laws, in the ground metric.
    transport_constant : float or pair of float, optional
        Instead of the diameter, one for both laws or one for each: C with
        :math:`W_1(\nu,P)\le\sqrt{2C\,\mathrm{KL}(\nu\|P)}` for every law ν. It is :math:`L^2/2\pi` for an L-Lipschitz
        image of the uniform law of a unit cube, and the largest eigenvalue of the covariance for a normal law. With
        `shared`, the rows of both samples must be such images of the same uniform or standard normal vectors.
    blocks : sequence of int, optional
        Columns of the blocks whose Euclidean distances add up to the ground metric; one block by default.
    shared : bool
        Whether the i-th rows of both samples depend on each other, as generated and true responses to the same
        conditions do; otherwise the samples must be independent.
    rng : Generator
        Splits the samples.

    Returns
    -------
    DistanceInterval
        Limits in the units of the points, not below 0 and, with a diameter, not above it.

    Raises
    ------
    ValueError
        If the samples are too small, do not match, contradict the diameter, or a number is out of range.

    References
    ----------
    .. [1] Bobkov and Goetze (1999), J. Funct. Anal. 163:1-28. [2] Maurer and Pontil (2009), COLT. [3] del Barrio and
       Loubes (2019), Ann. Probab. 47:926-951 (the limit law behind the asymptotic interval, for order 2).

    Examples
    --------
    >>> rng = np.random.default_rng(1)
    >>> x, y = rng.uniform(size=(400, 2)), rng.uniform(size=(400, 2)) + [0.5, 0.0]   # W1 of the laws is 0.5
    >>> found = interval(x, y, diameter=1.81, rng=rng)
    >>> found.certified.lower < 0.5 < found.certified.upper
    True
    """
    first = as_points(x, "x")
    second = as_points(y, "y", dim=first.shape[1])
    ground = Ground(as_blocks(blocks, first.shape[1]), 1)
    _check(first, second, level, shared)
    constants = _constants(diameter, transport_constant)
    if diameter is not None:
        _check_diameter(first, second, ground, diameter)
    transport = exact(first, second, blocks=blocks)
    fresh = held_out(first, second, blocks, shared=shared, rng=rng)
    return DistanceInterval(
        estimate=transport.value,
        certified=None if constants is None else _certified(transport, fresh, constants, diameter, level),
        asymptotic=_asymptotic(transport, shared, level),
        held_out=_student(fresh, level),
        transport=transport,
    )


def _certified(transport: Transport, fresh: HeldOut, constants: tuple[float, float], diameter: float | None,
               level: float) -> Interval:
    alpha = 1 - level
    n, m = (len(potential) for potential in transport.potentials)
    upper = transport.upper + _deviation(constants, n, m, fresh.shared, alpha / 2)
    lower = fresh.value - _lower_deviation(fresh, constants, diameter, alpha / 2)
    return Interval(transport.value, max(0.0, lower), min(inf if diameter is None else diameter, upper), level)


def _deviation(constants: tuple[float, float], n: int, m: int, shared: bool, alpha: float) -> float:
    """Deviation of a statistic that moves by at most 1/n times the distance that a point moves."""
    first, second = constants
    if shared:  # a pair of points moves at once
        return transport_deviation(((sqrt(first) + sqrt(second)) ** 2, n), alpha=alpha)
    return transport_deviation((first, n), (second, m), alpha=alpha)


def _lower_deviation(fresh: HeldOut, constants: tuple[float, float], diameter: float | None, alpha: float) -> float:
    """The smaller of two deviations, each with half of the error; values of a potential spread over one diameter."""
    simple = _deviation(constants, len(fresh.x), len(fresh.y), fresh.shared, alpha / 2)
    if diameter is None:
        return _deviation(constants, len(fresh.x), len(fresh.y), fresh.shared, alpha)
    if fresh.shared or len(fresh.x) == len(fresh.y):
        return min(simple, empirical_bernstein_deviation(fresh.x - fresh.y, width=2 * diameter, alpha=alpha / 2))
    each = (empirical_bernstein_deviation(values, width=diameter, alpha=alpha / 4) for values in (fresh.x, fresh.y))
    return min(simple, sum(each))


def _asymptotic(transport: Transport, shared: bool, level: float) -> Interval:
    u, v = transport.potentials
    variance = (u + v).var(ddof=1) / len(u) if shared else u.var(ddof=1) / len(u) + v.var(ddof=1) / len(v)
    half_width = NormalDist().inv_cdf((1 + level) / 2) * sqrt(float(variance))
    return Interval(transport.value, max(0.0, transport.value - half_width), transport.value + half_width, level)


def _student(fresh: HeldOut, level: float) -> Interval:
    from scipy.special import stdtrit

    degrees = len(fresh.x) - 1 if fresh.shared else min(len(fresh.x), len(fresh.y)) - 1
    half_width = float(stdtrit(degrees, (1 + level) / 2)) * sqrt(fresh.variance)
    return Interval(fresh.value, max(0.0, fresh.value - half_width), max(0.0, fresh.value + half_width), level)


def _check(x: FloatArray, y: FloatArray, level: float, shared: bool) -> None:
    if not 0.5 <= level < 1:
        raise ValueError(f"level must be a coverage in [0.5, 1), such as 0.95; got {level!r}; pass one minus the error")
    if min(len(x), len(y)) < _MINIMUM:
        raise ValueError(f"x and y must have at least {_MINIMUM} rows each; got {len(x)} and {len(y)}; draw more")
    if shared and len(x) != len(y):
        raise ValueError(f"x and y must have equally many rows if shared; got {len(x)} and {len(y)}; pair them")


def _constants(diameter: float | None,
               transport_constant: float | tuple[float, float] | None) -> tuple[float, float] | None:
    if diameter is not None and transport_constant is not None:
        raise ValueError(f"diameter or transport_constant must be given, not both; got {diameter!r} and "
                         f"{transport_constant!r}; a law of diameter B has the constant B**2 / 4")
    if diameter is not None:
        if not 0 < diameter < inf:
            raise ValueError(f"diameter must be positive and finite; got {diameter!r}; leave it out if it is not known")
        return diameter**2 / 4, diameter**2 / 4
    if transport_constant is None:
        return None
    pair = transport_constant if isinstance(transport_constant, tuple) else (transport_constant,) * 2
    if len(pair) != 2 or not all(0 < constant < inf for constant in pair):
        raise ValueError(f"transport_constant must be one positive number, or one per law; got {transport_constant!r}; "
                         "leave it out if it is not known")
    return pair


def _check_diameter(x: FloatArray, y: FloatArray, ground: Ground, diameter: float) -> None:
    """Points that are farther from the first one than the diameter contradict it; others need not confirm it."""
    together = np.concatenate([x, y])
    farthest = float(ground.matrix(together[:1], together).max())
    if farthest > diameter * (1 + 1e-9):
        raise ValueError(f"diameter must bound all distances; got {diameter:g}, and points {farthest:g} apart; "
                         "give the diameter of the laws, in the ground metric")
