"""Recall error of linear latent spaces by pairs and by all responses, beside fidelity and joint W1."""

import numpy as np

from lsdm_stats.bounds import expected_recall_error
from lsdm_stats.plots import COLOURS, MARKERS, means, new_figure, style

DIM = 6
BY = ["method", "n_paired", "n_unpaired"]
ABOUT = {"origin": "about the origin", "mean": "about the mean"}


def draw(table):
    """Left: by pairs, with and without unpaired responses. Middle: by all responses. Right: joint W1 and its floor."""
    names = ("reconstruction", "joint_w1", "distance_to_manifold")
    recall, joint, fidelity = (means(table, name, BY) for name in names)
    with style():
        figure = new_figure(7.2, 2.9)
        by_pairs, by_all, price = figure.subplots(1, 3)
        _by_pairs(by_pairs, recall, fidelity)
        _by_all(by_all, recall)
        _price(price, joint, recall)
        for panel in (by_pairs, by_all, price):
            panel.legend(loc="upper center", bbox_to_anchor=(0.5, -0.2), fontsize=5.5)
    return figure


def _by_pairs(panel, recall, fidelity):
    for index, (m, chosen) in enumerate(_origin(recall).groupby("n_unpaired")):
        n = np.arange(1, chosen["n_paired"].max() + 1)
        panel.plot(n, expected_recall_error(DIM, n + m), color=COLOURS[index], linewidth=0.9)
        _points(panel, chosen["n_paired"], chosen, index, f"recall error, $m$ = {m} (line: exact)")
    chosen = _origin(fidelity)
    look = {"color": "black", "markersize": 3, "markeredgewidth": 0.7, "zorder": 5}
    panel.plot(chosen["n_paired"], chosen["mean"], "x", label="fidelity error, any $m$", **look)
    panel.set_xlabel("pairs $n$")
    panel.set_title("recall error, by pairs")
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
        _points(panel, responses, chosen, index, f"components {label} (line: exact)")
    panel.axvline(DIM, color="0.6", linewidth=0.8, linestyle=":", label="dimension of the manifold")
    panel.set_xlabel("responses $N = n + m$")
    panel.set_title("recall error, by all responses")
    _axes(panel)


def _price(panel, joint, recall):
    floors = _origin(recall).groupby("n_unpaired")
    for index, (m, chosen) in enumerate(_origin(joint).groupby("n_unpaired")):
        floor = floors.get_group(m)
        panel.plot(floor["n_paired"], floor["mean"], color=COLOURS[index], linewidth=0.9, linestyle="--")
        _points(panel, chosen["n_paired"], chosen, index, f"joint $W_1$, $m$ = {m} (dashes: its floor $R$)")
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
