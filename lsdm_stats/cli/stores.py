"""``lsdm merge`` and ``lsdm migrate``: stores into one, and an older store into a new file."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from lsdm_stats.cli.options import DEFAULT_STORE, StorePath

StoreFiles = Annotated[list[Path], typer.Argument(metavar="FILE", help="Stores to read, as of shards or machines.")]


def merge(inputs: StoreFiles, store: StorePath = DEFAULT_STORE) -> None:
    """Bring the cells of some stores into one: all of them, or nothing where rows of a cell differ."""
    from lsdm_stats import study

    done = study.merge(inputs, store)
    typer.echo(
        f"{done.added} cells added, {done.replaced} failed ones replaced, {done.extended} with further metrics, "
        f"{done.known} known before; store: {store}"
    )


def migrate(
    old: Annotated[Path, typer.Argument(metavar="OLD", help="A store of an older version; it is only read.")],
    new: Annotated[Path, typer.Argument(metavar="NEW", help="The new file.")],
) -> None:
    """Write the rows of an older store to a new file of the current version."""
    from lsdm_stats import study

    version = study.migrate(old, new)
    typer.echo(f"the rows of {old} (schema version {version}) are in {new}; the old file is as it was")
