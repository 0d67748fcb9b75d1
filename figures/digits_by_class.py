"""Generated digits beside real ones, what unlabelled images buy, and other generators."""

import numpy as np

from lsdm_stats.images import ByClass
from lsdm_stats.plots import curve, level_line, means, new_figure, picture_array, style

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
    """Top: digits 0 to 9 at the largest n, one row per method and m. Below: scores against m, one row per n."""
    sizes = sorted(table["n_paired"].unique(), reverse=True)
    with style():
        figure = new_figure(6.75, 3.0 + 1.65 * len(sizes))
        top, bottom = figure.subfigures(2, 1, height_ratios=(2.7, 0.3 + 1.65 * len(sizes)))
        _pictures(top, table[table["n_paired"] == sizes[0]])
        panels = bottom.subplots(len(sizes), len(SCORES), squeeze=False, sharex=True, sharey="col")
        for n, row in zip(sizes, panels, strict=True):
            for panel, (name, title) in zip(row, SCORES, strict=True):
                _score(panel, table[table["n_paired"] == n], name)
                if n == sizes[0]:
                    panel.set_title(title)
                if n == sizes[-1]:
                    panel.set_xlabel("unlabelled images $m$")
            row[0].set_ylabel(f"$n = {n}$")
        handles, labels = panels[0, 0].get_legend_handles_labels()
        bottom.legend(handles, labels, loc="outside lower center", ncols=6)
    return figure


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
            curve(panel, [places.index(m) for m in own["n_unpaired"]], own, label=label, index=index)
        else:
            level_line(panel, own, label=label, index=index, dashes=(":", "-.", "--")[index % 3])
    real = means(table, f"{name}.real", BY, test_fraction=TEST_FRACTION)
    level_line(panel, real.head(1), label="real images", index=6, dashes="-")
    panel.set_xticks(range(len(places)), [str(m) for m in places])
    panel.set_xlim(-0.3, len(places) - 0.7)
