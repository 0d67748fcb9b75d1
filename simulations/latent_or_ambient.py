"""Latent or ambient: the end-to-end bound with and without a latent space, and what is true of the errors themselves.

Aims
    Compare D3 with D4 (docs/theory.md) in a model in which every number of both is known or proved, with and without
    noise, and say where a latent space buys something and where it does not.
Data-generating mechanism
    A square sheet in R^20 that moves along one of its sides with the condition, X uniform on [0, 1]; independent noise,
    uniform on [-e/2, e/2] in each of the 18 other directions, e = 0, .1, .2, .4. n = 100 to 3,000 pairs and 10,000
    unpaired responses.
Estimands
    Joint W1 between the law of the generator and the truth, in the sum metric; mean distance of generated points to the
    subspace of the sheet.

Methods
-------
    Stage 1 is two principal components of the unpaired responses alone (latent), or nothing (ambient). Stage 2:
    memory: the response of the i-th smallest condition for every condition in ((i-1)/n, i/n]. In the class of all
    functions that are constant on these cells, whose training law has their i-th value at the i-th condition, it has
    the training loss 0, hence no optimisation error. Training law and law are W1 of conditions and uniform law apart
    (move conditions within cells), exactly known in mean (B0). The function that remembers another sample bounds the
    infimum over the class, by this and the error of the pairs.
    truth: the true conditional law, encoded; in the ambient space the truth itself, whose joint W1 is 0 (n = 1,000).
    network: trained by minibatch transport, n = 1,000, e = 0 and .2.
    The mean error of n pairs is at most that of the noise-free pairs, B2, plus E|v - v'| for two independent copies of
    what is left of the noise (couple the former optimally and the noise independently); or B2 for the box with all 20
    sides, if that is less. In the ambient space all noise is left, in the latent one almost none; but to use that the
    encoder must not have seen the pairs (D1). With the ambient number D3 holds for every encoder.
Performance measures
    Means of both sides. Distances of 2,000 fresh points with shared conditions are too large on average (C3), and so
    much in 20 dimensions that they rank generators wrongly. Claims are violated only by what is too small on average:
    for memories the mean distance of a response to the nearest of the n values that they can take (A4.marginals),
    otherwise dual values on held-out halves (C5).
What is expected
    Bounds: without noise D4 is the smaller one, by the terms of stage 1; with noise D3 is, the more noise the more.
    Errors: without noise they are the same. With noise every latent generator has joint W1 of at least R, about the
    mean length of the noise, for all n and m (A3), and the ambient truth has 0: the bound is smaller where the least
    possible error is larger. Of memories, both errors lie in intervals that overlap (hardly at e = .4, n = 100), from
    the distance to their n values to the plug-in distance: they are of the same order.
    So in joint W1 the latent space buys a smaller bound, and no smaller error that could be shown. It does buy
    geometry: latent generators stay near the sheet (A5.linear), the ambient truth is as far from it as its noise.
    A network that minimises plug-in distances is no ambient truth: it makes noise too narrow (D1.shrinkage), and is
    near the sheet as well.
Controls
    The pushed form of D3 without R, false on every sample with R > 0 (A3.strict). D3 a posteriori without R for the
    latent memory at e = .4: joint W1 is at least R (A3), for every plane at least .43 (below), the other terms have
    means of at most .36. For the ambient memory with noise D1 a posteriori without the error of the pairs: what is left
    has a mean of at most .032, and the distance to n values is at least that of B5, above .09.
    Why .43: for a plane with projection P and noise v of standard deviation s per coordinate, Q = I - P has the trace
    t >= 16 on the 18 directions of v; E|Qv|^2 = s^2 t, E|Qv|^4 <= s^4 (t^2 + 2t) as uniform variables have less fourth
    moment than normal ones; by Hoelder's inequality E|Qv| >= s t / (t + 2)^(1/2), and D4.floors adds the sheet.
"""

import copy
import math
from dataclasses import dataclass
from functools import lru_cache
from typing import ClassVar

import numpy as np
from scipy.spatial import KDTree

