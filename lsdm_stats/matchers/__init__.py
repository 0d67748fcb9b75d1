"""Stage 2: conditional laws in a latent space, fitted to the n pairs."""

from lsdm_stats.matchers.arc_family import ArcFamily
from lsdm_stats.matchers.energy_score import EnergyScore
from lsdm_stats.matchers.exact_transport import ExactTransport
from lsdm_stats.matchers.generator import GeneratorNetwork
from lsdm_stats.matchers.nearest_neighbours import NearestNeighbours
from lsdm_stats.matchers.true_conditional import TrueConditional

CATALOGUE = (ArcFamily, EnergyScore, ExactTransport, NearestNeighbours, TrueConditional)

__all__ = [
    "CATALOGUE",
    "ArcFamily",
    "EnergyScore",
    "ExactTransport",
    "GeneratorNetwork",
    "NearestNeighbours",
    "TrueConditional",
]
