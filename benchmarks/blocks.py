"""Training blocks of replicates: one batched autoencoder against one plain PyTorch module after another, same steps."""

from __future__ import annotations

import time
from itertools import pairwise
from pathlib import Path

import numpy as np
import torch
from torch import nn

from lsdm_stats import Autoencoder, Training

STEPS, BATCH, ROWS, DIM = 300, 128, 2_000, 16
OUTPUT = Path(__file__).with_name("blocks.md")


def batched(data: np.ndarray) -> float:
    """Seconds for a block, hold-out scores every 50 steps included."""
    rule = Training(max_steps=STEPS, patience=STEPS, batch_size=BATCH)
    start = time.perf_counter()
    Autoencoder(dim=2, training=rule).fit(data, rngs=[np.random.default_rng(r) for r in range(len(data))])
    return time.perf_counter() - start


def one_by_one(data: np.ndarray) -> float:
    """Seconds for a loop over replicates with `torch.nn` and `torch.optim`, the same hold-out scores included."""
    start = time.perf_counter()
    for replicate in torch.tensor(data, dtype=torch.float32):
        layers: list[nn.Module] = []
        widths = (DIM, 64, 64, 2, 64, 64, DIM)
        for index, (inputs, outputs) in enumerate(pairwise(widths)):
            layers += [nn.Linear(inputs, outputs), *([nn.SiLU()] if index not in (2, 5) else [])]
        network = nn.Sequential(*layers)
        optimiser = torch.optim.Adam(network.parameters(), lr=3e-3)
        holdout, kept = replicate[: int(0.15 * ROWS)], replicate[int(0.15 * ROWS) :]
        for step in range(STEPS):
            rows = kept[torch.randint(len(kept), (BATCH,))]
            loss = (network(rows) - rows).square().mean()
            optimiser.zero_grad()
            loss.backward()
            nn.utils.clip_grad_norm_(network.parameters(), 10.0)
            optimiser.step()
            if step % 50 == 49:
                with torch.no_grad():
                    (network(holdout) - holdout).square().mean()
    return time.perf_counter() - start


def main() -> None:
    """Print the table and keep it beside this file."""
    torch.set_num_threads(1)
    lines = ["| replicates | batched, replicates per s | one by one, replicates per s | ratio |", "|---|---|---|---|"]
    warm_up = np.random.default_rng(0).normal(size=(1, ROWS, DIM))
    batched(warm_up)
    one_by_one(warm_up)
    for replicates in (1, 5, 20, 50):
        data = np.random.default_rng(replicates).normal(size=(replicates, ROWS, DIM))
        block, loop = replicates / batched(data), replicates / one_by_one(data)
        lines.append(f"| {replicates} | {block:.2f} | {loop:.2f} | {block / loop:.2f} |")
        print(lines[-1], flush=True)
    OUTPUT.write_text("\n".join(lines) + "\n")


if __name__ == "__main__":
    main()
