"""Runs what is missing of some studies, writes each block as it completes, and survives cells that kill workers."""

from __future__ import annotations

import os
from collections import Counter, deque
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, BrokenExecutor, Future, wait
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Literal

from lsdm_stats.study.design import Cell, Scale
from lsdm_stats.study.loading import SourceFile
from lsdm_stats.study.running.growing import Growth
from lsdm_stats.study.running.places import Place, check_place, make_workers
from lsdm_stats.study.running.runner import failed_result
from lsdm_stats.study.running.sequential import Rule
from lsdm_stats.study.running.sharding import Shard, cells_of_both
from lsdm_stats.study.running.workers import CellTimeout, Task, Workers
from lsdm_stats.study.storage.results import Result, RowsDiffer, StoredCell
from lsdm_stats.study.storage.store import Store

Outcome = Literal["done", "failed", "refused", "lost"]

WORKER_DIED = "worker died (killed, out of memory or crashed) twice while computing this cell"
_LOOK_SECONDS = 1.0


@dataclass(frozen=True)
class Job:
    """One cell that has to be computed, and the file that declares it."""

    file: SourceFile
    scale: Scale
    cell: Cell
    metrics: frozenset[str]

    @cached_property
    def label(self) -> str:
        """Study, scale and setting in words."""
        return f"{self.file.name} ({self.scale}): {self.cell}"

    @property
    def task(self) -> Task:
        """What is sent to a worker."""
        return self.file.path, self.file.text, self.file.sha256, self.scale, self.cell.key, self.cell.replicates


@dataclass(frozen=True)
class Finished:
    """What became of one block.

    Parameters
    ----------
    label : str
        Study, scale and setting in words.
    key : str
        Key of the cell.
    outcome : str
        ``done``, ``failed`` (as a whole), ``refused`` or ``lost``.
    reason : str, optional
        Why, where it is not done.
    seconds : float
        Time that it took.

    Examples
    --------
    >>> Finished("circle (quick)", "0a1b", "failed", "loss is not finite", 1.5).outcome
    'failed'
    """

    label: str
    key: str
    outcome: Outcome
    reason: str | None
    seconds: float


@dataclass(frozen=True)
class Progress:
    """How far a run is.

    Parameters
    ----------
    total : int
        Blocks that this run has to compute.
    stored : int
        Blocks that were complete before.
    failed_before : int
        Among those, blocks that are stored as failed.
    counts : mapping from str to int
        Blocks of this run by what became of them: done, failed (as a whole), refused, lost (and tried again).
    latest : Finished, optional
        The block that this report is about; none at the start, and when a block is begun.
    under_way : tuple of str
        Blocks that are computed or queued, the oldest first.

    Examples
    --------
    >>> Progress(total=10, stored=3, failed_before=0, counts={"done": 4, "failed": 1, "lost": 1}).finished
    5
    """

    total: int
    stored: int
    failed_before: int
    counts: Mapping[str, int]
    latest: Finished | None = None
    under_way: tuple[str, ...] = ()

    @property
    def finished(self) -> int:
        """Blocks of this run that are over."""
        return sum(count for outcome, count in self.counts.items() if outcome != "lost")


