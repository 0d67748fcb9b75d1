"""Latent or ambient: bounds against noise, errors against noise and against n, and the distance to the sheet."""

from lsdm_stats.plots import curve, headline, means, new_figure, ratio, size_axis, style

BOUNDS = (
    ("bound.a_priori", "D3 a priori", 0, "-"),
    ("bound.ambient", "D4 a priori", 1, "-"),
    ("bound.a_posteriori", "D3 a posteriori", 0, "--"),
    ("bound.ambient_a_posteriori", "ambient a posteriori (D1)", 1, "--"),
)
COLOUR = {"latent": 0, "ambient": 1}
SHOWN = ("middle", "strong", "weak", "none")  # noise of the panel over n: the first that the table has


def draw(table):
    """Whether to generate in a latent space, or in the space of the responses.

    Latent in blue, ambient in vermilion. Above on the left the bounds over the strength of the noise, a priori
    (solid) and a posteriori (dashed); on the right the truth in both spaces: its plug-in joint W1 (solid), and dotted
    what it cannot be below: any latent generator is at least R from the truth, the memory of n points at least B5. The
    ambient truth has no error at all (black), so that plug-in distances mislead here. Below on the left a memory of the
    pairs over n, with its bound from above and what is certain from below; on the right the mean distance to the sheet,
    which is the noise-free manifold; dotted: the same by a network.

    Means over replicates with 95 % t intervals, mostly narrower than their marks.
    """
    table = table[table["status"] == "ok"]
    with_truth = table[table["method"] == "ambient_truth"]
    n = int((table if with_truth.empty else with_truth)["n_paired"].max())
    at_n = table[table["n_paired"] == n]
    noise = means(at_n[at_n["method"] == "ambient_memory"], "distance_to_sheet.response", ["source"])
    lengths = dict(zip(noise["source"], noise["mean"], strict=True))
    shown = next((source for source in SHOWN if source in lengths), table["source"].iloc[0])
    with style():
        figure = new_figure(height=5.4)
        headline(figure, _finding(at_n))
        (bounds, errors), (sizes, sheet) = figure.subplots(2, 2)
        for name, label, index, dashes in BOUNDS:
            _over_noise(bounds, at_n, name, "latent_memory", lengths, label, index, dashes)
        bounds.set(title=f"upper bounds, $n$ = {n:,}", ylabel="joint $W_1$")
        _errors(errors, at_n, lengths)
        errors.set(title=f"the truth in both spaces, $n$ = {n:,}", ylabel="joint $W_1$")
        _over_sizes(sizes, table[table["source"] == shown])
        length = f", mean noise {lengths[shown]:.2f}" if shown in lengths else ""
        sizes.set(title=f"memories{length}", ylabel="joint $W_1$")
        for space, index in COLOUR.items():
            for kind, dashes in (("memory", "-"), ("network", ":")):
                _over_noise(sheet, at_n, "distance_to_sheet", f"{space}_{kind}", lengths, f"{space}, {kind}", index,
                            dashes)
        sheet.set(title=f"distance to the sheet, $n$ = {n:,}", ylabel="mean distance")
        for panel in (bounds, errors, sheet):
            panel.set_xlabel("mean length of the noise")
        for panel in (bounds, errors, sizes, sheet):
            panel.set_ylim(0, 1.12 * panel.get_ylim()[1])
            if panel.get_legend_handles_labels()[1]:
                place = {"loc": "lower left", "ncols": 2} if panel is sizes else {"loc": "upper left"}
                panel.legend(handlelength=2.6, borderaxespad=0.1, **place)
    return figure


def _finding(at_n):
    """Over the noisy sources: bounds, and distances to the sheet, latent against ambient."""
    noisy = [rows for source, rows in at_n.groupby("source") if source != "none"]
    of, over = {"method": "latent_memory"}, {"method": "ambient_memory"}
    nearer = [ratio(rows, "distance_to_sheet", over, of) for rows in noisy]
    if not noisy or any(one is None or one.lower <= 1 for one in nearer):
        return "Bounds and errors of a latent and of the ambient space, over the noise and over $n$"
    smaller = all(_below(rows, "bound.a_priori", "bound.ambient") for rows in noisy)
    least = min(one.estimate for one in nearer)
    return (f"With noise, points of the latent space are {least:.0f} or more times nearer to the sheet"
            + (", and it has the smaller bound" if smaller else ""))


def _below(rows, name, other):
    """Whether the interval of the one mean lies below that of the other."""
    one, two = (means(rows[rows["method"] == "latent_memory"], which, ["method"]) for which in (name, other))
    return bool(len(one) and len(two) and one["upper"].iloc[0] < two["lower"].iloc[0])


def _over_noise(panel, table, name, method, lengths, label, index, dashes):
    summary = means(table[table["method"] == method], name, ["source"])
    summary = summary[summary["source"].isin(list(lengths))]
    if len(summary):
        summary = summary.assign(noise=summary["source"].map(lengths)).sort_values("noise")
        curve(panel, summary["noise"].tolist(), summary, label=label, index=index, linestyle=dashes)


def _errors(panel, table, lengths):
    for space, index in COLOUR.items():
        _over_noise(panel, table, "joint_w1", f"{space}_truth", lengths, f"{space} truth, plug-in", index, "-")
    _over_noise(panel, table, "reconstruction", "latent_truth", lengths, "any latent generator, at least ($R$)", 0, ":")
    _over_noise(panel, table, "quantisation", "ambient_memory", lengths, "ambient memory, at least (B5)", 1, ":")
    panel.axhline(0, color="black", linewidth=1.5, label="ambient truth, exact")


def _over_sizes(panel, table):
    lines = (
        ("bound.a_posteriori", "latent_memory", "bound, D3 a posteriori", 0, "--"),
        ("bound.ambient_a_posteriori", "ambient_memory", "bound, ambient (D1)", 1, "--"),
        ("joint_w1", "latent_memory", "latent, plug-in", 0, "-"),
        ("joint_w1", "ambient_memory", "ambient, plug-in", 1, "-"),
        ("joint_w1.below", "latent_memory", "latent, from below", 0, ":"),
        ("joint_w1.below", "ambient_memory", "ambient, from below", 1, ":"),
    )
    for name, method, label, index, dashes in lines:
        summary = means(table[table["method"] == method], name, ["n_paired"])
        curve(panel, summary["n_paired"].tolist(), summary, label=label, index=index, linestyle=dashes)
    size_axis(panel, table["n_paired"].tolist())
