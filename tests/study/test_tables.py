"""Tables hold what a study asks for, in its order; stale rows are named; exports and published rows come back whole."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from lsdm_stats.study import (
    COLUMNS,
    SourceFile,
    Store,
    Study,
    export,
    load_study,
    publish,
    read_published,
    run,
    stale,
    table,
)
from lsdm_stats.study import status as status_of

MIXED = """STUDY = PLAIN.replace(
    methods=(('good', Mean()), ('partly', Mean(fails_at=1)), ('bad', Mean(raises='no pairs'))),
    metrics=(Error(), Odd(), Picture()), n_paired=(5,), n_unpaired=(0,), replicates=4)
"""


@pytest.fixture
def path(rewrite) -> Path:
    return rewrite(MIXED)


@pytest.fixture
def study(path: Path) -> Study:
    return load_study(path)


@pytest.fixture
def store(path: Path, tmp_path: Path) -> Any:
    place = tmp_path / "s.sqlite"
    run([SourceFile.read(path)], scale="full", store=place, executor="serial")
    with Store(place) as opened:
        yield opened


def assert_same(one: Any, two: Any) -> None:
    assert list(one.columns) == list(two.columns)
    assert len(one) == len(two)
    for name in one.columns:
        for left, right in zip(one[name], two[name], strict=True):
            np.testing.assert_array_equal(left, right)
            assert type(left) is type(right), name


def test_table_has_the_agreed_columns_and_one_row_per_value(store: Store, study: Study):
    rows = table(store, study, "full")
    assert tuple(rows.columns) == COLUMNS
    assert set(rows["study"]) == {"toy"}
    assert set(rows["scale"]) == {"full"}
    counts = rows.groupby(["method", "status"]).size().to_dict()
    # Per replicate error, error.signed and odd; per block one picture; 2 sources, 4 replicates in 2 blocks.
    assert counts == {
        ("good", "ok"): 2 * (4 * 3 + 2),
        ("partly", "ok"): 2 * (2 * 3 + 2),
        ("partly", "failed"): 4,
        ("bad", "failed"): 8,
    }


def test_rows_are_in_the_order_of_the_design(store: Store, study: Study):
    rows = table(store, study, "full")
    first = rows[(rows["source"] == "centred") & (rows["method"] == "good")]
    assert list(first["replicate"]) == sorted(first["replicate"])
    assert list(first["name"][:4]) == ["error", "error.signed", "odd", "picture"]
    assert list(dict.fromkeys(rows["source"])) == ["centred", "shifted"]
    assert list(dict.fromkeys(rows["method"])) == ["good", "partly", "bad"]


def test_a_failed_replicate_is_one_row_with_its_reason(store: Store, study: Study):
    failed = table(store, study, "full").query("method == 'partly' and status == 'failed'")
    assert list(failed["replicate"]) == [1, 3, 1, 3]
    assert set(failed["name"]) == {"failure"}
    assert set(failed["reason"]) == {"loss is not finite"}
    assert failed["value"].isna().all()


def test_pictures_are_arrays_and_everything_else_is_none(store: Store, study: Study):
    rows = table(store, study, "full")
    arrays = rows.loc[rows["name"] == "picture", "array"]
    assert {array.shape for array in arrays} == {(3, 2)}
    assert set(rows.loc[rows["name"] != "picture", "array"]) == {None}


def test_only_rows_and_metrics_of_the_study_are_in_its_table(store: Store, study: Study):
    fewer = study.replace(metrics=study.metrics[:1], sources=study.sources[:1])
    rows = table(store, fewer, "full")
    assert set(rows["source"]) == {"centred"}
    assert set(rows["name"]) == {"error", "error.signed", "failure"}


def test_labels_come_from_the_study_and_not_from_the_store(store: Store, study: Study):
    renamed = study.replace(sources=(("other", study.sources[0][1]),))
    assert set(table(store, renamed, "full")["source"]) == {"other"}


def test_empty_table_has_the_same_columns_and_types(store: Store, study: Study):
    nothing = table(store, study.replace(seed=99), "full")
    assert len(nothing) == 0
    assert nothing.dtypes.to_dict().keys() == set(COLUMNS)
    assert nothing["value"].dtype == float


def test_status_counts_cells_and_names_failed_ones(store: Store, study: Study):
    more = study.replace(metrics=(*study.metrics, study.metrics[2].replace(rows=1)), n_paired=(5, 6))
    state = status_of(store.cells(), more, "full")
    assert (state.total, state.done, state.failed, state.incomplete, state.missing) == (24, 0, 4, 8, 12)
    assert state.failed_replicates == 12
    assert {reason for _, _, reason in state.failures} == {"no pairs"}
    assert state.seconds_left == pytest.approx(20 * state.seconds)
    assert np.isnan(status_of({}, more, "full").seconds_left)


def test_stale_cells_are_those_that_no_study_asks_for(store: Store, study: Study):
    assert stale(store.cells(), [study]) == ()
    left = stale(store.cells(), [study.replace(sources=study.sources[:1])])
    assert len(left) == 6
    assert all("shifted" in entry.label for entry in left)


def test_exports_hold_values_arrays_and_provenance(store: Store, study: Study, tmp_path: Path):
    from pandas import read_csv, read_parquet

    rows = table(store, study, "full")
    for kind in ("parquet", "csv"):
        assert export(store, [(study, "full")], tmp_path / "out" / f"rows.{kind}", kind=kind) == len(rows)
    parquet, csv = read_parquet(tmp_path / "out" / "rows.parquet"), read_csv(tmp_path / "out" / "rows.csv")
    for exported in (parquet, csv):
        np.testing.assert_array_equal(exported["value"], rows["value"])
        assert list(exported["key"]) == list(rows["key"])
        assert set(exported["numpy"]) == {np.__version__}
    picture = int(np.flatnonzero(rows["name"] == "picture")[0])
    expected = rows["array"][picture]
    np.testing.assert_array_equal(parquet["array"][picture].reshape(parquet["shape"][picture]), expected)
    np.testing.assert_array_equal(
        np.reshape(json.loads(csv["array"][picture]), json.loads(csv["shape"][picture])), expected
    )


def test_published_rows_come_back_as_they_are_in_the_store(store: Store, study: Study, tmp_path: Path):
    assert publish(store, study, tmp_path / "data") == tmp_path / "data" / "toy.parquet"
    assert_same(read_published(study, tmp_path / "data"), table(store, study, "full"))


def test_published_rows_of_another_design_or_none_are_refused(store: Store, study: Study, tmp_path: Path):
    publish(store, study, tmp_path)
    with pytest.raises(ValueError, match="must have all 12 cells of toy; 12 are missing"):
        read_published(study.replace(seed=5), tmp_path)
    with pytest.raises(ValueError, match="published rows of toy are required; there is no"):
        read_published(study, tmp_path / "elsewhere")
    (tmp_path / "toy.parquet").write_text("hello")
    with pytest.raises(ValueError, match="must be a file written by `lsdm export --publish`"):
        read_published(study, tmp_path)


def test_incomplete_study_is_not_published(store: Store, study: Study, tmp_path: Path):
    with pytest.raises(ValueError, match="study toy must be complete to be published; 12 of 24 cells are missing"):
        publish(store, study.replace(n_paired=(5, 6)), tmp_path)
    assert not list(tmp_path.glob("*.parquet"))
