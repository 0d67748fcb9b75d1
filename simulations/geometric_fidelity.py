"""Unpaired data buys geometric fidelity: generated points come nearer to the response manifold, joint W1 saturates.

Aims
    Measure how the distance of generated points to the manifold and the joint W1 depend on the number m of unpaired
    responses at fixed numbers n of pairs, and check the geometric bounds A5 (docs/theory.md) on every fit.
Data-generating mechanism
    Swiss roll of outer radius 1 in R^16 with a bimodal conditional law; normal noise of standard deviation .05 in
    every coordinate, so that a response is .18 away from the manifold on average.
Estimands
    Mean distance of generated points to the manifold; joint W1 to fresh noisy responses (sum metric).

Methods
-------
    LSDM with a two-dimensional autoencoder; the same matcher on the oracle's latent space and in the ambient space;
    draws from the truth as a reference for joint W1; and a resampler of nearest neighbours' responses, as a control.
    Only the first reads unpaired data.
Performance measures
    Means with intervals over replicates; ratios and slopes over the same replicates, with 95 % intervals.
    Plug-in joint W1 of 2,000 points in 17 dimensions favours laws without noise: the truth is a reference, not a
    floor, and the change of joint W1 with m is small beside its sampling bias.
Control
    A resampler returns noisy responses as they are: their distance to the manifold has the same mean for every n, so
    the claim that more pairs halve it is false by construction, and must be flagged although both sides are random.
"""

from lsdm_stats import (
    LSDM,
    Autoencoder,
    Claim,
    Comparison,
    DistanceToManifold,
    ExactTransport,
    GeometryBound,
    Identity,
    IsotropicNoise,
    JointW1,
    MasterBound,
    NearestNeighbours,
    Selection,
    Study,
    SwissRoll,
    Trend,
    TrueChart,
    TrueConditional,
)
from lsdm_stats.metrics import Examples, GeometryModuli, LatentW1, MarginalW1, Reconstruction, WeightedLatentW1

TRUTH = SwissRoll(ambient_dim=16, noise=IsotropicNoise(scale=0.05))
LSDM_ONLY = ("lsdm",)

BOUNDS = (
    *(
        Claim(
            title=f"distance to M, {form} form",
            bound=GeometryBound(form=form),
            measured="distance_to_manifold",
            kind="sure",
            methods=LSDM_ONLY,
        )
        for form in ("ambient", "latent", "decoder", "error")
    ),
    Claim(
        title="joint W1, pushed form",
        bound=MasterBound(form="pushed"),
        measured="joint_w1",
        kind="sure",
        methods=LSDM_ONLY,
    ),
)


def lsdm(n_paired: int, n_unpaired: int) -> Selection:
    """LSDM at these sample sizes."""
    return Selection(method="lsdm", n_paired=n_paired, n_unpaired=n_unpaired)


def benefit(n: int, most: int, next_to_most: int) -> tuple[Comparison | Trend, ...]:
    """What unpaired data buys at n pairs, between none and the most unpaired responses, and where it stops."""
    distance, ratio = "distance_to_manifold", "ratio"
    return (
        Comparison(
            title=f"n={n}: m={most} at least halves the distance to M",
            measured=distance,
            of=lsdm(n, 0),
            over=lsdm(n, most),
            quantity=ratio,
            at_least=2,
        ),
        Trend(
            title=f"n={n}: distance to M falls with N = n + m",
            measured=distance,
            over="n_total",
            among=Selection(method="lsdm", n_paired=n),
            at_most=0,
        ),
        Comparison(
            title=f"n={n}: m={most} is nearer to M than the ambient fit",
            measured=distance,
            of=Selection(method="ambient", n_paired=n),
            over=lsdm(n, most),
            quantity=ratio,
            at_least=1,
        ),
        Comparison(
            title=f"n={n}: joint W1 saturates, m={most} within 10 % of m={next_to_most}",
            measured="joint_w1",
            of=lsdm(n, most),
            over=lsdm(n, next_to_most),
            quantity=ratio,
            at_least=0.9,
            at_most=1.1,
        ),
    )


STUDY = Study(
    name="geometric_fidelity",
    sources={"swiss_roll": TRUTH},
    n_paired=(50, 200),
    n_unpaired=(0, 200, 800, 3200, 12800),
    methods={
        "lsdm": LSDM(latent=Autoencoder(dim=2), matcher=ExactTransport()),
        "oracle_latent": LSDM(latent=TrueChart(population=TRUTH), matcher=ExactTransport()),
        "ambient": LSDM(latent=Identity(), matcher=ExactTransport()),
        "resampler": LSDM(latent=Identity(), matcher=NearestNeighbours()),
        "truth": LSDM(latent=Identity(), matcher=TrueConditional(population=TRUTH)),
    },
    metrics=(
        JointW1(),
        LatentW1(),
        WeightedLatentW1(),
        Reconstruction(),
        DistanceToManifold(),
        MarginalW1(),
        GeometryModuli(),
        Examples(count=600),
    ),
    claims=(*BOUNDS, *benefit(200, 12800, 3200), *benefit(50, 12800, 3200)),
    controls=(
        Comparison(
            title="control: the resampler at n=200 halves the distance to M at n=50",
            measured="distance_to_manifold",
            of=Selection(method="resampler", n_paired=50),
            over=Selection(method="resampler", n_paired=200),
            quantity="ratio",
            at_least=2,
            expect="violated",
        ),
    ),
    replicates=20,
    seed=20261121,
    n_test=2000,
)

QUICK = STUDY.replace(
    n_unpaired=(0, 800, 3200),
    claims=(*BOUNDS, *benefit(200, 3200, 800), *benefit(50, 3200, 800)),
    replicates=3,
    n_test=400,
)
