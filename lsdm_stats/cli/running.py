"""``lsdm run``: a progress bar on a terminal, one line per block elsewhere."""

from __future__ import annotations

from collections.abc import Callable, Generator
from contextlib import contextmanager
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import typer

from lsdm_stats.cli.console import new_console
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

if TYPE_CHECKING:
    from rich.console import Console

    from lsdm_stats.study import Progress


class Where(StrEnum):
    """Where cells are computed."""

    serial = "serial"
    process = "process"


def run(
    studies: Names = None,
    quick: Quick = False,
    workers: Annotated[
        int | None, typer.Option(min=1, help="Worker processes; all cores by default.", show_default=False)
    ] = None,
    executor: Annotated[Where, typer.Option(help="Compute in this process or in worker processes.")] = Where.process,
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

    def follow(progress: Progress) -> None:
        nonlocal finished
        finished = progress.finished
        show(progress)

    try:
        with _display(console) as show:
            final = study.run(
                files,
                scale=scale_of(quick),
                store=store,
                executor=executor.value,
                n_workers=workers,
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


@contextmanager
def _display(console: Console) -> Generator[Callable[[Progress], None]]:
    """What shows each report: a bar with done/total, failures and time left on a terminal, else a line."""
    if not console.is_terminal:
        yield lambda progress: console.print(_line(progress))
        return
    from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeElapsedColumn, TimeRemainingColumn
    from rich.progress import Progress as Bar

    columns = (
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("{task.fields[failed]} failed"),
        TimeElapsedColumn(),
        TextColumn("left"),
        TimeRemainingColumn(),
    )
    with Bar(*columns, console=console) as bar:
        task = bar.add_task("run", total=None, failed=0)

        def show(progress: Progress) -> None:
            latest = progress.latest
            failed = progress.counts.get("failed", 0)
            bar.update(task, total=progress.total, completed=progress.finished, failed=failed)
            if latest is None or latest.reason:
                bar.console.print(_line(progress))

        yield show


def _line(progress: Progress) -> str:
    latest = progress.latest
    if latest is None:
        return f"{progress.total} blocks to run, {progress.stored} stored already"
    reason = f": {latest.reason}" if latest.reason else ""
    return f"[{progress.finished}/{progress.total}] {latest.outcome} {latest.label} ({latest.seconds:.1f} s){reason}"
