"""A neural autoencoder, one per replicate, trained to its hold-out optimum."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, ClassVar

from annotated_types import Ge

from lsdm_stats.arrays import FloatArray
from lsdm_stats.latents.coders import CoderSpace, dense_coders, fit_coders
from lsdm_stats.nets.rule import Training
from lsdm_stats.spec import Spec
from lsdm_stats.streams import Generators

if TYPE_CHECKING:
    from torch import Tensor

    from lsdm_stats.nets.networks import Network
    from lsdm_stats.nets.training import Batch


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

    def fit(self, responses: FloatArray, *, rngs: Generators) -> CoderSpace:
        """Train on all responses ``(R, N, q)``, one network pair per replicate.

        Raises
        ------
        ValueError
            If `dim` exceeds the response dimension or there are fewer than two responses.
        """
        return fit_coders(
            responses,
            squared_error,
            name="autoencoder",
            dim=self.dim,
            coders=dense_coders(self.dim, self.hidden),
            training=self.training,
            rngs=rngs,
        )


def squared_error(encoder: Network, decoder: Network, batch: Batch) -> Tensor:
    """Mean over a batch and coordinates, ``(R,)``."""
    (rows,) = batch
    return (decoder(encoder(rows)) - rows).square().mean(dim=(1, 2))
