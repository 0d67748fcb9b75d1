"""Super-resolution of real images: how well LSDM restores digits of 8 x 8 pixels from 4 x 4, and how variedly.

Aims
    Measure joint W1, consistency with the given pixels, likeness and diversity of draws as the number m of unpaired
    images grows, and set LSDM beside other conditional generators that are given the same images.
Data-generating mechanism
    Random splits of scikit-learn's 1,797 digits (pixels in [0, 1]): 500 test images, pairs and unpaired images from the
    rest. X is the image of the means of 2 x 2 blocks, Y the image. What is found is conditional on this data set.
Estimands
    Joint W1 of conditions and images; and of 16 draws for each test condition: energy score (proper: smallest in the
    mean for the true conditional law), peak signal-to-noise ratio and structural similarity of their mean and of single
    draws, root mean square by which degraded draws miss the condition, mean distance of two draws; precision, recall,
    density, coverage and Frechet distance in the features of a reference classifier; distance to a manifold learned on
    all non-test images; copies of training images.

Methods
    LSDM with the energy score, which on validation images was ahead of W1 matching: with 16 pixels as a condition that
    collapses to one image for each; it stands beside at the largest sizes (lsdm_exact), without a prediction. From
    pairs alone local transport in the ambient space, engression and the images of near pairs; latent diffusion with the
    same unpaired images. LSDM without unpaired images is the paired-only fit: m = 0. Settings of all methods were
    chosen on validation parts of training pools with other splits (benchmarks/image_settings.md). No method is told how
    conditions are made from images.
Performance measures
    Differences over splits with the Nadeau-Bengio correction, since splits overlap; n_test / n_train with the n + m
    images that the semi-supervised fit is trained on. Intervals of ratios are Fieller's without that correction, and
    hence too narrow. Real non-test images with the nearest conditions stand beside every score (names in .real).
    Seconds per draw are measured on whole blocks; their intervals say nothing.
What is expected
    Nothing here is proved of trained networks: predictions. "Within 10 % of the best" is one claim about ratios to all
    others. Diversity is set beside that of real images with near conditions.
"""

import time
from typing import ClassVar

import numpy as np

from lsdm_stats import (
    LSDM,
    Autoencoder,
    Comparison,
    EnergyScore,
    ExactTransport,
    Identity,
    JointW1,
    LocalTransport,
    NearestNeighbours,
    ScoreMatching,
    Selection,
    Spec,
    Study,
    Training,
    VariationalAutoencoder,
    wgcs,
)
from lsdm_stats.images import SuperResolution
from lsdm_stats.matchers import GeneratorNetwork, VelocityNetwork
from lsdm_stats.metrics import (
    Evaluation,
    ExampleDraws,
    Examples,
    FeatureScores,
    LearnedManifold,
    Memorisation,
    RealReference,
    RestorationScores,
)

N_TEST = 500
"""All test images of a split."""
MANY = 1_000
EXACT = "lsdm_exact"
HIGHER_IS_BETTER = ("psnr.mean", "ssim.mean", "psnr.draw", "ssim.draw")
RIVALS = {"ambient": 0, "engression": 0, "ldm": MANY, "nearest_neighbours": 0}


def at(method: str, n: int, m: int) -> Selection:
    """One setting."""
    return Selection(method=method, n_paired=n, n_unpaired=m)


def gain(n: int, measured: str, rival: str, m: int, *, at_least: float = 0.0) -> Comparison:
    """By how much LSDM with many unpaired images is better than a rival; below 0 for a loss that is allowed."""
    ours, other = at("lsdm", n, MANY), at(rival, n, m)
    higher = measured in HIGHER_IS_BETTER
    allowed = f", at most {-at_least:g} worse" if at_least else ""
    return Comparison(
        title=f"n={n}: {measured.replace('_', ' ')}, lsdm m={MANY} against {rival} m={m}{allowed}",
        measured=measured,
        of=ours if higher else other,
        over=other if higher else ours,
        quantity="difference",
        at_least=at_least,
        test_fraction=N_TEST / (n + MANY),
    )


