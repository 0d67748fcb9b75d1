"""Training of blocks of replicates against one plain PyTorch module after another: same steps, one thread.

    python benchmarks/training.py [--only steps cores sizes stopping memory] [--device cpu cuda]

The loops are those of `plain_training.py`. Times are CPU times of the one thread, which other work on the machine
hardly touches (wall-clock times on a GPU); block and loop take turns, and the medians of their replicates per second
are told. The table of all cores runs one process per core, all at once, by the clock on the wall: it wants a machine
without other work. Each table replaces its section of training.md; without a GPU those of a GPU are skipped.
"""

from __future__ import annotations

import argparse
import multiprocessing
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import torch
from plain_training import CRITIC_STEPS, WIDTH, one_by_one

from lsdm_stats import Autoencoder, EnergyScore, Training, VariationalAutoencoder, WassersteinAutoencoder
from lsdm_stats.latents import Identity
from lsdm_stats.matchers import (
    Critic,
    ExactTransport,
    FlowMatching,
    LocalTransport,
    MixtureDensity,
    ScoreMatching,
    SinkhornMatcher,
)
from lsdm_stats.matchers.generator import GeneratorNetwork
from lsdm_stats.matchers.velocity import VelocityNetwork
from lsdm_stats.nets.device import Device, device
from lsdm_stats.samples import LatentPairs

OUTPUT = Path(__file__).with_suffix(".md")
STEPS, TURNS, BLOCK, LOOP = 300, 3, 20, 5
BATCH, CHECK = 128, 50
ROWS, PAIRS = 2_000, 400
SIZES = (1, 2, 5, 10, 20, 50, 100)
TITLE = "Training of blocks of replicates"
LATENTS = {
    "autoencoder": Autoencoder,
    "variational autoencoder": VariationalAutoencoder,
    "Wasserstein autoencoder": WassersteinAutoencoder,
}
FITS = (*LATENTS, "energy score", "energy score, 1 hidden layer", "flow matching", "score matching", "mixture density",
        "exact transport", "local transport", "Sinkhorn", "critic")

Data = tuple[np.ndarray, ...]


def data_of(fit: str, replicates: int) -> Data:
    """Responses on a curved surface, or conditions and latents with two branches."""
    rng = np.random.default_rng(replicates)
    if fit in LATENTS:
        plane = rng.uniform(-1, 1, size=(replicates, ROWS, 2))
        curved = np.concatenate([plane, np.sin(3 * plane), np.cos(2 * plane)], axis=2)
        return (curved @ rng.normal(size=(6, WIDTH)) + 0.05 * rng.normal(size=(replicates, ROWS, WIDTH)),)
    x = rng.uniform(size=(replicates, PAIRS, 1))
    branch = rng.choice([-1.0, 1.0], size=x.shape)
    z = np.concatenate([np.sin(4 * x) + 0.5 * branch, x * branch], axis=2)
    return x, z + 0.1 * rng.normal(size=z.shape)


def hidden_of(fit: str) -> tuple[int, ...]:
    """Widths of a generator's hidden layers."""
    return (64,) if fit.endswith("1 hidden layer") else (64, 64)


def block(fit: str, data: Data, rule: Training) -> None:
    """One fit of all replicates; what starts from another loss is trained on its own alone."""
    rngs = [np.random.default_rng(r) for r in range(len(data[0]))]
    if fit in LATENTS:
        LATENTS[fit](dim=2, training=rule).fit(data[0], rngs=rngs)
        return
    generator, velocity = GeneratorNetwork(training=rule, hidden=hidden_of(fit)), VelocityNetwork(training=rule)
    matcher = {
        "energy score": EnergyScore(network=generator),
        "energy score, 1 hidden layer": EnergyScore(network=generator),
        "flow matching": FlowMatching(network=velocity),
        "score matching": ScoreMatching(network=velocity),
        "mixture density": MixtureDensity(training=rule),
        "exact transport": ExactTransport(network=generator),
        "local transport": LocalTransport(network=generator, warm_start=0),
        "Sinkhorn": SinkhornMatcher(network=generator),
        "critic": Critic(network=generator, warm_start=0, critic_start=0, critic_steps=CRITIC_STEPS),
    }[fit]
    matcher.fit(LatentPairs(*data, Identity().fit(data[1], rngs=rngs)), rngs=rngs)


