"""How tight each bound on fidelity is over the (n, N) plane, and how the distance moves with latent W1 at fixed N."""

import numpy as np

from lsdm_stats.bounds import ClippingBound, GeometryBound
from lsdm_stats.plots import COLOURS, MARKERS, fits, headline, new_figure, style, summarise

DISTANCE = "distance_to_manifold"
BOUNDS = {
    "A5, ambient": (GeometryBound(form="ambient"), DISTANCE),
    "A5, latent": (GeometryBound(form="latent"), DISTANCE),
    "A5, decoder": (GeometryBound(form="decoder"), DISTANCE),
    "A5, error": (GeometryBound(form="error"), DISTANCE),
    "A6: largest": (ClippingBound(form="geometry"), f"clipped.{DISTANCE}.max"),
    "A6: latent $W_1$": (ClippingBound(form="latent"), "clipped.latent_w1"),
}
ROUNDING = 1e-8


def draw(table):
    """Six panels: measured over bound for every bound on fidelity, over pairs n and all responses N = n + m; large is
    the median over replicates, small the range from the smallest to the largest, and 1 would be equality. A5 bounds the
    mean distance of generated points to the manifold M, A6 that of points clipped to the training latents: the largest
    distance, and the latent W1.

    Right: mean distance to M against latent W1, without and with clipping; each line joins n = 800, 200 and 50 (from
    left to right) at one N. Means over replicates with 95 % t intervals in both directions.
    """
    rows = fits(table[table["method"] == "lsdm"])
    rows["total"] = rows["n_paired"] + rows["n_unpaired"]
    with style():
        figure = new_figure(height=4.2)
        grid = figure.subplots(2, 4, width_ratios=(1, 1, 1, 0.95))
        panels = grid[:, :3].ravel()
        image, largest = None, []
        for panel, (title, (bound, measured)) in zip(panels, BOUNDS.items(), strict=True):
            found = rows.assign(tightness=rows[measured] / bound.evaluate({n: rows[n] for n in bound.inputs}).total)
            largest.append(found["tightness"].max())
            image = _heat(panel, found)
            panel.set_title(title)
        headline(figure, _finding(largest))
        for panel in grid[:, 0]:
            panel.set_ylabel("pairs $n$")
        for panel in grid[1, :3]:
            panel.set_xlabel("responses $N$")
        figure.colorbar(image, ax=list(panels), location="bottom", shrink=0.5, aspect=30, label="measured / bound")
        for panel, name, title in (
            (grid[0, 3], DISTANCE, "not clipped"),
            (grid[1, 3], f"clipped.{DISTANCE}", "clipped"),
        ):
            _slopes(panel, rows, name)
            panel.set_title(title)
            panel.set_ylabel("mean distance to $M$")
        grid[1, 3].set_xlabel("latent $W_1$")
        handles, labels = grid[0, 3].get_legend_handles_labels()
        figure.legend(handles, labels, loc="outside lower right", handlelength=2.2)
    return figure


def _finding(largest):
    if not largest or max(largest) > 1 + ROUNDING:
        return "How tight the bounds on fidelity are, over pairs and all responses"
    return "Every bound holds on every fit; clipped points meet theirs, unclipped ones stay far below"


def _heat(panel, rows):
    plane = rows.pivot_table(index="n_paired", columns="total", values="tightness", aggfunc=["median", "min", "max"])
    middle = plane["median"]
    image = panel.imshow(middle.to_numpy(), origin="lower", vmin=0, vmax=1, cmap="cividis", aspect="auto")
    panel.set_xticks(range(middle.shape[1]), [f"{size / 1_000:g}k" if size >= 1_000 else size for size in middle.columns])
    panel.set_yticks(range(middle.shape[0]), [f"{size:,}" for size in middle.index])
    panel.grid(False)
    for (row, column), value in np.ndenumerate(middle.to_numpy()):
        if np.isnan(value):
            continue
        look = {"ha": "center", "color": "white" if value < 0.5 else "black"}
        ends = (plane[end].iat[row, column] for end in ("min", "max"))
        panel.text(column, row, f"{value:.2f}", va="bottom", fontsize=7, **look)
        panel.text(column, row, "{:.2f}–{:.2f}".format(*ends), va="top", fontsize=6, **look)
    return image


def _slopes(panel, rows, name):
    for index, (total, group) in enumerate(rows.groupby("total")):
        across, up = (summarise(group, column, ["n_paired"]) for column in ("latent_w1", name))
        ends = [[one["mean"] - one["lower"], one["upper"] - one["mean"]] for one in (across, up)]
        look = {"color": COLOURS[index % len(COLOURS)], "marker": MARKERS[index % len(MARKERS)], "markersize": 3}
        panel.errorbar(across["mean"], up["mean"], xerr=ends[0], yerr=ends[1], label=f"$N$ = {total:,}", **look)
    panel.set_ylim(bottom=0)
