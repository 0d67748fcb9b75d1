"""The store keeps rows faithfully, refuses what is no store without touching it, and never changes what it has."""

from __future__ import annotations

import copy
import os
import shutil
import sqlite3
from pathlib import Path

import numpy as np
import pytest

from lsdm_stats.study import Cell, Result, RowsDiffer, Store, Study, failed_result, load_study
from lsdm_stats.study.running.runner import run_cell

ODD = "STUDY = PLAIN.replace(metrics=(Error(), Picture(), Odd()), block=5)"


@pytest.fixture
def study(rewrite) -> Study:
    return load_study(rewrite(ODD))


@pytest.fixture
def cell(study: Study) -> Cell:
    return study.cells()[0]


@pytest.fixture
def result(study: Study, cell: Cell) -> Result:
    return run_cell(cell, study.metrics)


@pytest.fixture
def path(tmp_path: Path, cell: Cell, result: Result) -> Path:
    place = tmp_path / "new" / "folder" / "store.sqlite"
    with Store(place, writable=True) as store:
        store.record(cell, result, label="toy")
    return place


def _digests(study: Study) -> list[str]:
    return [metric.digest for metric in study.metrics]


def test_numbers_come_back_to_the_bit_nan_and_infinities_included(study: Study, cell: Cell, result: Result, path: Path):
    with Store(path) as store:
        stored = sorted(
            (row.metric, row.replicate, row.name, row.value) for _, row in store.numbers([cell.key], _digests(study))
        )
    expected = sorted(result["numbers"])
    assert [row[:3] for row in stored] == [row[:3] for row in expected]
    np.testing.assert_array_equal([row[3] for row in stored], [row[3] for row in expected])
    odd = [row[3] for row in stored if row[2] == "odd"]
    np.testing.assert_array_equal(odd, [np.nan, np.inf, -np.inf, 5e-324, 0.1])


def test_arrays_come_back_with_shape_and_bits(study: Study, cell: Cell, result: Result, path: Path):
    with Store(path) as store:
        [(key, picture)] = store.pictures([cell.key], _digests(study))
    assert key == cell.key
    assert picture.array().shape == (3, 2)
    assert picture.data == result["pictures"][0][4]


def test_only_the_metrics_asked_for_are_read(study: Study, cell: Cell, path: Path):
    with Store(path) as store:
        names = {row.name for _, row in store.numbers([cell.key], _digests(study)[:1])}
    assert names == {"error", "error.signed"}


def test_provenance_is_kept_beside_the_rows(cell: Cell, path: Path):
    with Store(path) as store:
        origin = store.provenance()[cell.key]
    assert origin["numpy"] == np.__version__
    assert origin["host"]
    assert origin["started"].endswith("+00:00")


def test_same_result_again_changes_nothing(cell: Cell, result: Result, path: Path):
    with Store(path, writable=True) as store:
        before = store.cells()
        store.record(cell, result, label="toy")
        assert store.cells() == before


def test_new_metric_is_added_when_the_old_rows_are_equal(study: Study, cell: Cell, tmp_path: Path):
    with Store(tmp_path / "s.sqlite", writable=True) as store:
        store.record(cell, run_cell(cell, study.metrics[:1]), label="toy")
        assert not store.cells()[cell.key].is_complete(_digests(study))
        store.record(cell, run_cell(cell, study.metrics), label="toy")
        assert store.cells()[cell.key].is_complete(_digests(study))


def test_new_rows_are_refused_when_an_old_one_differs(study: Study, cell: Cell, tmp_path: Path):
    with Store(tmp_path / "s.sqlite", writable=True) as store:
        store.record(cell, run_cell(cell, study.metrics[:1]), label="toy")
        before = (store.cells(), list(store.numbers([cell.key], _digests(study))))
        changed = copy.deepcopy(run_cell(cell, study.metrics))
        metric, replicate, name, value = changed["numbers"][0]
        changed["numbers"][0] = (metric, replicate, name, float(np.nextafter(value, 9.0)))
        with pytest.raises(
            RowsDiffer, match=r"error of replicate 0 differs: .* its new rows are refused and the stored ones kept"
        ):
            store.record(cell, changed, label="toy")
        assert (store.cells(), list(store.numbers([cell.key], _digests(study)))) == before


def test_a_finished_cell_is_never_replaced_by_a_failure(cell: Cell, path: Path):
    with Store(path, writable=True) as store:
        with pytest.raises(RowsDiffer, match="it failed: worker died"):
            store.record(cell, failed_result(cell, "worker died"), label="toy")
        assert store.cells()[cell.key].status == "done"


