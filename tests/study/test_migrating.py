"""A store of an older version becomes a new file, row for row; the old file stays as it is."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest

from lsdm_stats.study import Store, load_study, migrate
from lsdm_stats.study.running.runner import run_cell
from lsdm_stats.study.storage import schema

STEP = (
    "ALTER TABLE cells ADD COLUMN note TEXT NOT NULL DEFAULT ''",
    "CREATE INDEX measures_by_metric ON measures (metric)",
)


@pytest.fixture
def old(rewrite, tmp_path: Path) -> Path:
    study = load_study(rewrite("STUDY = QUICK"))
    path = tmp_path / "old.sqlite"
    with Store(path, writable=True) as store:
        for cell in study.cells():
            store.record(cell, run_cell(cell, study.metrics), label="toy")
    return path


@pytest.fixture
def tomorrow(old: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A package whose stores have a further column, and which knows how stores of today get it."""
    monkeypatch.setattr(schema, "SCHEMA_VERSION", schema.SCHEMA_VERSION + 1)
    monkeypatch.setattr(schema, "STEPS", {schema.SCHEMA_VERSION - 1: STEP})


def dump(path: Path, without: str = "") -> list[str]:
    connection = sqlite3.connect(path)
    lines = [line.replace(without, "") for line in connection.iterdump() if "INSERT" in line]
    connection.close()
    return lines


@pytest.mark.usefixtures("tomorrow")
def test_an_older_store_is_migrated_into_a_new_file(old: Path, tmp_path: Path):
    before, new = old.read_bytes(), tmp_path / "folder" / "new.sqlite"
    assert migrate(old, new) == schema.SCHEMA_VERSION - 1
    assert old.read_bytes() == before
    with Store(new) as store:
        assert len(store.cells()) == 3
    # Every row as it was, but for the empty note of each cell.
    assert [line.removesuffix(",'');") + ");" if "cells" in line else line for line in dump(new)] == dump(old)
    assert [entry.name for entry in new.parent.iterdir()] == ["new.sqlite"]


@pytest.mark.usefixtures("tomorrow")
def test_opening_an_older_store_names_the_command_and_leaves_it_alone(old: Path):
    before = old.read_bytes()
    for writable in (False, True):
        with pytest.raises(ValueError, match=r"of an older lsdm_stats; `lsdm migrate .*old.sqlite NEW` writes"):
            Store(old, writable=writable)
        assert old.read_bytes() == before


@pytest.mark.usefixtures("tomorrow")
def test_a_migration_overwrites_nothing(old: Path, tmp_path: Path):
    new = tmp_path / "new.sqlite"
    new.write_text("mine")
    with pytest.raises(ValueError, match="must be a new file; there is one already"):
        migrate(old, new)
    with pytest.raises(ValueError, match="must be a new file; there is one already"):
        migrate(old, old)
    assert new.read_text() == "mine"


@pytest.mark.usefixtures("tomorrow")
def test_a_step_that_fails_leaves_no_new_file(old: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(schema, "STEPS", {1: (*STEP, "INSERT INTO nowhere VALUES (1)")})
    with pytest.raises(ValueError, match="no such table: nowhere"):
        migrate(old, tmp_path / "new.sqlite")
    assert not list(tmp_path.glob("new.sqlite*"))


@pytest.mark.usefixtures("tomorrow")
def test_rows_that_lost_their_cell_are_refused(old: Path, tmp_path: Path):
    with sqlite3.connect(old) as connection:
        connection.execute("DELETE FROM cells WHERE id = 1")
    connection.close()
    with pytest.raises(ValueError, match="a row of measures belongs to none; the file is damaged"):
        migrate(old, tmp_path / "new.sqlite")
    assert not (tmp_path / "new.sqlite").exists()


def test_only_an_older_store_is_migrated(old: Path, tmp_path: Path):
    new = tmp_path / "new.sqlite"
    with pytest.raises(ValueError, match=r"must have an older schema version than 1, the current one"):
        migrate(old, new)
    with pytest.raises(ValueError, match="must exist; there is none"):
        migrate(tmp_path / "none", new)
    for version, message in ((7, "of a newer lsdm_stats"), (0, "the file is damaged")):
        with sqlite3.connect(old) as connection:
            connection.execute(f"PRAGMA user_version = {version}")
        connection.close()
        with pytest.raises(ValueError, match=message):
            migrate(old, new)
    assert not new.exists()
