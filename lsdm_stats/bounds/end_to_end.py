"""Both stages together, and the same without a latent space (docs/theory.md, D3 and D4)."""

from __future__ import annotations

from typing import Literal

import numpy as np

from lsdm_stats.arrays import FloatArray
from lsdm_stats.bounds.master import times_at_least_one
from lsdm_stats.bounds.oracle import ANY_FIT, CLASS, IN_MEAN, TAG, twice, twice_encoded
from lsdm_stats.bounds.stage_one import LIPSCHITZ_RESIDUAL, RESPONSES, TRAINING
from lsdm_stats.bounds.theorem import Bound, Term, Theorem

EndToEndForm = Literal["a_priori", "a_posteriori", "pushed"]
"""Which end-to-end inequality (docs/theory.md, D3)."""

_DECODER = "L_D is a Lipschitz constant of D on all latents, generated and encoded; no maximum over a sample"


def _decoded_pairs(decoder: FloatArray, encoder: FloatArray, distance: FloatArray) -> FloatArray:
    return times_at_least_one(decoder, times_at_least_one(encoder, distance))


def _twice_decoded_pairs(decoder: FloatArray, encoder: FloatArray, distance: FloatArray) -> FloatArray:
    return times_at_least_one(decoder, twice_encoded(encoder, distance))


def _twice_decoded(decoder: FloatArray, distance: FloatArray) -> FloatArray:
    return times_at_least_one(decoder, twice(distance))


def _decoded(name: str, number: str) -> Term:
    return Term(name, ("decoder_lipschitz", number), times_at_least_one)


_PAIRS = ("decoder_lipschitz", "encoder_lipschitz", "pairs_error")

_FORMS: dict[EndToEndForm, Theorem] = {
    "a_priori": Theorem(
        "D3.a_priori", "end to end, a priori",
        "joint W1 <= max(1, L_D) * (inf of the class + optimisation error + 2 max(1, L_E) * W1(pairs, law of pairs) "
        "+ 2 sup of W1(training law, law) over generators) + training R + Lip(r) * W1(responses, their law)",
        (ANY_FIT, CLASS, _DECODER, LIPSCHITZ_RESIDUAL, IN_MEAN), TAG,
        (_decoded("approximation", "approximation"), _decoded("optimisation", "optimisation_error"),
         Term("pairs", _PAIRS, _twice_decoded_pairs),
         Term("generator", ("decoder_lipschitz", "generator_error"), _twice_decoded), TRAINING, RESPONSES)),
    "a_posteriori": Theorem(
        "D3.a_posteriori", "end to end, a posteriori",
        "joint W1 <= max(1, L_D) * (training loss + max(1, L_E) * W1(pairs, law of pairs) "
        "+ W1(training law, law) of the generator) + held-out R",
        (ANY_FIT, "any generator, however it was found", _DECODER,
         "held-out R is a mean over responses that neither stage saw, or an upper limit from it", IN_MEAN), TAG,
        (_decoded("loss", "training_loss"), Term("pairs", _PAIRS, _decoded_pairs),
         _decoded("generator", "generator_error"),
         Term("stage_one", ("holdout_reconstruction",), np.asarray))),
    "pushed": Theorem(
        "D3.pushed", "end to end, from a fresh sample",
        "joint W1 of the laws <= mean of (cost of a latent plan after decoding + R), both on a fresh sample",
        ("any fit whatever", "a fresh sample, generated with fresh noise; its conditions may be shared"), TAG,
        (Term("transport", ("pushed_cost",), np.asarray),
         Term("reconstruction", ("reconstruction",), np.asarray))),
}


class EndToEndBound(Bound):
    r"""Joint W1 of the populations by what both stages did: the oracle inequality, decoded, plus reconstruction.

    Three forms: ``a_priori`` (the best generator of a class, errors of both samples, training R), ``a_posteriori``
    (the training loss and R on responses held out; no class enters) and ``pushed`` (only what a fresh sample shows; no
    constant of Lipschitz nor rate of convergence enters). Surely for distances that happened and for R itself, in mean
    for means; ``pushed`` in mean.

    The numbers are those of `OracleBound` and `StageOneBound`, and ``decoder_lipschitz``; ``pushed`` takes
    ``pushed_cost`` and ``reconstruction`` as a metric measures them on the test sample.

    Parameters
    ----------
    form : str
        Which inequality.

    References
    ----------
    docs/theory.md, D3, with proofs.

    Examples
    --------
    >>> numbers = {"training_loss": 0.1, "pairs_error": 0.2, "generator_error": 0.05, "holdout_reconstruction": 0.01,
    ...            "encoder_lipschitz": 1.0, "decoder_lipschitz": 2.0}
    >>> float(EndToEndBound(form="a_posteriori").evaluate(numbers).total.round(12))
    0.71
    """

    form: EndToEndForm = "a_priori"

    @property
    def theorem(self) -> Theorem:
        """Words and right-hand side."""
        return _FORMS[self.form]


_AMBIENT = Theorem(
    "D4", "matching in the response space",
    "joint W1 <= inf of the class + optimisation error + 2 W1(pairs, law of pairs) "
    "+ 2 sup of W1(training law, law) over generators",
    ("generated responses are the generator's; sum metric", CLASS), TAG,
    (Term("approximation", ("approximation",), np.asarray),
     Term("optimisation", ("optimisation_error",), np.asarray),
     Term("pairs", ("pairs_error",), twice),
     Term("generator", ("generator_error",), twice)))


class AmbientBound(Bound):
    """Joint W1 of a generator that was matched in the response space itself, without stage 1.

    The numbers are those of `OracleBound`, for a class of generators of responses. For generators of latents followed
    by one decoder the right-hand side is at most that of `EndToEndBound`, unless optimisation is worse: what latents
    buy is an easier problem and nearness to the manifold, not a smaller bound on joint W1.

    References
    ----------
    docs/theory.md, D4, with proof and comparison (D4.class, D4.floors).

    Examples
    --------
    >>> numbers = {"approximation": 0.0, "optimisation_error": 0.1, "pairs_error": 0.2, "generator_error": 0.05}
    >>> float(AmbientBound().evaluate(numbers).total)
    0.6
    """

    @property
    def theorem(self) -> Theorem:
        """Words and right-hand side."""
        return _AMBIENT
