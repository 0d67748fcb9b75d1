"""Unpaired data buys geometric fidelity: generated points come nearer to the response manifold, joint W1 saturates.

Aims
    Measure how the distance of generated points to the manifold and the joint W1 depend on the number m of unpaired
    responses at fixed numbers n of pairs, and check the geometric bounds A5 (docs/theory.md) on every fit.
Data-generating mechanism
    Swiss roll of outer radius 1 in R^16 with a bimodal conditional law; normal noise of standard deviation .05 in
    every coordinate, so that a response is about .19 away from the manifold.
Estimands
    Mean distance of generated points to the manifold; joint W1 to fresh noisy responses (sum metric).
Methods
    LSDM with a two-dimensional autoencoder; the same matcher on the oracle's latent space and in the ambient space;
    and draws from the truth as the floor of joint W1. The last three do not read unpaired data.
Performance measures
    Means with Monte Carlo standard errors; ratios and slopes over the same replicates, with 95 % intervals.
"""

from lsdm_stats import LSDM, Autoencoder, Claim, Comparison, DistanceToManifold, ExactTransport, GeometryBound, Identity
from lsdm_stats import IsotropicNoise, JointW1, MasterBound, Study, SwissRoll, Trend, TrueChart, TrueConditional
from lsdm_stats.metrics import Examples, GeometryModuli, LatentW1, MarginalW1, Reconstruction, WeightedLatentW1

TRUTH = SwissRoll(ambient_dim=16, noise=IsotropicNoise(scale=0.05))
AT_200 = {"source": "swiss_roll", "n_paired": 200}


def between(measured: str, m_numerator: int, m_denominator: int, n: int = 200, **bounds: float) -> Comparison:
    """Ratio of means of LSDM at two numbers of unpaired responses, same pairs and test points."""
    return Comparison(
        title=f"{measured}, n={n}: m={m_numerator} over m={m_denominator}",
        measured=measured,
        numerator={"source": "swiss_roll", "method": "lsdm", "n_paired": n, "n_unpaired": m_numerator},
        denominator={"source": "swiss_roll", "method": "lsdm", "n_paired": n, "n_unpaired": m_denominator},
        quantity="ratio",
        **bounds,
    )
