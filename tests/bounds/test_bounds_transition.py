"""The phase transition of recall, and suprema from samples and means: closed forms, simulation, and false versions."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats
from scipy.integrate import dblquad, quad
from scipy.spatial.distance import cdist

from lsdm_stats.bounds import (
    CircleSpacing,
    DroppedTerm,
    MeanSupremum,
    SampleSupremum,
    Shrunk,
    TransitionBound,
    expected_recall_error,
)
from lsdm_stats.latents import PCA


def total(bound, **numbers):
    return float(bound.evaluate(numbers).total)


# The phase transition.


@pytest.mark.parametrize("dim", [1, 2, 6, 40])
def test_exact_means_are_those_of_chi(dim):
    """Against SciPy's chi law and against its density, integrated."""
    for samples in range(dim + 3):
        mean = stats.chi.mean(dim - samples) if samples < dim else 0.0
        assert expected_recall_error(dim, samples) == pytest.approx(mean, rel=1e-10, abs=1e-15)
    for samples in range(1, dim + 3):
        left = dim - samples + 1
        mean = quad(lambda r, left=left: r * stats.chi.pdf(r, left), 0, np.inf)[0] if left > 0 else 0.0
        exact = float(expected_recall_error(dim, samples, centred=True))
        assert exact == pytest.approx(np.sqrt(1 + 1 / samples) * mean, rel=1e-7, abs=1e-15)


def test_known_values():
    assert expected_recall_error(6, [2, 5]).tolist() == pytest.approx([1.5 * np.sqrt(np.pi / 2), 0.797884561])
    assert expected_recall_error(6, range(6, 13)).tolist() == [0.0] * 7
    assert float(expected_recall_error(6, 6, centred=True)) == pytest.approx(np.sqrt(7 / 6 * 2 / np.pi))


def residuals(rng, dim, samples, *, centred, fits, tests):
    """Distances of fresh points to the components of others, fit by fit, by least squares: (fits, tests)."""
    found = []
    for _ in range(fits):
        seen, fresh = rng.normal(size=(samples, dim)), rng.normal(size=(tests, dim))
        centre = seen.mean(axis=0) if centred else np.zeros(dim)
        rows = (seen - centre)[: samples - centred]  # the differences from the mean have one direction less
        solved = np.linalg.lstsq(rows.T, (fresh - centre).T, rcond=None)[0]
        found.append(np.linalg.norm((fresh - centre).T - rows.T @ solved, axis=0))
    return np.array(found)


@pytest.mark.parametrize("centred", [False, True], ids=["origin", "mean"])
@pytest.mark.parametrize("samples", [2, 4, 6, 7])
def test_simulated_means_and_squares(samples, centred):
    """One fresh point of each of 4,000 fits; five standard errors: false alarm below 1e-6 for each of the two means."""
    lengths = residuals(np.random.default_rng(samples), 6, samples, centred=centred, fits=4000, tests=1)[:, 0]
    exact = float(expected_recall_error(6, samples, centred=centred))
    if exact == 0:
        assert lengths.max() < 1e-9
        return
    left = 6 - samples + centred
    square = left * (1 + centred / samples)
    assert abs(lengths.mean() - exact) < 5 * lengths.std() / np.sqrt(4000)
    assert abs((lengths**2).mean() - square) < 5 * (lengths**2).std() / np.sqrt(4000)


@pytest.mark.parametrize("centred", [False, True], ids=["origin", "mean"])
def test_both_forms_hold_for_almost_every_fit(centred):
    """400 fits: each form fails with probability at most 2.5 %; more than 29 failures have probability below 1e-6."""
    rng = np.random.default_rng(11)
    assert stats.binom.sf(29, 400, 0.025) < 1e-6
    for samples in (2, 5):
        means = residuals(rng, 6, samples, centred=centred, fits=400, tests=50).mean(axis=1)
        numbers = {"samples": samples, "n_test": 50, "reconstruction": means}
        above, below = (TransitionBound(dim=6, form=form, centred=centred) for form in ("above", "below"))
        exact = float(expected_recall_error(6, samples, centred=centred))
        assert (means > above.evaluate(numbers).total).sum() <= 29
        assert (exact > below.evaluate(numbers).total).sum() <= 29


