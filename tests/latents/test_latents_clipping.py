"""Clipping to the training latents, and principal components about the origin."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.spatial.distance import cdist

from lsdm_stats import LSDM, PCA, Identity, NearestNeighbours
from lsdm_stats.latents import clip_to_training, distance_to_training


@given(st.integers(0, 10**6), st.sampled_from([0.0, 0.1, 1.0, 10.0]), st.integers(1, 4), st.integers(1, 30))
@settings(max_examples=60, deadline=None)
def test_clipped_points_are_the_nearest_ones_allowed(seed, radius, dim, known):
    rng = np.random.default_rng(seed)
    points, training = rng.normal(size=(2, 12, dim)) * 2, rng.normal(size=(2, known, dim))
    clipped = clip_to_training(points, training, radius=radius)
    for before, after, others in zip(points, clipped, training, strict=True):
        old, new = cdist(before, others).min(axis=1), cdist(after, others).min(axis=1)
        assert (new <= radius + 1e-12).all()
        moved = np.linalg.norm(after - before, axis=1)
        np.testing.assert_allclose(moved, np.maximum(old - radius, 0), atol=1e-12)
        np.testing.assert_array_equal(after[old <= radius], before[old <= radius])
    np.testing.assert_allclose(
        distance_to_training(points, training), [cdist(a, b).min(axis=1) for a, b in zip(points, training, strict=True)]
    )


def test_radius_zero_gives_training_latents():
    rng = np.random.default_rng(0)
    training = rng.normal(size=(1, 20, 3))
    clipped = clip_to_training(rng.normal(size=(1, 50, 3)), training)
    assert cdist(clipped[0], training[0]).min(axis=1).max() == 0


def test_what_is_not_finite_stays_so_without_touching_others():
    points, training = np.zeros((2, 3, 1)), np.ones((2, 4, 1))
    training[0, 1] = np.nan
    clipped = clip_to_training(points, training)
    assert np.isnan(clipped[0]).all()
    np.testing.assert_array_equal(clipped[1], 1)


@pytest.mark.parametrize("radius", [-1.0, float("nan"), float("inf")])
def test_a_wrong_radius_is_refused(radius):
    with pytest.raises(ValueError, match="radius must be finite and at least 0"):
        clip_to_training(np.zeros((1, 1, 1)), np.zeros((1, 1, 1)), radius=radius)


def test_lsdm_clips_to_everything_that_stage_one_saw():
    rng = np.random.default_rng(1)
    x = rng.uniform(size=(40, 1))
    y = np.hstack([np.cos(6 * x), np.sin(6 * x)])
    more = rng.normal(size=(60, 2))
    method = LSDM(latent=PCA(dim=2), matcher=NearestNeighbours(n_neighbours=3))
    known = np.concatenate([y, more])
    for unpaired, seen in ((more, known), (None, y)):
        clipped = method.replace(clip_radius=0.0).fit_arrays(x, y, unpaired, rng=np.random.default_rng(2))
        drawn = clipped.sample(x, n_draws=5, rng=np.random.default_rng(3)).reshape(-1, 2)
        assert cdist(drawn, seen).min(axis=1).max() < 1e-12


def test_a_clip_radius_changes_the_digest_and_none_does_not():
    """The digest of a method without clipping is that of the time before there was any."""
    method = LSDM(latent=PCA(dim=2), matcher=NearestNeighbours())
    assert method.digest.startswith("8c590ac15c12")
    assert method.replace(clip_radius=0.0) != method
    assert method.replace(clip_radius=0.0).replace(clip_radius=None) == method
    with pytest.raises(ValueError, match="LSDM: clip_radius: input should be greater than or equal to 0"):
        method.replace(clip_radius=-0.1)


def test_components_about_the_origin():
    rng = np.random.default_rng(4)
    y = rng.normal(size=(2, 30, 5)) + 3
    space = PCA(dim=2, centred=False).fit(y, rngs=[])
    for responses, directions in zip(y, space.directions, strict=True):
        largest = np.linalg.eigh(responses.T @ responses)[1][:, -2:]  # an independent route
        np.testing.assert_allclose(directions @ directions.T, largest @ largest.T, atol=1e-10)
    assert (space.centre == 0).all()


def test_few_responses_span_the_latent_space_about_the_origin():
    y = np.random.default_rng(5).normal(size=(1, 2, 6))
    space = PCA(dim=4, centred=False).fit(y, rngs=[])
    assert space.dim == 2
    np.testing.assert_allclose(space.decode(space.encode(y)), y, atol=1e-12)
    with pytest.raises(ValueError, match="dim must be below the number of responses"):
        PCA(dim=4).fit(y, rngs=[])


def test_centred_components_are_what_they_were():
    assert PCA(dim=2) == PCA(dim=2, centred=True) != PCA(dim=2, centred=False)
    assert Identity().digest != PCA(dim=2).digest
