"""Stage 2: conditional laws in a latent space, fitted to the n pairs."""

from lsdm_stats.matchers.arc_family import ArcFamily
from lsdm_stats.matchers.critic import Critic
from lsdm_stats.matchers.energy_score import EnergyScore
from lsdm_stats.matchers.ensemble import Ensemble
from lsdm_stats.matchers.exact_transport import ExactTransport
from lsdm_stats.matchers.flow_matching import FlowMatching
from lsdm_stats.matchers.generator import GeneratorNetwork
from lsdm_stats.matchers.local_transport import LocalTransport
from lsdm_stats.matchers.mixture_density import MixtureDensity
from lsdm_stats.matchers.nearest_neighbours import NearestNeighbours
from lsdm_stats.matchers.score_matching import ScoreMatching
from lsdm_stats.matchers.sinkhorn import SinkhornMatcher
from lsdm_stats.matchers.true_conditional import TrueConditional
from lsdm_stats.matchers.velocity import VelocityNetwork
from lsdm_stats.matchers.windows import Windows

CATALOGUE = (
    ArcFamily,
    Critic,
    EnergyScore,
    Ensemble,
    ExactTransport,
    FlowMatching,
    LocalTransport,
    MixtureDensity,
    NearestNeighbours,
    ScoreMatching,
    SinkhornMatcher,
    TrueConditional,
)
"""Every kind of matcher.

:meta hide-value:
"""

__all__ = [
    "CATALOGUE",
    "ArcFamily",
    "Critic",
    "EnergyScore",
    "Ensemble",
    "ExactTransport",
    "FlowMatching",
    "GeneratorNetwork",
    "LocalTransport",
    "MixtureDensity",
    "NearestNeighbours",
    "ScoreMatching",
    "SinkhornMatcher",
    "TrueConditional",
    "VelocityNetwork",
    "Windows",
]
