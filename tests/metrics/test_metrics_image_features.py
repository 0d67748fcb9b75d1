"""Precision, recall, density, coverage and the Fréchet distance, by their definitions."""

import numpy as np
import pytest
import scipy.linalg
from image_samplers import Noise, evaluation_of

from lsdm_stats.images import ByClass
from lsdm_stats.metrics import FeatureScores
from lsdm_stats.metrics.images.features import feature_scores


def radius(points, i, k):
    """Distance of a point to its k-th nearest other one."""
    return sorted(np.linalg.norm(points[i] - points[j]) for j in range(len(points)) if j != i)[k - 1]


def by_definition(real, made, k_precision=3, k_density=5):
    def in_manifold(point, points):
        return any(np.linalg.norm(point - points[i]) <= radius(points, i, k_precision) for i in range(len(points)))

    counts = [[np.linalg.norm(y - real[i]) < radius(real, i, k_density) for i in range(len(real))] for y in made]
    covariances = np.cov(real.T), np.cov(made.T)
    root = scipy.linalg.sqrtm(covariances[0] @ covariances[1]).real
    return {
        "precision": np.mean([in_manifold(point, real) for point in made]),
        "recall": np.mean([in_manifold(point, made) for point in real]),
        "density": np.sum(counts) / (k_density * len(made)),
        "coverage": np.mean(np.any(counts, axis=0)),
        "frechet": np.sum((real.mean(0) - made.mean(0)) ** 2) + np.trace(sum(covariances) - 2 * root),
    }


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("shift", [0.0, 0.8, 2.0])
def test_scores_are_what_the_papers_define(seed, shift):
    rng = np.random.default_rng(seed)
    real, made = rng.normal(size=(25, 3)), shift + rng.normal(size=(30, 3)) * rng.uniform(0.5, 1.5, size=3)
    found, expected = feature_scores(real, made), by_definition(real, made)
    assert found.keys() == expected.keys()
    for name, value in expected.items():
        assert found[name] == pytest.approx(value, rel=1e-9), name


def test_a_sample_agrees_with_itself_and_not_with_one_far_away():
    points = np.random.default_rng(1).normal(size=(40, 5))
    same, far = feature_scores(points, points), feature_scores(points, points + 100)
    assert [same[name] for name in ("precision", "recall", "density", "coverage")] == [1, 1, 1, 1]
    assert same["frechet"] == pytest.approx(0, abs=1e-12)
    assert [far[name] for name in ("precision", "recall", "density", "coverage")] == [0, 0, 0, 0]
    assert far["frechet"] == pytest.approx(5 * 100**2, rel=1e-9)


def test_one_image_again_and_again_has_precision_without_recall():
    rng = np.random.default_rng(2)
    points = rng.normal(size=(200, 2))
    found = feature_scores(points, np.repeat(points[[np.linalg.norm(points, axis=1).argmin()]], 200, axis=0))
    assert found["precision"] == 1
    assert found["recall"] == 1 / 200
    assert found["coverage"] < 0.1


def test_real_images_score_well_and_noise_does_not():
    task = ByClass()
    found = FeatureScores().evaluate(evaluation_of(Noise(), task, n_test=500))
    for name, good in (("precision", 0.85), ("recall", 0.85), ("density", 0.85), ("coverage", 0.9)):
        assert (found[f"{name}.real"] > good).all(), name
        assert (found[name] < 0.5 * good).all(), name
    assert (found["frechet"] > 20 * found["frechet.real"]).all()
