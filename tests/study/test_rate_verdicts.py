"""Claims about expected W1 of samples, on samples of the interval whose expected W1 is known exactly."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pandas as pd
from scipy import stats

from lsdm_stats import Claim
from lsdm_stats.bounds import LineRate, RateAt, Shrunk, SpectralRate
from lsdm_stats.manifolds import Box
from lsdm_stats.study import judge
from lsdm_stats.wasserstein import line_to_law

INTERVAL = Box(sides=(1.0,))
SIZES = (20, 60)
REPLICATES = 16


def outcomes(claim, repetitions, seed):
    """Verdicts of studies of 16 replicates of two sizes."""
    rng, found = np.random.default_rng(seed), []
    for _ in range(repetitions):
        rows = []
        for n in SIZES:
            for replicate in range(REPLICATES):
                distance = line_to_law(rng.random(n), stats.uniform())
                rows += [(n, replicate, name, value) for name, value in (("distance", distance), ("n", float(n)))]
        table = pd.DataFrame(rows, columns=["n_paired", "replicate", "name", "value"])
        table = table.assign(study="rates", scale="full", source="interval", n_unpaired=0, method="reference",
                             array=None, status="done", reason=None)
        is_control = claim.expect == "violated"
        study = SimpleNamespace(claims=() if is_control else (claim,), predictions=(),
                                controls=(claim,) if is_control else ())
        found.append(judge(study, table)[0].outcome)
    return found


def expectation(bound, **options):
    return Claim(bound=bound, measured="distance", kind="expectation", **options)


def test_a_bound_that_holds_with_equality_is_called_violated_as_rarely_as_the_level_says():
    """200 studies exactly at the bound, level .05; at most 18 false alarms: P(Binomial(200, .05) > 18) = .005."""
    claim = expectation(RateAt(rate=LineRate(form="exact"), space=INTERVAL))
    assert outcomes(claim, 200, seed=1).count("violated") <= stats.binom.ppf(0.99, 200, 0.05)


def test_a_bound_that_is_true_is_never_called_violated():
    claim = expectation(RateAt(rate=SpectralRate(law="uniform"), space=INTERVAL))
    assert set(outcomes(claim, 50, seed=2)) <= {"holds", "inconclusive"}


def test_a_bound_shrunk_below_the_truth_is_flagged_every_time():
    whole = RateAt(rate=SpectralRate(law="uniform"), space=INTERVAL)
    claim = expectation(Shrunk(bound=whole, factor=0.3), expect="violated")
    assert outcomes(claim, 50, seed=3) == ["violated"] * 50
