"""Uniform laws on spaces with known spectra, and stratified references that stand for them (docs/theory.md, B2, C7)."""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from functools import lru_cache
from typing import Annotated, Any, final

import numpy as np
from annotated_types import Ge

from lsdm_stats.arrays import FloatArray, check_count
from lsdm_stats.manifolds import Box, CliffordTorus, FlatTorus, ModelSpace, Sphere, SwissRollSheet
from lsdm_stats.manifolds.swiss_roll import LENGTH
from lsdm_stats.samples import TwoSamples
from lsdm_stats.spec import Spec
from lsdm_stats.streams import Generators, check_rngs


class UniformLaw(Spec, ABC):
    """The uniform law P on a surface, and two independent samples of it, as conditions and responses.

    Distances are Euclidean. The data carry two references: one uniform point in each of about `reference_size` cells of
    equal mass. As their mean law is P, the mean distance of a sample to one of them is at least that to P; it is too
    large by at most ``reference_error`` (docs/theory.md, C7).

    Parameters
    ----------
    reference_size : int
        About how many points a reference has; 0 for no references.

    Examples
    --------
    >>> law: UniformLaw = UniformCube(dim=2)
    >>> law.distance, round(law.diameter, 6), law.points(5, rng=np.random.default_rng(1)).shape
    (0.0, 1.414214, (5, 2))
    """

    reference_size: Annotated[int, Ge(0)] = 20_000

    @property
    @abstractmethod
    def space(self) -> ModelSpace:
        """A space of whose uniform law P is the image under a map that lengthens no distance."""

    @property
    @abstractmethod
    def diameter(self) -> float:
        """Largest Euclidean distance of two points, or an upper bound."""

    @property
    @abstractmethod
    def response_dim(self) -> int:
        """Dimension of the space around the surface."""

    @property
    @abstractmethod
    def reference_error(self) -> float:
        """A bound of the mean W1 between the reference and P."""

    @abstractmethod
    def reference(self, rng: np.random.Generator) -> FloatArray:
        """One uniform point in each cell, ``(M, response_dim)``."""

    @abstractmethod
    def points(self, n: int, *, rng: np.random.Generator) -> FloatArray:
        """Independent points ``(n, response_dim)`` of P, row by row."""

    @property
    @final
    def distance(self) -> float:
        """W1 between the laws of conditions and responses: none."""
        return 0.0

    @property
    @final
    def condition_dim(self) -> int:
        """As that of the responses."""
        return self.response_dim

    @property
    @final
    def transport_constants(self) -> tuple[float, float]:
        """That of the uniform law of the space, twice (docs/theory.md, C1)."""
        constant = self.space.transport_constant("uniform")
        return constant, constant

    @final
    def draw(self, n_paired: int, n_unpaired: int, *, rngs: Generators) -> TwoSamples:
        """Two samples of `n_paired` points, `n_unpaired` further points, and two references.

        Raises
        ------
        ValueError
            If there are no points or a size is negative.

        Examples
        --------
        >>> from lsdm_stats import streams
        >>> source = UniformSphere(reference_size=1000)
        >>> data = source.draw(50, 0, rngs=streams.data(1, source, replicates=range(2)))
        >>> data.responses.shape, data.references.shape
        ((2, 50, 3), (2, 2, 1000, 3))
        """
        check_count(n_paired, "n_paired")
        check_count(n_unpaired, "n_unpaired", minimum=0)
        children = [rng.spawn(4) for rng in check_rngs(rngs)]
        x, y = self._samples(n_paired, [paired for paired, *_ in children])
        unpaired = self._samples(n_unpaired, [further for _, further, *_ in children])[1]
        known: dict[str, Any] = {"diameter": self.diameter, "transport_constants": self.transport_constants}
        if self.reference_size:
            twice = [[self.reference(child) for child in last.spawn(2)] for *_, last in children]
            known["references"] = np.array(twice)
            known["reference_error"] = self.reference_error
        return TwoSamples(x, y, unpaired, **known)

    @final
    def held_out(self, n: int, *, rngs: Generators) -> tuple[FloatArray, FloatArray]:
        """Two fresh samples of n points."""
        check_count(n, "n")
        return self._samples(n, [rng.spawn(4)[2] for rng in check_rngs(rngs)])

    def _samples(self, n: int, rngs: Generators) -> tuple[FloatArray, FloatArray]:
        pairs = [[self.points(n, rng=child) for child in rng.spawn(2)] for rng in rngs]
        return np.stack([x for x, _ in pairs]), np.stack([y for _, y in pairs])


