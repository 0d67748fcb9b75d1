"""Mixture density networks: the likelihood route to conditional laws."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Literal

import numpy as np
from annotated_types import Ge, Gt

from lsdm_stats.arrays import FloatArray, IntArray, as_stack
from lsdm_stats.matchers.generator import Standardised
from lsdm_stats.nets.rule import Training
from lsdm_stats.samples import LatentPairs
from lsdm_stats.spec import Spec
from lsdm_stats.streams import Generators

if TYPE_CHECKING:
    from torch import Tensor

    from lsdm_stats.nets.mixtures import MixtureShape
    from lsdm_stats.nets.networks import Layers
    from lsdm_stats.nets.training import Batch, Trained


@dataclass(frozen=True)
class MixtureSampler:
    """Fitted conditional mixtures of a block of replicates."""

    shape: MixtureShape
    layers: Layers
    units: Standardised
    training: Trained

    @property
    def failures(self) -> tuple[str | None, ...]:
        """Reasons of replicates whose training diverged."""
        return tuple(None if reason is None else f"mixture: {reason}" for reason in self.training.failures)

    def log_density(self, conditions: FloatArray, latents: FloatArray) -> FloatArray:
        """Log densities ``(R, n)`` of latents ``(R, n, k)`` given conditions ``(R, n, p)``."""
        from lsdm_stats.nets.mixtures import log_densities

        points = (latents - self.units.latent_centre) / self.units.latent_scale
        logs = log_densities(self.shape, self._outputs(conditions), points)
        return logs - np.log(self.units.latent_scale).sum(axis=2)

    def sample(self, conditions: FloatArray, *, rngs: Generators) -> FloatArray:
        """One latent per condition, ``(R, n, k)``: a component, then a point of it."""
        from lsdm_stats.nets.mixtures import parameters

        outputs = self._outputs(conditions, replicates=len(rngs))
        rows, dim = outputs.shape[:2], self.shape.dim
        choice = np.stack([rng.random(rows[1]) for rng in rngs])
        noise = np.stack([rng.standard_normal((rows[1], dim)) for rng in rngs])
        log_weights, *rest = parameters(self.shape, outputs)
        cumulated = np.exp(log_weights).cumsum(axis=2)
        drawn = (cumulated / cumulated[..., -1:] > choice[..., None]).argmax(axis=2)
        means, scales, couplings = (np.squeeze(_taken(part, drawn), axis=2) for part in rest)
        apart = np.zeros((*rows, dim))
        for i in range(dim):  # each coordinate given the earlier ones
            apart[..., i] = scales[..., i] * noise[..., i] - (couplings[..., i, :i] * apart[..., :i]).sum(axis=-1)
        return self.units.latent_centre + self.units.latent_scale * (means + apart)

    def select(self, replicates: Sequence[int]) -> MixtureSampler:
        """The mixtures of some replicates."""
        return MixtureSampler(
            self.shape,
            self.layers.select(replicates),
            self.units.select(replicates),
            self.training.select(replicates),
        )

    def _outputs(self, conditions: FloatArray, replicates: int | None = None) -> FloatArray:
        from lsdm_stats.nets.networks import evaluate

        units = self.units
        stack = as_stack(conditions, "conditions", dim=units.condition_centre.shape[2], replicates=replicates)
        return evaluate(self.layers, (stack - units.condition_centre) / units.condition_scale)


class MixtureDensity(Spec):
    """Conditional Gaussian mixture by maximum likelihood (mixture density network, Bishop, 1994).

    A network maps standardised conditions to the weights, means and covariances of a mixture for standardised
    latents. The means start at normal random points, so that components differ from the first step on. The hold-out
    score is the negative log-likelihood.

    Parameters
    ----------
    n_components : int
        Number of components.
    covariance : {"full", "diagonal"}
        Form of each component's covariance.
    hidden : tuple of int
        Widths of the hidden layers.
    min_scale : float
        Smallest standard deviation of a coordinate of a component given the earlier coordinates, in units of the
        standard deviation of the latents.
    training : Training
        Stopping rule.

    Examples
    --------
    >>> MixtureDensity(covariance="diagonal").n_components
    8
    """

    n_components: Annotated[int, Ge(1)] = 8
    covariance: Literal["full", "diagonal"] = "full"
    hidden: tuple[Annotated[int, Ge(1)], ...] = (64, 64)
    min_scale: Annotated[float, Gt(0)] = 1e-3
    training: Training = Training(max_steps=6_000, patience=400)

    def fit(self, pairs: LatentPairs, *, rngs: Generators) -> MixtureSampler:
        """Train one network per replicate.

        Raises
        ------
        ValueError
            If there are fewer than two pairs.
        """
        from lsdm_stats.nets.mixtures import MixtureShape
        from lsdm_stats.nets.networks import initial_layers, one_thread, to_tensor
        from lsdm_stats.nets.training import train

        units = Standardised.of(pairs)
        conditions = (pairs.conditions - units.condition_centre) / units.condition_scale
        latents = (pairs.latents - units.latent_centre) / units.latent_scale
        shape = MixtureShape(self.n_components, latents.shape[2], self.covariance == "full", self.min_scale)
        children = zip(*(rng.spawn(3) for rng in rngs), strict=True)
        weight_rngs, mean_rngs, training_rngs = (tuple(child) for child in children)
        layers = initial_layers((conditions.shape[2], *self.hidden, shape.n_outputs), rngs=weight_rngs)
        means = np.stack([rng.standard_normal((1, shape.n_components * shape.dim)) for rng in mean_rngs])
        layers.biases[-1][..., shape.mean_outputs] = to_tensor(means)

        def loss(batch: Batch) -> Tensor:
            rows, targets = batch
            return -shape.log_density(layers(rows), targets).mean(dim=1)

        with one_thread():
            trained = train(
                layers.tensors,
                [conditions, latents],
                loss=loss,
                score=loss,
                rule=self.training,
                rngs=training_rngs,
                drops_finished=True,
            )
        return MixtureSampler(shape, layers, units, trained)


def _taken(part: FloatArray, index: IntArray) -> FloatArray:
    """The chosen component of each row, on an axis of length one."""
    return np.take_along_axis(part, index.reshape(*index.shape, *(1,) * (part.ndim - 2)), axis=2)
