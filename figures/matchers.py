"""Every matcher over the number of pairs, X on a line and in a cube; what a draw costs; and learnt latents."""

from lsdm_stats.plots import COLOURS, MARKERS, curve, level_line, means, new_figure, style

NAMES = {
    "exact": "exact transport",
    "ensemble": "ensemble of three",
    "exact_plain": "exact, plain",
    "ensemble_plain": "ensemble, plain",
    "grown": "exact, capacity grows",
    "grown_ensemble": "ensemble, capacity grows",
    "critic": "critic",
    "grown_critic": "critic, small",
    "local": "local transport",
    "sinkhorn": "Sinkhorn",
    "energy": "energy score",
    "flow": "flow matching",
    "score": "score matching",
    "mixture": "mixture density",
    "nearest": "nearest neighbours",
}
ORACLE, LEARNT, MIDDLE = "oracle", "autoencoder", 200
BY = ["method", "n_paired"]
EXCESS, JOINT = "conditional_latent_w1.excess", "latent_w1"
TITLES = {EXCESS: "conditional $W_1$, excess", JOINT: "joint $W_1$ of latents"}


def draw(table):
    """Two measures over n for each source; cost of a draw against the joint distance; the same matchers learnt."""
    with style():
        figure = new_figure(7.2, 5.0)
        panels = figure.subplots(2, 3)
        for row, source in zip(panels, ("line", "cube"), strict=True):
            rows = table[table["source"] == source]
            for panel, (name, title) in zip(row, TITLES.items(), strict=False):
                _curves(panel, rows, source, name)
                panel.set_title(f"{source}: {title}")
        line = table[(table["source"] == "line") & (table["n_paired"] == MIDDLE)]
        if line.empty:
            line = table[table["source"] == "line"]
        _costs(panels[0, 2], line)
        _learnt(panels[1, 2], line)
        handles, labels = panels[0, 0].get_legend_handles_labels()
        known = dict(zip(labels, handles, strict=True))
        known.update(zip(*reversed(panels[1, 0].get_legend_handles_labels()), strict=True))
        figure.legend(known.values(), known.keys(), loc="outside lower center", ncols=4)
    return figure


def _curves(panel, rows, source, name):
    summary = means(rows, name, BY)
    for index, (matcher, label) in enumerate(NAMES.items()):
        chosen = summary[summary["method"] == f"{ORACLE}/{matcher}"]
        if not chosen.empty:
            curve(panel, chosen["n_paired"].tolist(), chosen, label=label, index=index, **_line(index))
    if name == JOINT:
        level_line(panel, summary[summary["method"] == f"{ORACLE}/truth_{source}"].head(1), label="truth", index=6)
    panel.set_xscale("log")
    panel.set_yscale("log")
    panel.set_xlabel("pairs $n$")


def _costs(panel, rows):
    cost, distance = (_of(rows, name) for name in ("draw.seconds", "conditional_latent_w1"))
    for index, matcher in enumerate(NAMES):
        method = f"{ORACLE}/{matcher}"
        if method in cost.index:
            panel.plot(1e6 * cost[method], distance[method], _marker(index), color=_colour(index))
    panel.set_xscale("log")
    panel.set_xlabel("microseconds per draw")
    panel.set_title(f"line: conditional $W_1$, n = {rows['n_paired'].max()}")


def _learnt(panel, rows):
    joint, distance = (_of(rows, name) for name in ("joint_w1", "distance_to_manifold"))
    for index, matcher in enumerate(NAMES):
        method = f"{LEARNT}/{matcher}"
        if method in joint.index:
            panel.plot(distance[method], joint[method], _marker(index), color=_colour(index))
    panel.set_xlabel("distance to the manifold")
    panel.set_title(f"autoencoder: joint $W_1$, n = {rows['n_paired'].max()}")


def _of(rows, name):
    return means(rows, name, ["method"]).set_index("method")["mean"]


def _colour(index):
    return COLOURS[index % len(COLOURS)]


def _marker(index):
    return MARKERS[index % len(MARKERS)]


def _line(index):
    return {"linestyle": "-" if index < len(COLOURS) else "--", "linewidth": 0.9}
