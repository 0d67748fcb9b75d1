"""LSDM: a latent space and a matcher make a conditional sampler."""

from lsdm_stats.lsdm.arrays_fit import ArraysFit
from lsdm_stats.lsdm.method import LSDM, FittedLSDM

__all__ = ["LSDM", "ArraysFit", "FittedLSDM"]
