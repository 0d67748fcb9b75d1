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
    LSDM and, from pairs alone, W1 in the ambient space (wgcs), engression and the images of near pairs; latent
    diffusion with the same unpaired images. LSDM without unpaired images is the paired-only fit: m = 0. Settings of all
    methods were chosen on validation parts of training pools with other splits (benchmarks/image_settings.md). No
    method is told how conditions are made from images.
Performance measures
    Differences over splits with the Nadeau-Bengio correction, since splits overlap; n_test / n_train with the n + m
    images that the semi-supervised fit is trained on. Ratios carry Fieller's interval without that correction, and are
    therefore too narrow: differences from 1.1 times the other's mean are the same claim with it. Real non-test images
    with the nearest conditions stand beside every score (names in .real).
What is expected
    Nothing here is proved of trained networks: predictions.
"""

from lsdm_stats import LSDM, Comparison, Identity, JointW1, NearestNeighbours, Selection, Study
from lsdm_stats.images import SuperResolution
from lsdm_stats.metrics import (
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
HIGHER_IS_BETTER = ("psnr.mean", "ssim.mean", "psnr.draw", "ssim.draw")
RIVALS = {"ambient": 0, "engression": 0, "ldm": MANY, "nearest_neighbours": 0}


def lsdm_with(n: int, m: int) -> Selection:
    """LSDM at one setting."""
    return Selection(method="lsdm", n_paired=n, n_unpaired=m)


def gain(n: int, measured: str, rival: Selection, words: str) -> Comparison:
    """By how much LSDM with many unpaired images is better than a rival."""
    ours = lsdm_with(n, MANY)
    higher = measured in HIGHER_IS_BETTER
    return Comparison(
        title=f"n={n}: {measured.replace('_', ' ')}, lsdm m={MANY} against {words}",
        measured=measured,
        of=ours if higher else rival,
        over=rival if higher else ours,
        quantity="difference",
        at_least=0,
        test_fraction=N_TEST / (n + MANY),
    )


def gains(n: int) -> tuple[Comparison, ...]:
    """Of unpaired images, and over every other method."""
    unpaired = tuple(
        gain(n, measured, lsdm_with(n, 0), "m=0")
        for measured in ("joint_w1", "energy_score", "consistency", "psnr.mean", "ssim.mean",
                         "distance_to_learned_manifold")
    )
    return unpaired + tuple(
        gain(n, measured, rival, f"{label.replace('_', ' ')} m={m}")
        for label, m in RIVALS.items()
        for rival in (Selection(method=label, n_paired=n, n_unpaired=m),)
        for measured in ("joint_w1", "energy_score", "psnr.mean", "ssim.mean")
    )
