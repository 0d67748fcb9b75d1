"""Controls: bounds made false on purpose, so that a study can show that it would notice."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Self

from pydantic import model_validator

from lsdm_stats.bounds.theorem import Bound, Theorem


class DroppedTerm(Bound):
    """A control: a bound without one of its terms, to be used where it is false by proof.

    With the reconstruction error dropped from a form of the master bound, for principal components that leave one:
    there every form is left with the latent W1, and A3.strict puts joint W1 strictly above it, whatever the generator
    does.

    Parameters
    ----------
    bound : Bound
        The true bound.
    term : str
        Name of the term to leave out.

    Raises
    ------
    ValueError
        If the bound has no such term, or no other.

    Examples
    --------
    >>> from lsdm_stats.bounds import MasterBound
    >>> control = DroppedTerm(bound=MasterBound(), term="reconstruction")
    >>> float(control.evaluate({"pushed_cost": 0.3}).total)
    0.3
    """

    bound: Bound
    term: str

    @model_validator(mode="after")
    def _is_a_term(self) -> Self:
        names = [term.name for term in self.bound.theorem.terms]
        if self.term not in names or len(names) < 2:
            raise ValueError(self._required(names))
        return self

    def _required(self, names: Sequence[str]) -> str:
        label, among = self.bound.label, ", ".join(map(repr, names))
        if len(names) < 2:
            return f"bound must have two terms or more; {label} has {among or 'none'}; choose another bound"
        return f"term must be one of {among} (the terms of {label}); got {self.term!r}; choose one"

    @property
    def theorem(self) -> Theorem:
        """The bound's words with the term left out."""
        whole = self.bound.theorem
        return replace(
            whole,
            label=f"{whole.label} without {self.term}",
            title=f"{whole.title}, without {self.term}",
            statement=f"{whole.statement}, with the term {self.term} left out (false)",
            tag="control, false by proof where it is used (docs/theory.md, A)",
            terms=tuple(term for term in whole.terms if term.name != self.term),
        )
