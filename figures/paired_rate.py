"""Joint and conditional W1 of latents in excess of truth against truth over n, and the noise that it takes."""

from lsdm_stats.plots import curve, log_values, means, new_figure, size_axis, style

NAMES = {"exact": "exact transport", "energy": "energy score", "nearest": "nearest neighbours"}
TITLES = {"line": "X in $R^1$", "cube": "X in $R^3$"}
NOISES = {"noise_1": 1, "noise_2": 2, "exact": 6, "noise_16": 16}
BY = ["source", "method", "n_paired"]


def draw(table):
    """A row per measure and a column per population; last the number of noise variables at the largest n."""
    with style():
        figure = new_figure(7.2, 4.4)
        panels = figure.subplots(2, 3)
        rows = (("conditional_latent_w1", "conditional $W_1$"), ("joint", "joint $W_1$"))
        for row, (name, title) in zip(panels, rows, strict=True):
            summary = means(table, f"{name}.excess", BY)
            for panel, (source, where) in zip(row, TITLES.items(), strict=False):
                _rates(panel, summary[summary["source"] == source])
                panel.set_title(f"{title}, excess, {where}")
            _noises(row[2], summary[summary["n_paired"] == table["n_paired"].max()])
            row[2].set_title(f"{title}, excess, n = {table['n_paired'].max()}")
        panels[0, 0].legend()
        panels[0, 2].legend()
    return figure


def _rates(panel, summary):
    for index, (method, label) in enumerate(NAMES.items()):
        chosen = summary[summary["method"] == method]
        if not chosen.empty:
            curve(panel, chosen["n_paired"].tolist(), chosen, label=label, index=index)
    if not summary.empty:
        size_axis(panel, summary["n_paired"].tolist())
    log_values(panel)


def _noises(panel, summary):
    for index, (source, where) in enumerate(TITLES.items()):
        chosen = summary[(summary["source"] == source) & summary["method"].isin(NOISES)]
        chosen = chosen.assign(noise=chosen["method"].map(NOISES)).sort_values("noise")
        if not chosen.empty:
            curve(panel, chosen["noise"].tolist(), chosen, label=where, index=index)
    size_axis(panel, list(NOISES.values()), "noise variables")
