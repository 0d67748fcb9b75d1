"""One step against many: what latent flows and diffusions pay for the accuracy that LSDM has in one evaluation.

Aims
    Say how many evaluations of its network a draw of a flow or a diffusion needs to come as near to the truth as one
    evaluation of LSDM's generator, and what they cost in seconds.
Data-generating mechanism
    Noise of standard deviation .05 in R^16 around the swiss roll of outer radius 1, with two modes along it; n = 200
    and 800 pairs. In the oracle's chart, and for n = 200 in a two-dimensional autoencoder with 3,200 further responses.
Estimands
    Joint W1 of conditions and responses and of conditions and latents, mean conditional W1 of latents, mean distance
    to the manifold (0 in the oracle's chart), seconds per latent draw.

Methods
-------
    One step: W1 matching (LSDM) and the energy score. Many: flow matching and score matching, each fitted once and then
    followed with 1 to 100 evaluations: Euler and midpoint steps (two evaluations each), for scores along the
    probability flow (ode) and the reverse diffusion (sde). Test data and noise of the start are the same for all.
Performance measures
    Ratios of means over the same replicates with Fieller intervals. W1 of samples is too large on average for all
    methods alike (C3), so that ratios of joint W1 understate differences; truth against truth is the floor of the
    conditional one. All networks have equal hidden layers; seconds are measured once for a block of replicates, so that
    their intervals say nothing.
What is expected
    Nothing here is proved of trained networks: predictions. Those of numbers of evaluations come from pilots.
Control
    One Euler step of the *true* flow goes to the mean of Z given x, whatever the noise: v(0, z) = E(Z | x) - z. Any
    point mass a at x is far from two modes: the decoder D is 1-Lipschitz, D(Z) is at most 2 |e| from the noise-free
    response Y, e the noise in the plane of the spiral, and E|Y - D(a)| >= E|Y - Y'| / 2 for an independent Y', so that
    E|Z - a| >= E|Y - Y'| / 2 - 2 E|e| = .388 - .125 = .26 (quadrature, in that plane): at most .2 is false for all n.
"""

import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import ClassVar

import numpy as np
from scipy.stats import norm

from lsdm_stats import (
    LSDM,
    Autoencoder,
    Comparison,
    DistanceToManifold,
    EnergyScore,
    ExactTransport,
    FlowMatching,
    IsotropicNoise,
    JointW1,
    ScoreMatching,
    Selection,
    Spec,
    Study,
    SwissRoll,
    Training,
    TrueChart,
)
from lsdm_stats.lsdm.method import FittedLSDM
from lsdm_stats.manifolds.swiss_roll import INNER_ANGLE, OUTER_ANGLE, arc_length
from lsdm_stats.matchers import GeneratorNetwork
from lsdm_stats.matchers.score_matching import ScoreSampler
from lsdm_stats.matchers.velocity import VelocityNetwork, VelocitySampler
from lsdm_stats.metrics import ConditionalW1, Evaluation, LatentW1, draw_evaluation
from lsdm_stats.samples import LatentPairs

SOURCE = SwissRoll(ambient_dim=16, noise=IsotropicNoise(scale=0.05))
SIZES, FIRST, MANY = (200, 800), 200, 3_200
EVALUATIONS = {"euler": (1, 2, 5, 10, 20, 50, 100), "midpoint": (2, 4, 10, 20, 50, 100)}
COST = {"euler": 1, "midpoint": 2}
JOINT, CONDITIONAL, SECONDS = "latent_w1", "conditional_latent_w1", "draw.seconds"


@dataclass(frozen=True)
class MeanGiven:
    """The mean latent given the condition, for any noise."""

    replicates: int

    @property
    def failures(self):
        """Nothing can fail."""
        return (None,) * self.replicates

    def sample(self, conditions, *, rngs):
        """Arc length averaged over both modes and quantiles of the jitter, and height."""
        x = conditions[..., 0]
        jitter = norm.ppf((np.arange(64) + 0.5) / 64)
        along = 0.15 + 0.3 * x[..., None, None] + 0.4 * np.arange(2)[:, None] + 0.05 * jitter
        lengths = arc_length(INNER_ANGLE + (OUTER_ANGLE - INNER_ANGLE) * along.clip(0, 1))
        return np.stack([lengths.mean(axis=(-2, -1)), 0.5 + 0.3 * np.sin(2 * np.pi * x)], axis=-1)

    def select(self, replicates):
        """For fewer replicates."""
        return MeanGiven(len(replicates))


