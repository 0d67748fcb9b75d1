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
    ambient space; each with exact transport matching and with the energy score, and one stopping rule.
Performance measures
    Differences over splits with the Nadeau-Bengio correction (test images over training images), since splits overlap;
    real images of the same labels beside them. With 500 images in 64 dimensions plug-in W1 favours laws that are too
    narrow, so that real against real is a reference and not a lower bound.
"""

from lsdm_stats import (
    LSDM,
    PCA,
    Autoencoder,
    Comparison,
    Digits,
    EnergyScore,
    ExactTransport,
    Identity,
    JointW1,
    Selection,
    Study,
)
from lsdm_stats.matchers import GeneratorNetwork
from lsdm_stats.metrics import ClassifierAccuracy, Examples, NearestResponse, RealFloor

N_TEST = 500
"""All test images of a split."""

LATENT = Autoencoder(dim=8, hidden=(128, 64))
TRANSPORT = ExactTransport()
ENERGY = EnergyScore(network=GeneratorNetwork(hidden=(128, 128)))


def gains(
    n: int, most: int, *, rivals: tuple[str, ...], measures: tuple[str, ...], suffix: str = ""
) -> tuple[Comparison, ...]:
    """Gains of the most unlabelled images over each rival, which has none, in each measure."""
    semi = Selection(method=f"autoencoder{suffix}", n_paired=n, n_unpaired=most)
    return tuple(
        Comparison(
            title=f"n={n}: {measure}{suffix.replace('_', ', ')}, autoencoder m={most} against {rival} m=0",
            measured=measure,
            of=semi if measure == "accuracy" else Selection(method=f"{rival}{suffix}", n_paired=n, n_unpaired=0),
            over=Selection(method=f"{rival}{suffix}", n_paired=n, n_unpaired=0) if measure == "accuracy" else semi,
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
TRANSPORT_METHODS = {
    "autoencoder": LSDM(latent=LATENT, matcher=TRANSPORT),
    "pca": LSDM(latent=PCA(dim=8), matcher=TRANSPORT),
    "ambient": LSDM(latent=Identity(), matcher=TRANSPORT),
}
ENERGY_METHODS = {
    "autoencoder_energy": LSDM(latent=LATENT, matcher=ENERGY),
    "pca_energy": LSDM(latent=PCA(dim=8), matcher=ENERGY),
    "ambient_energy": LSDM(latent=Identity(), matcher=ENERGY),
}

STUDY = Study(
    name="digits_by_class",
    sources={"digits": Digits()},
    n_paired=(50, 200),
    n_unpaired=(0, 200, 1000),
    methods={**TRANSPORT_METHODS, **ENERGY_METHODS},
    metrics=(JointW1(), ClassifierAccuracy(), NearestResponse(), RealFloor(), Examples(count=2, per_condition=True)),
    claims=(
        *CLAIMS_AT_200,
        *gains(50, 1000, rivals=("autoencoder", "ambient"), measures=("joint_w1", "accuracy")),
        *gains(200, 1000, rivals=("autoencoder", "ambient"), measures=("joint_w1", "accuracy"), suffix="_energy"),
    ),
    replicates=20,
    seed=20261121,
    n_test=N_TEST,
)

QUICK = STUDY.replace(
    n_paired=(200,), n_unpaired=(0, 1000), methods=TRANSPORT_METHODS, claims=CLAIMS_AT_200, replicates=3
)
