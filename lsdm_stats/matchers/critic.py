"""Joint laws in the latent space matched in W1 by its dual, with a critic."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, ClassVar, Literal

import numpy as np
from annotated_types import Ge, Gt, Le, Lt
from pydantic import field_validator

from lsdm_stats.arrays import FloatArray
from lsdm_stats.matchers.generator import GeneratorNetwork, GeneratorSampler
from lsdm_stats.matchers.generator_training import GeneratorTraining
from lsdm_stats.samples import LatentPairs
from lsdm_stats.spec import Spec
from lsdm_stats.streams import Generators

if TYPE_CHECKING:
    from torch import Tensor

    from lsdm_stats.nets.critics import DualCritic

_MEASURED = 500  # pairs on which the critic's slope is measured: all difference quotients are taken


@dataclass(frozen=True)
class CriticSampler:
    """Fitted generators of a block of replicates, and how steep the critics are that they were trained against.

    Parameters
    ----------
    generator : GeneratorSampler
        The generators.
    critic_lipschitz : ndarray of shape (R,)
        Largest slope that the critic of the kept step shows on the pairs and as many generated ones, for the sum
        metric; at most 1 for GroupSort up to rounding. A lower bound of its Lipschitz constant.
    """

    generator: GeneratorSampler
    critic_lipschitz: FloatArray

    @property
    def failures(self) -> tuple[str | None, ...]:
        """Reasons of replicates whose training diverged."""
        return self.generator.failures

    def sample(self, conditions: FloatArray, *, rngs: Generators) -> FloatArray:
        """One latent per condition, ``(R, n, k)``, by one evaluation of the generator."""
        return self.generator.sample(conditions, rngs=rngs)

    def select(self, replicates: Sequence[int]) -> CriticSampler:
        """The generators of some replicates."""
        return CriticSampler(self.generator.select(replicates), self.critic_lipschitz[list(replicates)])


class Critic(Spec):
    r"""Conditional generator against a 1-Lipschitz critic: the dual of W1 between (X, G) and (X, Z), sum metric.

    The generator first minimises the energy score, then a critic is trained against it as it is, then both take turns:
    `critic_steps` steps of the critic to one of the generator, on the same pairs. What is minimised is the integral
    probability metric of the critics' class, at most the plug-in W1 of batches (docs/theory.md, D1.critic).

    Parameters
    ----------
    network : GeneratorNetwork
        Shape, noise and stopping rule of the generator.
    constraint : {"groupsort", "gradient_penalty"}
        What makes the critic 1-Lipschitz: norm-constrained weights between sorted pairs of units, which hold it for
        certain (Anil, Lucas and Grosse, 2019), or a one-sided gradient penalty, which does not (Gulrajani et al., 2017;
        Petzka, Fischer and Lukovnikov, 2018).
    hidden : tuple of int
        Widths of the critic's hidden layers, even.
    learning_rate : float
        Step size of the critic's Adam.
    generator_rate : float
        Initial step size of the generator against the critic; well below the critic's, or they circle each other
        (two time scales: Heusel et al., 2017). The start by the energy score takes the network's own.
    critic_steps : int
        Steps of the critic to one of the generator.
    critic_start : int
        Largest number of steps of the critic alone, by the generator's stopping rule on the held-out dual value.
    penalty : float
        Weight of the gradient penalty; GroupSort has none.
    n_draws : int
        Draws per pair and step.
    warm_start : int
        Largest number of steps on the energy score.
    averaging : float
        Weight of the past, per step of the game, in a moving average of the generator's weights, which is what is
        scored and kept: the two networks circle each other, their averages less so.
    keep_start : bool
        Whether a replicate goes back to its energy-score start where the game does not improve its held-out score.

    References
    ----------
    .. [1] Anil, Lucas and Grosse (2019), Sorting out Lipschitz function approximation, ICML.
    .. [2] Gulrajani, Ahmed, Arjovsky, Dumoulin and Courville (2017), Improved training of Wasserstein GANs, NeurIPS.
    .. [3] Heusel, Ramsauer, Unterthiner, Nessler and Hochreiter (2017), GANs trained by a two time-scale update rule,
       NeurIPS.
    .. [4] Petzka, Fischer and Lukovnikov (2018), On the regularization of Wasserstein GANs, ICLR.

    Examples
    --------
    >>> Critic(constraint="gradient_penalty").penalty
    10.0
    """

    network: GeneratorNetwork = GeneratorNetwork()
    constraint: Literal["groupsort", "gradient_penalty"] = "groupsort"
    hidden: tuple[Annotated[int, Ge(2)], ...] = (64, 64)
    learning_rate: Annotated[float, Gt(0), Le(1)] = 3e-3
    generator_rate: Annotated[float, Gt(0), Le(1)] = 5e-4
    critic_steps: Annotated[int, Ge(1)] = 2
    critic_start: Annotated[int, Ge(0)] = 500
    penalty: Annotated[float, Gt(0)] = 10.0
    n_draws: Annotated[int, Ge(1)] = 4
    warm_start: Annotated[int, Ge(0)] = 1_000
    averaging: Annotated[float, Ge(0), Lt(1)] = 0.0
    keep_start: bool = False
    unchanged_at: ClassVar[Mapping[str, object]] = {"averaging": 0.0, "keep_start": False}

    @field_validator("hidden")
    @classmethod
    def _is_even(cls, value: tuple[int, ...]) -> tuple[int, ...]:
        if not value or any(width % 2 for width in value):
            raise ValueError(f"the critic's widths must be even, and at least one; got {value}; sorting takes pairs")
        return value

    def fit(self, pairs: LatentPairs, *, rngs: Generators) -> CriticSampler:
        """Train one generator and one critic per replicate.

        Raises
        ------
        ValueError
            If there are fewer than two pairs.
        """
        from lsdm_stats.nets.critics import CriticTraining, critic_loss, dual_value, joint_points, measured_lipschitz
        from lsdm_stats.nets.networks import one_thread, to_tensor

        generator_rngs, critic_rngs, check_rngs = (
            tuple(child) for child in zip(*(rng.spawn(3) for rng in rngs), strict=True)
        )
        training = GeneratorTraining.begin(pairs, self.network, rngs=generator_rngs)
        condition_scale, latent_scale = training.joint_scales()
        critic = self._initial(pairs, rngs=critic_rngs)
        tensors = critic.layers.tensors

        def joint(conditions: Tensor, draws: Tensor, targets: Tensor) -> tuple[Tensor, Tensor]:
            return joint_points(conditions * condition_scale, draws * latent_scale[:, :, None], targets * latent_scale)

        def alone(conditions: Tensor, draws: Tensor, targets: Tensor) -> Tensor:
            return critic_loss(critic, *joint(conditions, draws, targets))

        ascent = CriticTraining(critic, self.learning_rate)

        def loss(conditions: Tensor, draws: Tensor, targets: Tensor) -> Tensor:
            points = joint(conditions, draws.detach(), targets)
            for _ in range(self.critic_steps):
                ascent.step(*points)
            return dual_value(critic, *joint(conditions, draws, targets))

        rule = self.network.training
        phases = [training.warm_start(self.warm_start)] if self.warm_start else []
        if self.critic_start:
            start_rule = rule.replace(max_steps=self.critic_start, learning_rate=self.learning_rate)
            phases.append(training.train_against(tensors, alone, n_draws=self.n_draws, rule=start_rule))
        game_rule = rule.replace(learning_rate=self.generator_rate)
        game = training.minimise(
            loss,
            n_draws=self.n_draws,
            rule=game_rule,
            companions=tensors,
            averaging=self.averaging,
            start=phases[0] if self.keep_start and self.warm_start else None,
        )
        phases.append(game)

        rows, targets = (to_tensor(array[:, :_MEASURED]) for array in (training.conditions, training.latents))
        noise = np.stack([self.network.noise(rng, (rows.shape[1], 1)) for rng in check_rngs])
        with one_thread():
            draws = training.draw(rows, to_tensor(noise))
            slopes = measured_lipschitz(critic, *joint(rows, draws, targets))
        return CriticSampler(training.finish(*phases), slopes.numpy())

    def _initial(self, pairs: LatentPairs, *, rngs: Generators) -> DualCritic:
        from lsdm_stats.nets.critics import GroupSortCritic, PenalisedCritic
        from lsdm_stats.nets.networks import initial_layers

        p, k = pairs.conditions.shape[2], pairs.latents.shape[2]
        layers = initial_layers((p + k, *self.hidden, 1), rngs=rngs)
        if self.constraint == "groupsort":
            return GroupSortCritic(layers, p)
        return PenalisedCritic(layers, p, self.penalty)
