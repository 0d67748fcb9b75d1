"""What a theorem is to the program: its words, its inputs, and a value that is a sum of named terms."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np
from numpy.typing import ArrayLike

from lsdm_stats.arrays import FloatArray
from lsdm_stats.spec import Spec


@dataclass(frozen=True)
class Term:
    """One summand of a right-hand side.

    Parameters
    ----------
    name : str
        What it stands for.
    inputs : tuple of str
        Names of the numbers that it needs.
    value : callable
        Takes those numbers in that order, and is non-decreasing in each of them that is measured.

    Examples
    --------
    >>> term = Term("transport", ("modulus", "latent_w1"), np.multiply)
    >>> float(term.value(2.0, 0.25))
    0.5
    """

    name: str
    inputs: tuple[str, ...]
    value: Callable[..., FloatArray]


@dataclass(frozen=True)
class Theorem:
    """The words and the right-hand side of one inequality.

    Parameters
    ----------
    label : str
        Where it stands in docs/theory.md, such as ``"A1.pushed"``.
    title : str
        Its name in tables.
    statement : str
        The inequality in one line of plain text, the bounded quantity on the left.
    assumptions : tuple of str
        What must hold, one assumption each.
    tag : str
        Where it comes from.
    terms : tuple of Term
        Summands of the right-hand side.

    Examples
    --------
    >>> from lsdm_stats.bounds import MasterBound
    >>> words: Theorem = MasterBound(form="pushed").theorem
    >>> [term.name for term in words.terms], len(words.assumptions)
    (['transport', 'reconstruction'], 2)
    """

    label: str
    title: str
    statement: str
    assumptions: tuple[str, ...]
    tag: str
    terms: tuple[Term, ...]


@dataclass(frozen=True)
class BoundValue:
    """A bound evaluated on numbers.

    Parameters
    ----------
    total : ndarray
        The right-hand side: one value per replicate, or of shape ``()`` for plain numbers.
    terms : mapping from str to ndarray
        Its summands, of the same shape.

    Examples
    --------
    >>> from lsdm_stats.bounds import MasterBound
    >>> value = MasterBound(form="pushed").evaluate({"pushed_cost": 0.25, "reconstruction": [0.25, 0.5]})
    >>> value.total.tolist(), sorted(value.terms)
    ([0.5, 0.75], ['reconstruction', 'transport'])
    """

    total: FloatArray
    terms: Mapping[str, FloatArray]


class Statement(Spec):
    """The abstract spec of a theorem as an object: a kind of statement defines its `theorem`.

    Examples
    --------
    >>> from lsdm_stats.bounds import MasterBound
    >>> claim: Statement = MasterBound(form="pushed")
    >>> claim.label, claim.statement
    ('A1.pushed', 'joint W1 <= cost of a latent plan after decoding + R')
    """

    @property
    @abstractmethod
    def theorem(self) -> Theorem:
        """Words and right-hand side."""

    @property
    def label(self) -> str:
        """Where the theorem stands in docs/theory.md."""
        return self.theorem.label

    @property
    def title(self) -> str:
        """Name in tables."""
        return self.theorem.title

    @property
    def statement(self) -> str:
        """The inequality in one line of plain text."""
        return self.theorem.statement

    @property
    def assumptions(self) -> tuple[str, ...]:
        """What must hold."""
        return self.theorem.assumptions

    @property
    def tag(self) -> str:
        """Where the theorem comes from."""
        return self.theorem.tag


class Bound(Statement):
    """The abstract spec of a bound on numbers: a kind of bound defines its `theorem` and nothing else.

    Examples
    --------
    >>> from lsdm_stats.bounds import MasterBound
    >>> bound: Bound = MasterBound(form="pushed")
    >>> bound.inputs, bound.label
    (('pushed_cost', 'reconstruction'), 'A1.pushed')
    """

    @property
    def inputs(self) -> tuple[str, ...]:
        """Names of the numbers that `evaluate` needs; by default the value names under which metrics give them."""
        return tuple(dict.fromkeys(name for term in self.theorem.terms for name in term.inputs))

    def evaluate(self, numbers: Mapping[str, ArrayLike]) -> BoundValue:
        """The right-hand side and its terms.

        Parameters
        ----------
        numbers : mapping from str to float or ndarray of shape (R,)
            At least the `inputs`; arrays are taken element by element.

        Raises
        ------
        ValueError
            If an input is missing, negative or not finite, or shapes do not match.
        """
        arrays = dict(zip(self.inputs, self._arrays(numbers), strict=True))
        terms = {term.name: term.value(*(arrays[name] for name in term.inputs)) for term in self.theorem.terms}
        return BoundValue(np.asarray(sum(terms.values())), MappingProxyType(terms))

    def _arrays(self, numbers: Mapping[str, ArrayLike]) -> tuple[FloatArray, ...]:
        missing = [name for name in self.inputs if name not in numbers]
        if missing:
            raise ValueError(f"{self.label} must be given {', '.join(self.inputs)}; "
                             f"got no {', '.join(missing)}; measure it")
        arrays = [np.asarray(numbers[name], dtype=np.float64) for name in self.inputs]
        for name, array in zip(self.inputs, arrays, strict=True):
            wrong = array[~(np.isfinite(array) & (array >= 0))]
            if wrong.size:
                raise ValueError(f"{self.label}: {name} must be finite and at least 0; got {wrong[0]:g}; "
                                 "drop failed replicates first")
        try:
            return np.broadcast_arrays(*arrays)
        except ValueError:
            shapes = ", ".join(f"{name} {array.shape}" for name, array in zip(self.inputs, arrays, strict=True))
            raise ValueError(f"{self.label}: inputs must have one value per replicate; got {shapes}; "
                             "match them") from None
