"""The queue of a run that goes on until its means are precise enough (`lsdm run --target-mcse`)."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from lsdm_stats.study.running.sequential import Rule, SettingGrowth
from lsdm_stats.study.storage.store import Store

if TYPE_CHECKING:
    from lsdm_stats.study.running.engine import Job, Outcome

Identity = tuple[str, frozenset[str]]


class Growth:
    """The waiting jobs of a run, to which settings add blocks as they are assessed.

    Parameters
    ----------
    rule : Rule
        When a setting has enough replicates.
    store : Store
        Where the numbers of finished cells are read.
    own : sequence of Job
        The own cells of the studies.
    is_over : callable
        Whether nothing is left to compute of a job, as far as the store says.

    Attributes
    ----------
    waiting : deque of Job
        To be taken from the left: first what is needed for a first decision, then the setting that lacks most.
    found : int
        Jobs that were over before the run.
    """

    def __init__(self, rule: Rule, store: Store, own: Sequence[Job], is_over: Callable[[Job], bool]) -> None:
        self.waiting: deque[Job] = deque()
        self.found = 0
        self._store = store
        self._is_over = is_over
        self._over = set[Identity]()
        self._listeners: dict[Identity, list[_Setting]] = {}
        self._urgency: dict[Identity, float] = {}
        self._names = rule.targets.names
        self._known = set[str]()
        self._settings = _settings(rule, own)
        self._undecided = set(self._settings)
        for setting in self._settings:
            self._go_on(setting)

    def over(self, job: Job, outcome: Outcome) -> None:
        """Take notice that a job is over: what its settings need now is put into `waiting`.

        Raises
        ------
        ValueError
            If a target is for a value that no setting has.
        """
        self._over.add(_identity(job))
        before = len(self.waiting)
        for setting in self._listeners.get(_identity(job), ()):
            if outcome == "refused":
                setting.growth.closed = True
            self._go_on(setting)
        if len(self.waiting) > before:
            ordered = sorted(self.waiting, key=lambda job: -self._urgency[_identity(job)])
            self.waiting.clear()
            self.waiting.extend(ordered)

    def _go_on(self, setting: _Setting) -> None:
        growth = setting.growth
        while not growth.closed:
            jobs = setting.jobs()
            for job in jobs:
                self._ask(setting, job)
            if not all(_identity(job) in self._over for job in jobs):
                return
            growth.decide(self._store)
            self._known |= growth.names
            self._decided(setting)
        self._decided(setting)

    def _decided(self, setting: _Setting) -> None:
        """Once every setting has been looked at, all names that have a target must have been seen."""
        self._undecided.discard(setting)
        if not self._undecided and self._known and self._names - self._known:
            unknown = ", ".join(sorted(self._names - self._known))
            raise ValueError(f"--target-mcse must name values that are measured, {', '.join(sorted(self._known))}; "
                             f"got {unknown}; correct it; what was computed is stored")

    def _ask(self, setting: _Setting, job: Job) -> None:
        identity = _identity(job)
        if identity not in self._listeners:
            self._listeners[identity] = []
            if self._is_over(job):
                self._over.add(identity)
                self.found += 1
            else:
                self._urgency[identity] = setting.growth.urgency
                self.waiting.append(job)
        if setting not in self._listeners[identity]:
            self._listeners[identity].append(setting)


class _Setting:
    """A setting's growth, and one of its jobs after which others are made."""

    def __init__(self, growth: SettingGrowth, like: Job) -> None:
        self.growth = growth
        self._like = like

    def jobs(self) -> list[Job]:
        return [replace(self._like, cell=cell) for cell in self.growth.stage]


def _settings(rule: Rule, own: Sequence[Job]) -> list[_Setting]:
    grouped: dict[tuple[str, object], list[Job]] = {}
    for job in own:
        grouped.setdefault((job.file.path, job.cell.setting), []).append(job)
    return [
        _Setting(SettingGrowth(rule, jobs[0].file.study(jobs[0].scale), [job.cell for job in jobs]), jobs[0])
        for jobs in grouped.values()
    ]


def _identity(job: Job) -> Identity:
    return job.cell.key, job.metrics
