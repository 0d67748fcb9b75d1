"""Latent dimension below, at and above that of the manifold: where unpaired data helps, and what clipping restores.

Aims
    Put the sharpest prediction of the theory to the test (docs/theory.md, A5 and A6): the part of the distance to the
    manifold that depends on n is multiplied by an error of stage 1 only if the range of the decoder has the dimension
    of the manifold. With more latent dimensions the generator decides how far points are from the manifold, and m buys
    little, unless generated latents are clipped to the training latents: then stage 1 alone decides again.
Data-generating mechanisms
    A circle in R^8 (dimension 1) and a swiss roll in R^16 (dimension 2), each without noise and with normal noise of
    standard deviation .05 in every coordinate.
Estimands
    Mean distance of generated points to the manifold, with and without clipping to the nearest training latent;
    reconstruction error; joint W1.

Methods
-------
    LSDM with autoencoders of one to three latent dimensions and exact transport at n = 100, for m up to 6,400; the
    clipped generator is the same fit with the same draws. The circle has no chart with one dimension: there k = 1 tears
    it. Principal components of two dimensions on the circle, an isometric pair with R = 0.
Performance measures
    Log-log slopes in N = n + m, ratios of clipped and unclipped distances over the same replicates, with 95 %
    intervals; the sure inequalities A5.decoder and A6 on every fit.
Predictions
    Theory suggests the comparisons and slopes and does not prove them; their thresholds were set before the full run.
    It refuted one: without noise, and with k = d, the distance of unclipped points to the roll need not fall with N.
    There the decoder was never trained beyond the edge of its latents, where A5 gives no help and some generated
    latents lie; with noise it was, and the distance falls.
Control
    The bound of clipped points taken for unclipped ones, with principal components on the circle: the training points
    lie on it, so that it says that every generated point does. A generator with a continuous law in the plane misses
    the circle with probability 1.
"""

from lsdm_stats import (
    LSDM,
    PCA,
    Autoencoder,
    Circle,
    Claim,
    Comparison,
    DistanceToManifold,
    ExactTransport,
    GeometryBound,
    IsotropicNoise,
    JointW1,
    Selection,
    Study,
    SwissRoll,
    Trend,
)
from lsdm_stats.bounds import ClippingBound
from lsdm_stats.metrics import (
    Clipped,
    ClippingTerms,
    GeometryModuli,
    LargestDistanceToManifold,
    LatentW1,
    MarginalW1,
    Reconstruction,
)

N_PAIRED = 100
NOISE = IsotropicNoise(scale=0.05)
SOURCES = {
    "circle": Circle(width=0.3, ambient_dim=8),
    "swiss_roll": SwissRoll(ambient_dim=16),
    "noisy_circle": Circle(width=0.3, ambient_dim=8, noise=NOISE),
    "noisy_roll": SwissRoll(ambient_dim=16, noise=NOISE),
}
METHODS = {
    **{f"k{dim}": LSDM(latent=Autoencoder(dim=dim), matcher=ExactTransport()) for dim in (1, 2, 3)},
    "pca2": LSDM(latent=PCA(dim=2), matcher=ExactTransport()),
}
DISTANCE, CLIPPED = "distance_to_manifold", "clipped.distance_to_manifold"
ABOVE = (("circle", "k2"), ("circle", "k3"), ("swiss_roll", "k3"))  # more latent dimensions than the manifold has
NOISY_AT = (("noisy_circle", "k1"), ("noisy_roll", "k2"))  # as many
NOISY_ABOVE = (("noisy_circle", "k2", "k1"), ("noisy_roll", "k3", "k2"))  # one more, against as many

BOUNDS = (
    Claim(title="distance to M, decoder form", bound=GeometryBound(form="decoder"), measured=DISTANCE, kind="sure"),
    Claim(
        title="clipped: no point farther from M than a decoded training latent",
        bound=ClippingBound(form="geometry"),
        measured=f"{CLIPPED}.max",
        kind="sure",
    ),
    Claim(
        title="clipped: nor than the worst training response and its reconstruction",
        bound=ClippingBound(form="reconstruction"),
        measured=f"{CLIPPED}.max",
        kind="sure",
    ),
    Claim(
        title="clipped: price in latent W1",
        bound=ClippingBound(form="latent"),
        measured="clipped.latent_w1",
        kind="sure",
    ),
)
CONTROL = Claim(
    title="control: the bound of clipped points for unclipped ones, plane around the circle",
    bound=ClippingBound(form="geometry"),
    measured=f"{DISTANCE}.max",
    kind="sure",
    sources=("circle",),
    methods=("pca2",),
    expect="violated",
)