class UniformBox(UniformLaw, ABC):
    """The uniform law on a box, or its image under a map that lengthens no distance."""

    @property
    @abstractmethod
    def sides(self) -> tuple[float, ...]:
        """Sides of the box."""

    @abstractmethod
    def image(self, inside: FloatArray) -> FloatArray:
        """Where points ``(n, D)`` of the box go."""

    @property
    def reference_error(self) -> float:
        """The root of a sixth of the sum of the cells' squared sides (docs/theory.md, C7)."""
        return math.hypot(*(side / cells for side, cells in zip(self.sides, self._cells, strict=True))) / math.sqrt(6)

    def reference(self, rng: np.random.Generator) -> FloatArray:
        """The image of a uniform point in each cell of a grid."""
        axes = [np.arange(cells) for cells in self._cells]
        corners = np.stack(np.meshgrid(*axes, indexing="ij"), axis=-1).reshape(-1, len(axes))
        inside = (corners + rng.random(corners.shape)) / np.array(self._cells)
        return self.image(inside * np.array(self.sides))

    def points(self, n: int, *, rng: np.random.Generator) -> FloatArray:
        """The image of uniform points."""
        return self.image(rng.random((n, len(self.sides))) * np.array(self.sides))

    @property
    def _cells(self) -> tuple[int, ...]:
        """Cells along each axis: nearly cubes."""
        side = (math.prod(self.sides) / self.reference_size) ** (1 / len(self.sides))
        return tuple(max(1, round(length / side)) for length in self.sides)


class UniformCube(UniformBox):
    """The unit cube.

    Parameters
    ----------
    dim : int
        Its dimension.

    Examples
    --------
    >>> UniformCube(dim=3, reference_size=1000).reference(np.random.default_rng(1)).shape
    (1000, 3)
    """

    dim: Annotated[int, Ge(1)] = 2

    @property
    def space(self) -> Box:
        """The cube."""
        return Box(sides=self.sides)

    @property
    def sides(self) -> tuple[float, ...]:
        """Of length 1."""
        return (1.0,) * self.dim

    @property
    def diameter(self) -> float:
        """The diagonal."""
        return math.sqrt(self.dim)

    @property
    def response_dim(self) -> int:
        """The dimension of the cube."""
        return self.dim

    def image(self, inside: FloatArray) -> FloatArray:
        """Themselves."""
        return inside


class UniformTorus(UniformBox):
    """A product of circles of circumference 1, each in a plane of its own.

    Parameters
    ----------
    dim : int
        The number of circles.

    Examples
    --------
    >>> UniformTorus(dim=2).space
    FlatTorus(lengths=(1.0, 1.0))
    """

    dim: Annotated[int, Ge(1)] = 2

    @property
    def space(self) -> FlatTorus:
        """With arc lengths, which are at least the chords."""
        return FlatTorus(lengths=self.sides)

    @property
    def sides(self) -> tuple[float, ...]:
        """The circumferences."""
        return (1.0,) * self.dim

    @property
    def diameter(self) -> float:
        """Opposite points on every circle."""
        return math.sqrt(self.dim) / math.pi

    @property
    def response_dim(self) -> int:
        """A plane per circle."""
        return 2 * self.dim

    def image(self, inside: FloatArray) -> FloatArray:
        """Points with these arc lengths."""
        torus = CliffordTorus(radii=(1 / (2 * math.pi),) * self.dim, ambient_dim=self.response_dim)
        return torus.base_points(2 * math.pi * inside)


