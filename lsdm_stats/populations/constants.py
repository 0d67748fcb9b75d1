"""The constants of a joint law that bounds on empirical W1 need."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal, get_args

from lsdm_stats.manifolds import BallMass
from lsdm_stats.manifolds.sphere import ball_volume, sphere_area

Metric = Literal["sum", "euclidean"]
"""Ground metric of joint spaces: ``|x - x'| + |y - y'|``, or the root of the sum of squares."""

UNIFORM_TRANSPORT = 1 / (2 * math.pi)
"""Transport constant of the uniform law on a unit cube of any dimension (docs/theory.md, F)."""


@dataclass(frozen=True)
class SphereSource:
    """The joint law is the image of the uniform law on a unit sphere with its geodesic distance.

    Parameters
    ----------
    dim : int
        Dimension of the sphere.
    factor : float
        Lipschitz constant of the map.

    Examples
    --------
    >>> from lsdm_stats.populations import Hopf
    >>> Hopf().sphere_source().dim
    3
    """

    dim: int
    factor: float


def check_metric(metric: Metric) -> Metric:
    """The metric, if it is one.

    Raises
    ------
    ValueError
        If it is another word.
    """
    if metric not in get_args(Metric):
        raise ValueError(f"metric must be 'sum' or 'euclidean'; got {metric!r}; choose one of them")
    return metric


def joined(metric: Metric, conditions: float, responses: float) -> float:
    """Length of a joint step from those of its parts.

    Examples
    --------
    >>> joined("sum", 3.0, 4.0), joined("euclidean", 3.0, 4.0)
    (7.0, 5.0)
    """
    return conditions + responses if metric == "sum" else math.hypot(conditions, responses)


def sphere_small_ball(dim: int, radius: float = 1.0) -> BallMass:
    """Of the uniform law on a sphere: volume of a ball over area of the sphere, for circles 1/2 (docs/theory.md, F6).

    Examples
    --------
    >>> sphere_small_ball(2).constant
    0.25
    """
    constant = 0.5 if dim == 1 else ball_volume(dim) / sphere_area(dim)
    return BallMass(dim, constant / radius**dim)
