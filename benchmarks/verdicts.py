"""How often controls are flagged and true claims are called violated: fresh seeds, or bootstrap of published rows.

    python benchmarks/verdicts.py [STUDY ...] [--repetitions 300] [--alarms 200] [--workers 1] [--kept FILE]

Studies without neural fits are run again and again with fresh seeds, at the scale of SCALES below; of those with
neural fits the published replicates are drawn with replacement, the same ones in every setting. Controls are counted
over all repetitions, true claims over the first 200. Each repetition is kept in a file as it ends, so that a run that
was stopped goes on (delete the file after a change of the code); the tables replace verdicts.md. Exit code 1 if a
control was missed once, a sure bound was violated, or true claims were called violated more often than the 99 %
binomial limit of their level.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from functools import cache
from pathlib import Path
from typing import Any

os.environ.setdefault("OMP_NUM_THREADS", "1")

import numpy as np
import pandas as pd
from scipy.stats import binom

from lsdm_stats.study import Selection, Study, Trend, figures_directory, find_studies, judge, read_published
from lsdm_stats.study.running.runner import run_cell

ROOT = Path(__file__).resolve().parents[1]
OUTPUT = Path(__file__).with_suffix(".md")
FIRST_SEED = 1_000
HOLM = ("expectation", "probability")
NEURAL = ("two_stage_bound", "geometric_fidelity", "fidelity_bounds", "latent_dimension")


def _rates(study: Study) -> Study:
    claims = tuple(claim for claim in study.claims if not isinstance(claim, Trend))
    return study.replace(n_paired=study.n_paired[:1], claims=claims, replicates=48, block=48)


def _conditional(study: Study) -> Study:
    turned = tuple(Selection(source=name, n_paired=max(study.n_paired)) for name, _ in study.sources
                   if name.startswith("turned_") and name != "turned_0")
    return study.replace(excluded=(*study.excluded, *turned))


def _transition(study: Study) -> Study:
    cheap = tuple(metric for metric in study.metrics
                  if type(metric).__name__ in ("Recall", "Reconstruction", "DistanceToManifold"))
    claims = tuple(claim for claim in study.claims if getattr(claim, "kind", "") != "sure")
    return study.replace(metrics=cheap, claims=claims)


SCALES: dict[str, tuple[str, Callable[[Study], Study]]] = {
    "joint_to_conditional": ("quick scale, rotations at the smaller size only", _conditional),
    "empirical_rates": ("quick scale at its smaller size, so without slopes, 48 replicates", _rates),
    "phase_transition": ("quick scale, without the sure bounds", _transition),
    "shift": ("quick scale", lambda study: study),
    "end_to_end": ("quick scale", lambda study: study),
    "latent_or_ambient": ("quick scale", lambda study: study),
}


@cache
def _fresh_study(name: str) -> Study:
    (file,) = find_studies((name,), directory=ROOT / "simulations")
    return SCALES[name][1](file.study("quick"))


@cache
def _published(name: str) -> tuple[Study, pd.DataFrame, list[int], dict[int, pd.DataFrame]]:
    """The study, its rows, their replicates, and the rows of each."""
    (file,) = find_studies((name,), directory=ROOT / "simulations")
    study = file.study("full")
    rows = read_published(study, figures_directory(ROOT / "simulations") / "data")
    rows = rows[rows["array"].isna()]
    return study, rows, sorted(rows["replicate"].unique()), dict(list(rows.groupby("replicate")))


def fresh(name: str, seed: int) -> tuple[Study, pd.DataFrame]:
    """A study with another seed, and its rows."""
    study = _fresh_study(name).replace(seed=seed)
    rows: list[dict[str, Any]] = []
    for cell in study.cells():
        result = run_cell(cell, study.metrics)
        factors = {"study": name, "scale": "quick", **vars(cell.setting)}
        rows += [{**factors, "replicate": replicate, "name": value_name, "value": value, "status": "ok"}
                 for _, replicate, value_name, value in result["numbers"]]
        rows += [{**factors, "replicate": replicate, "name": "failure", "value": np.nan, "status": "failed"}
                 for replicate, _ in result["failures"]]
    return study, pd.DataFrame(rows)


def resampled(name: str, seed: int) -> tuple[Study, pd.DataFrame]:
    """A study and its published rows, replicates drawn with replacement."""
    study, _, replicates, parts = _published(name)
    drawn = np.random.default_rng(seed).choice(replicates, size=len(replicates))
    return study, pd.concat([parts[old].assign(replicate=new) for new, old in enumerate(drawn)], ignore_index=True)


def repetition(name: str, seed: int) -> dict[str, Any]:
    """What the verdicts of one repetition are, in the order of the study's claims and controls."""
    clock = time.perf_counter()
    study, rows = (resampled if name in NEURAL else fresh)(name, seed)
    verdicts = [verdict for verdict in judge(study, rows) if verdict.role != "prediction"]
    asked = (*study.claims, *study.controls)
    found = [{"role": verdict.role, "kind": verdict.kind, "title": verdict.title, "level": getattr(claim, "level", 0.0),
              "outcome": verdict.outcome} for claim, verdict in zip(asked, verdicts, strict=True)]
    return {"study": name, "seed": seed, "design": _design(study), "verdicts": found,
            "seconds": time.perf_counter() - clock}


