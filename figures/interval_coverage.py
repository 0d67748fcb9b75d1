"""Coverage of both limits of every interval for W1, with exact binomial limits, and widths, law by law."""

import numpy as np

from lsdm_stats.inference import binomial_upper_limit
from lsdm_stats.plots import COLOURS, MARKERS, headline, new_figure, style

KINDS = {
    "certified, diameter": ("diameter", "certified"),
    "certified, transport constants": ("transport_constants", "certified"),
    "asymptotic, around the samples' distance": ("diameter", "asymptotic"),
    "held-out dual, $t$": ("diameter", "held_out"),
}
NOMINAL = 0.975
WIDTHS = (0.01, 0.03, 0.1, 0.3, 1.0)
SHARES = (("lower_covers", "lower limit ≤ $W_1$"), ("upper_covers", "$W_1$ ≤ upper limit"))


def draw(table):
    """Coverage and width of 95 % intervals for W1 of two laws, law by law.

    Left and middle: in which share of the draws the lower and the upper limit of a 95 % interval for W1 of the laws
    lies on the right side of it, law by law, with exact 95 % limits (Clopper and Pearson); the dotted line is the
    nominal share, and a mark to its left says that the limit fails. Right: median width, with the range of the middle
    nine tenths of the draws, in the units of the points.
    """
    wanted = {f"{kind}.{name}" for _, kind in KINDS.values() for name in ("lower_covers", "upper_covers", "width")}
    groups = table[table["name"].isin(wanted)].groupby(["source", "n_paired", "method", "name"], sort=False)["value"]
    values = {key: group.to_numpy() for key, group in groups}
    places = list(dict.fromkeys((source, n) for source, n, *_ in values))
    places.sort(key=lambda place: place[1])
    with style():
        figure = new_figure(height=1.35 + 0.25 * len(places))
        panels = figure.subplots(1, 3, sharey=True, width_ratios=(1, 1, 0.9))
        certified = []
        for index, (label, (method, kind)) in enumerate(KINDS.items()):
            heights = np.arange(len(places)) + 0.18 * (index - 1.5)
            look = {"color": COLOURS[index], "marker": MARKERS[index], "linestyle": "none", "markersize": 2.8,
                    "elinewidth": 0.8, "capsize": 1.2}
            for panel, (name, _) in zip(panels[:2], SHARES, strict=True):
                shares = np.array([_share(values.get((*place, method, f"{kind}.{name}"), ())) for place in places])
                ends = np.abs(shares[:, 1:] - shares[:, :1]).T
                panel.errorbar(shares[:, 0], heights, xerr=ends, label=label, **look)
                certified += shares[:, 1].tolist() if kind == "certified" else []
            widths = np.array([_width(values.get((*place, method, f"{kind}.width"), ())) for place in places])
            panels[2].errorbar(widths[:, 0], heights, xerr=np.abs(widths[:, 1:] - widths[:, :1]).T, **look)
        headline(figure, _finding(certified, values))
        for panel, (_, title) in zip(panels[:2], SHARES, strict=True):
            panel.axvline(NOMINAL, color="black", linewidth=0.8, linestyle=":")
            panel.set_xlim(-0.03, 1.03)
            panel.set_xticks((0, 0.25, 0.5, 0.75, 1), ("0", "0.25", "0.5", "0.75", "1"))
            panel.set_xlabel("share of draws")
            panel.set_title(title)
        panels[2].set_xscale("log")
        panels[2].set_xticks(WIDTHS, [f"{width:g}" for width in WIDTHS])
        panels[2].minorticks_off()
        panels[2].set_xlim(0.008, 1.2)
        panels[2].set_xlabel("median width")
        panels[2].set_title("width of the interval")
        panels[0].set_yticks(range(len(places)), [_title(*place) for place in places])
        panels[0].set_ylim(len(places) - 0.5, -0.5)
        figure.legend(*panels[0].get_legend_handles_labels(), loc="outside lower center", ncols=2)
    return figure


def _finding(certified, values):
    """`certified` are the lower ends of all shares of certified intervals."""
    if not certified or np.nanmin(certified) < NOMINAL or np.isnan(certified).any():
        return "How often the limits of intervals for $W_1$ are right, and how wide they are"
    asymptotic = [covers.mean() for (source, _, method, name), covers in values.items()
                  if source.endswith("_d5") and method == "diameter" and name == "asymptotic.lower_covers"]
    never = bool(asymptotic) and max(asymptotic) == 0
    return ("Certified intervals cover on every pair of laws"
            + ("; asymptotic lower limits are right in no draw in five dimensions" if never else ""))


def _title(source, n):
    family, _, dim = source.rpartition("_d")
    return f"{family}, $d$ = {dim}, $n$ = {n:,}"


def _share(covers):
    """Share with its exact 95 % limits (Clopper and Pearson); not a number where there are no draws."""
    if not len(covers):
        return np.nan, np.nan, np.nan
    n, failures = len(covers), int(len(covers) - np.sum(covers))
    lower = 1 - binomial_upper_limit(failures, n, level=NOMINAL)
    upper = binomial_upper_limit(n - failures, n, level=NOMINAL)
    return 1 - failures / n, lower, upper


def _width(widths):
    return np.quantile(widths, (0.5, 0.05, 0.95)) if len(widths) else np.full(3, np.nan)
