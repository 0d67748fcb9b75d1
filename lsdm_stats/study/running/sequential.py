r"""Replicate until precise: a setting grows by blocks of replicates until the errors of its means are small enough.

It begins with the study's own replicates, and with whole blocks up to `MINIMUM` replicates. When all of them are over,
the errors of its means are assessed (`assess`); unless every target is reached, the next blocks are added
(`further_needed`), up to `max_replicates`, and it is assessed again from all its replicates.

*Early stopping.* To look again and again and to stop at the first :math:`s/\sqrt n\le\tau` stops where :math:`s`
happens to be small: too early, and with an error that looks smaller than it is. Against that stand four rules: no
decision before `MINIMUM` replicates; decisions at block boundaries only; the variance anew from all replicates each
time; and a margin, for it stops only when the upper 99 % confidence limit of :math:`\sigma/\sqrt n` is at the target.
The margin costs a factor of about :math:`e^{2\cdot2.33/\sqrt{2n}}` of the replicates for normal values and absolute
targets (1.18 at 400, 1.11 at 1,000), and more for heavy tails. Where values are symmetric, the mean stays unbiased;
where they are skewed, its bias is of order :math:`1/n`, below its error.

What is added depends on the stored numbers of that setting alone, and stages that were decided are decided again in the
same way when a run goes on: neither the executor nor an interruption changes which replicates are computed.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from math import inf

import numpy as np

from lsdm_stats.arrays import FloatArray
from lsdm_stats.study.blocks import further_blocks
from lsdm_stats.study.design import Cell, Study
from lsdm_stats.study.running.precision import MINIMUM, Precision, Targets, assess, further_needed
from lsdm_stats.study.storage.store import Store


@dataclass(frozen=True)
class Rule:
    """When a setting has enough replicates.

    Parameters
    ----------
    targets : Targets
        What is to be reached by its means.
    max_replicates : int
        At most so many replicates; at least those that the study asks for.

    Examples
    --------
    >>> from lsdm_stats.study import Targets
    >>> Rule(Targets.parse(["2%"]), max_replicates=1000).targets.default
    0.02
    """

    targets: Targets
    max_replicates: int


class SettingGrowth:
    """One setting on its way to its targets.

    Parameters
    ----------
    rule : Rule
        When it has enough; its maximum must be at least the study's replicates.
    study : Study
        Its study.
    own : sequence of Cell
        The study's own cells of the setting.

    Attributes
    ----------
    stage : tuple of Cell
        All cells that must be over before the next decision, or that the last one found enough.
    closed : bool
        Whether there is nothing more to add: it is precise enough, at its maximum, or nothing can be learnt of it.
    found : tuple of Precision
        What the last decision was made from.
    names : frozenset of str
        Every value name that was read.

    Raises
    ------
    ValueError
        If the rule allows fewer replicates than the study asks for.
    """

    def __init__(self, rule: Rule, study: Study, own: Sequence[Cell]) -> None:
        if rule.max_replicates < study.replicates:
            raise ValueError(f"--max-replicates must be at least the {study.replicates} that {study.name} asks for; "
                             f"got {rule.max_replicates}; raise it, or name other studies")
        self._rule = rule
        self._block = study.block
        self._metrics = [metric.digest for metric in study.metrics]
        self._further = tuple(replace(own[0], replicates=b) for b in further_blocks(study, rule.max_replicates))
        self._values: dict[str, dict[str, FloatArray]] = {}
        lacking = max(0, MINIMUM - study.replicates)
        self.stage = (*own, *self._further[: -(-lacking // study.block)])
        self._n_own = len(own)
        self.closed = False
        self.found: tuple[Precision, ...] = ()
        self.names = frozenset[str]()

    @property
    def n(self) -> int:
        """Replicates of the stage, failed ones among them."""
        return sum(len(cell.replicates) for cell in self.stage)

    @property
    def urgency(self) -> float:
        """How far the worst mean is from its target; infinite before the first decision."""
        return self.found[0].shortfall if self.found else inf

    @property
    def available(self) -> int:
        """Blocks that may still be added."""
        return self._n_own + len(self._further) - len(self.stage)

    def decide(self, store: Store) -> None:
        """Assess the stage, whose cells are all over: close the setting, or go on to the next stage."""
        self.found = self.assess(store, self.stage)
        n_blocks = further_needed(self.found, n=self.n, block=self._block, available=self.available)
        self.closed = not n_blocks
        begin = len(self.stage) - self._n_own
        self.stage = (*self.stage, *self._further[begin : begin + n_blocks])

    def assess(self, store: Store, cells: Sequence[Cell]) -> tuple[Precision, ...]:
        """The precision of every mean over some cells of the setting."""
        new = [cell.key for cell in cells if cell.key not in self._values]
        rows: dict[str, dict[str, list[tuple[int, float]]]] = {key: {} for key in new}
        for key, row in store.numbers(new, self._metrics):
            rows[key].setdefault(row.name, []).append((row.replicate, row.value))
        for key, by_name in rows.items():
            self._values[key] = {name: np.array([value for _, value in sorted(found)])
                                 for name, found in sorted(by_name.items())}
        names = sorted({name for cell in cells for name in self._values[cell.key]})
        none = np.empty(0)
        columns = {name: np.concatenate([self._values[cell.key].get(name, none) for cell in cells]) for name in names}
        self.names = frozenset(names)
        return assess(columns, self._rule.targets)
