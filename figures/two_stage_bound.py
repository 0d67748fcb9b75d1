"""Tightness of every line of the chain: right-hand side over measured joint W1, one dot per fit, medians marked."""

import numpy as np

from lsdm_stats import MasterBound
from lsdm_stats.plots import COLOURS, fits, headline, new_figure, style

FORMS = {
    "reconstructed": "reconstructed",
    "pushed": "pushed cost",
    "weighted": "weighted",
    "plan_weighted": "plan, weighted",
    "plan": "plan, modulus",
    "cross": "cross modulus",
}
LATENTS = {"pca": "principal components", "autoencoder": "autoencoder"}
CONTROL = "control: pushed\ncost without $R$"
TICKS = (0.5, 1, 2, 5, 10, 20)


def draw(table):
    """How tight every line of the two-stage bound is, on every fit.

    Every line of the chain A1 and A2, from the tightest to the loosest, over the measured joint W1 of the same fit:
    one dot per fit, bars at medians; theory requires at least 1 (black line) on every fit. Each right-hand side is a
    distance of latents or of decoded points plus the reconstruction error R. Last row: the control, which leaves R out
    and must fall below 1, on fits of principal components that cannot reconstruct.
    """
    rows = fits(table)
    sources = list(dict.fromkeys(table["source"]))
    with style():
        figure = new_figure(height=2.9)
        panels = figure.subplots(1, len(sources), sharey=True, sharex=True, squeeze=False)[0]
        bounds, controls = [], []
        for panel, source in zip(panels, sources, strict=True):
            panel.axvline(1.0, color="black", linewidth=0.8)
            for index, method in enumerate(LATENTS):
                chosen = rows[(rows["source"] == source) & (rows["method"] == method)]
                bounds += _dots(panel, chosen, index, LATENTS[method])
                controls += _control(panel, chosen) if method == "pca" else []
            panel.set_xscale("log")
            panel.set_xticks(TICKS, [f"{tick:g}" for tick in TICKS])
            panel.set_xticks([], minor=True)
            panel.set_title(source.replace("_", " "))
            panel.set_xlabel("bound / joint $W_1$")
        panels[0].set_yticks(range(len(FORMS) + 1), [*FORMS.values(), CONTROL], linespacing=0.8)
        panels[0].set_ylim(len(FORMS) + 0.5, -0.5)
        headline(figure, _finding(bounds, controls))
        handles, labels = panels[0].get_legend_handles_labels()
        known = dict(zip(labels, handles, strict=True))
        figure.legend(known.values(), known.keys(), loc="outside lower center", ncols=3)
    return figure


def _finding(bounds, controls):
    if not bounds or min(bounds) < 1 - 1e-8:
        return "How tight every line of the chain is: right-hand side over measured joint $W_1$"
    words = "Every line of the chain bounds joint $W_1$ on every fit"
    caught = bool(controls) and max(controls) < 1
    return words + ("; without the reconstruction error it does not" if caught else "")


def _dots(panel, rows, index, label):
    """Draw one latent space; returns all ratios."""
    if rows.empty:
        return []
    apart = np.linspace(-0.12, 0.12, len(rows)) + 0.36 * index - 0.18
    numbers = {name: rows[name].to_numpy() for name in rows.columns if rows[name].dtype == float}
    found = []
    for place, form in enumerate(FORMS):
        ratio = np.asarray(MasterBound(form=form).evaluate(numbers).total) / numbers["joint_w1"]
        panel.plot(ratio, place + apart, ".", markersize=2, alpha=0.4, color=COLOURS[index])
        look = {"color": COLOURS[index], "markersize": 7, "markeredgewidth": 1.6, "linestyle": "none"}
        panel.plot(np.median(ratio), place + 0.36 * index - 0.18, "|", label=label, **look)
        found += ratio.tolist()
    return found


def _control(panel, rows):
    """Draw the chain without R where principal components cannot reconstruct; returns its ratios."""
    if rows.empty or (rows["reconstruction"] <= 1e-6).any():
        return []
    ratio = (rows["pushed_cost"] / rows["joint_w1"]).to_numpy()
    places = len(FORMS) + np.linspace(-0.12, 0.12, len(rows))
    panel.plot(ratio, places, ".", markersize=2, alpha=0.5, color=COLOURS[6])
    panel.plot(np.median(ratio), len(FORMS), "|", color=COLOURS[6], markersize=7, markeredgewidth=1.6)
    return ratio.tolist()
