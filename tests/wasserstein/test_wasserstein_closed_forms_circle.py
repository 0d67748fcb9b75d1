"""The circle: hand values, linear programming with arc costs, and what holds for all samples."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy.optimize import linprog

from lsdm_stats.wasserstein.closed_forms.circle import circle
from lsdm_stats.wasserstein.closed_forms.line import line

everyday = settings(max_examples=60, deadline=None)
positions = st.one_of(st.integers(-16, 16).map(lambda k: k / 8), st.floats(-3, 3, width=32))


@st.composite
def weighted_positions(draw, how_many=2):
    samples = []
    for _ in range(how_many):
        x = draw(arrays(np.float64, draw(st.integers(1, 8)), elements=positions))
        w = draw(arrays(np.float64, len(x), elements=st.floats(0, 3, width=32)))
        w = w if w.sum() > 0 else np.ones(len(x))
        samples.append((x, w / w.sum()))
    return samples


def by_linear_programming(x, y, a, b, circumference):
    gaps = np.abs(x[:, None] - y[None]) % circumference
    costs = np.minimum(gaps, circumference - gaps)
    rows = np.vstack([np.kron(np.eye(len(x)), np.ones(len(y))), np.kron(np.ones(len(x)), np.eye(len(y)))])
    masses = np.concatenate([a, b])  # the last one follows but for rounding, which leaves no plan
    solution = linprog(costs.ravel(), A_eq=rows[:-1], b_eq=masses[:-1], method="highs")
    assert solution.status == 0
    return solution.fun


@pytest.mark.parametrize(("x", "y", "expected"), [
    ([0.0], [0.0], 0.0),
    ([0.0], [0.5], 0.5),
    ([0.0], [0.75], 0.25),
    ([0.1], [7.1], 0.0),
    ([0.0, 0.5], [0.25, 0.75], 0.25),
    ([0.0, 0.25, 0.5, 0.75], [0.125, 0.375, 0.625, 0.875], 0.125),
    ([0.0], [0.0, 0.5], 0.25),
])
def test_by_hand(x, y, expected):
    assert circle(x, y) == pytest.approx(expected, abs=1e-15)


def test_across_the_origin_the_way_round_is_shorter():
    assert circle([0.95], [0.05]) == pytest.approx(0.1, rel=1e-14)
    assert line([0.95], [0.05]) == pytest.approx(0.9)


def test_weights_and_circumference_by_hand():
    # a quarter of the mass walks an eighth of the circle
    value = circle([0.0, np.pi], [0.0, np.pi, np.pi / 4], circumference=2 * np.pi, x_weights=[3, 1],
                   y_weights=[2, 1, 1])
    assert value == pytest.approx(np.pi / 16, rel=1e-14)


@everyday
@given(weighted_positions(), st.sampled_from([1.0, 0.75, 2 * np.pi]))
def test_agrees_with_linear_programming(samples, circumference):
    (x, a), (y, b) = samples
    value = circle(x, y, circumference=circumference, x_weights=a, y_weights=b)
    expected = by_linear_programming(x, y, a, b, circumference)
    assert value == pytest.approx(expected, rel=1e-6, abs=1e-6)  # tolerance of the program's constraints: 1e-7


def test_agrees_with_linear_programming_on_larger_samples():
    rng = np.random.default_rng(1)
    for sizes in [(40, 40), (25, 31)]:
        x, y = rng.uniform(0, 1, sizes[0]), rng.beta(2, 3, sizes[1])
        a, b = rng.dirichlet(np.ones(sizes[0])), rng.dirichlet(np.ones(sizes[1]))
        assert circle(x, y, x_weights=a, y_weights=b) == pytest.approx(by_linear_programming(x, y, a, b, 1), rel=1e-6)


def test_agrees_with_pot():
    ot = pytest.importorskip("ot")
    rng = np.random.default_rng(2)
    x, y = rng.uniform(size=500), rng.uniform(size=300) ** 2
    assert circle(x, y) == pytest.approx(float(ot.lp.wasserstein_circle(x, y, p=1)[0]), rel=1e-8)


@everyday
@given(weighted_positions(3))
def test_metric_axioms(samples):
    (x, a), (y, b), (z, c) = samples
    xy = circle(x, y, x_weights=a, y_weights=b)
    assert xy == pytest.approx(circle(y, x, x_weights=b, y_weights=a), rel=1e-14, abs=1e-17)
    assert circle(x, x[::-1], x_weights=a, y_weights=a[::-1]) <= 1e-15
    through = circle(x, z, x_weights=a, y_weights=c) + circle(z, y, x_weights=c, y_weights=b)
    assert xy <= through + 1e-14
    assert 0 <= xy <= 0.5 + 1e-15


@everyday
@given(weighted_positions(), st.integers(-64, 64), st.integers(-5, 5))
def test_rotation_and_full_turns_change_nothing(samples, eighths, turns):
    (x, a), (y, b) = samples
    options = {"x_weights": a, "y_weights": b}
    value = circle(x, y, **options)
    assert circle(x + eighths / 8, y + eighths / 8, **options) == pytest.approx(value, rel=1e-12, abs=1e-14)
    assert circle(x + turns, y, **options) == pytest.approx(value, rel=1e-12, abs=1e-14)
    assert circle(-x, -y, **options) == pytest.approx(value, rel=1e-12, abs=1e-14)


@everyday
@given(weighted_positions(), st.integers(-300, 300))
def test_scale(samples, exponent):
    (x, a), (y, b) = samples
    scale = 2.0**exponent
    value = circle(x * scale, y * scale, circumference=scale, x_weights=a, y_weights=b)
    assert value == circle(x, y, x_weights=a, y_weights=b) * scale


@everyday
@given(weighted_positions())
def test_never_above_the_line(samples):
    (x, a), (y, b) = samples
    x, y = x % 1.0, y % 1.0
    value = circle(x, y, x_weights=a, y_weights=b)
    assert value <= line(x, y, x_weights=a, y_weights=b) + 1e-15


def test_small_distances_are_accurate_wherever_they_lie():
    step = 2.0**-40
    assert circle([-step], [step]) == 2 * step
    assert circle([0.5 - step], [-0.5 + step]) == 2 * step
    assert circle([1e-20], [-1e-20]) == 2e-20
    assert circle([5 - step], [7 + step], circumference=1) == 2 * step


def test_one_dominating_arc_and_many_points():
    rng = np.random.default_rng(3)
    x = rng.uniform(0, 0.01, 100_000)
    assert circle(x, x + 0.25) == pytest.approx(0.25, rel=1e-9)
    assert circle(x, x + 0.75) == pytest.approx(0.25, rel=1e-9)


@pytest.mark.parametrize("circumference", [0.0, -1.0, np.inf, np.nan])
def test_refuses_a_circumference(circumference):
    with pytest.raises(ValueError, match="circumference must be positive"):
        circle([0.0], [0.5], circumference=circumference)


@pytest.mark.parametrize(("arguments", "message"), [
    (([], [1.0]), "x must have at least one row"),
    (([1.0], [np.nan]), "y must be finite"),
    (([[1.0, 2.0]], [1.0]), "x must have 1 columns"),
])
def test_refuses_samples(arguments, message):
    with pytest.raises(ValueError, match=message):
        circle(*arguments)
    with pytest.raises(ValueError, match="equal total mass"):
        circle([0.0], [0.5], x_weights=[1.0], y_weights=[2.0])
