"""Estimators of the distance of two laws as specs, for studies: two samples in, estimates with their times out."""

from __future__ import annotations

import time
from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, ClassVar, Literal, final

import numpy as np
from annotated_types import Ge, Gt, Le, Lt

from lsdm_stats.arrays import FloatArray
from lsdm_stats.samples import SemiSupervised, TwoSamples
from lsdm_stats.spec import Spec
from lsdm_stats.streams import Generators, check_rngs
from lsdm_stats.wasserstein.certified import exact
from lsdm_stats.wasserstein.estimators.extrapolated import extrapolated
from lsdm_stats.wasserstein.estimators.sinkhorn import sinkhorn
from lsdm_stats.wasserstein.estimators.sliced import max_sliced, sliced
from lsdm_stats.wasserstein.estimators.subsampled import subsampled
from lsdm_stats.wasserstein.intervals.plug_in import interval

_WARM_UP = 50  # points on which an estimator runs once before it is timed

Share = Annotated[float, Gt(0), Le(1)]
Regularization = Annotated[float, Gt(0)]


@dataclass(frozen=True)
class Estimates:
    """What an estimator says of every replicate.

    Parameters
    ----------
    values : mapping from str to ndarray of shape (R,)
        Estimates by name, NaN where a replicate failed.
    seconds : ndarray of shape (R,)
        CPU time of each replicate, of the one thread that computes it.
    failures : tuple
        The reason why a replicate failed, or None, for each replicate.
    """

    values: Mapping[str, FloatArray]
    seconds: FloatArray
    failures: tuple[str | None, ...]


class Estimator(Spec, ABC):
    """An estimator of W1 between the laws of conditions and responses, Euclidean metric."""

    uses_unpaired: ClassVar[bool] = False
    needs_test_data: ClassVar[bool] = False
    is_timed: ClassVar[bool] = True

    @abstractmethod
    def estimate(self, x: FloatArray, y: FloatArray, data: SemiSupervised, *,
                 rng: np.random.Generator) -> Mapping[str, float]:
        """Estimates by name from samples ``(n, dim)`` and ``(n, dim)`` and what `data`, one replicate, say of them."""

    @final
    def fit(self, data: SemiSupervised, *, rngs: Generators) -> Estimates:
        """Estimates of every replicate; one that does not converge is a failure.

        Raises
        ------
        ValueError
            If the conditions and responses differ in dimension, or the data lack what the estimator has to know.
        """
        check_rngs(rngs, replicates=data.replicates)
        singles = [data[r : r + 1] for r in range(data.replicates)]
        if self.is_timed:
            few = slice(_WARM_UP)
            self._timed(data.conditions[0, few], data.responses[0, few], singles[0], np.random.default_rng(0))
        found = [
            self._timed(single.conditions[0], single.responses[0], single, rng)
            for single, rng in zip(singles, rngs, strict=True)
        ]
        names = dict.fromkeys(name for values, _, _ in found for name in values)
        return Estimates(
            {name: np.array([values.get(name, np.nan) for values, _, _ in found]) for name in names},
            np.array([seconds for _, seconds, _ in found]),
            tuple(reason for _, _, reason in found),
        )

    def _timed(self, x: FloatArray, y: FloatArray, data: SemiSupervised,
               rng: np.random.Generator) -> tuple[Mapping[str, float], float, str | None]:
        clock = time.thread_time()
        try:
            values, reason = self.estimate(x, y, data, rng=rng), None
        except RuntimeError as error:
            values, reason = dict[str, float](), str(error)
        return values, time.thread_time() - clock, reason


class ExactEstimate(Estimator):
    """The exact distance of the samples, ``estimate``: too large on average (docs/theory.md, C3)."""

    def estimate(self, x: FloatArray, y: FloatArray, data: SemiSupervised, *,
                 rng: np.random.Generator) -> Mapping[str, float]:
        """``estimate``."""
        return {"estimate": exact(x, y).value}


class SlicedEstimate(Estimator):
    """Mean distance of the samples' projections: a lower bound of the exact distance of the samples, surely.

    Parameters
    ----------
    n_projections : int
        Random directions.
    """

    n_projections: Annotated[int, Ge(1)] = 128

    def estimate(self, x: FloatArray, y: FloatArray, data: SemiSupervised, *,
                 rng: np.random.Generator) -> Mapping[str, float]:
        """``estimate``."""
        return {"estimate": sliced(x, y, n_projections=self.n_projections, rng=rng)}


class MaxSlicedEstimate(Estimator):
    """Largest distance of projections that ascents find: a lower bound of the exact distance of the samples, surely.

    Parameters
    ----------
    n_starts : int
        Ascents.
    """

    n_starts: Annotated[int, Ge(1)] = 8

    def estimate(self, x: FloatArray, y: FloatArray, data: SemiSupervised, *,
                 rng: np.random.Generator) -> Mapping[str, float]:
        """``estimate``."""
        return {"estimate": max_sliced(x, y, n_starts=self.n_starts, rng=rng)}


class SinkhornEstimate(Estimator):
    """Debiased Sinkhorn divergence of the samples.

    Parameters
    ----------
    regularization : float
        As a share of the mean distance.
    """

    regularization: Regularization = 0.05

    def estimate(self, x: FloatArray, y: FloatArray, data: SemiSupervised, *,
                 rng: np.random.Generator) -> Mapping[str, float]:
        """``estimate``."""
        return {"estimate": sinkhorn(x, y, regularization=self.regularization)}


