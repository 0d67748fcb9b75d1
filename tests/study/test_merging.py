"""Merging: every cell once, metrics united, what differs refused by name with nothing written, provenance kept."""

from __future__ import annotations

import signal
import sqlite3
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from lsdm_stats.study import Cell, Merged, RowsDiffer, Store, Study, failed_result, load_study, merge
from lsdm_stats.study.running.runner import run_cell

ALL = "STUDY = PLAIN.replace(metrics=(Error(), Picture(), Odd()), block=5)"


@pytest.fixture
def study(rewrite) -> Study:
    return load_study(rewrite(ALL))


@pytest.fixture
def fill(study: Study, tmp_path: Path):
    """Store some cells of the study, with some of its metrics or as failed, in a store of a name."""

    def make(name: str, cells, *, n_metrics: int = 3, host: str = "", reason: str = "", shift: float = 0.0) -> Path:
        path = tmp_path / f"{name}.sqlite"
        with Store(path, writable=True) as store:
            for index in cells:
                cell = study.cells()[index]
                result = failed_result(cell, reason) if reason else run_cell(cell, study.metrics[:n_metrics])
                result["provenance"] = result["provenance"] | ({"host": host} if host else {})
                result["numbers"] = [(m, r, name, value + shift) for m, r, name, value in result["numbers"]]
                store.record(cell, result, label=f"toy: {cell}")
        return path

    return make


def content(path: Path) -> dict[str, list]:
    """Every row of a store in words that do not depend on the order in which cells were stored."""
    origin = "(SELECT host FROM provenance WHERE provenance.id = %s.provenance)"
    owner = "measures ON measures.id = measure JOIN cells ON cells.id = cell"
    queries = {
        "cells": f"SELECT key, label, status, reason, seconds, started, {origin % 'cells'} FROM cells",
        "measures": f"SELECT key, metric, {origin % 'measures'} FROM measures JOIN cells ON cells.id = cell",
        "numbers": f"SELECT key, metric, replicate, name, coalesce(value, 'nan') FROM numbers JOIN {owner}",
        "arrays": f"SELECT key, metric, replicate, name, shape, data FROM arrays JOIN {owner}",
        "failures": "SELECT key, replicate, failures.reason FROM failures JOIN cells ON cells.id = cell",
    }
    connection = sqlite3.connect(path)
    found = {name: sorted(connection.execute(query), key=repr) for name, query in queries.items()}
    assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
    assert connection.execute("PRAGMA foreign_key_check").fetchall() == []
    connection.close()
    return found


def test_stores_without_a_common_cell_are_united_row_for_row(fill, tmp_path: Path):
    one, two = fill("one", range(5), host="a"), fill("two", range(5, 9), host="b")
    out = tmp_path / "new" / "out.sqlite"
    before = (one.read_bytes(), two.read_bytes())
    assert merge([one, two], out) == Merged(added=9)
    parts, whole = [content(one), content(two)], content(out)
    assert whole == {name: sorted(parts[0][name] + parts[1][name], key=repr) for name in whole}
    assert (one.read_bytes(), two.read_bytes()) == before
    assert [entry.name for entry in out.parent.iterdir()] == ["out.sqlite"]


def test_order_and_repetition_of_the_inputs_change_no_row(fill, tmp_path: Path):
    one, two = fill("one", range(4), host="a"), fill("two", range(2, 6), host="a")
    merge([one, two], tmp_path / "x.sqlite")
    merge([two, one, two], tmp_path / "y.sqlite")
    seconds = {"cells": [(*row[:4], row[6]) for row in content(tmp_path / "x.sqlite")["cells"]]}
    again = {"cells": [(*row[:4], row[6]) for row in content(tmp_path / "y.sqlite")["cells"]]}
    assert content(tmp_path / "x.sqlite") | seconds == content(tmp_path / "y.sqlite") | again


