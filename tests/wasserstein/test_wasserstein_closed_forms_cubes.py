"""The mean distance of a uniform point of a cube from its centre."""

from __future__ import annotations

import math

import numpy as np
import pytest

from lsdm_stats.wasserstein import cube_mean_radius


@pytest.mark.parametrize(
    ("dim", "expected"),
    [
        (1, 0.25),
        (2, (math.sqrt(2) + math.asinh(1)) / 6),
        (3, (math.sqrt(3) / 4 + math.log(2 + math.sqrt(3)) / 2 - math.pi / 24) / 2),
    ],
)
def test_mean_radius_in_closed_form(dim, expected):
    assert cube_mean_radius(dim) == pytest.approx(expected, rel=1e-14)


@pytest.mark.parametrize("dim", [4, 5, 20])
def test_mean_radius_by_simulation(dim):
    """Within six standard errors, 2e-9."""
    radii = np.linalg.norm(np.random.default_rng(3).random((400_000, dim)) - 0.5, axis=1)
    assert abs(radii.mean() - cube_mean_radius(dim)) < 6 * radii.std() / math.sqrt(len(radii))
