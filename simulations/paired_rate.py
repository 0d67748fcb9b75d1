"""Stage 2 alone: how fast the latent law is learnt from n pairs, with X in R^1 and in R^3, and what noise it takes.

Aims
    Measure how joint and conditional W1 of latents, in excess of truth against truth, fall with the number n of pairs,
    for the W1 matcher and a resampler, as the conditions go from one dimension to three; and how many noise variables
    the generator needs.
Data-generating mechanism
    Swiss roll in R^3 without noise, latents by the oracle's chart. *Line*: X uniform on [0, 1]. *Cube*: X uniform on
    [0, 1]^3, where the first coordinate moves the modes along the roll, the second the height and the third the
    chance of the outer mode.
Estimands
    W1 of the joint laws of (X, latent), sum metric; mean over conditions of W1 of conditional laws; both less the same
    of two true samples.

Methods
-------
    Exact transport with the default noise (three normal and three signs) and with one, two and sixteen variables (one
    is a normal alone: each conditional law then lies on a curve); the energy score; nearest neighbours; draws from the
    truth; a resampler that ignores the condition, as a control.
Performance measures
    Log-log slopes of mean excesses in n, ratios and differences of means over the same replicates, with 95 %
    intervals. No theorem gives the slopes of trained networks: these are predictions. Truth exceeds its floor by
    nothing.
Control
    The resampler that ignores the condition: by Jensen the mean conditional W1 of its latents is at least
    .3 E|sin(2 pi X)| = .19 on both populations and for every n; at most .15 is false.
"""

import numpy as np

from lsdm_stats import (
    LSDM,
    Comparison,
    EnergyScore,
    ExactTransport,
    NearestNeighbours,
    Selection,
    Spec,
    Study,
    SwissRoll,
    Trend,
    TrueChart,
    TrueConditional,
)
from lsdm_stats.matchers import GeneratorNetwork
from lsdm_stats.metrics import ConditionalW1, DistanceToManifold, Evaluation
from lsdm_stats.populations import SwissRollOfCube
from lsdm_stats.samples import LatentPairs
from lsdm_stats.wasserstein import exact

DIMS = {"line": 1, "cube": 3}


class Marginal(Spec):
    """Resamples all training latents, whatever the condition."""

    def fit(self, pairs: LatentPairs, *, rngs):
        """All pairs are neighbours."""
        return NearestNeighbours(n_neighbours=pairs.latents.shape[1]).fit(pairs, rngs=rngs)


class JointExcess(Spec):
    """W1 of the joint laws of (X, generated latent) and (X, latent), and what two true samples have.

    Gives ``joint``, ``joint.floor``, with a second true response for each test condition in place of the generated
    one, and ``joint.excess``, their difference.
    """

    def evaluate(self, evaluation: Evaluation):
        """One value per replicate and name."""
        rngs = [rng.spawn(8)[7] for rng in evaluation.data_streams]
        again = evaluation.further.encode(evaluation.source.sample(evaluation.conditions, rngs=rngs))
        side = evaluation.latent_side
        found, floor = (
            np.array([_joint(*arrays) for arrays in zip(evaluation.conditions, latents, side.encoded, strict=True)])
            for latents in (side.generated, again)
        )
        return {"joint": found, "joint.floor": floor, "joint.excess": found - floor}


def _joint(conditions, first, second):
    blocks = (conditions.shape[1], first.shape[1])
    return exact(np.hstack([conditions, first]), np.hstack([conditions, second]), blocks=blocks).value


SOURCES = {"line": SwissRoll(), "cube": SwissRollOfCube()}
CHART = TrueChart(population=SOURCES["line"])  # both have the same manifold
SIZES = (50, 200, 800)
WARM = 1_000
NOISES = (1, 2, 16)
CONDITIONAL, JOINT = "conditional_latent_w1", "joint"


def exact_transport(noise_dim: int = 6) -> ExactTransport:
    """The W1 matcher with so many noise variables."""
    return ExactTransport(network=GeneratorNetwork(noise_dim=noise_dim), warm_start=WARM)


def of(source: str, method: str, n: int | None = None) -> Selection:
    """One setting, or one for each n."""
    return Selection(source=source, method=method, n_paired=n)


def rates(source: str) -> tuple[Trend, ...]:
    """Slopes of excesses in n."""
    conditional = {"exact": -0.4, "energy": -0.4} if source == "line" else {"exact": -0.25}
    return (
        *(
            Trend(
                title=f"{source}: conditional W1 of {method} in excess falls at least as n^({slope})",
                measured=f"{CONDITIONAL}.excess",
                over="n_paired",
                among=of(source, method),
                at_most=slope,
            )
            for method, slope in conditional.items()
        ),
        Trend(
            title=f"{source}: joint W1 of exact in excess falls with n",
            measured=f"{JOINT}.excess",
            over="n_paired",
            among=of(source, "exact"),
            at_most=0,
        ),
    )


