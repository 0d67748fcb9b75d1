"""Whether rows that were computed twice are equal: to the bit, times (``….seconds``) aside."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Mapping
from typing import Any

from lsdm_stats.study.storage.results import Result, is_timing

Rows = Mapping[tuple[int, str], Any]
"""Numbers and arrays of one metric of one cell in the form in which they are stored, by replicate and value name."""

OTHER_FAILURES = "other replicates failed than before, or for other reasons"


def stored_rows(connection: sqlite3.Connection, measure: int) -> Rows:
    """The rows of one metric of one stored cell."""
    found: dict[tuple[int, str], Any] = {}
    numbers = "SELECT replicate, name, value FROM numbers WHERE measure = ?"
    for replicate, name, value in connection.execute(numbers, (measure,)):
        found[replicate, name] = value
    arrays = "SELECT replicate, name, shape, data FROM arrays WHERE measure = ?"
    for replicate, name, *array in connection.execute(arrays, (measure,)):
        found[replicate, name] = tuple(array)
    return found


def new_rows(result: Result, metric: str) -> Rows:
    """The rows of one metric (digest) of a cell that was just computed."""
    numbers = {
        (replicate, name): nullable(value) for owner, replicate, name, value in result["numbers"] if owner == metric
    }
    arrays = {
        (replicate, name): (json.dumps(shape), data)
        for owner, replicate, name, shape, data in result["pictures"]
        if owner == metric
    }
    return {**numbers, **arrays}


def nullable(value: float) -> float | None:
    """A number as it is stored: NULL for NaN."""
    return None if value != value else value


def first_difference(old: Rows, new: Rows) -> list[str]:
    """The first difference in words, or nothing."""
    for replicate, name in sorted(old.keys() | new.keys()):
        before, after = (rows.get((replicate, name), "absent") for rows in (old, new))
        if is_timing(name) and "absent" not in (before, after):
            continue
        if before != after:
            shown = "" if isinstance(before, tuple) or isinstance(after, tuple) else f": {before!r} became {after!r}"
            return [f"{name} of replicate {replicate} differs{shown}"]
    return []
