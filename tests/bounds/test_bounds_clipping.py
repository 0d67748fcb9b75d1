"""A5.clipped, A5.linear, A5.recall, A5.tail and A6 against independent solvers, where they are attained, and false."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.optimize import linprog, minimize
from scipy.spatial.distance import cdist

from lsdm_stats.bounds import ClippingBound, DroppedTerm, FidelityBound, TailBound
from lsdm_stats.latents import clip_to_training

PRICES = ("latent", "marginal", "twice")


def excess(measured, bound, numbers):
    total = float(bound.evaluate(numbers).total)
    return (measured - total) / max(1.0, total)


def program(first, second, between_conditions=0.0):
    """W1 of equal masses on points, conditions added, by linear programming."""
    n, m = len(first), len(second)
    cost = cdist(first, second) + between_conditions
    constraints = np.vstack([np.kron(np.eye(n), np.ones(m)), np.kron(np.ones(n), np.eye(m))])
    solved = linprog(cost.ravel(), A_eq=constraints, b_eq=np.repeat([1 / n, 1 / m], [n, m]), method="highs")
    assert solved.success
    return float(solved.fun)


def length(vectors):
    return np.linalg.norm(vectors, axis=1)


def clip(points, known, radius):
    """By hand: each point pulled along the line to its nearest known point until it is near enough."""
    anchors = known[np.argmin(cdist(points, known), axis=1)]
    distances = length(points - anchors)
    share = np.where(distances > radius, radius / np.maximum(distances, 1e-300), 1.0)[:, None]
    return anchors + share * (points - anchors), anchors, distances


def terms(latents, encode, decode, conditions, responses, training, project, radius):
    """Every number of A6 of generated latents with the conditions of the responses, and what they bound."""
    known = encode(training)
    clipped, anchors, distances = clip(latents, known, radius)
    moved = length(clipped - anchors)
    decoded = length(decode(clipped) - decode(anchors))
    rebuilt = decode(known)
    between = cdist(conditions, conditions)

    def far(points):
        return float(length(points - project(points)).max())

    return {
        "measured": far(decode(clipped)),
        "unclipped": far(decode(latents)),
        "clipped_latent_w1": program(clipped, encode(responses), between),
        "latent_w1": program(latents, encode(responses), between),
        "clip_radius": radius,
        "clip_modulus": float((decoded[moved > 0] / moved[moved > 0]).max(initial=0.0)),
        "clip_excess": float(np.maximum(distances - radius, 0).mean()),
        "training.distance_to_manifold.max": far(rebuilt),
        "training.reconstruction.max": float(length(training - rebuilt).max()),
        "training.noise.max": far(training),
        "training_latent_w1": program(latents, known),
        "training_encoded_w1": program(encode(responses), known),
    }


def on_sphere(points):
    return points / np.linalg.norm(points, axis=1, keepdims=True)


def on_subspace(points):
    return points * (np.arange(points.shape[1]) < (points.shape[1] + 1) // 2)


def on_cloud(points):
    cloud = np.random.default_rng(3).normal(size=(5, points.shape[1]))
    return cloud[np.argmin(cdist(points, cloud), axis=1)]


@pytest.fixture(scope="module")
def found(laws):
    """The numbers of 300 of the random laws with equal masses: three sets M, radii from 0 to large, 1 to 6 responses.

    Training responses are others than those tested; some are the same.
    """
    rng = np.random.default_rng(20261121)
    cases = []
    for place, law in enumerate(laws[:300]):
        training = rng.normal(size=(int(rng.integers(1, 7)), law.y.shape[1]))
        training[0] = law.y[0]
        radius = float(rng.choice([0.0, 0.1, 0.5, 3.0]))
        project = (on_sphere, on_subspace, on_cloud)[place % 3]
        cases.append(terms(law.latents, law.encode, law.decode, law.x, law.y, training, project, radius))
    return cases


@pytest.mark.parametrize(("form", "measured"), [
    ("geometry", "measured"), ("reconstruction", "measured"), *((form, "clipped_latent_w1") for form in PRICES)])
def test_clipping_is_never_violated(form, measured, found):
    """0 violations in 300 random laws, tolerance 1e-8."""
    assert max(excess(case[measured], ClippingBound(form=form), case) for case in found) <= 1e-8


def test_the_random_laws_are_a_test(found):
    """Without clipping, without the radius or without the price the bounds are false in many of them."""
    unclipped = [excess(case["unclipped"], ClippingBound(), case) > 1e-8 for case in found]
    assert sum(unclipped) > 50
    for form, term, measured in (("geometry", "radius", "measured"), ("latent", "moved", "clipped_latent_w1")):
        control = DroppedTerm(bound=ClippingBound(form=form), term=term)
        assert sum(excess(case[measured], control, case) > 1e-8 for case in found) > 20


@pytest.mark.parametrize("radius", [0.0, 0.2, 1.0, 5.0])
def test_no_point_within_the_radius_is_nearer(radius):
    """Clipped points are where the package puts them, and what a numerical minimisation over all balls finds."""
    rng = np.random.default_rng(7)
    known, points = rng.normal(size=(5, 2)), 3 * rng.normal(size=(12, 2))
    clipped, _, distances = clip(points, known, radius)
    assert np.allclose(clip_to_training(points[None], known[None], radius=radius)[0], clipped, atol=1e-12)
    assert length(points - clipped) == pytest.approx(np.maximum(distances - radius, 0), abs=1e-12)
    for point, distance in zip(points[:4], distances[:4], strict=True):
        angles = np.linspace(0, 2 * np.pi, 721)
        circle = radius * np.stack([np.cos(angles), np.sin(angles)], axis=1)
        rims = (known[:, None] + circle).reshape(-1, 2)
        assert length(rims - point).min() >= distance - radius - 1e-9
        best = minimize(lambda z, point=point: np.sum((z - point) ** 2), known[np.argmin(length(known - point))],
                        constraints={"type": "ineq", "fun": lambda z: radius**2 - ((known - z) ** 2).sum(1).min()})
        assert np.sqrt(best.fun) == pytest.approx(max(distance - radius, 0), abs=1e-3)


@pytest.fixture
def upright():
    """M = the first axis, D(z) = (0, z), E(y) = y_2: a decoder across M; training latents 0 and 3, radius 1 / 2."""
    def encode(points):
        return points[:, 1:]

    def decode(latents):
        return np.hstack([0 * latents, latents])

    responses = np.array([[0.0, 1.0], [0.0, 2.0]])
    return terms(np.array([[9.0], [4.0]]), encode, decode, np.zeros((2, 1)), responses,
                 np.array([[0.0, 0.0], [0.0, 3.0]]), lambda points: points * [1.0, 0.0], 0.5)


@pytest.mark.parametrize("form", ["geometry", "reconstruction"])
def test_a_decoder_across_the_manifold_attains_both_geometric_forms(form, upright):
    assert upright["measured"] == pytest.approx(3.5)
    assert upright["unclipped"] == pytest.approx(9.0)
    assert float(ClippingBound(form=form).evaluate(upright).total) == pytest.approx(3.5)
    assert excess(3.5 + 1e-6, ClippingBound(form=form), upright) > 1e-8
    assert excess(upright["unclipped"], ClippingBound(form=form), upright) > 1
    assert excess(3.5, DroppedTerm(bound=ClippingBound(form=form), term="radius"), upright) > 0.1


def test_noise_of_training_responses_counts_in_the_reconstruction_form():
    """Perfect reconstruction of noisy responses: without the noise the form would say that they lie on M."""
    numbers = {"training.reconstruction.max": 0.0, "training.noise.max": 0.3, "clip_modulus": 1.0, "clip_radius": 0.0}
    assert excess(0.3, ClippingBound(form="reconstruction"), numbers) == pytest.approx(0.0, abs=1e-12)
    control = DroppedTerm(bound=ClippingBound(form="reconstruction"), term="noise")
    assert excess(0.3, control, numbers) > 1e-8


@pytest.mark.parametrize(("generated", "training", "encoded", "radius", "attained"), [
    (1.0, 0.0, 2.0, 0.0, ("latent", "marginal")),
    (1.0, 0.0, 2.0, 0.25, ("latent",)),
    (1.0, 0.0, 1.0, 0.0, ("latent", "marginal", "twice")),
])
def test_moving_away_attains_the_price(generated, training, encoded, radius, attained):
    """Single latents on a line, clipped in the direction away from the encoded one."""
    clipped = training + radius
    numbers = {
        "latent_w1": abs(generated - encoded), "clip_excess": abs(generated - training) - radius,
        "training_latent_w1": abs(generated - training), "training_encoded_w1": abs(training - encoded),
    }
    for form in PRICES:
        slack = -excess(encoded - clipped, ClippingBound(form=form), numbers)
        assert slack == pytest.approx(0, abs=1e-12) if form in attained else slack > 0.1


@pytest.mark.parametrize("offset", [0.3, 0.05, 0.001])
def test_clipping_can_double_the_latent_distance(offset):
    """Labels far apart with latents 0 and 2, generated ones just beyond the middle: each is clipped to the other's."""
    conditions, encoded = np.array([[0.0], [100.0]]), np.array([[0.0], [2.0]])
    latents = np.array([[1.0 + offset], [1.0 - offset]])
    numbers = terms(latents, lambda y: y, lambda z: z, conditions, encoded, encoded, lambda y: y, 0.0)
    assert numbers["training_encoded_w1"] == pytest.approx(0, abs=1e-12)
    assert numbers["latent_w1"] == pytest.approx(1 + offset)
    assert numbers["clipped_latent_w1"] == pytest.approx(2.0)
    assert excess(2.0, ClippingBound(form="twice"), numbers) <= 1e-8
    once = {**numbers, "latent_w1": numbers["latent_w1"] / 2}
    assert excess(2.0, ClippingBound(form="twice"), once) > 1e-8


