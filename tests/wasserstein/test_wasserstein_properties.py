"""What holds for all samples: metric axioms, equivariance, the certificate; no tolerance where bounds are rigorous."""

from __future__ import annotations

import itertools
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy.optimize import linear_sum_assignment
from scipy.spatial.distance import cdist
from scipy.stats import wasserstein_distance, wasserstein_distance_nd

from lsdm_stats.wasserstein import exact

everyday = settings(max_examples=40, deadline=None)
orders = st.sampled_from([1, 2])
coordinates = st.one_of(st.integers(-3, 3).map(float), st.floats(-10, 10, width=32))
masses = st.one_of(st.integers(0, 4).map(float), st.floats(0, 4, width=32))


@st.composite
def clouds(draw, how_many=2, dim=None):
    """Samples of one dimension; small numbers make ties, duplicates and collinear points likely."""
    dim = draw(st.integers(1, 3)) if dim is None else dim
    sizes = [draw(st.integers(1, 7)) for _ in range(how_many)]
    return [draw(arrays(np.float64, (n, dim), elements=coordinates)) for n in sizes]


@st.composite
def weighted_clouds(draw, how_many=2):
    points = draw(clouds(how_many))
    weights = [draw(arrays(np.float64, len(x), elements=masses)) for x in points]
    weights = [np.ones(len(w)) if w.sum() == 0 else w for w in weights]
    return list(zip(points, [w / w.sum() for w in weights], strict=True))


def some_blocks(dim, order_of_blocks):
    return [(dim,), (1,) * dim, (1, dim - 1) if dim > 1 else (1,)][order_of_blocks % 3]


def ground(x, y, blocks):
    edges = np.cumsum([0, *blocks])
    return sum(cdist(x[:, s:t], y[:, s:t]) for s, t in itertools.pairwise(edges))


@everyday
@given(weighted_clouds(), orders, st.integers(0, 2))
def test_bounds_enclose_the_value_and_close(samples, order, which):
    (x, a), (y, b) = samples
    transport = exact(x, y, order=order, blocks=some_blocks(x.shape[1], which), x_weights=a, y_weights=b)
    assert 0 <= transport.lower <= transport.value <= transport.upper
    scale = np.abs(np.vstack([x, y])).max() + 1
    # relative to W_p^p; a W_p below the root of rounding is known to that root only
    assert transport.upper**order - transport.lower**order <= 1e-9 * transport.value**order + 1e-13 * scale**order
    assert transport.gap == transport.upper - transport.lower


@everyday
@given(weighted_clouds(), orders, st.integers(0, 2))
def test_plan_has_the_marginals_and_the_cost(samples, order, which):
    (x, a), (y, b) = samples
    blocks = some_blocks(x.shape[1], which)
    transport = exact(x, y, order=order, blocks=blocks, x_weights=a, y_weights=b)
    plan = transport.plan
    assert np.all(plan.masses > 0)
    np.testing.assert_allclose(plan.masses.sum(), 1, rtol=1e-15)
    np.testing.assert_allclose(np.bincount(plan.sources, plan.masses, len(x)), a, atol=1e-15)
    np.testing.assert_allclose(np.bincount(plan.targets, plan.masses, len(y)), b, atol=1e-15)
    cost = plan.masses @ ground(x, y, blocks)[plan.sources, plan.targets] ** order
    np.testing.assert_allclose(cost, transport.value**order, rtol=1e-12, atol=1e-300)


@everyday
@given(weighted_clouds(), orders, st.integers(0, 2))
def test_potentials_are_feasible_and_prove_the_value(samples, order, which):
    (x, a), (y, b) = samples
    blocks = some_blocks(x.shape[1], which)
    transport = exact(x, y, order=order, blocks=blocks, x_weights=a, y_weights=b)
    u, v = transport.potentials
    costs = ground(x, y, blocks) ** order
    rounding = 1e-13 * (costs.max() + 1)
    assert np.all(u[:, None] + v <= costs + rounding)
    assert a @ u + b @ v == pytest.approx(transport.value**order, rel=1e-9, abs=rounding)


@everyday
@given(weighted_clouds(), st.integers(0, 2), st.integers(0, 2**32 - 1))
def test_potential_extends_as_a_1_lipschitz_function(samples, which, seed):
    (x, a), (y, b) = samples
    blocks = some_blocks(x.shape[1], which)
    transport = exact(x, y, blocks=blocks, x_weights=a, y_weights=b)
    rounding = 1e-13 * (np.abs(np.vstack([x, y])).max() + 1) * 10
    dual = a @ transport.potential(x) - b @ transport.potential(y)
    assert dual == pytest.approx(transport.value, rel=1e-9, abs=rounding)
    z = np.vstack([x, y, np.random.default_rng(seed).normal(scale=5, size=(8, x.shape[1]))])
    heights = transport.potential(z)
    assert np.all(np.abs(heights[:, None] - heights) <= ground(z, z, blocks) + rounding)


