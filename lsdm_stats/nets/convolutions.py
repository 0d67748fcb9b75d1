"""Convolutional encoders and decoders of images, one pair per replicate.

The convolutions of every replicate are a call of their own. One grouped call for all of them is faster by a fifth, but
its last bit depends on the number of groups: replicates that have ended could not leave the block.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import torch
from torch import Tensor
from torch.nn.functional import conv2d, conv_transpose2d, silu

from lsdm_stats.nets.networks import Layers, initial_layers, to_tensor
from lsdm_stats.streams import Generators

_KERNEL, _STRIDE, _PADDING = 3, 2, 1

Level = tuple[int, int, int]
"""Channels, height and width."""


def levels(image_shape: tuple[int, int], channels: Sequence[int]) -> tuple[Level, ...]:
    """What an image becomes, from itself on: every convolution halves its sides, rounding up.

    Examples
    --------
    >>> levels((8, 5), (16, 32))
    ((1, 8, 5), (16, 4, 3), (32, 2, 2))
    """
    height, width = image_shape
    found: list[Level] = [(1, height, width)]
    for count in channels:
        height, width = -(-height // _STRIDE), -(-width // _STRIDE)
        found.append((count, height, width))
    return tuple(found)


@dataclass(frozen=True)
class Filters:
    """Kernels ``(R, outputs, inputs * 9)`` and biases ``(R, 1, channels)``, from each level to the next.

    `outputs` are the channels of the coarser level and `inputs` those of the finer one, whichever way images go.
    """

    levels: tuple[Level, ...]
    kernels: tuple[Tensor, ...]
    biases: tuple[Tensor, ...]

    @property
    def tensors(self) -> tuple[Tensor, ...]:
        """All kernels and biases."""
        return (*self.kernels, *self.biases)

    def select(self, replicates: Sequence[int]) -> Filters:
        """Those of some replicates."""
        index = torch.tensor(list(replicates))
        return Filters(self.levels, tuple(k[index] for k in self.kernels), tuple(b[index] for b in self.biases))

    def of(self, replicate: int) -> list[tuple[Tensor, Tensor]]:
        """Kernels ``(outputs, inputs, 3, 3)`` with their biases, of one replicate and from the finest level on."""
        return [
            (kernel[replicate].unflatten(1, (-1, _KERNEL, _KERNEL)), bias[replicate, 0])
            for kernel, bias in zip(self.kernels, self.biases, strict=True)
        ]


@dataclass(frozen=True)
class ConvolutionalEncoder:
    """Convolutions that halve the sides, each followed by SiLU, then one linear layer."""

    filters: Filters
    head: Layers

    @property
    def tensors(self) -> tuple[Tensor, ...]:
        """All weights."""
        return (*self.filters.tensors, *self.head.tensors)

    @property
    def device(self) -> torch.device:
        """Where they are."""
        return self.head.device

    def select(self, replicates: Sequence[int]) -> ConvolutionalEncoder:
        """The networks of some replicates."""
        return ConvolutionalEncoder(self.filters.select(replicates), self.head.select(replicates))

    def __call__(self, inputs: Tensor) -> Tensor:
        """Outputs ``(R, n, outputs)`` of flattened images ``(R, n, height * width)``."""
        return self.head(torch.stack([self._features(replicate, rows) for replicate, rows in enumerate(inputs)]))

    def _features(self, replicate: int, rows: Tensor) -> Tensor:
        hidden = rows.unflatten(1, self.filters.levels[0])
        for kernel, bias in self.filters.of(replicate):
            hidden = silu(conv2d(hidden, kernel, bias, stride=_STRIDE, padding=_PADDING))
        return hidden.flatten(1)


@dataclass(frozen=True)
class ConvolutionalDecoder:
    """One linear layer, then transposed convolutions that double the sides, with SiLU before each."""

    stem: Layers
    filters: Filters

    @property
    def tensors(self) -> tuple[Tensor, ...]:
        """All weights."""
        return (*self.stem.tensors, *self.filters.tensors)

    @property
    def device(self) -> torch.device:
        """Where they are."""
        return self.stem.device

    def select(self, replicates: Sequence[int]) -> ConvolutionalDecoder:
        """The networks of some replicates."""
        return ConvolutionalDecoder(self.stem.select(replicates), self.filters.select(replicates))

    def __call__(self, inputs: Tensor) -> Tensor:
        """Flattened images ``(R, n, height * width)`` of latents ``(R, n, inputs)``."""
        return torch.stack([self._image(replicate, rows) for replicate, rows in enumerate(self.stem(inputs))])

    def _image(self, replicate: int, rows: Tensor) -> Tensor:
        shapes = self.filters.levels
        hidden = rows.unflatten(1, shapes[-1])
        for (kernel, bias), (_, *finer), (_, *coarser) in zip(
            reversed(self.filters.of(replicate)), reversed(shapes[:-1]), reversed(shapes[1:]), strict=True
        ):
            lost = [side - (_STRIDE * (small - 1) + 1) for side, small in zip(finer, coarser, strict=True)]
            hidden = conv_transpose2d(
                silu(hidden), kernel, bias, stride=_STRIDE, padding=_PADDING, output_padding=lost
            )
        return hidden.flatten(1)


def initial_coders(
    image_shape: tuple[int, int], channels: Sequence[int], dim: int, *, rngs: Generators
) -> tuple[ConvolutionalEncoder, ConvolutionalDecoder]:
    """Random networks from images to `dim` numbers and back, weights uniform within ``1 / sqrt(inputs)`` of zero.

    An output of a transposed convolution has a quarter of its kernel as inputs, the stride being 2.
    """
    shapes = levels(image_shape, channels)
    features = int(np.prod(shapes[-1]))
    down = [(finer[0] * _KERNEL**2, coarser[0]) for finer, coarser in pairwise(shapes)]
    encoding = _filters(shapes, [(inputs, outputs) for inputs, outputs in down], rngs)
    head = initial_layers((features, dim), rngs=rngs)
    stem = initial_layers((dim, features), rngs=rngs)
    up = [(coarser[0] * _KERNEL**2 / _STRIDE**2, finer[0]) for finer, coarser in pairwise(shapes)]
    return ConvolutionalEncoder(encoding, head), ConvolutionalDecoder(stem, _filters(shapes, up, rngs))


def _filters(shapes: tuple[Level, ...], fans: Sequence[tuple[float, int]], rngs: Generators) -> Filters:
    """Filters between levels, given the inputs of an output and the number of biases of each."""
    kernels: list[Tensor] = []
    biases: list[Tensor] = []
    for (finer, coarser), (inputs, outputs) in zip(pairwise(shapes), fans, strict=True):
        bound = inputs**-0.5
        shape = (coarser[0], finer[0] * _KERNEL**2)
        kernels.append(to_tensor(np.stack([rng.uniform(-bound, bound, size=shape) for rng in rngs])))
        biases.append(to_tensor(np.stack([rng.uniform(-bound, bound, size=(1, outputs)) for rng in rngs])))
    return Filters(shapes, tuple(kernels), tuple(biases))
