"""Twice the training budget over the usual one: ratios of means with intervals, and the band of 5 %."""

from lsdm_stats.inference import ratio_interval
from lsdm_stats.plots import COLOURS, MARKERS, new_figure, style

NAMES = {
    "joint_w1": "joint $W_1$",
    "latent_w1": "latent $W_1$",
    "reconstruction": "reconstruction error",
    "distance_to_manifold": "distance to the manifold",
}


def draw(table):
    """One row per measure, one mark per sample size."""
    fits = table[table["status"] == "ok"]
    sizes = (
        fits[["n_paired", "n_unpaired"]]
        .drop_duplicates()
        .sort_values(["n_paired", "n_unpaired"])
        .itertuples(index=False)
    )
    with style():
        figure = new_figure(5.0, 2.4)
        panel = figure.subplots()
        panel.axvspan(0.95, 1.05, color="0.9", linewidth=0)
        panel.axvline(1.0, color="black", linewidth=0.8)
        for index, size in enumerate(sizes):
            chosen = fits[(fits["n_paired"] == size.n_paired) & (fits["n_unpaired"] == size.n_unpaired)]
            _marks(panel, chosen, index, f"n = {size.n_paired}, m = {size.n_unpaired}")
        panel.set_yticks(range(len(NAMES)), NAMES.values())
        panel.set_ylim(len(NAMES) - 0.5, -0.5)
        panel.set_xlabel("mean with twice the budget / mean with the usual budget")
        panel.legend(loc="center left", bbox_to_anchor=(1.0, 0.5))
    return figure


def _marks(panel, fits, index, label):
    """Ratio of means over the replicates that both budgets have."""
    for place, name in enumerate(NAMES):
        values = fits[fits["name"] == name].pivot_table(index="replicate", columns="method", values="value").dropna()
        if len(values) < 2 or set(values.columns) != {"usual", "doubled"}:
            continue
        interval = ratio_interval(values["doubled"], values["usual"])
        height = place + 0.15 * index - 0.2
        panel.plot([interval.lower, interval.upper], [height, height], color=COLOURS[index])
        panel.plot(interval.estimate, height, MARKERS[index], color=COLOURS[index], label=label if place == 0 else None)
