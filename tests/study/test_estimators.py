"""Cells of estimators: no test sample, times that need not repeat, failures as rows."""

from __future__ import annotations

import copy
from pathlib import Path

import numpy as np
import pytest

from lsdm_stats.metrics import EstimationError, KnownDistance
from lsdm_stats.populations import Dilated, Translated
from lsdm_stats.study import Cell, Result, RowsDiffer, Selection, Store, Study, table
from lsdm_stats.study.running.runner import run_cell
from lsdm_stats.wasserstein.estimators.methods import Estimator, ExactEstimate, SlicedEstimate


class SometimesStuck(Estimator):
    """Fails where the first point lies in the left half."""

    def estimate(self, x, y, data, *, rng):
        if x[0, 0] < 0.5:
            raise RuntimeError("the iterations must converge")
        return {"estimate": 1.0}


    def evaluate(self, evaluation):
        return {"seconds": evaluation.seconds}


STUDY = Study(
    name="toy",
    sources={"translated": Translated(dim=2), "dilated": Dilated(dim=3)},
    n_paired=(10, 40),
    n_unpaired=(0,),
    methods={"exact": ExactEstimate(), "sliced": SlicedEstimate()},
    metrics=(EstimationError(),),
    replicates=3,
    seed=1,
    n_test=0,
    excluded=(Selection(source="dilated", n_paired=40),),
)
CELL = STUDY.cells()[0]


@pytest.fixture
def store(tmp_path: Path):
    with Store(tmp_path / "s.sqlite", writable=True) as opened:
        for cell in STUDY.cells():
            opened.record(cell, run_cell(cell, STUDY.metrics), label="toy")
        yield opened


def changed(result: Result, name: str, value: float) -> Result:
    other = copy.deepcopy(result)
    other["numbers"] = [
        (metric, replicate, label, value if label == name else number)
        for metric, replicate, label, number in result["numbers"]
    ]
    return other


def test_every_row_is_there_and_errors_are_estimates_less_the_truth(store: Store):
    rows = table(store, STUDY, "full")
    assert len(rows) == 6 * 3 * 4
    wide = rows.pivot_table(index=["source", "n_paired", "method", "replicate"], columns="name", values="value")
    truth = np.where(wide.index.get_level_values("source") == "translated", 0.25, Dilated(dim=3).distance)
    np.testing.assert_allclose(wide["error"], wide["estimate"] - truth, rtol=1e-12)
    assert (wide["estimate.seconds"] > 0).all()
    assert (wide.xs("exact", level="method")["estimate"] > wide.xs("sliced", level="method")["estimate"]).all()


def test_a_cell_that_only_took_longer_reproduces_and_may_be_extended(store: Store):
    again = run_cell(CELL, (EstimationError(), KnownDistance()))
    slower = changed(again, "estimate.seconds", 1e9)
    assert store.differences(CELL, slower) == ()
    store.record(CELL, slower, label="toy")
    stored = {row.name: row.value for _, row in store.numbers([CELL.key], slower["metrics"])}
    assert stored["distance"] == 0.25
    assert stored["estimate.seconds"] < 1e9


@pytest.mark.parametrize("name", ["estimate", "error"])
def test_any_other_value_must_repeat(store: Store, name: str):
    other = changed(run_cell(CELL, STUDY.metrics), name, 7.0)
    assert f"{name} of replicate 0 differs" in store.differences(CELL, other)[0]
    with pytest.raises(RowsDiffer):
        store.record(CELL, other, label="toy")


def test_a_time_that_is_missing_is_a_difference(store: Store):
    other = run_cell(CELL, STUDY.metrics)
    other["numbers"] = [row for row in other["numbers"] if row[2] != "estimate.seconds"]
    assert "estimate.seconds of replicate 0 differs" in store.differences(CELL, other)[0]


def test_replicates_that_do_not_converge_are_failure_rows():
    study = STUDY.replace(methods=(("stuck", SometimesStuck()),), excluded=(), replicates=20)
    cell: Cell = study.cells()[0]
    result = run_cell(cell, study.metrics)
    failed = {replicate for replicate, _ in result["failures"]}
    assert 0 < len(failed) < 20
    assert {reason for _, reason in result["failures"]} == {"the iterations must converge"}
    assert {row[1] for row in result["numbers"]} == set(range(20)) - failed


def test_a_source_without_a_known_distance_fails_the_cell():
    from lsdm_stats import Circle

    study = STUDY.replace(sources=(("circle", Circle(ambient_dim=2)),), excluded=())
    result = run_cell(study.cells()[0], study.metrics)
    assert result["status"] == "failed"
