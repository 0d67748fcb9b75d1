"""Real image data as semi-supervised sources: data sets, and tasks on them."""

from lsdm_stats.images.digits import Digits
from lsdm_stats.images.fetched import MNIST, FashionMNIST, Olivetti
from lsdm_stats.images.image_set import DataSet, Images
from lsdm_stats.images.scikit_image import Faces, Textures
from lsdm_stats.images.task import ImageTask, Pool, Restoration
from lsdm_stats.images.tasks import ByClass, Inpainting, SuperResolution
from lsdm_stats.images.validation import Validation

CATALOGUE = (ByClass, SuperResolution, Inpainting, Validation)
"""Every image task.

:meta hide-value:
"""
DATA_SETS = (Digits, Faces, Textures, MNIST, FashionMNIST, Olivetti)
"""Every data set of images.

:meta hide-value:
"""

__all__ = [
    "CATALOGUE",
    "DATA_SETS",
    "MNIST",
    "ByClass",
    "DataSet",
    "Digits",
    "Faces",
    "FashionMNIST",
    "ImageTask",
    "Images",
    "Inpainting",
    "Olivetti",
    "Pool",
    "Restoration",
    "SuperResolution",
    "Textures",
    "Validation",
]
