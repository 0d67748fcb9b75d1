"""Exact W1 of two samples: ours with its certificate beside POT and SciPy; one run, one thread, medians of 3.

Times are CPU times of one thread, which other work on the machine hardly touches. Every measurement has a process of
its own, so that its peak memory is its own; a call of more than ten seconds is timed once. Each table replaces its
section of transport.md and leaves the others.

    python benchmarks/transport.py [--only headline hard growth small threads] [--huge]
"""

from __future__ import annotations

import argparse
import itertools
import json
import os
import resource
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

REPEATS = 3
ONCE_ABOVE = 10.0  # seconds
OUTPUT = Path(__file__).with_name("transport.md")
ONE_THREAD = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")
LAWS = ("same law", "different laws")
HARD = ("curve in R^16", "swiss roll, sum metric", "Gaussian in R^10", "far clusters", "shifted in R^2", "lattice")
PEERS = ("ot.emd2", "emd2_lazy", "assignment")

Samples = tuple[np.ndarray, np.ndarray, tuple[int, ...]]


def samples(law: str, n: int) -> Samples:
    """Two samples of n points and the blocks of their metric."""
    rng = np.random.default_rng(n)
    basis = np.linalg.qr(rng.normal(size=(8, 3)))[0]
    first, second = (rng.normal(size=(n, 3)) for _ in range(2))
    match law:
        case "same law":
            return first @ basis.T, second @ basis.T, (8,)
        case "different laws":
            return first @ basis.T, 1.5 * second @ basis.T + 0.5, (8,)
        case "curve in R^16":
            return _curve(rng.uniform(size=n)), _curve(rng.uniform(size=n) ** 1.3), (16,)
        case "swiss roll, sum metric":
            return _roll(n, rng), _roll(n, rng), (1, 3)
        case "Gaussian in R^10":
            return rng.normal(size=(n, 10)), rng.normal(size=(n, 10)), (10,)
        case "far clusters":
            centres, others = 100 * rng.normal(size=(2, 5, 3))
            return centres[rng.integers(5, size=n)] + first, others[rng.integers(5, size=n)] + second, (3,)
        case "shifted in R^2":
            return rng.uniform(size=(n, 2)), rng.uniform(size=(n, 2)) + np.array([5, 1]), (2,)
        case "lattice":
            return rng.integers(0, 40, (n, 3)) * 1.0, rng.integers(0, 40, (n, 3)) * 0.9, (3,)
        case _:
            raise ValueError(f"law must be one of {LAWS + HARD}; got {law!r}; correct it")


def _curve(t: np.ndarray) -> np.ndarray:
    return np.stack([wave(k * t) for k in range(1, 9) for wave in (np.sin, np.cos)], axis=1) / 4


def _roll(n: int, rng: np.random.Generator) -> np.ndarray:
    t, height = rng.uniform(size=n), rng.uniform(size=n)
    angle = 1.5 * np.pi * (1 + 2 * t)
    radius = angle / (4.5 * np.pi)
    condition = t + 0.1 * rng.normal(size=n)
    return np.stack([condition, radius * np.cos(angle), height, radius * np.sin(angle)], axis=1)


def costs(x: np.ndarray, y: np.ndarray, blocks: tuple[int, ...]) -> np.ndarray:
    """The dense cost matrix that peers need."""
    from scipy.spatial.distance import cdist

    edges = np.cumsum((0, *blocks))
    return sum(cdist(x[:, a:b], y[:, a:b]) for a, b in itertools.pairwise(edges))


