"""Random splits of a data set into test images and a pool."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

import numpy as np

from lsdm_stats.arrays import IntArray, check_count
from lsdm_stats.images.image_set import DataSet
from lsdm_stats.spec import Spec
from lsdm_stats.streams import Generators, check_rngs


@dataclass(frozen=True)
class Split:
    """Random splits of the images of a data set, one per generator: set aside, test images, and a pool of all others.

    A split is the generator's, always the same however often that was used.

    Parameters
    ----------
    images : Spec
        The data set.
    test_size : int
        Number of test images.
    reserved : int
        Number of images that are set aside, neither test images nor in the pool.

    Raises
    ------
    ValueError
        If `images` is no data set, or no image is left for the pool.
    """

    images: Spec
    test_size: int
    reserved: int = 0

    def __post_init__(self) -> None:
        if not isinstance(self.images, DataSet):
            raise ValueError(
                f"images must be a data set such as Digits(); got {type(self.images).__name__}; see lsdm list"
            )
        most = self.data_set.n_images - 1
        if self.test_size > most:
            raise ValueError(
                f"test_size must be at most {most} (images of {type(self.images).__name__} less one); "
                f"got {self.test_size}; lower it"
            )

    @property
    def data_set(self) -> DataSet:
        """The data set, as its protocol."""
        assert isinstance(self.images, DataSet)
        return self.images

    @property
    def pool_size(self) -> int:
        """Number of images in the pool."""
        return self.data_set.n_images - self.test_size - self.reserved

    def parts(self, rngs: Generators) -> list[tuple[IntArray, IntArray]]:
        """Numbers of the test images and of those in the pool, in random order."""
        first, last = self.reserved, self.reserved + self.test_size
        orders = [_split_rng(rng).permutation(self.data_set.n_images) for rng in check_rngs(rngs)]
        return [(order[first:last], order[last:]) for order in orders]

    def test(self, n: int, rngs: Generators) -> list[IntArray]:
        """Numbers of the first n test images.

        Raises
        ------
        ValueError
            If there are fewer.
        """
        if check_count(n, "n") > self.test_size:
            raise ValueError(f"n must be at most test_size ({self.test_size}); got {n}; lower it")
        return [test[:n] for test, _ in self.parts(rngs)]

    def identities(self, rngs: Generators) -> tuple[str, ...]:
        """One name per split: equal ones have the same test images and the same pool, in the same order."""
        sizes = f"{self.images.digest} {self.test_size} {self.reserved}"
        return tuple(
            hashlib.sha256(f"{sizes} {type(rng.bit_generator).__name__} {_seeds(rng)!r}".encode()).hexdigest()
            for rng in check_rngs(rngs)
        )


def _seeds(rng: np.random.Generator) -> np.random.SeedSequence:
    made = rng.bit_generator.seed_seq
    if not isinstance(made, np.random.SeedSequence):
        raise ValueError(
            "rngs must be made from seeds; got a generator without one; use numpy.random.default_rng(seed)"
        )
    return np.random.SeedSequence(made.entropy, spawn_key=(*made.spawn_key, 2), pool_size=made.pool_size)


def _split_rng(rng: np.random.Generator) -> np.random.Generator:
    """Third child of the stream as it was made: the split is the stream's, however often the stream was used.

    Three children are spawned besides, as by every source, so that later children are the same as for populations.
    """
    rng.spawn(3)
    return np.random.Generator(type(rng.bit_generator)(_seeds(rng)))
