"""Confidence intervals for the distance of two laws: coverage where it is known, and what they must refuse."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from lsdm_stats.inference import hoeffding_deviation, transport_deviation
from lsdm_stats.wasserstein import exact, interval, line_to_law, reference_bias, stratified_cube
from lsdm_stats.wasserstein.intervals.held_out import held_out

RUNS = 60


def translated(rng, n, dim):
    """W1 = 0.3."""
    return rng.uniform(size=(n, dim)), rng.uniform(size=(n, dim)) + 0.3 * np.eye(dim)[0], 0.3


def dilated(rng, n, dim):
    """W1 is half the mean distance from the centre (docs/theory.md, T2), here known by integration."""
    mean = {1: 0.25, 2: 0.3825978582, 3: 0.4802959781}[dim]
    return rng.uniform(size=(n, dim)) - 0.5, 1.5 * (rng.uniform(size=(n, dim)) - 0.5), 0.5 * mean


def shifted(rng, n, dim):
    """Rows share everything: Y and Y + X u, W1 = E X / 2 = 0.25 (docs/theory.md, T3)."""
    x = rng.uniform(size=(n, 1))
    y = rng.uniform(size=(n, dim))
    return np.hstack([x, y]), np.hstack([x, y + 0.5 * x * np.eye(dim)[0]]), 0.25


def anticoupled(rng, n, dim):
    """Either row is a uniform law on a cube; whether they lie alike or opposite is tossed, so that W1 = 0.3."""
    x = rng.uniform(size=(n, dim))
    y = np.where(rng.uniform(size=(n, 1)) < 0.5, x, 1 - x)
    return x, y + 0.3 * np.eye(dim)[0], 0.3


CUBE = 1 / (2 * np.pi)  # transport constant of the unit cube
KNOWN = {  # the diameter of both supports together, and the transport constants
    translated: lambda dim: (np.hypot(1.3, np.sqrt(dim - 1)), CUBE),
    dilated: lambda dim: (1.5 * np.sqrt(dim), (CUBE, 1.5**2 * CUBE)),
    shifted: lambda dim: (np.hypot(1.5, np.sqrt(dim)), (CUBE, (0.25 + np.hypot(1, 0.25)) ** 2 * CUBE)),
    anticoupled: lambda dim: (np.hypot(1.3, np.sqrt(dim - 1)), CUBE),
}
# Misses of a true 95 % interval exceed this in one of 1e7 tests; each test counts two kinds of interval.
ALLOWED = int(stats.binom.isf(1e-7, RUNS, 0.05))


@pytest.mark.parametrize("dim", [1, 2, 3])
@pytest.mark.parametrize(("draw", "shared"), [(translated, False), (dilated, False), (shifted, True),
                                              (anticoupled, True)])
def test_certified_limits_cover_and_held_out_ones_from_below(draw, shared, dim):
    rng = np.random.default_rng([dim, 5])
    diameter, constant = KNOWN[draw](dim)
    misses = np.zeros(3, dtype=int)
    for _ in range(RUNS):
        x, y, truth = draw(rng, 120, dim)
        first = interval(x, y, diameter=diameter, shared=shared, rng=rng)
        second = interval(x, y, transport_constant=constant, shared=shared, rng=rng)
        for k, found in enumerate((first.certified, second.certified)):
            misses[k] += not found.lower <= truth <= found.upper
        misses[2] += truth < first.held_out.lower
    assert (misses <= ALLOWED).all()


def test_samples_of_unequal_sizes():
    rng = np.random.default_rng(9)
    diameter, constant = KNOWN[dilated](2)
    misses = np.zeros(2, dtype=int)
    for _ in range(RUNS):
        x, y, truth = dilated(rng, 250, 2)
        for k, known in enumerate(({"diameter": diameter}, {"transport_constant": constant})):
            found = interval(x[:50], y, rng=rng, **known).certified
            misses[k] += not found.lower <= truth <= found.upper
    assert (misses <= ALLOWED).all()


def test_groups_of_the_larger_sample_take_part():
    rng = np.random.default_rng(10)
    fresh = held_out(rng.uniform(size=(40, 2)), rng.uniform(size=(160, 2)), None, shared=False, rng=rng)
    assert (len(fresh.x), len(fresh.y), len(fresh.gains)) == (20, 80, 20)
    np.testing.assert_allclose(fresh.gains, fresh.x - fresh.y.reshape(20, 4).mean(axis=1))
    assert fresh.gains.mean() == pytest.approx(fresh.value)


def test_shared_rows_are_held_out_together():
    x = np.random.default_rng(13).uniform(size=(50, 1))
    fresh = held_out(x, x + 0.25, None, shared=True, rng=np.random.default_rng(0))
    assert np.median(fresh.gains) == pytest.approx(0.25)  # those beyond the other half's range gain less
    assert fresh.gains.std() < 0.1 * fresh.x.std()
    assert fresh.scale == pytest.approx(0, abs=1e-12)


@pytest.mark.parametrize(("n", "m"), [(800, 800), (300, 1200), (1200, 300)])
@pytest.mark.parametrize("shared", [False, True])
def test_the_scale_is_that_of_the_gains(n, m, shared):
    rng = np.random.default_rng(14)
    x, y, _ = dilated(rng, 1200, 2)
    fresh = held_out(x[:n], y[: n if shared else m], None, shared=shared, rng=rng)
    assert fresh.scale == pytest.approx(fresh.gains.std(ddof=1), rel=0.3)


def test_upper_limits_of_pairs_by_hand():
    rng = np.random.default_rng(15)
    x, y, _ = shifted(rng, 200, 2)
    found = interval(x, y, diameter=2.1, shared=True, rng=rng)
    assert found.certified.upper == pytest.approx(found.transport.upper + 2.1 * np.sqrt(2 * np.log(40) / 200))
    found = interval(x, y, transport_constant=(1.0, 4.0), shared=True, level=0.9, rng=rng)
    assert found.certified.upper == pytest.approx(found.transport.upper + 3.0 * np.sqrt(2 * np.log(20) / 200))
    found = interval(x, y, transport_constant=(1.0, 4.0), level=0.9, rng=rng)
    assert found.certified.upper == pytest.approx(found.transport.upper + np.sqrt(2 * np.log(20) * 5 / 200))


@pytest.mark.parametrize(("draw", "shared", "dim", "least"), [
    (dilated, False, 3, 0.03), (translated, False, 2, 0.15), (shifted, True, 2, 0.1)])
def test_certified_lower_limits_adapt_to_the_spread(draw, shared, dim, least):
    """The deviation is of the order of the standard error, far below that of the diameter."""
    rng = np.random.default_rng(11)
    diameter, _ = KNOWN[draw](dim)
    n = 600
    x, y, _ = draw(rng, n, dim)
    found = interval(x, y, diameter=diameter, shared=shared, rng=rng)
    assert found.certified.lower > least
    error = found.held_out.estimate - found.certified.lower
    assert error < 2.5 * (found.held_out.estimate - found.held_out.lower)
    assert error < 0.7 * hoeffding_deviation(n // 2, width=np.sqrt(4 if shared else 2) * diameter, alpha=0.025)


def test_pairs_must_not_be_taken_for_independent_samples():
    """X is a coin and Y = 1 - X: all misses of the upper limit are counted exactly (docs/theory.md, C4)."""
    n, probability, alpha = 20000, 0.52, 0.01
    counts = np.arange(n + 1)
    distance, weights = np.abs(2 * counts / n - 1), stats.binom.pmf(counts, n, probability)

    def misses(deviation):
        return weights[distance + deviation < 2 * probability - 1].sum()

    assert misses(transport_deviation((0.25, n), (0.25, n), alpha=alpha)) > 1.5 * alpha
    assert misses(transport_deviation((1.0, n), alpha=alpha)) < alpha


def test_the_plug_in_limit_is_spoiled_by_its_bias_in_three_dimensions_and_the_held_out_one_is_not():
    rng = np.random.default_rng(3)
    plug_in, held_out = 0, 0
    for _ in range(20):
        x, y = rng.uniform(size=(2, 200, 3))  # one law: W1 = 0
        found = interval(x, y, rng=rng)
        plug_in += found.asymptotic.lower > 0
        held_out += found.held_out.lower > 0
    assert plug_in == 20
    assert held_out <= 5  # Bin(20, .025) exceeds 5 with probability 5e-6


def test_the_asymptotic_interval_covers_on_the_line():
    rng = np.random.default_rng(8)
    misses = 0
    for _ in range(200):
        x, y, truth = translated(rng, 300, 1)
        found = interval(x, y, rng=rng).asymptotic
        misses += not found.lower <= truth <= found.upper
    assert misses <= 28  # Bin(200, .05) exceeds 28 with probability 1e-6


def test_parts():
    rng = np.random.default_rng(2)
    x, y, _ = translated(rng, 100, 2)
    found = interval(x, y, diameter=2.0, rng=rng)
    assert found.estimate == found.transport.value == exact(x, y).value
    assert 0 <= found.certified.lower <= found.held_out.estimate <= found.estimate * 1.2
    assert found.certified.upper == pytest.approx(
        found.transport.upper + np.sqrt(2 * np.log(40) * (1.0 / 100 + 1.0 / 100)))  # C = B**2 / 4 = 1
    assert interval(x, y, rng=rng).certified is None
    assert interval(x, y, diameter=1.7, level=0.999, rng=rng).certified.upper <= 1.7


def test_shared_rows_enter_as_pairs():
    rng = np.random.default_rng(4)
    x, y, _ = shifted(rng, 400, 2)
    together, apart = (interval(x, y, shared=shared, rng=np.random.default_rng(1)) for shared in (True, False))
    assert together.asymptotic.upper < apart.asymptotic.upper  # pairs vary less than two samples
    order = rng.permutation(400)
    reordered = interval(x[order], y[order], shared=True, rng=rng)
    assert reordered.asymptotic.upper == pytest.approx(together.asymptotic.upper)
    apart_again = interval(x, y[order], diameter=2.0, rng=rng)
    assert apart_again.estimate == pytest.approx(apart.estimate, rel=1e-9)
    assert apart_again.asymptotic.upper == pytest.approx(apart.asymptotic.upper, rel=0.02)  # potentials are not unique


@given(st.integers(0, 10**6), st.sampled_from([1e-9, 0.5, 1e9]), st.booleans())
@settings(max_examples=30)
def test_units(seed, unit, shared):
    x, y = np.random.default_rng(seed).uniform(size=(2, 12, 2))
    one = interval(x, y, diameter=2.0, shared=shared, rng=np.random.default_rng(seed))
    other = interval(unit * x, unit * y, diameter=2.0 * unit, shared=shared, rng=np.random.default_rng(seed))
    for name in ("certified", "asymptotic", "held_out"):
        for end in ("lower", "estimate", "upper"):
            wanted = unit * getattr(getattr(one, name), end)
            assert getattr(getattr(other, name), end) == pytest.approx(wanted, rel=1e-6, abs=1e-9 * unit)


@pytest.mark.parametrize(("known", "exponent"), [("diameter", -900), ("diameter", -300), ("diameter", 450),
                                                  ("transport_constant", -450), ("transport_constant", 450)])
def test_powers_of_two_are_exact_units(known, exponent):
    x, y = np.random.default_rng(3).uniform(size=(2, 60, 2))
    unit = 2.0**exponent
    factor = unit if known == "diameter" else unit**2
    one, other = (
        interval(scale * x, scale * y, rng=np.random.default_rng(1), **{known: 2.0 * size})
        for scale, size in ((1.0, 1.0), (unit, factor))
    )
    for name in ("certified", "asymptotic", "held_out"):
        for end in ("lower", "estimate", "upper"):
            wanted = unit * getattr(getattr(one, name), end)
            assert getattr(getattr(other, name), end) == pytest.approx(wanted, rel=1e-12, abs=1e-14 * unit)


def test_a_far_origin_does_not_matter():
    x, y = np.random.default_rng(4).integers(0, 2**20, size=(2, 60, 2)) / 2**20
    one, other = (interval(x + o, y + o, diameter=2.0, rng=np.random.default_rng(1)) for o in (0.0, 2.0**30))
    assert other.certified.upper == pytest.approx(one.certified.upper, rel=1e-12)
    assert other.certified.lower == pytest.approx(one.certified.lower, abs=1e-12)


def test_one_point_laws():
    found = interval(np.zeros((5, 2)), np.ones((4, 2)), diameter=2.0, rng=np.random.default_rng(1))
    assert found.asymptotic.lower == found.asymptotic.upper == found.held_out.lower == pytest.approx(np.sqrt(2))
    assert 0 <= found.certified.lower < np.sqrt(2) < found.certified.upper == 2.0
    same = interval(np.zeros((5, 2)), np.zeros((4, 2)), diameter=2.0, rng=np.random.default_rng(1))
    assert same.certified.lower == same.held_out.upper == 0.0


def test_blocks():
    rng = np.random.default_rng(5)
    x, y, truth = shifted(rng, 300, 2)
    found = interval(x, y, diameter=1 + np.hypot(1.5, 1.0), blocks=(1, 2), shared=True, rng=rng)
    assert found.estimate == exact(x, y, blocks=(1, 2)).value
    assert 0 < found.certified.lower < truth < found.certified.upper


def test_what_was_assumed():
    x, y = np.random.default_rng(1).uniform(size=(2, 8, 2))
    assert interval(x, y, rng=np.random.default_rng(0)).assumptions == (
        "all rows are independent, with one law each",)
    assert interval(x, y, diameter=3.0, shared=True, rng=np.random.default_rng(0)).assumptions == (
        "pairs of rows are independent, with one law", "all distances are at most 3")
    found = interval(x, y, transport_constant=(0.5, 1.0), level=0.9, rng=np.random.default_rng(0))
    assert found.assumptions[1] == "transport constants are at most (0.5, 1.0)"
    assert found.level == found.certified.level == found.held_out.level == 0.9


def test_a_diameter_is_refused_though_the_first_point_does_not_contradict_it():
    x = np.array([[0.0], [1.0], [-1.0], [0.5]])
    with pytest.raises(ValueError, match=r"got 1\.5, and points 2 apart"):
        interval(x, x, diameter=1.5, rng=np.random.default_rng(0))


@pytest.mark.parametrize(("change", "message"), [
    ({"diameter": 0.1}, "must bound all distances"),
    ({"diameter": -1.0}, "positive"),
    ({"diameter": 2.0, "transport_constant": 1.0}, "not both"),
    ({"transport_constant": (1.0, -1.0)}, "one per law"),
    ({"level": 0.05}, "coverage"),
    ({"x": np.zeros((3, 2))}, "at least 4"),
    ({"x": np.zeros((10, 2)), "shared": True}, "equally many"),
    ({"x": np.zeros((8, 3))}, "columns"),
    ({"x": np.full((8, 2), np.nan)}, "finite"),
])
def test_refusals(change, message):
    given_ = {"x": np.random.default_rng(1).uniform(size=(8, 2)), "y": np.random.default_rng(2).uniform(size=(8, 2))}
    with pytest.raises(ValueError, match=message):
        interval(**{**given_, **change}, rng=np.random.default_rng(0))


@pytest.mark.parametrize("dim", [1, 2, 3])
def test_a_grid_is_as_near_to_the_cube_as_it_says(dim):
    coarse, fine = stratified_cube(4, dim), stratified_cube(16 if dim < 3 else 12, dim)
    assert exact(coarse.points, fine.points).value <= coarse.error + fine.error
    # the law itself is not a sample, but a fine grid is within its own error of it
    assert exact(coarse.points, fine.points).value >= 0.8 * coarse.error - fine.error
    pushed = coarse.pushed(lambda points: 3 * points, lipschitz=3.0)
    assert pushed.error == pytest.approx(3 * coarse.error)
    np.testing.assert_array_equal(pushed.points, 3 * coarse.points)


@pytest.mark.parametrize("per_axis", [1, 7, 1000])
def test_the_error_of_a_grid_is_exact_on_the_line(per_axis):
    reference = stratified_cube(per_axis, 1)
    distance = line_to_law(reference.points[:, 0], stats.uniform())
    assert distance == pytest.approx(0.25 / per_axis, rel=1e-9)
    assert distance <= reference.error <= 0.25 / per_axis * (1 + 1e-9)


def test_the_error_of_a_grid_is_the_mean_distance_from_the_centre_of_a_cell():
    square = (np.sqrt(2) + np.arcsinh(1)) / 6
    assert stratified_cube(4, 2).error == pytest.approx(square / 4, rel=1e-9)
    radii = np.linalg.norm(np.random.default_rng(1).uniform(-0.5, 0.5, size=(200_000, 5)), axis=1)
    # five standard errors: a false alarm in 6e-7 of all seeds
    assert abs(stratified_cube(2, 5).error * 2 - radii.mean()) < 5 * radii.std() / np.sqrt(len(radii))
    assert stratified_cube(2, 5, rng=np.random.default_rng(1)).error == pytest.approx(np.sqrt(5 / 6) / 2)


def test_a_reference_error_bounds_what_it_adds():
    """Laws of a sample against the grid and against the uniform law itself, on the line where both are known."""
    rng = np.random.default_rng(12)
    for per_axis in (5, 40):
        reference, x = stratified_cube(per_axis, 1), rng.beta(2, 3, size=30)
        difference = exact(x, reference.points).value - line_to_law(x, stats.uniform())
        assert abs(difference) <= reference.error * (1 + 1e-9)


def test_random_points_of_cells_are_nearer_than_random_points():
    rng = np.random.default_rng(6)
    fine = stratified_cube(30, 2)
    stratified = stratified_cube(10, 2, rng=rng)
    assert exact(stratified.points, fine.points).value <= stratified.error + fine.error
    independent = rng.uniform(size=(100, 2))
    assert exact(stratified.points, fine.points).value < exact(independent, fine.points).value
    assert reference_bias(independent, rng.uniform(size=(100, 2))) >= 0.05


@pytest.mark.parametrize(("call", "message"), [
    (lambda: stratified_cube(0, 2), "per_axis"),
    (lambda: stratified_cube(2, 2).pushed(lambda p: p, lipschitz=np.inf), "lipschitz"),
    (lambda: stratified_cube(2, 2).pushed(lambda p: p[:1], lipschitz=1.0), "one per point"),
    (lambda: reference_bias(np.zeros((2, 1)), np.zeros((3, 1))), "equally many"),
])
def test_reference_refusals(call, message):
    with pytest.raises(ValueError, match=message):
        call()