def test_a_failed_cell_is_replaced(cell: Cell, result: Result, tmp_path: Path):
    with Store(tmp_path / "s.sqlite", writable=True) as store:
        store.record(cell, failed_result(cell, "worker died"), label="toy")
        assert store.cells()[cell.key].n_failed == 5
        assert [row[1:] for row in store.failures([cell.key])] == [(replicate, "worker died") for replicate in range(5)]
        store.record(cell, result, label="toy")
        assert (store.cells()[cell.key].status, store.cells()[cell.key].n_failed) == ("done", 0)
        assert not list(store.failures([cell.key]))


def test_differences_name_what_does_not_reproduce(cell: Cell, result: Result, path: Path):
    with Store(path) as store:
        assert store.differences(cell, result) == ()
        changed = copy.deepcopy(result)
        metric, replicate, name, shape, data = changed["pictures"][0]
        changed["pictures"][0] = (metric, replicate, name, shape, data[::-1])
        assert store.differences(cell, changed) == ("picture of replicate 0 differs",)


def _newer(path: Path) -> None:
    with sqlite3.connect(path) as connection:
        connection.execute("PRAGMA user_version = 2")
    connection.close()


def _foreign(path: Path) -> None:
    path.unlink()
    connection = sqlite3.connect(path)
    connection.execute("CREATE TABLE notes (text TEXT)")
    connection.commit()
    connection.close()


@pytest.mark.parametrize(
    ("damage", "message"),
    [
        (_newer, "it has 2, of a newer lsdm_stats; upgrade the package"),
        (_foreign, "another program's database"),
        (lambda path: path.write_bytes(b"hello"), "it is something else; pass another --store FILE"),
        (lambda path: path.write_text("x" * 5000), "it is something else"),
        (lambda path: os.truncate(path, path.stat().st_size - 4096), "it is truncated"),
        (lambda path: os.truncate(path, 50), "it is something else"),
        (lambda path: (path.unlink(), path.mkdir()), "must be a readable file"),
    ],
)
@pytest.mark.parametrize("writable", [False, True])
def test_what_is_no_usable_store_is_refused_and_left_untouched(path: Path, damage, message: str, writable: bool):
    damage(path)
    before = path.read_bytes() if path.is_file() else None
    with pytest.raises(ValueError, match=message) as caught:
        Store(path, writable=writable)
    assert "\n" not in str(caught.value)
    assert (path.read_bytes() if path.is_file() else None) == before
    assert [entry.name for entry in path.parent.iterdir()] == [path.name]


def test_scrambled_pages_give_one_line(path: Path):
    content = bytearray(path.read_bytes())
    content[100:4096] = bytes(3996)
    path.write_bytes(bytes(content))
    with pytest.raises(ValueError, match=r"cannot be used: .*; the file is damaged"), Store(path) as store:
        store.cells()


def test_reading_needs_a_store_and_makes_none(tmp_path: Path):
    with pytest.raises(ValueError, match=r"there is none yet; make it with `lsdm run`"):
        Store(tmp_path / "folder" / "none.sqlite")
    assert not (tmp_path / "folder").exists()


def test_readers_work_beside_a_writer(study: Study, path: Path, cell: Cell):
    other = study.cells()[1]
    with Store(path, writable=True) as writer, Store(path) as reader:
        writer.record(other, run_cell(other, study.metrics), label="toy")
        assert set(reader.cells()) == {cell.key, other.key}
        with pytest.raises(ValueError, match="cannot be used: attempt to write a readonly database"):
            reader.record(study.cells()[2], run_cell(study.cells()[2], study.metrics), label="toy")


def test_an_open_writer_leaves_a_copyable_whole_after_closing(path: Path, tmp_path: Path):
    assert not Path(f"{path}-wal").exists()
    copied = shutil.copy(path, tmp_path / "copy.sqlite")
    with Store(Path(copied)) as store:
        assert len(store.cells()) == 1
    connection = sqlite3.connect(copied)
    assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    assert connection.execute("PRAGMA foreign_key_check").fetchall() == []
    connection.close()


def test_nothing_of_a_block_is_stored_when_writing_it_is_interrupted(
    study: Study, cell: Cell, result: Result, tmp_path: Path
):
    broken = copy.deepcopy(result)
    broken["numbers"].append(broken["numbers"][0])
    with Store(tmp_path / "s.sqlite", writable=True) as store:
        with pytest.raises(ValueError, match="UNIQUE constraint failed"):
            store.record(cell, broken, label="toy")
        assert store.cells() == {}
        store.record(cell, result, label="toy")
        assert len(store.cells()) == 1
