"""What all populations share: data with the prefix property, and responses as noisy points of a manifold."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Annotated, final

import numpy as np
from annotated_types import Ge

from lsdm_stats.arrays import FloatArray, as_stack, check_count
from lsdm_stats.manifolds import Manifold
from lsdm_stats.populations.noise import IsotropicNoise, NoNoise
from lsdm_stats.samples import SemiSupervised
from lsdm_stats.spec import Spec
from lsdm_stats.streams import Generators, check_rngs


class Population(Spec, ABC):
    """A joint law of (X, Y): X from its marginal law, Y = chart(Z) + noise with Z from a conditional law given X.

    Every variable is drawn from a child of its own, observation by observation: the first n of a larger sample are
    the smaller sample, and pairs, unpaired and held-out data never share a child.

    Parameters
    ----------
    condition_dim : int
        Dimension p of the conditions.
    ambient_dim : int
        Dimension q of the responses.
    embedding_seed : int
        Seed of the isometric embedding of the manifold.
    noise : NoNoise or IsotropicNoise
        Noise of the responses.
    """

    condition_dim: Annotated[int, Ge(1)] = 1
    ambient_dim: Annotated[int, Ge(1)]
    embedding_seed: Annotated[int, Ge(0)] = 0
    noise: NoNoise | IsotropicNoise = NoNoise()

    @property
    @abstractmethod
    def manifold(self) -> Manifold:
        """Manifold of the noise-free responses."""

    @abstractmethod
    def draw_conditions(self, n: int, *, rng: np.random.Generator) -> FloatArray:
        """Conditions ``(n, condition_dim)``, row by row."""

    @abstractmethod
    def draw_latents(self, conditions: FloatArray, *, rng: np.random.Generator) -> FloatArray:
        """Coordinates ``(n, latent_dim)`` on the manifold given conditions ``(n, condition_dim)``, row by row."""

    @property
    def response_dim(self) -> int:
        """Dimension q of the responses: `ambient_dim`."""
        return self.ambient_dim

    @final
    def draw(self, n_paired: int, n_unpaired: int, *, rngs: Generators) -> SemiSupervised:
        """Pairs and unpaired responses, one replicate per generator.

        Raises
        ------
        ValueError
            If there are no pairs or a size is negative.

        Examples
        --------
        >>> from lsdm_stats import streams
        >>> from lsdm_stats.populations import SwissRoll
        >>> truth = SwissRoll(ambient_dim=16)
        >>> truth.draw(50, 200, rngs=streams.data(1, truth, replicates=range(3))).unpaired.shape
        (3, 200, 16)
        """
        check_count(n_paired, "n_paired")
        check_count(n_unpaired, "n_unpaired", minimum=0)
        paired, unpaired, _ = _children(rngs)
        conditions, responses = self._joint(n_paired, paired)
        return SemiSupervised(conditions, responses, self._joint(n_unpaired, unpaired)[1])

    @final
    def held_out(self, n: int, *, rngs: Generators) -> tuple[FloatArray, FloatArray]:
        """Fresh conditions ``(R, n, p)`` and responses ``(R, n, q)``, noise included."""
        check_count(n, "n")
        return self._joint(n, _children(rngs)[2])

    @final
    def sample(self, conditions: FloatArray, *, rngs: Generators) -> FloatArray:
        """Responses ``(R, n, q)`` from the conditional law given conditions ``(R, n, p)``.

        Raises
        ------
        ValueError
            If the conditions are not of shape ``(R, n, condition_dim)`` with one generator per replicate.
        """
        stack = as_stack(conditions, "conditions", dim=self.condition_dim, replicates=len(check_rngs(rngs)))
        return np.stack([self._respond(rows, rng) for rows, rng in zip(stack, rngs, strict=True)])

    def _joint(self, n: int, rngs: Generators) -> tuple[FloatArray, FloatArray]:
        pairs = [self._pairs(n, rng) for rng in rngs]
        return np.stack([x for x, _ in pairs]), np.stack([y for _, y in pairs])

    def _pairs(self, n: int, rng: np.random.Generator) -> tuple[FloatArray, FloatArray]:
        condition_rng, response_rng = rng.spawn(2)
        conditions = self.draw_conditions(n, rng=condition_rng)
        return conditions, self._respond(conditions, response_rng)

    def _respond(self, conditions: FloatArray, rng: np.random.Generator) -> FloatArray:
        latent_rng, noise_rng = rng.spawn(2)
        points = self.manifold.decode(self.draw_latents(conditions, rng=latent_rng))
        return points + self.noise.draw(len(conditions), self.ambient_dim, rng=noise_rng)


def _children(rngs: Generators) -> tuple[Generators, Generators, Generators]:
    """For each generator its children for pairs, unpaired responses and held-out data."""
    paired, unpaired, test = zip(*(rng.spawn(3) for rng in check_rngs(rngs)), strict=True)
    return paired, unpaired, test
