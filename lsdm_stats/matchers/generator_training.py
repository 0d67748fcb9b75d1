"""Training of a generator on any loss of its draws, in one phase or several that hold out the same pairs."""

from __future__ import annotations

import copy
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from lsdm_stats.arrays import FloatArray
from lsdm_stats.matchers.generator import GeneratorNetwork, GeneratorSampler, Standardised
from lsdm_stats.nets.rule import Training
from lsdm_stats.samples import LatentPairs
from lsdm_stats.streams import Generators

if TYPE_CHECKING:
    from torch import Tensor

    from lsdm_stats.matchers.windows import Windows
    from lsdm_stats.nets.networks import Layers
    from lsdm_stats.nets.training import Trained

    Loss = Callable[[Tensor, Tensor, Tensor], Tensor]
    """From (conditions, draws (R, n, J, k), targets), all standardised, to one value per replicate."""

_SCORE_DRAWS = 32  # draws per held-out pair: their Monte Carlo error is far below that of the pairs themselves
_WARM_DRAWS = 4  # draws per pair of the energy score that a warm start minimises, as in EnergyScore


@dataclass(frozen=True)
class GeneratorTraining:
    """Pairs, standardised, and generators of a block of replicates whose weights change phase by phase.

    Every phase reads the same random streams afresh, so that all phases hold out the same pairs and score them with
    the same noise.
    """

    network: GeneratorNetwork
    units: Standardised
    conditions: FloatArray
    latents: FloatArray
    layers: Layers
    rngs: Generators

    @classmethod
    def begin(cls, pairs: LatentPairs, network: GeneratorNetwork, *, rngs: Generators) -> GeneratorTraining:
        """Generators with random weights."""
        from lsdm_stats.nets.networks import initial_layers

        units = Standardised.of(pairs)
        conditions = (pairs.conditions - units.condition_centre) / units.condition_scale
        latents = (pairs.latents - units.latent_centre) / units.latent_scale
        weight_rngs, training_rngs = (tuple(child) for child in zip(*(rng.spawn(2) for rng in rngs), strict=True))
        widths = (conditions.shape[2] + network.noise_dim, *network.hidden, latents.shape[2])
        return cls(network, units, conditions, latents, initial_layers(widths, rngs=weight_rngs), training_rngs)

    @property
    def n_kept(self) -> int:
        """Number of pairs that are not held out."""
        n = self.conditions.shape[1]
        return n - self.network.training.holdout_size(n)

    def joint_scales(self) -> tuple[Tensor, Tensor]:
        """Factors ``(R, 1, p)`` and ``(R, 1, k)`` from standardised variables to the joint metric of the data.

        The metric is divided by the root mean square of the centred latents, so that losses are of order one.
        """
        from lsdm_stats.nets.networks import to_tensor

        condition_scale, latent_scale = to_tensor(self.units.condition_scale), to_tensor(self.units.latent_scale)
        size = latent_scale.norm(dim=2, keepdim=True)
        return condition_scale / size, latent_scale / size

    def warm_start(self, steps: int) -> Trained:
        """At most so many steps on the energy score, by the network's own stopping rule."""
        from lsdm_stats.nets.losses import energy_score

        rule = self.network.training
        return self.minimise(
            lambda conditions, draws, targets: energy_score(draws, targets),
            n_draws=_WARM_DRAWS,
            rule=rule.replace(max_steps=min(steps, rule.max_steps)),
        )

    def minimise(
        self,
        loss: Loss,
        *,
        n_draws: int,
        rule: Training | None = None,
        windows: Windows | None = None,
        companions: Sequence[Tensor] = (),
        averaging: float = 0.0,
        start: Trained | None = None,
    ) -> Trained:
        """Move the generators to their best held-out energy score on the path of a loss.

        Parameters
        ----------
        loss : callable
            From conditions, `n_draws` draws per pair and targets. With windows it sees those of one step in a row.
        n_draws : int
            Draws per pair and step.
        rule : Training, optional
            Stopping rule; the network's own by default.
        windows : Windows, optional
            Batches of neighbours instead of random pairs.
        companions : sequence of Tensor
            What the loss itself changes (see `lsdm_stats.nets.training.train`).
        averaging : float
            Weight that a moving average of the generators' weights gives its past at each step; the average is what
            is scored and kept. 0 for the weights themselves.
        start : Trained, optional
            The phase before: a replicate goes back to its end where this one does not improve the held-out score.

        Raises
        ------
        ValueError
            If there are fewer than two pairs.
        """
        from lsdm_stats.nets.losses import energy_score

        def score(conditions: Tensor, draws: Tensor, targets: Tensor) -> Tensor:
            return energy_score(draws, targets)

        own = self.layers
        before = [tensor.clone() for tensor in (*own.tensors, *companions)]
        averages = own.with_tensors([tensor.clone() for tensor in own.tensors]) if averaging else own

        def averaged(conditions: Tensor, draws: Tensor, targets: Tensor) -> Tensor:
            for average, tensor in zip(averages.tensors, own.tensors, strict=True):
                average.lerp_(tensor.detach(), 1 - averaging)
            return loss(conditions, draws, targets)

        trained = self._run(
            own.tensors,
            averaged if averaging else loss,
            score,
            n_draws=n_draws,
            rule=self.network.training if rule is None else rule,
            windows=windows,
            companions=(*companions, *averages.tensors) if averaging else companions,
            scored=averages,
        )
        if averaging:
            for average, tensor in zip(averages.tensors, own.tensors, strict=True):
                tensor.copy_(average)
        return trained if start is None else _better(start, trained, before, (*own.tensors, *companions))

    def train_against(self, tensors: Sequence[Tensor], loss: Loss, *, n_draws: int, rule: Training) -> Trained:
        """Train other weights on draws of the generators as they are; the loss is also the score."""
        return self._run(
            tensors, loss, loss, n_draws=n_draws, rule=rule, windows=None, companions=(), scored=self.layers
        )

    def draw(self, rows: Tensor, noise: Tensor, layers: Layers | None = None) -> Tensor:
        """Standardised latents ``(R, n, J, k)`` given standardised conditions ``(R, n, p)``, noise ``(R, n, J, …)``.

        By the generators, or by other layers of the same shape. What the noise has beyond that of the network is
        added to the conditions.
        """
        replicates, n, count, given = noise.shape
        dim, noise_dim = rows.shape[2], self.network.noise_dim
        repeated = rows[:, :, None, :].expand(-1, -1, count, -1)
        inputs = repeated.new_empty((replicates, n, count, dim + noise_dim))
        inputs[..., :dim] = repeated if given == noise_dim else repeated + noise[..., noise_dim:]
        inputs[..., dim:] = noise[..., :noise_dim]
        generate = self.layers if layers is None else layers
        return generate(inputs.reshape(replicates, n * count, -1)).reshape(replicates, n, count, -1)

    def finish(self, *phases: Trained) -> GeneratorSampler:
        """The generators as they are; the last phase tells how training ended, the first failure its reason."""
        reasons = tuple(
            next((reason for reason in of_one if reason is not None), None)
            for of_one in zip(*(phase.failures for phase in phases), strict=True)
        )
        return GeneratorSampler(self.network, self.layers, self.units, replace(phases[-1], failures=reasons))

    def _run(
        self,
        tensors: Sequence[Tensor],
        loss: Loss,
        score: Loss,
        *,
        n_draws: int,
        rule: Training,
        windows: Windows | None,
        companions: Sequence[Tensor],
        scored: Layers,
    ) -> Trained:
        from lsdm_stats.nets.networks import one_thread
        from lsdm_stats.nets.training import Batch, train

        def of_draws(function: Loss, layers: Layers) -> Callable[[Batch], Tensor]:
            def value(batch: Batch) -> Tensor:
                rows, targets, noise = batch
                rows, targets, noise = rows.flatten(1, -2), targets.flatten(1, -2), noise.flatten(1, -3)
                return function(rows, self.draw(rows, noise, layers), targets)

            return value

        members = () if windows is None else (min(windows.size, self.n_kept),)

        def noise(rng: np.random.Generator, n: int) -> FloatArray:
            return self.network.training_noise(rng, (n, *members, n_draws), self.conditions.shape[2])

        with one_thread():
            return train(
                tensors,
                [self.conditions, self.latents],
                loss=of_draws(loss, self.layers),
                score=of_draws(score, scored),
                rule=rule if windows is None else rule.replace(batch_size=windows.per_step),
                rngs=copy.deepcopy(self.rngs),
                noise=noise,
                score_noise=lambda rng, n: self.network.noise(rng, (n, _SCORE_DRAWS)),
                prepare=None if windows is None else windows.gather,
                companions=companions,
            )


