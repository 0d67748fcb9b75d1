"""Empirical W1 minimisation in a class of generators with one parameter, with every term of its error known (D1)."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Annotated

import numpy as np
from annotated_types import Ge, Gt

from lsdm_stats.arrays import FloatArray, as_stack, check_count
from lsdm_stats.matchers.lipschitz_search import Least, least_lipschitz
from lsdm_stats.populations import Circle
from lsdm_stats.samples import LatentPairs, LatentSpace
from lsdm_stats.spec import Spec
from lsdm_stats.streams import Generators
from lsdm_stats.wasserstein import Transport, exact

_AROUND = 2 * math.pi  # length of the circle, and Lipschitz constant of the map from turns to points
_PROBES = 256  # points of the circle between which the encoder's expansion is checked


@dataclass(frozen=True)
class ArcGenerators:
    """Fitted generators of a block of replicates, and what is known of their training.

    Parameters
    ----------
    population : Circle
        Whose circle the generated points lie on.
    space : LatentSpace
        The fitted first stage.
    width : ndarray of shape (R,)
        The fitted parameter w.
    training_loss, training_loss_lower, training_loss_upper : ndarray of shape (R,)
        W1 between the generated training measure and the n encoded pairs, with its certificate.
    optimisation_error : ndarray of shape (R,)
        The loss exceeds its infimum over the class by at most this.
    condition_distance : ndarray of shape (R,)
        W1 between the training conditions and their law.
    block_spread : ndarray of shape (R,)
        Mean distance of two conditions of a block.
    noise_step : ndarray of shape (R,)
        Mean over all training draws of the distance of the noise to a uniform variable on its cell.
    encoder_lipschitz : float
        Lipschitz constant of the encoder on the circle.
    """

    population: Circle
    space: LatentSpace
    width: FloatArray
    training_loss: FloatArray
    training_loss_lower: FloatArray
    training_loss_upper: FloatArray
    optimisation_error: FloatArray
    condition_distance: FloatArray
    block_spread: FloatArray
    noise_step: FloatArray
    encoder_lipschitz: float

    @property
    def failures(self) -> tuple[str | None, ...]:
        """Those of the latent space."""
        return self.space.failures

    @property
    def generator_error(self) -> FloatArray:
        """W1 between the generated training measure and the law of the fitted generator is at most this, surely."""
        return self._generator_error(self.width, self.width)

    @property
    def uniform_generator_error(self) -> FloatArray:
        """The same for all generators of the class at once: the supremum over the class is at most this, surely."""
        return self._generator_error(np.zeros_like(self.width), np.ones_like(self.width))

    def sample(self, conditions: FloatArray, *, rngs: Generators) -> FloatArray:
        """One latent per condition with fresh uniform noise, ``(R, n, k)``."""
        stack = as_stack(conditions, "conditions", dim=1, replicates=len(rngs))
        noise = np.stack([rng.random(stack.shape[1]) for rng in rngs])
        turns = stack[:, :, 0] + self.width[:, None] * (noise - 0.5)
        return self.space.encode(circle_points(self.population, turns))

    def select(self, replicates: Sequence[int]) -> ArcGenerators:
        """The generators of some replicates."""
        index = list(replicates)
        arrays = {name: value[index] for name, value in vars(self).items() if isinstance(value, np.ndarray)}
        return replace(self, space=self.space.select(index), **arrays)

    def _generator_error(self, narrow: FloatArray, wide: FloatArray) -> FloatArray:
        """For widths between both; laws of narrow arcs move farthest with the condition, wide arcs need most noise."""
        expansion = _AROUND * self.encoder_lipschitz
        of_law = 1 + expansion * np.sinc(narrow)
        return of_law * self.condition_distance + (1 + expansion) * self.block_spread + (
            expansion * wide * self.noise_step
        )


class ArcFamily(Spec):
    r"""Conditional generators on a circle with one unknown, the share of the circle that they fill.

    :math:`G_w(x,u)=E(\text{point of the circle at }x+w(u-\tfrac12)\text{ turns})` for w in [0, 1] and u uniform: the
    population's own conditional law is in the class, at its own width. The loss is exact joint W1 in the sum metric
    between the n encoded pairs and ``draws`` generated latents for each of their conditions; its least value over the
    class is found up to a proved error, since in w it is Lipschitz with the constant
    :math:`\tfrac\pi2L_E` (docs/theory.md, F3, for this and for the noise).

    The noise of training is fixed, and spread evenly: pairs are sorted by condition into blocks of neighbours, and the
    draws of a block of s pairs have the midpoints of ``s draws`` cells of [0, 1] as their noise, in an order drawn
    once. So the generated training measure is near the law of the generator with its noise integrated out.

    Parameters
    ----------
    population : Circle
        Its circle, embedding and conditions; its width is not used.
    points : int
        Number of generated training points, about: each pair gets ``points / n`` draws, rounded up.
    tolerance : float
        Optimisation error at which the search stops, in the units of conditions plus latents.
    max_evaluations : int
        And number of evaluations of the loss after which it does; the optimisation error is then larger.
    encoder_lipschitz : float
        Lipschitz constant L_E of the encoder on the circle: 1 for principal components.

    Examples
    --------
    >>> from lsdm_stats import LSDM, PCA, streams
    >>> truth = Circle(width=0.3)
    >>> method = LSDM(latent=PCA(dim=2), matcher=ArcFamily(population=truth, points=400))
    >>> data = truth.draw(100, 0, rngs=streams.data(1, truth, replicates=range(1)))
    >>> fitted = method.fit(data, rngs=streams.fit(1, truth, method, replicates=range(1)))
    >>> bool(abs(fitted.sampler.width[0] - 0.3) < 0.1), bool(fitted.sampler.optimisation_error[0] <= 0.01)
    (True, True)
    """

    population: Circle
    points: Annotated[int, Ge(1)] = 3_200
    tolerance: Annotated[float, Gt(0)] = 0.01
    max_evaluations: Annotated[int, Ge(2)] = 200
    encoder_lipschitz: Annotated[float, Gt(0)] = 1.0

    def draws(self, n: int) -> int:
        """Draws per pair for n pairs."""
        return math.ceil(self.points / check_count(n, "n"))

    def block_sizes(self, n: int) -> tuple[int, ...]:
        """Sizes of the blocks of neighbours for n pairs: what their spread and the cells' width cost is balanced."""
        expansion = _AROUND * self.encoder_lipschitz
        size = math.sqrt(3 * expansion * (n + 1) / (4 * self.draws(n) * (1 + expansion)))
        blocks = max(1, round(n / max(1.0, size)))
        return tuple(len(part) for part in np.array_split(np.arange(n), blocks))

    def expected_noise_error(self, n: int) -> float:
        """Mean of the part of the generator error, for all widths at once, that is due to the noise of training.

        For uniform conditions: two of the s neighbours of a block are ``(s² - 1) / (3 s (n + 1))`` apart on average
        (docs/theory.md, F3).

        Examples
        --------
        >>> round(ArcFamily(population=Circle(), points=3_200).expected_noise_error(1_000), 3)
        0.062
        """
        expansion, draws = _AROUND * self.encoder_lipschitz, self.draws(n)
        spread = [(size**2 - 1) / (3 * size * (n + 1)) for size in self.block_sizes(n)]
        steps = [1 / (4 * size * draws) for size in self.block_sizes(n)]
        costs = (1 + expansion) * np.array(spread) + expansion * np.array(steps)
        return float(np.average(costs, weights=self.block_sizes(n)))

    def fit(self, pairs: LatentPairs, *, rngs: Generators) -> ArcGenerators:
        """Find the width of each replicate; `rngs` only order the noise within blocks.

        Raises
        ------
        ValueError
            If conditions have more than one column, or the encoder expands the circle by more than its constant.
        """
        conditions = as_stack(pairs.conditions, "conditions", dim=1)[:, :, 0]
        turns = np.tile(np.arange(_PROBES) / _PROBES, (len(conditions), 1))
        self._check_expansion(pairs.space.encode(circle_points(self.population, turns)))
        noises = [self._noise(x, rng) for x, rng in zip(conditions, rngs, strict=True)]
        found = [self._search(pairs, replicate, noise) for replicate, noise in enumerate(noises)]
        n = conditions.shape[1]
        sizes = self.block_sizes(n)
        return ArcGenerators(
            self.population,
            pairs.space,
            width=np.array([best.point for best, _ in found]),
            training_loss=np.array([loss.value for _, loss in found]),
            training_loss_lower=np.array([loss.lower for _, loss in found]),
            training_loss_upper=np.array([loss.upper for _, loss in found]),
            optimisation_error=np.array([best.gap for best, _ in found]),
            condition_distance=np.array([distance_to_uniform(x) for x in conditions]),
            block_spread=np.array([_block_spread(np.sort(x), sizes) for x in conditions]),
            noise_step=np.full(len(conditions), len(sizes) / (4 * n * self.draws(n))),
            encoder_lipschitz=self.encoder_lipschitz,
        )

    def _noise(self, conditions: FloatArray, rng: np.random.Generator) -> FloatArray:
        """Noise ``(n, draws)`` of the pairs, evenly spread over every block of neighbours."""
        n = len(conditions)
        draws, order = self.draws(n), np.argsort(conditions, kind="stable")
        noise, start = np.empty((n, draws)), 0
        for size in self.block_sizes(n):
            cells = np.arange(draws) * size + rng.permutation(size)[:, None]
            noise[order[start : start + size]] = (cells + 0.5) / (size * draws)
            start += size
        return noise

    def _search(self, pairs: LatentPairs, replicate: int, noise: FloatArray) -> tuple[Least, Transport]:
        known: dict[float, Transport] = {}

        def bounds(width: float) -> tuple[float, float]:
            loss = known[width] = self._loss(pairs, replicate, noise, width)
            return loss.lower, loss.upper

        best = least_lipschitz(bounds, (0.0, 1.0), lipschitz=math.pi / 2 * self.encoder_lipschitz,
                               tolerance=self.tolerance, max_evaluations=self.max_evaluations)
        return best, known[best.point]

    def _loss(self, pairs: LatentPairs, replicate: int, noise: FloatArray, width: float) -> Transport:
        x, z = pairs.conditions[replicate], pairs.latents[replicate]
        turns = x + width * (noise - 0.5)
        generated = pairs.space.select([replicate]).encode(circle_points(self.population, turns.reshape(1, -1)))[0]
        if pairs.space.failures[replicate] is not None:
            generated = np.zeros_like(generated)  # a failed replicate must not disturb the others
        rows = np.hstack([np.repeat(x, noise.shape[1], axis=0), generated])
        return exact(rows, np.hstack([x, z]), blocks=(1, z.shape[1]))

    def _check_expansion(self, latents: FloatArray) -> None:
        """Refuse an encoder that moves neighbours on a grid of the circle apart by more than its constant allows."""
        steps = np.linalg.norm(np.diff(latents, axis=1), axis=2)
        found = float(np.nanmax(steps, initial=0.0)) / (2 * math.sin(math.pi / _PROBES))
        if found > self.encoder_lipschitz * (1 + 1e-9):
            raise ValueError(f"encoder_lipschitz must bound the expansion of the encoder on the circle; got "
                             f"{self.encoder_lipschitz:g}, and an expansion of {found:g}; raise it")


