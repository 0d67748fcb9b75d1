"""Flows and diffusions over evaluations of their network, as multiples of what LSDM has in one step; and in seconds."""

import re

import numpy as np
import pandas as pd
from matplotlib.ticker import LogLocator

from lsdm_stats.inference import mean_interval, ratio_interval
from lsdm_stats.plots import COLOURS, MARKERS, headline, level_line, new_figure, shared_legend, style

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
TITLES = {JOINT: "joint latent $W_1$", CONDITIONAL: "conditional $W_1$"}
ENERGY, ONE_STEP = "energy score, one step", "LSDM, one step"
NEAR, FEW = 1.05, 2


def draw(table):
    """How many evaluations of their network flows and diffusions need to be as good as one step.

    Left and middle: joint and conditional W1 of latents by flows and diffusions over the evaluations of their
    network, divided by that of LSDM, which needs one; in the oracle's chart, one column per number of pairs n. Ratios
    of means over the same replicates with 95 % Fieller intervals, side by side; grey is up to 1.05 times, and a ring
    marks the least number of evaluations from which on a ratio is at most 1.05. The band is the energy score, which
    needs one evaluation too.

    Upper right: joint W1 against the time of a draw, means with 95 % t intervals. Lower right: distance to the manifold
    in the latent space of an autoencoder, as a ratio to LSDM's.
    """
    rows = table[table["status"] == "ok"]
    sizes = sorted(rows["n_paired"].unique())
    values = {n: _by_method(rows[rows["n_paired"] == n]) for n in sizes}
    with style():
        figure = new_figure(height=5.0)
        headline(figure, _finding(values))
        panels = figure.subplots(2, 3)
        for row, (name, title) in zip(panels, TITLES.items(), strict=True):
            for panel, n in zip(row[:2], sizes, strict=False):
                _ratios(panel, values[n], "oracle", name)
                panel.set_title(f"{title}, $n$ = {n:,}")
            for panel in row[len(sizes) : 2]:
                panel.set_axis_off()
            row[0].set_ylabel("ratio to LSDM's")
        _over_time(panels[0, 2], values[sizes[0]])
        panels[0, 2].set_title(f"joint latent $W_1$, $n$ = {sizes[0]:,}")
        if ("autoencoder/lsdm", "distance_to_manifold") in values[sizes[0]]:
            _ratios(panels[1, 2], values[sizes[0]], "autoencoder", "distance_to_manifold")
            panels[1, 2].set_title("autoencoder: distance to $M$, ratio")
        else:
            _ratios(panels[1, 2], values[sizes[0]], "oracle", "joint_w1")
            panels[1, 2].set_title("joint $W_1$ of responses, ratio")
        shared_legend(figure, panels.flat, loc="outside lower center", ncols=4)
    return figure


def _finding(values):
    """Every solver with few evaluations against LSDM in joint and conditional W1."""
    few = []
    for own in values.values():
        for name in TITLES:
            for matcher, solver in SOLVERS:
                found = _against_one_step(own, "oracle", matcher, solver, name)
                few += found.loc[found.index <= FEW].itertuples()
    if not few or min(one.lower for one in few) <= 1:
        return "Flows and diffusions over evaluations of their network, as multiples of LSDM's single one"
    least, most = (end(one.estimate for one in few) for end in (min, max))
    return (f"With {FEW} evaluations or fewer, flows and diffusions have {least:.1f} to {most:.1f} times the $W_1$ "
            "that LSDM has with one")


def _by_method(rows):
    """Values by replicate for every method and value name."""
    return {key: pd.Series(group["value"].to_numpy(), group["replicate"].to_numpy())
            for key, group in rows.groupby(["method", "name"])}


def _counts(values, method, solver, name):
    """Numbers of evaluations of a solver in the table."""
    pattern = re.compile(rf"{solver}_(\d+)\.{re.escape(name)}")
    return sorted({int(match[1]) for own, key in values if own == method and (match := pattern.fullmatch(key))})