def seconds(call: Callable[[], None], on: Device) -> float:
    """Time of a call."""
    clock = time.process_time if on == "cpu" else time.perf_counter
    start = clock()
    call()
    if on == "cuda":
        torch.cuda.synchronize()
    return clock() - start


def compared(fit: str, replicates: int, rule: Training, on: Device, turns: int = TURNS) -> tuple[float, float]:
    """Replicates per second of the block and of the loop, which fits some of them."""
    data = data_of(fit, replicates)
    few = tuple(array[:LOOP] for array in data)
    rates: tuple[list[float], list[float]] = ([], [])
    for _ in range(turns):
        rates[0].append(len(data[0]) / seconds(lambda: block(fit, data, rule), on))
        rates[1].append(len(few[0]) / seconds(lambda: one_by_one(fit, few, rule, on), on))
    return statistics.median(rates[0]), statistics.median(rates[1])


def fixed_steps() -> Training:
    """A rule that stops nobody."""
    return Training(max_steps=STEPS, patience=STEPS, batch_size=BATCH, check_every=CHECK)


def steps(on: Device) -> list[str]:
    """Every fit with a fixed number of steps."""
    lines = ["| fit | block, replicates per s | loop, replicates per s | ratio |", "|---|---|---|---|"]
    for fit in FITS:
        ours, theirs = compared(fit, BLOCK, fixed_steps(), on)
        lines.append(f"| {fit} | {ours:.2f} | {theirs:.2f} | {ours / theirs:.2f} |")
        print(lines[-1], flush=True)
    return [f"R = {BLOCK}, {STEPS} steps, batches of {BATCH}.", "", *lines]


def cores(on: Device) -> list[str]:
    """One process per core, all at once: replicates per second of the machine."""
    if on != "cpu":
        return ["One process has the GPU to itself: see the table of the same steps."]
    lines = ["| fit | blocks, replicates per s | loops, replicates per s | ratio |", "|---|---|---|---|"]
    count = len(os.sched_getaffinity(0))
    for fit in FITS:
        ours, theirs = (together(fit, kind, count) for kind in ("block", "loop"))
        lines.append(f"| {fit} | {ours:.2f} | {theirs:.2f} | {ours / theirs:.2f} |")
        print(lines[-1], flush=True)
    return [f"{count} processes at once, each with R = {BLOCK} in a block or one after another, {STEPS} steps.", "",
            *lines]


def together(fit: str, kind: str, count: int) -> float:
    """Replicates per second of all processes, each by its own clock on the wall; all start at the same moment."""
    context = multiprocessing.get_context("spawn")
    gate, rates = context.Barrier(count), context.SimpleQueue()
    processes = [context.Process(target=one_of_many, args=(fit, kind, gate, rates)) for _ in range(count)]
    for process in processes:
        process.start()
    for process in processes:
        process.join()
    if any(process.exitcode for process in processes):
        raise RuntimeError(f"a process with {fit} ended with exit codes {[process.exitcode for process in processes]}")
    return sum(rates.get() for _ in processes)


def one_of_many(fit: str, kind: str, gate: Any, rates: Any) -> None:
    """What one process does: a first small fit, then the one that counts."""
    torch.set_num_threads(1)

    def run(replicates: int, rule: Training) -> None:
        data = data_of(fit, replicates)
        if kind == "block":
            block(fit, data, rule)
        else:
            one_by_one(fit, data, rule, "cpu")

    replicates = BLOCK if kind == "block" else LOOP
    run(1, fixed_steps().replace(max_steps=CHECK))
    gate.wait(timeout=300)
    start = time.perf_counter()
    run(replicates, fixed_steps())
    rates.put(replicates / (time.perf_counter() - start))


def sizes(on: Device) -> list[str]:
    """The effect of the number of replicates."""
    lines = ["| fit | " + " | ".join(f"R = {size}" for size in SIZES) + " |", "|---" * (len(SIZES) + 1) + "|"]
    for fit in ("autoencoder", "energy score", "flow matching"):
        rates = []
        for size in SIZES:
            data = data_of(fit, size)
            turns = [seconds(lambda fit=fit, data=data: block(fit, data, fixed_steps()), on)
                     for _ in range(1 if size > BLOCK else TURNS)]
            rates.append(size / statistics.median(turns))
        lines.append(f"| {fit} | " + " | ".join(f"{rate:.2f}" for rate in rates) + " |")
        print(lines[-1], flush=True)
    return [f"Replicates per second of a block, {STEPS} steps.", "", *lines]