@everyday
@given(weighted_clouds(), orders, st.integers(0, 2))
def test_symmetry(samples, order, which):
    (x, a), (y, b) = samples
    blocks = some_blocks(x.shape[1], which)
    there = exact(x, y, order=order, blocks=blocks, x_weights=a, y_weights=b)
    back = exact(y, x, order=order, blocks=blocks, x_weights=b, y_weights=a)
    assert there.lower <= back.upper
    assert back.lower <= there.upper


@everyday
@given(weighted_clouds(how_many=1), orders, st.randoms(use_true_random=False))
def test_identity_in_any_order_of_the_rows(samples, order, random):
    ((x, a),) = samples
    rows = list(range(len(x)))
    random.shuffle(rows)
    transport = exact(x, x[rows], order=order, x_weights=a, y_weights=a[rows])
    assert transport.value == 0
    assert transport.lower == 0
    assert transport.upper == 0
    np.testing.assert_array_equal(x[transport.plan.sources], x[rows][transport.plan.targets])


@everyday
@given(weighted_clouds(how_many=3), orders, st.integers(0, 2))
def test_triangle_inequality(samples, order, which):
    (x, a), (y, b), (z, c) = samples
    options = {"order": order, "blocks": some_blocks(x.shape[1], which)}
    long = exact(x, z, x_weights=a, y_weights=c, **options)
    first = exact(x, y, x_weights=a, y_weights=b, **options)
    second = exact(y, z, x_weights=b, y_weights=c, **options)
    assert long.lower <= first.upper + second.upper


@everyday
@given(clouds(), orders, st.randoms(use_true_random=False))
def test_row_order_does_not_matter(samples, order, random):
    x, y = samples
    rows = list(range(len(x)))
    random.shuffle(rows)
    one, other = exact(x, y, order=order), exact(x[rows], y, order=order)
    assert one.lower <= other.upper
    assert other.lower <= one.upper


@everyday
@given(clouds(), orders, st.integers(0, 2), st.integers(-40, 40))
def test_scaling_by_a_power_of_two_scales_everything_exactly(samples, order, which, exponent):
    x, y = samples
    blocks = some_blocks(x.shape[1], which)
    one = exact(x, y, order=order, blocks=blocks)
    other = exact(np.ldexp(x, exponent), np.ldexp(y, exponent), order=order, blocks=blocks)
    for name in ("value", "lower", "upper"):
        assert getattr(other, name) == np.ldexp(getattr(one, name), exponent)
    np.testing.assert_array_equal(one.plan.targets, other.plan.targets)


@everyday
@given(clouds(), orders, st.integers(-(2**20), 2**20))
def test_common_translation_changes_nothing(samples, order, shift):
    x, y = (np.round(points * 256) / 256 for points in samples)  # so that the shift is exact
    one, other = exact(x, y, order=order), exact(x + shift, y + shift, order=order)
    assert one.lower <= other.upper
    assert other.lower <= one.upper


@everyday
@given(clouds(dim=3), orders, st.integers(0, 2**32 - 1))
def test_isometries_change_nothing(samples, order, seed):
    x, y = samples
    rotation = np.linalg.qr(np.random.default_rng(seed).normal(size=(3, 3)))[0]
    turned, straight = exact(x @ rotation, y @ rotation, order=order), exact(x, y, order=order)
    assert turned.value == pytest.approx(straight.value, rel=1e-9, abs=1e-12)


@everyday
@given(clouds(), orders, st.integers(0, 2), st.integers(1, 4))
def test_a_repeated_row_is_a_row_with_more_mass(samples, order, which, times):
    x, y = samples
    blocks = some_blocks(x.shape[1], which)
    weights = np.ones(len(x))
    weights[0] = times
    repeated = exact(np.vstack([x, np.repeat(x[:1], times - 1, axis=0)]), y, order=order, blocks=blocks)
    weighted = exact(x, y, order=order, blocks=blocks, x_weights=weights)
    assert repeated.lower <= weighted.upper
    assert weighted.lower <= repeated.upper


@everyday
@given(clouds(how_many=3), orders)
def test_rows_without_mass_change_nothing_but_have_potentials(samples, order):
    x, y, ghosts = samples
    a = np.concatenate([np.ones(len(x)), np.zeros(len(ghosts))]) / len(x)
    padded = np.vstack([x, ghosts])
    transport, plain = exact(padded, y, order=order, x_weights=a), exact(x, y, order=order)
    assert transport.lower <= plain.upper
    assert plain.lower <= transport.upper
    assert np.all(transport.plan.sources < len(x))
    costs = cdist(padded, y) ** order
    u, v = transport.potentials
    assert np.all(u[:, None] + v <= costs + 1e-13 * (costs.max() + 1))


@everyday
@given(weighted_clouds(), st.integers(0, 2))
def test_w1_is_at_most_w2(samples, which):
    (x, a), (y, b) = samples
    options = {"blocks": some_blocks(x.shape[1], which), "x_weights": a, "y_weights": b}
    assert exact(x, y, order=1, **options).lower <= exact(x, y, order=2, **options).upper


