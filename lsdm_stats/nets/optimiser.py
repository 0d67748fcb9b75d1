"""Adam with a replicate axis: every replicate has its own gradient clipping and its own learning rate."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor

_MEAN_DECAY = 0.9  # Kingma and Ba (2015), Algorithm 1: beta_1
_SQUARE_DECAY = 0.999  # beta_2
_OFFSET = 1e-8  # epsilon
_CLIP = 10.0  # largest gradient norm of a replicate


class Adam:
    """Adam (Kingma and Ba, 2015) over tensors whose first axis is the replicate.

    Replicates never touch each other: a NaN in one leaves the steps of the others unchanged to the bit.
    """

    def __init__(self, tensors: Sequence[Tensor]) -> None:
        self._tensors = list(tensors)
        self._means = [torch.zeros_like(tensor) for tensor in tensors]
        self._squares = [torch.zeros_like(tensor) for tensor in tensors]
        self._steps = 0

    def select(self, kept: Tensor) -> None:
        """Go on with some replicates, positions on the first axis; the tensors were cut by the caller."""
        self._means = [mean[kept] for mean in self._means]
        self._squares = [square[kept] for square in self._squares]

    def step(self, gradients: Sequence[Tensor], learning_rates: Tensor) -> None:
        """One step; `learning_rates` of shape ``(R, 1, 1)``, zero for a replicate that rests."""
        self._steps += 1
        square_norms = torch.stack([gradient.square().sum(dim=(1, 2)) for gradient in gradients]).sum(dim=0)
        shrink = (_CLIP / square_norms.sqrt().clamp_min(_CLIP))[:, None, None]
        rates = learning_rates / (1 - _MEAN_DECAY**self._steps)
        bias = (1 - _SQUARE_DECAY**self._steps) ** 0.5
        for tensor, gradient, mean, square in zip(self._tensors, gradients, self._means, self._squares, strict=True):
            clipped = gradient * shrink
            mean.lerp_(clipped, 1 - _MEAN_DECAY)
            square.mul_(_SQUARE_DECAY).addcmul_(clipped, clipped, value=1 - _SQUARE_DECAY)
            tensor.sub_(mean / square.sqrt().div_(bias).add_(_OFFSET) * rates)
