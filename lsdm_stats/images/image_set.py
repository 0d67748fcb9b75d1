"""Images with labels, and the protocol of a data set."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from lsdm_stats.arrays import FloatArray, IntArray, read_only


@dataclass(frozen=True)
class Images:
    """Grey images as they are stored, and as numbers in [0, 1] where they are asked for.

    Parameters
    ----------
    values : ndarray of shape (N, height, width)
        Grey values from 0 (black) to `white`, in the type that they came in: bytes take an eighth of the memory.
    labels : ndarray of shape (N,)
        Label of each image, from 0.
    white : float
        The grey value that stands for 1.

    Examples
    --------
    >>> images = Images(np.array([[[0, 51], [255, 0]]], dtype=np.uint8), np.array([3]), white=255.0)
    >>> images.pixels.tolist()
    [[[0.0, 0.2], [1.0, 0.0]]]
    """

    values: NDArray[Any]
    labels: IntArray
    white: float = 1.0

    def __post_init__(self) -> None:
        object.__setattr__(self, "values", read_only(self.values.view()))
        object.__setattr__(self, "labels", read_only(self.labels.astype(np.int64)))

    def __len__(self) -> int:
        return len(self.values)

    @property
    def pixels(self) -> FloatArray:
        """All images ``(N, height, width)`` in [0, 1]; made anew each time, so that it takes no memory while unused."""
        return read_only(self.values / np.float64(self.white))

    def flat(self, index: IntArray) -> FloatArray:
        """Images of some numbers ``(…)`` as vectors ``(…, height * width)`` in [0, 1]."""
        size = int(np.prod(self.values.shape[1:]))
        return read_only(self.values[index].reshape(*index.shape, size) / np.float64(self.white))


@runtime_checkable
class DataSet(Protocol):
    """A spec of images with labels."""

    @property
    def digest(self) -> str:
        """Digest of the spec."""
        ...

    @property
    def image_shape(self) -> tuple[int, int]:
        """Height and width."""
        ...

    @property
    def n_images(self) -> int:
        """Number of images."""
        ...

    @property
    def n_labels(self) -> int:
        """Number of labels."""
        ...

    def load(self) -> Images:
        """The images; read once per process."""
        ...
