"""Real image data as semi-supervised sources: data sets, and tasks on them."""

from lsdm_stats.images.digits import Digits
from lsdm_stats.images.image_set import DataSet, Images
from lsdm_stats.images.task import ImageTask, Pool, Restoration
from lsdm_stats.images.tasks import ByClass, Inpainting, SuperResolution
from lsdm_stats.images.validation import Validation

CATALOGUE = (ByClass, SuperResolution, Inpainting, Validation)
DATA_SETS = (Digits,)

__all__ = [
    "CATALOGUE",
    "DATA_SETS",
    "ByClass",
    "DataSet",
    "Digits",
    "ImageTask",
    "Images",
    "Inpainting",
    "Pool",
    "Restoration",
    "SuperResolution",
    "Validation",
]
