"""Semi-supervised data: shapes, read-only arrays, refusals."""

import numpy as np
import pytest

from lsdm_stats import SemiSupervised


def test_sizes_and_all_responses():
    data = SemiSupervised(np.zeros((2, 5, 1)), np.zeros((2, 5, 3)), np.ones((2, 7, 3)))
    assert (data.replicates, data.n_paired, data.n_unpaired) == (2, 5, 7)
    np.testing.assert_array_equal(data.all_responses[:, 5:], 1.0)


def test_unpaired_responses_may_be_left_out_or_empty():
    for data in (
        SemiSupervised(np.zeros((2, 5, 1)), np.zeros((2, 5, 3))),
        SemiSupervised(np.zeros((2, 5, 1)), np.zeros((2, 5, 3)), np.empty((2, 0, 3))),
    ):
        assert data.n_unpaired == 0
        assert data.all_responses.shape == (2, 5, 3)


def test_some_replicates_can_be_taken():
    data = SemiSupervised(np.arange(3.0).reshape(3, 1, 1), np.zeros((3, 1, 2)), np.zeros((3, 4, 2)))
    assert data[1:].conditions.ravel().tolist() == [1.0, 2.0]
    assert data[1:].n_unpaired == 4


def test_arrays_cannot_be_written_and_the_callers_still_can():
    mine = np.zeros((1, 2, 1))
    data = SemiSupervised(mine, np.zeros((1, 2, 1)))
    with pytest.raises(ValueError, match="read-only"):
        data.conditions[0, 0, 0] = 1.0
    mine[0, 0, 0] = 1.0


@pytest.mark.parametrize(
    ("arrays", "message"),
    [
        (
            (np.zeros((1, 2, 1)), np.zeros((1, 3, 1))),
            "conditions and responses must pair up; got 2 conditions and 3 responses",
        ),
        ((np.zeros((2, 2, 1)), np.zeros((1, 2, 1))), "responses must have 2 replicates on its first axis; got 1"),
        ((np.zeros((1, 0, 1)), np.zeros((1, 0, 1))), "conditions must have at least one row"),
        ((np.zeros((1, 2, 1)), np.zeros((1, 2, 3)), np.zeros((1, 4, 2))), "unpaired must have 3 columns; got 2"),
        ((np.zeros((2, 1)), np.zeros((2, 1))), r"conditions must have shape \(replicates, n, dim\)"),
    ],
)
def test_arrays_that_do_not_match_are_refused(arrays, message):
    with pytest.raises(ValueError, match=message):
        SemiSupervised(*arrays)
