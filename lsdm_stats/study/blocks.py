"""Blocks of replicates beyond those that a study asks for: what `lsdm run --target-mcse` adds, setting by setting.

They are the whole blocks that the study would have with more `replicates`, under the same keys. Where the study's own
last block is not whole, the replicates from there to the next multiple of `block` are left out.
"""

from __future__ import annotations

from collections.abc import Container, Iterable, Iterator
from dataclasses import replace

from lsdm_stats.study.design import Cell, Setting, Study, cell_key


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
    """The stored further cells of a study, given every block of replicates that the store has.

    Parameters
    ----------
    study : Study
        Which.
    stored : container of str
        Keys of stored cells.
    blocks : iterable of tuple of int
        Blocks of replicates that some stored cell has (`Store.blocks`).

    Returns
    -------
    tuple of Cell
        Of replicates beyond the study's own.

    Examples
    --------
    >>> from lsdm_stats.study import find_studies
    >>> study = find_studies(("phase_transition",))[0].study("quick")
    >>> stored_further(study, {}, [])
    ()
    """
    return tuple(replace(own, replicates=block) for own, block, _ in _further(study, stored, blocks))


def further_keys(study: Study, stored: Container[str], blocks: Iterable[tuple[int, ...]]) -> tuple[str, ...]:
    """The keys of the stored further cells of a study, as `stored_further` has them."""
    return tuple(key for _, _, key in _further(study, stored, blocks))


def _further(
    study: Study, stored: Container[str], blocks: Iterable[tuple[int, ...]]
) -> Iterator[tuple[Cell, tuple[int, ...], str]]:
    """A cell of the same setting, block and key of every stored further cell; cells themselves cost more than keys."""
    known = set(blocks)
    wanted = sorted(known.intersection(further_blocks(study, max((block[-1] + 1 for block in known), default=0))))
    for own, *_ in by_setting(study).values() if wanted else ():
        setting, source, method = own.setting, own.source.digest, own.method.digest
        for block in wanted:
            key = cell_key(source, setting.n_paired, setting.n_unpaired, method, own.seed, block, own.n_test)
            if key in stored:
                yield own, block, key
