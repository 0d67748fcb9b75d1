"""Computes one cell: data, fit, evaluation sample or known truth, metrics; what goes wrong becomes failure rows."""

from __future__ import annotations

import os
import time
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

import numpy as np
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits

from lsdm_stats import streams
from lsdm_stats.samples import FitError
from lsdm_stats.spec import Spec
from lsdm_stats.study.design import Cell
from lsdm_stats.study.storage.provenance import provenance
from lsdm_stats.study.storage.results import Result

_THREAD_VARIABLES = (
    "OMP_NUM_THREADS",
    "OPENBLAS_NUM_THREADS",
    "MKL_NUM_THREADS",
    "VECLIB_MAXIMUM_THREADS",
    "NUMEXPR_NUM_THREADS",
)


def run_cell(cell: Cell, metrics: Sequence[Spec]) -> Result:
    """Compute a cell; an exception fails all its replicates with the exception as their reason."""
    clock = time.perf_counter()
    result = _empty_result(metrics)
    try:
        with _one_thread():
            _measure(cell, metrics, result)
    except Exception as error:
        result = failed_result(cell, describe(error))
    result["seconds"] = time.perf_counter() - clock
    return result


def failed_result(cell: Cell, reason: str) -> Result:
    """The result of a cell whose replicates all failed for one reason.

    Parameters
    ----------
    cell : Cell
        Which.
    reason : str
        One line.

    Returns
    -------
    Result
        Without numbers, every replicate failed.

    Examples
    --------
    >>> from lsdm_stats.study import find_studies
    >>> study = find_studies(("phase_transition",))[0].study("quick")
    >>> failed_result(study.cells()[0], "diverged")["failures"][0]
    (0, 'diverged')
    """
    failures = [(replicate, reason) for replicate in cell.replicates]
    return {**_empty_result(()), "status": "failed", "reason": reason, "failures": failures}


def measure_cell(cell: Cell, metrics: Sequence[Spec]) -> Result:
    """Compute a cell as `run_cell` does, but let exceptions through; for looking into a failure.

    Parameters
    ----------
    cell : Cell
        What to compute.
    metrics : sequence of Spec
        What to measure.

    Returns
    -------
    Result
        Numbers, pictures and failures of every replicate.

    Examples
    --------
    >>> from lsdm_stats import LSDM, PCA, Circle, DistanceToManifold, NearestNeighbours, Study
    >>> study = Study(name="tiny", sources={"circle": Circle()}, n_paired=(20,), n_unpaired=(0,), replicates=2, seed=1,
    ...               methods={"pca": LSDM(latent=PCA(dim=2), matcher=NearestNeighbours())}, n_test=30,
    ...               metrics=(DistanceToManifold(),))
    >>> result = measure_cell(study.cells()[0], study.metrics)
    >>> result["status"], sorted({name for _, _, name, _ in result["numbers"]})
    ('done', ['distance_to_manifold', 'distance_to_manifold.reconstruction', 'distance_to_manifold.response'])
    """
    result = _empty_result(metrics)
    with _one_thread():
        _measure(cell, metrics, result)
    return result


def describe(error: BaseException) -> str:
    """One line: the reason of a fit that could not be made, or the exception's type and message.

    Parameters
    ----------
    error : BaseException
        What was raised.

    Returns
    -------
    str
        One line.

    Examples
    --------
    >>> describe(FitError("loss is not finite")), describe(ValueError("no"))
    ('loss is not finite', 'ValueError: no')
    """
    message = " ".join(str(error).split())
    return message if isinstance(error, FitError) and message else f"{type(error).__name__}: {message}"


def _empty_result(metrics: Sequence[Spec]) -> Result:
    return {
        "status": "done",
        "reason": None,
        "metrics": [metric.digest for metric in metrics],
        "numbers": [],
        "pictures": [],
        "failures": [],
        "seconds": 0.0,
        "started": datetime.now(UTC).isoformat(timespec="seconds"),
        "provenance": provenance(),
    }


def _measure(cell: Cell, metrics: Sequence[Spec], result: Result) -> None:
    from lsdm_stats.metrics import Estimation, HasEstimates, draw_evaluation

    source: Any = cell.source
    method: Any = cell.method
    setting, replicates = cell.setting, cell.replicates
    data = source.draw(
        setting.n_paired, setting.n_unpaired, rngs=streams.data(cell.seed, source, replicates=replicates)
    )
    fitted = method.fit(data, rngs=streams.fit(cell.seed, source, method, replicates=replicates))
    failures: tuple[str | None, ...] = tuple(fitted.failures)
    if None in failures:
        if isinstance(fitted, HasEstimates):
            evaluation = Estimation.of(fitted, source)
        else:
            test_rngs = streams.data(cell.seed, source, replicates=replicates)
            evaluation = draw_evaluation(fitted, source, n_test=cell.n_test, rngs=test_rngs)
        failures = tuple(evaluation.failures)
        survivors = [replicates[index] for index in evaluation.replicates]
        for metric in metrics if survivors else ():
            _add_values(metric, evaluation, survivors, result)
    reasons = zip(replicates, failures, strict=True)
    result["failures"] = [(replicate, reason) for replicate, reason in reasons if reason is not None]
    if None not in failures:
        result.update(status="failed", reason=failures[0], metrics=[])


def _add_values(metric: Any, evaluation: object, survivors: Sequence[int], result: Result) -> None:
    owner = type(metric).__name__
    taken = {row[2] for row in result["numbers"]} | {row[2] for row in result["pictures"]}
    for name, values in metric.evaluate(evaluation).items():
        array: NDArray[np.float64] = np.asarray(values, dtype="<f8")
        if array.ndim == 0 or array.shape[0] != len(survivors):
            raise ValueError(
                f"{owner}: {name} must have one entry per surviving replicate, {len(survivors)}; "
                f"got shape {array.shape}"
            )
        if name in taken or name == "failure":
            raise ValueError(f"{owner}: {name} must be a name of its own; another metric uses it; name it apart")
        if array.ndim == 1:
            result["numbers"] += [
                (metric.digest, replicate, name, float(value))
                for replicate, value in zip(survivors, array, strict=True)
            ]
        else:
            result["pictures"].append((metric.digest, survivors[0], name, array.shape[1:], array[0].tobytes()))


@contextmanager
def _one_thread() -> Generator[None]:
    """One thread for linear algebra, in libraries already loaded and in those that are loaded meanwhile."""
    before = {name: os.environ.get(name) for name in _THREAD_VARIABLES}
    os.environ.update(dict.fromkeys(_THREAD_VARIABLES, "1"))
    try:
        with threadpool_limits(limits=1):
            yield
    finally:
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value
