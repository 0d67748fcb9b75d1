"""Confidence intervals for the distance of two laws: coverage where it is known, and what they must refuse."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lsdm_stats.wasserstein import exact, interval, reference_bias, stratified_cube

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


@pytest.mark.parametrize("dim", [1, 2, 3])
@pytest.mark.parametrize(("draw", "shared"), [(translated, False), (dilated, False), (shifted, True)])
def test_certified_limits_cover(draw, shared, dim):
    rng = np.random.default_rng([dim, 5])
    diameter, constant = (2.5 * np.sqrt(dim + 1), 1.5**2 / (2 * np.pi))
    if shared:
        constant = (1 / (2 * np.pi), 1.6**2 / (2 * np.pi))  # (x, y) -> (x, y + x u / 2) stretches by at most 1.5
    misses = 0
    for _ in range(RUNS):
        x, y, truth = draw(rng, 120, dim)
        for known in ({"diameter": diameter}, {"transport_constant": constant}):
            found = interval(x, y, shared=shared, rng=rng, **known).certified
            misses += not found.lower <= truth <= found.upper
    assert misses <= 18  # Bin(120, .05) exceeds 18 with probability 5e-6; two intervals of a draw depend on each other


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
