"""Noise added to responses on the manifold."""

from __future__ import annotations

from typing import Annotated

import numpy as np
from annotated_types import Gt

from lsdm_stats.arrays import FloatArray
from lsdm_stats.spec import Spec


class NoNoise(Spec):
    """Responses lie on the manifold."""

    @property
    def variance(self) -> float:
        """Zero."""
        return 0.0

    def draw(self, n: int, dim: int, *, rng: np.random.Generator) -> FloatArray:
        """Zeros ``(n, dim)``; the generator is not read."""
        return np.zeros((n, dim))


class IsotropicNoise(Spec):
    """Independent normal noise in every ambient coordinate.

    Parameters
    ----------
    scale : float
        Standard deviation per ambient coordinate.
    """

    scale: Annotated[float, Gt(0)]

    @property
    def variance(self) -> float:
        """Variance per ambient coordinate."""
        return self.scale**2

    def draw(self, n: int, dim: int, *, rng: np.random.Generator) -> FloatArray:
        """Noise ``(n, dim)``."""
        return self.scale * rng.standard_normal((n, dim))