from lsdm_stats import PCA, Claim, Comparison, ExactTransport, Identity, Selection, Spec, Study, TrueConditional
from lsdm_stats.bounds import (
    AmbientBound,
    DroppedTerm,
    EndToEndBound,
    FidelityBound,
    LineRate,
    OracleBound,
    PCASandwich,
    PushForwardRate,
    QuantisationRate,
    RateBelow,
    SpectralRate,
    StageOneBound,
)
from lsdm_stats.lsdm import FittedLSDM
from lsdm_stats.manifolds import Box
from lsdm_stats.matchers import GeneratorNetwork
from lsdm_stats.matchers.arc_family import distance_to_uniform
from lsdm_stats.metrics import JointW1, LatentW1, Reconstruction, Stated, draw_evaluation
from lsdm_stats.populations import BoxSubspace
from lsdm_stats.samples import LatentPairs, SemiSupervised
from lsdm_stats.wasserstein.estimators.methods import Estimates
from lsdm_stats.wasserstein.intervals.held_out import held_out

SIZES, MIDDLE, UNPAIRED, N_TEST = (100, 300, 1_000, 3_000), 1_000, 10_000, 2_000
NOISE = {"none": 0.0, "weak": 0.1, "middle": 0.2, "strong": 0.4}
NOISY = ("weak", "middle", "strong")
DIM, SHEET, SIGNAL = 20, (1.0, 1.0), 0.5


class Sheet(BoxSubspace):
    """Boxes whose first two sides are a sheet, moving along the first of them; the other sides are bounded noise."""

    @property
    def coefficients(self):
        """Along the first side."""
        return self.signal * np.eye(len(self.widths), self.condition_dim)

    @property
    def noiseless(self):
        """The same without noise."""
        return self.replace(widths=self.widths[: len(SHEET)])

    @property
    def noise_directions(self):
        """Orthonormal basis of the noise in columns."""
        return self.manifold.embedding[:, len(SHEET) :]

    @property
    def noise_variances(self):
        """Variance along each of them."""
        return np.square(self.widths[len(SHEET) :]) / 12

    def across(self, columns):
        """Part of vectors ``(…, q, j)`` that is orthogonal to the sheet."""
        along = self.manifold.embedding[:, : len(SHEET)]
        return columns - along @ (along.T @ columns)

    def off_sheet(self, points):
        """Distance of points ``(…, q)`` to the subspace of the sheet."""
        return np.linalg.norm(self.across(np.swapaxes(points, -1, -2)), axis=-2)


@dataclass(frozen=True)
class Told(SemiSupervised):
    """Data that say where they came from, for oracles and for fresh points that all methods share."""

    population: Sheet | None = None
    streams: tuple = ()


class Telling(Spec):
    """A population whose data say that they came from it; its joint W1 from itself is 0, the `distance`.

    Parameters
    ----------
    population : Sheet
        The population.
    """

    population: Sheet
    distance: ClassVar[float] = 0.0

    def draw(self, n_paired, n_unpaired, *, rngs):
        """Pairs and unpaired responses."""
        streams = tuple(copy.deepcopy(rngs))
        data = self.population.draw(n_paired, n_unpaired, rngs=rngs)
        return Told(data.conditions, data.responses, data.unpaired, self.population, streams)

    def held_out(self, n, *, rngs):
        """Fresh conditions and responses."""
        return self.population.held_out(n, rngs=rngs)


@dataclass(frozen=True)
class Remembered:
    """The latents of the pairs in the order of their conditions, ``(R, n, k)``."""

    latents: np.ndarray

    @property
    def failures(self):
        """Nothing can fail."""
        return (None,) * len(self.latents)

    def sample(self, conditions, *, rngs):
        """The i-th latent for conditions in ((i-1)/n, i/n]; `rngs` are not read."""
        n = self.latents.shape[1]
        ranks = np.clip(np.ceil(n * conditions).astype(int) - 1, 0, n - 1)
        return np.take_along_axis(self.latents, ranks, axis=1)


