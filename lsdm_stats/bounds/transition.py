"""The exact phase transition of recall: Gaussian responses and principal components (docs/theory.md, A6.transition)."""

from __future__ import annotations

import math
from typing import Annotated, Literal

import numpy as np
import scipy
from annotated_types import Ge, Gt, Lt
from numpy.typing import ArrayLike

from lsdm_stats.arrays import FloatArray, check_count
from lsdm_stats.bounds.empirical.rate import PROVED
from lsdm_stats.bounds.theorem import Bound, Term, Theorem

TransitionForm = Literal["above", "below"]
"""Bound from above or from below (docs/theory.md, A6)."""

_GAUSSIAN = "Y = A Z, A with orthonormal columns, Z standard normal in R^k"
_COMPONENTS = {
    False: "principal components about the origin of s responses, min(k, s) of them",
    True: "principal components about the mean of s responses, min(k, s - 1) of them",
}
_TEST = "n fresh responses"
_DISTANCE = {False: "E chi_(k - s)", True: "sqrt(1 + 1 / s) E chi_(k - s + 1)"}
_DEVIATION = {False: "sqrt(2 log(2 / alpha) / n)", True: "sqrt(2 log(2 / alpha) (1 / n + 1 / s))"}


def expected_recall_error(dim: int, samples: ArrayLike, *, centred: bool = False) -> FloatArray:
    r"""Mean distance of a fresh standard normal point of R^k to the components of s others, exactly.

    About the origin :math:`\mathrm E\,\chi_{k-s}`, which is 0 from s = k; about the mean
    :math:`\sqrt{1+1/s}\,\mathrm E\,\chi_{k-s+1}`, which is 0 from s = k + 1.

    Parameters
    ----------
    dim : int
        k.
    samples : int or array of int
        s, from 0; about the mean from 1.
    centred : bool
        Whether components are about the mean of the s points.

    Returns
    -------
    ndarray of the shape of `samples`
        In units of the standard deviation of a coordinate.

    Raises
    ------
    ValueError
        If `dim` is not positive or there are too few samples.

    References
    ----------
    docs/theory.md, A6.transition and A6.centred, with proofs.

    Examples
    --------
    >>> expected_recall_error(6, [1, 2, 5, 6, 7]).round(3)
    array([2.128, 1.88 , 0.798, 0.   , 0.   ])
    >>> float(expected_recall_error(6, 6, centred=True).round(3))
    0.862
    """
    check_count(dim, "dim")
    counts, least = np.asarray(samples, dtype=np.float64), 1 if centred else 0
    if not np.all(counts >= least):
        raise ValueError(f"samples must be at least {least}; got {counts.min():g}; take more")
    if not centred:
        return _mean_chi(np.maximum(dim - counts, 0.0))
    return np.sqrt(1 + 1 / counts) * _mean_chi(np.maximum(dim - counts + 1, 0.0))


class TransitionBound(Bound):
    """Mean recall error of n fresh responses against its exact mean given the sample size, with probability 1 - alpha.

    Two forms, which hold together with this probability for every fit: ``above`` (the measured mean is at most the
    exact one plus a deviation) and ``below`` (the exact one is at most the measured one plus the same). The exact mean
    depends on the number of responses and on nothing else: with fewer than k it is positive, with k it is 0.

    The numbers: ``samples``, how many responses stage 1 has seen; ``n_test``, how many fresh ones the mean is over
    (both known exactly: the right-hand side decreases in them); ``reconstruction``, the measured mean, for ``below``.

    Parameters
    ----------
    dim : int
        k.
    form : str
        Which inequality.
    centred : bool
        Whether components are about the mean of the responses.
    alpha : float
        Probability that one of the two forms fails, at most.

    References
    ----------
    docs/theory.md, A6.transition and A6.centred, with proofs.

    Examples
    --------
    >>> value = TransitionBound(dim=6).evaluate({"samples": [2, 6], "n_test": 1000})
    >>> value.terms["mean"].round(3), value.terms["deviation"].round(3)
    (array([1.88, 0.  ]), array([0.086, 0.   ]))
    """

    dim: Annotated[int, Ge(1)]
    form: TransitionForm = "above"
    centred: bool = False
    alpha: Annotated[float, Gt(0), Lt(1)] = 0.05

    @property
    def theorem(self) -> Theorem:
        """Words and right-hand side."""
        about = "mean" if self.centred else "origin"
        exact, deviation = _DISTANCE[self.centred], _DEVIATION[self.centred]
        left, right = ("mean recall error", exact) if self.form == "above" else (exact, "mean recall error")
        first = (Term("mean", ("samples",), self._mean) if self.form == "above"
                 else Term("measured", ("reconstruction",), np.asarray))
        return Theorem(
            "A6.centred" if self.centred else "A6.transition",
            f"recall error by number of responses, about the {about}, {self.form}",
            f"{left} <= {right} + {deviation} while s < {'k + 1' if self.centred else 'k'}, both 0 from there",
            (_GAUSSIAN, _COMPONENTS[self.centred], _TEST), PROVED,
            (first, Term("deviation", ("samples", "n_test"), self._deviation)))

    def _mean(self, samples: FloatArray) -> FloatArray:
        return expected_recall_error(self.dim, samples, centred=self.centred)

    def _deviation(self, samples: FloatArray, n_test: FloatArray) -> FloatArray:
        """Of the mean of n Lipschitz functions of a normal vector; 0 where every one of them is 0."""
        share = 1 / n_test + (1 / samples if self.centred else 0.0)
        complete = samples >= self.dim + self.centred
        return np.where(complete, 0.0, np.sqrt(2 * math.log(2 / self.alpha) * share))


def _mean_chi(dims: FloatArray) -> FloatArray:
    return np.sqrt(2) * np.exp(scipy.special.gammaln((dims + 1) / 2) - scipy.special.gammaln(dims / 2))
