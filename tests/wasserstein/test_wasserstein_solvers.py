"""Agreement with independent solvers, and samples that are hard on floating point."""

from __future__ import annotations

import subprocess
import sys

import numpy as np
import pytest
from scipy.optimize import linear_sum_assignment, linprog
from scipy.spatial.distance import cdist

from lsdm_stats.wasserstein import exact


@pytest.fixture
def rng():
    return np.random.default_rng(7)


def assert_certified(transport, rtol=1e-9):
    assert transport.lower <= transport.value <= transport.upper
    assert transport.gap <= rtol * transport.value


@pytest.mark.parametrize("order", [1, 2])
@pytest.mark.parametrize("blocks", [None, (1, 16)])
def test_agrees_with_assignment(rng, order, blocks):
    x, y = rng.normal(size=(150, 17)), 0.5 * rng.normal(size=(150, 17)) + 0.2
    costs = (cdist(x, y) if blocks is None else cdist(x[:, :1], y[:, :1]) + cdist(x[:, 1:], y[:, 1:])) ** order
    transport = exact(x, y, order=order, blocks=blocks)
    assert_certified(transport)
    assert transport.value**order == pytest.approx(costs[linear_sum_assignment(costs)].mean(), rel=1e-12)


@pytest.mark.parametrize("order", [1, 2])
@pytest.mark.parametrize("seed", range(5))
def test_agrees_with_linear_programming(order, seed):
    rng = np.random.default_rng(seed)
    n, m = rng.integers(2, 12, size=2)
    x, y, a, b = rng.normal(size=(n, 2)), rng.normal(size=(m, 2)), rng.dirichlet(np.ones(n)), rng.dirichlet(np.ones(m))
    costs = cdist(x, y) ** order
    marginals = np.vstack([np.kron(np.eye(n), np.ones(m)), np.kron(np.ones(n), np.eye(m))])
    solved = linprog(costs.ravel(), A_eq=marginals, b_eq=np.concatenate([a, b]), method="highs")
    transport = exact(x, y, order=order, x_weights=a, y_weights=b)
    assert_certified(transport)
    assert transport.value**order == pytest.approx(solved.fun, rel=1e-7)


def test_unequal_sizes_agree_with_repeated_rows(rng):
    x, y = rng.normal(size=(12, 3)), rng.normal(size=(18, 3))
    costs = cdist(np.repeat(x, 3, axis=0), np.repeat(y, 2, axis=0))
    assert exact(x, y).value == pytest.approx(costs[linear_sum_assignment(costs)].mean(), rel=1e-12)


@pytest.mark.parametrize("order", [1, 2])
@pytest.mark.parametrize("scale", [1e-200, 1e-12, 1e-3, 1e6, 1e12, 1e140])
def test_scales(rng, scale, order):
    x, y = rng.normal(size=(60, 3)), rng.normal(size=(70, 3)) + 0.1
    transport = exact(scale * x, scale * y, order=order)
    assert_certified(transport)
    assert transport.value == pytest.approx(scale * exact(x, y, order=order).value, rel=1e-12)


@pytest.mark.parametrize("order", [1, 2])
def test_large_offset(rng, order):
    x, y = (np.round(rng.normal(size=(80, 3)) * 2**16) / 2**16 for _ in range(2))  # x + 1e8 is exact
    transport = exact(x + 1e8, y + 1e8, order=order)
    assert_certified(transport)
    assert transport.value == exact(x, y, order=order).value


@pytest.mark.parametrize("order", [1, 2])
@pytest.mark.parametrize("power", [20, 30, 40])
def test_a_far_cluster_does_not_drown_small_distances(rng, order, power):
    x, y = (np.round(rng.normal(size=(100, 3)) * 2**10) / 2**10 for _ in range(2))
    shift = np.where(np.arange(100) < 50, 2.0**power, 0.0)[:, None]  # exact in float64
    parts = [exact(x[half], y[half], order=order).value ** order for half in (slice(50), slice(50, None))]
    transport = exact(x + shift, y + shift, order=order)
    assert transport.value**order == pytest.approx(np.mean(parts), rel=1e-9)
    assert transport.lower <= np.mean(parts) ** (1 / order) * (1 + 1e-12)
    assert transport.upper >= transport.value


