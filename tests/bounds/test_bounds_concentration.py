"""C1, C2 and C7: against hand values, sampled distances on the line, and laws for which they are sharp or false.

Simulations have fixed seeds and allow five standard errors, or the binomial limit at 1e-6: that is the rate of false
alarms of each.
"""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy import stats

from lsdm_stats.bounds.concentration import CellReference, DeviationBound, ReferenceBound, VarianceBound
from lsdm_stats.inference import bounded_differences_deviation
from lsdm_stats.manifolds import Box, FlatTorus, Sphere
from lsdm_stats.wasserstein import exact, stratified_cube

FALSE_ALARM = 1e-6
SIGMAS = 5


def w1_lines(x, y):
    """W1 of equally many points on the line, row by row."""
    return np.abs(np.sort(x, axis=1) - np.sort(y, axis=1)).mean(axis=1)


def w1_to_uniform(x):
    """W1 of points in [0, 1] to the uniform law, row by row: the integral of |F_n - F| piece by piece."""
    x = np.sort(x, axis=1)
    n = x.shape[1]
    ends = np.concatenate([np.zeros((len(x), 1)), x, np.ones((len(x), 1))], axis=1)
    level = np.arange(n + 1) / n
    low, high = ends[:, :-1] - level, ends[:, 1:] - level
    same = low * high >= 0
    return np.where(same, np.abs(high**2 - low**2), high**2 + low**2).sum(axis=1) / 2


def excess_is_rarer(values, bound, mean, *known):
    """Whether no share of values beyond mean plus deviation, or below mean minus deviation, is above alpha."""
    deviation = float(bound.deviation(*known))
    limit = stats.binom.isf(FALSE_ALARM, len(values), bound.alpha)
    return max((values > mean + deviation).sum(), (values < mean - deviation).sum()) <= limit


# C1


def test_deviations_by_hand():
    assert float(DeviationBound(n=8, alpha=math.exp(-1)).deviation(4.0)) == pytest.approx(1.0)
    two = DeviationBound(n=100, m=50, alpha=0.1)
    assert float(two.deviation(0.25, 1.0)) == pytest.approx(math.sqrt(2 * math.log(10) * (0.0025 + 0.02)))
    pairs = DeviationBound(n=100, pairs=True, alpha=0.1)
    assert float(pairs.deviation(0.25, 1.0)) == pytest.approx(math.sqrt(2 * math.log(10) * 1.5**2 / 100))
    value = two.evaluate({"mean": [1.0, 2.0], "transport_constant": 0.25, "other_transport_constant": 1.0})
    assert (value.total - two.deviation(0.25, 1.0)).tolist() == pytest.approx([1.0, 2.0])


def test_by_diameter_it_is_mcdiarmids_inequality():
    """A point moves the distance by B / n at most, a pair by (B_P + B_Q) / n."""
    n, m, b, c = 40, 70, 1.5, 0.4
    known = {"alpha": 0.03, "known": "diameter"}
    for bound, diameters, differences in (
        (DeviationBound(n=n, **known), (b,), np.full(n, b / n)),
        (DeviationBound(n=n, m=m, **known), (b, c), np.r_[np.full(n, b / n), np.full(m, c / m)]),
        (DeviationBound(n=n, pairs=True, **known), (b, c), np.full(n, (b + c) / n)),
    ):
        expected = bounded_differences_deviation(differences, alpha=0.03)
        assert float(bound.deviation(*diameters)) == pytest.approx(expected, rel=1e-12)
        quarter = bound.replace(known="transport_constant").deviation(*(d * d / 4 for d in diameters))
        assert float(quarter) == pytest.approx(expected, rel=1e-12)


def test_probability_inverts_the_deviation():
    for alpha in (0.5, 0.05, 1e-9):
        for bound, known in ((DeviationBound(n=7, alpha=alpha), (0.3,)),
                             (DeviationBound(n=7, m=9, alpha=alpha), (0.3, 2.0)),
                             (DeviationBound(n=7, pairs=True, alpha=alpha, known="diameter"), (0.3, 2.0))):
            assert float(bound.probability(bound.deviation(*known), *known)) == pytest.approx(alpha, rel=1e-9)
    bound = DeviationBound(n=7)
    assert bound.probability([0.0, 0.1, 100.0], 0.3).tolist() == pytest.approx([1.0, math.exp(-7 * 0.01 / 0.6), 0.0])
    assert bound.probability([0.0, 1.0], 0.0).tolist() == [1.0, 0.0]


