"""The study latent_or_ambient: its numbers by other routes, and the proofs that its controls rest on."""

from __future__ import annotations

import importlib.util
import math
import sys
from pathlib import Path

import numpy as np
import pytest
from scipy.stats import chi

from lsdm_stats import PCA, streams
from lsdm_stats.bounds import QuantisationRate
from lsdm_stats.latents.affine import AffineSpace
from lsdm_stats.samples import LatentPairs
from lsdm_stats.wasserstein import exact

PATH = Path(__file__).resolve().parents[2] / "simulations" / "latent_or_ambient.py"
SPEC = importlib.util.spec_from_file_location("study_latent_or_ambient", PATH)
study = sys.modules[SPEC.name] = importlib.util.module_from_spec(SPEC)
SPEC.loader.exec_module(study)

SHEETS = {name: source.population for name, source in study.SOURCES.items()}
noisy = pytest.mark.parametrize("name", study.NOISY)
every = pytest.mark.parametrize("name", study.NOISE)


def ledger(name, method, *, n=60, m=400, replicates=3, seed=1):
    source = study.SOURCES[name]
    chosen = study.methods(300)[method]
    data = source.draw(n, m, rngs=streams.data(seed, source, replicates=range(replicates)))
    return data, chosen.fit(data, rngs=streams.fit(seed, source, chosen, replicates=range(replicates))).values


def many(population, n, seed=3):
    x, y = population.held_out(n, rngs=[np.random.default_rng(seed)])
    return x[0], y[0]


def joint_w1(x, y, other_x, other_y):
    return exact(np.hstack([x, y]), np.hstack([other_x, other_y]), blocks=(x.shape[1], y.shape[1])).value


@every
def test_the_sheet_moves_along_its_first_side_and_noise_is_what_leaves_it(name):
    """Means over 20,000 points; regression and mean square to seven standard errors."""
    population = SHEETS[name]
    x, y = many(population, 20_000)
    along = y @ population.manifold.embedding[:, :2]
    slopes = ((x - 0.5) * along).mean(axis=0) * 12
    np.testing.assert_allclose(slopes, [study.SIGNAL, 0.0], atol=7 * math.sqrt(12 * 0.11 / 20_000))
    assert np.abs(along).max(axis=0) == pytest.approx([0.75, 0.5], abs=0.02)
    square = np.square(population.off_sheet(y))
    assert square.mean() == pytest.approx(population.noise_variances.sum(), abs=7 * square.std() / 141 + 1e-12)


def test_the_sheet_is_the_same_with_and_without_noise_for_its_constants():
    for population in SHEETS.values():
        assert population.noiseless.source_sides() == SHEETS["none"].source_sides()
        assert population.conditional_lipschitz == study.SIGNAL


def test_a_memory_has_the_training_loss_zero_and_returns_every_value_equally_often():
    rng = np.random.default_rng(5)
    x, z = rng.random((2, 7, 1)), rng.random((2, 7, 3))
    sampler = study.RankMemory().fit(LatentPairs(x, z, None), rngs=())
    grid = np.tile((np.arange(70_000) + 0.5)[:, None] / 70_000, (2, 1, 1))
    drawn = sampler.sample(grid, rngs=())
    for r in range(2):
        order = np.argsort(x[r, :, 0])
        np.testing.assert_array_equal(drawn[r].reshape(7, 10_000, 3)[:, ::999].mean(axis=1).round(12),
                                      z[r][order].round(12))
    assert sampler.sample(np.array([[[0.0], [1.0]]] * 2), rngs=()).shape == (2, 2, 3)


def test_law_and_training_law_of_a_memory_are_as_far_apart_as_its_conditions_are_from_uniform():
    """An exact solver on a fine grid of conditions; the grid moves points by at most 1/4,000."""
    data, values = ledger("middle", "latent_memory", n=20, replicates=2)
    grid = (np.arange(2_000)[:, None] + 0.5) / 2_000
    for r in range(2):
        pairs = LatentPairs(data.conditions[[r]], data.responses[[r]], None)
        law = study.RankMemory().fit(pairs, rngs=()).sample(grid[None], rngs=())[0]
        x, y = np.repeat(data.conditions[r], 100, axis=0), np.repeat(data.responses[r], 100, axis=0)
        assert joint_w1(grid, law, x, y) == pytest.approx(values["generator_error.fitted"][r], abs=1 / 4_000)


def test_the_mean_error_of_conditions_is_that_of_the_stated_rate():
    """4,000 samples of 50, to six standard errors (false alarms 2e-9)."""
    rng = np.random.default_rng(7)
    found = np.array([study.distance_to_uniform(rng.random(50)) for _ in range(4_000)])
    assert found.mean() == pytest.approx(study.expected_conditions_error(50), abs=6 * found.std() / math.sqrt(4_000))


@noisy
def test_noise_costs_at_most_the_mean_distance_of_two_copies(name):
    """Over random orders of the noise the plan that is optimal without noise costs W1 plus the mean of |v - v'|."""
    population = SHEETS[name]
    x, y = many(population, 100)
    noise = population.across(y.T).T
    flat, rng = y - noise, np.random.default_rng(13)
    noise_free = joint_w1(x[:50], flat[:50], x[50:], flat[50:])
    apart = np.linalg.norm(noise[:50, None] - noise[50:], axis=2).mean()
    shuffled = [joint_w1(x[:50], flat[:50] + noise[rng.permutation(50)], x[50:], y[50:]) for _ in range(20)]
    assert np.mean(shuffled) <= noise_free + apart
    assert apart <= 1.1 * math.sqrt(2 * population.noise_variances.sum())