def trend(source: str, method: str, measured: str, **threshold: float) -> Trend:
    """The slope of a distance in N."""
    how = "clipped" if measured == CLIPPED else "not clipped"
    what = " and ".join(f"{words.replace('_', ' ')} {value:g}" for words, value in threshold.items())
    return Trend(
        title=f"{source}, {method}, {how}: slope in N {what}",
        measured=measured,
        over="n_total",
        among=Selection(source=source, method=method),
        **threshold,
    )


def clipping(source: str, method: str, m: int) -> tuple[Comparison, ...]:
    """What clipping does to the same draws of the same fit."""
    setting = Selection(source=source, method=method, n_unpaired=m)
    return (
        Comparison(
            title=f"{source}, {method}, m={m}: clipping brings points 10 times nearer",
            measured=DISTANCE,
            measured_over=CLIPPED,
            of=setting,
            over=setting,
            quantity="ratio",
            at_least=10,
        ),
        Comparison(
            title=f"{source}, {method}, m={m}: clipping costs less than 5 % of joint W1",
            measured="clipped.joint_w1",
            measured_over="joint_w1",
            of=setting,
            over=setting,
            quantity="ratio",
            at_most=1.05,
        ),
    )


def predictions(most: int) -> tuple[Trend | Comparison, ...]:
    """What A5 and A6 predict, up to this m."""
    little = tuple(trend(*pair, DISTANCE, at_least=-0.2) for pair in ABOVE)
    clipped = tuple(claim for pair in ABOVE for m in (0, most) for claim in clipping(*pair, m))
    benefit = (
        trend("swiss_roll", "k2", DISTANCE, at_most=-0.2),
        *(trend(*pair, measured, at_most=-0.2) for pair in NOISY_AT for measured in (DISTANCE, CLIPPED)),
    )
    kept_noise = tuple(
        Comparison(
            title=f"{source}, m={most}: clipped, {above} is 1.5 times as far as {at}: it keeps noise",
            measured=CLIPPED,
            of=Selection(source=source, method=above, n_unpaired=most),
            over=Selection(source=source, method=at, n_unpaired=most),
            quantity="ratio",
            at_least=1.5,
        )
        for source, above, at in NOISY_ABOVE
    )
    below = Comparison(
        title=f"swiss_roll, m={most}: with k=1 the reconstruction error is 10 times that with k=2",
        measured="reconstruction",
        of=Selection(source="swiss_roll", method="k1", n_unpaired=most),
        over=Selection(source="swiss_roll", method="k2", n_unpaired=most),
        quantity="ratio",
        at_least=10,
    )
    return (*little, *clipped, *benefit, *kept_noise, below)


STUDY = Study(
    name="latent_dimension",
    sources=SOURCES,
    n_paired=(N_PAIRED,),
    n_unpaired=(0, 800, 6400),
    methods=METHODS,
    metrics=(
        JointW1(),
        LatentW1(),
        MarginalW1(),
        Reconstruction(),
        DistanceToManifold(),
        LargestDistanceToManifold(),
        GeometryModuli(),
        Clipped(metrics=(JointW1(), LatentW1(), DistanceToManifold(), LargestDistanceToManifold())),
        ClippingTerms(),
    ),
    claims=BOUNDS,
    predictions=predictions(6400),
    controls=(CONTROL,),
    replicates=8,
    seed=20261121,
    n_test=800,
    excluded=tuple(Selection(source=source, method="pca2") for source in SOURCES if source != "circle"),
)

QUICK = STUDY.replace(
    sources={"circle": SOURCES["circle"]},
    n_unpaired=(0, 400),
    methods={name: METHODS[name] for name in ("k2", "pca2")},
    predictions=(
        trend("circle", "k2", DISTANCE, at_least=-0.2),
        *(claim for m in (0, 400) for claim in clipping("circle", "k2", m)),
    ),
    replicates=3,
    n_test=200,
    excluded=(),
)
