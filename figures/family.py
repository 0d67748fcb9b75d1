"""The family end to end over the number of pairs: joint W1, conditional W1 and geometry, without and with noise."""

from lsdm_stats.plots import (
    curve,
    headline,
    level_line,
    log_values,
    means,
    new_figure,
    ratio,
    shared_legend,
    size_axis,
    style,
)

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
BY = ["source", "method", "n_paired"]


def draw(table):
    """What every member of the family makes of the same pairs and unpaired responses.

    Joint W1, mean W1 of the conditional laws and mean distance to the manifold over the number of pairs, for every
    member of the family; above the swiss roll without noise, below with noise. LSDM, latent diffusion and latent flow
    also have the unpaired responses; the others cannot use them or do without.

    Points are means over replicates with 95 % t intervals, side by side so that none hides another; an interval that
    reaches the frame includes 0. The dashed level is the truth: one sample of it against another, which is a reference
    for plug-in distances and no floor, and below on the right the noise of the responses themselves.
    """
    rows = [source for source in ROWS if source in set(table["source"])]
    sizes = sorted(table["n_paired"].unique())
    with style():
        figure = new_figure(height=0.9 + 1.9 * len(rows))
        headline(figure, _finding(table, sizes))
        grid = figure.subplots(len(rows), len(PANELS), squeeze=False, sharex=True)
        for source, panels in zip(rows, grid, strict=True):
            for panel, (name, _) in zip(panels, PANELS, strict=True):
                summary = means(table[table["source"] == source], name, BY)
                _curves(panel, summary)
                if source == "noise" or name != "distance_to_manifold":
                    level_line(panel, summary[summary["method"] == f"truth_{source}"].head(1), label="truth", index=6)
            log_values(panels[-1])
            panels[0].set_ylabel(ROWS[source])
        for panel, (_, title) in zip(grid[0], PANELS, strict=True):
            panel.set_title(title)
        for panel in grid[-1]:
            size_axis(panel, sizes)
            panel.set_xlim(sizes[0] / 1.5, sizes[-1] * 1.5)
        shared_legend(figure, grid[-1], loc="outside lower center", ncols=4)
    return figure


def _finding(table, sizes):
    noisy = table[table["source"] == "noise"]
    nearer = [ratio(noisy, "distance_to_manifold", {"method": "paired_only", "n_paired": n},
                    {"method": "lsdm", "n_paired": n}) for n in sizes]
    if any(one is None or one.lower <= 1 for one in nearer):
        return "Joint and conditional $W_1$ and distance to the manifold of the whole family"
    least, most = (end(one.estimate for one in nearer) for end in (min, max))
    return (f"With noise, unpaired responses put LSDM {least:.1f} to {most:.1f} times nearer to the manifold than the "
            "pairs alone")


def _curves(panel, summary):
    """Methods side by side, so that their intervals do not hide one another."""
    for index, (method, label) in enumerate(NAMES.items()):
        chosen = summary[summary["method"] == method]
        if not chosen.empty:
            shift = 1.06 ** (index - 2.5)
            curve(panel, (chosen["n_paired"] * shift).tolist(), chosen, label=label, index=index, linewidth=0.9)
