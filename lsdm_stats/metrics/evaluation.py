"""The one evaluation sample of a fit, drawn once and read by every metric."""

from __future__ import annotations

import copy
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Protocol, cast, runtime_checkable

import numpy as np

from lsdm_stats.arrays import FloatArray, check_count
from lsdm_stats.samples import ConditionalSampler, Source
from lsdm_stats.streams import Generators, check_rngs

N_CHILDREN = 7
"""Children of a data stream: pairs, unpaired, test data, generated noise, two true samples, further noise."""


@runtime_checkable
class HasLatents(Protocol):
    """A fit that generates in a latent space."""

    def sample_latents(self, conditions: FloatArray, *, rngs: Generators) -> FloatArray:
        """One generated latent per condition."""
        ...

    def encode(self, responses: FloatArray) -> FloatArray:
        """Latents of responses."""
        ...

    def decode(self, latents: FloatArray) -> FloatArray:
        """Responses of latents."""
        ...


@dataclass(frozen=True)
class TrainingSide:
    """What stage 1 was fitted to, encoded and decoded when asked for.

    Parameters
    ----------
    responses : ndarray of shape (R, N, q)
        Training responses of stage 1.
    encode, decode : callable
        Latents of responses and responses of latents, for these replicates.
    """

    responses: FloatArray
    encode: Callable[[FloatArray], FloatArray]
    decode: Callable[[FloatArray], FloatArray]

    @cached_property
    def latents(self) -> FloatArray:
        """Encoded training responses ``(R, N, k)``."""
        return self.encode(self.responses)

    @cached_property
    def reconstructions(self) -> FloatArray:
        """Decoded `latents` ``(R, N, q)``."""
        return self.decode(self.latents)


@dataclass(frozen=True)
class Latents:
    """The latent side of an evaluation sample.

    Parameters
    ----------
    encoded : ndarray of shape (R, n_test, k)
        Encoded test responses.
    generated : ndarray of shape (R, n_test, k)
        Generated latents.
    reconstructions : ndarray of shape (R, n_test, q)
        Decoded `encoded`.
    known : TrainingSide, optional
        The training side, of fits that keep it.
    """

    encoded: FloatArray
    generated: FloatArray
    reconstructions: FloatArray
    known: TrainingSide | None = None

    @property
    def training(self) -> TrainingSide:
        """The training side, required.

        Raises
        ------
        ValueError
            If the fit does not keep its training responses.
        """
        if self.known is None:
            raise ValueError("this metric needs a fit that keeps its training responses; got one without; use LSDM")
        return self.known


@dataclass(frozen=True)
class FurtherDraws:
    """A fit of a block of replicates, for those that did not fail: what else it generates, at any conditions.

    Parameters
    ----------
    fitted : ConditionalSampler
        The fit of the whole block.
    kept : tuple of int
        Positions in the block of the replicates that did not fail.
    replicates : int
        Size of the block.

    Examples
    --------
    >>> from lsdm_stats import Circle, streams
    >>> truth = Circle(width=0.3)
    >>> evaluation = draw_evaluation(truth, truth, n_test=50, rngs=streams.data(1, truth, replicates=range(2)))
    >>> rngs = [np.random.default_rng(replicate) for replicate in range(2)]
    >>> evaluation.further.responses(evaluation.conditions, rngs=rngs).shape
    (2, 50, 2)
    """

    fitted: ConditionalSampler
    kept: tuple[int, ...]
    replicates: int

    def responses(self, conditions: FloatArray, *, rngs: Generators) -> FloatArray:
        """One generated response ``(R, n, q)`` per condition ``(R, n, p)``."""
        return self.fitted.sample(self._whole(conditions), rngs=self._streams(rngs))[list(self.kept)]

    def latents(self, conditions: FloatArray, *, rngs: Generators) -> FloatArray:
        """One generated latent ``(R, n, k)`` per condition.

        Raises
        ------
        ValueError
            If the fit has no latent space.
        """
        return self._with_latents().sample_latents(self._whole(conditions), rngs=self._streams(rngs))[list(self.kept)]

    def encode(self, responses: FloatArray) -> FloatArray:
        """Latents ``(R, n, k)`` of responses ``(R, n, q)``.

        Raises
        ------
        ValueError
            If the fit has no latent space.
        """
        return self._with_latents().encode(self._whole(responses))[list(self.kept)]

    def _with_latents(self) -> HasLatents:
        if not isinstance(self.fitted, HasLatents):
            raise ValueError("this metric needs a fit with a latent space; got a sampler without one; use LSDM")
        return self.fitted

    def _whole(self, arrays: FloatArray) -> FloatArray:
        """Arrays of the whole block; what stands for a failed replicate is not read."""
        whole = np.repeat(arrays[:1], self.replicates, axis=0)
        whole[list(self.kept)] = arrays
        return whole

    def _streams(self, rngs: Generators) -> Generators:
        whole = [np.random.default_rng(0) for _ in range(self.replicates)]
        for position, rng in zip(self.kept, rngs, strict=True):
            whole[position] = rng
        return whole


