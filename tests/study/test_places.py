"""Processes of this machine: time-outs, names of places that are refused, which cells are under way."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from test_runner import SMALL, assert_equal_rows, compute, rows

from lsdm_stats.study import Progress, SourceFile, run

SLOW_AND_GOOD = "STUDY = QUICK.replace(methods=(('slow', Mean(sleep=60)), ('good', Mean(sleep=0.2))))"


def test_rows_are_the_same_from_four_processes_as_from_none(rewrite, tmp_path: Path):
    path = rewrite(SMALL)
    compute(path, tmp_path / "serial")
    compute(path, tmp_path / "four", executor="process", n_workers=4)
    assert_equal_rows(rows(path, tmp_path / "four"), rows(path, tmp_path / "serial"))


def test_a_cell_over_its_time_is_a_failure_row_and_only_its_worker_is_replaced(rewrite, tmp_path: Path):
    path = rewrite(SLOW_AND_GOOD)
    clock = time.monotonic()
    final, seen = compute(path, tmp_path / "s", executor="process", n_workers=2, cell_timeout=4.0)
    assert time.monotonic() - clock < 45
    assert final.counts == {"done": 2, "failed": 2}
    assert all(block.seconds == 4.0 for block in seen if block.outcome == "failed")
    failed = rows(path, tmp_path / "s").query("status == 'failed'")
    assert set(failed["method"]) == {"slow"}
    assert set(failed["reason"]) == {"time-out: this cell took longer than 4 s, the most that --cell-timeout allows"}


def test_cells_within_their_time_are_what_they_are_without_a_time_out(rewrite, tmp_path: Path):
    path = rewrite(SMALL)
    compute(path, tmp_path / "serial")
    compute(path, tmp_path / "s", executor="process", n_workers=1, cell_timeout=60)
    assert_equal_rows(rows(path, tmp_path / "s"), rows(path, tmp_path / "serial"))


def test_a_timed_out_cell_is_run_again_on_request(rewrite, tmp_path: Path):
    path = rewrite("STUDY = QUICK.replace(methods=(('m', Mean(sleep=1.0)),))")
    assert compute(path, tmp_path / "s", executor="process", n_workers=1, cell_timeout=0.5)[0].counts == {"failed": 2}
    assert compute(path, tmp_path / "s", retry_failed=True)[0].counts == {"done": 2}


@pytest.mark.parametrize("executor", ["serial", "process"])
def test_reports_name_the_cells_under_way(rewrite, tmp_path: Path, executor: str):
    reports: list[Progress] = []
    path = rewrite("STUDY = QUICK.replace(methods=(('m', Mean(sleep=0.2)),), replicates=4)")
    n_workers = 1 if executor == "serial" else 2
    run(
        [SourceFile.read(path)],
        scale="full",
        store=tmp_path / "s",
        executor=executor,
        n_workers=n_workers,
        report=reports.append,
    )
    assert (reports[0].under_way, reports[0].latest) == ((), None)
    assert max(len(report.under_way) for report in reports) == n_workers
    named = {label for report in reports for label in report.under_way}
    assert named == {report.latest.label for report in reports if report.latest}
    assert reports[-1].under_way == ()


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"executor": "serial", "cell_timeout": 1.0}, "the serial executor has none that can"),
        ({"executor": ThreadPoolExecutor(1), "cell_timeout": 1.0}, "an executor of your own has none that can"),
        ({"executor": "process", "cell_timeout": 0.0}, "cell-timeout must be a positive number of seconds; got 0"),
        ({"executor": "process", "cell_timeout": float("nan")}, "cell-timeout must be a positive number"),
    ],
    ids=["serial", "own", "zero", "nan"],
)
def test_time_outs_that_cannot_be_kept_are_refused(rewrite, tmp_path: Path, options: dict[str, Any], message: str):
    with pytest.raises(ValueError, match=message):
        compute(rewrite("STUDY = QUICK"), tmp_path / "s", **options)
    assert not (tmp_path / "s").exists()
