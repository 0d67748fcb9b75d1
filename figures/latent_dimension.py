"""Distance to the manifold against N for one to three latent dimensions, clipped and not, one panel per population."""

from lsdm_stats.plots import curve, headline, means, new_figure, ratio, shared_legend, size_axis, style

TITLES = {
    "circle": "circle ($d$ = 1), no noise",
    "swiss_roll": "swiss roll ($d$ = 2), no noise",
    "noisy_circle": "circle, noise 0.05",
    "noisy_roll": "swiss roll, noise 0.05",
}
METHODS = {"k1": ("$k$ = 1", 0), "k2": ("$k$ = 2", 1), "k3": ("$k$ = 3", 2), "pca2": ("components, $k$ = 2", 3)}
SPARE = {"circle": "k2", "swiss_roll": "k3"}  # one latent dimension more than the manifold has
DISTANCE, CLIPPED = "distance_to_manifold", "clipped.distance_to_manifold"
BY = ["n_unpaired"]
SMALLEST = 1e-5  # clipped points of principal components lie on the circle up to rounding, below what is shown


def draw(table):
    """Too few, enough and too many latent dimensions, as generated and clipped.

    Mean distance of generated points to the manifold over all responses N = n + m, for autoencoders of k = 1, 2 and
    3 latent dimensions and, on the circle, two principal components. Solid: as generated. Dashed, open marks: the same
    draws moved to the nearest training latent (clipped); with principal components these lie on the circle and are not
    shown. Means over replicates with 95 % t intervals, which are cut off at a tenth of the mean.
    """
    sources = [source for source in TITLES if (table["source"] == source).any()]
    n = int(table["n_paired"].iloc[0])
    with style():
        figure = new_figure(height=1.2 + 1.8 * -(-len(sources) // 2))
        headline(figure, _finding(table))
        grid = figure.subplots(-(-len(sources) // 2), 2, squeeze=False, sharey="row")
        panels = list(grid.flat)
        for panel, source in zip(panels, sources, strict=False):
            _distances(panel, table[table["source"] == source], n)
            panel.set_title(TITLES[source])
        for panel in panels[len(sources) :]:
            panel.set_axis_off()
        for panel in grid[-1]:
            panel.set_xlabel("responses $N = n + m$")
        for panel in grid[:, 0]:
            panel.set_ylabel("mean distance to $M$")
        shared_legend(figure, panels[: len(sources)], loc="outside lower center", ncols=4)
    return figure


def _finding(table):
    most = table["n_unpaired"].max()
    gains = [_gain(table[(table["source"] == source) & (table["n_unpaired"] == most)], method)
             for source, method in SPARE.items()]
    if any(gain is None or gain.lower <= 1 for gain in gains):
        return "Distance to the manifold for too few, enough and too many latent dimensions"
    least, largest = (end(gain.estimate for gain in gains) for end in (min, max))
    return (f"With a latent dimension too many and no noise, clipped points are {least:.0f} and {largest:.0f} times "
            "nearer to $M$")


def _gain(rows, method):
    """Unclipped over clipped distance of the same fits."""
    chosen = rows[(rows["method"] == method) & rows["name"].isin((DISTANCE, CLIPPED))]
    kinds = chosen.assign(kind=chosen["name"], name="distance")
    return ratio(kinds, "distance", {"kind": DISTANCE}, {"kind": CLIPPED})


def _distances(panel, rows, n):
    for method, (label, index) in METHODS.items():
        for name, how, line in (
            (DISTANCE, "", {"linestyle": "-"}),
            (CLIPPED, ", clipped", {"linestyle": "--", "markerfacecolor": "white"}),
        ):
            summary = means(rows[rows["method"] == method], name, BY)
            if len(summary) and summary["mean"].min() > SMALLEST:
                summary["lower"] = summary["lower"].clip(lower=summary["mean"] / 10)
                places = (summary["n_unpaired"] + n) * 1.03 ** (2 * index - 3 + bool(how))
                curve(panel, places.tolist(), summary, label=label + how, index=index, elinewidth=0.8, **line)
    panel.set_yscale("log")
    size_axis(panel, (rows["n_unpaired"] + n).tolist(), "")
