"""Stage 1: the reconstruction error of the population, from the responses that were there (docs/theory.md, D2)."""

from __future__ import annotations

from typing import Literal

import numpy as np

from lsdm_stats.arrays import FloatArray
from lsdm_stats.bounds.oracle import IN_MEAN, TAG
from lsdm_stats.bounds.theorem import Bound, Term, Theorem

StageOneForm = Literal["uniform", "shift", "holdout", "pca", "pca_gap"]
"""Which bound on the reconstruction error (docs/theory.md, D2)."""

LIPSCHITZ_RESIDUAL = "r(y) = |y - D(E(y))| is Lipschitz: 1 + L_D L_E for any stages, 1 for orthonormal linear ones"
TRAINING = Term("stage_one", ("training_reconstruction",), np.asarray)
RESPONSES = Term("responses", ("residual_lipschitz", "responses_error"), np.multiply)
_LINEAR = "uncentred principal components of at least as many responses as components"


def _shifted(lipschitz: FloatArray, share: FloatArray, shift: FloatArray) -> FloatArray:
    return lipschitz * share * shift


def _root(tail: FloatArray, corank: FloatArray, error: FloatArray) -> FloatArray:
    return np.sqrt(tail + np.sqrt(2 * corank) * error)


def _root_with_gap(tail: FloatArray, inverse_gap: FloatArray, error: FloatArray) -> FloatArray:
    return np.sqrt(tail + 2 * inverse_gap * error**2)


_FORMS: dict[StageOneForm, Theorem] = {
    "uniform": Theorem(
        "D2.uniform", "reconstruction error, all autoencoders at once",
        "R <= training R + Lip(r) * W1(responses, their law)",
        ("any encoder and decoder, fitted to these responses or not", LIPSCHITZ_RESIDUAL, IN_MEAN), TAG,
        (TRAINING, RESPONSES)),
    "shift": Theorem(
        "D2.shift", "reconstruction error, unpaired responses from another law",
        "R <= training R + Lip(r) * W1(responses, mixture of their laws) + Lip(r) * m / N * W1(P'_Y, P_Y)",
        ("any encoder and decoder, fitted to these responses or not", "R is that of P_Y, the law of the pairs",
         LIPSCHITZ_RESIDUAL, IN_MEAN), TAG,
        (TRAINING, RESPONSES, Term("shift", ("residual_lipschitz", "unpaired_share", "shift"), _shifted))),
    "holdout": Theorem(
        "D2.holdout", "reconstruction error, held-out responses",
        "R <= upper limit from the mean of r over responses held out, with probability 1 - alpha; in mean equal",
        ("responses of P_Y that neither stage saw", "the limit is one of docs/theory.md, D2.holdout, or the mean"),
        TAG, (Term("stage_one", ("holdout_reconstruction",), np.asarray),)),
    "pca": Theorem(
        "D2.pca", "reconstruction error of principal components",
        "R <= sqrt(eigenvalues left out + sqrt(2 min(k, q - k)) * |S_N - S|_F)", (_LINEAR,), TAG,
        (Term("root", ("tail_variance", "projection_rank", "covariance_error"), _root),)),
    "pca_gap": Theorem(
        "D2.pca_gap", "reconstruction error of principal components, with a gap",
        "R <= sqrt(eigenvalues left out + 2 |S_N - S|_F^2 / (l_k - l_(k+1)))", (_LINEAR, "l_k > l_(k+1)"), TAG,
        (Term("root", ("tail_variance", "inverse_gap", "covariance_error"), _root_with_gap),)),
}


class StageOneBound(Bound):
    r"""The reconstruction error R = E r(Y) of the population, whatever autoencoder was fitted.

    Five forms: ``uniform`` (the mean over the training responses plus what a Lipschitz function can hide from a
    sample), ``shift`` (the same if m of the N responses come from another law), ``holdout`` (what responses held out
    say; no constants), ``pca`` and ``pca_gap`` (principal components by their covariance). Surely for distances that
    happened, in mean for their means; ``holdout`` with the probability of its limit.

    The numbers: ``training_reconstruction``, the mean of r over all N training responses; ``residual_lipschitz``
    Lip(r); ``responses_error`` :math:`W_1(\hat P_{Y,N},P_Y)`, for ``shift`` the distance to the mixture of both laws;
    ``unpaired_share`` m/N; ``shift`` :math:`W_1(P'_Y,P_Y)`; ``holdout_reconstruction``; ``tail_variance``, the sum of
    the eigenvalues of S = E YY' after the k-th; ``projection_rank`` min(k, q − k); ``inverse_gap``
    1/(λ_k − λ_{k+1}); ``covariance_error``, the Frobenius distance of the mean of YY' to S, or its root mean square.

    Parameters
    ----------
    form : str
        Which inequality.

    References
    ----------
    docs/theory.md, D2, with proofs.

    Examples
    --------
    >>> numbers = {"training_reconstruction": 0.1, "residual_lipschitz": 1.0, "responses_error": 0.05}
    >>> float(StageOneBound(form="uniform").evaluate(numbers).total.round(12))
    0.15
    >>> shifted = StageOneBound(form="shift").evaluate({**numbers, "unpaired_share": 0.5, "shift": 0.2})
    >>> float(shifted.terms["shift"])
    0.1
    """

    form: StageOneForm = "uniform"

    @property
    def theorem(self) -> Theorem:
        """Words and right-hand side."""
        return _FORMS[self.form]
