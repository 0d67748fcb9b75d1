"""Rates: bounds that know a law through its space, and take a sample size (docs/theory.md, B)."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable
from functools import lru_cache
from types import MappingProxyType
from typing import Any, Literal, Self, cast

import numpy as np
from pydantic import model_validator

from lsdm_stats.arrays import FloatArray
from lsdm_stats.bounds.theorem import Bound, BoundValue, Statement, Term, Theorem
from lsdm_stats.spec import Spec

PROVED = "proved here (docs/theory.md)"

Side = Literal["upper", "lower"]


class Rate(Statement):
    """The abstract spec of a bound on a sample of n points of a law that lives on a known space.

    A kind of rate defines its `theorem`, its `summands` and `evaluate`. `RateAt` and `RateBelow` put it at the place of
    a bound in a study.

    Examples
    --------
    >>> from lsdm_stats.bounds import SpectralRate
    >>> from lsdm_stats.manifolds import Box
    >>> rate: Rate = SpectralRate(law="uniform")
    >>> rate.side, round(float(rate.evaluate(Box(sides=(1.0, 1.0, 1.0)), 1000).total), 4)
    ('upper', 0.0852)
    """

    @property
    @abstractmethod
    def summands(self) -> tuple[str, ...]:
        """Names of the terms of its value."""

    @property
    def side(self) -> Side:
        """Whether it bounds from above or from below."""
        return "upper"

    @abstractmethod
    def evaluate(self, space: Any, n: int) -> BoundValue:
        """The bound and its terms, scalars in the units of the space.

        Parameters
        ----------
        space : ModelSpace or other
            What the law lives on, as the kind of rate asks for it.
        n : int
            Number of points.

        Raises
        ------
        ValueError
            If the rate is not for such a space, or n is no positive whole number.
        """


class RateAt(Bound):
    """A rate on a given space as a bound whose one number is the sample size.

    The total decreases in that number, which is known exactly: in a study it comes from the setting.

    Parameters
    ----------
    rate : Rate
        A bound from above.
    space : ModelSpace
        What it is evaluated on.

    Raises
    ------
    ValueError
        If the rate bounds from below.

    Examples
    --------
    >>> from lsdm_stats.bounds import SpectralRate
    >>> from lsdm_stats.manifolds import Box
    >>> bound = RateAt(rate=SpectralRate(law="uniform"), space=Box(sides=(1.0, 1.0, 1.0)))
    >>> bound.inputs, bound.evaluate({"n": [100, 1000]}).total.round(4)
    (('n',), array([0.1914, 0.0852]))
    """

    rate: Rate
    space: Spec

    @model_validator(mode="after")
    def _from_above(self) -> Self:
        return _must_bound(self, self.rate, "upper")

    @property
    def theorem(self) -> Theorem:
        """The words of the rate; its terms as functions of n."""
        words = self.rate.theorem
        terms = tuple(Term(name, ("n",), self._term(name)) for name in self.rate.summands)
        return Theorem(words.label, words.title, words.statement, words.assumptions, words.tag, terms)

    def _term(self, name: str) -> Callable[[FloatArray], FloatArray]:
        def value(sizes: FloatArray) -> FloatArray:
            return _at_sizes(self.rate, self.space, sizes, name)

        return value


class RateBelow(Bound):
    """A rate that bounds from below: 1 is at most the distance over the rate.

    Parameters
    ----------
    rate : Rate
        A bound from below.
    space : ModelSpace
        What it is evaluated on.

    Raises
    ------
    ValueError
        If the rate bounds from above.

    Examples
    --------
    >>> from lsdm_stats.bounds import QuantisationRate
    >>> from lsdm_stats.manifolds import Box
    >>> bound = RateBelow(rate=QuantisationRate(), space=Box(sides=(1.0,)))
    >>> float(bound.evaluate({"distance": 0.01, "n": 100}).total.round(12))
    4.0
    """

    rate: Rate
    space: Spec

    @model_validator(mode="after")
    def _from_below(self) -> Self:
        return _must_bound(self, self.rate, "lower")

    @property
    def theorem(self) -> Theorem:
        """The words of the rate; the distance in units of the rate."""
        words = self.rate.theorem
        term = Term("distance", ("distance", "n"), self._ratio)
        return Theorem(words.label, words.title, f"1 <= W1 over its lower bound: {words.statement}", words.assumptions,
                       words.tag, (term,))

    def _ratio(self, distance: FloatArray, sizes: FloatArray) -> FloatArray:
        return distance / sum(_at_sizes(self.rate, self.space, sizes, name) for name in self.rate.summands)


class Shrunk(Bound):
    """A control: a bound times a factor below 1, to be used where a bound from below proves that it is false.

    Parameters
    ----------
    bound : Bound
        The true bound.
    factor : float
        What every term is multiplied by, between 0 and 1.

    Raises
    ------
    ValueError
        If the factor is not between 0 and 1.

    Examples
    --------
    >>> from lsdm_stats.bounds import MasterBound
    >>> control = Shrunk(bound=MasterBound(), factor=0.5)
    >>> float(control.evaluate({"pushed_cost": 0.3, "reconstruction": 0.1}).total)
    0.2
    """

    bound: Bound
    factor: float

    @model_validator(mode="after")
    def _below_one(self) -> Self:
        if not 0 < self.factor < 1:
            raise ValueError(f"factor must be between 0 and 1; got {self.factor!r}; shrink the bound")
        return self

    @property
    def theorem(self) -> Theorem:
        """The bound's words and terms, shrunk."""
        whole = self.bound.theorem
        return Theorem(
            f"{whole.label} times {self.factor:g}",
            f"{whole.title}, times {self.factor:g}",
            f"{whole.statement}, with the right-hand side times {self.factor:g} (false)",
            whole.assumptions,
            "control, false where it is below a bound from below (docs/theory.md, B0 and B5)",
            tuple(Term(term.name, term.inputs, self._shrunk(term)) for term in whole.terms),
        )

    def _shrunk(self, term: Term) -> Callable[..., FloatArray]:
        def value(*numbers: FloatArray) -> FloatArray:
            return self.factor * term.value(*numbers)

        return value


def terms_of(**terms: float) -> BoundValue:
    """A value from its terms."""
    arrays = {name: np.asarray(term, dtype=np.float64) for name, term in terms.items()}
    return BoundValue(np.asarray(sum(arrays.values())), MappingProxyType(arrays))


def scaled(value: BoundValue, factor: float) -> BoundValue:
    """A value with every term multiplied."""
    return terms_of(**{name: factor * float(term) for name, term in value.terms.items()})


def _must_bound(bound: Any, rate: Rate, side: Side) -> Any:
    if rate.side != side:
        other = "RateBelow" if side == "upper" else "RateAt"
        raise ValueError(f"rate must bound from {'above' if side == 'upper' else 'below'}; got {rate.label}; "
                         f"use {other}")
    return bound


def _at_sizes(rate: Rate, space: Spec, sizes: FloatArray, name: str) -> FloatArray:
    different, where = np.unique(sizes, return_inverse=True)
    whole = different.astype(np.int64)
    broken = different[whole != different]
    if broken.size:
        raise ValueError(f"{rate.label}: n must be a whole number; got {broken[0]:g}; correct it")
    values = [float(_evaluated(cast("Any", rate), cast("Any", space), int(n)).terms[name]) for n in whole]
    return np.asarray(values)[where].reshape(sizes.shape)


@lru_cache(maxsize=1024)
def _evaluated(rate: Rate, space: Spec, n: int) -> BoundValue:
    return rate.evaluate(space, n)
