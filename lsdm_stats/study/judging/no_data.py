"""Why there is nothing to judge a claim by: which of its values no row has, and what the rows have instead."""

from __future__ import annotations

from collections.abc import Sequence
from difflib import get_close_matches

import numpy as np

from lsdm_stats.study.judging.claims import Claim, Comparison, Trend
from lsdm_stats.study.judging.evidence import SettingRows

_ENDS = (".lower", ".upper")
_LISTED = 12
_ALIKE = 0.75
"""Ratio of `difflib` from which one name passes for a slip of another: join_w1 and joint_w1, not latent_w1."""


def why_no_data(claim: Claim | Comparison | Trend, involved: Sequence[SettingRows]) -> str:
    """Why no row of the settings that a claim is about can be used, in one line, with a remedy where there is one."""
    if not involved:
        return "no rows of the settings that it is about"
    fitted = [rows for rows in involved if rows.replicates]
    if not fitted:
        return "all fits of its settings failed, see `lsdm status`"
    names = _needed(claim)
    absent = [name for name in names if not any(_has(rows, name) for rows in fitted)]
    if absent:
        return "; ".join(_absent(claim, absent, fitted))
    for rows in involved:
        if not rows.replicates:
            return f"all fits of {rows.setting} failed, see `lsdm status`"
    return f"no rows with {' and '.join(map(repr, names))} in every setting that needs them"


def _needed(claim: Claim | Comparison | Trend) -> list[str]:
    """Value names that a claim reads, what it measures first."""
    match claim:
        case Claim():
            others = [claim.measured_from_below, *claim.value_names.values()]
        case Comparison():
            others = [claim.measured_over, claim.against]
        case Trend():
            others = []
    return list(dict.fromkeys([claim.measured, *(name for name in others if name is not None)]))


def _has(rows: SettingRows, name: str) -> bool:
    return any(bool(np.isfinite(rows.column(name, end)).any()) for end in ("", *_ENDS))


def _absent(claim: Claim | Comparison | Trend, absent: Sequence[str], fitted: Sequence[SettingRows]) -> list[str]:
    stored = _stored(fitted)
    parts: list[str] = []
    unlike: list[str] = []
    for name in absent:
        needed = f", which {claim.bound.label} needs" if isinstance(claim, Claim) and name != claim.measured else ""
        parts.append(f"no row has a value named {name!r}{needed}")
        alike = get_close_matches(name, stored, n=1, cutoff=_ALIKE)
        if alike:
            parts[-1] += f"; did you mean {alike[0]!r}?"
        else:
            unlike.append(name)
    if unlike:
        more = f" and {len(stored) - _LISTED} more" if len(stored) > _LISTED else ""
        parts.append(f"stored are {', '.join(stored[:_LISTED])}{more}" if stored else "no value at all is stored")
        parts.append(f"add the metric that gives {'it' if len(unlike) == 1 else 'them'} to the study's metrics")
    return parts


def _stored(fitted: Sequence[SettingRows]) -> list[str]:
    """Names that have a number somewhere; the ends of a certificate go under the name of its value."""
    found = {name for rows in fitted for name, values in rows.values.items() if np.isfinite(values).any()}
    return sorted({name for name in found
                   if not any(name.endswith(end) and name.removesuffix(end) in found for end in _ENDS)})
