"""The grid of matchers, in oracle latents and in those of an autoencoder: W1 matchers are at their statistical limit.

Aims
    Compare all matchers on the same pairs, so that what the theorems say of W1 is not tested by an optimiser that
    fails; show joint and conditional distances, geometry and the cost of a draw of every cell.
Data-generating mechanism
    Swiss roll of outer radius 1 in R^16 with a bimodal conditional law, noise of standard deviation .05.
Estimands
    In oracle latents: W1 of the joint laws of (X, latent), and mean over conditions of W1 between generated and true
    conditional laws. In those of an autoencoder, the same of responses, and the distance to the manifold.

Methods
-------
    Every matcher of the grid with the oracle's chart; at n = 200 the faster ones also with a two-dimensional
    autoencoder fitted to 800 more responses; draws from the truth as the floor; and a resampler of all pairs that
    ignores the condition, as a control.
Performance measures
    Ratios of means over the same replicates with Fieller intervals; W1 of samples is biased upwards by about as much
    for every method, so that ratios understate differences; excess over truth against truth, and its slope in n. That
    the W1 matchers are as good as the best of the others is no theorem: these are predictions. Line 2 of A1 holds on
    every fit; truth against truth exceeds its floor by nothing.
Control
    The resampler that ignores the condition. Heights given x have mean .5 + .3 sin(2 pi x), so that by Jensen the
    mean conditional W1 of latents that do not depend on x is at least .3 E|sin(2 pi X)| = .19: at most .15 is false.
"""

import time
from typing import ClassVar

import numpy as np

from lsdm_stats import (
    LSDM,
    Autoencoder,
    Claim,
    Comparison,
    Critic,
    DistanceToManifold,
    EnergyScore,
    ExactTransport,
    FlowMatching,
    IsotropicNoise,
    JointW1,
    LocalTransport,
    MasterBound,
    MixtureDensity,
    NearestNeighbours,
    ScoreMatching,
    Selection,
    SinkhornMatcher,
    Spec,
    Study,
    SwissRoll,
    Trend,
    TrueChart,
    TrueConditional,
)
from lsdm_stats.metrics import ConditionalW1, Evaluation, LatentW1, Reconstruction
from lsdm_stats.samples import LatentPairs

TRUTH = SwissRoll(ambient_dim=16, noise=IsotropicNoise(scale=0.05))
WARM = 1_000
W1_MATCHERS = {
    "exact": ExactTransport(warm_start=WARM),
    "critic": Critic(warm_start=WARM),
    "local": LocalTransport(warm_start=WARM),
    "sinkhorn": SinkhornMatcher(warm_start=WARM),
}
RIVALS = {
    "energy": EnergyScore(),
    "flow": FlowMatching(),
    "mixture": MixtureDensity(),
    "nearest": NearestNeighbours(),
}
OTHERS = {"score": ScoreMatching()}
BEST, JUDGED = "local", ("exact", "critic")
ORACLE, LEARNT = "oracle", "autoencoder"
SIZES = (50, 200, 800)
IN_LEARNT = ("truth", "exact", "energy", "flow", "mixture", "nearest")
AT_ONE_SIZE = (f"{ORACLE}/sinkhorn", *(f"{LEARNT}/{matcher}" for matcher in IN_LEARNT))  # n = 200, for their cost


class Marginal(Spec):
    """Resamples all training latents, whatever the condition."""

    def fit(self, pairs: LatentPairs, *, rngs):
        """All pairs are neighbours."""
        return NearestNeighbours(n_neighbours=pairs.latents.shape[1]).fit(pairs, rngs=rngs)


class DrawCost(Spec):
    """Time of a latent draw, measured on one draw for each test condition: ``draw.seconds``."""

    repeats: int = 2
    name: ClassVar[str] = "draw"

    def evaluate(self, evaluation: Evaluation):
        """The shortest of some repeats, the same for every replicate of the block."""
        seconds = []
        for _ in range(self.repeats):
            start = time.perf_counter()
            evaluation.further.latents(evaluation.conditions, rngs=evaluation.data_streams)
            seconds.append(time.perf_counter() - start)
        replicates, n_test, _ = evaluation.conditions.shape
        return {f"{self.name}.seconds": np.full(replicates, min(seconds) / (replicates * n_test))}


def cell(latent: str, matcher: str, n: int | None = None) -> Selection:
    """One cell of the grid."""
    return Selection(method=f"{latent}/{matcher}", n_paired=n)


