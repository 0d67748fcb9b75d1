"""The master chain: joint W1 is at most latent matching plus reconstruction (docs/theory.md, A1 and A2)."""

from __future__ import annotations

from typing import Literal

import numpy as np

from lsdm_stats.arrays import FloatArray
from lsdm_stats.bounds.theorem import Bound, Term, Theorem

MasterForm = Literal["reconstructed", "pushed", "weighted", "plan_weighted", "plan", "cross"]
"""Which line of the chain (docs/theory.md, A1 and A2)."""

TAG = "proved here (docs/theory.md); states what the abstract of arXiv 2603.04223 claims, no numbered theorem of it"
_ANY_LAW = "any encoder and decoder, any two joint laws with the sum metric; both sides on the same sample"
_RECONSTRUCTION = Term("reconstruction", ("reconstruction",), np.asarray)


def times_at_least_one(modulus: FloatArray, distance: FloatArray) -> FloatArray:
    """The distance times the modulus, or times 1 if that is more: conditions keep their distances."""
    return np.maximum(1.0, modulus) * distance


def _line(label: str, title: str, transport: str, assumption: str, term: Term) -> Theorem:
    return Theorem(label, title, f"joint W1 <= {transport} + R", (_ANY_LAW, assumption), TAG, (term, _RECONSTRUCTION))


_LINES: dict[MasterForm, Theorem] = {
    "reconstructed": _line(
        "A1.reconstructed", "joint W1, reconstructed form", "W1((X, D(G)), (X, D(E(Y))))", "no constants",
        Term("transport", ("reconstructed_joint_w1",), np.asarray)),
    "pushed": _line(
        "A1.pushed", "joint W1, pushed form", "cost of a latent plan after decoding",
        "any plan between (X, G) and (X, E(Y))",
        Term("transport", ("pushed_cost",), np.asarray)),
    "weighted": _line(
        "A1.weighted", "joint W1, weighted form", "W1 of the latent laws with latent distances times L",
        "L is the decoder's modulus over all cross pairs, or a Lipschitz constant; a plan modulus is not enough",
        Term("transport", ("weighted_latent_w1",), np.asarray)),
    "plan_weighted": _line(
        "A2.plan_weighted", "joint W1, weighted plan form", "cost of a latent plan with distances times its modulus",
        "plan and modulus belong together; any plan between (X, G) and (X, E(Y))",
        Term("transport", ("weighted_plan_cost",), np.asarray)),
    "plan": _line(
        "A2.plan", "joint W1, plan form", "max(1, modulus of the optimal latent plan) * latent W1",
        "the modulus is that of a plan whose cost is the latent W1 that enters",
        Term("transport", ("plan_modulus", "latent_w1"), times_at_least_one)),
    "cross": _line(
        "A1.cross", "joint W1, Lipschitz form", "max(1, L) * latent W1",
        "L is the decoder's modulus over all cross pairs, or a Lipschitz constant",
        Term("transport", ("cross_modulus", "latent_w1"), times_at_least_one)),
}


class MasterBound(Bound):
    """Joint W1 is at most a latent transport cost plus the reconstruction error R; surely, on every sample.

    Six forms of the first term: ``reconstructed`` (the decoded laws), ``pushed`` (a latent plan's
    cost after decoding; no constant), ``weighted`` (latent distances times the cross modulus), ``plan_weighted`` and
    ``plan`` (the modulus over the support of the optimal latent plan), ``cross`` (the cross modulus or a Lipschitz
    constant).
    A modulus measured on a sample bounds what happens on that sample; it is no Lipschitz constant of the population.

    Parameters
    ----------
    form : str
        Which line of the chain.

    References
    ----------
    docs/theory.md, A1 and A2, with proofs.

    Examples
    --------
    >>> value = MasterBound(form="plan").evaluate({"plan_modulus": 2.0, "latent_w1": 0.1, "reconstruction": 0.05})
    >>> float(value.total), float(value.terms["transport"])
    (0.25, 0.2)
    """

    form: MasterForm = "pushed"

    @property
    def theorem(self) -> Theorem:
        """Words and right-hand side."""
        return _LINES[self.form]
