"""How tight the bounds on geometric fidelity are over the (n, m) plane, and what n still does at fixed N.

Aims
    Check A5 and A6 (docs/theory.md) on every fit, clipped or not, and say how tight each is. Test three predictions: at
    fixed N = n + m the distance to the manifold moves with latent W1 times a modulus of stage 1, so that its slope in
    latent W1 is small and falls with N; at fixed n the distance falls with N while joint W1 saturates (D3); after
    clipping to the training latents it does not depend on n (A6).
Data-generating mechanism
    Swiss roll of outer radius 1 in R^16; normal noise of standard deviation .05 in every coordinate.
Estimands
    Mean and largest distance of generated points to the manifold, with and without clipping; latent and joint W1.

Methods
-------
    LSDM with a two-dimensional autoencoder and exact transport; a resampler of responses in the ambient space, as a
    control. N is 1,000, 4,000 or 16,000 for each n.
Performance measures
    Number of violations, measured / bound; slopes of the distance in latent W1 (Fieller) and log-log slopes in N and n,
    with 95 % intervals over the same replicates.
Predictions
    Theory suggests the comparisons and slopes and does not prove them; their thresholds were set before the full run.
    It refuted one: A6 bounds the largest distance of a clipped point by stage 1 alone, but the mean still depends on
    which training latents the generator comes near to, and so on n.
Control
    The distance of reconstructions to the manifold is at most R, without the noise: false for the ambient space, where
    R = 0 and noisy responses are off the manifold.
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
    NearestNeighbours,
    Selection,
    Study,
    SwissRoll,
    Trend,
)
from lsdm_stats.bounds import ClippingBound, DroppedTerm
from lsdm_stats.metrics import (
    Clipped,
    ClippingTerms,
    GeometryModuli,
    LargestDistanceToManifold,
    LatentW1,
    MarginalW1,
    Reconstruction,
    WeightedLatentW1,
)

DISTANCE, CLIPPED = "distance_to_manifold", "clipped.distance_to_manifold"
LSDM_ONLY = ("lsdm",)

BOUNDS = (
    *(
        Claim(
            title=f"A5, {form}",
            bound=GeometryBound(form=form),
            measured=f"{DISTANCE}.reconstruction" if form == "reconstruction" else DISTANCE,
            kind="sure",
            methods=LSDM_ONLY,
        )
        for form in ("ambient", "latent", "reconstruction", "decoder", "error")
    ),
    *(
        Claim(
            title=f"A6, {form}",
            bound=ClippingBound(form=form),
            measured=f"{CLIPPED}.max" if form in ("geometry", "reconstruction") else "clipped.latent_w1",
            kind="sure",
            methods=LSDM_ONLY,
        )
        for form in ("geometry", "reconstruction", "latent", "marginal", "twice")
    ),
)
CONTROL = Claim(
    title="control: reconstructions as near as R, without noise",
    bound=DroppedTerm(bound=GeometryBound(form="reconstruction"), term="noise"),
    measured=f"{DISTANCE}.reconstruction",
    kind="sure",
    methods=("resampler",),
    expect="violated",
)


def lsdm(n: int, total: int) -> Selection:
    """LSDM with n pairs and N responses in all."""
    return Selection(method="lsdm", n_paired=n, n_unpaired=total - n)


def at_fixed_total(pairs: tuple[int, ...], total: int) -> tuple[Comparison, ...]:
    """What the number of pairs does at this N."""
    few, many = lsdm(pairs[0], total), lsdm(pairs[-1], total)
    return (
        Comparison(
            title=f"N={total}: from n={pairs[-1]} to {pairs[0]} latent W1 rises by a tenth",
            measured="latent_w1",
            of=few,
            over=many,
            quantity="ratio",
            at_least=1.1,
        ),
        Comparison(
            title=f"N={total}: slope of the distance in latent W1 below .2",
            measured=DISTANCE,
            against="latent_w1",
            of=few,
            over=many,
            quantity="slope",
            at_most=0.2,
        ),
        Comparison(
            title=f"N={total}, clipped: n={pairs[0]} within 20 % of n={pairs[-1]}",
            measured=CLIPPED,
            of=few,
            over=many,
            quantity="ratio",
            at_least=0.8,
            at_most=1.25,
        ),
    )


def at_fixed_pairs(n: int, totals: tuple[int, ...]) -> tuple[Trend | Comparison, ...]:
    """What N does with this many pairs."""
    among = Selection(method="lsdm", n_paired=n)
    trends = tuple(
        Trend(
            title=f"n={n}{how}: slope of the distance in N below -.3",
            measured=measured,
            over="n_total",
            among=among,
            at_most=-0.3,
        )
        for how, measured in (("", DISTANCE), (", clipped", CLIPPED))
    )
    saturation = Comparison(
        title=f"n={n}: joint W1 saturates, N={totals[-1]} within 10 % of {totals[-2]}",
        measured="joint_w1",
        of=lsdm(n, totals[-1]),
        over=lsdm(n, totals[-2]),
        quantity="ratio",
        at_least=0.9,
        at_most=1.1,
    )
    return (*trends, saturation)


def plane(pairs: tuple[int, ...], totals: tuple[int, ...]) -> dict[str, tuple]:
    """The sample sizes of a plane with these n and N."""
    wanted = {(n, total - n) for n in pairs for total in totals}
    unpaired = tuple(sorted({m for _, m in wanted}))
    excluded = tuple(
        Selection(n_paired=n, n_unpaired=m, method="lsdm") for n in pairs for m in unpaired if (n, m) not in wanted
    )
    return {"n_paired": pairs, "n_unpaired": unpaired, "excluded": excluded}


PAIRS, TOTALS = (50, 200, 800), (1000, 4000, 16000)

STUDY = Study(
    name="fidelity_bounds",
    sources={"swiss_roll": SwissRoll(ambient_dim=16, noise=IsotropicNoise(scale=0.05))},
    methods={
        "lsdm": LSDM(latent=Autoencoder(dim=2), matcher=ExactTransport()),
        "resampler": LSDM(latent=Identity(), matcher=NearestNeighbours()),
    },
    metrics=(
        JointW1(),
        LatentW1(),
        WeightedLatentW1(),
        MarginalW1(),
        Reconstruction(),
        DistanceToManifold(),
        LargestDistanceToManifold(),
        GeometryModuli(),
        Clipped(metrics=(JointW1(), LatentW1(), DistanceToManifold(), LargestDistanceToManifold())),
        ClippingTerms(),
    ),
    claims=BOUNDS,
    predictions=(
        *(claim for total in TOTALS for claim in at_fixed_total(PAIRS, total)),
        *(claim for n in PAIRS for claim in at_fixed_pairs(n, TOTALS)),
    ),
    controls=(CONTROL,),
    replicates=10,
    seed=20261121,
    n_test=1000,
    **plane(PAIRS, TOTALS),
)

QUICK = STUDY.replace(predictions=at_fixed_total((50, 200), 400), replicates=3, n_test=200, **plane((50, 200), (400,)))
