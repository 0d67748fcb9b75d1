"""Scores of generated images; measuring devices know no test image and are the same for every method."""

from lsdm_stats.metrics.images.classes import ClassificationAccuracyScore, ClasswiseW1
from lsdm_stats.metrics.images.classifier import ClassifierAccuracy
from lsdm_stats.metrics.images.features import FeatureScores
from lsdm_stats.metrics.images.fidelity import LearnedManifold, NearestResponse
from lsdm_stats.metrics.images.memorisation import Memorisation
from lsdm_stats.metrics.images.real import RealReference
from lsdm_stats.metrics.images.restoration import RestorationScores

__all__ = [
    "ClassificationAccuracyScore",
    "ClassifierAccuracy",
    "ClasswiseW1",
    "FeatureScores",
    "LearnedManifold",
    "Memorisation",
    "NearestResponse",
    "RealReference",
    "RestorationScores",
]
