"""Joint and conditional W1 of latents in excess of truth against truth over n, and the noise that it takes."""

from lsdm_stats.inference import loglog_slope
from lsdm_stats.plots import curve, headline, log_values, means, new_figure, size_axis, style

NAMES = {"exact": "exact transport", "energy": "energy score", "nearest": "nearest neighbours"}
TITLES = {"line": "$X$ in $R^1$", "cube": "$X$ in $R^3$"}
NOISES = {"noise_1": 1, "noise_2": 2, "exact": 6, "noise_16": 16}
ROWS = (("conditional_latent_w1", "conditional $W_1$"), ("joint", "joint $W_1$"))
BY = ["source", "method", "n_paired"]


def draw(table):
    """How fast latents come to their conditional and joint law as pairs are added.

    Above the mean W1 of conditional laws of latents, below joint W1, both in excess of truth against truth, so that
    0 is as good as the truth. Left and middle over the number of pairs, with the log-log slope of the means in the
    order of the legend; right over the number of noise variables of the generator, at the largest n.

    Means over replicates with 95 % t intervals; an interval that reaches the frame includes 0.
    """
    n = table["n_paired"].max()
    with style():
        figure = new_figure(height=4.6)
        panels = figure.subplots(2, 3)
        slopes = []
        for row, (name, title) in zip(panels, ROWS, strict=True):
            summary = means(table, f"{name}.excess", BY)
            for panel, (source, where) in zip(row, TITLES.items(), strict=False):
                slopes.append(_rates(panel, table[table["source"] == source], f"{name}.excess", summary))
                panel.set_title(f"{title}, excess, {where}")
            _noises(row[2], summary[summary["n_paired"] == n])
            row[2].set_title(f"{title}, excess, $n$ = {n:,}")
        headline(figure, _finding(slopes))
        for loc, panel in (("outside lower left", panels[0, 0]), ("outside lower right", panels[0, 2])):
            handles, labels = panel.get_legend_handles_labels()
            if labels:
                figure.legend(handles, labels, loc=loc, ncols=3)
    return figure


def _finding(slopes):
    """`slopes` are of exact transport, one per panel over n."""
    if any(slope is None or slope.upper >= 0 for slope in slopes):
        return "Excess of joint and conditional $W_1$ over the number of pairs, and over noise variables"
    first, last = (end(slope.slope for slope in slopes) for end in (max, min))
    powers = f"{first:.2f} to {last:.2f}".replace("-", "−")
    return f"The excess of $W_1$ matching falls with $n$ to the power of {powers}, for $X$ in $R^1$ and $R^3$"


def _rates(panel, rows, name, summary):
    """Draw one panel over n; returns the slope of exact transport, None where there is none."""
    found = {}
    for index, (method, label) in enumerate(NAMES.items()):
        chosen = summary[(summary["method"] == method) & (summary["source"].isin(rows["source"]))]
        if not chosen.empty:
            curve(panel, (chosen["n_paired"] * 1.05 ** (index - 1)).tolist(), chosen, label=label, index=index)
            found[method] = _slope(rows[(rows["method"] == method) & (rows["name"] == name)])
    known = [f"{slope.slope:.2f}".replace("-", "−") for slope in found.values() if slope is not None]
    if known:
        panel.annotate("slopes " + ", ".join(known), (0.99, 0.98), xycoords="axes fraction", ha="right", va="top",
                       fontsize=6.5)
    if not rows.empty:
        size_axis(panel, rows["n_paired"].tolist())
    log_values(panel)
    panel.set_ylim(top=1.6 * panel.get_ylim()[1])
    return found.get("exact")


def _slope(rows):
    wide = rows.pivot_table(index="replicate", columns="n_paired", values="value").dropna()
    enough = len(wide) > 1 and wide.shape[1] > 1 and (wide.mean() > 0).all()
    return loglog_slope(wide.columns.to_numpy(), wide.to_numpy()) if enough else None


def _noises(panel, summary):
    for index, (source, where) in enumerate(TITLES.items(), start=3):
        chosen = summary[(summary["source"] == source) & summary["method"].isin(NOISES)]
        chosen = chosen.assign(noise=chosen["method"].map(NOISES)).sort_values("noise")
        if not chosen.empty:
            curve(panel, chosen["noise"].tolist(), chosen, label=where, index=index)
    size_axis(panel, list(NOISES.values()), "noise variables")
    panel.set_ylim(bottom=0)
