"""The SQLite file of a store: recognised before it is touched, created with its schema, opened for one purpose."""

from __future__ import annotations

import sqlite3
import struct
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import quote

from lsdm_stats.study.provenance import FIELDS

APPLICATION_ID = 0x4C53444D  # "LSDM"
SCHEMA_VERSION = 1
BUSY_SECONDS = 30.0

_NETWORK_FILE_SYSTEMS = ("nfs", "cifs", "smb", "afs", "9p", "lustre", "gpfs", "beegfs", "ceph", "glusterfs", "fuse.")

# A NaN is stored as NULL, which is what SQLite makes of it; infinities are stored as they are.
_SCHEMA = f"""
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


def connect(path: Path, *, writable: bool) -> sqlite3.Connection:
    """A connection to a store: read-only, or writable and created when there is none.

    Raises
    ------
    ValueError
        If the file is no store, is damaged, or was written by a newer version; it is left untouched.
    """
    is_new = not path.exists() or path.stat().st_size == 0
    if is_new and not writable:
        raise ValueError(
            f"the store {path} must exist; there is none yet; make it with `lsdm run` or pass --store FILE"
        )
    if not is_new:
        _recognise(path)
    with explained(path):
        if writable:
            path.parent.mkdir(parents=True, exist_ok=True)
            connection = sqlite3.connect(path, timeout=BUSY_SECONDS, isolation_level=None)
            _prepare(connection, path)
        else:
            connection = _read_only(path)
        connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
    return connection


@contextmanager
def explained(path: Path) -> Generator[None]:
    """Turn errors of SQLite into one line that names the store and the remedy."""
    try:
        yield
    except sqlite3.DatabaseError as error:
        reason = str(error)
        if "locked" in reason:
            remedy = "another process is writing to it; wait for it to end"
        elif isinstance(error, sqlite3.OperationalError):
            remedy = "check that its folder exists, may be written to and has space left"
        else:
            remedy = "the file is damaged; restore a copy or pass another --store FILE"
        raise ValueError(f"the store {path} cannot be used: {reason}; {remedy}") from error


def _prepare(connection: sqlite3.Connection, path: Path) -> None:
    connection.execute("PRAGMA foreign_keys = ON")
    connection.execute("BEGIN IMMEDIATE")
    if connection.execute("PRAGMA application_id").fetchone()[0] == 0:
        for statement in _SCHEMA.split(";"):
            connection.execute(statement)
        connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
        connection.execute(f"PRAGMA user_version = {SCHEMA_VERSION}")
    connection.execute("COMMIT")
    # The journal mode follows the schema, so that the header tells a store from its first commit on.
    mode = "WAL" if _is_local(path) else "DELETE"
    got = connection.execute(f"PRAGMA journal_mode = {mode}").fetchone()[0]
    connection.execute(f"PRAGMA synchronous = {'NORMAL' if got == 'wal' else 'FULL'}")


def _read_only(path: Path) -> sqlite3.Connection:
    address = f"file:{quote(str(path.resolve()))}?mode=ro"
    connection = sqlite3.connect(address, uri=True, timeout=BUSY_SECONDS, isolation_level=None)
    try:
        connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
    except sqlite3.OperationalError:
        connection.close()
        log = Path(f"{path}-wal")
        if log.exists() and log.stat().st_size:
            raise
        # A store in WAL mode inside a folder that may not be written to has nobody who could change it.
        connection = sqlite3.connect(f"{address}&immutable=1", uri=True, isolation_level=None)
    return connection


def _recognise(path: Path) -> None:
    """Refuse what is no store of ours, by its first bytes, before SQLite could write anything beside it."""
    try:
        with path.open("rb") as file:
            header = file.read(100)
    except OSError as error:
        raise ValueError(
            f"the store {path} must be a readable file; {error.strerror}; pass another --store FILE"
        ) from None
    if len(header) < 100 or not header.startswith(b"SQLite format 3\0"):
        raise ValueError(
            f"the store {path} must be a file written by `lsdm run`; it is something else; pass another --store FILE"
        )
    version, application = struct.unpack(">I4xI", header[60:72])
    if application != APPLICATION_ID:
        raise ValueError(
            f"the store {path} must be a file written by `lsdm run`; it is another program's database; "
            "pass another --store FILE"
        )
    if version > SCHEMA_VERSION:
        raise ValueError(
            f"the store {path} must have schema version {SCHEMA_VERSION}; it has {version}, of a newer "
            "lsdm_stats; upgrade the package or pass another --store FILE"
        )
    if version < SCHEMA_VERSION:
        raise ValueError(
            f"the store {path} must have schema version {SCHEMA_VERSION}; it has {version}; "
            "the file is damaged; restore a copy or pass another --store FILE"
        )
    page_size = struct.unpack(">H", header[16:18])[0]
    pages = struct.unpack(">I", header[28:32])[0]
    expected = pages * (65536 if page_size == 1 else page_size)
    log = Path(f"{path}-wal")
    if path.stat().st_size < expected and not (log.exists() and log.stat().st_size):
        raise ValueError(
            f"the store {path} must have {expected} bytes; it has {path.stat().st_size}: it is truncated; "
            "restore a copy or pass another --store FILE"
        )


def _is_local(path: Path) -> bool:
    """Whether the file is on a disk of this machine, as far as the mount table tells; WAL needs that."""
    table = Path("/proc/self/mounts")
    if not table.exists():
        return True
    folder = path.resolve().parent
    mounts = [line.split()[1:3] for line in table.read_text().splitlines()]
    above = [(point, kind) for point, kind in mounts if folder.is_relative_to(point.replace("\\040", " "))]
    return not max(above, key=lambda mount: len(mount[0]))[1].startswith(_NETWORK_FILE_SYSTEMS)
