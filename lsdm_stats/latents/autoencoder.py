"""A neural autoencoder, one per replicate, trained to its hold-out optimum."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, ClassVar

import numpy as np
from annotated_types import Ge

from lsdm_stats.arrays import FloatArray, as_stack
from lsdm_stats.latents.affine import check_latent_dim
from lsdm_stats.nets.rule import Training
from lsdm_stats.spec import Spec
from lsdm_stats.streams import Generators

if TYPE_CHECKING:
    from lsdm_stats.nets.networks import Layers
    from lsdm_stats.nets.training import Trained


@dataclass(frozen=True)
class AutoencoderSpace:
    """Fitted encoders and decoders of a block of replicates.

    Networks see responses less their mean over their root mean square, both per replicate; latents are shifted and
    scaled so that they have mean zero and the root mean square of the responses, which makes distances comparable.
    """

    encoder: Layers
    decoder: Layers
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
        return tuple(None if reason is None else f"autoencoder: {reason}" for reason in self.training.failures)

    def encode(self, responses: FloatArray) -> FloatArray:
        """Latents ``(R, n, dim)``."""
        raw = _apply(self.encoder, (responses - self.centre) / self.scale)
        return (raw - self.latent_centre) * (self.scale / self.latent_scale)

    def decode(self, latents: FloatArray) -> FloatArray:
        """Responses ``(R, n, response_dim)``."""
        raw = latents * (self.latent_scale / self.scale) + self.latent_centre
        return self.centre + self.scale * _apply(self.decoder, raw)

    def select(self, replicates: Sequence[int]) -> AutoencoderSpace:
        """The spaces of some replicates."""
        index = list(replicates)
        return AutoencoderSpace(
            self.encoder.select(index),
            self.decoder.select(index),
            self.centre[index],
            self.scale[index],
            self.latent_centre[index],
            self.latent_scale[index],
            self.training.select(index),
        )


class Autoencoder(Spec):
    """Encoder and decoder with fully connected hidden layers, minimising the mean squared reconstruction error.

    Parameters
    ----------
    dim : int
        Latent dimension.
    hidden : tuple of int
        Widths of the encoder's hidden layers; the decoder has them in reverse.
    training : Training
        Stopping rule.

    Examples
    --------
    >>> Autoencoder(dim=2).hidden
    (64, 64)
    """

    dim: Annotated[int, Ge(1)]
    hidden: tuple[Annotated[int, Ge(1)], ...] = (64, 64)
    training: Training = Training()
    uses_unpaired: ClassVar[bool] = True

    def fit(self, responses: FloatArray, *, rngs: Generators) -> AutoencoderSpace:
        """Train on all responses ``(R, N, q)``, one network pair per replicate.

        Raises
        ------
        ValueError
            If `dim` exceeds the response dimension or there are fewer than two responses.
        """
        from lsdm_stats.nets.networks import initial_layers, one_thread
        from lsdm_stats.nets.training import Batch, Tensor, train

        stack = as_stack(responses, "responses", replicates=len(rngs))
        check_latent_dim(self.dim, response_dim=stack.shape[2])
        centre = stack.mean(axis=1, keepdims=True)
        scale = np.sqrt(((stack - centre) ** 2).mean(axis=(1, 2), keepdims=True))
        scale = np.where(scale > 0, scale, 1.0)

        weight_rngs, training_rngs = (tuple(child) for child in zip(*(rng.spawn(2) for rng in rngs), strict=True))
        widths = (stack.shape[2], *self.hidden, self.dim)
        encoder = initial_layers(widths, rngs=weight_rngs)
        decoder = initial_layers(widths[::-1], rngs=weight_rngs)

        def squared_error(batch: Batch) -> Tensor:
            (rows,) = batch
            return (decoder(encoder(rows)) - rows).square().mean(dim=(1, 2))

        with one_thread():
            trained = train(
                [*encoder.tensors, *decoder.tensors],
                [(stack - centre) / scale],
                loss=squared_error,
                score=squared_error,
                rule=self.training,
                rngs=training_rngs,
            )
        raw = _apply(encoder, (stack - centre) / scale)
        latent_centre = raw.mean(axis=1, keepdims=True)
        spread = np.sqrt(((raw - latent_centre) ** 2).sum(axis=2, keepdims=True).mean(axis=1, keepdims=True))
        spread = np.where(spread > 0, spread, 1.0) / np.sqrt(stack.shape[2])
        return AutoencoderSpace(encoder, decoder, centre, scale, latent_centre, spread, trained)


def _apply(layers: Layers, inputs: FloatArray) -> FloatArray:
    from lsdm_stats.nets.networks import evaluate

    return evaluate(layers, inputs)
