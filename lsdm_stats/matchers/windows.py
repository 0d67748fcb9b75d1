"""Batches of neighbours: the pairs whose conditions are nearest to that of one pair."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated

from annotated_types import Ge

from lsdm_stats.spec import Spec

if TYPE_CHECKING:
    from torch import Tensor


class Windows(Spec):
    """Windows of nearest pairs, conditions compared in the units in which they are given.

    Parameters
    ----------
    size : int
        Pairs of a window, its centre included; all of them where there are fewer.
    per_step : int
        Windows of one optimiser step.

    Examples
    --------
    >>> Windows(size=48).per_step
    4
    """

    size: Annotated[int, Ge(2)] = 48
    per_step: Annotated[int, Ge(1)] = 4

    def gather(self, arrays: Sequence[Tensor]) -> list[Tensor]:
        """The window of every pair.

        Parameters
        ----------
        arrays : sequence of Tensor of shape (R, n, …)
            Conditions ``(R, n, p)`` first, then what goes with them.

        Returns
        -------
        list of Tensor of shape (R, n, min(size, n), …)
            Entry ``[r, i]`` has the rows nearest to row i of replicate r.
        """
        from lsdm_stats.nets.neighbours import gather_nearest

        return gather_nearest(arrays, self.size)
