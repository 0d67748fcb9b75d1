"""The SQLite file of a store: recognised before it is touched, created with its schema, opened for one purpose."""

from __future__ import annotations

import os
import sqlite3
import struct
from collections.abc import Generator
from contextlib import contextmanager, suppress
from pathlib import Path
from urllib.parse import quote

from lsdm_stats.study.storage import schema

BUSY_SECONDS = 30.0

_NETWORK_FILE_SYSTEMS = (
    *("nfs", "cifs", "smb", "afs", "9p", "lustre", "gpfs", "beegfs", "ceph", "glusterfs", "fuse."),
    *("wekafs", "panfs", "orangefs", "pvfs2", "gfs2", "ocfs2", "virtiofs"),
)

_REMEDIES = {
    sqlite3.SQLITE_BUSY: "another process is writing to it; wait for it to end",
    sqlite3.SQLITE_LOCKED: "another process is writing to it; wait for it to end",
    sqlite3.SQLITE_PROTOCOL: "its disk cannot lock files; put it on another disk",
    sqlite3.SQLITE_FULL: "what was stored before is kept; free space and give the same command again",
    sqlite3.SQLITE_IOERR: "what was stored before is kept; check that its disk works, has space left and allows "
    "files of this size, then give the same command again",
    sqlite3.SQLITE_READONLY: "make the file and its folder writable, or pass another --store FILE",
    sqlite3.SQLITE_CANTOPEN: "check that its folder exists and may be written to",
    sqlite3.SQLITE_PERM: "check that its folder exists and may be written to",
}
_DAMAGED = "the file is damaged; restore a copy or pass another --store FILE"


def connect(path: Path, *, writable: bool) -> sqlite3.Connection:
    """A connection to a store: read-only, or writable and created when there is none.

    Raises
    ------
    ValueError
        If the file is no store, is damaged, or is of another version; it is left untouched.
    """
    is_new = not path.exists() or path.stat().st_size == 0
    if is_new and not writable:
        raise ValueError(
            f"the store {path} must exist; there is none yet; make it with `lsdm run` or pass --store FILE"
        )
    if not is_new:
        check_version(path, recognise(path))
        if writable and not os.access(path, os.W_OK, effective_ids=os.access in os.supports_effective_ids):
            remedy = _REMEDIES[sqlite3.SQLITE_READONLY]
            raise ValueError(f"the store {path} must be writable; it is read-only; {remedy}")
    with explained(path):
        if not writable:
            return read_only(path)
        connection = sqlite3.connect(path, timeout=BUSY_SECONDS, isolation_level=None)
        try:
            _prepare(connection, path)
        except BaseException:
            connection.close()
            raise
    return connection


@contextmanager
def explained(path: Path) -> Generator[None]:
    """Turn errors of SQLite into one line that names the store and the remedy."""
    try:
        yield
    except sqlite3.ProgrammingError:
        raise
    except sqlite3.DatabaseError as error:
        remedy = _REMEDIES.get(getattr(error, "sqlite_errorcode", sqlite3.SQLITE_CORRUPT) & 0xFF, _DAMAGED)
        raise ValueError(f"the store {path} cannot be used: {error}; {remedy}") from error


def damaged(path: Path, problem: object) -> ValueError:
    """The error for a store whose content cannot be what was written."""
    return ValueError(f"the store {path} cannot be used: {problem}; {_DAMAGED}")


def check_whole(connection: sqlite3.Connection, path: Path) -> None:
    """Look at every page and row, before anything is written to a store or taken over from it.

    Raises
    ------
    ValueError
        If SQLite finds a page damaged, a value has a wrong type or a row belongs to none.
    """
    [problem] = connection.execute("PRAGMA integrity_check(1)").fetchone()
    if problem != "ok":
        raise damaged(path, " ".join(problem.split()))
    check_rows(connection, path, *schema.TABLES)
    orphan = connection.execute("PRAGMA foreign_key_check").fetchone()
    if orphan is not None:
        raise damaged(path, f"a row of {orphan[0]} belongs to none")


