"""The geometric bounds A5 on random discrete laws, on tight cases and on false ones."""

from __future__ import annotations

from typing import get_args

import numpy as np
import pytest
from scipy.spatial.distance import cdist

from lsdm_stats.bounds import GeometryBound, GeometryForm

FORMS = get_args(GeometryForm)
LEFT = dict.fromkeys(FORMS, "distance_to_manifold") | {"reconstruction": "distance_to_manifold.reconstruction"}


def on_sphere(points):
    return points / np.linalg.norm(points, axis=1, keepdims=True)


def on_subspace(points):
    return points * (np.arange(points.shape[1]) < (points.shape[1] + 1) // 2)


def on_cloud(points):
    cloud = np.random.default_rng(3).normal(size=(5, points.shape[1]))
    return cloud[np.argmin(cdist(points, cloud), axis=1)]


def excess(form, numbers):
    total = float(GeometryBound(form=form).evaluate(numbers).total)
    return (numbers[LEFT[form]] - total) / max(1.0, total)


@pytest.mark.parametrize("project", [on_sphere, on_subspace, on_cloud])
def test_geometry_is_never_violated(project, laws):
    """0 violations in 1,280 random laws for each of three sets M, one of them without a unique projection."""
    for law in laws:
        numbers = {**law.numbers(), **law.geometry(project)}
        for form in FORMS:
            assert excess(form, numbers) <= 1e-8, form


@pytest.fixture
def tilted(make_law):
    """M = the first axis; Y = (z, 0); D(z) = (z, z / 2); G = E(Y) + 2: everything known by hand."""
    z = np.array([[1.0], [20.0], [300.0]])
    x = np.zeros((3, 1))
    law = make_law(x, z + 2, x, np.hstack([z, 0 * z]), lambda points: points[:, :1], lambda z: np.hstack([z, z / 2]))
    return {**law.numbers(), **law.geometry(lambda points: points * [1.0, 0.0])}


def test_a_tilted_decoder_by_hand(tilted):
    mean = 107.0
    assert tilted["distance_to_manifold"] == pytest.approx((mean + 2) / 2)
    assert tilted["distance_to_manifold.reconstruction"] == pytest.approx(mean / 2)
    assert tilted["distance_modulus"] == pytest.approx(0.5)
    assert tilted["error_modulus"] == pytest.approx(0.5)
    for form in ("decoder", "error"):
        assert float(GeometryBound(form=form).evaluate(tilted).total) == pytest.approx(mean / 2 + 0.5 * 2)
    assert float(GeometryBound(form="reconstruction").evaluate(tilted).total) == pytest.approx(mean / 2)
    latent = GeometryBound(form="latent").evaluate(tilted)
    assert float(latent.terms["transport"]) == pytest.approx(np.sqrt(1.25) * 2)


@pytest.mark.parametrize("form", ["reconstruction", "decoder", "error"])
def test_attained_bounds_flag_anything_more(form, tilted):
    assert excess(form, tilted) == pytest.approx(0.0, abs=1e-12)
    assert excess(form, {**tilted, LEFT[form]: tilted[LEFT[form]] + 1e-5}) > 1e-8


def test_a_decoder_that_lifts_attains_the_ambient_and_the_latent_form(make_law):
    """D(z) = (z, 1), Y = (z, 0), G = E(Y): distance 1 = W1 of the responses = R."""
    z, x = np.array([[0.0], [7.0]]), np.zeros((2, 1))
    law = make_law(x, z, x, np.hstack([z, 0 * z]), lambda points: points[:, :1], lambda z: np.hstack([z, 1 + 0 * z]))
    numbers = {**law.numbers(), **law.geometry(lambda points: points * [1.0, 0.0])}
    for form in ("ambient", "latent"):
        assert excess(form, numbers) == pytest.approx(0.0, abs=1e-12)
        assert excess(form, {**numbers, LEFT[form]: 1 + 1e-6}) > 1e-8


def test_a_modulus_from_too_few_pairs_is_flagged(make_law):
    """A decoder that leaves M only near the generated point: half of the true modulus is not enough."""
    x, y = np.zeros((1, 1)), np.array([[0.0, 0.0]])
    latents = np.array([[3.0]])
    law = make_law(x, latents, x, y, lambda points: points[:, :1], lambda z: np.hstack([z, np.maximum(z - 1, 0)]))
    numbers = {**law.numbers(), **law.geometry(lambda points: points * [1.0, 0.0])}
    assert excess("decoder", numbers) == pytest.approx(0.0, abs=1e-12)
    assert excess("decoder", {**numbers, "distance_modulus": numbers["distance_modulus"] / 2}) > 1e-8


def test_noise_in_responses_need_not_reach_generated_points(make_law):
    """Denoising: reconstructions on M make the decoder form 0 while the ambient form is not below the noise level."""
    rng = np.random.default_rng(5)
    y, x = np.hstack([rng.normal(size=(6, 1)), 0.3 * rng.normal(size=(6, 1))]), np.zeros((6, 1))
    law = make_law(x, rng.normal(size=(6, 1)), x, y, lambda points: points[:, :1], lambda z: np.hstack([z, 0 * z]))
    numbers = {**law.numbers(), **law.geometry(lambda points: points * [1.0, 0.0])}
    assert float(GeometryBound(form="decoder").evaluate(numbers).total) == 0.0
    noise = numbers["distance_to_manifold.response"]
    assert float(GeometryBound(form="ambient").evaluate(numbers).total) >= noise > 0.1