def _design(study: Study) -> str:
    return study.replace(seed=0).digest[:16]


def _repetition(job: tuple[str, int]) -> dict[str, Any]:
    return repetition(*job)


def computed(names: Sequence[str], repetitions: int, workers: int, kept: Path) -> dict[str, list[dict[str, Any]]]:
    """All repetitions of some studies by seed, those in the file taken from there if of the same design."""
    seeds = range(FIRST_SEED, FIRST_SEED + repetitions)
    designs = {name: _design(_published(name)[0] if name in NEURAL else _fresh_study(name)) for name in names}
    known: dict[tuple[str, int], dict[str, Any]] = {}
    if kept.exists():
        for line in kept.read_text().splitlines():
            one = json.loads(line)
            if designs.get(one["study"]) == one["design"]:
                known[one["study"], one["seed"]] = one
    jobs = [(name, seed) for name in names for seed in seeds if (name, seed) not in known]
    kept.parent.mkdir(parents=True, exist_ok=True)
    with kept.open("a") as file:
        for done, one in enumerate(_in_order(jobs, workers), start=1):
            known[one["study"], one["seed"]] = one
            file.write(json.dumps(one) + "\n")
            file.flush()
            if done % 10 == 0:
                print(f"{done} of {len(jobs)}: {one['study']}, seed {one['seed']}, {one['seconds']:.1f} s", flush=True)
    return {name: [known[name, seed] for seed in seeds] for name in names}


def _in_order(jobs: Sequence[tuple[str, int]], workers: int) -> Iterator[dict[str, Any]]:
    if workers == 1:
        yield from map(_repetition, jobs)
        return
    with ProcessPoolExecutor(workers) as pool:
        yield from pool.map(_repetition, jobs)


def controls(found: Sequence[dict[str, Any]]) -> dict[str, int]:
    """How often each control was flagged."""
    flagged: dict[str, int] = defaultdict(int)
    for one in found:
        for verdict in one["verdicts"]:
            if verdict["role"] == "control":
                flagged[verdict["title"]] += verdict["outcome"] == "violated"
    return dict(flagged)


