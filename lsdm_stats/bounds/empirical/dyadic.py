"""Expected W1 of a sample in a box by cutting it again and again (docs/theory.md, B1)."""

from __future__ import annotations

import math

import numpy as np

from lsdm_stats.arrays import check_count
from lsdm_stats.bounds.empirical.rate import PROVED, Rate, terms_of
from lsdm_stats.bounds.theorem import BoundValue, Theorem
from lsdm_stats.manifolds import Box, FlatTorus

_THEOREM = Theorem(
    "B1", "dyadic chaining",
    "E W1(P_n, P) <= |l b^-J| + sum over j <= J of (b - 1) / 2 |l_j| min(2, sqrt((K_j - 1) / n))",
    ("n independent points of any law on a box or a flat torus",), PROVED, ())
_PARTS = (2, 3, 4, 5)


class DyadicRate(Rate):
    """Expected W1 of n points of any law on a box, by chaining over cells that are cut into b parts per side.

    The least over b from 2 to 5 and the number of levels. Shorter sides are cut later, when the longest are about as
    short. A flat torus is the image of a box under a map that is 1-Lipschitz.

    References
    ----------
    docs/theory.md, B1, with proof.

    Examples
    --------
    >>> from lsdm_stats.manifolds import Box
    >>> round(float(DyadicRate().evaluate(Box(sides=(1.0, 1.0, 1.0)), 1000).total), 3)
    0.384
    """

    @property
    def theorem(self) -> Theorem:
        """Words."""
        return _THEOREM

    @property
    def summands(self) -> tuple[str, ...]:
        """What the finest cells leave, and what their masses miss."""
        return ("resolution", "fluctuation")

    def evaluate(self, space: Box | FlatTorus, n: int) -> BoundValue:
        """The value for n points of a law on a box or a flat torus.

        Parameters
        ----------
        space : Box or FlatTorus
            What the law lives on.
        n : int
            Number of points.

        Raises
        ------
        ValueError
            If the space is of another kind, or n is not positive.
        """
        check_count(n, "n")
        if isinstance(space, Box):
            sides = space.sides
        elif isinstance(space, FlatTorus):  # pyright: ignore[reportUnnecessaryIsInstance]
            sides = space.lengths
        else:
            raise ValueError(f"{self.label} must be given a Box or a FlatTorus; got {space!r}; "
                             "take another rate for other spaces")
        resolution, fluctuation = min((_least(sides, n, parts) for parts in _PARTS), key=sum)
        return terms_of(resolution=resolution, fluctuation=fluctuation)


def _least(sides: tuple[float, ...], n: int, parts: int) -> tuple[float, float]:
    """Both terms for the best number of levels; no level helps after the first with 4 n cells and all sides cut."""
    lengths = np.array(sides)
    delays = np.round(np.log(lengths.max() / lengths) / math.log(parts))
    cells, level, fluctuation = 1.0, 0, 0.0
    best = (float(np.linalg.norm(lengths)), 0.0)
    while cells - 1 < 4 * n or level <= delays.max():
        level += 1
        cut = delays < level
        cells *= float(parts) ** int(cut.sum())
        lengths = np.where(cut, lengths / parts, lengths)
        step = (parts - 1) / 2 * float(np.linalg.norm(lengths[cut]))
        fluctuation += step * min(2.0, math.sqrt((cells - 1) / n))
        best = min(best, (float(np.linalg.norm(lengths)), fluctuation), key=sum)
    return best
