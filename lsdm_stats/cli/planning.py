"""``lsdm plan``: replicates and time that studies still need, predicted from what is stored."""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from lsdm_stats.cli.console import new_console
from lsdm_stats.cli.options import (
    DEFAULT_STORE,
    Json,
    MaxReplicates,
    Names,
    Quick,
    StorePath,
    Studies,
    Target,
    rule_of,
    scale_of,
)
from lsdm_stats.cli.showing import duration

if TYPE_CHECKING:
    from rich.console import Console

    from lsdm_stats.study import Rule, SettingPlan, Study


def plan(
    studies: Names = None,
    quick: Quick = False,
    target_mcse: Target = None,
    max_replicates: MaxReplicates = None,
    store: StorePath = DEFAULT_STORE,
    directory: Studies = None,
    as_json: Json = False,
) -> None:
    """Predict replicates and time of every setting from what is stored, and say what is not known.

    Without a target these are the study's own replicates, with --target-mcse and --max-replicates those it will take.
    """
    from lsdm_stats import study

    rule = rule_of(target_mcse, max_replicates)
    files = study.find_studies(tuple(studies or ()), directory=directory)
    with study.Store(store) as opened:
        plans = [(file.name, study.plan(opened, file.study(scale_of(quick)), rule)) for file in files]
    if as_json:
        answer = [_plain(name, one) for name, settings in plans for one in settings]
        typer.echo(json.dumps(answer, indent=2, ensure_ascii=False, allow_nan=False))
    else:
        _print(plans, with_targets=rule is not None)


def print_reached(studies: Sequence[Study], rule: Rule, store: Path, console: Console) -> None:
    """After a run: in how many settings all targets are reached, and where which mean is not."""
    from lsdm_stats import study

    with study.Store(store) as opened:
        plans = [(loaded, one) for loaded in studies for one in study.plan(opened, loaded, rule)]
    reached = sum(one.reached is True for _, one in plans)
    console.print(f"targets reached in {reached} of {len(plans)} settings")
    for loaded, one in plans:
        if one.worst is not None and not one.reached:
            worst = one.worst
            numbers = f"{worst.name} {worst.mean:.4g}, MCSE {worst.mcse:.3g} (99 % limit {worst.limit:.3g})"
            console.print(f"not reached: {loaded.name}: {one.setting}: {numbers}, target {worst.target:.3g}, "
                          f"{worst.n} replicates")
        elif one.worst is None:
            console.print(f"nothing known: {loaded.name}: {one.setting}: fewer than two replicates have values with a "
                          "target")
    for loaded in {one.name: one for one, setting in plans if setting.reached is not True}.values():
        _print_too_few(loaded, rule.max_replicates, console)
    if any(one.stored > loaded.replicates for loaded, one in plans):
        console.print(f"for verdicts, figures and export of all replicates add --max-replicates {rule.max_replicates}")


def _print_too_few(loaded: Study, max_replicates: int, console: Console) -> None:
    """Say that the maximum leaves no room for a block, where it allows more replicates than the study asks for."""
    first = -(-loaded.replicates // loaded.block) * loaded.block
    end = first + loaded.block
    if loaded.replicates < max_replicates < end:
        console.print(f"nothing added: {loaded.name}: the next block, replicates {first}–{end - 1}, goes beyond "
                      f"--max-replicates {max_replicates}; raise it to {end} or more, or make `block` smaller")


def _print(plans: Sequence[tuple[str, Sequence[SettingPlan]]], *, with_targets: bool) -> None:
    from rich.table import Table

    table = Table(box=None)
    table.add_column("study")
    table.add_column("setting")
    for title in ("stored", "failed", "needed", "blocks to add", "time, 1 worker"):
        table.add_column(title, justify="right")
    if with_targets:
        table.add_column("lacks most: MCSE (99 % limit) / target")
    for name, settings in plans:
        for one in settings:
            needed = "unknown" if one.needed is None else f"{one.needed}{' (maximum)' if one.capped else ''}"
            blocks = "unknown" if one.blocks_to_add is None else str(one.blocks_to_add)
            row = [name, str(one.setting), str(one.stored), str(one.failed), needed, blocks, duration(one.seconds)]
            table.add_row(*row, *([_worst(one)] if with_targets else []))
    console = new_console()
    console.print(table)
    every = [one for _, settings in plans for one in settings]
    known = [one.seconds for one in every if not math.isnan(one.seconds)]
    blocks = sum(one.blocks_to_add or 0 for one in every)
    time = f"{duration(sum(known))} with one worker, where it is known" if known else "time unknown"
    console.print(f"{blocks} blocks to add, {time}")
    if len(known) < len(every):
        console.print(f"not known for {len(every) - len(known)} of {len(every)} settings: none of their replicates are "
                      "stored, or fewer than two have values with a target")


def _worst(one: SettingPlan) -> str:
    if one.worst is None:
        return "unknown"
    worst = one.worst
    numbers = f"{worst.name} {worst.mcse:.3g} ({worst.limit:.3g}) / {worst.target:.3g}"
    return f"{numbers}, reached" if one.reached else numbers


def _plain(name: str, one: SettingPlan) -> dict[str, object]:
    """One setting for JSON, with null for what is not known."""
    seconds = None if math.isnan(one.seconds) else one.seconds
    return {"study": name, **asdict(one), "seconds": seconds}