latent_lists = st.lists(st.floats(-20, 20), min_size=4, max_size=4)


@given(latent_lists, latent_lists, latent_lists, st.floats(0, 5))
def test_prices_hold_on_the_line(generated, encoded, training, radius):
    """W1 by sorting; no conditions."""
    g, z, known = (np.array(values)[:, None] for values in (generated, encoded, training))
    clipped, _, distances = clip(g, known, radius)

    def w1(first, second):
        return float(np.abs(np.sort(first[:, 0]) - np.sort(second[:, 0])).mean())

    numbers = {"latent_w1": w1(g, z), "clip_excess": float(np.maximum(distances - radius, 0).mean()),
               "training_latent_w1": w1(g, known), "training_encoded_w1": w1(z, known)}
    totals = [float(ClippingBound(form=form).evaluate(numbers).total) for form in PRICES]
    assert w1(clipped, z) <= totals[0] + 1e-9
    assert totals[0] <= totals[1] + 1e-9 <= totals[2] + 2e-9


@pytest.mark.parametrize("seed", range(20))
def test_latents_near_known_ones_decode_near_the_manifold(seed):
    """A5.clipped with the norm of a random network's matrices as its Lipschitz constant; Z0 a finite set."""
    rng = np.random.default_rng(seed)
    inner, outer = rng.normal(size=(2, 6)), rng.normal(size=(6, 3))
    known = rng.normal(size=(4, 2))
    latents = known[rng.integers(4, size=50)] + rng.uniform(-0.3, 0.3, size=(50, 2))
    numbers = {"decoder_lipschitz": np.linalg.norm(inner, 2) * np.linalg.norm(outer, 2),
               "anchor_radius": cdist(latents, known).min(axis=1).max()}

    def far(points):
        decoded = np.tanh(points @ inner) @ outer
        return float(np.abs(np.linalg.norm(decoded, axis=1) - 1).max())

    assert excess(far(latents), ClippingBound(form="clipped"), {**numbers, "anchor_distance": far(known)}) <= 1e-8


