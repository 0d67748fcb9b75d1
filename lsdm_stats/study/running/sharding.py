"""A run in parts that know nothing of each other: which cells are whose, and which store each part writes."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from lsdm_stats.study.storage.results import StoredCell
from lsdm_stats.study.storage.store import Store


@dataclass(frozen=True)
class Shard:
    """Part `number` of `total` of every study, by the keys of its cells.

    Which shard a cell belongs to depends on its key alone: whatever the stores of the shards hold, whichever studies
    are run and however many replicates are added, the shards have no cell in common and miss none.

    Parameters
    ----------
    number : int
        From 1 to `total`.
    total : int
        Number of shards.

    Raises
    ------
    ValueError
        If the numbers are out of range.

    Examples
    --------
    >>> shard = Shard.parse("2/3")
    >>> shard.store(Path("results/lsdm.sqlite")).as_posix()
    'results/lsdm.shard-2-of-3.sqlite'
    >>> [Shard(number, 3).has("be" + 62 * "0") for number in (1, 2, 3)]
    [False, True, False]
    """

    number: int
    total: int

    def __post_init__(self) -> None:
        if not 1 <= self.number <= self.total:
            raise ValueError(
                f"a shard must be i/N with 1 <= i <= N; got {self.number}/{self.total}; number shards from 1"
            )

    @classmethod
    def parse(cls, text: str) -> Shard:
        """The shard that ``i/N`` stands for.

        Raises
        ------
        ValueError
            If the text is of another form.
        """
        found = re.fullmatch(r"([0-9]{1,9})/([0-9]{1,9})", text)
        if found is None:
            raise ValueError(f"a shard must be i/N, as 2/8; got {text!r}; correct it")
        return cls(int(found[1]), int(found[2]))

    def has(self, key: str) -> bool:
        """Whether the cell with a key is of this shard."""
        return int(key, 16) % self.total == self.number - 1

    def store(self, whole: Path) -> Path:
        """The store that this shard writes, beside the one of the whole run."""
        return whole.with_name(f"{whole.stem}.shard-{self.number}-of-{self.total}{whole.suffix}")


def cells_of_both(whole: Path, part: Store) -> Mapping[str, StoredCell]:
    """What is stored in the store of the whole run, if there is one, or in that of a shard; done goes before failed."""
    own = part.cells()
    if not whole.exists():
        return own
    with Store(whole) as opened:
        known = opened.cells()
    return known | {key: cell for key, cell in own.items() if key not in known or cell.status == "done"}
