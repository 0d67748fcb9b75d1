"""One training loop for every neural stage: blocks of replicates, each with its own hold-out, stopping and failure."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from lsdm_stats.arrays import FloatArray, IntArray
from lsdm_stats.nets.networks import to_tensor
from lsdm_stats.nets.optimiser import Adam
from lsdm_stats.nets.rule import Training
from lsdm_stats.streams import Generators

Batch = tuple[Tensor, ...]
"""Observations of one step, each of shape ``(R, batch, …)``, and last the noise where the loss needs some."""

PerReplicate = Callable[[Batch], Tensor]
"""A loss or a score of each replicate: shape ``(R,)``."""

DrawNoise = Callable[[np.random.Generator, int], FloatArray]
"""Noise for a number of observations, those on the first axis."""

Prepare = Callable[[Sequence[Tensor]], list[Tensor]]
"""From arrays of observations ``(R, n, …)`` to others whose first two axes are the same."""

_WORTHWHILE = 1e-4  # relative improvement of the hold-out score that restores patience


@dataclass(frozen=True)
class Trained:
    """How the training of each replicate ended: shape ``(R,)`` each.

    Parameters
    ----------
    best_steps : ndarray of shape (R,)
        Step of the best hold-out score.
    last_steps : ndarray of shape (R,)
        Step at which training ended.
    scores : ndarray of shape (R,)
        Best hold-out score.
    failures : tuple
        The reason why a replicate failed, or None.
    """

    best_steps: IntArray
    last_steps: IntArray
    scores: FloatArray
    failures: tuple[str | None, ...]

    def select(self, replicates: Sequence[int]) -> Trained:
        """The same for some replicates."""
        index = list(replicates)
        failures = tuple(self.failures[r] for r in index)
        return Trained(self.best_steps[index], self.last_steps[index], self.scores[index], failures)


def train(
    tensors: Sequence[Tensor],
    arrays: Sequence[FloatArray],
    *,
    loss: PerReplicate,
    score: PerReplicate,
    rule: Training,
    rngs: Generators,
    noise: DrawNoise | None = None,
    score_noise: DrawNoise | None = None,
    prepare: Prepare | None = None,
    companions: Sequence[Tensor] = (),
) -> Trained:
    """Minimise the loss of every replicate; the tensors hold each replicate's best weights afterwards.

    Parameters
    ----------
    tensors : sequence of Tensor
        Weights with the replicate on the first axis; changed in place.
    arrays : sequence of ndarray of shape (R, n, …)
        Observations.
    loss, score : callable
        From a batch to one value per replicate: what is minimised, and what is compared on the held-out data.
    rule : Training
        The stopping rule.
    rngs : sequence of Generator
        One per replicate: hold-out split, minibatches and noise.
    noise, score_noise : callable, optional
        Noise of a batch, and of the held-out data (drawn once).
    prepare : callable, optional
        From the observations that are not held out to what the batches are drawn from, such as a window around each.
    companions : sequence of Tensor
        Tensors that the loss itself changes, such as an adversary's weights: kept and restored with the best weights.
    """
    split_rngs, batch_rngs, noise_rngs = (tuple(child) for child in zip(*(rng.spawn(3) for rng in rngs), strict=True))
    n = arrays[0].shape[1]
    kept, held = _split(n, rule.holdout_size(n), split_rngs)
    training = [to_tensor(np.take_along_axis(array, _spread(kept, array), axis=1)) for array in arrays]
    holdout = tuple(to_tensor(np.take_along_axis(array, _spread(held, array), axis=1)) for array in arrays)
    if score_noise is not None:
        holdout = (*holdout, to_tensor(np.stack([score_noise(rng, held.shape[1]) for rng in noise_rngs])))

    if prepare is not None:
        training = prepare(training)
    progress = _Progress([*tensors, *companions], rule)
    optimiser = Adam(tensors)
    while progress.is_running:
        steps = min(rule.check_every, rule.max_steps - progress.step)
        for batch in _batches(training, steps, rule.batch_size, batch_rngs, noise_rngs, noise):
            with torch.enable_grad():
                for tensor in tensors:
                    tensor.requires_grad_(True)
                gradients = torch.autograd.grad(loss(batch).sum(), list(tensors))
            with torch.no_grad():
                for tensor in tensors:
                    tensor.requires_grad_(False)
                optimiser.step(gradients, progress.learning_rates)
        with torch.no_grad():
            progress.advance(steps, score(holdout))
    return progress.finish()


class _Progress:
    """Best weights, learning rate and state of every replicate."""

    def __init__(self, tensors: Sequence[Tensor], rule: Training) -> None:
        replicates = tensors[0].shape[0]
        self._tensors, self._rule = tensors, rule
        self._best = [tensor.clone() for tensor in tensors]
        self._scores = torch.full((replicates,), torch.inf)
        self._reference = torch.full((replicates,), torch.inf)  # score that patience is counted from
        self._best_steps = torch.zeros(replicates, dtype=torch.int64)
        self._last_steps = torch.zeros(replicates, dtype=torch.int64)
        self._waited = torch.zeros(replicates, dtype=torch.int64)
        self._decays = torch.zeros(replicates, dtype=torch.int64)
        self._active = torch.ones(replicates, dtype=torch.bool)
        self._failures: list[str | None] = [None] * replicates
        self.step = 0

    @property
    def is_running(self) -> bool:
        return self.step < self._rule.max_steps and bool(self._active.any())

    @property
    def learning_rates(self) -> Tensor:
        rates = self._rule.learning_rate * self._rule.decay ** self._decays.float()
        return (rates * self._active)[:, None, None]

    def advance(self, steps: int, scores: Tensor) -> None:
        self.step += steps
        self._fail(~torch.isfinite(scores) & self._active)
        better = (scores < self._scores) & self._active
        self._scores = torch.where(better, scores, self._scores)
        self._best_steps[better] = self.step
        self._copy(better, self._tensors, self._best)
        worthwhile = self._active & (
            scores < self._reference - _WORTHWHILE * self._reference.abs().nan_to_num(posinf=0.0)
        )
        self._reference = torch.where(worthwhile, scores, self._reference)
        self._waited = torch.where(worthwhile, 0, self._waited + steps)
        self._last_steps[self._active] = self.step
        spent = self._active & (self._waited >= self._rule.patience)
        self._copy(spent, self._best, self._tensors)
        self._waited[spent] = 0
        self._decays[spent] += 1
        self._active &= self._decays <= self._rule.n_decays

    def finish(self) -> Trained:
        self._copy(torch.isfinite(self._scores), self._best, self._tensors)
        return Trained(
            self._best_steps.numpy(), self._last_steps.numpy(), self._scores.double().numpy(), tuple(self._failures)
        )

    def _fail(self, failed: Tensor) -> None:
        for replicate in torch.nonzero(failed).flatten().tolist():
            self._failures[replicate] = f"diverged: the hold-out score is not finite at step {self.step}"
            self._scores[replicate] = torch.inf
        self._active &= ~failed

    @staticmethod
    def _copy(replicates: Tensor, origin: Sequence[Tensor], target: Sequence[Tensor]) -> None:
        if bool(replicates.any()):
            for source, destination in zip(origin, target, strict=True):
                destination[replicates] = source[replicates]


def _split(n: int, n_held: int, rngs: Generators) -> tuple[IntArray, IntArray]:
    """Row numbers kept for training and held out, per replicate."""
    orders = np.stack([rng.permutation(n) for rng in rngs])
    return orders[:, n_held:], orders[:, :n_held]


def _spread(index: IntArray, array: FloatArray) -> IntArray:
    return index.reshape(*index.shape, *(1,) * (array.ndim - 2))


def _batches(
    training: Sequence[Tensor],
    steps: int,
    batch_size: int,
    batch_rngs: Generators,
    noise_rngs: Generators,
    noise: DrawNoise | None,
) -> Sequence[Batch]:
    """The batches of some steps: each replicate passes through its own data in random order."""
    n = training[0].shape[1]
    size = min(batch_size, n)
    passes = -(-steps * size // n)
    order = np.stack(
        [rng.permuted(np.tile(np.arange(n), (passes, 1)), axis=1).ravel()[: steps * size] for rng in batch_rngs]
    )
    rows = torch.from_numpy(order.reshape(len(batch_rngs), steps, size))
    replicate = torch.arange(len(batch_rngs))[:, None]
    draws = None
    if noise is not None:
        draws = to_tensor(np.stack([noise(rng, steps * size) for rng in noise_rngs]))
        draws = draws.reshape(draws.shape[0], steps, size, *draws.shape[2:])
    return [
        (*(tensor[replicate, rows[:, step]] for tensor in training), *(() if draws is None else (draws[:, step],)))
        for step in range(steps)
    ]