def test_a_linear_decoder_attains_the_clipped_form():
    numbers = {"anchor_distance": 3.0, "decoder_lipschitz": 2.0, "anchor_radius": 0.5}
    assert excess(4.0, ClippingBound(form="clipped"), numbers) == pytest.approx(0.0, abs=1e-12)
    assert excess(4.0, DroppedTerm(bound=ClippingBound(form="clipped"), term="radius"), numbers) > 0.1


def linear_case(rng, k, d, q):
    """A random affine subspace and decoder: the mean distance to it of generated points, and the numbers of A5.linear.

    The largest sine is found as the largest distance to V of a unit vector of the decoder's range, on many of them.
    """
    across = np.eye(q) - (basis := np.linalg.qr(rng.normal(size=(q, d)))[0]) @ basis.T
    columns, centre, origin = np.linalg.qr(rng.normal(size=(q, k)))[0], rng.normal(size=q), rng.normal(size=q)
    g, z = rng.normal(size=(8, k)) * rng.uniform(0.1, 3), rng.normal(size=(8, k))
    sine = np.sqrt(np.linalg.eigvalsh(columns.T @ across @ columns)[-1].clip(0))
    numbers = {"centre_distance": float(np.linalg.norm(across @ (centre - origin))), "sin_theta": float(sine),
               "encoded_norm": float(length(z).mean()), "marginal_latent_w1": program(g, z)}
    return float(length((centre + g @ columns.T - origin) @ across).mean()), numbers


