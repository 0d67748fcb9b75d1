"""How near a law any n atoms can come at best (docs/theory.md, B5)."""

from __future__ import annotations

from lsdm_stats.arrays import check_count
from lsdm_stats.bounds.empirical.rate import PROVED, Rate, Side, terms_of
from lsdm_stats.bounds.theorem import BoundValue, Theorem
from lsdm_stats.manifolds import BallMass, ModelSpace
from lsdm_stats.populations import Population

_THEOREM = Theorem(
    "B5", "quantisation", "d / (d + 1) * (n A)^(-1/d) <= W1(Q, P)",
    ("P has mass at most A s^d in balls of radius s around points where Q may have atoms",
     "Q is any law with at most n atoms, random or not"), PROVED, ())


class QuantisationRate(Rate):
    """A lower bound of the W1 of a law and any n atoms: a sample, or whatever a memorising generator returns.

    Atoms may lie anywhere for a box, and on the space for a torus, a sphere (where it holds for the chord too, from
    dimension 2) and the manifold of a population.

    References
    ----------
    docs/theory.md, B5, with proof.

    Examples
    --------
    >>> from lsdm_stats.manifolds import Box, Sphere
    >>> round(float(QuantisationRate().evaluate(Box(sides=(1.0, 1.0, 1.0)), 1000).total), 4)
    0.0465
    >>> round(float(QuantisationRate().evaluate(Sphere(dim=2), 100).total), 6)
    0.133333
    """

    @property
    def theorem(self) -> Theorem:
        """Words."""
        return _THEOREM

    @property
    def side(self) -> Side:
        """Below."""
        return "lower"

    @property
    def summands(self) -> tuple[str, ...]:
        """One."""
        return ("distance",)

    def evaluate(self, space: ModelSpace | Population | BallMass, n: int) -> BoundValue:
        """The value for n atoms and the uniform law of a space, or a law with known mass of small balls.

        Parameters
        ----------
        space : ModelSpace, Population or BallMass
            The law: uniform on the space; of the responses of a population; or anything with that mass of small balls,
            such as noise that is uniform in a ball of radius r of R^q, ``BallMass(q, r**-q)``.
        n : int
            Number of atoms.

        Raises
        ------
        ValueError
            If the mass of small balls is not known, or n is not positive.
        """
        check_count(n, "n")
        known = space.ball_mass if isinstance(space, ModelSpace) else space
        known = known.small_ball if isinstance(known, Population) else known
        if not isinstance(known, BallMass):
            raise ValueError(f"{self.label} must be given a law with known mass of small balls; got {space!r}; "
                             "take a ModelSpace or a population without noise")
        d = known.dim
        return terms_of(distance=d / (d + 1) * (n * known.constant) ** (-1 / d))
