"""Gaussian mixtures given a condition, and the velocity and score of their way from noise (docs/theory.md, E1)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np
import scipy

from lsdm_stats.arrays import FloatArray, as_points


@dataclass(frozen=True)
class GaussianMixtures:
    """One mixture of normal laws per row; leading axes broadcast. A covariance of zero is a point mass.

    Parameters
    ----------
    log_weights : ndarray of shape (..., n, J)
        Logarithms of the weights of the components.
    means : ndarray of shape (..., n, J, k)
        Their means.
    covariances : ndarray of shape (..., n, J, k, k)
        Their covariances.

    Examples
    --------
    >>> one = GaussianMixtures(np.zeros((1, 1)), np.zeros((1, 1, 2)), np.eye(2)[None, None])
    >>> one.score(np.array([[1.0, -2.0]]))
    array([[-1.,  2.]])
    """

    log_weights: FloatArray
    means: FloatArray
    covariances: FloatArray

    def log_density(self, points: FloatArray) -> FloatArray:
        """Log densities ``(..., n)`` of points ``(..., n, k)``.

        Raises
        ------
        ValueError
            If a component has no density.
        """
        logs = self._log_joint(*self._scaled(points), points.shape[-1])
        return np.asarray(scipy.special.logsumexp(logs, axis=-1), dtype=np.float64)

    def score(self, points: FloatArray) -> FloatArray:
        """Gradients ``(..., n, k)`` of the log density."""
        offsets, scaled, log_determinants = self._scaled(points)
        shares = scipy.special.softmax(self._log_joint(offsets, scaled, log_determinants, points.shape[-1]), axis=-1)
        return -(shares[..., None] * scaled).sum(axis=-2)

    def noised(self, a: FloatArray, b: FloatArray, centre: FloatArray, scale: FloatArray) -> GaussianMixtures:
        """Laws of ``centre + a (Z - centre) + b scale * noise``; a and b broadcast to the rows."""
        a, b = _per_component(a, 2), _per_component(b, 2)
        means = centre[..., None, :] + a * (self.means - centre[..., None, :])
        covariances = a[..., None] ** 2 * self.covariances + b[..., None] ** 2 * _diagonal(scale)
        return GaussianMixtures(self.log_weights, means, covariances)

    def velocity(
        self,
        points: FloatArray,
        weights: tuple[FloatArray, FloatArray],
        rates: tuple[FloatArray, FloatArray],
        centre: FloatArray,
        scale: FloatArray,
    ) -> FloatArray:
        """Mean derivative of ``centre + a (Z - centre) + b scale * noise`` given where it is (E1.velocity).

        Parameters
        ----------
        points : ndarray of shape (..., n, k)
            Where it is.
        weights, rates : pairs of ndarray that broadcast to shape (..., n)
            a and b, and their derivatives.
        centre, scale : ndarray that broadcasts to shape (..., n, k)
            Centre and scale of the noise.

        Raises
        ------
        ValueError
            If a component has no density there: a point mass without noise.
        """
        law = self.noised(*weights, centre, scale)
        offsets, scaled, log_determinants = law._scaled(points)
        shares = scipy.special.softmax(law._log_joint(offsets, scaled, log_determinants, points.shape[-1]), axis=-1)
        a, b = (_per_component(weight, 2) for weight in weights)
        a_rate, b_rate = (_per_component(rate, 2) for rate in rates)
        drift = (a * a_rate)[..., None] * self.covariances + (b * b_rate)[..., None] * _diagonal(scale)
        moved = a_rate * (self.means - centre[..., None, :]) + _times(drift, scaled)
        return (shares[..., None] * moved).sum(axis=-2)

    def mapped(self, matrix: FloatArray, offset: FloatArray) -> GaussianMixtures:
        """Laws of ``matrix Z + offset``, for matrices ``(..., j, k)`` and offsets ``(..., j)`` per stack of rows."""
        wide = matrix[..., None, None, :, :]
        covariances = wide @ self.covariances @ np.swapaxes(wide, -1, -2)
        return GaussianMixtures(self.log_weights, _times(wide, self.means) + offset[..., None, None, :], covariances)

    def sample(self, rng: np.random.Generator) -> FloatArray:
        """One point per row, ``(n, k)``, of mixtures without further leading axes."""
        n, _, dim = self.means.shape
        logs = np.broadcast_to(self.log_weights, self.means.shape[:2])
        cumulated = scipy.special.softmax(logs, axis=-1).cumsum(axis=-1)
        chosen = (cumulated > rng.random((n, 1))).argmax(axis=-1)
        values, vectors = np.linalg.eigh(self.covariances)
        square_roots = vectors * np.sqrt(np.maximum(values, 0.0))[..., None, :]
        roots = np.broadcast_to(np.asarray(square_roots, dtype=np.float64), (*self.means.shape, dim))
        rows = np.arange(n)
        return self.means[rows, chosen] + _times(roots[rows, chosen], rng.standard_normal((n, dim)))

    def _scaled(self, points: FloatArray) -> tuple[FloatArray, FloatArray, FloatArray]:
        """Offsets from the means, the same times inverse covariances, and log determinants."""
        signs, logs = np.linalg.slogdet(self.covariances)
        if not np.all((signs > 0) & np.isfinite(logs)):
            raise ValueError("every component must have a density; got a singular covariance; "
                             "stop before the noise is gone")
        offsets = points[..., None, :] - self.means
        return offsets, _times(np.asarray(np.linalg.inv(self.covariances), dtype=np.float64), offsets), logs

    def _log_joint(self, offsets: FloatArray, scaled: FloatArray, logs: FloatArray, dim: int) -> FloatArray:
        """Log of weight times density of every component."""
        squares = (offsets * scaled).sum(axis=-1)
        return self.log_weights - 0.5 * (squares + logs + dim * np.log(2 * np.pi))


class ConditionalMixtures(Protocol):
    """A law of latents that is a Gaussian mixture given every condition.

    Examples
    --------
    >>> from lsdm_stats.populations import MixtureLatents
    >>> law: ConditionalMixtures = MixtureLatents()
    >>> law.mixtures(np.array([[0.5]])).means.shape
    (1, 2, 2)
    """

    def mixtures(self, conditions: FloatArray) -> GaussianMixtures:
        """The mixtures given conditions ``(..., n, p)``."""
        ...


class Path(Protocol):
    """Weights of latent and noise from t = 0 to t = 1, and their derivatives."""

    def weights(self, times: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Weights a and b."""
        ...

    def rates(self, times: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Derivatives of a and b."""
        ...


@dataclass(frozen=True)
class MixtureFlow:
    """The true velocity from noise to a Gaussian mixture given the condition: what a `Velocity` estimates.

    Parameters
    ----------
    law : ConditionalMixtures
        Law of the latents.
    path : Path
        Weights of latent and noise, those of a fit or of a path.
    start : pair of ndarray of shape (R, 1, k)
        Centre and scale of the noise.

    Examples
    --------
    >>> from lsdm_stats.matchers.paths import LinearPath
    >>> from lsdm_stats.populations import MixtureLatents
    >>> flow = MixtureFlow(MixtureLatents(), LinearPath(), (np.zeros((1, 1, 2)), np.ones((1, 1, 2))))
    >>> flow.velocity(np.array(0.5), np.zeros((1, 4, 2)), np.full((1, 4, 1), 0.5)).shape
    (1, 4, 2)
    """

    law: ConditionalMixtures
    path: Path
    start: tuple[FloatArray, FloatArray]

    def weights(self, times: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Weights of latent and noise at times in [0, 1]."""
        return self.path.weights(times)

    def rates(self, times: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Their derivatives in t."""
        return self.path.rates(times)

    def velocity(self, times: FloatArray, latents: FloatArray, conditions: FloatArray) -> FloatArray:
        """Velocities ``(R, n, k)``; times broadcast to ``(R, n)``."""
        clock = np.asarray(times, dtype=np.float64)
        laws = self.law.mixtures(conditions)
        return laws.velocity(latents, self.path.weights(clock), self.path.rates(clock), *self.start)

    def score(self, times: FloatArray, latents: FloatArray, conditions: FloatArray) -> FloatArray:
        """Gradients ``(R, n, k)`` of the log density at these times."""
        clock = np.asarray(times, dtype=np.float64)
        return self.law.mixtures(conditions).noised(*self.path.weights(clock), *self.start).score(latents)


@dataclass(frozen=True)
class MappedMixtures:
    """Affine images of conditional mixtures, one map per replicate.

    Parameters
    ----------
    law : ConditionalMixtures
        The law before.
    matrices : ndarray of shape (R, j, k)
        Linear parts.
    offsets : ndarray of shape (R, j)
        Images of the origin.

    Examples
    --------
    >>> from lsdm_stats.populations import MixtureLatents
    >>> law = MappedMixtures(MixtureLatents(), 2 * np.eye(2)[None], np.zeros((1, 2)))
    >>> law.mixtures(np.full((1, 1, 1), 0.5)).means[0, 0].tolist()
    [[-2.0, 0.0], [2.0, 0.0]]
    """

    law: ConditionalMixtures
    matrices: FloatArray
    offsets: FloatArray

    def mixtures(self, conditions: FloatArray) -> GaussianMixtures:
        """The mixtures given conditions ``(R, n, p)``."""
        return self.law.mixtures(conditions).mapped(self.matrices, self.offsets)


class Memorised:
    """The law that a perfect fit to n pairs with labels learns: the latents seen with a label, with equal masses.

    The minimum of flow and score matching on the pairs themselves moves noise to this law (docs/theory.md, E1.loss).

    Parameters
    ----------
    conditions : array_like of shape (n, p)
        Labels: equal rows for equal labels.
    latents : array_like of shape (n, k)
        Latents seen with them.

    Examples
    --------
    >>> law = Memorised([0.0, 0.0, 1.0], [[1.0], [3.0], [7.0]])
    >>> np.exp(law.mixtures(np.array([[0.0]])).log_weights)
    array([[0.5, 0.5, 0. ]])
    """

    def __init__(self, conditions: FloatArray, latents: FloatArray) -> None:
        self.conditions = as_points(conditions, "conditions")
        self.latents = as_points(latents, "latents")
        if len(self.conditions) != len(self.latents):
            raise ValueError(f"latents must be one per condition ({len(self.conditions)}); got {len(self.latents)}; "
                             "match them")

    def mixtures(self, conditions: FloatArray) -> GaussianMixtures:
        """Point masses given labels ``(..., n, p)``.

        Raises
        ------
        ValueError
            If a label was not seen.
        """
        same = (conditions[..., None, :] == self.conditions).all(axis=-1)
        counts = same.sum(axis=-1, keepdims=True)
        if not counts.all():
            raise ValueError(f"every label must be one that was seen; got {int((counts == 0).sum())} that were not; "
                             "give labels of the pairs")
        dim = self.latents.shape[1]
        with np.errstate(divide="ignore"):
            logs = np.log(same / counts)
        means = np.broadcast_to(self.latents, (*same.shape, dim))
        return GaussianMixtures(logs, means, np.zeros((1, 1, dim, dim)))


def _per_component(values: FloatArray, axes: int) -> FloatArray:
    array = np.asarray(values, dtype=np.float64)
    return array.reshape(*array.shape, *(1,) * axes)


def _diagonal(scale: FloatArray) -> FloatArray:
    """Diagonal matrices of squared scales, with an axis for the components."""
    return (scale[..., None, :] ** 2)[..., None] * np.eye(scale.shape[-1])


def _times(matrices: FloatArray, vectors: FloatArray) -> FloatArray:
    return (matrices @ vectors[..., None])[..., 0]