def test_identical_cells_come_once_with_the_provenance_that_came_first(fill, tmp_path: Path):
    one, two = fill("one", range(3), host="first"), fill("two", range(3), host="second")
    assert merge([one, two], tmp_path / "out.sqlite") == Merged(added=3, known=3)
    assert content(tmp_path / "out.sqlite") == content(one)


def test_metrics_of_one_cell_are_united_each_with_its_own_provenance(fill, tmp_path: Path):
    one, two = fill("one", [0], n_metrics=1, host="first"), fill("two", [0], host="second")
    assert merge([two], one) == Merged(extended=1)
    united, full = content(one), content(two)
    assert united["numbers"] == full["numbers"]
    assert united["arrays"] == full["arrays"]
    assert sorted(row[2] for row in united["measures"]) == ["first", "second", "second"]
    assert united["cells"][0][6] == "first"


def test_times_of_measurements_may_differ(study: Study, tmp_path: Path):
    cell = study.cells()[0]
    for name, seconds in (("one", 1.0), ("two", 2.0)):
        result = run_cell(cell, study.metrics)
        result["numbers"].append((study.metrics[0].digest, 0, "fit.seconds", seconds))
        with Store(tmp_path / name, writable=True) as store:
            store.record(cell, result, label="toy")
    assert merge([tmp_path / "one", tmp_path / "two"], tmp_path / "out") == Merged(added=1, known=1)
    with Store(tmp_path / "out") as store:
        rows = store.numbers([cell.key], [study.metrics[0].digest])
        assert [row.value for _, row in rows if row.name == "fit.seconds"] == [1.0]


@pytest.mark.parametrize("existing", [False, True])
def test_rows_that_differ_are_refused_by_name_and_nothing_is_written(study, fill, tmp_path: Path, existing: bool):
    one, two = fill("one", range(3)), fill("two", range(2, 8), shift=1e-9)
    out = one if existing else tmp_path / "out.sqlite"
    before = one.read_bytes()
    with pytest.raises(RowsDiffer) as caught:
        merge([two] if existing else [one, two], out)
    message = str(caught.value)
    assert f"{two} has {study.cells()[2].key[:12]} (toy: {study.cells()[2]}) with other rows: error of" in message
    assert "nothing was written" in message
    assert "\n" not in message
    assert one.read_bytes() == before
    assert not list(tmp_path.glob("*.partial*")) + list(tmp_path.glob("*.lock"))
    assert existing or not out.exists()


def test_only_the_first_cells_that_differ_are_named(fill, tmp_path: Path):
    with pytest.raises(RowsDiffer, match=r"with other rows: .*, and 2 more; nothing was written"):
        merge([fill("one", range(5)), fill("two", range(5), shift=1.0)], tmp_path / "out.sqlite")


def test_other_failed_replicates_of_a_done_cell_are_refused(study: Study, fill, tmp_path: Path):
    one, cell = fill("one", [0]), study.cells()[0]
    result = run_cell(cell, study.metrics)
    result["failures"] = [(1, "diverged")]
    with Store(tmp_path / "two", writable=True) as store:
        store.record(cell, result, label="toy")
    with pytest.raises(RowsDiffer, match="other replicates failed than before"):
        merge([one, tmp_path / "two"], tmp_path / "out.sqlite")


@pytest.mark.parametrize("failed_first", [True, False])
def test_a_done_cell_replaces_a_failed_one_and_never_the_other_way_round(fill, tmp_path: Path, failed_first: bool):
    done, failed = fill("done", [0, 1]), fill("failed", [0], reason="worker died")
    stores = [failed, done] if failed_first else [done, failed]
    expected = Merged(added=2, replaced=1) if failed_first else Merged(added=2, known=1)
    assert merge(stores, tmp_path / "out.sqlite") == expected
    assert content(tmp_path / "out.sqlite") == content(done)


def test_a_failed_cell_stays_with_the_reason_that_came_first(fill, tmp_path: Path):
    one, two = fill("one", [0], reason="worker died"), fill("two", [0], reason="no pairs")
    merge([one, two], tmp_path / "out.sqlite")
    assert content(tmp_path / "out.sqlite") == content(one)


