"""``lsdm verdicts``: claim by claim, does theory agree with measurement."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, cast

import typer

from lsdm_stats.cli.console import new_console
from lsdm_stats.cli.options import DEFAULT_STORE, Json, Names, Published, Quick, StorePath, Studies
from lsdm_stats.cli.rows import rows_of

if TYPE_CHECKING:
    from lsdm_stats.study import Verdict


def verdicts(
    studies: Names = None,
    quick: Quick = False,
    published: Published = False,
    store: StorePath = DEFAULT_STORE,
    directory: Studies = None,
    as_json: Json = False,
) -> None:
    """Judge every claim; exit code 1 when one is violated or a control is not flagged."""
    from lsdm_stats import study

    judged = [
        (loaded.name, verdict)
        for loaded, rows in rows_of(tuple(studies or ()), directory, quick=quick, published=published, store=store)
        for verdict in study.judge(loaded, rows)
    ]
    if as_json:
        answer = [_plain({"study": name, **asdict(verdict)}) for name, verdict in judged]
        typer.echo(json.dumps(answer, indent=2, ensure_ascii=False, allow_nan=False))
    else:
        _print(judged)
    if any(verdict.contradicts for _, verdict in judged):
        raise typer.Exit(1)


def _print(judged: Sequence[tuple[str, Verdict]]) -> None:
    from rich.table import Table

    table = Table(box=None)
    for title in ("study", "claim", "expected", "outcome"):
        table.add_column(title)
    for title in ("measured/bound or estimate", "rows", "failed"):
        table.add_column(title, justify="right")
    for name, verdict in judged:
        numbers = (_numbers(verdict), str(verdict.rows), str(verdict.failed))
        outcome = verdict.outcome if verdict.ok else f"{verdict.outcome} (!)"
        table.add_row(name, verdict.title, verdict.expect, outcome, *numbers)
    console = new_console()
    console.print(table, soft_wrap=False)
    for name, verdict in judged:
        if not verdict.ok:
            console.print(f"(!) {name}: {verdict.title}: {verdict.summary}")
    n_ok, n_against = (sum(getattr(verdict, name) for _, verdict in judged) for name in ("ok", "contradicts"))
    console.print(f"{n_ok} of {len(judged)} as expected, {n_against} against, {len(judged) - n_ok - n_against} open")


def _numbers(verdict: Verdict) -> str:
    if verdict.estimate is not None:
        ends = ["∞" if end is None else f"{end:.3g}" for end in (verdict.lower, verdict.upper)]
        return f"{verdict.estimate:.3g} [{ends[0]}, {ends[1]}]".replace("[∞", "[-∞")
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
