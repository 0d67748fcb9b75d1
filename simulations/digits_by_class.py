"""Real images: what unlabelled digits buy a class-conditional generator.

Aims
    Measure joint W1 to held-out images, the accuracy of a reference classifier on generated images and the distance
    of generated images to the nearest held-out one, as the number m of unlabelled images grows.
Data-generating mechanism
    Random splits of scikit-learn's 1,797 digits (8 x 8 pixels in [0, 1]): 500 test images, pairs and unlabelled images
    from the rest. Labels are further apart than any two images, so that joint W1 is the sum of the class-wise W1
    weighted by class proportions (docs/theory.md, A4).
Estimands
    Joint W1, accuracy, distance to the nearest test image; conditional on this data set.

Methods
-------
    LSDM with an eight-dimensional autoencoder and, as other paired-only competitors, principal components and the
    ambient space, with one matcher and one stopping rule.
Performance measures
    Differences over splits with the Nadeau-Bengio correction (test images over training images), since splits overlap;
    real images of the same labels beside them. With 500 images in 64 dimensions plug-in W1 favours laws that are too
    narrow, so that real against real is a reference and not a lower bound.
"""

from lsdm_stats import LSDM, PCA, Autoencoder, Comparison, Digits, EnergyScore, Identity, JointW1, Selection, Study
from lsdm_stats.matchers import GeneratorNetwork
from lsdm_stats.metrics import ClassifierAccuracy, Examples, NearestResponse, RealFloor

N_TEST = 500
"""All test images of a split."""

MATCHER = EnergyScore(network=GeneratorNetwork(hidden=(128, 128)))


def gains(n: int, most: int) -> tuple[Comparison, ...]:
    """Gains of the most unlabelled images over none, over the ambient fit and over every paired-only fit at once."""
    semi = Selection(method="autoencoder", n_paired=n, n_unpaired=most)
    none = Selection(method="autoencoder", n_paired=n, n_unpaired=0)
    ambient = Selection(method="ambient", n_paired=n)
    components = Selection(method="pca", n_paired=n, n_unpaired=0)
    rivals = (
        (f"m={most} over m=0", none),
        (f"m={most} over ambient", ambient),
        (f"m={most} over PCA with m=0", components),
    )
    fraction = N_TEST / (n + most)
    return tuple(
        comparison
        for name, rival in rivals
        for comparison in (
            Comparison(
                title=f"n={n}: joint W1 falls, {name}",
                measured="joint_w1",
                of=rival,
                over=semi,
                quantity="difference",
                at_least=0,
                test_fraction=fraction,
            ),
            Comparison(
                title=f"n={n}: accuracy rises, {name}",
                measured="accuracy",
                of=semi,
                over=rival,
                quantity="difference",
                at_least=0,
                test_fraction=fraction,
            ),
            Comparison(
                title=f"n={n}: distance to test images falls, {name}",
                measured="nearest_response",
                of=rival,
                over=semi,
                quantity="difference",
                at_least=0,
                test_fraction=fraction,
            ),
        )
    )


STUDY = Study(
    name="digits_by_class",
    sources={"digits": Digits()},
    n_paired=(50, 200),
    n_unpaired=(0, 200, 1000),
    methods={
        "autoencoder": LSDM(latent=Autoencoder(dim=8, hidden=(128, 64)), matcher=MATCHER),
        "pca": LSDM(latent=PCA(dim=8), matcher=MATCHER),
        "ambient": LSDM(latent=Identity(), matcher=MATCHER),
    },
    metrics=(JointW1(), ClassifierAccuracy(), NearestResponse(), RealFloor(), Examples(count=2, per_condition=True)),
    claims=(*gains(200, 1000), *gains(50, 1000)),
    replicates=20,
    seed=20261121,
    n_test=N_TEST,
)

QUICK = STUDY.replace(n_paired=(200,), n_unpaired=(0, 1000), claims=gains(200, 1000), replicates=3)
