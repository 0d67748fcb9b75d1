"""A real Dask scheduler and two worker processes on loopback: the same rows, and what happens when one is lost."""

from __future__ import annotations

import logging
import select
import socket
import sys
import threading
from collections.abc import Generator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from test_runner import SMALL, assert_equal_rows, compute, rows

from lsdm_stats.study import Progress, SourceFile, Store, cluster, run

distributed = pytest.importorskip("distributed")
dask = pytest.importorskip("dask")

LOOPBACK: dict[str, Any] = {"protocol": "tcp://", "host": "127.0.0.1", "dashboard_address": "127.0.0.1:0"}
N_CELLS = 18
SLOW = "STUDY = QUICK.replace(methods=(('m', Mean(sleep=0.15)),), replicates=18)"


@pytest.fixture(scope="module")
def address() -> Generator[str]:
    with (
        dask.config.set({"distributed.scheduler.allowed-failures": 0}),
        distributed.LocalCluster(
            n_workers=2, threads_per_worker=1, silence_logs=logging.CRITICAL, **LOOPBACK
        ) as made,
    ):
        yield made.scheduler_address


class Proxy:
    """A TCP relay whose connections can be cut, for now or for good."""

    def __init__(self, target: str) -> None:
        host, _, port = target.removeprefix("tcp://").rpartition(":")
        self._target = (host, int(port))
        self._listening = socket.create_server(("127.0.0.1", 0))
        self._pairs: list[tuple[socket.socket, socket.socket]] = []
        threading.Thread(target=self._accept, daemon=True).start()
        self.address = f"tcp://127.0.0.1:{self._listening.getsockname()[1]}"

    def cut(self, *, for_good: bool) -> None:
        if for_good:
            self._listening.shutdown(socket.SHUT_RDWR)
            self._listening.close()
        for pair in self._pairs:
            for end in pair:
                with suppress(OSError):
                    end.shutdown(socket.SHUT_RDWR)
        self._pairs.clear()

    def _accept(self) -> None:
        while True:
            try:
                near = self._listening.accept()[0]
            except OSError:
                return
            pair = (near, socket.create_connection(self._target))
            self._pairs.append(pair)
            threading.Thread(target=relay, args=pair, daemon=True).start()


def relay(near: socket.socket, far: socket.socket) -> None:
    other = {near: far, far: near}
    while True:
        for end in select.select([near, far], [], [])[0]:
            try:
                data = end.recv(1 << 16)
                other[end].sendall(data)
            except OSError:
                data = b""
            if not data:
                near.close()
                far.close()
                return


def compute_and_cut(path: Path, store: Path, proxy: Proxy, *, for_good: bool) -> Progress:
    """Cut the connection when three blocks are stored."""
    uncut = [True]

    def follow(progress: Progress) -> None:
        if progress.finished == 3 and uncut:
            uncut.clear()
            proxy.cut(for_good=for_good)

    return run([SourceFile.read(path)], scale="full", store=store, executor=f"dask:{proxy.address}", report=follow)


def test_rows_of_a_component_of_the_study_file_are_those_of_the_serial_executor(address: str, rewrite, tmp_path: Path):
    path = rewrite(SMALL)
    compute(path, tmp_path / "serial")
    assert compute(path, tmp_path / "dask", executor=f"dask:{address}")[0].counts == {"done": 6}
    assert_equal_rows(rows(path, tmp_path / "dask"), rows(path, tmp_path / "serial"))


def test_a_cluster_made_for_the_run_gives_the_same_rows_and_is_gone_afterwards(rewrite, tmp_path: Path):
    path = rewrite(SMALL)
    compute(path, tmp_path / "serial")
    before = threading.active_count()
    compute(path, tmp_path / "dask", executor="dask:local:2")
    assert_equal_rows(rows(path, tmp_path / "dask"), rows(path, tmp_path / "serial"))
    assert threading.active_count() <= before + 2


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


def test_when_the_connection_is_lost_and_found_the_run_ends_complete(address: str, rewrite, tmp_path: Path):
    path = rewrite(SLOW)
    final = compute_and_cut(path, tmp_path / "s", Proxy(address), for_good=False)
    assert final.counts["done"] == N_CELLS
    assert final.counts["lost"] > 0
    compute(path, tmp_path / "serial")
    assert_equal_rows(rows(path, tmp_path / "s"), rows(path, tmp_path / "serial"))


def test_when_the_scheduler_stays_away_the_run_says_what_to_do_and_goes_on_elsewhere(
    address: str, rewrite, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(cluster, "RECONNECT_SECONDS", 1.0)
    path = rewrite(SLOW)
    with pytest.raises(ValueError, match=r"must answer at .* finished blocks are stored, and the same command goes on"):
        compute_and_cut(path, tmp_path / "s", Proxy(address), for_good=True)
    with Store(tmp_path / "s") as store:
        n_kept = len(store.cells())
    assert 3 <= n_kept < N_CELLS
    assert compute(path, tmp_path / "s", executor=f"dask:{address}")[0].counts == {"done": N_CELLS - n_kept}


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


def test_a_run_whose_workers_all_leave_stops(
    rewrite, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(cluster, "WORKERLESS_SECONDS", 1.0)
    path = rewrite("STUDY = QUICK.replace(methods=(('m', Mean(sleep=0.5)),), replicates=12)")
    with distributed.LocalCluster(n_workers=1, threads_per_worker=1, processes=False, **LOOPBACK) as made:

        def follow(progress: Progress) -> None:
            if progress.finished == 2:
                made.scale(0)

        with pytest.raises(ValueError, match=r"a worker must be connected .* finished blocks are stored"):
            run(
                [SourceFile.read(path)],
                scale="full",
                store=tmp_path / "s",
                executor=f"dask:{made.scheduler_address}",
                report=follow,
            )
    with Store(tmp_path / "s") as store:
        assert 2 <= len(store.cells()) < 12


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


