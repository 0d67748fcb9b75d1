"""The grid of matchers, in oracle latents and in those of an autoencoder: W1 matchers are at their statistical limit.

Aims
    Compare all matchers on the same pairs, so that what the theorems say of W1 is not tested by an optimiser that
    fails; show joint and conditional distances, geometry and the cost of a draw of every cell.
Data-generating mechanism
    Noise of standard deviation .05 in R^16 around the swiss roll of outer radius 1, with two modes along it.
    *Line*: X uniform on [0, 1]. *Cube*: X uniform on [0, 1]^3, where the first coordinate moves the modes along the
    roll, the second the height and the third the chance of the outer mode.
Estimands
    In oracle latents: W1 of the joint laws of (X, latent), and mean over conditions of W1 between generated and true
    conditional laws. In those of an autoencoder the same, joint W1 of responses on 1,000 points, and the distance to
    the manifold.

Methods
-------
    Every matcher of the grid with the oracle's chart. *Exact* is exact transport with averaged weights, *ensemble*
    three of them; *plain* says that the weights are not averaged, for few pairs. On the cube pairs are few for the
    dimension of X, and capacity grows with n by a rule (`Growing`): one hidden layer of 16 up to n = 100; two of 32
    and sixteen noise variables up to 400, both with noise of .3 standard deviations on the conditions in training;
    beyond, three of 64, sixteen noise variables, batches of 256 and averaged weights. *Grown ensemble* has five of
    these, three beyond n = 400. All others have their defaults at every n. For their cost the critic stops at n = 800,
    on the cube at 50; Sinkhorn, local transport and score matching run at some n on the line only. At n = 200 some
    matchers also run with a two-dimensional autoencoder fitted to 800 more responses. Draws from the truth as the
    floor; a resampler of all pairs that ignores the condition, as a control.
    The plain cells are those of a first design; they were taken in again, and local transport at n = 3,200 added, after
    other rows had been seen. The cost of a draw is measured while other cells run: `one_step` measures it alone.
Performance measures
    Ratios of means over the same replicates with Fieller intervals; W1 of samples is biased upwards by about as much
    for every method, so that ratios understate differences; excess over truth against truth, and its slope in n; the
    ratio of twice the training budget to the usual one. That W1 matchers are as good as the best of the others is no
    theorem: these are predictions, the same on the line and on the cube. Truth against truth exceeds its floor by
    nothing.
Control
    The resampler that ignores the condition. Heights given x have mean .5 + .3 sin(2 pi x), x the coordinate that
    moves them, so that by Jensen the mean conditional W1 of latents that do not depend on x is at least
    .3 E|sin(2 pi X)| = .19: at most .15 is false.
"""

import time
from bisect import bisect_left
from typing import ClassVar, cast

import numpy as np

from lsdm_stats import (
    LSDM,
    Autoencoder,
    Comparison,
    Critic,
    DistanceToManifold,
    EnergyScore,
    ExactTransport,
    FlowMatching,
    IsotropicNoise,
    LocalTransport,
    MixtureDensity,
    NearestNeighbours,
    ScoreMatching,
    Selection,
    SinkhornMatcher,
    Spec,
    Study,
    SwissRoll,
    Training,
    Trend,
    TrueChart,
    TrueConditional,
)
from lsdm_stats.matchers import Ensemble, GeneratorNetwork
from lsdm_stats.metrics import ConditionalW1, Evaluation, LatentW1, Reconstruction
from lsdm_stats.populations import SwissRollOfCube
from lsdm_stats.samples import LatentPairs, MatchingMethod
from lsdm_stats.wasserstein import exact

NOISE = IsotropicNoise(scale=0.05)
SOURCES = {"line": SwissRoll(ambient_dim=16, noise=NOISE), "cube": SwissRollOfCube(ambient_dim=16, noise=NOISE)}
CHART = TrueChart(population=SwissRoll(ambient_dim=16))  # both have the same manifold
WARM, AVERAGING = 1_000, 0.99


