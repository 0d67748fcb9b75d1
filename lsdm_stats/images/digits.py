"""Scikit-learn's handwritten digits by class; nothing is downloaded."""

from __future__ import annotations

from functools import cache
from typing import Annotated, ClassVar

import numpy as np
from annotated_types import Ge, Gt, Le

from lsdm_stats.arrays import FloatArray, IntArray, check_count, read_only
from lsdm_stats.samples import SemiSupervised
from lsdm_stats.spec import Spec
from lsdm_stats.streams import Generators, check_rngs

_N_IMAGES, _N_LABELS = 1797, 10


class Digits(Spec):
    """Class-conditional generation of 8 x 8 digits: X a label, Y an image with pixels in [0, 1].

    Each generator stands for one random split of the 1,797 images, always the same however often it was used:
    `test_size` test images and a pool of all others. Pairs are
    taken from the front of the pool's random order, unpaired images from its end, so that neither number changes the
    other sample; class frequencies vary as they do in random samples.

    Parameters
    ----------
    test_size : int
        Number of test images of a split.
    label_distance : float
        Euclidean distance between the codes of two labels. From the diameter of the images on (4.82; 8 bounds every
        pair of images in [0, 1]^64) the joint W1 between real images is the sum of the class-wise W1 weighted by class
        proportions (docs/theory.md, A4); generated images that lie further from a real one than this distance could
        cost less by a move between labels.

    Examples
    --------
    >>> from lsdm_stats import streams
    >>> task = Digits()
    >>> task.draw(50, 200, rngs=streams.data(1, task, replicates=range(2))).responses.shape
    (2, 50, 64)
    """

    test_size: Annotated[int, Ge(1), Le(_N_IMAGES - 1)] = 500
    label_distance: Annotated[float, Gt(0)] = 6.0

    image_shape: ClassVar[tuple[int, int]] = (8, 8)

    @property
    def condition_dim(self) -> int:
        """Ten: one coordinate per label."""
        return _N_LABELS

    @property
    def response_dim(self) -> int:
        """Sixty-four pixels."""
        return 64

    @property
    def pool_size(self) -> int:
        """Number of images outside the test set."""
        return _N_IMAGES - self.test_size

    def draw(self, n_paired: int, n_unpaired: int, *, rngs: Generators) -> SemiSupervised:
        """Labelled and unlabelled images of the pool, one split per generator.

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
        pools = [order[self.test_size :] for order in self._orders(rngs)]
        conditions, responses = self._stack([pool[:n_paired] for pool in pools])
        return SemiSupervised(conditions, responses, self._stack([pool[::-1][:n_unpaired] for pool in pools])[1])

    def held_out(self, n: int, *, rngs: Generators) -> tuple[FloatArray, FloatArray]:
        """Codes ``(R, n, 10)`` and images ``(R, n, 64)`` of test images.

        Raises
        ------
        ValueError
            If more are asked for than the test set has.
        """
        if check_count(n, "n") > self.test_size:
            raise ValueError(f"n must be at most test_size ({self.test_size}); got {n}; lower it")
        return self._stack([order[:n] for order in self._orders(rngs)])

    def pool(self, *, rngs: Generators) -> tuple[FloatArray, FloatArray]:
        """Codes and images of all non-test images of each split: what measuring devices may be fitted to."""
        return self._stack([order[self.test_size :] for order in self._orders(rngs)])

    def labels(self, conditions: FloatArray) -> IntArray:
        """Labels ``(…)`` of codes ``(…, 10)``."""
        return conditions.argmax(axis=-1)

    def _orders(self, rngs: Generators) -> list[IntArray]:
        return [_split_rng(rng).permutation(_N_IMAGES) for rng in check_rngs(rngs)]

    def _stack(self, rows: list[IntArray]) -> tuple[FloatArray, FloatArray]:
        images, labels = _load()
        index = np.stack(rows)
        return np.eye(_N_LABELS)[labels[index]] * (self.label_distance / np.sqrt(2)), images[index]


def _split_rng(rng: np.random.Generator) -> np.random.Generator:
    """Third child of the stream as it was made: the split is the stream's, however often the stream was used.

    Three children are spawned besides, as by every source, so that later children are the same as for populations.
    """
    rng.spawn(3)
    made = rng.bit_generator.seed_seq
    if not isinstance(made, np.random.SeedSequence):
        raise ValueError(
            "rngs must be made from seeds; got a generator without one; use numpy.random.default_rng(seed)"
        )
    split = np.random.SeedSequence(made.entropy, spawn_key=(*made.spawn_key, 2), pool_size=made.pool_size)
    return np.random.Generator(type(rng.bit_generator)(split))


@cache
def _load() -> tuple[FloatArray, IntArray]:
    from sklearn.datasets import load_digits

    images, labels = (np.asarray(part) for part in load_digits(return_X_y=True))
    return read_only(images / 16.0), read_only(labels.astype(np.int64))
