"""Conditional W1 at fixed conditions: truth against truth, laws at a known distance, failures and other routes."""

import numpy as np
import pytest
from scipy.optimize import linear_sum_assignment
from scipy.spatial.distance import cdist

from lsdm_stats import LSDM, Identity, NearestNeighbours, RoundClasses, SwissRoll, TrueChart, streams
from lsdm_stats.images import ByClass
from lsdm_stats.matchers import TrueConditional
from lsdm_stats.metrics import Clipped, ConditionalW1, draw_evaluation, evaluate

ROLL = SwissRoll(ambient_dim=3)
METRIC = ConditionalW1(n_conditions=10, n_draws=60)


def data_rngs(source=ROLL, replicates=2):
    return streams.data(3, source, replicates=range(replicates))


class Moved:
    """The truth, moved by a vector; some replicates failed."""

    def __init__(self, source, by=0.0, failures=(None, None)):
        self.source, self.by, self.failures = source, np.asarray(by), failures

    def sample(self, conditions, *, rngs):
        responses = self.source.sample(conditions, rngs=rngs) + self.by
        responses[[reason is not None for reason in self.failures]] = np.nan
        return responses


def scores(sampler, metric=METRIC, source=ROLL):
    return evaluate(sampler, source, [metric], n_test=30, rngs=data_rngs(source, len(sampler.failures)))


def test_truth_against_truth_has_no_excess():
    """Twenty replicates; the mean excess is within 5 standard errors of 0: a false alarm in 10,000."""
    found = scores(Moved(ROLL, failures=(None,) * 20))
    excess = found["conditional_w1.excess"]
    np.testing.assert_allclose(excess, found["conditional_w1"] - found["conditional_w1.floor"])
    assert abs(excess.mean()) < 5 * excess.std(ddof=1) / np.sqrt(20)
    assert (found["conditional_w1.floor"] > 0.01).all()


def test_a_far_translation_is_its_length():
    """Moved by 5 along an axis the distance is 5, up to the difference of the samples' means; with certificate."""
    found = scores(Moved(ROLL, (0.0, 5.0, 0.0)))
    np.testing.assert_allclose(found["conditional_w1"], 5.0, atol=0.1)
    assert (found["conditional_w1.lower"] <= found["conditional_w1"]).all()
    assert (found["conditional_w1.upper"] >= found["conditional_w1"]).all()
    np.testing.assert_allclose(found["conditional_w1.lower"], found["conditional_w1.upper"], rtol=1e-8)


def test_the_distance_is_that_of_an_assignment_per_condition():
    evaluation = draw_evaluation(Moved(ROLL, 0.2), ROLL, n_test=30, rngs=data_rngs())
    rows = np.repeat(evaluation.conditions[:, :10], 60, axis=1)
    first, _, noise = zip(*(rng.spawn(7)[4:] for rng in data_rngs()), strict=True)
    truth, generated = ROLL.sample(rows, rngs=first), Moved(ROLL, 0.2).sample(rows, rngs=noise)
    for r, value in enumerate(METRIC.evaluate(evaluation)["conditional_w1"]):
        costs = [cdist(generated[r, i : i + 60], truth[r, i : i + 60]) for i in range(0, 600, 60)]
        assert value == pytest.approx(np.mean([cost[linear_sum_assignment(cost)].mean() for cost in costs]))


def test_a_failed_replicate_changes_no_other():
    whole, part = scores(Moved(ROLL)), scores(Moved(ROLL, failures=(None, "diverged")))
    for name, values in part.items():
        assert values[0] == whole[name][0]
        assert np.isnan(values[1])
    assert np.isnan(scores(Moved(ROLL, failures=("diverged",) * 2))["conditional_w1"]).all()


def test_true_draws_are_the_same_for_every_method():
    assert (
        scores(Moved(ROLL))["conditional_w1.floor"].tolist()
        == scores(Moved(ROLL, 1.0))["conditional_w1.floor"].tolist()
    )


def test_latents_of_an_isometric_chart():
    """On a noise-free population the oracle of both stages has no excess in latents: 5 standard errors."""
    method = LSDM(latent=TrueChart(population=ROLL), matcher=TrueConditional(population=ROLL))
    replicates = range(20)
    data = ROLL.draw(30, 0, rngs=streams.data(3, ROLL, replicates=replicates))
    fitted = method.fit(data, rngs=streams.fit(3, ROLL, method, replicates=replicates))
    metrics = [METRIC.replace(space="latents"), METRIC]
    found = evaluate(fitted, ROLL, metrics, n_test=10, rngs=data_rngs(replicates=20))
    for name in ("conditional_latent_w1", "conditional_w1"):
        excess = found[f"{name}.excess"]
        assert abs(excess.mean()) < 5 * excess.std(ddof=1) / np.sqrt(20)
    assert (found["conditional_latent_w1"] > found["conditional_w1"]).all()  # chords are shorter than the roll


def test_labels_are_conditions_too():
    source = RoundClasses()
    assert (abs(scores(Moved(source), source=source)["conditional_w1.excess"]) < 0.5).all()


def test_what_cannot_be_drawn_again_is_refused():
    with pytest.raises(ValueError, match="needs a fit with a latent space"):
        scores(Moved(ROLL), METRIC.replace(space="latents"))
    method, task = LSDM(latent=Identity(), matcher=NearestNeighbours()), ByClass(test_size=100)
    for source, metric, match in (
        (task, METRIC, "needs a source with a known conditional law; got ByClass"),
        (ROLL, Clipped(metrics=(METRIC,)), "needs a fit that can draw again; got changed responses"),
    ):
        data = source.draw(30, 0, rngs=data_rngs(source))
        fitted = method.fit(data, rngs=streams.fit(3, source, method, replicates=range(2)))
        with pytest.raises(ValueError, match=match):
            evaluate(fitted, source, [metric], n_test=20, rngs=data_rngs(source))
