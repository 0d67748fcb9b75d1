"""Rows of full-scale runs as small tracked files, so that verdicts and figures can be redrawn without the fits."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import numpy as np

from lsdm_stats.study.blocks import with_further
from lsdm_stats.study.design import Study
from lsdm_stats.study.storage.completeness import status
from lsdm_stats.study.storage.provenance import FIELDS
from lsdm_stats.study.storage.store import Store
from lsdm_stats.study.storage.tables import COLUMNS, flat_arrays, table, with_provenance, write_parquet

if TYPE_CHECKING:
    from pandas import DataFrame


def publish(store: Store, study: Study, directory: Path, *, max_replicates: int | None = None) -> Path:
    """Write the full-scale rows of a study to ``<directory>/<study>.parquet``, with their provenance.

    With `max_replicates`, further blocks of replicates up to this number are written too, where they are stored.

    Parameters
    ----------
    store : Store
        Where the rows are.
    study : Study
        At full scale.
    directory : Path
        Where the file goes.
    max_replicates : int, optional
        Take in further blocks of replicates up to this number.

    Returns
    -------
    Path
        The file.

    Raises
    ------
    ValueError
        If some of its cells are missing from the store or lack a metric.

    Examples
    --------
    >>> from pathlib import Path
    >>> from tempfile import TemporaryDirectory
    >>> from lsdm_stats.study import Store, failed_result, find_studies
    >>> study = find_studies(("end_to_end",))[0].study("full")
    >>> with TemporaryDirectory() as folder, Store(Path(folder) / "rows.sqlite", writable=True) as store:
    ...     for cell in study.cells():
    ...         store.record(cell, failed_result(cell, "no data"), label="by hand")
    ...     publish(store, study, Path(folder)).name
    'end_to_end.parquet'
    """
    state = status(store.cells(), study, "full")
    if state.missing or state.incomplete:
        raise ValueError(
            f"study {study.name} must be complete to be published; {state.missing + state.incomplete} of "
            f"{state.total} cells are missing; run `lsdm run {study.name}`"
        )
    path = directory / f"{study.name}.parquet"
    directory.mkdir(parents=True, exist_ok=True)
    rows = with_provenance(store, table(store, study, "full", max_replicates=max_replicates))
    write_parquet(flat_arrays(rows.assign(metrics=" ".join(sorted(_digests(study))))), path)
    return path


def _digests(study: Study) -> set[str]:
    return {metric.digest for metric in study.metrics}


def read_published(study: Study, directory: Path, *, max_replicates: int | None = None) -> DataFrame:
    """The published rows of a study, in the form and under the labels of `table`; `max_replicates` as there.

    Parameters
    ----------
    study : Study
        At full scale.
    directory : Path
        Where the file is.
    max_replicates : int, optional
        Take in further blocks of replicates up to this number.

    Returns
    -------
    pandas.DataFrame
        Columns `COLUMNS`.

    Raises
    ------
    ValueError
        If there is no such file, it cannot be read, or it is of an earlier design or other metrics of the study.

    Examples
    --------
    >>> from lsdm_stats.study import figures_directory, find_studies
    >>> study = find_studies(("two_stage_bound",))[0].study("full")
    >>> rows = read_published(study, figures_directory() / "data")
    >>> sorted(rows["method"].unique()), len(rows) > 1000
    (['autoencoder', 'pca'], True)
    """
    from pandas import Series, read_parquet

    path = directory / f"{study.name}.parquet"
    if not path.is_file():
        raise ValueError(
            f"published rows of {study.name} are required; there is no {path}; leave out --published "
            "and run the study, or publish it with `lsdm export --publish`"
        )
    try:
        rows = read_parquet(path, columns=[*COLUMNS, "shape", "metrics"])
    except (OSError, ValueError, KeyError) as error:
        raise ValueError(f"{path} must be a file written by `lsdm export --publish`; {error}; restore it") from None
    present = set(rows["key"].unique())
    cells = {cell.key: cell for cell in with_further(study, present, max_replicates)}
    absent = len(cells.keys() - present)
    if absent:
        raise ValueError(
            f"{path} must have all {len(study.cells())} cells of {study.name}; {absent} are missing: it is of another "
            "design; run the study and publish it again"
        )
    unmeasured = _digests(study) - {digest for names in rows["metrics"].unique() for digest in str(names).split()}
    if unmeasured:
        raise ValueError(
            f"{path} must have been measured by the metrics of {study.name}; {len(unmeasured)} of them are new or "
            "changed since; run the study and publish it again"
        )
    rows = cast("DataFrame", rows[rows["key"].isin(list(cells))]).reset_index(drop=True)
    keys, told = cast("Series", rows["key"]), cast("Series", rows["reason"])
    pairs = zip(rows["array"], rows["shape"], strict=True)
    arrays: list[Any] = [
        None if flat is None else np.asarray(flat, dtype=np.float64).reshape(shape) for flat, shape in pairs
    ]
    reasons = Series(told.astype(object)).where(told.notna(), None)
    rows = rows.drop(columns=["shape", "metrics"])
    return rows.assign(
        study=study.name,
        scale="full",
        source=keys.map({key: cell.setting.source for key, cell in cells.items()}.get),
        method=keys.map({key: cell.setting.method for key, cell in cells.items()}.get),
        array=Series(arrays, dtype=object),
        reason=reasons,
    )


def published_provenance(study: Study, directory: Path) -> dict[str, dict[str, str]]:
    """When, where and with what each published cell of a study was fitted, by key, as `Store.provenance` has it.

    Parameters
    ----------
    study : Study
        The study.
    directory : Path
        Where the published rows are.

    Returns
    -------
    dict
        By key: ``started``, ``package``, ``git_commit``, versions of libraries and ``host``.

    Examples
    --------
    >>> from lsdm_stats.study import figures_directory, find_studies
    >>> study = find_studies(("two_stage_bound",))[0].study("full")
    >>> {cell["package"] for cell in published_provenance(study, figures_directory() / "data").values()}
    {'0.1.0'}
    """
    from pandas import read_parquet

    names = ["key", "started", *FIELDS]
    rows = read_parquet(directory / f"{study.name}.parquet", columns=names).drop_duplicates("key")
    return {str(row["key"]): {str(name): str(value) for name, value in row.items()} for row in rows.to_dict("records")}
