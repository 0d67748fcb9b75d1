"""Every bound as an object: its words, its sums, its monotonicity, its refusals."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lsdm_stats.bounds import CATALOGUE, Bound, BoundValue, DroppedTerm, MasterBound, Term, Theorem

EVERY = pytest.mark.parametrize("bound", CATALOGUE, ids=lambda bound: bound.label)
BY_HAND = {
    "A1.reconstructed": {"reconstructed_joint_w1": 0.5, "reconstruction": 0.25},
    "A1.pushed": {"pushed_cost": 0.5, "reconstruction": 0.25},
    "A1.weighted": {"weighted_latent_w1": 0.5, "reconstruction": 0.25},
    "A2.plan_weighted": {"weighted_plan_cost": 0.5, "reconstruction": 0.25},
    "A2.plan": {"plan_modulus": 0.5, "latent_w1": 0.5, "reconstruction": 0.25},
    "A1.cross": {"cross_modulus": 2.0, "latent_w1": 0.25, "reconstruction": 0.25},
    "A3.latent": {"joint_w1": 0.75},
    "A3.reconstruction": {"joint_w1": 0.75},
    "A3.upper": {"latent_w1": 0.5, "reconstruction": 0.25},
    "A3.converse": {"encoder_modulus": 2.0, "joint_w1": 0.25, "cycle_error": 0.25},
    "A4.joint": {"conditional_w1": 0.75},
    "A4.conditional": {"joint_w1": 0.5, "diameter": 0.5, "conditional_lipschitz": 0.25, "condition_dim": 2.0},
    "A4.one_window": {"joint_w1": 0.5, "conditional_lipschitz": 0.5, "condition_spread": 0.25},
    "A4.labels": {"joint_w1": 0.5, "label_ratio": 1.5},
    "A5.ambient": {"distance_to_manifold.response": 0.5, "response_w1": 0.25},
    "A5.latent": {"distance_to_manifold.response": 0.25, "cross_modulus": 0.5, "marginal_latent_w1": 0.5,
                  "reconstruction": 0.25},
    "A5.reconstruction": {"distance_to_manifold.response": 0.5, "reconstruction": 0.25},
    "A5.decoder": {"distance_to_manifold.reconstruction": 0.5, "distance_modulus": 0.5, "marginal_latent_w1": 0.5},
    "C1.distance": {"mean": 0.75, "transport_constant": 0.0, "other_transport_constant": 0.0},
    "C1.pairs": {"mean": 0.75, "transport_constant": 0.0, "other_transport_constant": 0.0},
    "C2": {"mean_square_distance": 150.0, "other_mean_square_distance": 75.0},
    "C2.pairs": {"mean_square_distance": 100.0, "other_mean_square_distance": 25.0},
    "C7.above": {"distance": 0.5, "reference_error": 0.25},
    "C7.below": {"reference_distance": 0.75},
    "C7.fixed": {"reference_distance": 0.5, "reference_error": 0.25},
    "C3": {"estimate": 0.75},
    "C4": {"certified": 0.75},
    "C5": {"distance": 0.75},
    "D1.a_priori": {"approximation": 0.125, "optimisation_error": 0.125, "encoder_lipschitz": 2.0,
                    "pairs_error": 0.0625, "generator_error": 0.125},
    "D1.a_posteriori": {"training_loss": 0.125, "encoder_lipschitz": 2.0, "pairs_error": 0.25,
                        "generator_error": 0.125},
    "D2.uniform": {"training_reconstruction": 0.25, "residual_lipschitz": 2.0, "responses_error": 0.25},
    "D2.shift": {"training_reconstruction": 0.25, "residual_lipschitz": 2.0, "responses_error": 0.125,
                 "unpaired_share": 0.5, "shift": 0.25},
    "D2.holdout": {"holdout_reconstruction": 0.75},
    "D2.pca": {"tail_variance": 0.0625, "projection_rank": 2.0, "covariance_error": 0.25},
    "D2.pca_gap": {"tail_variance": 0.0625, "inverse_gap": 4.0, "covariance_error": 0.25},
    "D3.a_priori": {"decoder_lipschitz": 2.0, "approximation": 0.0625, "optimisation_error": 0.0625,
                    "encoder_lipschitz": 0.5, "pairs_error": 0.03125, "generator_error": 0.03125,
                    "training_reconstruction": 0.125, "residual_lipschitz": 0.5, "responses_error": 0.25},
    "D3.a_posteriori": {"decoder_lipschitz": 2.0, "training_loss": 0.0625, "encoder_lipschitz": 2.0,
                        "pairs_error": 0.0625, "generator_error": 0.0625, "holdout_reconstruction": 0.25},
    "D3.pushed": {"pushed_cost": 0.5, "reconstruction": 0.25},
    "D4": {"approximation": 0.125, "optimisation_error": 0.125, "pairs_error": 0.125, "generator_error": 0.125},
    "A5.linear": {"centre_distance": 0.25, "sin_theta": 0.5, "encoded_norm": 0.5, "marginal_latent_w1": 0.5},
    "A5.recall": {"response_w1": 0.75},
    "A5.tail": {"distance_to_manifold": 0.75},
    "A5.clipped": {"anchor_distance": 0.25, "decoder_lipschitz": 2.0, "anchor_radius": 0.25},
    "A6.geometry": {"training.distance_to_manifold.max": 0.25, "clip_modulus": 2.0, "clip_radius": 0.25},
    "A6.reconstruction": {"training.reconstruction.max": 0.125, "training.noise.max": 0.125, "clip_modulus": 2.0,
                          "clip_radius": 0.25},
    "A6.latent": {"latent_w1": 0.5, "clip_excess": 0.25},
    "A6.marginal": {"latent_w1": 0.5, "training_latent_w1": 0.25},
    "A6.twice": {"latent_w1": 0.25, "training_encoded_w1": 0.25},
    "A6.sample": {"training.reconstruction.max": 0.25, "residual_lipschitz": 2.0, "covering_radius": 0.25},
    "A6.mean": {"residual_lipschitz": 1.0, "reconstruction": 0.140625},
    "E1.path": {"flow.path.start": 0.25, "flow.path.error": 0.25, "flow.end": 0.125, "flow.path.numerical": 0.125},
    "E1.sup": {"flow.sup.start": 0.25, "flow.sup.error": 0.25, "flow.end": 0.125, "flow.sup.numerical": 0.125},
    "E1.path_w2": {"flow.path.start_rms": 0.25, "flow.path.error_rms": 0.25, "flow.end_rms": 0.125,
                   "flow.path.numerical_rms": 0.125},
    "E1.sup_w2": {"flow.sup.start_rms": 0.25, "flow.sup.error_rms": 0.25, "flow.end_rms": 0.125,
                  "flow.sup.numerical_rms": 0.125},
    "E1.joint": {"decoder_modulus": 2.0, "flow.path.start": 0.0625, "flow.path.error": 0.0625, "flow.end": 0.0625,
                 "flow.path.numerical": 0.0625, "reconstruction": 0.25},
    "E1.steps": {"steps.path.start": 0.25, "steps.path.error": 0.25, "steps.end": 0.25},
    "E1.steps_sup": {"steps.sup.start": 0.25, "steps.sup.error": 0.25, "steps.end": 0.25},
    "E2.sde": {"score.sde.start": 0.25, "score.sde.error": 0.25, "score.end": 0.25},
    "E2.ode": {"score.ode.start": 0.25, "score.ode.error": 0.25, "score.end": 0.25},
    "E3.kl": {"score.start_divergence": 0.25, "score.loss": 0.5},
    "E3.tv": {"score.start_divergence": 0.125, "score.loss": 1.0},
    "E3.projected": {"score.end": 0.25, "support_diameter": 2.0, "score.start_divergence": 0.0625,
                     "score.loss": 0.0625},
    "A5.error": {"distance_to_manifold.reconstruction": 0.5, "error_modulus": 0.5, "marginal_latent_w1": 0.5},
}


def numbers_of(bound: Bound, values) -> dict[str, object]:
    return dict(zip(bound.inputs, values, strict=False))


def test_every_bound_is_worked_out_by_hand():
    assert set(BY_HAND) == {bound.label for bound in CATALOGUE}
    for bound in CATALOGUE:
        assert set(bound.inputs) == set(BY_HAND[bound.label])
        assert float(bound.evaluate(BY_HAND[bound.label]).total) == 0.75, bound.label


def test_labels_titles_and_digests_are_distinct():
    for attribute in ("label", "title", "digest"):
        assert len({getattr(bound, attribute) for bound in CATALOGUE}) == len(CATALOGUE)


@EVERY
def test_words_are_there(bound):
    assert "<=" in bound.statement
    assert "\n" not in bound.statement
    assert bound.assumptions
    assert "docs/theory.md" in bound.tag
    assert len(bound.inputs) == len(set(bound.inputs)) > 0


@EVERY
def test_total_is_the_sum_of_its_terms_elementwise(bound):
    rng = np.random.default_rng(1)
    numbers = numbers_of(bound, rng.uniform(0, 3, (9, 7)))
    value = bound.evaluate(numbers)
    assert isinstance(value, BoundValue)
    assert value.total.shape == (7,)
    assert np.array_equal(value.total, sum(value.terms.values()))
    one_by_one = [float(bound.evaluate({name: column[r] for name, column in numbers.items()}).total) for r in range(7)]
    assert value.total.tolist() == pytest.approx(one_by_one)
    mixed = bound.evaluate({**numbers, bound.inputs[-1]: 1.0, "unrelated": np.nan})
    assert mixed.total.shape == ((7,) if len(bound.inputs) > 1 else ())


@EVERY
@given(st.lists(st.floats(0, 1e6), min_size=9, max_size=9), st.integers(0, 8), st.floats(0, 1e6))
def test_bounds_do_not_decrease_in_any_input(bound, values, raised, more):
    """What makes it right to enter the upper end of a certificate."""
    before = numbers_of(bound, values)
    name = bound.inputs[raised % len(bound.inputs)]
    after = {**before, name: before[name] + more}
    assert bound.evaluate(after).total >= bound.evaluate(before).total


@EVERY
@pytest.mark.parametrize("bad", [np.nan, -1e-3, np.inf, np.array([0.1, np.nan])])
def test_bad_numbers_are_refused_in_one_line(bound, bad):
    for name in bound.inputs:
        with pytest.raises(ValueError, match=rf"{name} must be finite and at least 0; got") as refused:
            bound.evaluate({**numbers_of(bound, np.ones(9)), name: bad})
        assert "\n" not in str(refused.value)


@EVERY
def test_missing_numbers_are_refused_by_name(bound):
    with pytest.raises(ValueError, match=f"must be given .*; got no .*{bound.inputs[0]}"):
        bound.evaluate({})


def test_shapes_that_do_not_match_are_refused():
    with pytest.raises(ValueError, match="must have one value per replicate; got pushed_cost"):
        MasterBound().evaluate({"pushed_cost": np.ones(3), "reconstruction": np.ones(2)})


def test_an_unknown_form_is_refused_in_one_line():
    with pytest.raises(ValueError, match="MasterBound: form") as refused:
        MasterBound(form="sharpest")
    assert "\n" not in str(refused.value)


def test_a_dropped_term_is_left_out_and_says_so():
    whole = MasterBound(form="plan")
    control = DroppedTerm(bound=whole, term="reconstruction")
    assert control.inputs == ("plan_modulus", "latent_w1")
    assert float(control.evaluate({"plan_modulus": 3.0, "latent_w1": 0.5}).total) == 1.5
    assert control.label == "A2.plan without reconstruction"
    assert "false" in control.tag
    assert control != DroppedTerm(bound=MasterBound(form="pushed"), term="reconstruction")


@pytest.mark.parametrize("term", ["reconstructoin", ""])
def test_a_term_that_is_not_there_cannot_be_dropped(term):
    message = rf"term must be one of '\w+', '\w+' \(the terms of A1\.pushed\); got '{term}'; choose one$"
    with pytest.raises(ValueError, match=message):
        DroppedTerm(bound=MasterBound(), term=term)


def test_the_only_term_cannot_be_dropped():
    only = next(bound for bound in CATALOGUE if bound.label == "A3.latent")
    with pytest.raises(ValueError, match=r"bound must have two terms or more; A3\.latent has 'joint'; choose another"):
        DroppedTerm(bound=only, term="joint")


def test_a_bound_of_ones_own_needs_a_theorem_only():
    class Doubled(Bound):
        @property
        def theorem(self):
            terms = (Term("twice", ("latent_w1",), lambda distance: 2 * distance),)
            return Theorem("X1", "doubled", "joint W1 <= 2 * latent W1", ("none",), "an example", terms)

    assert float(Doubled().evaluate({"latent_w1": 0.25}).total) == 0.5
    assert not Bound.__abstractmethods__ - {"theorem"}
