"""More training changes nothing, for every method: the studies measure the theory and not the optimiser.

Aims
    Show that fits are at their statistical limit: those of `geometric_fidelity` at its smallest and largest sample
    sizes, every neural matcher, and the autoencoders of latent diffusion.
Data-generating mechanism
    That of `geometric_fidelity`.

Methods
-------
    LSDM of `geometric_fidelity`, with the budget as it is and doubled; each neural matcher in oracle
    latents; and the variational and the Wasserstein autoencoder, with 200 unpaired responses and nearest neighbours as
    matcher, with the budget halved as well. The budget is that of both stages and of every phase: steps, patience and
    the lengths of starts. For their cost the latter two groups run at n = 50; three matchers also at n = 200.
Estimands
    Joint W1, latent W1, reconstruction error, distance to the manifold.
Performance measures
    Ratio of means, doubled over usual, over the same replicates, with its 95 % interval. A claim holds when the whole
    interval is within 5 % of one, which is more than a change below 5 % or two standard errors; open claims say that
    replicates are too few to tell, not that the budget matters. For the matchers and for the autoencoders of latent
    diffusion the same is a prediction: no theorem says what training does, and a refuted one is a finding. Replicates
    start from the same weights with every budget, so that ratios are more exact than their means.
"""

from lsdm_stats import (
    LSDM,
    Autoencoder,
    Comparison,
    Critic,
    DistanceToManifold,
    EnergyScore,
    ExactTransport,
    FlowMatching,
    IsotropicNoise,
    JointW1,
    LocalTransport,
    MixtureDensity,
    NearestNeighbours,
    ScoreMatching,
    Selection,
    SinkhornMatcher,
    Spec,
    Study,
    SwissRoll,
    TrueChart,
    VariationalAutoencoder,
    WassersteinAutoencoder,
)
from lsdm_stats.metrics import LatentW1, Reconstruction

TRUTH = SwissRoll(ambient_dim=16, noise=IsotropicNoise(scale=0.05))
BUDGETS = {"half": 0.5, "usual": 1, "doubled": 2}
LENGTHS = ("max_steps", "patience", "warm_start", "critic_start")
WARM, FEW, SOME, MANY = 1_000, 50, 200, 12_800
PAPER = LSDM(latent=Autoencoder(dim=2), matcher=ExactTransport())
MATCHERS = {
    "exact": ExactTransport(warm_start=WARM),
    "critic": Critic(warm_start=WARM),
    "local": LocalTransport(warm_start=WARM),
    "sinkhorn": SinkhornMatcher(warm_start=WARM),
    "energy": EnergyScore(),
    "flow": FlowMatching(),
    "score": ScoreMatching(),
    "mixture": MixtureDensity(),
}
ALSO_LARGER = ("exact", "energy", "mixture")
LATENTS = {"variational": VariationalAutoencoder(dim=2), "wasserstein": WassersteinAutoencoder(dim=2)}
MEASURED = ("joint_w1", "latent_w1", "reconstruction", "distance_to_manifold")


def with_budget(spec: Spec, factor: float) -> Spec:
    """The spec with the lengths of all its trainings times a factor."""
    fields = {name: getattr(spec, name) for name in type(spec).model_fields}
    return spec.replace(
        **{name: round(factor * value) for name, value in fields.items() if name in LENGTHS},
        **{name: with_budget(value, factor) for name, value in fields.items() if isinstance(value, Spec)},
    )


def over_budgets(methods: dict[str, LSDM]) -> dict[str, Spec]:
    """Every method with every budget."""
    return {
        f"{label}/{budget}": with_budget(method, factor)
        for label, method in methods.items()
        for budget, factor in BUDGETS.items()
    }


def unchanged(
    n: int, m: int, measured: tuple[str, ...] = MEASURED, method: str | None = None
) -> tuple[Comparison, ...]:
    """The doubled budget within 5 % of the usual one, at (n, m)."""
    doubled, usual = (budget if method is None else f"{method}/{budget}" for budget in ("doubled", "usual"))
    return tuple(
        Comparison(
            title=f"{f'{method}, ' if method else ''}n={n}, m={m}: {name} within 5 %",
            measured=name,
            quantity="ratio",
            at_least=0.95,
            at_most=1.05,
            of=Selection(method=doubled, n_paired=n, n_unpaired=m),
            over=Selection(method=usual, n_paired=n, n_unpaired=m),
        )
        for name in measured
    )


IN_ORACLE = {label: LSDM(latent=TrueChart(population=TRUTH), matcher=matcher) for label, matcher in MATCHERS.items()}
OF_LATENTS = {label: LSDM(latent=latent, matcher=NearestNeighbours()) for label, latent in LATENTS.items()}
BY_BUDGET = over_budgets(IN_ORACLE | OF_LATENTS)

STUDY = Study(
    name="training_limit",
    sources={"swiss_roll": TRUTH},
    n_paired=(FEW, 200),
    n_unpaired=(0, SOME, MANY),
    methods={"usual": PAPER, "doubled": with_budget(PAPER, 2), **BY_BUDGET},
    metrics=(JointW1(), LatentW1(), Reconstruction(), DistanceToManifold()),
    claims=(*unchanged(FEW, 0), *unchanged(200, MANY)),
    predictions=(
        *(claim for label in MATCHERS for claim in unchanged(FEW, 0, ("joint_w1", "latent_w1"), label)),
        *(claim for label in ALSO_LARGER for claim in unchanged(200, 0, ("joint_w1", "latent_w1"), label)),
        *(
            claim
            for label in LATENTS
            for claim in unchanged(FEW, SOME, ("reconstruction", "distance_to_manifold"), label)
        ),
    ),
    replicates=20,
    seed=20261121,
    n_test=2000,
    excluded=(
        *(Selection(method=label, n_unpaired=SOME) for label in ("usual", "doubled")),
        *(Selection(method=label, n_paired=200) for label in BY_BUDGET if label.split("/")[0] not in ALSO_LARGER),
        *(Selection(method=label, n_unpaired=m) for label in over_budgets(OF_LATENTS) for m in (0, MANY)),
    ),
)

QUICK = STUDY.replace(
    n_paired=(FEW,),
    n_unpaired=(0,),
    methods={"usual": PAPER, "doubled": with_budget(PAPER, 2), **over_budgets({"mixture": IN_ORACLE["mixture"]})},
    claims=unchanged(FEW, 0),
    predictions=unchanged(FEW, 0, ("joint_w1", "latent_w1"), "mixture"),
    replicates=3,
    n_test=400,
    excluded=(),
)
