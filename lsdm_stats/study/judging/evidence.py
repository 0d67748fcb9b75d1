"""What a table of results says about one claim, setting by setting, before anything is concluded."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import product
from math import inf, isfinite
from typing import TYPE_CHECKING, cast

import numpy as np

from lsdm_stats.arrays import FloatArray, IntArray
from lsdm_stats.inference import (
    binomial_upper_limit,
    binomial_upper_test,
    corrected_resampled_interval,
    coverage,
    difference,
    loglog_slope,
    mean,
    mean_interval,
    paired_test,
    ratio,
    ratio_interval,
)
from lsdm_stats.study.design import Setting
from lsdm_stats.study.judging.claims import Claim, Comparison, Trend

if TYPE_CHECKING:
    from pandas import DataFrame

TOLERANCE = 1e-8
"""Relative to max(1, bound): above the error of a certified transport solver, far below any effect."""


@dataclass(frozen=True)
class SettingRows:
    """The stored numbers of one setting.

    Parameters
    ----------
    setting : Setting
        Which setting.
    replicates : tuple of int
        Those that did not fail.
    values : mapping from str to ndarray of shape (len(replicates),)
        By value name; NaN where a replicate lacks it.
    failed : frozenset of int
        Replicates that failed.
    """

    setting: Setting
    replicates: tuple[int, ...]
    values: Mapping[str, FloatArray]
    failed: frozenset[int]

    def column(self, name: str, suffix: str = "") -> FloatArray:
        """The values of a name, of its certificate's end where there is one; NaN where there are none."""
        missing = np.full(len(self.replicates), np.nan)
        return self.values.get(name + suffix, self.values.get(name, missing))


@dataclass(frozen=True)
class Detail:
    """What one setting (for a comparison: one pair of settings, for a trend: all of them) says about a claim.

    Parameters
    ----------
    setting : str
        Which.
    rows, failed, incomplete : int
        Replicates used; failed; without one of the values (or, in comparisons and trends, without a partner).
    violations : int
        Replicates whose measured value exceeds the bound.
    supports, flagged : bool
        Whether the setting supports the claim; whether it refutes it. Neither: undecided.
    estimate, lower, upper : float, optional
        Mean excess over the bound or failure share with its one-sided upper limit; ratio, difference or slope with its
        interval. None where there is none or it is unbounded.
    mcse : float, optional
        Monte Carlo standard error of the estimate (`lsdm_stats.inference`); None where there is no estimate.
    p_value : float, optional
        Of the test against the claim, after Holm.
    measured, bound : float, optional
        Means over replicates of both sides; None for comparisons and trends.
    tightness_median, tightness_max : float, optional
        Of measured / bound over replicates.
    note : str
        The replicate with the largest excess, or why there is no estimate.
    """

    setting: str
    rows: int
    failed: int
    incomplete: int
    violations: int = 0
    supports: bool = False
    flagged: bool = False
    estimate: float | None = None
    lower: float | None = None
    upper: float | None = None
    mcse: float | None = None
    p_value: float | None = None
    measured: float | None = None
    bound: float | None = None
    tightness_median: float | None = None
    tightness_max: float | None = None
    note: str = ""


@dataclass(frozen=True)
class Evidence:
    """All details of a claim, and the settings that they are about."""

    details: tuple[Detail, ...]
    involved: tuple[SettingRows, ...]


def read_settings(table: DataFrame) -> tuple[SettingRows, ...]:
    """The numbers of a table of one study at one scale, by setting, in the table's order.

    Raises
    ------
    ValueError
        If the table holds several studies or scales, or a value twice.
    """
    factors = ["source", "n_paired", "n_unpaired", "method"]
    kinds = table[["study", "scale"]].drop_duplicates()
    if len(kinds) > 1:
        raise ValueError(f"the table must hold one study at one scale; got {len(kinds)}; select its rows first")
    repeated = table.duplicated([*factors, "replicate", "name"]).to_numpy()
    if repeated.any():
        first = int(repeated.argmax())
        raise ValueError(f"the table must hold every value once; got {table['name'].iloc[first]} of replicate "
                         f"{table['replicate'].iloc[first]} twice; drop the duplicates")
    found: list[SettingRows] = []
    for key, rows in table.groupby(factors, sort=False):
        source, n_paired, n_unpaired, method = cast("tuple[str, int, int, str]", key)
        failed = rows["status"] == "failed"
        wide = rows[~failed].pivot(index="replicate", columns="name", values="value").sort_index()
        values = {str(name): wide[name].to_numpy(dtype=np.float64) for name in wide.columns}
        setting = Setting(str(source), int(n_paired), int(n_unpaired), str(method))
        found.append(SettingRows(setting, tuple(int(r) for r in wide.index), values,
                                 frozenset(int(r) for r in rows.loc[failed, "replicate"])))
    return tuple(found)


