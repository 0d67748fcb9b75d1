"""What moved unpaired responses do: the reconstruction error with its bounds, geometry and joint W1."""

import numpy as np

from lsdm_stats.bounds import StageOneBound
from lsdm_stats.plots import COLOURS, MARKERS, means, new_figure, style

INPUTS = ("training_reconstruction", "residual_lipschitz", "responses_error", "unpaired_share", "shift")
BY = ["source", "n_unpaired"]


def draw(table):
    """By the length of the move, by the share of moved responses for two lengths, and what is generated."""
    table = table[table["method"] == "oracle"]
    rows = table[table["status"] == "ok"].pivot_table(
        index=[*BY, "replicate"], columns="name", values="value"
    )
    mean = rows.groupby(level=BY).mean().reset_index()
    for form, name in (("shift", "with"), ("uniform", "without")):
        numbers = {key: mean[key].to_numpy() for key in INPUTS}
        mean[name] = StageOneBound(form=form).evaluate(numbers).total
    shares, lengths = sorted(mean["unpaired_share"].unique()), sorted(mean["shift"].unique())
    with style():
        figure = new_figure(7.2, 2.4)
        left, middle, beyond, right = figure.subplots(1, 4)
        largest = mean[mean["unpaired_share"] == shares[-1]].sort_values("shift")
        _errors(left, largest, "shift", f"$m/N$ = {shares[-1]:g}")
        left.set_xlabel("length of the move $|v|$")
        left.set_ylabel("reconstruction error")
        left.legend(loc="upper left", fontsize=5)
        for panel, length in ((middle, min(lengths, key=lambda one: abs(one - 1))), (beyond, lengths[-1])):
            chosen = mean[mean["shift"] == length].sort_values("unpaired_share")
            _errors(panel, chosen, "unpaired_share", f"$|v|$ = {length:.2g}")
            panel.set_xlabel("share of moved $m/N$")
        _generated(right, table, largest, shares[-1])
    return figure


def _errors(panel, rows, over, title):
    panel.plot(rows[over], rows["with"], color=COLOURS[0], label="bound D2.shift")
    panel.plot(rows[over], rows["without"], color=COLOURS[1], linestyle="--", label="without its shift term")
    panel.plot(rows[over], rows["training_reconstruction"], color="0.5", linestyle=":", label="training responses")
    panel.plot(rows[over], rows["reconstruction.law"], "o", color="black", markersize=3, label="law of the pairs")
    panel.set_title(title)
    panel.set_ylim(bottom=0)


def _generated(panel, table, largest, share):
    lengths = dict(zip(largest["source"], largest["shift"], strict=True))
    chosen = table[table["n_unpaired"] == largest["n_unpaired"].iloc[0]]
    for index, (name, label) in enumerate((("joint_w1", "joint $W_1$ (plug-in)"),
                                           ("distance_to_manifold", "distance to the circle"))):
        summary = means(chosen, name, ["source"])
        summary = summary.assign(length=summary["source"].map(lengths)).sort_values("length")
        errors = np.array([summary["mean"] - summary["lower"], summary["upper"] - summary["mean"]])
        panel.errorbar(summary["length"], summary["mean"], yerr=errors, color=COLOURS[2 + index],
                       marker=MARKERS[index], capsize=2, label=label)
    panel.set_ylim(bottom=0)
    panel.set_xlabel("length of the move $|v|$")
    panel.set_title(f"generated, $m/N$ = {share:g}")
    panel.legend(loc="upper left", fontsize=5)
