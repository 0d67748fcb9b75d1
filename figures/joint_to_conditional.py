"""Conditional against joint W1: the factor for labels, the root for conditions in [0, 1], and how loose they are."""

import numpy as np

from lsdm_stats.bounds import ConditionalBound
from lsdm_stats.plots import COLOURS, MARKERS, fits, headline, new_figure, style

LABELLED = {"exchanged": "circles exchanged", "grown": "circles grown"}
INTERVAL = {"zigzag": "zigzags", "turned": "turned triangles", "shifted": "shifted points"}
FORMS = {"minimised": "A4.conditional", "one_window": "A4.one_window"}


def draw(table):
    """What joint W1 says of the conditional laws.

    Left: mean conditional W1 over joint W1 for labels at some distance of each other, in units of the diameter B of
    the responses, one mark per sample; the line is the bound, max(1, B / distance). Middle: both distances for
    conditions in [0, 1] in units of B L, where the conditional laws are L-Lipschitz: medians with the range of all
    samples, open marks with fewer points; between A4.joint, which is met by shifted points, and the square root
    A4.conditional; the dashed line is what the laws of zigzags have. Right: bound over measured conditional W1, one
    mark per sample with the most points; 1 would be equality.
    """
    rows = fits(table)
    with style():
        figure = new_figure(height=3.3)
        labels, interval, loose = figure.subplots(1, 3, width_ratios=(1, 1.1, 0.85))
        _labels(labels, rows)
        _interval(interval, rows)
        headline(figure, _finding(rows, _looseness(loose, rows)))
        for panel in (labels, interval, loose):
            if panel.get_legend_handles_labels()[0]:
                panel.legend(loc="upper center", bbox_to_anchor=(0.45, -0.2), ncols=1 + (panel is interval))
    return figure


def _finding(rows, ratios):
    """`ratios` are of all bounds over what was measured; zigzags have one B and L, so that units do not matter."""
    zigzags = _family(rows, "zigzag")
    largest = zigzags[zigzags["n_paired"] == zigzags["n_paired"].max()]
    medians = largest.groupby("source")[["joint_w1", "conditional_w1"]].median()
    if not ratios or min(ratios) < 1 - 1e-9 or len(medians) < 3:
        return "Conditional against joint $W_1$: what one says of the other, and how loose the bounds are"
    power = np.polyfit(np.log(medians["joint_w1"]), np.log(medians["conditional_w1"]), 1)[0]
    return f"Conditional $W_1$ keeps below its bound; on zigzags it is joint $W_1$ to the power of {power:.2f} only"


def _labels(panel, rows):
    places = np.geomspace(0.1, 2.5, 200)
    panel.plot(places, np.maximum(1.0, 1 / places), color="black", label="bound $\\max(1,\\,B/\\delta)$")
    for index, (family, label) in enumerate(LABELLED.items()):
        chosen = _family(rows, family)
        if chosen.empty:
            continue
        chosen = chosen[chosen["n_paired"] == chosen["n_paired"].max()]
        panel.plot(
            (1 / chosen["label_ratio"]).to_numpy() * 1.06 ** (2 * index - 1),
            chosen["conditional_over_joint"].to_numpy(),
            MARKERS[index],
            color=COLOURS[index],
            markersize=3,
            alpha=0.6,
            label=label,
        )
    panel.set_xscale("log")
    panel.set_yscale("log")
    panel.set_xticks((0.125, 0.25, 0.5, 1, 2), ("1/8", "1/4", "1/2", "1", "2"))
    panel.set_yticks((1, 2, 4, 8), ("1", "2", "4", "8"))
    panel.minorticks_off()
    panel.set_xlabel("distance of labels $\\delta$ / $B$")
    panel.set_ylabel("conditional $W_1$ / joint $W_1$")
    panel.set_title("labels")


def _interval(panel, rows):
    scales = np.geomspace(1e-4, 1, 200)
    units = {"diameter": 1.0, "conditional_lipschitz": 1.0, "condition_dim": 1.0}
    bound = ConditionalBound(form="minimised").evaluate({**units, "joint_w1": scales}).total
    panel.plot(scales, bound, color="black", label="A4.conditional")
    panel.plot(scales, np.sqrt(scales) / 2, color="black", linestyle="--", linewidth=0.8, label="laws of zigzags")
    panel.plot(scales, scales, color="black", linestyle=":", linewidth=0.8, label="A4.joint, equality")
    for index, (family, label) in enumerate(INTERVAL.items()):
        chosen = _family(rows, family)
        if chosen.empty:
            continue
        chosen = chosen[chosen["conditional_lipschitz"] > 0]
        chosen = chosen.assign(unit=chosen["diameter"] * chosen["conditional_lipschitz"])
        for (_, n), group in chosen.groupby(["source", "n_paired"]):
            across, up = ((group[name] / group["unit"]).to_numpy() for name in ("joint_w1", "conditional_w1"))
            full = n == chosen.loc[chosen["source"] == group["source"].iloc[0], "n_paired"].max()
            panel.errorbar(np.median(across), np.median(up), xerr=_range(across), yerr=_range(up), elinewidth=0.7,
                           marker=MARKERS[index], color=COLOURS[index], markersize=3.2, markeredgewidth=0.7,
                           markerfacecolor=COLOURS[index] if full else "white")
        panel.plot([], [], MARKERS[index], color=COLOURS[index], markersize=3.2, label=label)
    panel.set_xscale("log")
    panel.set_yscale("log")
    panel.set_ylim(2e-3, 3)
    panel.set_xlabel("joint $W_1$ / ($BL$)")
    panel.set_ylabel("conditional $W_1$ / ($BL$)")
    panel.set_title("conditions in [0, 1]")


def _range(values):
    middle = np.median(values)
    return [[middle - values.min()], [values.max() - middle]]


def _looseness(panel, rows):
    """Draw bound over measured; returns all of the ratios."""
    sources = [source for source in dict.fromkeys(rows["source"]) if source.split("_")[0] in INTERVAL]
    sources.sort(key=_order)
    every = []
    for index, (form, label) in enumerate(FORMS.items()):
        places, ratios = [], []
        for place, source in enumerate(sources):
            group = rows[rows["source"] == source]
            group = group[group["n_paired"] == group["n_paired"].max()]
            bound = ConditionalBound(form=form)
            total = bound.evaluate({name: group[name].to_numpy() for name in bound.inputs}).total
            ratio = total / group["conditional_w1"].to_numpy()
            places += [place + 0.3 * (index - 0.5)] * len(ratio)
            ratios += ratio.tolist()
        panel.plot(ratios, places, MARKERS[index], color=COLOURS[index + 3], markersize=3, alpha=0.6, label=label)
        every += ratios
    panel.axvline(1.0, color="black", linewidth=0.8)
    panel.set_xscale("log")
    panel.set_xticks((1, 10), ("1", "10"))
    panel.set_yticks(range(len(sources)), [_name(source) for source in sources])
    panel.set_ylim(len(sources) - 0.3, -0.7)
    panel.set_xlabel("bound / measured")
    panel.set_title("how loose")
    return every


def _family(rows, family):
    return rows[rows["source"].str.split("_").str[0] == family]


def _order(source):
    family, _, number = source.partition("_")
    return list(INTERVAL).index(family), int(number or 0)


def _name(source):
    family, _, number = source.partition("_")
    words = {"zigzag": f"{number} runs", "turned": f"{number} turn{'s' * (number != '1')}", "shifted": "shifted"}
    return words[family]
