"""Names of the places where cells are computed, and what each can do."""

from __future__ import annotations

import math
from concurrent.futures import Executor

from lsdm_stats.arrays import check_count
from lsdm_stats.study.running.cluster import Dask
from lsdm_stats.study.running.processes import Processes
from lsdm_stats.study.running.workers import Borrowed, Serial, Workers

Place = str | Executor

_CHOICES = "'serial', 'process', 'dask:ADDRESS' of a scheduler or 'dask:local:N'"


def check_place(place: Place, n_workers: int | None, cell_timeout: float | None) -> None:
    """Refuse what cannot be, before anything is started.

    Raises
    ------
    ValueError
        If the place is unknown, or cannot have this number of workers or a time-out.
    """
    if n_workers is not None:
        check_count(n_workers, "workers")
    if not isinstance(place, Executor) and place not in ("serial", "process"):
        _dask_of(place)
        if n_workers is not None:
            raise ValueError(
                f"workers must be left out with Dask, whose cluster has its own number; got {n_workers}; "
                "leave it out, or write dask:local:N"
            )
    if place == "serial" and n_workers not in (None, 1):
        raise ValueError(f"workers must be 1 for the serial executor; got {n_workers}; use the executor 'process'")
    if cell_timeout is None:
        return
    if not (math.isfinite(cell_timeout) and cell_timeout > 0):
        raise ValueError(f"cell-timeout must be a positive number of seconds; got {cell_timeout:g}; correct it")
    if place == "serial" or isinstance(place, Executor):
        which = "the serial executor" if place == "serial" else "an executor of your own"
        raise ValueError(
            f"cell-timeout must be used where workers can be replaced; {which} has none that can; "
            "use the executor 'process' or 'dask:…'"
        )


def make_workers(place: Place, *, n_workers: int, n_jobs: int | None, cell_timeout: float | None) -> Workers:
    """Start the workers of a place that was checked; no more processes than there are jobs, where that is known.

    Raises
    ------
    ValueError
        If they do not start.
    """
    if isinstance(place, Executor):
        return Borrowed(place, n_workers=n_workers)
    if place == "serial":
        return Serial()
    if place == "process":
        return Processes(min(n_workers, n_jobs or n_workers), cell_timeout=cell_timeout)
    address, n_local = _dask_of(place)
    return Dask(address, n_workers=n_local and min(n_local, n_jobs or n_local), cell_timeout=cell_timeout)


def _dask_of(place: str) -> tuple[str | None, int | None]:
    """The address of a scheduler, or the number of workers of a local cluster."""
    kind, _, rest = place.partition(":")
    if kind != "dask" or not rest:
        raise ValueError(f"executor must be {_CHOICES}; got {place!r}; choose one of them")
    where, _, number = rest.partition(":")
    if where != "local":
        return rest, None
    if not (number.isascii() and number.isdecimal() and int(number) > 0):
        raise ValueError(f"executor dask:local:N must have workers from 1; got {place!r}; write dask:local:2, say")
    return None, int(number)
