"""Files of points: one observation per row, in .csv, .npy or .parquet."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from lsdm_stats.arrays import FloatArray

FORMATS = (".csv", ".npy", ".parquet")


@dataclass(frozen=True, eq=False)
class Points:
    """Observations read from a file.

    Parameters
    ----------
    file : Path
        Where they come from.
    values : ndarray of shape (n, dim)
        Finite numbers.
    names : tuple of str or None
        Names of the columns, if the file has them.
    weights : ndarray of shape (n,) or None
        Values of the column of weights, if there is one.
    """

    file: Path
    values: FloatArray
    names: tuple[str, ...] | None
    weights: FloatArray | None


def read_points(file: Path, weights: str | None) -> Points:
    """Read a file, and take one column as weights if asked for.

    Parameters
    ----------
    file : Path
        A .csv file (with a row of names or without), a .npy file of one or two axes, or a .parquet file.
    weights : str, optional
        Name of the column of weights, or its number from 1 where the file has no names.

    Raises
    ------
    ValueError
        One line that names the file, and the line and column where that helps.
    """
    import numpy as np

    if file.suffix.lower() not in FORMATS:
        raise ValueError(f"{file} must be a .csv, .npy or .parquet file; got {file.suffix or 'no ending'}; convert it")
    if not file.is_file():
        kind = "a directory" if file.is_dir() else "no file"
        raise ValueError(f"{file} must be a file of points; got {kind}; check the path")
    read = {".csv": _from_csv, ".npy": _from_npy, ".parquet": _from_parquet}[file.suffix.lower()]
    values, names, first_line = read(file)
    if not values.size:
        raise ValueError(f"{file} must have at least one row of numbers; it has none; check how it was written")
    bad = np.argwhere(~np.isfinite(values))
    if len(bad):
        row, column = (int(place) for place in bad[0])
        where = f"line {row + first_line}" if file.suffix.lower() == ".csv" else f"row {row + 1}"
        raise ValueError(f"{file} must have finite numbers only; {where}, column {_label(names, column)} has none; "
                         f"correct or drop it ({len(bad)} such cells)")
    if weights is None:
        return Points(file, values, names, None)
    column = _column(file, names, values.shape[1], weights)
    if values.shape[1] < 2:
        raise ValueError(f"{file} must have a column besides the weights; it has only {weights}; add the points")
    rest = None if names is None else tuple(name for place, name in enumerate(names) if place != column)
    return Points(file, np.delete(values, column, axis=1), rest, values[:, column])


def require_same_columns(first: Points, second: Points) -> None:
    """Both files must have the same columns in the same order.

    Raises
    ------
    ValueError
        One line that says which columns differ.
    """
    if first.values.shape[1] != second.values.shape[1]:
        raise ValueError(f"both files must have the same columns; got {first.values.shape[1]} in {first.file} and "
                         f"{second.values.shape[1]} in {second.file}; drop what only one has")
    if first.names is not None and second.names is not None and first.names != second.names:
        place = next(k for k, pair in enumerate(zip(first.names, second.names, strict=True)) if pair[0] != pair[1])
        raise ValueError(f"both files must have the same columns in the same order; column {place + 1} is "
                         f"{first.names[place]} in {first.file}, {second.names[place]} in {second.file}; reorder one")


def _from_csv(file: Path) -> tuple[FloatArray, tuple[str, ...] | None, int]:
    """Cells that are no numbers become NaN; rows of another length are refused."""
    import numpy as np

    with file.open(newline="", encoding="utf-8-sig") as lines:
        try:
            reader = csv.reader(lines)
            rows = [(reader.line_num, row) for row in reader if any(map(str.strip, row))]
        except (UnicodeDecodeError, csv.Error) as error:
            raise ValueError(f"{file} must be text with comma-separated numbers; {error}; convert it") from None
    if not rows:
        return np.empty((0, 0)), None, 1
    is_named = any(_number(cell) is None for cell in rows[0][1])
    names = tuple(cell.strip() for cell in rows[0][1]) if is_named else None
    body = rows[1:] if is_named else rows
    width = len(rows[0][1])
    for line, row in body:
        if len(row) != width:
            raise ValueError(f"{file} must have {width} columns in every line; line {line} has {len(row)}; correct it")
    parsed = [[_number(cell) for cell in row] for _, row in body]
    for (line, row), numbers in zip(body, parsed, strict=True):
        if None in numbers:
            column = numbers.index(None)
            cell = row[column].strip()
            raise ValueError(f"{file} must have finite numbers only; line {line}, column {_label(names, column)} is "
                             f"{cell!r}; correct or drop it" if cell else
                             f"{file} must have finite numbers only; line {line}, column {_label(names, column)} is "
                             "empty; correct or drop it")
    return np.array(parsed, dtype=np.float64).reshape(len(parsed), width), names, body[0][0] if body else 1


def _from_npy(file: Path) -> tuple[FloatArray, None, int]:
    import numpy as np

    try:
        array: Any = np.load(file, allow_pickle=False)
    except (ValueError, EOFError, OSError) as error:
        raise ValueError(f"{file} must be an array of numbers saved by numpy.save; {error}; save it again") from None
    if array.ndim not in (1, 2) or array.dtype.kind not in "fiub":
        raise ValueError(f"{file} must hold real numbers with one row per observation, shape (n, dim) or (n,); got "
                         f"{array.dtype} of shape {array.shape}; reshape it")
    return array.astype(np.float64).reshape(len(array), -1), None, 1


def _from_parquet(file: Path) -> tuple[FloatArray, tuple[str, ...], int]:
    import numpy as np
    import pandas as pd

    try:
        table = pd.read_parquet(file)
    except Exception as error:
        raise ValueError(f"{file} must be a Parquet table; {' '.join(str(error).split())}; write it again") from None
    for name in table.columns:
        if not pd.api.types.is_numeric_dtype(table[name]):
            raise ValueError(f"{file} must have columns of numbers only; {name} is {table[name].dtype}; drop it")
    return table.to_numpy(dtype=np.float64, na_value=np.nan), tuple(map(str, table.columns)), 1


def _number(cell: str) -> float | None:
    try:
        return float(cell)
    except ValueError:
        return None


def _label(names: tuple[str, ...] | None, column: int) -> str:
    return str(column + 1) if names is None else names[column]


def _column(file: Path, names: tuple[str, ...] | None, width: int, wanted: str) -> int:
    if names is not None:
        if names.count(wanted) != 1:
            raise ValueError(f"{file} must have one column named {wanted}; it has {', '.join(names)}; "
                             "name another with --weights")
        return names.index(wanted)
    if not wanted.isdigit() or not 1 <= int(wanted) <= width:
        raise ValueError(f"{file} has no names, so that --weights must be a number from 1 to {width}; got {wanted}; "
                         "count the columns")
    return int(wanted) - 1
