"""What estimators of a distance state, judged by the distance that is known."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol, runtime_checkable

import numpy as np

from lsdm_stats.arrays import FloatArray
from lsdm_stats.spec import Spec


@runtime_checkable
class HasEstimates(Protocol):
    """What an estimator says of every replicate of a block, in place of a sampler.

    Examples
    --------
    >>> from lsdm_stats import streams
    >>> from lsdm_stats.populations import Translated
    >>> from lsdm_stats.wasserstein.estimators.methods import ExactEstimate
    >>> pair = Translated(dim=2, shift=0.5)
    >>> data = pair.draw(50, 0, rngs=streams.data(1, pair, replicates=range(2)))
    >>> rngs = streams.fit(1, pair, ExactEstimate(), replicates=range(2))
    >>> isinstance(ExactEstimate().fit(data, rngs=rngs), HasEstimates)
    True
    """

    @property
    def values(self) -> Mapping[str, FloatArray]:
        """Estimates by name, one per replicate."""
        ...

    @property
    def seconds(self) -> FloatArray:
        """CPU time per replicate."""
        ...

    @property
    def failures(self) -> tuple[str | None, ...]:
        """The reason why a replicate failed, or None, for each replicate."""
        ...


@dataclass(frozen=True)
class Estimation:
    """Estimates of the replicates that did not fail, and the truth.

    Parameters
    ----------
    distance : float
        The known distance.
    values : mapping from str to ndarray of shape (R,)
        Estimates by name.
    seconds : ndarray of shape (R,)
        CPU times.
    failures : tuple
        The reason why a replicate of the block failed, or None, for each replicate of the block.

    Examples
    --------
    >>> from lsdm_stats import streams
    >>> from lsdm_stats.populations import Translated
    >>> from lsdm_stats.wasserstein.estimators.methods import ExactEstimate
    >>> pair = Translated(dim=2, shift=0.5)
    >>> data = pair.draw(50, 0, rngs=streams.data(1, pair, replicates=range(2)))
    >>> rngs = streams.fit(1, pair, ExactEstimate(), replicates=range(2))
    >>> evaluation = Estimation.of(ExactEstimate().fit(data, rngs=rngs), pair)
    >>> evaluation.distance, sorted(evaluation.values), evaluation.failures
    (0.5, ['estimate'], (None, None))
    """

    distance: float
    values: Mapping[str, FloatArray]
    seconds: FloatArray
    failures: tuple[str | None, ...]

    @classmethod
    def of(cls, estimates: HasEstimates, source: object) -> Estimation:
        """Estimates beside the known distance of their source; an estimate that is not finite is a failure.

        Raises
        ------
        ValueError
            If the source does not know its distance.
        """
        distance: Any = getattr(source, "distance", None)
        if distance is None:
            raise ValueError(f"estimates need a source that knows its distance; {type(source).__name__} does not; "
                             "use Translated, Dilated or MonotoneShift")
        finite = np.isfinite([*estimates.values.values()]).all(axis=0)
        failures = tuple(
            reason or (None if ok else "an estimate is not finite")
            for reason, ok in zip(estimates.failures, np.broadcast_to(finite, len(estimates.failures)), strict=True)
        )
        kept = [r for r, reason in enumerate(failures) if reason is None]
        values = {name: array[kept] for name, array in estimates.values.items()}
        return cls(float(distance), values, estimates.seconds[kept], failures)

    @property
    def replicates(self) -> tuple[int, ...]:
        """Positions in the block of the replicates that did not fail."""
        return tuple(r for r, reason in enumerate(self.failures) if reason is None)

    def value(self, name: str, owner: str) -> FloatArray:
        """The estimates of one name, required.

        Raises
        ------
        ValueError
            If there are none.
        """
        if name not in self.values:
            raise ValueError(f"{owner} needs estimates named {name}; got {', '.join(self.values) or 'none'}; "
                             "measure another method")
        return self.values[name]


class KnownDistance(Spec):
    """The distance that is to be estimated: ``distance``, in the units of the points.

    Examples
    --------
    >>> from lsdm_stats import streams
    >>> from lsdm_stats.populations import Translated
    >>> from lsdm_stats.wasserstein.estimators.methods import ExactEstimate
    >>> pair = Translated(dim=2, shift=0.5)
    >>> data = pair.draw(50, 0, rngs=streams.data(1, pair, replicates=range(2)))
    >>> rngs = streams.fit(1, pair, ExactEstimate(), replicates=range(2))
    >>> evaluation = Estimation.of(ExactEstimate().fit(data, rngs=rngs), pair)
    >>> KnownDistance().evaluate(evaluation)["distance"].tolist()
    [0.5, 0.5]
    """

    def evaluate(self, evaluation: Estimation) -> Mapping[str, FloatArray]:
        """The same value for every replicate."""
        known = _estimation(evaluation, self)
        return {"distance": np.full(len(known.seconds), known.distance)}


class EstimationError(Spec):
    """How far a point estimate is from the known distance, and what it cost.

    Gives ``estimate``, ``error`` (estimate − distance), ``squared_error`` and ``estimate.seconds``, in the units of the
    points, their square and seconds of one thread's CPU time.

    Examples
    --------
    >>> from lsdm_stats import streams
    >>> from lsdm_stats.populations import Translated
    >>> from lsdm_stats.wasserstein.estimators.methods import ExactEstimate
    >>> pair = Translated(dim=2, shift=0.5)
    >>> data = pair.draw(50, 0, rngs=streams.data(1, pair, replicates=range(2)))
    >>> rngs = streams.fit(1, pair, ExactEstimate(), replicates=range(2))
    >>> evaluation = Estimation.of(ExactEstimate().fit(data, rngs=rngs), pair)
    >>> sorted(EstimationError().evaluate(evaluation))
    ['error', 'estimate', 'estimate.seconds', 'squared_error']
    """

    def evaluate(self, evaluation: Estimation) -> Mapping[str, FloatArray]:
        """One value per replicate and name."""
        estimate = _estimation(evaluation, self).value("estimate", type(self).__name__)
        error = estimate - evaluation.distance
        return {
            "estimate": estimate,
            "error": error,
            "squared_error": error**2,
            "estimate.seconds": evaluation.seconds,
        }


class Stated(Spec):
    """What an estimator states, as it is: every value under its own name.

    Examples
    --------
    >>> from lsdm_stats import streams
    >>> from lsdm_stats.populations import Translated
    >>> from lsdm_stats.wasserstein.estimators.methods import ExactEstimate
    >>> pair = Translated(dim=2, shift=0.5)
    >>> data = pair.draw(50, 0, rngs=streams.data(1, pair, replicates=range(2)))
    >>> rngs = streams.fit(1, pair, ExactEstimate(), replicates=range(2))
    >>> evaluation = Estimation.of(ExactEstimate().fit(data, rngs=rngs), pair)
    >>> sorted(Stated().evaluate(evaluation))
    ['estimate']
    """

    def evaluate(self, evaluation: Estimation) -> Mapping[str, FloatArray]:
        """One value per replicate and name."""
        return dict(_estimation(evaluation, self).values)


class IntervalCoverage(Spec):
    """Whether confidence intervals cover the known distance, and how wide they are.

    For each pair of estimates ``<name>.lower`` and ``<name>.upper`` it gives both, ``<name>.covers``,
    ``<name>.lower_covers`` and ``<name>.upper_covers`` (1 or 0) and ``<name>.width``.

    Examples
    --------
    >>> ends = {"w1.lower": np.array([0.1, 0.6]), "w1.upper": np.array([0.7, 0.9])}
    >>> evaluation = Estimation(distance=0.5, values=ends, seconds=np.zeros(2), failures=(None, None))
    >>> IntervalCoverage().evaluate(evaluation)["w1.covers"].tolist()
    [1.0, 0.0]
    """

    def evaluate(self, evaluation: Estimation) -> Mapping[str, FloatArray]:
        """One value per replicate and name."""
        values, truth = _estimation(evaluation, self).values, evaluation.distance
        scores: dict[str, Any] = {}
        for name in [name.removesuffix(".lower") for name in values if name.endswith(".lower")]:
            lower, upper = values[f"{name}.lower"], evaluation.value(f"{name}.upper", type(self).__name__)
            below, above = lower <= truth, truth <= upper
            scores |= {
                f"{name}.lower": lower,
                f"{name}.upper": upper,
                f"{name}.covers": (below & above) * 1.0,
                f"{name}.lower_covers": below * 1.0,
                f"{name}.upper_covers": above * 1.0,
                f"{name}.width": upper - lower,
            }
        return scores


def _estimation(evaluation: object, metric: Spec) -> Estimation:
    if not isinstance(evaluation, Estimation):
        raise ValueError(f"{type(metric).__name__} needs the estimates of an estimator; got a sampler; "
                         "measure ExactEstimate and its like")
    return evaluation
