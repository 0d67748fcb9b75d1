"""B1, B3, B4 and B5 against brute force, each other and samples; rates in the place of bounds."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest

from lsdm_stats.bounds import (
    RATES,
    DyadicRate,
    EntropyRate,
    FournierRate,
    LineRate,
    PushForwardRate,
    QuantisationRate,
    RateAt,
    RateBelow,
    Shrunk,
    SpectralRate,
)
from lsdm_stats.manifolds import BallMass, Box, FlatTorus, ProductSpace, Sphere
from lsdm_stats.populations import Circle, IsotropicNoise, LinearGaussian, Spherical
from lsdm_stats.study import Claim
from lsdm_stats.wasserstein import exact

CHAINED, CLOSED = EntropyRate(form="chained"), EntropyRate(form="closed")
SPACES = [Box(sides=(1.0,)), Box(sides=(1.0, 1.0)), Box(sides=(1.0, 1.0, 1.0)), Box(sides=(2.0, 0.3, 0.05)),
          FlatTorus(lengths=(1.0, 2.0)), Sphere(dim=2), Sphere(dim=3, radius=2.0),
          ProductSpace(factors=(Sphere(dim=2), Box(sides=(1.0, 0.5))))]


def cube(dim, side=1.0):
    return Box(sides=(side,) * dim)


def total(rate, space, n):
    return float(rate.evaluate(space, n).total)


def known(rate, space):
    """Whether a rate takes such spaces."""
    try:
        rate.evaluate(space, 1)
    except ValueError:
        return False
    return True


PAIRS = [(rate, space) for rate in RATES for space in SPACES if known(rate, space)]
each_pair = pytest.mark.parametrize(("rate", "space"), PAIRS, ids=lambda one: getattr(one, "label", None))


@each_pair
def test_rates_fall_with_n_and_scale_with_lengths(rate, space):
    values = [total(rate, space, n) for n in (1, 2, 3, 10, 30, 100, 1000, 10_000)]
    assert all(b <= a for a, b in itertools.pairwise(values[3:]))
    if rate.side == "upper":
        assert all(b <= a for a, b in itertools.pairwise(values))
    larger = {"Box": lambda: Box(sides=tuple(3 * side for side in space.sides)),
              "FlatTorus": lambda: FlatTorus(lengths=tuple(3 * side for side in space.lengths)),
              "Sphere": lambda: Sphere(dim=space.dim, radius=3 * space.radius),
              "ProductSpace": lambda: ProductSpace(factors=(Sphere(dim=2, radius=3.0), Box(sides=(3.0, 1.5))))}
    assert total(rate, larger[type(space).__name__](), 30) == pytest.approx(3 * total(rate, space, 30), rel=1e-6)


@each_pair
def test_terms_add_up_and_have_their_names(rate, space):
    value = rate.evaluate(space, 40)
    assert tuple(value.terms) == rate.summands
    assert float(value.total) == pytest.approx(sum(float(term) for term in value.terms.values()))
    assert all(float(term) >= 0 for term in value.terms.values())


@each_pair
def test_sizes_are_checked(rate, space):
    for n in (0, -3, 2.5, "3", True):
        with pytest.raises(ValueError, match="n must be") as refused:
            rate.evaluate(space, n)
        assert "\n" not in str(refused.value)


@pytest.mark.parametrize("space", SPACES)
def test_lower_bounds_are_below_upper_bounds(space):
    for n in (1, 7, 100, 5000):
        values = {side: [total(rate, space, n) for rate, one in PAIRS if one is space and rate.side == side]
                  for side in ("lower", "upper")}
        assert max(values["lower"]) < min(values["upper"])


@pytest.mark.parametrize("rate", RATES, ids=lambda rate: rate.label)
def test_other_spaces_are_refused_in_one_line(rate):
    for space in (3.0, "cube", LinearGaussian()):
        if isinstance(rate, QuantisationRate) and isinstance(space, LinearGaussian):
            continue
        with pytest.raises(ValueError, match=rf"{rate.label} must be given a .*; ") as refused:
            rate.evaluate(space, 10)
        assert "\n" not in str(refused.value)


@pytest.mark.parametrize(("dim", "n", "numbers"), [
    (1, 100, (0.102, 0.241, 0.0025)), (2, 100, (0.359, 0.611, 0.0376)), (3, 1000, (0.384, 0.644, 0.0465))])
def test_numbers_for_cubes(dim, n, numbers):
    found = [total(rate, cube(dim), n) for rate in (DyadicRate(), FournierRate(), QuantisationRate())]
    assert found == pytest.approx(numbers, rel=0.005)


# B1


def chain_over_cells(sides, parts, levels, delays, n):
    """The bound of B1 for given delays, with the centres of cells and of their parents written out."""
    total, cells = 0.0, 1
    widths = np.array(sides, dtype=float)
    for level in range(1, levels + 1):
        cut = np.array(delays) < level
        children = [widths[i] * ((np.arange(parts) + 0.5) / parts - 0.5) if cut[i] else np.zeros(1)
                    for i in range(len(sides))]
        farthest = max(np.linalg.norm(offset) for offset in itertools.product(*children))
        widths = np.where(cut, widths / parts, widths)
        cells *= parts ** int(cut.sum())
        total += farthest * min(2.0, math.sqrt((cells - 1) / n))
    return total + 2 * np.linalg.norm(widths / 2)


@pytest.mark.parametrize(("dim", "n"), [(1, 10), (1, 1000), (2, 100), (3, 50), (3, 1000), (5, 200)])
def test_dyadic_bound_of_cubes_agrees_with_brute_force(dim, n):
    found = [chain_over_cells((1.0,) * dim, parts, levels, (0,) * dim, n)
             for parts in (2, 3, 4, 5) for levels in range(12)]
    assert total(DyadicRate(), cube(dim), n) == pytest.approx(min(found), rel=1e-6 if dim > 1 else 1e-3)


@pytest.mark.parametrize("sides", [(1.0, 0.1), (2.0, 1.0, 0.2), (1.0, 0.9)])
@pytest.mark.parametrize("n", [20, 2000])
def test_dyadic_bound_of_boxes_is_one_of_those_with_delays(sides, n):
    delays = {b: tuple(int(np.round(np.log(max(sides) / side) / np.log(b))) for side in sides) for b in (2, 3, 4, 5)}
    found = [chain_over_cells(sides, b, levels, delays[b], n) for b in delays for levels in range(11)]
    assert total(DyadicRate(), Box(sides=sides), n) == pytest.approx(min(found), rel=1e-3)


def test_late_cuts_of_short_sides_pay():
    at_once = min(chain_over_cells((1.0, 0.1), b, levels, (0, 0), 500) for b in (2, 3, 4, 5) for levels in range(9))
    assert total(DyadicRate(), Box(sides=(1.0, 0.1)), 500) < 0.8 * at_once
    thin = total(DyadicRate(), Box(sides=(1.0, 1e-9)), 500)
    assert thin == pytest.approx(total(DyadicRate(), cube(1), 500), rel=1e-6)


def test_dyadic_bound_of_a_torus_is_that_of_its_box():
    assert total(DyadicRate(), FlatTorus(lengths=(1.0, 2.0)), 70) == total(DyadicRate(), Box(sides=(1.0, 2.0)), 70)


def test_bounds_for_any_law_hold_for_laws_on_a_grid():
    """W1 of samples of a law on 3 x 3 points; the mean is at most half of that to another sample (C3); 5 errors."""
    rng = np.random.default_rng(3)
    points = np.array(list(itertools.product((0.0, 0.5, 1.0), repeat=2)))
    for n in (10, 60):
        found = np.array([exact(points[rng.integers(9, size=n)], points[rng.integers(9, size=n)]).value
                          for _ in range(40)])
        for rate in (DyadicRate(), CHAINED, CLOSED, FournierRate(), SpectralRate(law="any")):
            assert 2 * total(rate, cube(2), n) > found.mean() + 5 * found.std() / math.sqrt(len(found))


# B3


@pytest.mark.parametrize(("dim", "constant"), [(3, 8.50), (4, 5.66), (5, 4.65), (10, 3.25)])
def test_constants_of_the_closed_form_are_least(dim, constant):
    """Over the ratio of scales and the finest scale, with infinitely many scales; c = 1 and n = 1."""
    ratio, finest = np.meshgrid(np.linspace(1.05, 4, 600), np.geomspace(0.1, 10, 2000))
    chained = 2 * finest + ratio * finest ** (1 - dim / 2) / (1 - ratio ** (1 - dim / 2))
    n = 10**8
    assert chained.min() == pytest.approx(constant, rel=2e-3)
    assert total(CLOSED, cube(dim), n) == pytest.approx(chained.min() * math.sqrt(dim) * n ** (-1 / dim), rel=1e-3)


def test_numbers_of_the_closed_form():
    assert total(CLOSED, cube(3), 1000) == pytest.approx(1.473, rel=1e-3)
    assert total(CLOSED, cube(1), 100) == pytest.approx(4 * math.sqrt(0.5) / 10, rel=1e-9)
    ratios = np.linspace(1.01, 12, 4000)
    for n in (1, 5, 100, 10_000):
        unit = math.sqrt(2 / n)
        expected = min((math.sqrt(2) * ratios**-j + j * ratios * unit).min() for j in range(12))
        assert total(CLOSED, cube(2), n) == pytest.approx(expected, rel=1e-4)


def test_closed_form_in_one_dimension_is_the_least_of_a_series():
    ratios = np.linspace(1.5, 12, 5000)
    series = [sum(0.5 * b ** (1 - j) * math.sqrt(2 * b**j / 100) for j in range(1, 200)) for b in ratios]
    assert total(CLOSED, cube(1), 100) == pytest.approx(min(series), rel=1e-4)


@pytest.mark.parametrize(("space", "n"), [(cube(1), 100), (cube(2), 100), (cube(3), 1000), (cube(5), 1000),
                                          (Sphere(dim=2), 300)])
def test_chained_form_agrees_with_a_search_over_ratios(space, n):
    cover = space.covering
    found = [math.inf]
    for ratio in np.geomspace(1.05, 20, 300):
        fluctuation, scale = 0.0, cover.largest
        for _ in range(200):
            found.append(2 * scale + fluctuation)
            balls = math.floor((cover.constant * ratio / scale) ** cover.dim * (1 + 1e-12))
            fluctuation += scale * min(2.0, math.sqrt((balls - 1) / n))
            scale /= ratio
            if balls > 10 * n:
                break
    assert total(CHAINED, space, n) == pytest.approx(min(found), rel=0.01)


@pytest.mark.parametrize("space", SPACES)
def test_chained_is_never_above_closed_and_both_below_the_obvious(space):
    for n in (1, 3, 50, 5000):
        chained, closed = total(CHAINED, space, n), total(CLOSED, space, n)
        assert chained <= closed <= 2 * space.covering.largest * (1 + 1e-12)


def test_entropy_of_populations():
    truth = Circle(width=0.3)
    sides = truth.source_sides("euclidean")
    for metric in ("sum", "euclidean"):
        of_box = total(CHAINED, Box(sides=truth.source_sides(metric)), 90)
        assert total(EntropyRate(metric=metric), truth, 90) == pytest.approx(of_box, rel=1e-12)
    assert len(sides) == 2


# B4


@pytest.mark.parametrize("dim", [1, 2, 3, 4, 7, 12])
def test_published_constants_are_never_below_the_dyadic_bound(dim):
    """As docs/theory.md proves."""
    for n in (1, 2, 3, 4, 5, 10, 100, 1234, 10**5, 10**7):
        assert total(DyadicRate(), cube(dim), n) <= total(FournierRate(), cube(dim), n)


@pytest.mark.parametrize("dim", [3, 4, 7, 12])
def test_published_constants_are_what_two_parts_per_side_give_at_worst(dim):
    """The supremum over n of the sum with b = 2 is at most the constant, and within the factor that the proof gives."""
    worst = 0.0
    for log_n in np.linspace(0, 3 * dim * math.log(2), 400):
        n = math.exp(log_n)
        sums = [2.0**-j + sum(2.0 ** (-i - 1) * math.sqrt(2.0 ** (dim * i) / n) for i in range(1, j + 1))
                for j in range(14)]
        worst = max(worst, min(sums) * n ** (1 / dim))
    constant = total(FournierRate(), cube(dim), 1) / math.sqrt(dim)
    q = 2 ** (-dim / 2)
    assert worst <= constant * (1 - q) ** (2 / dim) * (1 + 1e-9)


def test_only_cubes_have_published_constants():
    with pytest.raises(ValueError, match=r"B4 must be given a Box of equal sides; got .*; take the cube around it"):
        FournierRate().evaluate(Box(sides=(1.0, 2.0)), 10)


# B5


def test_lower_bound_is_attained_in_the_limit_on_the_line():
    """n points in the middle of n pieces of [0, 1] are 1 / (4 n) away on average: the bound."""
    for n in (1, 10, 333):
        assert total(QuantisationRate(), cube(1), n) == pytest.approx(1 / (4 * n), rel=1e-12)


@pytest.mark.parametrize(("space", "points"), [
    (cube(2), lambda n, rng: rng.random((n, 2))),
    (cube(3), lambda n, rng: rng.random((n, 3))),
    (BallMass(3, 0.5**-3), lambda n, rng: 0.5 * rng.random((n, 1)) ** (1 / 3) * on_sphere(n, rng)),
    (Sphere(dim=2), lambda n, rng: on_sphere(n, rng)),
])
def test_no_atoms_come_nearer(space, points):
    """Mean distance to the nearest of atoms that follow the law, or are improved by Lloyd's method, is above."""
    rng = np.random.default_rng(2)
    sample = points(20_000, rng)
    for n in (3, 20):
        atoms = points(n, rng)
        for _ in range(15):
            distances = np.linalg.norm(sample[:, None] - atoms, axis=2)
            assert distances.min(axis=1).mean() > total(QuantisationRate(), space, n)
            nearest = distances.argmin(axis=1)
            cells = [sample[nearest == i] if i in nearest else atoms[i : i + 1] for i in range(n)]
            atoms = np.array([cell.mean(axis=0) for cell in cells])
            if isinstance(space, Sphere):
                atoms /= np.linalg.norm(atoms, axis=1, keepdims=True)


