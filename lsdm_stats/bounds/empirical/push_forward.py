"""Expected W1 of a sample of a population, from the space that the population is a Lipschitz image of (B2.image)."""

from __future__ import annotations

from lsdm_stats.arrays import check_count
from lsdm_stats.bounds.empirical.rate import PROVED, Rate, scaled
from lsdm_stats.bounds.empirical.spectral import SpectralRate
from lsdm_stats.bounds.theorem import BoundValue, Theorem
from lsdm_stats.manifolds import Box, Sphere
from lsdm_stats.populations import Metric, Population

_THEOREM = Theorem(
    "B2.image", "push-forward of the spectral bound",
    "E W1(P_n, P) <= Lip(T) * inf over t of a(t) + sqrt(S(t) / n), of the space that T maps",
    ("n independent points of the image, under a map T, of the uniform law on a box or a sphere",), PROVED, ())


class PushForwardRate(Rate):
    """Expected W1 of n points (x, y) of a population that is a Lipschitz image of a uniform law.

    Of the box with the population's `source_sides`, or of its `sphere_source`, whichever gives less.

    Parameters
    ----------
    metric : {"sum", "euclidean"}
        Ground metric of the joint space.

    References
    ----------
    docs/theory.md, B2.image, with proof; the sides and factors are in section F.

    Examples
    --------
    >>> from lsdm_stats.populations import Circle, Latitude
    >>> round(float(PushForwardRate().evaluate(Circle(width=0.3), 100).total), 3)
    0.594
    >>> round(float(PushForwardRate(metric="euclidean").evaluate(Latitude(), 100).total), 3)
    0.416
    """

    metric: Metric = "sum"

    @property
    def theorem(self) -> Theorem:
        """Words."""
        return _THEOREM

    @property
    def summands(self) -> tuple[str, ...]:
        """Those of the spectral bound."""
        return SpectralRate().summands

    def evaluate(self, space: Population, n: int) -> BoundValue:
        """The value for n points of the joint law of a population.

        Parameters
        ----------
        space : Population
            Without noise, and with a source box or a source sphere.
        n : int
            Number of points.

        Raises
        ------
        ValueError
            If it is no population or has no such source, or n is not positive.
        """
        check_count(n, "n")
        if not isinstance(space, Population):  # pyright: ignore[reportUnnecessaryIsInstance]
            raise ValueError(f"{self.label} must be given a population; got {space!r}; take SpectralRate for spaces")
        sides, sphere = space.source_sides(self.metric), space.sphere_source(self.metric)
        uniform = SpectralRate(law="uniform")
        found = [] if sides is None else [uniform.evaluate(Box(sides=sides), n)]
        if sphere is not None:
            found.append(scaled(uniform.evaluate(Sphere(dim=sphere.dim), n), sphere.factor))
        if not found:
            raise ValueError(f"{self.label} must be given a population that is the image of a box or a sphere; "
                             f"{type(space).__name__} with {space.noise!r} has no such source; "
                             "take SpectralRate on its support, or leave its noise out")
        return min(found, key=lambda value: float(value.total))