def at_most(factor: float, matcher: str, n: int, measured: str, rivals: tuple[str, ...]) -> Comparison:
    """A matcher within a factor of every rival, and thus of the best of them."""
    return Comparison(
        title=f"n={n}, {measured}: {matcher} at most {factor:g} x the best of {', '.join(rivals)}",
        measured=measured,
        of=cell(ORACLE, matcher, n),
        over=tuple(cell(ORACLE, rival, n) for rival in rivals),
        quantity="ratio",
        at_most=factor,
    )


def predictions(sizes: tuple[int, ...], judged: dict[str, float], rivals: tuple[str, ...]):
    """What fits at their statistical limit would show."""
    return (
        *(
            at_most(factor, matcher, n, measured, rivals)
            for n in sizes
            for measured in ("latent_w1", "conditional_latent_w1")
            for matcher, factor in judged.items()
        ),
        *(
            Trend(
                title=f"{matcher}: conditional W1 in excess of the floor falls with n at least as n^(-.4)",
                measured="conditional_latent_w1.excess",
                over="n_paired",
                among=cell(ORACLE, matcher),
                at_most=-0.4,
            )
            for matcher in judged
            if len(sizes) > 1
        ),
    )


def claims(n: int) -> tuple[Claim | Comparison, ...]:
    """What is proved: the chain on every fit, and a floor that the truth does not exceed."""
    return (
        Claim(title="joint W1, pushed form", bound=MasterBound(form="pushed"), measured="joint_w1", kind="sure"),
        Comparison(
            title="truth against truth: conditional W1 is its floor",
            measured="conditional_latent_w1",
            measured_over="conditional_latent_w1.floor",
            of=cell(ORACLE, "truth", n),
            over=cell(ORACLE, "truth", n),
            quantity="ratio",
            at_least=0.95,
            at_most=1.05,
        ),
    )


def controls(sizes: tuple[int, ...]) -> tuple[Comparison, ...]:
    """The resampler that ignores the condition."""
    return tuple(
        Comparison(
            title=f"control: n={n}, latents that ignore x have conditional W1 at most .15 (over 0, the distance to M)",
            measured="conditional_latent_w1",
            measured_over="distance_to_manifold",
            of=cell(ORACLE, "marginal", n),
            over=cell(ORACLE, "marginal", n),
            quantity="difference",
            at_most=0.15,
            expect="violated",
        )
        for n in sizes
    )


def grid(*matchers: str, latents: tuple[str, ...]) -> dict[str, LSDM]:
    """Cells of the grid by label."""
    spaces = {ORACLE: TrueChart(population=TRUTH), LEARNT: Autoencoder(dim=2)}
    known = {
        "truth": TrueConditional(population=TRUTH),
        "marginal": Marginal(),
        **W1_MATCHERS,
        **RIVALS,
        **OTHERS,
    }
    return {
        f"{latent}/{matcher}": LSDM(latent=spaces[latent], matcher=known[matcher])
        for latent in latents
        for matcher in matchers
    }


MEASURED = {BEST: 1.02, **dict.fromkeys(JUDGED, 1.1)}

STUDY = Study(
    name="matchers",
    sources={"swiss_roll": TRUTH},
    n_paired=SIZES,
    n_unpaired=(800,),
    methods={
        **grid("truth", "marginal", *W1_MATCHERS, *RIVALS, *OTHERS, latents=(ORACLE,)),
        **grid(*IN_LEARNT, latents=(LEARNT,)),
    },
    metrics=(
        JointW1(),
        LatentW1(),
        ConditionalW1(n_conditions=30, n_draws=100, space="latents"),
        ConditionalW1(n_conditions=30, n_draws=100),
        Reconstruction(),
        DistanceToManifold(),
        DrawCost(),
    ),
    claims=claims(SIZES[0]),
    predictions=predictions(SIZES, MEASURED, tuple(RIVALS)),
    controls=controls(SIZES),
    replicates=20,
    seed=20261121,
    n_test=1000,
    excluded=tuple(Selection(method=label, n_paired=n) for label in AT_ONE_SIZE for n in SIZES if n != 200),
)

QUICK = STUDY.replace(
    n_paired=SIZES[:1],
    n_unpaired=(50,),
    methods=grid("truth", "marginal", "exact", "nearest", latents=(ORACLE,)),
    predictions=predictions(SIZES[:1], {"exact": 1.1}, ("nearest",)),
    controls=controls(SIZES[:1]),
    replicates=3,
    n_test=200,
    excluded=(),
)
