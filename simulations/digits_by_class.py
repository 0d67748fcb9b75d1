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
    LSDM with an eight-dimensional autoencoder and, as other paired-only competitors, principal components and the
    ambient space; all with exact transport matching and one stopping rule.
Performance measures
    Differences over splits with the Nadeau-Bengio correction, since splits overlap; n_test / n_train with the n + m
    images that the semi-supervised fit is trained on. Real images of the same labels stand beside them. With 500 images
    in 64 dimensions plug-in W1 favours laws that are too narrow, so that real against real is a reference and not a
    lower bound.
"""

from lsdm_stats import (
    LSDM,
    PCA,
    Autoencoder,
    Comparison,
    Digits,
    ExactTransport,
    Identity,
    JointW1,
    Selection,
    Study,
)
from lsdm_stats.metrics import ClassifierAccuracy, Examples, NearestResponse, RealFloor

N_TEST = 500
"""All test images of a split."""


def gains(n: int, most: int, *, rivals: tuple[str, ...], measures: tuple[str, ...]) -> tuple[Comparison, ...]:
    """Gains of the autoencoder with the most unlabelled images over each rival without, in each measure."""
    semi = Selection(method="autoencoder", n_paired=n, n_unpaired=most)
    return tuple(
        Comparison(
            title=f"n={n}: {measure}, autoencoder m={most} against {rival} m=0",
            measured=measure,
            of=semi if measure == "accuracy" else Selection(method=rival, n_paired=n, n_unpaired=0),
            over=Selection(method=rival, n_paired=n, n_unpaired=0) if measure == "accuracy" else semi,
            quantity="difference",
            at_least=0,
            test_fraction=N_TEST / (n + most),
        )
        for rival in rivals
        for measure in measures
    )


CLAIMS_AT_200 = gains(
    200, 1000, rivals=("autoencoder", "ambient", "pca"), measures=("joint_w1", "accuracy", "nearest_response")
)

STUDY = Study(
    name="digits_by_class",
    sources={"digits": Digits()},
    n_paired=(50, 200),
    n_unpaired=(0, 200, 1000),
    methods={
        "autoencoder": LSDM(latent=Autoencoder(dim=8, hidden=(128, 64)), matcher=ExactTransport()),
        "pca": LSDM(latent=PCA(dim=8), matcher=ExactTransport()),
        "ambient": LSDM(latent=Identity(), matcher=ExactTransport()),
    },
    metrics=(JointW1(), ClassifierAccuracy(), NearestResponse(), RealFloor(), Examples(count=2, per_condition=True)),
    claims=(
        *CLAIMS_AT_200,
        *gains(50, 1000, rivals=("autoencoder", "ambient"), measures=("joint_w1", "accuracy")),
    ),
    replicates=20,
    seed=20261121,
    n_test=N_TEST,
)

QUICK = STUDY.replace(n_paired=(200,), n_unpaired=(0, 1000), claims=CLAIMS_AT_200, replicates=3)
