"""Shift: unpaired responses from another law, what they do to stage 1, and what the shift term of D2 allows for.

Aims
    Check D2.shift, D2.uniform and D2.holdout (docs/theory.md) when the unpaired responses are moved, and see what this
    does to the distance of generated points to the manifold and to joint W1.
Data-generating mechanism
    Arcs of 30 % of a circle in R^3, no noise; n = 100 pairs, m = 0 to 900 unpaired responses moved by a vector v that
    is normal to the plane of the circle, of length 0 to 2. W1 between the two laws of responses is |v| (T1).
Estimand
    The reconstruction error R of the law of the pairs, given the fit: an integral over the circle.

Methods
-------
    Two principal components (Lip(r) = 1) of all N = n + m responses. Stage 2 is the true conditional law (oracle), so
    that all error is that of stage 1; at m = 900 nearest neighbours as well.
Performance measures
    Means of both sides over replicates, where means are claimed; the share of replicates above the upper limit from
    1,000 held-out responses. Distances of points with shared conditions are too large on average.
What is expected
    With a share t = m/N of moved responses the centre of the components is near tv, and the plane is kept as long as
    t(1 - t)|v|^2 < 1/2, the variance within it; beyond, v takes the place of a direction of the plane. While it is kept
    R = t|v|, but the mean over the training responses is 2t(1 - t)|v|: they are spread over both circles, and lie
    nearer to the fitted plane than the pairs' law does, if t > 1/2.
Control
    D2.uniform: the same without the shift term, on the nearest-neighbours fits, t = .9 and |v| from .5. Let the fitted
    plane have the unit normal c v/|v| + s p, p in the plane of the circle. No direction has less sample variance, and
    that of v/|v| is t(1 - t)|v|^2, so that the training mean of r is at most .3|v|. R is at least the distance of the
    mean of the pairs' law to the fitted plane, which is c t|v| up to a sample mean. s is of the order of a sample
    covariance, below .1 here. So R is about .9|v|, above .3|v| plus the bound .073 on the distance of the samples.
"""

import math
from dataclasses import replace
from functools import lru_cache

import numpy as np

from lsdm_stats import (
    LSDM,
    PCA,
    Circle,
    Claim,
    Comparison,
    DistanceToManifold,
    JointW1,
    NearestNeighbours,
    Selection,
    Spec,
    Study,
    TrueConditional,
)
from lsdm_stats.bounds import SpectralRate, StageOneBound
from lsdm_stats.inference import empirical_bernstein_deviation
from lsdm_stats.manifolds import FlatTorus
from lsdm_stats.metrics import Reconstruction
from lsdm_stats.populations import Shifted
from lsdm_stats.populations.shifted import pooled_error

TRUTH = Circle(width=0.3, ambient_dim=3)
NORMAL = (0.73689587806, -0.619752621632, -0.269983615943)  # of the plane of the circle
LENGTHS = {"none": 0.0, "quarter": 0.25, "half": 0.5, "one": 1.0, "two": 2.0}
N_PAIRED, UNPAIRED = 100, (0, 100, 300, 900)
ALPHA = 0.05
_GRID = 4_096


class OfPairs(Spec):
    """Other metrics, told that the data come from the population of the pairs.

    Parameters
    ----------
    metrics : tuple of Spec
        What is measured.
    """

    metrics: tuple[Spec, ...]

    def evaluate(self, evaluation):
        """All their values."""
        known = replace(evaluation, source=evaluation.source.population)
        return {name: values for metric in self.metrics for name, values in metric.evaluate(known).items()}


class StageOneTerms(Spec):
    """The numbers of D2 for a shifted circle, and the reconstruction error of the law of the pairs, exactly.

    Parameters
    ----------
    n_paired : int
        Number of pairs; all other training responses are moved.
    alpha : float
        How often the limit from held-out responses may be below the error.
    """

    n_paired: int
    alpha: float

    def evaluate(self, evaluation):
        """One value per replicate and name."""
        source, side = evaluation.source, evaluation.latent_side
        known = side.training
        n, total = self.n_paired, known.responses.shape[1]
        angles = 2 * np.pi * np.arange(_GRID) / _GRID
        circle = source.population.manifold.decode(np.stack([np.cos(angles), np.sin(angles)], axis=1))
        circles = np.tile(circle, (len(known.responses), 1, 1))
        residuals = _lengths(evaluation.responses - side.reconstructions)
        largest = 2.0 + source.shift  # of a residual: both means and all points lie in the hull of two unit circles
        limits = [
            rows.mean() + empirical_bernstein_deviation(rows, width=largest, alpha=self.alpha) for rows in residuals
        ]
        numbers = {
            "residual_lipschitz": 1.0,
            "unpaired_share": (total - n) / total,
            "shift": source.shift,
            "responses_error": pooled_error(
                responses_error(n), responses_error(total - n), n_paired=n, n_unpaired=total - n
            ),
        }
        return {
            "reconstruction.law": _lengths(circles - known.decode(known.encode(circles))).mean(axis=1),
            "reconstruction.limit": np.array(limits),
            "training_reconstruction": _lengths(known.responses - known.reconstructions).mean(axis=1),
            **{name: np.full(len(circles), number) for name, number in numbers.items()},
        }


