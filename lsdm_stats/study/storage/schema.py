"""What a store's tables are, by version, and how an older version becomes the next."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping
from contextlib import closing
from functools import cache

from lsdm_stats.study.storage.provenance import FIELDS

APPLICATION_ID = 0x4C53444D  # "LSDM"
SCHEMA_VERSION = 1

STEPS: Mapping[int, tuple[str, ...]] = {}
"""Statements that bring a store of one version to the next; `lsdm migrate` runs them on a copy."""

# A NaN is stored as NULL, which is what SQLite makes of it; infinities are stored as they are.
SCHEMA = f"""
CREATE TABLE provenance (
    id INTEGER PRIMARY KEY, {", ".join(f"{name} TEXT NOT NULL" for name in FIELDS)}, UNIQUE ({", ".join(FIELDS)})
);
CREATE TABLE cells (
    id INTEGER PRIMARY KEY,
    key TEXT NOT NULL UNIQUE,
    label TEXT NOT NULL,
    source TEXT NOT NULL,
    method TEXT NOT NULL,
    n_paired INTEGER NOT NULL,
    n_unpaired INTEGER NOT NULL,
    seed INTEGER NOT NULL,
    n_test INTEGER NOT NULL,
    replicates TEXT NOT NULL,
    status TEXT NOT NULL CHECK (status IN ('done', 'failed')),
    reason TEXT,
    seconds REAL NOT NULL,
    started TEXT NOT NULL,
    provenance INTEGER NOT NULL REFERENCES provenance (id)
);
CREATE TABLE measures (
    id INTEGER PRIMARY KEY,
    cell INTEGER NOT NULL REFERENCES cells (id) ON DELETE CASCADE,
    metric TEXT NOT NULL,
    provenance INTEGER NOT NULL REFERENCES provenance (id),
    UNIQUE (cell, metric)
);
CREATE TABLE numbers (
    measure INTEGER NOT NULL REFERENCES measures (id) ON DELETE CASCADE,
    replicate INTEGER NOT NULL,
    name TEXT NOT NULL,
    value REAL,
    PRIMARY KEY (measure, replicate, name)
) WITHOUT ROWID;
CREATE TABLE arrays (
    measure INTEGER NOT NULL REFERENCES measures (id) ON DELETE CASCADE,
    replicate INTEGER NOT NULL,
    name TEXT NOT NULL,
    shape TEXT NOT NULL,
    data BLOB NOT NULL,
    PRIMARY KEY (measure, replicate, name)
);
CREATE TABLE failures (
    cell INTEGER NOT NULL REFERENCES cells (id) ON DELETE CASCADE,
    replicate INTEGER NOT NULL,
    reason TEXT NOT NULL,
    PRIMARY KEY (cell, replicate)
) WITHOUT ROWID;
"""


TABLES = ("provenance", "cells", "measures", "numbers", "arrays", "failures")


@cache
def unsound(table: str) -> str:
    """The condition that a row has a value of another type than its column, which SQLite itself lets pass.

    Examples
    --------
    >>> unsound("measures")[:76]
    "typeof(id) != 'integer' OR typeof(cell) != 'integer' OR typeof(metric) != 't"
    """
    with closing(sqlite3.connect(":memory:")) as empty:
        empty.executescript(SCHEMA)
        columns = empty.execute(f"PRAGMA table_info({table})").fetchall()
    return " OR ".join(
        f"typeof({name}) != '{kind.lower()}'" + ("" if required or key else f" AND {name} IS NOT NULL")
        for _, name, kind, required, _, key in columns
    )
