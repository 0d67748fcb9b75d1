"""Expected W1 of a sample from covering numbers alone (docs/theory.md, B3)."""

from __future__ import annotations

import math
from typing import Literal

import numpy as np

from lsdm_stats.arrays import check_count
from lsdm_stats.bounds.empirical.rate import PROVED, Rate, terms_of
from lsdm_stats.bounds.theorem import BoundValue, Theorem
from lsdm_stats.manifolds import CoveringNumbers, ModelSpace
from lsdm_stats.populations import Metric, Population

EntropyForm = Literal["chained", "closed"]
"""Chained numerically, or in closed form (docs/theory.md, B3)."""

_ASSUMPTIONS = ("n independent points of any law on a space with known covering numbers",)
_FORMS: dict[EntropyForm, Theorem] = {
    "chained": Theorem(
        "B3.chained", "metric entropy, chained",
        "E W1(P_n, P) <= 2 e_J + sum over j <= J of e_(j-1) min(2, sqrt((N(e_j) - 1) / n))", _ASSUMPTIONS, PROVED, ()),
    "closed": Theorem(
        "B3.closed", "metric entropy, closed form",
        "E W1(P_n, P) <= C_d c n^(-1/d) for d > 2, and likewise for d = 1 and 2", _ASSUMPTIONS, PROVED, ()),
}
_RATIOS = tuple(2 ** (k / 64) for k in range(8, 257))
_ROUNDING = 1 + 1e-12


class EntropyRate(Rate):
    """Expected W1 of n points of any law on a space with covering numbers N(e) <= (c / e)^d.

    ``closed`` gives simple formulas, such as ``8.50 c n^(-1/3)`` for d = 3. ``chained`` is the least of them and of the
    sums behind them, over the ratio b of successive scales (powers of 2 to the 1/64, up to 16) and their number.

    Parameters
    ----------
    form : {"chained", "closed"}
        Which of them.
    metric : {"sum", "euclidean"}
        Ground metric of the joint space, if the space is a population.

    References
    ----------
    docs/theory.md, B3, with proofs.

    Examples
    --------
    >>> from lsdm_stats.manifolds import Box
    >>> cube = Box(sides=(1.0, 1.0, 1.0))
    >>> [round(float(EntropyRate(form=form).evaluate(cube, 1000).total), 2) for form in ("chained", "closed")]
    [0.96, 1.47]
    """

    form: EntropyForm = "chained"
    metric: Metric = "sum"

    @property
    def theorem(self) -> Theorem:
        """Words."""
        return _FORMS[self.form]

    @property
    def summands(self) -> tuple[str, ...]:
        """What the finest net leaves, and what the masses of its cells miss."""
        return ("resolution", "fluctuation")

    def evaluate(self, space: ModelSpace | Population, n: int) -> BoundValue:
        """The value for n points.

        Parameters
        ----------
        space : ModelSpace or Population
            With known covering numbers; of a population those of its joint support.
        n : int
            Number of points.

        Raises
        ------
        ValueError
            If no covering numbers are known, or n is not positive.
        """
        check_count(n, "n")
        cover: CoveringNumbers | None = None
        if isinstance(space, ModelSpace):
            cover = space.covering
        elif isinstance(space, Population):  # pyright: ignore[reportUnnecessaryIsInstance]
            cover = space.covering(self.metric)
        if cover is None:
            raise ValueError(f"{self.label} must be given a space with known covering numbers; got {space!r}; "
                             "take a ModelSpace or a population with a source box")
        closed = _closed(cover, n)
        resolution, fluctuation = closed if self.form == "closed" else min(closed, _chained(cover, n), key=sum)
        return terms_of(resolution=resolution, fluctuation=fluctuation)


def _closed(cover: CoveringNumbers, n: int) -> tuple[float, float]:
    trivial = 2 * cover.largest
    if cover.dim == 1:
        found = 0.0, 4 * math.sqrt(cover.constant * cover.largest / n)
    elif cover.dim == 2:
        unit = cover.constant / math.sqrt(n)
        found = min(((unit * root, (k - 1) * unit * root) for k in range(1, 64)
                     if (root := (trivial / unit) ** (1 / k)) >= 1), key=sum, default=(trivial, 0.0))
    else:
        d = cover.dim
        total = 2 * d / (d - 2) * 2 ** (-2 / d) * (d / 2) ** (2 / (d - 2)) * cover.constant * n ** (-1 / d)
        found = total * (d - 2) / d, total * 2 / d
    return min(found, (trivial, 0.0), key=sum)


def _chained(cover: CoveringNumbers, n: int) -> tuple[float, float]:
    return min((_of_ratio(cover, n, ratio) for ratio in _RATIOS), key=sum)


def _of_ratio(cover: CoveringNumbers, n: int, ratio: float) -> tuple[float, float]:
    """Both terms for the best number of scales; no scale helps after the first with 4 n balls."""
    levels = math.ceil(math.log(5 * n) / math.log(ratio)) + 1
    scales = cover.largest * ratio ** -np.arange(levels + 1.0)
    balls = np.floor(np.exp(np.minimum(cover.dim * np.log(cover.constant / scales[1:]), 700.0)) * _ROUNDING)
    steps = scales[:-1] * np.minimum(2.0, np.sqrt((balls - 1) / n))
    fluctuations = np.concatenate([[0.0], np.cumsum(steps)])
    best = int(np.argmin(2 * scales + fluctuations))
    return 2 * float(scales[best]), float(fluctuations[best])
