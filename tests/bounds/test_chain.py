"""The chain A1, A2 and the converse A3 on random discrete laws, on tight cases and on the counterexample of A2."""

from __future__ import annotations

from typing import get_args

import numpy as np
import pytest

from lsdm_stats.bounds import ConverseBound, DroppedTerm, MasterBound, MasterForm, PCASandwich

FORMS = get_args(MasterForm)
FORMS_BY_PLAN = ("reconstructed", "pushed", "plan_weighted", "plan", "cross")
SIDES = {"latent": "latent_w1", "reconstruction": "reconstruction", "upper": "joint_w1"}


def excess(bound, measured, numbers):
    """Measured minus bound, relative to max(1, bound)."""
    total = float(bound.evaluate(numbers).total)
    return (numbers[measured] - total) / max(1.0, total)


@pytest.fixture(scope="module")
def measured(laws):
    return [law.numbers() for law in laws]


@pytest.mark.parametrize("form", FORMS)
def test_master_bound_is_never_violated(form, measured):
    """0 violations in 1,280 random laws with random nonlinear maps, tolerance 1e-8."""
    assert max(excess(MasterBound(form=form), "joint_w1", numbers) for numbers in measured) <= 1e-8


def test_converse_is_never_violated(measured):
    assert max(excess(ConverseBound(), "latent_w1", numbers) for numbers in measured) <= 1e-8


def test_the_forms_are_ordered_as_the_chain_says(measured):
    for numbers in measured:
        total = {form: float(MasterBound(form=form).evaluate(numbers).total) + 1e-9 for form in FORMS}
        for line in (FORMS_BY_PLAN, ("reconstructed", "weighted", "cross")):
            values = [total[form] for form in line]
            assert np.all(np.diff(values) >= -2e-8 * max(1.0, values[-1])), line


def test_the_bound_is_of_use(measured):
    """Not only true: in the median of all random laws the pushed form is below three times what it bounds."""
    ratios = [float(MasterBound().evaluate(numbers).total) / numbers["joint_w1"] for numbers in measured]
    assert np.median(ratios) < 3


@pytest.mark.parametrize("form", FORMS)
def test_master_bound_is_attained_by_a_shift_and_flags_anything_less(form, make_law):
    """G = E(Y) + v with the identity as decoder: joint W1 = |v| in every form, R = 0."""
    y = np.array([[0.0, 0.0], [5.0, 1.0], [-3.0, 4.0]])
    x = np.array([[0.0], [10.0], [20.0]])
    shifted = y + np.array([0.3, 0.4])
    numbers = make_law(x, shifted, x, y, np.array, np.array).numbers()
    assert excess(MasterBound(form=form), "joint_w1", numbers) == pytest.approx(0.0, abs=1e-12)
    assert excess(MasterBound(form=form), "joint_w1", {**numbers, "joint_w1": 0.5 + 1e-6}) > 1e-8


@pytest.mark.parametrize("form", FORMS)
def test_master_bound_is_attained_by_pure_reconstruction_error(form, make_law):
    """G = E(Y), D drops a coordinate of sizes 1, 2, 3: joint W1 = R = 2, and without R the bound is 0."""
    y = np.array([[0.0, 1.0], [50.0, -2.0], [100.0, 3.0]])
    x = np.zeros((3, 1))
    law = make_law(x, y[:, :1], x, y, lambda points: points[:, :1], lambda z: np.hstack([z, np.zeros_like(z)]))
    numbers = law.numbers()
    assert numbers["joint_w1"] == pytest.approx(2.0)
    assert excess(MasterBound(form=form), "joint_w1", numbers) == pytest.approx(0.0, abs=1e-12)
    control = DroppedTerm(bound=MasterBound(form=form), term="reconstruction")
    assert float(control.evaluate(numbers).total) == pytest.approx(0.0, abs=1e-12)
    assert excess(control, "joint_w1", numbers) > 1e-8