def resampler(n: int) -> tuple[Comparison, ...]:
    """Three dimensions cost the resampler more than the network."""
    return (
        Comparison(
            title=f"cube, n={n}: the resampler's excess is at least 1.5 x that of exact transport",
            measured=f"{CONDITIONAL}.excess",
            of=of("cube", "nearest", n),
            over=of("cube", "exact", n),
            quantity="ratio",
            at_least=1.5,
        ),
    )


def noises(n: int) -> tuple[Comparison, ...]:
    """One noise variable is worse than six; sixteen are no better on the line and better on the cube (as in pilots)."""
    wanted = (
        ("line", "noise_16", "sixteen noise variables within 10 % of six", {"at_least": 0.9, "at_most": 1.1}),
        ("cube", "noise_16", "sixteen noise variables at least 5 % better than six", {"at_most": 0.95}),
        ("line", "noise_1", "one noise variable at least 1.1 x six", {"at_least": 1.1}),
        ("cube", "noise_1", "one noise variable at least 1.1 x six", {"at_least": 1.1}),
    )
    return tuple(
        Comparison(
            title=f"{source}, n={n}: {title}",
            measured=CONDITIONAL,
            of=of(source, method, n),
            over=of(source, "exact", n),
            quantity="ratio",
            **limits,
        )
        for source, method, title, limits in wanted
    )


def claims(n: int) -> tuple[Comparison, ...]:
    """Truth against truth."""
    return tuple(
        Comparison(
            title=f"{source}: truth against truth within 10 % of its floor, {measured}",
            measured=measured,
            measured_over=f"{measured}.floor",
            of=of(source, f"truth_{source}", n),
            over=of(source, f"truth_{source}", n),
            quantity="ratio",
            at_least=0.9,
            at_most=1.1,
        )
        for source in SOURCES
        for measured in (JOINT, CONDITIONAL)
    )


def controls(sizes: tuple[int, ...]) -> tuple[Comparison, ...]:
    """The resampler that ignores the condition."""
    return tuple(
        Comparison(
            title=f"control: {source}, n={n}, latents that ignore x have conditional W1 at most .15 (over 0)",
            measured=CONDITIONAL,
            measured_over="distance_to_manifold",
            of=of(source, "marginal", n),
            over=of(source, "marginal", n),
            quantity="difference",
            at_most=0.15,
            expect="violated",
        )
        for source in SOURCES
        for n in sizes
    )


def left_out(sizes: tuple[int, ...], noisy: tuple[int, ...]) -> tuple[Selection, ...]:
    """Truth is of one source and does not depend on n; noise dimensions are compared at the largest n only."""
    return (
        *(of(source, f"truth_{other}") for source in SOURCES for other in SOURCES if source != other),
        *(of(source, f"truth_{source}", n) for source in SOURCES for n in sizes[1:]),
        *(Selection(method=f"noise_{dim}", n_paired=n) for dim in noisy for n in sizes[:-1]),
    )


MATCHERS = {
    "exact": exact_transport(),
    "energy": EnergyScore(),
    "nearest": NearestNeighbours(),
    "marginal": Marginal(),
    **{f"truth_{name}": TrueConditional(population=source) for name, source in SOURCES.items()},
    **{f"noise_{dim}": exact_transport(dim) for dim in NOISES},
}
METHODS = {label: LSDM(latent=CHART, matcher=matcher) for label, matcher in MATCHERS.items()}
LAST = SIZES[-1]

STUDY = Study(
    name="paired_rate",
    sources=SOURCES,
    n_paired=SIZES,
    n_unpaired=(0,),
    methods=METHODS,
    metrics=(
        JointExcess(),
        ConditionalW1(n_conditions=40, n_draws=200, space="latents"),
        DistanceToManifold(),
    ),
    claims=claims(SIZES[0]),
    predictions=(*rates("line"), *rates("cube"), *resampler(LAST), *noises(LAST)),
    controls=controls(SIZES),
    replicates=20,
    seed=20261121,
    n_test=2000,
    excluded=left_out(SIZES, NOISES),
)

FEW = (50,)
QUICK = STUDY.replace(
    n_paired=FEW,
    methods={label: method for label, method in METHODS.items() if not label.startswith(("noise", "energy"))},
    metrics=(JointExcess(), ConditionalW1(n_conditions=20, n_draws=60, space="latents"), DistanceToManifold()),
    claims=claims(FEW[0]),
    predictions=resampler(FEW[-1]),
    controls=controls(FEW),
    replicates=3,
    n_test=200,
    excluded=left_out(FEW, ()),
)
