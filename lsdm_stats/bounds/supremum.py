"""From the residuals of a sample, or their mean, to the largest residual on the manifold (docs/theory.md, A6)."""

from __future__ import annotations

from typing import Annotated, Self

import numpy as np
import scipy
from annotated_types import Ge, Gt
from pydantic import model_validator

from lsdm_stats.arrays import FloatArray, check_count
from lsdm_stats.bounds.empirical.rate import PROVED, terms_of
from lsdm_stats.bounds.theorem import Bound, BoundValue, Statement, Term, Theorem

_RESIDUAL = "r(y) = |y - D(E(y))| is Lipschitz on M with the constant Lip(r), at most 1 + L_D L_E"

_SAMPLE = Theorem(
    "A6.sample", "largest residual on M, from a sample",
    "sup of r over M <= max r(Y_j) + Lip(r) * sup over M of the distance to the nearest Y_j",
    (_RESIDUAL, "the Y_j lie on M"), PROVED,
    (Term("sample", ("training.reconstruction.max",), np.asarray),
     Term("spacing", ("residual_lipschitz", "covering_radius"), np.multiply)))


class SampleSupremum(Bound):
    """The largest residual on the manifold is at most the largest in a sample plus what lies between its points.

    The numbers: ``training.reconstruction.max``, the largest residual of the sample; ``residual_lipschitz``;
    ``covering_radius``, the largest distance of a point of the manifold to the sample. With the mean of the last (for
    arcs `CircleSpacing`) and a residual that does not depend on the sample, it holds in mean.

    References
    ----------
    docs/theory.md, A6.sample, with proof.

    Examples
    --------
    >>> numbers = {"training.reconstruction.max": 0.5, "residual_lipschitz": 2.0, "covering_radius": 0.25}
    >>> float(SampleSupremum().evaluate(numbers).total)
    1.0
    """

    @property
    def theorem(self) -> Theorem:
        """Words and right-hand side."""
        return _SAMPLE


class MeanSupremum(Bound):
    r"""The largest residual on the manifold is small if its mean R is.

    For a law with :math:`P(B(y,\rho))\ge a\rho^d` for all y of the manifold and :math:`\rho\le\rho_0`, and a residual
    with the Lipschitz constant L: at most :math:`((d+1)L^dR/a)^{1/(d+1)}` as long as this is at most :math:`L\rho_0`,
    and :math:`\frac{d}{d+1}L\rho_0+R/(a\rho_0^d)` beyond.

    Parameters
    ----------
    dim : int
        d, the dimension of the manifold.
    ball_mass : float
        a, the least mass of a ball of radius 1 if small balls are scaled up.
    ball_radius : float
        ρ0, up to which radius this is so.

    Raises
    ------
    ValueError
        If a ball would have a mass above 1.

    References
    ----------
    docs/theory.md, A6.mean, with proof.

    Examples
    --------
    The uniform law on a segment of length 2, where a ball around an end has the mass ρ / 2:

    >>> bound = MeanSupremum(dim=1, ball_mass=0.5, ball_radius=2.0)
    >>> float(bound.evaluate({"residual_lipschitz": 1.0, "reconstruction": 0.01}).total.round(12))
    0.2
    """

    dim: Annotated[int, Ge(1)]
    ball_mass: Annotated[float, Gt(0)]
    ball_radius: Annotated[float, Gt(0)]

    @model_validator(mode="after")
    def _at_most_one(self) -> Self:
        if self._least_mass > 1 + 1e-12:
            raise ValueError(f"ball_mass * ball_radius**dim must be at most 1, a mass; got {self._least_mass:g}; "
                             "lower ball_radius")
        return self

    @property
    def theorem(self) -> Theorem:
        """Words and right-hand side."""
        return Theorem(
            "A6.mean", "largest residual on M, from its mean",
            "sup of r over M <= ((d + 1) L^d R / a)^(1 / (d + 1)), or d L rho0 / (d + 1) + R / (a rho0^d) if that is "
            "above L rho0",
            (_RESIDUAL, "P(ball of radius rho around y) >= a rho^d for y in M and rho <= rho0"), PROVED,
            (Term("supremum", ("residual_lipschitz", "reconstruction"), self._supremum),))

    @property
    def _least_mass(self) -> float:
        return self.ball_mass * self.ball_radius**self.dim

    def _supremum(self, lipschitz: FloatArray, mean: FloatArray) -> FloatArray:
        power = self.dim + 1
        reach = lipschitz * self.ball_radius
        within = ((power * mean / self.ball_mass) * lipschitz**self.dim) ** (1 / power)
        beyond = reach * self.dim / power + mean / self._least_mass
        return np.where(power * mean <= self._least_mass * reach, within, beyond)


class CircleSpacing(Statement):
    r"""Mean largest distance of a point of a circle to n uniform points, along the circle: :math:`\pi\rho H_n/n`.

    :math:`H_n=1+\frac12+\dots+\frac1n`. An equality; chords are shorter.

    Parameters
    ----------
    radius : float
        Of the circle.

    References
    ----------
    docs/theory.md, A6.circle, with proof.

    Examples
    --------
    >>> round(float(CircleSpacing().evaluate(50).total), 4)
    0.2827
    """

    radius: Annotated[float, Gt(0)] = 1.0

    @property
    def theorem(self) -> Theorem:
        """Words."""
        return Theorem("A6.circle", "largest gap of points on a circle",
                       "E sup over the circle of the arc to the nearest Y_j <= pi radius H_n / n, with equality",
                       ("n independent uniform points on a circle",), PROVED, ())

    def evaluate(self, n: int) -> BoundValue:
        """The value for n points, in the units of the radius.

        Raises
        ------
        ValueError
            If n is no positive whole number.
        """
        harmonic = float(scipy.special.digamma(check_count(n, "n") + 1)) + np.euler_gamma
        return terms_of(spacing=np.pi * self.radius * harmonic / n)
