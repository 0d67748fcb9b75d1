"""Images with labels, and the protocol of a data set."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from lsdm_stats.arrays import FloatArray, IntArray, read_only


@dataclass(frozen=True, eq=False)
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
    """A spec of images with labels.

    Examples
    --------
    >>> from lsdm_stats.images import Digits
    >>> isinstance(Digits(), DataSet), Digits().image_shape
    (True, (8, 8))
    """

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


def checked(
    name: str,
    values: NDArray[Any],
    labels: NDArray[Any],
    *,
    shape: tuple[int, int],
    n_labels: int,
    n_images: int | None = None,
    white: float = 1.0,
    remedy: str = "choose another file",
) -> Images:
    """Images of the right number, shape, range and labels.

    Raises
    ------
    ValueError
        If anything is not as it must be; `remedy` is the last clause.
    """
    wanted = f"({'N' if n_images is None else n_images}, {shape[0]}, {shape[1]})"
    if values.ndim != 3 or values.shape[1:] != shape or n_images not in (None, len(values)):
        raise ValueError(f"{name} must have images of shape {wanted}; got shape {values.shape}; {remedy}")
    if labels.shape != values.shape[:1]:
        raise ValueError(
            f"{name} must have one label per image, shape ({len(values)},); got shape {labels.shape}; {remedy}"
        )
    if len(values) < 2:
        raise ValueError(f"{name} must have at least 2 images; got {len(values)}; {remedy}")
    if values.dtype.kind not in "uif" or not np.all((values >= 0) & (values <= white)):
        raise ValueError(f"{name} must have pixels in [0, {white:g}]; got {_range(values)}; {remedy}")
    if labels.dtype.kind not in "ui" or not np.all((labels >= 0) & (labels < n_labels)):
        raise ValueError(f"{name} must have whole labels in [0, {n_labels - 1}]; got {_range(labels)}; {remedy}")
    return Images(values, labels, white)


def _range(values: NDArray[Any]) -> str:
    if values.dtype.kind not in "uif":
        return f"values of type {values.dtype}"
    return f"{values.dtype} values from {values.min():g} to {values.max():g}"
