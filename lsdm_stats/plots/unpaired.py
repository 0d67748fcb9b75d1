"""What unpaired responses buy on random splits of a data set: one gain, and a panel of several methods."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, cast

from lsdm_stats.inference import Interval, corrected_resampled_interval
from lsdm_stats.plots.curves import curve, level_line
from lsdm_stats.plots.style import COLOURS
from lsdm_stats.plots.summaries import means

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

_DASHES = (":", "-.", "--")
_MARGIN = 0.06  # of the height of the frame


def unpaired_gain(
    table: pd.DataFrame, name: str, *, method: str, n_paired: int, test_size: int, level: float = 0.95
) -> tuple[int, Interval] | None:
    """By how much the most unpaired responses lower a value, over splits that have both.

    Parameters
    ----------
    table : DataFrame
        Rows of a study whose replicates are random splits of one data set.
    name : str
        Value name.
    method : str
        Whose values.
    n_paired : int
        At which number of pairs.
    test_size : int
        Size of the test sets: the interval allows for the overlap of splits (Nadeau and Bengio).
    level : float
        Coverage of the interval.

    Returns
    -------
    tuple of int and Interval, or None
        The largest m, and the mean at m = 0 less that at this m; None for fewer than two splits or sizes.

    Examples
    --------
    >>> import pandas as pd
    >>> values = {"n_unpaired": [0, 0, 100, 100], "replicate": [0, 1, 0, 1], "value": [2.0, 2.2, 1.5, 1.6]}
    >>> table = pd.DataFrame({"method": "lsdm", "n_paired": 50, "name": "joint_w1", "status": "ok", **values})
    >>> most, gain = unpaired_gain(table, "joint_w1", method="lsdm", n_paired=50, test_size=50)
    >>> int(most), round(gain.estimate, 3)
    (100, 0.55)
    """
    own = (table["method"] == method) & (table["n_paired"] == n_paired) & (table["name"] == name)
    chosen = table[own & (table["status"] == "ok")]
    wide = chosen.pivot_table(index="replicate", columns="n_unpaired", values="value").dropna()
    most = max(wide.columns, default=0)
    if len(wide) < 2 or 0 not in wide.columns or most == 0:
        return None
    fraction = test_size / (n_paired + most)
    return most, corrected_resampled_interval(wide[0] - wide[most], test_fraction=fraction, level=level)


def unpaired_panel(
    axes: Axes, table: pd.DataFrame, name: str, methods: Mapping[str, str], *, n_paired: int, test_size: int
) -> None:
    """Means over the number of unpaired responses: curves of methods that use them, levels of others and of real data.

    Points and levels are means over splits with 95 % intervals that allow for the overlap of splits, as those of
    `unpaired_gain` do. The frame holds all means and the intervals of the curves; those of levels are cut off at it.

    Parameters
    ----------
    axes : matplotlib.axes.Axes
        Where to draw.
    table : DataFrame
        Rows of a study whose replicates are random splits of one data set.
    name : str
        Value name; the level of real data is that of ``name.real``, if there is one.
    methods : mapping from str to str
        Labels of the methods, in the order of their colours.
    n_paired : int
        At which number of pairs.
    test_size : int
        Size of the test sets.

    Examples
    --------
    >>> from lsdm_stats.plots import new_figure
    >>> import pandas as pd
    >>> values = {"n_unpaired": [0, 0, 100, 100], "replicate": [0, 1, 0, 1], "value": [2.0, 2.2, 1.5, 1.6]}
    >>> table = pd.DataFrame({"method": "lsdm", "n_paired": 50, "name": "joint_w1", "status": "ok", **values})
    >>> axes = new_figure().subplots()
    >>> unpaired_panel(axes, table, "joint_w1", {"lsdm": "LSDM"}, n_paired=50, test_size=50)
    >>> [label.get_text() for label in axes.get_xticklabels()]
    ['0', '100']
    """
    rows = _where(table, "n_paired", n_paired)
    places = sorted(set(rows["n_unpaired"]))
    fraction, by = test_size / (n_paired + places[-1]), ["method", "n_unpaired"]
    summary = means(rows, name, by, test_fraction=fraction)
    real = means(rows, f"{name}.real", by, test_fraction=fraction).head(1)
    ends = [*summary["mean"], *real["mean"]]
    own_rows = {method: _where(summary, "method", method) for method in methods}
    curves = [method for method, own in own_rows.items() if len(own) > 1]
    for index, (method, label) in enumerate(methods.items()):
        own = own_rows[method]
        if method in curves:
            shift = 0.07 * (curves.index(method) - (len(curves) - 1) / 2)
            curve(axes, [places.index(m) + shift for m in own["n_unpaired"]], own, label=label, index=index)
            ends += [*own["lower"], *own["upper"]]
        else:
            level_line(axes, own, label=label, index=index, dashes=_DASHES[index % len(_DASHES)])
    level_line(axes, real, label="real images", index=len(COLOURS) - 1, dashes="-")
    axes.set_xticks(range(len(places)), [str(m) for m in places])
    axes.set_xlim(-0.3, len(places) - 0.7)
    if ends:
        margin = _MARGIN * (max(ends) - min(ends))
        axes.set_ylim(min(ends) - margin, max(ends) + margin)


def _where(table: pd.DataFrame, column: str, value: object) -> pd.DataFrame:
    return cast("pd.DataFrame", table[table[column] == value])
