"""Expected W1 of a sample by smoothing test functions with the heat flow (docs/theory.md, B2)."""

from __future__ import annotations

import math
from typing import Literal

import scipy

from lsdm_stats.arrays import check_count
from lsdm_stats.bounds.empirical.rate import PROVED, Rate, terms_of
from lsdm_stats.bounds.theorem import BoundValue, Theorem
from lsdm_stats.manifolds import LawOnSpace, ModelSpace, ProductSpace

SpaceMetric = Literal["geodesic", "sum"]
"""Geodesic distances, or sums over the factors of a product."""

_SPACE = "a box, a flat torus, a round sphere or a product of these, with its geodesic distance or a smaller one"
_POINTS = {"uniform": "n independent points of the uniform law of the space", "any": "n independent points of any law"}
_STATEMENT = {"uniform": "E W1(P_n, P) <= inf over t of a(t) + sqrt(S(t) / n)",
              "any": "E W1(P_n, P) <= inf over t of 2 a(t) + sqrt(S(t) / n)"}
_SUM_STATEMENT = {"uniform": "E W1(P_n, P) <= inf over t of sum of a_i(t) + sqrt(B S(t) / n)",
                  "any": "E W1(P_n, P) <= inf over t of 2 sum of a_i(t) + sqrt(B S(t) / n)"}
_STEP = 2.0
_SETTLED = 1e-9


class SpectralRate(Rate):
    r"""Expected W1 of n points on a model space: the sharpest rate here.

    :math:`\inf_t\{\kappa\,a(t)+\sqrt{S(t)/n}\}` with the mean distance :math:`a(t)` that Brownian motion gets away
    from its start, the sum :math:`S(t)` of :math:`e^{-2\lambda t}/\lambda` over the spectrum, and :math:`\kappa=1` for
    the uniform law of the whole space, otherwise 2. In the sum metric of B factors their :math:`a_i(t)` add up and S
    is multiplied by B.

    Parameters
    ----------
    law : {"uniform", "any"}
        Whether the points are uniform on all of the space.
    metric : {"geodesic", "sum"}
        The distance of the space (or a smaller one, such as the chord), or the sum of the distances in the factors of a
        product.

    References
    ----------
    docs/theory.md, B2, with proofs; the idea is that of Bobkov and Ledoux (2021), arXiv 1909.06193.

    Examples
    --------
    >>> from lsdm_stats.manifolds import Box
    >>> cube = Box(sides=(1.0, 1.0, 1.0))
    >>> [round(float(SpectralRate(law=law).evaluate(cube, 1000).total), 4) for law in ("uniform", "any")]
    [0.0852, 0.1943]
    """

    law: LawOnSpace = "uniform"
    metric: SpaceMetric = "geodesic"

    @property
    def theorem(self) -> Theorem:
        """Words."""
        if self.metric == "sum":
            return Theorem("B2.sum", f"spectral bound, {self.law} law, sum metric", _SUM_STATEMENT[self.law],
                           (_POINTS[self.law], f"a product of B factors, each {_SPACE}, with the sum of distances"),
                           PROVED, ())
        return Theorem(f"B2.{self.law}", f"spectral bound, {self.law} law", _STATEMENT[self.law],
                       (_POINTS[self.law], _SPACE), PROVED, ())

    @property
    def summands(self) -> tuple[str, ...]:
        """What smoothing costs, and how far smooth averages fluctuate."""
        return ("smoothing", "fluctuation")

    def evaluate(self, space: ModelSpace, n: int, m: int | None = None) -> BoundValue:
        """The value for n points; with `m`, for the distance of n points to m other points of the same law.

        Parameters
        ----------
        space : ModelSpace
            What the law lives on; for the sum metric a product whose factors are the blocks.
        n : int
            Number of points.
        m : int, optional
            Number of points of a second, independent sample that takes the place of the law (docs/theory.md, B2.two).

        Raises
        ------
        ValueError
            If the space has no known spectrum, the sum metric is asked for and it is no product, or a number of points
            is not positive.
        """
        if not isinstance(space, ModelSpace):  # pyright: ignore[reportUnnecessaryIsInstance]
            raise ValueError(f"{self.label} must be given a Box, FlatTorus, Sphere or ProductSpace; got {space!r}; "
                             "map such a space onto it")
        share = 1 / check_count(n, "n")
        doubled = self.law == "any"
        if m is not None:
            share, doubled = share + 1 / check_count(m, "m"), True
        return _Smoothing(self, self._blocks(space), space, share, 2.0 if doubled else 1.0).least()

    def _blocks(self, space: ModelSpace) -> tuple[ModelSpace, ...]:
        if self.metric == "geodesic":
            return (space,)
        if not isinstance(space, ProductSpace):
            raise ValueError(f"{self.label} must be given a ProductSpace, whose factors are the blocks; got {space!r}; "
                             "list the blocks")
        return space.factors


class _Smoothing:
    """Both terms as functions of the time t."""

    def __init__(self, rate: SpectralRate, blocks: tuple[ModelSpace, ...], space: ModelSpace, share: float,
                 factor: float) -> None:
        self.law: LawOnSpace = rate.law
        self.blocks, self.space, self.factor = blocks, space, factor
        self.share = share * len(blocks)

    def smoothing(self, time: float) -> float:
        return self.factor * sum(block.displacement(time) for block in self.blocks)

    def fluctuation(self, time: float) -> float:
        return math.sqrt(self.share * self.space.spectral_sum(time, self.law))

    def total(self, time: float) -> float:
        return self.smoothing(time) + self.fluctuation(time)

    def _total_at(self, log_time: float) -> float:
        return self.total(math.exp(log_time))

    def least(self) -> BoundValue:
        """Least of both terms' sum: downwards from the squared diameter until the second alone is above the least."""
        times, totals = [self.space.diameter**2], [self.total(self.space.diameter**2)]
        at_zero = self.total(0.0)
        while self.fluctuation(times[-1]) < min(at_zero, *totals) * (1 - _SETTLED):
            times.append(times[-1] / _STEP)
            totals.append(self.total(times[-1]))
        best = min(range(len(times)), key=totals.__getitem__)
        ends = math.log(times[min(best + 1, len(times) - 1)]), math.log(times[max(best - 1, 0)])
        options = {"xatol": 1e-6}
        refined = scipy.optimize.minimize_scalar(self._total_at, bounds=ends, method="bounded", options=options)
        time = min((0.0, times[best], math.exp(refined.x)), key=self.total)
        return terms_of(smoothing=self.smoothing(time), fluctuation=self.fluctuation(time))
