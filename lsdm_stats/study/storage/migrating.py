"""A store of an older schema version becomes a new file of the current one; the old file stays as it is."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

from lsdm_stats.study.storage import schema
from lsdm_stats.study.storage.claiming import new_file
from lsdm_stats.study.storage.database import check_version, check_whole, explained, read_only, recognise


def migrate(old: Path, new: Path) -> int:
    """Write the rows of an older store to a new file of the current schema version.

    The old file is only read. The new one appears when it is whole and has passed the checks of SQLite.

    Parameters
    ----------
    old : Path
        A store of an older version.
    new : Path
        The file to write.

    Returns
    -------
    int
        The version of the old file.

    Raises
    ------
    ValueError
        If the old file is no store of an older version, is damaged, or there is a file at `new`.

    Examples
    --------
    >>> migrate(Path("results/none.sqlite"), Path("results/new.sqlite"))
    Traceback (most recent call last):
        ...
    ValueError: the store results/none.sqlite must exist; there is none; correct the path
    """
    if not old.exists():
        raise ValueError(f"the store {old} must exist; there is none; correct the path")
    version = recognise(old)
    if version == schema.SCHEMA_VERSION:
        raise ValueError(
            f"the store {old} must have an older schema version than {version}, the current one; it has this very "
            "one; use it as it is"
        )
    if version not in schema.STEPS:
        check_version(old, version)
    with new_file(new) as partial:
        with explained(old), closing(read_only(old)) as source, closing(sqlite3.connect(partial)) as target:
            source.backup(target)
        with explained(new), closing(sqlite3.connect(partial, isolation_level=None)) as target:
            for step in range(version, schema.SCHEMA_VERSION):
                _step(target, step)
            check_whole(target, old)
    return version


def _step(target: sqlite3.Connection, version: int) -> None:
    target.execute("BEGIN IMMEDIATE")
    for statement in schema.STEPS[version]:
        target.execute(statement)
    target.execute(f"PRAGMA user_version = {version + 1}")
    target.execute("COMMIT")
