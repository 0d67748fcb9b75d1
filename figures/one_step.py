"""Flows and diffusions over evaluations of their network, as multiples of what LSDM has in one step; and in seconds."""

import pandas as pd
from matplotlib.ticker import LogLocator

from lsdm_stats.inference import ratio_interval
from lsdm_stats.plots import COLOURS, MARKERS, level_line, means, new_figure, style

SOLVERS = {
    ("flow", "euler"): "flow, Euler",
    ("flow", "midpoint"): "flow, midpoint",
    ("score", "ode_euler"): "probability flow, Euler",
    ("score", "ode_midpoint"): "probability flow, midpoint",
    ("score", "sde_euler"): "reverse diffusion, Euler",
    ("score", "sde_midpoint"): "reverse diffusion, midpoint",
}
PAINT = (0, 0, 2, 2, 3, 3)
JOINT, CONDITIONAL, SECONDS = "latent_w1", "conditional_latent_w1", "draw.seconds"
ENERGY, ONE_STEP = "energy score, one step", "LSDM, one step"
NEAR = 1.05


def draw(table):
    """Ratios of means over the same replicates with Fieller intervals; up to 1.05 is grey.

    One column per n in the oracle's chart; last, W1 against time, and the distance to the manifold in the latent space
    of an autoencoder. Rings: the least number of evaluations from which on all ratios are at most 1.05.
    """
    table = table[table["status"] == "ok"]
    sizes = sorted(table["n_paired"].unique())
    first = table[table["n_paired"] == sizes[0]]
    with style():
        figure = new_figure(7.2, 4.8)
        panels = figure.subplots(2, 3)
        titles = {JOINT: "joint latent $W_1$", CONDITIONAL: "conditional $W_1$"}
        for row, (name, title) in zip(panels, titles.items(), strict=True):
            for panel, n in zip(row[:2], sizes, strict=False):
                _ratios(panel, table[table["n_paired"] == n], "oracle", name)
                panel.set_title(f"n = {n}: {title}, ratio")
            for panel in row[len(sizes) : 2]:
                panel.set_visible(False)
        _over_time(panels[0, 2], first)
        panels[0, 2].set_title(f"n = {sizes[0]}: joint latent $W_1$")
        if table["method"].str.startswith("autoencoder").any():
            _ratios(panels[1, 2], first, "autoencoder", "distance_to_manifold")
            panels[1, 2].set_title("autoencoder: distance to $M$, ratio")
        else:
            _ratios(panels[1, 2], first, "oracle", "joint_w1")
            panels[1, 2].set_title("joint $W_1$ of responses, ratio")
        known = {}
        for panel in (panels[0, 0], panels[0, 2]):
            known |= dict(zip(*reversed(panel.get_legend_handles_labels()), strict=True))
        labels = [label for label in (*SOLVERS.values(), ENERGY, ONE_STEP) if label in known]
        figure.legend([known[label] for label in labels], labels, loc="outside lower center", ncols=4)
    return figure


def _replicates(rows, method, name):
    chosen = rows[(rows["method"] == method) & (rows["name"] == name)]
    return chosen.set_index("replicate")["value"]


def _counts(rows, solver, name):
    """Numbers of evaluations of a solver in the table."""
    found = rows["name"].str.extract(rf"^{solver}_(\d+)\.{name}$")[0].dropna()
    return sorted({int(count) for count in found})


def _against_one_step(rows, space, matcher, solver, name):
    """Estimate and interval of the ratio to LSDM's for every number of evaluations."""
    one_step, found = _replicates(rows, f"{space}/lsdm", name), {}
    for count in _counts(rows, solver, name):
        both = pd.concat([_replicates(rows, f"{space}/{matcher}", f"{solver}_{count}.{name}"), one_step], axis=1)
        values = both.dropna().to_numpy()
        if len(values) > 1:
            interval = ratio_interval(values[:, 0], values[:, 1])
            found[count] = (interval.estimate, interval.lower, interval.upper)
    return pd.DataFrame.from_dict(found, orient="index", columns=["estimate", "lower", "upper"])