def test_numbers_of_the_cube():
    """d = 3, n = 100 at 5 %: McDiarmid .212, transport constant .098."""
    cube = Box(sides=(1.0, 1.0, 1.0))
    assert float(DeviationBound(n=100, known="diameter").deviation(cube.diameter)) == pytest.approx(0.212, abs=5e-4)
    assert float(DeviationBound(n=100).deviation(1 / (2 * math.pi))) == pytest.approx(0.098, abs=5e-4)


@pytest.mark.parametrize("n", [1, 5, 60])
def test_samples_and_their_law_on_the_line(n):
    rng = np.random.default_rng(21)
    values = w1_to_uniform(rng.random((20_000, n)))
    bound = DeviationBound(n=n, alpha=0.2)
    constant = Box(sides=(1.0,)).transport_constant()
    assert excess_is_rarer(values, bound, values.mean(), constant)
    assert excess_is_rarer(values, bound.replace(known="diameter"), values.mean(), 1.0)


def test_two_samples_of_coins():
    """Fair coins in {0, 1}: W1 is the difference of means in absolute value, with exact binomial probabilities."""
    n, m = 12, 20
    pmf = np.outer(stats.binom.pmf(np.arange(n + 1), n, 0.5), stats.binom.pmf(np.arange(m + 1), m, 0.5))
    values = np.abs(np.arange(n + 1)[:, None] / n - np.arange(m + 1) / m)
    mean = (pmf * values).sum()
    bound = DeviationBound(n=n, m=m, known="diameter")
    for excess in np.linspace(0, 0.6, 25):
        limit = float(bound.probability(excess, 1.0, 1.0))
        assert pmf[values >= mean + excess].sum() <= limit
        assert pmf[values <= mean - excess].sum() <= limit


def test_of_distant_laws_it_is_the_deviation_of_means_and_sharp():
    """P = N(0, s^2) far left of a point: W1 is the distance of means, a normal variable with variance s^2 / n."""
    n, s = 30, 0.7
    for alpha in (0.05, 1e-3, 1e-6):
        exact_quantile = s / math.sqrt(n) * stats.norm.isf(alpha)
        found = float(DeviationBound(n=n, alpha=alpha).deviation(s * s))
        assert exact_quantile <= found <= 1.5 * exact_quantile
    excess = np.linspace(0, 1, 30)
    limits = DeviationBound(n=n).probability(excess, s * s)
    assert np.all(stats.norm.sf(excess * math.sqrt(n) / s) <= limits)


def test_a_constant_that_is_too_small_is_flagged():
    """The same laws with a quarter of the constant: the share of excesses is far above alpha."""
    rng = np.random.default_rng(22)
    values = 5.0 + rng.normal(size=(20_000, 30)).mean(axis=1)
    bound = DeviationBound(n=30, alpha=0.05)
    assert excess_is_rarer(values, bound, 5.0, 1.0)
    assert not excess_is_rarer(values, bound, 5.0, 0.25)


def test_pairs_must_not_be_taken_for_independent_samples():
    """Coins with v = 1 - u: W1 = |2 mean(u) - 1| has exact binomial probabilities, and moves twice as far as a mean."""
    n, alpha = 2000, 0.01
    heads = np.arange(n + 1)
    pmf, values = stats.binom.pmf(heads, n, 0.55), np.abs(2 * heads / n - 1)
    mean = pmf @ values
    pairs = DeviationBound(n=n, pairs=True, known="diameter", alpha=alpha)
    apart = DeviationBound(n=n, m=n, known="diameter", alpha=alpha)
    assert pmf[values > mean + float(pairs.deviation(1.0, 1.0))].sum() <= alpha
    assert pmf[values > mean + float(apart.deviation(1.0, 1.0))].sum() > 1.3 * alpha


def test_transport_constants_are_not_enough_for_pairs_of_any_kind():
    """docs/theory.md, C1.pairs: n = 1, v = u or its mirror image; in 2,000 dimensions the excess is not rare."""
    rng = np.random.default_rng(23)
    dim, draws = 2000, 500
    u = rng.random((draws, dim))
    values = np.where(rng.random(draws) < 0.5, 0.0, np.linalg.norm(2 * u - 1, axis=1))
    constant = 1 / (2 * math.pi)
    assert not excess_is_rarer(values, DeviationBound(n=1, pairs=True), values.mean(), constant, constant)
    diameter = math.sqrt(dim)
    assert excess_is_rarer(values, DeviationBound(n=1, pairs=True, known="diameter"), values.mean(), diameter, diameter)


# C2


def check_variance(values, bound):
    """The sample variance, less five standard errors of it, is below the bound."""
    centred = (values - values.mean()) ** 2
    return centred.mean() - SIGMAS * centred.std() / math.sqrt(values.size) <= bound


