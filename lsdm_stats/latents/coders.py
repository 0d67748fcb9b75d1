"""What every neural latent space shares: networks in standardised units, training, and the fitted space."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

import numpy as np

from lsdm_stats.arrays import FloatArray, as_stack
from lsdm_stats.latents.affine import check_latent_dim
from lsdm_stats.nets.rule import Training
from lsdm_stats.streams import Generators

if TYPE_CHECKING:
    from torch import Tensor

    from lsdm_stats.nets.networks import Network
    from lsdm_stats.nets.training import Batch, DrawNoise, Trained

    Coders = Callable[[int, Generators], tuple[Network, Network]]
    """Encoders and decoders with random weights, from the response dimension and one generator per replicate."""


class Objective(Protocol):
    """What a neural latent space minimises, and by what it is scored on held-out responses."""

    def __call__(self, encoder: Network, decoder: Network, batch: Batch) -> Tensor:
        """One value per replicate, ``(R,)``, of a batch of standardised responses (and noise, if there is any)."""
        ...


@dataclass(frozen=True)
class CoderSpace:
    """Fitted encoders and decoders of a block of replicates.

    Networks see responses less their mean over their root mean square, both per replicate; latents are shifted and
    scaled so that they have mean zero and the root mean square of the responses, which makes distances comparable.
    """

    name: str  # of the method, in reasons of failure
    encoder: Network
    decoder: Network
    centre: FloatArray  # (R, 1, response_dim)
    scale: FloatArray  # (R, 1, 1)
    latent_centre: FloatArray  # (R, 1, dim)
    latent_scale: FloatArray  # (R, 1, 1)
    training: Trained

    @property
    def dim(self) -> int:
        """Latent dimension."""
        return self.latent_centre.shape[2]

    @property
    def failures(self) -> tuple[str | None, ...]:
        """Reasons of replicates whose training diverged."""
        return tuple(None if reason is None else f"{self.name}: {reason}" for reason in self.training.failures)

    def encode(self, responses: FloatArray) -> FloatArray:
        """Latents ``(R, n, dim)``."""
        raw = _apply(self.encoder, (responses - self.centre) / self.scale)[:, :, : self.dim]
        return (raw - self.latent_centre) * (self.scale / self.latent_scale)

    def decode(self, latents: FloatArray) -> FloatArray:
        """Responses ``(R, n, response_dim)``."""
        raw = latents * (self.latent_scale / self.scale) + self.latent_centre
        return self.centre + self.scale * _apply(self.decoder, raw)

    def select(self, replicates: Sequence[int]) -> CoderSpace:
        """The spaces of some replicates."""
        index = list(replicates)
        return CoderSpace(
            self.name,
            self.encoder.select(index),
            self.decoder.select(index),
            self.centre[index],
            self.scale[index],
            self.latent_centre[index],
            self.latent_scale[index],
            self.training.select(index),
        )


def fit_coders(
    responses: FloatArray,
    objective: Objective,
    *,
    name: str,
    dim: int,
    coders: Coders,
    training: Training,
    rngs: Generators,
    noise: DrawNoise | None = None,
    score_noise: DrawNoise | None = None,
) -> CoderSpace:
    """Train an encoder and a decoder per replicate on all responses ``(R, N, q)``.

    Parameters
    ----------
    responses : ndarray of shape (R, N, q)
        Training responses.
    objective : Objective
        Minimised in batches and compared on held-out responses.
    name : str
        Name of the method in reasons of failure.
    dim : int
        Latent dimension.
    coders : callable
        Networks with random weights; of the encoder's outputs the first `dim` are the latent.
    training : Training
        Stopping rule.
    rngs : sequence of Generator
        One per replicate.
    noise, score_noise : callable, optional
        Noise of a batch and of the held-out responses, passed to the objective.

    Raises
    ------
    ValueError
        If `dim` exceeds the response dimension or there are fewer than two responses.
    """
    from lsdm_stats.nets.networks import one_thread
    from lsdm_stats.nets.training import train

    stack = as_stack(responses, "responses", replicates=len(rngs))
    check_latent_dim(dim, response_dim=stack.shape[2])
    centre = stack.mean(axis=1, keepdims=True)
    scale = np.sqrt(((stack - centre) ** 2).mean(axis=(1, 2), keepdims=True))
    scale = np.where(scale > 0, scale, 1.0)

    weight_rngs, training_rngs = (tuple(child) for child in zip(*(rng.spawn(2) for rng in rngs), strict=True))
    encoder, decoder = coders(stack.shape[2], weight_rngs)

    def loss(batch: Batch) -> Tensor:
        return objective(encoder, decoder, batch)

    with one_thread():
        trained = train(
            [*encoder.tensors, *decoder.tensors],
            [(stack - centre) / scale],
            loss=loss,
            score=loss,
            rule=training,
            rngs=training_rngs,
            noise=noise,
            score_noise=score_noise,
            drops_finished=True,
        )
    raw = _apply(encoder, (stack - centre) / scale)[:, :, :dim]
    latent_centre = raw.mean(axis=1, keepdims=True)
    spread = np.sqrt(((raw - latent_centre) ** 2).sum(axis=2, keepdims=True).mean(axis=1, keepdims=True))
    spread = np.where(spread > 0, spread, 1.0) / np.sqrt(stack.shape[2])
    return CoderSpace(name, encoder, decoder, centre, scale, latent_centre, spread, trained)


def dense_coders(dim: int, hidden: tuple[int, ...], *, n_outputs: int | None = None) -> Coders:
    """Fully connected networks: `hidden` are the encoder's widths, in reverse the decoder's.

    The encoder has `n_outputs` outputs, or `dim`.
    """

    def coders(response_dim: int, weight_rngs: Generators) -> tuple[Network, Network]:
        from lsdm_stats.nets.networks import initial_layers

        outputs = dim if n_outputs is None else n_outputs
        encoder = initial_layers((response_dim, *hidden, outputs), rngs=weight_rngs)
        return encoder, initial_layers((dim, *hidden[::-1], response_dim), rngs=weight_rngs)

    return coders


def _apply(network: Network, inputs: FloatArray) -> FloatArray:
    from lsdm_stats.nets.networks import evaluate

    return evaluate(network, inputs)
