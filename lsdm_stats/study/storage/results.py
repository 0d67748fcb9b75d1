"""Rows as they travel from a worker to the store and back: plain values, so that no class needs to be pickled."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal, NamedTuple, TypedDict

import numpy as np

from lsdm_stats.arrays import FloatArray

Status = Literal["done", "failed"]


class Number(NamedTuple):
    """One measured number of one replicate."""

    metric: str
    replicate: int
    name: str
    value: float


def is_timing(name: str) -> bool:
    """Whether a value name is of a time: stored like any value, but no part of whether a cell reproduces.

    Parameters
    ----------
    name : str
        Value name.

    Returns
    -------
    bool
        Whether it ends in ``.seconds``.

    Examples
    --------
    >>> is_timing("sampler.seconds"), is_timing("joint_w1")
    (True, False)
    """
    return name.endswith(".seconds")


class Picture(NamedTuple):
    """One measured array of one replicate: shape, and little-endian float64 values in C order."""

    metric: str
    replicate: int
    name: str
    shape: tuple[int, ...]
    data: bytes

    def array(self) -> FloatArray:
        """The array itself."""
        return np.frombuffer(self.data, dtype="<f8").reshape(self.shape)


class Result(TypedDict):
    """What computing a cell returned: plain values only, so that it travels between processes and machines.

    Examples
    --------
    >>> from lsdm_stats.study import failed_result, find_studies
    >>> study = find_studies(("phase_transition",))[0].study("quick")
    >>> result: Result = failed_result(study.cells()[0], "no data")
    >>> result["status"], result["reason"]
    ('failed', 'no data')
    """

    status: Status
    reason: str | None
    metrics: list[str]
    numbers: list[tuple[str, int, str, float]]
    pictures: list[tuple[str, int, str, tuple[int, ...], bytes]]
    failures: list[tuple[int, str]]
    seconds: float
    started: str
    provenance: dict[str, str]


class StoredCell(NamedTuple):
    """What is known of a stored cell without its rows.

    Parameters
    ----------
    key : str
        Key of the cell.
    label : str
        Study, scale and setting in words, as it was first stored.
    status : str
        ``done``, or ``failed`` as a whole.
    reason : str, optional
        Why it failed.
    seconds : float
        Time that it took.
    metrics : frozenset of str
        Digests of the metrics that it has.
    n_failed : int
        Replicates that failed.

    Examples
    --------
    >>> StoredCell("0a1b", "circle (quick)", "done", None, 1.5, frozenset({"9c"}), 0).is_complete({"9c", "e7"})
    False
    """

    key: str
    label: str
    status: Status
    reason: str | None
    seconds: float
    metrics: frozenset[str]
    n_failed: int

    def is_complete(self, metrics: Iterable[str]) -> bool:
        """Whether nothing is left to measure: it failed as a whole, or has every one of the metrics (digests)."""
        return self.status == "failed" or self.metrics.issuperset(metrics)


class RowsDiffer(ValueError):
    """A cell was computed again and its old rows came out different; the new rows were refused.

    Examples
    --------
    >>> issubclass(RowsDiffer, ValueError)
    True
    """
