"""Distances of one-dimensional projections: their mean over directions and their maximum."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import ArrayLike

from lsdm_stats.arrays import FloatArray, IntArray, as_points, check_count
from lsdm_stats.wasserstein.closed_forms.line import coupling
from lsdm_stats.wasserstein.ground import as_order, root, unit_exponent
from lsdm_stats.wasserstein.masses import Masses, as_masses

_ENTRIES = 2**21  # projected coordinates held at once
_STEPS = 100  # of an ascent, at most
_SMALLEST_STEP = 1e-6  # radians
_GAIN = 1e-9  # relative gain below which an ascent ends


def sliced(x: ArrayLike, y: ArrayLike, *, n_projections: int = 128, order: int = 1, x_weights: ArrayLike | None = None,
           y_weights: ArrayLike | None = None, rng: np.random.Generator) -> float:
    r"""Sliced Wasserstein distance: that of one-dimensional projections, averaged over random directions.

    :math:`SW_p=(\operatorname{mean}_\theta W_p^p(\langle\theta,x\rangle,\langle\theta,y\rangle))^{1/p}` with directions
    uniform on the sphere.

    As an estimate of :math:`W_p` it is never above it, whatever the directions, and far below in high dimension: for a
    translation, by the factor :math:`\mathrm E|\theta_1|\approx\sqrt{2/(\pi d)}` (order 1) or :math:`1/\sqrt d`
    (order 2), on average over directions. For order 1, and for order 2 to the power 2, the Monte Carlo mean has no bias
    as an estimate of the mean over all directions.

    Parameters
    ----------
    x, y : array_like of shape (n, dim) and (m, dim)
        Observations as rows, in the same units.
    n_projections : int
        Number of directions.
    order : {1, 2}
        p.
    x_weights, y_weights : array_like of shape (n,) and (m,), optional
        Masses, normalised here; equal by default.
    rng : numpy.random.Generator
        Draws the directions.

    Returns
    -------
    float
        :math:`SW_p` (p-th root taken), in the units of the points.

    Raises
    ------
    ValueError
        If a value is not finite, a sample is empty, columns differ, or masses are negative or unequal in total.

    References
    ----------
    .. [1] Bonneel, Rabin, Peyré and Pfister (2015), J. Math. Imaging Vision 51:22-45.

    Examples
    --------
    >>> x = np.array([[0.0], [1.0]])
    >>> sliced(x, x + 2, rng=np.random.default_rng(1))
    2.0
    """
    first, second, order = as_points(x, "x"), as_points(y, "y"), as_order(order)
    projections = _Projections(first, second, order, x_weights, y_weights)
    directions = _directions(check_count(n_projections, "n_projections"), first.shape[1], rng)
    return projections.distance(math.fsum(projections.costs(directions)) / len(directions))


def max_sliced(x: ArrayLike, y: ArrayLike, *, order: int = 1, n_starts: int = 8, x_weights: ArrayLike | None = None,
               y_weights: ArrayLike | None = None, rng: np.random.Generator) -> float:
    r"""Max-sliced Wasserstein distance: the largest of one-dimensional projections that ascents find.

    The maximum over directions is not concave, so the value is a lower estimate of it, and like it never above
    :math:`W_p`. Directions to start from are random ones, the coordinates, the difference of the means and the
    principal axes of the difference of the covariances; an ascent runs from each of the best `n_starts`.

    Parameters
    ----------
    x, y : array_like of shape (n, dim) and (m, dim)
        Observations as rows, in the same units.
    order : {1, 2}
        p.
    n_starts : int
        Number of ascents; eight times as many random directions are tried.
    x_weights, y_weights : array_like of shape (n,) and (m,), optional
        Masses, normalised here; equal by default.
    rng : numpy.random.Generator
        Draws the random directions.

    Returns
    -------
    float
        The largest distance found (p-th root taken), in the units of the points.

    Raises
    ------
    ValueError
        If a value is not finite, a sample is empty, columns differ, or masses are negative or unequal in total.

    References
    ----------
    .. [1] Deshpande et al. (2019), CVPR, 10648-10656.
    .. [2] Niles-Weed and Rigollet (2022), Bernoulli 28:2663-2688 (rates free of the dimension).

    Examples
    --------
    >>> x = np.array([[0.0, 0.0], [1.0, 0.0]])
    >>> round(max_sliced(x, x + [3.0, 4.0], rng=np.random.default_rng(1)), 9)
    5.0
    """
    first, second, order = as_points(x, "x"), as_points(y, "y"), as_order(order)
    projections = _Projections(first, second, order, x_weights, y_weights)
    n_starts, dim = check_count(n_starts, "n_starts"), first.shape[1]
    starts = np.concatenate([projections.moments(), np.eye(dim), _directions(8 * n_starts, dim, rng)])
    costs = projections.costs(starts)
    best = np.argsort(-costs, kind="stable")[:n_starts]
    return projections.distance(max(projections.ascend(starts[k], float(costs[k])) for k in best))


class _Projections:
    """Two weighted samples in units of their spread, and the costs of their projections."""

    def __init__(self, x: FloatArray, y: FloatArray, order: int, x_weights: ArrayLike | None,
                 y_weights: ArrayLike | None) -> None:
        y = as_points(y, "y", dim=x.shape[1])
        self.masses: Masses = as_masses(x_weights, y_weights, len(x), len(y))
        self.order = order
        self._exponent = unit_exponent(x, y)
        x, y = np.ldexp(x, -self._exponent), np.ldexp(y, -self._exponent)
        centre = x[0]  # projections of a far-away cloud lose digits
        self.x, self.y = x - centre, y - centre

    def distance(self, cost: float) -> float:
        """The p-th root, in the units of the points."""
        return math.ldexp(root(cost, self.order), self._exponent)

    def costs(self, directions: FloatArray) -> FloatArray:
        """Cost of the projections on each direction, shape ``(k,)``."""
        step = max(1, _ENTRIES // (len(self.x) + len(self.y)))
        return np.concatenate([self._some_costs(directions[k : k + step]) for k in range(0, len(directions), step)])

    def _some_costs(self, directions: FloatArray) -> FloatArray:
        x, y, masses = self.x @ directions.T, self.y @ directions.T, self.masses
        if not (_are_equal(masses.x_units) and _are_equal(masses.y_units)):
            return np.array([self._cost(*pair) for pair in zip(x.T, y.T, strict=True)])
        x, y = np.sort(x, axis=0), np.sort(y, axis=0)
        sources, targets, units = coupling(x[:, 0], y[:, 0], masses)
        kept = units > 0  # the same ranks are coupled in every direction
        return (units[kept] / masses.total) @ np.abs(x[sources[kept]] - y[targets[kept]]) ** self.order

    def _cost(self, x: FloatArray, y: FloatArray) -> float:
        sources, targets, units = coupling(x, y, self.masses)
        return float(units @ np.abs(x[sources] - y[targets]) ** self.order) / self.masses.total

    def moments(self) -> FloatArray:
        """Unit vectors along the difference of the means and the principal axes of that of the covariances."""
        shift = self.masses.x @ self.x - self.masses.y @ self.y
        spreads = [(points - w @ points) * np.sqrt(w)[:, None]
                   for points, w in ((self.x, self.masses.x), (self.y, self.masses.y))]
        axes = np.linalg.eigh(spreads[0].T @ spreads[0] - spreads[1].T @ spreads[1])[1].T
        length = float(np.linalg.norm(shift))
        return np.concatenate([(shift / length)[None], axes]) if length > 0 else axes

    def ascend(self, direction: FloatArray, cost: float) -> float:
        """Best cost found along great circles in the direction of the gradient, their steps halved until they gain."""
        angle = 0.5
        for _ in range(_STEPS):
            gradient = self._gradient(direction)
            gradient -= (gradient @ direction) * direction
            length = float(np.linalg.norm(gradient))
            if length == 0:
                break
            gradient /= length
            before = cost
            while angle >= _SMALLEST_STEP:
                tried = math.cos(angle) * direction + math.sin(angle) * gradient
                tried /= np.linalg.norm(tried)
                value = float(self.costs(tried[None])[0])
                if value > cost:
                    direction, cost, angle = tried, value, min(0.5, 2 * angle)
                    break
                angle /= 2
            if cost - before <= _GAIN * cost:
                break
        return cost

    def _gradient(self, direction: FloatArray) -> FloatArray:
        """Of the cost of the plan that is optimal along a direction."""
        x, y = self.x @ direction, self.y @ direction
        sources, targets, units = coupling(x, y, self.masses)
        steps = x[sources] - y[targets]
        slopes = units / self.masses.total * (np.sign(steps) if self.order == 1 else 2 * steps)
        return (np.bincount(sources, slopes, len(x)) @ self.x) - (np.bincount(targets, slopes, len(y)) @ self.y)


def _are_equal(units: IntArray) -> bool:
    return bool(np.all(units == units[0]))


def _directions(count: int, dim: int, rng: np.random.Generator) -> FloatArray:
    """Uniform on the unit sphere, shape ``(count, dim)``."""
    if dim == 1:
        return np.ones((count, 1))
    normals = rng.standard_normal((count, dim))
    return normals / np.linalg.norm(normals, axis=1, keepdims=True)
