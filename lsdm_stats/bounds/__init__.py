"""Theorems as objects: numbers in, a bound with named terms out; they never see fits or metrics (docs/theory.md, A)."""

from __future__ import annotations

from typing import get_args

from lsdm_stats.bounds.clipping import ClippingBound, ClippingForm
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
from lsdm_stats.bounds.end_to_end import AmbientBound, EndToEndBound, EndToEndForm
from lsdm_stats.bounds.fidelity import FidelityBound, FidelityForm, TailBound
from lsdm_stats.bounds.flows import DivergenceBound, DivergenceForm, FlowBound, FlowForm, ScoreBound, ScoreForm
from lsdm_stats.bounds.geometry import GeometryBound, GeometryForm
from lsdm_stats.bounds.master import MasterBound, MasterForm
from lsdm_stats.bounds.oracle import OracleBound, OracleForm
from lsdm_stats.bounds.other_theorems import OTHER_THEOREMS
from lsdm_stats.bounds.sampling import SamplingBound, SamplingForm
from lsdm_stats.bounds.sandwich import ConverseBound, PCASandwich, Side
from lsdm_stats.bounds.stage_one import StageOneBound, StageOneForm
from lsdm_stats.bounds.supremum import CircleSpacing, MeanSupremum, SampleSupremum
from lsdm_stats.bounds.theorem import Bound, BoundValue, Statement, Term, Theorem
from lsdm_stats.bounds.transition import TransitionBound, TransitionForm, expected_recall_error

CATALOGUE: tuple[Bound, ...] = (
    *(MasterBound(form=form) for form in get_args(MasterForm)),
    *(PCASandwich(side=side) for side in get_args(Side)),
    ConverseBound(),
    *(ConditionalBound(form=form) for form in get_args(ConditionalForm)),
    *(GeometryBound(form=form) for form in get_args(GeometryForm)),
    *(FidelityBound(form=form) for form in get_args(FidelityForm)),
    TailBound(threshold=1.0),
    *(ClippingBound(form=form) for form in get_args(ClippingForm)),
    SampleSupremum(),
    MeanSupremum(dim=1, ball_mass=0.5, ball_radius=2.0),
    DeviationBound(n=150, m=150),
    DeviationBound(n=150, pairs=True),
    VarianceBound(n=150, m=150),
    VarianceBound(n=150, pairs=True),
    *(SamplingBound(form=form) for form in get_args(SamplingForm)),
    *(ReferenceBound(form=form) for form in get_args(ReferenceForm)),
    *(OracleBound(form=form) for form in get_args(OracleForm)),
    *(StageOneBound(form=form) for form in get_args(StageOneForm)),
    *(EndToEndBound(form=form) for form in get_args(EndToEndForm)),
    AmbientBound(),
    *(FlowBound(form=form) for form in get_args(FlowForm)),
    *(ScoreBound(form=form) for form in get_args(ScoreForm)),
    *(DivergenceBound(form=form) for form in get_args(DivergenceForm)),
)
"""Every bound on numbers, in each of its forms.

:meta hide-value:
"""

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
"""Every bound on the expected distance of a sample and its law, in each of its forms.

:meta hide-value:
"""

THEOREMS: tuple[Statement, ...] = (
    *CATALOGUE,
    *RATES,
    CellReference(),
    CircleSpacing(),
    TransitionBound(dim=6),
    TransitionBound(dim=6, centred=True),
)
"""Every theorem that is an object.

:meta hide-value:
"""

__all__ = [
    "CATALOGUE",
    "OTHER_THEOREMS",
    "RATES",
    "THEOREMS",
    "AmbientBound",
    "Bound",
    "BoundValue",
    "CellReference",
    "CircleSpacing",
    "ClippingBound",
    "ClippingForm",
    "ConditionalBound",
    "ConditionalForm",
    "ConverseBound",
    "DeviationBound",
    "DivergenceBound",
    "DivergenceForm",
    "DroppedTerm",
    "DyadicRate",
    "EndToEndBound",
    "EndToEndForm",
    "EntropyForm",
    "EntropyRate",
    "FidelityBound",
    "FidelityForm",
    "FlowBound",
    "FlowForm",
    "FournierRate",
    "GeometryBound",
    "GeometryForm",
    "LineForm",
    "LineLaw",
    "LineRate",
    "MasterBound",
    "MasterForm",
    "MeanSupremum",
    "OracleBound",
    "OracleForm",
    "PCASandwich",
    "PushForwardRate",
    "QuantisationRate",
    "Rate",
    "RateAt",
    "RateBelow",
    "ReferenceBound",
    "ReferenceForm",
    "SampleBound",
    "SampleSupremum",
    "SamplingBound",
    "SamplingForm",
    "ScoreBound",
    "ScoreForm",
    "Shrunk",
    "Side",
    "SpaceMetric",
    "SpectralRate",
    "StageOneBound",
    "StageOneForm",
    "Statement",
    "TailBound",
    "Term",
    "Theorem",
    "TransitionBound",
    "TransitionForm",
    "VarianceBound",
    "expected_recall_error",
    "mean_absolute_deviation",
]