def test_variances_by_hand():
    numbers = {"mean_square_distance": 3.0, "other_mean_square_distance": 12.0}
    assert float(VarianceBound(n=10).evaluate(numbers).total) == pytest.approx(0.15)
    assert dict(VarianceBound(n=10, m=20).evaluate(numbers).terms) == pytest.approx({"first": 0.15, "second": 0.3})
    assert float(VarianceBound(n=10, pairs=True).evaluate(numbers).total) == pytest.approx(27 / 20)
    halves = {"trace": 1.5, "other_trace": 6.0}
    for bound in (VarianceBound(n=10), VarianceBound(n=10, m=20), VarianceBound(n=10, pairs=True)):
        assert bound.replace(known="trace").evaluate(halves).total == pytest.approx(bound.evaluate(numbers).total)


@pytest.mark.parametrize("n", [1, 4, 50])
def test_variance_on_the_line(n):
    rng = np.random.default_rng(24)
    x, y = rng.random((2, 30_000, n))
    square = Box(sides=(1.0,)).mean_square_distance
    numbers = {"mean_square_distance": square, "other_mean_square_distance": square}
    one, two = (float(VarianceBound(n=n, m=m).evaluate(numbers).total) for m in (None, n))
    assert one == pytest.approx(1 / (12 * n))
    assert check_variance(w1_to_uniform(x), one)
    assert check_variance(w1_lines(x, y), two)


def test_variance_is_attained_by_distant_laws():
    """W1 is then the difference of means: equality; a smaller bound is flagged, and so are pairs taken for samples."""
    rng = np.random.default_rng(25)
    x, y = rng.random((2, 40_000, 10))
    trace = 1 / 12
    one = float(VarianceBound(n=10, known="trace").evaluate({"trace": trace}).total)
    two = float(VarianceBound(n=10, m=10, known="trace").evaluate({"trace": trace, "other_trace": trace}).total)
    pairs = float(VarianceBound(n=10, pairs=True, known="trace").evaluate({"trace": trace, "other_trace": trace}).total)
    apart, mirrored = w1_lines(x, y + 5), w1_lines(x, 1 - x + 5)
    assert apart.var() == pytest.approx(two, rel=0.03)
    assert mirrored.var() == pytest.approx(pairs, rel=0.03)
    assert check_variance(apart, two)
    assert check_variance(mirrored, pairs)
    assert not check_variance(apart, one)
    assert not check_variance(mirrored, two)


@pytest.mark.parametrize(("space", "dim"), [(Sphere(dim=2), 2), (Box(sides=(1.0, 1.0)), 2)], ids=["S2", "square"])
def test_variance_from_the_mean_square_distance_of_a_space(space, dim):
    """Two samples; chords are shorter than arcs, so that the geodesic bound holds for them as well."""
    rng = np.random.default_rng(26)
    n, values = 20, []
    for _ in range(150):
        if isinstance(space, Sphere):
            x, y = rng.normal(size=(2, n, 3))
            x, y = (p / np.linalg.norm(p, axis=1, keepdims=True) for p in (x, y))
        else:
            x, y = rng.random((2, n, dim))
        values.append(exact(x, y).value)
    square = space.mean_square_distance
    numbers = {"mean_square_distance": square, "other_mean_square_distance": square}
    assert check_variance(np.array(values), float(VarianceBound(n=n, m=n).evaluate(numbers).total))


# C7


def test_a_sampled_reference_adds_what_it_says_and_takes_nothing_away():
    """Q a sample of 5 points, P uniform on [0, 1], an i.i.d. reference of 20 points in its place."""
    rng = np.random.default_rng(27)
    q, reference = rng.random((40_000, 5)), rng.random((40_000, 20))
    true, error = w1_to_uniform(q), w1_to_uniform(reference)
    measured = w1_lines(np.repeat(q, 4, axis=1), reference)
    above = ReferenceBound(form="above").evaluate({"distance": true, "reference_error": error}).total
    below = ReferenceBound(form="below").evaluate({"reference_distance": measured}).total
    for left, right in ((measured, above), (true, below)):
        gain = right - left
        assert gain.mean() >= -SIGMAS * gain.std() / math.sqrt(gain.size)
    assert (measured - true).mean() > 5 * (measured - true).std() / math.sqrt(gain.size)  # it does add something
    fixed = ReferenceBound(form="fixed").evaluate({"reference_distance": measured, "reference_error": error}).total
    assert np.all(true <= fixed + 1e-12)


def test_without_its_error_a_reference_is_flagged():
    rng = np.random.default_rng(28)
    q, reference = rng.random((40_000, 5)), rng.random((40_000, 20))
    gain = w1_to_uniform(q) - w1_lines(np.repeat(q, 4, axis=1), reference)
    assert gain.mean() < -SIGMAS * gain.std() / math.sqrt(gain.size)