@dataclass(frozen=True)
class Evaluation:
    """Fresh conditions and responses, and what a fit generates for the same conditions.

    Parameters
    ----------
    source : Source
        Where the test data come from.
    conditions : ndarray of shape (R, n_test, p)
        Test conditions of the replicates that did not fail.
    responses : ndarray of shape (R, n_test, q)
        Test responses, noise included.
    generated : ndarray of shape (R, n_test, q)
        One generated response per test condition.
    latents : Latents, optional
        The latent side, for fits that have one.
    failures : tuple
        The reason why a replicate of the block failed, or None, for each replicate of the block.
    streams : sequence of Generator
        Data streams of the surviving replicates, untouched; `data_streams` copies them.
    further : FurtherDraws, optional
        What generated the responses; None where they were changed afterwards.

    Examples
    --------
    >>> from lsdm_stats import Circle, streams
    >>> truth = Circle(width=0.3)
    >>> evaluation = draw_evaluation(truth, truth, n_test=50, rngs=streams.data(1, truth, replicates=range(2)))
    >>> evaluation.generated.shape, evaluation.latents, evaluation.replicates
    ((2, 50, 2), None, (0, 1))
    """

    source: Source
    conditions: FloatArray
    responses: FloatArray
    generated: FloatArray
    latents: Latents | None
    failures: tuple[str | None, ...]
    streams: Generators
    further: FurtherDraws | None = None

    @property
    def replicates(self) -> tuple[int, ...]:
        """Positions in the block of the replicates that did not fail."""
        return tuple(r for r, reason in enumerate(self.failures) if reason is None)

    @property
    def data_streams(self) -> Generators:
        """Data streams of the surviving replicates as if made afresh."""
        return copy.deepcopy(self.streams)

    @property
    def latent_side(self) -> Latents:
        """The latents, required.

        Raises
        ------
        ValueError
            If the sampler has none.
        """
        if self.latents is None:
            raise ValueError("this metric needs a fit with a latent space; got a sampler without one; use LSDM")
        return self.latents

    def with_generated(self, generated: FloatArray) -> Evaluation:
        """The same test data against other generated responses, without latents."""
        return replace(self, generated=generated, latents=None, further=None)


def further_noise(evaluation: Evaluation) -> Generators:
    """Streams of the noise of further draws, made afresh: the same for every method."""
    return tuple(rng.spawn(N_CHILDREN)[-1] for rng in evaluation.data_streams)


class Metric(Protocol):
    """A spec that measures an evaluation.

    Examples
    --------
    >>> from lsdm_stats import JointW1
    >>> measure: Metric = JointW1()
    >>> len(measure.digest)
    64
    """

    @property
    def digest(self) -> str:
        """Digest of the spec."""
        ...

    def evaluate(self, evaluation: Evaluation) -> Mapping[str, FloatArray]:
        """Value name to one value per surviving replicate; arrays with more axes are pictures."""
        ...


