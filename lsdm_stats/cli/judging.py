"""``lsdm verdicts``: claim by claim, does theory agree with measurement."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated, cast

import typer

from lsdm_stats.cli.brief import print_brief
from lsdm_stats.cli.console import new_console
from lsdm_stats.cli.options import (
    DEFAULT_STORE,
    Json,
    MaxReplicates,
    Names,
    Published,
    Quick,
    StorePath,
    Studies,
    scale_of,
)
from lsdm_stats.cli.rows import rows_of

if TYPE_CHECKING:
    from lsdm_stats.study import TheoremVerdict, Verdict


def verdicts(
    studies: Names = None,
    quick: Quick = False,
    published: Published = False,
    store: StorePath = DEFAULT_STORE,
    directory: Studies = None,
    theorems: Annotated[
        bool, typer.Option("--theorems", help="Only the table of theorems, without claims and controls.")
    ] = False,
    brief: Annotated[bool, typer.Option("--brief", help="Only counts: a line for each study.")] = False,
    max_replicates: MaxReplicates = None,
    as_json: Json = False,
) -> None:
    """Judge every claim, then every theorem; exit code 1 when a claim is violated or a control is not flagged.

    With studies named, only the theorems that these check are listed; otherwise those that no study checks are named.
    """
    from lsdm_stats import study

    if brief and (theorems or as_json):
        other = "--theorems" if theorems else "--json"
        raise ValueError(f"--brief prints counts alone; got {other} too; leave one of them out")
    found = rows_of(
        tuple(studies or ()), directory, quick=quick, published=published, store=store, max_replicates=max_replicates
    )
    judged = [(loaded.name, verdict) for loaded, rows in found for verdict in study.judge(loaded, rows)]
    files = study.find_studies(tuple(studies or ()), directory=directory)
    by_theorem = study.by_theorem([(file.name, file.study(scale_of(quick))) for file in files], judged)
    shown = [theorem for theorem in by_theorem if theorem.studies or not studies]
    if as_json:
        answer = ([asdict(theorem) for theorem in shown] if theorems
                  else [{"study": name, **asdict(verdict)} for name, verdict in judged])
        typer.echo(json.dumps(_plain(answer), indent=2, ensure_ascii=False, allow_nan=False))
    elif theorems:
        _print_theorems(shown)
    elif brief:
        print_brief(judged, shown)
        _print_counts(judged)
    else:
        _print(judged)
        _print_theorems(shown)
        _print_counts(judged)
    if any(verdict.contradicts for _, verdict in judged):
        raise typer.Exit(1)


def _print(judged: Sequence[tuple[str, Verdict]]) -> None:
    from rich.table import Table

    table = Table(box=None)
    for title in ("study", "claim", "expected", "outcome"):
        table.add_column(title)
    for title in ("measured/bound or estimate ± MCSE", "rows", "failed"):
        table.add_column(title, justify="right")
    for name, verdict in judged:
        numbers = (_numbers(verdict), str(verdict.rows), str(verdict.failed))
        outcome = "refuted" if verdict.refuted else verdict.outcome
        expected = "predicted" if verdict.role == "prediction" else verdict.expect
        table.add_row(name, verdict.title, expected, outcome if verdict.ok else f"{outcome} (!)", *numbers)
    console = new_console()
    console.print(table, soft_wrap=False)
    for name, verdict in judged:
        if not verdict.ok:
            console.print(f"(!) {name}: {verdict.title}: {verdict.summary}")
    if any(_may_be_decided(verdict) for _, verdict in judged):
        console.print("inconclusive: more replicates may decide (raise `replicates` of the study, or use "
                      "`lsdm run --target-mcse`)")
    console.print()


def _may_be_decided(verdict: Verdict) -> bool:
    """Whether an interval, that of a setting or a pair of settings, covers the threshold."""
    return not verdict.ok and verdict.outcome == "inconclusive" and any(
        detail.estimate is not None and not (detail.supports or detail.flagged) for detail in verdict.details
    )


def _print_theorems(theorems: Sequence[TheoremVerdict]) -> None:
    from rich.table import Table

    table = Table(box=None)
    for title in ("theorem", "title", "outcome"):
        table.add_column(title)
    for title in ("claims", "controls flagged", "above/rows", "measured/bound"):
        table.add_column(title, justify="right")
    table.add_column("studies")
    checked = [theorem for theorem in theorems if theorem.outcome != "unchecked"]
    for theorem in checked:
        table.add_row(theorem.label, theorem.title, *_theorem_cells(theorem))
    console = new_console()
    console.print(table, soft_wrap=False)
    if len(checked) < len(theorems):
        others = ", ".join(theorem.label for theorem in theorems if theorem.outcome == "unchecked")
        console.print(f"\nno study checks {others}\n", soft_wrap=False)
    holding = sum(theorem.outcome == "holds" for theorem in checked)
    left = len(checked) - holding
    parts = [f"of {len(theorems)} theorem{'s' * (len(theorems) != 1)} {holding} hold{'s' * (holding == 1)}",
             f"{left} {'does not or is' if left == 1 else 'do not or are'} open"]
    if len(checked) < len(theorems):
        parts.append(f"no study checks {len(theorems) - len(checked)}")
    console.print("; ".join(parts))


def _theorem_cells(theorem: TheoremVerdict) -> tuple[str, ...]:
    medium, largest = theorem.tightness_median, theorem.tightness_max
    ratio = "–" if medium is None or largest is None else f"median {medium:.3g}, max {largest:.3g}"
    controls = f"{theorem.flagged} of {theorem.controls}" if theorem.controls else "–"
    return (theorem.outcome, str(theorem.claims), controls, f"{theorem.violations}/{theorem.rows}", ratio,
            ", ".join(theorem.studies))


def _print_counts(judged: Sequence[tuple[str, Verdict]]) -> None:
    n_ok, n_against, n_refuted = (
        sum(getattr(verdict, name) for _, verdict in judged) for name in ("ok", "contradicts", "refuted")
    )
    n_open = len(judged) - n_ok - n_against - n_refuted
    counts = f"{n_ok} of {len(judged)} as expected, {n_against} against, {n_open} open"
    refuted = f", {n_refuted} prediction{'s' * (n_refuted != 1)} refuted" if n_refuted else ""
    new_console().print(counts + refuted)


def _numbers(verdict: Verdict) -> str:
    if verdict.estimate is not None:
        ends = ["∞" if end is None else f"{end:.3g}" for end in (verdict.lower, verdict.upper)]
        error = "" if verdict.mcse is None else f" ± {verdict.mcse:.2g}"
        return f"{verdict.estimate:.3g}{error} [{ends[0]}, {ends[1]}]".replace("[∞", "[-∞")
    if verdict.tightness_median is None or verdict.tightness_max is None:
        return "–"
    return f"median {verdict.tightness_median:.3g}, max {verdict.tightness_max:.3g}"


def _plain(value: object) -> object:
    """The same with null for numbers that JSON has not."""
    match value:
        case dict():
            return {str(key): _plain(item) for key, item in cast("Mapping[object, object]", value).items()}
        case list() | tuple():
            return [_plain(item) for item in cast("Sequence[object]", value)]
        case float() if not math.isfinite(value):
            return None
        case _:
            return value
