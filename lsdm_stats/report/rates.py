"""How fast a measured value and its bound fall with the sample size: fitted slopes of both over the same sizes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import isfinite
from typing import Literal

import numpy as np

from lsdm_stats.arrays import FloatArray
from lsdm_stats.inference import SlopeEstimate, loglog_slope
from lsdm_stats.study import Claim
from lsdm_stats.study.judging.evidence import SettingRows

_FEWEST = 3  # sizes: through two points every curve is a line


@dataclass(frozen=True)
class Rate:
    """Log–log slopes of the means of both sides of a bound.

    Parameters
    ----------
    group : str
        What is held fixed.
    over : str
        ``n`` or ``m``.
    sizes : tuple of int
        The sizes, in increasing order.
    replicates : int
        Replicates that have all of them.
    measured, bound : SlopeEstimate
        With 95 % intervals over replicates; that of a bound made of known constants has no width.
    """

    group: str
    over: Literal["n", "m"]
    sizes: tuple[int, ...]
    replicates: int
    measured: SlopeEstimate
    bound: SlopeEstimate


def rates(claim: Claim, settings: Sequence[SettingRows]) -> tuple[Rate, ...]:
    """The slopes of a claim wherever at least three sizes share their source, method and other size."""
    chosen = [rows for rows in settings if claim.concerns(rows.setting)]
    groups: dict[tuple[str, Literal["n", "m"]], list[tuple[int, SettingRows]]] = {}
    for rows in chosen:
        setting = rows.setting
        start = f"{setting.source}, {setting.method}"
        groups.setdefault((f"{start}, m={setting.n_unpaired}", "n"), []).append((setting.n_paired, rows))
        if setting.n_unpaired:
            groups.setdefault((f"{start}, n={setting.n_paired}", "m"), []).append((setting.n_unpaired, rows))
    found = [_rate(claim, group, over, members) for (group, over), members in groups.items()]
    return tuple(rate for rate in found if rate is not None)


def _rate(claim: Claim, group: str, over: Literal["n", "m"], members: list[tuple[int, SettingRows]]) -> Rate | None:
    members = sorted(members, key=lambda member: member[0])
    sides = [_sides(claim, rows) for _, rows in members]
    shared = sorted(set.intersection(*(set(values) for values in sides)))
    if len(members) < _FEWEST or len(shared) < 2:
        return None
    sizes = [size for size, _ in members]
    both = np.array([[values[replicate] for values in sides] for replicate in shared])  # (replicates, sizes, 2)
    if (both.mean(axis=0) <= 0).any():
        return None
    measured, bound = (loglog_slope(sizes, both[:, :, side]) for side in range(2))
    return Rate(group, over, tuple(sizes), len(shared), measured, bound)


def _sides(claim: Claim, rows: SettingRows) -> dict[int, tuple[float, float]]:
    """Measured value and bound of every replicate that has both."""
    measured = rows.column(claim.measured)
    numbers = {name: rows.column(value) for name, value in claim.value_names.items()}
    complete = np.isfinite([measured, *numbers.values()]).all(axis=0)
    if not complete.any():
        return {}
    given: dict[str, FloatArray] = {name: values[complete] for name, values in numbers.items()}
    bound = np.broadcast_to(claim.bound.evaluate(given).total, int(complete.sum()))
    pairs = zip(measured[complete].tolist(), bound.tolist(), strict=True)
    replicates = np.asarray(rows.replicates)[complete].tolist()
    return {replicate: pair for replicate, pair in zip(replicates, pairs, strict=True) if isfinite(pair[1])}
