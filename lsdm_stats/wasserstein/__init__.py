"""Transport distances between samples and laws; the only room that calls POT.

`exact` carries its own certificate (docs/transport.md), `exact_many` solves stacks of problems on threads. Closed forms
give the distance of special laws and samples, estimators are cheaper or have another bias, and intervals say what
samples tell about populations. `assignments` serves training loops.
"""

from __future__ import annotations

from lsdm_stats.wasserstein.certified import exact
from lsdm_stats.wasserstein.closed_forms.circle import circle
from lsdm_stats.wasserstein.closed_forms.cubes import cube_mean_radius
from lsdm_stats.wasserstein.closed_forms.displacements import (
    dilation_w1,
    monotone_shift_w1,
    radial_w1,
    translation_w1,
)
from lsdm_stats.wasserstein.closed_forms.gaussians import gaussian_w2, isotropic_gaussian_w1
from lsdm_stats.wasserstein.closed_forms.laws import line_to_law
from lsdm_stats.wasserstein.closed_forms.line import line
from lsdm_stats.wasserstein.closed_forms.products import labels_w1, product_w1
from lsdm_stats.wasserstein.estimators.extrapolated import extrapolated
from lsdm_stats.wasserstein.estimators.semidiscrete import SemiDiscrete, semidiscrete
from lsdm_stats.wasserstein.estimators.sinkhorn import sinkhorn
from lsdm_stats.wasserstein.estimators.sliced import max_sliced, sliced
from lsdm_stats.wasserstein.estimators.subsampled import Subsampled, subsampled
from lsdm_stats.wasserstein.intervals.plug_in import DistanceInterval, interval
from lsdm_stats.wasserstein.intervals.reference import ReferenceSample, reference_bias, stratified_cube
from lsdm_stats.wasserstein.many import exact_many
from lsdm_stats.wasserstein.pairing import assignments
from lsdm_stats.wasserstein.transport import Plan, Transport

__all__ = [
    "DistanceInterval",
    "Plan",
    "ReferenceSample",
    "SemiDiscrete",
    "Subsampled",
    "Transport",
    "assignments",
    "circle",
    "cube_mean_radius",
    "dilation_w1",
    "exact",
    "exact_many",
    "extrapolated",
    "gaussian_w2",
    "interval",
    "isotropic_gaussian_w1",
    "labels_w1",
    "line",
    "line_to_law",
    "max_sliced",
    "monotone_shift_w1",
    "product_w1",
    "radial_w1",
    "reference_bias",
    "semidiscrete",
    "sinkhorn",
    "sliced",
    "stratified_cube",
    "subsampled",
    "translation_w1",
]
