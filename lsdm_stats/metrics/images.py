"""Scores of generated images; measuring devices are fitted on non-test images and are the same for every method."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from scipy.spatial.distance import cdist

from lsdm_stats.arrays import FloatArray
from lsdm_stats.images import Digits
from lsdm_stats.metrics.evaluation import Evaluation
from lsdm_stats.metrics.joint import JointW1
from lsdm_stats.spec import Spec


class NearestResponse(Spec):
    """Mean distance of a generated response to the nearest test response, ``nearest_response``.

    Examples
    --------
    >>> from lsdm_stats import Circle, evaluate, streams
    >>> truth = Circle(width=0.3)
    >>> rngs = streams.data(1, truth, replicates=range(2))
    >>> bool((evaluate(truth, truth, [NearestResponse()], n_test=50, rngs=rngs)["nearest_response"] < 0.2).all())
    True
    """

    def evaluate(self, evaluation: Evaluation) -> Mapping[str, FloatArray]:
        """One mean per replicate."""
        pairs = zip(evaluation.generated, evaluation.responses, strict=True)
        return {"nearest_response": np.array([cdist(generated, test).min(axis=1).mean() for generated, test in pairs])}


class ClassifierAccuracy(Spec):
    """Share of generated images that a reference classifier gives the label they were generated for, ``accuracy``.

    The classifier is a support vector machine fitted to all non-test images of the split with their labels.

    Examples
    --------
    >>> from lsdm_stats import LSDM, PCA, Digits, NearestNeighbours, evaluate, streams
    >>> task, method = Digits(), LSDM(latent=PCA(dim=8), matcher=NearestNeighbours())
    >>> data = task.draw(200, 0, rngs=streams.data(1, task, replicates=[0]))
    >>> fitted = method.fit(data, rngs=streams.fit(1, task, method, replicates=[0]))
    >>> rngs = streams.data(1, task, replicates=[0])
    >>> bool(evaluate(fitted, task, [ClassifierAccuracy()], n_test=100, rngs=rngs)["accuracy"][0] > 0.5)
    True
    """

    def evaluate(self, evaluation: Evaluation) -> Mapping[str, FloatArray]:
        """One share per replicate."""
        from sklearn.svm import SVC

        task = _labelled(evaluation)
        if not evaluation.replicates:
            return {"accuracy": np.empty(0)}
        pool_conditions, pool_images = task.pool(rngs=evaluation.data_streams)
        shares: list[float] = []
        for r, generated in enumerate(evaluation.generated):
            classifier = SVC(C=10.0, gamma="scale").fit(pool_images[r], task.labels(pool_conditions[r]))
            shares.append(float(np.mean(classifier.predict(generated) == task.labels(evaluation.conditions[r]))))
        return {"accuracy": np.array(shares)}


class RealFloor(Spec):
    """Real non-test images in place of generated ones: a reference for every sampler.

    Gives ``joint_w1.real`` and ``nearest_response.real``. For each test label a different non-test image of that
    label is taken. Plug-in W1 of few images in many dimensions, and distances to the nearest image, can fall below
    this level for laws that are too narrow.

    Examples
    --------
    >>> from lsdm_stats import LSDM, PCA, Digits, NearestNeighbours, evaluate, streams
    >>> task, method = Digits(), LSDM(latent=PCA(dim=8), matcher=NearestNeighbours())
    >>> data = task.draw(200, 0, rngs=streams.data(1, task, replicates=[0]))
    >>> fitted = method.fit(data, rngs=streams.fit(1, task, method, replicates=[0]))
    >>> rngs = streams.data(1, task, replicates=[0])
    >>> sorted(evaluate(fitted, task, [RealFloor()], n_test=100, rngs=rngs))
    ['joint_w1.real', 'nearest_response.real']
    """

    def evaluate(self, evaluation: Evaluation) -> Mapping[str, FloatArray]:
        """One value per replicate and name."""
        task = _labelled(evaluation)
        if not evaluation.replicates:
            return {"joint_w1.real": np.empty(0), "nearest_response.real": np.empty(0)}
        pool_conditions, pool_images = task.pool(rngs=evaluation.data_streams)
        real = np.empty_like(evaluation.responses)
        for r, images in enumerate(pool_images):
            pool_labels, labels = task.labels(pool_conditions[r]), task.labels(evaluation.conditions[r])
            for label in np.unique(labels):
                wanted, available = labels == label, images[pool_labels == label]
                if len(available) < wanted.sum():
                    raise ValueError(
                        f"RealFloor needs a non-test image for each test image of a label; got {len(available)} for "
                        f"{wanted.sum()} of label {label}; lower test_size"
                    )
                real[r, wanted] = available[: wanted.sum()]
        against_real = evaluation.with_generated(real)
        joint, nearest = JointW1().evaluate(against_real), NearestResponse().evaluate(against_real)
        return {"joint_w1.real": joint["joint_w1"], "nearest_response.real": nearest["nearest_response"]}


def _labelled(evaluation: Evaluation) -> Digits:
    if not isinstance(evaluation.source, Digits):
        raise ValueError(
            f"this metric needs an image task with labels; got {type(evaluation.source).__name__}; use Digits"
        )
    return evaluation.source
