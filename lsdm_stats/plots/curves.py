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
    """What the figure shows, in one line or two above its panels: a finding only where the rows at hand prove it.

    Parameters
    ----------
    figure : matplotlib.figure.Figure
        Which.
    words : str
        One sentence without a full stop.

    Examples
    --------
    >>> from lsdm_stats.plots import new_figure
    >>> figure = new_figure()
    >>> headline(figure, "Joint $W_1$ falls")
    >>> figure.get_suptitle()
    'Joint $W_1$ falls'
    """
    import matplotlib as mpl

    size = mpl.rcParams["axes.titlesize"]
    figure.suptitle(words, x=0.01, ha="left", fontsize=size, fontweight="bold", linespacing=0.95, wrap=True)


def shared_legend(figure: Figure | SubFigure, panels: Iterable[Axes], *, loc: str, ncols: int) -> None:
    """One legend outside the panels with every label that any of them has, each once.

    Parameters
    ----------
    figure : matplotlib.figure.Figure or SubFigure
        Whose legend it is.
    panels : iterable of Axes
        Where the labels are.
    loc : str
        ``outside lower center``, or another place of matplotlib's.
    ncols : int
        Columns of the legend.

    Examples
    --------
    >>> from lsdm_stats.plots import new_figure
    >>> figure = new_figure()
    >>> axes = figure.subplots()
    >>> _ = axes.plot([0, 1], label="truth")
    >>> shared_legend(figure, [axes], loc="outside lower center", ncols=1)
    >>> [text.get_text() for text in figure.legends[0].get_texts()]
    ['truth']
    """
    known: dict[str, Artist] = {}
    for panel in panels:
        for handle, label in zip(*panel.get_legend_handles_labels(), strict=True):
            known.setdefault(label, handle)
    if known:
        where: dict[str, Any] = {"loc": loc, "ncols": ncols}
        figure.legend(list(known.values()), list(known), **where)


def curve(axes: Axes, x: Sequence[float], summary: pd.DataFrame, *, label: str, index: int, **line: Any) -> None:
    """Means over `x` with their intervals as error bars, in the style of number `index`.

    Parameters
    ----------
    axes : matplotlib.axes.Axes
        Where to draw.
    x : sequence of float
        One per row of `summary`.
    summary : DataFrame
        What `means` returns.
    label : str
        Name in the legend.
    index : int
        Number of colour and marker.
    **line
        Further options of `Axes.errorbar`.

    Examples
    --------
    >>> from lsdm_stats.plots import means, new_figure
    >>> import pandas as pd
    >>> values = {"name": "joint_w1", "status": "ok", "n_paired": [50, 50, 200, 200], "value": [0.4, 0.6, 0.2, 0.3]}
    >>> table = pd.DataFrame(values)
    >>> axes = new_figure().subplots()
    >>> summary = means(table, "joint_w1", ["n_paired"])
    >>> curve(axes, summary["n_paired"], summary, label="LSDM", index=0)
    >>> len(axes.lines)
    3
    """
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
    """A horizontal line at the mean of a one-row summary, with its interval as a band; nothing for an empty one.

    Parameters
    ----------
    axes : matplotlib.axes.Axes
        Where to draw.
    summary : DataFrame
        What `means` returns for one setting.
    label : str
        Name in the legend.
    index : int
        Number of the colour.
    dashes : str
        Line style of matplotlib.

    Examples
    --------
    >>> from lsdm_stats.plots import means, new_figure
    >>> import pandas as pd
    >>> values = {"name": "joint_w1", "status": "ok", "n_paired": [50, 50, 200, 200], "value": [0.4, 0.6, 0.2, 0.3]}
    >>> table = pd.DataFrame(values)
    >>> axes = new_figure().subplots()
    >>> level_line(axes, means(table, "joint_w1", ["n_paired"]).head(1), label="truth", index=6)
    >>> axes.lines[0].get_label()
    'truth'
    """
    if summary.empty:
        return
    row = summary.iloc[0]
    colour = COLOURS[index % len(COLOURS)]
    axes.axhline(row["mean"], color=colour, linestyle=dashes, linewidth=1.0, label=label)
    axes.axhspan(row["lower"], row["upper"], color=colour, alpha=0.15, linewidth=0)


def size_axis(axes: Axes, sizes: Sequence[float], label: str = "pairs $n$") -> None:
    """A logarithmic horizontal axis whose ticks are the sizes of a study, and no others.

    Parameters
    ----------
    axes : matplotlib.axes.Axes
        Which.
    sizes : sequence of float
        Positive sizes; repeated ones count once.
    label : str
        What the axis is of.

    Examples
    --------
    >>> from lsdm_stats.plots import new_figure
    >>> axes = new_figure().subplots()
    >>> size_axis(axes, [800, 50, 200, 50])
    >>> axes.get_xticks().tolist()
    [50, 200, 800]
    """
    ticks = sorted(set(sizes))
    axes.set_xscale("log")
    axes.set_xticks(ticks, [f"{tick:,}" for tick in ticks])
    axes.set_xticks([], minor=True)
    axes.set_xlabel(label)


def log_values(axes: Axes) -> None:
    """A logarithmic vertical axis with plain numbers, at 1, 2 and 5 times powers of ten.

    Parameters
    ----------
    axes : matplotlib.axes.Axes
        Which.

    Examples
    --------
    >>> from lsdm_stats.plots import new_figure
    >>> axes = new_figure().subplots()
    >>> log_values(axes)
    >>> axes.get_yscale()
    'log'
    """

    def of_minor(value: float, _: float) -> str:
        return f"{value:g}" if f"{value:e}"[0] in "25" else ""

    axes.set_yscale("log")
    axes.yaxis.set_major_formatter("{x:g}")
    axes.yaxis.set_minor_formatter(of_minor)
