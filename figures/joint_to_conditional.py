"""Conditional against joint W1: the factor for labels, the root for conditions in [0, 1], and how loose they are."""

import numpy as np

from lsdm_stats import plots
from lsdm_stats.bounds import ConditionalBound
from lsdm_stats.plots import COLOURS, MARKERS

LABELLED = {"exchanged": "circles exchanged", "grown": "circles grown"}
INTERVAL = {"zigzag": "zigzags, equal $B$ and $L$", "turned": "turned triangles", "shifted": "shifted points"}
FORMS = {"minimised": "square root (A4.conditional)", "one_window": "one potential (A4.one_window)"}


def draw(table):
    """Left: labels. Middle: conditions in [0, 1], in units of B L, hollow for fewer points. Right: bound / measured."""
    rows = (
        table[table["status"] == "ok"]
        .pivot_table(index=["source", "n_paired", "replicate"], columns="name", values="value")
        .reset_index()
    )
    with plots.style():
        figure = plots.new_figure(7.2, 2.9)
        labels, interval, loose = figure.subplots(1, 3, width_ratios=(1, 1.15, 0.9))
        _labels(labels, rows)
        _interval(interval, rows)
        _looseness(loose, rows)
    return figure


def _labels(panel, rows):
    places = np.geomspace(0.1, 2.5, 200)
    panel.plot(places, np.maximum(1.0, 1 / places), color="black", label="$\\max(1,\\,B/\\delta)$")
    for index, (family, label) in enumerate(LABELLED.items()):
        chosen = _family(rows, family)
        if chosen.empty:
            continue
        chosen = chosen[chosen["n_paired"] == chosen["n_paired"].max()]
        panel.plot(
            (1 / chosen["label_ratio"]).to_numpy(),
            chosen["conditional_over_joint"].to_numpy(),
            MARKERS[index],
            color=COLOURS[index],
            markersize=3.5,
            alpha=0.6,
            label=label,
        )
    panel.set_xscale("log")
    panel.set_yscale("log")
    panel.set_xticks((0.125, 0.25, 0.5, 1, 2), ("1/8", "1/4", "1/2", "1", "2"))
    panel.set_yticks((1, 2, 4, 8), ("1", "2", "4", "8"))
    panel.minorticks_off()
    panel.set_xlabel("distance of labels / $B$")
    panel.set_ylabel("$\\bar W$ / joint $W_1$")
    panel.set_title("labels")
    panel.legend(loc="upper right")


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
            unit = group["unit"].to_numpy()
            panel.plot(
                np.median(group["joint_w1"] / unit),
                np.median(group["conditional_w1"] / unit),
                MARKERS[index],
                color=COLOURS[index],
                markersize=3.5,
                markerfacecolor=COLOURS[index] if n == _most(chosen, group) else "none",
                markeredgewidth=0.7,
            )
        panel.plot([], [], MARKERS[index], color=COLOURS[index], markersize=3.5, label=label)
    panel.plot([], [], "s", color="0.4", markersize=3.5, markerfacecolor="none", label="open: fewer points")
    panel.set_xscale("log")
    panel.set_yscale("log")
    panel.set_ylim(1e-3, 10)
    panel.set_xlabel("joint $W_1$ / ($BL$)")
    panel.set_ylabel("$\\bar W$ / ($BL$)")
    panel.set_title("conditions in [0, 1]")
    panel.legend(loc="upper left", fontsize=5.5)


def _looseness(panel, rows):
    sources = [source for source in dict.fromkeys(rows["source"]) if source.split("_")[0] in INTERVAL]
    sources.sort(key=_order)
    for index, (form, label) in enumerate(FORMS.items()):
        places, ratios = [], []
        for place, source in enumerate(sources):
            group = rows[rows["source"] == source]
            group = group[group["n_paired"] == group["n_paired"].max()]
            bound = ConditionalBound(form=form)
            total = bound.evaluate({name: group[name].to_numpy() for name in bound.inputs}).total
            ratio = total / group["conditional_w1"].to_numpy()
            places += [place + 0.25 * (index - 0.5)] * len(ratio)
            ratios += ratio.tolist()
        panel.plot(ratios, places, MARKERS[index], color=COLOURS[index + 3], markersize=3, alpha=0.6, label=label)
    panel.axvline(1.0, color="black", linewidth=0.8)
    panel.set_xscale("log")
    panel.set_yticks(range(len(sources)), [_name(source) for source in sources])
    panel.set_ylim(len(sources) + 1.3, -0.7)
    panel.set_xlabel("bound / $\\bar W$ (≥ 1 is required)")
    panel.set_title("how loose")
    panel.legend(loc="lower right", fontsize=5.5)


def _family(rows, family):
    return rows[rows["source"].str.split("_").str[0] == family]


def _most(chosen, group):
    return chosen.loc[chosen["source"] == group["source"].iloc[0], "n_paired"].max()


def _order(source):
    family, _, number = source.partition("_")
    return list(INTERVAL).index(family), int(number or 0)


def _name(source):
    family, _, number = source.partition("_")
    words = {"zigzag": f"{number} runs", "turned": f"turns: {number}", "shifted": "shifted"}
    return words[family]
