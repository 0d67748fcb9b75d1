"""The two stages minimise an upper bound on the joint W1: the whole chain A1/A2, evaluated for every fit.

Aims
    Check every line of the chain (docs/theory.md, A1, A2) and, for principal components, the sandwich A3, on fitted
    latent spaces and generators; say how tight each line is.
Data-generating mechanisms
    Linear-Gaussian model of rank 3 in R^8, noise-free circle in R^8, noisy swiss roll in R^16.
Estimands
    Joint W1 on a fresh test sample (sum metric, certified) and each right-hand side on the same sample.

Methods
-------
    Two latent dimensions by principal components and by an autoencoder, exact transport matching in both.
Performance measures
    Number of violations (the inequalities hold for every sample, so one violation refutes), tightness measured / bound.
Control
    The chain without the reconstruction term on principal components of rank below that of Y: false by A3.
"""

from lsdm_stats import (
    LSDM,
    PCA,
    Autoencoder,
    Circle,
    Claim,
    ExactTransport,
    IsotropicNoise,
    LinearGaussian,
    MasterBound,
    PCASandwich,
    Study,
    SwissRoll,
)
from lsdm_stats.bounds import DroppedTerm
from lsdm_stats.metrics import JointW1, LatentW1, ReconstructedJointW1, Reconstruction, WeightedLatentW1

FORMS = ("reconstructed", "pushed", "weighted", "plan_weighted", "plan", "cross")
RANK_DEFICIENT = ("linear_gaussian", "swiss_roll")

CHAIN = tuple(
    Claim(
        title=f"chain, {form} form, {method}",
        bound=MasterBound(form=form),
        measured="joint_w1",
        kind="sure",
        methods=(method,),
    )
    for method in ("autoencoder", "pca")
    for form in FORMS
)
SANDWICH = tuple(
    Claim(title=f"PCA sandwich, {side}", bound=PCASandwich(side=side), measured=measured, kind="sure", methods=("pca",))
    for side, measured in (("latent", "latent_w1"), ("reconstruction", "reconstruction"), ("upper", "joint_w1"))
)
WITHOUT_RECONSTRUCTION = Claim(
    title="chain without reconstruction, rank too low",
    bound=DroppedTerm(bound=MasterBound(form="pushed"), term="reconstruction"),
    measured="joint_w1",
    kind="sure",
    methods=("pca",),
    sources=RANK_DEFICIENT,
    expect="violated",
)

STUDY = Study(
    name="two_stage_bound",
    sources={
        "linear_gaussian": LinearGaussian(condition_dim=1, intrinsic_dim=3, ambient_dim=8),
        "circle": Circle(width=0.3, ambient_dim=8),
        "swiss_roll": SwissRoll(ambient_dim=16, noise=IsotropicNoise(scale=0.05)),
    },
    n_paired=(50, 200),
    n_unpaired=(0, 800),
    methods={
        "pca": LSDM(latent=PCA(dim=2), matcher=ExactTransport()),
        "autoencoder": LSDM(latent=Autoencoder(dim=2), matcher=ExactTransport()),
    },
    metrics=(JointW1(), ReconstructedJointW1(), LatentW1(), WeightedLatentW1(), Reconstruction()),
    claims=(*CHAIN, *SANDWICH),
    controls=(WITHOUT_RECONSTRUCTION,),
    replicates=10,
    block=10,
    seed=20261121,
    n_test=1000,
)

QUICK = STUDY.replace(n_paired=(50,), n_unpaired=(200,), replicates=3, n_test=300)
