"""What clipping generated latents to the training latents guarantees, and what it costs (docs/theory.md, A6)."""

from __future__ import annotations

from typing import Literal

import numpy as np

from lsdm_stats.arrays import FloatArray
from lsdm_stats.bounds.master import TAG
from lsdm_stats.bounds.theorem import Bound, Term, Theorem

ClippingForm = Literal["clipped", "geometry", "reconstruction", "latent", "marginal", "twice"]
"""Which inequality on clipped latents (docs/theory.md, A5 and A6)."""

_CLOSED = "M is a closed set; any encoder and decoder"
_TRAINING = "every generated latent is moved to the point nearest to it within h of its nearest training latent"
_MODULUS = "L is the decoder's modulus between clipped latents and their nearest training latents, or more"
_TEST = "both sides on the same sample, sum metric"
_REACH = Term("radius", ("clip_modulus", "clip_radius"), np.multiply)
_LATENT = Term("latent", ("latent_w1",), np.asarray)


def _twice(distance: FloatArray) -> FloatArray:
    return 2 * distance


_FORMS: dict[ClippingForm, Theorem] = {
    "clipped": Theorem(
        "A5.clipped", "distance to M near known latents", "max dist(D(G), M) <= max of dist(D(z), M) over Z0 + L_D * h",
        (_CLOSED, "every generated latent is within h of the set Z0", "L_D is a Lipschitz constant of D"), TAG,
        (Term("anchors", ("anchor_distance",), np.asarray),
         Term("radius", ("decoder_lipschitz", "anchor_radius"), np.multiply))),
    "geometry": Theorem(
        "A6.geometry", "clipped: distance to M, from decoded training latents",
        "max dist(D(clipped G), M) <= max dist(D(E(Y_j)), M) over all N training responses + L * h",
        (_CLOSED, _TRAINING, _MODULUS), TAG,
        (Term("training", ("training.distance_to_manifold.max",), np.asarray), _REACH)),
    "reconstruction": Theorem(
        "A6.reconstruction", "clipped: distance to M, from training residuals",
        "max dist(D(clipped G), M) <= max |Y_j - D(E(Y_j))| + max dist(Y_j, M) + L * h",
        (_CLOSED, _TRAINING, _MODULUS), TAG,
        (Term("training", ("training.reconstruction.max",), np.asarray),
         Term("noise", ("training.noise.max",), np.asarray), _REACH)),
    "latent": Theorem(
        "A6.latent", "clipped: latent W1, price of what is moved",
        "latent W1 of clipped G <= latent W1 of G + mean of (dist(G, Z_N) - h)_+",
        (_TRAINING, _TEST), TAG, (_LATENT, Term("moved", ("clip_excess",), np.asarray))),
    "marginal": Theorem(
        "A6.marginal", "clipped: latent W1, price by training latents",
        "latent W1 of clipped G <= latent W1 of G + W1(G, training latents)",
        (_TRAINING, _TEST), TAG, (_LATENT, Term("training", ("training_latent_w1",), np.asarray))),
    "twice": Theorem(
        "A6.twice", "clipped: latent W1, at most doubled up to sampling",
        "latent W1 of clipped G <= 2 * latent W1 of G + W1(training latents, E(Y))",
        (_TRAINING, _TEST), TAG,
        (Term("latent", ("latent_w1",), _twice), Term("training", ("training_encoded_w1",), np.asarray))),
}


class ClippingBound(Bound):
    """Generated latents near the training latents decode near the manifold M, whatever the generator; at a price.

    Six forms. ``clipped``: latents within h of a set Z0 decode as near to M as Z0 does, up to the decoder's constant
    times h. With Z0 the N training latents and latents moved to within h of them: ``geometry`` and ``reconstruction``
    (what bounds the *largest* distance to M is of stage 1 alone, and no number of pairs enters); ``latent``,
    ``marginal`` and ``twice`` (what moving latents costs in latent W1, ever coarser).

    The numbers: ``anchor_distance``, the largest distance to M of a decoded point of Z0; ``anchor_radius``, the largest
    distance of a generated latent to Z0; ``decoder_lipschitz``; the others are those of the metric ``ClippingTerms``.

    Parameters
    ----------
    form : str
        Which inequality.

    References
    ----------
    docs/theory.md, A5.clipped and A6, with proofs.

    Examples
    --------
    >>> numbers = {"training.distance_to_manifold.max": 0.02, "clip_modulus": 1.5, "clip_radius": 0.02}
    >>> float(ClippingBound(form="geometry").evaluate(numbers).total)
    0.05
    """

    form: ClippingForm = "geometry"

    @property
    def theorem(self) -> Theorem:
        """Words and right-hand side."""
        return _FORMS[self.form]
