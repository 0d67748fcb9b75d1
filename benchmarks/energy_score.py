"""`EnergyScore` beside the `engression` package: the same pairs, test points and metrics, one thread.

    pip install -e '.[peers]'
    python benchmarks/energy_score.py [--only "swiss roll" linear]

Stage 2 alone, in the latents of the population's own chart. The package trains one fit after another: with its
defaults, and with `CHOSEN`, which has the widths, the number of noise variables, the batches and the mean number of
steps of our fits. Batch normalisation or none, learning rates of .001 or .003, held-out pairs or none, and more noise
or layers were tried on the swiss roll with n = 200 and four other replicates: this is the one of least conditional W1.
Ours differs in four draws per pair against two, noise of which half are signs, rates that fall, and the weights of the
best held-out score. Times are CPU times of one thread. Each population replaces its section of energy_score.md.
"""

from __future__ import annotations

import argparse
import os
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import engression
import numpy as np
import torch

from lsdm_stats import (
    LSDM,
    EnergyScore,
    IsotropicNoise,
    LinearGaussian,
    Spec,
    SwissRoll,
    TrueChart,
    TrueConditional,
    evaluate,
    streams,
)
from lsdm_stats.inference import ratio_interval
from lsdm_stats.metrics import ConditionalW1, LatentW1
from lsdm_stats.populations import Population
from lsdm_stats.samples import LatentPairs
from lsdm_stats.streams import Generators

OUTPUT = Path(__file__).with_suffix(".md")
SEED, REPLICATES, SIZES, N_TEST = 20261121, 8, (50, 200, 800), 1_000
POPULATIONS = {
    "swiss roll": SwissRoll(ambient_dim=16, noise=IsotropicNoise(scale=0.05)),
    "linear": LinearGaussian(),
}
METRICS = (LatentW1(), ConditionalW1(n_conditions=30, n_draws=100, space="latents"))
SHOWN = ("latent_w1", "conditional_latent_w1")


@dataclass(frozen=True)
class PackageFits:
    """Fits of the package, one per replicate."""

    fits: Sequence[Any]

    @property
    def failures(self) -> tuple[str | None, ...]:
        """What diverged is seen in its draws."""
        return (None,) * len(self.fits)

    def sample(self, conditions: np.ndarray, *, rngs: Generators) -> np.ndarray:
        """One latent per condition."""
        drawn = []
        for fit, rows, rng in zip(self.fits, conditions, rngs, strict=True):
            with seeded(rng):
                drawn.append(fit.sample(tensor(rows), sample_size=1).numpy().astype(np.float64))
        return np.stack(drawn)

    def select(self, replicates: Sequence[int]) -> PackageFits:
        """The fits of some replicates."""
        return PackageFits([self.fits[replicate] for replicate in replicates])


