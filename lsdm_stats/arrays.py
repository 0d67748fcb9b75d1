"""Array aliases and the only validators of arrays; each refusal says what was required, what came and the remedy."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

FloatArray = NDArray[np.float64]
"""Arrays of float64."""
IntArray = NDArray[np.int64]
"""Arrays of int64."""
BoolArray = NDArray[np.bool_]
"""Arrays of booleans."""


def as_points(values: ArrayLike, name: str, *, dim: int | None = None, allow_empty: bool = False) -> FloatArray:
    """Observations as rows: a finite float64 array of shape ``(n, dim)``; a vector becomes one column.

    Parameters
    ----------
    values : array_like of shape (n, dim) or (n,)
        Observations in rows.
    name : str
        What to call the array in an error message.
    dim : int, optional
        Required number of columns.
    allow_empty : bool
        Whether zero rows are allowed.

    Returns
    -------
    ndarray of shape (n, dim)
        The same numbers as float64, C-contiguous.

    Raises
    ------
    ValueError
        If the shape is wrong, there are no rows, or any value is not finite.

    Examples
    --------
    >>> as_points([1.0, 2.0, 3.0], "x").shape
    (3, 1)
    """
    array = _as_float(values, name)
    if array.ndim == 1:
        array = array[:, None]
    if array.ndim != 2:
        raise ValueError(f"{name} must have shape (n, dim), observations in rows; got shape {array.shape}; reshape it")
    return _checked(array, name, dim=dim, axis=0, allow_empty=allow_empty)


def as_stack(
    values: ArrayLike, name: str, *, dim: int | None = None, replicates: int | None = None, allow_empty: bool = False
) -> FloatArray:
    """A stack of replicates: a finite float64 array of shape ``(replicates, n, dim)``.

    Parameters
    ----------
    values : array_like of shape (replicates, n, dim)
        Observations in rows, one block of rows per replicate.
    name : str
        What to call the array in an error message.
    dim : int, optional
        Required number of columns.
    replicates : int, optional
        Required number of replicates.
    allow_empty : bool
        Whether zero rows are allowed.

    Returns
    -------
    ndarray of shape (replicates, n, dim)
        The same numbers as float64.

    Raises
    ------
    ValueError
        If the shape is wrong, there are no rows, or any value is not finite.

    Examples
    --------
    >>> as_stack([[[0.0, 1.0]]], "responses").shape
    (1, 1, 2)
    """
    array = _as_float(values, name)
    if array.ndim != 3:
        raise ValueError(
            f"{name} must have shape (replicates, n, dim); got shape {array.shape}; "
            "add a leading replicate axis with [None]"
        )
    if replicates is not None and array.shape[0] != replicates:
        raise ValueError(
            f"{name} must have {replicates} replicates on its first axis; got {array.shape[0]}; "
            "stack one entry per replicate"
        )
    return _checked(array, name, dim=dim, axis=1, allow_empty=allow_empty)


def as_weights(values: ArrayLike | None, name: str, *, size: int) -> FloatArray:
    """Non-negative masses of shape ``(size,)``; ``None`` stands for equal masses ``1 / size``.

    Parameters
    ----------
    values : array_like of shape (size,) or None
        Masses.
    name : str
        What to call the array in an error message.
    size : int
        Number of points.

    Returns
    -------
    ndarray of shape (size,)
        Masses as they were given; they need not sum to 1.

    Raises
    ------
    ValueError
        If the length differs, a mass is negative or not finite, or all are zero.

    Examples
    --------
    >>> as_weights(None, "x_weights", size=4)
    array([0.25, 0.25, 0.25, 0.25])
    """
    if values is None:
        return np.full(size, 1.0 / size)
    array = _as_float(values, name)
    if array.shape != (size,):
        raise ValueError(
            f"{name} must have one mass per point, shape ({size},); got shape {array.shape}; "
            "leave it out for equal masses"
        )
    _require_finite(array, name)
    if np.any(array < 0):
        raise ValueError(f"{name} must be non-negative; got a smallest mass of {array.min():g}; remove negative masses")
    if not array.sum() > 0:
        raise ValueError(f"{name} must have positive total mass; got 0; leave it out for equal masses")
    return array


def check_count(value: object, name: str, *, minimum: int = 1) -> int:
    """A whole number of at least `minimum`.

    Parameters
    ----------
    value : object
        What was given.
    name : str
        What to call it in an error message.
    minimum : int
        Smallest allowed number.

    Returns
    -------
    int
        The number as a plain int.

    Raises
    ------
    ValueError
        If it is not a whole number or too small.

    Examples
    --------
    >>> check_count(3, "n_paired")
    3
    """
    if isinstance(value, bool) or not isinstance(value, int | np.integer):
        raise ValueError(f"{name} must be a whole number; got {value!r}; pass an int")
    if value < minimum:
        raise ValueError(f"{name} must be at least {minimum}; got {value}; raise it")
    return int(value)


def read_only(array: NDArray[Any]) -> NDArray[Any]:
    """The array with writing switched off (the same memory).

    Parameters
    ----------
    array : ndarray
        Any array.

    Returns
    -------
    ndarray
        The very array that was given.

    Examples
    --------
    >>> read_only(np.zeros(2)).flags.writeable
    False
    """
    array.setflags(write=False)
    return array


def _as_float(values: ArrayLike, name: str) -> FloatArray:
    if isinstance(values, np.ma.MaskedArray):
        raise ValueError(f"{name} must be an array of plain numbers; got a masked array; fill or drop what is masked")
    try:
        kind = np.asarray(values).dtype.kind
        if kind in "cmM":
            raise ValueError(f"dtype of kind {kind!r}")
        return np.asarray(values, dtype=np.float64, order="C")
    except (TypeError, ValueError) as error:
        raise ValueError(
            f"{name} must be an array of real numbers; got {type(values).__name__} ({error}); "
            "convert it to a rectangular float array"
        ) from None


def _checked(array: FloatArray, name: str, *, dim: int | None, axis: int, allow_empty: bool) -> FloatArray:
    if array.shape[axis] == 0 and not allow_empty:
        raise ValueError(f"{name} must have at least one row; got shape {array.shape}; pass at least one observation")
    if array.shape[-1] == 0:
        raise ValueError(f"{name} must have at least one column; got shape {array.shape}; pass at least one variable")
    if dim is not None and array.shape[-1] != dim:
        raise ValueError(f"{name} must have {dim} columns; got {array.shape[-1]}; match the dimensions")
    _require_finite(array, name)
    return array


def _require_finite(array: FloatArray, name: str) -> None:
    finite = np.isfinite(array)
    if not finite.all():
        first = tuple(int(i) for i in np.argwhere(~finite)[0])
        raise ValueError(
            f"{name} must be finite; got {array.size - int(finite.sum())} NaN or infinite values, "
            f"the first at {first}; remove or impute them"
        )
