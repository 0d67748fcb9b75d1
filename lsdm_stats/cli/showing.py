"""``lsdm list`` and ``lsdm status``: what there is, and how far it is."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict
from types import FunctionType
from typing import TYPE_CHECKING, Annotated

import typer

from lsdm_stats.cli.console import new_console
from lsdm_stats.cli.options import DEFAULT_STORE, Json, Names, StorePath, Studies

if TYPE_CHECKING:
    from lsdm_stats.study import StoredCell, StudyStatus

_NAMED = 5  # stale cells of one study that are named one by one
_CATALOGUES = {
    "populations": ("populations", "CATALOGUE"),
    "image tasks": ("images", "CATALOGUE"),
    "image data sets": ("images", "DATA_SETS"),
    "latents": ("latents", "CATALOGUE"),
    "matchers": ("matchers", "CATALOGUE"),
    "methods": ("lsdm", "CATALOGUE"),
    "metrics": ("metrics", "CATALOGUE"),
}


def list_all(directory: Studies = None, as_json: Json = False) -> None:
    """List studies, populations, image tasks and data sets, latents, matchers, methods, metrics and theorems."""
    from importlib import import_module

    from lsdm_stats import bounds, study

    files = study.find_studies(directory=directory)
    lists = {"studies": {file.name: _first_line(file.module("lsdm_studies").__doc__) for file in files}}
    for title, (room, name) in _CATALOGUES.items():
        catalogue: Sequence[type | FunctionType] = getattr(import_module(f"lsdm_stats.{room}"), name)
        lists[title] = {entry.__name__: _first_line(entry.__doc__) for entry in catalogue}
    lists["theorems"] = {theorem.label: theorem.statement for theorem in bounds.THEOREMS}
    if as_json:
        typer.echo(json.dumps(lists, indent=2, ensure_ascii=False))
        return
    width = max(len(name) for entries in lists.values() for name in entries)
    for title, entries in lists.items():
        typer.echo(title)
        for name, line in entries.items():
            typer.echo(f"  {name:<{width}}  {line}")


def status(
    studies: Names = None,
    quick: Annotated[bool, typer.Option("--quick", help="Only the quick scale of each study, not both.")] = False,
    store: StorePath = DEFAULT_STORE,
    directory: Studies = None,
    as_json: Json = False,
) -> None:
    """Show cells done, failed, stale and missing, their speed and the time left."""
    from lsdm_stats import study

    stored: dict[str, StoredCell] = {}
    blocks = frozenset[tuple[int, ...]]()
    if store.exists():
        with study.Store(store) as opened:
            stored, blocks = opened.cells(), opened.blocks()
    loaded = study.both_scales(study.find_studies(directory=directory))
    chosen = {file.name for file in study.find_studies(tuple(studies or ()), directory=directory)}
    all_studies = [one for one, _ in loaded]
    asked = study.asked_keys(all_studies)
    states = [
        study.status(stored, one, scale, blocks, asked=asked)
        for one, scale in loaded
        if one.name in chosen and (scale == "quick" or not quick)
    ]
    stale = study.stale(stored, all_studies, blocks)
    if as_json:
        shown = [
            asdict(state) | {name: _number(getattr(state, name)) for name in ("seconds", "seconds_left")}
            for state in states
        ]
        unasked = [{"key": entry.key, "label": entry.label} for entry in stale]
        answer = {"store": str(store), "studies": shown, "stale": unasked}
        typer.echo(json.dumps(answer, indent=2, ensure_ascii=False))
    else:
        _print_status(states, stale)


def _print_status(states: Sequence[StudyStatus], stale: Sequence[StoredCell]) -> None:
    from rich.table import Table

    table = Table(box=None)
    for title in ("study", "scale"):
        table.add_column(title)
    counted = ("cells", "done", "failed", "incomplete", "missing", "failed replicates", "s per cell", "left, 1 worker")
    with_further = any(state.further for state in states)
    for title in counted:
        table.add_column(title, justify="right")
    if with_further:
        table.add_column("further cells", justify="right")
    for state in states:
        counts = (state.total, state.done, state.failed, state.incomplete, state.missing, state.failed_replicates)
        further = [str(state.further)] if with_further else []
        table.add_row(
            state.study, state.scale, *map(str, counts), _shown(state.seconds), duration(state.seconds_left), *further
        )
    console = new_console()
    console.print(table)
    for state in states:
        for line in failure_lines((key, f"{state.study} ({state.scale}): {label}", reason)
                                  for key, label, reason in state.failures):
            console.print(line)
    for line in _stale_lines(stale):
        console.print(line)


def failure_lines(failures: Iterable[tuple[str, str, str]]) -> list[str]:
    """One line per distinct reason of some failed cells (key, label, reason), with the key and label of the first.

    Examples
    --------
    >>> failure_lines([("0a1b", "toy (quick): a", "no data"), ("0a1c", "toy (quick): b", "no data")])
    ['failed: 2 cells, the first 0a1b toy (quick): a: no data']
    """
    alike: dict[str, list[tuple[str, str]]] = {}
    for key, label, reason in failures:
        alike.setdefault(reason, []).append((key, label))
    lines: list[str] = []
    for reason, cells in alike.items():
        key, label = cells[0]
        several = f"{len(cells)} cells, the first " if len(cells) > 1 else ""
        lines.append(f"failed: {several}{key[:12]} {label}: {reason}")
    return lines


def _stale_lines(stale: Sequence[StoredCell]) -> Iterator[str]:
    """One line per study, and its cells by name where they are few."""
    owned: dict[str, list[StoredCell]] = {}
    for entry in stale:
        owned.setdefault(entry.label.split(" (")[0], []).append(entry)
    for name, entries in owned.items():
        cells = "1 cell" if len(entries) == 1 else f"{len(entries)} cells"
        yield (f"rows of {cells} of {name} are stale: of an earlier design, or of a study file that is not loaded; "
               "harmless")
        if len(entries) <= _NAMED:
            yield from (f"stale: {entry.key[:12]} {entry.label}" for entry in entries)


def _first_line(text: str | None) -> str:
    return (text or "").strip().split("\n", 1)[0]


def _number(value: float) -> float | None:
    return None if value != value else value


def _shown(value: float) -> str:
    return "–" if value != value else f"{value:.3g}"


def duration(seconds: float) -> str:
    """A time in words; ``unknown`` for NaN."""
    if seconds != seconds:
        return "unknown"
    minutes, rest = divmod(round(seconds), 60)
    return (
        f"{minutes // 60} h {minutes % 60} min"
        if minutes >= 60
        else f"{minutes} min {rest} s"
        if minutes
        else f"{rest} s"
    )
