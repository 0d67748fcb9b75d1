"""Expected W1 of a sample on the line: exactly, and between two closed bounds (docs/theory.md, B0)."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any, Literal, Protocol, runtime_checkable

import numpy as np

from lsdm_stats.arrays import FloatArray, check_count
from lsdm_stats.bounds.empirical.quadrature import integral, integral_of_tail
from lsdm_stats.bounds.empirical.rate import PROVED, Rate, Side, terms_of
from lsdm_stats.bounds.theorem import BoundValue, Theorem
from lsdm_stats.manifolds import Box

LineForm = Literal["exact", "upper", "lower"]
"""The exact mean, or a bound from above or below (docs/theory.md, B0)."""

_LAW = "n independent points of a law on the line with a finite mean; computed for continuous laws"
_TITLE = "empirical W1 on the line"
_FORMS: dict[LineForm, Theorem] = {
    "exact": Theorem("B0.exact", f"{_TITLE}, exact", "E W1(P_n, P) <= (1/n) integral of mad(n, F(t)) dt, with equality",
                     (_LAW,), PROVED, ()),
    "upper": Theorem("B0.upper", f"{_TITLE}, upper", "E W1(P_n, P) <= integral of sqrt(F (1 - F)) dt / sqrt(n)",
                     (_LAW, "the integral is finite"), PROVED, ()),
    "lower": Theorem(
        "B0.lower", f"{_TITLE}, lower",
        "integral of sqrt(F (1 - F)) dt over 1/n <= F <= 1 - 1/n, over sqrt(2 n) <= E W1(P_n, P)",
        (_LAW,), f"{PROVED}, from an inequality of Berend and Kontorovich (2013)", ()),
}
_CHUNK = 20_000
_MOST = 1_000_000
_STEP = 2.0  # of panels in the logarithm of a probability


@runtime_checkable
class LineLaw(Protocol):
    """A continuous law on the line, such as a frozen law of ``scipy.stats``.

    Examples
    --------
    >>> from scipy.stats import norm
    >>> isinstance(norm(), LineLaw)
    True
    """

    def ppf(self, q: Any, /) -> Any:
        """Quantiles."""
        ...

    def isf(self, q: Any, /) -> Any:
        """Quantiles by their upper tail."""
        ...


class LineRate(Rate):
    r"""Expected W1 of n points on the line and their law F.

    With :math:`\mathrm{mad}(n,p)=\mathrm E|\mathrm{Bin}(n,p)-np|`, ``exact`` is
    :math:`\frac1n\int\mathrm{mad}(n,F(t))\,dt`, ``upper`` :math:`n^{-1/2}\int\sqrt{F(1-F)}\,dt` (larger by up to
    :math:`\sqrt{\pi/2}` for many points) and ``lower`` :math:`(2n)^{-1/2}\int\sqrt{F(1-F)}\,dt` over
    :math:`1/n\le F\le1-1/n`. Integrals are accurate to about 1e-9 of their value.

    Parameters
    ----------
    form : str
        Which of them.

    References
    ----------
    docs/theory.md, B0, with proofs; de Moivre (1730), Bobkov and Ledoux (2019), Berend and Kontorovich (2013).

    Examples
    --------
    >>> round(float(LineRate().evaluate(Box(sides=(1.0,)), 50).total), 5)
    0.04438
    >>> from scipy.stats import norm
    >>> [round(float(LineRate(form=form).evaluate(norm(), 100).total), 4) for form in ("lower", "exact", "upper")]
    [0.1053, 0.1272, 0.1615]
    """

    form: LineForm = "exact"

    @property
    def theorem(self) -> Theorem:
        """Words."""
        return _FORMS[self.form]

    @property
    def side(self) -> Side:
        """Above, unless the form is ``lower``."""
        return "lower" if self.form == "lower" else "upper"

    @property
    def summands(self) -> tuple[str, ...]:
        """One."""
        return ("distance",)

    def evaluate(self, space: Box | LineLaw, n: int) -> BoundValue:
        """The value for n points of the uniform law of an interval, or of a given law.

        Parameters
        ----------
        space : Box of one side, or a continuous frozen law of ``scipy.stats``
            The law.
        n : int
            Number of points.

        Raises
        ------
        ValueError
            If the law is neither, n is not positive or, for ``exact``, above 1,000,000, or the integral is infinite or
            dominated by a tail that probabilities down to 1e-300 do not exhaust.
        """
        if check_count(n, "n") > _MOST and self.form == "exact":
            raise ValueError(f"{self.label}: n must be at most {_MOST:,}; got {n:,}; take the form 'upper'")
        spread = _spread(space)
        if spread is None:
            raise ValueError(f"{self.label} must be given a Box of one side or one continuous law with ppf and isf; "
                             f"got {space!r}; freeze a law of scipy.stats")
        try:
            with np.errstate(all="ignore"):  # quantiles far out may overflow
                return terms_of(distance=self._value(spread, n))
        except ArithmeticError:
            raise ValueError(f"{self.label} must be given a law with a finite integral; got tails without an end "
                             "or quantiles that are not finite; take a law with lighter tails") from None

    def _value(self, spread: Callable[[FloatArray], FloatArray], n: int) -> float:
        match self.form:
            case "exact":
                return _mean_deviations(spread, n) / n
            case "upper":
                return _roots(spread, 0.0) / math.sqrt(n)
            case "lower":
                return _roots(spread, 1 / n) / math.sqrt(2 * n)


def mean_absolute_deviation(n: int, p: FloatArray) -> FloatArray:
    r""":math:`\mathrm E|\mathrm{Bin}(n,p)-np|`, by de Moivre's formula (docs/theory.md, B0.exact).

    Parameters
    ----------
    n : int
        Number of trials.
    p : ndarray
        Probabilities.

    Returns
    -------
    ndarray of the shape of `p`
        A number of successes.

    Examples
    --------
    >>> mean_absolute_deviation(2, np.array([0.0, 0.5, 1.0]))
    array([0. , 0.5, 0. ])
    """
    return _deviation(n, p, np.minimum(np.floor(n * p) + 1, n))


def _deviation(n: int, p: FloatArray, above: FloatArray | float) -> FloatArray:
    from scipy.stats import binom

    return np.asarray(2 * above * (1 - p) * binom.pmf(above, n, p))


def _spread(space: Box | LineLaw) -> Callable[[FloatArray], FloatArray] | None:
    """How far apart the quantiles of p from both ends are, as a function of p up to 1/2."""
    if isinstance(space, Box):
        return (lambda p: space.sides[0] * (1 - 2 * p)) if len(space.sides) == 1 else None
    if not isinstance(space, LineLaw) or np.shape(space.ppf(0.5)) != ():  # pyright: ignore[reportUnnecessaryIsInstance]
        return None
    return lambda p: np.asarray(space.isf(p) - space.ppf(p))


def _roots(spread: Callable[[FloatArray], FloatArray], end: float) -> float:
    """Integral of sqrt(F (1 - F)) where both F and 1 - F are at least `end`, by parts."""
    if end >= 0.5:
        return 0.0

    def density(depth: FloatArray) -> FloatArray:
        p = np.exp(-depth) / 2
        return spread(p) * (1 - 2 * p) / 2 * np.sqrt(p / (1 - p))

    if end == 0:
        return integral_of_tail(density, 0.0)
    depth = math.log(0.5 / end)
    edges = np.linspace(0.0, depth, math.ceil(depth / _STEP) + 1)
    return integral(density, edges) + float(spread(np.array(end))) * math.sqrt(end * (1 - end))


def _mean_deviations(spread: Callable[[FloatArray], FloatArray], n: int) -> float:
    """Integral of mad(n, F), by parts, between the points k / n where its slope jumps."""

    def slope(p: FloatArray, above: FloatArray | float) -> FloatArray:
        return _deviation(n, p, above) * (above - (n + 1) * p) / (p * (1 - p))

    edges = np.append(np.arange(1, math.ceil(n / 2)) / n, 0.5) if n > 2 else np.array([0.5])
    pieces = [edges[i : i + _CHUNK + 1] for i in range(0, len(edges) - 1, _CHUNK)]
    inner = sum(integral(lambda p: spread(p) * slope(p, np.floor(n * p) + 1), piece) for piece in pieces)
    first = float(edges[0])

    def density(depth: FloatArray) -> FloatArray:
        p = first * np.exp(-depth)
        return p * spread(p) * slope(p, 1.0)

    return inner + integral_of_tail(density, inner)