def run(
    files: Sequence[SourceFile],
    *,
    scale: Scale,
    store: Path,
    executor: Place = "process",
    n_workers: int | None = None,
    cell_timeout: float | None = None,
    fail_fast: bool = False,
    retry_failed: bool = False,
    shard: Shard | None = None,
    until: Rule | None = None,
    report: Callable[[Progress], None] | None = None,
) -> Progress:
    """Compute and store every cell that some studies ask for and the store does not have.

    Parameters
    ----------
    files : sequence of SourceFile
        The study files.
    scale : {"quick", "full"}
        Which study of each file.
    store : Path
        File of the store; made if there is none.
    executor : {"serial", "process", "dask:ADDRESS", "dask:local:N"} or concurrent.futures.Executor
        Where to compute: here, in processes of this machine, with the workers of a Dask scheduler or of a Dask cluster
        made for the run; an executor of your own is left open.
    n_workers : int, optional
        Number of workers, by default all cores of this machine; a Dask cluster has its own.
    cell_timeout : float, optional
        Seconds that a cell may take; one that takes longer is stored as failed, and its worker replaced.
    fail_fast : bool
        Stop at the first cell that fails as a whole.
    retry_failed : bool
        Compute cells again that are stored as failed.
    shard : Shard, optional
        Compute only the cells of one shard that `store` does not have, and write them to the shard's own store.
    until : Rule, optional
        Go on with further blocks of replicates until means are precise enough (`lsdm_stats.study.running.sequential`).
    report : callable, optional
        Called once at the start, when a block is begun and after every block.

    Returns
    -------
    Progress
        The last report; rows were refused if ``counts["refused"]`` is positive.

    Raises
    ------
    ValueError
        One line, if a study or the store cannot be used.

    Examples
    --------
    >>> from pathlib import Path
    >>> from tempfile import TemporaryDirectory
    >>> from lsdm_stats.study import SourceFile
    >>> text = '''
    ... from lsdm_stats import LSDM, PCA, Circle, DistanceToManifold, NearestNeighbours, Study
    ... QUICK = Study(name="tiny", sources={"circle": Circle()}, n_paired=(20,), n_unpaired=(0,), replicates=2, seed=1,
    ...               methods={"pca": LSDM(latent=PCA(dim=2), matcher=NearestNeighbours())}, n_test=30,
    ...               metrics=(DistanceToManifold(),))
    ... '''
    >>> with TemporaryDirectory() as folder:
    ...     store = Path(folder) / "rows.sqlite"
    ...     final = run([SourceFile("tiny.py", text)], scale="quick", store=store, executor="serial")
    >>> dict(final.counts)
    {'done': 1}
    """
    check_place(executor, n_workers, cell_timeout)
    if shard and until:
        raise ValueError("--shard must be run without --target-mcse: a shard sees only its part of a setting's rows; "
                         "got both; merge the shards, then run with --target-mcse on the merged store")
    studies = [file.study(scale) for file in files]
    with Store(shard.store(store) if shard else store, writable=True) as opened:
        stored = cells_of_both(store, opened) if shard else opened.cells()
        asked = [
            Job(file, scale, cell, metrics)
            for file, study in zip(files, studies, strict=True)
            for metrics in (frozenset(metric.digest for metric in study.metrics),)
            for cell in study.cells()
            if shard is None or shard.has(cell.key)
        ]
        missing = [job for job in asked if _is_missing(job, stored, retry_failed)]
        jobs = list({(job.cell.key, job.metrics): job for job in missing}.values())
        failed_before = sum(stored[job.cell.key].status == "failed" for job in asked if job.cell.key in stored)
        growth = Growth(until, opened, asked, lambda job: not _is_missing(job, stored, retry_failed)) if until else None
        waiting, n_stored = (growth.waiting, growth.found) if growth else (deque(jobs), len(asked) - len(missing))
        start = Progress(len(waiting), n_stored, 0 if retry_failed else failed_before, {})
        if report:
            report(start)
        if not waiting:
            return start
        n_workers, n_jobs = n_workers or default_workers(), None if growth else len(waiting)
        workers = make_workers(executor, n_workers=n_workers, n_jobs=n_jobs, cell_timeout=cell_timeout)
        return _Engine(opened, workers, start, report, fail_fast, growth).compute(waiting)


def default_workers() -> int:
    """Number of cores that this process may use.

    Returns
    -------
    int
        At least 1.

    Examples
    --------
    >>> default_workers() >= 1
    True
    """
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


