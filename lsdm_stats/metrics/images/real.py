"""Real non-test images in place of generated ones."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache

import numpy as np
import scipy
from scipy.spatial.distance import cdist

from lsdm_stats.arrays import FloatArray, IntArray, read_only
from lsdm_stats.images import ByClass, Pool
from lsdm_stats.metrics.evaluation import Evaluation
from lsdm_stats.metrics.images.splits import KEPT_SPLITS, TaskSplit, columns, image_splits, inner_task
from lsdm_stats.metrics.joint import joint_transport
from lsdm_stats.spec import Spec


def real_images(split: TaskSplit) -> FloatArray:
    """For each test image a different non-test image ``(n_test, q)`` whose condition is as near as can be.

    The total distance of conditions is least among all choices of different images; by class, labels are equal.

    Raises
    ------
    ValueError
        If the pool is too small, as a whole or in a class.
    """
    pool = split.pool()
    return Pool(pool.task, pool.index[_chosen(split)]).responses


@lru_cache(maxsize=KEPT_SPLITS)
def _chosen(split: TaskSplit) -> IntArray:
    """Places in the pool of the images."""
    pool = split.pool()
    if len(pool) < split.n_test:
        raise ValueError(
            f"real images in place of generated ones need as many non-test images as test images, {split.n_test}; "
            f"got {len(pool)}; lower n_test or test_size"
        )
    if isinstance(inner_task(split.task), ByClass):
        return read_only(_of_the_same_class(split.labels(), pool.labels))
    distances = cdist(split.test()[0], pool.conditions)
    return read_only(scipy.optimize.linear_sum_assignment(distances)[1])


def _of_the_same_class(labels: IntArray, pool_labels: IntArray) -> IntArray:
    chosen = np.empty(len(labels), dtype=np.int64)
    for label in np.unique(labels):
        wanted, available = labels == label, np.flatnonzero(pool_labels == label)
        if len(available) < wanted.sum():
            raise ValueError(
                "real images in place of generated ones need a non-test image for each test image of a class; "
                f"got {len(available)} for {wanted.sum()} of class {label}; lower n_test or test_size"
            )
        chosen[wanted] = available[: wanted.sum()]
    return chosen


class RealReference(Spec):
    """Joint W1 of real non-test images in place of generated ones, ``joint_w1.real``.

    For each test condition a different real image is taken whose condition is as near as can be: the same label, or
    the most similar pixels. This is a reference and not a bound: plug-in W1 of few images in many dimensions can fall
    below it for laws that are too narrow.

    Examples
    --------
    >>> from lsdm_stats import LSDM, PCA, NearestNeighbours, evaluate, streams
    >>> from lsdm_stats.images import ByClass
    >>> task, method = ByClass(), LSDM(latent=PCA(dim=8), matcher=NearestNeighbours())
    >>> data = task.draw(200, 0, rngs=streams.data(1, task, replicates=[0]))
    >>> fitted = method.fit(data, rngs=streams.fit(1, task, method, replicates=[0]))
    >>> rngs = streams.data(1, task, replicates=[0])
    >>> sorted(evaluate(fitted, task, [RealReference()], n_test=100, rngs=rngs))
    ['joint_w1.real']
    """

    def evaluate(self, evaluation: Evaluation) -> Mapping[str, FloatArray]:
        """One distance per replicate.

        Raises
        ------
        ValueError
            If the source is no image task or has too few non-test images.
        """
        splits = image_splits(evaluation, self)
        return columns(["joint_w1.real"], [{"joint_w1.real": _real_joint_w1(split)} for split in splits])


@lru_cache(maxsize=KEPT_SPLITS)
def _real_joint_w1(split: TaskSplit) -> float:
    conditions, responses = split.test()
    return joint_transport(conditions, real_images(split), responses).value
