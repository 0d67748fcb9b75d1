"""Random damage to store files and random arguments of the command, made afresh from a seed and a number."""

from __future__ import annotations

import os
import random
import sqlite3
from collections.abc import Callable
from pathlib import Path

JUNK = ["", "-1", "0", "2", "1e9", "nan", "toy", "toyy", "--", "-", "x" * 300, "é\u2028", "../..", "\t", "4/3", "*"]

COMMANDS: dict[str, tuple[tuple[str, ...], ...]] = {
    "run": (("--quick",), ("--workers", "1"), ("--executor", "serial"), ("--fail-fast",), ("--shard", "1/1")),
    "status": (("--json",), ("toy",)),
    "verdicts": (("--quick",), ("--json",), ("--theorems",), ("--published",)),
    "figures": (("--quick",), ("--published",)),
    "export": (("--format", "csv"), ("--format", "parquet"), ("--format", "xls"), ("--publish",)),
    "replay": (("{key}",), ("abc",), ("{key}", "{key}")),
    "merge": (("{copy}",), ("{store}",), ("/dev/null",), ("{copy}", "{none}")),
    "migrate": (("{store}", "{out}"), ("{store}",), ("{none}", "{out}"), ("{store}", "{copy}")),
    "list": (("--json",),),
    "distance": (("{none}", "{store}"), ("{store}", "{store}"), ("--diameter", "-1")),
    "bounds": (("--list",), ("--space", "cube:3"), ("--space", "cube:x"), ("--n", "100"), ("--n", "0")),
    "nothing": ((),),
}


def arguments(rng: random.Random, words: dict[str, str]) -> list[str]:
    """A command with some options, of which some are of another command, repeated, junk, or without their value."""
    command = rng.choice(list(COMMANDS))
    chosen: list[str] = []
    for _ in range(rng.randrange(5)):
        owner = command if rng.random() < 0.7 else rng.choice(list(COMMANDS))
        option = list(rng.choice(COMMANDS[owner]))
        if option and rng.random() < 0.3:
            option[-1] = rng.choice(JUNK)
        if rng.random() < 0.1:
            option = option[:-1]
        chosen += option
    if command == "run" and "serial" not in chosen:
        chosen += ["--executor", "serial"]
    places = ["--studies", words["{studies}"]] if rng.random() < 0.9 else ["--studies", rng.choice(JUNK)]
    if command not in ("list", "migrate", "distance", "bounds") or rng.random() < 0.1:
        places += ["--store", words["{store}"]]
    for word, value in words.items():
        chosen = [part.replace(word, value) for part in chosen]
    return [command, *places, *chosen] if rng.random() < 0.9 else [*places, command, *chosen]


def damage(rng: random.Random, path: Path) -> str:
    """Damage a store in one way; returns which."""
    kind = rng.choice(list(DAMAGES))
    DAMAGES[kind](rng, path)
    return kind


def _truncate(rng: random.Random, path: Path) -> None:
    os.truncate(path, rng.randrange(path.stat().st_size))


def _flip(rng: random.Random, path: Path, start: int = 0, end: int | None = None) -> None:
    content = bytearray(path.read_bytes())
    for _ in range(rng.choice([1, 1, 2, 5, 20])):
        content[rng.randrange(start, end or len(content))] ^= 1 << rng.randrange(8)
    path.write_bytes(content)


def _flip_header(rng: random.Random, path: Path) -> None:
    _flip(rng, path, 0, 100)


def _flip_schema(rng: random.Random, path: Path) -> None:
    _flip(rng, path, 100, 4096)


def _overwrite(rng: random.Random, path: Path) -> None:
    content = bytearray(path.read_bytes())
    start = rng.randrange(len(content))
    end = min(len(content), start + rng.choice([10, 500, 4096, 20_000]))
    content[start:end] = bytes(end - start) if rng.random() < 0.5 else rng.randbytes(end - start)
    path.write_bytes(content)


def _append(rng: random.Random, path: Path) -> None:
    path.write_bytes(path.read_bytes() + rng.randbytes(rng.choice([1, 4096, 5000])))


def _something_else(rng: random.Random, path: Path) -> None:
    kinds = [b"", b"my thesis", rng.randbytes(5000), b"SQLite format 3\0", b"SQLite format 3\0" + rng.randbytes(9000)]
    path.write_bytes(rng.choice(kinds))


def _folder(_: random.Random, path: Path) -> None:
    path.unlink()
    path.mkdir()


def _execute(path: Path, *statements: str) -> None:
    connection = sqlite3.connect(path, isolation_level=None)
    connection.execute("PRAGMA ignore_check_constraints = ON")
    try:
        for statement in statements:
            connection.execute(statement)
    finally:
        connection.close()


def _version(rng: random.Random, path: Path) -> None:
    _execute(path, f"PRAGMA user_version = {rng.choice([0, 2, 3, 77, -1, 2**31 - 1])}")


def _foreign(rng: random.Random, path: Path) -> None:
    number = rng.choice([0, 1, rng.getrandbits(31)])
    path.unlink()
    _execute(path, "CREATE TABLE notes (text TEXT)", f"PRAGMA application_id = {number}", "PRAGMA user_version = 1")


def _other_tables(rng: random.Random, path: Path) -> None:
    table = rng.choice(TABLES)
    column = rng.choice(COLUMNS[table])
    view = f"CREATE VIEW {table} AS SELECT 1 AS {column}, randomblob(9) AS key"
    changes = [(f"DROP TABLE {table}",), (f"ALTER TABLE {table} RENAME COLUMN {column} TO other",),
               (f"ALTER TABLE {table} RENAME TO other", view), (f"DELETE FROM {table}",)]
    _execute(path, "PRAGMA foreign_keys = OFF", *rng.choice(changes))


def _other_values(rng: random.Random, path: Path) -> None:
    table = rng.choice(TABLES)
    values = ["'text'", "x'00ff80'", "-1", "9e999", "9223372036854775807", "''", "NULL", "'[1, \"a\"]'", "'é'", "0.5",
              "CAST(x'ff80' AS TEXT)"]
    rows = f"WHERE rowid = {rng.randint(1, 4)}" if table in ("cells", "measures", "arrays") else "WHERE replicate = 0"
    try:
        _execute(path, f"UPDATE {table} SET {rng.choice(COLUMNS[table])} = {rng.choice(values)} {rows}")
    except sqlite3.IntegrityError:
        _execute(path, f"UPDATE {table} SET {COLUMNS[table][-1]} = 'text' {rows}")


def _log(rng: random.Random, path: Path) -> None:
    Path(f"{path}-wal").write_bytes(rng.randbytes(rng.choice([0, 10, 32, 5000])))


TABLES = ("cells", "measures", "numbers", "arrays", "failures")
COLUMNS = {
    "cells": ("key", "label", "source", "n_paired", "seed", "replicates", "status", "reason", "started", "provenance",
              "seconds"),
    "measures": ("cell", "provenance", "metric"),
    "numbers": ("measure", "replicate", "name", "value"),
    "arrays": ("measure", "replicate", "name", "data", "shape"),
    "failures": ("cell", "replicate", "reason"),
}
DAMAGES: dict[str, Callable[[random.Random, Path], None]] = {
    "truncated": _truncate,
    "flipped": _flip,
    "flipped header": _flip_header,
    "flipped schema": _flip_schema,
    "overwritten": _overwrite,
    "appended": _append,
    "something else": _something_else,
    "folder": _folder,
    "version": _version,
    "foreign": _foreign,
    "other tables": _other_tables,
    "other values": _other_values,
    "log": _log,
}
