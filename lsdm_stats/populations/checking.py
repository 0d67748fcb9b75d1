"""What must be true of every population, tried on one: for those who write their own."""

from __future__ import annotations

from typing import Any

import numpy as np

from lsdm_stats import streams
from lsdm_stats.arrays import FloatArray
from lsdm_stats.manifolds import EmbeddedManifold, Manifold
from lsdm_stats.populations.noise import NoNoise
from lsdm_stats.populations.population import Population
from lsdm_stats.samples import SemiSupervised

_FEW, _MANY = 7, 60  # observations of the smaller and of the larger sample
_STEP = 1e-4  # along a tangent, relative to the size of the responses
_ROUNDING = 1e-7  # relative to the size of the responses


def check_population(population: Population, *, seed: int = 1) -> None:
    """Try on small samples what no population may fail; each failure says which method to look at.

    * A smaller sample is the beginning of a larger one, and the numbers of pairs, unpaired responses and held-out data
      do not change the other parts: else comparisons over n and m are not paired.
    * Without noise responses lie on the manifold, and encoding and decoding leave them where they are.
    * Tangent vectors of the manifold are orthonormal, as many as its dimension, and tangent.

    It cannot see that a law is not the one you mean: compare moments with what you know.

    Parameters
    ----------
    population : Population
        Which.
    seed : int
        Of the samples.

    Raises
    ------
    ValueError
        In one line, at the first thing that is wrong.

    Examples
    --------
    >>> from lsdm_stats import Circle
    >>> check_population(Circle(width=0.3, ambient_dim=4))
    >>> class Inside(Circle):
    ...     def draw_latents(self, conditions, *, rng):
    ...         return 0.5 * super().draw_latents(conditions, rng=rng)
    >>> check_population(Inside())
    Traceback (most recent call last):
        ...
    ValueError: Inside: responses without noise must lie on the manifold; got a distance of 0.5; ...
    """
    name = type(population).__name__
    few, many = (_drawn(population, n, seed) for n in (_FEW, _MANY))
    for part in ("conditions", "responses", "unpaired"):
        if not np.array_equal(getattr(few, part), getattr(many, part)[:, :_FEW]):
            method = "draw_conditions" if part == "conditions" else "draw_latents (or manifold, or noise)"
            raise ValueError(
                f"{name}: a smaller sample must be the beginning of a larger one; got other {part} for {_FEW} than for "
                f"{_MANY} observations; draw row by row in {method}: rng.random((n, 2)), or rng.spawn for each variable"
            )
    clean = population.replace(noise=NoNoise())
    responses = _drawn(clean, _MANY, seed).responses[0]
    size = float(np.abs(responses).max())
    _check_points(name, clean.manifold, responses, tolerance=_ROUNDING * (1.0 + size))
    _check_tangents(name, clean.manifold, responses, step=_STEP * (1.0 + size))


def _drawn(population: Population, n: int, seed: int) -> SemiSupervised:
    """As many unpaired responses as pairs, from streams made afresh."""
    source: Any = population
    return population.draw(n, n, rngs=streams.data(seed, source, replicates=range(2)))


def _check_points(name: str, manifold: Manifold, responses: FloatArray, *, tolerance: float) -> None:
    off = float(manifold.distance(responses).max())
    if not off <= tolerance:
        raise ValueError(
            f"{name}: responses without noise must lie on the manifold; got a distance of {off:.3g}; "
            "mend draw_latents or manifold"
        )
    moved = float(np.abs(manifold.decode(manifold.encode(responses)) - responses).max())
    if not moved <= tolerance:
        raise ValueError(
            f"{name}: encode and decode of the manifold must leave its points where they are; got a move of "
            f"{moved:.3g}; mend one of them"
        )


def _check_tangents(name: str, manifold: Manifold, responses: FloatArray, *, step: float) -> None:
    if isinstance(manifold, EmbeddedManifold):
        came = manifold.tangents_base(responses @ manifold.embedding).shape
        shape = len(responses), manifold.intrinsic_dim, manifold.base_dim
        if came != shape:
            raise ValueError(
                f"{name}: tangents_base of the manifold must return vectors in rows, "
                f"shape (..., intrinsic_dim, base_dim) = {shape}; got {came}; turn them"
            )
    tangents = manifold.tangent_basis(manifold.encode(responses))
    gram = tangents @ tangents.swapaxes(1, 2)
    if not np.abs(gram - np.eye(manifold.intrinsic_dim)).max() <= 1e-6:
        raise ValueError(f"{name}: tangents of the manifold must be orthonormal; got others; normalise tangents_base")
    for axis in range(manifold.intrinsic_dim):
        # half of the points may lie at a boundary
        off = float(np.median(manifold.distance(responses + step * tangents[:, axis])))
        if not off <= 0.1 * step:
            raise ValueError(
                f"{name}: a small step along a tangent must stay near the manifold; got {off / step:.2g} of the step "
                f"off it along tangent {axis}; mend tangents_base or project_base"
            )