def _ratio(values, of, over):
    """Interval of the ratio of two values, over the replicates that have both; None for fewer than two."""
    both = pd.concat([values.get(key, pd.Series(dtype=float)) for key in (of, over)], axis=1).dropna().to_numpy()
    return ratio_interval(both[:, 0], both[:, 1]) if len(both) > 1 else None


def _against_one_step(values, space, matcher, solver, name):
    """Estimate and interval of the ratio to LSDM's for every number of evaluations."""
    method, found = f"{space}/{matcher}", {}
    for count in _counts(values, method, solver, name):
        interval = _ratio(values, (method, f"{solver}_{count}.{name}"), (f"{space}/lsdm", name))
        if interval is not None:
            found[count] = (interval.estimate, interval.lower, interval.upper)
    return pd.DataFrame.from_dict(found, orient="index", columns=["estimate", "lower", "upper"])


def _ratios(panel, values, space, name):
    energy = _ratio(values, (f"{space}/energy", name), (f"{space}/lsdm", name))
    if energy is not None:
        summary = pd.DataFrame([{"mean": energy.estimate, "lower": energy.lower, "upper": energy.upper}])
        level_line(panel, summary, label=ENERGY, index=4)
    lowest, highest, ticks = 0.8, NEAR, set()
    for index, ((matcher, solver), label) in enumerate(SOLVERS.items()):
        found = _against_one_step(values, space, matcher, solver, name)
        if found.empty:
            continue
        estimate = found["estimate"].to_numpy()
        ticks |= set(found.index) if solver.endswith("euler") else set()
        lowest, highest = min(lowest, found["lower"].min()), max(highest, found["upper"].clip(upper=100).max())
        x = found.index.to_numpy() * 1.06 ** (index - 2.5)  # side by side
        lengths = [estimate - found["lower"].clip(lower=1e-3), found["upper"].clip(upper=1e3) - estimate]
        panel.errorbar(x, estimate, yerr=np.array(lengths), label=label, elinewidth=0.6, capsize=1, **_look(index))
        near = found["estimate"].le(NEAR)[::-1].cummin()[::-1].to_numpy()
        panel.plot(x[near][:1], estimate[near][:1], "o", markersize=8, fillstyle="none", color=COLOURS[PAINT[index]])
    panel.set_xscale("log")
    panel.set_yscale("log")
    panel.set_ylim(0.95 * lowest, 1.1 * highest)
    panel.axhspan(0.5 * lowest, NEAR, color="black", alpha=0.08, linewidth=0)
    panel.axhline(1, color=COLOURS[1], linewidth=1)
    panel.set_xticks(sorted(ticks), [str(count) for count in sorted(ticks)])
    panel.set_xticks([], minor=True)
    _plain(panel.yaxis)
    panel.set_xlabel("evaluations of the network")


def _over_time(panel, values):
    """Means against microseconds per draw."""
    for index, (matcher, solver) in enumerate(SOLVERS):
        method = f"oracle/{matcher}"
        places = [_place(values, method, f"{solver}_{count}.") for count in _counts(values, method, solver, JOINT)]
        if places:
            x, y, across, up = np.array(places).T
            panel.errorbar(x, y, xerr=across, yerr=up, elinewidth=0.6, capsize=1, **_look(index))
    if ("oracle/lsdm", JOINT) in values:
        x, y, across, up = _place(values, "oracle/lsdm", "")
        look = {"marker": "*", "markersize": 8, "color": COLOURS[1], "linestyle": "none", "zorder": 5}
        panel.errorbar([x], [y], xerr=[across], yerr=[up], label=ONE_STEP, **look)
    panel.set_xscale("log")
    panel.set_yscale("log")
    for axis in (panel.xaxis, panel.yaxis):
        _plain(axis)
    panel.set_xlabel("µs per draw")


def _place(values, method, prefix):
    """Mean microseconds and mean distance, then half the widths of their intervals."""
    seconds, distance = (values[method, f"{prefix}{name}"].to_numpy() for name in (SECONDS, JOINT))
    halves = [mean_interval(one).upper - one.mean() if len(one) > 1 else 0.0 for one in (seconds, distance)]
    return 1e6 * seconds.mean(), distance.mean(), 1e6 * halves[0], halves[1]


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
        "markersize": 2.5,
    }
