"""Data with a replicate axis, and the protocols through which truth and estimate are read alike."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Protocol, Self, runtime_checkable

import numpy as np

from lsdm_stats.arrays import FloatArray, as_stack, read_only
from lsdm_stats.streams import Generators


class FitError(RuntimeError):
    """A fit that could not be made; the message is its reason.

    Examples
    --------
    >>> raise FitError("loss is not finite")
    Traceback (most recent call last):
        ...
    lsdm_stats.samples.FitError: loss is not finite
    """


@dataclass(frozen=True)
class SemiSupervised:
    """Pairs and unpaired responses of a block of replicates.

    Parameters
    ----------
    conditions : ndarray of shape (replicates, n_paired, condition_dim)
        Conditions X of the pairs.
    responses : ndarray of shape (replicates, n_paired, response_dim)
        Responses Y of the pairs.
    unpaired : ndarray of shape (replicates, n_unpaired, response_dim), optional
        Further responses without a condition; none by default.

    Raises
    ------
    ValueError
        If shapes do not match, a value is not finite, or there are no pairs.

    Examples
    --------
    >>> data = SemiSupervised(np.zeros((2, 5, 1)), np.zeros((2, 5, 3)), np.zeros((2, 7, 3)))
    >>> data.n_paired, data.n_unpaired, data.all_responses.shape
    (5, 7, (2, 12, 3))
    """

    conditions: FloatArray
    responses: FloatArray
    unpaired: FloatArray = field(default_factory=lambda: np.empty((0, 0, 0)))

    def __post_init__(self) -> None:
        conditions = as_stack(self.conditions, "conditions")
        responses = as_stack(self.responses, "responses", replicates=conditions.shape[0])
        if conditions.shape[1] != responses.shape[1]:
            raise ValueError(f"conditions and responses must pair up; got {conditions.shape[1]} conditions and "
                             f"{responses.shape[1]} responses; give one condition per response")
        if self.unpaired.size:
            unpaired = as_stack(self.unpaired, "unpaired", dim=responses.shape[2], replicates=conditions.shape[0])
        else:
            unpaired = np.empty((conditions.shape[0], 0, responses.shape[2]))
        for name, array in (("conditions", conditions), ("responses", responses), ("unpaired", unpaired)):
            object.__setattr__(self, name, read_only(array.view()))

    @property
    def replicates(self) -> int:
        """Number of replicates R."""
        return self.conditions.shape[0]

    @property
    def n_paired(self) -> int:
        """Number of pairs n."""
        return self.conditions.shape[1]

    @property
    def n_unpaired(self) -> int:
        """Number of unpaired responses m."""
        return self.unpaired.shape[1]

    @property
    def all_responses(self) -> FloatArray:
        """Paired, then unpaired responses: shape ``(replicates, n_paired + n_unpaired, response_dim)``."""
        return np.concatenate([self.responses, self.unpaired], axis=1)

    def __getitem__(self, replicates: slice) -> Self:
        """The data of some replicates, still stacked."""
        return replace(self, conditions=self.conditions[replicates], responses=self.responses[replicates],
                       unpaired=self.unpaired[replicates])


@dataclass(frozen=True)
class TwoSamples(SemiSupervised):
    """Samples of two laws P and Q, as conditions and responses, with what is known of the laws beforehand.

    Parameters
    ----------
    conditions, responses, unpaired
        Samples of P, as many points of Q, and further points of Q.
    diameter : float, optional
        Largest Euclidean distance of two points of the supports of P and Q.
    transport_constants : tuple of float, optional
        Constants C of P and Q with W1(ν, ·) ≤ √(2 C KL(ν | ·)) for every law ν, in the units of the points squared.
    shared : bool
        Whether the i-th points of both samples depend on each other; otherwise the samples are independent.
    references : ndarray of shape (replicates, 2, M, condition_dim), optional
        Two sets of points of equal mass that stand for P. They depend neither on each other nor on the samples, and
        their mean laws are P.
    reference_error : float, optional
        A bound of the mean W1 of either to P.

    Examples
    --------
    >>> two = TwoSamples(np.zeros((1, 5, 2)), np.ones((1, 5, 2)), diameter=2.0)
    >>> two.n_paired, two.diameter, two.shared
    (5, 2.0, False)
    """

    diameter: float | None = None
    transport_constants: tuple[float, float] | None = None
    shared: bool = False
    references: FloatArray | None = None
    reference_error: float | None = None

    def __getitem__(self, replicates: slice) -> Self:
        """The data of some replicates, still stacked."""
        some = super().__getitem__(replicates)
        return some if self.references is None else replace(some, references=self.references[replicates])


@runtime_checkable
class Source(Protocol):
    """Where data come from: a population with a known law, or a task on real data.

    Examples
    --------
    >>> from lsdm_stats import Circle
    >>> from lsdm_stats.images import ByClass
    >>> isinstance(Circle(width=0.3), Source), isinstance(ByClass(), Source)
    (True, True)
    """

    @property
    def digest(self) -> str:
        """Digest of the spec."""
        ...

    @property
    def condition_dim(self) -> int:
        """Dimension p of the conditions."""
        ...

    @property
    def response_dim(self) -> int:
        """Dimension q of the responses."""
        ...

    def draw(self, n_paired: int, n_unpaired: int, *, rngs: Generators) -> SemiSupervised:
        """Training data, one replicate per generator."""
        ...

    def held_out(self, n: int, *, rngs: Generators) -> tuple[FloatArray, FloatArray]:
        """Fresh conditions ``(R, n, p)`` and responses ``(R, n, q)``.

        Given the data streams of the same replicates, made afresh, these never overlap with what `draw` returns.
        """
        ...


@runtime_checkable
class ConditionalSampler(Protocol):
    """Draws one response per condition: a population, or a fit.

    Examples
    --------
    >>> from lsdm_stats import Circle, streams
    >>> truth: ConditionalSampler = Circle(width=0.3)
    >>> truth.sample(np.full((1, 4, 1), 0.5), rngs=streams.data(1, Circle(width=0.3), replicates=[0])).shape
    (1, 4, 2)
    """

    def sample(self, conditions: FloatArray, *, rngs: Generators) -> FloatArray:
        """Responses ``(R, n, q)`` given conditions ``(R, n, p)``, one generator per replicate."""
        ...


@runtime_checkable
class LatentSpace(Protocol):
    """A fitted first stage: encoder and decoder of every replicate of a block.

    Examples
    --------
    >>> from lsdm_stats import PCA
    >>> responses = np.random.default_rng(1).normal(size=(2, 50, 3))
    >>> space: LatentSpace = PCA(dim=2).fit(responses, rngs=[])
    >>> space.dim, space.failures, space.decode(space.encode(responses)).shape
    (2, (None, None), (2, 50, 3))
    """

    @property
    def dim(self) -> int:
        """Latent dimension k."""
        ...

    @property
    def failures(self) -> tuple[str | None, ...]:
        """The reason why a replicate failed, or None, for each replicate."""
        ...

    def encode(self, responses: FloatArray) -> FloatArray:
        """Latents ``(R, n, k)`` of responses ``(R, n, q)``."""
        ...

    def decode(self, latents: FloatArray) -> FloatArray:
        """Responses ``(R, n, q)`` of latents ``(R, n, k)``."""
        ...

    def select(self, replicates: Sequence[int]) -> LatentSpace:
        """The same for some replicates of the block, in this order."""
        ...


@runtime_checkable
class LatentSampler(Protocol):
    """A fitted second stage: draws one latent per condition, for every replicate of a block.

    Examples
    --------
    >>> from lsdm_stats import PCA, NearestNeighbours
    >>> responses = np.random.default_rng(1).normal(size=(1, 50, 3))
    >>> space, rngs = PCA(dim=2).fit(responses, rngs=[]), [np.random.default_rng(2)]
    >>> pairs = LatentPairs(responses[..., :1], space.encode(responses), space)
    >>> sampler: LatentSampler = NearestNeighbours().fit(pairs, rngs=rngs)
    >>> sampler.sample(np.zeros((1, 4, 1)), rngs=rngs).shape, sampler.failures
    ((1, 4, 2), (None,))
    """

    @property
    def failures(self) -> tuple[str | None, ...]:
        """The reason why a replicate failed, or None, for each replicate."""
        ...

    def sample(self, conditions: FloatArray, *, rngs: Generators) -> FloatArray:
        """Latents ``(R, n, k)`` given conditions ``(R, n, p)``, one generator per replicate."""
        ...

    def select(self, replicates: Sequence[int]) -> LatentSampler:
        """The same for some replicates of the block, in this order."""
        ...


@runtime_checkable
class Velocity(Protocol):
    r"""A fitted second stage that moves Gaussian noise to latents along dZ = v(t, Z, x) dt, from t = 0 to t = 1.

    It was fitted to the interpolation :math:`Z_t = c + a_t (Z - c) + b_t s \xi` of a latent Z and normal noise
    :math:`\xi`, with centre c and scale s per coordinate; what it estimates is
    :math:`v(t, z, x) = E(\dot Z_t \mid Z_t = z, X = x)` (docs/theory.md, E1), in the units of the latents.

    Examples
    --------
    >>> from lsdm_stats.matchers.paths import LinearPath
    >>> from lsdm_stats.populations import MixtureFlow, MixtureLatents
    >>> start = (np.zeros((1, 1, 2)), np.ones((1, 1, 2)))
    >>> truth: Velocity = MixtureFlow(MixtureLatents(), LinearPath(), start)
    >>> truth.velocity(np.array(0.5), np.zeros((1, 4, 2)), np.full((1, 4, 1), 0.5)).shape
    (1, 4, 2)
    """

    @property
    def start(self) -> tuple[FloatArray, FloatArray]:
        """Centre c and scale s of the noise, ``(R, 1, k)`` each: at t = 0 latents are ``c + s * noise``."""
        ...

    def weights(self, times: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Weights a and b of the latent and of the noise at times in [0, 1], of the shape of `times`."""
        ...

    def rates(self, times: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Derivatives of a and b in t."""
        ...

    def velocity(self, times: FloatArray, latents: FloatArray, conditions: FloatArray) -> FloatArray:
        """Velocities ``(R, n, k)`` at ``(R, n, k)`` given conditions ``(R, n, p)``; times broadcast to ``(R, n)``."""
        ...


@dataclass(frozen=True)
class LatentPairs:
    """What a matcher learns from: conditions and encoded responses of the n pairs, and the space they live in.

    Parameters
    ----------
    conditions : ndarray of shape (replicates, n_paired, condition_dim)
        Conditions of the pairs.
    latents : ndarray of shape (replicates, n_paired, dim)
        Encoded responses of the pairs.
    space : LatentSpace
        The fitted first stage.

    Examples
    --------
    >>> from lsdm_stats import Identity
    >>> responses = np.ones((1, 5, 3))
    >>> space = Identity().fit(responses, rngs=[])
    >>> LatentPairs(responses[..., :1], space.encode(responses), space).latents.shape
    (1, 5, 3)
    """

    conditions: FloatArray
    latents: FloatArray
    space: LatentSpace


class LatentMethod(Protocol):
    """A spec of stage 1.

    Examples
    --------
    >>> from lsdm_stats import PCA, Identity
    >>> stages: list[LatentMethod] = [PCA(dim=2), Identity()]
    >>> [stage.uses_unpaired for stage in stages]
    [True, False]
    """

    @property
    def digest(self) -> str:
        """Digest of the spec."""
        ...

    @property
    def uses_unpaired(self) -> bool:
        """Whether unpaired responses change the fit."""
        ...

    def fit(self, responses: FloatArray, *, rngs: Generators) -> LatentSpace:
        """Fit to all N responses ``(R, N, q)`` of each replicate."""
        ...


class MatchingMethod(Protocol):
    """A spec of stage 2.

    Examples
    --------
    >>> from lsdm_stats import ExactTransport
    >>> matcher: MatchingMethod = ExactTransport()
    >>> len(matcher.digest)
    64
    """

    @property
    def digest(self) -> str:
        """Digest of the spec."""
        ...

    def fit(self, pairs: LatentPairs, *, rngs: Generators) -> LatentSampler:
        """Fit to the n pairs of each replicate."""
        ...
