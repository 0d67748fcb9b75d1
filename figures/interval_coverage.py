"""Coverage of both limits of every interval for W1, with exact binomial limits, and widths, law by law."""

import numpy as np

from lsdm_stats.inference import binomial_upper_limit
from lsdm_stats.plots import COLOURS, MARKERS, new_figure, style

KINDS = {
    "certified, diameter": ("diameter", "certified"),
    "certified, transport constants": ("transport_constants", "certified"),
    "asymptotic, around the samples' distance": ("diameter", "asymptotic"),
    "held-out dual, t": ("diameter", "held_out"),
}
NOMINAL = 0.975
WIDTHS = (0.02, 0.05, 0.1, 0.2, 0.5, 1.0)
SHARES = (("lower_covers", "lower limit ≤ $W_1$"), ("upper_covers", "$W_1$ ≤ upper limit"))


def draw(table):
    """Left and middle: shares of draws with a limit on the right side of the distance. Right: median widths."""
    places = list(dict.fromkeys(zip(table["source"], table["n_paired"], strict=True)))
    places.sort(key=lambda place: place[1])
    with style():
        figure = new_figure(7.2, 1.2 + 0.26 * len(places))
        panels = figure.subplots(1, 3, sharey=True)
        for index, (label, (method, kind)) in enumerate(KINDS.items()):
            heights = np.arange(len(places)) + 0.16 * (index - 1.5)
            look = {"color": COLOURS[index], "marker": MARKERS[index], "linestyle": "none", "markersize": 3}
            chosen = table[table["method"] == method]
            for panel, (name, _) in zip(panels[:2], SHARES, strict=True):
                shares = np.array([_share(_values(chosen, place, f"{kind}.{name}")) for place in places])
                ends = np.abs(shares[:, 1:] - shares[:, :1]).T
                panel.errorbar(shares[:, 0], heights, xerr=ends, label=label, elinewidth=0.8, **look)
            widths = [_values(chosen, place, f"{kind}.width") for place in places]
            medians = np.array([np.median(values) if len(values) else np.nan for values in widths])
            panels[2].plot(medians, heights, **look)
        for panel, (_, title) in zip(panels[:2], SHARES, strict=True):
            panel.axvline(NOMINAL, color="black", linewidth=0.8, linestyle=":")
            panel.set_xlim(-0.03, 1.03)
            panel.set_xlabel("share of draws")
            panel.set_title(title)
        panels[2].set_xscale("log")
        panels[2].set_xticks(WIDTHS, [f"{width:g}" for width in WIDTHS])
        panels[2].minorticks_off()
        panels[2].set_xlabel("median width")
        panels[2].set_title("width of the interval")
        panels[0].set_yticks(range(len(places)), [_title(*place) for place in places])
        panels[0].set_ylim(len(places) - 0.5, -0.5)
        figure.legend(*panels[0].get_legend_handles_labels(), loc="outside lower center", ncols=2)
    return figure


def _title(source, n):
    family, _, dim = source.rpartition("_d")
    return f"{family}, $d$ = {dim}, $n$ = {n:,}"


def _values(table, place, name):
    source, n = place
    chosen = table[(table["source"] == source) & (table["n_paired"] == n) & (table["name"] == name)]
    return chosen["value"].to_numpy()


def _share(covers):
    """Share with its exact 95 % limits (Clopper and Pearson); not a number where there are no draws."""
    if not len(covers):
        return np.nan, np.nan, np.nan
    n, failures = len(covers), int(len(covers) - covers.sum())
    lower = 1 - binomial_upper_limit(failures, n, level=NOMINAL)
    upper = binomial_upper_limit(n - failures, n, level=NOMINAL)
    return 1 - failures / n, lower, upper
