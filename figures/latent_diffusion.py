"""Distances of learned flows and diffusions beside their bounds, over n; joint W1 of all against LSDM; the control."""

from lsdm_stats.bounds import DroppedTerm, FlowBound, ScoreBound
from lsdm_stats.plots import COLOURS, MARKERS, curve, means, new_figure, size_axis, style

SOURCE, ROLL = "mixture", "swiss_roll"
PATH = {
    "$W_1$ of the ends": "flow.w1",
    "coupled ends": "flow.coupled",
    "E1.path": FlowBound(form="path"),
    "E1.sup": FlowBound(form="sup"),
    "velocity error": "flow.velocity_error",
}
STEPS = {
    "$W_1$ of the ends": "steps.w1",
    "coupled ends": "steps.coupled",
    "E1.path": FlowBound(form="steps"),
    "E1.sup": FlowBound(form="steps_sup"),
}
BOUNDS = {
    "flow": ("flow, midpoint", PATH),
    "flow_euler": ("flow, 20 Euler steps", STEPS),
    "score_ode": ("probability flow", {**PATH, "E2, $W_2$": ScoreBound(form="ode")}),
    "score_sde": ("reverse diffusion", {**STEPS, "E2, $W_2$": ScoreBound(form="sde")}),
}
LINES = ("$W_1$ of the ends", "coupled ends", "E1.path", "E1.sup", "E2, $W_2$", "velocity error")
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


def draw(table):
    """Above, medians over replicates with their range; below, joint W1, its excess, and the control.

    For Euler steps and the reverse diffusion the bounds are those of draws in steps, E1.steps and E1.steps_sup.
    """
    table = table[table["status"] == "ok"]
    with style():
        figure = new_figure(7.2, 4.6)
        grid = figure.subplots(2, 4)
        for panel in grid[0, 1:]:
            panel.sharey(grid[0, 0])
        for panel, (method, (title, quantities)) in zip(grid[0], BOUNDS.items(), strict=True):
            _bounds(panel, table[(table["source"] == SOURCE) & (table["method"] == method)], quantities)
            panel.set_title(title)
        grid[0, 0].set_ylabel("distance and bounds")
        for panel, (source, name) in zip(
            grid[1, :3], ((SOURCE, "joint_w1"), (SOURCE, "joint_w1.excess"), (ROLL, "joint_w1")), strict=True
        ):
            _consistency(panel, table[table["source"] == source], source, name)
            words = "joint $W_1$" + (", excess" if name.endswith("excess") else "")
            panel.set_title(f"{source.replace('_', ' ')}: {words}")
        _control(grid[1, 3], table[table["method"] == "shifted"])
        for place, row in (("upper", grid[0]), ("lower", grid[1, :3])):
            known = {}
            for panel in row:
                known |= dict(zip(*reversed(panel.get_legend_handles_labels()), strict=True))
            figure.legend(known.values(), known.keys(), loc=f"outside {place} center", ncols=6)
    return figure


def _wide(rows):
    return rows.pivot_table(index=["n_paired", "replicate"], columns="name", values="value").reset_index()


def _values(wide, quantity):
    """A stored value, or a bound of stored values."""
    if isinstance(quantity, str):
        return wide[quantity]
    return quantity.evaluate({name: wide[name] for name in quantity.inputs}).total


def _bounds(panel, rows, quantities):
    if rows.empty:
        panel.set_visible(False)
        return
    wide = _wide(rows)
    for label, quantity in quantities.items():
        groups = wide.assign(value=_values(wide, quantity)).groupby("n_paired")["value"]
        middle, least, most = groups.median(), groups.min(), groups.max()
        index = LINES.index(label)
        panel.errorbar(
            middle.index.tolist(),
            middle.tolist(),
            yerr=[(middle - least).tolist(), (most - middle).tolist()],
            label=label,
            color=COLOURS[index],
            marker=MARKERS[index],
            markersize=3,
            capsize=2,
            linestyle=":" if label == "velocity error" else "-",
        )
    panel.set_yscale("log")
    panel.yaxis.set_major_formatter("{x:g}")
    panel.yaxis.set_minor_formatter("")
    size_axis(panel, wide["n_paired"].tolist())


def _consistency(panel, rows, source, name):
    if rows.empty:
        panel.set_visible(False)
        return
    for index, (method, label) in enumerate(JOINT[source].items()):
        summary = means(rows[rows["method"] == method], name, ["n_paired"])
        if not summary.empty:
            curve(
                panel,
                summary["n_paired"].tolist(),
                summary,
                label=label,
                index=index,
                linestyle="--",
                markersize=3,
            )
    size_axis(panel, rows["n_paired"].tolist())


def _control(panel, rows):
    """W1 of the ends for a known error, the bound, and the bound with that error left out."""
    panel.set_title("control: known error")
    if rows.empty:
        return
    wide, whole = _wide(rows), FlowBound(form="path")
    bars = {
        "$W_1$": _values(wide, "flow.w1"),
        "E1.path": _values(wide, whole),
        "error\nleft out": _values(wide, DroppedTerm(bound=whole, term="error")),
    }
    for index, (label, values) in enumerate(bars.items()):
        panel.bar(label, values.mean(), color=COLOURS[(0, 2, 1)[index]])
