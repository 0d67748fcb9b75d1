"""Tightness of every line of the chain: right-hand side over measured joint W1, one dot per fit, medians marked."""

import numpy as np

from lsdm_stats import MasterBound
from lsdm_stats.plots import COLOURS, new_figure, style

FORMS = ("reconstructed", "pushed", "weighted", "plan_weighted", "plan", "cross")
LABELS = (
    "reconstructed\n$W(D G, D E Y)+R$",
    "pushed\ncost $+R$",
    "weighted\n$W_{1,L}+R$",
    "plan,\nweighted",
    "plan\nmodulus",
    "cross\nmodulus",
)


def draw(table):
    """One panel per source; the hollow marks are the control without R."""
    fits = (
        table[table["status"] == "ok"]
        .pivot_table(index=["source", "method", "n_paired", "n_unpaired", "replicate"], columns="name", values="value")
        .reset_index()
    )
    sources = list(dict.fromkeys(table["source"]))
    with style():
        figure = new_figure(7.0, 2.9)
        panels = figure.subplots(1, len(sources), sharey=True, squeeze=False)[0]
        for panel, source in zip(panels, sources, strict=True):
            for index, method in enumerate(dict.fromkeys(table["method"])):
                chosen = fits[(fits["source"] == source) & (fits["method"] == method)]
                _dots(panel, chosen, index, method)
            panel.axhline(1.0, color="black", linewidth=0.8)
            panel.set_yscale("log")
            panel.set_title(source.replace("_", " "))
            panel.set_xticks(range(len(FORMS)), LABELS, rotation=60, ha="right", rotation_mode="anchor", fontsize=6)
        panels[0].set_ylabel("bound / joint $W_1$ (≥ 1 is required)")
        panels[max(len(panels) - 2, 0)].legend(loc="upper left", title="latent space")
    return figure


def _dots(panel, fits, index, method):
    if fits.empty:
        return
    jitter = np.linspace(-0.1, 0.1, len(fits)) + 0.3 * index - 0.15
    numbers = {name: fits[name].to_numpy() for name in fits.columns if fits[name].dtype == float}
    for place, form in enumerate(FORMS):
        ratio = np.asarray(MasterBound(form=form).evaluate(numbers).total) / numbers["joint_w1"]
        panel.plot(place + jitter, ratio, ".", markersize=2, alpha=0.35, color=COLOURS[index])
        panel.plot(
            place + 0.3 * index - 0.15,
            np.median(ratio),
            "_",
            color=COLOURS[index],
            markersize=9,
            markeredgewidth=2,
            label=method if place == 0 else None,
        )
    if method == "pca" and (numbers["reconstruction"] > 1e-6).all():
        ratio = numbers["pushed_cost"] / numbers["joint_w1"]
        panel.plot(
            1 + jitter, ratio, "o", markersize=2, alpha=0.35, markerfacecolor="none", color=COLOURS[6], label=None
        )
        panel.annotate(
            "control:\nwithout $R$",
            (1, float(np.median(ratio))),
            xytext=(1.4, float(np.median(ratio))),
            fontsize=6,
            va="center",
        )
