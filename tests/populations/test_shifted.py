"""Moved unpaired responses: what is moved, what is not, and how far apart the two laws are."""

from __future__ import annotations

import math

import numpy as np
import pytest

from lsdm_stats import PCA, Circle, SwissRoll, streams
from lsdm_stats.bounds import SpectralRate, StageOneBound
from lsdm_stats.manifolds import FlatTorus
from lsdm_stats.populations import Shifted
from lsdm_stats.populations.shifted import pooled_error
from lsdm_stats.samples import Source
from lsdm_stats.wasserstein import exact

TRUTH = Circle(width=0.3, ambient_dim=3)
SOURCE = Shifted(population=TRUTH, offset=(0.2, -0.3, 0.6))


def rngs(replicates=2, seed=1):
    return streams.data(seed, SOURCE, replicates=range(replicates))


def test_only_unpaired_responses_move():
    data, still = SOURCE.draw(6, 9, rngs=rngs()), TRUTH.draw(6, 9, rngs=rngs())
    np.testing.assert_array_equal(data.conditions, still.conditions)
    np.testing.assert_array_equal(data.responses, still.responses)
    np.testing.assert_allclose(data.unpaired - still.unpaired, np.broadcast_to(SOURCE.offset, (2, 9, 3)), atol=1e-15)
    for moved, kept in zip(SOURCE.held_out(5, rngs=rngs()), TRUTH.held_out(5, rngs=rngs()), strict=True):
        np.testing.assert_array_equal(moved, kept)


def test_a_smaller_sample_is_the_start_of_a_larger_one():
    small, large = (SOURCE.draw(n, m, rngs=rngs()) for n, m in ((3, 4), (10, 20)))
    np.testing.assert_array_equal(small.responses, large.responses[:, :3])
    np.testing.assert_array_equal(small.unpaired, large.unpaired[:, :4])


def test_no_unpaired_responses_are_no_error():
    assert SOURCE.draw(3, 0, rngs=rngs()).n_unpaired == 0


def test_it_is_a_source():
    assert isinstance(SOURCE, Source)
    assert (SOURCE.condition_dim, SOURCE.response_dim) == (1, 3)
    assert SOURCE.digest != SOURCE.replace(offset=(0.2, -0.3, 0.7)).digest


def test_the_shift_is_the_distance_of_a_sample_and_its_translate():
    """T1 holds for every law, so for the law of a sample too."""
    points = TRUTH.held_out(200, rngs=rngs(1))[1][0]
    assert SOURCE.shift == pytest.approx(exact(points, points + np.array(SOURCE.offset)).value, abs=1e-9)
    assert SOURCE.shift == pytest.approx(0.7)


def test_an_offset_of_another_dimension_is_refused():
    with pytest.raises(ValueError, match=r"one number per response dimension \(16\); got 3; match them"):
        Shifted(population=SwissRoll(ambient_dim=16), offset=(0.0, 0.0, 1.0))


@pytest.mark.parametrize(("n", "m"), [(40, 0), (40, 60), (20, 180)], ids=str)
def test_pooled_samples_are_as_near_to_their_mixture_as_said(n, m):
    """Mean of 20 draws, against evenly spread points that stand for the mixture and are within .005 of it."""
    around = FlatTorus(lengths=(2 * math.pi,))
    tau = [float(SpectralRate(law="uniform").evaluate(around, k).total) if k else 0.0 for k in (n, m)]
    bound = pooled_error(*tau, n_paired=n, n_unpaired=m)
    angles = 2 * math.pi * np.arange(750) / 750
    circle = TRUTH.manifold.decode(np.stack([np.cos(angles), np.sin(angles)], axis=1))
    mixture = np.vstack([circle, circle + np.array(SOURCE.offset)])
    weights = np.repeat([n / (n + m), m / (n + m)], 750)
    data = SOURCE.draw(n, m, rngs=rngs(20))
    found = [exact(points, mixture, y_weights=weights).value for points in data.all_responses]
    assert np.mean(found) <= bound
    if not m:
        assert np.mean(found) >= 0.6 * bound


@pytest.mark.parametrize("length", [0.0, 0.5, 2.0], ids=str)
@pytest.mark.parametrize("m", [30, 270], ids=str)
def test_reconstruction_is_bounded_with_the_shift_term_on_every_draw(length, m):
    """D2.shift for the laws of samples: distances to them are those that happened, and nothing is left to chance."""
    normal = np.cross(*TRUTH.manifold.embedding.T)
    source = Shifted(population=TRUTH, offset=tuple(float(part) for part in length * normal))
    data = source.draw(30, m, rngs=streams.data(2, source, replicates=range(5)))
    law = TRUTH.held_out(30, rngs=streams.data(3, TRUTH, replicates=range(1)))[1][0]
    moved = TRUTH.held_out(m, rngs=streams.data(4, TRUTH, replicates=range(1)))[1][0] + np.array(source.offset)
    space = PCA(dim=2).fit(data.all_responses, rngs=[])
    for r, everything in enumerate(data.all_responses):
        some = space.select([r])

        def reconstruction(points, some=some):
            return float(np.linalg.norm(points - some.decode(some.encode(points[None]))[0], axis=1).mean())

        numbers = {
            "training_reconstruction": reconstruction(everything),
            "residual_lipschitz": 1.0,
            "responses_error": exact(everything, np.vstack([law, moved])).upper,
            "unpaired_share": m / (m + 30),
            "shift": exact(law, moved).upper,
        }
        assert reconstruction(law) <= StageOneBound(form="shift").evaluate(numbers).total + 1e-9
        if (length, m) == (2.0, 270):  # and it would be false without the shift term
            assert reconstruction(law) > StageOneBound(form="uniform").evaluate(numbers).total
