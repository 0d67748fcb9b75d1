"""A resampler: the latent of a random near neighbour. No training, hard to beat in low dimension."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated

import numpy as np
from annotated_types import Ge
from scipy.spatial.distance import cdist

from lsdm_stats.arrays import FloatArray, IntArray, as_stack
from lsdm_stats.samples import LatentPairs
from lsdm_stats.spec import Spec
from lsdm_stats.streams import Generators

_CHUNK = 2_000  # conditions whose distances are held at a time


@dataclass(frozen=True)
class NeighbourSampler:
    """Observed pairs of every replicate, and how many neighbours to draw from."""

    conditions: FloatArray
    latents: FloatArray
    scale: FloatArray
    n_neighbours: int

    @property
    def failures(self) -> tuple[str | None, ...]:
        """Nothing can fail."""
        return (None,) * self.conditions.shape[0]

    def sample(self, conditions: FloatArray, *, rngs: Generators) -> FloatArray:
        """For each condition the latent of one of its nearest pairs, ties included, with equal chances."""
        stack = as_stack(conditions, "conditions", dim=self.conditions.shape[2], replicates=len(rngs))
        drawn = [self._sample_one(r, stack[r], rng) for r, rng in enumerate(rngs)]
        return np.stack(drawn)

    def select(self, replicates: Sequence[int]) -> NeighbourSampler:
        """The samplers of some replicates."""
        index = list(replicates)
        return NeighbourSampler(self.conditions[index], self.latents[index], self.scale[index], self.n_neighbours)

    def _sample_one(self, replicate: int, conditions: FloatArray, rng: np.random.Generator) -> FloatArray:
        observed = self.conditions[replicate] / self.scale[replicate]
        rows = [
            self._choose(_distances(conditions[start : start + _CHUNK] / self.scale[replicate], observed), rng)
            for start in range(0, len(conditions), _CHUNK)
        ]
        return self.latents[replicate][np.concatenate(rows)]

    def _choose(self, distances: FloatArray, rng: np.random.Generator) -> IntArray:
        reach = np.partition(distances, self.n_neighbours - 1, axis=1)[:, self.n_neighbours - 1]
        near = distances <= reach[:, None] * (1 + 1e-12)
        rank = (rng.random(len(distances)) * near.sum(axis=1)).astype(np.int64)
        return (near.cumsum(axis=1) > rank[:, None]).argmax(axis=1)


class NearestNeighbours(Spec):
    """Draws the latent of one of the nearest pairs, conditions compared in units of their standard deviations.

    Parameters
    ----------
    n_neighbours : int, optional
        How many; by default the square root of the number of pairs, rounded up.

    Examples
    --------
    >>> NearestNeighbours(n_neighbours=5).n_neighbours
    5
    """

    n_neighbours: Annotated[int, Ge(1)] | None = None

    def fit(self, pairs: LatentPairs, *, rngs: Generators) -> NeighbourSampler:
        """Keep the pairs; `rngs` are not read.

        Raises
        ------
        ValueError
            If there are fewer pairs than neighbours.
        """
        n = pairs.conditions.shape[1]
        count = self.n_neighbours if self.n_neighbours is not None else int(np.ceil(np.sqrt(n)))
        if count > n:
            raise ValueError(f"n_neighbours must be at most the number of pairs ({n}); got {count}; lower it")
        scale = pairs.conditions.std(axis=1, keepdims=True)
        return NeighbourSampler(pairs.conditions, pairs.latents, np.where(scale > 0, scale, 1.0), count)


def _distances(conditions: FloatArray, observed: FloatArray) -> FloatArray:
    return np.asarray(cdist(conditions, observed), dtype=np.float64)