@lru_cache(maxsize=32)
def responses_error(n: int) -> float:
    """Bound on the mean W1 between n uniform points of a circle and their law (B2.uniform); 0 for no points."""
    return float(SpectralRate(law="uniform").evaluate(FlatTorus(lengths=(2 * math.pi,)), n).total) if n else 0.0


def _lengths(vectors):
    return np.linalg.norm(vectors, axis=-1)


SOURCES = {
    f"shift_{name}": Shifted(population=TRUTH, offset=tuple(length * part for part in NORMAL))
    for name, length in LENGTHS.items()
}
LAW = "reconstruction.law"


def claims(most: int) -> tuple[Claim | Comparison, ...]:
    """What theory says, with up to `most` unpaired responses."""
    share = most / (most + N_PAIRED)

    def oracle(length: str, m: int = most) -> Selection:
        return Selection(source=f"shift_{length}", n_unpaired=m, method="oracle")

    return (
        Claim(
            title="reconstruction error, with the shift term",
            bound=StageOneBound(form="shift"),
            measured=LAW,
            kind="expectation",
        ),
        Claim(
            title="reconstruction error, no shift",
            bound=StageOneBound(form="uniform"),
            measured=LAW,
            kind="expectation",
            sources=("shift_none",),
        ),
        Claim(
            title="reconstruction error, upper limit from held-out responses",
            bound=StageOneBound(form="holdout"),
            measured=LAW,
            terms={"holdout_reconstruction": "reconstruction.limit"},
            kind="probability",
            failure_probability=ALPHA,
        ),
        Comparison(
            title=f"|v|=1/2, m={most}: R is m/N |v|, within 10 %",
            measured=LAW,
            of=oracle("half"),
            over=oracle("half"),
            measured_over="shift",
            quantity="ratio",
            at_least=0.9 * share,
            at_most=1.1 * share,
        ),
        Comparison(
            title=f"|v|=1/2, m={most}: generated points miss the circle by R, within 10 %",
            measured="distance_to_manifold",
            of=oracle("half"),
            over=oracle("half"),
            measured_over=LAW,
            quantity="ratio",
            at_least=0.9,
            at_most=1.1,
        ),
        Comparison(
            title=f"|v|=1/2: m={most} moved responses are worse than none, joint W1 by 3/4 of m/N |v| or more",
            measured="joint_w1",
            of=oracle("half"),
            over=oracle("half", 0),
            quantity="difference",
            at_least=0.75 * share * 0.5,
        ),
    )


CONTROL = Claim(
    title="control: reconstruction error, without the shift term",
    bound=StageOneBound(form="uniform"),
    measured=LAW,
    kind="expectation",
    sources=("shift_half", "shift_one", "shift_two"),
    methods=("neighbours",),
    expect="violated",
)

STUDY = Study(
    name="shift",
    sources=SOURCES,
    n_paired=(N_PAIRED,),
    n_unpaired=UNPAIRED,
    methods={
        "oracle": LSDM(latent=PCA(dim=2), matcher=TrueConditional(population=TRUTH)),
        "neighbours": LSDM(latent=PCA(dim=2), matcher=NearestNeighbours()),
    },
    metrics=(
        StageOneTerms(n_paired=N_PAIRED, alpha=ALPHA),
        Reconstruction(),
        OfPairs(metrics=(DistanceToManifold(),)),
        JointW1(),
    ),
    claims=claims(UNPAIRED[-1]),
    controls=(CONTROL,),
    replicates=60,
    block=20,
    seed=20261121,
    n_test=1_000,
    excluded=tuple(Selection(method="neighbours", n_unpaired=m) for m in UNPAIRED[:-1]),
)

QUICK = STUDY.replace(
    sources={name: source for name, source in SOURCES.items() if name in ("shift_none", "shift_half", "shift_two")},
    n_unpaired=(0, 900),
    controls=(CONTROL.replace(sources=("shift_half", "shift_two")),),
    n_test=200,
    excluded=(Selection(method="neighbours", n_unpaired=0),),
)