def solver(side: str) -> Callable[[Samples], tuple[float, float]]:
    """Value and relative gap (NaN without a certificate) of two samples."""
    if side == "exact":
        from lsdm_stats.wasserstein import exact

        def ours(data: Samples) -> tuple[float, float]:
            found = exact(data[0], data[1], blocks=data[2])
            return found.value, found.gap / found.value

        return ours
    if side == "assignment":
        from scipy.optimize import linear_sum_assignment

        def assigned(data: Samples) -> tuple[float, float]:
            matrix = costs(*data)
            return float(matrix[linear_sum_assignment(matrix)].mean()), float("nan")

        return assigned
    import ot

    def dense(data: Samples) -> tuple[float, float]:
        weights = np.full(len(data[0]), 1 / len(data[0]))
        return float(ot.emd2(weights, weights, costs(*data), numItermax=10**9)), float("nan")

    def lazy(data: Samples) -> tuple[float, float]:
        from ot.lp import emd2_lazy

        value = emd2_lazy(data[0], data[1], metric="euclidean", numItermax=10**9, return_matrix=False)
        return float(value), float("nan")

    return {"ot.emd2": dense, "emd2_lazy": lazy}[side]


def one(side: str, law: str, n: int) -> dict[str, Any]:
    """Median time, peak memory and result of one side; in a process of its own."""
    work = solver(side)
    work(samples(law, 450))  # imports, and code that runs the first time only
    data = samples(law, n)
    times: list[float] = []
    value = gap = float("nan")
    while len(times) < REPEATS and not (times and times[0] > ONCE_ABOVE):
        start = time.process_time()
        value, gap = work(data)
        times.append(time.process_time() - start)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return {"seconds": statistics.median(times), "peak": peak / 1e6, "value": value, "gap": gap}


def measure(side: str, law: str, n: int, limit: float = 900.0) -> dict[str, Any] | None:
    """`one` in a process of its own; None if it takes longer than the limit or the side has no such metric."""
    if side == "emd2_lazy" and len(samples(law, 2)[2]) > 1:
        return None
    command = [sys.executable, __file__, "--one", side, law, str(n)]
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=limit,
                              env={**os.environ, **ONE_THREAD})
    except subprocess.TimeoutExpired:
        return None
    return json.loads(done.stdout.splitlines()[-1])


def beside_peers(laws: tuple[str, ...], n: int) -> list[str]:
    """Ours and every peer on some laws."""
    lines = [
        f"n = {n:,} a side. Memory is the peak of the process in GB; imports take about 0.4 of it.",
        "",
        "| law | exact, s | GB | relative gap | ot.emd2, s | GB | emd2_lazy, s | GB | assignment, s | GB | "
        "best peer / exact | ot.emd2 / exact | largest difference of values |",
        "|---|---|---|---|---|---|---|---|---|---|---|---|---|",
    ]
    for law in laws:
        ours = measure("exact", law, n)
        assert ours is not None
        peers = {side: measure(side, law, n, limit=200.0) for side in PEERS}
        known = [found for found in peers.values() if found is not None]
        apart = max(abs(found["value"] - ours["value"]) / ours["value"] for found in known)
        cells = " | ".join(f"{p['seconds']:.2f} | {p['peak']:.2f}" if p else "– | –" for p in peers.values())
        best, dense = min(found["seconds"] for found in known), peers["ot.emd2"]
        times = f"{dense['seconds'] / ours['seconds']:.1f}" if dense else "–"
        lines.append(f"| {law} | {ours['seconds']:.2f} | {ours['peak']:.2f} | {ours['gap']:.0e} | {cells} | "
                     f"{best / ours['seconds']:.1f} | {times} | {apart:.0e} |")
        print(lines[-1], flush=True)
    return lines


def growth(sizes: tuple[int, ...], huge: int | None) -> list[str]:
    """Ours alone, and the exponent of its time."""
    lines = ["| law | n | exact, s | peak GB | relative gap |", "|---|---|---|---|---|"]
    exponents = []
    for law in LAWS:
        rows = [(n, measure("exact", law, n, limit=1800.0))
                for n in (*sizes, *((huge,) if huge and law == "same law" else ()))]
        found = [(n, row) for n, row in rows if row is not None]
        lines += [
            f"| {law} | {n:,} | {row['seconds']:.2f} | {row['peak']:.2f} | {row['gap']:.0e} |" for n, row in found
        ]
        slope = np.polyfit(np.log([n for n, _ in found]), np.log([row["seconds"] for _, row in found]), 1)[0]
        exponents.append(f"{law}: time grows like n^{slope:.2f} from {found[0][0]:,} to {found[-1][0]:,}")
        print("\n".join(lines[-len(found):]), exponents[-1], sep="\n", flush=True)
    return [*lines, "", "; ".join(exponents) + "."]


