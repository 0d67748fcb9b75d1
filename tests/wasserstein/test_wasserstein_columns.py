"""The route for large problems: each part against brute force, the whole against the solver of all pairs."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lsdm_stats.wasserstein import certified, exact, exact_many
from lsdm_stats.wasserstein.ground import Ground
from lsdm_stats.wasserstein.solvers import columns, pricing
from lsdm_stats.wasserstein.solvers.dense import solve_dense
from lsdm_stats.wasserstein.solvers.edges import distinct, expanded, lowest
from lsdm_stats.wasserstein.solvers.partition import partition
from lsdm_stats.wasserstein.solvers.pool import Pool
from lsdm_stats.wasserstein.solvers.pricing import price
from lsdm_stats.wasserstein.solvers.sites import gathered
from lsdm_stats.wasserstein.solvers.sparse import Edges, solve_on_edges

GROUNDS = [Ground((3,), 1), Ground((1, 2), 1), Ground((3,), 2), Ground((1, 2), 2)]
seeds = st.integers(0, 2**32 - 1)
grounds = st.sampled_from(GROUNDS)


def clouds(seed, ground, *, largest=80):
    """Two samples of one of several shapes, spread over about one unit, with positive masses of equal total."""
    rng = np.random.default_rng(seed)
    n, m = rng.integers(1, largest, 2)
    x, y = rng.uniform(size=(n, 3)), rng.uniform(size=(m, 3))
    match rng.integers(6):
        case 1:
            x, y = np.round(4 * x) / 4, np.round(4 * y) / 4
        case 2:
            y = y * 0.01 + [3, 0, 1]
        case 3:
            x, y = (np.stack([np.cos(t), np.sin(t), t], axis=1) for t in (rng.uniform(size=n), rng.uniform(size=m)))
        case 4:
            x[:, 1:] = y[:, 1:] = 0.5
        case 5:
            x[rng.integers(n)] += 1000
    a, b = rng.integers(1, 20, n), rng.integers(1, 20, m)
    return x, y, a * b.sum(), b * a.sum()


def potentials(x, y, a, b, ground, *, noise, seed):
    """Optimal potentials, moved a little: what pricing sees on the way."""
    solution = solve_dense(ground.matrix(x, y), a, b, total=int(a.sum()), rtol=1e-9)
    rng = np.random.default_rng(seed)
    return solution.u + noise * rng.normal(size=len(x)), solution.v + noise * rng.normal(size=len(y))


@given(seeds, grounds, st.sampled_from([0.0, 1e-6, 1e-2]), st.sampled_from([0.0, 1e-3, 0.3]))
def test_pricing_finds_every_pair_below_the_threshold(seed, ground, noise, below):
    x, y, a, b = clouds(seed, ground)
    u, v = potentials(x, y, a, b, ground, noise=noise, seed=seed)
    rows = np.flatnonzero(np.random.default_rng(seed).uniform(size=len(x)) < 0.7)
    found = price(x, y, u, v, ground, below=below, rows=rows)
    costs = ground.matrix(x, y)
    reduced = costs - u[:, None] - v
    listed = set(zip(found.sources.tolist(), found.targets.tolist(), strict=True))
    assert len(listed) == len(found.sources)
    # where the two ways to compute a cost round apart at the threshold, either answer is right
    error = 1e-14 * (1 + np.abs(costs).max())
    assert {(int(rows[i]), int(j)) for i, j in np.argwhere(reduced[rows] < below - error)} <= listed
    assert all(reduced[pair] < below + error for pair in listed)
    np.testing.assert_allclose(found.costs, costs[found.sources, found.targets], rtol=1e-13)
    np.testing.assert_allclose(found.lows[rows], np.minimum(reduced[rows].min(axis=1), below), atol=error)
    assert np.isinf(np.delete(found.lows, rows)).all()


@pytest.mark.parametrize("ground", GROUNDS, ids=str)
def test_crowded_pricing_keeps_the_lowest_and_the_bound(ground, monkeypatch):
    monkeypatch.setattr(pricing, "_CROWD", 2)
    rng = np.random.default_rng(1)
    x, y = rng.uniform(size=(2, 300, 3))
    u, v = rng.uniform(0.2, 0.4, 300), rng.uniform(0.2, 0.4, 300)
    found = price(x, y, u, v, ground, below=0.0)
    assert not found.is_complete
    least = (ground.matrix(x, y) - u[:, None] - v).min(axis=1)
    np.testing.assert_allclose(found.lows, np.minimum(least, 0.0), atol=1e-14)


@given(seeds, grounds, st.sampled_from([1e-5, 1e-3, 1e-1]))
@settings(max_examples=60)
def test_a_pool_finds_all_violations_of_potentials_that_move(seed, ground, step):
    x, y, a, b = clouds(seed, ground)
    rng = np.random.default_rng(seed)
    u, v = potentials(x, y, a, b, ground, noise=1e-3, seed=seed)
    pool = Pool(x, y, ground)
    costs = ground.matrix(x, y)
    for _ in range(4):
        found = pool.violations(u, v)
        reduced = costs - u[:, None] - v
        error = 1e-14 * (1 + np.abs(costs).max() + np.abs(u).max())
        if found.is_complete:
            listed = set(zip(found.sources.tolist(), found.targets.tolist(), strict=True))
            assert set(map(tuple, np.argwhere(reduced < -error).tolist())) <= listed
        np.testing.assert_allclose(found.lows, np.minimum(reduced.min(axis=1), 0.0), atol=error)
        moved = rng.uniform(size=len(u)) < 0.3
        u = u + 7.0 + np.where(moved, step * rng.normal(size=len(u)), 0.0)
        v = v - 7.0 + step * rng.normal(size=len(v)) * (rng.uniform(size=len(v)) < 0.1)


@given(seeds, st.sampled_from([1, 4]))
def test_a_partition_keeps_every_point_once_in_cells_that_are_not_empty(seed, size):
    x, _, a, _ = clouds(seed, GROUNDS[0])
    cells = partition(x, a, size=size)
    assert sorted(cells.order) == list(range(len(x)))
    np.testing.assert_array_equal(cells.points, x[cells.order])
    assert cells.sizes.min() >= 1
    assert cells.masses.sum() == a.sum()
    np.testing.assert_allclose(cells.masses @ cells.centroids, a @ x, rtol=1e-9, atol=1e-9)
    np.testing.assert_array_equal(cells.unordered(cells.points), x)
    if size == 1:
        assert len(cells.starts) == len(x)


@given(seeds)
def test_an_expanded_flow_has_the_masses_of_the_points_and_of_the_cells(seed):
    x, y, a, b = clouds(seed, GROUNDS[0])
    first, second = partition(x, a, size=4), partition(y, b, size=4)
    coarse = solve_dense(GROUNDS[0].matrix(first.centroids, second.centroids), first.masses, second.masses,
                         total=int(a.sum()), rtol=1e-9)
    i, j, units = expanded(first, second, coarse.sources, coarse.targets, coarse.units)
    assert (units > 0).all()
    np.testing.assert_array_equal(np.bincount(i, units, len(x)), first.units)
    np.testing.assert_array_equal(np.bincount(j, units, len(y)), second.units)
    between = np.zeros((len(first.starts), len(second.starts)))
    np.add.at(between, (first.cells[i], second.cells[j]), units)
    wanted = np.zeros_like(between)
    wanted[coarse.sources, coarse.targets] = coarse.units
    np.testing.assert_array_equal(between, wanted)


@given(st.lists(st.tuples(st.integers(0, 5), st.floats(-3, 3, width=32))), st.integers(1, 3))
def test_lowest_of_every_group(pairs, count):
    groups = np.array([group for group, _ in pairs], dtype=np.int64)
    values = np.array([value for _, value in pairs])
    chosen = lowest(groups, values, count)
    for group in set(groups.tolist()):
        mine, taken = np.sort(values[groups == group]), np.sort(values[(groups == group) & chosen])
        np.testing.assert_array_equal(taken, mine[:count])
    np.testing.assert_array_equal(distinct(groups), np.unique(groups))


@given(seeds, st.booleans())
def test_sites_keep_all_mass_and_leave_common_mass_where_it_is(seed, may_stay):
    rng = np.random.default_rng(seed)
    x, y = rng.integers(0, 3, (20, 2)).astype(float), rng.integers(0, 3, (15, 2)).astype(float)
    a, b = rng.integers(0, 4, 20), rng.integers(0, 4, 15)
    a[0] += 1
    b[0] += 1
    a, b = a * b.sum(), b * a.sum()
    sites = gathered(x, y, a, b, may_stay=may_stay)
    assert sites is not None
    i, j, stay = sites.stays
    np.testing.assert_array_equal(sites.x_points[i], sites.y_points[j])
    np.testing.assert_array_equal(sites.x_units + np.bincount(i, stay, len(sites.x_units)), sites.x.masses)
    np.testing.assert_array_equal(sites.y_units + np.bincount(j, stay, len(sites.y_units)), sites.y.masses)
    assert len(np.unique(sites.x_points, axis=0)) == len(sites.x_points)
    if may_stay:
        shared = {tuple(p) for p in sites.x_points[sites.x_units > 0]} & {
            tuple(p) for p in sites.y_points[sites.y_units > 0]}
        assert not shared


def test_edges_without_a_feasible_flow_are_an_error():
    edges = Edges(np.array([0]), np.array([0]), np.array([1.0]))
    with pytest.raises(RuntimeError, match="must move all mass"):
        solve_on_edges(np.array([1, 1]), np.array([1, 1]), edges)


def forced(monkeypatch, coarsest):
    """Send every problem on the route for large ones."""
    def solve(*arguments, **options):
        return columns.solve_columns(*arguments, **options, coarsest=coarsest)

    monkeypatch.setattr(certified, "_ALL_PAIRS", -1)
    monkeypatch.setattr(certified, "solve_columns", solve)


@pytest.mark.parametrize("coarsest", [2, 20])
@pytest.mark.parametrize("ground", GROUNDS, ids=str)
def test_small_problems_come_out_the_same_on_the_large_route(ground, coarsest, monkeypatch):
    for seed in range(60):
        x, y, a, b = clouds(seed, ground)
        options = {"order": ground.order, "blocks": ground.blocks, "x_weights": a, "y_weights": b}
        direct = exact(x, y, **options)
        with monkeypatch.context() as patch:
            forced(patch, coarsest)
            routed = exact(x, y, **options)
        assert routed.value == pytest.approx(direct.value, rel=1e-9, abs=1e-13)
        assert routed.gap <= 1e-9 * routed.value + direct.gap * 3
        weights = np.zeros(len(x))
        np.add.at(weights, routed.plan.sources, routed.plan.masses)
        np.testing.assert_allclose(weights, a / a.sum(), rtol=1e-12)
        costs = ground.matrix(x, y)
        assert (costs - routed.potentials[0][:, None] - routed.potentials[1]).min() >= -1e-12 * (1 + costs.max())


@pytest.mark.parametrize("weights", ["equal", "random", "heavy", "zeros", "decades"])
@pytest.mark.parametrize("ground", GROUNDS, ids=str)
def test_medium_problems_with_any_weights_agree_with_all_pairs(ground, weights):
    rng = np.random.default_rng(7)
    n, m = 700, 450
    x, y = rng.normal(size=(n, 3)), 1.5 * rng.normal(size=(m, 3)) + 0.5
    a, b = {
        "equal": lambda: (np.ones(n), np.ones(m)),
        "random": lambda: (rng.uniform(size=n), rng.uniform(size=m)),
        "heavy": lambda: (rng.pareto(0.7, n), rng.pareto(0.7, m)),
        "zeros": lambda: (rng.integers(0, 3, n) * 1.0, rng.integers(0, 3, m) * 1.0),
        "decades": lambda: (10.0 ** rng.uniform(-12, 0, n), 10.0 ** rng.uniform(-12, 0, m)),
    }[weights]()
    a, b = a / a.sum(), b / b.sum()
    transport = exact(x, y, order=ground.order, blocks=ground.blocks, x_weights=a, y_weights=b)
    import ot

    cost = ot.emd2(a, b, ground.matrix(x, y), numItermax=10**8)
    assert transport.value**ground.order == pytest.approx(cost, rel=1e-9 if weights != "decades" else 1e-6)
    assert transport.gap <= 1e-9 * transport.value
    assert (ground.matrix(x, y) - transport.potentials[0][:, None] - transport.potentials[1]).min() >= -1e-12


def test_far_apart_sizes_and_scales_do_not_matter():
    rng = np.random.default_rng(3)
    x, y = rng.normal(size=(6000, 2)), rng.normal(size=(40, 2))
    one = exact(x, y)
    assert one.gap <= 1e-9 * one.value
    other = exact(1e-12 * x + 0.0, 1e-12 * y)
    assert other.value == pytest.approx(1e-12 * one.value, rel=1e-12)
    swapped = exact(y, x)
    assert swapped.value == pytest.approx(one.value, rel=1e-10)


def test_a_stack_gives_the_same_on_any_number_of_threads():
    rng = np.random.default_rng(5)
    xs, ys = rng.normal(size=(2, 6, 450, 3))
    one, two = (exact_many(xs, ys, threads=threads) for threads in (1, 2))
    assert [t.value for t in one] == [t.value for t in two] == [exact(x, y).value for x, y in zip(xs, ys, strict=True)]
    for first, second in zip(one, two, strict=True):
        np.testing.assert_array_equal(first.potentials[0], second.potentials[0])


def test_a_stack_must_match():
    with pytest.raises(ValueError, match="replicates"):
        exact_many(np.zeros((2, 3, 1)), np.zeros((3, 3, 1)))
    with pytest.raises(ValueError, match="threads"):
        exact_many(np.zeros((2, 3, 1)), np.zeros((2, 3, 1)), threads=0)


@pytest.mark.slow
@pytest.mark.parametrize("law", ["same", "different", "shifted", "far clusters", "lattice", "curve"])
@pytest.mark.parametrize("order", [1, 2])
def test_many_points_of_hard_shapes_are_certified(law, order):
    rng = np.random.default_rng(11)
    n = 4000
    x, y = rng.normal(size=(n, 3)), rng.normal(size=(n, 3))
    match law:
        case "different":
            y = 1.5 * y + 0.5
        case "shifted":
            y = y + np.array([20, 5, 0])
        case "far clusters":
            x, y = x + 1000 * rng.integers(0, 3, (n, 1)), y + 1000 * rng.integers(0, 3, (n, 1))
        case "lattice":
            x, y = np.round(3 * x), np.round(3 * y) * 0.9
        case "curve":
            x, y = (np.stack([np.cos(t), np.sin(t), t], axis=1) for t in (rng.uniform(size=n), rng.uniform(size=n)))
    transport = exact(x, y, order=order)
    assert transport.gap <= 1e-9 * transport.value
    sources, targets, masses = transport.plan.sources, transport.plan.targets, transport.plan.masses
    np.testing.assert_allclose(np.bincount(sources, masses, n), 1 / n, rtol=1e-12)
    np.testing.assert_allclose(np.bincount(targets, masses, n), 1 / n, rtol=1e-12)
    u, v = transport.potentials
    for start in range(0, n, 500):
        costs = Ground((3,), order).matrix(x[start : start + 500], y)
        assert (costs - u[start : start + 500, None] - v).min() >= -1e-12 * costs.max()