def test_about_the_mean_the_deviation_needs_the_centre():
    """With the deviation for components about the origin, more than 5 % of fits fail: that of the mean is no luxury."""
    means = residuals(np.random.default_rng(13), 6, 2, centred=True, fits=400, tests=1000).mean(axis=1)
    exact = float(expected_recall_error(6, 2, centred=True))
    far = np.abs(means - exact)
    origin, mean = (TransitionBound(dim=6, centred=centred).evaluate({"samples": 2, "n_test": 1000}).terms["deviation"]
                    for centred in (False, True))
    assert (far > origin).mean() > 0.5
    assert (far > mean).sum() == 0


@pytest.mark.parametrize("samples", [1, 3, 5, 6, 9])
def test_one_dimension_more_or_less_is_flagged(samples):
    """The controls of the study, on 50 fits of 1,000 points: every fit refutes them (margins of five deviations)."""
    means = residuals(np.random.default_rng(17), 6, samples, centred=False, fits=50, tests=1000).mean(axis=1)
    numbers = {"samples": samples, "n_test": 1000, "reconstruction": means}
    below = TransitionBound(dim=6, form="below").evaluate(numbers).total
    assert (float(expected_recall_error(7, min(samples, 6))) > below + 1e-8).all()
    assert (float(expected_recall_error(6, samples)) <= below + 1e-8).all()
    if samples < 6:
        fewer = TransitionBound(dim=5, form="above").evaluate(numbers).total
        assert (means > fewer + 1e-8).all()


def test_principal_components_of_the_package_make_the_transition():
    """Embedded in R^9: with s < 6 responses the residual is that of least squares, from s = 6 it is 0."""
    rng = np.random.default_rng(19)
    embedding = np.linalg.qr(rng.normal(size=(9, 6)))[0]
    seen, fresh = rng.normal(size=(1, 8, 6)), rng.normal(size=(1, 30, 6))
    for samples in range(1, 9):
        space = PCA(dim=6, centred=False).fit(seen[:, :samples] @ embedding.T, rngs=[])
        assert space.dim == min(6, samples)
        points = fresh @ embedding.T
        measured = np.linalg.norm(points - space.decode(space.encode(points)), axis=2)[0]
        rows = seen[0, :samples].T
        solved = np.linalg.lstsq(rows, fresh[0].T, rcond=None)[0]
        assert measured == pytest.approx(np.linalg.norm(fresh[0].T - rows @ solved, axis=0), abs=1e-10)
        generated = space.decode(rng.normal(size=(1, 20, space.dim)))
        assert np.linalg.norm(generated - generated @ embedding @ embedding.T, axis=2).max() < 1e-12


def test_deviations_vanish_where_nothing_is_missed():
    for centred in (False, True):
        value = TransitionBound(dim=3, centred=centred).evaluate({"samples": [2, 3, 4], "n_test": 100})
        assert (value.terms["deviation"] > 0).tolist() == [True, centred, False]
        assert (value.terms["mean"] > 0).tolist() == [True, centred, False]
    words = {TransitionBound(dim=3, form=form, centred=centred).statement
             for form in ("above", "below") for centred in (False, True)}
    assert len(words) == 4


# From samples to suprema.


