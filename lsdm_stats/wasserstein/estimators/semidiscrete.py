"""Distance between a finite sample and a population that can be sampled at will."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from lsdm_stats.arrays import FloatArray, as_points, check_count, read_only
from lsdm_stats.wasserstein.certified import exact
from lsdm_stats.wasserstein.ground import as_blocks, distances
from lsdm_stats.wasserstein.masses import as_masses

_BATCH = 64  # draws of a step of the ascent
_DRAWS = 16  # of the ascent, in units of n_train
_ENTRIES = 2**22  # distances held at once
_SLACK = 1e-9  # relative excess over the diameter that is taken for rounding


@dataclass(frozen=True, eq=False)
class SemiDiscrete:
    r"""Distance of order 1 between a finite sample and a population, with confidence bounds.

    Parameters
    ----------
    value : float
        The dual value of `potentials` on fresh draws; its mean over drawings is not above the distance.
    lower, upper : float
        Confidence bounds, each at half of the error level.
    level : float
        Coverage of the two bounds together.
    is_certified : bool
        Whether the coverage holds at every number of draws (a diameter was given) or only asymptotically.
    potentials : ndarray of shape (n,)
        Numbers :math:`g_j` at the points of the sample, in their units.
    n_train, n_test : int
        Draws behind `upper`, and behind `value` and `lower`.

    Examples
    --------
    >>> found = semidiscrete([[0.0], [1.0]], lambda k, rng: rng.random((k, 1)), n_train=200, n_test=500,
    ...                      rng=np.random.default_rng(1))
    >>> found.lower < found.value < found.upper, found.is_certified, found.potentials.shape
    (True, False, (2,))
    """

    value: float
    lower: float
    upper: float
    level: float
    is_certified: bool
    potentials: FloatArray
    n_train: int
    n_test: int

    def __post_init__(self) -> None:
        read_only(self.potentials)


def semidiscrete(x: ArrayLike, sampler: Callable[[int, np.random.Generator], ArrayLike], *,
                 x_weights: ArrayLike | None = None, n_train: int, n_test: int, level: float = 0.95,
                 blocks: Sequence[int] | None = None, diameter: float | None = None,
                 rng: np.random.Generator) -> SemiDiscrete:
    r"""Distance of order 1 between a weighted sample and a population from which `sampler` draws.

    The sample itself is not random here. For any numbers g at its points :math:`\sum_ja_jg_j+\mathrm Ef(Y)\le W_1` with
    the 1-Lipschitz function :math:`f(y)=\min_jd(y,x_j)-g_j`; g is fitted on some draws, the mean is taken over others.
    The distance to the empirical law of independent draws is in the mean at least :math:`W_1`, by convexity (as in
    docs/theory.md, C3), which gives `upper`.

    Given the diameter, deviations are those of Hoeffding and McDiarmid. Else they are Student t quantiles times
    standard errors of f(Y), which the central limit theorem justifies on both sides [1]_: the number of atoms is fixed,
    so no rate depends on the dimension.

    Parameters
    ----------
    x : array_like of shape (n, dim)
        Sample, observations as rows.
    sampler : callable
        ``sampler(k, rng)`` returns k independent draws, shape (k, dim). It is called many times for 64 draws.
    x_weights : array_like of shape (n,), optional
        Masses, normalised here; equal by default.
    n_train : int
        Draws of an exact problem, at least 2. Sixteen times as many more improve g by stochastic gradients, and
        another `n_train` decide whether they did.
    n_test : int
        Fresh draws for the dual value, at least 2.
    level : float
        Coverage of the two bounds together, in [0.5, 1).
    blocks : sequence of int, optional
        Columns of the blocks whose Euclidean distances add up to the ground metric; one block by default.
    diameter : float, optional
        A bound on the distance between any two points of the population; makes the bounds certified.
    rng : numpy.random.Generator
        Passed to the sampler.

    Returns
    -------
    SemiDiscrete
        Value, bounds and potentials. Costs memory of about six matrices of shape (n, n_train).

    Raises
    ------
    ValueError
        If a value is not finite, shapes do not agree, or draws are further apart than the diameter.

    References
    ----------
    .. [1] del Barrio, González-Sanz and Loubes (2024), Bernoulli 30:554-580.
    .. [2] Genans et al. (2025), NeurIPS (the averaged stochastic gradients, POT's ``solve_semidiscrete``).

    Examples
    --------
    >>> result = semidiscrete([[0.0], [1.0]], lambda k, rng: rng.random((k, 1)), n_train=500, n_test=2000,
    ...                       diameter=1.0, rng=np.random.default_rng(1))
    >>> result.lower < 0.25 < result.upper, result.is_certified
    (True, True)
    """
    points = as_points(x, "x")
    sizes = as_blocks(blocks, points.shape[1])
    weights = as_masses(x_weights, None, len(points), 1).x
    n_train = check_count(n_train, "n_train", minimum=2)
    n_test = check_count(n_test, "n_test", minimum=2)
    if not 0.5 <= level < 1:
        raise ValueError(f"level must be a coverage in [0.5, 1), such as 0.95; got {level!r}; "
                         "pass one minus the error level")
    if diameter is not None and not (math.isfinite(diameter) and diameter > 0):
        raise ValueError(f"diameter must be positive and finite; got {diameter!r}; leave it out if there is none")
    population = _Population(sampler, points.shape[1], sizes, diameter, rng)
    train = population.draw(n_train)
    transport = exact(train, points, blocks=sizes, y_weights=weights)
    potentials = transport.potentials[1]
    if transport.value > 0:
        other = _ascended(points, weights, potentials, transport.value, population, n_train)
        judge = population.draw(n_train)
        potentials = max((potentials, other), key=lambda g: float(weights @ g + population.f(judge, points, g).mean()))
    heights = population.f(population.draw(n_test), points, potentials)
    value = float(weights @ potentials) + float(heights.mean())
    below, above = _deviations(heights, n_train, (1 - level) / 2, diameter)
    return SemiDiscrete(value=value, lower=max(0.0, value - below), upper=transport.upper + above, level=level,
                        is_certified=diameter is not None, potentials=potentials.copy(), n_train=n_train,
                        n_test=n_test)


class _Population:
    """Checked draws of a sampler."""

    def __init__(self, sampler: Callable[[int, np.random.Generator], ArrayLike], dim: int, blocks: tuple[int, ...],
                 diameter: float | None, rng: np.random.Generator) -> None:
        self._sampler, self._dim, self.blocks, self._diameter, self._rng = sampler, dim, blocks, diameter, rng
        self._first: FloatArray | None = None

    def draw(self, count: int) -> FloatArray:
        """Draws of the right shape, no further from the first one than the diameter."""
        draws = as_points(self._sampler(count, self._rng), "sampler(k, rng)", dim=self._dim)
        if len(draws) != count:
            raise ValueError(f"sampler must return {count} draws when asked for them; got {len(draws)}; "
                             "return shape (k, dim)")
        if self._diameter is not None:
            self._first = draws[:1] if self._first is None else self._first
            furthest = float(distances(draws, self._first, self.blocks).max())
            if furthest > self._diameter * (1 + _SLACK):
                raise ValueError(f"diameter must bound the distance of any two draws; got {self._diameter:g} and draws "
                                 f"{furthest:g} apart; raise it, or leave it out for asymptotic bounds")
        return draws

    def f(self, draws: FloatArray, points: FloatArray, potentials: FloatArray) -> FloatArray:
        """Smallest distance less potential, over the points, at each draw."""
        step = max(1, _ENTRIES // len(points))
        return np.concatenate([
            (distances(draws[k : k + step], points, self.blocks) - potentials).min(axis=1)
            for k in range(0, len(draws), step)
        ])


def _ascended(points: FloatArray, weights: FloatArray, start: FloatArray, scale: float, population: _Population,
              n_train: int) -> FloatArray:
    """Potentials after averaged stochastic gradient steps, in units of `scale`; atoms without mass stay behind."""
    from ot.semidiscrete import solve_semidiscrete

    kept = np.flatnonzero(weights)
    solve: Any = solve_semidiscrete

    def costs(draws: FloatArray, atoms: FloatArray) -> FloatArray:
        return distances(draws, atoms, population.blocks) / scale

    found = solve(
        points[kept],
        population.draw,
        a_target=weights[kept],
        metric=costs,
        max_iter=-(-_DRAWS * n_train // _BATCH),
        batch_size=_BATCH,
        init_potential=start[kept] / scale,
    )
    potentials = start.copy()
    potentials[kept] = np.asarray(found, dtype=np.float64) * scale
    return potentials


def _deviations(heights: FloatArray, n_train: int, error: float, diameter: float | None) -> tuple[float, float]:
    """What to subtract from the dual mean and to add to the distance to `n_train` draws, each at the error given."""
    if diameter is not None:
        width = diameter * math.sqrt(math.log(1 / error) / 2)
        return width / math.sqrt(len(heights)), width / math.sqrt(n_train)
    from scipy.special import stdtrit

    width = float(stdtrit(len(heights) - 1, 1 - error)) * float(heights.std(ddof=1))
    return width / math.sqrt(len(heights)), width / math.sqrt(n_train)
