"""What a linear latent space misses vanishes at once when it has seen as many responses as the manifold has dimensions.

Aims
    Check the exact phase transition A6.transition and A6.centred (docs/theory.md) in the number of responses that
    stage 1 has seen, paired or not; that recall shows it and fidelity does not; and the bounds A5.linear, A5.recall and
    A6 on clipped latents on every fit.
Data-generating mechanism
    Y = A Z in R^20 with A isometric and Z standard normal in R^6, so that the manifold is a subspace of six dimensions;
    conditions X normal in R^6, Z = .8 B X + .6 noise with B orthogonal.
Estimands
    Recall error E dist(Y, range of D), which for principal components is R; fidelity error E dist(D(G), M). With s of
    at least 6 responses the former is 0, with fewer the mean length of a standard normal vector in R^(6 - s).

Methods
-------
    LSDM with six principal components about the origin (s responses give min(6, s)), or about the mean (min(6, s - 1));
    normal conditional laws with a ridge regression as their mean, from the n pairs. n = 1 to 12 pairs, alone and with 3
    more responses.
Performance measures
    Given the fit, the recall error of a fresh response is the length of a standard normal vector, a 1-Lipschitz
    function of normal numbers: with probability 95 % the mean of the test responses is within sqrt(2 log 40 / n_test)
    of the exact mean, from both sides. Means over replicates against exact ones within 5 % (10 % about the mean, where
    fits differ more). Number of violations of the sure inequalities. R is a floor of joint W1; nothing says that joint
    W1 falls where its floor does, and no claim is made of it.
Controls
    The exact mean of one dimension more (false since it is larger: the mean length increases with the dimension), in
    every setting, and of one less where there is one. The recall error of 3 pairs taken for 0, as their fidelity error
    is: it is E chi_3, 1.60. Components about the mean of 6 responses taken for those about the origin: they miss one
    direction.
"""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from scipy.spatial.distance import cdist

from lsdm_stats import (
    LSDM,
    PCA,
    Claim,
    Comparison,
    DistanceToManifold,
    JointW1,
    LinearGaussian,
    PCASandwich,
    Selection,
    Spec,
    Study,
)
from lsdm_stats.bounds import ClippingBound, FidelityBound, TransitionBound, expected_recall_error
from lsdm_stats.metrics import (
    Clipped,
    ClippingTerms,
    Evaluation,
    LargestDistanceToManifold,
    LatentW1,
    MarginalW1,
    Reconstruction,
)
from lsdm_stats.samples import LatentPairs

DIM, MORE = 6, 3
SIZES = tuple(range(1, 13))
TRUTH = LinearGaussian(condition_dim=DIM, intrinsic_dim=DIM, ambient_dim=20, signal=0.8, residual=0.6)
CLOSE, CLOSE_ABOUT_MEAN = 0.05, 0.1  # relative, of means to exact ones


class AboutMean(Spec):
    """Principal components about the mean, as many as the responses span, at most six."""

    uses_unpaired: ClassVar[bool] = True

    def fit(self, responses, *, rngs):
        """Like `PCA`."""
        return PCA(dim=min(DIM, responses.shape[1] - 1)).fit(responses, rngs=rngs)


@dataclass(frozen=True)
class NormalSampler:
    """Latents normal about a linear function of the conditions."""

    coefficients: np.ndarray
    scale: float

    @property
    def failures(self):
        """Nothing can fail."""
        return (None,) * len(self.coefficients)

    def sample(self, conditions, *, rngs):
        """One latent per condition."""
        means = conditions @ self.coefficients
        noise = [rng.standard_normal(mean.shape) for mean, rng in zip(means, rngs, strict=True)]
        return means + self.scale * np.stack(noise)

    def select(self, replicates):
        """The samplers of some replicates."""
        return NormalSampler(self.coefficients[list(replicates)], self.scale)


