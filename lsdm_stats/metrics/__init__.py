"""What is measured of a fitted sampler; every metric of a fit reads one shared evaluation sample."""

from lsdm_stats.metrics.evaluation import Evaluation, Metric, draw_evaluation, evaluate
from lsdm_stats.metrics.geometry import DistanceToManifold, GeometryModuli, MarginalW1, Reconstruction
from lsdm_stats.metrics.images import ClassifierAccuracy, NearestResponse, RealFloor
from lsdm_stats.metrics.joint import JointW1, LatentW1, ReconstructedJointW1, WeightedLatentW1
from lsdm_stats.metrics.pictures import Examples

CATALOGUE = (
    JointW1,
    ReconstructedJointW1,
    LatentW1,
    WeightedLatentW1,
    Reconstruction,
    DistanceToManifold,
    MarginalW1,
    GeometryModuli,
    NearestResponse,
    ClassifierAccuracy,
    RealFloor,
    Examples,
)

__all__ = [
    "CATALOGUE",
    "ClassifierAccuracy",
    "DistanceToManifold",
    "Evaluation",
    "Examples",
    "GeometryModuli",
    "JointW1",
    "LatentW1",
    "MarginalW1",
    "Metric",
    "NearestResponse",
    "RealFloor",
    "ReconstructedJointW1",
    "Reconstruction",
    "WeightedLatentW1",
    "draw_evaluation",
    "evaluate",
]
