"""Restored digits beside the truth, scores against the number of unpaired images, and what a draw costs."""

import numpy as np

from lsdm_stats.images import SuperResolution
from lsdm_stats.plots import (
    COLOURS,
    MARKERS,
    headline,
    means,
    new_figure,
    picture_array,
    shared_legend,
    style,
    unpaired_gain,
    unpaired_panel,
)

TASK = SuperResolution()
HEIGHT, WIDTH = TASK.image_shape
NAMES = {"lsdm": "LSDM", "ldm": "LDM", "ambient": "ambient", "engression": "engression", "nearest_neighbours": "NN",
         "lsdm_exact": "LSDM, exact $W_1$"}
SCORES = (
    ("energy_score", "energy score"),
    ("joint_w1", "joint $W_1$"),
    ("consistency", "consistency"),
    ("psnr.mean", "PSNR of mean, dB"),
)
ROWS, DRAWS = 6, {"lsdm": 4}
OTHER_DRAWS = 2
GAP = 3  # pixels between blocks of pictures


def draw(table):
    """Digits of 8 x 8 pixels restored from 4 x 4, what unpaired images buy, and what a draw costs.

    Above: conditions, the images they are the block means of, and draws of every method at the largest number n of
    pairs, side by side for one condition. Below, over the number m of unpaired images, a row for every n: energy score
    of 16 draws for each test condition (lower is better), joint W1 of conditions and images, root mean square by which
    degraded draws miss the condition, and peak signal-to-noise ratio of the mean of the draws (higher is better); last,
    the energy score at the largest m over the time of a draw. LSDM and latent diffusion (LDM) use unpaired images;
    levels are methods that do not, and real images with near conditions in place of draws, a reference and no bound.

    Points and levels are means over splits with 95 % intervals that allow for the overlap of splits (Nadeau and
    Bengio); they are about this data set. Where an interval leaves the frame it is cut off. Times are of whole blocks
    of replicates while another fit ran on the second core.
    """
    first = sorted(table["source"].unique(), reverse=True)[:1]  # from 4 x 4 where there is more than one
    table = table[table["source"].isin(first)]
    sizes = sorted(table["n_paired"].unique(), reverse=True)
    with style():
        figure = new_figure(6.75, 2.4 + 1.65 * len(sizes))
        headline(figure, _finding(table, sizes[0]))
        top, bottom = figure.subfigures(2, 1, height_ratios=(2.0, 0.2 + 1.65 * len(sizes)))
        _pictures(top, table[table["n_paired"] == sizes[0]])
        panels = bottom.subplots(len(sizes), len(SCORES) + 1, squeeze=False)
        for n, row in zip(sizes, panels, strict=True):
            for panel, (name, title) in zip(row, SCORES, strict=False):
                unpaired_panel(panel, table, name, NAMES, n_paired=n, test_size=TASK.test_size)
                if n == sizes[0]:
                    panel.set_title(title)
                if n == sizes[-1]:
                    panel.set_xlabel("unpaired images $m$")
            _cost(row[-1], table[table["n_paired"] == n])
            if n == sizes[0]:
                row[-1].set_title("energy by cost")
            if n == sizes[-1]:
                row[-1].set_xlabel("µs per draw")
            row[0].set_ylabel(f"$n = {n}$")
        shared_legend(bottom, panels.flat, loc="outside lower center", ncols=6)
    return figure


def _finding(table, n):
    """How much better the energy score gets, if its interval proves it."""
    found = unpaired_gain(table, "energy_score", method="lsdm", n_paired=n, test_size=TASK.test_size)
    if found is not None and found[1].lower > 0:
        most, gain = found
        return (f"{most:,} unpaired images lower LSDM's energy score at $n = {n}$ by {gain.estimate:.3f} "
                f"({gain.lower:.3f} to {gain.upper:.3f})")
    return "Super-resolution of digits: draws, and scores over the number of unpaired images"


def _pictures(figure, table):
    """Blocks side by side, one row per test image."""
    blocks = []
    for array, label in ((_condition(table), "$x$"), (_stored(table, "examples.responses"), "$y$")):
        if array is not None:
            blocks.append((label, array[:, None]))
    for method, name in NAMES.items():
        own = table[(table["method"] == method) & (table["name"] == "examples.draws")]
        sizes = sorted(own["n_unpaired"].unique(), reverse=True)
        for m in dict.fromkeys(sizes[:1] + sizes[-1:]):
            draws = picture_array(own[own["n_unpaired"] == m], "examples.draws")
            count = DRAWS.get(method, OTHER_DRAWS) if m == sizes[0] else OTHER_DRAWS
            blocks.append((f"{name}\n$m={m}$" if len(sizes) > 1 else name, draws[:, :count]))
    panel = figure.subplots()
    panel.set_axis_off()
    left, strips = 0, []
    for label, images in blocks:
        strip = _strip(images[:ROWS])
        panel.text(left + strip.shape[1] / 2, -2, label, ha="center", va="bottom", fontsize=7)
        strips += [strip, np.full((len(strip), GAP), np.nan)]
        left += strip.shape[1] + GAP
    if strips:
        panel.imshow(np.hstack(strips[:-1]), cmap="gray_r", vmin=0, vmax=1, interpolation="nearest")


def _strip(images):
    """Images ``(rows, columns, pixels)`` as one, with a line of white between."""
    rows = [np.hstack([np.pad(one.reshape(HEIGHT, WIDTH), ((0, 1), (0, 1))) for one in row]) for row in images]
    return np.vstack(rows)


def _stored(table, name):
    return picture_array(table, name) if (table["name"] == name).any() else None


def _condition(table):
    """Conditions, every pixel as large as the block that it is the mean of."""
    stored = _stored(table, "examples.conditions")
    if stored is None:
        return None
    side = round(stored.shape[1] ** 0.5)
    small = stored.reshape(-1, side, side)
    return np.kron(small, np.ones((HEIGHT // side, WIDTH // side))).reshape(len(small), -1)


def _cost(panel, table):
    """Energy score at the largest m against the time of a draw."""
    fraction = TASK.test_size / (table["n_paired"] + table["n_unpaired"]).max()
    scores, seconds = (means(table, name, ["method", "n_unpaired"], test_fraction=fraction)
                       for name in ("energy_score", "draw.seconds"))
    for index, method in enumerate(NAMES):
        own, cost = (part[part["method"] == method].sort_values("n_unpaired").tail(1) for part in (scores, seconds))
        if own.empty or cost.empty:
            continue
        error = [own["mean"] - own["lower"], own["upper"] - own["mean"]]
        look = {"color": COLOURS[index], "marker": MARKERS[index], "capsize": 2}
        panel.errorbar(cost["mean"] * 1e6, own["mean"], yerr=error, **look)
    panel.set_xscale("log")
