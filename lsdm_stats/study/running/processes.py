"""Worker processes of this machine, one cell each: when one dies or is too slow, it is known whose cell it was."""

from __future__ import annotations

import os
import signal
import threading
import time
from concurrent.futures import BrokenExecutor, Future, ProcessPoolExecutor
from multiprocessing import get_context
from typing import Any

from lsdm_stats.study.running.workers import CellTimeout, Task, interrupts_held, perform
from lsdm_stats.study.storage.results import Result

_WATCH_SECONDS = 0.5


class Processes:
    """Spawned processes of this machine that end when this process is gone, however it went.

    Parameters
    ----------
    n_workers : int
        Number of processes.
    cell_timeout : float, optional
        Seconds after which the process of a cell is killed, from when it is given to the process.

    Raises
    ------
    ValueError
        If processes cannot start.
    """

    def __init__(self, n_workers: int, *, cell_timeout: float | None = None) -> None:
        self.capacity = n_workers
        self._workers = [_Worker(cell_timeout) for _ in range(n_workers)]
        try:
            self._wait()
        except BaseException:
            self.stop(now=True)
            raise

    def submit(self, task: Task) -> Future[Result]:
        """Give a task to an idle process; a process that died idle is replaced."""
        worker = next(worker for worker in self._workers if worker.is_idle)
        try:
            return worker.submit(task)
        except BrokenExecutor:
            worker.replace()
            worker.wait()
            return worker.submit(task)

    def look(self) -> None:
        """Processes that die are noticed without being asked."""

    def rebuild(self) -> None:
        """Replace processes that died or were killed."""
        for worker in self._workers:
            if worker.is_broken:
                worker.replace()
        self._wait()

    def stop(self, *, now: bool) -> None:
        """End the processes."""
        for worker in self._workers if now else ():
            worker.kill()
        for worker in self._workers:
            worker.end()

    def _wait(self) -> None:
        for worker in self._workers:
            worker.wait()


class _Worker:
    """One process, with at most one task."""

    def __init__(self, cell_timeout: float | None) -> None:
        self._cell_timeout = cell_timeout
        self._lock = threading.Lock()
        self._start()

    def _start(self) -> None:
        self.is_broken = False
        self._current: Future[Result] | None = None
        self._overdue: Future[Result] | None = None
        self._pool = ProcessPoolExecutor(
            1, mp_context=get_context("spawn"), initializer=_begin, initargs=(os.getpid(),)
        )
        with interrupts_held():
            self._started = self._pool.submit(os.getpid)

    @property
    def is_idle(self) -> bool:
        return self._current is None or self._current.done()

    def wait(self) -> None:
        """Wait until the process has started."""
        try:
            self._started.result()
        except BrokenExecutor:
            raise ValueError(
                "worker processes must be able to start; they end at once; use the serial executor, or "
                "in a script call run() under `if __name__ == '__main__':`"
            ) from None

    def submit(self, task: Task) -> Future[Result]:
        told: Future[Result] = Future()
        with self._lock:
            if self._overdue is not None:
                raise BrokenExecutor
            with interrupts_held():
                current = self._current = self._pool.submit(perform, task)
        timer = None
        if self._cell_timeout is not None:
            timer = threading.Timer(self._cell_timeout, self._give_up, (current,))
            timer.daemon = True
            with interrupts_held():
                timer.start()
        current.add_done_callback(lambda ended: self._tell(ended, told, timer))
        return told

    def replace(self) -> None:
        self.kill()
        self.end()
        self._start()

    def kill(self) -> None:
        # Executor.kill_workers is only there from Python 3.14 on.
        processes: dict[int, Any] | None = getattr(self._pool, "_processes", None)
        for process in tuple((processes or {}).values()):
            process.kill()

    def end(self) -> None:
        self._pool.shutdown(wait=True, cancel_futures=True)

    def _give_up(self, task: Future[Result]) -> None:
        """Kill the process if it is still at a task; it gets no other one."""
        with self._lock:
            if self._current is task and not task.done():
                self._overdue = task
                self.is_broken = True
                self.kill()

    def _tell(self, ended: Future[Result], told: Future[Result], timer: threading.Timer | None) -> None:
        if timer is not None:
            timer.cancel()
        if ended.cancelled():
            told.cancel()
            told.set_running_or_notify_cancel()
        elif (error := ended.exception()) is None:
            told.set_result(ended.result())
        else:
            self.is_broken = self.is_broken or isinstance(error, BrokenExecutor)
            late = ended is self._overdue and self._cell_timeout is not None
            told.set_exception(CellTimeout(self._cell_timeout or 0.0) if late else error)


def _begin(parent: int) -> None:
    """Leave Ctrl-C to the parent, and watch it: a worker of a killed parent would wait for work for good."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_watch, args=(parent,), daemon=True).start()


def _watch(parent: int) -> None:
    while os.getppid() == parent:
        time.sleep(_WATCH_SECONDS)
    os._exit(1)