def on_sphere(n, rng):
    points = rng.standard_normal((n, 3))
    return points / np.linalg.norm(points, axis=1, keepdims=True)


def test_lower_bounds_of_the_sphere_and_of_populations():
    assert total(QuantisationRate(), Sphere(dim=2), 100) == pytest.approx(4 / (3 * math.sqrt(100)), rel=1e-12)
    assert total(QuantisationRate(), Spherical(), 100) == pytest.approx(4 / (3 * math.sqrt(100)), rel=1e-12)
    assert total(QuantisationRate(), BallMass(4, 0.1**-4), 50) == pytest.approx(0.8 * 0.1 * 50**-0.25, rel=1e-12)
    with pytest.raises(ValueError, match="B5 must be given a law with known mass of small balls"):
        QuantisationRate().evaluate(Circle(width=0.3, noise=IsotropicNoise(scale=0.1)), 10)


# rates in the place of bounds


def test_labels_and_titles_of_rates_are_distinct():
    assert len({rate.label for rate in RATES}) == len({rate.title for rate in RATES}) == len(RATES)
    for rate in RATES:
        assert "<=" in rate.statement
        assert rate.assumptions
        assert "docs/theory.md" in rate.tag


def test_a_rate_on_a_space_is_a_bound_of_the_sample_size():
    rate, space = SpectralRate(law="uniform"), cube(3)
    bound = RateAt(rate=rate, space=space)
    value = bound.evaluate({"n": np.array([100.0, 1000.0, 100.0])})
    assert value.total == pytest.approx([total(rate, space, n) for n in (100, 1000, 100)])
    assert set(value.terms) == {"smoothing", "fluctuation"}
    assert float(bound.evaluate({"n": 10}).total) == pytest.approx(total(rate, space, 10))
    assert (bound.label, bound.statement, bound.tag) == (rate.label, rate.statement, rate.tag)
    assert bound.digest != RateAt(rate=rate, space=cube(2)).digest
    truth = Circle(width=0.3)
    of_population = RateAt(rate=PushForwardRate(), space=truth)
    assert float(of_population.evaluate({"n": 10}).total) == pytest.approx(total(PushForwardRate(), truth, 10))


