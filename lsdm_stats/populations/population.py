"""What all populations share: data with the prefix property, and responses as noisy points of a manifold."""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from typing import Annotated, Self, final

import numpy as np
from annotated_types import Ge
from pydantic import model_validator

from lsdm_stats.arrays import FloatArray, as_stack, check_count
from lsdm_stats.manifolds import BallMass, CoveringNumbers, Manifold
from lsdm_stats.populations.constants import (
    UNIFORM_TRANSPORT,
    Metric,
    SphereSource,
    check_metric,
)
from lsdm_stats.populations.noise import IsotropicNoise, NoNoise, NormalNoise
from lsdm_stats.samples import SemiSupervised
from lsdm_stats.spec import Spec
from lsdm_stats.streams import Generators, check_rngs


class Population(Spec, ABC):
    """A joint law of (X, Y): X from its marginal law, Y = chart(Z) + noise with Z from a conditional law given X.

    Every variable is drawn from a child of its own, observation by observation: the first n of a larger sample are
    the smaller sample, and pairs, unpaired and held-out data never share a child.

    Parameters
    ----------
    condition_dim : int
        Dimension p of the conditions.
    ambient_dim : int
        Dimension q of the responses.
    embedding_seed : int
        Seed of the isometric embedding of the manifold.
    noise : NoNoise, IsotropicNoise or NormalNoise
        Noise of the responses.

    Examples
    --------
    >>> from lsdm_stats import Circle, streams
    >>> truth: Population = Circle(width=0.3, ambient_dim=8)
    >>> truth.sample(np.full((1, 4, 1), 0.5), rngs=streams.data(1, truth, replicates=[0])).shape
    (1, 4, 8)
    """

    condition_dim: Annotated[int, Ge(1)] = 1
    ambient_dim: Annotated[int, Ge(1)]
    embedding_seed: Annotated[int, Ge(0)] = 0
    noise: NoNoise | IsotropicNoise | NormalNoise = NoNoise()

    @model_validator(mode="after")
    def _manifold_fits(self) -> Self:
        manifold = self.manifold
        if isinstance(self.noise, NormalNoise):
            if manifold.intrinsic_dim >= self.ambient_dim:
                raise ValueError(f"normal noise needs an ambient_dim above {manifold.intrinsic_dim}, the dimension of "
                                 f"the manifold; got {self.ambient_dim}; raise it")
            if self.noise.radius >= manifold.reach:
                raise ValueError(f"the radius of normal noise must be below the reach {manifold.reach:g}; "
                                 f"got {self.noise.radius:g}; lower it")
        return self

    @property
    @abstractmethod
    def manifold(self) -> Manifold:
        """Manifold of the noise-free responses."""

    @abstractmethod
    def draw_conditions(self, n: int, *, rng: np.random.Generator) -> FloatArray:
        """Conditions ``(n, condition_dim)``, row by row."""

    @abstractmethod
    def draw_latents(self, conditions: FloatArray, *, rng: np.random.Generator) -> FloatArray:
        """Coordinates ``(n, latent_dim)`` on the manifold given conditions ``(n, condition_dim)``, row by row."""

    @property
    def response_dim(self) -> int:
        """Dimension q of the responses: `ambient_dim`."""
        return self.ambient_dim

    @property
    def conditional_lipschitz(self) -> float | None:
        """Lipschitz constant of the conditional law of Y given x, in W1; None if no bound is known.

        Without noise it is exact, or an upper bound where the population says so. Isotropic noise can only lower it.
        Normal noise turns with the manifold: no bound is given.
        """
        return None if isinstance(self.noise, NormalNoise) else self._conditional_lipschitz()

    @final
    def diameter(self, metric: Metric = "sum") -> float:
        """Largest distance of two points (x, y) of the joint support, or an upper bound; infinite for isotropic noise.

        Parameters
        ----------
        metric : {"sum", "euclidean"}
            Ground metric of the joint space.
        """
        return self._support_diameter(check_metric(metric)) + 2 * self.noise.largest

    def transport_constant(self, metric: Metric = "sum") -> float:
        r"""A constant C with :math:`W_1(\nu, P)\le\sqrt{2C\,\mathrm{KL}(\nu\mid P)}` for the joint law P and all laws.

        The least of what is known (docs/theory.md, F): a quarter of the squared diameter, the squared Lipschitz
        constant of a map from a uniform cube over 2 pi, or from a sphere of dimension d over d. Isotropic noise adds
        its variance. Infinite if nothing is known.

        Parameters
        ----------
        metric : {"sum", "euclidean"}
            Ground metric of the joint space; the constant has its units squared.
        """
        check_metric(metric)
        if isinstance(self.noise, NormalNoise):
            return self.diameter(metric) ** 2 / 4
        known = [self._support_diameter(metric) ** 2 / 4]
        expansion, sphere = self._source_lipschitz(metric), self._sphere_source(metric)
        if expansion is not None:
            known.append(expansion**2 * UNIFORM_TRANSPORT)
        if sphere is not None:
            known.append(sphere.factor**2 / sphere.dim)
        return min(known) + self.noise.variance

    @final
    def source_sides(self, metric: Metric = "sum") -> tuple[float, ...] | None:
        r"""Sides c of a box such that the joint law is a 1-Lipschitz image of the uniform law on it; None without one.

        With T the map from the unit cube, :math:`d(T(u),T(u'))\le\|c\odot(u-u')\|_2` (docs/theory.md, F).

        Parameters
        ----------
        metric : {"sum", "euclidean"}
            Ground metric of the joint space.
        """
        check_metric(metric)
        return self._source_sides(metric) if isinstance(self.noise, NoNoise) else None

    @final
    def sphere_source(self, metric: Metric = "sum") -> SphereSource | None:
        """The sphere whose uniform law has the joint law as a Lipschitz image; None without one."""
        check_metric(metric)
        return self._sphere_source(metric) if isinstance(self.noise, NoNoise) else None

    @final
    def covering(self, metric: Metric = "sum") -> CoveringNumbers | None:
        """Covering numbers of the joint support, from the sides of the source box (docs/theory.md, F); None without."""
        sides = self.source_sides(metric)
        if sides is None:
            return None
        constant = math.sqrt(len(sides)) * max(sides)
        return CoveringNumbers(len(sides), constant, constant / 2)

    @property
    def small_ball(self) -> BallMass | None:
        """Bound on the mass of small balls under the law of the responses; None if none is known, or with noise."""
        return self._small_ball() if isinstance(self.noise, NoNoise) else None

    def _conditional_lipschitz(self) -> float | None:
        return None

    def _support_diameter(self, metric: Metric) -> float:
        """Of the joint support without noise."""
        return math.inf

    def _source_rates(self, metric: Metric) -> tuple[float, ...] | None:
        """Lipschitz constants of the noise-free map from the unit cube, one coordinate at a time."""
        return None

    def _source_sides(self, metric: Metric) -> tuple[float, ...] | None:
        rates = self._source_rates(metric)
        return None if rates is None else tuple(math.sqrt(len(rates)) * rate for rate in rates)

    def _source_lipschitz(self, metric: Metric) -> float | None:
        rates, sides = self._source_rates(metric), self._source_sides(metric)
        known = ([math.hypot(*rates)] if rates else []) + ([max(sides)] if sides else [])
        return min(known, default=None)

    def _sphere_source(self, metric: Metric) -> SphereSource | None:
        return None

    def _small_ball(self) -> BallMass | None:
        return None

    @final
    def draw(self, n_paired: int, n_unpaired: int, *, rngs: Generators) -> SemiSupervised:
        """Pairs and unpaired responses, one replicate per generator.

        Raises
        ------
        ValueError
            If there are no pairs or a size is negative.

        Examples
        --------
        >>> from lsdm_stats import streams
        >>> from lsdm_stats.populations import SwissRoll
        >>> truth = SwissRoll(ambient_dim=16)
        >>> truth.draw(50, 200, rngs=streams.data(1, truth, replicates=range(3))).unpaired.shape
        (3, 200, 16)
        """
        check_count(n_paired, "n_paired")
        check_count(n_unpaired, "n_unpaired", minimum=0)
        paired, unpaired, _ = _children(rngs)
        conditions, responses = self._joint(n_paired, paired)
        return SemiSupervised(conditions, responses, self._joint(n_unpaired, unpaired)[1])

    @final
    def held_out(self, n: int, *, rngs: Generators) -> tuple[FloatArray, FloatArray]:
        """Fresh conditions ``(R, n, p)`` and responses ``(R, n, q)``, noise included."""
        check_count(n, "n")
        return self._joint(n, _children(rngs)[2])

    @final
    def sample(self, conditions: FloatArray, *, rngs: Generators) -> FloatArray:
        """Responses ``(R, n, q)`` from the conditional law given conditions ``(R, n, p)``.

        Raises
        ------
        ValueError
            If the conditions are not of shape ``(R, n, condition_dim)`` with one generator per replicate.
        """
        stack = as_stack(conditions, "conditions", dim=self.condition_dim, replicates=len(check_rngs(rngs)))
        return np.stack([self._respond(rows, rng) for rows, rng in zip(stack, rngs, strict=True)])

    def _joint(self, n: int, rngs: Generators) -> tuple[FloatArray, FloatArray]:
        pairs = [self._pairs(n, rng) for rng in rngs]
        return np.stack([x for x, _ in pairs]), np.stack([y for _, y in pairs])

    def _pairs(self, n: int, rng: np.random.Generator) -> tuple[FloatArray, FloatArray]:
        condition_rng, response_rng = rng.spawn(2)
        conditions = self._drawn("draw_conditions", self.draw_conditions(n, rng=condition_rng), (n, self.condition_dim))
        return conditions, self._respond(conditions, response_rng)

    def _respond(self, conditions: FloatArray, rng: np.random.Generator) -> FloatArray:
        latent_rng, noise_rng = rng.spawn(2)
        manifold = self.manifold
        shape = len(conditions), manifold.latent_dim
        latents = self._drawn("draw_latents", self.draw_latents(conditions, rng=latent_rng), shape)
        return manifold.decode(latents) + self.noise.draw(latents, manifold, rng=noise_rng)

    def _drawn(self, method: str, values: FloatArray, shape: tuple[int, int]) -> FloatArray:
        """What a subclass has drawn, if it is what was asked for."""
        array = np.asarray(values, dtype=np.float64)
        name = f"{type(self).__name__}.{method}"
        if array.shape != shape:
            remedy = "reshape what it returns"
            if method == "draw_conditions" and array.ndim == 2 and len(array) == shape[0]:
                remedy = f"write `condition_dim: int = {array.shape[1]}` in the class, or return {shape[1]} columns"
            raise ValueError(f"{name} must return an array of shape {shape}, one row per observation; "
                             f"got shape {array.shape}; {remedy}")
        if not np.isfinite(array).all():
            raise ValueError(f"{name} must return finite numbers; got infinite ones or NaN; mend the law that it draws")
        return array


def _children(rngs: Generators) -> tuple[Generators, Generators, Generators]:
    """For each generator its children for pairs, unpaired responses and held-out data."""
    paired, unpaired, test = zip(*(rng.spawn(3) for rng in check_rngs(rngs)), strict=True)
    return paired, unpaired, test
