"""Scores of images that are restored from what is left of them: super-resolution, inpainting."""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from functools import lru_cache
from typing import Annotated

import numpy as np
from annotated_types import Ge
from scipy.spatial.distance import cdist

from lsdm_stats.arrays import FloatArray
from lsdm_stats.metrics.evaluation import Evaluation, further_noise
from lsdm_stats.metrics.images.similarity import psnr, ssim
from lsdm_stats.metrics.images.splits import KEPT_SPLITS, TaskSplit, as_restoration, columns, image_splits, real
from lsdm_stats.spec import Spec

_NAMES = ("psnr.mean", "psnr.draw", "ssim.mean", "ssim.draw", "consistency", "energy_score", "diversity")


class RestorationScores(Spec):
    r"""How well several draws for each test condition restore the test image.

    With draws :math:`g_1,\dots,g_J` for a condition x made from the image y, means over test images of

    * ``psnr.mean`` and ``ssim.mean``, of the mean of the draws; ``psnr.draw`` and ``ssim.draw``, of single draws.
      Peak signal-to-noise ratio in decibel, infinite where an image is met exactly; structural similarity with
      scikit-image's defaults (uniform windows of 7 x 7 pixels, data range 1);
    * ``consistency``, the root mean square over pixels of x of what degrading a draw gives, less x;
    * ``energy_score``, :math:`\frac1J\sum_j\|g_j-y\|-\frac1{2J(J-1)}\sum_{j\ne l}\|g_j-g_l\|` in Euclidean distance,
      unbiased in the number of draws; it is smallest in the mean for the true conditional law [1]_;
    * ``diversity``, the mean distance of two draws.

    Each has its ``.real``: the images of the J non-test images with the nearest conditions in place of draws.

    Parameters
    ----------
    n_draws : int
        Draws J for each test condition.

    References
    ----------
    .. [1] Gneiting and Raftery (2007), J. Amer. Statist. Assoc. 102:359-378, section 4.3.

    Examples
    --------
    >>> from lsdm_stats import LSDM, Identity, NearestNeighbours, evaluate, streams
    >>> from lsdm_stats.images import SuperResolution
    >>> task, method = SuperResolution(), LSDM(latent=Identity(), matcher=NearestNeighbours(n_neighbours=1))
    >>> def rngs():
    ...     return streams.data(1, task, replicates=range(2))
    >>> fitted = method.fit(task.draw(200, 0, rngs=rngs()), rngs=rngs())
    >>> scores = evaluate(fitted, task, [RestorationScores(n_draws=4)], n_test=100, rngs=rngs())
    >>> scores["diversity"].tolist()  # always the same neighbour
    [0.0, 0.0]
    """

    n_draws: Annotated[int, Ge(2)] = 16

    def evaluate(self, evaluation: Evaluation) -> Mapping[str, FloatArray]:
        """One value per replicate and name.

        Raises
        ------
        ValueError
            If conditions are not made from the image, images are smaller than 7 x 7, there are fewer non-test images
            than draws, or the generated images were changed after they were drawn.
        """
        splits, further = image_splits(evaluation, self), evaluation.further
        as_restoration(evaluation.source)
        if further is None:
            raise ValueError(
                "RestorationScores needs a fit that can draw again; got changed images; "
                "set clip_radius of LSDM in place of Clipped"
            )
        rows: list[dict[str, float]] = []
        if splits:
            repeated = np.repeat(evaluation.conditions, self.n_draws, axis=1)
            drawn = further.responses(repeated, rngs=further_noise(evaluation))
            for split, draws, responses in zip(splits, drawn, evaluation.responses, strict=True):
                stacked = draws.reshape(len(responses), self.n_draws, -1)
                rows.append({**_scores(split, stacked), **real(_real_scores(split, self.n_draws))})
        return columns([*_NAMES, *(f"{name}.real" for name in _NAMES)], rows)


def spread(draws: FloatArray) -> float:
    """Mean distance of two of the draws ``(n, J, q)`` for one condition.

    Examples
    --------
    >>> spread(np.array([[[0.0], [1.0], [2.0]]])) == 4 / 3
    True
    """
    pairs = itertools.combinations(range(draws.shape[1]), 2)
    return float(np.mean([np.linalg.norm(draws[:, j] - draws[:, other], axis=1).mean() for j, other in pairs]))


def energy_score(draws: FloatArray, responses: FloatArray) -> float:
    """Mean energy score of draws ``(n, J, q)`` for responses ``(n, q)``, unbiased in the number of draws."""
    return float(np.linalg.norm(draws - responses[:, None], axis=2).mean()) - spread(draws) / 2


def _scores(split: TaskSplit, draws: FloatArray) -> dict[str, float]:
    conditions, responses = split.test()
    shape = split.task.image_shape
    images, truth = draws.reshape(*draws.shape[:2], *shape), responses.reshape(-1, *shape)
    residuals = as_restoration(split.task).degrade(draws) - conditions[:, None]
    return {
        "psnr.mean": float(psnr(images.mean(axis=1), truth).mean()),
        "psnr.draw": float(psnr(images, truth[:, None]).mean()),
        "ssim.mean": float(ssim(images.mean(axis=1), truth).mean()),
        "ssim.draw": float(ssim(images, truth[:, None]).mean()),
        "consistency": float(np.sqrt(np.mean(residuals**2))),
        "energy_score": energy_score(draws, responses),
        "diversity": spread(draws),
    }


@lru_cache(maxsize=KEPT_SPLITS)
def _real_scores(split: TaskSplit, n_draws: int) -> dict[str, float]:
    pool = split.pool()
    if len(pool) < n_draws:
        raise ValueError(
            f"RestorationScores needs at least {n_draws} non-test images; got {len(pool)}; "
            "lower n_draws or test_size"
        )
    distances = cdist(split.test()[0], pool.conditions)
    nearest = np.argpartition(distances, n_draws - 1, axis=1)[:, : n_draws]
    return _scores(split, pool.responses[nearest])