class RidgeNormal(Spec):
    """Normal conditional laws of known scale about a ridge regression without intercept."""

    penalty: float = 1.0
    scale: float = 0.6

    def fit(self, pairs: LatentPairs, *, rngs):
        """Closed form; `rngs` are not read."""
        x, z = pairs.conditions, pairs.latents
        gram = x.transpose(0, 2, 1) @ x + self.penalty * np.eye(x.shape[2])
        return NormalSampler(np.linalg.solve(gram, x.transpose(0, 2, 1) @ z), self.scale)


class Recall(Spec):
    """What the recall error is compared with, and the terms of A5.linear.

    Gives ``samples``, the number of responses of stage 1; ``n_test``; the exact means ``exact`` and ``exact.centred``
    of the recall error, and ``exact.one_more`` and ``exact.one_fewer``, those of one dimension more and less;
    ``nearest_generated``, the mean distance of a test response to its nearest generated one; ``sin_theta``,
    ``encoded_norm`` and ``centre_distance``.
    """

    def evaluate(self, evaluation: Evaluation):
        """One value per replicate and name; nothing of one dimension less where there is none."""
        side, manifold = evaluation.latent_side, TRUTH.manifold
        replicates, n_test, dim = side.encoded.shape
        samples = side.training.responses.shape[1]
        used = min(samples, DIM)
        known = {
            "samples": samples,
            "n_test": n_test,
            "exact": expected_recall_error(DIM, used),
            "exact.centred": expected_recall_error(DIM, samples, centred=True),
            "exact.one_more": expected_recall_error(DIM + 1, used),
            **({"exact.one_fewer": expected_recall_error(DIM - 1, used)} if used < DIM else {}),
        }
        decoded = side.training.decode(np.tile(np.vstack([np.zeros(dim), np.eye(dim)]), (replicates, 1, 1)))
        across = decoded - manifold.project(decoded)  # of the centre, and of the centre plus each direction
        pairs = zip(evaluation.responses, evaluation.generated, strict=True)
        return {
            **{name: np.full(replicates, float(value)) for name, value in known.items()},
            "nearest_generated": np.array([cdist(*points).min(axis=1).mean() for points in pairs]),
            "sin_theta": np.linalg.norm(across[:, 1:] - across[:, :1], ord=2, axis=(1, 2)),
            "encoded_norm": np.linalg.norm(side.encoded, axis=2).mean(axis=1),
            "centre_distance": np.linalg.norm(across[:, 0], axis=1),
        }


def of(n: int, m: int = 0, method: str = "origin") -> Selection:
    """One setting."""
    return Selection(method=method, n_paired=n, n_unpaired=m)


def equal(title: str, first: Selection, second: Selection, measured_over: str, close: float = CLOSE) -> Comparison:
    """The recall error in one setting is on average as large as a value in another."""
    return Comparison(
        title=title,
        measured="reconstruction",
        measured_over=measured_over,
        of=first,
        over=second,
        quantity="ratio",
        at_least=1 - close,
        at_most=1 + close,
    )


def pairs(n: int) -> str:
    """In words."""
    return f"{n} pair{'s' * (n > 1)}"


def sure(title: str, bound, measured: str, **terms: str) -> Claim:
    """A sure claim about every setting."""
    return Claim(title=title, bound=bound, measured=measured, terms=terms, kind="sure")


