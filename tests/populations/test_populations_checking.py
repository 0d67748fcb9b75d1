"""`check_population`: every population of the package passes, and each flaw is named in one line."""

from __future__ import annotations

from typing import ClassVar

import numpy as np
import pytest

from lsdm_stats.manifolds import EmbeddedManifold
from lsdm_stats.populations import CATALOGUE, Circle, IsotropicNoise, Population, check_population

POPULATIONS = [kind for kind in CATALOGUE if issubclass(kind, Population)]


@pytest.mark.parametrize("kind", POPULATIONS, ids=lambda kind: kind.__name__)
def test_every_population_of_the_package_passes(kind):
    check_population(kind())


def test_noise_does_not_matter():
    check_population(Circle(width=0.3, noise=IsotropicNoise(scale=0.1)))


class Ellipse(EmbeddedManifold):
    """The ellipse (2 cos t, sin t), its nearest points by bisection of a grid; `flaw` says what is wrong with it."""

    ambient_dim: int = 2
    flaw: str = ""
    base_dim: ClassVar[int] = 2
    intrinsic_dim: ClassVar[int] = 1
    reach: ClassVar[float] = 0.5
    diameter: ClassVar[float] = 4.0

    def angle(self, base):
        centre, width = np.zeros(base.shape[:-1]), 2 * np.pi
        for _ in range(20):
            angles = centre[..., None] + np.linspace(-width / 2, width / 2, 33)
            curve = np.stack([2 * np.cos(angles), np.sin(angles)], axis=-1)
            nearest = ((curve - base[..., None, :]) ** 2).sum(axis=-1).argmin(axis=-1)
            centre, width = np.take_along_axis(angles, nearest[..., None], axis=-1)[..., 0], width / 8
        return centre

    def project_base(self, base):
        t = self.angle(base)
        return np.stack([2 * np.cos(t), np.sin(t)], axis=-1)

    def tangents_base(self, base):
        t = self.angle(base)
        tangent = np.stack([-2 * np.sin(t), np.cos(t)], axis=-1)
        unit = tangent / np.linalg.norm(tangent, axis=-1, keepdims=True)
        return {"column": unit[..., :, None], "long": tangent[..., None, :],
                "normal": (unit @ [[0.0, 1.0], [-1.0, 0.0]])[..., None, :]}.get(self.flaw, unit[..., None, :])

    def encode(self, points):
        return super().encode(points) * (0.5 if self.flaw == "encode" else 1.0)

    def distance(self, points):  # by the true coordinates, whatever `encode` does
        base = points @ self.embedding
        return np.linalg.norm(points - (self.project_base(base) @ self.embedding.T), axis=-1)


class OnEllipse(Population):
    """The angle of Y is near 2 pi X."""

    ambient_dim: int = 3
    flaw: str = ""

    @property
    def manifold(self):
        return Ellipse(ambient_dim=self.ambient_dim, embedding_seed=self.embedding_seed, flaw=self.flaw)

    def draw_conditions(self, n, *, rng):
        return np.column_stack([rng.random(2 * n)[n:]]) if self.flaw == "conditions" else rng.random((n, 1))

    def draw_latents(self, conditions, *, rng):
        n = len(conditions)
        place, other = rng.random((2, n)) if self.flaw == "columns" else rng.random((n, 2)).T
        t = 2 * np.pi * (conditions[:, 0] + 0.1 * place + 0.01 * other)
        radius = 0.9 if self.flaw == "off" else 1.0
        return radius * np.column_stack([2 * np.cos(t), np.sin(t)])


def test_a_population_of_ones_own_passes():
    check_population(OnEllipse())


@pytest.mark.parametrize(
    ("flaw", "message"),
    [
        ("conditions", "got other conditions for 7 than for 60 observations; draw row by row in draw_conditions"),
        ("columns", "got other responses for 7 than for 60 observations; draw row by row in draw_latents"),
        ("off", "responses without noise must lie on the manifold; got a distance of 0."),
        ("encode", "encode and decode of the manifold must leave its points where they are; got a move of"),
        ("column", "shape (..., intrinsic_dim, base_dim) = (60, 1, 2); got (60, 2, 1); turn them"),
        ("long", "tangents of the manifold must be orthonormal; got others; normalise tangents_base"),
        ("normal", "got 1 of the step off it along tangent 0; mend tangents_base or project_base"),
    ],
)
def test_each_flaw_is_named_in_one_line(flaw, message):
    with pytest.raises(ValueError, match=r"^OnEllipse: ") as caught:
        check_population(OnEllipse(flaw=flaw))
    assert message in str(caught.value)
    assert "\n" not in str(caught.value)
