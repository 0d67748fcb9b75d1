"""Tasks on images: splits that never overlap, known conditions, labels further apart than images."""

import copy

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.spatial.distance import pdist
from skimage.measure import block_reduce

from lsdm_stats import (
    PCA,
    ByClass,
    Digits,
    Faces,
    Inpainting,
    NearestNeighbours,
    SuperResolution,
    Textures,
    Validation,
    streams,
    wasserstein,
)
from lsdm_stats.images import CATALOGUE, DATA_SETS, Restoration

TASKS = (
    ByClass(test_size=400),
    ByClass(images=Faces(), test_size=60),
    SuperResolution(test_size=400),
    SuperResolution(images=Faces(), test_size=60, factor=5),
    Inpainting(test_size=400, hidden_rows=3),
    Inpainting(images=Textures(stride=32), test_size=60),
    Validation(task=ByClass(test_size=400), size=200),
    Validation(task=SuperResolution(images=Textures(stride=32), test_size=60), size=50),
)
RESTORATIONS = tuple(task for task in TASKS if isinstance(task, Restoration))
each = pytest.mark.parametrize("task", TASKS, ids=lambda task: f"{type(task).__name__}-{type(task.images).__name__}")


def rngs(task, replicates=3, seed=1):
    return streams.data(seed, task, replicates=range(replicates))


def sorted_rows(images):
    return images[np.lexsort(images.T)]


def test_every_task_of_the_catalogue_is_tested():
    assert {type(task) for task in TASKS} == set(CATALOGUE)
    assert Digits in DATA_SETS
    assert {type(task) for task in RESTORATIONS} == {SuperResolution, Inpainting}


@each
def test_test_images_and_pool_are_a_split(task):
    held = task.split.parts(rngs(task))
    for (test, pool), shown in zip(held, task.pool(rngs=rngs(task)), strict=True):
        assert len(test) == task.test_size
        assert len(pool) == len(shown) == task.pool_size == len(np.unique(pool))
        assert not set(test) & set(pool)
        np.testing.assert_array_equal(shown.index, pool)
        set_aside = 0 if task.inner is task else task.inner.test_size
        assert len(test) + len(pool) + set_aside == task.images.n_images
    assert not np.array_equal(held[0][0], held[1][0])


@each
def test_pairs_and_unpaired_images_together_are_the_pool_when_all_are_taken(task):
    data = task.draw(37, task.pool_size - 37, rngs=rngs(task))
    for r, pool in enumerate(task.pool(rngs=rngs(task))):
        np.testing.assert_array_equal(sorted_rows(data.all_responses[r]), sorted_rows(pool.responses))


@each
@given(n=st.integers(1, 50), m=st.integers(0, 50), more=st.integers(0, 20), used=st.integers(0, 3))
@settings(max_examples=10)
def test_neither_size_changes_the_other_sample_and_used_generators_give_the_same_split(task, n, m, more, used):
    streams_used = rngs(task, 2)
    for _ in range(used):
        task.held_out(3, rngs=streams_used)
        streams_used[0].random(5)
    small, large = task.draw(n, m, rngs=streams_used), task.draw(n + more, m + more, rngs=rngs(task, 2))
    np.testing.assert_array_equal(small.conditions, large.conditions[:, :n])
    np.testing.assert_array_equal(small.responses, large.responses[:, :n])
    np.testing.assert_array_equal(small.unpaired, large.unpaired[:, :m])


@each
def test_pool_and_labels_agree_with_pairs_and_test_images(task):
    data, pools = task.draw(20, 5, rngs=rngs(task)), task.pool(rngs=rngs(task))
    conditions, responses = task.held_out(30, rngs=rngs(task))
    labels = task.test_labels(30, rngs=rngs(task))
    np.testing.assert_array_equal(task.conditions_of(responses, labels), conditions)
    np.testing.assert_array_equal(labels[:, :7], task.test_labels(7, rngs=rngs(task)))
    for r, pool in enumerate(pools):
        np.testing.assert_array_equal(pool.conditions[:20], data.conditions[r])
        np.testing.assert_array_equal(pool.responses[:20], data.responses[r])
        np.testing.assert_array_equal(pool.responses[::-1][:5], data.unpaired[r])
        np.testing.assert_array_equal(task.conditions_of(pool.responses, pool.labels), pool.conditions)
        pixels, known = task.data.pixels.reshape(-1, task.response_dim), task.data.labels
        for image, label in zip(responses[r], labels[r], strict=True):
            assert label in known[(pixels == image).all(axis=1)]


@each
def test_images_are_in_the_unit_interval_and_nothing_can_be_written_to(task):
    data, pool = task.draw(20, 5, rngs=rngs(task)), task.pool(rngs=rngs(task))[0]
    for images in (data.responses, data.unpaired, pool.responses, task.data.pixels):
        assert images.min() >= 0
        assert images.max() <= 1
    for array in (*task.held_out(3, rngs=rngs(task))[1:], pool.responses, task.data.values, task.data.labels,
                  task.data.pixels, data.conditions, data.responses, data.unpaired):
        with pytest.raises(ValueError, match="read-only"):
            array[...] = 0


