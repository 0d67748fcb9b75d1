"""Latent or ambient: bounds against noise, errors against noise and against n, and the distance to the sheet."""

from lsdm_stats.plots import curve, means, new_figure, style

BOUNDS = (
    ("bound.a_priori", "D3 a priori", 0, "-"),
    ("bound.ambient", "D4 a priori", 1, "-"),
    ("bound.a_posteriori", "D3 a posteriori", 0, "--"),
    ("bound.ambient_a_posteriori", "ambient a posteriori (D1)", 1, "--"),
)
COLOUR = {"latent": 0, "ambient": 1}
SHOWN = ("middle", "strong", "weak", "none")  # noise of the panel over n: the first that the table has


def draw(table):
    """Latent in one colour, ambient in the other; dashed lines are a posteriori, dotted ones floors."""
    table = table[table["status"] == "ok"]
    with_truth = table[table["method"] == "ambient_truth"]
    n = int((table if with_truth.empty else with_truth)["n_paired"].max())
    at_n = table[table["n_paired"] == n]
    noise = means(at_n[at_n["method"] == "ambient_memory"], "distance_to_sheet.response", ["source"])
    lengths = dict(zip(noise["source"], noise["mean"], strict=True))
    shown = next(source for source in SHOWN if source in lengths)
    with style():
        figure = new_figure(6.75, 5.0)
        (bounds, errors), (sizes, sheet) = figure.subplots(2, 2)
        for name, label, index, dashes in BOUNDS:
            _over_noise(bounds, at_n, name, "latent_memory", lengths, label, index, dashes)
        bounds.set(title=f"upper bounds, $n$ = {n:,}", ylabel="joint $W_1$")
        _errors(errors, at_n, lengths)
        errors.set(title=f"errors of the truth in both spaces, $n$ = {n:,}", ylabel="joint $W_1$")
        _over_sizes(sizes, table[table["source"] == shown])
        sizes.set(title=f"memories, mean noise {lengths[shown]:.2f}", ylabel="joint $W_1$", xlabel="pairs $n$")
        for space, index in COLOUR.items():
            for kind, dashes in (("memory", "-"), ("network", ":")):
                _over_noise(sheet, at_n, "distance_to_sheet", f"{space}_{kind}", lengths, f"{space}, {kind}", index,
                            dashes)
        sheet.set(title=f"distance to the sheet, $n$ = {n:,}", ylabel="mean distance")
        for panel in (bounds, errors, sheet):
            panel.set_xlabel("mean length of the noise")
        for panel in (bounds, errors, sizes, sheet):
            panel.set_ylim(bottom=0)
            lower = {"loc": "lower left", "ncols": 2} if panel is sizes else {}
            panel.legend(fontsize=6, handlelength=3, **lower)
    return figure


def _over_noise(panel, table, name, method, lengths, label, index, dashes):
    summary = means(table[table["method"] == method], name, ["source"])
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
    ticks = sorted(table["n_paired"].unique())
    panel.set_xscale("log")
    panel.set_xticks(ticks, [f"{tick:,}" for tick in ticks])
    panel.minorticks_off()
