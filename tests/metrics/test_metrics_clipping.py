"""Metrics of clipped generators against their definitions, and the bounds that rest on them."""

import numpy as np
import pytest
from scipy.spatial.distance import cdist

from lsdm_stats import (
    LSDM,
    PCA,
    Circle,
    DistanceToManifold,
    IsotropicNoise,
    JointW1,
    NearestNeighbours,
    TrueConditional,
    streams,
)
from lsdm_stats.bounds.clipping import ClippingBound
from lsdm_stats.metrics import Clipped, ClippingTerms, LargestDistanceToManifold, LatentW1, draw_evaluation

TRUTH = Circle(width=0.3, ambient_dim=5, noise=IsotropicNoise(scale=0.1))
METRICS = (JointW1(), LatentW1(), DistanceToManifold(), LargestDistanceToManifold())


def evaluation_of(method, n_unpaired=70, replicates=3):
    def data_rngs():
        return streams.data(3, TRUTH, replicates=range(replicates))

    data = TRUTH.draw(30, n_unpaired, rngs=data_rngs())
    fitted = method.fit(data, rngs=streams.fit(3, TRUTH, method, replicates=range(replicates)))
    return data, draw_evaluation(fitted, TRUTH, n_test=80, rngs=data_rngs())


@pytest.fixture(scope="module")
def fit():
    return evaluation_of(LSDM(latent=PCA(dim=2), matcher=TrueConditional(population=TRUTH)))


def test_the_training_side_is_all_that_stage_one_saw(fit):
    data, evaluation = fit
    known = evaluation.latent_side.training
    np.testing.assert_array_equal(known.responses, data.all_responses)
    centre = data.all_responses.mean(axis=1, keepdims=True)
    np.testing.assert_allclose(
        np.linalg.norm(known.latents, axis=2), np.linalg.norm(known.reconstructions - centre, axis=2), atol=1e-12
    )


@pytest.mark.parametrize("radius", [0.0, 0.05, 100.0])
def test_values_are_those_of_their_definitions(fit, radius):
    data, evaluation = fit
    found = {**Clipped(metrics=METRICS, radius=radius).evaluate(evaluation)}
    found |= ClippingTerms(radius=radius).evaluate(evaluation)
    side = evaluation.latent_side
    for r in range(3):
        known = side.training.latents[r]
        distances = cdist(side.generated[r], known)
        assert found["clip_excess"][r] == pytest.approx(np.maximum(distances.min(axis=1) - radius, 0).mean())
        rebuilt = side.training.reconstructions[r]
        assert found["training.reconstruction.max"][r] == pytest.approx(
            np.linalg.norm(data.all_responses[r] - rebuilt, axis=1).max()
        )
        assert found["training.distance_to_manifold.max"][r] == pytest.approx(TRUTH.manifold.distance(rebuilt).max())
        assert found["training.noise.max"][r] == pytest.approx(TRUTH.manifold.distance(data.all_responses[r]).max())
        if radius == 0:
            nearest = rebuilt[distances.argmin(axis=1)]
            assert found["clipped.distance_to_manifold"][r] == pytest.approx(TRUTH.manifold.distance(nearest).mean())
    np.testing.assert_array_equal(found["clip_radius"], radius)
    isometric = 0.0 if radius == 0 else 1.0
    np.testing.assert_allclose(found["clip_modulus"], isometric, rtol=1e-9)


def test_a_wide_radius_changes_nothing(fit):
    _, evaluation = fit
    wide = Clipped(metrics=METRICS, radius=100.0).evaluate(evaluation)
    for metric in METRICS:
        for name, values in metric.evaluate(evaluation).items():
            np.testing.assert_allclose(wide[f"clipped.{name}"], values, atol=1e-12)


@pytest.mark.parametrize("radius", [0.0, 0.05])
@pytest.mark.parametrize("form", ["geometry", "reconstruction", "latent", "marginal", "twice"])
def test_the_bounds_of_clipping_hold(fit, radius, form):
    _, evaluation = fit
    numbers = {**LatentW1().evaluate(evaluation), **ClippingTerms(radius=radius).evaluate(evaluation)}
    numbers |= Clipped(metrics=METRICS, radius=radius).evaluate(evaluation)
    measured = "clipped.distance_to_manifold.max" if form in ("geometry", "reconstruction") else "clipped.latent_w1"
    assert (numbers[measured] <= ClippingBound(form=form).evaluate(numbers).total + 1e-9).all()


def test_a_clipped_method_and_the_metric_agree():
    """The option of LSDM and the metric are one thing: same fit, same draws."""
    method = LSDM(latent=PCA(dim=2), matcher=TrueConditional(population=TRUTH))
    _, plain = evaluation_of(method)
    _, clipped = evaluation_of(method.replace(clip_radius=0.03))
    by_metric = Clipped(metrics=METRICS, radius=0.03).evaluate(plain)
    for metric in METRICS:
        for name, values in metric.evaluate(clipped).items():
            np.testing.assert_allclose(by_metric[f"clipped.{name}"], values, atol=1e-12)


def test_what_has_no_training_side_is_refused():
    evaluation = draw_evaluation(TRUTH, TRUTH, n_test=20, rngs=streams.data(1, TRUTH, replicates=range(1)))
    with pytest.raises(ValueError, match="needs a fit with a latent space"):
        ClippingTerms().evaluate(evaluation)
    with pytest.raises(ValueError, match="Clipped: metrics: must be metrics such as"):
        Clipped(metrics=(PCA(dim=1),))
    with pytest.raises(ValueError, match="Clipped: metrics: must be metrics such as"):
        Clipped(metrics=())


def test_largest_distance(fit):
    _, evaluation = fit
    largest = LargestDistanceToManifold().evaluate(evaluation)["distance_to_manifold.max"]
    np.testing.assert_allclose(largest, TRUTH.manifold.distance(evaluation.generated).max(axis=1))


def test_a_resampler_is_not_moved():
    _, evaluation = evaluation_of(LSDM(latent=PCA(dim=2), matcher=NearestNeighbours(n_neighbours=1)), n_unpaired=0)
    assert ClippingTerms().evaluate(evaluation)["clip_excess"].max() < 1e-12
