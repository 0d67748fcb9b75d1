"""Generated digits beside real ones, and what unlabelled images buy in joint W1, accuracy and distance."""

import numpy as np

from lsdm_stats import Digits
from lsdm_stats.plots import curve, level_line, means, new_figure, picture_array, style

TASK = Digits()
TEST_FRACTION = TASK.test_size / TASK.pool_size  # intervals allow for the overlap of splits
BY = ["method", "n_paired", "n_unpaired"]
SCORES = (
    ("joint_w1", "joint $W_1$ to test images"),
    ("accuracy", "accuracy of the reference classifier"),
    ("nearest_response", "distance to nearest test image"),
)


def draw(table):
    """Top: digits 0 to 9 generated at the largest n, one row per method and m. Bottom: scores against m."""
    n, most = table["n_paired"].max(), table["n_unpaired"].max()
    rows = [
        (f"real (test), n = {n}", "autoencoder", most, "examples.responses"),
        (f"LSDM, m = {most}", "autoencoder", most, "examples.generated"),
        ("LSDM, m = 0", "autoencoder", 0, "examples.generated"),
        ("ambient", "ambient", 0, "examples.generated"),
    ]
    with style():
        figure = new_figure(7.0, 4.6)
        top, bottom = figure.subfigures(2, 1, height_ratios=(1.0, 1.35))
        _pictures(top, table[table["n_paired"] == n], rows)
        panels = bottom.subplots(1, len(SCORES))
        for panel, (name, title) in zip(panels, SCORES, strict=True):
            _score(panel, table, name, title)
        bottom.legend(*panels[0].get_legend_handles_labels(), loc="outside lower center", ncols=4, fontsize=6)
    return figure


def _pictures(figure, table, rows):
    """One row of digits per line of `rows` that the table has."""
    drawn = [(label, images) for label, *where in rows if (images := _images(table, *where)) is not None]
    for panel, (label, images) in zip(np.atleast_1d(figure.subplots(max(len(drawn), 1), 1)), drawn, strict=False):
        strip = np.hstack([np.pad(image.reshape(8, 8), 1, constant_values=0.0) for image in images])
        panel.imshow(strip, cmap="gray_r", vmin=0, vmax=1)
        panel.set_ylabel(label, rotation=0, ha="right", va="center")
        panel.set_xticks([])
        panel.set_yticks([])
        panel.grid(False)
        for spine in panel.spines.values():
            spine.set_visible(False)


def _images(table, method, m, name):
    chosen = table[(table["method"] == method) & (table["n_unpaired"] == m) & (table["name"] == name)]
    return None if chosen.empty else picture_array(chosen, name)


def _score(panel, table, name, title):
    summary = means(table, name, BY, test_fraction=TEST_FRACTION)
    for index, n in enumerate(sorted(table["n_paired"].unique())):
        for method, label, dashes in (("autoencoder", "LSDM", "-"), ("pca", "LSDM with PCA", "-.")):
            chosen = summary[(summary["method"] == method) & (summary["n_paired"] == n)]
            curve(
                panel, chosen["n_unpaired"].tolist(), chosen, label=f"{label}, n = {n}", index=index, linestyle=dashes
            )
        ambient = summary[(summary["method"] == "ambient") & (summary["n_paired"] == n)]
        level_line(panel, ambient, label=f"ambient, n = {n}", index=index, dashes=":")
    real = means(table, f"{name}.real", BY, test_fraction=TEST_FRACTION)
    level_line(panel, real.head(1), label="real against real", index=6)
    panel.set_xscale("symlog", linthresh=100)
    panel.set_xlabel("unlabelled images $m$")
    panel.set_title(title)