class ExtrapolatedEstimate(Estimator):
    """Sinkhorn divergences of the samples, extrapolated to no regularization.

    Parameters
    ----------
    regularization : float
        The smaller one, as a share of the mean distance.
    """

    regularization: Regularization = 0.05

    def estimate(self, x: FloatArray, y: FloatArray, data: SemiSupervised, *,
                 rng: np.random.Generator) -> Mapping[str, float]:
        """``estimate``."""
        return {"estimate": extrapolated(x, y, regularization=self.regularization)}


class SubsampledEstimate(Estimator):
    """Mean exact distance of subsamples: too large on average, and more so than that of the samples.

    Parameters
    ----------
    share : float
        Size of a subsample over that of the sample.
    repeats : int
        Subsamples.
    """

    share: Share = 0.25
    repeats: Annotated[int, Ge(2)] = 8

    def estimate(self, x: FloatArray, y: FloatArray, data: SemiSupervised, *,
                 rng: np.random.Generator) -> Mapping[str, float]:
        """``estimate``."""
        size = max(1, round(self.share * min(len(x), len(y))))
        return {"estimate": subsampled(x, y, size=size, repeats=self.repeats, rng=rng).value}


class DebiasedEstimate(Estimator):
    """Exact distance of halves of both samples less the mean of that of the halves of each; a heuristic.

    Its mean is 0 if both laws are the same. For other laws the sign of its bias is unknown. Halves of the samples are
    compared crosswise, so that points that depend on each other are not (docs/theory.md, C6).
    """

    def estimate(self, x: FloatArray, y: FloatArray, data: SemiSupervised, *,
                 rng: np.random.Generator) -> Mapping[str, float]:
        """``estimate``."""
        half = _half(x)
        first, second = (x[:half], x[half : 2 * half]), (y[:half], y[half : 2 * half])
        between = exact(first[0], second[1]).value + exact(first[1], second[0]).value
        within = exact(*first).value + exact(*second).value
        return {"estimate": (between - within) / 2}


class HeldOutDualEstimate(Estimator):
    """Mean difference, on one half of the samples, of a potential that is optimal for the other half.

    The potential is 1-Lipschitz and independent of the half it is averaged over, so that the mean of the estimate is at
    most the distance of the laws (docs/theory.md, C5).
    """

    def estimate(self, x: FloatArray, y: FloatArray, data: SemiSupervised, *,
                 rng: np.random.Generator) -> Mapping[str, float]:
        """``estimate``."""
        half = _half(x)
        transport = exact(x[:half], y[:half])
        gains = transport.potential(x[half:]) - transport.potential(y[half:])
        return {"estimate": float(gains.mean())}


class IntervalEstimate(Estimator):
    """Confidence intervals by what is known of the laws (docs/theory.md, C4 and C5).

    Gives ``estimate``, the exact distance of the samples, and ``.lower`` and ``.upper`` of ``certified``,
    ``asymptotic`` and ``held_out``.

    Parameters
    ----------
    known : str
        What the certified interval rests on: ``diameter`` or ``transport_constants``.
    level : float
        Coverage of each interval.
    """

    known: Literal["diameter", "transport_constants"]
    level: Annotated[float, Ge(0.5), Lt(1)] = 0.95

    def estimate(self, x: FloatArray, y: FloatArray, data: SemiSupervised, *,
                 rng: np.random.Generator) -> Mapping[str, float]:
        """``estimate``, and both ends of each interval."""
        if not isinstance(data, TwoSamples) or getattr(data, self.known) is None:
            raise ValueError(f"IntervalEstimate needs data with their {self.known}; got {type(data).__name__} without; "
                             "draw them from Translated, Dilated or MonotoneShift")
        by_diameter = self.known == "diameter"
        found = interval(x, y, level=self.level, diameter=data.diameter if by_diameter else None,
                         transport_constant=None if by_diameter else data.transport_constants, shared=data.shared,
                         rng=rng)
        assert found.certified is not None
        kinds = {"certified": found.certified, "asymptotic": found.asymptotic, "held_out": found.held_out}
        ends = {f"{name}.{end}": getattr(kind, end) for name, kind in kinds.items() for end in ("lower", "upper")}
        return {"estimate": found.estimate, **ends}


class ReferenceEstimate(Estimator):
    """W1 between the first sample and its law, enclosed in mean by references that stand for it (docs/theory.md, C7).

    Gives ``distance``, the exact distance to one reference, whose mean is at least that of W1 to the law;
    ``distance.lower``, what an optimal potential for that reference gains on the other one, whose mean is at most that;
    ``reference_error``, which bounds the mean excess of ``distance``; and ``n``, the number of points.
    """

    is_timed: ClassVar[bool] = False

    def estimate(self, x: FloatArray, y: FloatArray, data: SemiSupervised, *,
                 rng: np.random.Generator) -> Mapping[str, float]:
        """``distance``, ``distance.lower``, ``reference_error`` and ``n``."""
        if not isinstance(data, TwoSamples) or data.references is None or data.reference_error is None:
            raise ValueError(f"ReferenceEstimate needs data with references; got {type(data).__name__} without; "
                             "draw them from UniformCube or its like, with a reference_size")
        first, second = data.references[0]
        found = exact(first, x)
        gain = found.potential(second).mean() - found.potential(x).mean()
        return {
            "distance": found.upper,
            "distance.lower": float(gain),
            "reference_error": data.reference_error,
            "n": float(len(x)),
        }


def _half(x: FloatArray) -> int:
    if len(x) < 2:
        raise ValueError(f"halves need at least 2 points of each sample; got {len(x)}; raise n_paired")
    return len(x) // 2