def stopping(on: Device) -> list[str]:
    """Every replicate to its own end, by the default rule of its kind."""
    lines = ["| fit | block, replicates per s | loop, replicates per s | ratio |", "|---|---|---|---|"]
    for fit in ("autoencoder", "energy score", "flow matching", "mixture density"):
        rule = Training(max_steps=2_000, patience=400)
        ours, theirs = compared(fit, BLOCK, rule, on, turns=1)
        lines.append(f"| {fit} | {ours:.3f} | {theirs:.3f} | {ours / theirs:.2f} |")
        print(lines[-1], flush=True)
    return ["R = 20, each replicate until its own hold-out score stops it, at most 2,000 steps.", "", *lines]


def memory(on: Device) -> list[str]:
    """Peak memory of a process with a block, against one with a tenth of the replicates."""
    lines = ["| fit | MB per replicate |", "|---|---|"]
    for fit in FITS:
        low, high = (peak(fit, replicates, on) for replicates in (10, 100))
        lines.append(f"| {fit} | {(high - low) / 90:.2f} |")
        print(lines[-1], flush=True)
    of_data = f"{ROWS * WIDTH * 8 / 1e6:.2f} MB, {PAIRS * 3 * 8 / 1e6:.2f} MB"
    return ["Peak of a process with R = 100 less that with R = 10, over 90. The data of a replicate count as well",
            f"({of_data} for the matchers).", "", *lines]


def peak(fit: str, replicates: int, on: Device) -> float:
    """Peak memory of a process of its own, in MB."""
    command = [sys.executable, __file__, "--peak", fit, str(replicates), "--device", on]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(path for path in sys.path if path)}
    return float(subprocess.run(command, check=True, capture_output=True, text=True, env=environment).stdout)


def own_peak(fit: str, replicates: int, on: Device) -> float:
    """Peak memory of this process after a fit, in MB; that of the accelerator where there is one."""
    block(fit, data_of(fit, replicates), Training(max_steps=2 * CHECK, patience=STEPS, check_every=CHECK))
    if on == "cuda":
        return torch.cuda.max_memory_allocated() / 1e6
    status = Path("/proc/self/status").read_text()  # ru_maxrss would begin at the peak of the parent process
    return int(status.split("VmHWM:")[1].split()[0]) * 1024 / 1e6


def write(title: str, lines: list[str]) -> None:
    """Replace a section of the output, or append it."""
    text = OUTPUT.read_text() if OUTPUT.exists() else ""
    sections = {part.split("\n", 1)[0]: part for part in text.split("## ")[1:]}
    sections[title] = f"{title}\n\n" + "\n".join(lines)
    body = "\n\n".join(f"## {part.strip()}" for part in sections.values())
    OUTPUT.write_text(f"# {TITLE}\n\n{body}\n")


def main() -> None:
    """Print the tables and keep them beside this file."""
    tables = {"steps": ("Same steps", steps), "cores": ("All cores", cores), "sizes": ("Number of replicates", sizes),
              "stopping": ("To the end of each replicate", stopping), "memory": ("Memory", memory)}
    parser = argparse.ArgumentParser(description="Training of blocks of replicates, and of one after another.")
    parser.add_argument("--only", nargs="+", choices=tuple(tables), default=tuple(tables))
    parser.add_argument("--device", nargs="+", choices=("cpu", "cuda"), default=("cpu", "cuda"))
    parser.add_argument("--peak", nargs=2, metavar=("FIT", "R"), help=argparse.SUPPRESS)
    options = parser.parse_args()
    torch.set_num_threads(1)
    for on in options.device:
        if on == "cuda" and not torch.cuda.is_available():
            print("No GPU at hand: its tables are skipped.")
            continue
        with device(on):
            if options.peak:
                print(own_peak(options.peak[0], int(options.peak[1]), on))
                return
            for fit in FITS:  # imports and first calls
                compared(fit, 1, Training(max_steps=CHECK, batch_size=BATCH), on, turns=1)
            for name in options.only:
                title, table = tables[name]
                load = f"{machine(on)}; load average before {os.getloadavg()[0]:.1f}. "
                lines = table(on)
                write(f"{title}, {on}", [load + lines[0], *lines[1:]])


def machine(on: Device) -> str:
    """What the times are of."""
    return f"{torch.cuda.get_device_name()}, one process" if on == "cuda" else "CPU, one thread per process"


if __name__ == "__main__":
    main()