class RankMemory(Spec):
    """For conditions in ((i-1)/n, i/n] the latent of the pair with the i-th smallest condition."""

    def fit(self, pairs, *, rngs):
        """Sort the pairs; `rngs` are not read."""
        return Remembered(np.take_along_axis(pairs.latents, np.argsort(pairs.conditions, axis=1), axis=1))


@lru_cache(maxsize=64)
def expected_conditions_error(n):
    """Mean W1 of n conditions and the uniform law of [0, 1] (B0.exact)."""
    return float(LineRate().evaluate(Box(sides=(1.0,)), n).total)


@lru_cache(maxsize=64)
def noiseless_error(population, n):
    """Bound on the mean W1 of n noise-free pairs and their law (B2.image)."""
    return float(PushForwardRate().evaluate(population.noiseless, n).total)


@lru_cache(maxsize=64)
def pairs_error(population, n):
    """Bound on the mean W1 of n pairs and their law: noise coupled independently, or the whole box."""
    coupled = noiseless_error(population, n) + math.sqrt(2 * population.noise_variances.sum())
    return min(coupled, float(PushForwardRate().evaluate(population, n).total))


def encoded_pairs_error(population, directions, n):
    """The same for encoded pairs, ``(R,)``, given orthonormal directions ``(R, q, k)`` that have not seen them."""
    left = (population.noise_variances[:, None] * (population.noise_directions.T @ directions) ** 2).sum(axis=(1, 2))
    return np.minimum(noiseless_error(population, n) + np.sqrt(2 * left), pairs_error(population, n))


@lru_cache(maxsize=64)
def responses_error(population, n):
    """The same for n responses, whose noise-free law lives on a rectangle (B2.any)."""
    first, second = population.widths[: len(SHEET)]
    known = float(SpectralRate(law="any").evaluate(Box(sides=(first + population.signal, second)), n).total)
    return known + math.sqrt(2 * population.noise_variances.sum())


class Ledger(Spec):
    """A method whose stage 1 sees unpaired responses only; states what theory says of its fits and what is measured.

    Parameters
    ----------
    latent : PCA or Identity
        Stage 1.
    matcher : Spec, optional
        Stage 2; by default the true conditional law.
    n_test : int
        Number of fresh points.
    """

    latent: PCA | Identity
    matcher: Spec | None = None
    n_test: int
    uses_unpaired: ClassVar[bool] = True
    needs_test_data: ClassVar[bool] = False

    def fit(self, data, *, rngs):
        """Fit every replicate, measure it on fresh points, and state the terms of its bounds."""
        first, second, split = zip(*(rng.spawn(3) for rng in rngs), strict=True)
        space = self.latent.fit(data.unpaired, rngs=first)
        encoded = space.encode(data.responses)
        matcher = self.matcher or TrueConditional(population=data.population)
        sampler = matcher.fit(LatentPairs(data.conditions, encoded, space), rngs=second)
        evaluation = draw_evaluation(FittedLSDM(space, sampler, data.unpaired), data.population, n_test=self.n_test,
                                     rngs=copy.deepcopy(data.streams))
        kept = list(evaluation.replicates)
        test = self.measured(evaluation, space.directions[kept])
        if isinstance(self.matcher, RankMemory):
            test["joint_w1.below"] = nearest(space.decode(encoded)[kept], evaluation.responses)
            test["latent_w1.below"] = nearest(encoded[kept], evaluation.latent_side.encoded)
        else:
            test["joint_w1.below"] = dual(evaluation, [split[r] for r in kept])
        values = self.known(data, space)
        for name, array in test.items():
            values[name] = np.full(data.replicates, np.nan)
            values[name][kept] = array
        if isinstance(self.matcher, RankMemory):
            values |= totals(values)
        return Estimates(values, np.zeros(data.replicates), evaluation.failures)

    def measured(self, evaluation, directions):
        """Distances of the test sample, and the geometry of generated points."""
        source = evaluation.source
        metrics = (JointW1(), Reconstruction(), *((LatentW1(),) if isinstance(self.latent, PCA) else ()))
        found = {name: array for metric in metrics for name, array in metric.evaluate(evaluation).items()}
        return found | {
            "distance_to_sheet": source.off_sheet(evaluation.generated).mean(axis=1),
            "distance_to_sheet.response": source.off_sheet(evaluation.responses).mean(axis=1),
            "encoded_norm": np.linalg.norm(evaluation.latent_side.encoded, axis=2).mean(axis=1),
            "sin_theta": np.linalg.norm(source.across(directions), 2, axis=(1, 2)),
            "holdout_reconstruction": found["reconstruction"],
        }

    def known(self, data, space):
        """What is known before the test sample, of any method and, for memories, the terms of D1, D3 and D4."""
        n, population = data.n_paired, data.population
        residuals = np.linalg.norm(data.unpaired - space.decode(space.encode(data.unpaired)), axis=2)
        numbers = {
            "n": n,
            "one": 1.0,
            "centre_distance": 0.0,
            "residual_lipschitz": 1.0,
            "responses_error": responses_error(population, data.n_unpaired),
            "training_reconstruction": residuals.mean(axis=1),
        }
        if isinstance(self.matcher, RankMemory):
            apart, together = encoded_pairs_error(population, space.directions, n), pairs_error(population, n)
            known = expected_conditions_error(n)
            numbers |= {
                "training_loss": 0.0,
                "optimisation_error": 0.0,
                "encoder_lipschitz": 1.0,
                "decoder_lipschitz": 1.0,
                "pairs_error": together,
                "pairs_error.apart": apart,
                "approximation": known + apart,
                "approximation.ambient": known + together,
                "generator_error": known,
                "generator_error.fitted": [distance_to_uniform(x[:, 0]) for x in data.conditions],
                "quantisation": float(QuantisationRate().evaluate(population, n).total),
            }
        return {name: np.broadcast_to(number, data.replicates).astype(float) for name, number in numbers.items()}