def fit_generator(
    pairs: LatentPairs,
    network: GeneratorNetwork,
    loss: Loss,
    *,
    n_draws: int,
    rngs: Generators,
    warm_start: int = 0,
    windows: Windows | None = None,
    averaging: float = 0.0,
) -> GeneratorSampler:
    """Train a generator per replicate on a loss of `n_draws` draws per pair.

    Parameters
    ----------
    pairs : LatentPairs
        Conditions and latents.
    network : GeneratorNetwork
        Shape, noise and stopping rule.
    loss : callable
        See `GeneratorTraining.minimise`.
    n_draws : int
        Draws per pair and step.
    rngs : sequence of Generator
        One per replicate.
    warm_start : int
        Steps on the energy score before.
    windows : Windows, optional
        Batches of neighbours instead of random pairs.
    averaging : float
        Weight of the past in a moving average of the weights during the last phase; see `GeneratorTraining.minimise`.

    Raises
    ------
    ValueError
        If there are fewer than two pairs.
    """
    training = GeneratorTraining.begin(pairs, network, rngs=rngs)
    before = (training.warm_start(warm_start),) if warm_start else ()
    return training.finish(*before, training.minimise(loss, n_draws=n_draws, windows=windows, averaging=averaging))


def _better(start: Trained, after: Trained, before: Sequence[Tensor], tensors: Sequence[Tensor]) -> Trained:
    """The later phase, or where its score is no better the earlier one, with the weights from before."""
    back = np.isfinite(after.scores) & (start.scores <= after.scores)
    index = np.flatnonzero(back).tolist()
    for tensor, old in zip(tensors, before, strict=True):
        tensor[index] = old[index]
    steps, scores = np.where(back, 0, after.best_steps), np.where(back, start.scores, after.scores)
    return replace(after, best_steps=steps, scores=scores)