@pytest.mark.parametrize("seed", range(10))
def test_the_sample_form_on_circles(seed):
    """r the residual of a line through the plane, constant 1: sup on a fine grid, the exact spacing of the sample."""
    rng = np.random.default_rng(seed)
    direction = np.array([np.cos(seed), np.sin(seed)])
    offset = rng.normal(size=2) * 0.3

    def residual(points):
        across = points - offset
        return np.linalg.norm(across - np.outer(across @ direction, direction), axis=1)

    def points(angles):
        return np.stack([np.cos(angles), np.sin(angles)], axis=1)

    sample = np.sort(rng.uniform(0, 2 * np.pi, int(rng.integers(1, 30))))
    gaps = np.diff(np.append(sample, sample[0] + 2 * np.pi))
    spacing = 2 * np.sin(gaps.max() / 4)
    grid = points(np.linspace(0, 2 * np.pi, 5000))
    assert cdist(grid, points(sample)).min(axis=1).max() == pytest.approx(spacing, abs=2e-3)
    numbers = {"training.reconstruction.max": residual(points(sample)).max(), "residual_lipschitz": 1.0,
               "covering_radius": spacing}
    assert residual(grid).max() <= total(SampleSupremum(), **numbers) + 1e-9


def test_a_ramp_attains_the_sample_form():
    """M = [0, 1], r(y) = 2 y, all of the sample below 1 / 4."""
    numbers = {"training.reconstruction.max": 0.5, "residual_lipschitz": 2.0, "covering_radius": 0.75}
    assert total(SampleSupremum(), **numbers) == pytest.approx(2.0)
    assert total(DroppedTerm(bound=SampleSupremum(), term="spacing"), **numbers) < 1


SEGMENT = MeanSupremum(dim=1, ball_mass=0.5, ball_radius=2.0)
CORNER = MeanSupremum(dim=2, ball_mass=np.pi / 4, ball_radius=1.0)


@pytest.mark.parametrize("lipschitz", [0.1, 1.0, 7.0])
@pytest.mark.parametrize("height", [0.01, 0.5, 1.9, 2.0, 2.1, 30.0])
def test_a_cone_at_the_end_of_a_segment_attains_the_mean_form(height, lipschitz):
    """Both branches; the mean by quadrature. Nine tenths of the bound are not enough."""
    kink = min(2.0, height)
    mean = lipschitz * quad(lambda y: max(height - y, 0.0) / 2, 0, 2, points=[kink])[0]
    numbers = {"residual_lipschitz": lipschitz, "reconstruction": mean}
    assert total(SEGMENT, **numbers) == pytest.approx(lipschitz * height, rel=1e-6)
    assert lipschitz * height > total(Shrunk(bound=SEGMENT, factor=0.9), **numbers) * (1 + 1e-8)


def test_a_cone_at_the_corner_of_a_square_attains_the_mean_form():
    """The least mass of a ball of radius at most 1 is that at a corner, pi rho^2 / 4."""
    for height in (0.3, 1.0):
        mean = dblquad(lambda v, u, height=height: height - np.hypot(u, v), 0, height,
                       0, lambda u, height=height: np.sqrt(max(height**2 - u**2, 0)))[0]
        assert total(CORNER, residual_lipschitz=3.0, reconstruction=3 * mean) == pytest.approx(3 * height, rel=1e-6)


@pytest.mark.parametrize("seed", range(20))
def test_the_mean_form_on_random_functions(seed):
    """Largest of cones at random points of the square, constant L: sup and mean on a grid, error below L / 200."""
    rng = np.random.default_rng(seed)
    ends = (np.arange(200) + 0.5) / 200
    grid = np.stack(np.meshgrid(ends, ends), axis=-1).reshape(-1, 2)
    heights = rng.uniform(0, 1.5, 4)
    lipschitz = rng.uniform(0.2, 3)
    values = np.maximum(heights - lipschitz * cdist(grid, rng.random((4, 2))), 0).max(axis=1)
    bound = total(CORNER, residual_lipschitz=lipschitz, reconstruction=values.mean() + lipschitz / 200)
    assert values.max() <= bound


