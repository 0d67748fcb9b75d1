"""Error of every estimator of W1 against the number of points, one panel per pair of laws; spread and cost below."""

import numpy as np

from lsdm_stats.inference import mean_interval
from lsdm_stats.plots import COLOURS, MARKERS, headline, new_figure, shared_legend, style

LABELS = {
    "exact": "exact",
    "subsampled": "subsampled, $n$ / 4",
    "sliced": "sliced",
    "max_sliced": "max-sliced",
    "sinkhorn": "Sinkhorn, debiased",
    "extrapolated": "Sinkhorn, extrapolated",
    "debiased": "exact, debiased (heuristic)",
    "held_out_dual": "held-out dual",
}
COLUMNS = 4
SHOWN = "dilated_d3"  # whose spread and cost are shown, or the first source there is
HIGH = "_d5"


def draw(table):
    """Bias, spread and cost of eight estimators of W1 on laws whose distance is known.

    Above: mean error of every estimator against the known W1 of two laws, one panel per pair of laws in d
    dimensions; bars reach one standard deviation over replicates either way, so that bias and spread are side by side
    (the standard error of a mean is 4 to 5 times smaller). Below, for one pair of laws: the standard deviation of the
    estimate with its 95 % chi-squared interval, and the median time with the middle half of the replicates.

    Distances are in the units of the points.
    """
    sources = list(dict.fromkeys(table["source"]))
    methods = [method for method in LABELS if (table["method"] == method).any()]
    rows = -(-len(sources) // COLUMNS)
    with style():
        figure = new_figure(height=1.35 * rows + 2.75)
        headline(figure, _finding(table))
        sizes = sorted(table["n_paired"].unique())
        top, bottom = figure.subfigures(2, 1, height_ratios=(1.35 * rows, 2.5))
        panels = top.subplots(rows, COLUMNS, sharex=True, sharey="row", squeeze=False)
        for panel, source in zip(panels.flat, sources, strict=False):
            _errors(panel, table[table["source"] == source], methods)
            _log_sizes(panel, sizes)
            panel.set_title(_title(source))
        for panel in panels.flat[len(sources) :]:
            panel.set_axis_off()
        for panel in panels[:, 0]:
            panel.set_ylabel("estimate − $W_1$")
        for panel in panels.flat[max(len(sources) - COLUMNS, 0) : len(sources)]:
            panel.tick_params(labelbottom=True)
            panel.set_xlabel("points $n$")
        shown = SHOWN if SHOWN in sources else sources[0]
        spread, cost = bottom.subplots(1, 2)
        _spread_and_cost(spread, cost, table[table["source"] == shown], methods, _title(shown))
        shared_legend(bottom, [panels.flat[0]], loc="outside lower center", ncols=4)
    return figure


def _finding(table):
    """The bias of the exact distance in units of its spread, where it is certainly above 0, at the largest n."""
    rows = table[table["source"].str.endswith(HIGH) & (table["method"] == "exact") & (table["name"] == "error")]
    errors = [group["value"] for _, group in rows[rows["n_paired"] == rows["n_paired"].max()].groupby("source")]
    if not errors or any(len(one) < 2 or mean_interval(one.to_numpy()).lower <= 0 for one in errors):
        return "Error of the estimators of $W_1$ for laws of known distance, their spread and their cost"
    least, most = (end(one.mean() / one.std() for one in errors) for end in (min, max))
    return (f"In five dimensions the bias of the exact distance of two samples is {least:.0f} to {most:.0f} times its "
            "spread")


def _title(source):
    family, _, dim = source.rpartition("_d")
    return f"{family}, $d$ = {dim}"


def _look(method):
    """Style of a method: one more than the palette has."""
    place = list(LABELS).index(method)
    return {"color": (*COLOURS, "0.55")[place], "marker": (*MARKERS, "*")[place]}


def _errors(panel, table, methods):
    panel.axhline(0.0, color="black", linewidth=0.8)
    for place, method in enumerate(methods):
        errors = table[(table["method"] == method) & (table["name"] == "error")]
        moments = errors.groupby("n_paired")["value"].agg(["mean", "std"]).fillna(0.0)
        sizes = moments.index.to_numpy() * 1.07 ** (place - (len(methods) - 1) / 2)
        look = {**_look(method), "markersize": 2, "linewidth": 0.7, "elinewidth": 0.5, "capsize": 0.8}
        panel.errorbar(sizes, moments["mean"], yerr=moments["std"], label=LABELS[method], **look)


def _spread_and_cost(spread, cost, table, methods, title):
    from scipy.stats import chi2

    for place, method in enumerate(methods):
        chosen = table[table["method"] == method]
        apart = 1.04 ** (place - (len(methods) - 1) / 2)
        look = {**_look(method), "linewidth": 0.9, "elinewidth": 0.6}
        groups = chosen[chosen["name"] == "error"].groupby("n_paired")["value"].agg(["std", "count"])
        groups = groups[groups["count"] > 1]
        freedom = groups["count"] - 1
        ends = [groups["std"] * np.sqrt(freedom / chi2.ppf(share, freedom)) for share in (0.975, 0.025)]
        spread.errorbar(groups.index.to_numpy() * apart, groups["std"],
                        yerr=[groups["std"] - ends[0], ends[1] - groups["std"]], **look)
        seconds = chosen[chosen["name"] == "estimate.seconds"].groupby("n_paired")["value"]
        middle, low, high = (seconds.quantile(share) for share in (0.5, 0.25, 0.75))
        cost.errorbar(middle.index.to_numpy() * apart, middle, yerr=[middle - low, high - middle], **look)
    sizes = sorted(table["n_paired"].unique())
    spread.plot(sizes, 0.7 / np.sqrt(sizes), color="black", linestyle=":", linewidth=0.8)
    spread.annotate("slope −1/2", (sizes[0], 0.7 / np.sqrt(sizes[0])), (14, -2), textcoords="offset points",
                    fontsize=6.5, va="bottom")
    for panel, name in ((spread, "standard deviation"), (cost, "CPU seconds, one thread")):
        panel.set_yscale("log")
        panel.set_title(f"{name} ({title})")
        panel.set_xlabel("points $n$")
        _log_sizes(panel, sizes)


def _log_sizes(panel, sizes):
    """Ticks at the sizes; large ones are told in thousands, and those too near to the one before are not told."""
    told = []
    for size in sizes:
        if not told or size >= 3 * told[-1]:
            told.append(size)
    panel.set_xscale("log")
    panel.set_xticks(told, [f"{size}" if size < 1_000 else f"{size / 1_000:g}k" for size in told])
    panel.set_xticks([size for size in sizes if size not in told], minor=True)
    panel.xaxis.set_minor_formatter("")
