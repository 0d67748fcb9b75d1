"""Latent diffusion and latent flows: what the error of a learned velocity or score does to W1, and consistency.

Aims
    Check on every fit that errors on *true* trajectories bound the distance of generated latents, term by term and with
    tightness (docs/theory.md, E1 to E3), and that latent diffusion and latent flows approach the truth like LSDM as n
    and N grow (E4).
Data-generating mechanism
    *Mixture*: X uniform on [0, 1], two Gaussian components in a plane of R^4 that move with x. *Noisy*: the same with
    normal noise of standard deviation .1 in every coordinate. *Normal*: one component. *Swiss roll*: that of
    `geometric_fidelity` in R^16, without noise. n = 50, 200, 800 and m = 16 n unpaired responses.
Estimands
    Joint W1 of conditions and responses; W1 and W2 between generated and true latents; error of the fitted velocity on
    true paths, of each step of a draw, and of the score over the diffused law.

Methods
-------
    On mixtures, where principal components make every latent law a mixture with a known velocity: flow matching with
    50 midpoint or (without noise) 20 Euler steps, score matching by the probability flow or the reverse diffusion, and
    one-step W1 (LSDM). On the roll: `ldm` and `latent_flow`, with two latent dimensions, and LSDM with an autoencoder.
    On the normal law: the true velocity plus a constant of length .3.
Performance measures
    Violations and measured / bound. E1.path is about continuous time and sure up to its numerical term; E1.steps is
    sure for draws as they are made. E1.joint, with E1.steps inside and the isometric decoder of principal components,
    is about laws: W1 of samples is too large on average (C3), its dual on held-out halves too small (C5). E2 and E3
    suppose continuous time, and E2 a supremum of the score's modulus, of which any sample gives a lower estimate: they
    are predictions here, E2 by its logarithm, since growth comes near overflow. Total variation is bounded from below
    by how often generated and true latents are where the true density exceeds its median.
    Consistency: log-log slopes of joint W1 in n, and ratios to LSDM's over the same replicates.
Control
    The constant is left out of the bound. By E1 (equality) it moves every end by the same vector, so that W1 of the
    ends is its length, which is positive, while all other terms are numerical: false.
"""

from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np

from lsdm_stats import (
    LSDM,
    PCA,
    Autoencoder,
    Claim,
    Comparison,
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
    Trend,
    TrueChart,
    latent_flow,
    ldm,
)
from lsdm_stats.bounds import DivergenceBound, DroppedTerm, FlowBound, ScoreBound
from lsdm_stats.matchers import GeneratorNetwork
from lsdm_stats.matchers.paths import LinearPath
from lsdm_stats.matchers.score_matching import ScoreSampler
from lsdm_stats.matchers.velocity import VelocityNetwork
from lsdm_stats.metrics import Evaluation, FlowErrors, LatentW1, Reconstruction, SamplerErrors, ScoreErrors
from lsdm_stats.metrics.true_paths import coupled
from lsdm_stats.populations import MixtureFlow, MixtureLatents
from lsdm_stats.samples import LatentPairs, Velocity
from lsdm_stats.wasserstein.intervals.held_out import held_out

MIXTURE = MixtureLatents(ambient_dim=4)
NORMAL = MixtureLatents(ambient_dim=4, weights=(1.0,), centres=((0.5, -0.3),), slopes=((1.0, 0.5),), scales=(0.4,))
SOURCES = {
    "mixture": MIXTURE,
    "noisy": MIXTURE.replace(noise=IsotropicNoise(scale=0.1)),
    "normal": NORMAL,
    "swiss_roll": SwissRoll(ambient_dim=16),
}
MIXTURES, ROLL = ("mixture", "noisy"), "swiss_roll"
SIZES, FACTOR = (50, 200, 800), 16
JOINT = "joint_w1"


