"""Workers of a Dask cluster, on this machine or on many, through ``distributed.Client.get_executor()``."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Generator
from concurrent.futures import BrokenExecutor, Executor, Future, wait
from contextlib import contextmanager, suppress
from importlib import import_module
from typing import Any

from lsdm_stats import __version__
from lsdm_stats.study.running.workers import CellTimeout, Task, interrupts_held, perform
from lsdm_stats.study.storage.results import Result

CONNECT_SECONDS = 10.0
RECONNECT_SECONDS = 60.0
WORKERLESS_SECONDS = 60.0
_RESTART_SECONDS = 60.0
_CLOSE_SECONDS = 2.0
_LOGGERS = ("distributed", "distributed.client")
_KEPT = "finished blocks are stored, and the same command goes on from there"


class Dask:
    """Workers of a Dask cluster; each must have one thread and this version of the package.

    A worker that dies loses the cells it had; the scheduler starts them elsewhere as often as its setting
    ``allowed-failures`` says, then the engine tries each once more, alone. When the connection to the scheduler is lost
    and found again, all cells under way are submitted again.

    Parameters
    ----------
    address : str, optional
        Address of a scheduler, such as ``tcp://node1:8786``.
    n_workers : int, optional
        Without an address: number of worker processes of a cluster on this machine, which ends with the run.
    cell_timeout : float, optional
        Seconds after which a cell is given up and its worker restarted, from when the worker begins it. Workers must
        then have a nanny, as they have unless started with ``--no-nanny``.

    Raises
    ------
    ValueError
        If the package ``distributed`` is not installed, the cluster does not answer, or its workers are not fit.
    """

    def __init__(
        self, address: str | None = None, *, n_workers: int | None = None, cell_timeout: float | None = None
    ) -> None:
        self._library = _library()
        self._cell_timeout = cell_timeout
        self._under_way: dict[Future[Result], Future[Any]] = {}
        self._overdue: set[str] = set()
        self._cluster: Any = None
        self._client: Any = None
        self._levels = {name: logging.getLogger(name).level for name in _LOGGERS}
        for name in _LOGGERS:
            logging.getLogger(name).setLevel(logging.CRITICAL)
        try:
            if n_workers is not None:
                with interrupts_held():
                    self._cluster = self._local_cluster(n_workers)
            self._address: str = address or self._cluster.scheduler_address
            self._connect(CONNECT_SECONDS)
            self._n_workers = 0
            self._count_workers()
        except BaseException:
            self.stop(now=True)
            raise

    @property
    def capacity(self) -> int:
        """Twice the number of workers, so that none waits for its next cell."""
        return 2 * max(1, self._n_workers)

    def submit(self, task: Task) -> Future[Result]:
        """Submit a task; what a lost connection leaves of it is submitted again by the engine."""
        if self._is_cut_off():
            raise BrokenExecutor
        told: Future[Result] = Future()
        try:
            inner: Future[Any] = self._executor.submit(_perform, task, self._cell_timeout)
        except Exception:
            if self._is_cut_off():
                raise BrokenExecutor from None
            raise
        self._under_way[told] = inner
        inner.add_done_callback(lambda ended: self._tell(ended, told))
        return told

    def look(self) -> None:
        """Notice a connection that was lost, and that no worker is left."""
        if self._is_cut_off():
            self._let_go()
            return
        try:
            self._count_workers()
        except Exception:  # Dask raises many kinds while a connection goes; the next look finds it gone
            return
        if self._n_workers:
            self._seen = time.monotonic()
        elif time.monotonic() - self._seen > WORKERLESS_SECONDS:
            raise ValueError(
                f"a worker must be connected to the Dask scheduler at {self._address}; there has been none for "
                f"{WORKERLESS_SECONDS:g} s; {_KEPT} once there are workers"
            )

    def rebuild(self) -> None:
        """Wait for the scheduler if it is lost, connect again, and restart workers whose cell took too long."""
        if self._is_cut_off():
            self._let_go()
            with suppress(Exception):
                self._client.close(timeout=_CLOSE_SECONDS)
            self._connect(RECONNECT_SECONDS)
        overdue, self._overdue = self._overdue, set[str]()
        for worker in sorted(overdue):
            self._restart(worker)

    def stop(self, *, now: bool) -> None:
        """Cancel what is left, disconnect, and end a cluster that was made for the run."""
        # What Dask raises while it closes must not hide why it is closed.
        if self._client is not None:
            with suppress(Exception):
                if now and self._client.status == "running":
                    self._executor.shutdown(wait=False)
                self._client.close(timeout=_CLOSE_SECONDS)
        if self._cluster is not None:
            with suppress(Exception):
                self._cluster.close(timeout=_CLOSE_SECONDS)
            # Dask would try again at exit, for up to ten seconds; what did not close in time ends with this process.
            self._cluster.shutdown_on_close = False
        for name, level in self._levels.items():
            logging.getLogger(name).setLevel(level)

    def _local_cluster(self, n_workers: int) -> Any:
        # A worker's death is reported at once, so that the cell is tried again alone, as with processes.
        settings = {"distributed.scheduler.allowed-failures": 0}
        required = "Dask workers must be able to start, in a script under `if __name__ == '__main__':`"
        with import_module("dask.config").set(settings), _explained(required):
            return self._library.LocalCluster(
                n_workers=n_workers,
                threads_per_worker=1,
                processes=True,
                host="127.0.0.1",
                memory_limit=0,
                dashboard_address="127.0.0.1:0",
                silence_logs=logging.CRITICAL,
            )

    def _connect(self, seconds: float) -> None:
        end = time.monotonic() + seconds
        with _explained(f"a Dask scheduler must answer at {self._address} within {seconds:g} s"):
            import_module("distributed.comm").get_address_host_port(self._address)
            self._client = self._library.Client(self._address, timeout=seconds, set_as_default=False)
            self._connection = self._client.scheduler_comm
            self._executor: Executor = self._client.get_executor(pure=False)
        with _explained(f"a worker must be connected to the Dask scheduler at {self._address}"):
            self._client.wait_for_workers(1, timeout=max(1.0, end - time.monotonic()))
        with _explained("lsdm_stats must be installed on every Dask worker"):
            facts: dict[str, tuple[int, bool, str]] = self._client.run(_facts)
        self._seen = time.monotonic()
        for worker, (n_threads, has_nanny, version) in facts.items():
            _check_worker(worker, n_threads, has_nanny or self._cell_timeout is None, version)

    def _is_cut_off(self) -> bool:
        """Whether the connection over which the cells under way were submitted is gone."""
        return self._client.status != "running" or self._client.scheduler_comm is not self._connection

    def _let_go(self) -> None:
        """Cancel all tasks, as nothing will be heard of them."""
        for told in tuple(self._under_way):
            if self._under_way.pop(told, None) is not None:
                _drop(told)

    def _count_workers(self) -> None:
        self._n_workers = len(self._client.nthreads())

    def _restart(self, worker: str) -> None:
        try:
            self._client.restart_workers([worker], timeout=_RESTART_SECONDS)
        except Exception as error:
            if self._is_cut_off():
                self._overdue.add(worker)
            elif worker in self._client.nthreads():
                raise ValueError(
                    f"the Dask worker {worker}, whose cell took too long, must be replaced; it does not restart "
                    f"({type(error).__name__}); end it; {_KEPT}"
                ) from None

    def _tell(self, ended: Future[Any], told: Future[Result]) -> None:
        if self._under_way.pop(told, None) is None:
            return
        if ended.cancelled():
            _drop(told)
        elif (error := ended.exception()) is not None:
            died = isinstance(error, self._library.KilledWorker)
            told.set_exception(BrokenExecutor(str(error)) if died else error)
        elif isinstance(answer := ended.result(), str):
            self._overdue.add(answer)
            told.set_exception(CellTimeout(self._cell_timeout or 0.0))
        else:
            told.set_result(answer)


def _perform(task: Task, seconds: float | None) -> Result | str:
    """Compute a cell on a worker; or the worker's address, if it takes too long: the worker must then be restarted."""
    if seconds is None:
        return perform(task)
    answer: Future[Result] = Future()
    threading.Thread(target=_answer, args=(answer, task), daemon=True).start()
    wait((answer,), timeout=seconds)
    return answer.result() if answer.done() else str(_library().get_worker().address)


