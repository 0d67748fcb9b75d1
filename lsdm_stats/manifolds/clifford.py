"""Products of circles."""

from __future__ import annotations

import math
from typing import Annotated

import numpy as np
from annotated_types import Gt, MinLen

from lsdm_stats.arrays import FloatArray
from lsdm_stats.manifolds.embedded import EmbeddedManifold
from lsdm_stats.manifolds.sphere import radial_projection


class CliffordTorus(EmbeddedManifold):
    """The flat torus: one circle per radius, each in a plane of its own.

    Parameters
    ----------
    radii : tuple of float
        Radii of the circles.

    Examples
    --------
    >>> torus = CliffordTorus(radii=(1.0, 0.5), ambient_dim=4)
    >>> torus.intrinsic_dim, torus.reach
    (2, 0.5)
    """

    radii: Annotated[tuple[Annotated[float, Gt(0)], ...], MinLen(1)]

    @property
    def base_dim(self) -> int:
        """A plane per circle."""
        return 2 * len(self.radii)

    @property
    def intrinsic_dim(self) -> int:
        """The number of circles."""
        return len(self.radii)

    @property
    def reach(self) -> float:
        """The smallest radius."""
        return min(self.radii)

    @property
    def diameter(self) -> float:
        """Opposite points on every circle."""
        return 2 * math.hypot(*self.radii)

    def base_points(self, angles: FloatArray) -> FloatArray:
        """Points ``(…, base_dim)`` of the torus with angles ``(…, number of circles)``."""
        plane = np.stack([np.cos(angles), np.sin(angles)], axis=-1) * np.array(self.radii)[:, None]
        return plane.reshape(*angles.shape[:-1], self.base_dim)

    def project_base(self, base: FloatArray) -> FloatArray:
        """The radial projection plane by plane."""
        planes = radial_projection(self._planes(base)) * np.array(self.radii)[:, None]
        return planes.reshape(base.shape)

    def tangents_base(self, base: FloatArray) -> FloatArray:
        """One direction per circle."""
        planes = radial_projection(self._planes(base))
        turned = np.stack([-planes[..., 1], planes[..., 0]], axis=-1)
        axes = np.eye(len(self.radii))[:, :, None]
        return (axes * turned[..., None, :, :]).reshape(*base.shape[:-1], self.intrinsic_dim, self.base_dim)

    def _planes(self, base: FloatArray) -> FloatArray:
        return base.reshape(*base.shape[:-1], len(self.radii), 2)