@each
def test_splits_are_named_alike_exactly_where_they_are_the_same(task):
    names = task.splits(rngs=rngs(task))
    assert names == task.splits(rngs=rngs(task)) == task.splits(rngs=copy.deepcopy(rngs(task)))
    assert len({*names, *task.splits(rngs=rngs(task, seed=2))}) == 6
    if task.inner is task:
        assert task.splits(rngs=rngs(task)) != task.replace(test_size=7).splits(rngs=rngs(task))
    else:
        assert task.splits(rngs=rngs(task)) != task.inner.splits(rngs=rngs(task))


def test_tasks_on_the_same_images_share_splits_and_their_names():
    by_class, sharper = ByClass(), SuperResolution()
    same = rngs(by_class)
    assert by_class.splits(rngs=same) == sharper.splits(rngs=same)
    np.testing.assert_array_equal(by_class.held_out(9, rngs=same)[1], sharper.held_out(9, rngs=same)[1])
    other_generator = [np.random.Generator(np.random.Philox(np.random.SeedSequence(5)))]
    assert by_class.splits(rngs=other_generator) != by_class.splits(rngs=[np.random.default_rng(5)])


def test_the_split_is_the_same_for_every_method():
    """A fit uses other streams than the data, and uses them up."""
    task = ByClass()
    data = task.draw(30, 20, rngs=rngs(task))
    for method in (PCA(dim=2), NearestNeighbours()):
        streams.fit(1, task, method, replicates=range(3))[0].random(9)
        again = task.draw(30, 20, rngs=rngs(task))
        np.testing.assert_array_equal(data.responses, again.responses)
        np.testing.assert_array_equal(data.unpaired, again.unpaired)


@pytest.mark.parametrize("task", RESTORATIONS, ids=lambda task: f"{type(task).__name__}-{type(task.images).__name__}")
def test_conditions_are_degraded_responses_to_the_bit(task):
    conditions, responses = task.held_out(50, rngs=rngs(task))
    np.testing.assert_array_equal(task.degrade(responses), conditions)
    np.testing.assert_array_equal(task.degrade(responses[1, :1]), conditions[1, :1])
    np.testing.assert_array_equal(task.degrade(responses[2, 3]), conditions[2, 3])
    np.testing.assert_array_equal(task.degrade(np.asfortranarray(responses[0])), conditions[0])


@pytest.mark.parametrize("task", RESTORATIONS, ids=lambda task: f"{type(task).__name__}-{type(task.images).__name__}")
def test_degradation_is_linear(task):
    rng = np.random.default_rng(3)
    one, other = rng.normal(size=(2, 6, task.response_dim))
    np.testing.assert_allclose(task.degrade(2 * one - other), 2 * task.degrade(one) - task.degrade(other), atol=1e-13)
    matrix = task.degrade(np.eye(task.response_dim))
    assert matrix.shape == (task.response_dim, task.condition_dim)
    np.testing.assert_allclose(one @ matrix, task.degrade(one), atol=1e-13)
    np.testing.assert_allclose(task.degrade(np.ones(task.response_dim)), 1, atol=1e-15)


@pytest.mark.parametrize(("data", "factor"), [(Digits(), 2), (Digits(), 4), (Digits(), 8), (Faces(), 5)], ids=str)
def test_super_resolution_is_average_pooling(data, factor):
    task = SuperResolution(images=data, test_size=60, factor=factor)
    conditions, responses = task.held_out(60, rngs=rngs(task, 1))
    whole = responses[0].reshape(60, *task.image_shape)
    pooled = block_reduce(whole, (1, factor, factor), np.mean)
    np.testing.assert_allclose(conditions[0], pooled.reshape(60, -1), atol=1e-14)


def test_inpainting_shows_the_upper_rows():
    task = Inpainting(hidden_rows=3)
    conditions, responses = task.held_out(5, rngs=rngs(task, 1))
    np.testing.assert_array_equal(conditions[0].reshape(5, 5, 8), responses[0].reshape(5, 8, 8)[:, :5])


def test_validation_takes_its_images_from_the_pool_and_never_touches_test_images():
    task = Validation(task=ByClass(test_size=400), size=200)
    same = rngs(task)
    inner, own = task.inner.split.parts(same), task.split.parts(same)
    for (test, pool), (held, rest) in zip(inner, own, strict=True):
        assert not set(test) & ({*held, *rest})
        np.testing.assert_array_equal(np.concatenate([held, rest]), pool)
    data = task.draw(100, 897, rngs=same)
    tests = task.inner.held_out(400, rngs=same)[1]
    duplicates = {image.tobytes() for image in task.data.pixels.reshape(-1, 64)}
    assert len(duplicates) == 1797
    for r in range(3):
        touched = {image.tobytes() for image in (*data.all_responses[r], *task.held_out(200, rngs=same)[1][r])}
        assert not touched & {image.tobytes() for image in tests[r]}


