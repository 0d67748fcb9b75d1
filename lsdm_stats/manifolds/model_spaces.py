"""Spaces with known spectra that carry or dominate laws: boxes, flat tori, spheres, products (docs/theory.md, B2)."""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from dataclasses import dataclass
from functools import lru_cache
from itertools import accumulate
from typing import Annotated, Any, Literal, cast, final, get_args

import numpy as np
from annotated_types import Ge, Gt, MinLen
from numpy.typing import ArrayLike

from lsdm_stats.arrays import FloatArray
from lsdm_stats.manifolds.heat import LaterTimes, half_theta, sphere_excess
from lsdm_stats.manifolds.sphere import ball_volume, sphere_area
from lsdm_stats.spec import Spec

LawOnSpace = Literal["uniform", "any"]
"""Which law lives on a model space: the uniform one on all of it, or any."""

_EARLY = 1e-24
_Length = Annotated[float, Gt(0)]
_Lengths = Annotated[tuple[_Length, ...], MinLen(1)]


@dataclass(frozen=True)
class BallMass:
    """No ball of radius s around a point of the space has mass above ``constant * s ** dim`` (docs/theory.md, B5).

    Parameters
    ----------
    dim : int
        The exponent d.
    constant : float
        The factor A, in units of length to the power -d.

    Examples
    --------
    >>> from lsdm_stats import Circle
    >>> mass = Circle(width=0.3).small_ball
    >>> mass.dim, round(mass.constant, 6)
    (1, 0.5)
    """

    dim: int
    constant: float


@dataclass(frozen=True)
class CoveringNumbers:
    """At most ``(constant / e) ** dim`` balls of radius e around points of the space cover it (docs/theory.md, B3).

    Parameters
    ----------
    dim : int
        The exponent d.
    constant : float
        The length c.
    largest : float
        The bound holds for radii up to this one, at which one ball is enough.

    Examples
    --------
    >>> from lsdm_stats.manifolds import Box
    >>> covering = Box(sides=(1.0, 1.0)).covering
    >>> covering.dim, round((covering.constant / 0.1) ** covering.dim, 6)
    (2, 200.0)
    """

    dim: int
    constant: float
    largest: float