@dataclass(frozen=True)
class Shifted:
    """A true velocity plus a constant vector, followed in Euler steps."""

    truth: MixtureFlow
    shift: float
    n_steps: int

    @property
    def failures(self):
        """Nothing can fail."""
        return (None,) * len(self.start[0])

    @property
    def start(self):
        """Centre and scale of the noise."""
        return self.truth.start

    def weights(self, times):
        """Weights of latent and noise."""
        return self.truth.weights(times)

    def rates(self, times):
        """Their derivatives in t."""
        return self.truth.rates(times)

    def velocity(self, times, latents, conditions):
        """The truth and a vector of the given length along the diagonal."""
        return self.truth.velocity(times, latents, conditions) + self.shift / latents.shape[2] ** 0.5

    @property
    def stages(self):
        """Equal steps, without noise on the way."""
        return tuple((begin, begin, end) for begin, end in pairwise(np.linspace(0, 1, self.n_steps + 1).tolist()))

    def advance(self, latents, conditions, begin, end):
        """One Euler step."""
        return latents + (end - begin) * self.velocity(np.array(begin), latents, conditions)

    def sample(self, conditions, *, rngs):
        """One latent per condition."""
        centre, scale = self.start
        noise = np.stack([rng.standard_normal((conditions.shape[1], centre.shape[2])) for rng in rngs])
        latents = centre + scale * noise
        for begin, _, end in self.stages:
            latents = self.advance(latents, conditions, begin, end)
        return latents

    def select(self, replicates):
        """The velocities of some replicates."""
        kept = list(replicates)
        return replace(self, truth=replace(self.truth, start=tuple(part[kept] for part in self.start)))


class ShiftedTruth(Spec):
    """Velocities with a known error, in the chart of a population: nothing is learnt.

    Parameters
    ----------
    population : MixtureLatents
        Whose velocity is the truth.
    shift : float
        Length of the constant that is added.
    n_steps : int
        Euler steps of a draw.
    """

    population: MixtureLatents
    shift: float = 0.3
    n_steps: int = 50

    def fit(self, pairs: LatentPairs, *, rngs):
        """From standard normal noise; `rngs` are not read."""
        nothing = np.zeros_like(pairs.latents[:, :1])
        start = nothing, nothing + 1
        return Shifted(MixtureFlow(self.population, LinearPath(), start), self.shift, self.n_steps)


class Trajectories(Spec):
    """Both sides of E1 to E3 where the true velocity is known and the fit has one; nothing elsewhere.

    Beside the values of `FlowErrors`, `SamplerErrors` and, for scores, `ScoreErrors`: ``decoder_modulus``, 1, since
    decoders of principal components and of the oracle's chart are isometries here; ``score.log_distance`` and
    ``score.log_bound``, logarithms of the root mean squared distance of the ends of draws and of the bound E2 for their
    sampler; ``variation.bound``, E3.tv; ``variation``, how much more often true latents are where their density exceeds
    its median over other ones, in the mean at most the total variation.
    """

    n_points: int = 500
    n_jacobians: int = 60

    def evaluate(self, evaluation: Evaluation):
        """One value per replicate and name."""
        sampler = getattr(evaluation.further.fitted, "sampler", None)
        if not (isinstance(evaluation.source, MixtureLatents) and isinstance(sampler, Velocity)):
            return {}
        paths = FlowErrors(n_points=self.n_points, n_jacobians=self.n_jacobians)
        values = {**paths.evaluate(evaluation), **SamplerErrors(n_points=self.n_points).evaluate(evaluation)}
        values["decoder_modulus"] = np.ones_like(values["flow.coupled"])
        if not isinstance(sampler, ScoreSampler):
            return values
        scores = ScoreErrors(n_points=self.n_points, n_jacobians=self.n_jacobians)
        values |= scores.evaluate(evaluation)
        bound = ScoreBound(form="sde" if sampler.stochastic else "ode")
        return values | {
            "score.log_distance": np.log(values["steps.standard_rms"]),
            "score.log_bound": np.log(bound.evaluate(values).total),
            "variation.bound": DivergenceBound(form="tv").evaluate(values).total,
            "variation": self._variation(evaluation),
        }

    def _variation(self, evaluation):
        pair = coupled(evaluation, evaluation.conditions.shape[1])
        laws = pair.truth.law.mixtures(pair.conditions)
        of_truth, of_draws = (laws.log_density(z) for z in (pair.latents, evaluation.latent_side.generated))
        half = of_truth.shape[1] // 2
        level = np.median(of_truth[:, :half], axis=1, keepdims=True)
        return (of_truth[:, half:] > level).mean(axis=1) - (of_draws[:, half:] > level).mean(axis=1)


