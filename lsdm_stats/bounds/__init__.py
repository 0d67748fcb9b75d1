"""Theorems as objects: numbers in, a bound with named terms out; they never see fits or metrics (docs/theory.md, A)."""

from __future__ import annotations

from typing import get_args

from lsdm_stats.bounds.dropped import DroppedTerm
from lsdm_stats.bounds.geometry import GeometryBound, GeometryForm
from lsdm_stats.bounds.master import MasterBound, MasterForm
from lsdm_stats.bounds.sampling import SamplingBound, SamplingForm
from lsdm_stats.bounds.sandwich import ConverseBound, PCASandwich, Side
from lsdm_stats.bounds.theorem import Bound, BoundValue, Term, Theorem

CATALOGUE: tuple[Bound, ...] = (
    *(MasterBound(form=form) for form in get_args(MasterForm)),
    *(PCASandwich(side=side) for side in get_args(Side)),
    ConverseBound(),
    *(GeometryBound(form=form) for form in get_args(GeometryForm)),
    *(SamplingBound(form=form) for form in get_args(SamplingForm)),
)

__all__ = [
    "CATALOGUE",
    "Bound",
    "BoundValue",
    "ConverseBound",
    "DroppedTerm",
    "GeometryBound",
    "GeometryForm",
    "MasterBound",
    "MasterForm",
    "PCASandwich",
    "SamplingBound",
    "SamplingForm",
    "Side",
    "Term",
    "Theorem",
]
