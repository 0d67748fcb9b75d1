"""The truth: joint laws with exact conditional sampling and a known response manifold; pairs of laws with known W1."""

from lsdm_stats.populations.box_subspace import BoxSubspace
from lsdm_stats.populations.circle import Circle
from lsdm_stats.populations.clifford import Clifford
from lsdm_stats.populations.constants import Covering, Metric, SmallBall, SphereSource
from lsdm_stats.populations.displaced import Dilated, DisplacedCube, MonotoneShift, Translated
from lsdm_stats.populations.fourier import FourierModes
from lsdm_stats.populations.helix import Helix
from lsdm_stats.populations.hopf import Hopf
from lsdm_stats.populations.kernels import CapKernel, VonMisesKernel
from lsdm_stats.populations.latitude import Latitude
from lsdm_stats.populations.linear_gaussian import LinearGaussian
from lsdm_stats.populations.mobius import Mobius
from lsdm_stats.populations.noise import IsotropicNoise, NoNoise, NormalNoise
from lsdm_stats.populations.population import Population
from lsdm_stats.populations.round_classes import RoundClasses
from lsdm_stats.populations.spherical import Spherical
from lsdm_stats.populations.swiss_roll import SwissRoll

CATALOGUE = (
    LinearGaussian,
    BoxSubspace,
    Circle,
    Clifford,
    Latitude,
    Spherical,
    Hopf,
    Helix,
    SwissRoll,
    FourierModes,
    RoundClasses,
    Mobius,
    Translated,
    Dilated,
    MonotoneShift,
)

__all__ = [
    "CATALOGUE",
    "BoxSubspace",
    "CapKernel",
    "Circle",
    "Clifford",
    "Covering",
    "Dilated",
    "DisplacedCube",
    "FourierModes",
    "Helix",
    "Hopf",
    "IsotropicNoise",
    "Latitude",
    "LinearGaussian",
    "Metric",
    "Mobius",
    "MonotoneShift",
    "NoNoise",
    "NormalNoise",
    "Population",
    "RoundClasses",
    "SmallBall",
    "SphereSource",
    "Spherical",
    "SwissRoll",
    "Translated",
    "VonMisesKernel",
]
