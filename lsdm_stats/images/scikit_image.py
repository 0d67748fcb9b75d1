"""Images that come with scikit-image (extra `images`); nothing is downloaded."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Annotated, Any, ClassVar

import numpy as np
from annotated_types import Ge, Le
from numpy.typing import NDArray

from lsdm_stats.images.image_set import Images, checked
from lsdm_stats.spec import Spec

_SIDE, _TEXTURES = 512, ("brick", "grass", "gravel")


class Faces(Spec):
    """Faces (label 1) and other pieces of photographs (label 0): 200 of 25 x 25 pixels, 100 each.

    The subset of Labeled Faces in the Wild that comes with scikit-image; nothing is downloaded.

    Examples
    --------
    >>> Faces().load().pixels.shape
    (200, 25, 25)

    References
    ----------
    .. [1] Huang et al. (2007), Labeled Faces in the Wild, University of Massachusetts, Technical Report 07-49.
    """

    image_shape: ClassVar[tuple[int, int]] = (25, 25)
    n_images: ClassVar[int] = 200
    n_labels: ClassVar[int] = 2

    def load(self) -> Images:
        """The images; read once per process.

        Raises
        ------
        ValueError
            If scikit-image or its file is missing.
        """
        return _faces()


class Textures(Spec):
    """Patches of 8 x 8 pixels of photographs of brick (label 0), grass (1) and gravel (2); nothing is downloaded.

    By default 12,288 patches that touch and do not overlap. Patches that shared pixels would carry test images over
    into the training data, so that smaller strides are refused. Near patches of one photograph still resemble each
    other: what is measured is conditional on these three photographs.

    Parameters
    ----------
    stride : int
        Distance in pixels of the corners of neighbouring patches, at least 8.

    Examples
    --------
    >>> Textures(stride=16).load().pixels.shape
    (3072, 8, 8)
    """

    stride: Annotated[int, Ge(8), Le(_SIDE)] = 8

    image_shape: ClassVar[tuple[int, int]] = (8, 8)
    n_labels: ClassVar[int] = len(_TEXTURES)

    @property
    def n_images(self) -> int:
        """Number of patches of the three photographs."""
        return self.n_labels * len(range(0, _SIDE - 7, self.stride)) ** 2

    def load(self) -> Images:
        """The images; read once per process.

        Raises
        ------
        ValueError
            If scikit-image or its files are missing.
        """
        return _patches(self.stride)


@cache
def _faces() -> Images:
    values = _read("Faces", "lfw_subset")
    labels = (np.arange(len(values)) < 100).astype(np.int64)  # scikit-image has the faces first
    return checked("Faces", values, labels, shape=(25, 25), n_labels=2, n_images=200)


@cache
def _patches(stride: int) -> Images:
    starts = range(0, _SIDE - 7, stride)
    photographs = [_photograph(name) for name in _TEXTURES]
    values = np.stack([whole[i : i + 8, j : j + 8] for whole in photographs for i in starts for j in starts])
    return Images(values, np.repeat(np.arange(len(_TEXTURES)), len(starts) ** 2), white=255.0)


def _photograph(name: str) -> NDArray[Any]:
    whole = _read("Textures", name)
    if whole.shape != (_SIDE, _SIDE) or whole.dtype != np.uint8:
        raise ValueError(
            f"scikit-image's {name} must be {_SIDE} x {_SIDE} bytes; got {whole.dtype} of shape {whole.shape}; "
            "install scikit-image again"
        )
    return whole


def _read(data_set: str, name: str) -> NDArray[Any]:
    try:
        from skimage import data
    except ImportError:
        raise ValueError(
            f"{data_set} needs scikit-image; got none that can be imported; pip install lsdm_stats[images]"
        ) from None
    reader: Callable[[], NDArray[Any]] = getattr(data, name)
    try:
        return reader()
    except Exception as error:
        raise ValueError(
            f"{data_set} needs scikit-image's file {name}; got {type(error).__name__}; install scikit-image again"
        ) from None
