"""Validators of arrays: what passes, and the one line that is said of what does not."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from lsdm_stats.arrays import as_points, as_stack, as_weights, check_count, read_only

finite = st.floats(-1e6, 1e6)


@given(arrays(np.float64, st.tuples(st.integers(1, 5), st.integers(1, 4)), elements=finite))
def test_points_pass_unchanged(values):
    np.testing.assert_array_equal(as_points(values, "x"), values)
    np.testing.assert_array_equal(as_points(values.tolist(), "x"), values)
    np.testing.assert_array_equal(as_stack(values[None], "x")[0], values)


def test_a_vector_becomes_a_column():
    assert as_points([1, 2, 3], "x").shape == (3, 1)


def test_float32_and_integers_become_float64():
    assert as_points(np.ones((2, 2), dtype=np.float32), "x").dtype == np.float64
    assert as_points(np.ones((2, 2), dtype=int), "x").dtype == np.float64


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (
            lambda: as_points([[1.0, np.nan]], "x"),
            r"x must be finite; got 1 NaN or infinite values, the first at \(0, 1\)",
        ),
        (lambda: as_points([np.inf], "x"), "x must be finite"),
        (lambda: as_points([], "x"), "x must have at least one row"),
        (lambda: as_points(np.empty((3, 0)), "x"), "x must have at least one column"),
        (
            lambda: as_points(np.zeros((2, 2, 2)), "x"),
            r"x must have shape \(n, dim\), observations in rows; got shape \(2, 2, 2\)",
        ),
        (lambda: as_points([["a"]], "x"), "x must be an array of real numbers"),
        (lambda: as_points([[1.0], [1.0, 2.0]], "x"), "x must be an array of real numbers"),
        (lambda: as_points([[1.0]], "x", dim=2), "x must have 2 columns; got 1"),
        (lambda: as_points(3.0, "x"), r"x must have shape \(n, dim\)"),
        (lambda: as_stack([[1.0]], "x"), r"x must have shape \(replicates, n, dim\); got shape \(1, 1\)"),
        (lambda: as_stack([[[1.0]]], "x", replicates=2), "x must have 2 replicates on its first axis; got 1"),
        (lambda: as_weights([1.0], "w", size=2), r"w must have one mass per point, shape \(2,\)"),
        (lambda: as_weights([1.0, -1.0], "w", size=2), "w must be non-negative; got a smallest mass of -1"),
        (lambda: as_weights([0.0, 0.0], "w", size=2), "w must have positive total mass"),
        (lambda: as_weights([np.nan, 1.0], "w", size=2), "w must be finite"),
        (lambda: check_count(0, "n"), "n must be at least 1; got 0; raise it"),
        (lambda: check_count(True, "n"), "n must be a whole number; got True"),
        (lambda: check_count(1.5, "n"), "n must be a whole number; got 1.5"),
    ],
)
def test_bad_input_is_refused_in_one_line(call, message):
    with pytest.raises(ValueError, match=message) as caught:
        call()
    assert "\n" not in str(caught.value)


def test_empty_arrays_pass_where_they_are_allowed():
    assert as_points(np.empty((0, 2)), "x", allow_empty=True).shape == (0, 2)
    assert as_stack(np.empty((1, 0, 2)), "x", allow_empty=True).shape == (1, 0, 2)


def test_read_only_arrays_cannot_be_written():
    array = read_only(np.zeros(2))
    with pytest.raises(ValueError, match="read-only"):
        array[0] = 1.0
