"""End to end: every term of the oracle inequality and of the end-to-end theorem beside the measured error.

Aims
    Check D1 and D3 (docs/theory.md) on a model in which every number of their right-hand sides is known or proved, see
    what each term contributes as the number n of pairs grows, and whether the right-hand side says anything at all,
    that is, lies below the largest distance of two points.
Data-generating mechanism
    Arcs of 30 % of a circle in R^8 with X uniform on [0, 1]; no noise. N = 10,000 responses in all, n of them paired.
Estimands
    Latent and joint W1 between the law of the fitted generator and the truth, in the sum metric.

Methods
-------
    arcs: two principal components, which find the plane of the circle (L_E = L_D = 1, R = 0), and the class of all arcs
    around 2 pi x, of which the exact empirical W1 minimiser is found up to a proved error. The truth is in the class:
    the infimum over it is 0. The error of the pairs is B2 (any law on [0, 1] times a circle, sum metric, or the source
    box, whichever is less), that of the generator's own sample F3: in mean a priori, as it happened a posteriori.
    autoencoder: two dimensions and a network trained by minibatch transport, at n = 100 and 1,000: D3.pushed, which
    needs no constants, and says how good the fit is but not why.
    memoriser: gives every condition the latent of the nearest training condition, as a control.
Performance measures
    Means of both sides. Distances of 2,000 fresh points with shared conditions are too large on average (C3) and dual
    values on their held-out half too small (C5): claims are violated only by the latter. For arcs the coupling of equal
    noise bounds joint W1 of the laws from above as well. The diameter of the joint support is 2.83; as both laws have
    the same conditions, joint W1 is at most 2, the diameter of the circle, without any proof.
Control
    The training loss alone as a bound (D1.a_posteriori without the errors of pairs and generator). The memoriser's
    training loss is 0, and its generated points are n training responses, so that its latent W1 is at least the mean
    distance of a fresh response to the nearest of them (D1.a_posteriori, the control of both), which is positive.
"""

import math
from functools import lru_cache
from typing import ClassVar

import numpy as np
from scipy.spatial import KDTree

from lsdm_stats import (
    LSDM,
    PCA,
    Autoencoder,
    Circle,
    Claim,
    Comparison,
    ExactTransport,
    NearestNeighbours,
    Selection,
    Spec,
    Study,
)
from lsdm_stats.bounds import DroppedTerm, EndToEndBound, LineRate, OracleBound, PushForwardRate, SpectralRate
from lsdm_stats.manifolds import Box, FlatTorus, ProductSpace
from lsdm_stats.matchers import ArcFamily
from lsdm_stats.metrics import DistanceToManifold, JointW1, LatentW1, Reconstruction, Stated, draw_evaluation
from lsdm_stats.wasserstein import exact
from lsdm_stats.wasserstein.estimators.methods import Estimates
from lsdm_stats.wasserstein.intervals.held_out import held_out

TOTAL = 10_000  # responses, paired or not
SIZES = (100, 300, 1_000, 3_000)
N_TEST = 2_000
LINE, AROUND = Box(sides=(1.0,)), FlatTorus(lengths=(2 * math.pi,))
METRICS = (JointW1(), LatentW1(), Reconstruction(), DistanceToManifold())


class Arcs(Circle):
    """The circle, with what the class of generators can reach at best: joint W1 of the truth from itself."""

    distance: ClassVar[float] = 0.0


TRUTH = Arcs(width=0.3, ambient_dim=8)
FAMILY = ArcFamily(population=TRUTH)
COARSE = FAMILY.replace(points=800, tolerance=0.03)


@lru_cache(maxsize=64)
def pairs_error(n: int) -> float:
    """Bound on the mean W1 between n pairs and their law, sum metric: the less of B2.sum and B2.image."""
    cylinder = ProductSpace(factors=(LINE, AROUND))
    found = SpectralRate(law="any", metric="sum").evaluate(cylinder, n), PushForwardRate().evaluate(TRUTH, n)
    return min(float(value.total) for value in found)


@lru_cache(maxsize=64)
def generator_error(family: ArcFamily, n: int) -> float:
    """Bound on the mean of the largest error of a generator's own sample in a class of arcs (docs/theory.md, F3)."""
    return (1 + 2 * math.pi) * float(LineRate().evaluate(LINE, n).total) + family.expected_noise_error(n)


