"""``lsdm report``: one page of verdicts, theorems, figures and provenance, to be opened in a browser."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from lsdm_stats.cli.options import (
    DEFAULT_STORE,
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
    from collections.abc import Mapping, Sequence

    from lsdm_stats.report import Entry, Origin


def report(
    studies: Names = None,
    quick: Quick = False,
    out: Annotated[Path, typer.Option("--out", metavar="FILE.html", help="Where the page goes.")] = Path("results")
    / "report.html",
    published: Published = False,
    max_replicates: MaxReplicates = None,
    store: StorePath = DEFAULT_STORE,
    directory: Studies = None,
) -> None:
    """Write one self-contained HTML page: verdicts, theorems, figures, failures, and how to reproduce each number."""
    from lsdm_stats.report import page

    names = tuple(studies or ())
    entries = _entries(names, directory, quick, published, store, max_replicates)
    origin = _origin(directory, quick, published, store, max_replicates)
    text = page(entries, origin, only_checked=bool(names), tell=lambda name: typer.echo(f"report: {name}", err=True))
    out.parent.mkdir(parents=True, exist_ok=True)
    out.write_text(text, encoding="utf-8")
    typer.echo(f"{out} ({len(text.encode()) / 1e6:.1f} MB)")


def _entries(
    names: tuple[str, ...],
    directory: Path | None,
    quick: bool,
    published: bool,
    store: Path,
    max_replicates: int | None,
) -> list[Entry]:
    """Every study that is asked for, those without rows too."""
    from lsdm_stats import study
    from lsdm_stats.report import Entry

    found = rows_of(names, directory, quick=quick, published=published, store=store, max_replicates=max_replicates)
    rows = {loaded.name: table for loaded, table in found}
    place = study.figures_directory(directory)
    stored: Mapping[str, Mapping[str, str]] = {}
    if not published:
        with study.Store(store) as opened:
            stored = opened.provenance()
    entries: list[Entry] = []
    for file in study.find_studies(names, directory=directory):
        loaded = file.study(scale_of(quick))
        path = place / f"{file.name}.py"
        entries.append(
            Entry(
                study=loaded,
                scale=scale_of(quick),
                about=file.module("lsdm_studies").__doc__ or "",
                rows=rows.get(file.name),
                provenance=study.published_provenance(loaded, place / "data") if published else stored,
                figure=study.SourceFile.read(path) if path.is_file() else None,
            )
        )
    return entries


def _origin(
    directory: Path | None, quick: bool, published: bool, store: Path, max_replicates: int | None
) -> Origin:
    from lsdm_stats.report import Origin

    scale = ["--quick"] if quick else []
    place = ["--studies", str(directory)] if directory is not None else []
    file = ["--store", str(store)] if store != DEFAULT_STORE else []
    reading = ["--published"] if published else scale + file
    more = ["--max-replicates", str(max_replicates)] if max_replicates is not None else []
    title = "the published full-scale rows" if published else f"the store {store}, {scale_of(quick)} scale"
    return Origin(title, _text(scale + file + place), _text(reading + more + place), _text(file + place), published)


def _text(options: Sequence[str]) -> str:
    return "".join(f" {shlex.quote(option)}" for option in options)
