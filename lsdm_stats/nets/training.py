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
    drops_finished: bool = False,
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
    drops_finished : bool
        Whether replicates that have ended leave the block, so that no time is spent on them. Nothing else changes.
        Loss and score must then know of each replicate nothing but the tensors and the batch.
    """
    split_rngs, batch_rngs, noise_rngs = (tuple(child) for child in zip(*(rng.spawn(3) for rng in rngs), strict=True))
    n = arrays[0].shape[1]
    kept, held = _split(n, rule.holdout_size(n), split_rngs)
    training = [_to_device(np.take_along_axis(array, _spread(kept, array), axis=1), tensors) for array in arrays]
    holdout = [_to_device(np.take_along_axis(array, _spread(held, array), axis=1), tensors) for array in arrays]
    if score_noise is not None:
        holdout.append(_noise_of(score_noise, held.shape[1], noise_rngs).to(tensors[0].device))

    if prepare is not None:
        training = prepare(training)
    progress = _Progress([*tensors, *companions], rule)
    optimiser = Adam(tensors)
    rates = progress.learning_rates
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
                optimiser.step(gradients, rates)
        with torch.no_grad():
            progress.advance(steps, score(tuple(holdout)).cpu())
            if drops_finished and (staying := progress.drop_finished()) is not None:
                chosen = staying.tolist()
                batch_rngs, noise_rngs = [batch_rngs[r] for r in chosen], [noise_rngs[r] for r in chosen]
                training, holdout = [array[staying] for array in training], [array[staying] for array in holdout]
                optimiser.select(staying)
        rates = progress.learning_rates
    return progress.finish()


class _Progress:
    """Best weights, learning rate and state of every replicate; the state is kept on the processor."""

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
        self._block = torch.arange(replicates)  # replicates that the tensors still hold, in order
        self._failures: list[str | None] = [None] * replicates
        self.step = 0

    @property
    def is_running(self) -> bool:
        return self.step < self._rule.max_steps and bool(self._active.any())

    @property
    def learning_rates(self) -> Tensor:
        rates = self._rule.learning_rate * self._rule.decay ** self._decays.float()
        return (rates * self._active)[self._block, None, None].to(self._tensors[0].device)

    def advance(self, steps: int, block_scores: Tensor) -> None:
        self.step += steps
        scores = torch.full_like(self._scores, torch.inf)
        scores[self._block] = block_scores
        self._fail(~torch.isfinite(scores) & self._active)
        better = (scores < self._scores) & self._active
        self._scores = torch.where(better, scores, self._scores)
        self._best_steps[better] = self.step
        self._keep(better)
        worthwhile = self._active & (
            scores < self._reference - _WORTHWHILE * self._reference.abs().nan_to_num(posinf=0.0)
        )
        self._reference = torch.where(worthwhile, scores, self._reference)
        self._waited = torch.where(worthwhile, 0, self._waited + steps)
        self._last_steps[self._active] = self.step
        spent = self._active & (self._waited >= self._rule.patience)
        self._restore(spent)
        self._waited[spent] = 0
        self._decays[spent] += 1
        self._active &= self._decays <= self._rule.n_decays

    def drop_finished(self) -> Tensor | None:
        """Take replicates that ended well out of the tensors; positions of the others, or None if all stay.

        One that failed stays, so that its weights are those that it would have beside others that go on.
        """
        failed = torch.tensor([reason is not None for reason in self._failures])
        stays = (self._active | failed)[self._block]
        if bool(stays.all()):
            return None
        staying = torch.nonzero(stays).flatten()
        for tensor in self._tensors:
            tensor.data = tensor[staying]
        self._block = self._block[staying]
        return staying

    def finish(self) -> Trained:
        for tensor, best in zip(self._tensors, self._best, strict=True):
            everyone = best.clone()
            everyone[self._block] = tensor
            tensor.data = everyone
        self._block = torch.arange(len(self._scores))
        self._restore(torch.isfinite(self._scores))
        return Trained(
            self._best_steps.numpy(), self._last_steps.numpy(), self._scores.double().numpy(), tuple(self._failures)
        )

    def _fail(self, failed: Tensor) -> None:
        for replicate in torch.nonzero(failed).flatten().tolist():
            self._failures[replicate] = f"diverged: the hold-out score is not finite at step {self.step}"
            self._scores[replicate] = torch.inf
        self._active &= ~failed

    def _keep(self, replicates: Tensor) -> None:
        """The weights of some replicates are their best so far."""
        if bool(replicates.any()):
            for tensor, best in zip(self._tensors, self._best, strict=True):
                best[replicates] = tensor[replicates[self._block]]

    def _restore(self, replicates: Tensor) -> None:
        """Give some replicates their best weights back."""
        if bool(replicates.any()):
            for tensor, best in zip(self._tensors, self._best, strict=True):
                tensor[replicates[self._block]] = best[replicates]


def _to_device(array: FloatArray, tensors: Sequence[Tensor]) -> Tensor:
    return to_tensor(array, tensors[0].device)


def _noise_of(draw: DrawNoise, n: int, rngs: Generators) -> Tensor:
    """Noise ``(R, n, …)`` in float32; that of one replicate at a time is held in float64."""
    first = draw(rngs[0], n)
    noise = np.empty((len(rngs), *first.shape), dtype=np.float32)
    noise[0] = first
    for own, rng in zip(noise[1:], rngs[1:], strict=True):
        own[:] = draw(rng, n)
    return torch.from_numpy(noise)


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
    device = training[0].device
    rows = torch.from_numpy(order.reshape(len(batch_rngs), steps, size)).to(device)
    replicate = torch.arange(len(batch_rngs), device=device)[:, None]
    draws = None
    if noise is not None:
        draws = _noise_of(noise, steps * size, noise_rngs).to(device)
        draws = draws.reshape(draws.shape[0], steps, size, *draws.shape[2:])
    return [
        (*(tensor[replicate, rows[:, step]] for tensor in training), *(() if draws is None else (draws[:, step],)))
        for step in range(steps)
    ]
