"""Geometry in closed form: response manifolds with charts, projections and reach; model spaces with known spectra."""

from lsdm_stats.manifolds.circle import CircleCurve
from lsdm_stats.manifolds.clifford import CliffordTorus
from lsdm_stats.manifolds.embedded import EmbeddedManifold
from lsdm_stats.manifolds.embedding import combine, embedding_matrix
from lsdm_stats.manifolds.fourier import FourierTorus
from lsdm_stats.manifolds.helix import HelixCurve
from lsdm_stats.manifolds.linear import LinearSubspace
from lsdm_stats.manifolds.mobius import MobiusBand
from lsdm_stats.manifolds.model_spaces import (
    BallMass,
    Box,
    CoveringNumbers,
    FlatTorus,
    LawOnSpace,
    ModelSpace,
    ProductSpace,
    Sphere,
)
from lsdm_stats.manifolds.protocol import Manifold
from lsdm_stats.manifolds.round_union import RoundComponent, RoundUnion
from lsdm_stats.manifolds.sphere import SphereSurface
from lsdm_stats.manifolds.swiss_roll import SwissRollSheet

CATALOGUE = (
    LinearSubspace,
    CircleCurve,
    CliffordTorus,
    SphereSurface,
    HelixCurve,
    SwissRollSheet,
    FourierTorus,
    RoundUnion,
    MobiusBand,
)
"""Every kind of response manifold.

:meta hide-value:
"""

__all__ = [
    "CATALOGUE",
    "BallMass",
    "Box",
    "CircleCurve",
    "CliffordTorus",
    "CoveringNumbers",
    "EmbeddedManifold",
    "FlatTorus",
    "FourierTorus",
    "HelixCurve",
    "LawOnSpace",
    "LinearSubspace",
    "Manifold",
    "MobiusBand",
    "ModelSpace",
    "ProductSpace",
    "RoundComponent",
    "RoundUnion",
    "Sphere",
    "SphereSurface",
    "SwissRollSheet",
    "combine",
    "embedding_matrix",
]