@lru_cache(maxsize=64)
def responses_error(n: int) -> float:
    """Bound on the mean W1 between n responses, uniform on the circle, and their law (B2.uniform)."""
    return float(SpectralRate(law="uniform").evaluate(AROUND, n).total)


class Ledger(Spec):
    """A method that is fitted, and then states both sides of every inequality about its fit.

    Parameters
    ----------
    method : LSDM
        What is fitted.
    population : Circle
        Where fresh test points come from.
    n_test : int
        How many.
    """

    method: LSDM
    population: Circle
    n_test: int
    uses_unpaired: ClassVar[bool] = True
    needs_test_data: ClassVar[bool] = False

    def fit(self, data, *, rngs):
        """Fit every replicate, measure it on its training data and on fresh points."""
        own, fresh, split = zip(*(rng.spawn(3) for rng in rngs), strict=True)
        fitted = self.method.fit(data, rngs=own)
        training = self.of_training(fitted, data, split)
        evaluation = draw_evaluation(fitted, self.population, n_test=self.n_test, rngs=fresh)
        kept = list(evaluation.replicates)
        test = {name: array for metric in METRICS for name, array in metric.evaluate(evaluation).items()}
        test |= self.from_below(evaluation, [split[r] for r in kept])
        known = fitted.encode(data.responses)[kept]
        test["memory_floor"] = np.array([
            KDTree(some).query(points)[0].mean()
            for some, points in zip(known, evaluation.latent_side.encoded, strict=True)
        ])
        for name, values in test.items():
            training[name] = np.full(data.replicates, np.nan)
            training[name][kept] = values
        return Estimates(self.with_bounds(training, data), np.zeros(data.replicates), evaluation.failures)

    def of_training(self, fitted, data, rngs):
        """What fitting left: of the class of arcs with its proofs, otherwise with one draw per condition."""
        residuals = np.linalg.norm(data.all_responses - fitted.decode(fitted.training_latents), axis=2)
        values = {"training_reconstruction": residuals.mean(axis=1)}
        sampler = fitted.sampler
        if isinstance(self.method.matcher, ArcFamily):
            narrower = np.abs(sampler.width - self.population.width)
            turn = np.pi * np.maximum(narrower, 1e-12) / 2
            return values | {
                "width": sampler.width,
                "training_loss": sampler.training_loss,
                "training_loss.lower": sampler.training_loss_lower,
                "training_loss.upper": sampler.training_loss_upper,
                "optimisation_error": sampler.optimisation_error,
                "generator_error.fitted": sampler.generator_error,
                "joint_w1.coupled": 2 * (1 - np.cos(turn)) / turn,
            }
        generated, latents = sampler.sample(data.conditions, rngs=rngs), fitted.encode(data.responses)
        found = [
            exact(np.hstack([x, g]), np.hstack([x, z]), blocks=(x.shape[1], z.shape[1]))
            for x, g, z in zip(data.conditions, generated, latents, strict=True)
        ]
        return values | {
            "training_loss": np.array([one.value for one in found]),
            "training_loss.lower": np.array([one.lower for one in found]),
            "training_loss.upper": np.array([one.upper for one in found]),
        }

    def from_below(self, evaluation, rngs):
        """Means of optimal dual potentials on points that they were not fitted to."""
        side, found = evaluation.latent_side, {}
        for name, first, second in (("joint_w1", evaluation.generated, evaluation.responses),
                                    ("latent_w1", side.generated, side.encoded)):
            found[f"{name}.held_out"] = np.array([
                held_out(np.hstack([x, g]), np.hstack([x, y]), (x.shape[1], y.shape[1]), shared=True, rng=rng).value
                for x, g, y, rng in zip(evaluation.conditions, first, second, rngs, strict=True)
            ])
        return found

    def with_bounds(self, values, data):
        """The numbers that are known beforehand, and the totals of D3 for the class of arcs."""
        n, total = data.n_paired, data.n_paired + data.n_unpaired
        values["holdout_reconstruction"] = values["reconstruction"]
        if not isinstance(self.method.matcher, ArcFamily):
            return values
        known = {
            "approximation": 0.0,
            "encoder_lipschitz": 1.0,
            "decoder_lipschitz": 1.0,
            "residual_lipschitz": 1.0,
            "pairs_error": pairs_error(n),
            "generator_error": generator_error(self.method.matcher, n),
            "responses_error": responses_error(total),
            "diameter": self.population.diameter(),
        }
        values |= {name: np.full(data.replicates, number) for name, number in known.items()}
        for form, of_generator in (("a_priori", "generator_error"), ("a_posteriori", "generator_error.fitted")):
            numbers = {**values, "generator_error": values[of_generator]}
            ok = np.isfinite([*numbers.values()]).all(axis=0)
            values[f"bound.{form}"] = np.where(ok, EndToEndBound(form=form).evaluate(numbers).total, np.nan)
        return values


