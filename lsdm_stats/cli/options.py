"""Arguments and options that commands share."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from lsdm_stats.study import Scale

DEFAULT_STORE = Path("results") / "lsdm.sqlite"

Names = Annotated[
    list[str] | None, typer.Argument(metavar="STUDY", help="Names of studies; all when left out.", show_default=False)
]
Quick = Annotated[bool, typer.Option("--quick", help="The quick scale of each study instead of the full one.")]
StorePath = Annotated[Path, typer.Option("--store", metavar="FILE", envvar="LSDM_STORE", help="File with the results.")]
Studies = Annotated[
    Path | None,
    typer.Option(
        "--studies",
        metavar="DIR",
        help="Directory of study files; ./simulations, or the package's own.",
        show_default=False,
    ),
]
Published = Annotated[bool, typer.Option("--published", help="Read the published full-scale rows instead of a store.")]
Json = Annotated[bool, typer.Option("--json", help="Print JSON for machines.")]


def scale_of(quick: bool) -> Scale:
    """The scale that an option asks for."""
    return "quick" if quick else "full"
