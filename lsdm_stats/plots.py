"""From tables to matplotlib figures: one style, intervals on every estimate, files that are the same byte for byte."""

from __future__ import annotations

from collections.abc import Generator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import numpy as np

from lsdm_stats.inference import corrected_resampled_interval, mean_interval
from lsdm_stats.inference import mean as mean_over_replicates

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#000000")
"""Okabe and Ito's palette, distinguishable with every common colour vision."""

MARKERS = ("o", "s", "^", "D", "v", "P", "X")
"""Markers in the order of `COLOURS`."""

_STYLE: dict[str, Any] = {
    "font.family": "serif",
    "font.serif": ["DejaVu Serif"],
    "mathtext.fontset": "dejavuserif",
    "font.size": 8,
    "axes.titlesize": 8,
    "axes.labelsize": 8,
    "legend.fontsize": 7,
    "xtick.labelsize": 7,
    "ytick.labelsize": 7,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.grid": True,
    "grid.alpha": 0.25,
    "grid.linewidth": 0.5,
    "lines.linewidth": 1.2,
    "lines.markersize": 4,
    "legend.frameon": False,
    "pdf.fonttype": 42,
    "svg.hashsalt": "lsdm_stats",
}


@contextmanager
def style() -> Generator[None]:
    """The house style, inside a ``with`` block only.

    Returns
    -------
    context manager
        Settings are as they were after the block.

    Examples
    --------
    >>> with style():
    ...     figure = new_figure()
    """
    import matplotlib as mpl

    with mpl.rc_context(cast("dict[Any, Any]", _STYLE)):
        yield


def new_figure(width: float = 6.75, height: float = 2.6) -> Figure:
    """An empty figure, size in inches, laid out without overlaps.

    Parameters
    ----------
    width, height : float
        In inches.

    Returns
    -------
    matplotlib.figure.Figure
        Without axes.

    Examples
    --------
    >>> new_figure(3.4, 2.6).get_size_inches().tolist()
    [3.4, 2.6]
    """
    from matplotlib.figure import Figure

    return Figure(figsize=(width, height), layout="constrained")


def save(figure: Figure, stem: Path) -> tuple[Path, Path]:
    """Write ``stem.pdf`` and ``stem.png`` without dates, so that equal figures are equal files; returns their paths.

    Parameters
    ----------
    figure : matplotlib.figure.Figure
        What to write.
    stem : Path
        Path without extension; its folder is made.

    Returns
    -------
    tuple of Path
        The PDF and the PNG.

    Examples
    --------
    >>> from pathlib import Path
    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as folder:
    ...     [path.name for path in save(new_figure(), Path(folder) / "empty")]
    ['empty.pdf', 'empty.png']
    """
    stem.parent.mkdir(parents=True, exist_ok=True)
    pdf, png = stem.with_suffix(".pdf"), stem.with_suffix(".png")
    with style():
        figure.savefig(pdf, metadata={"CreationDate": None, "Producer": "lsdm_stats", "Creator": "lsdm_stats"})
        figure.savefig(png, dpi=200, metadata={"Software": "lsdm_stats"})
    return pdf, png


def means(
    table: pd.DataFrame, name: str, by: Sequence[str], *, level: float = 0.95, test_fraction: float | None = None
) -> pd.DataFrame:
    """Mean over replicates of one value for every setting, with its t interval and its Monte Carlo standard error.

    Parameters
    ----------
    table : DataFrame
        Rows of a study (one per setting, replicate and value name).
    name : str
        Value name.
    by : sequence of str
        Columns that make a setting.
    level : float
        Coverage of the interval; the bounds equal the mean where there is a single replicate.
    test_fraction : float, optional
        For replicates that are random splits of one data set, ``n_test / n_train``: intervals are then corrected for
        the overlap of splits (Nadeau and Bengio).

    Returns
    -------
    DataFrame
        Columns `by`, ``mean``, ``lower``, ``upper``, ``mcse`` (NaN for a single replicate) and ``replicates``, sorted
        by `by`; settings may have different numbers of replicates.

    Examples
    --------
    >>> import pandas as pd
    >>> values = {"name": "joint_w1", "status": "ok", "n_paired": [50, 50, 200, 200], "value": [0.4, 0.6, 0.2, 0.3]}
    >>> table = pd.DataFrame(values)
    >>> means(table, "joint_w1", ["n_paired"])[["n_paired", "mean", "replicates"]].to_numpy().tolist()
    [[50.0, 0.5, 2.0], [200.0, 0.25, 2.0]]
    """
    import pandas as pd

    rows: list[dict[str, Any]] = []
    chosen = table[(table["name"] == name) & (table["status"] == "ok")]
    for setting, group in chosen.groupby(list(by), sort=True):
        values = np.asarray(group["value"], dtype=float)
        estimate = float(values.mean())
        lower = upper = estimate
        mcse = float("nan")
        if len(values) > 1:
            mcse = mean_over_replicates(values).mcse
            if test_fraction is None:
                interval = mean_interval(values, level=level)
            else:
                interval = corrected_resampled_interval(values, test_fraction=test_fraction, level=level)
            lower, upper = interval.lower, interval.upper
        factors = dict(zip(by, cast("tuple[Any, ...]", setting), strict=True))
        summary = {"mean": estimate, "lower": lower, "upper": upper, "mcse": mcse, "replicates": len(values)}
        rows.append({**factors, **summary})
    return pd.DataFrame(rows, columns=[*by, "mean", "lower", "upper", "mcse", "replicates"])


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


def picture_array(table: pd.DataFrame, name: str) -> Any:
    """The stored array of one value name in the first row of a table that has one.

    Parameters
    ----------
    table : DataFrame
        Rows of a study.
    name : str
        Value name of a picture, such as ``examples.generated``.

    Returns
    -------
    ndarray
        The array.

    Raises
    ------
    ValueError
        If no row holds it.

    Examples
    --------
    >>> from lsdm_stats.study import figures_directory, find_studies, read_published
    >>> study = find_studies(("geometric_fidelity",))[0].study("full")
    >>> picture_array(read_published(study, figures_directory() / "data"), "examples.generated").shape
    (600, 16)
    """
    for array in table.loc[table["name"] == name, "array"]:
        if array is not None:
            return array
    raise ValueError(f"the table must hold the picture {name}; got none; run the study with metrics that store it")
