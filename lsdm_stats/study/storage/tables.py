"""From the store to long tables: one row per setting, replicate and value name, in an order fixed by the study."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from lsdm_stats.study.blocks import with_further
from lsdm_stats.study.design import Cell, Scale, Study
from lsdm_stats.study.storage.dictionary import explain, explain_names, write_dictionary
from lsdm_stats.study.storage.provenance import FIELDS
from lsdm_stats.study.storage.results import StoredCell
from lsdm_stats.study.storage.store import Store

if TYPE_CHECKING:
    from pandas import DataFrame

COLUMNS = (
    "study",
    "scale",
    "source",
    "n_paired",
    "n_unpaired",
    "method",
    "replicate",
    "name",
    "value",
    "array",
    "status",
    "reason",
    "key",
    "seconds",
)
"""Columns of a table of results."""


def table(store: Store, study: Study, scale: Scale, *, max_replicates: int | None = None) -> DataFrame:
    """The stored rows that a study asks for, of the metrics that it lists.

    Parameters
    ----------
    store : Store
        Where they are.
    study, scale : Study, str
        Which study.
    max_replicates : int, optional
        Take in further blocks of replicates up to this number, where they are stored: settings may then have different
        numbers of replicates.

    Returns
    -------
    pandas.DataFrame
        Columns `COLUMNS`, one row per cell, replicate and value name, ordered by these; ``array`` holds an ndarray
        for pictures and None otherwise. A failed replicate has one row with the name ``failure`` and its reason.

    Examples
    --------
    >>> from pathlib import Path
    >>> from tempfile import TemporaryDirectory
    >>> from lsdm_stats.study import Store, failed_result, find_studies
    >>> study = find_studies(("phase_transition",))[0].study("quick")
    >>> with TemporaryDirectory() as folder, Store(Path(folder) / "rows.sqlite", writable=True) as store:
    ...     store.record(study.cells()[0], failed_result(study.cells()[0], "no data"), label="by hand")
    ...     rows = table(store, study, "quick")
    >>> rows["name"].unique().tolist(), rows["reason"].iloc[0]
    (['failure'], 'no data')
    """
    from pandas import DataFrame, Series

    stored = store.cells()
    cells = {cell.key: cell for cell in with_further(study, stored, max_replicates)}
    rows = [
        _row(study, scale, cells[key], stored[key], replicate, name, value, array, reason)
        for key, replicate, name, value, array, reason in _measured(store, study, cells)
    ]
    columns: dict[str, Any] = {name: [row[place] for row in rows] for place, name in enumerate(COLUMNS)}
    for name in ("array", "reason"):
        columns[name] = Series(columns[name], dtype=object)
    for name, kind in (
        ("value", float),
        ("seconds", float),
        ("replicate", int),
        ("n_paired", int),
        ("n_unpaired", int),
    ):
        columns[name] = np.asarray(columns[name], dtype=kind)
    return DataFrame(columns)


def with_provenance(store: Store, rows: DataFrame) -> DataFrame:
    """The same rows with when, where and with what each was computed, for export."""
    known = store.provenance()
    return rows.assign(**{name: [known[key][name] for key in rows["key"]] for name in ("started", *FIELDS)})


def flat_arrays(rows: DataFrame) -> DataFrame:
    """The same rows with each array as a flat list and its shape as another column, both None where there is none."""
    from pandas import Series

    arrays: list[Any] = list(rows["array"])
    flat = [None if array is None else array.ravel().tolist() for array in arrays]
    shapes = [None if array is None else list(array.shape) for array in arrays]
    return rows.assign(
        array=Series(flat, dtype=object, index=rows.index), shape=Series(shapes, dtype=object, index=rows.index)
    )


def export(
    store: Store,
    studies: Sequence[tuple[Study, Scale]],
    path: Path,
    *,
    kind: Literal["parquet", "csv"],
    max_replicates: int | None = None,
) -> int:
    """Write rows with provenance to one file, and beside it what its columns mean; `max_replicates` as for `table`.

    Parameters
    ----------
    store : Store
        Where the rows are.
    studies : sequence of (Study, str)
        Studies with their scales.
    path : Path
        The file to write.
    kind : {"parquet", "csv"}
        Its format.
    max_replicates : int, optional
        Take in further blocks of replicates up to this number.

    Returns
    -------
    int
        Number of rows.

    Examples
    --------
    >>> from pathlib import Path
    >>> from tempfile import TemporaryDirectory
    >>> from lsdm_stats.study import Store, failed_result, find_studies
    >>> study = find_studies(("phase_transition",))[0].study("quick")
    >>> with TemporaryDirectory() as folder, Store(Path(folder) / "rows.sqlite", writable=True) as store:
    ...     store.record(study.cells()[0], failed_result(study.cells()[0], "no data"), label="by hand")
    ...     n_rows = export(store, [(study, "quick")], Path(folder) / "rows.csv", kind="csv")
    ...     n_rows == len(study.cells()[0].replicates), (Path(folder) / "rows.dictionary.csv").exists()
    (True, True)
    """
    from pandas import Series, concat

    found = [table(store, study, scale, max_replicates=max_replicates) for study, scale in studies]
    rows = concat(found, ignore_index=True)
    rows = flat_arrays(with_provenance(store, rows))
    path.parent.mkdir(parents=True, exist_ok=True)
    if kind == "parquet":
        write_parquet(rows, path)
    else:
        for name in ("array", "shape"):
            rows[name] = Series([None if value is None else json.dumps(value) for value in rows[name]], dtype=object)
        rows.to_csv(path, index=False, lineterminator="\n")
    columns = [str(name) for name in rows.columns]
    write_dictionary([*explain(columns), *explain_names(store, studies)], dictionary_path(path))
    return len(rows)


def dictionary_path(path: Path) -> Path:
    """Where the dictionary of an export is: ``rows.dictionary.csv`` for ``rows.parquet``.

    Parameters
    ----------
    path : Path
        File of an export.

    Returns
    -------
    Path
        The file beside it.

    Examples
    --------
    >>> from pathlib import Path
    >>> dictionary_path(Path("rows.parquet")).name
    'rows.dictionary.csv'
    """
    return path.with_name(f"{path.stem}.dictionary.csv")


def write_parquet(rows: DataFrame, path: Path) -> None:
    """Write flat rows with the types spelled out, so that a column without values has the same type as one with."""
    import pyarrow
    from pyarrow import parquet

    types = {
        "value": pyarrow.float64(),
        "seconds": pyarrow.float64(),
        "array": pyarrow.list_(pyarrow.float64()),
        "shape": pyarrow.list_(pyarrow.int64()),
        "replicate": pyarrow.int64(),
        "n_paired": pyarrow.int64(),
        "n_unpaired": pyarrow.int64(),
    }
    columns = {
        str(name): pyarrow.array(rows[name].tolist(), type=types.get(str(name), pyarrow.string()))
        for name in rows.columns
    }
    parquet.write_table(pyarrow.table(columns), path, compression="zstd")


def _measured(
    store: Store, study: Study, cells: Mapping[str, Cell]
) -> list[tuple[str, int, str, float, Any, str | None]]:
    """Key, replicate, name, value, array and reason of every row, in their final order."""
    place = {key: index for index, key in enumerate(cells)}
    metrics = {metric.digest: index for index, metric in enumerate(study.metrics)}
    found = [
        ((place[key], replicate, -1), (key, replicate, "failure", np.nan, None, reason))
        for key, replicate, reason in store.failures(cells)
    ]
    found += [
        ((place[key], row.replicate, metrics[row.metric]), (key, row.replicate, row.name, row.value, None, None))
        for key, row in store.numbers(cells, metrics)
    ]
    found += [
        ((place[key], row.replicate, metrics[row.metric]), (key, row.replicate, row.name, np.nan, row.array(), None))
        for key, row in store.pictures(cells, metrics)
    ]
    return [row for _, row in sorted(found, key=lambda item: (item[0], item[1][2]))]


def _row(
    study: Study,
    scale: Scale,
    cell: Cell,
    entry: StoredCell,
    replicate: int,
    name: str,
    value: float,
    array: Any,
    reason: str | None,
) -> tuple[Any, ...]:
    setting = cell.setting
    return (
        study.name,
        scale,
        setting.source,
        setting.n_paired,
        setting.n_unpaired,
        setting.method,
        replicate,
        name,
        value,
        array,
        "ok" if reason is None else "failed",
        reason,
        cell.key,
        entry.seconds,
    )
