"""The truth: joint laws with exact conditional sampling and a known response manifold; pairs of laws with known W1."""

from lsdm_stats.populations.box_subspace import BoxSubspace
from lsdm_stats.populations.checking import check_population
from lsdm_stats.populations.circle import Circle
from lsdm_stats.populations.clifford import Clifford
from lsdm_stats.populations.constants import Metric, SphereSource
from lsdm_stats.populations.displaced import Dilated, DisplacedCube, MonotoneShift, Translated
from lsdm_stats.populations.fourier import FourierModes
from lsdm_stats.populations.gaussian_mixtures import (
    ConditionalMixtures,
    GaussianMixtures,
    MappedMixtures,
    Memorised,
    MixtureFlow,
)
from lsdm_stats.populations.helix import Helix
from lsdm_stats.populations.hopf import Hopf
from lsdm_stats.populations.joint_pairs import (
    GrowingShift,
    IntervalPair,
    JointPair,
    JointSamples,
    LabelledPair,
    TurnedPolygon,
    Zigzag,
)
from lsdm_stats.populations.kernels import CapKernel, VonMisesKernel
from lsdm_stats.populations.latitude import Latitude
from lsdm_stats.populations.linear_gaussian import LinearGaussian
from lsdm_stats.populations.mixture_latents import MixtureLatents
from lsdm_stats.populations.mobius import Mobius
from lsdm_stats.populations.noise import IsotropicNoise, NoNoise, NormalNoise
from lsdm_stats.populations.population import Population
from lsdm_stats.populations.round_classes import RoundClasses
from lsdm_stats.populations.shifted import Shifted
from lsdm_stats.populations.spherical import Spherical
from lsdm_stats.populations.swiss_roll import SwissRoll
from lsdm_stats.populations.swiss_roll_of_cube import SwissRollOfCube
from lsdm_stats.populations.uniform import UniformCube, UniformLaw, UniformRoll, UniformSphere, UniformTorus

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
    SwissRollOfCube,
    FourierModes,
    RoundClasses,
    Mobius,
    MixtureLatents,
    Shifted,
    Translated,
    Dilated,
    MonotoneShift,
    UniformCube,
    UniformTorus,
    UniformSphere,
    UniformRoll,
    Zigzag,
    GrowingShift,
    TurnedPolygon,
    LabelledPair,
)
"""Every population and every pair of laws with a known distance.

:meta hide-value:
"""

__all__ = [
    "CATALOGUE",
    "BoxSubspace",
    "CapKernel",
    "Circle",
    "Clifford",
    "ConditionalMixtures",
    "Dilated",
    "DisplacedCube",
    "FourierModes",
    "GaussianMixtures",
    "GrowingShift",
    "Helix",
    "Hopf",
    "IntervalPair",
    "IsotropicNoise",
    "JointPair",
    "JointSamples",
    "LabelledPair",
    "Latitude",
    "LinearGaussian",
    "MappedMixtures",
    "Memorised",
    "Metric",
    "MixtureFlow",
    "MixtureLatents",
    "Mobius",
    "MonotoneShift",
    "NoNoise",
    "NormalNoise",
    "Population",
    "RoundClasses",
    "Shifted",
    "SphereSource",
    "Spherical",
    "SwissRoll",
    "SwissRollOfCube",
    "Translated",
    "TurnedPolygon",
    "UniformCube",
    "UniformLaw",
    "UniformRoll",
    "UniformSphere",
    "UniformTorus",
    "VonMisesKernel",
    "Zigzag",
    "check_population",
]
