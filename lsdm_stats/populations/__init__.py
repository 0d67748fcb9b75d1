"""The truth: joint laws of conditions and responses with exact conditional sampling and a known response manifold."""

from lsdm_stats.populations.circle import Circle
from lsdm_stats.populations.linear_gaussian import LinearGaussian
from lsdm_stats.populations.noise import IsotropicNoise, NoNoise
from lsdm_stats.populations.population import Population
from lsdm_stats.populations.swiss_roll import SwissRoll

CATALOGUE = (LinearGaussian, Circle, SwissRoll)

__all__ = ["CATALOGUE", "Circle", "IsotropicNoise", "LinearGaussian", "NoNoise", "Population", "SwissRoll"]
