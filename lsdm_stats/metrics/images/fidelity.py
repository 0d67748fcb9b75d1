"""Distance of generated images to real ones and to a manifold that is learned from them."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Annotated, Self

import numpy as np
from annotated_types import Ge
from pydantic import model_validator
from scipy.spatial.distance import cdist

from lsdm_stats.arrays import FloatArray
from lsdm_stats.metrics.evaluation import Evaluation
from lsdm_stats.metrics.images.real import real_images
from lsdm_stats.metrics.images.splits import KEPT_SPLITS, TaskSplit, columns, image_splits
from lsdm_stats.spec import Spec


class NearestResponse(Spec):
    """Mean distance of a generated image to the nearest test image, ``nearest_response``.

    ``nearest_response.real`` is that of as many real non-test images. Images that are too much alike, near to the
    middle of the data, can be nearer than real ones.

    Examples
    --------
    >>> from lsdm_stats import LSDM, PCA, NearestNeighbours, evaluate, streams
    >>> from lsdm_stats.images import ByClass
    >>> task, method = ByClass(), LSDM(latent=PCA(dim=8), matcher=NearestNeighbours())
    >>> data = task.draw(200, 0, rngs=streams.data(1, task, replicates=[0]))
    >>> fitted = method.fit(data, rngs=streams.fit(1, task, method, replicates=[0]))
    >>> rngs = streams.data(1, task, replicates=[0])
    >>> sorted(evaluate(fitted, task, [NearestResponse()], n_test=100, rngs=rngs))
    ['nearest_response', 'nearest_response.real']
    """

    def evaluate(self, evaluation: Evaluation) -> Mapping[str, FloatArray]:
        """One mean per replicate and name.

        Raises
        ------
        ValueError
            If the source is no image task or has too few non-test images.
        """
        splits = image_splits(evaluation, self)
        rows = [
            {"nearest_response": _to_nearest(images, responses), "nearest_response.real": _real_to_nearest(split)}
            for split, images, responses in zip(splits, evaluation.generated, evaluation.responses, strict=True)
        ]
        return columns(("nearest_response", "nearest_response.real"), rows)


class LearnedManifold(Spec):
    """Mean distance of generated images to a manifold that is learned from all non-test images of the split.

    The manifold is made of flat patches, one for each non-test image: the span of the first `dim` principal directions
    of this image and its `n_neighbours` nearest others, about their mean, no further along each direction than those
    images reach (local principal components [1]_). Distances are to the patch of the nearest non-test image. The
    distance is small for an image between similar ones, and large for mixtures of images that are not alike.

    Gives ``distance_to_learned_manifold``, and ``.real``, that of the test images. Images of the pool itself, training
    images among them, are nearer than any new ones: see `Memorisation`.

    Parameters
    ----------
    n_neighbours : int
        Images that span a patch, besides the one that it belongs to.
    dim : int
        Dimension of a patch, at most `n_neighbours`.

    References
    ----------
    .. [1] Kambhatla and Leen (1997), Dimension reduction by local principal component analysis,
       Neural Computation 9:1493-1516.

    Examples
    --------
    >>> from lsdm_stats import LSDM, PCA, NearestNeighbours, evaluate, streams
    >>> from lsdm_stats.images import ByClass
    >>> task, method = ByClass(), LSDM(latent=PCA(dim=8), matcher=NearestNeighbours())
    >>> data = task.draw(200, 0, rngs=streams.data(1, task, replicates=[0]))
    >>> fitted = method.fit(data, rngs=streams.fit(1, task, method, replicates=[0]))
    >>> rngs = streams.data(1, task, replicates=[0])
    >>> sorted(evaluate(fitted, task, [LearnedManifold()], n_test=100, rngs=rngs))
    ['distance_to_learned_manifold', 'distance_to_learned_manifold.real']
    """

    n_neighbours: Annotated[int, Ge(2)] = 20
    dim: Annotated[int, Ge(1)] = 8

    @model_validator(mode="after")
    def _spanned(self) -> Self:
        if self.dim > self.n_neighbours:
            raise ValueError(
                f"dim must be at most n_neighbours ({self.n_neighbours}), which span a patch; got {self.dim}; lower it"
            )
        return self

    def evaluate(self, evaluation: Evaluation) -> Mapping[str, FloatArray]:
        """One mean per replicate and name.

        Raises
        ------
        ValueError
            If the source is no image task or has fewer non-test images than a patch needs.
        """
        patch = self.n_neighbours, self.dim
        rows = [
            {
                "distance_to_learned_manifold": _mean_distance(split, images, *patch),
                "distance_to_learned_manifold.real": _real_mean_distance(split, *patch),
            }
            for split, images in zip(image_splits(evaluation, self), evaluation.generated, strict=True)
        ]
        return columns(("distance_to_learned_manifold", "distance_to_learned_manifold.real"), rows)


def distance_to_patches(points: FloatArray, sample: FloatArray, *, n_neighbours: int, dim: int) -> FloatArray:
    """Distance ``(n,)`` of points ``(n, q)`` to the patches of a sample ``(P, q)`` that `LearnedManifold` describes.

    Examples
    --------
    >>> line = np.column_stack([np.arange(10.0), np.zeros(10)])
    >>> distance_to_patches(np.array([[4.4, 0.5]]), line, n_neighbours=2, dim=1).tolist()
    [0.5]
    """
    own = cdist(points, sample).argmin(axis=1)
    neighbours = np.argpartition(cdist(sample[own], sample), n_neighbours, axis=1)[:, : n_neighbours + 1]
    patches = sample[neighbours]  # (n, k + 1, q)
    centres = patches.mean(axis=1, keepdims=True)
    patches = patches - centres
    directions = np.linalg.svd(patches, full_matrices=False)[2][:, :dim]  # (n, dim, q)
    reach = patches @ directions.swapaxes(1, 2)  # (n, k + 1, dim)
    offsets = points[:, None] - centres
    inside = np.clip(offsets @ directions.swapaxes(1, 2), reach.min(axis=1, keepdims=True),
                     reach.max(axis=1, keepdims=True))
    return np.linalg.norm(offsets - inside @ directions, axis=2)[:, 0]


def _mean_distance(split: TaskSplit, images: FloatArray, n_neighbours: int, dim: int) -> float:
    pool = split.pool()
    if len(pool) <= n_neighbours:
        raise ValueError(
            f"LearnedManifold needs more than {n_neighbours} non-test images; got {len(pool)}; "
            "lower n_neighbours or test_size"
        )
    return float(distance_to_patches(images, pool.responses, n_neighbours=n_neighbours, dim=dim).mean())


@lru_cache(maxsize=KEPT_SPLITS)
def _real_mean_distance(split: TaskSplit, n_neighbours: int, dim: int) -> float:
    return _mean_distance(split, split.test()[1], n_neighbours, dim)


def _to_nearest(images: FloatArray, test: FloatArray) -> float:
    return float(cdist(images, test).min(axis=1).mean())


@lru_cache(maxsize=KEPT_SPLITS)
def _real_to_nearest(split: TaskSplit) -> float:
    return _to_nearest(real_images(split), split.test()[1])
