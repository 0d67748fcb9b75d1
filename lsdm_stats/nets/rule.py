"""The stopping rule of every neural stage, declared without loading torch."""

from __future__ import annotations

from typing import Annotated

from annotated_types import Ge, Gt, Lt

from lsdm_stats.spec import Spec


class Training(Spec):
    """How a neural stage trains: minibatch Adam, scored on held-out data, the same rule for every method and size.

    A share of the data is held out per replicate. Every `check_every` steps the replicate is scored on it and its best
    weights are kept. When `patience` steps pass without improvement, the replicate goes back to its best weights and
    its learning rate is multiplied by `decay`; after `n_decays` such falls the next one ends its training.
    `max_steps` bounds the whole.

    Parameters
    ----------
    max_steps : int
        Largest number of optimiser steps.
    patience : int
        Steps without a better hold-out score before the learning rate falls.
    batch_size : int
        Observations per step; all of them where there are fewer.
    learning_rate : float
        Initial step size of Adam.
    holdout : float
        Share of the data that is held out, in (0, 0.5]; never fewer than one observation, nor more than `max_holdout`.
    max_holdout : int
        Largest number of held-out observations.
    check_every : int
        Steps between two hold-out scores.
    n_decays : int
        How often the learning rate may fall.
    decay : float
        Factor by which it falls, in (0, 1).

    Examples
    --------
    >>> Training(max_steps=4_000, patience=500).doubled().patience
    1000
    """

    max_steps: Annotated[int, Ge(1)] = 20_000
    patience: Annotated[int, Ge(1)] = 1_000
    batch_size: Annotated[int, Ge(1)] = 128
    learning_rate: Annotated[float, Gt(0)] = 3e-3
    holdout: Annotated[float, Gt(0), Lt(0.500001)] = 0.15
    max_holdout: Annotated[int, Ge(1)] = 2_000
    check_every: Annotated[int, Ge(1)] = 50
    n_decays: Annotated[int, Ge(0)] = 2
    decay: Annotated[float, Gt(0), Lt(1)] = 0.2

    def doubled(self) -> Training:
        """Twice the budget: twice the steps and twice the patience."""
        return self.replace(max_steps=2 * self.max_steps, patience=2 * self.patience)

    def holdout_size(self, n: int) -> int:
        """How many of `n` observations are held out.

        Raises
        ------
        ValueError
            If there are fewer than two observations.
        """
        if n < 2:
            raise ValueError(
                f"a neural fit must have at least 2 observations, one of them held out; got {n}; draw more"
            )
        return min(max(1, round(self.holdout * n)), self.max_holdout, n - 1)
