"""Every measure over its mean with the usual budget, against the budget: one line per method, and the band of 5 %."""

from lsdm_stats.inference import ratio_interval
from lsdm_stats.plots import COLOURS, MARKERS, new_figure, style

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
PANELS = (
    (MATCHERS, "latent_w1", 50, "matchers, n = 50: joint $W_1$ of latents"),
    (MATCHERS, "latent_w1", 200, "matchers, n = 200: joint $W_1$ of latents"),
    (LATENTS, "reconstruction", 50, "latents: reconstruction"),
    (LATENTS, "distance_to_manifold", 50, "latents: distance to the manifold"),
)


def draw(table):
    """Four panels of ratios over budgets; below, the doubled budget of the fits of geometric_fidelity by size."""
    fits = table[table["status"] == "ok"]
    with style():
        figure = new_figure(7.2, 5.6)
        panels = figure.subplot_mosaic("AABB;CCDD;EEEE", height_ratios=(1, 1, 0.8))
        for key, (methods, name, n, title) in zip("ABCD", PANELS, strict=True):
            panel = panels[key]
            _over_budgets(panel, fits[(fits["name"] == name) & (fits["n_paired"] == n)], methods)
            panel.set_title(title)
            panel.set_xlabel("budget / usual budget")
        for left, right in ("AB", "CD"):
            handles = panels[left].get_legend_handles_labels()
            if handles[0]:
                panels[right].legend(*handles, loc="center left", bbox_to_anchor=(1.0, 0.5))
        panels["A"].set_ylabel("mean / usual mean")
        panels["C"].set_ylabel("mean / usual mean")
        _doubled(panels["E"], fits)
    return figure


def _over_budgets(panel, rows, methods):
    """Lines through ratios of means over the same replicates, side by side."""
    panel.axhspan(0.95, 1.05, color="0.9", linewidth=0)
    panel.axhline(1.0, color="black", linewidth=0.8)
    for index, (method, label) in enumerate(methods.items()):
        values = _by_method(rows, [f"{method}/{budget}" for budget in BUDGETS])
        if values is None:
            continue
        places, centres, below, above = [], [], [], []
        for budget, factor in BUDGETS.items():
            at = factor * 1.03 ** (index - len(methods) / 2)
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
            color=COLOURS[index % len(COLOURS)],
            marker=MARKERS[index % len(MARKERS)],
            linestyle="-" if index < len(COLOURS) else "--",
            linewidth=0.9,
            capsize=2,
            label=label,
        )
    panel.set_xscale("log")
    panel.set_xlim(0.42, 2.4)
    panel.set_xticks(list(BUDGETS.values()), [f"{factor:g}" for factor in BUDGETS.values()])
    panel.minorticks_off()


def _doubled(panel, fits):
    """One row per measure, one mark per sample size."""
    chosen = fits[fits["method"].isin(("usual", "doubled"))]
    sizes = sorted(set(zip(chosen["n_paired"], chosen["n_unpaired"], strict=True)))
    panel.axvspan(0.95, 1.05, color="0.9", linewidth=0)
    panel.axvline(1.0, color="black", linewidth=0.8)
    for index, (n, m) in enumerate(sizes):
        rows = chosen[(chosen["n_paired"] == n) & (chosen["n_unpaired"] == m)]
        for place, name in enumerate(PAPER):
            values = _by_method(rows[rows["name"] == name], ["usual", "doubled"])
            if values is None:
                continue
            interval = ratio_interval(values["doubled"], values["usual"])
            height = place + 0.15 * index - 0.2
            label = f"n = {n}, m = {m}" if place == 0 else None
            panel.plot([interval.lower, interval.upper], [height, height], color=COLOURS[index])
            panel.plot(interval.estimate, height, MARKERS[index], color=COLOURS[index], label=label)
    panel.set_yticks(range(len(PAPER)), PAPER.values())
    panel.set_ylim(len(PAPER) - 0.5, -0.5)
    panel.set_title("the paper's method: twice the budget")
    panel.set_xlabel("mean / usual mean")
    if sizes:
        panel.legend(loc="center left", bbox_to_anchor=(1.0, 0.5))


def _by_method(rows, methods):
    """Values of one measure by replicate, for those that every one of the methods has; None for fewer than two."""
    wide = rows.pivot_table(index="replicate", columns="method", values="value")
    if not set(methods) <= set(wide.columns):
        return None
    complete = wide[methods].dropna()
    return complete if len(complete) > 1 else None