class Growing(Spec):
    """The matcher of the first limit that the number of pairs does not exceed, and the last one beyond."""

    limits: tuple[int, ...]
    matchers: tuple[Spec, ...]

    def fit(self, pairs: LatentPairs, *, rngs):
        """Fit the one for so many pairs."""
        index = bisect_left(self.limits, pairs.latents.shape[1])
        return cast(MatchingMethod, cast(object, self.matchers[index])).fit(pairs, rngs=rngs)


EXACT = ExactTransport(warm_start=WARM, averaging=AVERAGING)
PLAIN = ExactTransport(warm_start=WARM)
FINE = Training(max_steps=6_000, patience=400, check_every=10)
SMALL = GeneratorNetwork(hidden=(16,), training=FINE, input_noise=0.3)
MEDIUM = GeneratorNetwork(hidden=(32, 32), noise_dim=16, training=FINE, input_noise=0.3)
LARGE = GeneratorNetwork(
    hidden=(64, 64, 64), noise_dim=16, training=Training(max_steps=6_000, patience=400, batch_size=256)
)
GROWN = (
    ExactTransport(network=SMALL, warm_start=WARM),
    ExactTransport(network=MEDIUM, warm_start=WARM),
    ExactTransport(network=LARGE, warm_start=WARM, averaging=AVERAGING),
)
LIMITS = (100, 400)


def doubled(matcher: ExactTransport) -> ExactTransport:
    """Twice the budget, of the start as well."""
    network = matcher.network.replace(training=matcher.network.training.doubled())
    return matcher.replace(network=network, warm_start=2 * WARM)


W1_MATCHERS = {
    "exact": EXACT,
    "exact_doubled": doubled(EXACT),
    "ensemble": Ensemble(matcher=EXACT, members=3),
    "exact_plain": PLAIN,
    "ensemble_plain": Ensemble(matcher=PLAIN, members=3),
    "critic": Critic(warm_start=WARM, averaging=AVERAGING, keep_start=True),
    "local": LocalTransport(warm_start=WARM),
    "sinkhorn": SinkhornMatcher(warm_start=WARM),
    "grown": Growing(limits=LIMITS, matchers=GROWN),
    "grown_doubled": doubled(GROWN[1]),
    "grown_ensemble": Growing(
        limits=LIMITS,
        matchers=tuple(
            Ensemble(matcher=matcher, members=members) for matcher, members in zip(GROWN, (5, 5, 3), strict=True)
        ),
    ),
    "grown_critic": Critic(network=SMALL, warm_start=WARM, averaging=AVERAGING, keep_start=True),
}
RIVALS = {
    "energy": EnergyScore(),
    "flow": FlowMatching(),
    "mixture": MixtureDensity(),
    "nearest": NearestNeighbours(),
}
OTHERS = {"score": ScoreMatching()}
ORACLE, LEARNT = "oracle", "autoencoder"
SIZES = FIRST, MIDDLE, THIRD, LARGEST = (50, 200, 800, 3_200)
JOINT, CONDITIONAL = "latent_w1", "conditional_latent_w1"
IN_LEARNT = ("truth_line", "exact", "energy", "flow")


class Marginal(Spec):
    """Resamples all training latents, whatever the condition."""

    def fit(self, pairs: LatentPairs, *, rngs):
        """All pairs are neighbours."""
        return NearestNeighbours(n_neighbours=pairs.latents.shape[1]).fit(pairs, rngs=rngs)


class JointOfSome(Spec):
    """``joint_w1`` of responses on the first test points: in 17 dimensions all of them would take most of the time."""

    n: int = 1_000

    def evaluate(self, evaluation: Evaluation):
        """One distance per replicate."""
        sides = zip(evaluation.conditions, evaluation.generated, evaluation.responses, strict=True)
        parts = [tuple(array[: self.n] for array in side) for side in sides]
        return {
            "joint_w1": np.array(
                [
                    exact(np.hstack([x, g]), np.hstack([x, y]), blocks=(x.shape[1], y.shape[1])).value
                    for x, g, y in parts
                ]
            )
        }


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


