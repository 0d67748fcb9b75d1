"""Expected W1 of a sample in a cube with the published constants of Fournier (docs/theory.md, B4)."""

from __future__ import annotations

import math

from lsdm_stats.arrays import check_count
from lsdm_stats.bounds.empirical.rate import Rate, terms_of
from lsdm_stats.bounds.theorem import BoundValue, Theorem
from lsdm_stats.manifolds import Box

_THEOREM = Theorem(
    "B4", "constants of Fournier (2023)", "E W1(P_n, P) <= sqrt(d) k_d l n^(-1/max(2, d)), with k_2 growing like log n",
    ("n independent points of any law on a cube of side l",),
    "Fournier (2023), arXiv 2209.00923, Theorem 2.1, constants at second hand; derived here from B1 (docs/theory.md)",
    ())


class FournierRate(Rate):
    """Expected W1 of n points of any law on a cube, with the constants that are best known from the literature.

    Never below the dyadic bound B1, from which it follows: here for comparison.

    References
    ----------
    docs/theory.md, B4; Fournier (2023), ESAIM: Probability and Statistics 27, 749-775, Theorem 2.1.

    Examples
    --------
    >>> round(float(FournierRate().evaluate(Box(sides=(1.0, 1.0, 1.0)), 1000).total), 3)
    0.644
    """

    @property
    def theorem(self) -> Theorem:
        """Words."""
        return _THEOREM

    @property
    def summands(self) -> tuple[str, ...]:
        """One."""
        return ("distance",)

    def evaluate(self, space: Box, n: int) -> BoundValue:
        """The value for n points of a law on a cube.

        Parameters
        ----------
        space : Box
            With equal sides.
        n : int
            Number of points.

        Raises
        ------
        ValueError
            If it is no cube, or n is not positive.
        """
        check_count(n, "n")
        if not isinstance(space, Box) or len(set(space.sides)) > 1:  # pyright: ignore[reportUnnecessaryIsInstance]
            raise ValueError(f"{self.label} must be given a Box of equal sides; got {space!r}; take the cube around it")
        dim = len(space.sides)
        return terms_of(distance=space.sides[0] * math.sqrt(dim) * _constant(dim, n) * n ** (-1 / max(2, dim)))


def _constant(dim: int, n: int) -> float:
    if dim == 1:
        return 1 / (math.sqrt(2) - 1)
    if dim == 2:
        return max(math.log2(math.sqrt(n) / 2), 0.0) + 2
    rest = 1 - 2 / dim
    return 2**rest * (1 - 2 ** (-dim / 2)) ** rest / (1 - 2 ** (1 - dim / 2))