TRANSITION = (
    Claim(
        title="recall error at most its exact mean plus a deviation",
        bound=TransitionBound(dim=DIM, form="above"),
        measured="reconstruction",
        kind="probability",
        methods=("origin",),
    ),
    Claim(
        title="exact mean at most the recall error plus a deviation",
        bound=TransitionBound(dim=DIM, form="below"),
        measured="exact",
        kind="probability",
        methods=("origin",),
    ),
    Claim(
        title="about the mean: recall error at most its exact mean plus a deviation",
        bound=TransitionBound(dim=DIM, form="above", centred=True),
        measured="reconstruction",
        kind="probability",
        methods=("mean",),
    ),
    Claim(
        title="about the mean: exact mean at most the recall error plus a deviation",
        bound=TransitionBound(dim=DIM, form="below", centred=True),
        measured="exact.centred",
        kind="probability",
        methods=("mean",),
    ),
    *(equal(f"{pairs(n)}: exact mean of the recall error", of(n), of(n), "exact") for n in range(1, DIM)),
    *(
        equal(
            f"{pairs(n)}, about the mean: exact mean of the recall error",
            of(n, 0, "mean"),
            of(n, 0, "mean"),
            "exact.centred",
            CLOSE_ABOUT_MEAN,
        )
        for n in range(2, DIM + 1)
    ),
    *(
        equal(f"{pairs(n)} and {MORE} more recall as {pairs(n + MORE)}", of(n, MORE), of(n + MORE), "reconstruction")
        for n in range(1, DIM - MORE)
    ),
    Comparison(
        title=f"{MORE} more responses take the recall error of {DIM - MORE} pairs to 0",
        measured="reconstruction",
        of=of(DIM - MORE),
        over=of(DIM - MORE, MORE),
        quantity="difference",
        at_least=1.5,
        at_most=1.7,
    ),
)
SURE = (
    sure("generated points are on M: linear decoder", FidelityBound(form="linear"), "distance_to_manifold"),
    sure("recall error at most joint W1", PCASandwich(side="reconstruction"), "reconstruction"),
    sure("joint W1 at most latent W1 plus recall error", PCASandwich(side="upper"), "joint_w1"),
    sure("recall by generated points at most W1 of responses", FidelityBound(form="recall"), "nearest_generated"),
    sure("clipped: largest distance to M", ClippingBound(form="geometry"), "clipped.distance_to_manifold.max"),
    sure(
        "clipped: largest distance to M by residuals",
        ClippingBound(form="reconstruction"),
        "clipped.distance_to_manifold.max",
    ),
    *(
        sure(f"clipped: latent W1, {form} price", ClippingBound(form=form), "clipped.latent_w1")
        for form in ("latent", "marginal", "twice")
    ),
)
CONTROLS = (
    Claim(
        title="control: exact mean of one dimension more",
        bound=TransitionBound(dim=DIM, form="below"),
        measured="exact.one_more",
        kind="probability",
        methods=("origin",),
        expect="violated",
    ),
    *(
        equal(f"control: {pairs(n)}, exact mean of one dimension less", of(n), of(n), "exact.one_fewer").replace(
            expect="violated"
        )
        for n in range(1, DIM - 1)
    ),
    Comparison(
        title=f"control: {MORE} pairs, recall error taken for 0 like the fidelity error",
        measured="reconstruction",
        measured_over="distance_to_manifold",
        of=of(MORE),
        over=of(MORE),
        quantity="difference",
        at_most=0.1,
        expect="violated",
    ),
    Comparison(
        title=f"control: {DIM} pairs, components about the mean taken for those about the origin",
        measured="reconstruction",
        of=of(DIM, 0, "mean"),
        over=of(DIM, 0, "origin"),
        quantity="difference",
        at_most=0.1,
        expect="violated",
    ),
)

STUDY = Study(
    name="phase_transition",
    sources={"subspace": TRUTH},
    n_paired=SIZES,
    n_unpaired=(0, MORE),
    methods={
        "origin": LSDM(latent=PCA(dim=DIM, centred=False), matcher=RidgeNormal()),
        "mean": LSDM(latent=AboutMean(), matcher=RidgeNormal()),
    },
    metrics=(
        Recall(),
        Reconstruction(),
        DistanceToManifold(),
        JointW1(),
        LatentW1(),
        MarginalW1(),
        Clipped(metrics=(LargestDistanceToManifold(), LatentW1())),
        ClippingTerms(),
    ),
    claims=(*TRANSITION, *SURE),
    controls=CONTROLS,
    replicates=100,
    seed=20261121,
    n_test=400,
    excluded=(of(1, 0, "mean"),),
)

QUICK = STUDY.replace(n_paired=SIZES[:7], replicates=7, block=7, n_test=300)
