"""Running cells: the same rows everywhere, nothing twice, failures as rows."""

from __future__ import annotations

import os
from concurrent.futures import Executor, ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from lsdm_stats.study import Finished, Progress, SourceFile, Store, load_study, run, table

SMALL = "STUDY = QUICK.replace(replicates=4)"


def rows(path: Path, store: Path) -> Any:
    with Store(store) as opened:
        return table(opened, load_study(path), "full").drop(columns="seconds")


def assert_equal_rows(one: Any, two: Any) -> None:
    assert list(one.columns) == list(two.columns)
    for name in one.columns:
        if name == "array":
            for left, right in zip(one[name], two[name], strict=True):
                np.testing.assert_array_equal(left, right)
        else:
            np.testing.assert_array_equal(one[name].to_numpy(), two[name].to_numpy())


def compute(path: Path, store: Path, *, executor: Any = "serial", **options: Any) -> tuple[Progress, list[Finished]]:
    seen: list[Finished] = []
    final = run(
        [SourceFile.read(path)],
        scale="full",
        store=store,
        executor=executor,
        report=lambda progress: seen.append(progress.latest) if progress.latest else None,
        **options,
    )
    return final, seen


def test_rows_are_the_same_from_serial_one_and_two_processes_and_a_borrowed_executor(rewrite, tmp_path: Path):
    path = rewrite(SMALL)
    compute(path, tmp_path / "serial")
    compute(path, tmp_path / "one", executor="process", n_workers=1)
    compute(path, tmp_path / "two", executor="process", n_workers=2)
    with ThreadPoolExecutor(2) as threads:
        compute(path, tmp_path / "threads", executor=threads, n_workers=2)
        assert threads.submit(int).result() == 0
    expected = rows(path, tmp_path / "serial")
    assert len(expected) == 3 * 4 * 2 + 3 * 2
    for other in ("one", "two", "threads"):
        assert_equal_rows(rows(path, tmp_path / other), expected)


def test_what_is_stored_is_not_computed_again_and_more_replicates_add_only_new_blocks(rewrite, tmp_path: Path):
    path = rewrite(SMALL)
    assert compute(path, tmp_path / "s")[0].counts == {"done": 6}
    again, seen = compute(path, tmp_path / "s")
    assert (again.total, again.stored, seen) == (0, 6, [])
    final, seen = compute(rewrite("STUDY = QUICK.replace(replicates=6)"), tmp_path / "s")
    assert (final.total, final.stored) == (3, 6)
    assert all("replicates 4–5" in block.label for block in seen)


def test_a_new_metric_refits_and_keeps_the_old_rows(rewrite, tmp_path: Path):
    path = rewrite("STUDY = QUICK.replace(metrics=(Error(),))")
    compute(path, tmp_path / "s")
    before = rows(path, tmp_path / "s")
    path = rewrite("STUDY = QUICK.replace(metrics=(Error(), Odd()))")
    assert compute(path, tmp_path / "s")[0].counts == {"done": 3}
    after = rows(path, tmp_path / "s")
    assert_equal_rows(after[after["name"] != "odd"].reset_index(drop=True), before)
    assert (after["name"] == "odd").sum() == 6


def test_rows_of_a_component_that_changed_silently_are_refused_and_the_run_goes_on(rewrite, tmp_path: Path):
    path = rewrite("STUDY = QUICK.replace(metrics=(Error(),))")
    compute(path, tmp_path / "s")
    before = rows(path, tmp_path / "s")
    changed = path.read_text().replace("responses.mean(axis=1)", "responses.mean(axis=1) * 1.001")
    path.write_text(changed + "\nSTUDY = QUICK.replace(metrics=(Error(), Odd()), n_unpaired=(0, 20, 30))\n")
    final, seen = compute(path, tmp_path / "s")
    assert final.counts == {"refused": 3, "done": 1}
    assert "its new rows are refused" in str(next(block.reason for block in seen if block.outcome == "refused"))
    kept = rows(path, tmp_path / "s")
    assert_equal_rows(kept[kept["n_unpaired"] < 30].reset_index(drop=True), before)


def test_a_raised_revision_computes_anew(rewrite, tmp_path: Path):
    path = rewrite("STUDY = QUICK")
    compute(path, tmp_path / "s")
    path.write_text(
        path.read_text().replace(
            "    uses_unpaired: bool = True", "    revision: ClassVar[int] = 2\n    uses_unpaired: bool = True"
        )
    )
    assert compute(path, tmp_path / "s")[0].counts == {"done": 3}


@pytest.mark.parametrize(
    ("method", "reason"),
    [("raises='no pairs left'", "no pairs left"), ("raises='by\\nzero'", "ZeroDivisionError: by zero")],
)
def test_an_exception_fails_every_replicate_of_its_cell_with_its_reason(
    rewrite, tmp_path: Path, method: str, reason: str
):
    path = rewrite(f"STUDY = QUICK.replace(methods=(('bad', Mean({method})), ('good', Mean())))")
    final, _ = compute(path, tmp_path / "s")
    assert final.counts == {"done": 2, "failed": 2}
    failed = rows(path, tmp_path / "s").query("status == 'failed'")
    assert set(failed["method"]) == {"bad"}
    assert list(failed["replicate"]) == [0, 1, 0, 1]
    assert set(failed["reason"]) == {reason}
    assert set(failed["name"]) == {"failure"}


