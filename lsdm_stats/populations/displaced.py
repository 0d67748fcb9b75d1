"""Two laws with known distance: uniform laws on boxes and what becomes of them when every point moves."""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from typing import Annotated, final

import numpy as np
from annotated_types import Ge

from lsdm_stats.arrays import FloatArray, check_count
from lsdm_stats.samples import TwoSamples
from lsdm_stats.spec import Spec
from lsdm_stats.streams import Generators, check_rngs
from lsdm_stats.wasserstein import cube_mean_radius, dilation_w1, translation_w1


class DisplacedCube(Spec, ABC):
    """P uniform on the unit cube, and Q the law of its moved points; the distance of P and Q is known.

    A source whose conditions are a sample of P and whose responses are one of Q. Distances are Euclidean. The points
    that move are drawn afresh, so that the sample of Q is never the moved sample of P.

    Parameters
    ----------
    dim : int
        Dimension d of both laws.

    Examples
    --------
    >>> pair: DisplacedCube = Translated(dim=3, shift=0.25)
    >>> pair.distance, pair.move(np.zeros((1, 3))).tolist()
    (0.25, [[0.25, 0.0, 0.0]])
    """

    dim: Annotated[int, Ge(1)]

    @property
    @abstractmethod
    def distance(self) -> float:
        """W1 between P and Q, in units of the cube's side."""

    @property
    @abstractmethod
    def diameter(self) -> float:
        """Largest distance of two points of the supports of P and Q."""

    @property
    @abstractmethod
    def expansion(self) -> float:
        """Lipschitz constant of the map that moves the points."""

    @abstractmethod
    def move(self, points: FloatArray) -> FloatArray:
        """Where points ``(n, dim)`` of the cube move to."""

    @property
    def shared(self) -> bool:
        """Whether the i-th points of both samples depend on each other."""
        return False

    @property
    def condition_dim(self) -> int:
        """Dimension of P."""
        return self.dim

    @property
    def response_dim(self) -> int:
        """Dimension of Q."""
        return self.dim

    @property
    def transport_constants(self) -> tuple[float, float]:
        """Transport constants of P and Q: 1 / (2π), and that times the squared expansion."""
        return 1 / (2 * math.pi), self.expansion**2 / (2 * math.pi)

    @final
    def draw(self, n_paired: int, n_unpaired: int, *, rngs: Generators) -> TwoSamples:
        """Samples of P and Q of `n_paired` points each, and `n_unpaired` further points of Q.

        Raises
        ------
        ValueError
            If there are no points or a size is negative.

        Examples
        --------
        >>> from lsdm_stats import streams
        >>> source = Translated(dim=3, shift=0.25)
        >>> data = source.draw(50, 0, rngs=streams.data(1, source, replicates=range(2)))
        >>> data.responses.shape, source.distance
        ((2, 50, 3), 0.25)
        """
        check_count(n_paired, "n_paired")
        check_count(n_unpaired, "n_unpaired", minimum=0)
        children = [rng.spawn(3) for rng in check_rngs(rngs)]
        x, y = self._samples(n_paired, [paired for paired, _, _ in children])
        return TwoSamples(x, y, self._samples(n_unpaired, [unpaired for _, unpaired, _ in children])[1],
                          diameter=self.diameter, transport_constants=self.transport_constants, shared=self.shared)

    @final
    def held_out(self, n: int, *, rngs: Generators) -> tuple[FloatArray, FloatArray]:
        """Fresh samples of P and Q of n points each."""
        check_count(n, "n")
        return self._samples(n, [rng.spawn(3)[2] for rng in check_rngs(rngs)])

    def _samples(self, n: int, rngs: Generators) -> tuple[FloatArray, FloatArray]:
        pairs = [self._pair(n, rng) for rng in rngs]
        return np.stack([x for x, _ in pairs]), np.stack([self.move(y) for _, y in pairs])

    def _pair(self, n: int, rng: np.random.Generator) -> tuple[FloatArray, FloatArray]:
        """Points of the cube: a sample of P, and the points that are to be moved."""
        first, second = rng.spawn(2)
        return first.random((n, self.dim)), second.random((n, self.dim))


class Translated(DisplacedCube):
    """P uniform on the unit cube of R^d; Q the same moved along the first axis: W1 is the length of the move.

    Parameters
    ----------
    shift : float
        How far; 0 makes both laws the same.

    Examples
    --------
    >>> Translated(dim=5, shift=0.25).distance
    0.25
    """

    shift: Annotated[float, Ge(0)] = 0.25

    @property
    def distance(self) -> float:
        """The length of the move (docs/theory.md, T1)."""
        return translation_w1([self.shift])

    @property
    def diameter(self) -> float:
        """Diagonal of the box that holds both cubes."""
        return math.hypot(1 + self.shift, math.sqrt(self.dim - 1))

    @property
    def expansion(self) -> float:
        """One."""
        return 1.0

    def move(self, points: FloatArray) -> FloatArray:
        """Points with `shift` added to their first coordinate."""
        return points + self.shift * np.eye(1, self.dim)


class Dilated(DisplacedCube):
    r"""P uniform on the unit cube of R^d; Q the same dilated about the centre: W1 is \|factor − 1\| E\|U − centre\|.

    Parameters
    ----------
    factor : float
        By how much; 1 makes both laws the same.

    Examples
    --------
    >>> round(Dilated(dim=1, factor=2.0).distance, 12)
    0.25
    """

    factor: Annotated[float, Ge(0)] = 1.5

    @property
    def distance(self) -> float:
        """Mean length of the moves (docs/theory.md, T2)."""
        return dilation_w1(self.factor, cube_mean_radius(self.dim))

    @property
    def diameter(self) -> float:
        """Diagonal of the larger cube."""
        return max(1.0, self.factor) * math.sqrt(self.dim)

    @property
    def expansion(self) -> float:
        """The factor."""
        return self.factor

    def move(self, points: FloatArray) -> FloatArray:
        """Points at `factor` times their distance from the centre."""
        return 0.5 + self.factor * (points - 0.5)


class MonotoneShift(DisplacedCube):
    """(X, Y) uniform on the unit cube, X the first coordinate; Q the law of (X, Y + a(X)u), a(x) = 2 shift x.

    Both samples share X, as generated and true responses to the same conditions do; given X they are independent.

    Parameters
    ----------
    dim : int
        Dimension of (X, Y), at least 2.
    shift : float
        Mean of a(X); u is the direction of Y's first coordinate.

    Examples
    --------
    >>> MonotoneShift(dim=3, shift=0.25).distance
    0.25
    """

    dim: Annotated[int, Ge(2)]
    shift: Annotated[float, Ge(0)] = 0.25

    @property
    def distance(self) -> float:
        """The mean of a(X) (docs/theory.md, T3)."""
        return self.shift

    @property
    def diameter(self) -> float:
        """Diagonal of the smallest box that holds both supports, which its corners attain."""
        return math.hypot(1 + 2 * self.shift, math.sqrt(self.dim - 1))

    @property
    def expansion(self) -> float:
        """Largest singular value of the shear (x, y) to (x, y + 2 shift x)."""
        return self.shift + math.hypot(1.0, self.shift)

    @property
    def shared(self) -> bool:
        """They share X."""
        return True

    def move(self, points: FloatArray) -> FloatArray:
        """Points with a(x) added to their second coordinate."""
        return points + 2 * self.shift * points[:, :1] * np.eye(1, self.dim, 1)

    def _pair(self, n: int, rng: np.random.Generator) -> tuple[FloatArray, FloatArray]:
        first, second = super()._pair(n, rng)
        second[:, 0] = first[:, 0]
        return first, second