class JointAndReferences(Spec):
    """Joint W1 of samples, what it is too large by, and a value that is not too large.

    Beside the values of `JointW1`: ``joint_w1.floor``, of a second true sample with the same conditions;
    ``joint_w1.excess``, joint W1 less the floor; and ``joint_w1.dual``, the mean of an optimal dual potential on points
    that it was not fitted to (C5).
    """

    def evaluate(self, evaluation: Evaluation):
        """One value per replicate and name."""
        other, split = zip(*(rng.spawn(8)[5::2] for rng in evaluation.data_streams), strict=True)
        second = evaluation.source.sample(evaluation.conditions, rngs=other)
        found = JointW1().evaluate(evaluation)
        floor = JointW1().evaluate(evaluation.with_generated(second))[JOINT]
        sides = zip(evaluation.conditions, evaluation.generated, evaluation.responses, split, strict=True)
        dual = [
            held_out(np.hstack([x, g]), np.hstack([x, y]), (x.shape[1], y.shape[1]), shared=True, rng=rng).value
            for x, g, y, rng in sides
        ]
        return {
            **found,
            f"{JOINT}.floor": floor,
            f"{JOINT}.excess": found[JOINT] - floor,
            f"{JOINT}.dual": np.array(dual),
        }


LEARNT = ("flow", "flow_euler", "score_ode", "score_sde")
ON_ROLL = ("ldm", "latent_flow")


def of(source: str, method: str, n: int | None = None) -> Selection:
    """One setting, or one for each n."""
    return Selection(source=source, method=method, n_paired=n)


SURE = {
    "E1.path, mean distance of coupled ends": ("path", "flow.coupled"),
    "E1.path, W1 of the ends": ("path", "flow.w1"),
    "E1.sup, W1 of the ends": ("sup", "flow.w1"),
    "E1.path_w2, W2 of the ends": ("path_w2", "flow.w2"),
    "E1.sup_w2, W2 of the ends": ("sup_w2", "flow.w2"),
    "E1.steps, W1 of draws as they are made": ("steps", "steps.w1"),
    "E1.steps_sup, W1 of draws as they are made": ("steps_sup", "steps.w1"),
}
IN_STEPS = {
    "flow.path.start": "steps.path.start",
    "flow.path.error": "steps.path.error",
    "flow.path.numerical": "steps.numerical",
    "flow.end": "steps.end",
}


def claims(sources: tuple[str, ...], learnt: tuple[str, ...]) -> tuple[Claim | Comparison, ...]:
    """What is proved: E1 on every fit with a known velocity, its equality for a constant error, E1.joint in mean."""
    return (
        *(
            Claim(title=title, bound=FlowBound(form=form), measured=measured, kind="sure", methods=(*learnt, "shifted"))
            for title, (form, measured) in SURE.items()
        ),
        *(
            Claim(
                title=f"{source}: E1.joint with E1.steps inside, joint W1",
                bound=FlowBound(form="joint"),
                measured=JOINT,
                measured_from_below=f"{JOINT}.dual",
                terms=IN_STEPS,
                kind="expectation",
                sources=(source,),
                methods=learnt,
            )
            for source in sources
        ),
        Comparison(
            title="E1, equality: the bound of a constant error over W1 of the ends",
            measured="flow.path.error",
            measured_over="flow.w1",
            of=of("normal", "shifted"),
            over=of("normal", "shifted"),
            quantity="ratio",
            at_least=1 - 1e-5,
            at_most=1 + 1e-5,
        ),
    )


CONTROLS = tuple(
    Claim(
        title=f"control: a constant error left out of E1.{form}",
        bound=DroppedTerm(bound=FlowBound(form=form), term="error"),
        measured=measured,
        kind="sure",
        methods=("shifted",),
        expect="violated",
    )
    for form, measured in (("path", "flow.w1"), ("steps", "steps.w1"))
)


def within(source: str, method: str, n: int) -> Comparison:
    """Many steps against one."""
    return Comparison(
        title=f"{source}, n={n}: joint W1 of {method} at most 1.25 x that of lsdm",
        measured=JOINT,
        of=of(source, method, n),
        over=of(source, "lsdm" if source == ROLL else "lsdm_pca", n),
        quantity="ratio",
        at_most=1.25,
    )


def falls(source: str, method: str, measured: str) -> Trend:
    """E4: with n, and N = 17 n."""
    return Trend(
        title=f"{source}, {method}: {measured} falls with n and N",
        measured=measured,
        over="n_paired",
        among=of(source, method),
        at_most=0,
    )


def scores(source: str, n: int, methods: tuple[str, ...]) -> tuple[Comparison, ...]:
    """E2 and E3 for fitted scores, with measured moduli."""
    found = [
        (f"E2, log distance less log bound, {method}", "score.log_distance", "score.log_bound", method)
        for method in methods
    ]
    if "score_sde" in methods:
        words = "E3.tv, lower bound of total variation less its bound"
        found.append((words, "variation", "variation.bound", "score_sde"))
    return tuple(
        Comparison(
            title=f"{source}, n={n}: {title}",
            measured=measured,
            measured_over=over,
            of=of(source, method, n),
            over=of(source, method, n),
            quantity="difference",
            at_most=0,
        )
        for title, measured, over, method in found
    )


