"""Measured W1 of a sample and its law between bounds from above and below, one panel per law; tightness of the best."""

from functools import cache

import numpy as np

from lsdm_stats.bounds import DyadicRate, EntropyRate, FournierRate, QuantisationRate, SpectralRate
from lsdm_stats.manifolds import Box, FlatTorus, Sphere
from lsdm_stats.plots import COLOURS, MARKERS, headline, means, new_figure, shared_legend, style
from lsdm_stats.populations import UniformRoll

SPACES = {
    **{f"cube_d{dim}": Box(sides=(1.0,) * dim) for dim in (1, 2, 3, 5)},
    "torus_d2": FlatTorus(lengths=(1.0, 1.0)),
    "sphere_d2": Sphere(dim=2),
    "roll_d2": UniformRoll().space,
}
ABOVE = {
    "B2, uniform law": (SpectralRate(law="uniform"), "-"),
    "B2, any law": (SpectralRate(law="any"), "--"),
    "B1, dyadic": (DyadicRate(), "-."),
    "B3, covering numbers": (EntropyRate(), ":"),
    "B4, Fournier": (FournierRate(), (0, (6, 2, 1, 2, 1, 2))),
}
BELOW = ("B5, from below", QuantisationRate(), (0, (1, 3)))
COLUMNS = 4


def draw(table):
    """How far n points are from their law in W1, and what the bounds say.

    One panel per law, the last one apart: the expected W1 of n uniform points and their law (blue, means over
    replicates with 95 % t intervals, mostly narrower than their marks) between the bounds B1 to B4 from above and B5
    from below. In grey is by how much the sampled reference can be too large; in words the log-log slopes, fitted to
    the mean and to B2 over the same n, and their limit.

    Last panel: the spectral bound B2 for uniform laws over the measured mean, with the same intervals.
    """
    table = table[table["method"] == "reference"]
    sources = [label for label in SPACES if (table["source"] == label).any()]
    rows = -(-(len(sources) + 1) // COLUMNS)
    with style():
        figure = new_figure(height=1.1 + 1.75 * rows)
        panels = list(figure.subplots(rows, COLUMNS, sharex=True, squeeze=False).flat)
        ratios = []
        for label, panel in zip(sources, panels, strict=False):
            ratios += _rates(panel, table[table["source"] == label], SPACES[label])
            panel.set_title(_title(label))
        headline(figure, _finding(ratios))
        if sources:
            _tightness(panels[len(sources)], table, sources)
        for panel in panels[len(sources) + 1 :]:
            panel.set_axis_off()
        for panel in panels[-COLUMNS:]:
            panel.set_xlabel("points $n$")
        for panel in panels[::COLUMNS]:
            panel.set_ylabel("$E\\,W_1(P_n, P)$")
        shared_legend(figure, panels[: len(sources)], loc="outside lower center", ncols=4)
    return figure


def _finding(ratios):
    """`ratios` are of every bound from above over the upper ends, and of the lower ends over every bound from below."""
    if not ratios or min(ratios) < 1:
        return "Expected $W_1$ of a sample and its law, and bounds on it"
    return "The expected $W_1$ of a sample and its law lies between all bounds, for every space and size"


def _rates(panel, table, space):
    """Draw one law; returns how far every bound is from the interval of every mean, as ratios."""
    above, below = means(table, "distance", ["n_paired"]), means(table, "distance.lower", ["n_paired"])
    sizes, middle = above["n_paired"].to_numpy(), above["mean"].to_numpy()
    error = table[table["name"] == "reference_error"]["value"].max()
    panel.fill_between(sizes, np.maximum(middle - error, 1e-9), middle, color="0.85", label="error of the reference")
    panel.fill_between(sizes, below["mean"], middle, color=COLOURS[0], alpha=0.4, linewidth=0)
    panel.errorbar(sizes, middle, yerr=[middle - above["lower"], above["upper"] - middle], color=COLOURS[0],
                   marker=MARKERS[0], markersize=3, label="measured")
    lines = {name: (_evaluated(rate, space, sizes), dash) for name, (rate, dash) in ABOVE.items()}
    if space not in (SPACES["torus_d2"], SPACES["roll_d2"]):  # whose constants are for distances within the surface
        lines[BELOW[0]] = (_evaluated(BELOW[1], space, sizes), BELOW[2])
    for place, (name, (values, dash)) in enumerate(lines.items(), start=1):
        panel.plot(sizes, values, color=COLOURS[place % len(COLOURS)], linestyle=dash, linewidth=1, label=name)
    lowest = min(below["mean"].min(), *lines.get(BELOW[0], [[np.inf]])[0])
    panel.set_ylim(0.6 * lowest, 25 * lines["B3, covering numbers"][0].max())
    panel.set_yscale("log")
    _log_sizes(panel, sizes)
    if len(sizes) > 1:
        slopes = _slope(sizes, middle), _slope(sizes, lines["B2, uniform law"][0]), -1 / max(space.intrinsic_dim, 2)
        words = "slope {:.2f}\nB2 {:.2f}\nlimit {:.2f}".format(*slopes).replace("-", "−")
        panel.annotate(words, (0.98, 1.0), xycoords="axes fraction", ha="right", va="top", fontsize=6, linespacing=0.95)
    over = [values / above["upper"].to_numpy() for name, (values, _) in lines.items() if name != BELOW[0]]
    under = [below["lower"].to_numpy() / lines[BELOW[0]][0]] if BELOW[0] in lines else []
    return [value for one in over + under for value in one[np.isfinite(one)]]


def _tightness(panel, table, sources):
    """The spectral bound for uniform laws over the measured mean."""
    for place, label in enumerate(sources):
        summary = means(table[table["source"] == label], "distance", ["n_paired"])
        bound = _evaluated(SpectralRate(law="uniform"), SPACES[label], summary["n_paired"].to_numpy())
        ends = [bound / summary[end] for end in ("mean", "upper", "lower")]
        look = {"color": COLOURS[place % len(COLOURS)], "marker": MARKERS[place % len(MARKERS)]}
        panel.errorbar(summary["n_paired"], ends[0], yerr=[ends[0] - ends[1], ends[2] - ends[0]], markersize=2.5,
                       linewidth=0.8, label=_title(label), **look)
    panel.set_title("B2 / measured")
    panel.axhline(1.0, color="black", linewidth=0.8)
    panel.set_ylim(0.95, 3.4)
    panel.legend(fontsize=6, loc="upper right", handlelength=1.4, borderaxespad=0, handletextpad=0.4, labelspacing=0.15)
    _log_sizes(panel, np.array(sorted(table["n_paired"].unique())))


def _evaluated(rate, space, sizes):
    """The rate at some sizes, NaN where it is not for such a space."""
    try:
        return np.array([_at(rate, space, int(n)) for n in sizes])
    except ValueError:
        return np.full(len(sizes), np.nan)


@cache
def _at(rate, space, n):
    return float(rate.evaluate(space, n).total)


def _slope(sizes, values):
    return np.polyfit(np.log(sizes), np.log(values), 1)[0]


def _title(label):
    family, _, dim = label.rpartition("_d")
    return f"{family}, $d$ = {dim}"


def _log_sizes(panel, sizes):
    panel.set_xscale("log")
    shown = [n for n in sizes if n in (100, 1_000, 10_000)] or list(sizes)
    panel.set_xticks(shown, [f"{n:,}" for n in shown])
    panel.set_xlim(0.7 * min(sizes), 2 * max(sizes))
    panel.minorticks_off()
