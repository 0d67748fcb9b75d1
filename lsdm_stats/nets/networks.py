"""Fully connected networks with a leading replicate axis: R networks of one shape, evaluated as one."""

from __future__ import annotations

from collections.abc import Generator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import pairwise
from typing import Protocol, Self

import numpy as np
import torch
from torch import Tensor

from lsdm_stats.arrays import FloatArray
from lsdm_stats.nets.device import current_device
from lsdm_stats.streams import Generators

_SUBNORMAL = 1e-40  # below the smallest normal float32


@contextmanager
def one_thread() -> Generator[None]:
    """One torch thread and denormals flushed to zero, as before on leaving.

    One thread makes results independent of the machine's load and core count; denormal weights slow training 5-8 times.
    """
    threads = torch.get_num_threads()
    flushed = bool(torch.tensor(_SUBNORMAL) * 1.0 == 0.0)
    torch.set_num_threads(1)
    torch.set_flush_denormal(True)
    try:
        yield
    finally:
        torch.set_num_threads(threads)
        torch.set_flush_denormal(flushed)


def to_tensor(array: FloatArray, device: torch.device | None = None) -> Tensor:
    """A float32 copy, on the device of the context unless one is given."""
    return torch.tensor(array, dtype=torch.float32, device=current_device() if device is None else device)


def to_array(tensor: Tensor) -> FloatArray:
    """A float64 copy."""
    return tensor.cpu().numpy().astype(np.float64)


class Network(Protocol):
    """R networks of one shape, whose tensors have the replicate on the first of three axes."""

    @property
    def tensors(self) -> tuple[Tensor, ...]:
        """All weights."""
        ...

    @property
    def device(self) -> torch.device:
        """Where they are."""
        ...

    def select(self, replicates: Sequence[int]) -> Self:
        """The networks of some replicates."""
        ...

    def __call__(self, inputs: Tensor) -> Tensor:
        """Outputs ``(R, n, outputs)`` of inputs ``(R, n, inputs)``."""
        ...


@dataclass(frozen=True)
class Layers:
    """Weights ``(R, inputs, outputs)`` and biases ``(R, 1, outputs)`` of each layer, with SiLU between layers."""

    weights: tuple[Tensor, ...]
    biases: tuple[Tensor, ...]

    @property
    def tensors(self) -> tuple[Tensor, ...]:
        """All weights and biases."""
        return (*self.weights, *self.biases)

    @property
    def device(self) -> torch.device:
        """Where they are."""
        return self.weights[0].device

    def with_tensors(self, tensors: Sequence[Tensor]) -> Layers:
        """The same shape with other values."""
        depth = len(self.weights)
        return Layers(tuple(tensors[:depth]), tuple(tensors[depth:]))

    def select(self, replicates: Sequence[int]) -> Layers:
        """The networks of some replicates."""
        index = torch.tensor(list(replicates))
        return self.with_tensors([tensor[index] for tensor in self.tensors])

    def __call__(self, inputs: Tensor) -> Tensor:
        """Outputs ``(R, n, outputs)`` of inputs ``(R, n, inputs)``."""
        hidden = inputs
        last = len(self.weights) - 1
        for layer, (weight, bias) in enumerate(zip(self.weights, self.biases, strict=True)):
            hidden = torch.baddbmm(bias, hidden, weight)
            if layer < last:
                hidden = torch.nn.functional.silu(hidden)
        return hidden


def initial_layers(widths: Sequence[int], *, rngs: Generators) -> Layers:
    """Random layers of widths ``(inputs, hidden, …, outputs)``, uniform within ``1 / sqrt(inputs)`` of zero."""
    weights: list[Tensor] = []
    biases: list[Tensor] = []
    for inputs, outputs in pairwise(widths):
        bound = inputs**-0.5
        weights.append(_stacked([rng.uniform(-bound, bound, size=(inputs, outputs)) for rng in rngs]))
        biases.append(_stacked([rng.uniform(-bound, bound, size=(1, outputs)) for rng in rngs]))
    return Layers(tuple(weights), tuple(biases))


def evaluate(network: Network, inputs: FloatArray) -> FloatArray:
    """Outputs of a numpy stack, on the networks' device, on one thread and without gradients."""
    with one_thread(), torch.no_grad():
        return to_array(network(to_tensor(inputs, network.device)))


def _stacked(arrays: Sequence[FloatArray]) -> Tensor:
    return to_tensor(np.stack(arrays))
