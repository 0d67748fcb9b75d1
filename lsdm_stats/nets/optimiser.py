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

    def step(self, gradients: Sequence[Tensor], learning_rates: Tensor) -> None:
        """One step; `learning_rates` of shape ``(R, 1, 1)``, zero for a replicate that rests."""
        self._steps += 1
        square_norms = torch.stack([gradient.square().sum(dim=(1, 2)) for gradient in gradients]).sum(dim=0)
        shrink = (_CLIP / square_norms.sqrt().clamp_min(_CLIP))[:, None, None]
        clipped = [gradient * shrink for gradient in gradients]
        torch._foreach_lerp_(self._means, clipped, 1 - _MEAN_DECAY)
        torch._foreach_mul_(self._squares, _SQUARE_DECAY)
        torch._foreach_addcmul_(self._squares, clipped, clipped, 1 - _SQUARE_DECAY)
        bias = (1 - _SQUARE_DECAY**self._steps) ** 0.5
        roots = torch._foreach_sqrt(self._squares)
        torch._foreach_div_(roots, bias)
        torch._foreach_add_(roots, _OFFSET)
        moves = torch._foreach_div(self._means, roots)
        rates = learning_rates / (1 - _MEAN_DECAY**self._steps)
        for tensor, move in zip(self._tensors, moves, strict=True):
            tensor.sub_(move.mul_(rates))
