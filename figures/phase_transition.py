"""Recall error of linear latent spaces by pairs and by all responses, beside fidelity and joint W1."""

import numpy as np

from lsdm_stats.bounds import expected_recall_error
from lsdm_stats.plots import COLOURS, MARKERS, headline, means, new_figure, style

DIM = 6
BY = ["method", "n_paired", "n_unpaired"]
ABOUT = {"origin": "about the origin", "mean": "about the mean"}
ROUNDING = 1e-6


def draw(table):
    """What a linear latent space misses of a plane, and from how many responses on nothing.

    Left: the recall error, how far responses are from the learnt plane, over the pairs, without and with unpaired
    responses, and the fidelity error, how far generated points are from the manifold, which is 0. Middle: the recall
    error over all responses, for components about the origin and about the mean. Lines are the exact means of A6;
    marks are means over replicates with 95 % t intervals, mostly narrower than the marks. Right: joint W1 between
    samples, and its floor (dashes), the recall error. The manifold is a plane of 6 dimensions.
    """
    names = ("reconstruction", "joint_w1", "distance_to_manifold")
    recall, joint, fidelity = (means(table, name, BY) for name in names)
    with style():
        figure = new_figure(height=3.1)
        headline(figure, _finding(recall))
        by_pairs, by_all, price = figure.subplots(1, 3)
        _by_pairs(by_pairs, recall, fidelity)
        _by_all(by_all, recall)
        _price(price, joint, recall)
        for panel in (by_pairs, by_all, price):
            if panel.get_legend_handles_labels()[1]:
                panel.legend(loc="upper center", bbox_to_anchor=(0.45, -0.22))
    return figure


def _finding(recall):
    """Whether the recall error is 0 exactly from DIM responses on."""
    chosen = _origin(recall)
    enough = chosen["n_paired"] + chosen["n_unpaired"] >= DIM
    if not enough.any() or enough.all() or chosen.loc[enough, "upper"].max() > ROUNDING:
        return "What a linear latent space misses, over the pairs and over all responses"
    if chosen.loc[~enough, "lower"].min() <= ROUNDING:
        return "What a linear latent space misses, over the pairs and over all responses"
    return (f"With {DIM} responses, paired or not, the latent space of a {DIM}-dimensional plane is complete; with "
            "fewer it is not")


def _by_pairs(panel, recall, fidelity):
    for index, (m, chosen) in enumerate(_origin(recall).groupby("n_unpaired")):
        n = np.arange(1, chosen["n_paired"].max() + 1)
        panel.plot(n, expected_recall_error(DIM, n + m), color=COLOURS[index], linewidth=0.9)
        _points(panel, chosen["n_paired"], chosen, index, f"recall error, $m$ = {m}")
    chosen = _origin(fidelity)
    look = {"color": "black", "markersize": 3, "markeredgewidth": 0.7, "zorder": 5}
    panel.plot(chosen["n_paired"], chosen["mean"], "x", label="fidelity error, any $m$", **look)
    panel.set_xlabel("pairs $n$")
    panel.set_title("recall error, by pairs")
    panel.set_ylabel("distance")
    _axes(panel)


def _by_all(panel, recall):
    for index, (method, label) in enumerate(ABOUT.items(), start=2):
        chosen = recall[recall["method"] == method]
        if chosen.empty:
            continue
        responses = chosen["n_paired"] + chosen["n_unpaired"]
        exact = np.arange(responses.min(), responses.max() + 1)
        line = expected_recall_error(DIM, exact, centred=method == "mean")
        panel.plot(exact, line, color=COLOURS[index], linewidth=0.9)
        _points(panel, responses, chosen, index, f"components {label}")
    panel.axvline(DIM, color="0.4", linewidth=0.8, linestyle=":", label="dimension of the manifold")
    panel.set_xlabel("responses $N = n + m$")
    panel.set_title("recall error, by responses")
    _axes(panel)


def _price(panel, joint, recall):
    floors = _origin(recall).groupby("n_unpaired")
    for index, (m, chosen) in enumerate(_origin(joint).groupby("n_unpaired")):
        _points(panel, chosen["n_paired"], chosen, index, f"joint $W_1$, $m$ = {m}")
        if m in floors.groups:
            floor = floors.get_group(m)
            panel.plot(floor["n_paired"], floor["mean"], color=COLOURS[index], linewidth=0.9, linestyle="--",
                       label=f"its floor $R$, $m$ = {m}")
    panel.set_xlabel("pairs $n$")
    panel.set_title("joint $W_1$ (plug-in)")
    _axes(panel)


def _origin(summary):
    return summary[summary["method"] == "origin"]


def _points(panel, x, summary, index, label):
    """Means with their intervals."""
    ends = [summary["mean"] - summary["lower"], summary["upper"] - summary["mean"]]
    look = {"color": COLOURS[index], "marker": MARKERS[index], "linestyle": "none", "markersize": 3}
    panel.errorbar(x, summary["mean"], yerr=ends, elinewidth=0.8, label=label, **look)


def _axes(panel):
    panel.set_ylim(bottom=-0.04 * panel.get_ylim()[1])
    panel.set_xticks([tick for tick in (1, 3, 6, 9, 12, 15) if tick <= panel.get_xlim()[1]])
