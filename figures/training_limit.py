"""Every measure over its mean with the usual budget, against the budget: one line per method, and the band of 5 %."""

from lsdm_stats.inference import ratio_interval
from lsdm_stats.plots import COLOURS, MARKERS, headline, new_figure, shared_legend, style

BUDGETS = {"half": 0.5, "usual": 1, "doubled": 2}
MATCHERS = {
    "exact": "exact transport",
    "critic": "critic",
    "local": "local transport",
    "sinkhorn": "Sinkhorn",
    "energy": "energy score",
    "flow": "flow matching",
    "score": "score matching",
    "mixture": "mixture density",
}
LATENTS = {"variational": "variational AE", "wasserstein": "Wasserstein AE"}
PAPER = {
    "joint_w1": "joint $W_1$",
    "latent_w1": "latent $W_1$",
    "reconstruction": "reconstruction",
    "distance_to_manifold": "distance to the manifold",
}
NEAR = 0.05
PANELS = (
    (MATCHERS, "latent_w1", 50, "matchers: joint $W_1$, $n$ = 50"),
    (MATCHERS, "latent_w1", 200, "matchers: joint $W_1$, $n$ = 200"),
    (LATENTS, "reconstruction", 50, "latents: reconstruction, $n$ = 50"),
    (LATENTS, "distance_to_manifold", 50, "latents: distance to $M$, $n$ = 50"),
)


def draw(table):
    """Whether the fits are at their statistical limit: what other training budgets change.

    Above: the mean of one measure with half and with twice the training budget over that with the usual one, method
    by method: joint W1 of latents for the matchers, at two numbers of pairs, and reconstruction and distance to the
    manifold for two other latent spaces. Below: twice the budget for the paper's method, by measure and sample size.
    Ratios of means over the same replicates with 95 % Fieller intervals; grey is within 5 % of the usual budget.
    """
    fits = table[table["status"] == "ok"]
    with style():
        figure = new_figure(height=6.6)
        *above, below = figure.subfigures(3, 1, height_ratios=(2.2, 1.9, 2.2))
        for part, kinds, columns in zip(above, (PANELS[:2], PANELS[2:]), (4, 2), strict=True):
            panels = part.subplots(1, 2)
            for panel, (methods, name, n, title) in zip(panels, kinds, strict=True):
                _over_budgets(panel, fits[(fits["name"] == name) & (fits["n_paired"] == n)], methods)
                panel.set_title(title)
                panel.set_xlabel("budget / usual budget")
            panels[0].set_ylabel("mean / usual mean")
            shared_legend(part, panels, loc="outside lower center", ncols=columns)
        headline(figure, _finding(_doubled(below.subplots(), fits)))
        shared_legend(below, below.axes, loc="outside lower center", ncols=4)
    return figure


def _finding(intervals):
    """`intervals` are of the doubled over the usual budget, by measure and size, for the paper's method."""
    if not intervals:
        return "What a longer or a shorter training changes"
    same = sum(abs(one.estimate - 1) <= NEAR or one.lower <= 1 <= one.upper for one in intervals.values())
    return (f"With twice the training budget {same} of {len(intervals)} measures of the paper's method stay within 5 % "
            "or their interval")


def _over_budgets(panel, rows, methods):
    """Lines through ratios of means over the same replicates, side by side."""
    panel.axhspan(1 - NEAR, 1 + NEAR, color="0.9", linewidth=0)
    panel.axhline(1.0, color="black", linewidth=0.8)
    for index, (method, label) in enumerate(methods.items()):
        values = _by_method(rows, [f"{method}/{budget}" for budget in BUDGETS])
        if values is None:
            continue
        places, centres, below, above = [], [], [], []
        for budget, factor in BUDGETS.items():
            at = factor * 1.045 ** (index - len(methods) / 2)
            usual = budget == "usual"
            interval = None if usual else ratio_interval(values[f"{method}/{budget}"], values[f"{method}/usual"])
            places.append(at)
            centres.append(1.0 if usual else interval.estimate)
            below.append(0.0 if usual else interval.estimate - interval.lower)
            above.append(0.0 if usual else interval.upper - interval.estimate)
        panel.errorbar(
            places,
            centres,
            yerr=[below, above],
            color=(*COLOURS, "0.55")[index],
            marker=(*MARKERS, "*")[index],
            linewidth=0.9,
            elinewidth=0.7,
            label=label,
        )
    panel.set_xscale("log")
    panel.set_xlim(0.38, 2.6)
    panel.set_xticks(list(BUDGETS.values()), [f"{factor:g}" for factor in BUDGETS.values()])
    panel.minorticks_off()


def _doubled(panel, fits):
    """Draw one row per measure, one mark per sample size; returns the intervals."""
    chosen = fits[fits["method"].isin(("usual", "doubled"))]
    sizes = sorted(set(zip(chosen["n_paired"], chosen["n_unpaired"], strict=True)))
    panel.axvspan(1 - NEAR, 1 + NEAR, color="0.9", linewidth=0)
    panel.axvline(1.0, color="black", linewidth=0.8)
    found = {}
    for index, (n, m) in enumerate(sizes):
        rows = chosen[(chosen["n_paired"] == n) & (chosen["n_unpaired"] == m)]
        for place, name in enumerate(PAPER):
            values = _by_method(rows[rows["name"] == name], ["usual", "doubled"])
            if values is None:
                continue
            interval = found[name, n, m] = ratio_interval(values["doubled"], values["usual"])
            ends = [[interval.estimate - interval.lower], [interval.upper - interval.estimate]]
            look = {"color": COLOURS[index % len(COLOURS)], "marker": MARKERS[index % len(MARKERS)]}
            label = f"$n$ = {n:,}, $m$ = {m:,}"
            panel.errorbar([interval.estimate], [place + 0.17 * index - 0.25], xerr=ends, label=label, linestyle="none",
                           **look)
    panel.set_yticks(range(len(PAPER)), PAPER.values())
    panel.set_ylim(len(PAPER) - 0.5, -0.5)
    panel.set_title("the paper's method: twice the budget")
    panel.set_xlabel("mean / usual mean")
    return found


def _by_method(rows, methods):
    """Values of one measure by replicate, for those that every one of the methods has; None for fewer than two."""
    wide = rows.pivot_table(index="replicate", columns="method", values="value")
    if not set(methods) <= set(wide.columns):
        return None
    complete = wide[methods].dropna()
    return complete if len(complete) > 1 else None
