"""Curves with intervals, levels with bands, axes with plain numbers, and what a figure shows in one line."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

from lsdm_stats.plots.style import COLOURS, MARKERS

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.artist import Artist
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure, SubFigure


def headline(figure: Figure, words: str) -> None:
    """What the figure shows, in one line or two above its panels: a finding only where the rows at hand prove it."""
    import matplotlib as mpl

    size = float(mpl.rcParams["axes.titlesize"])
    figure.suptitle(words, x=0.01, ha="left", fontsize=size, fontweight="bold", linespacing=0.95, wrap=True)


def shared_legend(figure: Figure | SubFigure, panels: Iterable[Axes], *, loc: str, ncols: int) -> None:
    """One legend outside the panels with every label that any of them has, each once."""
    known: dict[str, Artist] = {}
    for panel in panels:
        for handle, label in zip(*panel.get_legend_handles_labels(), strict=True):
            known.setdefault(label, handle)
    if known:
        figure.legend(list(known.values()), list(known), loc=loc, ncols=ncols)


def curve(axes: Axes, x: Sequence[float], summary: pd.DataFrame, *, label: str, index: int, **line: Any) -> None:
    """Means over `x` with their intervals as error bars, in the style of number `index`."""
    below = (summary["mean"] - summary["lower"]).to_numpy()
    above = (summary["upper"] - summary["mean"]).to_numpy()
    options: dict[str, Any] = {
        "color": COLOURS[index % len(COLOURS)],
        "marker": MARKERS[index % len(MARKERS)],
        "capsize": 2,
        **line,
    }
    axes.errorbar(x, summary["mean"].to_numpy(), yerr=[below, above], label=label, **options)


def level_line(axes: Axes, summary: pd.DataFrame, *, label: str, index: int, dashes: str = "--") -> None:
    """A horizontal line at the mean of a one-row summary, with its interval as a band; nothing for an empty one."""
    if summary.empty:
        return
    row = summary.iloc[0]
    colour = COLOURS[index % len(COLOURS)]
    axes.axhline(row["mean"], color=colour, linestyle=dashes, linewidth=1.0, label=label)
    axes.axhspan(row["lower"], row["upper"], color=colour, alpha=0.15, linewidth=0)


def size_axis(axes: Axes, sizes: Sequence[float], label: str = "pairs $n$") -> None:
    """A logarithmic horizontal axis whose ticks are the sizes of a study, and no others."""
    ticks = sorted(set(sizes))
    axes.set_xscale("log")
    axes.set_xticks(ticks, [f"{tick:,}" for tick in ticks])
    axes.set_xticks([], minor=True)
    axes.set_xlabel(label)


def log_values(axes: Axes) -> None:
    """A logarithmic vertical axis with plain numbers, at 1, 2 and 5 times powers of ten."""

    def of_minor(value: float, _: float) -> str:
        return f"{value:g}" if f"{value:e}"[0] in "25" else ""

    axes.set_yscale("log")
    axes.yaxis.set_major_formatter("{x:g}")
    axes.yaxis.set_minor_formatter(of_minor)
