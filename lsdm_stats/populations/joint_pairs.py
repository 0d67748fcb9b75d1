"""Two joint laws over one law of the condition, with known distances between their conditional laws."""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Annotated, Any, Self, final

import numpy as np
from annotated_types import Ge, Gt, Le
from pydantic import model_validator

from lsdm_stats.arrays import FloatArray, check_count
from lsdm_stats.manifolds import RoundUnion
from lsdm_stats.populations.noise import NoNoise
from lsdm_stats.populations.round_classes import RoundClasses
from lsdm_stats.samples import SemiSupervised
from lsdm_stats.spec import Spec
from lsdm_stats.streams import Generators, check_rngs

_GOLDEN = (math.sqrt(5) - 1) / 2


@dataclass(frozen=True)
class JointSamples(SemiSupervised):
    """Points (x, y) of a law P, as conditions, and of a law Q, as responses, both with the same conditions x.

    Parameters
    ----------
    conditions, responses : ndarray of shape (replicates, points, p + q)
        Points of P and of Q; the condition first.
    condition_dim : int
        p.
    masses : ndarray of shape (points,), optional
        Masses of the points, the same for both laws and all replicates; equal by default.
    known : mapping from str to float, optional
        Numbers that the laws are known to have, by the names of the bounds A4.
    distances : ndarray of shape (replicates,), optional
        Mean W1 between the conditional laws over the conditions of the sample. It is given if the points hold the
        conditional laws whole, so that they are joint laws with that law of the condition; labels need none.

    Examples
    --------
    >>> from lsdm_stats import streams
    >>> pair = GrowingShift(slope=0.5)
    >>> data = pair.draw(20, 0, rngs=streams.data(1, pair, replicates=[0]))
    >>> data.conditions.shape, data.condition_dim, data.known["joint_w1.law"]
    ((1, 60, 2), 1, 0.25)
    """

    condition_dim: int = 1
    masses: FloatArray | None = None
    known: Mapping[str, float] = field(default_factory=dict[str, float])
    distances: FloatArray | None = None

    def __getitem__(self, replicates: slice) -> Self:
        """The data of some replicates, still stacked."""
        some = super().__getitem__(replicates)
        return some if self.distances is None else replace(some, distances=self.distances[replicates])


class JointPair(Spec, ABC):
    """Two joint laws, of (X, Y) and of (X, G), over one law of the condition X.

    Examples
    --------
    >>> pair: JointPair = Zigzag(cells=4)
    >>> pair.distance, pair.condition_dim, pair.response_dim
    (0.5, 1, 1)
    """

    @property
    @abstractmethod
    def distance(self) -> float:
        """Mean W1 between the conditional laws."""

    @property
    @abstractmethod
    def condition_dim(self) -> int:
        """Columns of the condition."""

    @property
    @abstractmethod
    def response_dim(self) -> int:
        """Columns of a response."""

    @abstractmethod
    def samples(self, n: int, rngs: Generators) -> JointSamples:
        """Points of both laws for n conditions, one replicate per generator."""

    @final
    def draw(self, n_paired: int, n_unpaired: int, *, rngs: Generators) -> JointSamples:
        """Points of both laws for `n_paired` conditions, and points of the second for `n_unpaired` further ones.

        Raises
        ------
        ValueError
            If there are no conditions or a size is negative.

        Examples
        --------
        >>> from lsdm_stats import streams
        >>> source = Zigzag(cells=4)
        >>> source.draw(50, 0, rngs=streams.data(1, source, replicates=range(2))).conditions.shape, source.distance
        ((2, 50, 2), 0.5)
        """
        check_count(n_paired, "n_paired")
        check_count(n_unpaired, "n_unpaired", minimum=0)
        children = [rng.spawn(3) for rng in check_rngs(rngs)]
        data = self.samples(n_paired, [paired for paired, _, _ in children])
        if not n_unpaired:
            return data
        return replace(data, unpaired=self.samples(n_unpaired, [further for _, further, _ in children]).responses)

    @final
    def held_out(self, n: int, *, rngs: Generators) -> tuple[FloatArray, FloatArray]:
        """Points of both laws for n fresh conditions."""
        check_count(n, "n")
        data = self.samples(n, [rng.spawn(3)[2] for rng in check_rngs(rngs)])
        return data.conditions, data.responses


