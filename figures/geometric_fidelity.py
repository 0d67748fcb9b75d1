"""Distance to the manifold and joint W1 against the number of unpaired responses, and the points themselves."""

import numpy as np

from lsdm_stats import SwissRoll
from lsdm_stats.plots import COLOURS, curve, level_line, means, new_figure, picture_array, style

DECADES = (0.01, 0.02, 0.05, 0.1, 0.2)
BY = ["method", "n_paired", "n_unpaired"]


def draw(table):
    """Left: geometry. Middle: joint W1. Right: generated points seen along the roll's axis, with and without m."""
    sizes = sorted(table["n_paired"].unique())
    with style():
        figure = new_figure(7.2, 2.9)
        panels = figure.subplot_mosaic("ABC;ABD", width_ratios=(1.3, 1.3, 0.75))
        left, middle, few, many = (panels[name] for name in "ABCD")
        for panel, name, title in (
            (left, "distance_to_manifold", "mean distance to the manifold"),
            (middle, "joint_w1", "joint $W_1$ (plug-in)"),
        ):
            summary = means(table, name, BY)
            for index, n in enumerate(sizes):
                lsdm = summary[(summary["method"] == "lsdm") & (summary["n_paired"] == n)]
                curve(panel, (lsdm["n_unpaired"] + n).tolist(), lsdm, label=f"LSDM, n = {n}", index=index)
                ambient = summary[(summary["method"] == "ambient") & (summary["n_paired"] == n)]
                level_line(panel, ambient, label=f"ambient, n = {n}", index=index, dashes=":")
            panel.set_xscale("log")
            panel.set_xlabel("responses $N = n + m$")
            panel.set_title(title)
        noise = means(table, "distance_to_manifold.response", BY)
        level_line(left, noise.head(1), label="noisy responses", index=6)
        left.set_yscale("log")
        left.set_yticks(DECADES, [f"{value:g}" for value in DECADES])
        left.minorticks_off()
        for name, label, index in (("oracle_latent", "oracle latent space", 2), ("truth", "truth against truth", 6)):
            floor = means(table, "joint_w1", BY)
            floor = floor[(floor["method"] == name) & (floor["n_paired"] == max(sizes))]
            level_line(middle, floor, label=f"{label}, n = {max(sizes)}" if index == 2 else label, index=index)
        _legends(left, middle)
        for panel, m in ((few, table["n_unpaired"].min()), (many, table["n_unpaired"].max())):
            _points(panel, table, max(sizes), m)
    return figure


def _legends(left, middle):
    for panel in (left, middle):
        panel.legend(loc="upper center", bbox_to_anchor=(0.5, -0.2), ncols=2, fontsize=5.5)


def _points(panel, table, n, m):
    """Generated points in the plane of the spiral; the curve is the manifold seen along its axis."""
    chosen = table[(table["method"] == "lsdm") & (table["n_paired"] == n) & (table["n_unpaired"] == m)]
    generated = picture_array(chosen, "examples.generated")
    sheet = SwissRoll(ambient_dim=generated.shape[1]).manifold
    grid = np.column_stack([np.linspace(0.0, sheet.length, 800), np.full(800, 0.5)])
    spiral, points = (sheet.base_coordinates(array) for array in (sheet.decode(grid), generated))
    panel.plot(spiral[:, 0], spiral[:, 2], color="0.6", linewidth=0.8)
    panel.plot(points[:, 0], points[:, 2], ".", markersize=2, color=COLOURS[1])
    panel.set_aspect("equal")
    panel.set_xticks([])
    panel.set_yticks([])
    panel.grid(False)
    for spine in panel.spines.values():
        spine.set_visible(False)
    panel.set_title(f"$n$ = {n}, $m$ = {m}")