def test_one_failed_replicate_leaves_the_rows_of_the_others_unchanged(rewrite, tmp_path: Path):
    path = rewrite(
        "STUDY = QUICK.replace(replicates=4, block=4, methods=(('m', Mean(fails_at=2)),), metrics=(Error(), Odd()))"
    )
    _, seen = compute(path, tmp_path / "s")
    assert seen[0].reason == "1 of 4 replicates failed, the first: loss is not finite"
    found = rows(path, tmp_path / "s").query("n_unpaired == 0")
    assert list(found.query("status == 'failed'")["replicate"]) == [2]
    assert list(found.query("name == 'error'")["replicate"]) == [0, 1, 3]


def test_a_metric_with_wrong_shape_or_taken_name_fails_the_cell(rewrite, tmp_path: Path):
    definition = """
class Wrong(Spec):
    shadow: bool

    def evaluate(self, evaluation):
        return {"error": np.zeros(len(evaluation.replicates))} if self.shadow else {"wrong": np.zeros(7)}

STUDY = QUICK.replace(metrics=(Error(), Wrong(shadow=%s)))
"""
    _, seen = compute(rewrite(definition % True), tmp_path / "a")
    assert "another metric uses it" in str(seen[0].reason)
    _, seen = compute(rewrite(definition % False), tmp_path / "b")
    assert "one entry per surviving replicate, 2; got shape (7,)" in str(seen[0].reason)


def test_failed_cells_are_run_again_only_on_request(rewrite, tmp_path: Path):
    flag = tmp_path / "repaired"
    path = rewrite(
        "class Flaky(Mean):\n    def fit(self, data, *, rngs):\n"
        f"        if not Path({str(flag)!r}).exists():\n            raise OSError('disk')\n"
        "        return super().fit(data, rngs=rngs)\n\nSTUDY = QUICK.replace(methods=(('m', Flaky()),))"
    )
    assert compute(path, tmp_path / "s")[0].counts == {"failed": 2}
    flag.touch()
    again, _ = compute(path, tmp_path / "s")
    assert (again.total, again.stored, again.failed_before) == (0, 2, 2)
    assert compute(path, tmp_path / "s", retry_failed=True)[0].counts == {"done": 2}
    assert set(rows(path, tmp_path / "s")["status"]) == {"ok"}


def test_fail_fast_stops_at_the_first_failed_cell(rewrite, tmp_path: Path):
    path = rewrite("STUDY = PLAIN.replace(methods=(('bad', Mean(raises='no')), ('good', Mean())))")
    assert compute(path, tmp_path / "s", fail_fast=True)[0].counts == {"failed": 1}


def test_a_cell_that_kills_its_worker_twice_is_stored_as_failed_and_the_others_complete(rewrite, tmp_path: Path):
    path = rewrite("STUDY = QUICK.replace(methods=(('deadly', Mean(kills=True)), ('good', Mean())), n_unpaired=(0,))")
    final, seen = compute(path, tmp_path / "s", executor="process", n_workers=2)
    assert (final.counts["done"], final.counts["failed"], final.finished) == (1, 1, 2)
    assert any("deadly" in block.label for block in seen if block.outcome == "lost")
    found = rows(path, tmp_path / "s")
    assert set(found.query("status == 'failed'")["method"]) == {"deadly"}
    assert found.query("status == 'failed'")["reason"].str.startswith("worker died").all()


def test_a_cell_whose_worker_was_killed_once_is_computed_after_all(rewrite, tmp_path: Path):
    path = rewrite(f"STUDY = QUICK.replace(methods=(('m', Mean(only_once={str(tmp_path / 'flag')!r})), ('n', Mean())))")
    final, _ = compute(path, tmp_path / "s", executor="process", n_workers=2)
    assert (final.counts["done"], final.counts.get("failed")) == (4, None)


def test_numpy_global_state_and_environment_are_left_alone(rewrite, tmp_path: Path):
    before = (np.random.get_state()[1].tolist(), dict(os.environ))  # noqa: NPY002
    compute(rewrite("STUDY = QUICK"), tmp_path / "s")
    assert (np.random.get_state()[1].tolist(), dict(os.environ)) == before  # noqa: NPY002


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"executor": "cluster"}, "executor must be 'serial', 'process', 'dask:ADDRESS' .*; got 'cluster'"),
        ({"n_workers": 0}, "workers must be at least 1"),
        ({"n_workers": 2}, "workers must be 1 for the serial executor"),
    ],
)
def test_unusable_options_are_refused(rewrite, tmp_path: Path, options: dict[str, Any], message: str):
    with pytest.raises(ValueError, match=message):
        compute(rewrite("STUDY = QUICK"), tmp_path / "s", **options)


def test_a_broken_executor_of_the_caller_stops_the_run_with_its_rows_kept(rewrite, tmp_path: Path):
    from concurrent.futures import BrokenExecutor

    class Breaks(ThreadPoolExecutor):
        calls = 0

        def submit(self, function: Any, /, *arguments: Any, **keywords: Any) -> Any:
            self.calls += 1
            if self.calls > 2:
                raise BrokenExecutor
            return super().submit(function, *arguments, **keywords)

    executor: Executor = Breaks(1)
    with executor, pytest.raises(ValueError, match="the executor must stay usable; it broke"):
        compute(rewrite("STUDY = QUICK"), tmp_path / "s", executor=executor, n_workers=1)
    with Store(tmp_path / "s") as store:
        assert len(store.cells()) == 2