def gains(n: int) -> tuple[Comparison, ...]:
    """Of unpaired images, and over every other method."""
    unpaired = ("joint_w1", "energy_score", "consistency", "psnr.mean", "ssim.mean", "distance_to_learned_manifold")
    over_rivals = ("joint_w1", "energy_score", "psnr.mean", "ssim.mean")
    return (
        *(gain(n, measured, "lsdm", 0) for measured in unpaired),
        *(gain(n, measured, rival, m,
               at_least=-0.05 if (rival, measured) == ("ldm", "energy_score") else 0.0)
          for rival, m in RIVALS.items() for measured in over_rivals),
    )


def against_the_best(n: int) -> tuple[Comparison, ...]:
    """Consistency beside that of every other method, and diversity beside that of real images."""
    ours = at("lsdm", n, MANY)
    others = (at("lsdm", n, 0), *(at(rival, n, m) for rival, m in RIVALS.items()))
    return (
        Comparison(
            title=f"n={n}: consistency of lsdm within 10 % of the best",
            measured="consistency",
            of=ours,
            over=others,
            quantity="ratio",
            at_most=1.1,
        ),
        Comparison(
            title=f"n={n}: diversity of lsdm at least a quarter of that of real images with near conditions",
            measured="diversity",
            measured_over="diversity.real",
            of=ours,
            over=ours,
            quantity="ratio",
            at_least=0.25,
        ),
    )


class DrawCost(Spec):
    """Time of a draw, measured on one image for each test condition: ``draw.seconds``."""

    repeats: int = 3
    name: ClassVar[str] = "draw"

    def evaluate(self, evaluation: Evaluation):
        """The shortest of some repeats, the same for every replicate of the block."""
        seconds = []
        for _ in range(self.repeats):
            start = time.perf_counter()
            evaluation.further.responses(evaluation.conditions, rngs=evaluation.data_streams)
            seconds.append(time.perf_counter() - start)
        replicates, n_test, _ = evaluation.conditions.shape
        return {f"{self.name}.seconds": np.full(replicates, min(seconds) / (replicates * n_test))}


WIDTHS, WIDER = (256, 128), (128, 128)


def methods(latent: Training, matcher: Training) -> dict[str, LSDM]:
    """Settings from benchmarks/image_settings.md, with the stopping rules of both stages."""
    network = GeneratorNetwork(hidden=WIDER, noise_dim=16, training=matcher)
    velocity = VelocityNetwork(hidden=WIDER, training=matcher)
    return {
        "lsdm": LSDM(
            latent=Autoencoder(dim=32, hidden=WIDTHS, training=latent), matcher=EnergyScore(network=network)
        ),
        EXACT: LSDM(
            latent=Autoencoder(dim=32, hidden=WIDTHS, training=latent), matcher=ExactTransport(network=network)
        ),
        "ambient": wgcs(LocalTransport(network=network)),
        "ldm": LSDM(
            latent=VariationalAutoencoder(dim=16, hidden=WIDTHS, training=latent),
            matcher=ScoreMatching(network=velocity),
        ),
        "engression": LSDM(latent=Identity(), matcher=EnergyScore(network=network)),
        "nearest_neighbours": LSDM(latent=Identity(), matcher=NearestNeighbours(n_neighbours=5)),
    }


STUDY = Study(
    name="super_resolution",
    sources={"from_4x4": SuperResolution()},
    n_paired=(50, 200),
    n_unpaired=(0, 200, MANY),
    methods=methods(Training(), GeneratorNetwork().training),
    metrics=(
        JointW1(),
        RealReference(),
        RestorationScores(),
        FeatureScores(),
        LearnedManifold(),
        Memorisation(),
        DrawCost(),
        Examples(count=10),
        ExampleDraws(count=10, n_draws=4),
    ),
    predictions=(*gains(200), *against_the_best(200), *gains(50), *against_the_best(50)),
    replicates=20,
    seed=20261121,
    n_test=N_TEST,
    excluded=(
        Selection(method="ldm", n_unpaired=200),
        Selection(method=EXACT, n_paired=50),
        *(Selection(method=EXACT, n_unpaired=m) for m in (0, 200)),
    ),
)

BRIEF = Training(max_steps=250, patience=150)
QUICK = STUDY.replace(
    n_paired=(200,),
    n_unpaired=(0, MANY),
    methods=methods(BRIEF, BRIEF),
    predictions=(*gains(200), *against_the_best(200)),
    replicates=2,
    excluded=(Selection(method=EXACT, n_unpaired=0),),
)
"""Two splits and brief training."""
