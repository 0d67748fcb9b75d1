"""The oracle inequality end to end: every term of the right-hand side as a stacked bar beside the measured error."""

import numpy as np
import pandas as pd

from lsdm_stats.bounds import EndToEndBound
from lsdm_stats.plots import COLOURS, curve, fits, headline, log_values, means, new_figure, size_axis, style, summarise

WORDS = {
    "loss": "training loss",
    "pairs": "error of the pairs",
    "generator": "generator's own sample",
    "optimisation": "optimisation error",
    "responses": "error of all responses",
}
SHADES = {name: COLOURS[index] for name, index in zip(WORDS, (2, 0, 5, 4, 3), strict=True)}
FORMS = {"a_priori": ("D3 a priori", "generator_error"), "a_posteriori": ("D3 a posteriori", "generator_error.fitted")}
TOTAL = {"a_priori": "bound.a_priori", "a_posteriori": "bound.a_posteriori"}


def draw(table):
    """The end-to-end bound D3, term by term, and the measured error.

    Left and middle: the right-hand side of D3 term by term, a priori and a posteriori (bars, means over replicates;
    95 % t intervals of their sum and of the measured error), the factor between both, and the diameter of the space,
    above which a bound says nothing. Right: sums and measured errors over n, means with 95 % t intervals.

    The measured error of the arcs is the smaller mean of the plug-in W1 of samples, which is biased upward, and of a
    coupling of the laws: both are upper limits of the joint W1. The memoriser returns its training pairs.
    """
    rows = fits(table)
    arcs = rows[rows["method"] == "arcs"]
    with style():
        figure = new_figure(height=3.2)
        *panels, right = figure.subplots(1, 3, width_ratios=(1, 1, 1.15))
        headline(figure, _finding(arcs))
        for panel, form in zip(panels, FORMS, strict=True):
            _bars(panel, arcs, form)
        panels[1].set_ylim(panels[0].get_ylim())
        panels[0].set_ylabel("joint $W_1$")
        named = [panel.get_legend_handles_labels() for panel in panels]
        handles = {label: handle for pair in named for handle, label in zip(*pair, strict=True)}
        figure.legend(handles.values(), handles.keys(), loc="outside lower left", ncols=3)
        _curves(right, table)
        figure.legend(*right.get_legend_handles_labels(), loc="outside lower right", ncols=2)
    return figure


def _finding(arcs):
    """The upper end of the interval of each bound, in the smallest n, against the diameter."""
    first = arcs[arcs["n_paired"] == arcs["n_paired"].min()]
    ends = [summarise(first, name, ["method"])["upper"] for name in TOTAL.values() if name in first and len(first) > 1]
    if len(ends) < len(TOTAL) or max(end.iloc[0] for end in ends) >= first["diameter"].min():
        return "The terms of the end-to-end bound D3 and the measured error"
    return (f"The end-to-end bound D3 is not vacuous: from $n$ = {first['n_paired'].iloc[0]} on it is below the "
            "diameter of the space")


def _bars(panel, arcs, form):
    title, of_generator = FORMS[form]
    bound = EndToEndBound(form=form)
    panel.set_title(title)
    panel.set_xlabel("pairs $n$")
    mean = arcs.groupby("n_paired").mean(numeric_only=True)
    if mean.empty or of_generator not in mean:
        return
    value = bound.evaluate({name: mean[of_generator if name == "generator_error" else name].to_numpy()
                            for name in bound.inputs})
    places, below = np.arange(len(mean)), np.zeros(len(mean))
    for name, words in WORDS.items():
        if name in value.terms:
            heights = np.asarray(value.terms[name])
            panel.bar(places - 0.15, heights, 0.5, bottom=below, color=SHADES[name], label=words)
            below = below + heights
    error = pd.concat([_measured(group) for _, group in arcs.groupby("n_paired")], ignore_index=True)
    panel.bar(places + 0.25, error["mean"], 0.2, color="black", label="measured, at most")
    total = summarise(arcs, TOTAL[form], ["n_paired"])
    for summary, at in ((total, places - 0.15), (error, places + 0.25)):
        ends = [summary["mean"] - summary["lower"], summary["upper"] - summary["mean"]]
        panel.errorbar(at, summary["mean"], yerr=ends, color="0.35", linestyle="none", linewidth=0.8)
    for place, end, factor in zip(places, total["upper"], total["mean"] / error["mean"], strict=True):
        panel.annotate(f"{factor:.0f} ×", (place - 0.15, end), (0, 1), textcoords="offset points", ha="center",
                       va="bottom", fontsize=6.5)
    diameter = arcs["diameter"].max()
    panel.axhline(diameter, color="0.4", linestyle=":", linewidth=1)
    panel.annotate("diameter", (0.99, diameter), (0, 1), xycoords=("axes fraction", "data"), fontsize=6.5,
                   textcoords="offset points", ha="right", va="bottom")
    panel.set_xticks(places, [f"{n:,}" for n in mean.index])
    panel.set_ylim(0, 1.15 * diameter)
    panel.grid(visible=False, axis="x")


def _measured(arcs):
    """The smaller mean of two upper limits, at one n."""
    both = [summarise(arcs, name, ["n_paired"]) for name in ("joint_w1", "joint_w1.coupled")]
    return min(both, key=lambda summary: summary["mean"].iloc[0])


def _curves(panel, table):
    curves = (
        ("bound.a_priori", "arcs", "D3 a priori", 0, "-"),
        ("bound.a_posteriori", "arcs", "D3 a posteriori", 1, "-"),
        ("joint_w1", "arcs", "arcs: plug-in", 6, "-"),
        ("joint_w1.coupled", "arcs", "arcs: coupling", 2, "--"),
        ("joint_w1", "memoriser", "memoriser: plug-in", 3, "-"),
        ("pushed_cost", "autoencoder", "autoencoder: D3.pushed", 4, "-"),
    )
    for name, method, label, index, dashes in curves:
        summary = means(table[table["method"] == method], name, ["n_paired"])
        if not summary.empty:
            summary["lower"] = summary["lower"].clip(lower=1e-3)
            look = {"label": label, "index": index, "linestyle": dashes, "markersize": 3}
            curve(panel, summary["n_paired"].tolist(), summary, **look)
    log_values(panel)
    panel.set_ylim(bottom=0.004)
    size_axis(panel, table["n_paired"].tolist())
    panel.set_title("bounds and measured errors")
