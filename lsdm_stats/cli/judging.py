"""``lsdm verdicts``: claim by claim, does theory agree with measurement."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING

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
        typer.echo(
            json.dumps([{"study": name, **asdict(verdict)} for name, verdict in judged], indent=2, ensure_ascii=False)
        )
    else:
        _print(judged)
    if not all(verdict.ok for _, verdict in judged):
        raise typer.Exit(1)


def _print(judged: Sequence[tuple[str, Verdict]]) -> None:
    from rich.table import Table

    table = Table(box=None)
    for title in ("study", "claim", "expected", "outcome", "summary"):
        table.add_column(title, overflow="fold")
    for name, verdict in judged:
        table.add_row(name, verdict.title, verdict.expect, verdict.outcome, verdict.summary)
    new_console().print(table, soft_wrap=False)
