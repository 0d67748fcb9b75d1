"""What is measured of a fitted sampler, on one shared evaluation sample, or of an estimator, by the known distance."""

from lsdm_stats.metrics.clipping import Clipped, ClippingTerms
from lsdm_stats.metrics.conditional import JointAndConditionalW1, labelled_w1
from lsdm_stats.metrics.estimation import (
    Estimation,
    EstimationError,
    HasEstimates,
    IntervalCoverage,
    KnownDistance,
    Stated,
)
from lsdm_stats.metrics.evaluation import Evaluation, FurtherDraws, Metric, draw_evaluation, evaluate
from lsdm_stats.metrics.fixed_conditions import ConditionalW1
from lsdm_stats.metrics.flow_errors import FlowErrors, SamplerErrors
from lsdm_stats.metrics.geometry import (
    DistanceToManifold,
    GeometryModuli,
    LargestDistanceToManifold,
    MarginalW1,
    Reconstruction,
)
from lsdm_stats.metrics.images import (
    ClassificationAccuracyScore,
    ClassifierAccuracy,
    ClasswiseW1,
    FeatureScores,
    LearnedManifold,
    Memorisation,
    NearestResponse,
    RealReference,
    RestorationScores,
)
from lsdm_stats.metrics.joint import JointW1, LatentW1, ReconstructedJointW1, WeightedLatentW1
from lsdm_stats.metrics.pictures import ExampleDraws, Examples
from lsdm_stats.metrics.score_errors import ScoreErrors

CATALOGUE = (
    JointW1,
    ReconstructedJointW1,
    LatentW1,
    WeightedLatentW1,
    ConditionalW1,
    Reconstruction,
    DistanceToManifold,
    LargestDistanceToManifold,
    MarginalW1,
    GeometryModuli,
    Clipped,
    ClippingTerms,
    FlowErrors,
    SamplerErrors,
    ScoreErrors,
    NearestResponse,
    LearnedManifold,
    ClassifierAccuracy,
    ClassificationAccuracyScore,
    ClasswiseW1,
    FeatureScores,
    Memorisation,
    RestorationScores,
    RealReference,
    Examples,
    ExampleDraws,
    KnownDistance,
    EstimationError,
    IntervalCoverage,
    Stated,
)
"""Every metric.

:meta hide-value:
"""

__all__ = [
    "CATALOGUE",
    "ClassificationAccuracyScore",
    "ClassifierAccuracy",
    "ClasswiseW1",
    "Clipped",
    "ClippingTerms",
    "ConditionalW1",
    "DistanceToManifold",
    "Estimation",
    "EstimationError",
    "Evaluation",
    "ExampleDraws",
    "Examples",
    "FeatureScores",
    "FlowErrors",
    "FurtherDraws",
    "GeometryModuli",
    "HasEstimates",
    "IntervalCoverage",
    "JointAndConditionalW1",
    "JointW1",
    "KnownDistance",
    "LargestDistanceToManifold",
    "LatentW1",
    "LearnedManifold",
    "MarginalW1",
    "Memorisation",
    "Metric",
    "NearestResponse",
    "RealReference",
    "ReconstructedJointW1",
    "Reconstruction",
    "RestorationScores",
    "SamplerErrors",
    "ScoreErrors",
    "Stated",
    "WeightedLatentW1",
    "draw_evaluation",
    "evaluate",
    "labelled_w1",
]
