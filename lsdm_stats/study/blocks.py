"""Blocks of replicates beyond those that a study asks for: what `lsdm run --target-mcse` adds, setting by setting.

They are the whole blocks that the study would have with more `replicates`, under the same keys. Where the study's own
last block is not whole, the replicates from there to the next multiple of `block` are left out.
"""

from __future__ import annotations

from collections.abc import Container, Iterable
from dataclasses import replace

from lsdm_stats.study.design import Cell, Setting, Study


def further_blocks(study: Study, max_replicates: int) -> tuple[tuple[int, ...], ...]:
    """The whole blocks after a study's own that end within a number of replicates."""
    first = -(-study.replicates // study.block) * study.block
    starts = range(first, max_replicates - study.block + 1, study.block)
    return tuple(tuple(range(start, start + study.block)) for start in starts)


def by_setting(study: Study) -> dict[Setting, list[Cell]]:
    """The study's own cells by setting, in the order of its factors."""
    found: dict[Setting, list[Cell]] = {}
    for cell in study.cells():
        found.setdefault(cell.setting, []).append(cell)
    return found


def with_further(study: Study, stored: Container[str], max_replicates: int | None) -> tuple[Cell, ...]:
    """A study's own cells, stored or not, and after those of each setting its further ones that are stored."""
    if max_replicates is None:
        return study.cells()
    blocks = further_blocks(study, max_replicates)
    found: list[Cell] = []
    for own in by_setting(study).values():
        further = (replace(own[0], replicates=block) for block in blocks)
        found += [*own, *(cell for cell in further if cell.key in stored)]
    return tuple(found)


def stored_further(study: Study, stored: Container[str], blocks: Iterable[tuple[int, ...]]) -> tuple[Cell, ...]:
    """The stored further cells of a study, given every block of replicates that the store has."""
    known = set(blocks)
    wanted = known.intersection(further_blocks(study, max((block[-1] + 1 for block in known), default=0)))
    if not wanted:
        return ()
    candidates = (replace(own[0], replicates=block) for own in by_setting(study).values() for block in sorted(wanted))
    return tuple(cell for cell in candidates if cell.key in stored)