def test_a_reference_of_another_mean_law_takes_something_away():
    """Centres of cells: a sample can be nearer to them than to the law, in mean, if it is made of them."""
    centres = (np.arange(4) + 0.5)[None] / 4
    assert w1_lines(centres, centres)[0] == 0 < w1_to_uniform(centres)[0]


@pytest.mark.parametrize("along", [1, 3, 40])
def test_cells_on_the_line(along):
    interval = Box(sides=(2.0,))
    corners = np.arange(along) / along
    random = 2 * w1_to_uniform(corners + np.random.default_rng(29).random((20_000, along)) / along)
    mean = float(CellReference(points="random").evaluate(interval, along).total)
    assert random.mean() - SIGMAS * random.std() / math.sqrt(random.size) <= mean <= 2 * random.mean()
    centres = 2 * w1_to_uniform((corners + 0.5 / along)[None])[0]
    assert float(CellReference(points="centres").evaluate(interval, along).total) == pytest.approx(centres, rel=1e-12)


def test_cells_of_boxes_by_the_plan_itself():
    rng = np.random.default_rng(30)
    for sides in ((1.0, 1.0, 1.0), (2.0, 0.5), (3.0, 3.0)):
        box, dim = Box(sides=sides), len(sides)
        inside, other = (rng.random((200_000, dim)) * sides / 4 for _ in range(2))
        middle = np.array(sides) / 8
        for points, moves in (("random", inside - other), ("centres", inside - middle)):
            lengths = np.linalg.norm(moves, axis=1)
            bound = float(CellReference(points=points).evaluate(box, 4**dim).total)
            error = SIGMAS * lengths.std() / math.sqrt(lengths.size)
            assert lengths.mean() - error <= bound <= 1.25 * lengths.mean()
            if points == "centres" and len(set(sides)) == 1:
                assert abs(bound - lengths.mean()) <= error


def test_cells_agree_with_the_reference_that_the_package_draws():
    for dim, along in ((1, 9), (2, 5), (3, 3)):
        cube = Box(sides=(1.0,) * dim)
        for points, rng in (("centres", None), ("random", np.random.default_rng(31))):
            drawn = stratified_cube(along, dim, rng=rng)
            known = float(CellReference(points=points).evaluate(cube, len(drawn.points)).total)
            assert known == pytest.approx(drawn.error, rel=1e-9)


def test_images_and_units():
    random = CellReference(points="random")
    cube = Box(sides=(1.0, 1.0))
    pushed = float(random.replace(lipschitz=2.5).evaluate(cube, 49).total)
    assert pushed == pytest.approx(float(random.evaluate(Box(sides=(2.5, 2.5)), 49).total))


# words


def test_labels_and_words():
    assert DeviationBound(n=5).label == DeviationBound(n=5, m=6).label == "C1.distance"
    assert DeviationBound(n=5, pairs=True).label == "C1.pairs"
    assert "Q_m" in DeviationBound(n=5, m=6).statement
    assert "Q_m" not in DeviationBound(n=5).statement
    assert VarianceBound(n=5, pairs=True).inputs == ("mean_square_distance", "other_mean_square_distance")
    assert CellReference().summands == tuple(CellReference().evaluate(Box(sides=(1.0,)), 3).terms)
    assert CellReference(points="centres").statement != CellReference().statement


@pytest.mark.parametrize(("call", "message"), [
    (lambda: DeviationBound(n=5, m=5, pairs=True), "m must be left out for pairs; got 5"),
    (lambda: DeviationBound(n=0), "DeviationBound: n"),
    (lambda: DeviationBound(n=5, alpha=1.0), "DeviationBound: alpha"),
    (lambda: DeviationBound(n=5, m=5).deviation(1.0), "C1.distance must be given transport_constant, other_"),
    (lambda: DeviationBound(n=5).deviation(-1.0), "transport_constant must be at least 0; got -1"),
    (lambda: DeviationBound(n=5).probability(math.nan, 1.0), "the excess must be at least 0; got nan"),
    (lambda: CellReference().evaluate(Box(sides=(1.0, 1.0)), 10), "n must be a whole number to the power 2; got 10"),
    (lambda: CellReference().evaluate(Box(sides=(1.0,)), 0), "n must be a whole number to the power 1; got 0"),
    (lambda: CellReference().evaluate(FlatTorus(lengths=(1.0,)), 4), "C7.cells must be given a Box"),
])
def test_refusals(call, message):
    with pytest.raises(ValueError, match=message) as refused:
        call()
    assert "\n" not in str(refused.value)
