"""End to end D3 and without a latent space D4: worlds solved exactly, equality cases, the comparison of both."""

from __future__ import annotations

from typing import get_args

import numpy as np
import pytest
from scipy.optimize import brentq
from scipy.special import gammaln
from scipy.stats import binom

from lsdm_stats.bounds import AmbientBound, DroppedTerm, EndToEndBound, EndToEndForm, MasterBound, OracleBound

A_PRIORI, A_POSTERIORI, PUSHED = (EndToEndBound(form=form) for form in get_args(EndToEndForm))


def total(bound, numbers):
    return float(bound.evaluate(numbers).total)


def test_end_to_end_is_never_violated(worlds):
    """D3.a_priori: two stages that saw the same data, network constants by products of norms."""
    for _, numbers in worlds:
        assert numbers["joint_w1"] <= total(A_PRIORI, numbers) + 1e-8


def test_end_to_end_from_what_was_measured_is_never_violated(worlds):
    """D3.a_posteriori with the exact R in place of a held-out mean, whose mean it is."""
    for _, numbers in worlds:
        known = {**numbers, "generator_error": numbers["own_generator_error"],
                 "holdout_reconstruction": numbers["reconstruction"]}
        assert numbers["joint_w1"] <= total(A_POSTERIORI, known) + 1e-8


def test_end_to_end_is_the_chain_of_its_parts(worlds):
    """The Lipschitz form of A1 at the values of D1 and D2, by another sum."""
    for _, numbers in worlds:
        latent = total(OracleBound(form="a_priori"), numbers)
        stage_one = numbers["training_reconstruction"] + numbers["residual_lipschitz"] * numbers["responses_error"]
        chain = {"cross_modulus": numbers["decoder_lipschitz"], "latent_w1": latent, "reconstruction": stage_one}
        assert total(A_PRIORI, numbers) == pytest.approx(total(MasterBound(form="cross"), chain))


@pytest.fixture
def line():
    """A line, stretched by D(z) = 3 z + 1 after E(y) = y / 3, one response at 0 that was seen at -1.2.

    Latents: truth 0, sample -.4. The best generator at .1, in training at .2; the fitted one in training at its loss
    plus .1, -1.1, and .1 farther out in truth. R: r(y) = 1 everywhere.
    """
    numbers = {"approximation": 0.1, "optimisation_error": 0.1, "training_loss": 0.7, "pairs_error": 1.2,
               "encoder_lipschitz": 1 / 3, "generator_error": 0.1, "decoder_lipschitz": 3.0,
               "training_reconstruction": 1.0, "residual_lipschitz": 0.0, "responses_error": 1.2,
               "holdout_reconstruction": 1.0}
    joint = abs(3 * -1.2 + 1 - 0)
    return numbers, joint


def test_a_stretched_line_by_hand(line):
    """Joint W1 2.6; the bound pays 1.2 for pairs that the encoder brings to .4, since conditions keep distances."""
    numbers, joint = line
    assert joint == pytest.approx(2.6)
    terms = A_PRIORI.evaluate(numbers).terms
    assert {name: pytest.approx(float(value)) for name, value in terms.items()} == {
        "approximation": 0.3, "optimisation": 0.3, "pairs": 7.2, "generator": 0.6, "stage_one": 1.0, "responses": 0.0}
    assert total(A_POSTERIORI, numbers) == pytest.approx(3 * (0.7 + 1.2 + 0.1) + 1)
    assert joint <= min(total(A_PRIORI, numbers), total(A_POSTERIORI, numbers))


def test_isometric_stages_attain_the_end_to_end_bound():
    """E = identity, D(z) = z + .5 on a line: the fitted generator is off to the right by all errors, D adds R."""
    approximation, optimisation, pairs, generator = 0.2, 0.1, 0.3, 0.4
    loss = (approximation + generator + pairs) + optimisation
    fitted = pairs + loss + generator
    numbers = {"approximation": approximation, "optimisation_error": optimisation, "training_loss": loss,
               "pairs_error": pairs, "generator_error": generator, "encoder_lipschitz": 1.0, "decoder_lipschitz": 1.0,
               "training_reconstruction": 0.5, "residual_lipschitz": 0.0, "responses_error": pairs,
               "holdout_reconstruction": 0.5}
    joint = abs(fitted + 0.5 - 0.0)
    for bound in (A_PRIORI, A_POSTERIORI):
        assert total(bound, numbers) == pytest.approx(joint, abs=1e-12)
        for term in bound.theorem.terms:
            if term.name != "responses":
                assert joint > total(DroppedTerm(bound=bound, term=term.name), numbers) + 0.09
    ambient = {**numbers, "approximation": approximation}
    assert total(AmbientBound(), ambient) == pytest.approx(fitted)


@pytest.mark.parametrize("size", [1, 4, 9])
def test_a_shift_attains_the_pushed_form(size, make_law):
    """D3.pushed: responses moved by (.3, .4) have joint W1 .5 exactly (T1), and so has every fresh sample."""
    rng = np.random.default_rng(1)
    x, y = rng.normal(size=(size, 1)), rng.normal(size=(size, 2))
    numbers = make_law(x, y + np.array([0.3, 0.4]), x, y, np.array, np.array).numbers()
    assert total(PUSHED, numbers) == pytest.approx(0.5)
    assert total(PUSHED, {**numbers, "pushed_cost": 0.99 * numbers["pushed_cost"]}) < 0.5 - 1e-3