def circle_points(population: Circle, turns: FloatArray) -> FloatArray:
    """Points ``(…, q)`` of the population's circle at numbers of turns ``(…)`` from its first axis."""
    angles = _AROUND * turns
    return population.manifold.decode(np.stack([np.cos(angles), np.sin(angles)], axis=-1))


def distance_to_uniform(points: FloatArray) -> float:
    """W1 between points ``(n,)`` of [0, 1], of equal mass, and its uniform law, by integrating over cells of mass 1/n.

    Examples
    --------
    >>> distance_to_uniform(np.array([0.25, 0.75])), distance_to_uniform(np.array([0.0]))
    (0.125, 0.5)
    """
    n = len(points)
    lower = np.arange(n) / n
    below = np.clip(np.sort(points) - lower, 0.0, 1 / n)  # how much of the cell lies below its point
    beyond = np.abs(np.sort(points) - lower - below)
    above = 1 / n - below
    return float((beyond / n + (below**2 + above**2) / 2).sum())


def _block_spread(ordered: FloatArray, sizes: Sequence[int]) -> float:
    """Mean over the pairs of the mean distance of a condition to the conditions of its block."""
    blocks = np.split(ordered, np.cumsum(sizes)[:-1])
    sums = [float(np.abs(block[:, None] - block).mean()) * len(block) for block in blocks]
    return sum(sums) / len(ordered)