class ModelSpace(Spec, ABC):
    """What every model space answers; distances are geodesic, in the units of its lengths.

    Examples
    --------
    >>> from lsdm_stats.manifolds import FlatTorus
    >>> space: ModelSpace = FlatTorus(lengths=(1.0, 1.0))
    >>> space.intrinsic_dim, round(space.diameter, 6), round(float(space.heat_trace(1.0)), 6)
    (2, 0.707107, 1.0)
    """

    @property
    @abstractmethod
    def pieces(self) -> tuple[tuple[int, float], ...]:
        """Dimension and diameter of each factor that splits no further."""

    @property
    @abstractmethod
    def volume(self) -> float:
        """Length, area or volume."""

    @property
    @abstractmethod
    def spectral_gap(self) -> float:
        """Smallest positive eigenvalue of minus the Laplacian, with reflection at the boundary of a box."""

    @property
    @abstractmethod
    def mean_square_distance(self) -> float:
        """Mean squared distance of two independent uniform points."""

    @property
    @abstractmethod
    def covering(self) -> CoveringNumbers:
        """A bound on its covering numbers (docs/theory.md, B3)."""

    @property
    @abstractmethod
    def uniform_transport(self) -> float:
        r"""A constant C with :math:`W_1(\nu,U)\le\sqrt{2C\,\mathrm{KL}(\nu\|U)}` for the uniform law U (C1)."""

    @abstractmethod
    def excess_heat_trace(self, time: FloatArray, law: LawOnSpace = "uniform") -> FloatArray:
        r"""The heat trace without its term 1, :math:`\sum_{\lambda>0}m_\lambda e^{-\lambda t}`, at positive times."""

    @property
    @final
    def intrinsic_dim(self) -> int:
        """Its dimension D."""
        return sum(dim for dim, _ in self.pieces)

    @property
    @final
    def diameter(self) -> float:
        """Largest distance of two points."""
        return math.hypot(*(diameter for _, diameter in self.pieces))

    @property
    @final
    def ball_mass(self) -> BallMass:
        """Geodesic balls have at most the volume of flat balls of the same radius (Bishop)."""
        return BallMass(self.intrinsic_dim, ball_volume(self.intrinsic_dim) / self.volume)

    @final
    def transport_constant(self, law: LawOnSpace = "uniform") -> float:
        """A constant of the uniform law, or of any law, a quarter of the squared diameter (docs/theory.md, C1)."""
        known = self.diameter**2 / 4
        return known if _check_law(law) == "any" else min(known, self.uniform_transport)

    @final
    def heat_trace(self, time: ArrayLike, law: LawOnSpace = "uniform") -> FloatArray:
        r"""The sum of :math:`e^{-\lambda t}` over the spectrum, to about 14 digits at every time.

        Parameters
        ----------
        time : array_like
            Positive times, in the units of the lengths squared; the process has the generator :math:`\Delta`.
        law : {"uniform", "any"}
            What is counted on a box: wave numbers in :math:`\mathbb N_0^D`, which is the heat trace proper, or in
            :math:`\mathbb Z^D`, which bounds the heat kernel on the diagonal. Elsewhere the two are equal.

        Raises
        ------
        ValueError
            If a time is not positive, or the law is another word.
        """
        times = np.asarray(time, dtype=np.float64)
        _check_law(law)
        if not np.all(times > 0):
            raise ValueError(f"time must be positive; got {times.min():g}; heat traces diverge at 0")
        return 1 + self.excess_heat_trace(times, law)

    @final
    def spectral_sum(self, time: float, law: LawOnSpace = "uniform") -> float:
        r"""S(t), the sum of :math:`m_\lambda e^{-2\lambda t}/\lambda` over positive eigenvalues (docs/theory.md, B2).

        Parameters
        ----------
        time : float
            The time t from 0; the sum is infinite at 0 unless the dimension is 1.
        law : {"uniform", "any"}
            What is counted on a box; see `heat_trace`.

        Raises
        ------
        ValueError
            If the time is negative, or the law is another word.

        Examples
        --------
        >>> circle, interval = FlatTorus(lengths=(1.0,)), Box(sides=(1.0,))
        >>> round(12 * circle.spectral_sum(0.0), 12), round(3 * interval.spectral_sum(0.0, "any"), 12)
        (1.0, 1.0)
        """
        if not time >= 0:
            raise ValueError(f"time must not be negative; got {time!r}; take 0 or more")
        later = _later_times(cast("Any", self), _check_law(law))
        if time > 0:
            return later(2 * time)
        if self.intrinsic_dim > 1:
            return math.inf
        start = _EARLY / self.spectral_gap  # before it the heat trace falls like the root of time
        return later(start) + 2 * start * float(self.excess_heat_trace(np.array([start]), law)[0])

    @final
    def displacement(self, time: float) -> float:
        r"""A bound on the mean distance of Brownian motion from its start, wherever that is (docs/theory.md, B2).

        The least of :math:`\sqrt{2t}\,\mathrm E\chi_{D'}` plus the diameter of what is left out, where D' is the
        dimension of all pieces but the smallest ones, of which any number may be left out. On spheres motion is not
        faster than in flat space.

        Parameters
        ----------
        time : float
            The time t from 0, for the generator :math:`\Delta`.

        Raises
        ------
        ValueError
            If the time is negative.

        Examples
        --------
        >>> round(Sphere(dim=2).displacement(0.01) ** 2 / (math.pi * 0.01), 12)
        1.0
        >>> Sphere(dim=2).displacement(100.0) == math.pi  # never beyond the diameter
        True
        """
        if not time >= 0:
            raise ValueError(f"time must not be negative; got {time!r}; take 0 or more")
        pieces = sorted(self.pieces, key=lambda piece: piece[1])
        left = accumulate((dim for dim, _ in pieces), lambda dims, dim: dims - dim, initial=self.intrinsic_dim)
        frozen = accumulate((diameter for _, diameter in pieces), math.hypot, initial=0.0)
        spread = math.sqrt(2 * time)
        return min(spread * mean_chi(dim) + diameter for dim, diameter in zip(left, frozen, strict=True))


