"""A real Dask scheduler and two worker processes on loopback: the same rows as anywhere, and the same failure rows."""

from __future__ import annotations

import sys
import time
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from loopback import LOOPBACK
from test_runner import SMALL, assert_equal_rows, compute, rows

from lsdm_stats.study.running import cluster

distributed = pytest.importorskip("distributed")
psutil = pytest.importorskip("psutil")  # comes with it


def test_rows_of_a_component_of_the_study_file_are_those_of_the_serial_executor(address: str, rewrite, tmp_path: Path):
    path = rewrite(SMALL)
    compute(path, tmp_path / "serial")
    assert compute(path, tmp_path / "dask", executor=f"dask:{address}")[0].counts == {"done": 6}
    assert_equal_rows(rows(path, tmp_path / "dask"), rows(path, tmp_path / "serial"))


def test_a_cluster_made_for_the_run_gives_the_same_rows_and_is_gone_afterwards(rewrite, tmp_path: Path):
    path = rewrite(SMALL)
    compute(path, tmp_path / "serial")
    before = _children()
    compute(path, tmp_path / "dask", executor="dask:local:2")
    assert_equal_rows(rows(path, tmp_path / "dask"), rows(path, tmp_path / "serial"))
    end = time.monotonic() + 10
    while (left := _children() - before) and time.monotonic() < end:
        time.sleep(0.1)
    assert not left


def _children() -> set[int]:
    """Processes that this one has started, but for Python's own tracker of resources."""
    found = set[int]()
    for child in psutil.Process().children(recursive=True):
        with suppress(psutil.NoSuchProcess):
            if not any("resource_tracker" in word for word in child.cmdline()):
                found.add(child.pid)
    return found


def test_cells_of_a_worker_that_is_killed_once_are_computed_after_all(address: str, rewrite, tmp_path: Path):
    path = rewrite(f"STUDY = QUICK.replace(methods=(('m', Mean(only_once={str(tmp_path / 'flag')!r})), ('n', Mean())))")
    final, seen = compute(path, tmp_path / "s", executor=f"dask:{address}")
    assert (final.counts["done"], final.counts.get("failed")) == (4, None)
    assert any(block.outcome == "lost" and "a worker died" in str(block.reason) for block in seen)


def test_a_cell_that_kills_its_worker_twice_is_a_failure_row_and_the_others_complete(
    address: str, rewrite, tmp_path: Path
):
    path = rewrite("STUDY = QUICK.replace(methods=(('deadly', Mean(kills=True)), ('good', Mean())), n_unpaired=(0,))")
    final, _ = compute(path, tmp_path / "s", executor=f"dask:{address}")
    assert (final.counts["done"], final.counts["failed"]) == (1, 1)
    failed = rows(path, tmp_path / "s").query("status == 'failed'")
    assert set(failed["method"]) == {"deadly"}
    assert failed["reason"].str.startswith("worker died").all()


def test_a_cell_over_its_time_is_a_failure_row_and_its_worker_is_replaced(address: str, rewrite, tmp_path: Path):
    path = rewrite("STUDY = QUICK.replace(methods=(('slow', Mean(sleep=60)), ('good', Mean())), n_unpaired=(0,))")
    final, _ = compute(path, tmp_path / "s", executor=f"dask:{address}", cell_timeout=3)
    assert (final.counts["done"], final.counts["failed"]) == (1, 1)
    failed = rows(path, tmp_path / "s").query("status == 'failed'")
    assert set(failed["reason"]) == {
        "time-out: this cell took longer than 3 s, the most that --cell-timeout allows",
    }
    with distributed.Client(address, set_as_default=False) as client:
        assert len(client.nthreads()) == 2
        assert not any(client.processing().values())


def test_a_scheduler_without_workers_or_with_unfit_ones_is_refused(
    rewrite, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    path = rewrite("STUDY = QUICK")
    monkeypatch.setattr(cluster, "CONNECT_SECONDS", 2.0)

    def refused(match: str, **options: Any) -> None:
        made = distributed.LocalCluster(processes=False, **LOOPBACK, **options)
        with made, pytest.raises(ValueError, match=match):
            compute(path, tmp_path / "s", executor=f"dask:{made.scheduler_address}", cell_timeout=60.0)

    refused("a worker must be connected to the Dask scheduler at .*; see docs/cluster.md", n_workers=0)
    refused("a Dask worker must have one thread; .* has 2", n_workers=1, threads_per_worker=2)
    refused("a Dask worker must have a nanny when cells have a time-out", n_workers=1, threads_per_worker=1)


def test_workers_of_another_version_are_refused(
    address: str, rewrite, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(cluster, "__version__", "0.0.9")
    with pytest.raises(ValueError, match=r"must have lsdm_stats 0\.0\.9, as here; tcp://.* has "):
        compute(rewrite("STUDY = QUICK"), tmp_path / "s", executor=f"dask:{address}")


def test_without_the_package_the_message_says_what_to_install(
    rewrite, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setitem(sys.modules, "distributed", None)
    with pytest.raises(ValueError, match=r"it is not installed; install it with pip install 'lsdm_stats\[cluster\]'"):
        compute(rewrite("STUDY = QUICK"), tmp_path / "s", executor="dask:local:1")


@pytest.mark.parametrize(
    ("place", "options", "message"),
    [
        ("dask:", {}, "executor must be 'serial'"),
        ("dask", {}, "executor must be 'serial'"),
        ("dask:local", {}, "dask:local:N must have workers from 1"),
        ("dask:local:0", {}, "dask:local:N must have workers from 1"),
        ("dask:local:x", {}, "dask:local:N must have workers from 1"),
        ("dask:local:2", {"n_workers": 2}, "workers must be left out with Dask"),
        ("dask:not an address:x", {}, "a Dask scheduler must answer at not an address:x .*; ValueError"),
    ],
)
def test_unusable_places_are_refused(
    rewrite, tmp_path: Path, place: str, options: dict[str, Any], message: str, capfd: pytest.CaptureFixture[str]
):
    with pytest.raises(ValueError, match=message):
        compute(rewrite("STUDY = QUICK"), tmp_path / "s", executor=place, **options)
    assert capfd.readouterr().err == ""