@pytest.mark.parametrize("make", [
    lambda rng, n: rng.integers(0, 3, size=(n, 2)).astype(float),
    lambda rng, n: np.outer(rng.normal(size=n), [1.0, 2.0, -1.0]),
    lambda rng, n: np.repeat(rng.normal(size=(n // 10, 2)), 10, axis=0),
    lambda rng, n: np.zeros((n, 2)),
], ids=["grid", "collinear", "duplicates", "one point"])
def test_degenerate_samples(rng, make):
    x, y = make(rng, 100), make(rng, 80)
    transport = exact(x, y)
    assert transport.lower <= transport.value <= transport.upper
    assert transport.gap <= 1e-9 * transport.value + 1e-14


def test_collinear_samples_agree_with_the_line(rng):
    from lsdm_stats.wasserstein import line

    s, t, direction = rng.normal(size=90), rng.normal(size=70) + 0.3, np.array([2.0, -1.0, 2.0]) / 3
    assert exact(np.outer(s, direction), np.outer(t, direction)).value == pytest.approx(line(s, t), rel=1e-9)


def test_masses_over_twelve_decades(rng):
    x, y = rng.normal(size=(100, 3)), rng.normal(size=(90, 3))
    a, b = (w / w.sum() for w in (10.0 ** rng.uniform(-12, 0, size=100), 10.0 ** rng.uniform(-12, 0, size=90)))
    transport = exact(x, y, x_weights=a, y_weights=b)
    assert_certified(transport)
    np.testing.assert_allclose(np.bincount(transport.plan.sources, transport.plan.masses, 100), a, atol=3e-16)


def test_masses_need_not_be_normalised(rng):
    x, y, a, b = rng.normal(size=(20, 2)), rng.normal(size=(30, 2)), rng.uniform(size=20), rng.uniform(size=30)
    a, b = a / a.sum(), b / b.sum()
    plain, scaled = exact(x, y, x_weights=a, y_weights=b), exact(x, y, x_weights=1e-9 * a, y_weights=1e-9 * b)
    assert plain.lower <= scaled.upper
    assert scaled.lower <= plain.upper
    assert exact(x, y, x_weights=a).value == pytest.approx(exact(x, y, x_weights=7 * a).value, rel=1e-12)


def test_equal_masses_may_be_given_or_left_out(rng):
    x, y = rng.normal(size=(30, 2)), rng.normal(size=(40, 2))
    assert exact(x, y, x_weights=np.full(30, 1 / 30), y_weights=np.full(40, 1 / 40)).value == exact(x, y).value


def test_results_are_read_only_and_inputs_are_left_alone(rng):
    x, y = rng.normal(size=(10, 2)), rng.normal(size=(10, 2))
    transport = exact(x, y)
    plan = transport.plan
    for array in (plan.sources, plan.targets, plan.masses, *transport.potentials, transport.targets):
        assert not array.flags.writeable
    before = y.copy()
    y += 1  # still the caller's, and not shared with the result
    np.testing.assert_array_equal(transport.targets, before)


@pytest.mark.slow
@pytest.mark.parametrize("order", [1, 2])
def test_two_thousand_points(rng, order):
    x, y = rng.normal(size=(2000, 17)), rng.normal(size=(2000, 17))
    assert_certified(exact(x, y, blocks=(1, 16), order=order))


POINTS = np.arange(6.0).reshape(3, 2)


@pytest.mark.parametrize(("change", "message"), [
    ({"x": [[0.0, np.nan]]}, "x must be finite"),
    ({"y": [[0.0, np.inf]]}, "y must be finite"),
    ({"x": np.empty((0, 2))}, "x must have at least one row"),
    ({"y": np.zeros((3, 5))}, "y must have 2 columns; got 5"),
    ({"x": "text"}, "x must be an array of real numbers"),
    ({"x_weights": [1, -1, 1]}, "x_weights must be non-negative"),
    ({"y_weights": [1, 1]}, "y_weights must have one mass per point"),
    ({"y_weights": [0, 0, 0]}, "y_weights must have positive total mass"),
    ({"x_weights": [1, 1, 1], "y_weights": [1, 1, 2]}, "must have equal total mass .*; got 3 and 4; divide"),
    ({"blocks": (1, 2)}, r"blocks must add up to the 2 columns of x; got \(1, 2\), which add up to 3"),
    ({"blocks": (2, 0)}, "must be at least 1"),
    ({"blocks": 2}, "blocks must be a sequence"),
    ({"order": 3}, "order must be 1 or 2; got 3"),
    ({"order": True}, "order must be 1 or 2"),
    ({"rtol": -1.0}, "rtol must be in"),
    ({"x": [[0.0, 1e200]]}, "coordinates must be at most 1e"),
])
def test_refusals_are_one_line(change, message):
    with pytest.raises(ValueError, match=message) as caught:
        exact(**{"x": POINTS, "y": POINTS + 1, **change})
    assert "\n" not in str(caught.value)


def test_potential_is_for_order_one_and_the_right_dimension():
    with pytest.raises(ValueError, match="needs order 1; got a transport of order 2"):
        exact(POINTS, POINTS + 1, order=2).potential(POINTS)
    with pytest.raises(ValueError, match="points must have 2 columns"):
        exact(POINTS, POINTS + 1).potential(np.zeros((2, 3)))
    assert exact(POINTS, POINTS + 1).potential(np.empty((0, 2))).shape == (0,)


def test_a_solver_that_fails_is_not_believed(monkeypatch):
    import ot.lp.emd_wrap

    def infeasible(a, b, costs, *_):
        return np.zeros_like(costs), 0.0, np.zeros(len(a)), np.zeros(len(b)), 0

    def lazy(a, b, costs, *_):
        return np.zeros_like(costs), 0.0, np.zeros(len(a)), np.zeros(len(b)), 1

    monkeypatch.setattr(ot.lp.emd_wrap, "emd_c", infeasible)
    with pytest.raises(RuntimeError, match=r"got 0 for costs of shape \(3, 3\)"):
        exact(POINTS, POINTS + 1)
    monkeypatch.setattr(ot.lp.emd_wrap, "emd_c", lazy)
    with pytest.raises(RuntimeError, match="must move all mass"):
        exact(POINTS, POINTS + 1)


def test_an_open_certificate_is_shown(monkeypatch):
    import ot.lp.emd_wrap

    def any_plan(a, b, costs, *_):
        return np.diag(a), 0.0, np.zeros(len(a)), np.zeros(len(b)), 1

    monkeypatch.setattr(ot.lp.emd_wrap, "emd_c", any_plan)
    transport = exact([[0.0, 0.0], [1.0, 0.01]], [[1.0, 0.11], [0.0, 0.1]])
    assert transport.lower <= 0.1  # moving straight up is optimal, the solver has crossed over
    assert transport.value == pytest.approx((np.hypot(1, 0.11) + np.hypot(1, 0.09)) / 2)


def test_importing_the_room_loads_no_heavy_library():
    heavy = "{'ot', 'torch', 'sklearn', 'pandas', 'matplotlib'}"
    code = f"import sys, lsdm_stats.wasserstein; print(sorted({heavy} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
