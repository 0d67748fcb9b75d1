"""The debiased Sinkhorn divergence, by iterations that are stable for small regularization."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

import numpy as np
import scipy
from numpy.typing import ArrayLike

from lsdm_stats.arrays import FloatArray, as_points
from lsdm_stats.wasserstein.ground import Ground, as_blocks, as_order, root, unit_exponent

_MARGINAL = 1e-5  # sum of absolute errors of a marginal at which iterations end; the dual value errs by its square
_NEAR = 0.05  # the same below which steps are lengthened
_RELAXATION = 1.8  # factor of lengthened steps; below 2 they converge locally
_SCALINGS = 100  # iterations between two passes in the log domain
_ROUGH = 1e-2  # the same while the regularization is being lowered
_PASSES = 200  # passes, at most
_RANGE = 1e30  # of scalings, beyond which a pass in the log domain is due


def sinkhorn(x: ArrayLike, y: ArrayLike, *, regularization: float = 0.05, order: int = 1,
             blocks: Sequence[int] | None = None) -> float:
    r"""Debiased Sinkhorn divergence of two samples with equal masses.

    :math:`S=OT(x,y)-\tfrac12 OT(x,x)-\tfrac12 OT(y,y)` with :math:`OT(x,y)=\min_\pi\langle\pi,d^p\rangle+\varepsilon
    KL(\pi\,|\,a\otimes b)` and :math:`\varepsilon` equal to `regularization` times the mean cost between x and y.

    As an estimate of :math:`W_p^p` it tends to it as the regularization tends to 0, and to
    :math:`\mathrm E d^p(x,y)-\tfrac12\mathrm E d^p(x,x')-\tfrac12\mathrm E d^p(y,y')`, half an energy distance for
    order 1, as it grows. In between it is usually too small, the more so the smaller the distance is against the spread
    of the samples. S itself is computed to about 1e-7 of the mean cost.

    Parameters
    ----------
    x, y : array_like of shape (n, dim) and (m, dim)
        Observations as rows, in the same units.
    regularization : float
        :math:`\varepsilon` as a share of the mean cost. The number of iterations grows like its reciprocal.
    order : {1, 2}
        p.
    blocks : sequence of int, optional
        Columns of the blocks whose Euclidean distances add up to the ground metric; one block by default.

    Returns
    -------
    float
        S for order 1, :math:`\sqrt S` for order 2, in the units of the points, 0 where S is negative: rounding, or
        order 2 with several blocks, for which S need not be positive. Memory is two matrices of shape (n, m), or of
        the larger sample with itself.

    Raises
    ------
    ValueError
        If a value is not finite, a sample is empty, columns differ, or the regularization is not positive.
    RuntimeError
        If the iterations do not converge.

    References
    ----------
    .. [1] Feydy et al. (2019), AISTATS, 2681-2690.
    .. [2] Schmitzer (2019), SIAM J. Sci. Comput. 41:A1443-A1481 (absorption of the scalings).
    .. [3] Thibault, Chizat, Dossal and Papadakis (2021), Algorithms 14:143 (lengthened steps).

    Examples
    --------
    >>> x = np.random.default_rng(1).normal(size=(200, 2))
    >>> round(sinkhorn(x, x + [1.0, 0.0], order=2), 6)
    1.0
    """
    (value,), exponent = divergences(x, y, (regularization,), order=order, blocks=blocks)
    return math.ldexp(root(max(0.0, value), as_order(order)), exponent)


def divergences(x: ArrayLike, y: ArrayLike, regularizations: Sequence[float], *, order: int,
                blocks: Sequence[int] | None) -> tuple[list[float], int]:
    """Divergences S for several regularizations, with points divided by two to the power that is returned second."""
    first, order = as_points(x, "x"), as_order(order)
    second = as_points(y, "y", dim=first.shape[1])
    ground = Ground(as_blocks(blocks, first.shape[1]), order)
    for regularization in regularizations:
        if not (math.isfinite(regularization) and regularization > 0):
            raise ValueError(f"regularization must be positive and finite; got {regularization!r}; "
                             "use exact(…) for none")
    exponent = unit_exponent(first, second)
    first, second = np.ldexp(first, -exponent), np.ldexp(second, -exponent)
    cross = ground.matrix(first, second)
    mean = float(cross.mean())
    if mean == 0:
        return [0.0] * len(regularizations), exponent
    between = [_between(cross, regularization * mean) for regularization in regularizations]
    del cross
    values = between
    for sample in (first, second):
        costs = ground.matrix(sample, sample)
        values = [value - _within(costs, regularization * mean) / 2
                  for value, regularization in zip(values, regularizations, strict=True)]
    return values, exponent


def _between(costs: FloatArray, epsilon: float) -> float:
    """Entropic cost of two samples: iterations in the log domain, and scalings of a fixed kernel between them."""
    n, m = costs.shape
    f, g, error = np.zeros(n), np.zeros(m), math.inf
    for level, goal, passes in _levels(costs, epsilon):
        for _ in range(passes):
            g = level * (math.log(n) - _log_sum_exp((f[:, None] - costs) / level, axis=0))
            f = level * (math.log(m) - _log_sum_exp((g - costs) / level, axis=1))
            kernel = np.exp((f[:, None] + g - costs) / level)
            u, v = np.ones(n), np.ones(m)
            for _ in range(_SCALINGS):
                column_masses = u @ kernel / n
                if not _is_in_range(column_masses):
                    break
                error = float(np.abs(u * (kernel @ (1 / column_masses)) / m - 1).mean())
                if error <= goal:
                    v = 1 / column_masses
                    break
                power = _RELAXATION if error <= _NEAR else 1.0
                next_v = v * (v * column_masses) ** -power
                row_masses = kernel @ next_v / m
                if not _is_in_range(row_masses):
                    break
                v, u = next_v, u * (u * row_masses) ** -power
            f, g = f + level * np.log(u), g + level * np.log(v)
            if error <= goal:
                break
    _require_convergence(error, epsilon, costs)
    return float(f.mean() + g.mean())  # the plan has mass 1: its second marginal is exact


def _log_sum_exp(values: FloatArray, axis: int) -> FloatArray:
    return np.asarray(scipy.special.logsumexp(values, axis=axis), dtype=np.float64)


def _within(costs: FloatArray, epsilon: float) -> float:
    """Entropic cost of a sample and itself, where both potentials are the same and averaged steps converge fast."""
    n = len(costs)
    f, mass, error = np.zeros(n), 1.0, math.inf
    for level, goal, passes in _levels(costs, epsilon):
        for _ in range(passes):
            f = (f + level * (math.log(n) - _log_sum_exp((f - costs) / level, axis=1))) / 2
            kernel = np.exp((f[:, None] + f - costs) / level)
            u = np.ones(n)
            for _ in range(_SCALINGS):
                row_masses = kernel @ u / n
                error, mass = float(np.abs(u * row_masses - 1).mean()), float(u @ row_masses) / n
                if error <= goal or not _is_in_range(row_masses):
                    break
                u = np.sqrt(u / row_masses)
            f = f + level * np.log(u)
            if error <= goal:
                break
    _require_convergence(error, epsilon, costs)
    return float(2 * f.mean() - epsilon * (mass - 1))


def _levels(costs: FloatArray, epsilon: float) -> Iterator[tuple[float, float, int]]:
    """Regularizations from the largest cost down by halves, each with its goal and number of passes."""
    level = float(costs.max())
    while level > 2 * epsilon:
        yield level, _ROUGH, 1
        level /= 2
    yield epsilon, _MARGINAL, _PASSES


def _is_in_range(values: FloatArray) -> bool:
    return bool(values.min() > 1 / _RANGE and values.max() < _RANGE)


def _require_convergence(error: float, epsilon: float, costs: FloatArray) -> None:
    if not error <= _MARGINAL:
        raise RuntimeError(f"the iterations must bring the marginals within {_MARGINAL:g}; got {error:g} for "
                           f"a regularization of {epsilon / costs.mean():g}; raise it, or use exact(…)")