def _ratios(panel, rows, space, name):
    _energy(panel, rows, space, name)
    lowest, highest = 0.8, NEAR
    for index, ((matcher, solver), label) in enumerate(SOLVERS.items()):
        found = _against_one_step(rows, space, matcher, solver, name)
        if found.empty:
            continue
        lowest, highest = min(lowest, found["estimate"].min()), max(highest, found["estimate"].max())
        x = found.index.to_numpy() * 1.05 ** (index - 2.5)  # side by side
        lengths = [
            found["estimate"] - found["lower"].clip(lower=1e-3),
            found["upper"].clip(upper=1e3) - found["estimate"],
        ]
        panel.errorbar(
            x,
            found["estimate"].to_numpy(),
            yerr=[part.to_numpy() for part in lengths],
            label=label,
            capsize=1.5,
            elinewidth=0.6,
            **_look(index),
        )
        near = found["estimate"].le(NEAR)[::-1].cummin()[::-1].to_numpy()
        panel.plot(
            x[near][:1],
            found["estimate"].to_numpy()[near][:1],
            marker="o",
            markersize=9,
            fillstyle="none",
            linestyle="none",
            color=COLOURS[PAINT[index]],
        )
    panel.set_xscale("log")
    panel.set_yscale("log")
    panel.set_ylim(0.8 * lowest, 1.25 * highest)
    panel.axhspan(0.8 * lowest, NEAR, color="black", alpha=0.08, linewidth=0)
    panel.axhline(1, color=COLOURS[1], linewidth=1)
    ticks = _counts(rows, "euler", name)
    panel.set_xticks(ticks, [str(count) for count in ticks], minor=False)
    panel.set_xticks([], minor=True)
    _plain(panel.yaxis)
    panel.set_xlabel("evaluations of the network")


def _energy(panel, rows, space, name):
    """One evaluation as well: the energy score over LSDM."""
    both = pd.concat([_replicates(rows, f"{space}/{matcher}", name) for matcher in ("energy", "lsdm")], axis=1).dropna()
    if len(both) > 1:
        interval = ratio_interval(*both.to_numpy().T)
        summary = pd.DataFrame([{"mean": interval.estimate, "lower": interval.lower, "upper": interval.upper}])
        level_line(panel, summary, label=ENERGY, index=4)


def _over_time(panel, rows):
    """Means against microseconds per draw."""
    for index, (matcher, solver) in enumerate(SOLVERS):
        chosen = rows[rows["method"] == f"oracle/{matcher}"]
        places = [
            [means(chosen, f"{solver}_{count}.{name}", ["method"])["mean"].iloc[0] for name in (SECONDS, JOINT)]
            for count in _counts(chosen, solver, JOINT)
        ]
        if places:
            cost, distance = zip(*places, strict=True)
            panel.plot([1e6 * seconds for seconds in cost], distance, **_look(index))
    one_step = rows[rows["method"] == "oracle/lsdm"]
    cost, distance = (means(one_step, name, ["method"])["mean"] for name in (SECONDS, JOINT))
    look = {"marker": "*", "markersize": 9, "color": COLOURS[1], "linestyle": "none"}
    panel.plot(1e6 * cost, distance, label=ONE_STEP, **look)
    panel.set_xscale("log")
    panel.set_yscale("log")
    for axis in (panel.xaxis, panel.yaxis):
        _plain(axis)
    panel.set_xlabel("microseconds per draw")


def _plain(axis):
    """Numbers at 1, 2 and 5 times powers of ten."""
    axis.set_major_locator(LogLocator(subs=(1, 2, 5)))
    axis.set_major_formatter("{x:g}")
    axis.set_minor_formatter("")


def _look(index):
    return {
        "color": COLOURS[PAINT[index]],
        "marker": MARKERS[index % 2],
        "linestyle": "--" if index % 2 == 0 else "-",
        "linewidth": 0.9,
        "markersize": 3,
    }