def test_codes_are_as_far_apart_as_asked_and_carry_the_labels():
    task = ByClass(label_distance=5.5)
    pool = task.pool(rngs=rngs(task, 1))[0]
    codes = np.unique(pool.conditions, axis=0)
    assert len(codes) == 10
    np.testing.assert_allclose(pdist(codes), 5.5)
    np.testing.assert_array_equal(task.labels(pool.conditions), pool.labels)


@pytest.mark.parametrize("data", [Digits(), Faces(), Textures(stride=32)], ids=lambda data: type(data).__name__)
def test_the_root_of_the_number_of_pixels_bounds_every_distance_of_images(data):
    task = ByClass(images=data, test_size=10)
    assert pdist(data.load().pixels.reshape(data.n_images, -1)).max() <= task.response_dim**0.5
    if isinstance(data, Digits):
        assert pdist(data.load().pixels.reshape(1797, -1)).max() == pytest.approx(4.815, abs=1e-3)


def joint_and_classwise(label_distance, n=60):
    """Joint W1 of n real images and n others with the same labels, and the sum of class-wise W1 (A4.labels)."""
    task = ByClass(label_distance=label_distance)
    x, y = (part[0] for part in task.held_out(n, rngs=rngs(task, 1)))
    pool, labels = task.pool(rngs=rngs(task, 1))[0], task.labels(x)
    others = np.empty_like(y)
    for label in np.unique(labels):
        others[labels == label] = pool.responses[pool.labels == label][: (labels == label).sum()]
    joint = wasserstein.exact(np.hstack([x, others]), np.hstack([x, y]), blocks=(10, 64)).value
    parts = [
        (labels == label).mean() * wasserstein.exact(others[labels == label], y[labels == label]).value
        for label in np.unique(labels)
    ]
    return joint, sum(parts)


@pytest.mark.parametrize("label_distance", [8.0, 5.0])
def test_joint_w1_is_the_sum_of_class_wise_w1_once_labels_are_further_apart_than_images(label_distance):
    joint, classwise = joint_and_classwise(label_distance)
    assert joint == pytest.approx(classwise, rel=1e-9)


def test_joint_w1_is_smaller_where_labels_are_near_each_other():
    joint, classwise = joint_and_classwise(0.1)
    assert joint < 0.99 * classwise


def test_digests_tell_every_field_apart():
    tasks = [
        ByClass(), ByClass(test_size=499), ByClass(label_distance=7.0), ByClass(images=Textures()),
        ByClass(images=Textures(stride=9)), SuperResolution(), SuperResolution(factor=4), Inpainting(),
        Inpainting(hidden_rows=3), Validation(), Validation(size=299), Validation(task=SuperResolution()),
        Digits(), Faces(), Textures(), Textures(stride=9),
    ]  # fmt: skip
    assert len({task.digest for task in tasks}) == len(tasks)
    assert ByClass(label_distance=8) == ByClass()


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: ByClass().draw(1000, 1000, rngs=rngs(ByClass())),
         r"n_paired \+ n_unpaired must be at most 1297 .*; got 2000; lower one of them"),
        (lambda: ByClass().draw(0, 0, rngs=rngs(ByClass())), "n_paired must be at least 1; got 0"),
        (lambda: ByClass().held_out(501, rngs=rngs(ByClass())), r"n must be at most test_size \(500\); got 501; lower"),
        (lambda: ByClass().test_labels(501, rngs=rngs(ByClass())), r"n must be at most test_size \(500\); got 501"),
        (lambda: Validation().held_out(301, rngs=rngs(ByClass())), r"n must be at most test_size \(300\); got 301"),
        (lambda: ByClass(test_size=1797), "test_size must be at most 1796 .images of Digits less one.; got 1797; low"),
        (lambda: ByClass(images=Faces()), "test_size must be at most 199 .images of Faces less one.; got 500; lower"),
        (lambda: ByClass(images=ByClass()), r"images must be a data set such as Digits\(\); got ByClass; see lsdm"),
        (lambda: SuperResolution(factor=3), r"factor must divide .* \(8 x 8\); got 3; choose a common divisor"),
        (lambda: SuperResolution(images=Faces(), test_size=9), r"factor must divide .* \(25 x 25\); got 2; choose a"),
        (lambda: Inpainting(hidden_rows=8), "hidden_rows must be at most 7 .*; got 8; lower it"),
        (lambda: Validation(size=1297), "size must be at most 1296 .*; got 1297; lower it"),
        (lambda: Validation(task=Digits()), r"task must be an image task such as ByClass\(\); got Digits; see lsdm"),
        (lambda: Validation(task=Validation()), "task must be an image task .*; got Validation"),
        (lambda: Textures(stride=7), "stride: input should be greater than or equal to 8; got 7"),
    ],
)  # fmt: skip
def test_impossible_requests_are_refused(call, message):
    with pytest.raises(ValueError, match=message) as refusal:
        call()
    assert "\n" not in str(refusal.value)
