"""Arguments and options that commands share."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from lsdm_stats.cli.completing import study_names

if TYPE_CHECKING:
    from lsdm_stats.study import Rule, Scale

DEFAULT_STORE = Path("results") / "lsdm.sqlite"

Names = Annotated[
    list[str] | None,
    typer.Argument(
        metavar="STUDY",
        help="Names of studies (see `lsdm list`); all when left out.",
        show_default=False,
        autocompletion=study_names,
    ),
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

Target = Annotated[
    list[str] | None,
    typer.Option(
        "--target-mcse",
        metavar="P%|NAME=X",
        show_default=False,
        help="Monte Carlo standard error that the mean of every value is to reach: a percentage of each mean, such as "
        "2%, or NAME=X for one value name in its units (NAME=P% in percent of its mean); may be repeated.",
    ),
]
MaxReplicates = Annotated[
    int | None,
    typer.Option(
        "--max-replicates",
        metavar="N",
        min=1,
        show_default=False,
        help="At most so many replicates of a setting. For stored rows: take in those beyond the study's own.",
    ),
]


def rule_of(target: list[str] | None, max_replicates: int | None) -> Rule | None:
    """When settings have enough replicates, as two options say together.

    Raises
    ------
    ValueError
        If one is given without the other, or a target is none.
    """
    from lsdm_stats.study import Rule, Targets

    if target and max_replicates is not None:
        return Rule(Targets.parse(target), max_replicates)
    if target or max_replicates is not None:
        given, lacking = ("--target-mcse", "--max-replicates") if target else ("--max-replicates", "--target-mcse")
        raise ValueError(f"{given} must be used together with {lacking}; got it alone; give both")
    return None


def scale_of(quick: bool) -> Scale:
    """The scale that an option asks for."""
    return "quick" if quick else "full"
