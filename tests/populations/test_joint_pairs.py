"""Pairs of joint laws: constants and distances against linear programs, quadrature and dense grids."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy.optimize import linear_sum_assignment
from scipy.spatial.distance import cdist, pdist

from lsdm_stats import IsotropicNoise, RoundClasses, streams
from lsdm_stats.manifolds import RoundComponent
from lsdm_stats.populations import GrowingShift, LabelledPair, TurnedPolygon, Zigzag
from lsdm_stats.wasserstein import exact

INTERVAL = (
    Zigzag(cells=1),
    Zigzag(cells=5, amplitude=0.7, share=0.3),
    Zigzag(cells=2, amplitude=0.1),
    GrowingShift(slope=0.8, atoms=4),
    TurnedPolygon(corners=3, turns=2.0, angle=1.0),
    TurnedPolygon(corners=4, turns=0.0, angle=0.3),
    TurnedPolygon(corners=1, turns=0.5, angle=math.pi),
)
each = pytest.mark.parametrize("pair", INTERVAL, ids=repr)


def circles(radius, *places):
    return RoundClasses(components=tuple(RoundComponent(centre=(place, 0.0), radius=radius) for place in places))


def between(first, second, masses):
    return exact(first, second, x_weights=masses, y_weights=masses).value


@each
def test_conditional_distances_are_those_of_transport(pair):
    x = np.random.default_rng(1).random(30)
    first, second = pair.values(x)
    found = [between(y, g, pair.masses) for y, g in zip(first, second, strict=True)]
    np.testing.assert_allclose(pair.conditional_w1(x), found, atol=1e-12)
    assert sum(pair.masses) == pytest.approx(1)


@each
def test_the_mean_distance_is_the_integral(pair):
    """Midpoint rule on 200,000 points, whose error is below 1e-6 for these."""
    x = (np.arange(200_000) + 0.5) / 200_000
    assert pair.distance == pytest.approx(pair.conditional_w1(x).mean(), abs=1e-6)
    assert np.abs(x - 0.5).mean() == pytest.approx(0.25)


@each
def test_the_lipschitz_constant_is_not_exceeded_and_attained_nearby(pair):
    rng = np.random.default_rng(2)
    x = rng.random(200)
    for step, attained in ((1e-4, True), (0.1, False), (0.4, False)):
        other = np.clip(x + step, 0, 1)
        rates = [
            sum(between(law[i], moved[i], pair.masses) for law, moved in zip(pair.values(x), pair.values(other),
                                                                             strict=True)) / max(other[i] - x[i], 1e-9)
            for i in range(len(x))
        ]
        assert max(rates) <= pair.conditional_lipschitz * (1 + 1e-9) + 1e-9
        if attained:
            assert max(rates) == pytest.approx(pair.conditional_lipschitz, rel=1e-5, abs=1e-9)


@each
def test_the_diameter_is_not_exceeded(pair):
    x = np.linspace(0, 1, 150)
    points = np.concatenate([values.reshape(-1, pair.response_dim) for values in pair.values(x)])
    largest = pdist(points).max()
    assert largest <= pair.diameter + 1e-12
    assert largest >= 0.98 * pair.diameter


@pytest.mark.parametrize("pair", [p for p in INTERVAL if p.joint_distance is not None], ids=repr)
def test_joint_distances_agree_with_an_assignment_on_a_grid(pair):
    """240 conditions in the middle of equal parts: within 2 % of the formula, by another solver."""
    x = (np.arange(240) + 0.5) / 240
    first, second = (values[:, 0] if isinstance(pair, Zigzag) else values.reshape(-1, pair.response_dim)
                     for values in pair.values(x))
    copies = len(first) // len(x)
    places = np.repeat(x, copies)[:, None]
    cost = cdist(places, places) + cdist(first, second)
    rows, columns = linear_sum_assignment(cost)
    share = pair.share if isinstance(pair, Zigzag) else 1.0  # what both laws share does not count
    assert share * cost[rows, columns].mean() == pytest.approx(pair.joint_distance, rel=0.02)


@each
def test_samples_hold_whole_conditional_laws_over_even_conditions(pair):
    """Golden steps leave no gap above 3 / n."""
    n, atoms = 100, len(pair.masses)
    data = pair.draw(n, 3, rngs=streams.data(1, pair, replicates=range(2)))
    assert data.conditions.shape == (2, n * atoms, 1 + pair.response_dim)
    assert data.unpaired.shape == (2, 3 * atoms, 1 + pair.response_dim)
    np.testing.assert_array_equal(data.conditions[..., 0], data.responses[..., 0])
    np.testing.assert_allclose(data.masses.reshape(n, atoms), np.tile(pair.masses, (n, 1)) / n)
    for r in range(2):
        x = data.conditions[r, ::atoms, 0]
        first, second = pair.values(x)
        np.testing.assert_array_equal(data.conditions[r, :, 1:], first.reshape(n * atoms, -1))
        np.testing.assert_array_equal(data.responses[r, :, 1:], second.reshape(n * atoms, -1))
        assert data.distances[r] == pytest.approx(pair.conditional_w1(x).mean())
        assert np.diff(np.sort(x), prepend=0, append=1).max() < 3 / n
    part = data[1:2]
    assert part.distances.tolist() == [data.distances[1]]
    assert part.known == data.known


def test_a_condition_is_uniform():
    """Kolmogorov distance of the 5th condition over 4,000 starts to the uniform law below 2.7 / sqrt(4000): 1e-6."""
    pair = Zigzag(cells=2)
    data = pair.draw(5, 0, rngs=[np.random.default_rng(seed) for seed in range(4000)])
    x = np.sort(data.conditions[:, 4, 0])
    assert np.abs(x - (np.arange(4000) + 0.5) / 4000).max() < 2.7 / math.sqrt(4000)


def test_labels_have_their_distance_and_classes_their_laws():
    pair = LabelledPair(first=circles(0.1, 0.0, 1.0), second=circles(0.3, 0.0, 1.0), label_distance=0.4)
    data = pair.draw(400, 2, rngs=streams.data(1, pair, replicates=range(2)))
    np.testing.assert_array_equal(data.conditions[..., :2], data.responses[..., :2])
    assert set(np.round(pdist(data.conditions[0, :, :2]), 12)) == {0.0, 0.4}
    assert pair.diameter == pytest.approx(1.6)
    assert pair.label_ratio == pytest.approx(4.0)
    assert pair.distance == pytest.approx(0.2)
    assert "joint_w1.law" not in data.known
    assert data.distances is None
    for points, radius in ((data.conditions[0], 0.1), (data.responses[0], 0.3)):
        centre = np.where(points[:, :1] > 0, 0.0, 1.0) * [1.0, 0.0]
        base = points[:, 2:] @ pair.first.manifold.embedding
        np.testing.assert_allclose(np.linalg.norm(base - centre, axis=1), radius)
    far = pair.replace(label_distance=2.0)
    assert far.draw(5, 0, rngs=[np.random.default_rng(1)]).known["joint_w1.law"] == pytest.approx(0.2)


def test_frequencies_weigh_the_classes():
    rings = RoundClasses(weights=(1.0, 3.0))
    moved = rings.replace(components=(rings.components[0], RoundComponent(centre=(0.0, 0.0), radius=0.25)))
    assert LabelledPair(first=rings, second=moved, label_distance=1.0).distance == pytest.approx(0.75 * 0.25)


@pytest.mark.parametrize(("make", "message"), [
    (lambda: TurnedPolygon(corners=4, angle=1.0), "angle must be at most 0.785398, half of that between the 4 corners"),
    (lambda: LabelledPair(first=circles(0.1, 0.0, 1.0), second=RoundClasses(weights=(1.0, 2.0)), label_distance=1.0),
     "the same number of classes, frequencies and embedding"),
    (lambda: LabelledPair(first=RoundClasses(), second=RoundClasses(noise=IsotropicNoise(scale=0.1)),
                          label_distance=1.0), "no noise"),
    (lambda: LabelledPair(first=circles(0.1, 0.0, 1.0), second=circles(0.1, 0.05, 1.0), label_distance=1.0),
     "components must not meet"),
    (lambda: Zigzag(cells=2).draw(0, 0, rngs=[np.random.default_rng(1)]), "n_paired"),
])
def test_what_is_no_pair_is_refused_in_one_line(make, message):
    with pytest.raises(ValueError, match=message) as refused:
        make()
    assert "\n" not in str(refused.value)
