"""Stage 1: latent spaces, fitted to all N responses, paired and unpaired."""

from lsdm_stats.latents.affine import PCA, AffineSpace, Identity
from lsdm_stats.latents.autoencoder import Autoencoder
from lsdm_stats.latents.chart import TrueChart
from lsdm_stats.latents.clipping import clip_to_training, distance_to_training

CATALOGUE = (Identity, PCA, Autoencoder, TrueChart)

__all__ = [
    "CATALOGUE",
    "PCA",
    "AffineSpace",
    "Autoencoder",
    "Identity",
    "TrueChart",
    "clip_to_training",
    "distance_to_training",
]
