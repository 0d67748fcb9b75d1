"""Stage 2: how far the fitted generator is from the latent law, from what fitting did (docs/theory.md, D1)."""

from __future__ import annotations

from typing import Literal

import numpy as np

from lsdm_stats.arrays import FloatArray
from lsdm_stats.bounds.master import times_at_least_one
from lsdm_stats.bounds.theorem import Bound, Term, Theorem

OracleForm = Literal["a_priori", "a_posteriori"]
"""Before or after the fit (docs/theory.md, D1)."""

TAG = "proved here (docs/theory.md)"
ANY_FIT = "any encoder and decoder, fitted to the same responses or not; sum metric"
CLASS = "the fitted generator belongs to the class; its training law is within the optimisation error of the best"
IN_MEAN = "if distances enter by means or bounds of means, Lipschitz constants are bounds known before the data"


def twice(distance: FloatArray) -> FloatArray:
    """A distance that is paid once by the fitted generator and once by the best."""
    return 2 * distance


def twice_encoded(lipschitz: FloatArray, distance: FloatArray) -> FloatArray:
    """The same for a distance of pairs, seen through the encoder."""
    return 2 * times_at_least_one(lipschitz, distance)


_FORMS: dict[OracleForm, Theorem] = {
    "a_priori": Theorem(
        "D1.a_priori", "oracle inequality, a priori",
        "latent W1 <= inf of the class + optimisation error + 2 max(1, L_E) * W1(pairs, law of pairs) "
        "+ 2 sup of W1(training law, law) over generators",
        (ANY_FIT, CLASS, IN_MEAN), TAG,
        (Term("approximation", ("approximation",), np.asarray),
         Term("optimisation", ("optimisation_error",), np.asarray),
         Term("pairs", ("encoder_lipschitz", "pairs_error"), twice_encoded),
         Term("generator", ("generator_error",), twice))),
    "a_posteriori": Theorem(
        "D1.a_posteriori", "oracle inequality, a posteriori",
        "latent W1 <= training loss + max(1, L_E) * W1(pairs, law of pairs) + W1(training law, law) of the generator",
        (ANY_FIT, "any generator, however it was found", IN_MEAN), TAG,
        (Term("loss", ("training_loss",), np.asarray),
         Term("pairs", ("encoder_lipschitz", "pairs_error"), times_at_least_one),
         Term("generator", ("generator_error",), np.asarray))),
}


class OracleBound(Bound):
    r"""Latent W1 of the population is at most what matching the training pairs left, and what samples hide.

    For the fitted generator :math:`\hat G`, latents :math:`Z=\hat E(Y)`, laws :math:`Q_G` of (X, G) and
    :math:`P_{XZ}`, and their training laws :math:`\hat Q_G`, :math:`\hat P_{XZ}`. Two forms of the bound on
    :math:`W_1(Q_{\hat G},P_{XZ})`: ``a_priori`` (the best of a class of generators plus twice the errors of both
    samples) and ``a_posteriori`` (the training loss plus both errors once; no class enters). Surely for distances that
    happened, in mean for their means.

    The numbers: ``approximation``, the infimum over the class of :math:`W_1(Q_G,P_{XZ})`; ``optimisation_error``, the
    training loss minus the least of the class; ``training_loss`` :math:`W_1(\hat Q_{\hat G},\hat P_{XZ})`;
    ``pairs_error`` :math:`W_1(\hat P_{XY},P_{XY})`; ``encoder_lipschitz``; ``generator_error``, the supremum over the
    class of :math:`W_1(\hat Q_G,Q_G)`, a posteriori that of the fitted generator alone. All in the units of the joint
    latent space; upper bounds may stand for any of them.

    Parameters
    ----------
    form : str
        Which inequality.

    References
    ----------
    docs/theory.md, D1, with proofs; D1.noise bounds `generator_error`, section B the mean of `pairs_error`.

    Examples
    --------
    >>> numbers = {"training_loss": 0.1, "encoder_lipschitz": 1.0, "pairs_error": 0.2, "generator_error": 0.05}
    >>> float(OracleBound(form="a_posteriori").evaluate(numbers).total.round(12))
    0.35
    """

    form: OracleForm = "a_priori"

    @property
    def theorem(self) -> Theorem:
        """Words and right-hand side."""
        return _FORMS[self.form]