class Package(Spec):
    """`engression.engression` as a matcher; its own defaults unless told otherwise."""

    num_layer: int = 2
    hidden_dim: int = 100
    noise_dim: int = 100
    add_bn: bool = True
    lr: float = 1e-4
    batch_size: int | None = None
    steps: int = 500
    holdout: float = 0.0

    def fit(self, pairs: LatentPairs, *, rngs: Generators) -> PackageFits:
        """One call per replicate."""
        return PackageFits([self.fit_one(*pair, rng) for *pair, rng in zip(pairs.conditions, pairs.latents, rngs,
                                                                           strict=True)])

    def fit_one(self, conditions: np.ndarray, latents: np.ndarray, rng: np.random.Generator) -> Any:
        """As many epochs as come to the number of steps; with held-out pairs the best weights are kept."""
        order = rng.permutation(len(conditions))
        held, kept = np.split(order, [round(self.holdout * len(order))])
        batch = len(kept) if self.batch_size is None or self.batch_size >= len(kept) // 2 else self.batch_size
        validation = {"x_val": tensor(conditions[held]), "y_val": tensor(latents[held])} if len(held) else {}
        with seeded(rng):
            return engression.engression(
                tensor(conditions[kept]),
                tensor(latents[kept]),
                num_layer=self.num_layer,
                hidden_dim=self.hidden_dim,
                noise_dim=self.noise_dim,
                add_bn=self.add_bn,
                lr=self.lr,
                batch_size=batch,
                num_epochs=-(-self.steps // -(-len(kept) // batch)),
                verbose=False,
                **validation,
            )


CHOSEN = Package(num_layer=3, hidden_dim=64, noise_dim=6, lr=1e-3, batch_size=128)


class seeded:
    """The global random state of torch, which the package reads, set for a while."""

    def __init__(self, rng: np.random.Generator) -> None:
        self.seed, self.fork = int(rng.integers(2**31)), torch.random.fork_rng(devices=[])

    def __enter__(self) -> None:
        self.fork.__enter__()
        torch.manual_seed(self.seed)

    def __exit__(self, *error: object) -> None:
        self.fork.__exit__(*error)


def tensor(array: np.ndarray) -> torch.Tensor:
    """Single precision, as the package trains."""
    return torch.tensor(array, dtype=torch.float32)


@dataclass(frozen=True)
class Scores:
    """Values ``(R,)`` by name, CPU seconds per fit and steps per fit."""

    values: dict[str, np.ndarray]
    seconds: float
    steps: float


def scores_of(matcher: Spec, truth: Population, n: int, seed: int, replicates: int) -> Scores:
    """Fit a block of replicates and measure it; data and test points depend on the seed alone."""
    def data_rngs() -> Generators:
        return streams.data(seed, truth, replicates=range(replicates))

    method = LSDM(latent=TrueChart(population=truth), matcher=matcher)
    data = truth.draw(n, 1, rngs=data_rngs())
    start = time.process_time()
    fitted = method.fit(data, rngs=streams.fit(seed, truth, method, replicates=range(replicates)))
    seconds = (time.process_time() - start) / replicates
    ours = getattr(fitted.sampler, "training", None)
    steps = getattr(matcher, "steps", 0) if ours is None else float(ours.last_steps.mean())
    return Scores(evaluate(fitted, truth, METRICS, n_test=N_TEST, rngs=data_rngs()), seconds, steps)


def table(truth: Population, replicates: int) -> list[str]:
    """All fits at all sizes."""
    lines = ["| n | fit | joint W1 | over ours | conditional W1 | over ours | steps | seconds per fit |",
             "|---|---|---|---|---|---|---|---|"]
    for n in SIZES:
        def run(matcher: Spec, n: int = n) -> Scores:
            return scores_of(matcher, truth, n, SEED, replicates)

        ours = run(EnergyScore())
        rows = {
            "`EnergyScore()`": ours,
            "package, chosen": run(CHOSEN.replace(steps=round(ours.steps))),
            "package, defaults": run(Package()),
            "truth": replace(run(TrueConditional(population=truth)), seconds=0.0),
        }
        for label, scores in rows.items():
            cells = []
            for name in SHOWN:
                values = scores.values[name]
                cells.append(f"{values.mean():.4f} ± {values.std(ddof=1) / np.sqrt(replicates):.4f}")
                if scores is ours:
                    cells.append("")
                    continue
                ratio = ratio_interval(values, ours.values[name])
                cells.append(f"{ratio.estimate:.2f} [{ratio.lower:.2f}, {ratio.upper:.2f}]")
            effort = ("", "") if label == "truth" else (f"{scores.steps:.0f}", f"{scores.seconds:.2f}")
            lines.append(f"| {n} | {label} | " + " | ".join((*cells, *effort)) + " |")
            print(lines[-1], flush=True)
    return lines


def write(title: str, lines: list[str]) -> None:
    """Replace a section of the output, or append it."""
    text = OUTPUT.read_text() if OUTPUT.exists() else ""
    sections = {part.split("\n", 1)[0]: part for part in text.split("## ")[1:]}
    sections[title] = f"{title}\n\n" + "\n".join(lines)
    body = "\n\n".join(f"## {part.strip()}" for part in sections.values())
    OUTPUT.write_text(f"# The energy score beside the `engression` package\n\n{body}\n")


def main() -> None:
    """Print the tables and keep them beside this file."""
    parser = argparse.ArgumentParser(description="EnergyScore beside the engression package.")
    parser.add_argument("--only", nargs="+", choices=tuple(POPULATIONS), default=tuple(POPULATIONS))
    parser.add_argument("--replicates", type=int, default=REPLICATES)
    options = parser.parse_args()
    torch.set_num_threads(1)
    for name in options.only:
        lines = table(POPULATIONS[name], options.replicates)
        notes = [f"Latents of `TrueChart`, R = {options.replicates}, {N_TEST:,} test points; mean ± standard error, "
                 f"ratios of means with paired 95 % intervals.",
                 f"CPU time, one thread, ours in one block; load average {os.getloadavg()[0]:.1f}.", ""]
        write(name.capitalize(), [*notes, *lines])


if __name__ == "__main__":
    main()
