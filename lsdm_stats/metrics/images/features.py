"""Fidelity and diversity in the features of the reference classifier."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache

import numpy as np
from scipy.spatial.distance import cdist

from lsdm_stats.arrays import FloatArray
from lsdm_stats.metrics.evaluation import Evaluation
from lsdm_stats.metrics.images.classifier import reference_classifier
from lsdm_stats.metrics.images.real import real_images
from lsdm_stats.metrics.images.splits import KEPT_SPLITS, TaskSplit, columns, image_splits, real
from lsdm_stats.spec import Spec
from lsdm_stats.wasserstein import gaussian_w2

_PRECISION_NEIGHBOURS = 3  # Kynkäänniemi et al. (2019), section 3
_COVERAGE_NEIGHBOURS = 5  # Naeem et al. (2020), section 3.3
_NAMES = ("precision", "recall", "density", "coverage", "frechet")


class FeatureScores(Spec):
    r"""How far generated and test images agree in the features of the reference classifier.

    Features are the hidden layer of the network of `ClassifierAccuracy`. With as many generated as test images:

    * ``precision``, share of generated images within the distance of some test image to its third nearest other one;
      ``recall``, the same with the roles exchanged [1]_;
    * ``density``, mean number of such neighbourhoods (open, of five neighbours) about a generated image over five,
      1 in the mean where both laws are equal; ``coverage``, share of test images with a generated one in theirs [2]_;
    * ``frechet``, the squared distance :math:`W_2^2` of the Gaussian laws with the means and covariances of the
      features, as in the Fréchet inception distance [3]_. It is biased upward in the number of images.

    Each has its ``.real``: non-test images in place of generated ones. The classifier was fitted to those, so that
    they lie a little apart from test images.

    References
    ----------
    .. [1] Kynkäänniemi et al. (2019), Improved precision and recall metric for assessing generative models, NeurIPS.
    .. [2] Naeem et al. (2020), Reliable fidelity and diversity metrics for generative models, ICML.
    .. [3] Heusel et al. (2017), GANs trained by a two time-scale update rule, NeurIPS.

    Examples
    --------
    >>> from lsdm_stats import LSDM, PCA, NearestNeighbours, evaluate, streams
    >>> from lsdm_stats.images import ByClass
    >>> task, method = ByClass(), LSDM(latent=PCA(dim=8), matcher=NearestNeighbours())
    >>> data = task.draw(200, 0, rngs=streams.data(1, task, replicates=[0]))
    >>> fitted = method.fit(data, rngs=streams.fit(1, task, method, replicates=[0]))
    >>> rngs = streams.data(1, task, replicates=[0])
    >>> sorted(evaluate(fitted, task, [FeatureScores()], n_test=100, rngs=rngs))[:4]
    ['coverage', 'coverage.real', 'density', 'density.real']
    """

    def evaluate(self, evaluation: Evaluation) -> Mapping[str, FloatArray]:
        """One value per replicate and name.

        Raises
        ------
        ValueError
            If the source is no image task, or there are at most five test images.
        """
        splits = image_splits(evaluation, self)
        if splits and evaluation.responses.shape[1] <= _COVERAGE_NEIGHBOURS:
            raise ValueError(
                f"FeatureScores needs at least {_COVERAGE_NEIGHBOURS + 1} test images; "
                f"got {evaluation.responses.shape[1]}; raise n_test"
            )
        rows = [
            {**_of_images(split, generated), **real(_of_real_images(split))}
            for split, generated in zip(splits, evaluation.generated, strict=True)
        ]
        return columns([*_NAMES, *(f"{name}.real" for name in _NAMES)], rows)


def feature_scores(features: FloatArray, generated: FloatArray) -> dict[str, float]:
    """Scores of generated features ``(m, f)`` against real ones ``(n, f)``."""
    between = cdist(features, generated)
    real_to_real, made_to_made = (np.sort(cdist(points, points), axis=1) for points in (features, generated))
    k = _PRECISION_NEIGHBOURS
    in_real = between <= real_to_real[:, [k]]  # column 0 is the point itself
    in_made = between <= made_to_made[:, k]
    within = between < real_to_real[:, [_COVERAGE_NEIGHBOURS]]
    moments = [(points.mean(axis=0), np.cov(points, rowvar=False)) for points in (features, generated)]
    return {
        "precision": float(in_real.any(axis=0).mean()),
        "recall": float(in_made.any(axis=1).mean()),
        "density": float(within.sum(axis=0).mean()) / _COVERAGE_NEIGHBOURS,
        "coverage": float(within.any(axis=1).mean()),
        "frechet": gaussian_w2(*moments[0], *moments[1]) ** 2,
    }


def _of_images(split: TaskSplit, images: FloatArray) -> dict[str, float]:
    features = reference_classifier(split).features
    return feature_scores(features(split.test()[1]), features(images))


@lru_cache(maxsize=KEPT_SPLITS)
def _of_real_images(split: TaskSplit) -> dict[str, float]:
    return _of_images(split, real_images(split))
