"""Arcs on a torus of Fourier modes (docs/theory.md, F10)."""

from __future__ import annotations

import math
from functools import cache
from typing import Annotated

import numpy as np
from annotated_types import Ge, Gt, Le, MinLen

from lsdm_stats.arrays import FloatArray
from lsdm_stats.manifolds import BallMass, FourierTorus
from lsdm_stats.manifolds.minimum import least
from lsdm_stats.manifolds.sphere import ball_volume
from lsdm_stats.populations.arcs import window_sides
from lsdm_stats.populations.constants import Metric, joined
from lsdm_stats.populations.population import Population


class FourierModes(Population):
    """X uniform on [0, 1]; the first angle of Y is uniform on the arc of share `width` around 2 pi X, others uniform.

    Parameters
    ----------
    frequencies : tuple of tuple of int
        Frequencies of the modes, with one or two entries each.
    amplitudes : tuple of float
        Amplitudes of the modes.
    width : float
        Length of the arc as a share of the circle; 0 makes X the first angle.

    Examples
    --------
    >>> truth = FourierModes()
    >>> round(truth.manifold.lipschitz, 3), round(truth.manifold.reach, 3)
    (1.394, 0.776)
    """

    condition_dim: Annotated[int, Ge(1), Le(1)] = 1
    ambient_dim: Annotated[int, Ge(2)] = 10
    frequencies: Annotated[tuple[tuple[int, ...], ...], MinLen(1)] = ((1, 0), (0, 1), (1, 1), (2, -1), (1, 3))
    amplitudes: tuple[Annotated[float, Gt(0)], ...] = (1.0, 1.0, 0.5, 0.4, 0.2)
    width: Annotated[float, Ge(0), Le(1)] = 0.3

    @property
    def manifold(self) -> FourierTorus:
        """The torus."""
        return FourierTorus(frequencies=self.frequencies, amplitudes=self.amplitudes, ambient_dim=self.ambient_dim,
                            embedding_seed=self.embedding_seed)

    def conditional_w1(self, first: FloatArray, second: FloatArray) -> FloatArray:
        """Euclidean W1 between the noise-free conditional laws at conditions ``(…, 1)``, for width 0; exact.

        Each law is then uniform on an orbit, and every point of one is as far from the other: one numerical minimum.

        Raises
        ------
        ValueError
            If the width is positive.
        """
        if self.width > 0:
            raise ValueError(f"W1 between conditional laws has a closed form for width 0; got {self.width:g}; "
                             "use wasserstein.exact on samples")
        shares = (np.asarray(first) - np.asarray(second))[..., 0]
        values = [orbit_distance(self.frequencies, self.amplitudes, float(share)) for share in shares.ravel()]
        return np.array(values).reshape(shares.shape)

    def draw_conditions(self, n: int, *, rng: np.random.Generator) -> FloatArray:
        """Uniform on [0, 1]."""
        return rng.random((n, 1))

    def draw_latents(self, conditions: FloatArray, *, rng: np.random.Generator) -> FloatArray:
        """Coordinates in the planes of the modes."""
        manifold = self.manifold
        shares = rng.random((len(conditions), manifold.intrinsic_dim))
        shares[:, 0] = conditions[:, 0] + self.width * (shares[:, 0] - 0.5)
        return manifold.base_points(2 * np.pi * shares)

    def _conditional_lipschitz(self) -> float:
        """Exact: distance of the orbits at the ends of the arc over its length, in the limit for width 0."""
        if self.width > 0:
            return orbit_distance(self.frequencies, self.amplitudes, self.width) / self.width
        return 2 * math.pi / math.sqrt(float(np.linalg.inv(self.manifold.metric)[0, 0]))

    def _support_diameter(self, metric: Metric) -> float:
        """An upper bound: conditions and responses as far apart as they can be."""
        return joined(metric, 1.0, self.manifold.diameter)

    def _source_rates(self, metric: Metric) -> tuple[float, ...]:
        speeds = [2 * math.pi * math.sqrt(float(value)) for value in np.diag(self.manifold.metric)]
        window = [self.width * speeds[0]] if self.width > 0 else []
        return (joined(metric, 1.0, speeds[0]), *window, *speeds[1:])

    def _source_sides(self, metric: Metric) -> tuple[float, ...]:
        """In the Euclidean metric the constant metric is at most the diagonal of its absolute row sums."""
        rates = self._source_rates(metric)
        if metric == "sum":
            return window_sides(rates, metric, rates[0], self.width)
        speeds = [2 * math.pi * math.sqrt(float(value)) for value in np.abs(self.manifold.metric).sum(axis=1)]
        diagonal = (*rates[: len(rates) - len(speeds) + 1], *speeds[1:])
        return window_sides(diagonal, metric, speeds[0], self.width)

    def _small_ball(self) -> BallMass:
        """A ball of radius s around a point of the torus has angles within ``s / lower_lipschitz``."""
        dim = self.manifold.intrinsic_dim
        return BallMass(dim, ball_volume(dim) / (2 * math.pi * self.manifold.lower_lipschitz) ** dim)


@cache
def orbit_distance(frequencies: tuple[tuple[int, ...], ...], amplitudes: tuple[float, ...], share: float) -> float:
    """Distance of the orbits of the second angle at first angles 0 and ``2 pi share``; of points without second angle.

    Examples
    --------
    >>> round(orbit_distance(((1,),), (1.0,), 0.5), 12)
    2.0
    """
    modes, turn = np.array(frequencies, dtype=np.float64), 2 * math.pi * share

    def squared(second: FloatArray) -> FloatArray:
        phases = turn * modes[:, 0] + np.multiply.outer(second, modes[:, 1] if modes.shape[1] > 1 else 0 * modes[:, 0])
        return (4 * np.array(amplitudes) ** 2 * np.sin(phases / 2) ** 2).sum(axis=-1)

    return math.sqrt(max(0.0, least(squared, -math.pi, math.pi)))