def nearest(atoms, points):
    """Mean distance of points ``(R, n, q)`` to the nearest of some others."""
    return np.array([KDTree(some).query(rows)[0].mean() for some, rows in zip(atoms, points, strict=True)])


def dual(evaluation, rngs):
    """Means of optimal dual potentials for joint W1 on points that they were not fitted to."""
    sides = zip(evaluation.conditions, evaluation.generated, evaluation.responses, rngs, strict=True)
    return np.array([
        held_out(np.hstack([x, g]), np.hstack([x, y]), (x.shape[1], y.shape[1]), shared=True, rng=rng).value
        for x, g, y, rng in sides
    ])


APART = {"pairs_error": "pairs_error.apart"}
FITTED = {"generator_error": "generator_error.fitted"}
AMBIENT = {"approximation": "approximation.ambient"}
SIDES = {
    "a_priori": (EndToEndBound(form="a_priori"), APART),
    "a_posteriori": (EndToEndBound(form="a_posteriori"), APART | FITTED),
    "together": (EndToEndBound(form="a_posteriori"), FITTED),
    "ambient": (AmbientBound(), AMBIENT),
    "ambient_a_posteriori": (OracleBound(form="a_posteriori"), FITTED),
}


def totals(values):
    """The right-hand sides of D3 and D4, in both forms; D3 a posteriori also with the encoder fitted to the pairs."""
    return {
        f"bound.{name}": bound.evaluate({key: values[terms.get(key, key)] for key in bound.inputs}).total
        for name, (bound, terms) in SIDES.items()
    }


def methods(n_test):
    """A memory, the truth and a network in both spaces."""
    stages = {"latent": PCA(dim=len(SHEET), centred=False), "ambient": Identity()}
    networks = {"latent": ExactTransport(), "ambient": ExactTransport(network=GeneratorNetwork(noise_dim=DIM))}
    return {
        f"{space}_{name}": Ledger(latent=stage, matcher=matcher, n_test=n_test)
        for space, stage in stages.items()
        for name, matcher in (("memory", RankMemory()), ("truth", None), ("network", networks[space]))
    }


