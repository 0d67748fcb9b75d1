"""From rows to what is drawn: means and ratios with their intervals, and stored arrays."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, cast

import numpy as np

from lsdm_stats.inference import Interval, corrected_resampled_interval, mean_interval, ratio_interval
from lsdm_stats.inference import mean as mean_over_replicates

if TYPE_CHECKING:
    import pandas as pd


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
    chosen = cast("pd.DataFrame", table[(table["name"] == name) & (table["status"] == "ok")])
    return summarise(chosen, "value", by, level=level, test_fraction=test_fraction)


def summarise(
    rows: pd.DataFrame, column: str, by: Sequence[str], *, level: float = 0.95, test_fraction: float | None = None
) -> pd.DataFrame:
    """Means of one column with their intervals, as `means` has them; each row is one replicate of a setting.

    Parameters
    ----------
    rows : DataFrame
        One row per fit, such as `fits` returns.
    column : str
        Whose means.
    by : sequence of str
        Columns that make a setting.
    level : float
        Coverage of the interval.
    test_fraction : float, optional
        As for `means`.

    Returns
    -------
    DataFrame
        As `means` returns it.

    Examples
    --------
    >>> import pandas as pd
    >>> rows = pd.DataFrame({"n_paired": [50, 50, 200, 200], "bound": [0.4, 0.6, 0.2, 0.3]})
    >>> summarise(rows, "bound", ["n_paired"])["mean"].tolist()
    [0.5, 0.25]
    """
    import pandas as pd

    found: list[dict[str, Any]] = []
    for setting, group in rows.groupby(list(by), sort=True):
        values = np.asarray(group[column], dtype=float)
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
        found.append({**factors, **summary})
    return pd.DataFrame(found, columns=[*by, "mean", "lower", "upper", "mcse", "replicates"])


def fits(table: pd.DataFrame) -> pd.DataFrame:
    """One row per fit that did not fail, with its factors, replicate and a column for every value name.

    Parameters
    ----------
    table : DataFrame
        Rows of a study.

    Returns
    -------
    DataFrame
        Columns ``source``, ``method``, ``n_paired``, ``n_unpaired``, ``replicate`` and the value names.

    Examples
    --------
    >>> import pandas as pd
    >>> table = pd.DataFrame({"source": "roll", "method": "lsdm", "n_paired": 50, "n_unpaired": 0, "replicate": 0,
    ...                       "name": ["joint_w1", "pushed_cost"], "value": [0.3, 0.5], "status": "ok"})
    >>> fits(table)[["n_paired", "joint_w1", "pushed_cost"]].values.tolist()
    [[50.0, 0.3, 0.5]]
    """
    index = ["source", "method", "n_paired", "n_unpaired", "replicate"]
    chosen = table[table["status"] == "ok"]
    return chosen.pivot_table(index=index, columns="name", values="value", sort=False).reset_index()


def ratio(
    table: pd.DataFrame, name: str, of: Mapping[str, object], over: Mapping[str, object], *, level: float = 0.95
) -> Interval | None:
    """Ratio of the means of one value in two settings, with Fieller's interval over the replicates that both have.

    Parameters
    ----------
    table : DataFrame
        Rows of a study.
    name : str
        Value name.
    of, over : mapping from str to object
        Factors of the setting above and of that below, as ``{"method": "lsdm", "n_paired": 200}``.
    level : float
        Coverage of the interval.

    Returns
    -------
    Interval or None
        None where fewer than two replicates have both values.

    Examples
    --------
    >>> import pandas as pd
    >>> table = pd.DataFrame({"method": ["a", "a", "b", "b"], "replicate": [0, 1, 0, 1], "name": "joint_w1",
    ...                       "value": [2.0, 2.2, 1.0, 1.1], "status": "ok"})
    >>> ratio(table, "joint_w1", {"method": "a"}, {"method": "b"}).estimate
    2.0
    """
    above, below = (_by_replicate(table, name, setting) for setting in (of, over))
    common = sorted(above.keys() & below.keys())
    if len(common) < 2:
        return None
    return ratio_interval([above[one] for one in common], [below[one] for one in common], level=level)


def _by_replicate(table: pd.DataFrame, name: str, setting: Mapping[str, object]) -> dict[int, float]:
    wanted = {"name": name, "status": "ok", **setting}
    chosen = np.logical_and.reduce([table[factor] == value for factor, value in wanted.items()])
    return dict(zip(table["replicate"][chosen].tolist(), table["value"][chosen].tolist(), strict=True))


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
