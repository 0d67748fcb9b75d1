"""A one-step conditional generator ``z = G(x, noise)``, whatever it was trained to minimise."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, ClassVar

import numpy as np
from annotated_types import Ge

from lsdm_stats.arrays import FloatArray, as_stack
from lsdm_stats.nets.rule import Training
from lsdm_stats.samples import LatentPairs
from lsdm_stats.spec import Spec
from lsdm_stats.streams import Generators

if TYPE_CHECKING:
    from lsdm_stats.nets.networks import Layers
    from lsdm_stats.nets.training import Trained


class GeneratorNetwork(Spec):
    """Shape and training of a generator.

    Parameters
    ----------
    hidden : tuple of int
        Widths of the hidden layers.
    noise_dim : int
        Number of noise variables: the first half (rounded up) normal, the others random signs, with which the
        generator can jump between modes.
    training : Training
        Stopping rule; the hold-out score is the energy score, which is proper, for every loss.
    input_noise : float
        Standard deviation of normal noise that is added to the standardised conditions which the generator sees in
        training, never in scores or draws. It smooths the generator in the conditions as a Tikhonov penalty does
        (Bishop, 1995, Neural Computation 7:108-116): where pairs are few for the dimension of X, that keeps it from
        learning each pair by heart. It takes up part of the spread of conditional laws that move with the condition,
        so that draws come out narrower: it is for few pairs.

    Examples
    --------
    >>> GeneratorNetwork().noise_dim
    6
    """

    hidden: tuple[Annotated[int, Ge(1)], ...] = (64, 64)
    noise_dim: Annotated[int, Ge(1)] = 6
    training: Training = Training(max_steps=6_000, patience=400)
    input_noise: Annotated[float, Ge(0)] = 0.0
    unchanged_at: ClassVar[Mapping[str, object]] = {"input_noise": 0.0}

    def noise(self, rng: np.random.Generator, shape: tuple[int, ...]) -> FloatArray:
        """Noise of shape ``(*shape, noise_dim)``."""
        n_normal = -(-self.noise_dim // 2)
        normal = rng.standard_normal((*shape, n_normal))
        signs = 2.0 * rng.integers(0, 2, (*shape, self.noise_dim - n_normal)).astype(np.float64) - 1.0
        return np.concatenate([normal, signs], axis=-1)

    def training_noise(self, rng: np.random.Generator, shape: tuple[int, ...], condition_dim: int) -> FloatArray:
        """Noise as in `noise`, and after it what is added to the conditions where there is any."""
        noise = self.noise(rng, shape)
        if not self.input_noise:
            return noise
        moves = self.input_noise * rng.standard_normal((*shape, condition_dim))
        return np.concatenate([noise, moves], axis=-1)


@dataclass(frozen=True)
class Standardised:
    """Centre and scale per coordinate and replicate: networks see variables with mean zero and variance one."""

    condition_centre: FloatArray  # (R, 1, p)
    condition_scale: FloatArray
    latent_centre: FloatArray  # (R, 1, k)
    latent_scale: FloatArray

    @classmethod
    def of(cls, pairs: LatentPairs) -> Standardised:
        """Moments of the pairs; a constant coordinate is only centred."""
        return cls(*_moments(pairs.conditions), *_moments(pairs.latents))

    def select(self, replicates: Sequence[int]) -> Standardised:
        """The units of some replicates."""
        index = list(replicates)
        return Standardised(
            self.condition_centre[index],
            self.condition_scale[index],
            self.latent_centre[index],
            self.latent_scale[index],
        )


@dataclass(frozen=True)
class GeneratorSampler:
    """Fitted generators of a block of replicates."""

    network: GeneratorNetwork
    layers: Layers
    units: Standardised
    training: Trained

    @property
    def failures(self) -> tuple[str | None, ...]:
        """Reasons of replicates whose training diverged."""
        return tuple(None if reason is None else f"generator: {reason}" for reason in self.training.failures)

    def sample(self, conditions: FloatArray, *, rngs: Generators) -> FloatArray:
        """One latent per condition, ``(R, n, k)``, by one evaluation of the network."""
        from lsdm_stats.nets.networks import evaluate

        units = self.units
        stack = as_stack(conditions, "conditions", dim=units.condition_centre.shape[2], replicates=len(rngs))
        noise = np.stack([self.network.noise(rng, (stack.shape[1],)) for rng in rngs])
        inputs = np.concatenate([(stack - units.condition_centre) / units.condition_scale, noise], axis=2)
        return units.latent_centre + units.latent_scale * evaluate(self.layers, inputs)

    def select(self, replicates: Sequence[int]) -> GeneratorSampler:
        """The generators of some replicates."""
        return GeneratorSampler(
            self.network,
            self.layers.select(replicates),
            self.units.select(replicates),
            self.training.select(replicates),
        )


def _moments(stack: FloatArray) -> tuple[FloatArray, FloatArray]:
    scale = stack.std(axis=1, keepdims=True)
    return stack.mean(axis=1, keepdims=True), np.where(scale > 0, scale, 1.0)
