"""Theorems as objects: numbers in, a bound with named terms out; they never see fits or metrics (docs/theory.md, A)."""

from __future__ import annotations

from typing import get_args

from lsdm_stats.bounds.concentration import (
    CellReference,
    DeviationBound,
    ReferenceBound,
    ReferenceForm,
    SampleBound,
    VarianceBound,
)
from lsdm_stats.bounds.conditional import ConditionalBound, ConditionalForm
from lsdm_stats.bounds.dropped import DroppedTerm
from lsdm_stats.bounds.empirical.dyadic import DyadicRate
from lsdm_stats.bounds.empirical.entropy import EntropyForm, EntropyRate
from lsdm_stats.bounds.empirical.fournier import FournierRate
from lsdm_stats.bounds.empirical.line import LineForm, LineLaw, LineRate, mean_absolute_deviation
from lsdm_stats.bounds.empirical.push_forward import PushForwardRate
from lsdm_stats.bounds.empirical.quantisation import QuantisationRate
from lsdm_stats.bounds.empirical.rate import Rate, RateAt, RateBelow, Shrunk
from lsdm_stats.bounds.empirical.spectral import SpaceMetric, SpectralRate
from lsdm_stats.bounds.geometry import GeometryBound, GeometryForm
from lsdm_stats.bounds.master import MasterBound, MasterForm
from lsdm_stats.bounds.sampling import SamplingBound, SamplingForm
from lsdm_stats.bounds.sandwich import ConverseBound, PCASandwich, Side
from lsdm_stats.bounds.theorem import Bound, BoundValue, Statement, Term, Theorem

CATALOGUE: tuple[Bound, ...] = (
    *(MasterBound(form=form) for form in get_args(MasterForm)),
    *(PCASandwich(side=side) for side in get_args(Side)),
    ConverseBound(),
    *(ConditionalBound(form=form) for form in get_args(ConditionalForm)),
    *(GeometryBound(form=form) for form in get_args(GeometryForm)),
    DeviationBound(n=150, m=150),
    DeviationBound(n=150, pairs=True),
    VarianceBound(n=150, m=150),
    VarianceBound(n=150, pairs=True),
    *(SamplingBound(form=form) for form in get_args(SamplingForm)),
    *(ReferenceBound(form=form) for form in get_args(ReferenceForm)),
)

RATES: tuple[Rate, ...] = (
    *(LineRate(form=form) for form in get_args(LineForm)),
    DyadicRate(),
    SpectralRate(law="uniform"),
    SpectralRate(law="any"),
    SpectralRate(law="any", metric="sum"),
    PushForwardRate(),
    *(EntropyRate(form=form) for form in get_args(EntropyForm)),
    FournierRate(),
    QuantisationRate(),
)

THEOREMS: tuple[Statement, ...] = (*CATALOGUE, *RATES, CellReference())

__all__ = [
    "CATALOGUE",
    "RATES",
    "THEOREMS",
    "Bound",
    "BoundValue",
    "CellReference",
    "ConditionalBound",
    "ConditionalForm",
    "ConverseBound",
    "DeviationBound",
    "DroppedTerm",
    "DyadicRate",
    "EntropyForm",
    "EntropyRate",
    "FournierRate",
    "GeometryBound",
    "GeometryForm",
    "LineForm",
    "LineLaw",
    "LineRate",
    "MasterBound",
    "MasterForm",
    "PCASandwich",
    "PushForwardRate",
    "QuantisationRate",
    "Rate",
    "RateAt",
    "RateBelow",
    "ReferenceBound",
    "ReferenceForm",
    "SampleBound",
    "SamplingBound",
    "SamplingForm",
    "Shrunk",
    "Side",
    "SpaceMetric",
    "SpectralRate",
    "Statement",
    "Term",
    "Theorem",
    "VarianceBound",
    "mean_absolute_deviation",
]
