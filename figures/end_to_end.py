"""The oracle inequality end to end: every term of the right-hand side as a stacked bar beside the measured error."""

import numpy as np

from lsdm_stats.bounds import EndToEndBound
from lsdm_stats.plots import COLOURS, MARKERS, means, new_figure, style

WORDS = {
    "loss": "training loss",
    "pairs": "error of the pairs",
    "generator": "generator's own sample",
    "optimisation": "optimisation error",
    "responses": "error of all responses",
}
SHADES = {name: COLOURS[index] for name, index in zip(WORDS, (2, 0, 5, 4, 3), strict=True)}
FORMS = {"a_priori": ("D3 a priori", "generator_error"), "a_posteriori": ("D3 a posteriori", "generator_error.fitted")}

TICKS = (0.01, 0.03, 0.1, 0.3, 1, 3)


def draw(table):
    """Left and middle: terms of both forms, and their sum over the measured error. Right: sums and measured errors."""
    arcs = table[(table["method"] == "arcs") & (table["status"] == "ok")]
    mean = arcs.pivot_table(index="n_paired", columns="name", values="value").sort_index()
    with style():
        figure = new_figure(7.2, 3.1)
        *panels, right = figure.subplots(1, 3, width_ratios=(1, 1, 1.15))
        for panel, form in zip(panels, FORMS, strict=True):
            _bars(panel, mean, form)
        panels[1].set_ylim(panels[0].get_ylim())
        panels[0].set_ylabel("joint $W_1$")
        named = [panel.get_legend_handles_labels() for panel in panels]
        handles = {label: handle for pair in named for handle, label in zip(*pair, strict=True)}
        figure.legend(handles.values(), handles.keys(), loc="outside lower left", ncols=3, fontsize=6)
        _curves(right, table, mean)
        figure.legend(*right.get_legend_handles_labels(), loc="outside lower right", ncols=2, fontsize=6)
    return figure


def _bars(panel, mean, form):
    title, of_generator = FORMS[form]
    bound = EndToEndBound(form=form)
    numbers = {name: mean[of_generator if name == "generator_error" else name].to_numpy() for name in bound.inputs}
    value = bound.evaluate(numbers)
    places, below = np.arange(len(mean)), np.zeros(len(mean))
    for name, words in WORDS.items():
        if name in value.terms:
            heights = np.asarray(value.terms[name])
            panel.bar(places - 0.15, heights, 0.5, bottom=below, color=SHADES[name], label=words)
            below = below + heights
    measured = mean[["joint_w1", "joint_w1.coupled"]].min(axis=1).to_numpy()
    panel.bar(places + 0.25, measured, 0.2, color="black", label="measured, from above")
    for place, total, error in zip(places, below, measured, strict=True):
        panel.annotate(f"{total / error:.0f} ×", (place - 0.15, total), ha="center", va="bottom", fontsize=6)
    panel.axhline(mean["diameter"].max(), color="0.4", linestyle=":", linewidth=1)
    panel.annotate("diameter", (places[-1] + 0.4, mean["diameter"].max()), ha="right", va="bottom", fontsize=6)
    panel.set_xticks(places, [f"{n:,}" for n in mean.index])
    panel.set_ylim(0, 1.12 * mean["diameter"].max())
    panel.grid(visible=False, axis="x")
    panel.set_xlabel("pairs $n$")
    panel.set_title(title)


def _curves(panel, table, mean):
    curves = (
        ("bound.a_priori", "arcs", "D3 a priori", 0, "-"),
        ("bound.a_posteriori", "arcs", "D3 a posteriori", 1, "-"),
        ("joint_w1", "arcs", "arcs: plug-in", 6, "-"),
        ("joint_w1.coupled", "arcs", "arcs: coupling of the laws", 2, "--"),
        ("joint_w1", "memoriser", "memoriser: plug-in", 3, "-"),
        ("pushed_cost", "autoencoder", "autoencoder: D3.pushed", 4, "-"),
    )
    for name, method, label, index, dashes in curves:
        summary = means(table[table["method"] == method], name, ["n_paired"])
        if summary.empty:
            continue
        errors = np.array([summary["mean"] - summary["lower"], summary["upper"] - summary["mean"]])
        panel.errorbar(summary["n_paired"], summary["mean"], yerr=errors, label=label, color=COLOURS[index],
                       marker=MARKERS[index], linestyle=dashes, markersize=3, capsize=2)
    panel.set_xscale("log")
    panel.set_yscale("log")
    panel.set_xticks(mean.index, [f"{n:,}" for n in mean.index])
    panel.minorticks_off()
    panel.set_yticks(TICKS, [f"{tick:g}" for tick in TICKS])
    panel.set_ylim(bottom=0.005)
    panel.set_xlabel("pairs $n$")
    panel.set_title("bounds and measured errors")
