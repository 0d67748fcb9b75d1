"""Every matcher over the number of pairs, X on a line and in a cube; what a draw costs; and learnt latents."""

from lsdm_stats.plots import (
    COLOURS,
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

GREY = "0.5"
STYLES = {  # by label: W1 matchers solid, all others dashed
    "exact transport": (COLOURS[0], "o", "-"),
    "ensemble of it": (COLOURS[1], "s", "-"),
    "ensemble, plain": (COLOURS[1], "*", ":"),
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
        "ensemble_plain": "ensemble, plain",
        "critic": "critic",
        "local": "local transport",
        **OTHERS,
    },
    "cube": {"grown": "exact transport", "grown_ensemble": "ensemble of it", "grown_critic": "critic", **OTHERS},
}
ORACLE, LEARNT, MIDDLE = "oracle", "autoencoder", 200
EXCESS, JOINT, CONDITIONAL = "conditional_latent_w1.excess", "latent_w1", "conditional_latent_w1"
TITLES = {EXCESS: "conditional $W_1$, excess", JOINT: "joint $W_1$"}
WHERE = {"line": "$X$ in $R^1$", "cube": "$X$ in $R^3$"}


def draw(table):
    """What every matcher learns of the conditional and the joint law, and what a draw costs.

    Above X in R^1, below X in R^3, in the oracle's latent space. Left: mean W1 of the conditional laws in excess of
    truth against truth. Middle: joint W1 of latents, plug-in, with truth against truth as a level. W1 matchers have
    solid lines, all others dashed ones. Upper right: conditional W1 over the time of a draw at the middle n; times were
    taken while other cells ran beside, so that only factors of ten say something (one_step measures them alone). Lower
    right: joint W1 of responses over the distance to the manifold in the latent space of an autoencoder.

    Means over replicates with 95 % t intervals, side by side; an interval that reaches the frame includes 0.
    """
    line = table[table["source"] == "line"]
    middle = line[line["n_paired"] == (MIDDLE if MIDDLE in set(line["n_paired"]) else line["n_paired"].max())]
    n = f"$n$ = {middle['n_paired'].max():,}" if len(middle) else "no rows yet"
    with style():
        figure = new_figure(height=5.0)
        headline(figure, _finding(table))
        panels = figure.subplots(2, 3)
        for row, source in zip(panels, LABELS, strict=True):
            rows = table[table["source"] == source]
            for panel, (name, title) in zip(row, TITLES.items(), strict=False):
                _curves(panel, rows, source, name)
                panel.set_title(f"{title}, {WHERE[source]}")
        _points(panels[0, 2], middle, ORACLE, "draw.seconds", CONDITIONAL, scale=1e6)
        panels[0, 2].set_xscale("log")
        panels[0, 2].set_xticks((1, 10), ("1", "10"))
        panels[0, 2].set_xlabel("µs per draw, busy machine")
        panels[0, 2].set_title(f"conditional $W_1$, {n}")
        _points(panels[1, 2], middle, LEARNT, "distance_to_manifold", "joint_w1")
        panels[1, 2].set_xlabel("distance to the manifold")
        panels[1, 2].set_title(f"joint $W_1$, learnt latents, {n}")
        shared_legend(figure, panels.flat, loc="outside lower center", ncols=4)
    return figure


def _finding(table):
    """Against nearest neighbours, at the largest n of each source."""
    gains = []
    for source, name in (("line", "ensemble"), ("cube", "grown_ensemble")):
        rows = table[table["source"] == source]
        rows = rows[rows["n_paired"] == rows["n_paired"].max()]
        gains.append(ratio(rows, EXCESS, {"method": f"{ORACLE}/nearest"}, {"method": f"{ORACLE}/{name}"}))
    if any(gain is None or gain.lower <= 1 for gain in gains):
        return "What every matcher learns of the conditional and the joint law, over the number of pairs"
    n = table["n_paired"].max()
    return (f"At $n$ = {n:,} nearest neighbours have {gains[0].estimate:.1f} ($R^1$) and {gains[1].estimate:.1f} "
            "($R^3$) times the excess of an ensemble of $W_1$ fits")


def _curves(panel, rows, source, name):
    summary = means(rows, name, ["method", "n_paired"])
    known = [(label, summary[summary["method"] == f"{ORACLE}/{method}"]) for method, label in LABELS[source].items()]
    for index, (label, chosen) in enumerate(known):
        apart = 1 + 0.05 * (index - len(known) / 2)  # so that intervals stay apart
        _point(panel, label, chosen["n_paired"] * apart, chosen)
    if name == JOINT:
        level_line(panel, summary[summary["method"] == f"{ORACLE}/truth_{source}"].head(1), label="truth", index=6)
    if not rows.empty:
        size_axis(panel, rows["n_paired"].tolist())
    log_values(panel)


def _points(panel, rows, latent, across, name, scale=1.0):
    places, heights = means(rows, across, ["method"]).set_index("method"), means(rows, name, ["method"])
    for method, label in LABELS["line"].items():
        key = f"{latent}/{method}"
        chosen = heights[heights["method"] == key]
        if not chosen.empty and key in places.index:
            place = scale * places.loc[key, ["mean", "lower", "upper"]].astype(float)
            reach = [[place["mean"] - place["lower"]], [place["upper"] - place["mean"]]]
            _point(panel, label, [place["mean"]], chosen, xerr=reach)


def _point(panel, label, x, chosen, **more):
    if chosen.empty:
        return
    colour, marker, line = STYLES[label]
    reach = [chosen["mean"] - chosen["lower"], chosen["upper"] - chosen["mean"]]
    look = {"color": colour, "marker": marker, "linestyle": line, "linewidth": 0.8, "markersize": 3, "elinewidth": 0.7}
    panel.errorbar(list(x), chosen["mean"], yerr=reach, label=label, **look, **more)
