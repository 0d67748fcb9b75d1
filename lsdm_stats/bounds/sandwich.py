"""The converse: joint W1 is at least its two parts, so both stages are necessary (docs/theory.md, A3)."""

from __future__ import annotations

from typing import Literal

import numpy as np

from lsdm_stats.bounds.master import TAG, times_at_least_one
from lsdm_stats.bounds.theorem import Bound, Term, Theorem

Side = Literal["latent", "reconstruction", "upper"]
"""Which side of the sandwich (docs/theory.md, A3)."""

_ISOMETRIC = ("orthonormal decoder D(z) = mu + A z with encoder E(y) = A'(y - mu), as in principal components",
              "both sides on the same sample")
_JOINT = Term("joint", ("joint_w1",), np.asarray)
_LATENT = Term("latent", ("latent_w1",), np.asarray)
_RECONSTRUCTION = Term("reconstruction", ("reconstruction",), np.asarray)

_SIDES: dict[Side, Theorem] = {
    "latent": Theorem("A3.latent", "PCA sandwich, latent part", "latent W1 <= joint W1", _ISOMETRIC, TAG, (_JOINT,)),
    "reconstruction": Theorem(
        "A3.reconstruction", "PCA sandwich, reconstruction part", "R <= joint W1", _ISOMETRIC, TAG, (_JOINT,)),
    "upper": Theorem(
        "A3.upper", "PCA sandwich, upper part", "joint W1 <= latent W1 + R", _ISOMETRIC, TAG,
        (_LATENT, _RECONSTRUCTION)),
}


class PCASandwich(Bound):
    """For orthonormal linear stages joint W1 lies between the larger and the sum of latent W1 and R; surely.

    Parameters
    ----------
    side : str
        ``latent`` (latent W1 <= joint W1), ``reconstruction`` (R <= joint W1) or ``upper`` (joint W1 <= latent W1 + R).

    References
    ----------
    docs/theory.md, A3, with proofs.

    Examples
    --------
    >>> float(PCASandwich(side="upper").evaluate({"latent_w1": 0.2, "reconstruction": 0.1}).total.round(12))
    0.3
    """

    side: Side = "upper"

    @property
    def theorem(self) -> Theorem:
        """Words and right-hand side."""
        return _SIDES[self.side]


_CONVERSE = Theorem(
    "A3.converse",
    "latent W1, converse",
    "latent W1 <= max(1, L_E) * joint W1 + E|E(D(G)) - G|",
    ("any encoder and decoder, any two joint laws with the sum metric; both sides on the same sample",
     "L_E is the encoder's modulus over all pairs of a generated and a true response, or a Lipschitz constant"),
    TAG,
    (Term("transport", ("encoder_modulus", "joint_w1"), times_at_least_one),
     Term("cycle", ("cycle_error",), np.asarray)),
)


class ConverseBound(Bound):
    """Latent W1 is at most the encoder's expansion times joint W1, plus the cycle error E|E(D(G)) − G|; surely.

    References
    ----------
    docs/theory.md, A3, with proof.

    Examples
    --------
    >>> float(ConverseBound().evaluate({"encoder_modulus": 2.0, "joint_w1": 0.1, "cycle_error": 0.3}).total)
    0.5
    """

    @property
    def theorem(self) -> Theorem:
        """Words and right-hand side."""
        return _CONVERSE