SOURCES = {
    name: Telling(population=Sheet(
        widths=SHEET + ((e,) * (DIM - len(SHEET)) if e else ()), signal=SIGNAL, ambient_dim=DIM))
    for name, e in NOISE.items()
}
LATENT = ("latent_memory", "latent_truth", "latent_network")


def in_mean(title, bound, measured, method, terms, **options):
    """A bound for memories; violated by the distance to the nearest of the values that they can take."""
    return Claim(title=title, bound=bound, measured=measured, measured_from_below=f"{measured}.below",
                 kind="expectation", methods=(method,), terms=terms, **options)


BOUNDS = (
    in_mean("joint W1, D3 a priori", SIDES["a_priori"][0], "joint_w1", "latent_memory", APART),
    in_mean("joint W1, D3 a posteriori", SIDES["a_posteriori"][0], "joint_w1", "latent_memory", APART | FITTED),
    in_mean("joint W1, D3 a posteriori, for any encoder", SIDES["together"][0], "joint_w1", "latent_memory", FITTED),
    in_mean("latent W1, D1 a priori", OracleBound(form="a_priori"), "latent_w1", "latent_memory", APART),
    in_mean("latent W1, D1 a posteriori", OracleBound(form="a_posteriori"), "latent_w1", "latent_memory",
            APART | FITTED),
    in_mean("joint W1, D4", AmbientBound(), "joint_w1", "ambient_memory", AMBIENT),
    in_mean("joint W1 in the ambient space, D1 a posteriori", OracleBound(form="a_posteriori"), "joint_w1",
            "ambient_memory", FITTED),
    Claim(title="reconstruction error, D2", bound=StageOneBound(form="uniform"), measured="reconstruction",
          kind="expectation", methods=("latent_memory",)),
    Claim(title="joint W1 is at least R", bound=PCASandwich(side="reconstruction"), measured="reconstruction",
          kind="sure"),
)


def of_any_generator(methods):
    """D3.pushed and A5.linear."""
    return (
        Claim(title="joint W1, D3 from a fresh sample", bound=EndToEndBound(form="pushed"), measured="joint_w1",
              measured_from_below="joint_w1.below", kind="expectation", methods=methods),
        Claim(title="distance to the sheet, linear decoder", bound=FidelityBound(form="linear"),
              measured="distance_to_sheet", terms={"marginal_latent_w1": "latent_w1"}, kind="sure", methods=methods),
    )


def floors(sources):
    """No n responses come nearer, wherever they are taken from."""
    return tuple(
        Claim(title=f"{name}: no n values are nearer", measured="one", terms={"distance": "joint_w1"},
              bound=RateBelow(rate=QuantisationRate(), space=source.population), kind="expectation", sources=(name,),
              methods=("ambient_memory",))
        for name, source in sources.items()
    )


def ratio(title, measured, of, over, measured_over=None, **thresholds):
    """A comparison of means."""
    return Comparison(title=title, measured=measured, of=of, over=over, measured_over=measured_over, quantity="ratio",
                      **thresholds)


def compared(sources, n):
    """What is proved: which bound is the smaller one, and which floor."""
    found = []
    for name in sources:
        memory = Selection(source=name, n_paired=n, method="latent_memory")
        for form, ambient, words in (("a_priori", "ambient", "a priori"),
                                     ("a_posteriori", "ambient_a_posteriori", "a posteriori")):
            if name != "none":
                found.append(ratio(f"{name}, n={n}: the bound with latents is smaller, {words}", f"bound.{form}",
                                   memory, memory, f"bound.{ambient}", at_most=1))
        if name == "none":
            other = Selection(source=name, n_paired=n, method="ambient_memory")
            found += [
                ratio(f"none, n={n}: the bound with latents is not smaller, a priori", "bound.a_priori", memory, memory,
                      "bound.ambient", at_least=1),
                Comparison(title=f"none, n={n}: memories have the same error in both spaces", measured="joint_w1",
                           of=memory, over=other, quantity="difference", at_least=-1e-6, at_most=1e-6),
            ]
        else:
            found.append(ratio(f"{name}, n={n}: R is above the floor of n values", "reconstruction", memory, memory,
                               "quantisation", at_least=1))
    return tuple(found)


