"""How far distances of samples stray, and what a sampled reference adds to them (docs/theory.md, C1, C2 and C7)."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Annotated, Literal, Self

import numpy as np
from annotated_types import Ge, Gt, Lt
from numpy.typing import ArrayLike
from pydantic import model_validator

from lsdm_stats.arrays import FloatArray
from lsdm_stats.bounds.empirical.rate import PROVED, Rate, scaled, terms_of
from lsdm_stats.bounds.theorem import Bound, BoundValue, Term, Theorem
from lsdm_stats.inference import transport_deviation
from lsdm_stats.manifolds import Box, ModelSpace
from lsdm_stats.wasserstein import cube_mean_radius

ReferenceForm = Literal["above", "below", "fixed"]
"""Which inequality for a reference in place of a law (docs/theory.md, C7)."""
Points = Literal["random", "centres"]
_Size = Annotated[int, Ge(1)]

_INDEPENDENT = "all points are independent, with one law in each sample"
_PAIRED = "pairs of points are independent, with one law, in whatever way the points of a pair depend on each other"
_IMAGES = "C from diameters, or C = (Lipschitz constant)^2 times that of one vector of which a pair is the image"


class SampleBound(Bound):
    """The abstract spec of a bound on the randomness of W1 between one sample and its law, or of two samples.

    Parameters
    ----------
    n : int
        Number of points of the sample of P.
    m : int, optional
        Number of points of the sample of Q; without it the distance is that of P's sample to any law.
    pairs : bool
        Whether both samples are of n points, and the i-th points of both belong together.

    Raises
    ------
    ValueError
        If pairs are asked for with an m of their own.

    Examples
    --------
    >>> bound: SampleBound = DeviationBound(n=100, m=200)
    >>> bound.inputs
    ('mean', 'transport_constant', 'other_transport_constant')
    """

    n: _Size
    m: _Size | None = None
    pairs: bool = False

    @model_validator(mode="after")
    def _paired_samples_are_equal(self) -> Self:
        if self.pairs and self.m is not None:
            raise ValueError(f"m must be left out for pairs; got {self.m!r}; there are n of them")
        return self

    @property
    def _where(self) -> str:
        return "P_n, Q_n" if self.pairs else "P_n, Q_m" if self.m is not None else "P_n, Q"

    def _names(self, name: str) -> tuple[str, ...]:
        return (name,) if self.m is None and not self.pairs else (name, f"other_{name}")


class DeviationBound(SampleBound):
    r"""With probability at least 1 - alpha, W1 of samples exceeds its mean by at most the deviation; likewise below.

    The deviation is :math:`\sqrt{2\ln(1/\alpha)}\,\sigma` with :math:`\sigma^2=C_P/n+C_Q/m`, or
    :math:`(\sqrt{C_P}+\sqrt{C_Q})^2/n` for pairs. The transport constant C is a quarter of the squared diameter, or
    what is known of the law.

    Parameters
    ----------
    n, m, pairs
        See `SampleBound`.
    alpha : float
        Probability of a larger excess.
    known : {"transport_constant", "diameter"}
        What the inputs are, besides the mean.

    References
    ----------
    docs/theory.md, C1.distance and C1.pairs, with proofs.

    Examples
    --------
    >>> from lsdm_stats.manifolds import Box
    >>> cube = Box(sides=(1.0, 1.0, 1.0))
    >>> by_diameter, by_transport = (DeviationBound(n=100, known=known) for known in ("diameter", "transport_constant"))
    >>> round(float(by_diameter.deviation(cube.diameter)), 3)
    0.212
    >>> round(float(by_transport.deviation(cube.transport_constant())), 3)
    0.098
    """

    alpha: Annotated[float, Gt(0), Lt(1)] = 0.05
    known: Literal["transport_constant", "diameter"] = "transport_constant"

    @property
    def theorem(self) -> Theorem:
        """Words and right-hand side."""
        mean = Term("mean", ("mean",), np.asarray)
        deviation = Term("deviation", self._names(self.known), self.deviation)
        if self.pairs:
            label, title, assumptions = "C1.pairs", "W1 of pairs and its mean", (_PAIRED, _IMAGES)
            spread = "(sqrt(C_P) + sqrt(C_Q)) sqrt(2 ln(1/alpha) / n)"
        else:
            label, title = "C1.distance", "W1 of samples and its mean"
            assumptions = (_INDEPENDENT, "transport constants, or diameters, of both laws are known")
            spread = f"sqrt(2 ln(1/alpha) {'C_P / n' if self.m is None else '(C_P / n + C_Q / m)'})"
        statement = f"W1({self._where}) <= E W1({self._where}) + {spread}, with probability 1 - alpha"
        return Theorem(label, title, statement, assumptions, PROVED, (mean, deviation))

    def deviation(self, *known: ArrayLike) -> FloatArray:
        """The deviation at the level alpha, for the constant or diameter of each law.

        Parameters
        ----------
        *known : array_like
            That of P; for two samples and pairs, that of Q too.

        Raises
        ------
        ValueError
            If there are more or fewer, or one is negative.
        """
        return self._spread(known, self.alpha)

    def probability(self, excess: ArrayLike, *known: ArrayLike) -> FloatArray:
        """A bound of the probability that W1 exceeds its mean by as much or more; twice it, that it strays so far.

        Parameters
        ----------
        excess : array_like
            How much, in the units of the distance, from 0.
        *known : array_like
            As for `deviation`.

        Raises
        ------
        ValueError
            If one is missing, or a number is negative.

        Examples
        --------
        >>> bound = DeviationBound(n=50, m=80)
        >>> round(float(bound.probability(bound.deviation(0.1, 0.2), 0.1, 0.2)), 12)
        0.05
        """
        far = _from_zero(excess, "the excess")
        unit = self._spread(known, math.exp(-1))
        with np.errstate(divide="ignore", invalid="ignore"):
            return np.where(far > 0, np.exp(-np.square(far / unit)), 1.0)

    def _spread(self, known: tuple[ArrayLike, ...], alpha: float) -> FloatArray:
        names = self._names(self.known)
        if len(known) != len(names):
            raise ValueError(f"{self.label} must be given {', '.join(names)}; got {len(known)} numbers; "
                             "give one for each law")
        numbers = [_from_zero(value, name) for value, name in zip(known, names, strict=True)]
        roots = [number / 2 if self.known == "diameter" else np.sqrt(number) for number in numbers]
        sizes = (self.n, self.n if self.m is None else self.m)
        parts = [root * transport_deviation((1.0, size), alpha=alpha) for root, size in zip(roots, sizes, strict=False)]
        return sum(parts[1:], parts[0]) if self.pairs else np.sqrt(sum(np.square(part) for part in parts))


class VarianceBound(SampleBound):
    r"""The variance of W1 of samples, by the inequality of Efron and Stein.

    :math:`\mathrm E\,d(u,u')^2/(2n)+\mathrm E\,d(v,v')^2/(2m)` with independent copies, which is
    :math:`\mathrm{tr\,Cov}(P)/n+\mathrm{tr\,Cov}(Q)/m` for the Euclidean distance; for pairs half the squared sum of
    both roots of mean squares over n.

    Parameters
    ----------
    n, m, pairs
        See `SampleBound`.
    known : {"mean_square_distance", "trace"}
        What the inputs are: mean squared distances of two independent points of a law, in the metric of W1, or traces
        of covariances, which are half of it for the Euclidean distance.

    References
    ----------
    docs/theory.md, C2 and C2.pairs, with proofs; Efron and Stein (1981), Ann. Stat. 9:586-596.

    Examples
    --------
    >>> from lsdm_stats.manifolds import Box
    >>> cube = Box(sides=(1.0, 1.0, 1.0))
    >>> bound = VarianceBound(n=100).evaluate({"mean_square_distance": cube.mean_square_distance})
    >>> round(float(bound.total), 6)   # d / 12 over n
    0.0025
    """

    known: Literal["mean_square_distance", "trace"] = "mean_square_distance"

    @property
    def theorem(self) -> Theorem:
        """Words and right-hand side."""
        names = self._names(self.known)
        if self.pairs:
            return Theorem(
                "C2.pairs", "variance of W1 of pairs",
                "Var W1(P_n, Q_n) <= (sqrt(E d(u, u')^2) + sqrt(E d(v, v')^2))^2 / (2 n)",
                (_PAIRED,), PROVED, (Term("pairs", names, self._of_pairs),))
        samples = [Term("first", names[:1], self._part(self.n))]
        if self.m is not None:
            samples.append(Term("second", names[1:], self._part(self.m)))
        second = "" if self.m is None else " + E d(v, v')^2 / (2 m)"
        return Theorem("C2", "variance of W1 of samples", f"Var W1({self._where}) <= E d(u, u')^2 / (2 n){second}",
                       (_INDEPENDENT,), PROVED, tuple(samples))

    def _part(self, size: int) -> Callable[[FloatArray], FloatArray]:
        points = size if self.known == "trace" else 2 * size
        return lambda spread: spread / points

    def _of_pairs(self, first: FloatArray, second: FloatArray) -> FloatArray:
        return self._part(self.n)(np.square(np.sqrt(first) + np.sqrt(second)))


_REFERENCES: dict[ReferenceForm, Theorem] = {
    "above": Theorem(
        "C7.above", "a sampled reference, from above", "E W1(Q, P_M) <= E W1(Q, P) + E W1(P_M, P)",
        ("the reference P_M is independent of Q, or Q is not random",), PROVED,
        (Term("distance", ("distance",), np.asarray), Term("reference", ("reference_error",), np.asarray))),
    "below": Theorem(
        "C7.below", "a sampled reference, from below", "E W1(Q, P) <= E W1(Q, P_M)",
        ("the reference P_M is independent of Q, or Q is not random",
         "the mean law of P_M is P: independent points of P, or a uniform point in each of some cells of equal mass"),
        PROVED, (Term("distance", ("reference_distance",), np.asarray),)),
    "fixed": Theorem(
        "C7.fixed", "a fixed reference", "W1(Q, P) <= W1(Q, U) + W1(U, P), and likewise with P and U exchanged",
        ("the reference U is any law with known distance to P, such as the centres of cells",), PROVED,
        (Term("distance", ("reference_distance",), np.asarray), Term("reference", ("reference_error",), np.asarray))),
}


class ReferenceBound(Bound):
    """How the distance to a reference for a law lies to the distance to the law itself.

    Three forms: ``above`` (in mean a sampled reference adds at most its own mean distance to the law), ``below`` (in
    mean it takes nothing away) and ``fixed`` (surely, by the triangle inequality). The error of the reference is that
    of `CellReference`, a rate at the reference's size, or ``ReferenceSample.error``.

    Parameters
    ----------
    form : str
        Which inequality.

    References
    ----------
    docs/theory.md, C7.above, C7.below and C7.fixed, with proofs.

    Examples
    --------
    >>> from lsdm_stats.manifolds import Box
    >>> error = CellReference(points="centres").evaluate(Box(sides=(1.0, 1.0)), 100).total
    >>> bound = ReferenceBound(form="fixed").evaluate({"reference_distance": 0.25, "reference_error": error})
    >>> round(float(bound.total), 4)
    0.2883
    """

    form: ReferenceForm

    @property
    def theorem(self) -> Theorem:
        """Words and right-hand side."""
        return _REFERENCES[self.form]


class CellReference(Rate):
    r"""W1 between the uniform law of a box and one point in each of :math:`M=k^d` equal cells, k along each side.

    With sides :math:`\ell_i`: for ``random`` points of the cells the mean is at most
    :math:`\frac1k\sqrt{\sum\ell_i^2/6}`; for ``centres`` the distance is at most
    :math:`\frac1k\sqrt{\sum\ell_i^2/12}`, and for a cube it is exactly its side times :math:`\mathrm E\|V\|/k`, V
    uniform on :math:`[-\frac12,\frac12]^d`.

    Parameters
    ----------
    points : {"random", "centres"}
        Which point of its cell.
    lipschitz : float
        Of a map that takes the box and the reference elsewhere.

    References
    ----------
    docs/theory.md, C7.cells, with proof.

    Examples
    --------
    >>> cube = Box(sides=(1.0,) * 3)
    >>> [round(float(CellReference(points=points).evaluate(cube, 1000).total), 4) for points in ("random", "centres")]
    [0.0707, 0.048]
    """

    points: Points = "random"
    lipschitz: Annotated[float, Ge(0)] = 1.0

    @property
    def theorem(self) -> Theorem:
        """Words."""
        share = "sqrt(sum of squared sides / 6) / k" if self.points == "random" else "side times E|V| / k"
        return Theorem("C7.cells", f"one point per cell, {self.points}", f"E W1(U_M, U) <= {share}, M = k^d",
                       ("U uniform on a box, one point in each cell of a grid, k cells along each side",), PROVED, ())

    @property
    def summands(self) -> tuple[str, ...]:
        """One."""
        return ("cells",)

    def evaluate(self, space: ModelSpace, n: int) -> BoundValue:
        """The bound for a reference of n points.

        Parameters
        ----------
        space : Box
            Whose uniform law is referred to.
        n : int
            Number of points, a whole number to the power of the dimension.

        Raises
        ------
        ValueError
            If the space is no box, or n no such power.
        """
        if not isinstance(space, Box):
            raise ValueError(f"{self.label} must be given a Box; got {space!r}; map one to the space")
        dim = space.intrinsic_dim
        along = round(n ** (1 / dim)) if n > 0 else 0
        if along < 1 or along**dim != n:
            raise ValueError(f"n must be a whole number to the power {dim}; got {n!r}; take k**{dim} points")
        return scaled(terms_of(cells=self._largest_move(space) / along), self.lipschitz)

    def _largest_move(self, box: Box) -> float:
        if self.points == "random":
            return math.hypot(*box.sides) / math.sqrt(6)
        if len(set(box.sides)) == 1:
            return box.sides[0] * cube_mean_radius(box.intrinsic_dim)
        return math.hypot(*box.sides) / math.sqrt(12)


def _from_zero(value: ArrayLike, name: str) -> FloatArray:
    array = np.asarray(value, dtype=np.float64)
    if not np.all(array >= 0):
        raise ValueError(f"{name} must be at least 0; got {array.min():g}; give what is known of the law")
    return array