def test_a_rate_from_below_is_a_bound_on_one():
    rate, space = QuantisationRate(), cube(2)
    bound = RateBelow(rate=rate, space=space)
    value = bound.evaluate({"distance": np.array([0.1, 0.01]), "n": 50})
    assert value.total == pytest.approx([0.1 / total(rate, space, 50), 0.01 / total(rate, space, 50)])


def test_rates_stand_on_their_side():
    with pytest.raises(ValueError, match=r"rate must bound from above; got B5; use RateBelow"):
        RateAt(rate=QuantisationRate(), space=cube(2))
    with pytest.raises(ValueError, match=r"rate must bound from below; got B0.exact; use RateAt"):
        RateBelow(rate=LineRate(), space=cube(1))


def test_sizes_of_a_bound_are_whole_numbers():
    with pytest.raises(ValueError, match=r"B1: n must be a whole number; got 1.5; correct it"):
        RateAt(rate=DyadicRate(), space=cube(2)).evaluate({"n": [3, 1.5]})


def test_a_shrunk_bound_is_a_control():
    whole = RateAt(rate=SpectralRate(), space=cube(2))
    control = Shrunk(bound=whole, factor=0.25)
    assert control.inputs == ("n",)
    assert float(control.evaluate({"n": 64}).total) == pytest.approx(0.25 * float(whole.evaluate({"n": 64}).total))
    assert "false" in control.tag
    assert control.label == "B2.uniform times 0.25"
    for factor in (0.0, 1.0, -1.0):
        with pytest.raises(ValueError, match="factor must be between 0 and 1"):
            Shrunk(bound=whole, factor=factor)


def test_rates_serve_in_claims():
    claim = Claim(bound=RateAt(rate=SpectralRate(), space=cube(2)), measured="w1", kind="expectation")
    assert claim.value_names == {"n": "n"}
    lower = Claim(bound=RateBelow(rate=QuantisationRate(), space=cube(2)), measured="one", kind="sure",
                  terms={"distance": "w1", "n": "size"})
    assert lower.value_names == {"distance": "w1", "n": "size"}
