"""Restoration scores against closed forms, loops and scikit-image."""

import itertools
from dataclasses import replace

import numpy as np
import pytest
from image_samplers import Noise, evaluation_of

from lsdm_stats.images import Inpainting, SuperResolution
from lsdm_stats.metrics import ExampleDraws, RestorationScores
from lsdm_stats.metrics.images.restoration import energy_score, spread
from lsdm_stats.metrics.images.similarity import psnr, ssim
from lsdm_stats.metrics.images.splits import image_splits

TASK = SuperResolution(test_size=200)


class Checkered:
    """Every pixel of the condition twice as large, with a pattern that averages to zero, of random sign."""

    def __init__(self, size):
        self.size = size

    def sample(self, conditions, *, rngs):
        coarse = conditions.reshape(*conditions.shape[:2], 4, 4)
        fine = coarse.repeat(2, axis=2).repeat(2, axis=3)
        pattern = self.size * np.tile([[1.0, -1.0], [-1.0, 1.0]], (4, 4))
        signs = np.stack([rng.choice([-1.0, 1.0], size=conditions.shape[1]) for rng in rngs])
        return (fine + signs[:, :, None, None] * pattern).reshape(*conditions.shape[:2], 64)


@pytest.mark.parametrize("shape", [(7, 7), (8, 8), (9, 12), (25, 25)], ids=str)
def test_similarities_are_those_of_scikit_image(shape):
    metrics = pytest.importorskip("skimage.metrics")
    rng = np.random.default_rng(1)
    images, references = rng.normal(0.5, 0.5, size=(3, 4, *shape)), rng.random((3, 1, *shape))
    similarity, ratio = ssim(images, references), psnr(images, references)
    assert similarity.shape == ratio.shape == (3, 4)
    for i, j in np.ndindex(3, 4):
        pair = references[i, 0], images[i, j]
        assert similarity[i, j] == pytest.approx(metrics.structural_similarity(*pair, data_range=1.0), abs=1e-12)
        assert ratio[i, j] == pytest.approx(metrics.peak_signal_noise_ratio(*pair, data_range=1.0), rel=1e-12)


def test_similarities_of_equal_and_of_known_images():
    image = np.random.default_rng(2).random((8, 8))
    assert ssim(image, image) == pytest.approx(1, abs=1e-12)
    assert psnr(image, image) == np.inf
    assert psnr(image + 0.1, image) == pytest.approx(20, rel=1e-12)  # 10 log10(1 / 0.01)
    with pytest.raises(ValueError, match="images of at least 7 x 7 pixels; got 6 x 8; use larger images"):
        ssim(image[:6], image[:6])


def test_energy_score_and_diversity_by_loops():
    rng = np.random.default_rng(3)
    draws, responses = rng.normal(size=(6, 5, 4)), rng.normal(size=(6, 4))
    scores, spreads = [], []
    for images, response in zip(draws, responses, strict=True):
        to_truth = np.mean([np.linalg.norm(image - response) for image in images])
        between = [np.linalg.norm(one - other) for one, other in itertools.permutations(images, 2)]
        scores.append(to_truth - sum(between) / (2 * 5 * 4))
        spreads.append(np.mean(between))
    assert energy_score(draws, responses) == pytest.approx(np.mean(scores), rel=1e-12)
    assert spread(draws) == pytest.approx(np.mean(spreads), rel=1e-12)


def test_two_opposite_draws_about_the_truth_have_energy_score_zero():
    draws = np.array([[[3.0, 4.0], [-3.0, -4.0]]])
    assert energy_score(draws, np.zeros((1, 2))) == 0  # 5 - 10 / 2
    assert spread(draws) == 10


@pytest.mark.parametrize("count", [2, 4])
def test_energy_score_is_unbiased_in_the_number_of_draws(count):
    """A normal law about its centre: E|G| - E|G - G'| / 2; six standard errors, false alarms below 1e-8."""
    expected, n = np.sqrt(2 / np.pi) - 1 / np.sqrt(np.pi), 40_000
    draws = np.random.default_rng(4).normal(size=(n, count, 1))
    each = np.array([energy_score(some, np.zeros((200, 1))) for some in draws.reshape(-1, 200, count, 1)])
    assert abs(each.mean() - expected) < 6 * each.std(ddof=1) / np.sqrt(len(each))