class UniformRoll(UniformBox):
    """The uniform law, by area, on the swiss roll in space: a rolled-up rectangle.

    Examples
    --------
    >>> [round(side, 3) for side in UniformRoll().sides]
    [6.322, 1.0]
    """

    @property
    def space(self) -> Box:
        """The rectangle."""
        return Box(sides=self.sides)

    @property
    def sides(self) -> tuple[float, ...]:
        """Length of the spiral, and height."""
        return (LENGTH, 1.0)

    @property
    def diameter(self) -> float:
        """An upper bound: that of the spiral is 1.7835, rounded up."""
        return math.hypot(1.7835, 1.0)

    @property
    def response_dim(self) -> int:
        """Space."""
        return 3

    def image(self, inside: FloatArray) -> FloatArray:
        """The points of the roll."""
        return SwissRollSheet(ambient_dim=3).decode(inside)


class UniformSphere(UniformLaw):
    """The unit sphere in space.

    Examples
    --------
    >>> UniformSphere().space
    Sphere(dim=2, radius=1.0)
    """

    @property
    def space(self) -> Sphere:
        """With angles as distances, which are at least the chords."""
        return Sphere(dim=2)

    @property
    def diameter(self) -> float:
        """Of the ball."""
        return 2.0

    @property
    def response_dim(self) -> int:
        """Space."""
        return 3

    @property
    def reference_error(self) -> float:
        """From the means m of the cells: independent points of one are at mean square distance ``2 (1 - |m|^2)``."""
        heights, counts = _zones(self.reference_size)
        below, above = heights[:-1], heights[1:]
        radius = np.diff(0.5 * (heights * np.sqrt(1 - heights**2) + np.arcsin(heights))) / (above - below)
        mean_squared = ((below + above) / 2) ** 2 + (radius * np.sinc(1 / counts)) ** 2
        return float(counts @ np.sqrt(2 * np.maximum(0.0, 1 - mean_squared)) / counts.sum())

    def reference(self, rng: np.random.Generator) -> FloatArray:
        """A uniform point in each cell: zones of about equal width, each cut into cells of equal area."""
        heights, counts = _zones(self.reference_size)
        zone = np.repeat(np.arange(len(counts)), counts)
        place = np.arange(len(zone)) - (np.cumsum(counts) - counts)[zone]
        shares = rng.random((len(zone), 2))
        height = heights[zone] + shares[:, 0] * (heights[zone + 1] - heights[zone])
        return _at(height, 2 * math.pi * (place + shares[:, 1]) / counts[zone])

    def points(self, n: int, *, rng: np.random.Generator) -> FloatArray:
        """Uniform heights and longitudes (Archimedes)."""
        shares = rng.random((n, 2))
        return _at(2 * shares[:, 0] - 1, 2 * math.pi * shares[:, 1])


@lru_cache(maxsize=16)
def _zones(size: int) -> tuple[FloatArray, Any]:
    """Heights of the zones' edges, and numbers of their cells, whose areas are all equal."""
    n_zones = max(1, round(math.sqrt(math.pi * size / 4)))
    edges = np.cos(np.linspace(math.pi, 0, n_zones + 1))
    last = np.unique(np.rint(size * (edges[1:] + 1) / 2).astype(np.int64))
    last = last[last > 0]
    return np.concatenate([[-1.0], 2 * last / size - 1]), np.diff(last, prepend=0)


def _at(height: FloatArray, longitude: FloatArray) -> FloatArray:
    radius = np.sqrt(np.maximum(0.0, 1 - height**2))
    return np.stack([radius * np.cos(longitude), radius * np.sin(longitude), height], axis=1)
