"""Generated digits beside real ones, what unlabelled images buy, and other generators."""

import numpy as np

from lsdm_stats.images import ByClass
from lsdm_stats.inference import corrected_resampled_interval
from lsdm_stats.plots import (
    curve,
    headline,
    level_line,
    means,
    new_figure,
    picture_array,
    shared_legend,
    style,
)

TASK = ByClass()
HEIGHT, WIDTH = TASK.image_shape
TEST_FRACTION = TASK.test_size / TASK.pool_size  # intervals allow for the overlap of splits
BY = ["method", "n_paired", "n_unpaired"]
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
                _score(panel, table[table["n_paired"] == n], name)
                if n == sizes[0]:
                    panel.set_title(title)
                if n == sizes[-1]:
                    panel.set_xlabel("unlabelled images $m$")
            row[0].set_ylabel(f"$n = {n}$")
        shared_legend(bottom, panels.flat, loc="outside lower center", ncols=4)
    return figure


def _finding(table, n):
    """The gain in joint W1, if its interval proves one."""
    own = table[(table["method"] == "lsdm") & (table["n_paired"] == n) & (table["name"] == "joint_w1")]
    wide = own.pivot_table(index="replicate", columns="n_unpaired", values="value").dropna()
    if len(wide) > 1 and len(wide.columns) > 1:
        most = max(wide.columns)
        gain = corrected_resampled_interval(wide[0] - wide[most], test_fraction=TASK.test_size / (n + most))
        if gain.lower > 0:
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


def _score(panel, table, name):
    """Curves of methods that see unlabelled images, levels of the others and of real images."""
    summary = means(table, name, BY, test_fraction=TEST_FRACTION)
    places = sorted(table["n_unpaired"].unique())
    for index, (method, label) in enumerate(NAMES.items()):
        own = summary[summary["method"] == method]
        if len(own) > 1 or method == "lsdm":
            shift = 0.07 * (min(index, 2) - 1)
            curve(panel, [places.index(m) + shift for m in own["n_unpaired"]], own, label=label, index=index)
        else:
            level_line(panel, own, label=label, index=index, dashes=(":", "-.", "--")[index % 3])
    real = means(table, f"{name}.real", BY, test_fraction=TEST_FRACTION)
    level_line(panel, real.head(1), label="real images", index=6, dashes="-")
    panel.set_xticks(range(len(places)), [str(m) for m in places])
    panel.set_xlim(-0.3, len(places) - 0.7)
    real_and_means = [*summary["mean"], *real["mean"].head(1)]
    ends = [end for _, own in summary.groupby("method") if len(own) > 1 for end in (*own["lower"], *own["upper"])]
    least, most = min(real_and_means + ends), max(real_and_means + ends)
    panel.set_ylim(least - 0.06 * (most - least), most + 0.06 * (most - least))
