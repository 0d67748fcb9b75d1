"""The oracle inequality D1 and what it rests on: random worlds solved exactly, equality cases, false bounds."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest
from scipy.optimize import linprog
from scipy.spatial.distance import cdist
from scipy.stats import binom

from lsdm_stats.bounds import DroppedTerm, OracleBound

A_PRIORI, A_POSTERIORI = OracleBound(form="a_priori"), OracleBound(form="a_posteriori")


def total(bound, numbers):
    return float(bound.evaluate(numbers).total)


def test_the_oracle_inequality_is_never_violated(worlds):
    """D1.a_priori for a fitted generator that is not always the best, and a class of three."""
    for _, numbers in worlds:
        assert numbers["latent_w1"] <= total(A_PRIORI, numbers) + 1e-8


def test_the_training_loss_and_two_errors_are_never_violated(worlds):
    """D1.a_posteriori with the error of the fitted generator alone; and with the supremum over the class."""
    for _, numbers in worlds:
        own = {**numbers, "generator_error": numbers["own_generator_error"]}
        assert numbers["latent_w1"] <= total(A_POSTERIORI, own) + 1e-8
        assert total(A_POSTERIORI, own) <= total(A_POSTERIORI, numbers) + 1e-12


def test_the_a_posteriori_form_is_sharper_for_the_best_generator_in_training(worlds):
    """With no optimisation error the training loss is at most what D1.a_priori has in its place."""
    best = [numbers for _, numbers in worlds if numbers["optimisation_error"] == 0.0]
    assert len(best) > 30
    for numbers in best:
        assert total(A_POSTERIORI, numbers) <= total(A_PRIORI, numbers) + 1e-8


def test_the_error_of_encoded_pairs_is_that_of_the_pairs_times_the_encoder(worlds, distance_between):
    """D1, second claim: for an encoder that was not chosen with regard to the sample or was, since it is sure."""
    for world, numbers in worlds:
        z = world.encode(world.y)
        sample = (world.x[world.pairs], z[world.pairs]), world.training(world.pairs)
        error = distance_between(sample, ((world.x, z), world.masses))
        assert error <= max(1, numbers["encoder_lipschitz"]) * numbers["pairs_error"] + 1e-9


def test_point_masses_on_a_line_attain_the_oracle_inequality():
    """Truth 0, sample .3; best -.2, in training -.6; the fitted one in training at that loss plus .1, then .4 on."""
    truth, sample, best, best_trained = 0.0, 0.3, -0.2, -0.6
    loss = abs(best_trained - sample) + 0.1
    fitted = sample + loss + 0.4
    numbers = {"approximation": abs(best - truth), "optimisation_error": 0.1, "training_loss": loss,
               "pairs_error": abs(sample - truth), "encoder_lipschitz": 1.0, "generator_error": 0.4}
    for bound in (A_PRIORI, A_POSTERIORI):
        assert total(bound, numbers) == pytest.approx(fitted - truth, abs=1e-12)
        for term in bound.theorem.terms:
            assert fitted - truth > total(DroppedTerm(bound=bound, term=term.name), numbers) + 1e-3


def test_an_encoder_that_stretches_attains_its_factor():
    """E(y) = 2 y, one response at 0 seen at .5: the latents are 1 apart, and a memoriser is that far from the truth."""
    numbers = {"training_loss": 0.0, "encoder_lipschitz": 2.0, "pairs_error": 0.5, "generator_error": 0.0}
    assert total(A_POSTERIORI, numbers) == pytest.approx(1.0)
    assert total(A_POSTERIORI, {**numbers, "encoder_lipschitz": 1.0}) + 0.1 < 1.0
    # A contraction does not help: conditions keep their distances.
    assert total(A_POSTERIORI, {**numbers, "encoder_lipschitz": 0.1}) == pytest.approx(0.5)


def test_without_errors_a_memorising_generator_refutes_the_bound(worlds, distance_between):
    """The latent of the nearest training condition: training loss 0, and yet E min |Z - z_i| away at least."""
    bare = DroppedTerm(bound=DroppedTerm(bound=A_POSTERIORI, term="pairs"), term="generator")
    flagged = 0
    for world, _ in worlds:
        z, pairs = world.encode(world.y), np.unique(world.pairs)
        nearest = pairs[np.argmin(cdist(world.x, world.x[pairs]), axis=1)]
        truth = (world.x, z), world.masses
        sample = (world.x[world.pairs], z[world.pairs]), world.training(world.pairs)
        trained = (world.x[world.pairs], z[nearest][world.pairs]), world.training(world.pairs)
        loss = distance_between(trained, sample)
        assert loss == pytest.approx(0.0, abs=1e-12)
        floor = float(world.masses @ cdist(z, z[pairs]).min(axis=1))
        distance = distance_between(((world.x, z[nearest]), world.masses), truth)
        assert distance >= floor - 1e-9
        flagged += distance > total(bare, {"training_loss": loss}) + 1e-8
        assert (floor > 1e-9) == (len(pairs) < len(world.x))
    assert flagged == sum(len(set(world.pairs)) < len(world.x) for world, _ in worlds) > 50


def test_noise_drawn_once_costs_at_most_the_weighted_distance_of_the_sources(worlds, distance_between):
    """D1.noise: (1 + L_x) |x - x'| + L_eta |eta - eta'|, at most max(1 + L_x, L_eta) times the sum metric."""
    for world, _ in worlds:
        generator = world.generators[0]
        law, masses, noise = world.law(generator)
        trained_law, trained, drawn = world.training_law(generator)
        gap = distance_between((trained_law, trained), (law, masses))
        by_x, by_noise = 1 + generator.lipschitz, generator.noise_lipschitz
        sources = (by_x * law[0], by_noise * noise), masses
        weighted = distance_between(((by_x * trained_law[0], by_noise * drawn), trained), sources)
        plain = distance_between(((trained_law[0], drawn), trained), ((law[0], noise), masses))
        assert gap <= weighted + 1e-9
        assert weighted <= max(by_x, by_noise) * plain + 1e-9


def conditional_lipschitz(world, generator, distance_between):
    """The constant of x -> law of G(x, noise) on the atoms, by transport between each two of them."""
    uniform = np.full(len(world.noise), 1 / len(world.noise))
    latents = [generator(np.repeat(x[None], len(world.noise), axis=0), world.noise) for x in world.x]
    ratios = [distance_between(((latents[i],), uniform), ((latents[j],), uniform))
              / np.linalg.norm(world.x[i] - world.x[j]) for i in range(len(world.x)) for j in range(i)]
    return max(ratios, default=0.0)


def test_integrated_noise_costs_the_conditions_only(worlds, distance_between):
    """D1.noise: (1 + L_G) W1 of the conditions, L_G from the conditional laws; it is at most the constant of G in x."""
    for world, _ in worlds[:60]:
        generator = world.generators[0]
        law, masses, _ = world.law(generator)
        integrated = np.bincount(world.pairs, minlength=len(world.x)) / len(world.pairs)
        trained = np.repeat(integrated / len(world.noise), len(world.noise))
        conditions = distance_between(((world.x,), integrated), ((world.x,), world.masses))
        constant = conditional_lipschitz(world, generator, distance_between)
        assert constant <= generator.lipschitz + 1e-9
        gap = distance_between((law, trained), (law, masses))
        assert gap <= (1 + constant) * conditions + 1e-9


def test_the_graph_constant_is_one_more_than_the_slope(distance_between):
    """D1.noise: G(x) = 3 x, trained at the condition 0 while the truth is 1: 4 apart, so max(1, 3) is too small."""
    trained, true = (np.array([[0.0]]), np.array([[0.0]])), (np.array([[1.0]]), np.array([[3.0]]))
    conditions = distance_between((trained[:1], np.ones(1)), (true[:1], np.ones(1)))
    assert distance_between((trained, np.ones(1)), (true, np.ones(1))) == pytest.approx((1 + 3) * conditions)


def test_nodes_add_their_own_distance(worlds, distance_between):
    """D1.noise: the same noise values everywhere; midpoints of [0, 1] are 1/(4r) from the uniform law."""
    for r in (1, 2, 5):
        midpoints, fine = (np.arange(r) + 0.5) / r, (np.arange(1200) + 0.5) / 1200
        assert np.abs(fine[:, None] - midpoints).min(axis=1).mean() == pytest.approx(1 / (4 * r), abs=1e-6)
    for world, _ in worlds[:40]:
        generator = world.generators[1]
        law, masses, _ = world.law(generator)
        nodes = world.noise[:2]
        shares = np.bincount(world.pairs, minlength=len(world.x)) / len(world.pairs)
        x, eta = np.repeat(world.x, 2, axis=0), np.tile(nodes, (len(world.x), 1))
        trained = (x, generator(x, eta)), np.repeat(shares / 2, 2)
        noise_error = distance_between(((nodes,), np.full(2, 0.5)), ((world.noise,), np.full(3, 1 / 3)))
        conditions = distance_between(((world.x,), shares), ((world.x,), world.masses))
        constant = conditional_lipschitz(world, generator, distance_between)
        bound = (1 + constant) * conditions + generator.noise_lipschitz * noise_error
        assert distance_between(trained, (law, masses)) <= bound + 1e-9


def test_draws_per_condition_do_not_raise_the_mean():
    """D1.noise: r draws for each of n conditions are on average no farther than one draw; enumerated, fair bits."""
    points = np.array(list(product([0.0, 1.0], repeat=2)))
    cost = cdist(points, points, "cityblock")

    def mean_distance(r):
        found = []
        for x in product([0, 1], repeat=2):
            for bits in product([0, 1], repeat=2 * r):
                atoms = [2 * x[i // r] + bit for i, bit in enumerate(bits)]
                found.append(w1_by_dual(np.bincount(atoms, minlength=4) / (2 * r), np.full(4, 0.25), cost))
        return np.mean(found)

    assert mean_distance(2) <= mean_distance(1) - 0.01


def w1_by_dual(first, second, cost):
    """W1 on a finite space as the largest gain of a potential."""
    count = len(first)
    pairs = [(i, j) for i in range(count) for j in range(count) if i != j]
    rows = np.zeros((len(pairs), count))
    for row, (i, j) in zip(rows, pairs, strict=True):
        row[i], row[j] = 1, -1
    solved = linprog(-(first - second), A_ub=rows, b_ub=[cost[i, j] for i, j in pairs],
                     bounds=[(0, cost.max())] * count, method="highs")
    return -solved.fun


@pytest.fixture(scope="module")
def critics():
    """Three atoms, six potentials closed under sign, sample size 3: everything by enumeration."""
    rng = np.random.default_rng(8)
    points = rng.normal(size=(3, 2))
    cost = cdist(points, points)
    anchors = rng.normal(size=(3, 2))
    some = cdist(anchors, points) * rng.uniform(0.3, 1, (3, 1))
    return np.array([0.5, 0.3, 0.2]), cost, np.vstack([some, -some])


def test_a_critic_bounds_in_mean_by_its_complexity(critics):
    """D1.critic: E d_F(P_n, P) <= min(tau_n, 2 Rad_n(F)), by enumeration of all samples and signs."""
    masses, cost, functions = critics
    ipm = exact = complexity = 0.0
    for sample in product(range(3), repeat=3):
        weight = masses[list(sample)].prod()
        empirical = np.bincount(sample, minlength=3) / 3
        ipm += weight * (functions @ (empirical - masses)).max()
        exact += weight * w1_by_dual(empirical, masses, cost)
        for signs in product([-1, 1], repeat=3):
            complexity += weight / 8 * (functions[:, list(sample)] @ signs / 3).max()
    assert 0 < ipm <= min(exact, 2 * complexity)


def test_what_a_critic_misses_is_at_most_twice_its_gap(critics):
    """D1.critic: W1 <= d_F + 2 |f - g| for an optimal f, up to a constant, and the best g."""
    _, cost, functions = critics
    rng = np.random.default_rng(9)
    vertices = potentials(cost)  # some optimal f is one of these
    gaps = [(np.ptp(vertex - functions, axis=1) / 2).min() for vertex in vertices]
    for _ in range(100):
        first, second = rng.dirichlet(np.ones(3), 2)
        distance = w1_by_dual(first, second, cost)
        assert distance == pytest.approx(max(float(vertex @ (first - second)) for vertex in vertices))
        assert distance <= (functions @ (first - second)).max() + 2 * max(gaps) + 1e-9


def potentials(cost):
    """Extreme 1-Lipschitz functions on three points, up to a constant: those with two tight pairs."""
    found = []
    for sign in product([-1, 1], repeat=2):
        for first, second, third in ((0, 1, 2), (1, 0, 2), (2, 0, 1)):
            f = np.zeros(3)
            f[second], f[third] = sign[0] * cost[first, second], sign[1] * cost[first, third]
            if abs(f[second] - f[third]) <= cost[second, third] + 1e-12:
                found.append(f)
    return found


def test_a_fresh_sample_bounds_without_any_constant_of_the_fit():
    """D1.fresh on a line: 2,000 fresh samples miss at alpha = .05 no more often than chance allows with 1e-6."""
    rng = np.random.default_rng(11)
    h, alpha = 40, 0.05
    truth, generated = rng.uniform(0, 1, (2000, h)), rng.uniform(0, 1, (2000, h)) ** 2
    plug_in = np.abs(np.sort(truth) - np.sort(generated)).mean(axis=1)
    # sigma for pairs from diameters 1 and 1: C = 1/4 each, (1/2 + 1/2)^2 / h; here the sides are even independent.
    limit = plug_in + np.sqrt(2 * np.log(1 / alpha)) / np.sqrt(h)
    exact = 0.5 - 1 / 3
    often = binom.isf(1e-6, 2000, alpha)
    assert (limit < exact).sum() <= often < (plug_in < exact).sum()


def test_shrinking_is_best_for_batches_of_one():
    """D1.shrinkage: among laws aP of a fair coin on -1, 1 and batches of one the mean |G - Z| is least at a = 0."""
    for masses in ([0.5, 0.0, 0.5], [0.2, 0.5, 0.3]):
        points = np.array([-1.0, 0.0, 1.0])
        means = [float(np.asarray(masses) @ np.abs(scale * points[:, None] - points) @ np.asarray(masses))
                 for scale in (0.0, 0.25, 0.5, 1.0)]
        assert means[0] <= min(means) + 1e-12
        assert means[-1] > means[0] or masses[1] == 0.0
