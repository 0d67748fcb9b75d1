"""How complete a study is in a store: done, failed, missing and stale cells, speed and time left."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence, Set
from dataclasses import dataclass

import numpy as np

from lsdm_stats.study.blocks import further_keys
from lsdm_stats.study.design import Scale, Study
from lsdm_stats.study.storage.results import StoredCell


@dataclass(frozen=True)
class StudyStatus:
    """How complete a study is in a store; counts are of cells unless they say replicates.

    Parameters
    ----------
    study, scale : str
        Which study.
    total, done, failed, incomplete, missing : int
        Cells asked for: computed; failed as a whole; lacking a metric; not there. Incomplete cells are not done.
    failed_replicates : int
        Replicates that failed, in failed cells or in others.
    seconds : float
        Mean time of a stored cell; NaN if there is none.
    failures : tuple of (str, str, str)
        Key, label and reason of every failed cell.
    further : int
        Stored cells beyond those asked for: more replicates of the study's settings (`lsdm run --target-mcse`).

    Examples
    --------
    >>> from lsdm_stats.study import find_studies, status
    >>> study = find_studies(("phase_transition",))[0].study("quick")
    >>> state: StudyStatus = status({}, study, "quick")
    >>> state.missing == state.total > 0, state.seconds_left
    (True, nan)
    """

    study: str
    scale: Scale
    total: int
    done: int
    failed: int
    incomplete: int
    missing: int
    failed_replicates: int
    seconds: float
    failures: tuple[tuple[str, str, str], ...]
    further: int = 0

    @property
    def seconds_left(self) -> float:
        """Time that one worker needs for what is incomplete or missing; NaN if nothing is known."""
        left = self.incomplete + self.missing
        return left * self.seconds if left else 0.0


def status(
    stored: Mapping[str, StoredCell],
    study: Study,
    scale: Scale,
    blocks: Iterable[tuple[int, ...]] = (),
    *,
    asked: Set[str] = frozenset(),
) -> StudyStatus:
    """How complete a study is, given the stored cells and, to count further ones, the stored blocks of replicates.

    What other studies ask for, `asked` (keys), is not counted as further.

    Parameters
    ----------
    stored : mapping from str to StoredCell
        Cells of a store by key (`Store.cells`).
    study : Study
        Which.
    scale : {"full", "quick"}
        Its scale.
    blocks : iterable of tuple of int
        Blocks of replicates that some stored cell has (`Store.blocks`).
    asked : set of str
        Keys of cells that other studies ask for.

    Returns
    -------
    StudyStatus
        Counts of its cells.

    Examples
    --------
    >>> from lsdm_stats.study import find_studies
    >>> study = find_studies(("phase_transition",))[0].study("quick")
    >>> state = status({}, study, "quick")
    >>> state.done, state.missing == len(study.cells())
    (0, True)
    """
    metrics = [metric.digest for metric in study.metrics]
    known = [(cell, stored[cell.key]) for cell in study.cells() if cell.key in stored]
    failed = [(cell, entry) for cell, entry in known if entry.status == "failed"]
    incomplete = sum(not entry.is_complete(metrics) for _, entry in known)
    total = len(study.cells())
    further = stored.keys() - asked
    return StudyStatus(
        study.name,
        scale,
        total,
        len(known) - len(failed) - incomplete,
        len(failed),
        incomplete,
        total - len(known),
        sum(entry.n_failed for _, entry in known),
        float(np.mean([entry.seconds for _, entry in known])) if known else np.nan,
        tuple((cell.key, str(cell), entry.reason or "") for cell, entry in failed),
        len(further_keys(study, further, blocks)) if further else 0,
    )


def asked_keys(studies: Iterable[Study]) -> frozenset[str]:
    """The keys of all cells that some studies ask for.

    Parameters
    ----------
    studies : iterable of Study
        Which.

    Returns
    -------
    frozenset of str
        Keys of cells.

    Examples
    --------
    >>> from lsdm_stats.study import find_studies
    >>> study = find_studies(("phase_transition",))[0].study("quick")
    >>> len(asked_keys([study])) == len(study.cells())
    True
    """
    return frozenset(cell.key for study in studies for cell in study.cells())


def stale(
    stored: Mapping[str, StoredCell], studies: Sequence[Study], blocks: Iterable[tuple[int, ...]] = ()
) -> tuple[StoredCell, ...]:
    """The stored cells that no study asks for: of an earlier design, or of studies that are not loaded.

    Given the stored blocks of replicates, further replicates of a study's settings are not among them.

    Parameters
    ----------
    stored : mapping from str to StoredCell
        Cells of a store by key (`Store.cells`).
    studies : sequence of Study
        All that are loaded, at both scales.
    blocks : iterable of tuple of int
        Blocks of replicates that some stored cell has (`Store.blocks`).

    Returns
    -------
    tuple of StoredCell
        In the order in which they were stored.

    Examples
    --------
    >>> from lsdm_stats.study import find_studies
    >>> study = find_studies(("phase_transition",))[0].study("quick")
    >>> old = StoredCell("0a1b", "an earlier design", "done", None, 1.5, frozenset(), 0)
    >>> [cell.label for cell in stale({"0a1b": old}, [study])]
    ['an earlier design']
    """
    asked = asked_keys(studies)
    left = {key: entry for key, entry in stored.items() if key not in asked}
    known = frozenset(blocks) if left else ()
    further = {key for study in studies for key in further_keys(study, left, known)}
    return tuple(entry for key, entry in left.items() if key not in further)
