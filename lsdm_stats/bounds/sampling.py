"""What samples say of the distance of their populations (docs/theory.md, C)."""

from __future__ import annotations

from typing import Literal

import numpy as np

from lsdm_stats.bounds.theorem import Bound, Term, Theorem

SamplingForm = Literal["plug_in", "upper", "lower"]
"""The plug-in distance, or a confidence limit (docs/theory.md, C3 to C5)."""

_TAG = "proved here (docs/theory.md)"
_KNOWN = "the diameter of the supports or transport constants of both laws are known"

_FORMS: dict[SamplingForm, Theorem] = {
    "plug_in": Theorem(
        "C3", "plug-in distance, on average", "W1(P, Q) <= E W1(P_n, Q_n)",
        ("samples of P and Q, independent of each other or not",), _TAG,
        (Term("plug_in", ("estimate",), np.asarray),)),
    "upper": Theorem(
        "C4", "upper confidence limit", "W1(P, Q) <= W1(P_n, Q_n) + deviation, with probability 1 - alpha / 2",
        ("independent samples, or independent pairs", _KNOWN), _TAG,
        (Term("limit", ("certified",), np.asarray),)),
    "lower": Theorem(
        "C5", "lower confidence limit", "limit of the held-out dual mean <= W1(P, Q), with probability 1 - alpha / 2",
        ("the potential is fitted to other points than it is averaged over", _KNOWN), _TAG,
        (Term("distance", ("distance",), np.asarray),)),
}


class SamplingBound(Bound):
    """How a distance of samples, or a confidence limit from them, lies to the distance of the populations.

    Three forms: ``plug_in`` (the distance of the populations is at most the mean distance of samples), ``upper`` (it
    is at most an upper limit with probability 1 − α/2) and ``lower`` (a lower limit, or the mean of a held-out dual
    value, is at most the distance of the populations).

    Parameters
    ----------
    form : str
        Which inequality.

    References
    ----------
    docs/theory.md, C3, C4 and C5, with proofs.

    Examples
    --------
    >>> float(SamplingBound(form="upper").evaluate({"certified": 0.3}).total)
    0.3
    """

    form: SamplingForm

    @property
    def theorem(self) -> Theorem:
        """Words and right-hand side."""
        return _FORMS[self.form]