def test_a_plan_modulus_inside_the_weighted_distance_is_wrong(make_law):
    """The two-atom counterexample of A2: modulus 0 on the plan, weighted W1 = 0, R = 0, and yet joint W1 = 1."""
    x = np.array([[0.0], [1.0]])
    latents, y = np.array([[0.0], [10.0]]), np.array([[1.0], [0.0]])
    law = make_law(x, latents, x, y, lambda points: np.where(points > 0.5, 10.1, 0.1), lambda z: (z > 5).astype(float))
    numbers = law.numbers()
    assert numbers["joint_w1"] == pytest.approx(1.0)
    assert numbers["plan_modulus"] == 0.0
    assert numbers["reconstruction"] == 0.0
    wrong = law.w1(0.0 * latents, 0.0 * law.encoded)[0]
    assert wrong == 0.0
    assert excess(MasterBound(form="weighted"), "joint_w1", {**numbers, "weighted_latent_w1": wrong}) > 0.9
    assert float(MasterBound(form="plan_weighted").evaluate(numbers).total) == pytest.approx(1.0)
    assert float(MasterBound(form="plan").evaluate(numbers).total) == pytest.approx(1.1)
    assert excess(MasterBound(form="weighted"), "joint_w1", numbers) <= 1e-8


@pytest.mark.parametrize(("side", "left"), SIDES.items())
def test_sandwich_is_never_violated_by_orthonormal_stages(side, left, orthonormal_laws):
    assert max(excess(PCASandwich(side=side), left, law.numbers()) for law in orthonormal_laws) <= 1e-8


def test_orthonormal_stages_satisfy_pythagoras_exactly(orthonormal_laws):
    """A3: W2² of the joint laws (Euclidean metric) = W2² of the latent laws + mean squared reconstruction error."""
    for law in orthonormal_laws:
        squared = float(law.masses @ ((law.y - law.rebuilt) ** 2).sum(axis=1))
        joint, latent = law.w1(law.generated, law.y, power=2)[0], law.w1(law.latents, law.encoded, power=2)[0]
        assert joint == pytest.approx(latent + squared, rel=1e-10)


@pytest.mark.parametrize("form", ["pushed", "plan", "cross", "weighted"])
def test_without_reconstruction_the_chain_is_false_for_every_orthonormal_stage(form, orthonormal_laws):
    """A3.strict: flagged in 100 % of the laws whose reconstruction error is not 0, however good the fit is."""
    control = DroppedTerm(bound=MasterBound(form=form), term="reconstruction")
    for law in orthonormal_laws:
        assert excess(control, "joint_w1", law.numbers()) > 1e-8


def test_the_strict_converse_is_never_violated(orthonormal_laws):
    """A3.strict: joint W1 >= latent W1 + R² / (2 joint W1 + R); its gap is far above the tolerance of a verdict."""
    gaps = []
    for law in orthonormal_laws:
        numbers = law.numbers()
        joint, error = numbers["joint_w1"], numbers["reconstruction"]
        gaps.append(error**2 / (2 * joint + error))
        assert joint >= numbers["latent_w1"] + gaps[-1] - 1e-12
    assert min(gaps) > 1e-4


def test_sandwich_sides_are_flagged_for_a_decoder_that_is_no_isometry(make_law):
    """A decoder that shrinks by 10 makes latent W1 ten times joint W1; one that stretches breaks the upper side."""
    x, y = np.zeros((2, 1)), np.array([[0.0], [1.0]])
    shrinking = make_law(x, 10 * y + 1, x, y, lambda points: 10 * points, lambda z: z / 10).numbers()
    assert excess(PCASandwich(side="latent"), "latent_w1", shrinking) > 1e-8
    stretching = make_law(x, y / 10 + 1, x, y, lambda points: points / 10, lambda z: 10 * z).numbers()
    assert excess(PCASandwich(side="upper"), "joint_w1", stretching) > 1e-8
    useless = {**stretching, "reconstruction": stretching["joint_w1"] + 1e-6}
    assert excess(PCASandwich(side="reconstruction"), "reconstruction", useless) > 1e-8
    # The converse knows the encoder's expansion and stays true.
    assert excess(ConverseBound(), "latent_w1", shrinking) <= 1e-8
    assert excess(ConverseBound(), "latent_w1", {**shrinking, "encoder_modulus": 1.0}) > 1e-8
