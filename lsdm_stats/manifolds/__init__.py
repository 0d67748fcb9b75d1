"""Closed-form geometry of response manifolds: charts, projections, distances, reach."""

from lsdm_stats.manifolds.circle import CircleCurve
from lsdm_stats.manifolds.embedding import combine, embedding_matrix
from lsdm_stats.manifolds.linear import LinearSubspace
from lsdm_stats.manifolds.protocol import Manifold
from lsdm_stats.manifolds.swiss_roll import SwissRollSheet

CATALOGUE = (LinearSubspace, CircleCurve, SwissRollSheet)

__all__ = ["CATALOGUE", "CircleCurve", "LinearSubspace", "Manifold", "SwissRollSheet", "combine", "embedding_matrix"]
