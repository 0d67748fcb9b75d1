"""Thousands of small transport problems against two referees: exact whole-number arithmetic and HiGHS.

    python benchmarks/fuzz.py [--problems 10000] [--seed 1] [--coarsest 3]

Every problem goes to `exact` twice: as it is, and by the route for large problems, forced onto it however small it is.
The table by kind of points replaces fuzz.md; the exit code is 1 if there is a fault.
"""

from __future__ import annotations

import argparse
import contextlib
import sys
import time
from collections import defaultdict
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests" / "wasserstein"))

import fuzz

OUTPUT = Path(__file__).with_suffix(".md")


def main() -> int:
    """Print and keep the table; faults are printed as they are found."""
    parser = argparse.ArgumentParser(description="Small transport problems against two referees.")
    parser.add_argument("--problems", type=int, default=10_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--coarsest", type=int, default=3, help="points of a level that is solved with all pairs")
    options = parser.parse_args()
    start, n_faults = time.perf_counter(), 0
    rows: dict[tuple[str, str], list[fuzz.Verdict]] = defaultdict(list)
    for route, chosen in (("as it is", contextlib.nullcontext(fuzz.exact)),
                          ("large route", fuzz.large_route(options.coarsest))):
        with chosen as solve:
            for index in range(options.problems):
                given = fuzz.problem(options.seed, index)
                verdict = fuzz.judge(given, solve)
                rows[given.points, route].append(verdict)
                for fault in verdict.faults:
                    n_faults += 1
                    print(f"problem {index}, {route}: {given}: {fault}", flush=True)
                if (index + 1) % 1000 == 0:
                    print(f"{route}: {index + 1} problems, {n_faults} faults, {time.perf_counter() - start:.0f} s",
                          flush=True)
    lines = [
        f"# {2 * options.problems:,} small transport problems, seed {options.seed}: {n_faults} faults",
        "",
        "The certificate must contain the optimum in whole-number arithmetic, agree with HiGHS to 1e-7 of the largest",
        "cost, and close to 1e-9 of the value or, where the value is far below the costs, to rounding of these.",
        "",
        "| points | route | problems | faults | certificate within 1e-9 | largest gap, of largest cost | no HiGHS |",
        "|---|---|---|---|---|---|---|",
    ]
    for (points, route), verdicts in sorted(rows.items()):
        lines.append(
            f"| {points} | {route} | {len(verdicts)} | {sum(len(v.faults) for v in verdicts)} | "
            f"{sum(v.is_closed for v in verdicts)} | {max(v.gap_of_largest for v in verdicts):.0e} | "
            f"{sum(not v.by_highs for v in verdicts)} |"
        )
    OUTPUT.write_text("\n".join(lines) + "\n")
    print("\n".join(lines))
    return int(n_faults > 0)


if __name__ == "__main__":
    sys.exit(main())