def predicted(sources, n, networks=()):
    """What the floors suggest, and what is known of plug-in distances."""
    def of(space, kind, name):
        return Selection(source=name, n_paired=n, method=f"{space}_{kind}")

    found = []
    for name in sources:
        if name != "none":
            found += [
                ratio(f"{name}: plug-in distances prefer the latent truth, though its joint W1 is above R > 0 and that "
                      "of the ambient truth 0", "joint_w1", of("latent", "truth", name), of("ambient", "truth", name),
                      at_most=0.95),
                ratio(f"{name}: latent memories are ten times nearer to the sheet", "distance_to_sheet",
                      of("latent", "memory", name), of("ambient", "memory", name), at_most=0.1),
            ]
    for name in networks:
        pair = of("latent", "network", name), of("ambient", "network", name)
        found += [
            ratio(f"{name}: latent networks are at least twice as near to the sheet", "distance_to_sheet", *pair,
                  at_most=0.5),
            ratio(f"{name}: networks have the same plug-in joint W1 in both spaces, within 15 %", "joint_w1", *pair,
                  at_least=0.85, at_most=1.15),
        ]
        if name != "none":
            found.append(ratio(f"{name}: ambient networks lose more than half of the noise", "distance_to_sheet",
                               pair[1], pair[1], "distance_to_sheet.response", at_most=0.5))
    return tuple(found)


def controls(noisy):
    """What is false by proof wherever there is noise, the second where there is much."""
    return (
        Claim(title="control: D3 from a fresh sample, without R",
              bound=DroppedTerm(bound=EndToEndBound(form="pushed"), term="reconstruction"), measured="joint_w1",
              kind="sure", sources=noisy, methods=LATENT[:2], expect="violated"),
        Claim(title="control: D3 a posteriori, without R",
              bound=DroppedTerm(bound=EndToEndBound(form="a_posteriori"), term="stage_one"), measured="joint_w1",
              measured_from_below="reconstruction", kind="expectation", terms=APART, sources=("strong",),
              methods=("latent_memory",), expect="violated"),
        in_mean("control: D1 a posteriori in the ambient space, without the error of the pairs",
                DroppedTerm(bound=OracleBound(form="a_posteriori"), term="pairs"), "joint_w1", "ambient_memory", {},
                sources=noisy, expect="violated"),
    )


TRAINED = ("none", "middle")  # sources that networks are trained on

STUDY = Study(
    name="latent_or_ambient",
    sources=SOURCES,
    n_paired=SIZES,
    n_unpaired=(UNPAIRED,),
    methods=methods(N_TEST),
    metrics=(Stated(),),
    claims=(*BOUNDS, *of_any_generator(LATENT), *floors(SOURCES), *compared(SOURCES, MIDDLE)),
    predictions=predicted(SOURCES, MIDDLE, TRAINED),
    controls=controls(NOISY),
    replicates=12,
    block=4,
    seed=20261121,
    n_test=0,
    excluded=(
        *(Selection(method=f"{space}_{kind}", n_paired=n)
          for space in ("latent", "ambient") for kind in ("truth", "network") for n in SIZES if n != MIDDLE),
        *(Selection(method=f"{space}_network", source=name)
          for space in ("latent", "ambient") for name in NOISE if name not in TRAINED),
    ),
)

QUICK_SOURCES = {name: SOURCES[name] for name in ("none", "weak", "strong")}
QUICK = STUDY.replace(
    sources=QUICK_SOURCES,
    n_paired=(100, 300),
    n_unpaired=(1_000,),
    methods={name: method for name, method in methods(500).items() if not name.endswith("network")},
    claims=(*BOUNDS, *of_any_generator(LATENT[:2]), *floors(QUICK_SOURCES), *compared(QUICK_SOURCES, 300)),
    predictions=predicted(QUICK_SOURCES, 300),
    controls=controls(("weak", "strong")),
    replicates=5,
    block=5,
    excluded=tuple(Selection(method=f"{space}_truth", n_paired=100) for space in ("latent", "ambient")),
)
