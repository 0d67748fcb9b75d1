"""Fidelity of linear decoders, its tails, and recall, which is not fidelity (docs/theory.md, A5)."""

from __future__ import annotations

from typing import Annotated, Literal

import numpy as np
from annotated_types import Gt

from lsdm_stats.arrays import FloatArray
from lsdm_stats.bounds.master import TAG
from lsdm_stats.bounds.theorem import Bound, Term, Theorem

FidelityForm = Literal["linear", "recall"]
"""Which inequality on distances to and from the manifold (docs/theory.md, A5)."""

_FORMS: dict[FidelityForm, Theorem] = {
    "linear": Theorem(
        "A5.linear", "distance to a subspace, linear decoder",
        "E dist(D(G), M) <= dist(centre, M) + |sin Theta| * (E|E(Y)| + W1(G, E(Y)))",
        ("M is an affine subspace; D(z) = centre + B z, B with orthonormal columns",
         "|sin Theta| is the norm of B followed by the projection across M"), TAG,
        (Term("centre", ("centre_distance",), np.asarray),
         Term("encoded", ("sin_theta", "encoded_norm"), np.multiply),
         Term("transport", ("sin_theta", "marginal_latent_w1"), np.multiply))),
    "recall": Theorem(
        "A5.recall", "recall by W1 of responses", "E dist(Y, support of D(G)) <= W1(D(G), Y)",
        ("any two laws of responses",), TAG, (Term("transport", ("response_w1",), np.asarray),)),
}


class FidelityBound(Bound):
    """How far generated points are from a linear manifold, and how far responses are from what is generated.

    Two forms: ``linear`` (fidelity of a linear decoder: everything is multiplied by the sine of the largest angle
    between its range and the manifold, which is of stage 1 alone) and ``recall`` (the distance the other way, from
    responses to generated points, is at most W1 of the responses; it is at least the recall error of the decoder).

    The numbers: ``centre_distance``, of the decoder's centre to the manifold; ``sin_theta``; ``encoded_norm``, the mean
    length of an encoded response; ``marginal_latent_w1`` and ``response_w1``.

    Parameters
    ----------
    form : str
        Which inequality.

    References
    ----------
    docs/theory.md, A5.linear and A5.recall, with proofs.

    Examples
    --------
    >>> numbers = {"centre_distance": 0.0, "sin_theta": 0.1, "encoded_norm": 2.0, "marginal_latent_w1": 0.5}
    >>> float(FidelityBound(form="linear").evaluate(numbers).total)
    0.25
    """

    form: FidelityForm = "linear"

    @property
    def theorem(self) -> Theorem:
        """Words and right-hand side."""
        return _FORMS[self.form]


class TailBound(Bound):
    """The share of generated points that are farther than a threshold from the manifold, by their mean distance.

    Parameters
    ----------
    threshold : float
        In the units of the responses.

    References
    ----------
    docs/theory.md, A5.tail, with proof.

    Examples
    --------
    >>> float(TailBound(threshold=0.5).evaluate({"distance_to_manifold": 0.1}).total)
    0.2
    """

    threshold: Annotated[float, Gt(0)]

    @property
    def theorem(self) -> Theorem:
        """Words and right-hand side."""
        return Theorem("A5.tail", "share of points far from M", "P(dist(D(G), M) > t) <= E dist(D(G), M) / t",
                       ("M is a closed set",), TAG, (Term("mean", ("distance_to_manifold",), self._in_thresholds),))

    def _in_thresholds(self, mean: FloatArray) -> FloatArray:
        return mean / self.threshold
