"""A few generated points, kept with the scores so that figures can show them without simulating."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated

import numpy as np
from annotated_types import Ge

from lsdm_stats.arrays import FloatArray, IntArray
from lsdm_stats.metrics.evaluation import Evaluation, further_noise
from lsdm_stats.spec import Spec


class Examples(Spec):
    """The first `count` test points with what was generated for them.

    Gives the pictures ``examples.conditions``, ``examples.responses`` and ``examples.generated``; where `per_condition`
    is set, the first `count` of each distinct condition instead (for labels), in order of the conditions.

    Parameters
    ----------
    count : int
        How many points; of each condition, if `per_condition`.
    per_condition : bool
        Whether conditions are labels, each to be shown.

    Examples
    --------
    >>> from lsdm_stats import Circle, evaluate, streams
    >>> truth = Circle(width=0.3)
    >>> rngs = streams.data(1, truth, replicates=range(2))
    >>> pictures = evaluate(truth, truth, [Examples(count=5)], n_test=50, rngs=rngs)
    >>> {name: array.shape for name, array in pictures.items()}
    {'examples.conditions': (2, 5, 1), 'examples.responses': (2, 5, 2), 'examples.generated': (2, 5, 2)}
    """

    count: Annotated[int, Ge(1)] = 200
    per_condition: bool = False

    def evaluate(self, evaluation: Evaluation) -> Mapping[str, FloatArray]:
        """Arrays of shape ``(R, rows, dim)``."""
        chosen = [self._rows(conditions) for conditions in evaluation.conditions]
        if len({len(rows) for rows in chosen}) > 1:
            raise ValueError(
                f"Examples needs {self.count} test points of every condition in each replicate; got fewer; "
                "lower count or raise n_test"
            )
        arrays = {
            "examples.conditions": evaluation.conditions,
            "examples.responses": evaluation.responses,
            "examples.generated": evaluation.generated,
        }
        if not chosen:
            return {name: array[:, : self.count] for name, array in arrays.items()}
        rows = np.stack(chosen)[:, :, None]
        return {name: np.take_along_axis(array, rows, axis=1) for name, array in arrays.items()}

    def _rows(self, conditions: FloatArray) -> IntArray:
        if not self.per_condition:
            return np.arange(min(self.count, len(conditions)))
        _, label = np.unique(conditions, axis=0, return_inverse=True)
        order = np.argsort(-label, kind="stable")
        rank = np.concatenate([np.arange(size) for size in np.bincount(label)[::-1]])
        return order[rank < self.count]


class ExampleDraws(Spec):
    """Several draws for each of the first `count` test conditions.

    Gives the picture ``examples.draws`` of shape ``(R, count, n_draws, dim)``, in the order of `Examples`.

    Parameters
    ----------
    count : int
        How many test conditions.
    n_draws : int
        Draws at each.

    Examples
    --------
    >>> from lsdm_stats import Circle, evaluate, streams
    >>> truth = Circle(width=0.3)
    >>> rngs = streams.data(1, truth, replicates=range(2))
    >>> evaluate(truth, truth, [ExampleDraws(count=5, n_draws=3)], n_test=20, rngs=rngs)["examples.draws"].shape
    (2, 5, 3, 2)
    """

    count: Annotated[int, Ge(1)] = 10
    n_draws: Annotated[int, Ge(1)] = 6

    def evaluate(self, evaluation: Evaluation) -> Mapping[str, FloatArray]:
        """One array.

        Raises
        ------
        ValueError
            If the generated responses were changed after they were drawn.
        """
        if evaluation.further is None:
            raise ValueError(
                "ExampleDraws needs a fit that can draw again; got changed responses; "
                "set clip_radius of LSDM in place of Clipped"
            )
        chosen = evaluation.conditions[:, : self.count]
        shape = (*chosen.shape[:2], self.n_draws, evaluation.responses.shape[2])
        if not evaluation.replicates:
            return {"examples.draws": np.empty(shape)}
        rows = np.repeat(chosen, self.n_draws, axis=1)
        return {"examples.draws": evaluation.further.responses(rows, rngs=further_noise(evaluation)).reshape(shape)}
