"""The store: every finished cell once, in one transaction, with its rows, its failures and its provenance.

Nothing in it is pickled, so that opening somebody's store runs nothing. What has been stored is never changed: rows of
a cell that was computed again are added only if its old rows came out equal, times (``….seconds``) aside.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Generator, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import numpy as np

from lsdm_stats.study.design import Cell
from lsdm_stats.study.storage.claiming import claim
from lsdm_stats.study.storage.comparing import OTHER_FAILURES, first_difference, new_rows, nullable, stored_rows
from lsdm_stats.study.storage.database import check_rows, check_whole, connect, damaged, explained, roll_back
from lsdm_stats.study.storage.provenance import FIELDS
from lsdm_stats.study.storage.results import Number, Picture, Result, RowsDiffer, StoredCell
from lsdm_stats.study.storage.schema import TABLES


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
        One line, if the file is no store, damaged, of another version, (for reading) absent or (for writing) being
        written to by another; it is left untouched.

    Examples
    --------
    >>> from pathlib import Path
    >>> from tempfile import TemporaryDirectory
    >>> from lsdm_stats.study import failed_result, find_studies
    >>> study = find_studies(("phase_transition",))[0].study("quick")
    >>> with TemporaryDirectory() as folder, Store(Path(folder) / "rows.sqlite", writable=True) as store:
    ...     store.record(study.cells()[0], failed_result(study.cells()[0], "no data"), label="by hand")
    ...     [(cell.status, cell.reason) for cell in store.cells().values()]
    [('failed', 'no data')]
    """

    def __init__(self, path: Path, *, writable: bool = False) -> None:
        self.path = path
        self._unchecked = set[str]() if writable else set(TABLES)
        self._release = claim(path) if writable else None
        try:
            self._connection = connect(path, writable=writable)
        except BaseException:
            self._let_go()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the file."""
        self._connection.close()
        self._let_go()

    def cells(self) -> dict[str, StoredCell]:
        """Every stored cell by its key, in the order in which they were stored."""
        self._check("cells", "measures", "failures")
        with explained(self.path):
            # Thousands of cells have few sets of metrics among them: each is made once.
            sets: dict[str | None, frozenset[str]] = {None: frozenset()}
            listed = dict(self._connection.execute("SELECT cell, group_concat(metric) FROM measures GROUP BY cell"))
            for text in set(listed.values()):
                if text is None:  # read from the index, which the check of the table does not see
                    raise damaged(self.path, "an index names a metric that is none")
                sets[text] = frozenset(text.split(","))
            failed = dict(self._connection.execute("SELECT cell, count(*) FROM failures GROUP BY cell"))
            rows = self._connection.execute("SELECT id, key, label, status, reason, seconds FROM cells ORDER BY id")
            return {
                key: StoredCell(
                    key, label, status, reason, seconds, sets[listed.get(cell)], failed.get(cell, 0)
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
        self._check("cells", "measures", "numbers")
        query = f"SELECT key, metric, replicate, name, value FROM numbers {_SELECTED}"
        for key, metric, replicate, name, value in self._rows(query, keys, metrics):
            yield key, Number(metric, replicate, name, np.nan if value is None else value)

    def pictures(self, keys: Iterable[str], metrics: Iterable[str]) -> Iterator[tuple[str, Picture]]:
        """Every array of some cells and metrics (digests), with the key of its cell."""
        self._check("cells", "measures", "arrays")
        query = f"SELECT key, metric, replicate, name, shape, data FROM arrays {_SELECTED}"
        for key, metric, replicate, name, shape, data in self._rows(query, keys, metrics):
            try:
                picture = Picture(metric, replicate, name, tuple(json.loads(shape)), data)
                picture.array()
            except (TypeError, ValueError):
                raise damaged(self.path, f"the array {name} of cell {key[:12]} does not have its shape") from None
            yield key, picture

    def names(self, metrics: Iterable[str]) -> Iterator[tuple[str, str, str]]:
        """Every value name of some metrics (digests): metric, name and whether it is of a number or an array."""
        self._check("measures", "numbers", "arrays")
        for kind, rows in (("real", "numbers"), ("list of real", "arrays")):
            query = f"""SELECT DISTINCT metric, name FROM {rows} JOIN measures ON measures.id = measure
                        WHERE metric IN {_LISTED}"""
            yield from ((metric, name, kind) for metric, name in self._rows(query, metrics))

    def failures(self, keys: Iterable[str]) -> Iterator[tuple[str, int, str]]:
        """Key, replicate and reason of every failed replicate of some cells."""
        self._check("cells", "failures")
        query = f"""SELECT key, replicate, failures.reason FROM failures JOIN cells ON cells.id = cell
                    WHERE key IN {_LISTED}"""
        yield from self._rows(query, keys)

    def provenance(self) -> dict[str, dict[str, str]]:
        """When, where and with what each cell was fitted, by key."""
        self._check("cells", "provenance")
        query = (
            f"SELECT key, started, {', '.join(FIELDS)} FROM cells "
            "LEFT JOIN provenance ON provenance.id = cells.provenance"
        )
        with explained(self.path):
            rows = self._connection.execute(query).fetchall()
        if any(row[-1] is None for row in rows):
            raise damaged(self.path, "a cell has no provenance")
        return {key: dict(zip(("started", *FIELDS), values, strict=True)) for key, *values in rows}

    def record(self, cell: Cell, result: Result, *, label: str) -> None:
        """Store what computing a cell returned: all of it, or nothing.

        A cell that was stored as failed is replaced. To a cell that was stored as done only new metrics are added.

        Raises
        ------
        RowsDiffer
            If the cell is stored and its old rows differ from those of `result`.
        """
        with self.transaction():
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
        self._check(*TABLES)
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
            return (OTHER_FAILURES,)
        measures = dict(select("SELECT metric, id FROM measures WHERE cell = ?", (number,)))
        found: list[str] = []
        for metric in [metric for metric in result["metrics"] if metric in measures]:
            found += first_difference(stored_rows(self._connection, measures[metric]), new_rows(result, metric))
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
                (new[metric], replicate, name, nullable(value))
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
    def transaction(self) -> Generator[sqlite3.Connection]:
        """Write in a block of statements: all of it is stored, or nothing."""
        yield from self._within("BEGIN IMMEDIATE")

    @contextmanager
    def snapshot(self) -> Generator[sqlite3.Connection]:
        """Read in a block of statements what is stored at its beginning, whoever writes meanwhile; it is whole."""
        with explained(self.path):
            check_whole(self._connection, self.path)
        yield from self._within("BEGIN")

    def _within(self, begin: str) -> Generator[sqlite3.Connection]:
        with explained(self.path):
            self._connection.execute(begin)
            try:
                yield self._connection
                self._connection.execute("COMMIT")
            except BaseException:
                roll_back(self._connection)
                raise

    def _check(self, *tables: str) -> None:
        """Look at the types of all values of tables that are read for the first time."""
        with explained(self.path):
            check_rows(self._connection, self.path, *(table for table in tables if table in self._unchecked))
        self._unchecked -= set(tables)

    def _let_go(self) -> None:
        if self._release:
            self._release()
            self._release = None


_LISTED = "(SELECT value FROM json_each(?))"
_SELECTED = f"""JOIN measures ON measures.id = measure JOIN cells ON cells.id = cell
                WHERE key IN {_LISTED} AND metric IN {_LISTED}"""