@everyday
@given(clouds(), orders)
def test_sum_metric_lies_between_euclidean_and_root_of_blocks_times_it(samples, order):
    x, y = samples
    dim = x.shape[1]
    total, euclidean = exact(x, y, order=order, blocks=(1,) * dim), exact(x, y, order=order)
    assert euclidean.lower <= total.upper
    assert total.lower <= np.sqrt(dim) * euclidean.upper * (1 + 1e-15)


@settings(max_examples=60, deadline=None)
@given(st.integers(1, 5), st.integers(1, 3), orders, st.data())
def test_bounds_contain_the_rational_optimum(n, dim, order, data):
    """One column a block: integer costs, so brute force over permutations in rational arithmetic is the truth."""
    grid = arrays(np.int64, (n, dim), elements=st.integers(-50, 50))
    x, y = data.draw(grid), data.draw(grid)
    costs = np.abs(x[:, None] - y).sum(axis=2) ** order
    optimum = Fraction(min(int(costs[range(n), list(p)].sum()) for p in itertools.permutations(range(n))), n)
    step = 2.0 ** data.draw(st.integers(-30, 30))
    transport = exact(x * step, y * step, order=order, blocks=(1,) * dim)
    assert Fraction(transport.lower / step) ** order <= optimum <= Fraction(transport.upper / step) ** order


@everyday
@given(st.floats(1e-20, 1e3), st.floats(1e-20, 1e3), st.sampled_from([1, 2]))
def test_bounds_contain_the_rational_optimum_for_any_masses(first, second, dim):
    """Two atoms at distance 1: the difference of their masses is what moves."""
    atoms = np.eye(2)[:, :dim]
    transport = exact(atoms, atoms, blocks=(1,) * dim, x_weights=[first, second])
    share = Fraction(first) / (Fraction(first) + Fraction(second))
    optimum = abs(share - Fraction(1, 2)) * dim
    assert Fraction(transport.lower) <= optimum <= Fraction(transport.upper)


@everyday
@given(weighted_clouds(), orders, st.integers(0, 2), st.floats(0, 1), st.randoms(use_true_random=False))
def test_splitting_the_mass_of_rows_changes_nothing(samples, order, which, share, random):
    (x, a), (y, b) = samples
    blocks = some_blocks(x.shape[1], which)
    order_of_rows = random.sample(range(2 * len(x)), 2 * len(x))
    rows, parts = np.vstack([x, x])[order_of_rows], np.concatenate([share * a, (1 - share) * a])[order_of_rows]
    whole = exact(x, y, order=order, blocks=blocks, x_weights=a, y_weights=b)
    split = exact(rows, y, order=order, blocks=blocks, x_weights=parts, y_weights=b)
    agree(split.value, whole.value, order)


@everyday
@given(weighted_clouds(4), st.integers(0, 2), orders, st.floats(0, 1))
def test_the_cost_is_convex_in_both_laws(samples, which, order, share):
    (x, a), (y, b), (z, c), (w, d) = samples
    blocks = some_blocks(x.shape[1], which)
    mixed = exact(np.vstack([x, z]), np.vstack([y, w]), order=order, blocks=blocks,
                  x_weights=np.concatenate([share * a, (1 - share) * c]),
                  y_weights=np.concatenate([share * b, (1 - share) * d]))
    first = exact(x, y, order=order, blocks=blocks, x_weights=a, y_weights=b)
    second = exact(z, w, order=order, blocks=blocks, x_weights=c, y_weights=d)
    bound = share * first.upper**order + (1 - share) * second.upper**order
    assert mixed.lower**order <= bound + 1e-12 * (1 + bound)


@everyday
@given(weighted_clouds(), orders)
def test_agrees_with_pot_on_all_pairs(samples, order):
    import ot

    (x, a), (y, b) = samples
    peer = ot.emd2(a, b, ground(x, y, (x.shape[1],)) ** order)
    agree(exact(x, y, order=order, x_weights=a, y_weights=b).value, max(peer, 0.0) ** (1 / order), order)


@everyday
@given(clouds(dim=2), orders, st.integers(0, 2))
def test_agrees_with_the_best_assignment(samples, order, which):
    x, y = (points[: min(map(len, samples))] for points in samples)
    costs = ground(x, y, some_blocks(2, which)) ** order
    best = costs[linear_sum_assignment(costs)].mean() ** (1 / order)
    agree(exact(x, y, order=order, blocks=some_blocks(2, which)).value, best, order)


@everyday
@given(weighted_clouds())
def test_agrees_with_scipy(samples):
    (x, a), (y, b) = samples
    value = exact(x, y, x_weights=a, y_weights=b).value
    if x.shape[1] == 1:
        agree(value, wasserstein_distance(x[:, 0], y[:, 0], a, b), 1)
    elif min(len(x), len(y)) > 1:  # one row is a single observation to SciPy's eyes only in one dimension
        agree(value, wasserstein_distance_nd(x, y, a, b), 1, tolerance=1e-6)  # its linear program stops at 1e-7


def agree(first, second, order, tolerance=1e-9):
    """Values of W_p; peers know W_p^p to rounding of the largest cost, about 100."""
    assert first**order == pytest.approx(second**order, rel=tolerance, abs=max(1e-11, tolerance * 100**order * 1e-3))