def test_pushed_costs_of_fresh_samples_are_too_large_on_average_only():
    """D3.pushed on a line, joint W1 |a - b| E|Y| by T2: means above it, and an upper limit that misses rarely."""
    rng, size, alpha, scale, off = np.random.default_rng(2), 50, 0.05, 0.9, 0.05
    exact = abs(scale + off - 1) / 2  # Y uniform on [0, 1]; generated scale * Y', decoded D(z) = z (1 + off / scale)
    y, other = rng.uniform(size=(4000, size)), rng.uniform(size=(4000, size))
    generated = scale * other
    reconstruction = np.abs(y * (off / scale)).mean(axis=1)
    plan = np.abs(np.sort(generated) - np.sort(y)) * (1 + off / scale)
    bound = np.array([total(PUSHED, {"pushed_cost": cost, "reconstruction": r})
                      for cost, r in zip(plan.mean(axis=1), reconstruction, strict=True)])
    assert bound.mean() - 5 * bound.std() / np.sqrt(4000) > exact
    sigma = (0.5 + (scale + off) / 2) / np.sqrt(size)
    misses = bound + np.sqrt(2 * np.log(1 / alpha)) * sigma < exact
    assert misses.sum() <= binom.isf(1e-6, 4000, alpha)


def test_ambient_matching_is_the_oracle_inequality_without_an_encoder(worlds):
    for _, numbers in worlds[:30]:
        identity = {**numbers, "encoder_lipschitz": 1.0}
        assert total(AmbientBound(), numbers) == pytest.approx(total(OracleBound(form="a_priori"), identity))


def test_matching_decoded_responses_is_never_violated_and_never_worse(worlds, distance_between):
    """D4 and D4.class for the decoded class of each world, every distance solved exactly."""
    for world, numbers in worlds:
        truth = (world.x, world.y), world.masses
        sample = (world.x[world.pairs], world.y[world.pairs]), world.training(world.pairs)
        laws, trained = [], []
        for generator in world.generators:
            for source, decoded in ((world.law, laws), (world.training_law, trained)):
                (x, latents), masses, _ = source(generator)
                decoded.append(((x, world.decode(latents)), masses))
        losses = [distance_between(law, sample) for law in trained]
        ambient = {
            "approximation": min(distance_between(law, truth) for law in laws),
            "optimisation_error": losses[world.fitted] - min(losses),
            "pairs_error": numbers["pairs_error"],
            "generator_error": max(distance_between(*both) for both in zip(trained, laws, strict=True)),
        }
        value = total(AmbientBound(), ambient)
        assert numbers["joint_w1"] <= value + 1e-8
        factor = max(1.0, numbers["decoder_lipschitz"])
        assert ambient["generator_error"] <= factor * numbers["generator_error"] + 1e-9
        latent = total(A_PRIORI, {**numbers, "optimisation_error": 0.0})
        assert value <= latent + ambient["optimisation_error"] + 1e-8


def mean_chi(freedom):
    return np.sqrt(2) * np.exp(gammaln((freedom + 1) / 2) - gammaln(freedom / 2))


@pytest.mark.parametrize(("q", "k"), [(3, 1), (5, 2), (20, 2)])
def test_the_floor_of_a_flat_range_under_ball_noise(q, k):
    """D4.floors: rho q / (q + 1) c by simulation of the ball, on the flat through the mean and on one beside it."""
    rng = np.random.default_rng(3)
    normal = rng.normal(size=(40000, q))
    ball = normal / np.linalg.norm(normal, axis=1, keepdims=True) * rng.uniform(size=(40000, 1)) ** (1 / q)
    across = ball[:, k:]
    floor = q / (q + 1) * mean_chi(q - k) / mean_chi(q)
    on, beside = np.linalg.norm(across, axis=1), np.linalg.norm(across + 0.3 * np.eye(q - k)[0], axis=1)
    error = 5 * on.std() / np.sqrt(40000)
    assert on.mean() == pytest.approx(floor, abs=error)
    assert beside.mean() > floor + error


def test_the_numbers_of_the_comparison():
    """D4: c_(20, 2) = .947, above n^(-1/20) from n = 3 on; the crossover of the two rates at 10^41.2 pairs."""
    share = mean_chi(18) / mean_chi(20)
    assert share == pytest.approx(0.947, abs=5e-4)
    assert 2 ** (-1 / 20) > share > 3 ** (-1 / 20)

    def gap(log_n):
        return np.sqrt(21) * 10 ** (-log_n / 21) - np.sqrt(3) * 10 ** (-log_n / 3) - 0.05

    assert all(gap(log_n) > 0 for log_n in np.linspace(0, 41, 500))
    assert brentq(gap, 30, 60) == pytest.approx(41.2, abs=0.05)
