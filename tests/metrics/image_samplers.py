"""Samplers of images that are known, for tests of the scores of images."""

import numpy as np

from lsdm_stats import LSDM, Identity, NearestNeighbours, streams
from lsdm_stats.metrics import draw_evaluation


class Noise:
    """Pixels that are uniform and know nothing of the condition."""

    def __init__(self, dim=64, failed=()):
        self.dim, self.failed = dim, failed

    def sample(self, conditions, *, rngs):
        drawn = np.stack([rng.random((conditions.shape[1], self.dim)) for rng in rngs])
        drawn[list(self.failed)] = np.nan
        return drawn


def data_rngs(task, replicates=2):
    return streams.data(3, task, replicates=range(replicates))


def evaluation_of(sampler, task, n_test=60, replicates=2):
    return draw_evaluation(sampler, task, n_test=n_test, rngs=data_rngs(task, replicates))


def neighbours(task, n=60, m=40, replicates=2, n_neighbours=3):
    """A fit that returns training images."""
    method = LSDM(latent=Identity(), matcher=NearestNeighbours(n_neighbours=n_neighbours))
    data = task.draw(n, m, rngs=data_rngs(task, replicates))
    return method.fit(data, rngs=streams.fit(3, task, method, replicates=range(replicates)))
