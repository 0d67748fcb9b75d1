"""The store: every finished cell once, in one transaction, with its rows, its failures and its provenance.

Nothing in it is pickled, so that opening somebody's store runs nothing. What has been stored is never changed: rows of
a cell that was computed again are added only if its old rows came out equal, times (``….seconds``) aside.
"""

from __future__ import annotations

import json
from collections.abc import Generator, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import numpy as np

from lsdm_stats.study.database import connect, explained
from lsdm_stats.study.design import Cell
from lsdm_stats.study.provenance import FIELDS
from lsdm_stats.study.results import Number, Picture, Result, RowsDiffer, StoredCell, is_timing


class Store:
    """A file of results; use it in a ``with`` statement.

    Parameters
    ----------
    path : Path
        The file.
    writable : bool
        Whether rows are to be added; the file and its folder are then made if there are none.

    Raises
    ------
    ValueError
        One line, if the file is no store, damaged, of a newer version or (for reading) absent; it is left untouched.
    """

    def __init__(self, path: Path, *, writable: bool = False) -> None:
        self.path = path
        self._connection = connect(path, writable=writable)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the file."""
        self._connection.close()

    def cells(self) -> dict[str, StoredCell]:
        """Every stored cell by its key, in the order in which they were stored."""
        with explained(self.path):
            metrics: dict[int, set[str]] = {}
            for cell, metric in self._connection.execute("SELECT cell, metric FROM measures"):
                metrics.setdefault(cell, set()).add(metric)
            failed = dict(self._connection.execute("SELECT cell, count(*) FROM failures GROUP BY cell"))
            rows = self._connection.execute("SELECT id, key, label, status, reason, seconds FROM cells ORDER BY id")
            return {
                key: StoredCell(
                    key, label, status, reason, seconds, frozenset(metrics.get(cell, ())), failed.get(cell, 0)
                )
                for cell, key, label, status, reason, seconds in rows
            }

    def blocks(self) -> frozenset[tuple[int, ...]]:
        """Every block of replicates that some stored cell has."""
        with explained(self.path):
            rows = self._connection.execute("SELECT DISTINCT replicates FROM cells")
            return frozenset(tuple(json.loads(replicates)) for (replicates,) in rows)

    def numbers(self, keys: Iterable[str], metrics: Iterable[str]) -> Iterator[tuple[str, Number]]:
        """Every number of some cells and metrics (digests), with the key of its cell."""
        query = f"SELECT key, metric, replicate, name, value FROM numbers {_SELECTED}"
        for key, metric, replicate, name, value in self._rows(query, keys, metrics):
            yield key, Number(metric, replicate, name, np.nan if value is None else value)

    def pictures(self, keys: Iterable[str], metrics: Iterable[str]) -> Iterator[tuple[str, Picture]]:
        """Every array of some cells and metrics (digests), with the key of its cell."""
        query = f"SELECT key, metric, replicate, name, shape, data FROM arrays {_SELECTED}"
        for key, metric, replicate, name, shape, data in self._rows(query, keys, metrics):
            yield key, Picture(metric, replicate, name, tuple(json.loads(shape)), data)

    def failures(self, keys: Iterable[str]) -> Iterator[tuple[str, int, str]]:
        """Key, replicate and reason of every failed replicate of some cells."""
        query = f"""SELECT key, replicate, failures.reason FROM failures JOIN cells ON cells.id = cell
                    WHERE key IN {_LISTED}"""
        yield from self._rows(query, keys)

    def provenance(self) -> dict[str, dict[str, str]]:
        """When, where and with what each cell was fitted, by key."""
        query = (
            f"SELECT key, started, {', '.join(FIELDS)} FROM cells JOIN provenance ON provenance.id = cells.provenance"
        )
        with explained(self.path):
            return {
                key: dict(zip(("started", *FIELDS), values, strict=True))
                for key, *values in self._connection.execute(query)
            }

    def record(self, cell: Cell, result: Result, *, label: str) -> None:
        """Store what computing a cell returned: all of it, or nothing.

        A cell that was stored as failed is replaced. To a cell that was stored as done only new metrics are added.

        Raises
        ------
        RowsDiffer
            If the cell is stored and its old rows differ from those of `result`.
        """
        with self._transaction():
            stored = self._connection.execute("SELECT id, status FROM cells WHERE key = ?", (cell.key,)).fetchone()
            if stored is not None and stored[1] == "done":
                number, known = stored[0], self._same(stored[0], cell, result)
            else:
                self._connection.execute("DELETE FROM cells WHERE key = ?", (cell.key,))
                number, known = self._add_cell(cell, result, label), frozenset[str]()
            self._add_rows(number, result, [metric for metric in result["metrics"] if metric not in known])

    def differences(self, cell: Cell, result: Result) -> tuple[str, ...]:
        """Where a result differs from the stored rows of its cell, metric by metric; empty if it reproduces them.

        Raises
        ------
        ValueError
            If the cell is not stored.
        """
        with explained(self.path):
            row = self._connection.execute("SELECT id, status, reason FROM cells WHERE key = ?", (cell.key,)).fetchone()
            if row is None:
                raise ValueError(
                    f"the cell must be stored to be compared; {cell.key[:12]} is not; run it with `lsdm run`"
                )
            number, status, reason = row
            if (status, reason) != (result["status"], result["reason"]):
                return (f"stored: {status} ({reason}); now: {result['status']} ({result['reason']})",)
            return self._differences(number, result)

    def _same(self, number: int, cell: Cell, result: Result) -> frozenset[str]:
        """The metrics that are stored already, after a check that the new result has the same rows of them."""
        failed = result["status"] == "failed"
        different = (f"it failed: {result['reason']}",) if failed else self._differences(number, result)
        if different:
            raise RowsDiffer(
                f"cell {cell.key[:12]} ({cell}) was computed again and {different[0]}; its new rows are refused "
                "and the stored ones kept; raise `revision` of what changed, or use another --store"
            )
        measures = self._connection.execute("SELECT metric FROM measures WHERE cell = ?", (number,))
        return frozenset(metric for (metric,) in measures)

    def _differences(self, number: int, result: Result) -> tuple[str, ...]:
        select = self._connection.execute
        failures = select("SELECT replicate, reason FROM failures WHERE cell = ?", (number,))
        if sorted(failures) != sorted(result["failures"]):
            return ("other replicates failed than before, or for other reasons",)
        measures = dict(select("SELECT metric, id FROM measures WHERE cell = ?", (number,)))
        found: list[str] = []
        for metric in [metric for metric in result["metrics"] if metric in measures]:
            measure = (measures[metric],)
            old: dict[tuple[int, str], Any] = {}
            for replicate, name, value in select(
                "SELECT replicate, name, value FROM numbers WHERE measure = ?", measure
            ):
                old[replicate, name] = value
            for replicate, name, *array in select(
                "SELECT replicate, name, shape, data FROM arrays WHERE measure = ?", measure
            ):
                old[replicate, name] = tuple(array)
            found += _first_difference(old, _comparable(result, metric))
        return tuple(found)

    def _add_cell(self, cell: Cell, result: Result, label: str) -> int:
        row = {
            "key": cell.key,
            "label": label,
            "source": cell.source.digest,
            "method": cell.method.digest,
            "n_paired": cell.setting.n_paired,
            "n_unpaired": cell.setting.n_unpaired,
            "seed": cell.seed,
            "n_test": cell.n_test,
            "replicates": json.dumps(cell.replicates),
            "status": result["status"],
            "reason": result["reason"],
            "seconds": result["seconds"],
            "started": result["started"],
            "provenance": self._provenance(result),
        }
        query = f"INSERT INTO cells ({', '.join(row)}) VALUES ({', '.join('?' * len(row))})"
        number = self._inserted(query, tuple(row.values()))
        self._connection.executemany(
            "INSERT INTO failures VALUES (?, ?, ?)",
            [(number, replicate, reason) for replicate, reason in result["failures"]],
        )
        return number

    def _add_rows(self, number: int, result: Result, metrics: list[str]) -> None:
        origin = self._provenance(result)
        query = "INSERT INTO measures (cell, metric, provenance) VALUES (?, ?, ?)"
        new = {metric: self._inserted(query, (number, metric, origin)) for metric in metrics}
        self._connection.executemany(
            "INSERT INTO numbers VALUES (?, ?, ?, ?)",
            [
                (new[metric], replicate, name, _nullable(value))
                for metric, replicate, name, value in result["numbers"]
                if metric in new
            ],
        )
        self._connection.executemany(
            "INSERT INTO arrays VALUES (?, ?, ?, ?, ?)",
            [
                (new[metric], replicate, name, json.dumps(shape), data)
                for metric, replicate, name, shape, data in result["pictures"]
                if metric in new
            ],
        )

    def _inserted(self, query: str, values: tuple[object, ...]) -> int:
        number = self._connection.execute(query, values).lastrowid
        assert number is not None
        return number

    def _provenance(self, result: Result) -> int:
        values = tuple(result["provenance"][name] for name in FIELDS)
        holes = ", ".join("?" * len(FIELDS))
        self._connection.execute(f"INSERT OR IGNORE INTO provenance ({', '.join(FIELDS)}) VALUES ({holes})", values)
        query = f"SELECT id FROM provenance WHERE ({', '.join(FIELDS)}) = ({holes})"
        return int(self._connection.execute(query, values).fetchone()[0])

    def _rows(self, query: str, *selected: Iterable[str]) -> Iterator[Any]:
        with explained(self.path):
            yield from self._connection.execute(query, tuple(json.dumps(list(values)) for values in selected))

    @contextmanager
    def _transaction(self) -> Generator[None]:
        with explained(self.path):
            self._connection.execute("BEGIN IMMEDIATE")
            try:
                yield
            except BaseException:
                if self._connection.in_transaction:
                    self._connection.execute("ROLLBACK")
                raise
            self._connection.execute("COMMIT")


_LISTED = "(SELECT value FROM json_each(?))"
_SELECTED = f"""JOIN measures ON measures.id = measure JOIN cells ON cells.id = cell
                WHERE key IN {_LISTED} AND metric IN {_LISTED}"""


def _nullable(value: float) -> float | None:
    return None if value != value else value


def _comparable(result: Result, metric: str) -> dict[tuple[int, str], Any]:
    """Numbers and arrays of one metric in the form in which they are stored."""
    numbers = {
        (replicate, name): _nullable(value) for owner, replicate, name, value in result["numbers"] if owner == metric
    }
    arrays = {
        (replicate, name): (json.dumps(shape), data)
        for owner, replicate, name, shape, data in result["pictures"]
        if owner == metric
    }
    return {**numbers, **arrays}


def _first_difference(old: dict[tuple[int, str], Any], new: dict[tuple[int, str], Any]) -> list[str]:
    for replicate, name in sorted(old.keys() | new.keys()):
        before, after = (rows.get((replicate, name), "absent") for rows in (old, new))
        if is_timing(name) and "absent" not in (before, after):
            continue
        if before != after:
            shown = "" if isinstance(before, tuple) or isinstance(after, tuple) else f": {before!r} became {after!r}"
            return [f"{name} of replicate {replicate} differs{shown}"]
    return []
