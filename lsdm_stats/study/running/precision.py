"""How precise is precise enough: targets of Monte Carlo standard errors, and how many replicates they take."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from lsdm_stats.arrays import FloatArray
from lsdm_stats.inference import mean as mean_of
from lsdm_stats.study.storage.results import is_timing

MINIMUM = 20
"""Replicates before the first decision: with fewer the estimated variance says too little."""

NEGLIGIBLE = 1e-12
"""A Monte Carlo standard error that is always small enough: rounding errors of values that are 0."""

_NORMAL_99 = 2.3263478740408408
_LARGEST = 50.0  # of exponents: a mean that is 0 up to its error has no relative precision


@dataclass(frozen=True)
class Targets:
    """What Monte Carlo standard errors of means are to be reached.

    Parameters
    ----------
    default : float, optional
        Share of the absolute mean, for every value name without a target of its own; such names have none if left out.
    absolute, relative : mapping from str to float
        By value name, in its units or as a share of its absolute mean.

    Examples
    --------
    >>> targets = Targets.parse(["2%", "joint_w1=0.01"])
    >>> targets.of("joint_w1", mean=3.0), targets.of("reconstruction", mean=-3.0)
    (0.01, 0.06)
    """

    default: float | None
    absolute: Mapping[str, float]
    relative: Mapping[str, float]

    @classmethod
    def parse(cls, texts: Sequence[str]) -> Targets:
        """Targets from words such as ``2%``, ``joint_w1=0.01`` and ``recall=5%``.

        Raises
        ------
        ValueError
            If a word is neither, names a time, or names twice.
        """
        default: float | None = None
        absolute: dict[str, float] = {}
        relative: dict[str, float] = {}
        for text in texts:
            name, equals, amount = text.rpartition("=")
            value, is_share = _amount(amount)
            if value is None or bool(equals) != bool(name.strip()) or not (name or is_share):
                raise ValueError("--target-mcse must be a percentage of every mean such as 2%, or NAME=X or NAME=X% "
                                 f"for a value name, above 0; got {text!r}; correct it")
            name = name.strip()
            if name in absolute or name in relative or (not name and default is not None):
                raise ValueError(f"--target-mcse must be given once for {name or 'all means'}; got {text!r} too; "
                                 "remove one")
            if is_timing(name):
                raise ValueError(f"--target-mcse must be of something that reproduces; got {text!r}, a time; remove it")
            if not name:
                default = value
            else:
                (relative if is_share else absolute)[name] = value
        if default is None and not absolute and not relative:
            raise ValueError("at least one target is required; got none; give one such as 2%")
        return cls(default, absolute, relative)

    @property
    def names(self) -> frozenset[str]:
        """The value names that have a target of their own."""
        return frozenset(self.absolute) | frozenset(self.relative)

    def is_relative(self, name: str) -> bool:
        """Whether the target of a value name is a share of its mean."""
        return name not in self.absolute

    def of(self, name: str, *, mean: float) -> float | None:
        """The target of a value name with a given mean, in its units; None if it has none. Times never have one."""
        if name in self.absolute:
            return self.absolute[name]
        share = self.relative.get(name, None if is_timing(name) else self.default)
        return None if share is None else share * abs(mean)


@dataclass(frozen=True)
class Precision:
    r"""The mean of one value in one setting, and whether it is precise enough.

    Parameters
    ----------
    name : str
        Value name.
    n : int
        Replicates with a finite value.
    mean, mcse : float
        Mean and its Monte Carlo standard error, in the units of the value.
    limit : float
        Upper 99 % confidence limit of the true :math:`\sigma/\sqrt n`; with a relative target it allows for the error
        of the mean as well.
    target : float
        What is to be reached, in the same units.

    Examples
    --------
    >>> one = Precision("joint_w1", n=20, mean=0.5, mcse=0.01, limit=0.016, target=0.01)
    >>> one.reached, round(one.shortfall, 6)
    (False, 1.6)
    """

    name: str
    n: int
    mean: float
    mcse: float
    limit: float
    target: float

    @property
    def reached(self) -> bool:
        """Whether the upper limit is at most the target, or the error is negligible."""
        return self.limit <= self.target or self.mcse <= NEGLIGIBLE

    @property
    def shortfall(self) -> float:
        """Upper limit over target: above 1 where replicates are lacking."""
        return 0.0 if self.reached else self.limit / self.target if self.target else math.inf

    @property
    def required(self) -> float:
        r"""Replicates at which the target is expected to be reached; infinite if never.

        The root of :math:`n = (s/\tau)^2 e^{2 z c/\sqrt n}`, with :math:`c/\sqrt n` the relative error of s (`assess`).
        """
        if self.mcse <= NEGLIGIBLE:
            return float(self.n)
        if not self.target:
            return math.inf
        plain = self.n * (self.mcse / self.target) ** 2
        error = math.log(self.limit / self.mcse) * math.sqrt(self.n)
        found = max(plain, 1.0)
        for _ in range(60):
            found = max(1.0, (found + plain * math.exp(min(2 * error / math.sqrt(found), _LARGEST))) / 2)
        return found


def assess(values: Mapping[str, FloatArray], targets: Targets) -> tuple[Precision, ...]:
    r"""The precision of every mean that has a target, the one that lacks most first.

    The limit is :math:`\frac{s}{\sqrt n}e^{z_{0.99}\,e}`, one-sided on the log scale, with :math:`e` the MCSE of
    :math:`\log s` (delta method: that of the mean of :math:`\psi=\frac12((v-\bar v)^2/s^2-1)`), at least the
    :math:`1/\sqrt{2(n-1)}` of normal values. With a relative target it is that of :math:`\log(s/|\bar v|)`, from
    :math:`\psi-(v-\bar v)/\bar v`: the mean that the target is a share of is an estimate too.

    Parameters
    ----------
    values : mapping from str to ndarray of shape (R,)
        Values over replicates by name; those that are not finite are left out.
    targets : Targets
        What is to be reached.

    Returns
    -------
    tuple of Precision
        Names with fewer than two finite values are left out: nothing is known of them.
    """
    found: list[Precision] = []
    for name, column in values.items():
        finite = column[np.isfinite(column)]
        if finite.size < 2:
            continue
        centre = mean_of(finite)
        target = targets.of(name, mean=centre.value)
        if target is None:
            continue
        error = _log_error(finite, relative=targets.is_relative(name))
        limit = centre.mcse * math.exp(min(_NORMAL_99 * error, _LARGEST))
        found.append(Precision(name, finite.size, centre.value, centre.mcse, limit, target))
    return tuple(sorted(found, key=lambda one: -one.shortfall))


def further_needed(found: Sequence[Precision], *, n: int, block: int, available: int) -> int:
    r"""How many blocks to add to the `n` replicates of a setting before deciding again; 0 when it is precise enough.

    One block, or as many as the plain estimate :math:`n(s/(\tau\sqrt n))^2` asks for, without the margin of the limit
    and at most twice the replicates: workers are busy while the target is far, and near it a block at most is wasted.

    Parameters
    ----------
    found : sequence of Precision
        Of the setting's means.
    n, block : int
        Replicates so far and per block.
    available : int
        Blocks that may still be added.

    Examples
    --------
    >>> far = Precision("w1", 20, mean=1.0, mcse=0.3, limit=0.4, target=0.1)
    >>> near = Precision("w1", 180, mean=1.0, mcse=0.1, limit=0.11, target=0.1)
    >>> [further_needed([one], n=one.n, block=10, available=50) for one in (far, near)]
    [2, 1]
    """
    lacking = [one for one in found if not one.reached]
    if not lacking or available < 1:
        return 0
    plain = max(n * (one.mcse / one.target) ** 2 if one.target else math.inf for one in lacking)
    return int(min(available, max(1, min((plain - n) // block, n // block))))


def _log_error(values: FloatArray, *, relative: bool) -> float:
    """Standard error of the log of the standard deviation, or of the coefficient of variation."""
    centre, variance = float(values.mean()), float(values.var(ddof=1))
    if not variance:
        return 0.0
    psi = (values - centre) ** 2 / (2 * variance)
    if relative and centre:
        psi -= (values - centre) / centre
    return max(mean_of(psi).mcse, 1 / math.sqrt(2 * (values.size - 1)))


def _amount(text: str) -> tuple[float | None, bool]:
    """A positive finite number, and whether it is a percentage (given as a share); None if it is neither."""
    stripped = text.strip()
    is_share = stripped.endswith("%")
    try:
        value = float(stripped.removesuffix("%")) / (100 if is_share else 1)
    except ValueError:
        return None, is_share
    return (value if 0 < value < math.inf else None), is_share
