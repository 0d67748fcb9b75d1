"""The truth: joint laws with exact conditional sampling and a known response manifold; pairs of laws with known W1."""

from lsdm_stats.populations.circle import Circle
from lsdm_stats.populations.displaced import Dilated, DisplacedCube, MonotoneShift, Translated
from lsdm_stats.populations.linear_gaussian import LinearGaussian
from lsdm_stats.populations.noise import IsotropicNoise, NoNoise
from lsdm_stats.populations.population import Population
from lsdm_stats.populations.swiss_roll import SwissRoll

CATALOGUE = (LinearGaussian, Circle, SwissRoll, Translated, Dilated, MonotoneShift)

__all__ = [
    "CATALOGUE",
    "Circle",
    "Dilated",
    "DisplacedCube",
    "IsotropicNoise",
    "LinearGaussian",
    "MonotoneShift",
    "NoNoise",
    "Population",
    "SwissRoll",
    "Translated",
]
