"""The connection to a Dask scheduler cut by a relay, workers that leave: complete, or stopped with all rows kept."""

from __future__ import annotations

import select
import socket
import threading
from contextlib import suppress
from pathlib import Path

import pytest
from loopback import LOOPBACK
from test_runner import assert_equal_rows, compute, rows

from lsdm_stats.study import Progress, SourceFile, Store, run
from lsdm_stats.study.running import cluster

distributed = pytest.importorskip("distributed")

N_CELLS = 18
SLOW = "STUDY = QUICK.replace(methods=(('m', Mean(sleep=0.15)),), replicates=18)"


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