def check_rows(connection: sqlite3.Connection, path: Path, *tables: str) -> None:
    """Refuse tables with values that no version of this package has written.

    Raises
    ------
    ValueError
        If a row has a value of a wrong type.
    """
    for table in tables:
        [count] = connection.execute(f"SELECT count(*) FROM {table} WHERE {schema.unsound(table)}").fetchone()
        if count:
            raise damaged(path, f"{count} rows of {table} have values of a wrong type")


def _prepare(connection: sqlite3.Connection, path: Path) -> None:
    connection.execute("PRAGMA foreign_keys = ON")
    connection.execute("BEGIN IMMEDIATE")
    try:
        if connection.execute("PRAGMA application_id").fetchone()[0] == 0:
            for statement in schema.SCHEMA.split(";"):
                connection.execute(statement)
            connection.execute(f"PRAGMA application_id = {schema.APPLICATION_ID}")
            connection.execute(f"PRAGMA user_version = {schema.SCHEMA_VERSION}")
        connection.execute("COMMIT")
    except BaseException:
        roll_back(connection)
        raise
    check_whole(connection, path)
    # The journal mode follows the schema, so that the header tells a store from its first commit on.
    mode = "WAL" if _is_local(path) else "DELETE"
    got = connection.execute(f"PRAGMA journal_mode = {mode}").fetchone()[0]
    connection.execute(f"PRAGMA synchronous = {'NORMAL' if got == 'wal' else 'FULL'}")


def roll_back(connection: sqlite3.Connection) -> None:
    """Undo the open transaction, if there is one; an error of that hides none that led to it."""
    if connection.in_transaction:
        with suppress(sqlite3.Error):
            connection.execute("ROLLBACK")


def read_only(path: Path) -> sqlite3.Connection:
    """A connection that cannot write; the file is not looked at before."""
    address = f"file:{quote(str(path.resolve()))}?mode=ro"
    connection = sqlite3.connect(address, uri=True, timeout=BUSY_SECONDS, isolation_level=None)
    try:
        connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
    except sqlite3.DatabaseError as error:
        connection.close()
        log = Path(f"{path}-wal")
        if not isinstance(error, sqlite3.OperationalError) or (log.exists() and log.stat().st_size):
            raise
        # A store in WAL mode inside a folder that may not be written to has nobody who could change it.
        connection = sqlite3.connect(f"{address}&immutable=1", uri=True, isolation_level=None)
        connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
    return connection


def recognise(path: Path) -> int:
    """The schema version of a store; what is none is refused by its first bytes, before SQLite could write beside it.

    Raises
    ------
    ValueError
        If the file is no store, or is truncated.
    """
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
    if application != schema.APPLICATION_ID:
        raise ValueError(
            f"the store {path} must be a file written by `lsdm run`; it is another program's database; "
            "pass another --store FILE"
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
    return version


def check_version(path: Path, version: int) -> None:
    """Refuse a schema version that is not the one of this package, saying what to do.

    Raises
    ------
    ValueError
        If the version is older or newer.
    """
    current = schema.SCHEMA_VERSION
    if version > current:
        raise ValueError(
            f"the store {path} must have schema version {current}; it has {version}, of a newer "
            "lsdm_stats; upgrade the package or pass another --store FILE"
        )
    if version in schema.STEPS:
        raise ValueError(
            f"the store {path} must have schema version {current}; it has {version}, of an older lsdm_stats; "
            f"`lsdm migrate {path} NEW` writes its rows to a new file and leaves this one as it is"
        )
    if version < current:
        raise ValueError(f"the store {path} must have schema version {current}; it has {version}; {_DAMAGED}")


def _is_local(path: Path) -> bool:
    """Whether the file is on a disk of this machine, as far as the mount table tells; WAL needs that."""
    table = Path("/proc/self/mounts")
    if not table.exists():
        return True
    folder = path.resolve().parent
    mounts = [line.split()[1:3] for line in table.read_text().splitlines()]
    above = [(point, kind) for point, kind in mounts if folder.is_relative_to(point.replace("\\040", " "))]
    return not max(above, key=lambda mount: len(mount[0]))[1].startswith(_NETWORK_FILE_SYSTEMS)
