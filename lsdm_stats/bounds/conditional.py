"""What joint W1 says of the conditional laws, and they of it (docs/theory.md, A4)."""

from __future__ import annotations

from typing import Literal

import numpy as np

from lsdm_stats.arrays import FloatArray
from lsdm_stats.bounds.master import TAG
from lsdm_stats.bounds.theorem import Bound, Term, Theorem

ConditionalForm = Literal["joint", "minimised", "one_window", "labels"]
"""Which inequality between joint and conditional distances (docs/theory.md, A4)."""

_SAME_CONDITIONS = "both joint laws have the same law of the condition; sum metric"
_LIPSCHITZ = "the conditional laws are Lipschitz in W1 with constants that add up to at most L"
_SCALE = ("joint_w1", "diameter", "conditional_lipschitz", "condition_dim")


def _transport(joint: FloatArray, diameter: FloatArray, lipschitz: FloatArray, dim: FloatArray) -> FloatArray:
    """max(1, sqrt(p) B / h) W at the best width h = sqrt(B W / L), or at sqrt(p) B if that is less."""
    return np.maximum(joint, np.sqrt(dim * diameter * lipschitz * joint))


def _smoothing(joint: FloatArray, diameter: FloatArray, lipschitz: FloatArray, dim: FloatArray) -> FloatArray:
    """sqrt(p) L h at the same width."""
    scale = dim * diameter * lipschitz
    return np.minimum(scale, np.sqrt(scale * joint))


def _drift(lipschitz: FloatArray, spread: FloatArray) -> FloatArray:
    return 2 * lipschitz * spread


def _nearness(joint: FloatArray, ratio: FloatArray) -> FloatArray:
    return np.maximum(0.0, ratio - 1) * joint


_FORMS: dict[ConditionalForm, Theorem] = {
    "joint": Theorem(
        "A4.joint", "joint W1 by conditional laws", "joint W1 <= mean W1 of the conditional laws",
        (_SAME_CONDITIONS,), TAG, (Term("conditional", ("conditional_w1",), np.asarray),)),
    "minimised": Theorem(
        "A4.conditional", "conditional laws by joint W1, best width",
        "mean W1 of the conditional laws <= min over h > 0 of max(1, sqrt(p) B / h) * joint W1 + sqrt(p) L h",
        (_SAME_CONDITIONS, _LIPSCHITZ + " on a convex set of R^p that holds the conditions",
         "B is the diameter of all responses, generated and true"), TAG,
        (Term("transport", _SCALE, _transport), Term("smoothing", _SCALE, _smoothing))),
    "one_window": Theorem(
        "A4.one_window", "conditional laws by joint W1, one potential",
        "mean W1 of the conditional laws <= joint W1 + 2 L E|X - x0|",
        (_SAME_CONDITIONS, _LIPSCHITZ, "x0 is any condition"), TAG,
        (Term("transport", ("joint_w1",), np.asarray),
         Term("drift", ("conditional_lipschitz", "condition_spread"), _drift))),
    "labels": Theorem(
        "A4.labels", "class laws by joint W1", "mean W1 of the class laws <= max(1, B / delta) * joint W1",
        (_SAME_CONDITIONS, "finitely many conditions at mutual distances of at least delta",
         "B is the diameter of all responses, generated and true"), TAG,
        (Term("transport", ("joint_w1",), np.asarray),
         Term("nearness", ("joint_w1", "label_ratio"), _nearness))),
}


class ConditionalBound(Bound):
    r"""Joint W1 against the mean W1 of the conditional laws, :math:`\mathrm E\,W_1(\cdot\mid X)`.

    Four forms: ``joint`` (joint W1 is at most that mean); ``minimised`` (that mean is at most
    :math:`2\sqrt{pBLW}` for joint W1 :math:`W\le pBL`, and :math:`W+pBL` beyond: for conditions in a convex set of
    R^p and conditional laws that are Lipschitz in the condition); ``one_window`` (the same laws, any conditions: at
    most :math:`W+2L\,\mathrm E\|X-x_0\|`); ``labels`` (finitely many conditions: at most
    :math:`\max(1,B/\delta)W`, so that both are equal if labels are as far apart as responses can be).

    The numbers: ``joint_w1`` W; ``conditional_w1`` the mean; ``diameter`` B of all responses;
    ``conditional_lipschitz`` L, the sum of the Lipschitz constants of both conditional laws; ``condition_dim`` p;
    ``condition_spread`` E\|X − x0\|; ``label_ratio`` B/δ. Upper bounds may stand for any of them.

    Parameters
    ----------
    form : str
        Which inequality.

    References
    ----------
    docs/theory.md, A4, with proofs; A4.sharp shows that the root is needed.

    Examples
    --------
    >>> numbers = {"joint_w1": 0.01, "diameter": 1.0, "conditional_lipschitz": 4.0, "condition_dim": 1}
    >>> value = ConditionalBound(form="minimised").evaluate(numbers)
    >>> float(value.total), float(value.terms["smoothing"])
    (0.4, 0.2)
    """

    form: ConditionalForm = "minimised"

    @property
    def theorem(self) -> Theorem:
        """Words and right-hand side."""
        return _FORMS[self.form]
