"""Paths of true and learned velocities, and how far they may come apart (docs/theory.md, E1)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise
from typing import Protocol, runtime_checkable

import numpy as np

from lsdm_stats.arrays import FloatArray
from lsdm_stats.metrics.evaluation import Evaluation
from lsdm_stats.populations import GaussianMixtures, MappedMixtures, MixtureFlow, MixtureLatents
from lsdm_stats.samples import LatentSampler, LatentSpace, Velocity

_STREAMS = 8  # children of a data stream: seven for other metrics, one for true paths
_DIFFERENCE = 1e-3  # step of central differences, in scales of the noise
_AFFINE = 1e-6  # relative departure of an encoder from an affine map that is taken for rounding
_LARGEST = 1e300  # stands for growth that overflows

Rate = Callable[[float, FloatArray], FloatArray]


@runtime_checkable
class HasStages(Protocol):
    """A fit in two stages."""

    @property
    def space(self) -> LatentSpace:
        """Stage 1."""
        ...

    @property
    def sampler(self) -> LatentSampler:
        """Stage 2."""
        ...


@dataclass(frozen=True)
class Coupled:
    """A learned velocity and the true one of the same latents, with test latents and noise to start from.

    Parameters
    ----------
    learned, truth : Velocity
        Velocities of the replicates that did not fail.
    conditions : ndarray of shape (R, n, p)
        Test conditions.
    latents : ndarray of shape (R, n, k)
        Encoded test responses: draws of the law of the latents.
    rngs : tuple of Generator
        One per replicate.
    """

    learned: Velocity
    truth: MixtureFlow
    conditions: FloatArray
    latents: FloatArray
    rngs: tuple[np.random.Generator, ...]

    def noise(self) -> FloatArray:
        """Fresh standard normal noise of the shape of the latents."""
        return np.stack([rng.standard_normal(self.latents.shape[1:]) for rng in self.rngs])

    def starts(self) -> tuple[FloatArray, FloatArray]:
        """Places of true and learned paths at t = 0, equal where the path starts from noise alone.

        With the weights a and b there, the true one is ``c + a (Z - c) + b s noise`` and the learned one the same with
        an independent normal draw in place of Z: it has the law that draws start from.
        """
        centre, scale = self.learned.start
        a, b = (float(part) for part in self.learned.weights(np.array(0.0)))
        noise, other = self.noise(), self.noise()
        return centre + a * (self.latents - centre) + b * scale * noise, centre + scale * (a * other + b * noise)

    def end_gaps(self, stop: float) -> FloatArray:
        """Distances ``(R, n)`` of test latents to themselves with the noise that is left at the stop."""
        centre, scale = self.learned.start
        a, b = (float(part) for part in self.learned.weights(np.array(stop)))
        return np.linalg.norm((1 - a) * (self.latents - centre) - b * scale * self.noise(), axis=2)


def coupled(evaluation: Evaluation, n_points: int) -> Coupled:
    """What a fitted flow or score estimates, in the latent space of the fit, beside the truth.

    Raises
    ------
    ValueError
        If the true velocity is not known: the population is not `MixtureLatents`, the noise not isotropic, the encoder
        not affine; or the fit has no velocity.
    """
    source, further = evaluation.source, evaluation.further
    if not isinstance(source, MixtureLatents):
        raise ValueError("true paths need a population with a known velocity, MixtureLatents; "
                         f"got {type(source).__name__}; use that one")
    fitted = None if further is None else further.fitted
    if further is None or not isinstance(fitted, HasStages) or not isinstance(fitted.sampler, Velocity):
        raise ValueError(f"true paths need a fit by FlowMatching or ScoreMatching; got {type(fitted).__name__} without "
                         "a velocity; use such a matcher")
    kept = list(further.kept)
    space = fitted.space.select(kept)
    q = source.response_dim
    units = np.broadcast_to(np.vstack([np.zeros((1, q)), np.eye(q)]), (len(kept), q + 1, q))
    images = space.encode(units)
    offsets, matrices = images[:, 0], np.swapaxes(images[:, 1:] - images[:, :1], 1, 2)
    encoded = evaluation.latent_side.encoded
    affine = evaluation.responses @ np.swapaxes(matrices, 1, 2) + offsets[:, None]
    if np.abs(affine - encoded).max(initial=0.0) > _AFFINE * max(1.0, float(np.abs(encoded).max(initial=0.0))):
        raise ValueError("the true velocity is known for affine encoders only; got another latent space; "
                         "use TrueChart or PCA")

    learned = fitted.sampler.select(kept)
    if not isinstance(learned, Velocity):  # what select returns is of the same kind
        raise ValueError(f"select must keep the velocity; got {type(learned).__name__}; return the same type")
    truth = MixtureFlow(MappedMixtures(_Responses(source), matrices, offsets), learned, learned.start)
    rngs = tuple(rng.spawn(_STREAMS)[7] for rng in evaluation.data_streams)
    return Coupled(learned, truth, evaluation.conditions[:, :n_points], encoded[:, :n_points], rngs)


@dataclass(frozen=True)
class _Responses:
    source: MixtureLatents

    def mixtures(self, conditions: FloatArray) -> GaussianMixtures:
        """Laws of the responses."""
        return self.source.response_mixtures(conditions)


def follow(rate: Rate, start: FloatArray, times: FloatArray) -> FloatArray:
    """Places ``(len(times), ...)`` along dz = rate(t, z) dt, by one classical Runge–Kutta step between times.

    Examples
    --------
    >>> float(follow(lambda t, z: -z, np.array([1.0]), np.linspace(0, 1, 21))[-1, 0].round(5))
    0.36788
    """
    places = [start]
    for begin, end in pairwise(times.tolist()):
        z, step, middle = places[-1], end - begin, (begin + end) / 2
        first = rate(begin, z)
        second = rate(middle, z + step / 2 * first)
        third = rate(middle, z + step / 2 * second)
        fourth = rate(end, z + step * third)
        places.append(z + step / 6 * (first + 2 * second + 2 * third + fourth))
    return np.stack(places)


def grown(times: FloatArray, moduli: FloatArray, errors: FloatArray, start: FloatArray) -> FloatArray:
    r"""The solution at the last time of :math:`B'=\lambda B+e`, by Simpson's rule over pairs of steps.

    Parameters
    ----------
    times : ndarray of shape (2 m + 1,)
        Equally spaced times.
    moduli, errors : ndarray of shape (2 m + 1, ...)
        :math:`\lambda` and :math:`e` at these times.
    start : ndarray of shape (...)
        Value at the first time. Values above 1e300 come out as 1e300.

    Examples
    --------
    >>> float(grown(np.linspace(0, 1, 41), np.ones(41), np.ones(41), np.array(0.0)).round(6))
    1.718282
    """
    value, width = start, float(times[2] - times[0])
    with np.errstate(over="ignore"):
        for k in range(0, len(times) - 2, 2):
            m0, m1, m2 = moduli[k], moduli[k + 1], moduli[k + 2]
            whole = np.exp(width / 6 * (m0 + 4 * m1 + m2))
            half = np.exp(width / 24 * (-m0 + 8 * m1 + 5 * m2))
            added = width / 6 * (whole * errors[k] + 4 * half * errors[k + 1] + errors[k + 2])
            value = np.minimum(whole * value + added, _LARGEST)
    return np.asarray(value)


def largest_slopes(field: Callable[[FloatArray], FloatArray], points: FloatArray, scale: FloatArray) -> FloatArray:
    """Largest eigenvalue ``(R,)`` of the symmetrised Jacobian of a field over points ``(R, n, k)``.

    By central differences with steps of a thousandth of the scales: exact for affine fields. A maximum over points
    is a lower estimate of the supremum over all.
    """
    dim = points.shape[2]
    columns: list[FloatArray] = []
    for axis in range(dim):
        step = _DIFFERENCE * scale * np.eye(dim)[axis]
        width = 2 * step[..., axis : axis + 1]
        columns.append((field(points + step) - field(points - step)) / width)
    jacobians = np.stack(columns, axis=-1)
    symmetric = (jacobians + np.swapaxes(jacobians, -1, -2)) / 2
    return np.linalg.eigvalsh(symmetric)[..., -1].max(axis=1)


def coupled_moduli(apart: FloatArray, slopes: FloatArray) -> FloatArray:
    """One-sided moduli ``(times, R, n)`` of a field between paired points, 0 for pairs that never part.

    Parameters
    ----------
    apart, slopes : ndarray of shape (times, R, n, k)
        Differences of the points and of the field; where points agree at the first time only, the modulus there is
        extrapolated from the next three.
    """
    squares = (apart**2).sum(axis=3)
    moduli = np.divide((slopes * apart).sum(axis=3), squares, out=np.zeros_like(squares), where=squares > 0)
    guess = 3 * moduli[1] - 3 * moduli[2] + moduli[3]
    moduli[0] = np.where(squares[0] > 0, moduli[0], guess)
    return moduli
