"""Rows for the commands that judge and draw: from a store, or as they were published."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from lsdm_stats.cli.options import scale_of

if TYPE_CHECKING:
    from pandas import DataFrame

    from lsdm_stats.study import Scale, Store, Study


def rows_of(
    names: tuple[str, ...],
    directory: Path | None,
    *,
    quick: bool,
    published: bool,
    store: Path,
    max_replicates: int | None,
) -> Iterator[tuple[Study, DataFrame]]:
    """Each study with its rows; a study without any is skipped with a note.

    With `max_replicates`, rows of further replicates are among them; without, a note says that there are some.

    Raises
    ------
    ValueError
        If no study has rows, or both ``--quick`` and ``--published`` are given.
    """
    from lsdm_stats import study

    scale, other = scale_of(quick), scale_of(not quick)
    files = study.find_studies(names, directory=directory)
    studies = [file.study(scale) for file in files]
    if published:
        if quick:
            raise ValueError("--published must be used without --quick; got both; only full-scale rows are published")
        data = study.figures_directory(directory) / "data"
        yield from ((loaded, study.read_published(loaded, data, max_replicates=max_replicates)) for loaded in studies)
        return
    with study.Store(store) as opened:
        found = [
            (loaded, rows)
            for loaded in studies
            if (rows := _stored_rows(opened, loaded, quick=quick, max_replicates=max_replicates)) is not None
        ]
        elsewhere = [] if found else [file.name for file in files if _has_rows(opened, file.study(other), other)]
    if not found:
        came = f"it has none of {', '.join(loaded.name for loaded in studies)}"
        remedy = f"run `lsdm run{' --quick' if quick else ''}`"
        if elsewhere:
            came += f", but rows at {other} scale of {', '.join(elsewhere)}"
            remedy = f"{'leave --quick out' if quick else 'add --quick'}, or {remedy}"
        raise ValueError(f"the store {store} must have rows of a study at {scale} scale; {came}; {remedy}")
    yield from found


def _has_rows(store: Store, loaded: Study, scale: Scale) -> bool:
    from lsdm_stats import study

    state = study.status(store.cells(), loaded, scale)
    return state.missing + state.incomplete < state.total


def _stored_rows(store: Store, loaded: Study, *, quick: bool, max_replicates: int | None) -> DataFrame | None:
    from lsdm_stats import study

    state = study.status(store.cells(), loaded, scale_of(quick), store.blocks())
    left = state.missing + state.incomplete
    if left:
        typer.echo(f"{loaded.name} ({state.scale}): {left} of {state.total} cells are not in the store yet", err=True)
    if state.further and max_replicates is None:
        typer.echo(f"{loaded.name} ({state.scale}): {state.further} further cells are left out, of replicates beyond "
                   f"the {loaded.replicates} that the study asks for; --max-replicates N takes them in", err=True)
    return None if left == state.total else study.table(store, loaded, state.scale, max_replicates=max_replicates)


def provenance_of(
    loaded: Study, directory: Path | None, *, published: bool, store: Path
) -> dict[str, dict[str, str]]:
    """When, where and with what the cells of a study were fitted, by key."""
    from lsdm_stats import study

    if published:
        return study.published_provenance(loaded, study.figures_directory(directory) / "data")
    with study.Store(store) as opened:
        return opened.provenance()