class OneTrueStep(Spec):
    """One Euler step of the true flow of the roll's noise-free latents."""

    def fit(self, pairs: LatentPairs, *, rngs):
        """Nothing is learnt."""
        return MeanGiven(len(pairs.latents))


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


class AcrossSteps(Spec):
    """Some metrics of the same fit, drawn from with other numbers of steps; nothing for one-step generators.

    Names begin with the solver and the number of evaluations of the network per draw: ``euler_10.latent_w1`` for
    flows, ``ode_euler_10.…`` and ``sde_euler_10.…`` for scores. Test data are those of the evaluation.

    Parameters
    ----------
    metrics : tuple of Spec
        What is measured of every sampler.
    most : int
        Largest number of evaluations.
    """

    metrics: tuple[Spec, ...]
    most: int = 100

    def evaluate(self, evaluation: Evaluation):
        """One value per replicate, sampler and name."""
        further = evaluation.further
        fitted, kept = further.fitted, list(further.kept)
        if not isinstance(fitted.sampler, VelocitySampler):
            return {}
        space, responses = fitted.space.select(kept), fitted.training_responses[kept]
        n_test = evaluation.conditions.shape[1]
        values = {}
        for name, sampler in self._samplers(fitted.sampler.select(kept)):
            drawn = draw_evaluation(
                FittedLSDM(space, sampler, responses), evaluation.source, n_test=n_test, rngs=evaluation.data_streams
            )
            for metric in self.metrics:
                values |= {f"{name}.{key}": found for key, found in metric.evaluate(drawn).items()}
        return values

    def _samplers(self, sampler: VelocitySampler) -> Iterator[tuple[str, VelocitySampler]]:
        kinds = {"": sampler}
        if isinstance(sampler, ScoreSampler):
            kinds = {kind: replace(sampler, stochastic=kind == "sde_") for kind in ("ode_", "sde_")}
        for kind, of_kind in kinds.items():
            for scheme, counts in EVALUATIONS.items():
                for count in counts:
                    if count <= self.most:
                        steps = count // COST[scheme]
                        yield f"{kind}{scheme}_{count}", replace(of_kind, scheme=scheme, n_steps=steps)


def of(method: str, n: int) -> Selection:
    """One setting."""
    return Selection(method=method, n_paired=n)


def against_one_step(method: str, solver: str, count: int, n: int, measured: str, **limits: float) -> Comparison:
    """A sampler with so many evaluations over LSDM with one."""
    words = " and ".join(f"{name.replace('_', ' ')} {limit:g}" for name, limit in limits.items())
    space = method.split("/")[0]
    return Comparison(
        title=f"n={n}, {measured}: {method}, {solver.replace('_', ' ')}, {count} evaluations over lsdm, {words}",
        measured=f"{solver}_{count}.{measured}",
        measured_over=measured,
        of=of(method, n),
        over=of(f"{space}/lsdm", n),
        quantity="ratio",
        **limits,
    )


SUFFICE = (
    ("flow", "euler", 50),
    ("flow", "midpoint", 10),
    ("score", "ode_euler", 20),
    ("score", "ode_midpoint", 10),
    ("score", "sde_midpoint", 50),
)
TOO_FEW = (
    ("flow", "euler", 10),
    ("flow", "midpoint", 4),
    ("score", "ode_euler", 2),
    ("score", "ode_midpoint", 4),
    ("score", "sde_midpoint", 4),
)


