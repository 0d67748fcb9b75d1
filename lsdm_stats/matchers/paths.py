"""How latents are mixed with normal noise on the way from t = 0 (noise) to t = 1 (latents)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np

from lsdm_stats.arrays import FloatArray


class NoisePath(Protocol):
    """Weights of the latent and of the noise, and their derivatives in t."""

    def weights(self, times: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Weights a and b of ``a * latent + b * noise``."""
        ...

    def rates(self, times: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Derivatives of a and b."""
        ...


@dataclass(frozen=True)
class LinearPath:
    """The straight line from noise to latent: a = t, b = 1 - t (Lipman et al., 2023; Liu et al., 2023).

    Examples
    --------
    >>> LinearPath().weights(np.array([0.25]))
    (array([0.25]), array([0.75]))
    """

    def weights(self, times: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Weights t and 1 - t."""
        return times, 1.0 - times

    def rates(self, times: FloatArray) -> tuple[FloatArray, FloatArray]:
        """1 and -1."""
        return np.ones_like(times), -np.ones_like(times)


@dataclass(frozen=True)
class DiffusionPath:
    r"""The Ornstein-Uhlenbeck diffusion dU = -U ds + √2 dW run backward from s = horizon to s = early.

    At diffusion time s a latent has weight :math:`e^{-s} = \cos\phi` and the noise
    :math:`\sqrt{1 - e^{-2s}} = \sin\phi`; the angle :math:`\phi` is linear in t, so that equal steps in t are
    equal steps on a quarter circle (Salimans and Ho, 2022).

    Parameters
    ----------
    horizon, early : float
        Diffusion times at t = 0 and at t = 1.

    Examples
    --------
    >>> DiffusionPath(horizon=5.0, early=0.0).weights(np.array([1.0]))
    (array([1.]), array([0.]))
    """

    horizon: float
    early: float

    @property
    def angular_rate(self) -> float:
        """Derivative of the angle in t, negative."""
        return _angle(self.early) - _angle(self.horizon)

    def angles(self, times: FloatArray) -> FloatArray:
        """Angles in [0, π/2] at times in [0, 1]."""
        return (1.0 - times) * _angle(self.horizon) + times * _angle(self.early)

    def diffusion_times(self, times: FloatArray) -> FloatArray:
        """Diffusion times s at times in [0, 1]."""
        return -np.log(np.cos(self.angles(times)))

    def times(self, diffusion_times: FloatArray) -> FloatArray:
        """Times in [0, 1] at diffusion times from `early` to `horizon`."""
        angles = np.arctan2(np.sqrt(-np.expm1(-2 * diffusion_times)), np.exp(-diffusion_times))
        return (angles - _angle(self.horizon)) / self.angular_rate

    def weights(self, times: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Cosine and sine of the angle."""
        angles = self.angles(times)
        return np.cos(angles), np.sin(angles)

    def rates(self, times: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Their derivatives in t."""
        angles = self.angles(times)
        return -self.angular_rate * np.sin(angles), self.angular_rate * np.cos(angles)


def _angle(diffusion_time: float) -> float:
    return float(np.arctan2(np.sqrt(-np.expm1(-2 * diffusion_time)), np.exp(-diffusion_time)))