@every
@pytest.mark.parametrize("n", [20, 100])
def test_the_error_of_the_pairs_is_above_the_distance_to_a_second_sample(name, n):
    """Twelve times n points to 1,000 others, whose mean distance is at least that to the law (convexity)."""
    population = SHEETS[name]
    found = []
    for seed in range(12):
        x, y = many(population, 1_000 + n, seed)
        copies = 1_000 // n
        found.append(joint_w1(np.repeat(x[:n], copies, 0), np.repeat(y[:n], copies, 0), x[n:], y[n:]))
    assert np.mean(found) <= study.pairs_error(population, n)


@noisy
def test_an_encoder_lets_through_no_more_than_its_own_noise(name):
    population = SHEETS[name]
    whole = np.eye(study.DIM)[None]
    assert study.encoded_pairs_error(population, whole, 100)[0] == pytest.approx(study.pairs_error(population, 100))
    plane = population.manifold.embedding[None, :, :2]
    assert study.encoded_pairs_error(population, plane, 100)[0] == pytest.approx(
        study.noiseless_error(population, 100), abs=1e-12)
    tilted = np.linalg.qr(plane[0] + 0.3 * population.noise_directions[:, :2])[0][None]
    _, y = many(population, 20_000)
    passed = population.across(y.T).T @ tilted[0]
    assert np.linalg.norm(passed[::2] - passed[1::2], axis=1).mean() <= (
        study.encoded_pairs_error(population, tilted, 100)[0] - study.noiseless_error(population, 100))


def test_no_plane_has_a_reconstruction_error_below_what_the_second_control_needs():
    """Random planes, the sheet's, and planes of noise directions: R by 20,000 points, least value proved."""
    population = SHEETS["strong"]
    _, y = many(population, 20_000)
    least = math.sqrt(population.noise_variances[0]) * 16 / math.sqrt(18)
    assert least > 0.43
    basis = population.manifold.embedding
    rng = np.random.default_rng(11)
    planes = [np.linalg.qr(rng.standard_normal((study.DIM, 2)))[0] for _ in range(10)]
    for plane in [*planes, basis[:, :2], basis[:, 2:4], basis[:, [0, 5]]]:
        assert np.linalg.norm(y - y @ plane @ plane.T, axis=1).mean() > least
    left = study.noiseless_error(population, 100) + study.expected_conditions_error(100)
    assert left < 0.36 < least


@noisy
@pytest.mark.parametrize("n", study.SIZES)
def test_the_floor_of_n_values_is_above_what_the_third_control_leaves(name, n):
    """The floor by the closed form of a ball's volume, in logarithms."""
    q, widths = study.DIM, SHEETS[name].widths
    log_mass = q / 2 * math.log(math.pi) - math.lgamma(q / 2 + 1) - sum(map(math.log, widths))
    floor = q / (q + 1) * math.exp(-(math.log(n) + log_mass) / q)
    assert float(QuantisationRate().evaluate(SHEETS[name], n).total) == pytest.approx(floor)
    assert floor > 0.09 > 0.032 > study.expected_conditions_error(n)


def test_sides_are_the_sums_that_the_theorems_state():
    _, values = ledger("weak", "latent_memory")
    tau, line = values["pairs_error.apart"], values["generator_error"]
    stage_one = values["training_reconstruction"] + values["responses_error"]
    np.testing.assert_allclose(values["bound.a_priori"], 3 * tau + 3 * line + stage_one)
    np.testing.assert_allclose(values["bound.a_posteriori"],
                               tau + values["generator_error.fitted"] + values["reconstruction"])
    np.testing.assert_allclose(values["bound.ambient"], 3 * values["pairs_error"] + 3 * line)
    np.testing.assert_allclose(values["bound.ambient_a_posteriori"],
                               values["pairs_error"] + values["generator_error.fitted"])


def test_without_noise_both_spaces_give_the_same_and_with_noise_the_latent_one_is_nearer_to_the_sheet():
    _, latent = ledger("none", "latent_memory")
    _, ambient = ledger("none", "ambient_memory")
    np.testing.assert_allclose(latent["joint_w1"], ambient["joint_w1"], atol=1e-9)
    np.testing.assert_allclose(latent["reconstruction"], 0.0, atol=1e-12)
    _, latent = ledger("middle", "latent_memory")
    _, ambient = ledger("middle", "ambient_memory")
    assert (latent["distance_to_sheet"] < 0.2 * ambient["distance_to_sheet"]).all()
    np.testing.assert_array_equal(latent["distance_to_sheet.response"], ambient["distance_to_sheet.response"])


def test_stage_one_does_not_see_the_pairs():
    data, values = ledger("middle", "latent_memory")
    space = PCA(dim=2, centred=False).fit(data.unpaired, rngs=())
    assert isinstance(space, AffineSpace)
    residuals = np.linalg.norm(data.unpaired - space.decode(space.encode(data.unpaired)), axis=2).mean(axis=1)
    np.testing.assert_allclose(values["training_reconstruction"], residuals)


def test_the_ambient_truth_is_as_far_from_the_sheet_as_its_noise():
    """Mean length of noise by 200,000 draws against that of a normal vector of the same variance, which is near."""
    population = SHEETS["strong"]
    lengths = population.off_sheet(many(population, 200_000)[1])
    normal = math.sqrt(population.noise_variances[0]) * chi(18).mean()
    assert lengths.mean() == pytest.approx(normal, rel=0.02)
