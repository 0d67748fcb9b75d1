"""Unions of disjoint circles or spheres, one per class."""

from __future__ import annotations

import itertools
import math
from functools import cache
from typing import Annotated, Self

import numpy as np
from annotated_types import Ge, Gt, MinLen
from pydantic import model_validator

from lsdm_stats.arrays import FloatArray
from lsdm_stats.manifolds.embedded import EmbeddedManifold
from lsdm_stats.manifolds.sphere import radial_projection, reflected_axes
from lsdm_stats.spec import Spec

_STARTS = 2_000
_STEPS = 300


class RoundComponent(Spec):
    """A circle or sphere: all points of the coordinate plane through the centre at one distance from it.

    Parameters
    ----------
    centre : tuple of float
        The centre in the base space.
    radius : float
        The radius.
    axes : tuple of int
        Coordinates that vary: two for a circle, three for a sphere.

    Examples
    --------
    >>> ring = RoundComponent(centre=(0.0, 0.0), radius=2.0)
    >>> ring.project(np.array([[3.0, 4.0]])).round(12)
    array([[1.2, 1.6]])
    """

    centre: Annotated[tuple[float, ...], MinLen(2)]
    radius: Annotated[float, Gt(0)] = 1.0
    axes: Annotated[tuple[Annotated[int, Ge(0)], ...], MinLen(2)] = (0, 1)

    @model_validator(mode="after")
    def _fits(self) -> Self:
        if len(set(self.axes)) < len(self.axes) or max(self.axes) >= len(self.centre):
            raise ValueError(f"axes must be different coordinates below {len(self.centre)}; got {self.axes}; "
                             "lengthen the centre or correct them")
        return self

    def project(self, base: FloatArray) -> FloatArray:
        """A nearest point for each point ``(…, base_dim)``."""
        centre, axes = np.array(self.centre), list(self.axes)
        foot = np.broadcast_to(centre, base.shape).copy()
        foot[..., axes] += self.radius * radial_projection(base[..., axes] - centre[axes])
        return foot

    def tangents(self, base: FloatArray) -> FloatArray:
        """Orthonormal tangent vectors ``(…, dim, base_dim)`` at its points."""
        centre, axes = np.array(self.centre), list(self.axes)
        vectors = np.zeros((*base.shape[:-1], len(axes) - 1, base.shape[-1]))
        vectors[..., axes] = reflected_axes(radial_projection(base[..., axes] - centre[axes]))
        return vectors


class RoundUnion(EmbeddedManifold):
    """Disjoint circles, or disjoint spheres of one dimension.

    Parameters
    ----------
    components : tuple of RoundComponent
        At least one; all in the same base space.

    Examples
    --------
    >>> rings = tuple(RoundComponent(centre=(0.0, 0.0), radius=radius) for radius in (1.0, 0.6))
    >>> union = RoundUnion(components=rings, ambient_dim=2)
    >>> round(union.reach, 12), union.distance(np.array([[0.0, 0.9], [3.0, 4.0]])).round(12).tolist()
    (0.2, [0.1, 4.0])
    """

    components: Annotated[tuple[RoundComponent, ...], MinLen(1)]

    @model_validator(mode="after")
    def _is_a_union(self) -> Self:
        if len({(len(one.centre), len(one.axes)) for one in self.components}) > 1:
            raise ValueError("components must have centres of one length and as many axes each; "
                             f"got {[(len(one.centre), len(one.axes)) for one in self.components]}; match them")
        if self.smallest_gap < 1e-9:
            raise ValueError(f"components must not meet; got a gap of {self.smallest_gap:g}; move their centres")
        return self

    @property
    def base_dim(self) -> int:
        """That of the centres."""
        return len(self.components[0].centre)

    @property
    def intrinsic_dim(self) -> int:
        """That of each component."""
        return len(self.components[0].axes) - 1

    @property
    def smallest_gap(self) -> float:
        """Least distance of two components; infinite for one; numerical where they lie in different planes."""
        return min((gap(*pair) for pair in itertools.combinations(self.components, 2)), default=math.inf)

    @property
    def reach(self) -> float:
        """The smallest radius or half the smallest gap, whichever is less."""
        return min(min(one.radius for one in self.components), self.smallest_gap / 2)

    @property
    def diameter(self) -> float:
        """Largest distance of two points; an upper bound where two components lie in different planes."""
        pairs = itertools.combinations_with_replacement(self.components, 2)
        return max(_farthest(*pair) for pair in pairs)

    def project_base(self, base: FloatArray) -> FloatArray:
        """The nearest of the nearest points of the components."""
        feet = np.stack([one.project(base) for one in self.components])
        nearest = ((feet - base) ** 2).sum(axis=-1).argmin(axis=0)
        return np.take_along_axis(feet, nearest[None, ..., None], axis=0)[0]

    def tangents_base(self, base: FloatArray) -> FloatArray:
        """Those of the component that the point lies on."""
        feet = np.stack([one.project(base) for one in self.components])
        nearest = ((feet - base) ** 2).sum(axis=-1).argmin(axis=0)
        tangents = np.stack([one.tangents(base) for one in self.components])
        return np.take_along_axis(tangents, nearest[None, ..., None, None], axis=0)[0]


def offsets(one: RoundComponent, other: RoundComponent) -> tuple[float, float]:
    """Distance of the centres of two components in parallel planes, along these planes and across them."""
    step = np.array(other.centre) - np.array(one.centre)
    along = step[list(one.axes)]
    across = np.delete(step, list(one.axes))
    return float(np.linalg.norm(along)), float(np.linalg.norm(across))


def parallel(one: RoundComponent, other: RoundComponent) -> bool:
    """Whether two components lie in parallel planes."""
    return set(one.axes) == set(other.axes)


def gap(one: RoundComponent, other: RoundComponent) -> float:
    """Distance of two components: closed form in parallel planes, else alternating projections from many points."""
    if parallel(one, other):
        along, across = offsets(one, other)
        within = max(along - one.radius - other.radius, abs(one.radius - other.radius) - along, 0.0)
        return math.hypot(within, across)
    return _numerical_gap(one.centre, one.radius, one.axes, other.centre, other.radius, other.axes)


@cache
def _numerical_gap(centre: tuple[float, ...], radius: float, axes: tuple[int, ...], other_centre: tuple[float, ...],
                   other_radius: float, other_axes: tuple[int, ...]) -> float:
    one = RoundComponent(centre=centre, radius=radius, axes=axes)
    other = RoundComponent(centre=other_centre, radius=other_radius, axes=other_axes)
    points = one.project(np.random.default_rng(0).standard_normal((_STARTS, len(centre))) + np.array(centre))
    for _ in range(_STEPS):
        points = one.project(other.project(points))
    return float(np.linalg.norm(points - other.project(points), axis=-1).min())


def _farthest(one: RoundComponent, other: RoundComponent) -> float:
    if parallel(one, other):
        along, across = offsets(one, other)
        return math.hypot(along + one.radius + other.radius, across)
    return math.dist(one.centre, other.centre) + one.radius + other.radius