@given(st.integers(1, 6), st.floats(0.05, 1), st.floats(0.1, 5), st.floats(0.01, 10), st.floats(1e-6, 100))
def test_the_second_branch_is_a_tangent_and_no_supremum_is_below_its_mean(dim, mass, radius, lipschitz, mean):
    bound = MeanSupremum(dim=dim, ball_mass=mass / radius**dim, ball_radius=radius)
    value = total(bound, residual_lipschitz=lipschitz, reconstruction=mean)
    first = ((dim + 1) * lipschitz**dim * mean * radius**dim / mass) ** (1 / (dim + 1))
    second = dim / (dim + 1) * lipschitz * radius + mean / mass
    assert first <= second * (1 + 1e-9)
    assert value == pytest.approx(first if first < lipschitz * radius else second, rel=1e-9)
    assert value >= mean * (1 - 1e-9)


def test_a_constant_residual_is_its_mean():
    """L = 0: the whole law is one ball."""
    whole = MeanSupremum(dim=1, ball_mass=0.5, ball_radius=2.0)
    assert total(whole, residual_lipschitz=0.0, reconstruction=0.3) == pytest.approx(0.3)


# Points on a circle.


@pytest.mark.parametrize("n", [1, 2, 7, 300])
def test_the_spacing_is_a_harmonic_number(n):
    harmonic = float(sum(Fraction(1, i) for i in range(1, n + 1)))
    assert float(CircleSpacing().evaluate(n).total) == pytest.approx(np.pi * harmonic / n, rel=1e-12)
    assert float(CircleSpacing(radius=2.5).evaluate(n).total) == pytest.approx(2.5 * np.pi * harmonic / n, rel=1e-12)


def largest_gaps(rng, n, replicates):
    angles = np.sort(rng.uniform(0, 2 * np.pi, (replicates, n)), axis=1)
    return np.diff(np.hstack([angles, angles[:, :1] + 2 * np.pi]), axis=1).max(axis=1)


@pytest.mark.parametrize("n", [2, 5, 50])
def test_simulated_spacings(n):
    """20,000 samples, five standard errors: false alarm below 1e-6. Chords are shorter, by Jensen's inequality."""
    spacing = largest_gaps(np.random.default_rng(n), n, 20_000) / 2
    exact = float(CircleSpacing().evaluate(n).total)
    assert abs(spacing.mean() - exact) < 5 * spacing.std() / np.sqrt(20_000)
    chords = 2 * np.sin(spacing / 2)
    assert chords.mean() < 2 * np.sin(exact / 2) + 5 * chords.std() / np.sqrt(20_000)
    assert chords.mean() < exact


@pytest.mark.parametrize(("cells", "n"), [(4, 10), (10, 40), (10, 80)])
def test_cells_bound_the_spacing(cells, n):
    """A6.cells on the circle, arcs of equal mass: frequency in 4,000 samples against K (1 - 1 / K)^N, five errors."""
    far = largest_gaps(np.random.default_rng(cells + n), n, 4000) / 2 > 2 * np.pi / cells
    limit = min(cells * (1 - 1 / cells) ** n, 1.0)
    assert far.mean() <= limit + 5 * np.sqrt(0.25 / 4000)
    assert limit <= cells * np.exp(-n / cells)


@pytest.mark.parametrize(("make", "message"), [
    (lambda: TransitionBound(dim=0), "TransitionBound: dim"),
    (lambda: TransitionBound(dim=2, alpha=1.0), "TransitionBound: alpha"),
    (lambda: expected_recall_error(3, 0, centred=True), "samples must be at least 1; got 0"),
    (lambda: expected_recall_error(3, [2, -1]), "samples must be at least 0; got -1"),
    (lambda: expected_recall_error(0, 1), "dim must be at least 1"),
    (lambda: MeanSupremum(dim=2, ball_mass=1.0, ball_radius=2.0), r"MeanSupremum: ball_mass \* .* got 4"),
    (lambda: CircleSpacing().evaluate(0), "n must be at least 1"),
    (lambda: CircleSpacing(radius=0.0), "CircleSpacing: radius"),
], ids=["dim", "alpha", "mean of none", "negative", "no dimension", "heavy ball", "no points", "no circle"])
def test_what_is_wrong_is_refused_in_one_line(make, message):
    with pytest.raises(ValueError, match=message) as refused:
        make()
    assert "\n" not in str(refused.value)
