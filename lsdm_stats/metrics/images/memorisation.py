"""Whether generated images are copies of images that the fit was trained on."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from scipy.spatial.distance import cdist

from lsdm_stats.arrays import FloatArray
from lsdm_stats.metrics.evaluation import Evaluation
from lsdm_stats.metrics.images.splits import columns, image_splits
from lsdm_stats.spec import Spec

_SHARE = 1 / 3  # Yoon et al. (2023)


class Memorisation(Spec):
    """How near generated images are to the images that stage 1 of the fit was trained on.

    ``nearest_training`` is the mean distance to the nearest of them; ``copies`` the share of images that are at most
    a third as far from the nearest as from the second nearest, which then count as memorised [1]_, [2]_. Both with
    ``.real``, of the test images: images that are as new as can be. A fit that memorises has many more copies and is
    much nearer.

    References
    ----------
    .. [1] Yoon, Choi, Kwon and Ryu (2023), Diffusion probabilistic models generalize when they fail to memorize,
       ICML workshop on structured probabilistic inference and generative modeling.
    .. [2] Gu, Du, Pang, Li, Lin and Wang (2023), On memorization in diffusion models, arXiv 2310.02664.

    Examples
    --------
    >>> from lsdm_stats import LSDM, PCA, NearestNeighbours, evaluate, streams
    >>> from lsdm_stats.images import ByClass
    >>> task, method = ByClass(), LSDM(latent=PCA(dim=8), matcher=NearestNeighbours())
    >>> data = task.draw(200, 0, rngs=streams.data(1, task, replicates=[0]))
    >>> fitted = method.fit(data, rngs=streams.fit(1, task, method, replicates=[0]))
    >>> rngs = streams.data(1, task, replicates=[0])
    >>> sorted(evaluate(fitted, task, [Memorisation()], n_test=100, rngs=rngs))
    ['copies', 'copies.real', 'nearest_training', 'nearest_training.real']
    """

    def evaluate(self, evaluation: Evaluation) -> Mapping[str, FloatArray]:
        """One value per replicate and name.

        Raises
        ------
        ValueError
            If the source is no image task, or the fit does not keep its training images or has one only.
        """
        image_splits(evaluation, self)
        training = evaluation.latent_side.training.responses
        if training.shape[1] < 2:
            raise ValueError("Memorisation needs a fit to at least two images; got one; raise n_paired")
        rows: list[dict[str, float]] = []
        for known, images, responses in zip(training, evaluation.generated, evaluation.responses, strict=True):
            (nearest, copies), (real_nearest, real_copies) = _of_images(images, known), _of_images(responses, known)
            rows.append({"nearest_training": nearest, "nearest_training.real": real_nearest,
                         "copies": copies, "copies.real": real_copies})
        return columns(("nearest_training", "nearest_training.real", "copies", "copies.real"), rows)


def _of_images(images: FloatArray, known: FloatArray) -> tuple[float, float]:
    """Mean distance to the nearest known image, and share of copies."""
    nearest, second = np.partition(cdist(images, known), 1, axis=1)[:, :2].T
    return float(nearest.mean()), float((nearest <= _SHARE * second).mean())