def small(sizes: tuple[int, ...]) -> list[str]:
    """Milliseconds of small problems, the sides taking turns."""
    from threadpoolctl import threadpool_limits

    sides = ("exact", "ot.emd2", "assignment")
    solvers = {side: solver(side) for side in sides}
    lines = ["Medians in milliseconds, the sides taking turns.", "",
             "| law | n | exact | ot.emd2 | assignment | exact / best peer |", "|---|---|---|---|---|---|"]
    with threadpool_limits(1):
        for law in LAWS:
            for n in sizes:
                data = samples(law, n)
                times: dict[str, list[float]] = {side: [] for side in sides}
                for turn in range(max(5, min(51, 20_000 // n))):
                    for side in sides:
                        start = time.process_time()
                        solvers[side](data)
                        times[side] += [1e3 * (time.process_time() - start)] * (turn > 0)
                middle = {side: statistics.median(values) for side, values in times.items()}
                ratio = middle["exact"] / min(middle[side] for side in sides[1:])
                shown = " | ".join(f"{middle[side]:.2f}" for side in sides)
                lines.append(f"| {law} | {n:,} | {shown} | {ratio:.2f} |")
                print(lines[-1], flush=True)
    return lines


def threads(sizes: tuple[int, ...]) -> list[str]:
    """A stack of problems on one and on two threads."""
    from lsdm_stats.wasserstein import exact_many

    lines = ["40 problems of the same law, medians of 5 turns.", "", "| n | one thread, s | two threads, s | ratio |",
             "|---|---|---|---|"]
    for n in sizes:
        xs, ys = np.random.default_rng(n).normal(size=(2, 40, n, 3))
        times: dict[int, list[float]] = {1: [], 2: []}
        for turn in range(6):
            for count, seconds in times.items():
                start = time.perf_counter()
                exact_many(xs, ys, threads=count)
                seconds += [time.perf_counter() - start] * (turn > 0)
        single, double = (statistics.median(seconds) for seconds in times.values())
        lines.append(f"| {n:,} | {single:.3f} | {double:.3f} | {single / double:.2f} |")
        print(lines[-1], flush=True)
    return lines


def write(title: str, lines: list[str]) -> None:
    """Replace a section of the output, or append it."""
    text = OUTPUT.read_text() if OUTPUT.exists() else ""
    sections = {part.split("\n", 1)[0]: part for part in text.split("## ")[1:]}
    sections[title] = f"{title}\n\n" + "\n".join(lines)
    body = "\n\n".join(f"## {part.strip()}" for part in sections.values())
    OUTPUT.write_text(f"# Exact W1 of two samples\n\n{body}\n")


def main() -> None:
    """Print the tables and keep them beside this file."""
    parser = argparse.ArgumentParser(description="Exact W1 of two samples, ours beside POT and SciPy.")
    parser.add_argument("--only", nargs="+", choices=("headline", "hard", "growth", "small", "threads"))
    parser.add_argument("--huge", action="store_true", help="also 200,000 points a side of the same law")
    parser.add_argument("--one", nargs=3, metavar=("SIDE", "LAW", "N"), help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.one:
        print(json.dumps(one(options.one[0], options.one[1], int(options.one[2]))))
        return
    tables: dict[str, tuple[str, Callable[[], list[str]]]] = {
        "small": ("Small samples", lambda: small((100, 200, 300, 500, 700, 1_000))),
        "threads": ("Stacks on threads", lambda: threads((300, 500, 1_000))),
        "headline": ("10,000 points", lambda: beside_peers(LAWS, 10_000)),
        "growth": ("Growth", lambda: growth((1_000, 2_000, 5_000, 10_000, 20_000, 50_000),
                                            200_000 if options.huge else None)),
        "hard": ("Hard shapes", lambda: beside_peers(HARD, 10_000)),
    }
    for name, (title, table) in tables.items():
        if options.only is None or name in options.only:
            write(title, table())


if __name__ == "__main__":
    main()
