"""Confidence intervals for the distance of two laws from one sample of each."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import inf, sqrt
from statistics import NormalDist

import numpy as np
from numpy.typing import ArrayLike

from lsdm_stats.arrays import FloatArray, as_points
from lsdm_stats.inference import Interval, betting_limit, transport_deviation
from lsdm_stats.wasserstein.certified import exact
from lsdm_stats.wasserstein.ground import Ground, as_blocks
from lsdm_stats.wasserstein.intervals.held_out import HeldOut, held_out, standard_error
from lsdm_stats.wasserstein.transport import Transport

_MINIMUM = 4  # points of a sample: two in each half
_SLACK = 1e-9  # relative excess over the diameter that is taken for rounding


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
        dimensions and more, or for equal laws. The limit theorem behind it is proved for strictly convex costs [1]_;
        for W1 it supposes that the optimal potential of the laws is unique.
    held_out : Interval
        A t interval around the mean of a potential on points that it was not fitted to, too small on average: its
        lower limit covers asymptotically in any dimension, its upper limit does not.
    transport : Transport
        Certificate, plan and potentials of the estimate.
    level : float
        Coverage of each interval.
    assumptions : tuple of str
        What the certified interval, or without one the others, rests on.

    References
    ----------
    .. [1] del Barrio, González-Sanz and Loubes (2021), arXiv 2102.06379.

    Examples
    --------
    >>> points = np.random.default_rng(1).random((50, 1))
    >>> found = interval(points, points + 0.5, diameter=1.5, rng=np.random.default_rng(2))
    >>> round(found.estimate, 9), found.certified.lower <= 0.5 <= found.certified.upper
    (0.5, True)
    """

    estimate: float
    certified: Interval | None
    asymptotic: Interval
    held_out: Interval
    transport: Transport
    level: float
    assumptions: tuple[str, ...]


