"""Metrics: closed forms, calibration by truth against truth, the chain on real fits."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import linear_sum_assignment
from scipy.spatial.distance import cdist

from lsdm_stats import (
    LSDM,
    PCA,
    Circle,
    Identity,
    IsotropicNoise,
    LinearGaussian,
    NearestNeighbours,
    SwissRoll,
    TrueChart,
    TrueConditional,
    streams,
)
from lsdm_stats.bounds import GeometryBound, MasterBound, PCASandwich
from lsdm_stats.images import ByClass
from lsdm_stats.metrics import (
    DistanceToManifold,
    Evaluation,
    Examples,
    GeometryModuli,
    JointW1,
    LatentW1,
    MarginalW1,
    ReconstructedJointW1,
    Reconstruction,
    WeightedLatentW1,
    draw_evaluation,
    evaluate,
)
from lsdm_stats.metrics.evaluation import Latents

ROLL = SwissRoll(ambient_dim=5, noise=IsotropicNoise(scale=0.05))


def data_rngs(source, replicates=2):
    return streams.data(3, source, replicates=range(replicates))


def fitted(method, source, n=60, m=40, replicates=2):
    data = source.draw(n, m, rngs=data_rngs(source, replicates))
    return method.fit(data, rngs=streams.fit(3, source, method, replicates=range(replicates)))


def evaluation_of(method, source, n_test=80):
    return draw_evaluation(fitted(method, source), source, n_test=n_test, rngs=data_rngs(source))


def shifted(evaluation: Evaluation, shift):
    return evaluation.with_generated(evaluation.responses + shift)


def test_a_common_shift_of_the_responses_moves_the_joint_w1_by_its_length():
    evaluation = evaluation_of(LSDM(latent=Identity(), matcher=TrueConditional(population=ROLL)), ROLL)
    shift = np.array([0.3, 0.0, 0.4, 0.0, 0.0])
    values = JointW1().evaluate(shifted(evaluation, shift))
    np.testing.assert_allclose(values["joint_w1"], 0.5, rtol=1e-9)
    assert (values["joint_w1.lower"] <= values["joint_w1"]).all()
    assert (values["joint_w1"] <= values["joint_w1.upper"]).all()


def test_truth_against_truth_is_what_two_samples_of_the_truth_give():
    calibration = evaluate(ROLL, ROLL, [JointW1(), DistanceToManifold()], n_test=150, rngs=data_rngs(ROLL))
    np.testing.assert_allclose(
        calibration["distance_to_manifold"], calibration["distance_to_manifold.response"], rtol=0.15
    )  # two means of 150 distances with coefficient of variation .4: 4.3 standard errors of their ratio
    evaluation = draw_evaluation(ROLL, ROLL, n_test=150, rngs=data_rngs(ROLL))
    for r, x in enumerate(evaluation.conditions):
        costs = cdist(x, x) + cdist(evaluation.generated[r], evaluation.responses[r])
        expected = costs[linear_sum_assignment(costs)].mean()
        assert calibration["joint_w1"][r] == pytest.approx(expected, rel=1e-9)


def test_the_oracle_of_both_stages_lies_on_the_manifold():
    method = LSDM(latent=TrueChart(population=ROLL), matcher=TrueConditional(population=ROLL))
    values = DistanceToManifold().evaluate(evaluation_of(method, ROLL))
    assert values["distance_to_manifold"].max() < 1e-9
    assert values["distance_to_manifold.reconstruction"].max() < 1e-9


def test_reconstruction_error_of_principal_components_is_the_missing_part():
    source = LinearGaussian(condition_dim=2, intrinsic_dim=3, ambient_dim=6)
    evaluation = evaluation_of(LSDM(latent=PCA(dim=2), matcher=NearestNeighbours()), source)
    space = fitted(LSDM(latent=PCA(dim=2), matcher=NearestNeighbours()), source).space
    outside = np.eye(6) - space.directions @ space.directions.transpose(0, 2, 1)
    expected = np.linalg.norm((evaluation.responses - space.centre) @ outside, axis=2).mean(axis=1)
    np.testing.assert_allclose(Reconstruction().evaluate(evaluation)["reconstruction"], expected, rtol=1e-10)


@pytest.mark.parametrize(
    "source",
    [ROLL, Circle(ambient_dim=4), LinearGaussian(intrinsic_dim=3, ambient_dim=5)],
    ids=lambda s: type(s).__name__,
)
def test_the_chain_holds_on_fits_and_the_sandwich_for_principal_components(source):
    evaluation = evaluation_of(LSDM(latent=PCA(dim=2), matcher=NearestNeighbours()), source)
    numbers = {}
    for metric in (JointW1(), ReconstructedJointW1(), LatentW1(), WeightedLatentW1(), Reconstruction()):
        numbers |= metric.evaluate(evaluation)
    for form in ("reconstructed", "pushed", "weighted", "plan_weighted", "plan", "cross"):
        assert (numbers["joint_w1"] <= np.asarray(MasterBound(form=form).evaluate(numbers).total) + 1e-8).all()
    np.testing.assert_allclose(numbers["pushed_cost"], numbers["latent_w1"], rtol=1e-8)  # an isometric decoder
    for side, measured in (("latent", "latent_w1"), ("reconstruction", "reconstruction"), ("upper", "joint_w1")):
        assert (numbers[measured] <= np.asarray(PCASandwich(side=side).evaluate(numbers).total) + 1e-8).all()


@given(st.integers(0, 10_000))
@settings(max_examples=25)
def test_every_bound_holds_for_arbitrary_encoders_and_decoders(seed):
    """The chain and A5 for nonlinear maps that were fitted to nothing."""
    rng = np.random.default_rng(seed)
    n, k = 25, int(rng.integers(1, 4))
    source = SwissRoll(ambient_dim=5)
    first, second = rng.normal(size=(5, k)), rng.normal(size=(k, 5))
    conditions, responses = source.held_out(n, rngs=[rng])

    def decode(z):
        return np.tanh(z @ second) * rng_scale

    rng_scale = rng.uniform(0.2, 2.0)
    encoded = np.sin(responses @ first)
    generated_latents = encoded[:, rng.permutation(n)] * rng.uniform(0.5, 1.5) + 0.1 * rng.normal(size=encoded.shape)
    evaluation = Evaluation(
        source,
        conditions,
        responses,
        decode(generated_latents),
        Latents(encoded, generated_latents, decode(encoded)),
        (None,),
        (),
    )
    numbers = {}
    for metric in (
        JointW1(),
        ReconstructedJointW1(),
        LatentW1(),
        WeightedLatentW1(),
        Reconstruction(),
        DistanceToManifold(),
        MarginalW1(),
        GeometryModuli(),
    ):
        numbers |= metric.evaluate(evaluation)
    for form in ("reconstructed", "pushed", "weighted", "plan_weighted", "plan", "cross"):
        assert (numbers["joint_w1"] <= np.asarray(MasterBound(form=form).evaluate(numbers).total) + 1e-8).all(), form
    for form in ("ambient", "latent", "decoder", "error"):
        total = np.asarray(GeometryBound(form=form).evaluate(numbers).total)
        assert (numbers["distance_to_manifold"] <= total + 1e-8).all(), form


def test_test_points_are_those_of_every_method_and_noise_is_common():
    methods = [
        LSDM(latent=Identity(), matcher=NearestNeighbours()),
        LSDM(latent=PCA(dim=2), matcher=NearestNeighbours()),
    ]
    ambient, components = (evaluation_of(method, ROLL) for method in methods)
    np.testing.assert_array_equal(ambient.responses, components.responses)
    resampled = fitted(methods[1], ROLL).encode(ambient.generated)  # the same neighbours, drawn with the same noise
    np.testing.assert_allclose(components.latents.generated, resampled, atol=1e-12)


def test_a_metric_on_latents_refuses_a_sampler_without():
    evaluation = draw_evaluation(ROLL, ROLL, n_test=10, rngs=data_rngs(ROLL))
    with pytest.raises(ValueError, match="needs a fit with a latent space"):
        LatentW1().evaluate(evaluation)


def test_distance_to_the_manifold_refuses_real_data():
    task = ByClass()
    evaluation = evaluation_of(LSDM(latent=Identity(), matcher=NearestNeighbours()), task)
    with pytest.raises(ValueError, match="use NearestResponse"):
        DistanceToManifold().evaluate(evaluation)


def test_a_failed_replicate_is_left_out_and_named():
    class Broken:
        failures = (None, "diverged")

        def sample(self, conditions, *, rngs):
            return np.stack([np.zeros((conditions.shape[1], 5)), np.full((conditions.shape[1], 5), np.nan)])

    evaluation = draw_evaluation(Broken(), ROLL, n_test=10, rngs=data_rngs(ROLL))
    assert evaluation.failures == (None, "diverged")
    assert evaluation.replicates == (0,)
    scores = evaluate(Broken(), ROLL, [JointW1()], n_test=10, rngs=data_rngs(ROLL))
    assert np.isfinite(scores["joint_w1"]).tolist() == [True, False]


def test_points_that_are_not_finite_are_a_failure():
    class Exploding:
        def sample(self, conditions, *, rngs):
            return np.full((len(rngs), conditions.shape[1], 5), np.inf)

    evaluation = draw_evaluation(Exploding(), ROLL, n_test=10, rngs=data_rngs(ROLL))
    assert evaluation.failures == ("generated or encoded points are not finite",) * 2
    assert JointW1().evaluate(evaluation)["joint_w1"].shape == (0,)


def task_sampler():
    class Blank:
        def sample(self, conditions, *, rngs):
            return np.zeros((len(rngs), conditions.shape[1], 64))

    return Blank()


def test_examples_are_the_first_points_or_the_first_of_each_label():
    evaluation = evaluation_of(LSDM(latent=Identity(), matcher=TrueConditional(population=ROLL)), ROLL)
    np.testing.assert_array_equal(
        Examples(count=7).evaluate(evaluation)["examples.generated"], evaluation.generated[:, :7]
    )
    task = ByClass()
    digits = draw_evaluation(task_sampler(), task, n_test=300, rngs=data_rngs(task))
    chosen = Examples(count=2, per_condition=True).evaluate(digits)["examples.conditions"]
    np.testing.assert_array_equal(task.labels(chosen[0]), np.repeat(np.arange(10), 2))
