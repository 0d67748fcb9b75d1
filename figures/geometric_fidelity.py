"""Distance to the manifold and joint W1 against the number of unpaired responses, and the points themselves."""

import numpy as np
from matplotlib.collections import LineCollection
from matplotlib.colors import LinearSegmentedColormap

from lsdm_stats import SwissRoll
from lsdm_stats.bounds import GeometryBound
from lsdm_stats.plots import (
    COLOURS,
    curve,
    fits,
    headline,
    level_line,
    log_values,
    means,
    new_figure,
    picture_array,
    ratio,
    shared_legend,
    style,
    summarise,
)

BY = ["method", "n_paired", "n_unpaired"]
DISTANCE, JOINT = "distance_to_manifold", "joint_w1"
BOUND = GeometryBound(form="decoder")
TICKS = (100, 1_000, 10_000)
NIGHT, PAPER, SHEET = "#0d1b2a", "#e8eef4", "#6f8fae"
NEARNESS = LinearSegmentedColormap.from_list("nearness", ["#7fe3ff", "#ffd166", "#ff6b35"])


def draw(table):
    """What unpaired responses do for the geometry and for joint W1, on a noisy swiss roll.

    Left: mean distance of generated points to the manifold M, with its bound A5.decoder (thin lines) and the noise
    of the responses themselves. Middle: joint W1 between samples, with what the truth and the truth in the oracle's
    latent space have. Right: 600 generated points in the plane of the roll, whose spiral is grey.

    Points are means over replicates with 95 % t intervals; dotted lines are ambient fits to the n pairs, which cannot
    use unpaired responses. Distances are in the units of the responses: the roll has radius 1.
    """
    sizes = sorted(table["n_paired"].unique())
    with style():
        figure = new_figure(height=3.0)
        panels = figure.subplot_mosaic("ABC;ABD", width_ratios=(1.3, 1.3, 0.75))
        left, middle, few, many = (panels[name] for name in "ABCD")
        headline(figure, _finding(table, sizes[-1]))
        for panel, name in ((left, DISTANCE), (middle, JOINT)):
            summary = means(table, name, BY)
            for index, n in enumerate(sizes):
                lsdm = summary[(summary["method"] == "lsdm") & (summary["n_paired"] == n)]
                curve(panel, (lsdm["n_unpaired"] + n).tolist(), lsdm, label=f"LSDM, $n$ = {n}", index=index)
                ambient = summary[(summary["method"] == "ambient") & (summary["n_paired"] == n)]
                level_line(panel, ambient, label=f"ambient, $n$ = {n}", index=index, dashes=":")
            panel.set_xscale("log")
            panel.set_xticks(TICKS, [f"{tick:,}" for tick in TICKS])
            panel.set_xlabel("responses $N = n + m$")
        _bounds(left, table, sizes)
        level_line(left, means(table, f"{DISTANCE}.response", BY).head(1), label="noise of the responses", index=6)
        log_values(left)
        left.set_title("mean distance to the manifold")
        middle.set_title("joint $W_1$ (plug-in)")
        for name, label, index in (("oracle_latent", "oracle latent space", 2), ("truth", "truth against truth", 6)):
            floor = means(table, JOINT, BY)
            floor = floor[(floor["method"] == name) & (floor["n_paired"] == sizes[-1])]
            level_line(middle, floor, label=label, index=index, dashes="-." if index == 2 else (0, (5, 1, 1, 1, 1, 1)))
        for panel, m in ((few, table["n_unpaired"].min()), (many, table["n_unpaired"].max())):
            _points(panel, table, sizes[-1], m)
        shared_legend(figure, (left, middle), loc="outside lower left", ncols=4)
    return figure


def draw_hero(table):
    """What unpaired responses do, at a glance.

    600 points generated from the same 200 pairs, without unpaired responses and with as many as the study has, on
    the swiss roll seen along its axis; each is joined to the nearest place of the manifold and coloured by its
    distance. Right: the mean distance over all responses, with 95 % t intervals over replicates.
    """
    n, few, most = table["n_paired"].max(), table["n_unpaired"].min(), table["n_unpaired"].max()
    pictures = [_example(table, n, m) for m in (few, most)]
    summary = means(table, DISTANCE, BY)
    summary = summary[(summary["method"] == "lsdm") & (summary["n_paired"] == n)]
    if few == most or any(points is None for points in pictures):
        return None
    with style():
        figure = new_figure(height=2.75)
        figure.set_facecolor(NIGHT)
        left, middle, right = figure.subplots(1, 3, width_ratios=(1, 1, 0.72))
        for panel, points, m in ((left, pictures[0], few), (middle, pictures[1], most)):
            distances = _joined(panel, points)
            panel.set_title(f"{m:,} unpaired responses", color=PAPER)
            words = f"mean distance {distances.mean():.3f}"
            panel.text(0.5, -0.03, words, color=PAPER, ha="center", va="top", transform=panel.transAxes)
        ends = [summary["mean"] - summary["lower"], summary["upper"] - summary["mean"]]
        right.errorbar(summary["n_unpaired"] + n, summary["mean"], yerr=ends, color=NEARNESS(0.0), marker="o")
        _in_the_dark(right)
        right.set_title("distance to the manifold", color=PAPER)
        right.set_xlabel(f"responses, {n:,} paired")
        headline(figure, _finding(table, n))
        figure._suptitle.set_color(PAPER)
    return figure


