"""Twice the training budget changes nothing: the studies measure the theory and not the optimiser.

Aims
    Show that the fits of `geometric_fidelity` are at their statistical limit at its smallest and largest sample sizes.
Data-generating mechanism and methods
    Those of `geometric_fidelity`, with the budget as it is and doubled (steps and patience of both stages).
Estimands
    Joint W1, latent W1, reconstruction error, distance to the manifold.
Performance measures
    Ratio of means, doubled over usual, over the same replicates, with its 95 % interval. A claim holds when the whole
    interval is within 5 % of one, which is more than a change below 5 % or two standard errors; open claims say that
    replicates are too few to tell, not that the budget matters.
"""

from lsdm_stats import (
    LSDM,
    Autoencoder,
    Comparison,
    DistanceToManifold,
    ExactTransport,
    IsotropicNoise,
    JointW1,
    Selection,
    Study,
    SwissRoll,
)
from lsdm_stats.metrics import LatentW1, Reconstruction

USUAL_LATENT, USUAL_MATCHER = Autoencoder(dim=2), ExactTransport()
DOUBLED_LATENT = USUAL_LATENT.replace(training=USUAL_LATENT.training.doubled())
DOUBLED_MATCHER = USUAL_MATCHER.replace(
    network=USUAL_MATCHER.network.replace(training=USUAL_MATCHER.network.training.doubled())
)
MEASURED = ("joint_w1", "latent_w1", "reconstruction", "distance_to_manifold")


def unchanged(sizes: tuple[tuple[int, int], ...]) -> tuple[Comparison, ...]:
    """The doubled budget within 5 % of the usual one, at each (n, m)."""
    return tuple(
        Comparison(
            title=f"n={n}, m={m}: {measured} within 5 %",
            measured=measured,
            quantity="ratio",
            at_least=0.95,
            at_most=1.05,
            of=Selection(method="doubled", n_paired=n, n_unpaired=m),
            over=Selection(method="usual", n_paired=n, n_unpaired=m),
        )
        for n, m in sizes
        for measured in MEASURED
    )


STUDY = Study(
    name="training_limit",
    sources={"swiss_roll": SwissRoll(ambient_dim=16, noise=IsotropicNoise(scale=0.05))},
    n_paired=(50, 200),
    n_unpaired=(0, 12800),
    methods={
        "usual": LSDM(latent=USUAL_LATENT, matcher=USUAL_MATCHER),
        "doubled": LSDM(latent=DOUBLED_LATENT, matcher=DOUBLED_MATCHER),
    },
    metrics=(JointW1(), LatentW1(), Reconstruction(), DistanceToManifold()),
    claims=unchanged(((50, 0), (200, 12800))),
    replicates=20,
    seed=20261121,
    n_test=2000,
)

QUICK = STUDY.replace(n_paired=(50,), n_unpaired=(0,), claims=unchanged(((50, 0),)), replicates=3, n_test=400)
