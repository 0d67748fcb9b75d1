"""Digits: splits that never overlap, labels further apart than images."""

import numpy as np
import pytest
from scipy.spatial.distance import pdist

from lsdm_stats import Digits, streams
from lsdm_stats.images.digits import _load


def rngs(task, replicates=3):
    return streams.data(1, task, replicates=range(replicates))


def sorted_rows(images):
    return images[np.lexsort(images.T)]


def test_pool_and_test_images_are_a_split_of_all_images():
    task = Digits(test_size=400)
    _, test = task.held_out(400, rngs=rngs(task))
    _, pool = task.pool(rngs=rngs(task))
    everything = sorted_rows(_load()[0])
    for r in range(3):
        np.testing.assert_array_equal(sorted_rows(np.vstack([test[r], pool[r]])), everything)
    assert not np.array_equal(test[0], test[1])


def test_pairs_and_unpaired_images_together_are_the_pool_when_all_are_taken():
    task = Digits(test_size=400)
    data = task.draw(397, 1000, rngs=rngs(task))
    _, pool = task.pool(rngs=rngs(task))
    for r in range(3):
        np.testing.assert_array_equal(sorted_rows(data.all_responses[r]), sorted_rows(pool[r]))


def test_labels_are_further_apart_than_any_two_images():
    task = Digits()
    diameter = pdist(_load()[0]).max()
    assert diameter == pytest.approx(4.815, abs=1e-3)
    assert diameter <= task.label_distance
    codes = np.unique(task.pool(rngs=rngs(task, 1))[0][0], axis=0)
    assert len(codes) == 10
    np.testing.assert_allclose(pdist(codes), task.label_distance)


def test_conditions_carry_the_labels():
    task = Digits()
    images, labels = _load()
    conditions, drawn = task.held_out(50, rngs=rngs(task, 1))
    for label, image in zip(task.labels(conditions[0]), drawn[0], strict=True):
        assert label in labels[(images == image).all(axis=1)]


def test_pixels_are_in_the_unit_interval():
    images, _ = _load()
    assert images.min() == 0
    assert images.max() == 1


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda t: t.draw(1000, 1000, rngs=rngs(t)), r"n_paired \+ n_unpaired must be at most 1297 .*; got 2000"),
        (lambda t: t.held_out(501, rngs=rngs(t)), r"n must be at most test_size \(500\); got 501; lower it"),
        (lambda t: t.draw(0, 0, rngs=rngs(t)), "n_paired must be at least 1; got 0"),
        (lambda t: t.replace(test_size=1797), "test_size: input should be less than or equal to 1796; got 1797"),
    ],
)
def test_impossible_requests_are_refused(call, message):
    with pytest.raises(ValueError, match=message):
        call(Digits())