def lsdm(latent: Spec, matcher: Spec, n_test: int) -> Ledger:
    """Both stages, and what is stated of them."""
    return Ledger(method=LSDM(latent=latent, matcher=matcher), population=TRUTH, n_test=n_test)


def methods(n_test: int, family: ArcFamily) -> dict[str, Ledger]:
    """The methods of the study."""
    return {
        "arcs": lsdm(PCA(dim=2), family, n_test),
        "memoriser": lsdm(PCA(dim=2), NearestNeighbours(n_neighbours=1), n_test),
        "autoencoder": lsdm(Autoencoder(dim=2), ExactTransport(), n_test),
    }


FITTED = {"generator_error": "generator_error.fitted"}


def bounded(bound: Spec, title: str, measured: str, **options) -> Claim:
    """A bound on the distance of the laws, measured from above and from below."""
    return Claim(title=title, bound=bound, measured=measured, measured_from_below=f"{measured}.held_out",
                 kind="expectation", **{"methods": ("arcs",), **options})


BOUNDS = (
    bounded(OracleBound(form="a_priori"), "latent W1, oracle inequality a priori", "latent_w1"),
    bounded(OracleBound(form="a_posteriori"), "latent W1, a posteriori", "latent_w1", terms=FITTED),
    bounded(EndToEndBound(form="a_priori"), "joint W1, end to end a priori", "joint_w1"),
    bounded(EndToEndBound(form="a_posteriori"), "joint W1, end to end a posteriori", "joint_w1", terms=FITTED),
)
PUSHED = bounded(EndToEndBound(form="pushed"), "joint W1, fitted autoencoder, pushed form", "joint_w1",
                 methods=("autoencoder",))


def non_vacuous(n: int) -> tuple[Comparison, ...]:
    """Both forms of D3 lie below the largest distance of two points of the joint support."""
    setting = Selection(method="arcs", n_paired=n)
    return tuple(
        Comparison(title=f"n={n}: {words} form below the diameter", measured=f"bound.{form}", of=setting, over=setting,
                   measured_over="diameter", quantity="ratio", at_most=1)
        for form, words in (("a_priori", "a priori"), ("a_posteriori", "a posteriori"))
    )


CONTROL = Claim(
    title="control: the training loss alone, of a generator that memorises",
    bound=DroppedTerm(bound=DroppedTerm(bound=OracleBound(form="a_posteriori"), term="pairs"), term="generator"),
    measured="latent_w1",
    measured_from_below="memory_floor",
    kind="expectation",
    methods=("memoriser",),
    expect="violated",
)


def unmatched(sizes: tuple[int, ...], total: int) -> tuple[Selection, ...]:
    """Settings whose pairs and unpaired responses do not add up to the same number."""
    return tuple(Selection(n_paired=n, n_unpaired=total - k) for n in sizes for k in sizes if k != n)


STUDY = Study(
    name="end_to_end",
    sources={"circle": TRUTH},
    n_paired=SIZES,
    n_unpaired=tuple(TOTAL - n for n in SIZES),
    methods=methods(N_TEST, FAMILY),
    metrics=(Stated(),),
    claims=(*BOUNDS, PUSHED, *(claim for n in SIZES for claim in non_vacuous(n))),
    controls=(CONTROL,),
    replicates=12,
    block=4,
    seed=20261121,
    n_test=0,
    excluded=(
        *unmatched(SIZES, TOTAL),
        *(Selection(n_paired=n, method="autoencoder") for n in (300, 3_000)),
    ),
)

QUICK = STUDY.replace(
    n_paired=(100, 300),
    n_unpaired=(900, 700),
    methods={name: method for name, method in methods(500, COARSE).items() if name != "autoencoder"},
    claims=(*BOUNDS, *non_vacuous(100)),
    replicates=6,
    excluded=unmatched((100, 300), 1_000),
)
