"""Every matcher over the number of pairs, in oracle latents and in those of an autoencoder; what a draw costs."""

from lsdm_stats.plots import COLOURS, MARKERS, curve, level_line, means, new_figure, style

NAMES = {
    "exact": "exact transport",
    "critic": "critic",
    "local": "local transport",
    "sinkhorn": "Sinkhorn",
    "energy": "energy score",
    "flow": "flow matching",
    "score": "score matching",
    "mixture": "mixture density",
    "nearest": "nearest neighbours",
}
ORACLE, LEARNT = "oracle", "autoencoder"
BY = ["method", "n_paired"]
PANELS = (
    (ORACLE, "conditional_latent_w1.excess", "oracle: conditional $W_1$, excess"),
    (ORACLE, "latent_w1", "oracle: joint $W_1$ of latents"),
    (LEARNT, "joint_w1", "autoencoder: joint $W_1$"),
    (LEARNT, "conditional_w1.excess", "autoencoder: conditional $W_1$, excess"),
    (LEARNT, "distance_to_manifold", "autoencoder: distance to the manifold"),
)


def draw(table):
    """Five measures over n, and the cost of a draw against the conditional distance at the largest n."""
    with style():
        figure = new_figure(7.2, 4.8)
        panels = figure.subplots(2, 3).flat
        for panel, (latent, name, title) in zip(panels, PANELS, strict=False):
            _curves(panel, means(table, name, BY), latent)
            panel.set_xscale("log")
            panel.set_xlabel("pairs $n$")
            panel.set_title(title)
        last = panels[len(PANELS)]
        _costs(last, table)
        handles, labels = panels[0].get_legend_handles_labels()
        figure.legend(handles, labels, loc="outside lower center", ncols=5)
    return figure


def _curves(panel, summary, latent):
    for index, (matcher, label) in enumerate(NAMES.items()):
        chosen = summary[summary["method"] == f"{latent}/{matcher}"]
        if not chosen.empty:
            curve(panel, chosen["n_paired"].tolist(), chosen, label=label, index=index, **_line(index))
    floor = summary[summary["method"] == f"{latent}/truth"]
    level_line(panel, floor.head(1), label="truth against truth", index=6)


def _costs(panel, table):
    largest = table[table["n_paired"] == table["n_paired"].max()]
    cost, distance = (
        means(largest, name, ["method"]).set_index("method")["mean"]
        for name in ("draw.seconds", "conditional_latent_w1")
    )
    for index, matcher in enumerate(NAMES):
        method = f"{ORACLE}/{matcher}"
        if method in cost.index:
            colour, marker = COLOURS[index % len(COLOURS)], MARKERS[index % len(MARKERS)]
            panel.plot(1e6 * cost[method], distance[method], marker, color=colour)
    panel.set_xscale("log")
    panel.set_xlabel("microseconds per draw")
    panel.set_title(f"oracle: conditional $W_1$, n = {table['n_paired'].max()}")


def _line(index):
    return {"linestyle": "-" if index < len(COLOURS) else "--", "linewidth": 0.9}