def predictions(sizes: tuple[int, ...], suffice: tuple, too_few: tuple):
    """How many evaluations are enough, how many are not, and what they cost."""
    return (
        *(
            against_one_step(f"oracle/{method}", solver, count, n, measured, at_most=1.05)
            for method, solver, count in suffice
            for n in sizes
            for measured in (JOINT, CONDITIONAL)
        ),
        *(
            against_one_step(f"oracle/{method}", solver, count, n, JOINT, at_least=1.05)
            for method, solver, count in too_few
            for n in sizes
        ),
        *(
            against_one_step(f"oracle/{method}", solver, count, n, SECONDS, at_least=count / 3)
            for method, solver, count in suffice
            for n in sizes
        ),
    )


def in_autoencoder(n: int) -> tuple[Comparison, ...]:
    """Learnt latents: ten evaluations are enough there too; one Euler step ends between the modes, off the roll."""
    return (
        *(
            against_one_step(f"autoencoder/{method}", solver, 10, n, "joint_w1", at_most=1.05)
            for method, solver in (("flow", "midpoint"), ("score", "ode_midpoint"))
        ),
        *(
            against_one_step(f"autoencoder/{method}", solver, 1, n, "distance_to_manifold", at_least=1.5)
            for method, solver in (("flow", "euler"), ("score", "ode_euler"))
        ),
    )


def controls(n: int) -> tuple[Comparison, ...]:
    """One Euler step of the true flow."""
    return (
        Comparison(
            title="control: one Euler step of the true flow, conditional W1 at most .2 (over 0, the distance to M)",
            measured=CONDITIONAL,
            measured_over="distance_to_manifold",
            of=of("oracle/one_true_step", n),
            over=of("oracle/one_true_step", n),
            quantity="difference",
            at_most=0.2,
            expect="violated",
        ),
    )


def methods(generator: GeneratorNetwork, network: VelocityNetwork, stage_1: Spec) -> dict[str, LSDM]:
    """Every matcher in the oracle's chart, and some in an autoencoder's latent space."""
    chart = TrueChart(population=SwissRoll(ambient_dim=16))
    matchers = {
        "lsdm": ExactTransport(network=generator, warm_start=1_000),
        "energy": EnergyScore(network=generator),
        "flow": FlowMatching(network=network),
        "score": ScoreMatching(network=network),
        "one_true_step": OneTrueStep(),
    }
    return {
        **{f"oracle/{name}": LSDM(latent=chart, matcher=matcher) for name, matcher in matchers.items()},
        **{
            f"autoencoder/{name}": LSDM(latent=stage_1, matcher=matchers[name])
            for name in ("lsdm", "energy", "flow", "score")
        },
    }


def metrics(n_conditions: int, n_draws: int, most: int) -> tuple[Spec, ...]:
    """Of every fit with its own number of steps, and again with others."""
    conditional = ConditionalW1(n_conditions=n_conditions, n_draws=n_draws, space="latents")
    measured = (JointW1(), LatentW1(), conditional, DistanceToManifold(), DrawCost())
    return (*measured, AcrossSteps(metrics=measured, most=most))


FULL = methods(GeneratorNetwork(), VelocityNetwork(), Autoencoder(dim=2))
STUDY = Study(
    name="one_step",
    sources={"swiss_roll": SOURCE},
    n_paired=SIZES,
    n_unpaired=(MANY,),
    methods=FULL,
    metrics=metrics(30, 100, 100),
    predictions=(*predictions(SIZES, SUFFICE, TOO_FEW), *in_autoencoder(FIRST)),
    controls=controls(FIRST),
    replicates=10,
    seed=20261121,
    n_test=1_000,
    excluded=(
        of("oracle/one_true_step", SIZES[1]),
        *(of(name, SIZES[1]) for name in FULL if name.startswith("autoencoder")),
    ),
)

BRIEF = Training(max_steps=400, patience=200)
SMALL = methods(GeneratorNetwork(training=BRIEF), VelocityNetwork(training=BRIEF), Autoencoder(dim=2, training=BRIEF))
QUICK = STUDY.replace(
    n_paired=(FIRST,),
    methods={f"oracle/{name}": SMALL[f"oracle/{name}"] for name in ("lsdm", "flow", "score", "one_true_step")},
    metrics=metrics(10, 40, 10),
    predictions=predictions((FIRST,), SUFFICE[1:2], TOO_FEW[:1]),
    replicates=4,
    n_test=150,
    excluded=(),
)