def alarms(found: Sequence[dict[str, Any]]) -> Iterator[tuple[str, int, int, int]]:
    """Kind of true claims, how many there are, repetitions with an alarm, and how many are allowed.

    Bounds in mean and in probability are one family, which Holm's procedure keeps to the level together: a repetition
    counts if any of them is called violated. Comparisons and trends have a level each: the worst of them counts.
    """
    claims = [[verdict for verdict in one["verdicts"] if verdict["role"] == "claim"] for one in found]
    kinds = {"sure": ("sure",), " and ".join(HOLM): HOLM, "comparison or trend": ("comparison", "trend")}
    for kind, members in kinds.items():
        chosen = [[verdict for verdict in verdicts if verdict["kind"] in members] for verdicts in claims]
        if not chosen[0]:
            continue
        violated = np.array([[verdict["outcome"] == "violated" for verdict in verdicts] for verdicts in chosen])
        level = max(verdict["level"] for verdict in chosen[0])
        limit = 0 if kind == "sure" else int(binom.ppf(0.99, len(found), level))
        count = violated.sum(axis=0).max() if kind.startswith("comparison") else violated.any(axis=1).sum()
        yield kind, violated.shape[1], int(count), limit


def tables(found: dict[str, list[dict[str, Any]]], n_alarms: int) -> tuple[list[str], bool]:
    """Lines of the report, and whether everything is as it must be."""
    lines, fine = ["| study | how | control | flagged |", "|---|---|---|---|"], True
    for name, repetitions in found.items():
        seconds = np.mean([one["seconds"] for one in repetitions])
        how = "bootstrap of published rows" if name in NEURAL else f"fresh seeds, {SCALES[name][0]}"
        for title, flagged in controls(repetitions).items():
            fine &= flagged == len(repetitions)
            lines.append(f"| {name} | {how}, {seconds:.1f} s each | {title.removeprefix('control: ')} | "
                         f"{flagged} of {len(repetitions)} |")
    lines += ["", "| study | true claims | how many | repetitions with a false alarm | 99 % limit |",
              "|---|---|---|---|---|"]
    for name, repetitions in found.items():
        first = repetitions[:n_alarms]
        for kind, n_claims, count, limit in alarms(first):
            fine &= count <= limit
            lines.append(f"| {name} | {kind} | {n_claims} | {count} of {len(first)} | {limit} |")
    return lines, bool(fine)


def main() -> int:
    """Print and keep the tables."""
    parser = argparse.ArgumentParser(description="Controls flagged, and false alarms on true claims.")
    parser.add_argument("studies", nargs="*", metavar="STUDY", help=f"of {', '.join((*SCALES, *NEURAL))}; all of them")
    parser.add_argument("--repetitions", type=int, default=300)
    parser.add_argument("--alarms", type=int, default=200, help="repetitions over which false alarms are counted")
    parser.add_argument("--workers", type=int, default=1)
    parser.add_argument("--kept", type=Path, default=ROOT / "results" / "verdicts_benchmark.jsonl")
    options = parser.parse_args()
    there = {file.name for file in find_studies((), directory=ROOT / "simulations")}
    names = options.studies or [name for name in (*SCALES, *NEURAL) if name in there]
    unknown = [name for name in names if name not in SCALES and name not in NEURAL]
    if unknown:
        parser.error(f"studies must be of {', '.join((*SCALES, *NEURAL))}; got {unknown[0]}; correct it")
    lines, fine = tables(computed(names, options.repetitions, options.workers, options.kept), options.alarms)
    lines = [
        f"# Controls flagged in {options.repetitions} repetitions, false alarms in {options.alarms}",
        "",
        "A control is flagged if every one of its settings is. Bounds in mean and in probability are one family under",
        "Holm's procedure: an alarm is a repetition in which any true one is called violated; the limit is the 99 %",
        "quantile of the binomial law with the level of the tests. For comparisons and trends it is the worst of them.",
        "Bootstrap says how sure a verdict is of the replicates that were drawn, which is not the same as fresh fits.",
        "",
        *lines,
    ]
    print("\n".join(lines))
    OUTPUT.write_text("\n".join(lines) + "\n")
    return int(not fine)


if __name__ == "__main__":
    sys.exit(main())