def against_bound(claim: Claim, rows: SettingRows) -> Detail:
    """Measured values of one setting against the bound, with the p-value before Holm."""
    certified = claim.kind != "expectation"
    measured = rows.column(claim.measured, ".lower" if certified else "")
    tested = measured if claim.measured_from_below is None else rows.column(claim.measured_from_below)
    numbers = {name: rows.column(value, ".upper" if certified else "") for name, value in claim.value_names.items()}
    complete = np.isfinite([measured, tested, *numbers.values()]).all(axis=0)
    detail = Detail(str(rows.setting), int(complete.sum()), len(rows.failed), int((~complete).sum()))
    if not detail.rows:
        return detail
    bound = claim.bound.evaluate({name: values[complete] for name, values in numbers.items()}).total
    measured, tested = measured[complete], tested[complete]
    allowed = bound + TOLERANCE * np.maximum(1.0, bound)
    violations = int((measured > allowed).sum())
    detail = _described(detail, np.asarray(rows.replicates)[complete], measured, bound, violations)
    match claim.kind:
        case "sure":
            return replace(detail, supports=not violations, flagged=violations > 0)
        case "expectation":
            return _mean_excess(claim, detail, measured - allowed, tested - allowed)
        case "probability":
            return _failure_share(claim, detail)


def compared(comparison: Comparison, settings: Sequence[SettingRows], *, asked: int | None = None) -> Evidence:
    """One detail per pair of settings; nothing if a selection finds no setting.

    Replicates from `asked` on, which only some of the settings have (`lsdm run --target-mcse`), are left out.
    """
    comparison.check_settings(rows.setting for rows in settings)
    firsts, seconds = ([[rows for rows in settings if selection.selects(rows.setting)] for selection in selections]
                       for selections in (comparison.of, comparison.over))
    if not all((*firsts, *seconds)):
        return Evidence((), ())
    involved = {rows.setting: rows for found in (*firsts, *seconds) for rows in found}
    pairs = product((rows for found in firsts for rows in found), (rows for found in seconds for rows in found))
    details = tuple(_pair(comparison, first, second, asked) for first, second in pairs)
    return Evidence(details, tuple(involved.values()))


def trended(trend: Trend, settings: Sequence[SettingRows], *, asked: int | None = None) -> Evidence:
    """One detail for all sizes together; nothing if no setting is selected; `asked` as for `compared`."""
    chosen = [rows for rows in settings if trend.among.selects(rows.setting) and trend.size(rows.setting) > 0]
    chosen.sort(key=lambda rows: trend.size(rows.setting))
    trend.check_settings(rows.setting for rows in chosen)
    if not chosen:
        return Evidence((), ())
    sizes = np.array([trend.size(rows.setting) for rows in chosen])
    name = f"{trend.among}, {trend.over} from {sizes[0]} to {sizes[-1]}"
    values, detail = _paired(name, [(rows, trend.measured) for rows in chosen], asked)
    if len(values) < 2 or np.unique(sizes).size < 2 or (values.mean(axis=0) <= 0).any():
        detail = replace(detail, note="a slope needs 2 replicates, 2 different sizes and positive means")
    else:
        slope = loglog_slope(sizes, values, level=1 - trend.level)
        detail = _against_thresholds(trend, detail, slope.slope, slope.lower, slope.upper, slope.mcse)
    return Evidence((detail,), tuple(chosen))