def of(source: str, method: str, n: int | None = None) -> Selection:
    """One setting, or one for each n; a matcher without a latent space is meant in the oracle's."""
    return Selection(source=source, method=method if "/" in method else f"{ORACLE}/{method}", n_paired=n)


def at_most(factor: float, source: str, matcher: str, n: int, measured: str, rivals: tuple[str, ...]) -> Comparison:
    """A matcher within a factor of every rival, and thus of the best of them."""
    return Comparison(
        title=f"{source}, n={n}, {measured}: {matcher} at most {factor:g} x the best of {', '.join(rivals)}",
        measured=measured,
        of=of(source, matcher, n),
        over=tuple(of(source, rival, n) for rival in rivals),
        quantity="ratio",
        at_most=factor,
    )


def predictions(cells: tuple[tuple[str, str, int, float], ...], rivals: tuple[str, ...]):
    """What fits at their statistical limit would show: source, matcher, n and factor of each cell."""
    return tuple(
        at_most(factor, source, matcher, n, measured, rivals)
        for source, matcher, n, factor in cells
        for measured in (JOINT, CONDITIONAL)
    )


def twice(source: str, matcher: str, n: int) -> tuple[Comparison, ...]:
    """Twice the training budget changes nothing."""
    return tuple(
        Comparison(
            title=f"{source}, n={n}, {measured}: twice the budget of {matcher} changes less than 5 %",
            measured=measured,
            of=of(source, f"{matcher}_doubled", n),
            over=of(source, matcher, n),
            quantity="ratio",
            at_least=0.95,
            at_most=1.05,
        )
        for measured in (JOINT, CONDITIONAL)
    )


def rate(source: str, matcher: str, slope: float) -> Trend:
    """The excess of a W1 matcher falls with n."""
    return Trend(
        title=f"{source}, {matcher}: conditional W1 in excess of the floor falls at least as n^({slope:g})",
        measured=f"{CONDITIONAL}.excess",
        over="n_paired",
        among=of(source, matcher),
        at_most=slope,
    )


def claims(sources: tuple[str, ...], n: int) -> tuple[Comparison, ...]:
    """The truth does not exceed its floor."""
    return tuple(
        Comparison(
            title=f"{source}: truth against truth, conditional W1 within 10 % of its floor",
            measured=CONDITIONAL,
            measured_over=f"{CONDITIONAL}.floor",
            of=of(source, f"truth_{source}", n),
            over=of(source, f"truth_{source}", n),
            quantity="ratio",
            at_least=0.9,
            at_most=1.1,
        )
        for source in sources
    )


def controls(sources: tuple[str, ...], n: int) -> tuple[Comparison, ...]:
    """The resampler that ignores the condition."""
    return tuple(
        Comparison(
            title=f"control: {source}, latents that ignore x: conditional W1 at most .15 (over 0, the distance to M)",
            measured=CONDITIONAL,
            measured_over="distance_to_manifold",
            of=of(source, "marginal", n),
            over=of(source, "marginal", n),
            quantity="difference",
            at_most=0.15,
            expect="violated",
        )
        for source in sources
    )


def grid(*matchers: str, latent: str = ORACLE) -> dict[str, LSDM]:
    """Cells of the grid by label."""
    space = CHART if latent == ORACLE else Autoencoder(dim=2)
    known = {
        **{f"truth_{name}": TrueConditional(population=source) for name, source in SOURCES.items()},
        "marginal": Marginal(),
        **W1_MATCHERS,
        **RIVALS,
        **OTHERS,
    }
    return {f"{latent}/{matcher}": LSDM(latent=space, matcher=known[matcher]) for matcher in matchers}


def metrics(n_conditions: int, n_draws: int) -> tuple[Spec, ...]:
    """Distances in both spaces, what bounds them, geometry and cost."""
    sizes = {"n_conditions": n_conditions, "n_draws": n_draws}
    in_latents = ConditionalW1(**sizes, space="latents")
    return (JointOfSome(), LatentW1(), in_latents, Reconstruction(), DistanceToManifold(), DrawCost())


