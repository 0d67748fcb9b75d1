"""Exact W1 of two samples: ours with its certificate beside POT and SciPy; one run, one thread, medians of 3."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import ot
from scipy.optimize import linear_sum_assignment
from scipy.spatial.distance import cdist
from threadpoolctl import threadpool_limits

from lsdm_stats.wasserstein import exact

SIZES = (100, 300, 1_000, 2_000)
REPEATS = 3
OUTPUT = Path(__file__).with_name("transport.md")


def seconds(work: Callable[[], object]) -> float:
    """Median time of a call."""
    times = []
    for _ in range(REPEATS):
        start = time.perf_counter()
        work()
        times.append(time.perf_counter() - start)
    return statistics.median(times)


def problems(n: int) -> dict[str, tuple[np.ndarray, np.ndarray]]:
    """3-D Gaussian clouds in R^8, of the same law and of different laws."""
    rng = np.random.default_rng(n)
    basis = np.linalg.qr(rng.normal(size=(8, 3)))[0]
    first, second = (rng.normal(size=(n, 3)) @ basis.T for _ in range(2))
    return {"same law": (first, second), "different laws": (first, 1.5 * second + 0.5)}


def by_pot(x: np.ndarray, y: np.ndarray) -> float:
    """POT's network simplex on the dense cost matrix."""
    weights = np.full(len(x), 1 / len(x))
    return ot.emd2(weights, weights, cdist(x, y), numItermax=10**8)


def by_assignment(x: np.ndarray, y: np.ndarray) -> float:
    """SciPy's assignment solver on the dense cost matrix."""
    costs = cdist(x, y)
    return costs[linear_sum_assignment(costs)].mean()


def main() -> None:
    """Print the table and keep it beside this file."""
    lines = [
        "| law | n | exact, s | ot.emd2, s | SciPy assignment, s | relative gap | largest difference of values |",
        "|---|---|---|---|---|---|---|",
    ]
    exact([[0.0]], [[1.0]])
    with threadpool_limits(1):
        for n in SIZES:
            for law, (x, y) in problems(n).items():
                ours = exact(x, y)
                peers = (by_pot(x, y), by_assignment(x, y))
                times = (
                    seconds(lambda x=x, y=y: exact(x, y)),
                    seconds(lambda x=x, y=y: by_pot(x, y)),
                    seconds(lambda x=x, y=y: by_assignment(x, y)),
                )
                difference = max(abs(ours.value - peer) for peer in peers)
                shown = " | ".join(f"{t:.4f}" for t in times)
                lines.append(f"| {law} | {n} | {shown} | {ours.gap / ours.value:.0e} | {difference:.0e} |")
                print(lines[-1], flush=True)
    OUTPUT.write_text("\n".join(lines) + "\n")


if __name__ == "__main__":
    main()
