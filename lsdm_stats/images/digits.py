"""Scikit-learn's handwritten digits; nothing is downloaded."""

from __future__ import annotations

from functools import cache
from typing import ClassVar

import numpy as np

from lsdm_stats.images.image_set import Images
from lsdm_stats.spec import Spec


class Digits(Spec):
    """Handwritten digits of scikit-learn: 1,797 of 8 x 8 pixels, ten classes; nothing is downloaded.

    Grey values are multiples of 1/16.

    Examples
    --------
    >>> Digits().load().pixels.shape
    (1797, 8, 8)

    References
    ----------
    .. [1] Alpaydin and Kaynak (1998), Optical Recognition of Handwritten Digits, UCI Machine Learning Repository.
    """

    image_shape: ClassVar[tuple[int, int]] = (8, 8)
    n_images: ClassVar[int] = 1797
    n_labels: ClassVar[int] = 10

    def load(self) -> Images:
        """The images; read once per process."""
        return _load()


@cache
def _load() -> Images:
    from sklearn.datasets import load_digits

    images, labels = (np.asarray(part) for part in load_digits(return_X_y=True))
    return Images(images.reshape(-1, 8, 8).astype(np.uint8), labels, white=16.0)