TRUTHS = tuple(f"truth_{source}" for source in SOURCES)
ONCE = (*TRUTHS, "marginal")  # that do not depend on n
LEARNT_CELLS = grid(*IN_LEARNT, latent=LEARNT)
WHERE = {  # the numbers of pairs of each matcher in the oracle's latents
    "line": {
        **dict.fromkeys(("truth_line", "marginal"), SIZES[:1]),
        **dict.fromkeys(("exact", "ensemble", *RIVALS), SIZES),
        **dict.fromkeys(("exact_plain", "ensemble_plain"), SIZES[:2]),
        "exact_doubled": (MIDDLE,),
        "critic": SIZES[:3],
        "local": (FIRST, THIRD, LARGEST),
        "sinkhorn": (FIRST,),
        "score": (FIRST, MIDDLE),
    },
    "cube": {
        **dict.fromkeys(("truth_cube", "marginal"), SIZES[:1]),
        **dict.fromkeys(("grown_ensemble", *RIVALS), SIZES),
        "grown": SIZES[:3],
        "grown_doubled": (MIDDLE,),
        "grown_critic": (FIRST,),
        "exact": (MIDDLE,),
    },
}


def left_out() -> tuple[Selection, ...]:
    """Every cell of the grid that is not run."""
    matchers = (*ONCE, *W1_MATCHERS, *RIVALS, *OTHERS)
    return (
        *(
            of(source, matcher, n)
            for source, known in WHERE.items()
            for matcher in matchers
            for n in SIZES
            if n not in known.get(matcher, ())
        ),
        *(Selection(method=method, n_paired=n) for method in LEARNT_CELLS for n in SIZES if n != MIDDLE),
        *(Selection(source="cube", method=method) for method in LEARNT_CELLS),
    )


STUDY = Study(
    name="matchers",
    sources=SOURCES,
    n_paired=SIZES,
    n_unpaired=(800,),
    methods={**grid(*ONCE, *W1_MATCHERS, *RIVALS, *OTHERS), **LEARNT_CELLS},
    metrics=metrics(40, 200),
    claims=claims(tuple(SOURCES), SIZES[0]),
    predictions=(
        *predictions(
            (
                *(("line", "ensemble", n, 1.02) for n in SIZES),
                *(("line", "exact", n, 1.1) for n in SIZES),
                *(("line", "ensemble_plain", n, 1.02) for n in SIZES[:2]),
                *(("line", "exact_plain", n, 1.1) for n in SIZES[:2]),
                *(("line", "critic", n, 1.1) for n in SIZES[:3]),
                ("line", "local", LARGEST, 1.02),
                *(("cube", "grown_ensemble", n, 1.02) for n in SIZES),
                *(("cube", "grown", n, 1.1) for n in SIZES[:3]),
                ("cube", "grown_critic", FIRST, 1.1),
            ),
            tuple(RIVALS),
        ),
        *twice("line", "exact", MIDDLE),
        *twice("cube", "grown", MIDDLE),
        rate("line", "exact", -0.4),
        rate("line", "ensemble", -0.4),
        rate("cube", "grown_ensemble", -0.4),
    ),
    controls=controls(tuple(SOURCES), SIZES[0]),
    replicates=20,
    seed=20261121,
    n_test=4_000,
    excluded=left_out(),
)

FEW = ("line",)
QUICK = STUDY.replace(
    sources={"line": SOURCES["line"]},
    n_paired=SIZES[:1],
    n_unpaired=(50,),
    methods=grid("truth_line", "marginal", "exact", "nearest"),
    metrics=metrics(30, 60),
    claims=claims(FEW, SIZES[0]),
    predictions=predictions((("line", "exact", SIZES[0], 1.1),), ("nearest",)),
    controls=controls(FEW, SIZES[0]),
    replicates=3,
    n_test=200,
    excluded=(),
)
