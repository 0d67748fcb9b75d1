"""Stage 1 D2: reconstruction errors of populations, on random worlds solved exactly, in equality cases, and falsely."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import binom

from lsdm_stats.bounds import DroppedTerm, StageOneBound
from lsdm_stats.inference import betting_limit, empirical_bernstein_deviation, hoeffding_deviation

UNIFORM, SHIFT, HOLDOUT, PCA, PCA_GAP = (
    StageOneBound(form=form) for form in ("uniform", "shift", "holdout", "pca", "pca_gap"))


def total(bound, numbers):
    return float(bound.evaluate(numbers).total)


def test_the_uniform_bound_is_never_violated(worlds):
    """D2.uniform, with the constant of products of norms, for responses paired and not."""
    for _, numbers in worlds:
        assert numbers["reconstruction"] <= total(UNIFORM, numbers) + 1e-8


def test_the_residual_is_lipschitz_with_the_stated_constant(worlds):
    for world, numbers in worlds:
        y, r = world.y, world.residual()
        apart = np.linalg.norm(y[:, None] - y, axis=2)
        assert np.all(np.abs(r[:, None] - r) <= numbers["residual_lipschitz"] * apart + 1e-9)


def test_orthonormal_stages_have_a_residual_with_constant_one():
    """r is the distance to a flat; 1 is attained across it."""
    rng = np.random.default_rng(1)
    for _ in range(50):
        basis, centre = np.linalg.qr(rng.normal(size=(5, 2)))[0], rng.normal(size=5)
        y = rng.normal(size=(30, 5))
        r = np.linalg.norm((y - centre) - (y - centre) @ basis @ basis.T, axis=1)
        ratio = np.abs(r[:, None] - r)[np.triu_indices(30, 1)] / np.linalg.norm(y[:, None] - y, axis=2)[
            np.triu_indices(30, 1)]
        assert ratio.max() <= 1 + 1e-12
    normal = np.array([0.0, 0.0, 1.0])
    assert np.linalg.norm(2 * normal) - np.linalg.norm(normal) == np.linalg.norm(2 * normal - normal)


def test_constant_stages_attain_the_uniform_bound():
    """E = D = 0: r(y) = |y| is the best potential between a sample near 0 and its law farther out on the same ray."""
    sample, law = np.array([1.0, 2.0, 6.0]), np.array([1.5, 4.0, 6.5])
    numbers = {"training_reconstruction": sample.mean(), "residual_lipschitz": 1.0,
               "responses_error": np.abs(law - sample).mean()}
    assert total(UNIFORM, numbers) == pytest.approx(law.mean())
    assert law.mean() > total(DroppedTerm(bound=UNIFORM, term="responses"), numbers) + 0.1


def test_a_network_that_learns_its_responses_by_heart_is_flagged_without_the_second_term(worlds):
    """D(E(y)) the nearest training response: training R is 0, R is not."""
    control, flagged = DroppedTerm(bound=UNIFORM, term="responses"), 0
    for world, numbers in worlds:
        seen = np.unique(np.concatenate([world.pairs, world.unpaired]))
        reconstruction = float(world.masses @ np.linalg.norm(world.y[:, None] - world.y[seen], axis=2).min(axis=1))
        learnt = {**numbers, "training_reconstruction": 0.0, "residual_lipschitz": 1.0}
        assert reconstruction <= total(UNIFORM, learnt) + 1e-9  # the distance to a set is 1-Lipschitz
        flagged += reconstruction > total(control, learnt) + 1e-8
        assert (reconstruction > 0) == (len(seen) < len(world.y))
    assert flagged == sum(len(np.union1d(world.pairs, world.unpaired)) < len(world.y) for world, _ in worlds) > 30


@pytest.fixture(scope="module")
def shifted(worlds, distance_between):
    """The unpaired responses moved by a vector; pooled sample against the mixture of both laws, solved exactly."""
    rng, found = np.random.default_rng(3), []
    for world, numbers in worlds:
        n, m = len(world.pairs), len(world.unpaired)
        vector, other = rng.normal(size=world.y.shape[1]), rng.dirichlet(np.ones(len(world.y)))
        away = world.y + vector
        pooled = np.concatenate([world.y[world.pairs], away[world.unpaired]])
        both = np.concatenate([world.y, away])
        masses = np.concatenate([n * world.masses, m * other]) / (n + m)
        residuals = np.linalg.norm(pooled - world.decode(world.encode(pooled)), axis=1)
        found.append({
            **numbers,
            "training_reconstruction": float(residuals.mean()),
            "responses_error": distance_between(((pooled,), np.full(n + m, 1 / (n + m))), ((both,), masses)),
            "unpaired_share": m / (n + m),
            "shift": distance_between(((away,), other), ((world.y,), world.masses)),
            "mixture": distance_between(((world.y,), world.masses), ((both,), masses)),
        })
    return found


def test_the_shifted_bound_is_never_violated(shifted):
    for numbers in shifted:
        assert numbers["reconstruction"] <= total(SHIFT, numbers) + 1e-8


def test_a_mixture_is_its_share_of_the_way(shifted):
    """W1(P, (1 - t) P + t P') = t W1(P, P'): the step of the proof that is an equality."""
    for numbers in shifted:
        assert numbers["mixture"] == pytest.approx(numbers["unpaired_share"] * numbers["shift"], abs=1e-9)


@pytest.mark.parametrize("share", [0.1, 0.5, 0.9])
def test_the_shift_term_is_attained_and_needed(share):
    """E = D = 0, the pairs at 1, the others at 0: R = 1, training R is 1 - m / N, the sample is the mixture."""
    numbers = {"training_reconstruction": 1 - share, "residual_lipschitz": 1.0, "responses_error": 0.0,
               "unpaired_share": share, "shift": 1.0}
    assert total(SHIFT, numbers) == pytest.approx(1.0)
    assert total(UNIFORM, numbers) < 0.95
    assert total(DroppedTerm(bound=SHIFT, term="shift"), numbers) < 0.95


def test_independent_points_of_two_laws_are_as_near_to_their_mixture_as_b2_says():
    """D2.shift: 30 points of U[0, 1/2] and 30 of U[1/2, 1] against U[0, 1]; and the mean of the parts' distances."""
    rng, grid = np.random.default_rng(4), (np.arange(2400) + 0.5) / 2400
    low, high = rng.uniform(0, 0.5, (400, 30)), rng.uniform(0.5, 1, (400, 30))
    pooled = np.sort(np.concatenate([low, high], axis=1))
    distances = distance_to_grid(pooled, grid)
    parts = (distance_to_grid(np.sort(low), grid / 2) + distance_to_grid(np.sort(high), 0.5 + grid / 2)) / 2
    iid = distance_to_grid(np.sort(rng.uniform(0, 1, (400, 60))), grid)
    assert np.abs(distances - parts).max() < 1e-3  # equal here, as the halves do not overlap, up to the grid
    assert distances.mean() < iid.mean() - 5 * iid.std() / 20 < np.sqrt(1 / 3 / 60)  # B2.any at t = 0 for [0, 1]


