"""The class of arcs: its search against a grid, its constants against measurements, its noise cell by cell."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import uniform

from lsdm_stats import LSDM, PCA, Circle, streams
from lsdm_stats.latents.affine import AffineSpace
from lsdm_stats.matchers import ArcFamily
from lsdm_stats.matchers.arc_family import circle_points, distance_to_uniform
from lsdm_stats.matchers.lipschitz_search import least_lipschitz
from lsdm_stats.samples import LatentPairs
from lsdm_stats.wasserstein import exact, line_to_law

TRUTH = Circle(width=0.3, ambient_dim=3)
FAMILY = ArcFamily(population=TRUTH, points=300)
SIZES = (1, 7, 60, 300, 1_000)


def fitted(n=60, replicates=2, family=FAMILY, seed=1):
    method = LSDM(latent=PCA(dim=2), matcher=family)
    data = TRUTH.draw(n, 100, rngs=streams.data(seed, TRUTH, replicates=range(replicates)))
    return data, method.fit(data, rngs=streams.fit(seed, TRUTH, method, replicates=range(replicates)))


def pairs_of(data, fit):
    return LatentPairs(data.conditions, fit.encode(data.responses), fit.space)


# --- the search -----------------------------------------------------------------------------------------------------


@given(
    slopes=st.lists(st.floats(-1, 1), min_size=1, max_size=6),
    bends=st.lists(st.floats(0, 1), min_size=6, max_size=6),
    tolerance=st.floats(3e-3, 0.3),
)
@settings(max_examples=60)
def test_no_value_is_below_the_floor_and_the_gap_is_reached(slopes, bends, tolerance):
    scale = sum(abs(slope) for slope in slopes) + 1e-6

    def value(point):
        return sum(slope * abs(point - bend) for slope, bend in zip(slopes, bends, strict=False)) / scale

    found = least_lipschitz(
        lambda point: 2 * (value(point),), (0.0, 1.0), lipschitz=1.0, tolerance=tolerance, max_evaluations=20_000
    )
    least = min(value(point) for point in (*bends, 0.0, 1.0))  # a piecewise linear function is least at a bend
    assert found.floor <= least + 1e-12
    assert found.gap <= tolerance
    assert found.upper - least <= tolerance + 1e-12


def test_bounds_of_values_are_enough():
    """A value known to .01 only: the gap cannot fall below that, and the proof stays valid."""
    found = least_lipschitz(
        lambda point: ((point - 0.4) ** 2 - 0.01, (point - 0.4) ** 2), (0.0, 1.0), lipschitz=1.2, tolerance=0.05,
        max_evaluations=500,
    )
    assert 0.01 <= found.gap <= 0.05
    assert found.floor <= 0.0 <= found.upper


def test_few_evaluations_leave_a_larger_gap_that_is_still_proved():
    found = least_lipschitz(
        lambda point: 2 * (math.sin(9 * point) / 9,), (0.0, 1.0), lipschitz=1.0, tolerance=1e-9, max_evaluations=5
    )
    assert found.evaluations == 5
    assert found.gap > 1e-9
    assert found.floor <= -1 / 9 <= found.upper


def test_a_search_to_the_last_digit_ends():
    found = least_lipschitz(lambda point: 2 * (point,), (0.0, 1.0), lipschitz=3.0, tolerance=0.0, max_evaluations=400)
    assert found.point == 0.0
    assert found.evaluations <= 400


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"ends": (1.0, 1.0)}, "increasing order"),
        ({"lipschitz": 0.0}, "positive and finite"),
        ({"lipschitz": math.inf}, "positive and finite"),
        ({"max_evaluations": 1}, "at least 2"),
    ],
    ids=["ends", "zero", "infinite", "evaluations"],
)
def test_impossible_searches_are_refused(changes, message):
    asked = {"ends": (0.0, 1.0), "lipschitz": 1.0, "tolerance": 0.1, "max_evaluations": 5, **changes}
    ends = asked.pop("ends")
    with pytest.raises(ValueError, match=message):
        least_lipschitz(lambda point: (point, point), ends, **asked)


# --- the loss -------------------------------------------------------------------------------------------------------


def test_the_loss_is_lipschitz_in_the_width_with_the_constant_of_the_theory():
    data, fit = fitted()
    noise = FAMILY._noise(data.conditions[0, :, 0], np.random.default_rng(0))
    widths = np.random.default_rng(2).random(10)
    losses = np.array([FAMILY._loss(pairs_of(data, fit), 0, noise, width).value for width in widths])
    steps = np.abs(widths[:, None] - widths)
    assert (np.abs(losses[:, None] - losses) <= math.pi / 2 * steps + 1e-9).all()


def test_the_constant_is_nearly_attained_by_points_far_from_narrow_arcs():
    """All pairs at one condition, on the opposite side: every latent comes nearer as the arc grows."""
    x = np.full((1, 40, 1), 0.5)
    space = AffineSpace(np.zeros((1, 1, 3)), TRUTH.manifold.embedding[None])
    z = space.encode(circle_points(TRUTH, np.zeros((1, 40))))
    noise = FAMILY._noise(x[0, :, 0], np.random.default_rng(0))
    low, high = (FAMILY._loss(LatentPairs(x, z, space), 0, noise, width).value for width in (0.9, 1.0))
    assert 0.5 < (low - high) / 0.1 <= math.pi / 2


def test_no_width_of_a_grid_beats_the_training_loss_by_more_than_the_optimisation_error():
    data, fit = fitted(family=FAMILY.replace(tolerance=0.005))
    sampler = fit.sampler
    assert (sampler.optimisation_error <= 0.005).all()
    rngs = streams.fit(1, TRUTH, LSDM(latent=PCA(dim=2), matcher=FAMILY.replace(tolerance=0.005)), replicates=range(2))
    noise = FAMILY._noise(data.conditions[0, :, 0], rngs[0].spawn(2)[1])
    losses = [FAMILY._loss(pairs_of(data, fit), 0, noise, width).value for width in np.linspace(0, 1, 81)]
    assert min(losses) >= sampler.training_loss[0] - sampler.optimisation_error[0] - 1e-9
    again = FAMILY._loss(pairs_of(data, fit), 0, noise, float(sampler.width[0])).value
    assert again == pytest.approx(sampler.training_loss[0], abs=1e-9)
    assert sampler.training_loss_lower[0] <= again <= sampler.training_loss_upper[0]


def test_the_width_of_the_truth_is_found():
    """The root mean squared error of twelve other draws is .016, the largest error .028."""
    _, fit = fitted(n=1_000, replicates=1, family=FAMILY.replace(points=1_000))
    assert abs(fit.sampler.width[0] - 0.3) < 0.1


# --- the noise ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("n", SIZES)
def test_blocks_hold_all_pairs_and_every_cell_is_hit_once(n):
    sizes, draws = FAMILY.block_sizes(n), FAMILY.draws(n)
    assert sum(sizes) == n
    assert min(sizes) >= 1
    assert n * draws >= FAMILY.points
    conditions = np.random.default_rng(3).random(n)
    noise = FAMILY._noise(conditions, np.random.default_rng(4))[np.argsort(conditions, kind="stable")]
    for block in np.split(noise, np.cumsum(sizes)[:-1]):
        np.testing.assert_allclose(np.sort(block.ravel()), (np.arange(block.size) + 0.5) / block.size, atol=1e-12)
    assert np.abs(noise - 0.5).mean() <= 0.25 + 1e-12


@pytest.mark.parametrize("points", [np.array([0.0]), np.array([1.0, 0.0]), np.random.default_rng(5).random(40)],
                         ids=["corner", "ends", "random"])
def test_the_distance_to_the_uniform_law_is_that_of_quadrature(points):
    assert distance_to_uniform(points) == pytest.approx(line_to_law(points, uniform()), abs=1e-12)


@pytest.mark.parametrize("n", [10, 60, 300])
def test_the_mean_noise_error_is_that_of_many_samples(n):
    """400 samples of uniform conditions: within six standard errors (two-sided 2e-9)."""
    family, rng = FAMILY, np.random.default_rng(6)
    sizes, draws = family.block_sizes(n), family.draws(n)
    around, found = 2 * math.pi, []
    for _ in range(400):
        blocks = np.split(np.sort(rng.random(n)), np.cumsum(sizes)[:-1])
        spread = sum(np.abs(block[:, None] - block).mean() * len(block) for block in blocks) / n
        found.append((1 + around) * spread + around * len(sizes) / (4 * n * draws))
    error = np.std(found, ddof=1) / math.sqrt(len(found))
    assert abs(np.mean(found) - family.expected_noise_error(n)) <= 6 * error + 1e-12


@pytest.mark.parametrize("n", [20, 150])
def test_the_generator_error_bounds_the_distance_to_the_law_for_every_width(n):
    """The law stands on a grid of 50 x 50 cells, which is at most the printed slack from it."""
    data, fit = fitted(n=n, replicates=1)
    rngs = streams.fit(1, TRUTH, LSDM(latent=PCA(dim=2), matcher=FAMILY), replicates=range(1))
    x = data.conditions[0, :, 0]
    noise = FAMILY._noise(x, rngs[0].spawn(2)[1])
    middles = (np.arange(50) + 0.5) / 50
    grid_x, grid_u = (array.ravel() for array in np.meshgrid(middles, middles))
    for width in (0.0, float(fit.sampler.width[0]), 1.0):
        slack = (1 + 2 * math.pi + 2 * math.pi * width) / 200
        rows = [
            np.column_stack([at, circle_points(TRUTH, at + width * (u - 0.5))])
            for at, u in ((np.repeat(x, noise.shape[1]), noise.ravel()), (grid_x, grid_u))
        ]
        distance = exact(*rows, blocks=(1, 3)).value
        assert distance <= fit.sampler.uniform_generator_error[0] + slack
        if width == fit.sampler.width[0]:
            assert distance <= fit.sampler.generator_error[0] + slack
            assert fit.sampler.generator_error[0] <= 20 * (distance + slack)
    assert (fit.sampler.generator_error <= fit.sampler.uniform_generator_error).all()


# --- the fitted generators ------------------------------------------------------------------------------------------


def test_generated_points_lie_on_the_arc_of_their_condition():
    _, fit = fitted()
    conditions = np.random.default_rng(7).random((2, 500, 1))
    points = fit.sample(conditions, rngs=[np.random.default_rng(r) for r in range(2)])
    np.testing.assert_allclose(TRUTH.manifold.distance(points), 0.0, atol=1e-9)
    plane = TRUTH.manifold.encode(points)
    turns = np.arctan2(plane[..., 1], plane[..., 0]) / (2 * math.pi) - conditions[..., 0]
    beyond = np.abs((turns + 0.5) % 1 - 0.5) - fit.sampler.width[:, None] / 2
    assert (beyond <= 1e-9).all()
    assert (beyond.max(axis=1) > -0.01).all()


def test_a_replicate_taken_out_keeps_its_numbers():
    _, fit = fitted()
    second = fit.sampler.select([1])
    assert second.width.shape == (1,)
    assert second.training_loss[0] == fit.sampler.training_loss[1]
    assert second.generator_error[0] == fit.sampler.generator_error[1]


class Failed(AffineSpace):
    @property
    def failures(self):
        return (None, "autoencoder: diverged")

    def encode(self, responses):
        latents = super().encode(responses)
        latents[1:] = np.nan
        return latents


def test_a_failed_replicate_does_not_disturb_the_other():
    data, fit = fitted()
    family = FAMILY.replace(max_evaluations=20)
    space = Failed(fit.space.centre, fit.space.directions)
    latents = fit.encode(data.responses)
    latents[1] = 0.0
    rngs = [np.random.default_rng(r) for r in range(2)]
    alone = family.fit(LatentPairs(data.conditions[:1], latents[:1], fit.space.select([0])), rngs=rngs[:1])
    both = family.fit(LatentPairs(data.conditions, latents, space), rngs=[np.random.default_rng(r) for r in range(2)])
    assert both.failures == (None, "autoencoder: diverged")
    assert both.width[0] == alone.width[0]


def test_an_encoder_that_expands_the_circle_is_refused():
    data, fit = fitted()
    space = AffineSpace(fit.space.centre, 2 * fit.space.directions)
    with pytest.raises(ValueError, match="expansion of 2; raise it"):
        FAMILY.fit(LatentPairs(data.conditions, space.encode(data.responses), space), rngs=[None, None])


def test_conditions_have_one_column():
    data, fit = fitted()
    wide = LatentPairs(np.repeat(data.conditions, 2, axis=2), fit.encode(data.responses), fit.space)
    with pytest.raises(ValueError, match="1 columns"):
        FAMILY.fit(wide, rngs=[np.random.default_rng(0)] * 2)
