"""Cells, failures and provenance of a study as short tables."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, cast

from lsdm_stats.report.entries import Entry
from lsdm_stats.study import Setting

_SHOWN = 12  # digits of a key: enough to name a cell


@dataclass(frozen=True)
class CellRow:
    """One block of replicates of a setting; its key and time are empty if it is not computed yet."""

    setting: str
    replicates: str
    key: str = ""
    seconds: float | None = None
    failed: int = 0
    started: str = ""


@dataclass(frozen=True)
class FailureRow:
    """Replicates of a setting that failed for one reason."""

    setting: str
    replicates: tuple[int, ...]
    reason: str
    key: str


@dataclass(frozen=True)
class Surroundings:
    """With what cells were computed, how many, and when the first and the last of them was started."""

    values: tuple[str, ...]
    cells: int
    first: str
    last: str


def cells(entry: Entry) -> tuple[CellRow, ...]:
    """Every cell that a study asks for, in its order, then the stored ones beyond them."""
    stored = _stored(entry)
    asked = {cell.key: CellRow(str(cell.setting), _span(list(cell.replicates))) for cell in entry.study.cells()}
    return tuple({**asked, **stored}.values())


def _stored(entry: Entry) -> dict[str, CellRow]:
    if entry.rows is None:
        return {}
    columns = ["key", "source", "n_paired", "n_unpaired", "method", "seconds", "replicate", "status"]
    distinct = entry.rows[columns].drop_duplicates()
    fits: dict[str, list[dict[str, Any]]] = {}
    for values in zip(*(distinct[name].tolist() for name in columns), strict=True):
        fits.setdefault(str(values[0]), []).append(dict(zip(columns, values, strict=True)))
    return {key: _cell(key, found, entry.provenance.get(key, {}).get("started", "")) for key, found in fits.items()}


def _cell(key: str, fits: list[dict[str, Any]], started: str) -> CellRow:
    first = fits[0]
    setting = Setting(first["source"], int(first["n_paired"]), int(first["n_unpaired"]), first["method"])
    replicates = sorted({int(fit["replicate"]) for fit in fits})
    failed = sum(fit["status"] == "failed" for fit in fits)
    return CellRow(str(setting), _span(replicates), key[:_SHOWN], float(first["seconds"]), failed, started)


def failures(entry: Entry) -> tuple[FailureRow, ...]:
    """Failed replicates, those of one cell and one reason together."""
    if entry.rows is None:
        return ()
    failed = entry.rows[entry.rows["status"] == "failed"]
    columns = ["source", "n_paired", "n_unpaired", "method", "key", "reason"]
    found: list[FailureRow] = []
    for values, rows in failed.fillna({"reason": ""}).groupby(columns, sort=False):
        source, n, m, method, key, reason = cast("tuple[str, int, int, str, str, str]", values)
        setting = str(Setting(source, int(n), int(m), method))
        replicates = tuple(sorted(int(replicate) for replicate in rows["replicate"]))
        found.append(FailureRow(setting, replicates, reason, key[:_SHOWN]))
    return tuple(found)


def surroundings(entry: Entry) -> tuple[tuple[str, ...], tuple[Surroundings, ...]]:
    """Names of what is known of the computation of cells, and each combination of values with its cells."""
    keys = [] if entry.rows is None else [str(key) for key in entry.rows["key"].unique()]
    known = [entry.provenance[key] for key in keys if key in entry.provenance]
    names = tuple(name for name in (known[0] if known else {}) if name not in ("key", "started"))
    groups: dict[tuple[str, ...], list[Mapping[str, str]]] = {}
    for record in known:
        groups.setdefault(tuple(record[name] for name in names), []).append(record)
    found = [
        Surroundings(values, len(records), min(record["started"] for record in records),
                     max(record["started"] for record in records))
        for values, records in groups.items()
    ]
    return names, tuple(found)


def _span(replicates: list[int]) -> str:
    first, last = replicates[0], replicates[-1]
    return str(first) if first == last else f"{first}–{last}"