def distance_to_grid(points, grid):
    repeated = points[:, (np.arange(len(grid)) * points.shape[1]) // len(grid)]
    return np.abs(repeated - grid).mean(axis=1)


def test_limits_from_held_out_responses_cover():
    """D2.holdout for r uniform to the fourth power on [0, 1] (R = 1/5): misses no more often than chance allows."""
    rng, alpha, repetitions = np.random.default_rng(5), 0.05, 400
    misses = {"bernstein": 0, "hoeffding": 0, "betting": 0}
    for _ in range(repetitions):
        r = rng.uniform(size=60) ** 4
        limits = {
            "bernstein": r.mean() + empirical_bernstein_deviation(r, width=1.0, alpha=alpha),
            "hoeffding": r.mean() + hoeffding_deviation(60, width=1.0, alpha=alpha),
            "betting": -betting_limit(-r, low=-1.0, high=0.0, scale=0.25, alpha=alpha),
        }
        for name, limit in limits.items():
            misses[name] += total(HOLDOUT, {"holdout_reconstruction": limit}) < 1 / 5
    assert max(misses.values()) <= binom.isf(1e-6, repetitions, alpha)


def population(rng, q):
    """A discrete population of q + 3 atoms in general position, and its second moments with their eigenvalues."""
    atoms = rng.normal(size=(q + 3, q)) * rng.uniform(0.1, 1, q)
    moments = atoms.T @ atoms / len(atoms)
    return atoms, moments, np.linalg.eigvalsh(moments)[::-1]


def reconstruct(atoms, sample, k):
    """Mean and mean squared error over the atoms of k components of a sample, by eigenvectors of its second moments."""
    leading = np.linalg.eigh(sample.T @ sample)[1][:, -k:]
    errors = np.linalg.norm(atoms - atoms @ leading @ leading.T, axis=1)
    return float(errors.mean()), float((errors**2).mean())


def spectral_numbers(values, k, error):
    return {"tail_variance": values[k:].sum(), "projection_rank": min(k, len(values) - k),
            "inverse_gap": 1 / (values[k - 1] - values[k]), "covariance_error": error}


@pytest.fixture(scope="module")
def components():
    """1,200 random populations, samples and numbers of components."""
    rng, found = np.random.default_rng(6), []
    for _ in range(1200):
        q = int(rng.integers(2, 7))
        k = int(rng.integers(1, q))
        atoms, moments, values = population(rng, q)
        sample = atoms[rng.integers(len(atoms), size=int(rng.integers(k, 60)))]
        error = np.linalg.norm(sample.T @ sample / len(sample) - moments)
        found.append((spectral_numbers(values, k, error), *reconstruct(atoms, sample, k)))
    return found


@pytest.mark.parametrize("bound", [PCA, PCA_GAP], ids=lambda bound: bound.label)
def test_components_are_never_worse_than_said(bound, components):
    """R and even the root of the mean squared error, in 1,200 populations."""
    for numbers, reconstruction, squared in components:
        assert reconstruction <= np.sqrt(squared) + 1e-12
        assert np.sqrt(squared) <= total(bound, numbers) + 1e-9


@pytest.mark.parametrize("bound", [PCA, PCA_GAP], ids=lambda bound: bound.label)
def test_without_the_error_of_the_covariance_components_are_flagged(bound, components):
    """The best components are the best: the root of the tail alone is too small for those of a sample."""
    for numbers, _, squared in components:
        assert squared >= numbers["tail_variance"] - 1e-12
    flagged = [np.sqrt(squared) > total(bound, {**numbers, "covariance_error": 0.0}) + 1e-8
               for numbers, _, squared in components]
    assert np.mean(flagged) > 0.95


@pytest.mark.parametrize("bound", [PCA, PCA_GAP], ids=lambda bound: bound.label)
@pytest.mark.parametrize("k", [1, 2, 3])
def test_eigenvalues_that_change_places_attain_both_forms(bound, k):
    """S = diag(2, .., 1, ..), the sample's all but equal with the wrong ones on top: the excess is k, as both say."""
    hair = 1e-9
    moments = np.diag([2.0] * k + [1.0] * k)
    sampled = np.diag([1.5 - hair] * k + [1.5 + hair] * k)
    leading = np.linalg.eigh(sampled)[1][:, -k:]
    squared = np.trace(moments) - np.trace(leading.T @ moments @ leading)
    numbers = spectral_numbers(np.diag(moments), k, np.linalg.norm(sampled - moments))
    assert total(bound, numbers) == pytest.approx(np.sqrt(squared), abs=1e-7)
    assert np.sqrt(squared) > total(bound, {**numbers, "covariance_error": 0.99 * numbers["covariance_error"]}) + 1e-3


def test_the_mean_square_error_of_second_moments_is_exact():
    """E |S_N - S|^2 = (E |Y|^4 - |S|^2) / N by simulation, within five standard errors (chance < 1e-6)."""
    rng = np.random.default_rng(7)
    atoms, moments, _ = population(rng, 4)
    exact = ((atoms**2).sum(axis=1) ** 2).mean() - np.linalg.norm(moments) ** 2
    samples = atoms[rng.integers(len(atoms), size=(20000, 7))]
    errors = np.linalg.norm(np.einsum("rni,rnj->rij", samples, samples) / 7 - moments, axis=(1, 2)) ** 2
    assert errors.mean() == pytest.approx(exact / 7, abs=5 * errors.std() / np.sqrt(20000))


def test_in_mean_the_root_mean_square_may_stand_for_the_error():
    """D2.pca in mean: E R is at most the bound at the root mean square of the covariance error."""
    rng = np.random.default_rng(8)
    atoms, moments, values = population(rng, 4)
    spread = np.sqrt((((atoms**2).sum(axis=1) ** 2).mean() - np.linalg.norm(moments) ** 2) / 12)
    numbers = spectral_numbers(values, 2, spread)
    found = [reconstruct(atoms, atoms[rng.integers(len(atoms), size=12)], 2)[0] for _ in range(300)]
    assert np.mean(found) <= min(total(PCA, numbers), total(PCA_GAP, numbers))
