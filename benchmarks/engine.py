"""What the study engine itself costs: an empty cell, a second worker, and a store of 100,000 cells.

    python benchmarks/engine.py [--cells 100000] [--empty 400] [--spin 0.25] [--parts empty,workers,large]

Parts that are run replace their lines of engine.md; the others stay. Run it on an idle machine.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from lsdm_stats.study import Progress, SourceFile, Store, failed_result, merge, run

OUTPUT = Path(__file__).with_suffix(".md")
STUDY = '''"""Cells that compute nothing, or spin for a while."""

import time
from dataclasses import dataclass

import numpy as np

from lsdm_stats.samples import SemiSupervised
from lsdm_stats.spec import Spec
from lsdm_stats.study import Study


class Nothing(Spec):
    condition_dim: int = 1
    response_dim: int = 1

    def draw(self, n_paired, n_unpaired, *, rngs):
        empty = np.zeros((len(rngs), n_paired, 1))
        return SemiSupervised(empty, empty, np.zeros((len(rngs), n_unpaired, 1)))

    def held_out(self, n, *, rngs):
        return np.zeros((len(rngs), n, 1)), np.zeros((len(rngs), n, 1))


@dataclass(frozen=True)
class Fitted:
    failures: tuple

    def sample(self, conditions, *, rngs):
        return np.zeros_like(conditions)


class Spin(Spec):
    seconds: float = 0.0
    uses_unpaired: bool = False

    def fit(self, data, *, rngs):
        end = time.process_time() + self.seconds
        while time.process_time() < end:
            pass
        return Fitted((None,) * len(rngs))


class Values(Spec):
    def evaluate(self, evaluation):
        return {f"value.{index}": np.zeros(len(evaluation.replicates)) for index in range(4)}


STUDY = Study(name="bench", sources={"nothing": Nothing()}, n_paired=tuple(range(1, 51)), n_unpaired=(0,),
              methods={"spin": Spin(seconds=SECONDS)}, metrics=(Values(),), replicates=REPLICATES, block=1, seed=1,
              n_test=1)
QUICK = STUDY.replace(replicates=1)
'''


def bench_study(folder: Path, *, replicates: int, seconds: float = 0.0) -> SourceFile:
    """The study file with 50 cells per replicate."""
    folder.mkdir(exist_ok=True)
    path = folder / "bench.py"
    path.write_text(STUDY.replace("SECONDS", str(seconds)).replace("REPLICATES", str(replicates)))
    return SourceFile.read(path)


def rate(file: SourceFile, store: Path, *, skip: int, **options: Any) -> tuple[float, float]:
    """Seconds per cell in steady state, after some first cells, and of the whole run."""
    times: list[float] = []

    def note(progress: Progress) -> None:
        times.append(time.perf_counter())

    start = time.perf_counter()
    run([file], scale="full", store=store, report=note, **options)
    whole = (time.perf_counter() - start) / (len(times) - 1)
    return (times[-1] - times[skip]) / (len(times) - 1 - skip), whole


def empty_cells(folder: Path, options: argparse.Namespace) -> list[str]:
    """Cost of a cell that computes nothing, by place."""
    file = bench_study(folder / "empty", replicates=max(1, options.empty // 50))
    rows: list[str] = []
    for name, place in {"serial": {"executor": "serial"}, "1 process": {"n_workers": 1},
                        "2 processes": {"n_workers": 2}}.items():
        steady, whole = rate(file, folder / f"{name}.sqlite", skip=50, **place)
        rows.append(f"| empty cell, {name} | {1000 * steady:.2f} ms; {1000 * whole:.2f} ms with the start of the run "
                    f"| 5 ms |")
    return rows


def two_workers(folder: Path, options: argparse.Namespace) -> list[str]:
    """Cells that keep a core busy, in steady state, with one worker and with two."""
    file = bench_study(folder / "spin", replicates=1, seconds=options.spin)
    one, _ = rate(file, folder / "one.sqlite", skip=10, n_workers=1)
    two, _ = rate(file, folder / "two.sqlite", skip=10, n_workers=2)
    return [f"| 2 workers, cells of {options.spin:g} s of CPU | {one / two:.2f} times one worker | 1.9 times |"]


def large_store(folder: Path, options: argparse.Namespace) -> list[str]:
    """Status, resume and merge with many stored cells, each command in a process of its own."""
    file = bench_study(folder / "large", replicates=options.cells // 50)
    study, store = file.study("full"), folder / "large.sqlite"
    metric = study.metrics[0].digest
    start = time.perf_counter()
    with Store(store, writable=True) as opened:
        for cell in study.cells():
            numbers = [(metric, cell.replicates[0], f"value.{index}", 0.5) for index in range(4)]
            result = failed_result(cell, "") | {"status": "done", "reason": None, "metrics": [metric], "failures": []}
            opened.record(cell, result | {"numbers": numbers}, label=f"bench (full): {cell}")
    n, size = len(study.cells()), store.stat().st_size / 2**20
    each = 1000 * (time.perf_counter() - start) / n
    rows = [f"| {n:,} cells stored one by one ({size:.0f} MB) | {each:.2f} ms each | |"]
    places = ["--studies", str(folder / "large"), "--store", str(store)]
    limits = {"status": "2 s", "run": "5 s"}
    commands = {"status": ["status", *places], "run": ["run", *places], "export": [
        "export", *places, "--out", str(folder / "rows.parquet")]}
    for name, command in commands.items():
        wall, memory = measured([sys.executable, "-m", "lsdm_stats", *command])
        what = {"run": "`lsdm run`, nothing missing (the resume decision)"}.get(name, f"`lsdm {name}`")
        limit = f"{limits[name]}, 500 MB" if name in limits else ""
        rows.append(f"| {what}, {n:,} cells | {wall:.1f} s, {memory:.0f} MB | {limit} |")
    for name in ("a new file", "a store that has them all"):
        start = time.perf_counter()
        merge([store], folder / "merged.sqlite")
        rows.append(f"| merge of {n:,} cells into {name} | {time.perf_counter() - start:.1f} s | |")
    return rows


def measured(command: list[str]) -> tuple[float, float]:
    """Wall time and peak memory in MB of a command, its start and imports (of compiled modules) among them."""
    program = ("import json, resource, subprocess, sys, time\nstart = time.perf_counter()\n"
               "subprocess.run(sys.argv[1:], check=True, stdout=subprocess.DEVNULL)\n"
               "used = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss\n"
               "print(json.dumps([time.perf_counter() - start, used / 1024]))")
    user = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    for _ in range(2):  # the first time compiles what was not compiled yet
        answer = subprocess.run(
            [sys.executable, "-c", program, *command], check=True, capture_output=True, text=True, env=user
        )
    wall, memory = json.loads(answer.stdout)
    return wall, memory


PARTS: dict[str, Callable[[Path, argparse.Namespace], list[str]]] = {
    "empty": empty_cells,
    "workers": two_workers,
    "large": large_store,
}


def main() -> None:
    """Print and keep the table."""
    parser = argparse.ArgumentParser(description="What the study engine itself costs.")
    parser.add_argument("--cells", type=int, default=100_000)
    parser.add_argument("--empty", type=int, default=400, help="empty cells to run")
    parser.add_argument("--spin", type=float, default=0.25, help="seconds of CPU of a busy cell")
    parser.add_argument("--parts", default=",".join(PARTS), help="which parts to run")
    options = parser.parse_args()
    kept = OUTPUT.read_text() if OUTPUT.exists() else ""
    sections = dict(re.findall(r"<!-- (\w+) -->\n(.*?)(?=<!-- )", kept, re.DOTALL))
    for name in options.parts.split(","):
        load = os.getloadavg()[0]
        with tempfile.TemporaryDirectory() as folder:
            rows = PARTS[name](Path(folder), options)
        head = f"Load average before: {load:.1f}.\n\n| what | measured | required |\n|---|---|---|\n"
        sections[name] = head + "\n".join(rows) + "\n\n"
        print(sections[name], flush=True)
    text = "# The study engine\n\nSingle-threaded processes; commands with their start and imports; peak memory.\n\n"
    for name in PARTS:
        text += f"<!-- {name} -->\n{sections[name]}" if name in sections else ""
    OUTPUT.write_text(text + "<!-- end -->\n")


if __name__ == "__main__":
    main()
