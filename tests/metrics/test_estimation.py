"""Estimates against a known distance, worked out by hand."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest

from lsdm_stats import Circle, streams
from lsdm_stats.metrics import (
    Estimation,
    EstimationError,
    HasEstimates,
    IntervalCoverage,
    KnownDistance,
    draw_evaluation,
)
from lsdm_stats.populations import Translated
from lsdm_stats.wasserstein.estimators.methods import Estimates

SOURCE = Translated(dim=2, shift=0.5)


def estimates(failures=(None, None, None), **values):
    arrays = {name.replace("__", "."): np.array(array) for name, array in values.items()}
    return Estimates(arrays, np.array([1.0, 2.0, 3.0]), failures)


def test_errors_by_hand():
    scores = EstimationError().evaluate(Estimation.of(estimates(estimate=[0.25, 0.5, 1.0]), SOURCE))
    assert {name: values.tolist() for name, values in scores.items()} == {
        "estimate": [0.25, 0.5, 1.0],
        "error": [-0.25, 0.0, 0.5],
        "squared_error": [0.0625, 0.0, 0.25],
        "estimate.seconds": [1.0, 2.0, 3.0],
    }


def test_the_truth_is_a_value_like_others():
    assert KnownDistance().evaluate(Estimation.of(estimates(), SOURCE))["distance"].tolist() == [0.5, 0.5, 0.5]


def test_coverage_by_hand_ends_included():
    found = estimates(certified__lower=[0.0, 0.5, 0.6], certified__upper=[0.4, 0.5, 0.8], plug_in=[0.1, 0.5, 0.7])
    scores = IntervalCoverage().evaluate(Estimation.of(found, SOURCE))
    assert scores["certified.covers"].tolist() == [0.0, 1.0, 0.0]
    assert scores["certified.lower_covers"].tolist() == [1.0, 1.0, 0.0]
    assert scores["certified.upper_covers"].tolist() == [0.0, 1.0, 1.0]
    np.testing.assert_allclose(scores["certified.width"], [0.4, 0.0, 0.2])
    assert scores["certified.lower"].tolist() == [0.0, 0.5, 0.6]
    assert {name.split(".")[0] for name in scores} == {"certified"}


def test_failures_and_estimates_that_are_not_finite_are_left_out_with_their_reason():
    found = estimates(failures=("no convergence", None, None), estimate=[np.nan, np.nan, 0.7])
    evaluation = Estimation.of(found, SOURCE)
    assert evaluation.failures == ("no convergence", "an estimate is not finite", None)
    assert evaluation.replicates == (2,)
    assert EstimationError().evaluate(evaluation)["error"].tolist() == pytest.approx([0.2])


def test_all_replicates_may_fail():
    found = Estimates({}, np.ones(2), ("no", "no"))
    assert Estimation.of(found, SOURCE).failures == ("no", "no")


def test_estimates_are_told_from_samplers():
    assert isinstance(estimates(estimate=[1.0, 1.0, 1.0]), HasEstimates)
    assert not isinstance(Circle(), HasEstimates)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: Estimation.of(estimates(), SimpleNamespace()), "a source that knows its distance; SimpleNamespace"),
        (lambda: EstimationError().evaluate(Estimation.of(estimates(other=[1.0] * 3), SOURCE)),
         "EstimationError needs estimates named estimate; got other"),
        (lambda: IntervalCoverage().evaluate(Estimation.of(estimates(a__lower=[1.0] * 3), SOURCE)),
         "IntervalCoverage needs estimates named a.upper"),
    ],
)
def test_what_cannot_be_judged_is_refused(call, message):
    with pytest.raises(ValueError, match=message):
        call()


@pytest.mark.parametrize("metric", [KnownDistance(), EstimationError(), IntervalCoverage()])
def test_a_sampler_has_no_estimates(metric):
    truth = Circle()
    evaluation = draw_evaluation(truth, truth, n_test=5, rngs=streams.data(1, truth, replicates=range(1)))
    with pytest.raises(ValueError, match="needs the estimates of an estimator; got a sampler"):
        metric.evaluate(evaluation)
