"""Confidence intervals for W1 of two laws: coverage and width on laws with known distance.

Aims
    Check that certified intervals cover at least at their level at every size, show where asymptotic ones do not, and
    compare widths.
Data-generating mechanisms
    Uniform law of the unit cube of R^d, d = 1, 2, 3, 5, against itself translated by .25 or dilated by 1.5, with
    independent samples; (X, Y) against (X, Y + .5 X u) with shared X, d = 2, 3, 5; and in R^5 against itself. Their
    distances, diameters and transport constants are known (docs/theory.md, T1, T2, T3; C4).
Estimand
    W1 of the two laws, in units of the cube's side.

Methods
-------
    Certified intervals from the diameter and from transport constants, at 95 %, half of the error on each side; the
    asymptotic interval around the exact distance of the samples; the t interval of a held-out dual potential.
Performance measures
    Shares of draws whose lower and upper limits lie on their side of the distance, with exact binomial limits; widths.
    The distance of the samples is too large on average. In one dimension its bias is below its standard error; in two
    and more, and between equal laws, it is not, and the asymptotic lower limit is too high.
Control
    That lower limit at its nominal rate, for equal laws in R^5 and n = 500. W1 of n points to the uniform law is at
    least the mean distance to the nearest of them, hence at least 5/6 of the radius of a ball of volume 1/n, .172; the
    distance to a second sample is within .021 below this with probability 1/2 at least (C4), while 1.96 standard errors
    are at most .139. So the limit is positive, and wrong, in at least half of all draws.
"""

from lsdm_stats import Claim, Selection, Study
from lsdm_stats.bounds import SamplingBound
from lsdm_stats.metrics import EstimationError, IntervalCoverage, KnownDistance
from lsdm_stats.populations import Dilated, MonotoneShift, Translated
from lsdm_stats.wasserstein.estimators.methods import IntervalEstimate

DIMS = (1, 2, 3, 5)
LARGE, LARGE_SOURCE = 2000, "dilated_d3"
A_SIDE = 0.025  # error of either limit

SOURCES = {
    **{f"translated_d{dim}": Translated(dim=dim, shift=0.25) for dim in DIMS},
    **{f"dilated_d{dim}": Dilated(dim=dim, factor=1.5) for dim in DIMS},
    **{f"shifted_d{dim}": MonotoneShift(dim=dim, shift=0.25) for dim in DIMS[1:]},
    "same_d5": Translated(dim=5, shift=0.0),
}

CERTIFIED = (
    Claim(
        title="certified upper limit",
        bound=SamplingBound(form="upper"),
        measured="distance",
        kind="probability",
        failure_probability=A_SIDE,
    ),
    Claim(
        title="certified lower limit",
        bound=SamplingBound(form="lower"),
        measured="certified",
        kind="probability",
        failure_probability=A_SIDE,
    ),
)
HELD_OUT = Claim(
    title="held-out t limit misses from above in at most 5 % (asymptotic; nominal 2.5 %)",
    bound=SamplingBound(form="lower"),
    measured="held_out",
    kind="probability",
    failure_probability=2 * A_SIDE,
    methods=("diameter",),
)
CONTROL = Claim(
    title="control: asymptotic lower limit, equal laws",
    bound=SamplingBound(form="lower"),
    measured="asymptotic",
    kind="probability",
    failure_probability=A_SIDE,
    sources=("same_d5",),
    methods=("diameter",),
    expect="violated",
)

STUDY = Study(
    name="interval_coverage",
    sources=SOURCES,
    n_paired=(500, LARGE),
    n_unpaired=(0,),
    methods={
        "diameter": IntervalEstimate(known="diameter"),
        "transport_constants": IntervalEstimate(known="transport_constants"),
    },
    metrics=(KnownDistance(), EstimationError(), IntervalCoverage()),
    claims=(*CERTIFIED, HELD_OUT),
    controls=(CONTROL,),
    replicates=500,
    block=50,
    seed=20261121,
    n_test=0,
    excluded=tuple(Selection(n_paired=LARGE, source=source) for source in SOURCES if source != LARGE_SOURCE),
)

QUICK = STUDY.replace(n_paired=(200,), claims=CERTIFIED, replicates=120, block=60, excluded=())
