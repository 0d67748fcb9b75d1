"""Joint W1 of two laws beside the mean W1 of their conditional laws (docs/theory.md, A4)."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import ClassVar

import numpy as np
from numpy.typing import ArrayLike

from lsdm_stats.arrays import FloatArray, as_points
from lsdm_stats.populations.joint_pairs import JointSamples
from lsdm_stats.samples import SemiSupervised
from lsdm_stats.wasserstein import exact
from lsdm_stats.wasserstein.estimators.methods import Estimator


def labelled_w1(labels: ArrayLike, first: ArrayLike, other_labels: ArrayLike, second: ArrayLike) -> dict[str, float]:
    """Mean over the labels of W1 between the responses of one label, weighted by how often it occurs.

    Parameters
    ----------
    labels, other_labels : array_like of shape (n, p)
        Labels of both samples, equal rows for equal labels.
    first, second : array_like of shape (n, q)
        Responses.

    Returns
    -------
    dict
        ``conditional_w1`` with ``.lower`` and ``.upper``, in the units of the responses.

    Raises
    ------
    ValueError
        If a label does not occur equally often in both samples: then nothing is the mean of both.

    Examples
    --------
    >>> labelled_w1([0.0, 0.0, 1.0], [0.0, 1.0, 5.0], [1.0, 0.0, 0.0], [8.0, 1.0, 0.0])["conditional_w1"]
    1.0
    """
    rows, others = as_points(labels, "labels"), as_points(other_labels, "other_labels")
    y, g = as_points(first, "first"), as_points(second, "second")
    (kinds, place, counts), (other_kinds, other_place, other_counts) = (
        np.unique(array, axis=0, return_inverse=True, return_counts=True) for array in (rows, others)
    )
    if not (np.array_equal(kinds, other_kinds) and np.array_equal(counts, other_counts)):
        raise ValueError("labels must occur equally often in both samples; "
                         f"got counts {counts.tolist()} and {other_counts.tolist()}; give both the same labels")
    classes = range(len(counts))
    transports = [exact(y[place.ravel() == index], g[other_place.ravel() == index]) for index in classes]
    return {
        name: math.fsum(counts * [getattr(one, end) for one in transports]) / len(rows)
        for name, end in _ends("conditional_w1").items()
    }


class JointAndConditionalW1(Estimator):
    r"""Both sides of A4 on points of two joint laws, with everything that the laws are known to have.

    Gives ``joint_w1``, W1 in the sum metric, certified, and ``conditional_w1``, the mean W1 between the conditional
    laws: over the conditions of the sample where it is known, from the responses of each label where conditions are
    labels. ``conditional_over_joint`` is their ratio; ``conditional_over_root`` is ``conditional_w1`` over
    :math:`\sqrt{BLW}` (docs/theory.md, A4.sharp), where both constants are known and not 0.

    Examples
    --------
    >>> from lsdm_stats import streams
    >>> from lsdm_stats.populations import GrowingShift
    >>> pair, rng = GrowingShift(slope=0.5), np.random.default_rng(1)
    >>> data = pair.draw(20, 0, rngs=streams.data(1, pair, replicates=[0]))
    >>> values = JointAndConditionalW1().estimate(data.conditions[0], data.responses[0], data, rng=rng)
    >>> values["joint_w1.law"], values["conditional_w1.law"]
    (0.25, 0.25)
    """

    is_timed: ClassVar[bool] = False

    def estimate(self, x: FloatArray, y: FloatArray, data: SemiSupervised, *,
                 rng: np.random.Generator) -> Mapping[str, float]:
        """Values by name."""
        if not isinstance(data, JointSamples):
            raise ValueError(f"JointAndConditionalW1 needs points of two joint laws; got {type(data).__name__}; "
                             "draw them from Zigzag, LabelledPair or their like")
        p = data.condition_dim
        joint = exact(x, y, blocks=(p, x.shape[1] - p), x_weights=data.masses, y_weights=data.masses)
        values = {name: getattr(joint, end) for name, end in _ends("joint_w1").items()}
        if data.distances is None:
            values |= labelled_w1(x[:, :p], x[:, p:], y[:, :p], y[:, p:])
        else:
            values["conditional_w1"] = float(data.distances[0])
        values["conditional_over_joint"] = values["conditional_w1"] / joint.value
        scale = data.known.get("diameter", 0.0) * data.known.get("conditional_lipschitz", 0.0)
        if scale:
            values["conditional_over_root"] = values["conditional_w1"] / math.sqrt(scale * joint.value)
        return {**values, **data.known}


def _ends(name: str) -> dict[str, str]:
    return {name: "value", f"{name}.lower": "lower", f"{name}.upper": "upper"}