def draw_evaluation(fitted: ConditionalSampler, source: Source, *, n_test: int, rngs: Generators) -> Evaluation:
    """Draw test data once and generate one response for each of their conditions.

    Parameters
    ----------
    fitted : ConditionalSampler
        A fit, or a population as the truth.
    source : Source
        Where the fit's data came from.
    n_test : int
        Number of test points.
    rngs : sequence of Generator
        Data streams of the replicates, made afresh (``streams.data``), so that test data never overlap with training
        data; noise of the generated points comes from a further child of the same streams, the same for every method.

    Returns
    -------
    Evaluation
        The sample of the replicates that did not fail.

    Raises
    ------
    ValueError
        If `n_test` is not positive or more than a finite source has.

    Examples
    --------
    >>> from lsdm_stats import Circle, streams
    >>> truth = Circle(width=0.3)
    >>> evaluation = draw_evaluation(truth, truth, n_test=50, rngs=streams.data(1, truth, replicates=range(2)))
    >>> evaluation.conditions.shape, evaluation.responses.shape
    ((2, 50, 1), (2, 50, 2))
    """
    check_count(n_test, "n_test")
    untouched = copy.deepcopy(tuple(rngs))
    conditions, responses = source.held_out(n_test, rngs=rngs)
    noise = tuple(rng.spawn(1)[0] for rng in rngs)
    if isinstance(fitted, HasLatents):
        encoded = fitted.encode(responses)
        generated_latents = fitted.sample_latents(conditions, rngs=noise)
        generated = fitted.decode(generated_latents)
        latents = Latents(encoded, generated_latents, fitted.decode(encoded))
    else:
        generated = fitted.sample(conditions, rngs=noise)
        latents = None
    failures = _with_divergence(getattr(fitted, "failures", (None,) * len(rngs)), generated, latents)
    kept = [r for r, reason in enumerate(failures) if reason is None]
    if latents is not None:
        training = _training_side(cast("HasLatents", fitted), kept, len(failures))
        latents = Latents(latents.encoded[kept], latents.generated[kept], latents.reconstructions[kept], training)
    return Evaluation(
        source,
        conditions[kept],
        responses[kept],
        generated[kept],
        latents,
        failures,
        tuple(untouched[r] for r in kept),
        FurtherDraws(fitted, tuple(kept), len(failures)),
    )


def evaluate(
    fitted: ConditionalSampler, source: Source, metrics: Sequence[Metric], *, n_test: int, rngs: Generators
) -> dict[str, FloatArray]:
    """Scores of a fit: value name to one value per replicate, NaN for a replicate that failed.

    Parameters
    ----------
    fitted : ConditionalSampler
        A fit, or a population as the truth.
    source : Source
        Where the fit's data came from.
    metrics : sequence of Metric
        What to measure, all on one sample.
    n_test : int
        Number of test points.
    rngs : sequence of Generator
        Data streams of the replicates, made afresh (`streams.data`).

    Returns
    -------
    dict from str to ndarray of shape (R, ...)
        Value name to one value per replicate, NaN for a replicate that failed; pictures have more axes.

    Raises
    ------
    ValueError
        If `metrics` is no sequence, `n_test` is not positive, or a metric needs what the fit or the source has not.

    Examples
    --------
    The truth against itself calibrates a metric:

    >>> from lsdm_stats import Circle, JointW1, streams
    >>> truth = Circle(width=0.3)
    >>> scores = evaluate(truth, truth, [JointW1()], n_test=200, rngs=streams.data(1, truth, replicates=range(2)))
    >>> scores["joint_w1"].shape
    (2,)
    """
    if not isinstance(cast("object", metrics), Sequence):  # a single spec would be iterated over its fields
        raise ValueError(f"metrics must be a sequence of metrics; got {type(metrics).__name__}; put it in a list")
    evaluation = draw_evaluation(fitted, source, n_test=n_test, rngs=check_rngs(rngs))
    scores: dict[str, FloatArray] = {}
    for metric in metrics:
        for name, values in metric.evaluate(evaluation).items():
            scores[name] = np.full((len(evaluation.failures), *values.shape[1:]), np.nan)
            scores[name][list(evaluation.replicates)] = values
    return scores


def _training_side(fitted: HasLatents, kept: list[int], replicates: int) -> TrainingSide | None:
    """The training side of the replicates that did not fail."""
    responses = getattr(fitted, "training_responses", None)
    if responses is None:
        return None

    def of_kept(function: Callable[[FloatArray], FloatArray]) -> Callable[[FloatArray], FloatArray]:
        def applied(arrays: FloatArray) -> FloatArray:
            whole = np.zeros((replicates, *arrays.shape[1:]))
            whole[kept] = arrays
            return function(whole)[kept]

        return applied

    return TrainingSide(responses[kept], of_kept(fitted.encode), of_kept(fitted.decode))


def _with_divergence(
    failures: tuple[str | None, ...], generated: FloatArray, latents: Latents | None
) -> tuple[str | None, ...]:
    arrays = (
        [generated] if latents is None else [generated, latents.encoded, latents.generated, latents.reconstructions]
    )
    finite = [all(bool(np.isfinite(array[r]).all()) for array in arrays) for r in range(len(failures))]
    return tuple(
        reason or (None if ok else "generated or encoded points are not finite")
        for reason, ok in zip(failures, finite, strict=True)
    )
