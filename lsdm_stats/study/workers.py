"""Where cells are computed: in this process, in local processes, or in any executor that a caller brings."""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Callable, Generator
from concurrent.futures import BrokenExecutor, Executor, Future, ProcessPoolExecutor
from contextlib import contextmanager
from multiprocessing import get_context
from typing import Any, Protocol

from lsdm_stats.study.design import Scale
from lsdm_stats.study.loading import SourceFile
from lsdm_stats.study.results import Result
from lsdm_stats.study.runner import run_cell

Task = tuple[str, str, str, Scale, str, tuple[int, ...]]

_WATCH_SECONDS = 0.5


def perform(task: Task) -> Result:
    """Build the study of a task from its text, take the cell with its key and compute it; what a worker runs.

    Parameters
    ----------
    task : tuple
        File name, text, SHA-256 of the text, scale, key and replicates.
    """
    path, text, sha256, scale, key, replicates = task
    file = SourceFile(path, text)
    if file.sha256 != sha256:
        raise ValueError(
            f"the text of {path} must have the SHA-256 {sha256}; got {file.sha256}; it was damaged on its way"
        )
    study = file.study(scale)
    return run_cell(study.cell(key, replicates), study.metrics)


class Workers(Protocol):
    """What the engine needs of a place to compute."""

    capacity: int

    def submit(self, task: Task) -> Future[Result]:
        """Start a task, or queue it."""
        ...

    def rebuild(self) -> None:
        """Replace workers that are broken."""
        ...

    def stop(self, *, now: bool) -> None:
        """End all workers: when they are done, or at once."""
        ...


class Serial:
    """Computes each task as it is submitted, in this process."""

    capacity = 1

    def submit(self, task: Task) -> Future[Result]:
        """Compute a task; an exception that is no failure of the cell is raised here."""
        future: Future[Result] = Future()
        future.set_result(perform(task))
        return future

    def rebuild(self) -> None:
        """Nothing can break."""

    def stop(self, *, now: bool) -> None:
        """Nothing is left running."""


class Borrowed:
    """An executor of the caller's, who also ends it."""

    def __init__(self, executor: Executor, *, n_workers: int) -> None:
        self.capacity = 2 * n_workers
        self._executor = executor
        self._futures: set[Future[Result]] = set()

    def submit(self, task: Task) -> Future[Result]:
        """Submit a task."""
        future = self._executor.submit(perform, task)
        self._futures.add(future)
        future.add_done_callback(self._futures.discard)
        return future

    def rebuild(self) -> None:
        """Refuse: only the caller knows how the executor was made."""
        raise ValueError("the executor must stay usable; it broke; finished blocks are stored: make another, run again")

    def stop(self, *, now: bool) -> None:
        """Cancel what has not begun."""
        for future in tuple(self._futures):
            future.cancel()


class Processes:
    """Spawned processes of this machine that end when this process is gone, however it went.

    Parameters
    ----------
    n_workers : int
        Number of processes.
    """

    def __init__(self, n_workers: int) -> None:
        self.capacity = 2 * n_workers
        self._n_workers = n_workers
        self._pool = self._new_pool()

    def submit(self, task: Task) -> Future[Result]:
        """Submit a task."""
        return self._submit(self._pool, perform, task)

    def rebuild(self) -> None:
        """Replace the broken pool."""
        self.stop(now=True)
        self._pool = self._new_pool()

    def stop(self, *, now: bool) -> None:
        """End the processes."""
        # Executor.kill_workers is only there from Python 3.14 on.
        processes: dict[int, Any] | None = getattr(self._pool, "_processes", None)
        for process in tuple((processes or {}).values()) if now else ():
            process.kill()
        self._pool.shutdown(wait=True, cancel_futures=True)

    def _new_pool(self) -> ProcessPoolExecutor:
        pool = ProcessPoolExecutor(
            self._n_workers, mp_context=get_context("spawn"), initializer=_begin, initargs=(os.getpid(),)
        )
        try:
            self._submit(pool, os.getpid).result()
        except BrokenExecutor:
            raise ValueError(
                "worker processes must be able to start; they end at once; use the serial executor, or "
                "in a script call run() under `if __name__ == '__main__':`"
            ) from None
        return pool

    def _submit(self, pool: ProcessPoolExecutor, function: Callable[..., Any], *arguments: object) -> Future[Any]:
        with _interrupts_held():
            return pool.submit(function, *arguments)


def _begin(parent: int) -> None:
    """Leave Ctrl-C to the parent, and watch it: a worker of a killed parent would wait for work for good."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_watch, args=(parent,), daemon=True).start()


def _watch(parent: int) -> None:
    while os.getppid() == parent:
        time.sleep(_WATCH_SECONDS)
    os._exit(1)


@contextmanager
def _interrupts_held() -> Generator[None]:
    """Hold Ctrl-C back: processes and threads that start meanwhile inherit the mask and never see it."""
    if not hasattr(signal, "pthread_sigmask"):
        yield
        return
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
