"""Networks that regress the velocity of a noise path, and samplers that follow it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import TYPE_CHECKING, Annotated, Literal, Self

import numpy as np
from annotated_types import Ge

from lsdm_stats.arrays import FloatArray, as_stack
from lsdm_stats.matchers.generator import Standardised
from lsdm_stats.matchers.paths import NoisePath
from lsdm_stats.nets.rule import Training
from lsdm_stats.samples import LatentPairs
from lsdm_stats.spec import Spec
from lsdm_stats.streams import Generators

if TYPE_CHECKING:
    from torch import Tensor

    from lsdm_stats.nets.networks import Layers
    from lsdm_stats.nets.training import Trained

Scheme = Literal["euler", "midpoint"]

_SCORE_DRAWS = 32  # times and noises per held-out pair: their Monte Carlo error is far below that of the pairs
_PATH_COLUMNS = 5  # what follows the normal noise of a draw: the clock, a, b and the rates of a and b


class VelocityNetwork(Spec):
    """Shape and training of a network that regresses velocities.

    Parameters
    ----------
    hidden : tuple of int
        Widths of the hidden layers.
    n_draws : int
        Times and noises per pair and step, the times one in each of `n_draws` equal parts of [0, 1].
    training : Training
        Stopping rule; the hold-out score is the loss at 32 times and noises per held-out pair, drawn once.

    Examples
    --------
    >>> VelocityNetwork().n_draws
    8
    """

    hidden: tuple[Annotated[int, Ge(1)], ...] = (64, 64)
    n_draws: Annotated[int, Ge(1)] = 8
    training: Training = Training(max_steps=6_000, patience=400)


@dataclass(frozen=True)
class VelocitySampler:
    """Fitted velocities of a block of replicates, followed in equal steps of time from noise to latents."""

    path: NoisePath
    scheme: Scheme
    n_steps: int
    layers: Layers
    units: Standardised
    training: Trained

    @property
    def failures(self) -> tuple[str | None, ...]:
        """Reasons of replicates whose training diverged."""
        return tuple(None if reason is None else f"velocity: {reason}" for reason in self.training.failures)

    @property
    def start(self) -> tuple[FloatArray, FloatArray]:
        """Centre and scale of the noise at t = 0, ``(R, 1, k)`` each."""
        return self.units.latent_centre, self.units.latent_scale

    def weights(self, times: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Weights of latent and noise at times in [0, 1]."""
        return self.path.weights(times)

    def rates(self, times: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Their derivatives in t."""
        return self.path.rates(times)

    @property
    def stages(self) -> tuple[tuple[float, float, float], ...]:
        """Times of every step: where it begins, to which time it first adds noise, here none, and where it ends."""
        return tuple((begin, begin, end) for begin, end in pairwise(np.linspace(0.0, 1.0, self.n_steps + 1).tolist()))

    def advance(self, latents: FloatArray, conditions: FloatArray, begin: float, end: float) -> FloatArray:
        """Latents ``(R, n, k)`` at time `end` of those at time `begin`, by one step of a draw, without noise."""
        centre, scale = self.start
        return centre + scale * self._step((latents - centre) / scale, self._inputs(conditions), begin, end)

    def velocity(self, times: FloatArray, latents: FloatArray, conditions: FloatArray) -> FloatArray:
        """Velocities ``(R, n, k)`` in the units of the latents.

        Parameters
        ----------
        times : ndarray that broadcasts to shape (R, n)
            Times in [0, 1].
        latents : ndarray of shape (R, n, k)
            Where the paths are at these times.
        conditions : ndarray of shape (R, n, p)
            Conditions.
        """
        states = (latents - self.units.latent_centre) / self.units.latent_scale
        return self.units.latent_scale * self._velocity(times, states, self._inputs(conditions))

    def sample(self, conditions: FloatArray, *, rngs: Generators) -> FloatArray:
        """One latent per condition, ``(R, n, k)``."""
        rows = self._inputs(conditions, replicates=len(rngs))
        dim = self.units.latent_centre.shape[2]
        noise = np.stack([rng.standard_normal((rows.shape[1], dim)) for rng in rngs])
        return self.units.latent_centre + self.units.latent_scale * self._follow(noise, rows, rngs)

    def select(self, replicates: Sequence[int]) -> Self:
        """The velocities of some replicates."""
        return replace(
            self,
            layers=self.layers.select(replicates),
            units=self.units.select(replicates),
            training=self.training.select(replicates),
        )

    def _inputs(self, conditions: FloatArray, replicates: int | None = None) -> FloatArray:
        units = self.units
        stack = as_stack(conditions, "conditions", dim=units.condition_centre.shape[2], replicates=replicates)
        return (stack - units.condition_centre) / units.condition_scale

    def _velocity(self, times: FloatArray, states: FloatArray, rows: FloatArray) -> FloatArray:
        """Velocities of standardised states given standardised conditions."""
        from lsdm_stats.nets.networks import evaluate

        clock = np.broadcast_to(np.asarray(times, dtype=np.float64), rows.shape[:2])[..., None]
        return evaluate(self.layers, np.concatenate([rows, states, _clock(clock)], axis=2))

    def _follow(self, states: FloatArray, rows: FloatArray, rngs: Generators) -> FloatArray:
        """Standardised states at t = 1 of those at t = 0; `rngs` are for what is random on the way, here nothing."""
        grid = np.linspace(0.0, 1.0, self.n_steps + 1)
        for begin, end in pairwise(grid):
            states = self._step(states, rows, begin, end)
        return states

    def _step(self, states: FloatArray, rows: FloatArray, begin: float, end: float) -> FloatArray:
        """Standardised states at time `end` of those at time `begin`, by one step."""
        slope = self._velocity(np.array(begin), states, rows)
        if self.scheme == "midpoint":
            half = (end - begin) / 2
            slope = self._velocity(np.array(begin + half), states + half * slope, rows)
        return states + (end - begin) * slope


def fit_velocity(
    pairs: LatentPairs, network: VelocityNetwork, path: NoisePath, *, rngs: Generators
) -> tuple[Layers, Standardised, Trained]:
    r"""Regress the velocity of the path on its place, its time and the condition, per replicate.

    The loss is :math:`E\|v(t, a_t U + b_t \xi, x) - (\dot a_t U + \dot b_t \xi)\|^2 / k` with standardised
    latents U, t uniform and :math:`\xi` normal; its minimum is :math:`E(\dot a_t U + \dot b_t \xi\mid U_t, x)`
    (Albergo, Boffi and Vanden-Eijnden, 2023).

    Raises
    ------
    ValueError
        If there are fewer than two pairs.
    """
    from lsdm_stats.nets.networks import initial_layers, one_thread
    from lsdm_stats.nets.training import Batch, train
    from lsdm_stats.nets.velocities import velocity_error

    units = Standardised.of(pairs)
    conditions = (pairs.conditions - units.condition_centre) / units.condition_scale
    latents = (pairs.latents - units.latent_centre) / units.latent_scale
    dim = latents.shape[2]
    weight_rngs, training_rngs = (tuple(child) for child in zip(*(rng.spawn(2) for rng in rngs), strict=True))
    widths = (conditions.shape[2] + dim + 1, *network.hidden, dim)
    layers = initial_layers(widths, rngs=weight_rngs)

    def loss(batch: Batch) -> Tensor:
        return velocity_error(layers, *batch)

    with one_thread():
        trained = train(
            layers.tensors,
            [conditions, latents],
            loss=loss,
            score=loss,
            rule=network.training,
            rngs=training_rngs,
            noise=lambda rng, n: _noise(rng, n, network.n_draws, dim, path),
            score_noise=lambda rng, n: _noise(rng, n, _SCORE_DRAWS, dim, path),
            drops_finished=True,
        )
    return layers, units, trained


def _noise(rng: np.random.Generator, n: int, count: int, dim: int, path: NoisePath) -> FloatArray:
    """Normal noise, stratified times and the path at them: shape ``(n, count, dim + 5)``."""
    out = np.empty((n, count, dim + _PATH_COLUMNS))
    out[..., :dim] = rng.standard_normal((n, count, dim))
    times = (np.arange(count) + rng.random((n, count))) / count
    for column, values in enumerate((_clock(times), *path.weights(times), *path.rates(times))):
        out[..., dim + column] = values
    return out


def _clock(times: FloatArray) -> FloatArray:
    """Time as a network sees it: mean zero and variance one over [0, 1]."""
    return (times - 0.5) * 12**0.5