class _Engine:
    """The loop; suspects are jobs that were under way when a worker died: they are tried again one at a time."""

    def __init__(
        self,
        store: Store,
        workers: Workers,
        start: Progress,
        report: Callable[[Progress], None] | None,
        fail_fast: bool,
        growth: Growth | None,
    ) -> None:
        self._store = store
        self._workers = workers
        self._progress = start
        self._report = report
        self._fail_fast = fail_fast
        self._growth = growth
        self._counts = Counter[str]()
        self._suspects = deque[Job]()
        self._deaths = Counter[str]()
        self._under_way: dict[Future[Result], Job] = {}

    def compute(self, waiting: deque[Job]) -> Progress:
        clean = False
        try:
            while waiting or self._suspects or self._under_way:
                self._submit(waiting)
                self._collect(waiting)
                if self._fail_fast and self._counts["failed"]:
                    return self._progress
            clean = True
        finally:
            self._workers.stop(now=not clean)
        return self._progress

    def _submit(self, waiting: deque[Job]) -> None:
        queue, room = (self._suspects, 1) if self._suspects else (waiting, self._workers.capacity)
        while queue and len(self._under_way) < room:
            job = queue.popleft()
            self._show(None, job)
            try:
                self._under_way[self._workers.submit(job.task)] = job
            except BrokenExecutor:
                queue.appendleft(job)
                if not self._under_way:
                    self._workers.rebuild()
                return

    def _collect(self, waiting: deque[Job]) -> None:
        done, _ = wait(self._under_way, timeout=_LOOK_SECONDS, return_when=FIRST_COMPLETED)
        if self._under_way and not done:
            self._workers.look()
        lost: list[Job] = []
        dropped: list[Job] = []
        late = False
        for future in [future for future in self._under_way if future in done]:
            job = self._under_way.pop(future)
            error = None if future.cancelled() else future.exception()
            if future.cancelled():
                dropped.append(job)
            elif isinstance(error, BrokenExecutor):
                lost.append(job)
            elif isinstance(error, CellTimeout):
                late = True
                self._finish(job, {**failed_result(job.cell, str(error)), "seconds": error.seconds})
            else:
                self._finish(job, future.result())
        if lost or dropped or late:
            self._workers.rebuild()
        for job in reversed(dropped):
            waiting.appendleft(job)
            self._tell(job, "lost", "the connection to its worker was lost; it is submitted again", 0.0)
        for job in lost:
            self._blame(job)

    def _blame(self, job: Job) -> None:
        self._deaths[job.cell.key] += 1
        if self._deaths[job.cell.key] == 2:
            self._finish(job, failed_result(job.cell, WORKER_DIED))
        else:
            self._suspects.append(job)
            self._tell(job, "lost", "a worker died while this cell was under way; it is tried again alone", 0.0)

    def _finish(self, job: Job, result: Result) -> None:
        try:
            self._store.record(job.cell, result, label=job.label)
        except RowsDiffer as refusal:
            self._tell(job, "refused", str(refusal), result["seconds"])
        else:
            n_failed, n = len(result["failures"]), len(job.cell.replicates)
            some = f"{n_failed} of {n} replicates failed, the first: {result['failures'][0][1]}" if n_failed else None
            self._tell(job, result["status"], result["reason"] or some, result["seconds"])

    def _tell(self, job: Job, outcome: Outcome, reason: str | None, seconds: float) -> None:
        self._counts[outcome] += 1
        if self._growth and outcome != "lost":
            before = len(self._growth.waiting)
            self._growth.over(job, outcome)
            total = self._progress.total + len(self._growth.waiting) - before
            self._progress = replace(self._progress, total=total, stored=self._growth.found)
        self._show(Finished(job.label, job.cell.key, outcome, reason, seconds))

    def _show(self, latest: Finished | None, begun: Job | None = None) -> None:
        start = self._progress
        busy = [*self._under_way.values(), *([begun] if begun else [])]
        labels = tuple(job.label for job in busy) if self._report else ()
        self._progress = Progress(start.total, start.stored, start.failed_before, dict(self._counts), latest, labels)
        if self._report:
            self._report(self._progress)


def _is_missing(job: Job, stored: Mapping[str, StoredCell], retry_failed: bool) -> bool:
    known = stored.get(job.cell.key)
    return known is None or not known.is_complete(job.metrics) or (retry_failed and known.status == "failed")