def interval(x: ArrayLike, y: ArrayLike, *, level: float = 0.95, diameter: float | None = None,
             transport_constant: float | tuple[float, float] | None = None, blocks: Sequence[int] | None = None,
             shared: bool = False, rng: np.random.Generator) -> DistanceInterval:
    r"""Certified and asymptotic confidence intervals for W1 of two laws (docs/theory.md, C4 and C5).

    Certified, at :math:`\alpha/2` a side: the upper limit is the distance of the samples plus
    :math:`\sqrt{2\ln(2/\alpha)(C_P/n+C_Q/m)}`, where a diameter B counts as :math:`C=B^2/4`. The lower limit splits
    both samples: a potential that is optimal for one half is averaged over the other. Given a diameter, what is
    subtracted adapts to how much the potential varies (`betting_limit`); given transport constants, it is the deviation
    above for the halves.

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
        image of the uniform law of a unit cube, the largest eigenvalue of the covariance for a normal law, and
        :math:`B^2/4` for a law on a set of diameter B, which may be far below that of both laws together.
    blocks : sequence of int, optional
        Columns of the blocks whose Euclidean distances add up to the ground metric; one block by default.
    shared : bool
        Whether the i-th rows of both samples depend on each other, as generated and true responses to the same
        conditions do, in whatever way; pairs of rows are independent. Otherwise the samples must be independent too.
    rng : numpy.random.Generator
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
    .. [1] Bobkov and Götze (1999), J. Funct. Anal. 163:1-28 (transport constants).
    .. [2] Waudby-Smith and Ramdas (2024), J. R. Stat. Soc. B 86:1-27 (limits by betting).

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
    scales = _scales(diameter, transport_constant)
    transport = exact(first, second, blocks=blocks)
    if diameter is not None:
        _check_diameter(np.concatenate([first, second]), ground, diameter)
    fresh = held_out(first, second, blocks, shared=shared, rng=rng)
    certified = None if scales is None else _certified(transport, fresh, scales, diameter, level)
    return DistanceInterval(
        estimate=transport.value,
        certified=certified,
        asymptotic=_asymptotic(transport, shared, level),
        held_out=_student(fresh, level),
        transport=transport,
        level=level,
        assumptions=_assumptions(shared, diameter, transport_constant),
    )


def _certified(transport: Transport, fresh: HeldOut, scales: tuple[float, float], diameter: float | None,
               level: float) -> Interval:
    alpha = (1 - level) / 2
    n, m = (len(potential) for potential in transport.potentials)
    upper = transport.upper + _deviation(scales, n, m, fresh.shared, alpha)
    if diameter is None:
        below = _deviation(scales, len(fresh.x), len(fresh.y), fresh.shared, alpha) + 2 * fresh.rounding
        lower = fresh.value - below
    else:
        upper = min(upper, float(diameter))
        gains = np.maximum(fresh.gains - 2 * fresh.rounding, -diameter)
        lower = betting_limit(gains, low=-diameter, high=diameter, scale=fresh.scale, alpha=alpha)
    return Interval(transport.value, min(max(0.0, lower), upper), upper, level)


def _deviation(scales: tuple[float, float], n: int, m: int, shared: bool, alpha: float) -> float:
    """Deviation of a difference of means of a 1-Lipschitz function, whatever the dependence within shared rows."""
    unit = max(scales)
    first, second = (scale / unit for scale in scales)
    if shared:
        return unit * transport_deviation(((first + second) ** 2, n), alpha=alpha)
    return unit * transport_deviation((first**2, n), (second**2, m), alpha=alpha)


def _asymptotic(transport: Transport, shared: bool, level: float) -> Interval:
    u, v = transport.potentials
    half_width = NormalDist().inv_cdf((1 + level) / 2) * standard_error(u, -v, shared=shared)
    return Interval(transport.value, max(0.0, transport.value - half_width), transport.value + half_width, level)


def _student(fresh: HeldOut, level: float) -> Interval:
    from scipy.special import stdtrit

    degrees = len(fresh.x) - 1 if fresh.shared else min(len(fresh.x), len(fresh.y)) - 1
    half_width = float(stdtrit(degrees, (1 + level) / 2)) * fresh.standard_error
    return Interval(fresh.value, max(0.0, fresh.value - half_width), max(0.0, fresh.value + half_width), level)


def _check(x: FloatArray, y: FloatArray, level: float, shared: bool) -> None:
    if not 0.5 <= level < 1:
        raise ValueError(f"level must be a coverage in [0.5, 1), such as 0.95; got {level!r}; pass one minus the error")
    if min(len(x), len(y)) < _MINIMUM:
        raise ValueError(f"x and y must have at least {_MINIMUM} rows each; got {len(x)} and {len(y)}; draw more")
    if shared and len(x) != len(y):
        raise ValueError(f"x and y must have equally many rows if shared; got {len(x)} and {len(y)}; pair them")


def _scales(diameter: float | None,
            transport_constant: float | tuple[float, float] | None) -> tuple[float, float] | None:
    """Square roots of the transport constants of both laws, if they are known."""
    if diameter is not None and transport_constant is not None:
        raise ValueError(f"diameter or transport_constant must be given, not both; got {diameter!r} and "
                         f"{transport_constant!r}; a law of diameter B has the constant B**2 / 4")
    if diameter is not None:
        if not 0 < diameter < inf:
            raise ValueError(f"diameter must be positive and finite; got {diameter!r}; leave it out if it is not known")
        return diameter / 2, diameter / 2
    if transport_constant is None:
        return None
    pair = transport_constant if isinstance(transport_constant, tuple) else (transport_constant,) * 2
    if len(pair) != 2 or not all(0 < constant < inf for constant in pair):
        raise ValueError(f"transport_constant must be one positive number, or one per law; got {transport_constant!r}; "
                         "leave it out if it is not known")
    return sqrt(pair[0]), sqrt(pair[1])


def _check_diameter(points: FloatArray, ground: Ground, diameter: float) -> None:
    """Points too far from the one that is farthest from the first contradict the diameter; it may still be too low."""
    far = points[ground.matrix(points[:1], points).argmax()]
    distance = float(ground.matrix(far[None], points).max())
    if distance > diameter * (1 + _SLACK):
        raise ValueError(f"diameter must bound all distances; got {diameter:g}, and points {distance:g} apart; "
                         "give the diameter of the laws, in the ground metric")


def _assumptions(shared: bool, diameter: float | None,
                 transport_constant: float | tuple[float, float] | None) -> tuple[str, ...]:
    drawn = "pairs of rows are independent, with one law" if shared else "all rows are independent, with one law each"
    if diameter is not None:
        return drawn, f"all distances are at most {diameter:g}"
    if transport_constant is not None:
        return drawn, f"transport constants are at most {transport_constant}"
    return (drawn,)