def _answer(answer: Future[Result], task: Task) -> None:
    try:
        answer.set_result(perform(task))
    except BaseException as error:
        answer.set_exception(error)


def _facts(dask_worker: Any) -> tuple[int, bool, str]:
    """Number of threads, whether there is a nanny, and the version of this package, of a worker."""
    return dask_worker.state.nthreads, dask_worker.nanny is not None, __version__


def _check_worker(worker: str, n_threads: int, can_restart: bool, version: str) -> None:
    if n_threads != 1:
        raise ValueError(
            f"a Dask worker must have one thread; {worker} has {n_threads}; start workers with --nthreads 1 and "
            "--nworkers for more of them"
        )
    if not can_restart:
        raise ValueError(
            f"a Dask worker must have a nanny when cells have a time-out; {worker} has none; start it without "
            "--no-nanny, or leave out --cell-timeout"
        )
    if version != __version__:
        raise ValueError(
            f"a Dask worker must have lsdm_stats {__version__}, as here; {worker} has {version}; install the same"
        )


def _drop(told: Future[Result]) -> None:
    told.cancel()
    told.set_running_or_notify_cancel()


def _library() -> Any:
    try:
        return import_module("distributed")
    except ImportError:
        raise ValueError(
            "the package distributed is required to compute with Dask; it is not installed; "
            "install it with pip install 'lsdm_stats[cluster]'"
        ) from None


@contextmanager
def _explained(required: str) -> Generator[None]:
    """Turn what Dask raises into one line."""
    try:
        yield
    except Exception as error:
        message = " ".join(str(error).split())
        raise ValueError(f"{required}; {type(error).__name__}: {message}; see docs/cluster.md; {_KEPT}") from None
