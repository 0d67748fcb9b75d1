"""Measured W1 of a sample and its law between bounds from above and below, one panel per law; tightness of the best."""

import numpy as np

from lsdm_stats.bounds import DyadicRate, EntropyRate, FournierRate, QuantisationRate, SpectralRate
from lsdm_stats.manifolds import Box, FlatTorus, Sphere
from lsdm_stats.plots import COLOURS, MARKERS, new_figure, style
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
TIGHT = (1.2, 1.6)
COLUMNS = 4


def draw(table):
    """Bounds and measurements against n; the last panel: the spectral bound over the measurement."""
    sources = [label for label in SPACES if (table["source"] == label).any()]
    table = table[table["method"] == "reference"]
    rows = -(-(len(sources) + 1) // COLUMNS)
    with style():
        figure = new_figure(7.2, 0.8 + 1.8 * rows)
        panels = list(figure.subplots(rows, COLUMNS, sharex=True, squeeze=False).flat)
        for label, panel in zip(sources, panels, strict=False):
            _rates(panel, table[table["source"] == label], SPACES[label])
            panel.set_title(_title(label))
        _tightness(panels[len(sources)], table, sources)
        for panel in panels[len(sources) + 1 :]:
            panel.set_axis_off()
        for panel in panels[-COLUMNS:]:
            panel.set_xlabel("$n$")
        for panel in panels[::COLUMNS]:
            panel.set_ylabel("E $W_1(P_n, P)$")
        handles, names = panels[0].get_legend_handles_labels()
        figure.legend(handles, names, loc="outside lower center", ncols=4)
    return figure


def _rates(panel, table, space):
    sizes = np.array(sorted(table["n_paired"].unique()))
    above, below = (_means(table, name) for name in ("distance", "distance.lower"))
    error = table[table["name"] == "reference_error"]["value"].max()
    panel.fill_between(sizes, np.maximum(above - error, 1e-9), above, color="0.85", label="error of the reference")
    panel.fill_between(sizes, below, above, color=COLOURS[0], alpha=0.4, linewidth=0)
    panel.plot(sizes, above, color=COLOURS[0], marker=MARKERS[0], markersize=3, label="measured, enclosed")
    lines = {name: (_evaluated(rate, space, sizes), dash) for name, (rate, dash) in ABOVE.items()}
    if space not in (SPACES["torus_d2"], SPACES["roll_d2"]):  # whose constants are for distances within the surface
        lines[BELOW[0]] = (_evaluated(BELOW[1], space, sizes), BELOW[2])
    for place, (name, (values, dash)) in enumerate(lines.items(), start=1):
        panel.plot(sizes, values, color=COLOURS[place % len(COLOURS)], linestyle=dash, linewidth=1, label=name)
    lowest = min(below.min(), *lines.get(BELOW[0], [[np.inf]])[0])
    panel.set_ylim(0.6 * lowest, 8 * lines["B3, covering numbers"][0].max())
    panel.set_yscale("log")
    _log_sizes(panel, sizes)
    if len(sizes) > 1:
        slopes = _slope(sizes, above), _slope(sizes, lines["B2, uniform law"][0]), -1 / max(space.intrinsic_dim, 2)
        words = "slopes: measured {:.2f}\nB2 {:.2f}, asymptotic {:.2f}".format(*slopes).replace("-", "−")
        panel.annotate(words, (0.97, 0.97), xycoords="axes fraction", ha="right", va="top", fontsize=5.5)


def _tightness(panel, table, sources):
    """The spectral bound for uniform laws over the measured mean."""
    panel.axhspan(*TIGHT, color="0.9", linewidth=0)
    for place, label in enumerate(sources):
        chosen = table[table["source"] == label]
        sizes = np.array(sorted(chosen["n_paired"].unique()))
        ratio = _evaluated(SpectralRate(law="uniform"), SPACES[label], sizes) / _means(chosen, "distance")
        look = {"color": COLOURS[place % len(COLOURS)], "marker": MARKERS[place % len(MARKERS)]}
        panel.plot(sizes, ratio, label=_title(label), markersize=2.5, linewidth=0.8, **look)
    panel.set_title("B2, uniform law / measured")
    panel.set_ylim(1.0, 2.6)
    panel.legend(fontsize=5, ncols=2, loc="upper left")
    _log_sizes(panel, np.array(sorted(table["n_paired"].unique())))


def _means(table, name):
    return table[table["name"] == name].groupby("n_paired")["value"].mean().to_numpy()


def _evaluated(rate, space, sizes):
    """The rate at some sizes, NaN where it is not for such a space."""
    try:
        return np.array([float(rate.evaluate(space, int(n)).total) for n in sizes])
    except ValueError:
        return np.full(len(sizes), np.nan)


def _slope(sizes, values):
    return np.polyfit(np.log(sizes), np.log(values), 1)[0]


def _title(label):
    family, _, dim = label.rpartition("_d")
    return f"{family}, $d$ = {dim}"


def _log_sizes(panel, sizes):
    panel.set_xscale("log")
    shown = [n for n in sizes if n in (100, 1_000, 10_000)] or list(sizes)
    panel.set_xticks(shown, [f"{n:,}" for n in shown])
    panel.minorticks_off()
