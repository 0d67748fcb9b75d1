"""Error of every estimator of W1 against the number of points, one panel per pair of laws; spread and cost below."""

import numpy as np

from lsdm_stats.plots import COLOURS, MARKERS, new_figure, style

LABELS = {
    "exact": "exact",
    "subsampled": "subsampled, n / 4",
    "sliced": "sliced",
    "max_sliced": "max-sliced",
    "sinkhorn": "Sinkhorn, debiased",
    "extrapolated": "Sinkhorn, extrapolated",
    "debiased": "exact, debiased (heuristic)",
    "held_out_dual": "held-out dual",
}
COLUMNS = 4
SHOWN = "dilated_d3"  # whose spread and cost are shown, or the first source there is


def draw(table):
    """Top: mean error, bars one standard deviation either way. Bottom: standard deviation, median time."""
    sources = list(dict.fromkeys(table["source"]))
    methods = [method for method in LABELS if (table["method"] == method).any()]
    rows = -(-len(sources) // COLUMNS)
    with style():
        figure = new_figure(7.2, 1.5 * rows + 2.6)
        sizes = sorted(table["n_paired"].unique())
        top, bottom = figure.subfigures(2, 1, height_ratios=(1.5 * rows, 2.6))
        panels = top.subplots(rows, COLUMNS, sharex=True, sharey="row", squeeze=False)
        for panel, source in zip(panels.flat, sources, strict=False):
            _errors(panel, table[table["source"] == source], methods)
            _log_sizes(panel, sizes, fontsize=5.5)
            panel.set_title(_title(source))
        for panel in panels.flat[len(sources) :]:
            panel.set_axis_off()
        for panel in panels[:, 0]:
            panel.set_ylabel("estimate − $W_1$")
        for panel in panels.flat[max(len(sources) - COLUMNS, 0) : len(sources)]:
            panel.tick_params(labelbottom=True)
            panel.set_xlabel("$n$")
        shown = SHOWN if SHOWN in sources else sources[0]
        spread, cost = bottom.subplots(1, 2)
        _spread_and_cost(spread, cost, table[table["source"] == shown], methods, _title(shown))
        handles, labels = panels.flat[0].get_legend_handles_labels()
        bottom.legend(handles, labels, loc="outside lower center", ncols=4)
    return figure


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
        sizes = moments.index.to_numpy() * 1.06 ** (place - (len(methods) - 1) / 2)
        look = {**_look(method), "markersize": 2.5, "linewidth": 0.8, "elinewidth": 0.5}
        panel.errorbar(sizes, moments["mean"], yerr=moments["std"], label=LABELS[method], **look)


def _spread_and_cost(spread, cost, table, methods, title):
    for method in methods:
        chosen = table[table["method"] == method]
        deviations = chosen[chosen["name"] == "error"].groupby("n_paired")["value"].std(ddof=1).dropna()
        look = _look(method)
        spread.plot(deviations.index.to_numpy(), deviations.to_numpy(), **look)
        seconds = chosen[chosen["name"] == "estimate.seconds"].groupby("n_paired")["value"].median()
        cost.plot(seconds.index.to_numpy(), seconds.to_numpy(), **look)
    sizes = sorted(table["n_paired"].unique())
    spread.plot(sizes, 0.5 / np.sqrt(sizes), color="black", linestyle=":", linewidth=0.8)
    spread.annotate("slope −1/2", (sizes[0], 0.5 / np.sqrt(sizes[0])), fontsize=6, va="bottom")
    for panel, name in ((spread, "standard deviation"), (cost, "median CPU seconds, one thread")):
        panel.set_yscale("log")
        panel.set_title(f"{name} ({title})")
        panel.set_xlabel("$n$")
        _log_sizes(panel, sizes)


def _log_sizes(panel, sizes, **font):
    panel.set_xscale("log")
    panel.set_xticks(sizes, [f"{size:,}" for size in sizes], **font)
    panel.minorticks_off()