def test_a_store_may_not_be_read_and_written(fill, tmp_path: Path):
    one, two = fill("one", [0]), fill("two", [1])
    (tmp_path / "link.sqlite").symlink_to(one)
    for out in (one, tmp_path / "link.sqlite"):
        before = one.read_bytes()
        with pytest.raises(ValueError, match=r"none of those that are read; .* is both; leave it out of the inputs"):
            merge([one, two], out)
        assert one.read_bytes() == before


def test_an_input_that_is_no_store_or_absent_leaves_no_file(fill, tmp_path: Path):
    (tmp_path / "text.sqlite").write_text("my thesis")
    for bad, message in ((tmp_path / "text.sqlite", "it is something else"), (tmp_path / "none", "there is none yet")):
        with pytest.raises(ValueError, match=message):
            merge([fill("one", [0]), bad], tmp_path / "out.sqlite")
        assert not (tmp_path / "out.sqlite").exists()
    with pytest.raises(ValueError, match="one or more stores to merge are required"):
        merge([], tmp_path / "out.sqlite")


@pytest.mark.parametrize("change", ["n_paired = 6", "seed = 2", "replicates = '[0'", "method = 'x'"])
def test_a_cell_whose_content_is_not_that_of_its_key_is_refused(fill, tmp_path: Path, change: str):
    one = fill("one", [0, 1])
    with sqlite3.connect(one) as connection:
        connection.execute(f"UPDATE cells SET {change} WHERE id = 2")
    connection.close()
    with pytest.raises(ValueError, match=r"the key of a cell, .* is not that of its content; the file is damaged"):
        merge([one], tmp_path / "out.sqlite")
    assert not (tmp_path / "out.sqlite").exists()


def test_a_store_that_is_written_to_is_read_as_of_one_moment(study: Study, fill, tmp_path: Path):
    one, cell = fill("one", [0]), study.cells()[1]
    with Store(one, writable=True) as writer:
        with Store(one) as reader, reader.snapshot() as connection:
            count = "SELECT count(*) FROM cells"
            assert connection.execute(count).fetchone() == (1,)
            writer.record(cell, run_cell(cell, study.metrics), label="toy")
            assert connection.execute(count).fetchone() == (1,)
        assert merge([one], tmp_path / "out.sqlite") == Merged(added=2)


@pytest.mark.parametrize("existing", [True, False])
def test_a_merge_that_is_killed_changes_nothing_and_may_be_repeated(fill, tmp_path: Path, existing: bool):
    one, two = fill("one", range(3)), fill("two", range(2, 9))
    out, inputs = (one, [two]) if existing else (tmp_path / "out.sqlite", [one, two])
    before = content(one)
    program = (
        "import os, signal, sys\nfrom pathlib import Path\nfrom lsdm_stats.study.storage import merging\n"
        "def die(*_): os.kill(os.getpid(), signal.SIGKILL)\n"
        "merging._Input._add_measures = die\n"
        "merging.merge([Path(name) for name in sys.argv[2:]], Path(sys.argv[1]))"
    )
    command = [sys.executable, "-c", program, str(out), *map(str, inputs)]
    assert subprocess.run(command, check=False).returncode == -signal.SIGKILL
    assert content(one) == before
    assert out.exists() == existing
    merge(inputs, out)
    assert len(content(out)["cells"]) == 9


def test_infinities_and_nan_are_merged_to_the_bit(study: Study, fill, tmp_path: Path):
    merge([fill("one", [0])], tmp_path / "out.sqlite")
    cell: Cell = study.cells()[0]
    with Store(tmp_path / "out.sqlite") as store:
        values = [row.value for _, row in store.numbers([cell.key], [study.metrics[2].digest])]
    np.testing.assert_array_equal(values, [np.nan, np.inf, -np.inf, 5e-324, 0.1])