class IntervalPair(JointPair, ABC):
    """X uniform on [0, 1]; given X both responses take a few values, with the same masses, at known distance.

    Samples hold all values for each of n conditions, which start anywhere and go on in steps of the golden ratio modulo
    1: each is uniform, and together they fill [0, 1] evenly. So a sample is two joint laws over one law of the
    condition, whose conditional laws are these; distances between its points are too large on average for the laws
    themselves, as those of independent points are (docs/theory.md, C3).

    Examples
    --------
    >>> pair: IntervalPair = GrowingShift(slope=0.5)
    >>> pair.distance, pair.conditional_w1(np.array([0.0, 1.0])).tolist()
    (0.25, [0.0, 0.5])
    """

    @property
    @abstractmethod
    def masses(self) -> tuple[float, ...]:
        """Masses of the values of a response."""

    @property
    @abstractmethod
    def diameter(self) -> float:
        """Largest distance of two responses, or an upper bound."""

    @property
    @abstractmethod
    def conditional_lipschitz(self) -> float:
        """Sum of the Lipschitz constants of both conditional laws in W1."""

    @property
    @abstractmethod
    def joint_distance(self) -> float | None:
        """W1 of the joint laws in the sum metric; None if there is no formula."""

    @abstractmethod
    def values(self, x: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Values ``(n, atoms, response_dim)`` of Y and of G given conditions ``(n,)``."""

    @abstractmethod
    def conditional_w1(self, x: FloatArray) -> FloatArray:
        """W1 between the conditional laws at conditions ``(n,)``."""

    @property
    def condition_dim(self) -> int:
        """One."""
        return 1

    @final
    def samples(self, n: int, rngs: Generators) -> JointSamples:
        """All values of both responses for n conditions."""
        conditions = np.stack([(rng.random() + _GOLDEN * np.arange(n)) % 1.0 for rng in rngs])
        atoms = len(self.masses)
        x = np.repeat(conditions, atoms, axis=1)[..., None]
        pairs = [self.values(of_one) for of_one in conditions]
        first, second = (np.stack(values).reshape(len(x), n * atoms, -1) for values in zip(*pairs, strict=True))
        known = {
            "diameter": self.diameter,
            "conditional_lipschitz": self.conditional_lipschitz,
            "condition_dim": 1.0,
            "condition_spread": 0.25,
            "conditional_w1.law": self.distance,
        }
        if self.joint_distance is not None:
            known["joint_w1.law"] = self.joint_distance
        return JointSamples(
            np.concatenate([x, first], axis=2),
            np.concatenate([x, second], axis=2),
            masses=np.tile(self.masses, n) / n,
            known=known,
            distances=np.stack([self.conditional_w1(of_one).mean() for of_one in conditions]),
        )


class Zigzag(IntervalPair):
    """Y on a zigzag through `cells` cells of [0, 1] between -amplitude and amplitude, G on its mirror image.

    Both are there with probability `share`, and 0 otherwise. The joint laws are much nearer than the conditional ones:
    their distance is of the order of the square (docs/theory.md, A4.sharp).

    Parameters
    ----------
    cells : int
        Number of runs up or down.
    amplitude : float
        Largest response.
    share : float
        Probability of being on the zigzag.

    Examples
    --------
    >>> pair = Zigzag(cells=16)
    >>> pair.distance, pair.joint_distance, pair.conditional_lipschitz
    (0.5, 0.03125, 32.0)
    """

    cells: Annotated[int, Ge(1)]
    amplitude: Annotated[float, Gt(0)] = 0.5
    share: Annotated[float, Gt(0), Le(1)] = 1.0

    @property
    def slope(self) -> float:
        """Of every run."""
        return 2 * self.amplitude * self.cells

    @property
    def masses(self) -> tuple[float, ...]:
        """Of the zigzag, and of 0."""
        return (1.0,) if self.share == 1 else (self.share, 1 - self.share)

    @property
    def diameter(self) -> float:
        """From the lowest to the highest point."""
        return 2 * self.amplitude

    @property
    def conditional_lipschitz(self) -> float:
        """Both laws move at the slope times the share."""
        return 2 * self.share * self.slope

    @property
    def distance(self) -> float:
        """Share times amplitude."""
        return self.share * self.amplitude

    @property
    def joint_distance(self) -> float:
        """The distance over the slope, if that is above 1."""
        return self.distance / max(1.0, self.slope)

    @property
    def response_dim(self) -> int:
        """One."""
        return 1

    def values(self, x: FloatArray) -> tuple[FloatArray, FloatArray]:
        """The zigzag and its mirror image, and 0."""
        height = self._height(x)
        atoms = np.zeros((len(x), len(self.masses), 1))
        atoms[:, 0, 0] = height
        return atoms, -atoms

    def conditional_w1(self, x: FloatArray) -> FloatArray:
        """Twice the distance from 0, times the share."""
        return 2 * self.share * np.abs(self._height(x))

    def _height(self, x: FloatArray) -> FloatArray:
        place = self.cells * x
        run = np.floor(place)
        upward = 2 * (place - run) - 1
        return self.amplitude * np.where(run % 2 == 0, upward, -upward)


class GrowingShift(IntervalPair):
    """Y uniform on the `atoms` points 0, …, 1 of the line, whatever X is; G = Y + slope X.

    No mass gains by changing its condition, so that joint W1 is the mean of the shifts (docs/theory.md, T3).

    Parameters
    ----------
    slope : float
        Shift at X = 1.
    atoms : int
        Number of values.

    Examples
    --------
    >>> GrowingShift(slope=0.5).joint_distance
    0.25
    """

    slope: Annotated[float, Gt(0)] = 0.5
    atoms: Annotated[int, Ge(1)] = 3

    @property
    def masses(self) -> tuple[float, ...]:
        """Equal."""
        return (1 / self.atoms,) * self.atoms

    @property
    def diameter(self) -> float:
        """From 0 to the largest shifted point; an upper bound for one atom."""
        return 1 + self.slope

    @property
    def conditional_lipschitz(self) -> float:
        """The slope; Y does not depend on X."""
        return self.slope

    @property
    def distance(self) -> float:
        """The mean shift."""
        return self.slope / 2

    @property
    def joint_distance(self) -> float:
        """The mean shift."""
        return self.slope / 2

    @property
    def response_dim(self) -> int:
        """One."""
        return 1

    def values(self, x: FloatArray) -> tuple[FloatArray, FloatArray]:
        """The points, and the points shifted."""
        first = np.tile(np.linspace(0, 1, self.atoms), (len(x), 1))
        return first[..., None], (first + self.slope * x[:, None])[..., None]

    def conditional_w1(self, x: FloatArray) -> FloatArray:
        """The shift (docs/theory.md, T1)."""
        return self.slope * x


class TurnedPolygon(IntervalPair):
    """Y uniform on the corners of a regular polygon on the unit circle that turns with X; G the same turned further.

    Corners are equally far from the nearest of the other polygon, so that W1 given X is that distance (docs/theory.md,
    T4). Joint W1 has no formula: where the polygon turns fast it is cheaper to change the condition.

    Parameters
    ----------
    corners : int
        Number of corners.
    turns : float
        Turns of Y's polygon from X = 0 to X = 1.
    angle : float
        Angle from Y's polygon to G's, in radians; at most half of that between corners.

    Examples
    --------
    >>> pair = TurnedPolygon(corners=3, angle=1.0471975511965976)
    >>> round(pair.distance, 12), round(pair.conditional_lipschitz / np.pi, 12)
    (1.0, 4.0)
    """

    corners: Annotated[int, Ge(1)] = 3
    turns: Annotated[float, Ge(0)] = 1.0
    angle: Annotated[float, Gt(0)] = 0.5

    @model_validator(mode="after")
    def _nearest_corner_is_known(self) -> Self:
        most = math.pi / self.corners
        if self.angle > most * (1 + 1e-12):
            raise ValueError(f"angle must be at most {most:g}, half of that between the {self.corners} corners; "
                             f"got {self.angle:g}; lower it")
        return self

    @property
    def masses(self) -> tuple[float, ...]:
        """Equal."""
        return (1 / self.corners,) * self.corners

    @property
    def diameter(self) -> float:
        """Of the circle."""
        return 2.0

    @property
    def conditional_lipschitz(self) -> float:
        """Every corner moves at this rate, in both laws."""
        return 4 * math.pi * self.turns

    @property
    def distance(self) -> float:
        """Chord of the angle."""
        return 2 * math.sin(self.angle / 2)

    @property
    def joint_distance(self) -> float | None:
        """Known if nothing turns: then X and the response are independent in both laws (docs/theory.md, T6)."""
        return self.distance if self.turns == 0 else None

    @property
    def response_dim(self) -> int:
        """The plane."""
        return 2

    def values(self, x: FloatArray) -> tuple[FloatArray, FloatArray]:
        """The corners of both polygons."""
        angles = 2 * np.pi * (self.turns * x[:, None] + np.arange(self.corners) / self.corners)
        return _on_circle(angles), _on_circle(angles + self.angle)

    def conditional_w1(self, x: FloatArray) -> FloatArray:
        """The same for every condition."""
        return np.full(len(x), self.distance)


class LabelledPair(JointPair):
    """X a label; Y and G uniform on circles or spheres of their own for each label.

    Both samples have the same labels, as generated and true responses have.

    Parameters
    ----------
    first, second : RoundClasses
        Classes of Y and of G, of the same frequencies, without noise. Circles of both are disjoint or the same.
    label_distance : float
        Distance of different labels.

    Examples
    --------
    >>> rings = RoundClasses()
    >>> pair = LabelledPair(first=rings, second=rings.replace(components=rings.components[::-1]), label_distance=1.0)
    >>> pair.distance, pair.label_ratio
    (0.5, 2.0)
    """

    first: RoundClasses
    second: RoundClasses
    label_distance: Annotated[float, Gt(0)]

    @model_validator(mode="after")
    def _classes_match(self) -> Self:
        laws = (self.first, self.second)
        shapes = {(law.condition_dim, law.ambient_dim, law.embedding_seed, tuple(law.frequencies)) for law in laws}
        if len(shapes) > 1 or any(not isinstance(law.noise, NoNoise) for law in laws):
            raise ValueError("first and second must have the same number of classes, frequencies and embedding, and no "
                             f"noise; got {self.first!r} and {self.second!r}; match them")
        assert self.diameter > 0  # refuses circles that meet
        return self

    @property
    def condition_dim(self) -> int:
        """A column per label."""
        return self.first.condition_dim

    @property
    def response_dim(self) -> int:
        """As that of the classes."""
        return self.first.response_dim

    @property
    def diameter(self) -> float:
        """Largest distance of two responses of either law."""
        circles = dict.fromkeys((*self.first.components, *self.second.components))
        return RoundUnion(components=tuple(circles), ambient_dim=self.response_dim).diameter

    @property
    def label_ratio(self) -> float:
        """The diameter over the distance of labels."""
        return self.diameter / self.label_distance

    @property
    def distance(self) -> float:
        """Mean W1 between the classes of one label."""
        pairs = zip(self.first.components, self.second.components, strict=True)
        apart = [
            0.0 if pair[0] == pair[1] else RoundClasses(components=pair, ambient_dim=self.response_dim).class_w1(0, 1)
            for pair in pairs
        ]
        return float(self.first.frequencies @ np.array(apart))

    def samples(self, n: int, rngs: Generators) -> JointSamples:
        """One response of either law for each of n random labels."""
        stacks: list[FloatArray] = []
        for rng in rngs:
            label_rng, *response_rngs = rng.spawn(3)
            labels = self.first.draw_conditions(n, rng=label_rng) / self.first.label_scale
            x = labels * self.label_distance / math.sqrt(2)
            laws: tuple[Any, ...] = (self.first, self.second)
            responses = [law.sample(labels[None], rngs=[one])[0] for law, one in zip(laws, response_rngs, strict=True)]
            stacks.append(np.stack([np.hstack([x, y]) for y in responses]))
        points = np.stack(stacks)
        known = {
            "diameter": self.diameter,
            "label_ratio": self.label_ratio,
            "label_distance": self.label_distance,
            "conditional_w1.law": self.distance,
        }
        if self.label_ratio <= 1:
            known["joint_w1.law"] = self.distance
        return JointSamples(points[:, 0], points[:, 1], condition_dim=self.condition_dim, known=known)


def _on_circle(angles: FloatArray) -> FloatArray:
    return np.stack([np.cos(angles), np.sin(angles)], axis=-1)
