"""How far a run is: a bar and the current cells on a terminal, one line per block elsewhere."""

from __future__ import annotations

import time
from collections.abc import Callable, Generator
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.console import Console, RenderableType

    from lsdm_stats.study import Progress

_SHOWN = 8
_EVER = 1e9


@contextmanager
def display(console: Console) -> Generator[Callable[[Progress], None]]:
    """What shows each report."""
    if not console.is_terminal:
        yield lambda progress: _print(console, progress)
        return
    from rich.console import Group
    from rich.live import Live
    from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeElapsedColumn, TimeRemainingColumn
    from rich.progress import Progress as Bar
    from rich.text import Text

    columns = (
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("{task.fields[failed]} failed"),
        TimeElapsedColumn(),
        TextColumn("left"),
        TimeRemainingColumn(),
    )
    # Blocks may take minutes each: the speed is that of the whole run.
    bar = Bar(*columns, console=console, speed_estimate_period=_EVER, auto_refresh=False)
    task = bar.add_task("run", total=None, failed=0)
    begun: dict[str, float] = {}

    def render() -> RenderableType:
        return Group(bar.get_renderable(), *(Text(line, no_wrap=True) for line in current(begun, time.monotonic())))

    def show(progress: Progress) -> None:
        failed = progress.counts.get("failed", 0)
        bar.update(task, total=progress.total, completed=progress.finished, failed=failed)
        now = time.monotonic()
        times = {label: begun.get(label, now) for label in progress.under_way}
        begun.clear()
        begun.update(times)
        latest = progress.latest
        if latest.reason if latest else not progress.under_way:
            console.print(line(progress))

    with Live(get_renderable=render, console=console, refresh_per_second=4, transient=False):
        yield show


def current(begun: dict[str, float], now: float) -> list[str]:
    """Lines that name the blocks under way, the oldest first, with the seconds since they were begun.

    Examples
    --------
    >>> current({"toy (quick): a": 0.0, "toy (quick): b": 3.0}, 5.0)
    ['  toy (quick): a (5 s)', '  toy (quick): b (2 s)']
    """
    lines = [f"  {label} ({now - start:.0f} s)" for label, start in tuple(begun.items())[:_SHOWN]]
    more = len(begun) - len(lines)
    return [*lines, f"  and {more} more"] if more else lines


def line(progress: Progress) -> str:
    """What is printed of the start of a run or of a block."""
    latest = progress.latest
    if latest is None:
        return f"{progress.total} blocks to run, {progress.stored} stored already"
    reason = f": {latest.reason}" if latest.reason else ""
    return f"[{progress.finished}/{progress.total}] {latest.outcome} {latest.label} ({latest.seconds:.1f} s){reason}"


def _print(console: Console, progress: Progress) -> None:
    if progress.latest or not progress.under_way:
        console.print(line(progress))
