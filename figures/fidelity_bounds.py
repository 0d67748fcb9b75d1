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
    """How tight every bound on fidelity is, and what the pairs still do at fixed N.

    Six panels: measured over bound for every bound on fidelity, over pairs n and all responses N = n + m; large is
    the median over replicates, small the range from the smallest to the largest, and 1 would be equality. A5 bounds the
    mean distance of generated points to the manifold M, A6 that of points clipped to the training latents: the largest
    distance, and the latent W1.

    Right: mean distance to M against latent W1, without and with clipping; each line joins n = 800, 200 and 50 (from
    left to right) at one N. Means over replicates with 95 % t intervals in both directions.
    """
    rows = fits(table[table["method"] == "lsdm"])
    rows["total"] = rows["n_paired"] + rows["n_unpaired"]
    with style():
        figure = new_figure(height=3.9)
        left, right = figure.subfigures(1, 2, width_ratios=(3.1, 1))
        panels, tightness = left.subplots(2, 3, sharex=True, sharey=True), {}
        for panel, (title, (bound, measured)) in zip(panels.flat, BOUNDS.items(), strict=True):
            found = rows.assign(tightness=rows[measured] / bound.evaluate({n: rows[n] for n in bound.inputs}).total)
            tightness[title] = found["tightness"]
            image = _heat(panel, found)
            panel.set_title(title)
        headline(figure, _finding(tightness))
        for panel in panels[:, 0]:
            panel.set_ylabel("pairs $n$")
        for panel in panels[1]:
            panel.set_xlabel("responses $N$")
        left.colorbar(image, ax=panels, location="bottom", shrink=0.6, aspect=30, label="measured / bound")
        above, below = right.subplots(2, 1, sharex=True)
        for panel, name, title in ((above, DISTANCE, "not clipped"), (below, f"clipped.{DISTANCE}", "clipped")):
            _slopes(panel, rows, name)
            panel.set_title(title)
            panel.set_ylabel("mean distance to $M$")
        below.set_xlabel("latent $W_1$")
        right.legend(*above.get_legend_handles_labels(), loc="outside lower center")
    return figure


def _finding(tightness):
    if any(values.max() > 1 + ROUNDING for values in tightness.values()):
        return "How tight the bounds on fidelity are, over pairs and all responses"
    closest = {theorem: max(values.max() for title, values in tightness.items() if title.startswith(theorem))
               for theorem in ("A5", "A6")}
    return (f"Every bound on fidelity holds: A5 leaves a factor of {1 / closest['A5']:.0f} or more"
            + ("; A6, for clipped points, is attained" if closest["A6"] > 0.995 else ""))


def _heat(panel, rows):
    plane = rows.pivot_table(index="n_paired", columns="total", values="tightness", aggfunc=["median", "min", "max"])
    middle = plane["median"]
    image = panel.imshow(middle.to_numpy(), origin="lower", vmin=0, vmax=1, cmap="cividis", aspect="auto")
    panel.set_xticks(range(middle.shape[1]), [f"{n / 1_000:g}k" if n >= 1_000 else n for n in middle.columns])
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