def test_draws_that_average_to_the_condition_are_consistent_and_as_diverse_as_their_pattern():
    found = RestorationScores(n_draws=8).evaluate(evaluation_of(Checkered(0.25), TASK))
    assert found["consistency"].tolist() == [0, 0]
    # two draws differ by 2 x 0.25 in 64 pixels, or not at all; half of all pairs, six standard errors of 60 x 28 pairs
    np.testing.assert_allclose(found["diversity"], 4 / 2, atol=0.35)
    off = RestorationScores(n_draws=2).evaluate(evaluation_of(Shifted(0.125), TASK))
    np.testing.assert_allclose(off["consistency"], 0.125, rtol=1e-12)
    assert off["diversity"].tolist() == [0, 0]


class Shifted(Checkered):
    """Condition twice as large, and brighter."""

    def sample(self, conditions, *, rngs):
        return conditions.reshape(*conditions.shape[:2], 4, 4).repeat(2, axis=2).repeat(2, axis=3).reshape(
            *conditions.shape[:2], 64) + self.size


def test_one_image_for_each_condition_scores_the_same_by_mean_and_by_draw():
    evaluation = evaluation_of(Shifted(0.125), TASK)
    found = RestorationScores(n_draws=3).evaluate(evaluation)
    shape = (2, 60, 8, 8)
    images, truth = evaluation.generated.reshape(shape), evaluation.responses.reshape(shape)
    for name, score in (("psnr", psnr), ("ssim", ssim)):
        np.testing.assert_allclose(found[f"{name}.mean"], score(images, truth).mean(axis=1), rtol=1e-12)
        np.testing.assert_allclose(found[f"{name}.draw"], found[f"{name}.mean"], rtol=1e-12)
    distances = np.linalg.norm(evaluation.generated - evaluation.responses, axis=2).mean(axis=1)
    np.testing.assert_allclose(found["energy_score"], distances, rtol=1e-12)


def test_real_values_are_those_of_the_images_with_the_nearest_conditions():
    evaluation = evaluation_of(Noise(), TASK, n_test=20, replicates=1)
    split = image_splits(evaluation, None)[0]
    pool = split.pool()
    draws = np.stack([pool.responses[np.argsort(np.linalg.norm(pool.conditions - x, axis=1))[:3]]
                      for x in evaluation.conditions[0]])
    found = RestorationScores(n_draws=3).evaluate(evaluation)
    assert found["energy_score.real"][0] == pytest.approx(energy_score(draws, evaluation.responses[0]), rel=1e-12)
    assert found["diversity.real"][0] == pytest.approx(spread(draws), rel=1e-12)
    residuals = TASK.degrade(draws) - evaluation.conditions[0][:, None]
    assert found["consistency.real"][0] == pytest.approx(np.sqrt((residuals**2).mean()), rel=1e-12)
    assert (found["psnr.draw.real"] > 2 * found["psnr.draw"]).all()


def test_visible_pixels_are_all_that_inpainting_is_consistent_with():
    task = Inpainting(test_size=200)
    evaluation = evaluation_of(Noise(), task)

    class Kept:
        def sample(self, conditions, *, rngs):
            return np.concatenate([conditions, Noise(64 - conditions.shape[2]).sample(conditions, rngs=rngs)], axis=2)

    found = RestorationScores(n_draws=2).evaluate(evaluation_of(Kept(), task))
    assert found["consistency"].tolist() == [0, 0]
    blind = RestorationScores(n_draws=2).evaluate(evaluation)
    assert (blind["energy_score"] > found["energy_score"]).all()
    assert (blind["consistency"] > 0.3).all()


def test_further_draws_are_the_same_for_every_method_and_every_evaluation():
    metric, evaluation = RestorationScores(n_draws=2), evaluation_of(Noise(), TASK)
    first, again = metric.evaluate(evaluation), metric.evaluate(evaluation)
    assert {name: array.tolist() for name, array in first.items()} == {
        name: array.tolist() for name, array in again.items()
    }


def test_example_draws_are_several_for_one_condition():
    evaluation = evaluation_of(Checkered(0.25), TASK)
    draws = ExampleDraws(count=3, n_draws=5).evaluate(evaluation)["examples.draws"]
    assert draws.shape == (2, 3, 5, 64)
    np.testing.assert_array_equal(TASK.degrade(draws), evaluation.conditions[:, :3, None].repeat(5, axis=2))
    assert len(np.unique(draws[0].reshape(15, 64), axis=0)) == 6
    none = evaluation_of(Noise(failed=(0, 1)), TASK)
    assert ExampleDraws(count=3, n_draws=5).evaluate(none)["examples.draws"].shape == (0, 3, 5, 64)
    with pytest.raises(ValueError, match="needs a fit that can draw again; got changed responses"):
        ExampleDraws().evaluate(replace(evaluation, further=None))
