"""The reference classifier of a split: a small network that knows all non-test images with their classes."""

from __future__ import annotations

import math
import warnings
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np

from lsdm_stats.arrays import FloatArray, IntArray
from lsdm_stats.metrics.evaluation import Evaluation
from lsdm_stats.metrics.images.splits import KEPT_SPLITS, TaskSplit, columns, image_splits
from lsdm_stats.spec import Spec

_HIDDEN = 64  # units of the hidden layer: the number of features
_EPOCHS = 30  # 97 % of held-out digits are then recognised; further epochs add nothing
_STEPS = 200  # of the optimiser, for small pools: scikit-learn's batches are of 200 images


@dataclass(frozen=True)
class ReferenceClassifier:
    """A network with one hidden layer, fitted to the pool of a split.

    Parameters
    ----------
    network : sklearn.neural_network.MLPClassifier
        The fitted network.
    """

    network: Any

    def predict(self, images: FloatArray) -> IntArray:
        """Classes ``(n,)`` of images ``(n, q)``."""
        return np.asarray(self.network.predict(images))

    def features(self, images: FloatArray) -> FloatArray:
        """The hidden layer ``(n, 64)`` of images ``(n, q)``, after rectification."""
        return np.maximum(images @ self.network.coefs_[0] + self.network.intercepts_[0], 0.0)


@lru_cache(maxsize=KEPT_SPLITS)
def reference_classifier(split: TaskSplit) -> ReferenceClassifier:
    """The classifier of a split, fitted to all its non-test images; its start is the split's own."""
    from sklearn.exceptions import ConvergenceWarning
    from sklearn.neural_network import MLPClassifier

    pool = split.pool()
    epochs = max(_EPOCHS, math.ceil(_STEPS / math.ceil(len(pool) / 200)))
    network = MLPClassifier((_HIDDEN,), learning_rate_init=0.01, max_iter=epochs, random_state=split.seed)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)  # a fixed number of epochs is meant
        return ReferenceClassifier(network.fit(pool.responses, pool.labels))


class ClassifierAccuracy(Spec):
    """Share of generated images that the reference classifier recognises.

    ``accuracy`` is the share of generated images that are given the class of the test image whose condition they were
    generated for, ``accuracy.real`` the share of test images that are. The classifier is scikit-learn's
    ``MLPClassifier`` with one hidden layer of 64 units, fitted to all non-test images of the split with their classes.

    Examples
    --------
    >>> from lsdm_stats import LSDM, PCA, NearestNeighbours, evaluate, streams
    >>> from lsdm_stats.images import ByClass
    >>> task, method = ByClass(), LSDM(latent=PCA(dim=8), matcher=NearestNeighbours())
    >>> data = task.draw(200, 0, rngs=streams.data(1, task, replicates=[0]))
    >>> fitted = method.fit(data, rngs=streams.fit(1, task, method, replicates=[0]))
    >>> rngs = streams.data(1, task, replicates=[0])
    >>> sorted(evaluate(fitted, task, [ClassifierAccuracy()], n_test=100, rngs=rngs))
    ['accuracy', 'accuracy.real']
    """

    def evaluate(self, evaluation: Evaluation) -> Mapping[str, FloatArray]:
        """One share per replicate and name.

        Raises
        ------
        ValueError
            If the source is no image task.
        """
        splits = image_splits(evaluation, self)
        rows = [
            {"accuracy": _accuracy(split, images), "accuracy.real": _accuracy(split, responses)}
            for split, images, responses in zip(splits, evaluation.generated, evaluation.responses, strict=True)
        ]
        return columns(("accuracy", "accuracy.real"), rows)


def _accuracy(split: TaskSplit, images: FloatArray) -> float:
    return float(np.mean(reference_classifier(split).predict(images) == split.labels()))