def _described(detail: Detail, replicates: IntArray, measured: FloatArray, bound: FloatArray,
               violations: int) -> Detail:
    worst = int(np.argmax(measured - bound))
    ratios = measured[bound > 0] / bound[bound > 0]
    return replace(
        detail,
        violations=violations,
        measured=float(measured.mean()),
        bound=float(bound.mean()),
        tightness_median=float(np.median(ratios)) if ratios.size else None,
        tightness_max=float(ratios.max()) if ratios.size else None,
        note=f"replicate {replicates[worst]}: measured {measured[worst]:.6g}, bound {bound[worst]:.6g}",
    )


def _mean_excess(claim: Claim, detail: Detail, excess: FloatArray, tested: FloatArray) -> Detail:
    if excess.size < 2:
        return detail
    # The upper end of a two-sided interval of coverage 1 − 2·level is the one-sided limit at 1 − level.
    interval = mean_interval(excess, level=1 - 2 * claim.level)
    return replace(detail, estimate=interval.estimate, upper=interval.upper, mcse=mean(excess).mcse,
                   supports=interval.upper <= 0, p_value=paired_test(tested).p_value)


def _failure_share(claim: Claim, detail: Detail) -> Detail:
    upper = binomial_upper_limit(detail.violations, detail.rows, level=1 - claim.level)
    p_value = binomial_upper_test(detail.violations, detail.rows, probability=claim.failure_probability)
    share = coverage(np.arange(detail.rows) < detail.violations)
    return replace(detail, estimate=share.value, upper=upper, mcse=share.mcse, p_value=p_value,
                   supports=upper <= claim.failure_probability)


def _pair(comparison: Comparison, first: SettingRows, second: SettingRows, asked: int | None) -> Detail:
    sign = "/" if comparison.quantity == "ratio" else "−"
    name = f"({first.setting}) {sign} ({second.setting})"
    columns = [(first, comparison.measured), (second, comparison.measured_over or comparison.measured)]
    if comparison.against is not None:
        columns += [(first, comparison.against), (second, comparison.against)]
    values, detail = _paired(name, columns, asked)
    if len(values) < 2:
        return replace(detail, note="an interval needs 2 paired replicates")
    level, (of, over, *other) = 1 - comparison.level, values.T
    if comparison.quantity == "difference":
        mcse = difference(of, over).mcse
        interval = (mean_interval(of - over, level=level) if comparison.test_fraction is None else
                    corrected_resampled_interval(of - over, test_fraction=comparison.test_fraction, level=level))
    else:
        top, bottom = (of, over) if comparison.quantity == "ratio" else (of - over, other[0] - other[1])
        mcse = ratio(top, bottom).mcse if bottom.mean() else None
        interval = ratio_interval(top, bottom, level=level)
    return _against_thresholds(comparison, detail, interval.estimate, interval.lower, interval.upper, mcse)


def _against_thresholds(claim: Comparison | Trend, detail: Detail, estimate: float, lower: float, upper: float,
                        mcse: float | None) -> Detail:
    low = -inf if claim.at_least is None else claim.at_least
    high = inf if claim.at_most is None else claim.at_most
    ends = [end if isfinite(end) else None for end in (estimate, lower, upper)]
    supports = (claim.at_least is None or lower > low) and (claim.at_most is None or upper < high)
    return replace(detail, estimate=ends[0], lower=ends[1], upper=ends[2], mcse=mcse, supports=supports,
                   flagged=upper < low or lower > high)


def _paired(name: str, columns: Sequence[tuple[SettingRows, str]], asked: int | None) -> tuple[FloatArray, Detail]:
    """Values (R, columns) of the replicates that have them all; the detail counts those that lack some."""
    computed = [rows.failed.union(rows.replicates) for rows, _ in columns]
    everyone = frozenset[int]().union(*computed)
    surplus = {replicate for replicate in everyone - frozenset.intersection(*computed)
               if asked is not None and replicate >= asked}
    known = [{replicate: value for replicate, value in zip(rows.replicates, rows.column(measured), strict=True)
              if isfinite(value)} for rows, measured in columns]
    everywhere = sorted(set.intersection(*(set(values) for values in known)))
    failed = frozenset[int]().union(*(rows.failed for rows, _ in columns)) - surplus
    incomplete = len(everyone - surplus - failed) - len(everywhere)
    values = np.array([[values[replicate] for values in known] for replicate in everywhere]).reshape(-1, len(columns))
    return values, Detail(name, len(everywhere), len(failed), incomplete)
