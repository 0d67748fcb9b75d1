"""Classes on circles or spheres of their own (docs/theory.md, F11)."""

from __future__ import annotations

import math
from typing import Annotated, Self

import numpy as np
from annotated_types import Ge, Gt, MinLen
from pydantic import model_validator

from lsdm_stats.arrays import FloatArray
from lsdm_stats.manifolds import BallMass, RoundComponent, RoundUnion
from lsdm_stats.manifolds.round_union import offsets, parallel
from lsdm_stats.manifolds.sphere import radial_projection
from lsdm_stats.populations.constants import Metric, joined, sphere_small_ball
from lsdm_stats.populations.population import Population

_RINGS = (RoundComponent(centre=(0.0, 0.0), radius=1.0), RoundComponent(centre=(0.0, 0.0), radius=0.5))


class RoundClasses(Population):
    """X a label, Y uniform on the circle or sphere of its class.

    Labels are unit vectors times the diameter of the union, and so at least that far apart: joint W1 in the sum metric
    between two laws with these label frequencies is the mean of the W1 of the classes (docs/theory.md, A4.labels).

    Parameters
    ----------
    condition_dim : int
        Number of classes.
    components : tuple of RoundComponent
        One circle or sphere per class.
    weights : tuple of float
        Frequencies of the classes, normalised here; equal if there are none.

    Examples
    --------
    >>> truth = RoundClasses()
    >>> truth.class_w1(0, 1), truth.label_scale
    (0.5, 2.0)
    """

    condition_dim: Annotated[int, Ge(1)] = 2
    ambient_dim: Annotated[int, Ge(2)] = 2
    components: Annotated[tuple[RoundComponent, ...], MinLen(1)] = _RINGS
    weights: tuple[Annotated[float, Gt(0)], ...] = ()

    @model_validator(mode="after")
    def _fits(self) -> Self:
        if self.condition_dim != len(self.components) or len(self.weights) not in (0, len(self.components)):
            raise ValueError(f"condition_dim and weights must agree with the {len(self.components)} components; got "
                             f"condition_dim={self.condition_dim} and {len(self.weights)} weights; match them")
        return self

    @property
    def manifold(self) -> RoundUnion:
        """The union of the components."""
        return RoundUnion(components=self.components, ambient_dim=self.ambient_dim, embedding_seed=self.embedding_seed)

    @property
    def label_scale(self) -> float:
        """Length of labels: the diameter of the union, or an upper bound of it."""
        return self.manifold.diameter

    @property
    def frequencies(self) -> FloatArray:
        """Frequencies of the classes."""
        weights = np.array(self.weights or (1.0,) * len(self.components))
        return weights / weights.sum()

    def labels(self, classes: FloatArray) -> FloatArray:
        """Conditions ``(…, number of classes)`` of classes ``(…)``, counted from 0."""
        return self.label_scale * np.eye(len(self.components))[np.asarray(classes, dtype=np.int64)]

    def class_w1(self, first: int, second: int) -> float:
        """Euclidean W1 between the noise-free laws of two classes; exact.

        In parallel planes, if the centres differ across the planes only, every point of one component is as far from
        the other; and components of equal radius are translates.

        Raises
        ------
        ValueError
            If neither is the case.
        """
        one, other = self.components[first], self.components[second]
        if parallel(one, other):
            along, across = offsets(one, other)
            if along == 0 or one.radius == other.radius:
                return math.hypot(along, across, one.radius - other.radius)
        raise ValueError(f"classes must have parallel planes and a common axis or radius for a closed form of W1; got "
                         f"{first} and {second}; use wasserstein.exact on samples")

    def conditional_w1(self, first: FloatArray, second: FloatArray) -> FloatArray:
        """Euclidean W1 between the noise-free conditional laws at labels ``(…, number of classes)``; exact."""
        one, other = np.broadcast_arrays(np.asarray(first).argmax(axis=-1), np.asarray(second).argmax(axis=-1))
        values = [self.class_w1(int(i), int(j)) if i != j else 0.0 for i, j in zip(one.flat, other.flat, strict=True)]
        return np.array(values).reshape(one.shape)

    def draw_conditions(self, n: int, *, rng: np.random.Generator) -> FloatArray:
        """Labels with the given frequencies."""
        steps = np.cumsum(self.frequencies)[:-1]
        return self.labels(np.searchsorted(steps, rng.random(n), side="right").astype(np.float64))

    def draw_latents(self, conditions: FloatArray, *, rng: np.random.Generator) -> FloatArray:
        """Base coordinates of points of the component with the largest label."""
        dim = self.manifold.intrinsic_dim
        directions = radial_projection(rng.standard_normal((len(conditions), dim + 1)))
        classes = conditions.argmax(axis=1)
        points = np.empty((len(conditions), self.manifold.base_dim))
        for index, component in enumerate(self.components):
            rows = classes == index
            of_class = np.tile(np.array(component.centre), (int(rows.sum()), 1))
            of_class[:, list(component.axes)] += component.radius * directions[rows]
            points[rows] = of_class
        return points

    def _conditional_lipschitz(self) -> float:
        """An upper bound, on labels: W1 is at most the diameter, and labels are the root of 2 times that apart."""
        return math.sqrt(0.5)

    def _support_diameter(self, metric: Metric) -> float:
        """An upper bound, attained if two classes hold a largest distance."""
        labels = math.sqrt(2) * self.label_scale if len(self.components) > 1 else 0.0
        return joined(metric, labels, self.manifold.diameter)

    def _small_ball(self) -> BallMass:
        """A ball that meets a component lies in one of twice the radius around a point of it."""
        dim = self.manifold.intrinsic_dim
        constants = [2**dim * sphere_small_ball(dim, one.radius).constant for one in self.components]
        return BallMass(dim, float(self.frequencies @ np.array(constants)))
