"""What a study still needs, setting by setting, predicted from what is stored: replicates and time."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

from lsdm_stats.study.blocks import by_setting, further_blocks
from lsdm_stats.study.design import Cell, Setting, Study
from lsdm_stats.study.running.precision import Precision
from lsdm_stats.study.running.sequential import Rule, SettingGrowth
from lsdm_stats.study.storage.store import Store


@dataclass(frozen=True)
class SettingPlan:
    """What one setting has and needs.

    Parameters
    ----------
    setting : Setting
        Which.
    stored, failed : int
        Replicates in complete cells of the store, with a rule further ones too; those among them that failed.
    needed : int, optional
        Replicates that it takes in the end: those asked for and, with targets, those that are predicted, in whole
        blocks and at most as many as the rule allows. None if nothing is known of the setting's values.
    blocks_to_add : int, optional
        Cells that are still to be computed; None if `needed` is.
    reached : bool, optional
        Whether every target is reached now; None without targets or where nothing is known.
    capped : bool
        Whether the maximum comes before the target.
    worst : Precision, optional
        The mean that lacks most, now.
    seconds : float
        Time that one worker needs for what is to be added; NaN if it is not known.

    Examples
    --------
    >>> from lsdm_stats.study import Setting
    >>> one = SettingPlan(Setting("circle", 200, 0, "pca"), stored=20, failed=0, needed=60, blocks_to_add=2,
    ...                   reached=False, capped=False, worst=None, seconds=12.5)
    >>> one.needed - one.stored
    40
    """

    setting: Setting
    stored: int
    failed: int
    needed: int | None
    blocks_to_add: int | None
    reached: bool | None
    capped: bool
    worst: Precision | None
    seconds: float


def plan(store: Store, study: Study, rule: Rule | None = None) -> tuple[SettingPlan, ...]:
    """What every setting of a study needs: its own replicates and, with a rule, those that its targets take.

    The prediction takes the standard deviations of now for true. Time is that of the setting's own stored blocks, per
    replicate; nothing is borrowed from other settings.

    Parameters
    ----------
    store : Store
        What is stored.
    study : Study
        What is asked for.
    rule : Rule, optional
        When a setting has enough replicates.

    Returns
    -------
    tuple of SettingPlan
        One per setting.

    Raises
    ------
    ValueError
        If the rule allows fewer replicates than the study asks for, or has a target for a value that no setting with
        stored rows has.

    Examples
    --------
    >>> from pathlib import Path
    >>> from tempfile import TemporaryDirectory
    >>> from lsdm_stats.study import Store, find_studies
    >>> study = find_studies(("phase_transition",))[0].study("quick")
    >>> with TemporaryDirectory() as folder, Store(Path(folder) / "rows.sqlite", writable=True) as store:
    ...     {(one.stored, one.blocks_to_add) for one in plan(store, study)}
    {(0, 1)}
    """
    stored = store.cells()
    digests = [metric.digest for metric in study.metrics]
    complete = {key: entry for key, entry in stored.items() if entry.is_complete(digests)}
    found: list[SettingPlan] = []
    names = set[str]()
    for setting, own in by_setting(study).items():
        blocks = further_blocks(study, rule.max_replicates) if rule else ()
        cells = [*own, *(replace(own[0], replicates=block) for block in blocks)]
        have = [cell for cell in cells if cell.key in complete]
        wanted, worst, reached, capped = own, None, None, False
        if rule:
            growth = SettingGrowth(rule, study, own)
            while not growth.closed and all(cell.key in complete for cell in growth.stage):
                growth.decide(store)
            precisions = growth.found if growth.closed else growth.assess(store, have)
            names |= growth.names
            worst = precisions[0] if precisions else None
            reached = all(one.reached for one in precisions) if precisions else None
            wanted = _wanted(growth, cells, have, precisions)
            capped = wanted is not None and not reached and _required(have, precisions) > _count(wanted)
        lacking = None if wanted is None else [cell for cell in wanted if cell.key not in complete]
        seconds = sum(complete[cell.key].seconds for cell in have) / _count(have) if have else math.nan
        found.append(SettingPlan(
            setting=setting,
            stored=_count(have),
            failed=sum(complete[cell.key].n_failed for cell in have),
            needed=None if wanted is None else _count(wanted),
            blocks_to_add=None if lacking is None else len(lacking),
            reached=reached,
            capped=capped,
            worst=worst,
            seconds=math.nan if lacking is None else _count(lacking) * seconds if lacking else 0.0,
        ))
    unknown = sorted(rule.targets.names - names) if rule and names else []
    if unknown:
        raise ValueError(f"--target-mcse must name values that are measured, {', '.join(sorted(names))}; "
                         f"got {', '.join(unknown)}; correct it")
    return tuple(found)


def _wanted(
    growth: SettingGrowth, cells: Sequence[Cell], have: Sequence[Cell], precisions: Sequence[Precision]
) -> list[Cell] | None:
    """The cells that a setting has in the end, as far as that can be told; None if nothing is known of its values."""
    if growth.closed:
        return list(growth.stage)
    if not precisions:
        return None
    required = _required(have, precisions)
    return [cell for place, cell in enumerate(cells) if place < len(growth.stage) or _count(cells[:place]) < required]


def _required(have: Sequence[Cell], precisions: Sequence[Precision]) -> float:
    """Replicates, failed ones among them, that the targets are expected to take."""
    return max((one.required * _count(have) / one.n for one in precisions), default=0.0)


def _count(cells: Sequence[Cell]) -> int:
    return sum(len(cell.replicates) for cell in cells)
