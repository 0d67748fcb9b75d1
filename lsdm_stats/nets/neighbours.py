"""Every row with the rows nearest to it."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor

_CHUNK = 2**22  # distances held at a time


def gather_nearest(arrays: Sequence[Tensor], size: int) -> list[Tensor]:
    """From arrays ``(R, n, …)`` to ``(R, n, min(size, n), …)``: for each row those nearest to it in the first array."""
    points = arrays[0]
    replicates, n, _ = points.shape
    count, step = min(size, n), max(1, _CHUNK // n)
    replicate = torch.arange(replicates, device=points.device)[:, None, None]
    nearest = torch.empty((replicates, n, count), dtype=torch.int64, device=points.device)
    for r in range(replicates):
        for start in range(0, n, step):
            rows = points[r, start : start + step]
            distances = torch.cdist(rows, points[r], compute_mode="donot_use_mm_for_euclid_dist")
            nearest[r, start : start + step] = distances.topk(count, largest=False, sorted=False).indices
    return [array[replicate, nearest] for array in arrays]
