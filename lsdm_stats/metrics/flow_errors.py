"""Errors of fitted velocities along true paths, and what E1 makes of them (docs/theory.md, E1)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Protocol, runtime_checkable

import numpy as np
from annotated_types import Ge, Gt, Le, MultipleOf

from lsdm_stats.arrays import FloatArray
from lsdm_stats.metrics.evaluation import Evaluation
from lsdm_stats.metrics.joint import certified
from lsdm_stats.metrics.true_paths import Coupled, coupled, coupled_moduli, follow, grown, largest_slopes
from lsdm_stats.spec import Spec
from lsdm_stats.wasserstein import Transport, exact


@dataclass(frozen=True)
class _Paths:
    """Numbers at the times of two coupled paths: distances at the ends, errors and moduli at all times."""

    times: FloatArray  # (T,)
    begin: FloatArray  # (R, n) distances at the first time
    errors: FloatArray  # (T, R, n)
    moduli: FloatArray  # (T, R, n)
    largest: FloatArray  # (T, R)

    def coarser(self) -> _Paths:
        return _Paths(self.times[::2], self.begin, self.errors[::2], self.moduli[::2], self.largest[::2])

    def along_each(self) -> tuple[FloatArray, FloatArray]:
        """The start's and the error's part of the bound on the distance at the end, ``(R, n)`` each."""
        none = np.zeros_like(self.errors)
        return (grown(self.times, self.moduli, none, self.begin),
                grown(self.times, self.moduli, self.errors, np.zeros_like(self.begin)))

    def by_largest(self, *, squared: bool) -> tuple[FloatArray, FloatArray]:
        """The same with means over the paths, or root mean squares, and the largest moduli: ``(R,)`` each."""
        begin, errors = _mean(self.begin, squared), _mean(self.errors, squared)
        return (grown(self.times, self.largest, np.zeros_like(errors), begin),
                grown(self.times, self.largest, errors, np.zeros_like(begin)))


class FlowErrors(Spec):
    r"""Both sides of E1: a fitted velocity along true paths, whose velocity the population must know.

    Every true path follows the true velocity from noise, the learned path with the same start and condition the fitted
    one, both in continuous time (Runge–Kutta steps of fourth order). With e the error of the fitted velocity on the
    true path and λ its one-sided modulus between both paths, there are

    * ``flow.coupled`` and ``flow.coupled_rms``, mean distance of the ends and its root mean square; ``flow.w1``,
      certified, between the samples (condition, end) of both, and ``flow.w2`` (Euclidean);
    * ``flow.path.start``, ``flow.path.error``: parts of the pathwise bound; ``flow.sup.start``, ``flow.sup.error``:
      with the largest modulus. That is the largest over the coupled pairs and over Jacobians at true and learned
      places: enough for the bound on this sample, a lower estimate of the supremum over all places;
    * ``flow.end``, a bound on what stopping with noise left costs; all with ``_rms`` for W2;
    * ``flow.path.numerical`` and ``flow.sup.numerical``: what half as many steps change of paths and integrals, many
      times the error of the full number;
    * ``flow.velocity_error``, the mean of e over time and paths, ``flow.velocity_error_rms``; ``flow.exponent``, the
      integral of the largest modulus.

    Parameters
    ----------
    n_points : int
        Number of paths; all test points where there are fewer.
    n_steps : int
        Steps in time, a multiple of 4.
    n_jacobians : int
        Paths at which Jacobians are taken.
    stop : float
        Time at which paths end; below 1 for latents that are point masses.

    Raises
    ------
    ValueError
        When evaluated: if the population's true velocity is not known (only `MixtureLatents` with an affine encoder),
        or the fit has none.

    Examples
    --------
    >>> from lsdm_stats import LSDM, Identity, Training, evaluate, streams
    >>> from lsdm_stats.matchers import FlowMatching, VelocityNetwork
    >>> from lsdm_stats.populations import MixtureLatents
    >>> truth, network = MixtureLatents(), VelocityNetwork(training=Training(max_steps=20, check_every=10))
    >>> method = LSDM(latent=Identity(), matcher=FlowMatching(network=network))
    >>> data = truth.draw(40, 0, rngs=streams.data(1, truth, replicates=[0]))
    >>> fitted = method.fit(data, rngs=streams.fit(1, truth, method, replicates=[0]))
    >>> rngs = streams.data(1, truth, replicates=[0])
    >>> few = FlowErrors(n_points=10, n_steps=8, n_jacobians=5)
    >>> scores = evaluate(fitted, truth, [few], n_test=20, rngs=rngs)
    >>> bool(scores["flow.w1"][0] <= scores["flow.coupled"][0] + 1e-9)
    True
    """

    n_points: Annotated[int, Ge(1)] = 500
    n_steps: Annotated[int, Ge(8), MultipleOf(4)] = 120
    n_jacobians: Annotated[int, Ge(1)] = 100
    stop: Annotated[float, Gt(0), Le(1)] = 1.0

    def evaluate(self, evaluation: Evaluation) -> Mapping[str, FloatArray]:
        """One value per replicate and name."""
        pair = coupled(evaluation, self.n_points)
        times = np.linspace(0.0, self.stop, self.n_steps + 1)
        true_start, learned_start = pair.starts()

        def learned_rate(time: float, places: FloatArray) -> FloatArray:
            return pair.learned.velocity(np.array(time), places, pair.conditions)

        def true_rate(time: float, places: FloatArray) -> FloatArray:
            return pair.truth.velocity(np.array(time), places, pair.conditions)

        truth, learned = follow(true_rate, true_start, times), follow(learned_rate, learned_start, times)
        missed = (np.linalg.norm(truth[-1] - follow(true_rate, true_start, times[::2])[-1], axis=2)
                  + np.linalg.norm(learned[-1] - follow(learned_rate, learned_start, times[::2])[-1], axis=2))
        paths = self._paths(pair, times, truth, learned)
        ends = np.linalg.norm(learned[-1] - truth[-1], axis=2)
        left = pair.end_gaps(self.stop)
        values = {"flow.coupled": _mean(ends), "flow.coupled_rms": _mean(ends, squared=True),
                  "flow.end": _mean(left), "flow.end_rms": _mean(left, squared=True)}
        for suffix, squared in (("", False), ("_rms", True)):
            each = [_mean(part, squared) for part in paths.along_each()]
            change = sum(paths.along_each()) - sum(paths.coarser().along_each())
            fine, coarse = paths.by_largest(squared=squared), paths.coarser().by_largest(squared=squared)
            values |= {
                f"flow.path.start{suffix}": each[0],
                f"flow.path.error{suffix}": each[1],
                f"flow.path.numerical{suffix}": _mean(np.abs(change) + missed, squared),
                f"flow.sup.start{suffix}": fine[0],
                f"flow.sup.error{suffix}": fine[1],
                f"flow.sup.numerical{suffix}": np.abs(sum(fine) - sum(coarse)) + _mean(missed, squared),
                f"flow.velocity_error{suffix}": _mean(np.moveaxis(paths.errors, 0, 1), squared, axis=(1, 2)),
            }
        return {
            **values,
            "flow.exponent": np.asarray(np.trapezoid(paths.largest, times, axis=0)),
            **certified("flow.w1", _transports(pair.conditions, learned[-1], truth[-1])),
            "flow.w2": np.array([exact(np.hstack([x, g]), np.hstack([x, z]), order=2).value
                                 for x, g, z in zip(pair.conditions, learned[-1], truth[-1], strict=True)]),
        }

    def _paths(self, pair: Coupled, times: FloatArray, truth: FloatArray, learned: FloatArray) -> _Paths:
        at_true = np.stack([pair.learned.velocity(np.array(t), z, pair.conditions)
                            for t, z in zip(times, truth, strict=True)])
        at_learned = np.stack([pair.learned.velocity(np.array(t), z, pair.conditions)
                               for t, z in zip(times, learned, strict=True)])
        target = np.stack([pair.truth.velocity(np.array(t), z, pair.conditions)
                           for t, z in zip(times, truth, strict=True)])
        apart = truth - learned
        moduli = coupled_moduli(apart, at_true - at_learned)
        some, scale = slice(self.n_jacobians), pair.learned.start[1]
        conditions = np.concatenate([pair.conditions[:, some]] * 2, axis=1)
        slopes = np.stack([
            largest_slopes(lambda z, t=t: pair.learned.velocity(np.array(t), z, conditions),
                           np.concatenate([one[:, some], other[:, some]], axis=1), scale)
            for t, one, other in zip(times, truth, learned, strict=True)
        ])
        return _Paths(times, np.linalg.norm(apart[0], axis=2), np.linalg.norm(at_true - target, axis=3), moduli,
                      np.maximum(slopes, moduli.max(axis=2)))


@runtime_checkable
class HasSteps(Protocol):
    """A sampler that draws in steps."""

    @property
    def stages(self) -> tuple[tuple[float, float, float], ...]:
        """Times of every step: where it begins, to which time it first adds noise, and where it ends."""
        ...

    def advance(self, latents: FloatArray, conditions: FloatArray, begin: float, end: float) -> FloatArray:
        """Latents at `end` of those at `begin`, without noise."""
        ...


class SamplerErrors(Spec):
    """Both sides of E1.steps: draws as the sampler makes them, in its own steps, beside true paths with equal noise.

    The true path goes through every step by the true velocity, solved by Runge–Kutta steps, from where it is; the error
    of a step is how far the sampler's step from the same place ends from it, so that discretisation counts. Gives
    ``steps.coupled``, the mean distance of the ends; ``steps.standard_rms``, its root mean square in the units of E2,
    at least W2 there up to sampling; ``steps.w1``, certified, between the samples (condition, end);
    ``steps.path.start``, ``steps.path.error`` with the ratios of each pair of paths; ``steps.sup.start``,
    ``steps.sup.error`` with the largest ratio over all pairs in each step; ``steps.end``, a bound on what stopping with
    noise left costs; ``steps.local``, the sum of the mean errors of the steps; ``steps.numerical``, how far the true
    ends move on average when the true velocity is solved in half as many steps.

    Parameters
    ----------
    n_points : int
        Number of draws; all test points where there are fewer.
    n_substeps : int
        Runge–Kutta steps of the true path in each step of the sampler, even.

    Raises
    ------
    ValueError
        When evaluated: as `FlowErrors`.

    Examples
    --------
    >>> from lsdm_stats import LSDM, Identity, Training, evaluate, streams
    >>> from lsdm_stats.matchers import FlowMatching, VelocityNetwork
    >>> from lsdm_stats.populations import MixtureLatents
    >>> truth, network = MixtureLatents(), VelocityNetwork(training=Training(max_steps=20, check_every=10))
    >>> method = LSDM(latent=Identity(), matcher=FlowMatching(network=network))
    >>> data = truth.draw(40, 0, rngs=streams.data(1, truth, replicates=[0]))
    >>> fitted = method.fit(data, rngs=streams.fit(1, truth, method, replicates=[0]))
    >>> rngs = streams.data(1, truth, replicates=[0])
    >>> scores = evaluate(fitted, truth, [SamplerErrors(n_points=10)], n_test=20, rngs=rngs)
    >>> bool(scores["steps.w1"][0] <= scores["steps.coupled"][0] + 1e-9)
    True
    """

    n_points: Annotated[int, Ge(1)] = 500
    n_substeps: Annotated[int, Ge(2), MultipleOf(2)] = 4

    def evaluate(self, evaluation: Evaluation) -> Mapping[str, FloatArray]:
        """One value per replicate and name."""
        pair = coupled(evaluation, self.n_points)
        sampler = pair.learned
        if not isinstance(sampler, HasSteps):
            raise ValueError(f"SamplerErrors needs a sampler that draws in steps; got {type(sampler).__name__}; "
                             "use FlowErrors")
        centre, scale = sampler.start

        def rate(time: float, places: FloatArray) -> FloatArray:
            return pair.truth.velocity(np.array(time), places, pair.conditions)

        truth, drawn = pair.starts()
        rough = truth
        begin = along = np.linalg.norm(truth - drawn, axis=2)
        sup_start, error = _mean(begin), np.zeros_like(begin)
        sup_error = local_sum = np.zeros_like(sup_start)
        for start, noised, end in sampler.stages:
            shrink, spread = _renoised(pair, start, noised)
            if spread > 0:
                noise = spread * scale * pair.noise()
                truth, drawn, rough = (centre + shrink * (z - centre) + noise for z in (truth, drawn, rough))
            times = np.linspace(noised, end, self.n_substeps + 1)
            stepped, moved = (sampler.advance(z, pair.conditions, noised, end) for z in (truth, drawn))
            before = np.linalg.norm(truth - drawn, axis=2)
            ratios = np.divide(np.linalg.norm(stepped - moved, axis=2), before, out=np.zeros_like(before),
                               where=before > 0)
            truth = follow(rate, truth, times)[-1]
            rough = follow(rate, rough, times[::2])[-1]
            drawn = moved
            local = np.linalg.norm(truth - stepped, axis=2)
            along, error = shrink * ratios * along, shrink * ratios * error + local
            largest = shrink * ratios.max(axis=1)
            sup_start, sup_error = largest * sup_start, largest * sup_error + _mean(local)
            local_sum = local_sum + _mean(local)
        return {
            "steps.coupled": _mean(np.linalg.norm(truth - drawn, axis=2)),
            "steps.standard_rms": _mean(np.linalg.norm((truth - drawn) / scale, axis=2), squared=True),
            "steps.path.start": _mean(along),
            "steps.path.error": _mean(error),
            "steps.sup.start": sup_start,
            "steps.sup.error": sup_error,
            "steps.end": _mean(pair.end_gaps(1.0)),
            "steps.local": local_sum,
            "steps.numerical": _mean(np.linalg.norm(truth - rough, axis=2)),
            **certified("steps.w1", _transports(pair.conditions, drawn, truth)),
        }


def _renoised(pair: Coupled, begin: float, noised: float) -> tuple[float, float]:
    """Factor of the state and scale of the noise that lead from the law at `begin` to that at the earlier time."""
    (a, b), (earlier_a, earlier_b) = (
        tuple(float(part) for part in pair.learned.weights(np.array(time))) for time in (begin, noised)
    )
    if noised == begin:
        return 1.0, 0.0
    factor = earlier_a / a
    return factor, float(np.sqrt(max(0.0, earlier_b**2 - (factor * b) ** 2)))


def _mean(values: FloatArray, squared: bool = False, axis: int | tuple[int, ...] = -1) -> FloatArray:
    """Means over the paths, or root mean squares."""
    means = np.mean(values**2, axis=axis) if squared else np.mean(values, axis=axis)
    return np.asarray(np.sqrt(means) if squared else means)


def _transports(conditions: FloatArray, first: FloatArray, second: FloatArray) -> list[Transport]:
    blocks = (conditions.shape[2], first.shape[2])
    return [exact(np.hstack([x, g]), np.hstack([x, z]), blocks=blocks)
            for x, g, z in zip(conditions, first, second, strict=True)]
