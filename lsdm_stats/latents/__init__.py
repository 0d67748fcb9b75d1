"""Stage 1: latent spaces, fitted to all N responses, paired and unpaired."""

from lsdm_stats.latents.affine import PCA, AffineSpace, Identity
from lsdm_stats.latents.autoencoder import Autoencoder
from lsdm_stats.latents.chart import TrueChart
from lsdm_stats.latents.clipping import clip_to_training, distance_to_training
from lsdm_stats.latents.convolutional import ConvolutionalAutoencoder
from lsdm_stats.latents.holdout_dim import HoldoutDim
from lsdm_stats.latents.variational import VariationalAutoencoder
from lsdm_stats.latents.wasserstein_autoencoder import WassersteinAutoencoder

CATALOGUE = (
    Identity,
    PCA,
    Autoencoder,
    ConvolutionalAutoencoder,
    VariationalAutoencoder,
    WassersteinAutoencoder,
    HoldoutDim,
    TrueChart,
)
"""Every kind of latent space.

:meta hide-value:
"""

__all__ = [
    "CATALOGUE",
    "PCA",
    "AffineSpace",
    "Autoencoder",
    "ConvolutionalAutoencoder",
    "HoldoutDim",
    "Identity",
    "TrueChart",
    "VariationalAutoencoder",
    "WassersteinAutoencoder",
    "clip_to_training",
    "distance_to_training",
]