def _finding(table, n):
    of, over = ({"method": "lsdm", "n_paired": n, "n_unpaired": m} for m in (0, table["n_unpaired"].max()))
    nearer = ratio(table, DISTANCE, of, over)
    if nearer is None or nearer.lower <= 1:
        return "Distance to the manifold and joint $W_1$ against the number of responses"
    return (f"{over['n_unpaired']:,} unpaired responses bring generated points {nearer.estimate:.1f} times "
            f"({nearer.lower:.1f} to {nearer.upper:.1f}) nearer to the manifold")


def _bounds(panel, table, sizes):
    rows = fits(table[(table["method"] == "lsdm")])
    if not set(BOUND.inputs) <= set(rows.columns):
        return
    rows["bound"] = BOUND.evaluate({name: rows[name].to_numpy() for name in BOUND.inputs}).total
    summary = summarise(rows, "bound", ["n_paired", "n_unpaired"])
    for index, n in enumerate(sizes):
        chosen = summary[summary["n_paired"] == n]
        curve(panel, (chosen["n_unpaired"] + n).tolist(), chosen, label=f"bound A5, $n$ = {n}", index=index, marker="",
              linewidth=0.6, linestyle=(0, (6, 1)))


def _example(table, n, m):
    chosen = table[(table["method"] == "lsdm") & (table["n_paired"] == n) & (table["n_unpaired"] == m)]
    return picture_array(chosen, "examples.generated") if (chosen["name"] == "examples.generated").any() else None


def _spiral(points):
    """The roll of these points, its spiral as a curve, and the points, in the plane of the spiral."""
    sheet = SwissRoll(ambient_dim=points.shape[1]).manifold
    grid = np.column_stack([np.linspace(0.0, sheet.length, 800), np.full(800, 0.5)])
    return sheet, *(sheet.base_coordinates(array)[:, [0, 2]] for array in (sheet.decode(grid), points))


def _points(panel, table, n, m):
    panel.set_axis_off()
    panel.set_aspect("equal")
    panel.set_title(f"$n$ = {n}, $m$ = {m:,}")
    points = _example(table, n, m)
    if points is None:
        panel.text(0.5, 0.5, "not computed yet", ha="center", transform=panel.transAxes)
        return
    _, spiral, places = _spiral(points)
    panel.plot(*spiral.T, color="0.6", linewidth=0.8)
    panel.plot(*places.T, ".", markersize=1.5, color=COLOURS[1])


def _joined(panel, points):
    """Points coloured by their distance to the roll, each with a line to the nearest place on it; the distances."""
    sheet, spiral, places = _spiral(points)
    distances = sheet.distance(points)
    feet = sheet.base_coordinates(sheet.project(points))[:, [0, 2]]
    order = np.argsort(distances)
    shades = NEARNESS(np.clip(distances[order] / 0.25, 0, 1))
    panel.plot(*spiral.T, color=SHEET, linewidth=2.5, alpha=0.7, solid_capstyle="round")
    panel.add_collection(LineCollection(np.stack([feet, places], axis=1)[order], colors=shades, linewidths=0.5))
    panel.scatter(*places[order].T, s=3.0, c=shades, linewidths=0, zorder=3)
    panel.set_aspect("equal")
    panel.margins(0.01)
    panel.set_axis_off()
    return distances


def _in_the_dark(panel):
    panel.set_facecolor(NIGHT)
    panel.set_xscale("log")
    panel.set_xticks((1_000, 10_000), ["1,000", "10,000"])
    panel.tick_params(colors=PAPER, which="both")
    panel.xaxis.label.set_color(PAPER)
    panel.set_ylim(bottom=0)
    panel.grid(color=PAPER, alpha=0.15)
    for spine in panel.spines.values():
        spine.set_color(PAPER)
