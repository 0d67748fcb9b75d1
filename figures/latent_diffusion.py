"""Distances of learned flows and diffusions beside their bounds, over n; joint W1 of all against LSDM; the control."""

import numpy as np

from lsdm_stats.bounds import DroppedTerm, FlowBound, ScoreBound
from lsdm_stats.inference import mean_interval
from lsdm_stats.plots import COLOURS, MARKERS, curve, fits, headline, means, new_figure, shared_legend, size_axis, style

SOURCE, ROLL = "mixture", "swiss_roll"
ENDS, COUPLED = "$W_1$ of the ends", "coupled ends"
PATH = {
    ENDS: "flow.w1",
    COUPLED: "flow.coupled",
    "E1.path": FlowBound(form="path"),
    "E1.sup": FlowBound(form="sup"),
    "velocity error": "flow.velocity_error",
}
STEPS = {
    ENDS: "steps.w1",
    COUPLED: "steps.coupled",
    "E1.path": FlowBound(form="steps"),
    "E1.sup": FlowBound(form="steps_sup"),
}
BOUNDS = {
    "flow": ("flow, midpoint", PATH),
    "flow_euler": ("flow, 20 Euler", STEPS),
    "score_ode": ("probability flow", {**PATH, "E2, $W_2$": ScoreBound(form="ode")}),
    "score_sde": ("reverse diffusion", {**STEPS, "E2, $W_2$": ScoreBound(form="sde")}),
}
LINES = (ENDS, COUPLED, "E1.path", "E1.sup", "E2, $W_2$", "velocity error")
JOINT = {
    ROLL: {"lsdm": "LSDM", "ldm": "probability flow", "latent_flow": "flow"},
    SOURCE: {
        "lsdm_pca": "LSDM",
        "score_ode": "probability flow",
        "flow": "flow",
        "score_sde": "reverse diffusion",
        "flow_euler": "flow, Euler",
    },
}
BELOW = ((SOURCE, "joint_w1", "mixture: joint $W_1$"), (SOURCE, "joint_w1.excess", "mixture: excess"),
         (ROLL, "joint_w1", "swiss roll: joint $W_1$"))


def draw(table):
    """Learned flows and diffusions: the distance to the true path's end, and its bounds.

    Above, for four ways to draw from a learned path: W1 between its end and that of the true path, the same for
    coupled ends, and the bounds E1 and E2 on it, along the path and with its largest modulus; medians over fits with
    their range. For Euler steps and the reverse diffusion the bounds are those of draws in steps, E1.steps and
    E1.steps_sup.

    Below: joint W1 of the same and of LSDM, its excess over truth against truth, and joint W1 on the swiss roll; means
    with 95 % t intervals. Last, the control: an error that is known, its bound, and the bound with that error dropped,
    which is 0 (means with 95 % t intervals).
    """
    rows = fits(table)
    with style():
        figure = new_figure(height=4.6)
        top, bottom = figure.subfigures(2, 1)
        upper, lower = top.subplots(1, 4, sharey=True), bottom.subplots(1, 4)
        ratios = []
        for panel, (method, (title, quantities)) in zip(upper, BOUNDS.items(), strict=True):
            ratios += _bounds(panel, rows[(rows["source"] == SOURCE) & (rows["method"] == method)], quantities)
            panel.set_title(title)
        headline(figure, _finding(ratios))
        upper[0].set_ylabel("distance and bounds")
        for panel, (source, name, title) in zip(lower, BELOW, strict=False):
            _consistency(panel, table[table["source"] == source], source, name)
            panel.set_title(title)
        lower[0].set_ylabel("distance")
        _control(lower[3], rows[rows["method"] == "shifted"])
        shared_legend(top, upper, loc="outside lower center", ncols=6)
        shared_legend(bottom, lower[:3], loc="outside lower center", ncols=5)
    return figure


def _finding(ratios):
    """`ratios` are of W1 of the ends over every bound, fit by fit."""
    if not ratios or max(ratios) > 1 + 1e-8:
        return "Learned flows and diffusions: distances beside their bounds, and joint $W_1$ beside LSDM's"
    return "The error of the velocity along the path bounds $W_1$ on every fit, the largest modulus only loosely"


def _values(rows, quantity):
    """A stored value, or a bound of stored values."""
    if isinstance(quantity, str):
        return rows[quantity]
    return quantity.evaluate({name: rows[name] for name in quantity.inputs}).total


def _bounds(panel, rows, quantities):
    """Draw medians with ranges; returns W1 of the ends over each bound."""
    if rows.empty:
        panel.set_axis_off()
        return []
    ratios = []
    for label, quantity in quantities.items():
        values = _values(rows, quantity)
        if not isinstance(quantity, str):
            ratios += (_values(rows, quantities[ENDS]) / values).tolist()
        groups = rows.assign(value=values).groupby("n_paired")["value"]
        middle, least, most = groups.median(), groups.min(), groups.max()
        index = LINES.index(label)
        panel.errorbar(
            middle.index.to_numpy() * 1.09 ** (index - 2.5),
            middle.tolist(),
            yerr=[(middle - least).tolist(), (most - middle).tolist()],
            label=label,
            color=COLOURS[index],
            marker=MARKERS[index],
            markersize=3,
            elinewidth=0.8,
            linestyle=":" if label == "velocity error" else "-",
        )
    panel.set_yscale("log")
    panel.yaxis.set_major_formatter("{x:g}")
    panel.yaxis.set_minor_formatter("")
    size_axis(panel, rows["n_paired"].tolist())
    return ratios


def _consistency(panel, rows, source, name):
    if rows.empty:
        panel.set_axis_off()
        return
    for index, (method, label) in enumerate(JOINT[source].items()):
        summary = means(rows[rows["method"] == method], name, ["n_paired"])
        if not summary.empty:
            places = (summary["n_paired"] * 1.09 ** (index - 2)).tolist()
            curve(panel, places, summary, label=label, index=index, linestyle="--", markersize=3, elinewidth=0.8)
    if name.endswith("excess"):
        panel.axhline(0, color="black", linewidth=0.8)
    size_axis(panel, rows["n_paired"].tolist())


def _control(panel, rows):
    """W1 of the ends for a known error, the bound, and the bound with that error left out."""
    panel.set_title("control: known error")
    panel.grid(visible=False, axis="x")
    if rows.empty:
        return
    whole = FlowBound(form="path")
    bars = {
        "$W_1$": _values(rows, "flow.w1"),
        "bound": _values(rows, whole),
        "dropped": _values(rows, DroppedTerm(bound=whole, term="error")),
    }
    for index, (label, values) in enumerate(bars.items()):
        found = np.asarray(values, dtype=float)
        half = mean_interval(found).upper - found.mean() if len(found) > 1 else 0.0
        panel.bar(label, found.mean(), yerr=half, color=COLOURS[(0, 2, 1)[index]], ecolor="0.35")
