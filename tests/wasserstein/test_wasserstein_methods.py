"""Estimators as specs: the functions' values, replicate by replicate, and what theory says of them."""

from __future__ import annotations

import math

import numpy as np
import pytest

from lsdm_stats import streams
from lsdm_stats.populations import Dilated, MonotoneShift, Translated
from lsdm_stats.samples import SemiSupervised
from lsdm_stats.wasserstein import exact, interval, max_sliced, sinkhorn, sliced, subsampled
from lsdm_stats.wasserstein.estimators.methods import (
    DebiasedEstimate,
    ExactEstimate,
    ExtrapolatedEstimate,
    HeldOutDualEstimate,
    IntervalEstimate,
    MaxSlicedEstimate,
    SinkhornEstimate,
    SlicedEstimate,
    SubsampledEstimate,
)

METHODS = (
    ExactEstimate(),
    SlicedEstimate(),
    MaxSlicedEstimate(),
    SinkhornEstimate(),
    ExtrapolatedEstimate(),
    SubsampledEstimate(),
    DebiasedEstimate(),
    HeldOutDualEstimate(),
)
each = pytest.mark.parametrize("method", METHODS, ids=lambda method: type(method).__name__)
SOURCE = Translated(dim=3, shift=0.5)


def draw(source=SOURCE, n=40, replicates=3):
    return source.draw(n, 0, rngs=streams.data(1, source, replicates=range(replicates)))


def fit(method, data):
    return method.fit(data, rngs=streams.fit(1, SOURCE, method, replicates=range(data.replicates)))


def test_values_are_those_of_the_functions():
    data = draw()
    x, y = data.conditions[2], data.responses[2]

    def rng(method):
        return streams.fit(1, SOURCE, method, replicates=[2])[0]

    expected = {
        METHODS[0]: exact(x, y).value,
        METHODS[1]: sliced(x, y, rng=rng(METHODS[1])),
        METHODS[2]: max_sliced(x, y, rng=rng(METHODS[2])),
        METHODS[3]: sinkhorn(x, y),
        METHODS[5]: subsampled(x, y, size=10, repeats=8, rng=rng(METHODS[5])).value,
    }
    for method, value in expected.items():
        assert fit(method, data).values["estimate"][2] == value


@each
def test_replicates_repeat_and_do_not_touch_each_other(method):
    data = draw()
    found = fit(method, data)
    assert found.failures == (None, None, None)
    assert (found.seconds > 0).all()
    moved = np.array(data.responses)
    moved[1] *= 3.0
    other = fit(method, SemiSupervised(data.conditions, moved)).values["estimate"]
    np.testing.assert_array_equal(other[[0, 2]], found.values["estimate"][[0, 2]])
    assert other[1] != found.values["estimate"][1]


@each
def test_estimates_of_many_points_are_near_the_distance(method):
    """.15 either way: biases are below .12, the standard deviation .02; sliced distances have a factor of a half."""
    value = float(fit(method, draw(n=400, replicates=1)).values["estimate"][0])
    factor = 0.5 if isinstance(method, SlicedEstimate) else 1.0
    assert abs(value - 0.5 * factor) < (0.15 if factor == 1.0 else 0.06)


@pytest.mark.parametrize("source", [Translated(dim=3, shift=0.0), MonotoneShift(dim=2, shift=0.0)], ids=str)
def test_the_debiased_estimate_has_mean_zero_between_equal_laws(source):
    """Within six standard errors, 2e-9; the exact distance is not."""
    data = draw(source, n=40, replicates=400)
    values = fit(DebiasedEstimate(), data).values["estimate"]
    plug_in = fit(ExactEstimate(), data).values["estimate"]
    assert abs(values.mean()) < 6 * values.std() / math.sqrt(400)
    assert plug_in.mean() > 6 * plug_in.std() / math.sqrt(400)


def test_the_held_out_dual_is_too_small_and_the_exact_distance_too_large_on_average():
    """Each by more than six standard errors."""
    source = Dilated(dim=3, factor=1.5)
    data = draw(source, n=40, replicates=200)
    for method, sign in ((HeldOutDualEstimate(), -1), (ExactEstimate(), 1), (SubsampledEstimate(), 1)):
        errors = sign * (fit(method, data).values["estimate"] - source.distance)
        assert errors.mean() > 6 * errors.std() / math.sqrt(200)


@pytest.mark.parametrize("method", [DebiasedEstimate(), HeldOutDualEstimate()], ids=lambda m: type(m).__name__)
def test_halves_of_one_point_are_refused(method):
    with pytest.raises(ValueError, match="halves need at least 2 points of each sample; got 1; raise n_paired"):
        fit(method, draw(n=1))


@pytest.mark.parametrize("source", [Dilated(dim=2), MonotoneShift(dim=3)], ids=str)
@pytest.mark.parametrize("known", ["diameter", "transport_constants"])
def test_intervals_are_those_of_the_function_with_what_is_known(source, known):
    data, method = draw(source), IntervalEstimate(known=known, level=0.9)
    facts = {"diameter": source.diameter} if known == "diameter" else {"transport_constant": source.transport_constants}
    expected = interval(data.conditions[2], data.responses[2], level=0.9, **facts, shared=source.shared,
                        rng=streams.fit(1, SOURCE, method, replicates=[2])[0])
    found = {name: values[2] for name, values in fit(method, data).values.items()}
    assert found["estimate"] == expected.estimate
    for kind in ("certified", "asymptotic", "held_out"):
        ends = getattr(expected, kind)
        assert (found[f"{kind}.lower"], found[f"{kind}.upper"]) == (ends.lower, ends.upper)


def test_intervals_of_data_of_which_nothing_is_known_are_refused():
    data = draw()
    with pytest.raises(ValueError, match="IntervalEstimate needs data with their diameter; got SemiSupervised without"):
        fit(IntervalEstimate(known="diameter"), SemiSupervised(data.conditions, data.responses))
