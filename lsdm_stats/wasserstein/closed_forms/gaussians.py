"""Transport between Gaussian laws."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import ArrayLike

from lsdm_stats.arrays import FloatArray, as_points, check_count

_ASYMMETRY = 1e-10  # relative departure from a covariance that is taken for rounding
_SERIES_FROM = 200  # dimensions above which the series of the mean radius is exact to rounding


def gaussian_w2(mean: ArrayLike, covariance: ArrayLike, other_mean: ArrayLike, other_covariance: ArrayLike) -> float:
    r"""Wasserstein distance of order 2 between two Gaussian laws (Euclidean distance).

    :math:`W_2^2=\|\mu-\mu'\|^2+\operatorname{tr}(\Sigma+\Sigma'-2(\Sigma^{1/2}\Sigma'\Sigma^{1/2})^{1/2})`
    (docs/theory.md, T7). The trace is computed as :math:`\|\Sigma^{1/2}-\Sigma'^{1/2}U\|_F^2` with the best orthogonal
    U, so nothing cancels for nearly equal covariances.

    Parameters
    ----------
    mean, other_mean : array_like of shape (dim,)
        Means, in the same units.
    covariance, other_covariance : array_like of shape (dim, dim)
        Covariances, in those units squared; singular ones are allowed.

    Returns
    -------
    float
        :math:`W_2` in the units of the means. Eigenvalues at rounding level of the largest count as 0; the absolute
        error is about :math:`\varepsilon\lambda_{\max}/\sqrt{\lambda_{\min}}` with the smallest positive eigenvalue.

    Raises
    ------
    ValueError
        If shapes do not agree, a value is not finite, or a covariance is not symmetric and positive semidefinite
        (relatively to 1e-10).

    References
    ----------
    .. [1] Givens and Shortt (1984), Michigan Math. J. 31:231-240, Proposition 7.
    .. [2] Bhatia, Jain and Lim (2019), Expositiones Mathematicae 37:165-191, Theorem 1 (the form with U).

    Examples
    --------
    >>> gaussian_w2([0.0, 0.0], [[1.0, 0.0], [0.0, 1.0]], [3.0, 0.0], [[25.0, 0.0], [0.0, 1.0]])
    5.0
    """
    first, second = _vector(mean, "mean"), _vector(other_mean, "other_mean")
    if len(second) != len(first):
        raise ValueError(f"other_mean must have the {len(first)} entries of mean; got {len(second)}; "
                         "match the dimensions")
    covariances = _covariance(covariance, "covariance", len(first)), \
        _covariance(other_covariance, "other_covariance", len(first))
    shift = first - second
    size = max(float(np.abs(shift).max()), *(math.sqrt(np.abs(matrix).max()) for matrix in covariances))
    exponent = math.frexp(size)[1]
    root, other_root = (
        _root(np.ldexp(matrix, -2 * exponent), name)
        for matrix, name in zip(covariances, ("covariance", "other_covariance"), strict=True)
    )
    left, _, right = np.linalg.svd(other_root @ root)
    remainder = root - other_root @ (left @ right)
    return math.ldexp(math.hypot(float(np.linalg.norm(np.ldexp(shift, -exponent))), float(np.linalg.norm(remainder))),
                      exponent)


def isotropic_gaussian_w1(scale: float, other_scale: float, dim: int) -> float:
    r"""Wasserstein distance of order 1 between two isotropic Gaussian laws with the same mean.

    :math:`W_1=|\sigma-\sigma'|\,\mathrm E\chi_k`, a dilation, with :math:`\mathrm E\chi_k=\sqrt2\,\Gamma((k+1)/2)/
    \Gamma(k/2)` the mean distance from the centre in k dimensions (docs/theory.md, T7).

    Parameters
    ----------
    scale, other_scale : float
        Standard deviations per coordinate, not negative.
    dim : int
        Number of coordinates k.

    Returns
    -------
    float
        :math:`W_1` in the units of the standard deviations.

    Raises
    ------
    ValueError
        If a standard deviation is negative or not finite, or `dim` is not a positive whole number.

    Examples
    --------
    >>> round(isotropic_gaussian_w1(1.0, 3.0, dim=1) / (2 / np.pi) ** 0.5, 12)
    2.0
    """
    for value, name in ((scale, "scale"), (other_scale, "other_scale")):
        if not (math.isfinite(value) and value >= 0):
            raise ValueError(f"{name} must be finite and not negative; got {value!r}; give a standard deviation")
    return abs(scale - other_scale) * _mean_radius(check_count(dim, "dim"))


def _mean_radius(k: int) -> float:
    """Mean of the chi law with k degrees of freedom."""
    if k < _SERIES_FROM:
        return math.sqrt(2) * math.gamma((k + 1) / 2) / math.gamma(k / 2)
    h = 1 / k  # ratio of Gamma functions, Abramowitz and Stegun 6.1.47
    return math.sqrt(k) * (1 - h / 4 + h**2 / 32 + 5 * h**3 / 128 - 21 * h**4 / 2048 - 399 * h**5 / 8192)


def _vector(values: ArrayLike, name: str) -> FloatArray:
    vector = as_points(values, name)
    if np.ndim(values) != 1:
        raise ValueError(f"{name} must have shape (dim,); got shape {np.shape(values)}; pass one mean")
    return vector[:, 0]


def _covariance(values: ArrayLike, name: str, dim: int) -> FloatArray:
    matrix = as_points(values, name)
    if matrix.shape != (dim, dim) or np.ndim(values) != 2:
        raise ValueError(f"{name} must have shape ({dim}, {dim}); got shape {np.shape(values)}; "
                         "give one row and one column per coordinate")
    asymmetry = float(np.abs(matrix - matrix.T).max())
    if asymmetry > _ASYMMETRY * float(np.abs(matrix).max()):
        raise ValueError(f"{name} must be symmetric (relatively to {_ASYMMETRY:g}); got entries that differ by "
                         f"{asymmetry:g}; pass a covariance matrix")
    return matrix / 2 + matrix.T / 2


def _root(matrix: FloatArray, name: str) -> FloatArray:
    """The positive semidefinite square root; eigenvalues at rounding level are taken as 0."""
    values, vectors = np.linalg.eigh(matrix)
    largest = float(np.abs(values).max())
    if values[0] < -_ASYMMETRY * largest:
        raise ValueError(f"{name} must be positive semidefinite; got a smallest eigenvalue of {values[0] / largest:g} "
                         "times the largest in size; pass a covariance matrix")
    values[values < len(values) * float(np.finfo(np.float64).eps) * largest] = 0.0
    return (vectors * np.sqrt(values)) @ vectors.T
