"""LSDM: a latent space and a matcher make a conditional sampler; cells of the grid by name."""

from lsdm_stats.lsdm.arrays_fit import ArraysFit
from lsdm_stats.lsdm.method import LSDM, FittedLSDM
from lsdm_stats.lsdm.recipes import PairedOnly, engression, latent_flow, ldm, wgcs

CATALOGUE = (LSDM, wgcs, engression, ldm, latent_flow, PairedOnly)
"""Every named method.

:meta hide-value:
"""

__all__ = [
    "CATALOGUE",
    "LSDM",
    "ArraysFit",
    "FittedLSDM",
    "PairedOnly",
    "engression",
    "latent_flow",
    "ldm",
    "wgcs",
]
