"""What every task draws from the splits of a data set."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

import numpy as np

from lsdm_stats.arrays import FloatArray, IntArray, check_count
from lsdm_stats.images.image_set import Images
from lsdm_stats.images.split import Split
from lsdm_stats.samples import SemiSupervised
from lsdm_stats.spec import Spec
from lsdm_stats.streams import Generators


@dataclass(frozen=True, eq=False)
class Pool:
    """The non-test images of one split: what measuring devices may be fitted to.

    Parameters
    ----------
    task : ImageTask
        Whose conditions are meant.
    index : ndarray of shape (P,)
        Numbers of the images in the data set, in the random order of the split.

    Examples
    --------
    >>> from lsdm_stats import streams
    >>> from lsdm_stats.images import ByClass
    >>> task = ByClass()
    >>> (pool,) = task.pool(rngs=streams.data(1, task, replicates=[0]))
    >>> pool.responses.shape == (len(pool), 64), int(pool.labels.max())
    (True, 9)
    """

    task: ImageTask
    index: IntArray

    def __len__(self) -> int:
        return len(self.index)

    @property
    def conditions(self) -> FloatArray:
        """Conditions ``(P, p)``; made anew at each access, as `responses` are: keep them while they are needed."""
        return self.task.conditions_of(self.responses, self.labels)

    @property
    def responses(self) -> FloatArray:
        """Images as vectors ``(P, q)``."""
        return self.task.data.flat(self.index)

    @property
    def labels(self) -> IntArray:
        """Class labels ``(P,)``."""
        return self.task.data.labels[self.index]


@runtime_checkable
class Restoration(Protocol):
    """A task whose condition is a known linear function of the image.

    Examples
    --------
    >>> from lsdm_stats.images import ByClass, SuperResolution
    >>> isinstance(SuperResolution(factor=4), Restoration), isinstance(ByClass(), Restoration)
    (True, False)
    """

    def degrade(self, responses: FloatArray) -> FloatArray:
        """Conditions ``(…, p)`` of images ``(…, q)``."""
        ...


class ImageTask(Spec, ABC):
    """Random splits of images into test images and a pool, and what is drawn from them.

    Each generator stands for one split, always the same however often it was used. Pairs are taken from the front of
    the pool's random order, unpaired images from its end, so that neither number changes the other sample; class
    frequencies vary as they do in random samples.

    Examples
    --------
    >>> from lsdm_stats.images import ByClass
    >>> task: ImageTask = ByClass()
    >>> task.image_shape, task.n_labels, task.response_dim
    ((8, 8), 10, 64)
    """

    @property
    @abstractmethod
    def split(self) -> Split:
        """How images are split."""

    @property
    @abstractmethod
    def condition_dim(self) -> int:
        """Dimension p of the conditions."""

    @abstractmethod
    def conditions_of(self, responses: FloatArray, labels: IntArray) -> FloatArray:
        """Conditions ``(…, p)`` of images ``(…, q)`` with class labels ``(…)``."""

    @property
    def inner(self) -> ImageTask:
        """The task itself, and that of which a `Validation` is made: ask this one whether it has `degrade`."""
        return self

    @property
    def data(self) -> Images:
        """All images of the data set."""
        return self.split.data_set.load()

    @property
    def image_shape(self) -> tuple[int, int]:
        """Height and width of the images."""
        return self.split.data_set.image_shape

    @property
    def n_labels(self) -> int:
        """Number of classes."""
        return self.split.data_set.n_labels

    @property
    def response_dim(self) -> int:
        """Number of pixels q."""
        height, width = self.image_shape
        return height * width

    @property
    def pool_size(self) -> int:
        """Number of images outside the test set."""
        return self.split.pool_size

    def draw(self, n_paired: int, n_unpaired: int, *, rngs: Generators) -> SemiSupervised:
        """Pairs and unpaired images of the pool, one split per generator.

        Raises
        ------
        ValueError
            If there are no pairs or more images are asked for than the pool has.
        """
        check_count(n_paired, "n_paired")
        check_count(n_unpaired, "n_unpaired", minimum=0)
        size = self.pool_size
        if n_paired + n_unpaired > size:
            raise ValueError(
                f"n_paired + n_unpaired must be at most {size} (images outside the test set); "
                f"got {n_paired + n_unpaired}; lower one of them"
            )
        pools = [pool for _, pool in self.split.parts(rngs)]
        conditions, responses = self._stack([pool[:n_paired] for pool in pools])
        unpaired = np.stack([pool[::-1][:n_unpaired] for pool in pools])
        return SemiSupervised(conditions, responses, self.data.flat(unpaired))

    def held_out(self, n: int, *, rngs: Generators) -> tuple[FloatArray, FloatArray]:
        """Conditions ``(R, n, p)`` and images ``(R, n, q)`` of the test set.

        Raises
        ------
        ValueError
            If more are asked for than the test set has.
        """
        return self._stack(self.split.test(n, rngs))

    def test_labels(self, n: int, *, rngs: Generators) -> IntArray:
        """Class labels ``(R, n)`` of the images that `held_out` gives.

        Raises
        ------
        ValueError
            If more are asked for than the test set has.
        """
        return self.data.labels[np.stack(self.split.test(n, rngs))]

    def pool(self, *, rngs: Generators) -> tuple[Pool, ...]:
        """All non-test images of each split: what measuring devices may be fitted to."""
        return tuple(Pool(self, pool) for _, pool in self.split.parts(rngs))

    def splits(self, *, rngs: Generators) -> tuple[str, ...]:
        """An identity of each split: equal ones have the same test images and the same pool, in the same order."""
        return self.split.identities(rngs)

    def _stack(self, rows: list[IntArray]) -> tuple[FloatArray, FloatArray]:
        index = np.stack(rows)
        responses = self.data.flat(index)
        return self.conditions_of(responses, self.data.labels[index]), responses
