"""How tight each bound on fidelity is over the (n, N) plane, and how the distance moves with latent W1 at fixed N."""

import numpy as np

from lsdm_stats.bounds import ClippingBound, GeometryBound
from lsdm_stats.plots import COLOURS, MARKERS, new_figure, style

DISTANCE = "distance_to_manifold"
BOUNDS = {
    "A5, ambient": (GeometryBound(form="ambient"), DISTANCE),
    "A5, latent": (GeometryBound(form="latent"), DISTANCE),
    "A5, decoder": (GeometryBound(form="decoder"), DISTANCE),
    "A5, error": (GeometryBound(form="error"), DISTANCE),
    "A6, clipped: largest": (ClippingBound(form="geometry"), f"clipped.{DISTANCE}.max"),
    "A6, clipped: latent $W_1$": (ClippingBound(form="latent"), "clipped.latent_w1"),
}


def draw(table):
    """Heat maps of measured / bound; last, distance against latent W1 with one line per N, from few to many pairs."""
    chosen = table[(table["method"] == "lsdm") & (table["status"] == "ok")]
    wide = chosen.pivot_table(index=["n_paired", "n_unpaired", "replicate"], columns="name", values="value")
    wide = wide.reset_index()
    wide["total"] = wide["n_paired"] + wide["n_unpaired"]
    with style():
        figure = new_figure(7.2, 3.9)
        grid = figure.subplots(2, 4)
        panels = grid[:, :3].ravel()
        image = None
        for panel, (title, (bound, measured)) in zip(panels, BOUNDS.items(), strict=True):
            image = _heat(panel, wide, bound, measured)
            panel.set_title(title)
        for panel in grid[:, 0]:
            panel.set_ylabel("pairs $n$")
        for panel in grid[1, :3]:
            panel.set_xlabel("responses $N$")
        figure.colorbar(image, ax=list(panels), location="bottom", shrink=0.5, label="measured / bound (median)")
        for panel, name, title in (
            (grid[0, 3], DISTANCE, "not clipped"),
            (grid[1, 3], f"clipped.{DISTANCE}", "clipped"),
        ):
            _slopes(panel, wide, name)
            panel.set_title(title)
            panel.set_ylabel("mean distance to $M$")
        grid[1, 3].set_xlabel("latent $W_1$")
        grid[0, 3].legend(fontsize=5, loc="upper left", borderaxespad=0)
    return figure


def _heat(panel, wide, bound, measured):
    tightness = wide.assign(tightness=wide[measured] / bound.evaluate({n: wide[n] for n in bound.inputs}).total)
    plane = tightness.pivot_table(index="n_paired", columns="total", values="tightness", aggfunc="median")
    image = panel.imshow(plane.to_numpy(), origin="lower", vmin=0, vmax=1, cmap="viridis", aspect="auto")
    panel.set_xticks(range(plane.shape[1]), [f"{size:,}" for size in plane.columns])
    panel.set_yticks(range(plane.shape[0]), [f"{size:,}" for size in plane.index])
    panel.grid(False)
    for (row, column), value in np.ndenumerate(plane.to_numpy()):
        colour = "white" if value < 0.6 else "black"
        panel.text(column, row, f"{value:.2f}", ha="center", va="center", color=colour, fontsize=7)
    return image


def _slopes(panel, wide, name):
    for index, (total, group) in enumerate(wide.groupby("total")):
        groups = group.groupby("n_paired")
        means, errors = (getattr(groups[["latent_w1", name]], kind)() for kind in ("mean", "sem"))
        look = {"color": COLOURS[index], "marker": MARKERS[index], "capsize": 2, "markersize": 3}
        panel.errorbar(
            means["latent_w1"],
            means[name],
            xerr=2 * errors["latent_w1"],
            yerr=2 * errors[name],
            label=f"$N$ = {total:,}",
            **look,
        )
    panel.set_ylim(0, 1.5 * wide.groupby(["total", "n_paired"])[name].mean().max())
