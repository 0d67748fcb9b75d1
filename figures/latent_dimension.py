"""Distance to the manifold against N for one to three latent dimensions, clipped and not, one panel per population."""

from lsdm_stats.plots import curve, means, new_figure, style

TITLES = {
    "circle": "circle ($d$ = 1), no noise",
    "swiss_roll": "swiss roll ($d$ = 2), no noise",
    "noisy_circle": "circle, noise .05",
    "noisy_roll": "swiss roll, noise .05",
}
METHODS = {"k1": ("$k$ = 1", 0), "k2": ("$k$ = 2", 1), "k3": ("$k$ = 3", 2), "pca2": ("components, $k$ = 2", 3)}
BY = ["n_unpaired"]
SMALLEST = 1e-5  # clipped points of principal components lie on the circle up to rounding, below what is shown


def draw(table):
    """Solid: as generated. Dashed: the same draws moved to the nearest training latent."""
    sources = [source for source in TITLES if (table["source"] == source).any()]
    n = int(table["n_paired"].iloc[0])
    with style():
        figure = new_figure(1.9 + 1.75 * len(sources), 2.7)
        panels = figure.subplots(1, len(sources), squeeze=False, sharey=True)[0]
        for panel, source in zip(panels, sources, strict=True):
            for method, (label, index) in METHODS.items():
                chosen = table[(table["source"] == source) & (table["method"] == method)]
                for name, how, line in (
                    ("distance_to_manifold", "", {"linestyle": "-"}),
                    ("clipped.distance_to_manifold", ", clipped", {"linestyle": "--", "markerfacecolor": "white"}),
                ):
                    summary = means(chosen, name, BY)
                    if len(summary) and summary["mean"].min() > SMALLEST:
                        summary["lower"] = summary["lower"].clip(lower=summary["mean"] / 10)
                        curve(
                            panel, (summary["n_unpaired"] + n).tolist(), summary, label=label + how, index=index, **line
                        )
            panel.set_xscale("log")
            panel.set_yscale("log")
            panel.set_title(TITLES[source])
            panel.set_xlabel("responses $N = n + m$")
            sizes = sorted(table["n_unpaired"].unique() + n)
            panel.set_xticks(sizes, [f"{size:,}" for size in sizes])
            panel.minorticks_off()
        panels[0].set_ylabel("mean distance to the manifold")
        entries = {}
        for panel in panels:
            handles, labels = panel.get_legend_handles_labels()
            entries.update(dict(zip(labels, handles, strict=True)))
        figure.legend(entries.values(), entries.keys(), loc="outside lower center", ncols=4)
    return figure
