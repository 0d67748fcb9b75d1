"""Scores of images: real values beside them, classes, and what holds for all of them."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from image_samplers import Noise, data_rngs, evaluation_of, neighbours
from scipy.optimize import linear_sum_assignment
from scipy.spatial.distance import cdist

from lsdm_stats import JointW1, SwissRoll
from lsdm_stats.bounds import ConditionalBound
from lsdm_stats.images import ByClass, Inpainting, SuperResolution, Validation
from lsdm_stats.metrics import (
    ClassificationAccuracyScore,
    ClassifierAccuracy,
    ClasswiseW1,
    FeatureScores,
    LearnedManifold,
    Memorisation,
    NearestResponse,
    RealReference,
    RestorationScores,
)
from lsdm_stats.metrics.images import classes, classifier, features, fidelity, real, restoration
from lsdm_stats.metrics.images.splits import image_splits

BY_CLASS = ByClass(test_size=200)
FINER = SuperResolution(test_size=200)
ANY = (ClassifierAccuracy(), FeatureScores(), LearnedManifold(), Memorisation(), NearestResponse(), RealReference())
OF_CLASSES = (*ANY, ClassificationAccuracyScore(), ClasswiseW1())
OF_RESTORATION = (*ANY, RestorationScores(n_draws=3))
CACHES = (
    real._chosen,
    real._real_joint_w1,
    classifier.reference_classifier,
    classes._real_classwise,
    classes._trained_on_real,
    features._of_real_images,
    fidelity._real_mean_distance,
    fidelity._real_to_nearest,
    restoration._real_scores,
)


def values(metrics, evaluation):
    found = {}
    for metric in metrics:
        found |= metric.evaluate(evaluation)
    return found


def test_every_score_of_images_has_its_value_for_real_images():
    for task, metrics in ((BY_CLASS, OF_CLASSES), (FINER, OF_RESTORATION)):
        found = values((*metrics, JointW1()), evaluation_of(neighbours(task), task))
        scores = {name for name in found if not name.endswith((".real", ".lower", ".upper", "label_ratio"))}
        assert {f"{name}.real" for name in scores} <= set(found)
        assert all(np.isfinite(array).all() and array.shape == (2,) for array in found.values())


@pytest.mark.parametrize(("task", "metrics"), [(BY_CLASS, OF_CLASSES), (FINER, OF_RESTORATION)],
                         ids=["by_class", "super_resolution"])
def test_values_do_not_depend_on_what_is_kept(task, metrics):
    evaluation = evaluation_of(neighbours(task), task)
    for cache in CACHES:
        cache.cache_clear()
    first = values(metrics, evaluation)
    misses = [cache.cache_info().misses for cache in CACHES]
    again = values(metrics, evaluation_of(neighbours(task), task))  # another cell of the same splits
    assert [cache.cache_info().misses for cache in CACHES] == misses
    for cache in CACHES:
        assert cache.cache_info().maxsize is not None
        cache.cache_clear()
    afresh = values(metrics, evaluation)
    for name, array in first.items():
        np.testing.assert_array_equal(again[name], array, err_msg=name)
        np.testing.assert_array_equal(afresh[name], array, err_msg=name)


@pytest.mark.parametrize(("task", "metrics"), [(BY_CLASS, OF_CLASSES), (FINER, OF_RESTORATION)],
                         ids=["by_class", "super_resolution"])
def test_a_failed_replicate_changes_no_other_and_none_left_gives_no_values(task, metrics):
    without_training = [metric for metric in metrics if not isinstance(metric, Memorisation)]
    whole, part, none = (
        values(without_training, evaluation_of(Noise(failed=failed), task, replicates=3))
        for failed in ((), (1,), (0, 1, 2))
    )
    for name, array in whole.items():
        np.testing.assert_array_equal(part[name], array[[0, 2]], err_msg=name)
        assert none[name].shape == (0,)


def test_no_global_randomness_is_read_or_written():
    state = np.random.get_state()[1].copy()  # noqa: NPY002
    classifier.reference_classifier.cache_clear()
    first = ClassifierAccuracy().evaluate(evaluation_of(Noise(), BY_CLASS))
    np.testing.assert_array_equal(np.random.get_state()[1], state)  # noqa: NPY002
    np.random.random()  # noqa: NPY002
    classifier.reference_classifier.cache_clear()
    again = ClassifierAccuracy().evaluate(evaluation_of(Noise(), BY_CLASS))
    assert first["accuracy"].tolist() == again["accuracy"].tolist()


def test_real_images_are_different_ones_of_the_pool_with_the_same_label():
    for split in image_splits(evaluation_of(Noise(), BY_CLASS, n_test=200), None):
        images, pool = real.real_images(split), split.pool()
        assert len(np.unique(images, axis=0)) == 200  # all 1,797 digits are different
        rows = cdist(images, pool.responses).argmin(axis=1)
        np.testing.assert_array_equal(pool.responses[rows], images)
        np.testing.assert_array_equal(pool.labels[rows], split.labels())


def test_real_images_of_a_restoration_are_different_and_no_exchange_brings_conditions_nearer():
    split = image_splits(evaluation_of(Noise(), FINER, n_test=80), None)[0]
    images, conditions = real.real_images(split), split.test()[0]
    assert len(np.unique(images, axis=0)) == 80
    costs = cdist(conditions, FINER.degrade(images))
    own = np.diag(costs)
    assert (own[:, None] + own <= costs + costs.T + 1e-12).all()
    unused = np.array([row for row in split.pool().responses if not (images == row).all(axis=1).any()])
    assert (own[:, None] <= cdist(conditions, FINER.degrade(unused)) + 1e-12).all()


def test_joint_w1_of_real_images_is_that_of_a_sampler_that_returns_them():
    for task in (BY_CLASS, FINER):
        evaluation = evaluation_of(Noise(), task)
        returned = np.stack([real.real_images(split) for split in image_splits(evaluation, None)])
        expected = JointW1().evaluate(evaluation.with_generated(returned))["joint_w1"]
        assert RealReference().evaluate(evaluation)["joint_w1.real"].tolist() == expected.tolist()


def test_the_classifier_recognises_real_images_and_not_those_of_other_classes():
    evaluation = evaluation_of(Noise(), BY_CLASS, n_test=200)
    perfect = ClassifierAccuracy().evaluate(evaluation.with_generated(evaluation.responses))
    assert (perfect["accuracy"] > 0.94).all()
    np.testing.assert_array_equal(perfect["accuracy"], perfect["accuracy.real"])
    wrong = ClassifierAccuracy().evaluate(evaluation.with_generated(evaluation.responses[:, ::-1]))
    assert (wrong["accuracy"] < 0.3).all()
    np.testing.assert_array_equal(wrong["accuracy.real"], perfect["accuracy"])


def test_a_small_pool_is_learned_in_as_many_steps():
    small = ByClass(test_size=1600)  # 197 images in the pool: a batch for each epoch
    assert (ClassifierAccuracy().evaluate(evaluation_of(Noise(), small, n_test=1600))["accuracy.real"] > 0.85).all()


def test_accuracy_is_the_share_that_the_output_layer_gets_right_from_the_features():
    evaluation = evaluation_of(neighbours(FINER), FINER)
    found = ClassifierAccuracy().evaluate(evaluation)["accuracy"]
    for r, split in enumerate(image_splits(evaluation, None)):
        device = classifier.reference_classifier(split)
        outputs = device.features(evaluation.generated[r]) @ device.network.coefs_[1] + device.network.intercepts_[1]
        assert found[r] == np.mean(outputs.argmax(axis=1) == FINER.test_labels(60, rngs=data_rngs(FINER))[r])


def test_a_classifier_trained_on_generated_images_is_as_good_as_they_are():
    evaluation = evaluation_of(Noise(), BY_CLASS, n_test=200)
    metric, name = ClassificationAccuracyScore(), "classification_accuracy_score"
    perfect = metric.evaluate(evaluation.with_generated(evaluation.responses))
    assert (perfect[name] > 0.99).all()
    assert (perfect[f"{name}.real"] > 0.9).all()
    splits = image_splits(evaluation, None)
    returned = evaluation.with_generated(np.stack([real.real_images(split) for split in splits]))
    np.testing.assert_array_equal(metric.evaluate(returned)[name], perfect[f"{name}.real"])
    blank = metric.evaluate(evaluation.with_generated(np.zeros_like(evaluation.responses)))
    assert (blank[name] < 0.2).all()


def test_classwise_w1_is_the_cost_of_the_best_assignment_within_classes():
    evaluation = evaluation_of(neighbours(BY_CLASS), BY_CLASS)
    found = ClasswiseW1().evaluate(evaluation)
    for r in range(2):
        labels, total = BY_CLASS.labels(evaluation.conditions[r]), 0.0
        for label in np.unique(labels):
            costs = cdist(evaluation.generated[r, labels == label], evaluation.responses[r, labels == label])
            total += costs[linear_sum_assignment(costs)].sum() / len(labels)
        assert found["classwise_w1"][r] == pytest.approx(total, rel=1e-9)
        both = np.vstack([evaluation.generated[r], evaluation.responses[r]])
        assert found["label_ratio"][r] == pytest.approx(cdist(both, both).max() / 8.0, rel=1e-12)


@given(seed=st.integers(0, 10_000), label_distance=st.floats(0.2, 30.0), size=st.floats(0.0, 3.0))
@settings(max_examples=30)
def test_joint_w1_is_the_classwise_one_where_labels_are_further_apart_than_images(seed, label_distance, size):
    task, rng = ByClass(test_size=60, label_distance=label_distance), np.random.default_rng(seed)
    evaluation = evaluation_of(Noise(), task, n_test=24, replicates=1)
    found = evaluation.with_generated(size * rng.random((1, 24, 64)))
    numbers = {**JointW1().evaluate(found), **ClasswiseW1().evaluate(found)}
    upper = {"conditional_w1": numbers["classwise_w1.upper"], "joint_w1": numbers["joint_w1.upper"],
             "label_ratio": numbers["label_ratio"]}
    assert (numbers["joint_w1.lower"] <= ConditionalBound(form="joint").evaluate(upper).total).all()
    assert (numbers["classwise_w1.lower"] <= ConditionalBound(form="labels").evaluate(upper).total).all()
    if numbers["label_ratio"] <= 1:
        np.testing.assert_allclose(numbers["joint_w1"], numbers["classwise_w1"], rtol=1e-8)


def test_joint_w1_is_less_than_the_classwise_one_where_labels_are_near_and_exchanged():
    task = ByClass(test_size=60, label_distance=0.5)
    evaluation = evaluation_of(Noise(), task, n_test=24, replicates=1)
    exchanged = evaluation.with_generated(np.roll(evaluation.responses, 1, axis=1))
    classwise = ClasswiseW1().evaluate(exchanged)
    assert classwise["label_ratio"] > 1
    assert JointW1().evaluate(exchanged)["joint_w1"] < 0.7 * classwise["classwise_w1"]


def test_scores_are_those_of_the_inner_task_on_a_validation_part():
    for task, metric in ((Validation(task=BY_CLASS, size=60), ClasswiseW1()),
                         (Validation(task=FINER, size=60), RestorationScores(n_draws=2))):
        found = metric.evaluate(evaluation_of(neighbours(task), task))
        assert all(np.isfinite(array).all() for array in found.values())


@pytest.mark.parametrize(
    ("task", "metric", "message"),
    [
        *((SwissRoll(ambient_dim=64), metric, f"{type(metric).__name__} needs an image task; got SwissRoll; use one")
          for metric in (*OF_CLASSES, RestorationScores())),
        (FINER, ClasswiseW1(), "ClasswiseW1 needs images that are generated by class; got SuperResolution; use"),
        (FINER, ClassificationAccuracyScore(), "generated by class; got SuperResolution; use ByClass"),
        (BY_CLASS, RestorationScores(), "conditions that are made from the image; got ByClass; use SuperResolution"),
        (BY_CLASS, Memorisation(), "needs a fit with a latent space; got a sampler without one; use LSDM"),
        (ByClass(test_size=1740), LearnedManifold(n_neighbours=57), "more than 57 non-test images; got 57; lower"),
        (Inpainting(test_size=1790), RestorationScores(n_draws=8), "at least 8 non-test images; got 7; lower n_draws"),
        (Inpainting(test_size=1750), RealReference(), "as many non-test images as test images, 60; got 47; lower"),
        (ByClass(test_size=1720), RealReference(), r"non-test image for each test image of a class; got \d for \d+ of"),
    ],
    ids=lambda value: type(value).__name__ if not isinstance(value, str) else "refused",
)
def test_what_a_score_lacks_is_said_in_one_line(task, metric, message):
    evaluation = evaluation_of(Noise(), task)
    with pytest.raises(ValueError, match=message) as refused:
        metric.evaluate(evaluation)
    assert "\n" not in str(refused.value)


def test_few_test_images_are_refused_where_they_are_too_few():
    with pytest.raises(ValueError, match="FeatureScores needs at least 6 test images; got 5; raise n_test"):
        FeatureScores().evaluate(evaluation_of(Noise(), BY_CLASS, n_test=5))
    with pytest.raises(ValueError, match="two classes at least; got one class; raise n_test"):
        ClassificationAccuracyScore().evaluate(evaluation_of(Noise(), BY_CLASS, n_test=1))
    assert ClasswiseW1().evaluate(evaluation_of(Noise(), BY_CLASS, n_test=1))["label_ratio"].tolist() == [0, 0]


def test_changed_images_cannot_be_drawn_again():
    evaluation = evaluation_of(Noise(), FINER)
    with pytest.raises(ValueError, match="needs a fit that can draw again; got changed images"):
        RestorationScores().evaluate(evaluation.with_generated(evaluation.responses))
