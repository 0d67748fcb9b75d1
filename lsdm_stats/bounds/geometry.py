"""How far generated points are from the response manifold M at most (docs/theory.md, A5)."""

from __future__ import annotations

from typing import Literal

import numpy as np

from lsdm_stats.bounds.master import TAG
from lsdm_stats.bounds.theorem import Bound, Term, Theorem

GeometryForm = Literal["ambient", "latent", "reconstruction", "decoder", "error"]
"""Which inequality on the distance to the manifold (docs/theory.md, A5)."""

_CLOSED = "M is a closed set; any encoder and decoder; both sides on the same sample"
_CROSS = "the modulus is taken over all pairs of a generated and an encoded latent, or is a Lipschitz constant"
_NOISE = Term("noise", ("distance_to_manifold.response",), np.asarray)
_RECONSTRUCTION = Term("reconstruction", ("reconstruction",), np.asarray)
_REBUILT = Term("reconstructed", ("distance_to_manifold.reconstruction",), np.asarray)


def _latent_transport(modulus: str) -> Term:
    return Term("transport", (modulus, "marginal_latent_w1"), np.multiply)


_FORMS: dict[GeometryForm, Theorem] = {
    "ambient": Theorem(
        "A5.ambient", "distance to M, ambient form", "E dist(D(G), M) <= E dist(Y, M) + W1(D(G), Y)",
        (_CLOSED,), TAG, (_NOISE, Term("transport", ("response_w1",), np.asarray))),
    "latent": Theorem(
        "A5.latent", "distance to M, latent form", "E dist(D(G), M) <= E dist(Y, M) + L_D * W1(G, E(Y)) + R",
        (_CLOSED, _CROSS), TAG, (_NOISE, _latent_transport("cross_modulus"), _RECONSTRUCTION)),
    "reconstruction": Theorem(
        "A5.reconstruction", "distance of reconstructions to M",
        "E dist(D(E(Y)), M) <= E dist(Y, M) + R", (_CLOSED,), TAG, (_NOISE, _RECONSTRUCTION)),
    "decoder": Theorem(
        "A5.decoder", "distance to M, decoder form", "E dist(D(G), M) <= E dist(D(E(Y)), M) + L_f * W1(G, E(Y))",
        (_CLOSED, _CROSS, "L_f is the modulus of the distance of D(z) to M"), TAG,
        (_REBUILT, _latent_transport("distance_modulus"))),
    "error": Theorem(
        "A5.error", "distance to M, error form", "E dist(D(G), M) <= E|e(E(Y))| + Lip(e) * W1(G, E(Y))",
        (_CLOSED, _CROSS, "e(z) = D(z) - D*(z), D* with values in M; as measured, D*(z) is nearest to D(z)"),
        TAG, (_REBUILT, _latent_transport("error_modulus"))),
}


class GeometryBound(Bound):
    """Mean distance of generated points to the response manifold M is bounded by what decodes wrongly; surely.

    Five forms: ``ambient`` (noise level plus W1 of the responses), ``latent`` (the same through the latent space and
    R), ``reconstruction`` (bounds the distance of *reconstructed* responses by noise level plus R), ``decoder`` and
    ``error`` (distance of reconstructed responses plus a modulus times the latent W1; the modulus is small where the
    decoder's range follows M, which is how unpaired data helps). The plan modulus of the joint latent plan is of no use
    here: the marginal latent W1 has another plan.

    Parameters
    ----------
    form : str
        Which inequality.

    References
    ----------
    docs/theory.md, A5, with proofs.

    Examples
    --------
    >>> numbers = {"distance_to_manifold.reconstruction": 0.02, "distance_modulus": 0.1, "marginal_latent_w1": 0.3}
    >>> float(GeometryBound(form="decoder").evaluate(numbers).total.round(12))
    0.05
    """

    form: GeometryForm = "decoder"

    @property
    def theorem(self) -> Theorem:
        """Words and right-hand side."""
        return _FORMS[self.form]
