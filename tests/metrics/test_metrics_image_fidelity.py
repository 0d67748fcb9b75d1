"""Distances to real images and to the learned manifold; copies of training images."""

import numpy as np
import pytest
from image_samplers import Noise, data_rngs, evaluation_of, neighbours

from lsdm_stats.images import ByClass, SuperResolution
from lsdm_stats.metrics import LearnedManifold, Memorisation, NearestResponse
from lsdm_stats.metrics.images.fidelity import distance_to_patches
from lsdm_stats.metrics.images.memorisation import _of_images

TASK = ByClass(test_size=300)


FRAME = np.linalg.qr(np.random.default_rng(0).normal(size=(5, 3)))[0].T
"""A tilted plane in five dimensions, and a direction off it."""


def grid_on_plane():
    """41 x 41 points of a square of side 2; a point and its 20 nearest fill a disc about it."""
    along = np.linspace(-1, 1, 41)
    return np.stack(np.meshgrid(along, along), axis=-1).reshape(-1, 2) @ FRAME[:2]


def on_sphere(rng, n):
    points = rng.normal(size=(n, 3))
    return points / np.linalg.norm(points, axis=1, keepdims=True)


@pytest.mark.parametrize("off", [0.0, 0.05, 0.4])
def test_distance_to_a_flat_manifold_is_the_part_off_its_plane(off):
    points = np.random.default_rng(1).uniform(-0.8, 0.8, size=(300, 2)) @ FRAME[:2] + off * FRAME[2]
    found = distance_to_patches(points, grid_on_plane(), n_neighbours=20, dim=2)
    np.testing.assert_allclose(found, off, atol=1e-12)


def test_a_patch_ends_where_its_images_end():
    corner = np.array([[1.0, 1.0]]) @ FRAME[:2]
    found = distance_to_patches(5 * corner, grid_on_plane(), n_neighbours=20, dim=2)  # in the plane, off the square
    assert found[0] == pytest.approx(4 * np.sqrt(2), rel=0.05)


def test_distance_to_a_curved_manifold_falls_as_images_become_more():
    rng = np.random.default_rng(4)
    points = on_sphere(rng, 300)
    means = [
        distance_to_patches(points, on_sphere(rng, size), n_neighbours=10, dim=2).mean() for size in (100, 400, 1600)
    ]
    assert means[1] < means[0] / 2.5  # the sagitta of a patch is its area over the curvature: a quarter
    assert means[2] < means[1] / 2.5


def test_the_learned_manifold_tells_new_images_from_mixtures_and_noise():
    evaluation = evaluation_of(Noise(), TASK, n_test=300)
    metric = LearnedManifold()
    noise = metric.evaluate(evaluation)
    mixtures = (evaluation.responses + np.roll(evaluation.responses, 1, axis=1)) / 2
    of_mixtures = metric.evaluate(evaluation.with_generated(mixtures))["distance_to_learned_manifold"]
    real = noise["distance_to_learned_manifold.real"]
    assert (real < 0.8).all()
    assert (of_mixtures > 1.3 * real).all()
    assert (noise["distance_to_learned_manifold"] > 2 * of_mixtures).all()
    same = metric.evaluate(evaluation.with_generated(evaluation.responses))
    np.testing.assert_array_equal(same["distance_to_learned_manifold"], real)


def test_a_patch_needs_enough_images_for_its_dimension():
    with pytest.raises(ValueError, match=r"dim must be at most n_neighbours \(4\).*; got 5; lower it"):
        LearnedManifold(n_neighbours=4, dim=5)


def test_the_nearest_test_image_is_that_of_a_loop_over_all():
    evaluation = evaluation_of(Noise(), TASK, n_test=20)
    found = NearestResponse().evaluate(evaluation)
    for r in range(2):
        distances = [min(np.linalg.norm(image - test) for test in evaluation.responses[r])
                     for image in evaluation.generated[r]]
        assert found["nearest_response"][r] == pytest.approx(np.mean(distances), rel=1e-12)
    perfect = NearestResponse().evaluate(evaluation.with_generated(evaluation.responses))
    assert perfect["nearest_response"].max() == 0
    np.testing.assert_array_equal(perfect["nearest_response.real"], found["nearest_response.real"])
    assert (found["nearest_response.real"] < 0.7 * found["nearest_response"]).all()


@pytest.mark.parametrize("task", [TASK, SuperResolution(test_size=300)], ids=["by_class", "super_resolution"])
def test_a_sampler_of_training_images_is_flagged_and_new_real_images_are_not(task):
    found = Memorisation().evaluate(evaluation_of(neighbours(task, n=100), task, n_test=300))
    assert found["copies"].tolist() == [1, 1]
    assert found["nearest_training"].tolist() == [0, 0]
    assert (found["copies.real"] < 0.01).all()
    assert (found["nearest_training.real"] > 0.5).all()


def test_training_images_are_those_that_stage_1_saw():
    fit = neighbours(TASK, n=50, m=40)  # the ambient space has no stage 1: unpaired images are not seen
    seen = TASK.draw(50, 40, rngs=data_rngs(TASK)).responses
    evaluation = evaluation_of(fit, TASK, n_test=30)
    found = Memorisation().evaluate(evaluation)["nearest_training.real"]
    for r in range(2):
        distances = [min(np.linalg.norm(test - image) for image in seen[r]) for test in evaluation.responses[r]]
        assert found[r] == pytest.approx(np.mean(distances), rel=1e-12)


def test_a_copy_is_at_most_a_third_as_far_from_the_nearest_as_from_the_next():
    known = np.array([[0.0], [4.0]])
    images = np.array([[0.0], [1.0], [1.01], [2.0], [3.5], [-2.0], [-2.01]])
    mean, copies = _of_images(images, known)
    assert mean == pytest.approx(np.mean([0, 1, 1.01, 2, 0.5, 2, 2.01]))
    assert copies == 4 / 7
    assert _of_images(np.zeros((1, 1)), np.zeros((2, 1))) == (0, 1)  # a training image that occurs twice
