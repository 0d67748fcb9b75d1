"""Score matching: noise is taken out of latents step by step, by the score of their diffused law."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import Annotated, Literal, Self

import numpy as np
from annotated_types import Ge, Gt
from pydantic import model_validator

from lsdm_stats.arrays import FloatArray
from lsdm_stats.matchers.paths import DiffusionPath
from lsdm_stats.matchers.velocity import VelocityNetwork, VelocitySampler, fit_velocity
from lsdm_stats.samples import LatentPairs
from lsdm_stats.spec import Spec
from lsdm_stats.streams import Generators


@dataclass(frozen=True)
class ScoreSampler(VelocitySampler):
    """Fitted scores of a block of replicates, sampled by the probability-flow equation or the reverse diffusion.

    As a `Velocity` it is the probability flow, in a time that runs from 0 (diffusion time `horizon`) to 1 (`early`).
    """

    diffusion: DiffusionPath
    stochastic: bool

    def score(self, diffusion_times: FloatArray, latents: FloatArray, conditions: FloatArray) -> FloatArray:
        r"""Estimated scores :math:`\nabla_z \log p_s(z\mid x)` of the diffused latents, ``(R, n, k)``.

        Parameters
        ----------
        diffusion_times : ndarray that broadcasts to shape (R, n)
            Diffusion times s, positive and within [early, horizon].
        latents : ndarray of shape (R, n, k)
            Diffused latents, :math:`c + e^{-s}(Z - c) + \sqrt{1 - e^{-2s}}\,(\text{scale})\,\xi`.
        conditions : ndarray of shape (R, n, p)
            Conditions.

        Raises
        ------
        ValueError
            If a diffusion time is out of range.
        """
        diffused = np.asarray(diffusion_times, dtype=np.float64)
        path = self.diffusion
        if not np.all((diffused > 0) & (diffused >= path.early) & (diffused <= path.horizon)):
            raise ValueError(
                f"diffusion times must be positive and within [{path.early:g}, {path.horizon:g}]; got "
                f"{diffused.min():g} to {diffused.max():g}; choose them there or fit with another early or horizon"
            )
        times = path.times(diffused)
        states = (latents - self.units.latent_centre) / self.units.latent_scale
        turn = self._velocity(times, states, self._inputs(conditions)) / path.angular_rate
        cosine, sine = path.weights(np.broadcast_to(times, states.shape[:2])[..., None])
        return -(states + cosine / sine * turn) / self.units.latent_scale

    @property
    def stages(self) -> tuple[tuple[float, float, float], ...]:
        """Times of every step: where it begins, to which time it first adds noise, and where it ends."""
        if not self.stochastic:
            return super().stages
        path, grid = self.diffusion, np.linspace(0.0, 1.0, self.n_steps + 1)
        diffused = path.diffusion_times(grid)
        above = np.minimum(2 * diffused[:-1] - diffused[1:], path.horizon)
        noised = np.where(grid[:-1] > 0, path.times(above), 0.0)
        return tuple(zip(grid[:-1].tolist(), noised.tolist(), grid[1:].tolist(), strict=True))

    def _follow(self, states: FloatArray, rows: FloatArray, rngs: Generators) -> FloatArray:
        if not self.stochastic:
            return super()._follow(states, rows, rngs)
        path = self.diffusion
        grid = np.linspace(0.0, 1.0, self.n_steps + 1)
        diffused = path.diffusion_times(grid)
        for begin, (now, after), end in zip(grid, pairwise(diffused), grid[1:], strict=False):
            if begin > 0:  # at the horizon states are normal, and stay so
                above = min(2 * now - after, path.horizon)
                noise = np.stack([rng.standard_normal(states.shape[1:]) for rng in rngs])
                states = np.exp(now - above) * states + np.sqrt(-np.expm1(2 * (now - above))) * noise
                begin = float(path.times(above))
            states = self._step(states, rows, begin, end)
        return states


class ScoreMatching(Spec):
    r"""Conditional diffusion of standardised latents by denoising score matching (Vincent, 2011; Song et al., 2021).

    Forward, :math:`dU = -U\,ds + \sqrt 2\,dW`: at diffusion time s the state is :math:`\cos\phi\,U + \sin\phi\,\xi`
    with :math:`\cos\phi = e^{-s}`. A network regresses :math:`w = \cos\phi\,\xi - \sin\phi\,U`, that is the score
    :math:`-z - w\cot\phi` with weight :math:`\tan^2\phi`, at uniform angles (Salimans and Ho, 2022): zero for normal
    latents, bounded as the noise vanishes.

    Draws start from standard normal noise at the horizon and take equal steps of the angle, with two evaluations of
    the network each. The sampler ``"ode"`` follows the probability flow :math:`dU/ds = -U - \nabla\log p_s` backward by
    midpoint steps. ``"sde"`` follows the reverse diffusion :math:`dU = (U + 2\nabla\log p_s)\,ds + \sqrt 2\,dW`,
    split as :math:`-U\,ds + \sqrt 2\,dW`, the forward diffusion, solved exactly, and twice the probability flow, by
    a midpoint step (as Karras et al., 2022, algorithm 2): with exact scores every step ends in the right law.

    Parameters
    ----------
    network : VelocityNetwork
        Shape and stopping rule.
    sampler : {"ode", "sde"}
        What draws follow.
    n_steps : int
        Number of steps of a draw.
    horizon : float
        Diffusion time at which draws start; what is left of the latents then has weight exp(-horizon).
    early : float
        Diffusion time at which draws end, 0 for the law of the latents itself.

    Raises
    ------
    ValueError
        If `early` is not below `horizon`.

    Examples
    --------
    >>> ScoreMatching(sampler="sde").horizon
    5.0
    """

    network: VelocityNetwork = VelocityNetwork()
    sampler: Literal["ode", "sde"] = "ode"
    n_steps: Annotated[int, Ge(1)] = 50
    horizon: Annotated[float, Gt(0)] = 5.0
    early: Annotated[float, Ge(0)] = 0.0

    @model_validator(mode="after")
    def _check_order(self) -> Self:
        if self.early >= self.horizon:
            raise ValueError(f"early must be below horizon; got {self.early:g} and {self.horizon:g}; lower early")
        return self

    def fit(self, pairs: LatentPairs, *, rngs: Generators) -> ScoreSampler:
        """Train one score per replicate.

        Raises
        ------
        ValueError
            If there are fewer than two pairs.
        """
        path = DiffusionPath(self.horizon, self.early)
        fitted = fit_velocity(pairs, self.network, path, rngs=rngs)
        return ScoreSampler(path, "midpoint", self.n_steps, *fitted, path, self.sampler == "sde")
