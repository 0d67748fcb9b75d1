"""``lsdm run``: computes what is missing, and says what became of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from lsdm_stats.cli.console import new_console
from lsdm_stats.cli.interrupts import second_ends_at_once
from lsdm_stats.cli.options import (
    DEFAULT_STORE,
    MaxReplicates,
    Names,
    Quick,
    StorePath,
    Studies,
    Target,
    rule_of,
    scale_of,
)
from lsdm_stats.cli.planning import print_reached
from lsdm_stats.cli.progress import display
from lsdm_stats.cli.showing import failure_lines

if TYPE_CHECKING:
    from lsdm_stats.study import Progress


def run(
    studies: Names = None,
    quick: Quick = False,
    workers: Annotated[
        int | None, typer.Option(min=1, help="Worker processes; all cores by default.", show_default=False)
    ] = None,
    executor: Annotated[
        str,
        typer.Option(
            metavar="serial|process|dask:ADDRESS|dask:local:N",
            help="Compute in this process, in worker processes, with the workers of a Dask scheduler, or with a Dask "
            "cluster of N workers made here for the run.",
        ),
    ] = "process",
    store: StorePath = DEFAULT_STORE,
    shard: Annotated[
        str | None,
        typer.Option(
            metavar="I/N",
            help="Only part I of N, into a store of its own beside --store (see lsdm merge).",
            show_default=False,
        ),
    ] = None,
    directory: Studies = None,
    cell_timeout: Annotated[
        float | None,
        typer.Option(
            "--cell-timeout",
            metavar="SECONDS",
            help="A block that a worker takes longer for is stored as failed, and the worker replaced; loading of "
            "libraries by a new worker counts.",
            show_default=False,
        ),
    ] = None,
    fail_fast: Annotated[
        bool, typer.Option("--fail-fast", help="Stop at the first block that fails as a whole.")
    ] = False,
    retry_failed: Annotated[
        bool, typer.Option("--retry-failed", help="Run blocks again that are stored as failed.")
    ] = False,
    target_mcse: Target = None,
    max_replicates: MaxReplicates = None,
) -> None:
    """Run what is missing from the store; a run that was stopped goes on where it was.

    With --target-mcse and --max-replicates, settings get further blocks of replicates until their means are precise.
    """
    from lsdm_stats import study

    rule = rule_of(target_mcse, max_replicates)
    files = study.find_studies(tuple(studies or ()), directory=directory)
    part = None if shard is None else study.Shard.parse(shard)
    written = store if part is None else part.store(store)
    console = new_console()
    finished = 0
    failures: list[tuple[str, str, str]] = []

    def follow(progress: Progress) -> None:
        nonlocal finished
        finished, latest = progress.finished, progress.latest
        if latest and latest.outcome == "failed":
            failures.append((latest.key, latest.label, latest.reason or ""))
        show(progress)

    try:
        with second_ends_at_once(), display(console) as show:
            final = study.run(
                files,
                scale=scale_of(quick),
                store=store,
                executor=executor,
                n_workers=workers,
                cell_timeout=cell_timeout,
                fail_fast=fail_fast,
                retry_failed=retry_failed,
                shard=part,
                until=rule,
                report=follow,
            )
    except KeyboardInterrupt:
        typer.echo(
            f"interrupted: {finished} finished blocks of this run are stored in {written}; "
            "the same command goes on from there",
            err=True,
        )
        raise typer.Exit(130) from None
    for line in failure_lines(failures):
        console.print(line)
    done, failed, refused = (final.counts.get(outcome, 0) for outcome in ("done", "failed", "refused"))
    counts = f"{done} blocks done, {failed} failed, {refused} refused, {final.stored} stored before"
    console.print(f"{counts}; store: {written}")
    if final.failed_before:
        remedy = "see `lsdm status`; run them again with --retry-failed"
        console.print(f"{final.failed_before} blocks are stored as failed: {remedy}")
    if rule:
        print_reached([file.study(scale_of(quick)) for file in files], rule, store, console)
    if refused or (failed and (fail_fast or not done)):
        raise typer.Exit(1)
