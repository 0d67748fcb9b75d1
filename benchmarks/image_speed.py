"""Images per second of the methods of the image studies, side by side: one step against many.

    python benchmarks/image_speed.py

Every method of `digits_by_class` and `super_resolution` is fitted to the first splits of the study, n = 200 and
m = 1,000. Then all take turns to draw one image for each of 500 test conditions of each split, on one thread, and the
medians of their images per second over the turns are told, with joint W1 and the energy score of the fits beside them.
Latent diffusion is drawn from with other numbers of steps besides. The machine should have nothing else to do. Tables
replace those of image_speed.md.
"""

from __future__ import annotations

import os
import statistics
import time
from dataclasses import replace
from pathlib import Path

import numpy as np

from lsdm_stats import JointW1, Study, streams
from lsdm_stats.lsdm.method import FittedLSDM
from lsdm_stats.matchers.velocity import VelocitySampler
from lsdm_stats.metrics import draw_evaluation
from lsdm_stats.metrics.images.restoration import energy_score
from lsdm_stats.study import find_studies

ROOT = Path(__file__).resolve().parents[1]
OUTPUT = Path(__file__).with_suffix(".md")
STUDIES = ("digits_by_class", "super_resolution")
REPLICATES, N, MANY, N_TEST, TURNS, DRAWS = 5, 200, 1_000, 500, 7, 16
STEPS = (1, 2, 5, 10, 25)
"""Midpoint steps of latent diffusion besides its own, two evaluations of the network each."""


def fits_of(study: Study) -> dict[str, tuple[FittedLSDM, int]]:
    """Fits of every method, and evaluations of the generating network per image."""
    ((_, source), *_) = study.sources
    data = source.draw(N, MANY, rngs=streams.data(study.seed, source, replicates=range(REPLICATES)))
    found: dict[str, tuple[FittedLSDM, int]] = {}
    for label, method in study.methods:
        fitted = method.fit(data, rngs=streams.fit(study.seed, source, method, replicates=range(REPLICATES)))
        sampler = fitted.sampler
        if not isinstance(sampler, VelocitySampler):
            found[label] = (fitted, int(label != "nearest_neighbours"))
            continue
        for steps in (*STEPS, sampler.n_steps):
            name = f"{label}, {steps} midpoint steps"
            found[name] = (replace(fitted, sampler=replace(sampler, n_steps=steps)), 2 * steps)
    return found


def table_of(study: Study) -> list[str]:
    """One line per method and number of steps."""
    ((_, source), *_) = study.sources
    fits = fits_of(study)
    rngs = streams.data(study.seed, source, replicates=range(REPLICATES))
    conditions, responses = source.held_out(N_TEST, rngs=rngs)
    speeds: dict[str, list[float]] = {label: [] for label in fits}
    for turn in range(TURNS + 1):  # the first one warms up
        for label, (fitted, _) in fits.items():
            noise = [np.random.default_rng(r) for r in range(REPLICATES)]
            start = time.perf_counter()
            fitted.sample(conditions, rngs=noise)
            if turn:
                speeds[label].append(REPLICATES * N_TEST / (time.perf_counter() - start))
    lines = [
        "| method | evaluations per image | images per second | joint W1 | energy score |",
        "|---|---|---|---|---|",
    ]
    for label, (fitted, evaluations) in fits.items():
        rngs = streams.data(study.seed, source, replicates=range(REPLICATES))
        joint = JointW1().evaluate(draw_evaluation(fitted, source, n_test=N_TEST, rngs=rngs))["joint_w1"].mean()
        noise = [np.random.default_rng(r) for r in range(REPLICATES)]
        drawn = fitted.sample(np.repeat(conditions, DRAWS, axis=1), rngs=noise)
        drawn = drawn.reshape(REPLICATES, N_TEST, DRAWS, -1)
        energy = statistics.mean(energy_score(d, y) for d, y in zip(drawn, responses, strict=True))
        speed = statistics.median(speeds[label])
        lines.append(f"| {label} | {evaluations} | {speed:,.0f} | {joint:.3f} | {energy:.3f} |")
        print(lines[-1], flush=True)
    return lines


def main() -> None:
    """Fit, time and write."""
    load = os.getloadavg()[0]
    parts = [
        "# Images per second",
        f"One thread; load average before {load:.1f}. R = {REPLICATES} splits in a block, n = {N}, m = {MANY}, one "
        f"image for each of {N_TEST} test conditions, medians of {TURNS} turns.",
    ]
    for file in find_studies(STUDIES, directory=ROOT / "simulations"):
        study = file.study("full")
        parts += [f"## {study.name}", "\n".join(table_of(study))]
    OUTPUT.write_text("\n\n".join(parts) + "\n")


if __name__ == "__main__":
    main()
