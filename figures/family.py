"""The family end to end over the number of pairs: joint W1, conditional W1 and geometry, without and with noise."""

from lsdm_stats.plots import curve, level_line, means, new_figure, style

NAMES = {
    "lsdm": "LSDM",
    "paired_only": "LSDM, pairs only",
    "ambient": "ambient $W_1$",
    "engression": "engression",
    "ldm": "latent diffusion",
    "latent_flow": "latent flow",
}
ROWS = {"noise_free": "no noise", "noise": "noise"}
PANELS = (
    ("joint_w1", "joint $W_1$ (plug-in)"),
    ("conditional_w1", "conditional $W_1$ (plug-in)"),
    ("distance_to_manifold", "distance to the manifold"),
)
TICKS = (0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2)
BY = ["source", "method", "n_paired"]


def draw(table):
    """One row per source, one column per measure; truth against truth, or the noise, as a level."""
    rows = [source for source in ROWS if source in set(table["source"])]
    with style():
        figure = new_figure(7.2, 0.7 + 2.0 * len(rows))
        grid = figure.subplots(len(rows), len(PANELS), squeeze=False, sharex=True)
        for source, panels in zip(rows, grid, strict=True):
            for panel, (name, title) in zip(panels, PANELS, strict=True):
                summary = means(table[table["source"] == source], name, BY)
                _curves(panel, summary)
                truth = summary[summary["method"] == f"truth_{source}"]
                if source == "noise" or name != "distance_to_manifold":
                    level_line(panel, truth.head(1), label="truth", index=6)
                panel.set_xscale("log")
                panel.set_title(f"{title}, {ROWS[source]}")
            panels[-1].set_yscale("log")
            limits = panels[-1].get_ylim()
            panels[-1].set_yticks(TICKS, [f"{tick:g}" for tick in TICKS])
            panels[-1].set_ylim(limits)
            panels[-1].minorticks_off()
        sizes = sorted(table["n_paired"].unique())
        for panel in grid[-1]:
            panel.set_xlabel("pairs $n$")
            panel.set_xticks(sizes, [str(n) for n in sizes])
            panel.set_xlim(sizes[0] / 1.5, sizes[-1] * 1.5)
            panel.minorticks_off()
        handles, labels = grid[-1][0].get_legend_handles_labels()
        figure.legend(handles, labels, loc="outside lower center", ncols=7, columnspacing=1.0)
    return figure


def _curves(panel, summary):
    """Methods side by side, so that their intervals do not hide one another."""
    for index, (method, label) in enumerate(NAMES.items()):
        chosen = summary[summary["method"] == method]
        if not chosen.empty:
            shift = 1.05 ** (index - 2.5)
            curve(panel, (chosen["n_paired"] * shift).tolist(), chosen, label=label, index=index, linewidth=0.9)
