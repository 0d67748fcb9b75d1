"""Stores into one: every cell once, every metric of it, with where and with what each was computed; all or nothing."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from lsdm_stats.study.design import cell_key
from lsdm_stats.study.storage.claiming import new_file
from lsdm_stats.study.storage.comparing import OTHER_FAILURES, first_difference, stored_rows
from lsdm_stats.study.storage.database import damaged, explained
from lsdm_stats.study.storage.provenance import FIELDS
from lsdm_stats.study.storage.results import RowsDiffer
from lsdm_stats.study.storage.store import Store

_IDENTITY = ("source", "n_paired", "n_unpaired", "method", "seed", "replicates", "n_test")
_CELL: tuple[str, ...] = ("key", "label", *_IDENTITY, "status", "reason", "seconds", "started", "provenance")
_NUMBERS = ("numbers", "replicate", "name", "value")
_ARRAYS = ("arrays", "replicate", "name", "shape", "data")
_SHOWN = 3


@dataclass(frozen=True)
class Merged:
    """What a merge did.

    Parameters
    ----------
    added : int
        Cells that the store did not have.
    replaced : int
        Cells that it had as failed and now has as done.
    extended : int
        Cells that it had, and of which it got further metrics.
    known : int
        Cells that brought nothing new: equal, or failed.

    Examples
    --------
    >>> Merged(added=2) + Merged(added=1, known=4)
    Merged(added=3, replaced=0, extended=0, known=4)
    """

    added: int = 0
    replaced: int = 0
    extended: int = 0
    known: int = 0

    def __add__(self, other: Merged) -> Merged:
        return Merged(self.added + other.added, self.replaced + other.replaced, self.extended + other.extended,
                      self.known + other.known)


def merge(inputs: Sequence[Path], store: Path) -> Merged:
    """Bring the cells of some stores into one, made if there is none; the inputs are only read.

    Of a cell that several have, the rows of each metric must be equal, times (``….seconds``) aside; they are stored
    once, as they came first. A done cell replaces a failed one, never the other way round.

    Parameters
    ----------
    inputs : sequence of Path
        Stores to read.
    store : Path
        The store to write; none of the inputs.

    Returns
    -------
    Merged
        How many cells were added, replaced, extended or known.

    Raises
    ------
    RowsDiffer
        If a cell has other rows in one store than in another: nothing is written.
    ValueError
        If a store cannot be used, or `store` is among the inputs.

    Examples
    --------
    >>> from pathlib import Path
    >>> from tempfile import TemporaryDirectory
    >>> from lsdm_stats.study import Store, failed_result, find_studies
    >>> first, second = find_studies(("phase_transition",))[0].study("quick").cells()[:2]
    >>> with TemporaryDirectory() as folder:
    ...     parts = [Path(folder) / name for name in ("a.sqlite", "b.sqlite")]
    ...     for part, cell in zip(parts, (first, second), strict=True):
    ...         with Store(part, writable=True) as store:
    ...             store.record(cell, failed_result(cell, "no data"), label="by hand")
    ...     merge(parts, Path(folder) / "all.sqlite").added
    2
    """
    if not inputs:
        raise ValueError("one or more stores to merge are required; got none; name them")
    if store.exists() and any(path.exists() and path.samefile(store) for path in inputs):
        raise ValueError(
            f"the store that is written must be none of those that are read; {store} is both; leave it out of the "
            "inputs: what it has stays in it"
        )
    if store.exists():
        return _merge_into(store, inputs)
    with new_file(store) as partial:
        return _merge_into(partial, inputs)


def _merge_into(path: Path, inputs: Sequence[Path]) -> Merged:
    merged, different = Merged(), list[str]()
    with Store(path, writable=True) as target, target.transaction() as out:
        for place in inputs:
            with Store(place) as opened, opened.snapshot() as source:
                merged += _Input(place, source, out, different).absorb()
        if different:
            more = f", and {len(different) - _SHOWN} more" if len(different) > _SHOWN else ""
            raise RowsDiffer(
                f"the stores must have equal rows of a cell; {'; '.join(different[:_SHOWN])}{more}; nothing was "
                "written; raise `revision` of what changed, or keep these stores apart"
            )
    return merged


class _Input:
    """One store that is read into another, within one transaction of that other."""

    def __init__(
        self, path: Path, source: sqlite3.Connection, out: sqlite3.Connection, different: list[str]
    ) -> None:
        self._path = path
        self._source = source
        self._out = out
        self._different = different

    def absorb(self) -> Merged:
        known = {key: (cell, status) for key, cell, status in self._out.execute("SELECT key, id, status FROM cells")}
        origins = self._origins()
        measures = self._measures()
        rows = self._read(_select("cells", "id", *_CELL))
        cells = [(cell, dict(zip(_CELL, row, strict=True))) for cell, *row in rows]
        added: dict[int, dict[str, Any]] = {}
        targets: dict[int, tuple[int, str]] = {}
        n_replaced = n_extended = n_known = 0
        for cell, row in cells:
            self._check(row)
            there, status = known.get(row["key"], (None, None))
            if there is None or (status, row["status"]) == ("failed", "done"):
                if there is not None:
                    self._out.execute("DELETE FROM cells WHERE id = ?", (there,))
                    n_replaced += 1
                added[cell] = row
                continue
            new = self._further(there, cell, row, measures) if (status, row["status"]) == ("done", "done") else {}
            targets |= {measure: (there, metric) for metric, measure in new.items()}
            n_extended += bool(new)
            n_known += not new
        targets |= self._add_cells(added, origins, measures)
        self._add_measures(targets, origins)
        return Merged(len(added) - n_replaced, n_replaced, n_extended, n_known)

    def _check(self, row: Mapping[str, Any]) -> None:
        """Whether the key is that of what is stored with it, so that a damaged row is merged with nothing."""
        try:
            identity = {**row, "replicates": json.loads(row["replicates"])}
            key = cell_key(**{name: identity[name] for name in _IDENTITY})
        except (TypeError, ValueError):
            key = ""
        if key != row["key"]:
            raise damaged(self._path, f"the key of a cell, {str(row['key'])[:12]}, is not that of its content")

    def _further(
        self, there: int, cell: int, row: Mapping[str, Any], measures: Mapping[int, Mapping[str, int]]
    ) -> dict[str, int]:
        """The metrics that a cell has only here, after a check that the others are the same in both stores."""
        failures = "SELECT replicate, reason FROM failures WHERE cell = ? ORDER BY replicate"
        problems: list[str] = []
        if self._out.execute(failures, (there,)).fetchall() != list(self._read(failures, cell)):
            problems = [OTHER_FAILURES]
        stored = dict(self._out.execute("SELECT metric, id FROM measures WHERE cell = ?", (there,)))
        own = measures.get(cell, {})
        for metric in [metric for metric in own if metric in stored]:
            with explained(self._path):
                rows = stored_rows(self._source, own[metric])
            problems += first_difference(stored_rows(self._out, stored[metric]), rows)
        if problems:
            name = f"{row['key'][:12]} ({row['label']})"
            self._different.append(f"{self._path} has {name} with other rows: {problems[0]}")
        return {metric: measure for metric, measure in own.items() if metric not in stored}

    def _add_cells(
        self, added: Mapping[int, dict[str, Any]], origins: Mapping[int, int], measures: Mapping[int, Mapping[str, int]]
    ) -> dict[int, tuple[int, str]]:
        """Store new cells with their failed replicates; the measures that are then to be stored, with their cells."""
        first = self._next("cells")
        places = {cell: first + index for index, cell in enumerate(added)}
        self._out.executemany(
            _insert("cells", "id", *_CELL),
            (
                (places[cell], *(row | {"provenance": origins.get(row["provenance"])}).values())
                for cell, row in added.items()
            ),
        )
        failures = self._read(_select("failures", "cell", "replicate", "reason"))
        self._out.executemany(
            _insert("failures", "cell", "replicate", "reason"),
            ((places[cell], *row) for cell, *row in failures if cell in places),
        )
        return {
            measure: (places[cell], metric) for cell in added for metric, measure in measures.get(cell, {}).items()
        }

    def _add_measures(self, targets: Mapping[int, tuple[int, str]], origins: Mapping[int, int]) -> None:
        first = self._next("measures")
        places = {measure: first + index for index, measure in enumerate(targets)}
        made = dict(self._read(_select("measures", "id", "provenance")))
        self._out.executemany(
            _insert("measures", "id", "cell", "metric", "provenance"),
            ((places[measure], *target, origins.get(made[measure])) for measure, target in targets.items()),
        )
        for table, *names in (_NUMBERS, _ARRAYS):
            rows = self._read(_select(table, "measure", *names))
            self._out.executemany(
                _insert(table, "measure", *names),
                ((places[measure], *row) for measure, *row in rows if measure in places),
            )

    def _origins(self) -> dict[int, int]:
        """The provenances of the input by their numbers, with the numbers they have in the store that is written."""
        found: dict[int, int] = {}
        for number, *values in self._read(_select("provenance", "id", *FIELDS)):
            self._out.execute(_insert("provenance", *FIELDS).replace("INSERT", "INSERT OR IGNORE"), values)
            query = f"SELECT id FROM provenance WHERE ({', '.join(FIELDS)}) = ({', '.join('?' * len(FIELDS))})"
            found[number] = self._out.execute(query, values).fetchone()[0]
        return found

    def _measures(self) -> dict[int, dict[str, int]]:
        """For each cell of the input its metrics and the numbers of their measures."""
        found: dict[int, dict[str, int]] = {}
        for number, cell, metric in self._read(_select("measures", "id", "cell", "metric")):
            found.setdefault(cell, {})[metric] = number
        return found

    def _next(self, table: str) -> int:
        return self._out.execute(f"SELECT coalesce(max(id), 0) + 1 FROM {table}").fetchone()[0]

    def _read(self, query: str, *values: object) -> Iterator[Any]:
        with explained(self._path):
            yield from self._source.execute(query, values)


def _select(table: str, *names: str) -> str:
    return f"SELECT {', '.join(names)} FROM {table} ORDER BY {names[0]}"


def _insert(table: str, *names: str) -> str:
    return f"INSERT INTO {table} ({', '.join(names)}) VALUES ({', '.join('?' * len(names))})"