class Box(ModelSpace):
    r"""The box :math:`\prod_i[0,\ell_i]` with the Euclidean distance.

    Parameters
    ----------
    sides : tuple of float
        The lengths of its sides.

    Examples
    --------
    >>> cube = Box(sides=(1.0, 1.0, 1.0))
    >>> cube.intrinsic_dim, round(cube.diameter, 6), round(cube.spectral_gap / math.pi**2, 12)
    (3, 1.732051, 1.0)
    """

    sides: _Lengths

    @property
    def pieces(self) -> tuple[tuple[int, float], ...]:
        """Its sides."""
        return tuple((1, side) for side in self.sides)

    @property
    def volume(self) -> float:
        """Product of the sides."""
        return math.prod(self.sides)

    @property
    def spectral_gap(self) -> float:
        """Of its longest side."""
        return (math.pi / max(self.sides)) ** 2

    @property
    def mean_square_distance(self) -> float:
        """A sixth of the squared diagonal."""
        return sum(side**2 for side in self.sides) / 6

    @property
    def covering(self) -> CoveringNumbers:
        """By cells of equal sides."""
        return _covering_by_cells(self.sides)

    @property
    def uniform_transport(self) -> float:
        """The squared longest side over 2 pi."""
        return max(self.sides) ** 2 / (2 * math.pi)

    def excess_heat_trace(self, time: FloatArray, law: LawOnSpace = "uniform") -> FloatArray:
        """Product of the sides' theta functions, less 1."""
        waves = 1 if law == "uniform" else 2
        return _joined([waves * half_theta(math.pi * time / side**2) for side in self.sides])


class FlatTorus(ModelSpace):
    r"""The flat torus :math:`\prod_i\mathbb R/\ell_i\mathbb Z`: a product of circles with their arc lengths.

    Parameters
    ----------
    lengths : tuple of float
        The circumferences.

    Examples
    --------
    >>> FlatTorus(lengths=(1.0, 2.0)).diameter == math.hypot(0.5, 1.0)
    True
    """

    lengths: _Lengths

    @property
    def pieces(self) -> tuple[tuple[int, float], ...]:
        """Its circles."""
        return tuple((1, length / 2) for length in self.lengths)

    @property
    def volume(self) -> float:
        """Product of the circumferences."""
        return math.prod(self.lengths)

    @property
    def spectral_gap(self) -> float:
        """Of its longest circle."""
        return (2 * math.pi / max(self.lengths)) ** 2

    @property
    def mean_square_distance(self) -> float:
        """A twelfth of the sum of squared circumferences."""
        return sum(length**2 for length in self.lengths) / 12

    @property
    def covering(self) -> CoveringNumbers:
        """By cells of equal sides, as for a box."""
        return _covering_by_cells(self.lengths)

    @property
    def uniform_transport(self) -> float:
        """The squared longest circumference over 4 pi squared, that of the circle (docs/theory.md, F)."""
        return (max(self.lengths) / (2 * math.pi)) ** 2

    def excess_heat_trace(self, time: FloatArray, law: LawOnSpace = "uniform") -> FloatArray:
        """Product of the circles' theta functions, less 1; the same for every law."""
        return _joined([2 * half_theta(4 * math.pi * time / length**2) for length in self.lengths])


class Sphere(ModelSpace):
    """The round sphere with its geodesic distance, which is at least the chord.

    Parameters
    ----------
    dim : int
        Its dimension: 2 for the surface of a ball.
    radius : float
        Its radius.

    Examples
    --------
    >>> Sphere(dim=2).spectral_gap, Sphere(dim=2, radius=2.0).diameter == 2 * math.pi
    (2.0, True)
    """

    dim: Annotated[int, Ge(1)]
    radius: _Length = 1.0

    @property
    def pieces(self) -> tuple[tuple[int, float], ...]:
        """Itself."""
        return ((self.dim, math.pi * self.radius),)

    @property
    def volume(self) -> float:
        """Its area."""
        return sphere_area(self.dim) * self.radius**self.dim

    @property
    def spectral_gap(self) -> float:
        """Of the linear functions."""
        return self.dim / self.radius**2

    @property
    def mean_square_distance(self) -> float:
        """Mean squared angle, by quadrature."""
        nodes, weights = np.polynomial.legendre.leggauss(100 + self.dim)
        angle = math.pi / 2 * (1 + nodes)
        density = weights * np.sin(angle) ** (self.dim - 1)
        return self.radius**2 * float(density @ angle**2 / density.sum())

    @property
    def covering(self) -> CoveringNumbers:
        """By a maximal separated set (docs/theory.md, B3)."""
        return CoveringNumbers(self.dim, 2 ** (1 / self.dim) * math.pi * self.radius, math.pi * self.radius)

    @property
    def uniform_transport(self) -> float:
        """Squared radius over dimension: the logarithmic Sobolev constant of the sphere (docs/theory.md, F)."""
        return self.radius**2 / self.dim

    def excess_heat_trace(self, time: FloatArray, law: LawOnSpace = "uniform") -> FloatArray:
        """The sum over degrees of harmonics from 1; the same for every law."""
        return sphere_excess(self.dim, time / self.radius**2)


