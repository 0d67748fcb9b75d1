"""Every matcher over the number of pairs, X on a line and in a cube; what a draw costs; and learnt latents."""

from lsdm_stats.plots import COLOURS, level_line, log_values, means, new_figure, size_axis, style

GREY = "0.5"
STYLES = {  # by label: W1 matchers solid, all others dashed
    "exact transport": (COLOURS[0], "o", "-"),
    "ensemble of it": (COLOURS[1], "s", "-"),
    "ensemble, plain weights": (COLOURS[1], "*", ":"),
    "critic": (COLOURS[2], "^", "-"),
    "local transport": (COLOURS[3], "D", "-"),
    "energy score": (COLOURS[4], "v", "--"),
    "flow matching": (COLOURS[5], "P", "--"),
    "mixture density": (COLOURS[6], "X", "--"),
    "nearest neighbours": (GREY, "<", "--"),
    "score matching": (COLOURS[5], "h", "--"),
}
OTHERS = {
    "energy": "energy score",
    "flow": "flow matching",
    "score": "score matching",
    "mixture": "mixture density",
    "nearest": "nearest neighbours",
}
LABELS = {
    "line": {
        "exact": "exact transport",
        "ensemble": "ensemble of it",
        "ensemble_plain": "ensemble, plain weights",
        "critic": "critic",
        "local": "local transport",
        **OTHERS,
    },
    "cube": {"grown": "exact transport", "grown_ensemble": "ensemble of it", "grown_critic": "critic", **OTHERS},
}
ORACLE, LEARNT, MIDDLE = "oracle", "autoencoder", 200
EXCESS, JOINT, CONDITIONAL = "conditional_latent_w1.excess", "latent_w1", "conditional_latent_w1"
TITLES = {EXCESS: "conditional $W_1$, excess", JOINT: "joint $W_1$ of latents"}


def draw(table):
    """Two measures over n for each source; cost of a draw against the distance; the same matchers in learnt latents.

    Times were taken while other cells ran beside: only factors of ten say something; `one_step` measures them alone.
    """
    with style():
        figure = new_figure(7.2, 4.8)
        panels = figure.subplots(2, 3)
        for row, source in zip(panels, LABELS, strict=True):
            rows = table[table["source"] == source]
            for panel, (name, title) in zip(row, TITLES.items(), strict=False):
                _curves(panel, rows, source, name)
                panel.set_title(f"{source}: {title}")
        line = table[table["source"] == "line"]
        middle = line[line["n_paired"] == (MIDDLE if MIDDLE in set(line["n_paired"]) else line["n_paired"].max())]
        _points(panels[0, 2], middle, ORACLE, "draw.seconds", CONDITIONAL, scale=1e6)
        panels[0, 2].set_xscale("log")
        panels[0, 2].set_xlabel("microseconds per draw, busy machine")
        panels[0, 2].set_title(f"line, n = {middle['n_paired'].max()}: conditional $W_1$")
        _points(panels[1, 2], middle, LEARNT, "distance_to_manifold", "joint_w1")
        panels[1, 2].set_xlabel("distance to the manifold")
        panels[1, 2].set_title(f"autoencoder, n = {middle['n_paired'].max()}: joint $W_1$")
        known = {}
        for panel in panels.flat:
            known |= dict(zip(*reversed(panel.get_legend_handles_labels()), strict=True))
        figure.legend(known.values(), known.keys(), loc="outside lower center", ncols=4)
    return figure


def _curves(panel, rows, source, name):
    summary = means(rows, name, ["method", "n_paired"])
    known = [(label, summary[summary["method"] == f"{ORACLE}/{method}"]) for method, label in LABELS[source].items()]
    for index, (label, chosen) in enumerate(known):
        apart = 1 + 0.045 * (index - len(known) / 2)  # so that intervals stay apart
        _point(panel, label, chosen["n_paired"] * apart, chosen)
    if name == JOINT:
        level_line(panel, summary[summary["method"] == f"{ORACLE}/truth_{source}"].head(1), label="truth", index=6)
    if not rows.empty:
        size_axis(panel, rows["n_paired"].tolist())
    log_values(panel)


def _points(panel, rows, latent, across, name, scale=1.0):
    place, heights = means(rows, across, ["method"]).set_index("method")["mean"], means(rows, name, ["method"])
    for method, label in LABELS["line"].items():
        chosen = heights[heights["method"] == f"{latent}/{method}"]
        if not chosen.empty and f"{latent}/{method}" in place.index:
            _point(panel, label, [scale * place[f"{latent}/{method}"]], chosen)


def _point(panel, label, x, chosen):
    if chosen.empty:
        return
    colour, marker, line = STYLES[label]
    reach = [chosen["mean"] - chosen["lower"], chosen["upper"] - chosen["mean"]]
    look = {"color": colour, "marker": marker, "linestyle": line, "linewidth": 0.9, "markersize": 3.5, "capsize": 1.5}
    panel.errorbar(list(x), chosen["mean"], yerr=reach, label=label, **look)
