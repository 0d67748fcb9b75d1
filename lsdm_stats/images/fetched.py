"""Standard sets that scikit-learn fetches once and keeps, or that are read from a person's own files."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from typing import Annotated, ClassVar, Self

from annotated_types import Ge
from pydantic import model_validator

from lsdm_stats.images.image_set import Images
from lsdm_stats.images.reading import OwnFiles, content, fetched_digits, fetched_faces, own_digits, own_faces, thinned
from lsdm_stats.spec import Spec

_ALL = 70_000


class _Bytes28(Spec):
    """What `MNIST` and `FashionMNIST` share: 70,000 images of 28 x 28 bytes in ten classes."""

    path: str = ""
    size: Annotated[int, Ge(2)] | None = None

    image_shape: ClassVar[tuple[int, int]] = (28, 28)
    n_labels: ClassVar[int] = 10
    openml_name: ClassVar[str] = ""
    stands_for: ClassVar[Mapping[str, str]] = {"path": "content"}

    @model_validator(mode="after")
    def _is_readable(self) -> Self:
        most = self._n_available
        if self.size is not None and self.size > most:
            raise ValueError(f"size must be at most {most} (images of the set); got {self.size}; lower it")
        return self

    @property
    def content(self) -> str:
        """SHA-256 of all images and labels of one's own files; empty without them."""
        return content(own_digits, self._files) if self._files else ""

    @property
    def n_images(self) -> int:
        """Number of images that are used."""
        return self.size or self._n_available

    def load(self) -> Images:
        """The images; read once per process.

        Raises
        ------
        ValueError
            If they can be neither fetched nor read; one line that says what to do.
        """
        name = type(self).__name__
        whole = own_digits(self._files) if self._files else fetched_digits(name, self.openml_name, _ALL)
        return thinned(whole, self.size)

    @property
    def _n_available(self) -> int:
        return len(own_digits(self._files)) if self._files else _ALL

    @cached_property
    def _files(self) -> OwnFiles | None:
        return OwnFiles.at(self.path) if self.path else None


class MNIST(_Bytes28):
    """Handwritten digits: 70,000 of 28 x 28 pixels, ten classes, training images first.

    Fetched once by scikit-learn and kept in its data home (``$SCIKIT_LEARN_DATA``), or read from files of one's own.

    Parameters
    ----------
    path : str
        Instead of the network: a folder with the four IDX files as they are published, packed or not, or a Keras
        archive ``mnist.npz``. It is what the files hold that counts in a digest, not where they lie: files with
        equal images and labels are one data set, those with others another.
    size : int, optional
        Use that many images, evenly spaced in the whole set: measuring devices are fitted to all images outside
        the test set, which takes minutes per split for 70,000.

    Raises
    ------
    ValueError
        If `path` does not lead to such files, or they are damaged.

    Examples
    --------
    >>> MNIST(size=10_000).n_images
    10000

    References
    ----------
    .. [1] LeCun, Bottou, Bengio and Haffner (1998), Proceedings of the IEEE 86:2278-2324.
    """

    openml_name: ClassVar[str] = "mnist_784"


class FashionMNIST(_Bytes28):
    """Articles of clothing: 70,000 of 28 x 28 pixels, ten classes, training images first.

    Fetched once by scikit-learn and kept in its data home (``$SCIKIT_LEARN_DATA``), or read from files of one's own.

    Parameters
    ----------
    path : str
        As of `MNIST`: a folder with the four IDX files, or an archive with the arrays of Keras.
    size : int, optional
        As of `MNIST`: how many images are used, evenly spaced in the whole set.

    Raises
    ------
    ValueError
        If `path` does not lead to such files, or they are damaged.

    Examples
    --------
    >>> FashionMNIST().n_images
    70000

    References
    ----------
    .. [1] Xiao, Rasul and Vollgraf (2017), arXiv 1708.07747.
    """

    openml_name: ClassVar[str] = "Fashion-MNIST"


class Olivetti(Spec):
    """Faces of 40 persons: 400 of 64 x 64 pixels, ten of each person; labels are persons.

    Fetched once by scikit-learn and kept in its data home (``$SCIKIT_LEARN_DATA``), or read from a file of one's own.
    Grey values are stretched to [0, 1], as by scikit-learn.

    Parameters
    ----------
    path : str
        Instead of the network: a file ``olivettifaces.mat`` with the array ``faces`` of shape (4096, 400). It is what
        the file holds that counts in a digest, not where it lies.

    Raises
    ------
    ValueError
        If `path` does not lead to such a file, or it is damaged.

    Examples
    --------
    >>> Olivetti().n_images, Olivetti().image_shape
    (400, (64, 64))

    References
    ----------
    .. [1] Samaria and Harter (1994), Proceedings of the Second IEEE Workshop on Applications of Computer Vision.
    """

    path: str = ""

    image_shape: ClassVar[tuple[int, int]] = (64, 64)
    n_images: ClassVar[int] = 400
    n_labels: ClassVar[int] = 40
    stands_for: ClassVar[Mapping[str, str]] = {"path": "content"}

    @model_validator(mode="after")
    def _is_readable(self) -> Self:
        if self._files:
            own_faces(self._files)
        return self

    @property
    def content(self) -> str:
        """SHA-256 of all images and labels of one's own file; empty without it."""
        return content(own_faces, self._files) if self._files else ""

    def load(self) -> Images:
        """The images; read once per process.

        Raises
        ------
        ValueError
            If they can be neither fetched nor read; one line that says what to do.
        """
        return own_faces(self._files) if self._files else fetched_faces()

    @cached_property
    def _files(self) -> OwnFiles | None:
        return OwnFiles.at(self.path) if self.path else None