@pytest.mark.parametrize(("k", "d", "q"), [(1, 1, 2), (2, 2, 5), (1, 3, 4), (3, 2, 6)])
def test_linear_decoders_never_violate_it(k, d, q):
    """0 violations in 50 random cases for each; sin Theta is 1 where the latent space has more dimensions than M."""
    rng = np.random.default_rng(k + 10 * d + 100 * q)
    for _ in range(50):
        measured, numbers = linear_case(rng, k, d, q)
        assert excess(measured, FidelityBound(form="linear"), numbers) <= 1e-8
        if k > d:
            assert numbers["sin_theta"] == pytest.approx(1.0)


@pytest.mark.parametrize("angle", [0.0, 0.1, 1.0, np.pi / 2])
def test_a_line_at_an_angle_attains_the_linear_form(angle):
    """M the first axis, D(z) = z (cos, sin), E(Y) = 1 and 2, G = E(Y) + 3: all three steps are equalities."""
    numbers = {"centre_distance": 0.0, "sin_theta": np.sin(angle), "encoded_norm": 1.5, "marginal_latent_w1": 3.0}
    measured = np.sin(angle) * np.mean([4.0, 5.0])
    assert excess(measured, FidelityBound(form="linear"), numbers) == pytest.approx(0.0, abs=1e-12)
    if angle:
        control = DroppedTerm(bound=FidelityBound(form="linear"), term="transport")
        assert excess(measured, control, numbers) > 1e-8


@pytest.mark.parametrize("seed", range(10))
def test_recall_is_never_worse_than_w1(seed):
    rng = np.random.default_rng(seed)
    generated, responses = rng.normal(size=(7, 2)), rng.normal(size=(9, 2)) + rng.normal(size=2)
    numbers = {"response_w1": program(generated, responses)}
    recall = float(cdist(responses, generated).min(axis=1).mean())
    assert excess(recall, FidelityBound(form="recall"), numbers) <= 1e-8


def test_one_generated_point_attains_recall_and_has_perfect_fidelity():
    """Responses evenly on the unit circle, one point of it generated: fidelity error 0, recall error 4 / pi."""
    angles = 2 * np.pi * (np.arange(400) + 0.5) / 400
    responses = np.stack([np.cos(angles), np.sin(angles)], axis=1)
    generated = np.array([[1.0, 0.0]])
    recall = float(cdist(responses, generated).min(axis=1).mean())
    w1 = program(generated, responses)
    assert recall == pytest.approx(w1) == pytest.approx(4 / np.pi, rel=1e-4)
    assert excess(recall, FidelityBound(form="recall"), {"response_w1": w1}) == pytest.approx(0.0, abs=1e-9)
    assert excess(recall, FidelityBound(form="recall"), {"response_w1": w1 / 2}) > 0.1


@given(st.lists(st.floats(0, 100), min_size=1, max_size=20), st.floats(0.01, 50))
def test_tails_are_never_violated(distances, threshold):
    share = float(np.mean(np.array(distances) > threshold))
    numbers = {"distance_to_manifold": float(np.mean(distances))}
    assert excess(share, TailBound(threshold=threshold), numbers) <= 1e-8


def test_two_distances_nearly_attain_the_tail():
    """A fifth of the points just beyond the threshold, the rest on M."""
    numbers = {"distance_to_manifold": 0.2 * 0.5 * (1 + 1e-9)}
    assert excess(0.2, TailBound(threshold=0.5), numbers) == pytest.approx(0.0, abs=1e-8)
    assert excess(0.2, TailBound(threshold=0.5), {"distance_to_manifold": 0.09}) > 1e-3


@pytest.mark.parametrize(("make", "message"), [
    (lambda: ClippingBound(form="nearest"), "ClippingBound: form"),
    (lambda: FidelityBound(form="tails"), "FidelityBound: form"),
    (lambda: TailBound(threshold=0.0), "TailBound: threshold"),
], ids=["clipping", "fidelity", "tail"])
def test_what_is_wrong_is_refused_in_one_line(make, message):
    with pytest.raises(ValueError, match=message) as refused:
        make()
    assert "\n" not in str(refused.value)
