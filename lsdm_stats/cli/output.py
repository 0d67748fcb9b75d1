"""``lsdm export`` and ``lsdm replay``: stored rows in other forms, or compared with what is computed again."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from lsdm_stats.cli.options import DEFAULT_STORE, MaxReplicates, StorePath, Studies

if TYPE_CHECKING:
    from lsdm_stats.study import Cell, Study


class Format(StrEnum):
    """File formats of an export."""

    parquet = "parquet"
    csv = "csv"


def export(
    kind: Annotated[Format, typer.Option("--format", help="File format.")] = Format.parquet,
    out: Annotated[
        Path | None,
        typer.Option("--out", metavar="FILE", help="The file; results/rows.FORMAT when left out.", show_default=False),
    ] = None,
    publish: Annotated[
        bool, typer.Option("--publish", help="Write figures/data/STUDY.parquet of each full-scale study.")
    ] = False,
    max_replicates: MaxReplicates = None,
    store: StorePath = DEFAULT_STORE,
    directory: Studies = None,
) -> None:
    """Write the stored rows of all studies with their provenance to one file, and beside it what its columns mean."""
    from lsdm_stats import study

    files = study.find_studies(directory=directory)
    with study.Store(store) as opened:
        if publish:
            data = study.figures_directory(directory) / "data"
            for file in files:
                typer.echo(str(study.publish(opened, file.study("full"), data, max_replicates=max_replicates)))
            return
        path = out or Path("results") / f"rows.{kind.value}"
        n_rows = study.export(
            opened, study.both_scales(files), path, kind=kind.value, max_replicates=max_replicates
        )
        typer.echo(f"{n_rows} rows in {path}; its columns are explained in {study.dictionary_path(path)}")


def replay(
    key: Annotated[str, typer.Argument(help="Key of a cell, or its first digits (see `lsdm status`).")],
    store: StorePath = DEFAULT_STORE,
    directory: Studies = None,
) -> None:
    """Compute one cell again, here, from its own streams, and say whether it reproduces."""
    import traceback

    from lsdm_stats import study

    loaded, cell = _cell_of(key, directory, store)
    typer.echo(f"{loaded.name}: {cell}\nkey {cell.key}")
    with study.Store(store) as opened:
        try:
            result = study.measure_cell(cell, loaded.metrics)
        except Exception as error:
            traceback.print_exc()
            result = study.failed_result(cell, study.describe(error))
        for replicate, reason in result["failures"]:
            typer.echo(f"replicate {replicate} failed: {reason}")
        different = opened.differences(cell, result)
    for difference in different:
        typer.echo(f"does not reproduce: {difference}")
    if different:
        raise typer.Exit(1)
    if result["status"] == "failed":
        typer.echo("reproduces: the failure is the stored one")
        return
    n_numbers = sum(not study.is_timing(name) for _, _, name, _ in result["numbers"])
    n_arrays = len(result["pictures"])
    typer.echo(f"reproduces: {n_numbers} numbers and {n_arrays} arrays are equal to those stored")


def _cell_of(key: str, directory: Path | None, store: Path) -> tuple[Study, Cell]:
    from lsdm_stats import study

    loaded = study.both_scales(study.find_studies(directory=directory))
    cells = [(owner, cell) for owner, _ in loaded for cell in owner.cells()]
    if store.exists():
        with study.Store(store) as opened:
            stored, blocks = opened.cells(), opened.blocks()
        cells += [(owner, cell) for owner, _ in loaded for cell in study.stored_further(owner, stored, blocks)]
    found = {cell.key: (owner, cell) for owner, cell in cells if cell.key.startswith(key.lower())}
    if len(found) != 1 or not key:
        raise ValueError(
            f"KEY must be the beginning of one cell's key; {len(found)} cells of the loaded studies have keys "
            f"that begin with {key!r}; see `lsdm status`"
        )
    return next(iter(found.values()))
