"""Training of blocks of replicates against one plain PyTorch module after another: same steps, one thread.

    python benchmarks/training.py [--only steps sizes stopping memory] [--device cuda]

The loop is what a good user would write: `nn.Sequential`, `torch.optim.Adam`, gradient clipping, batches indexed from a
tensor, noise drawn on the device of the data, a hold-out score every 50 steps. Times are CPU times of the one thread,
which other work on the machine hardly touches (wall-clock times on an accelerator); block and loop take turns, and the
medians of their replicates per second are told. Each table replaces its section of training.md.
"""

from __future__ import annotations

import argparse
import copy
import os
import resource
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn

from lsdm_stats import Autoencoder, EnergyScore, Training
from lsdm_stats.latents import Identity
from lsdm_stats.matchers import ExactTransport, FlowMatching, MixtureDensity
from lsdm_stats.matchers.generator import GeneratorNetwork
from lsdm_stats.matchers.velocity import VelocityNetwork
from lsdm_stats.nets.device import Device, device
from lsdm_stats.samples import LatentPairs
from lsdm_stats.wasserstein import assignments

OUTPUT = Path(__file__).with_suffix(".md")
STEPS, TURNS, BLOCK = 300, 3, 20
BATCH, CHECK = 128, 50
ROWS, WIDTH, PAIRS = 2_000, 16, 400
SIZES = (1, 2, 5, 10, 20, 50, 100)
TITLE = "Training of blocks of replicates"
FITS = ("autoencoder", "energy score", "energy score, 1 hidden layer", "flow matching", "mixture density",
        "exact transport")

Data = tuple[np.ndarray, ...]
Step = Callable[[nn.Module, tuple[Tensor, ...], bool], Tensor]


def data_of(fit: str, replicates: int) -> Data:
    """Responses on a curved surface, or conditions and latents with two branches."""
    rng = np.random.default_rng(replicates)
    if fit == "autoencoder":
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
    """One fit of all replicates."""
    rngs = [np.random.default_rng(r) for r in range(len(data[0]))]
    if fit == "autoencoder":
        Autoencoder(dim=2, training=rule).fit(data[0], rngs=rngs)
        return
    generator = GeneratorNetwork(training=rule, hidden=hidden_of(fit))
    matcher = {
        "energy score": EnergyScore(network=generator),
        "energy score, 1 hidden layer": EnergyScore(network=generator),
        "flow matching": FlowMatching(network=VelocityNetwork(training=rule)),
        "mixture density": MixtureDensity(training=rule),
        "exact transport": ExactTransport(network=generator),
    }[fit]
    matcher.fit(LatentPairs(*data, Identity().fit(data[1], rngs=rngs)), rngs=rngs)


def one_by_one(fit: str, data: Data, rule: Training, on: Device) -> None:
    """A loop over replicates with `torch.nn` and `torch.optim`, each with the same stopping rule."""
    for replicate in zip(*(torch.tensor(array, dtype=torch.float32, device=on) for array in data), strict=True):
        standard = tuple((array - array.mean(0)) / array.std(0) for array in replicate)
        network, step = loop_parts(fit, on)
        train_module(network, step, standard, rule)


def train_module(network: nn.Module, step: Step, arrays: tuple[Tensor, ...], rule: Training) -> None:
    """Adam with clipping; best weights kept, learning rate cut when patience runs out."""
    optimiser = torch.optim.Adam(network.parameters(), lr=rule.learning_rate)
    n = len(arrays[0])
    order = torch.randperm(n, device=arrays[0].device)
    held = rule.holdout_size(n)
    holdout, kept = (tuple(array[rows] for array in arrays) for rows in (order[:held], order[held:]))
    best, best_state, waited, decays = float("inf"), copy.deepcopy(network.state_dict()), 0, 0
    for count in range(1, rule.max_steps + 1):
        if (position := (count - 1) * rule.batch_size % (n - held)) < rule.batch_size:
            order = torch.randperm(n - held, device=order.device).repeat(2)
        rows = order[position : position + rule.batch_size]
        loss = step(network, tuple(array[rows] for array in kept), False)
        optimiser.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(network.parameters(), 10.0)
        optimiser.step()
        if count % rule.check_every:
            continue
        with torch.no_grad():
            score = float(step(network, holdout, True))
        waited += rule.check_every
        if score < best:
            waited = 0 if score < best - 1e-4 * abs(best) or best == float("inf") else waited
            best, best_state = score, copy.deepcopy(network.state_dict())
        if waited >= rule.patience:
            network.load_state_dict(best_state)
            waited, decays = 0, decays + 1
            for group in optimiser.param_groups:
                group["lr"] *= rule.decay
            if decays > rule.n_decays:
                break
    network.load_state_dict(best_state)


def loop_parts(fit: str, on: Device) -> tuple[nn.Module, Step]:
    """A module and the loss of a batch; the last argument says that it is a hold-out score."""
    if fit == "autoencoder":
        return perceptron((WIDTH, 64, 64, 2), (2, 64, 64, WIDTH), on=on), lambda net, batch, _: (
            (net(batch[0]) - batch[0]).square().mean()
        )
    if fit == "flow matching":
        return perceptron((1 + 2 + 1, 64, 64, 2), on=on), flow_loss
    if fit == "mixture density":
        return perceptron((1, 64, 64, 8 * 6), on=on), mixture_loss
    network = perceptron((1 + 6, *hidden_of(fit), 2), on=on)
    return network, (transport_loss if fit == "exact transport" else energy_loss)


