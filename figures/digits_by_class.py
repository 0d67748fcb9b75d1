"""Generated digits beside real ones, what unlabelled images buy, and other generators."""

import numpy as np

from lsdm_stats.images import ByClass
from lsdm_stats.plots import (
    headline,
    new_figure,
    picture_array,
    shared_legend,
    style,
    unpaired_gain,
    unpaired_panel,
)

TASK = ByClass()
HEIGHT, WIDTH = TASK.image_shape
NAMES = {"lsdm": "LSDM", "ldm": "LDM", "ambient": "ambient", "engression": "engression", "nearest_neighbours": "NN",
         "lsdm_exact": "LSDM, exact $W_1$"}
SCORES = (
    ("joint_w1", "joint $W_1$"),
    ("accuracy", "accuracy"),
    ("recall", "recall"),
    ("distance_to_learned_manifold", "distance to manifold"),
)


def draw(table):
    """Generated digits beside real ones, and what unlabelled images buy on this data set.

    Above: two digits of every class at the largest number n of pairs, a row for every method, where it uses them
    without unlabelled images and with the most. Below: joint W1 to the test images, accuracy of the reference
    classifier, recall in its features and distance to the manifold learned on all non-test images, over the number m of
    unlabelled images, a row for every n. LSDM and latent diffusion (LDM) use unlabelled images; levels are methods that
    do not, and real images in place of generated ones, a reference and no bound.

    Points and levels are means over splits with 95 % intervals that allow for the overlap of splits (Nadeau and
    Bengio); they are about this data set. Where an interval leaves the frame it is cut off.
    """
    sizes = sorted(table["n_paired"].unique(), reverse=True)
    with style():
        figure = new_figure(6.75, 3.2 + 1.65 * len(sizes))
        headline(figure, _finding(table, sizes[0]))
        top, bottom = figure.subfigures(2, 1, height_ratios=(2.7, 0.3 + 1.65 * len(sizes)))
        _pictures(top, table[table["n_paired"] == sizes[0]])
        panels = bottom.subplots(len(sizes), len(SCORES), squeeze=False, sharex=True)
        for n, row in zip(sizes, panels, strict=True):
            for panel, (name, title) in zip(row, SCORES, strict=True):
                unpaired_panel(panel, table, name, NAMES, n_paired=n, test_size=TASK.test_size)
                if n == sizes[0]:
                    panel.set_title(title)
                if n == sizes[-1]:
                    panel.set_xlabel("unlabelled images $m$")
            row[0].set_ylabel(f"$n = {n}$")
        shared_legend(bottom, panels.flat, loc="outside lower center", ncols=4)
    return figure


def _finding(table, n):
    """The gain in joint W1, if its interval proves one."""
    found = unpaired_gain(table, "joint_w1", method="lsdm", n_paired=n, test_size=TASK.test_size)
    if found is not None and found[1].lower > 0:
        most, gain = found
        return (f"{most:,} unlabelled images lower LSDM's joint $W_1$ at $n = {n}$ by {gain.estimate:.3f} "
                f"({gain.lower:.3f} to {gain.upper:.3f})")
    return "Digits by class: generated images, and scores over the number of unlabelled images"


def _pictures(figure, table):
    """Real digits and one row for each method, at its smallest and largest m; those that the table has."""
    drawn = []
    for method, name in NAMES.items():
        own = table[(table["method"] == method) & (table["name"] == "examples.generated")]
        sizes = sorted(own["n_unpaired"].unique(), reverse=True)
        for m in dict.fromkeys((sizes[:1] + sizes[-1:]) if len(sizes) > 1 else sizes):
            label = f"{name}, $m={m}$" if len(sizes) > 1 else name
            drawn.append((label, picture_array(own[own["n_unpaired"] == m], "examples.generated")))
    real = table[table["name"] == "examples.responses"]
    if not real.empty:
        drawn.insert(0, ("real (test)", picture_array(real, "examples.responses")))
    panels = figure.subplots(max(len(drawn), 1), 1, squeeze=False)[:, 0]
    for panel, (label, images) in zip(panels, drawn, strict=False):
        strip = np.hstack([np.pad(image.reshape(HEIGHT, WIDTH), ((0, 0), (0, 1))) for image in images])
        panel.imshow(strip, cmap="gray_r", vmin=0, vmax=1, interpolation="nearest")
        panel.set_ylabel(label, rotation=0, ha="right", va="center", fontsize=7)
        panel.set_xticks([])
        panel.set_yticks([])
        panel.grid(False)
        for spine in panel.spines.values():
            spine.set_visible(False)