CELLS = {
    "mixture": (*LEARNT, "lsdm_pca"),
    "noisy": ("flow", "score_ode", "score_sde", "lsdm_pca"),
    "normal": ("shifted",),
    ROLL: (*ON_ROLL, "lsdm"),
}


def predictions(sizes: tuple[int, ...]):
    """Diffusions by their scores; consistency; many steps as good as one."""
    rates = [
        falls(source, method, measured)
        for source, methods in CELLS.items()
        if source != "normal"
        for method in methods
        for measured in (JOINT, f"{JOINT}.excess", *(("steps.path.error",) if method in LEARNT else ()))
    ]
    return (
        *(one for source in MIXTURES for n in sizes for one in scores(source, n, ("score_ode", "score_sde"))),
        *rates,
        *(
            within(source, method, n)
            for source, methods in CELLS.items()
            for method in methods
            if method in (*LEARNT, *ON_ROLL)
            for n in sizes
        ),
    )


def in_components(network: VelocityNetwork, generator: GeneratorNetwork) -> dict[str, LSDM]:
    """Matchers in the space of the first two principal components."""
    matchers = {
        "flow": FlowMatching(network=network),
        "flow_euler": FlowMatching(network=network, n_steps=20, scheme="euler"),
        "score_ode": ScoreMatching(network=network),
        "score_sde": ScoreMatching(network=network, sampler="sde"),
        "lsdm_pca": ExactTransport(network=generator, warm_start=1_000),
    }
    return {name: LSDM(latent=PCA(dim=2), matcher=matcher) for name, matcher in matchers.items()}


SHIFTED = {"shifted": LSDM(latent=TrueChart(population=NORMAL), matcher=ShiftedTruth(population=NORMAL))}
ALWAYS = (JointAndReferences(), LatentW1(), Reconstruction())


def others(cells: dict[str, tuple[str, ...]], sizes: tuple[int, ...]) -> tuple[Selection, ...]:
    """Methods on sources that they are not meant for, other numbers of responses, and the known error for larger n."""
    known = {method for methods in cells.values() for method in methods}
    return (
        *(of(source, method) for source, methods in cells.items() for method in sorted(known - {*methods})),
        *(Selection(n_paired=n, n_unpaired=FACTOR * k) for n in sizes for k in sizes if n != k),
        *(of("normal", "shifted", n) for n in sizes[1:]),
    )


STUDY = Study(
    name="latent_diffusion",
    sources=SOURCES,
    n_paired=SIZES,
    n_unpaired=tuple(FACTOR * n for n in SIZES),
    methods={
        **in_components(VelocityNetwork(), GeneratorNetwork()),
        **SHIFTED,
        "ldm": ldm(dim=2),
        "latent_flow": latent_flow(dim=2),
        "lsdm": LSDM(latent=Autoencoder(dim=2), matcher=ExactTransport(warm_start=1_000)),
    },
    metrics=(*ALWAYS, Trajectories()),
    claims=claims(MIXTURES, LEARNT),
    predictions=predictions(SIZES),
    controls=CONTROLS,
    replicates=10,
    seed=20261121,
    n_test=2_000,
    excluded=others(CELLS, SIZES),
)

BRIEF = Training(max_steps=400, patience=200)
FEW = {"mixture": ("flow_euler", "score_sde", "lsdm_pca"), "normal": ("shifted",)}
QUICK = STUDY.replace(
    sources={source: SOURCES[source] for source in FEW},
    n_paired=SIZES[:1],
    n_unpaired=(FACTOR * SIZES[0],),
    methods={
        name: method
        for name, method in {
            **in_components(VelocityNetwork(training=BRIEF), GeneratorNetwork(training=BRIEF)),
            **SHIFTED,
        }.items()
        if any(name in methods for methods in FEW.values())
    },
    metrics=(*ALWAYS, Trajectories(n_points=100, n_jacobians=20)),
    claims=claims(("mixture",), ("flow_euler", "score_sde")),
    predictions=(*scores("mixture", SIZES[0], ("score_sde",)), within("mixture", "flow_euler", SIZES[0])),
    replicates=6,
    n_test=200,
    excluded=others(FEW, SIZES[:1]),
)