def perceptron(*parts: tuple[int, ...], on: Device) -> nn.Module:
    """Linear layers and SiLU between them; no activation where one part ends."""
    layers: list[nn.Module] = []
    for widths in parts:
        for inputs, outputs in pairwise(widths):
            layers += [nn.Linear(inputs, outputs), nn.SiLU()]
        layers.pop()
    return nn.Sequential(*layers).to(on)


def drawn(network: nn.Module, rows: Tensor, count: int) -> Tensor:
    """Draws ``(n, count, 2)`` of a generator with three normal variables and three signs."""
    shape = (len(rows), count, 3)
    normal = torch.randn(shape, device=rows.device)
    signs = torch.randint(0, 2, shape, device=rows.device) * 2.0 - 1.0
    return network(torch.cat([rows[:, None].expand(-1, count, -1), normal, signs], dim=2))


def energy_loss(network: nn.Module, batch: tuple[Tensor, ...], is_score: bool) -> Tensor:
    """Energy score of 4 draws, or of 32."""
    rows, targets = batch
    draws = drawn(network, rows, 32 if is_score else 4)
    count = draws.shape[1]
    between = torch.cdist(draws, draws).sum(dim=(1, 2)).mean() / (2 * count * (count - 1)) if is_score else (
        sum((draws[:, i] - draws[:, j]).norm(dim=1).mean() for i in range(4) for j in range(i)) / 12
    )
    return (draws - targets[:, None]).norm(dim=2).mean() - between


def transport_loss(network: nn.Module, batch: tuple[Tensor, ...], is_score: bool) -> Tensor:
    """Mean distance to the partners of an exact assignment; held out, the energy score."""
    if is_score:
        return energy_loss(network, batch, True)
    rows, targets = batch
    draws = drawn(network, rows, 1)[:, 0]
    with torch.no_grad():
        costs = torch.cdist(rows, rows) + torch.cdist(draws, targets)
        partners = torch.from_numpy(assignments(costs[None].cpu().numpy().astype(np.float64))[0]).to(rows.device)
    return (draws - targets[partners]).norm(dim=1).mean()


def flow_loss(network: nn.Module, batch: tuple[Tensor, ...], is_score: bool) -> Tensor:
    """Squared error of velocities on straight paths, at 8 stratified times or 32."""
    rows, targets = batch
    count = 32 if is_score else 8
    shape = (len(rows), count)
    times = (torch.arange(count, device=rows.device) + torch.rand(shape, device=rows.device))[..., None] / count
    noise = torch.randn((*shape, 2), device=rows.device)
    ends = targets[:, None]
    found = network(torch.cat([rows[:, None].expand(-1, count, -1), times * ends + (1 - times) * noise, times], dim=2))
    return (found - (ends - noise)).square().mean()


def mixture_loss(network: nn.Module, batch: tuple[Tensor, ...], is_score: bool) -> Tensor:
    """Negative log-likelihood of eight normal components in two dimensions, up to a constant."""
    rows, targets = batch
    logits, means, logs, coupling = network(rows).split((8, 16, 16, 8), dim=1)
    scales = logs.clamp(max=5).exp().unflatten(1, (8, 2)) + 1e-3
    apart = targets[:, None] - means.unflatten(1, (8, 2))
    shifted = torch.stack([apart[..., 0], apart[..., 1] + coupling * apart[..., 0]], dim=2)
    parts = logits.log_softmax(1) - 0.5 * (shifted / scales).square().sum(2) - scales.log().sum(2)
    return -parts.logsumexp(1).mean()


def seconds(call: Callable[[], None], on: Device) -> float:
    """Time of a call."""
    clock = time.process_time if on == "cpu" else time.perf_counter
    start = clock()
    call()
    if on == "cuda":
        torch.cuda.synchronize()
    return clock() - start


def compared(fit: str, replicates: int, rule: Training, on: Device, turns: int = TURNS) -> tuple[float, float]:
    """Replicates per second of the block and of the loop; the loop fits at most five of them."""
    data = data_of(fit, replicates)
    few = tuple(array[:5] for array in data)
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
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 / 1e6


def write(title: str, lines: list[str]) -> None:
    """Replace a section of the output, or append it."""
    text = OUTPUT.read_text() if OUTPUT.exists() else ""
    sections = {part.split("\n", 1)[0]: part for part in text.split("## ")[1:]}
    sections[title] = f"{title}\n\n" + "\n".join(lines)
    body = "\n\n".join(f"## {part.strip()}" for part in sections.values())
    OUTPUT.write_text(f"# {TITLE}\n\n{body}\n")


def main() -> None:
    """Print the tables and keep them beside this file."""
    tables = {"steps": ("Same steps", steps), "sizes": ("Number of replicates", sizes),
              "stopping": ("To the end of each replicate", stopping), "memory": ("Memory", memory)}
    parser = argparse.ArgumentParser(description="Training of blocks of replicates, and of one after another.")
    parser.add_argument("--only", nargs="+", choices=tuple(tables))
    parser.add_argument("--device", choices=("cpu", "cuda"), default="cpu")
    parser.add_argument("--peak", nargs=2, metavar=("FIT", "R"), help=argparse.SUPPRESS)
    options = parser.parse_args()
    torch.set_num_threads(1)
    with device(options.device):
        if options.peak:
            print(own_peak(options.peak[0], int(options.peak[1]), options.device))
            return
        for fit in FITS:  # imports and first calls
            compared(fit, 1, Training(max_steps=CHECK, batch_size=BATCH), options.device, turns=1)
        for name, (title, table) in tables.items():
            if options.only is None or name in options.only:
                lines = table(options.device)
                load = f"{options.device}, one thread, load average {os.getloadavg()[0]:.1f}. "
                write(f"{title}, {options.device}", [load + lines[0], *lines[1:]])


if __name__ == "__main__":
    main()
