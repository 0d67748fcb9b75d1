"""What the engine needs of a place to compute; this process, and any executor that a caller brings."""

from __future__ import annotations

import signal
from collections.abc import Generator
from concurrent.futures import Executor, Future
from contextlib import contextmanager
from multiprocessing import resource_tracker
from typing import Protocol

from lsdm_stats.study.design import Scale
from lsdm_stats.study.loading import SourceFile
from lsdm_stats.study.running.runner import run_cell
from lsdm_stats.study.storage.results import Result

Task = tuple[str, str, str, Scale, str, tuple[int, ...]]


class CellTimeout(Exception):
    """A cell took longer than it may; it was given up, and its worker ended.

    Parameters
    ----------
    seconds : float
        How long a cell may take.
    """

    def __init__(self, seconds: float) -> None:
        super().__init__(f"time-out: this cell took longer than {seconds:g} s, the most that --cell-timeout allows")
        self.seconds = seconds


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
    """What the engine needs of a place to compute.

    The future of a task ends with its result; with `BrokenExecutor` if its worker died, with `CellTimeout` if the cell
    took too long, or cancelled if the place lost it through no fault of the cell.
    """

    @property
    def capacity(self) -> int:
        """The most tasks that should be under way."""
        ...

    def submit(self, task: Task) -> Future[Result]:
        """Start a task, or queue it."""
        ...

    def look(self) -> None:
        """Called each second in which no task ended.

        Raises
        ------
        ValueError
            If none will.
        """
        ...

    def rebuild(self) -> None:
        """Replace workers that are broken; called after a task was lost or took too long."""
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

    def look(self) -> None:
        """Nothing is waited for."""

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

    def look(self) -> None:
        """Nothing is known of the executor."""

    def rebuild(self) -> None:
        """Refuse: only the caller knows how the executor was made."""
        raise ValueError("the executor must stay usable; it broke; finished blocks are stored: make another, run again")

    def stop(self, *, now: bool) -> None:
        """Cancel what has not begun."""
        for future in tuple(self._futures):
            future.cancel()


@contextmanager
def interrupts_held() -> Generator[None]:
    """Hold Ctrl-C back: processes and threads that start meanwhile inherit the mask and never see it."""
    if not hasattr(signal, "pthread_sigmask"):
        yield
        return
    resource_tracker.ensure_running()  # its start would let Ctrl-C through again
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
