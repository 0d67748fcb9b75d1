"""Errors of fitted scores over the diffused law of the latents (docs/theory.md, E2 and E3)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated

import numpy as np
from annotated_types import Ge, Gt, MultipleOf

from lsdm_stats.arrays import FloatArray
from lsdm_stats.matchers.score_matching import ScoreSampler
from lsdm_stats.metrics.evaluation import Evaluation
from lsdm_stats.metrics.true_paths import coupled, grown, largest_slopes
from lsdm_stats.spec import Spec


class ScoreErrors(Spec):
    r"""Right-hand sides of E2 and E3 for a fitted score, with the true score of the population's latents.

    All in the units in which the noise is standard normal. Test latents are diffused to times s from `early` to the
    horizon, equally spaced in log s. With e(s) the root mean squared error of the score there and L(s) the largest
    eigenvalue of its symmetrised Jacobian over those points (a lower estimate of the supremum over all):

    * ``score.sde.start``, ``score.sde.error``: growth times the distance of the starts, and the integral of 2 e times
      growth, with growth :math:`\exp\int_{early}^s(1+2L)`; ``score.ode.start``, ``score.ode.error`` with e and 1 + L;
    * ``score.end``, of stopping at `early`; ``score.loss``, the integral of the squared error;
      ``score.start_divergence``, a bound on the KL divergence at the horizon;
    * ``score.sde.exponent`` and ``score.ode.exponent``, logarithms of the largest growth.

    Parameters
    ----------
    n_points : int
        Number of diffused latents; all test points where there are fewer.
    n_times : int
        Intervals of the integrals, even.
    n_jacobians : int
        Points at which Jacobians are taken.
    early : float
        Diffusion time of stopping, in place of that of the sampler where it is later: a score has no value at 0.

    Raises
    ------
    ValueError
        When evaluated: if the true score is not known (only `MixtureLatents` with an affine encoder), or the fit is not
        by ScoreMatching.

    Examples
    --------
    >>> from lsdm_stats import LSDM, Identity, Training, evaluate, streams
    >>> from lsdm_stats.matchers import ScoreMatching, VelocityNetwork
    >>> from lsdm_stats.populations import MixtureLatents
    >>> truth, network = MixtureLatents(), VelocityNetwork(training=Training(max_steps=20, check_every=10))
    >>> method = LSDM(latent=Identity(), matcher=ScoreMatching(network=network))
    >>> data = truth.draw(40, 0, rngs=streams.data(1, truth, replicates=[0]))
    >>> fitted = method.fit(data, rngs=streams.fit(1, truth, method, replicates=[0]))
    >>> rngs = streams.data(1, truth, replicates=[0])
    >>> few = ScoreErrors(n_points=10, n_times=8, n_jacobians=5)
    >>> sorted(evaluate(fitted, truth, [few], n_test=20, rngs=rngs))[:2]
    ['score.end', 'score.loss']
    """

    n_points: Annotated[int, Ge(1)] = 500
    n_times: Annotated[int, Ge(8), MultipleOf(2)] = 96
    n_jacobians: Annotated[int, Ge(1)] = 100
    early: Annotated[float, Gt(0)] = 1e-3

    def evaluate(self, evaluation: Evaluation) -> Mapping[str, FloatArray]:
        """One value per replicate and name."""
        pair = coupled(evaluation, self.n_points)
        sampler = pair.learned
        if not isinstance(sampler, ScoreSampler):
            raise ValueError(f"ScoreErrors needs a fit by ScoreMatching; got {type(sampler).__name__}; use FlowErrors")
        (centre, scale), horizon = sampler.start, sampler.diffusion.horizon
        early = max(self.early, sampler.diffusion.early)
        clock = np.linspace(np.log(horizon), np.log(early), self.n_times + 1)
        diffused = np.exp(clock)
        diffused[[0, -1]] = horizon, early
        standard = (pair.latents - centre) / scale
        noise = pair.noise()
        some = slice(self.n_jacobians)
        squares: list[FloatArray] = []
        slopes: list[FloatArray] = []
        for s in diffused:
            a, b = np.exp(-s), np.sqrt(-np.expm1(-2 * s))
            places = centre + scale * (a * standard + b * noise)
            found = scale * sampler.score(s, places, pair.conditions)
            target = scale * pair.truth.score(sampler.diffusion.times(s), places, pair.conditions)
            squares.append(((found - target) ** 2).sum(axis=2).mean(axis=1))
            slopes.append(largest_slopes(
                lambda u, s=s: scale * sampler.score(s, centre + scale * u, pair.conditions[:, some]),
                (places[:, some] - centre) / scale, np.ones_like(scale)))
        speed = diffused[:, None]  # of s in its logarithm
        squared, largest = np.stack(squares), np.stack(slopes)
        moment, dim = (standard**2).sum(axis=2).mean(axis=1), standard.shape[2]
        apart = np.exp(-horizon) * np.sqrt(moment + dim)
        backward = clock[0] - clock
        values: dict[str, FloatArray] = {}
        for form, weight in (("sde", 2.0), ("ode", 1.0)):
            moduli, errors = speed * (1 + weight * largest), speed * weight * np.sqrt(squared)
            values |= {
                f"score.{form}.start": grown(backward, moduli, np.zeros_like(errors), apart),
                f"score.{form}.error": grown(backward, moduli, errors, np.zeros_like(apart)),
                f"score.{form}.exponent": np.trapezoid(moduli, backward, axis=0),
            }
        return {
            **values,
            "score.end": np.sqrt(np.expm1(-early) ** 2 * moment - np.expm1(-2 * early) * dim),
            "score.loss": grown(backward, np.zeros_like(squared), speed * squared, np.zeros_like(apart)),
            "score.start_divergence": 0.5 * (
                np.exp(-2 * horizon) * moment - dim * (np.log(-np.expm1(-2 * horizon)) + np.exp(-2 * horizon))
            ),
        }