class ProductSpace(ModelSpace):
    """A product of model spaces; its distance is the root of the sum of the factors' squared distances.

    Bounds with the *sum* metric add the distances in the factors instead: the factors are its blocks.

    Parameters
    ----------
    factors : tuple of ModelSpace
        The factors, boxes, tori, spheres or products.

    Examples
    --------
    >>> cylinder = ProductSpace(factors=(Box(sides=(1.0,)), FlatTorus(lengths=(1.0,))))
    >>> cylinder.intrinsic_dim, cylinder.volume
    (2, 1.0)
    """

    factors: Annotated[tuple[ModelSpace, ...], MinLen(1)]

    @property
    def pieces(self) -> tuple[tuple[int, float], ...]:
        """The pieces of its factors."""
        return tuple(piece for factor in self.factors for piece in factor.pieces)

    @property
    def volume(self) -> float:
        """Product of the factors' volumes."""
        return math.prod(factor.volume for factor in self.factors)

    @property
    def spectral_gap(self) -> float:
        """The smallest of the factors."""
        return min(factor.spectral_gap for factor in self.factors)

    @property
    def mean_square_distance(self) -> float:
        """Sum over the factors."""
        return sum(factor.mean_square_distance for factor in self.factors)

    @property
    def covering(self) -> CoveringNumbers:
        """By products of balls with radii in proportion to the roots of the factors' dimensions."""
        dim = self.intrinsic_dim
        scaled = [(math.sqrt(dim / cover.dim), cover) for cover in (factor.covering for factor in self.factors)]
        return CoveringNumbers(dim, max(scale * cover.constant for scale, cover in scaled),
                               max(scale * cover.largest for scale, cover in scaled))

    @property
    def uniform_transport(self) -> float:
        """The largest of the factors, by quadratic transport inequalities (docs/theory.md, F)."""
        return max(factor.uniform_transport for factor in self.factors)

    def excess_heat_trace(self, time: FloatArray, law: LawOnSpace = "uniform") -> FloatArray:
        """Product of the factors' heat traces, less 1."""
        return _joined([factor.excess_heat_trace(time, law) for factor in self.factors])


def mean_chi(dim: int) -> float:
    """Mean length of a standard normal vector.

    Examples
    --------
    >>> round(mean_chi(1) ** 2 * math.pi, 12), mean_chi(0)
    (2.0, 0.0)
    """
    return math.sqrt(2) * math.exp(math.lgamma((dim + 1) / 2) - math.lgamma(dim / 2)) if dim else 0.0


def _check_law(law: LawOnSpace) -> LawOnSpace:
    if law not in get_args(LawOnSpace):
        raise ValueError(f"law must be 'uniform' or 'any'; got {law!r}; choose one of them")
    return law


def _joined(excesses: list[FloatArray]) -> FloatArray:
    """A product of heat traces less 1 from the factors' traces less 1."""
    return np.expm1(sum((np.log1p(excess) for excess in excesses), np.zeros(())))


def _covering_by_cells(sides: tuple[float, ...]) -> CoveringNumbers:
    constant = math.sqrt(len(sides)) * max(sides)
    return CoveringNumbers(len(sides), constant, constant / 2)


@lru_cache(maxsize=256)
def _later_times(space: ModelSpace, law: LawOnSpace) -> LaterTimes:
    return LaterTimes(lambda times: space.excess_heat_trace(times, law), space.spectral_gap)
