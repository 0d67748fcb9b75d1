"""A convolutional autoencoder of images, one per replicate, trained to its hold-out optimum."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, ClassVar

from annotated_types import Ge, MinLen

from lsdm_stats.arrays import FloatArray
from lsdm_stats.latents.autoencoder import squared_error
from lsdm_stats.latents.coders import CoderSpace, fit_coders
from lsdm_stats.nets.rule import Training
from lsdm_stats.spec import Spec
from lsdm_stats.streams import Generators

if TYPE_CHECKING:
    from lsdm_stats.nets.networks import Network


class ConvolutionalAutoencoder(Spec):
    """Autoencoder of grey images with strided convolutions, minimising the mean squared reconstruction error.

    Every convolution (3 x 3, stride 2, SiLU) halves the sides of the image, rounding up; a linear layer leads to the
    latent. The decoder is its mirror image, with transposed convolutions (Masci et al., 2011, ICANN). Hold-out and
    stopping rule are those of `Autoencoder`.

    Parameters
    ----------
    dim : int
        Latent dimension.
    image_shape : tuple of int
        Height and width of the images whose pixels the responses are, row by row.
    channels : tuple of int
        Channels after each convolution.
    training : Training
        Stopping rule.

    Examples
    --------
    >>> ConvolutionalAutoencoder(dim=16, image_shape=(8, 8)).channels
    (16, 32)
    """

    dim: Annotated[int, Ge(1)]
    image_shape: tuple[Annotated[int, Ge(1)], Annotated[int, Ge(1)]]
    channels: Annotated[tuple[Annotated[int, Ge(1)], ...], MinLen(1)] = (16, 32)
    training: Training = Training()
    uses_unpaired: ClassVar[bool] = True

    def fit(self, responses: FloatArray, *, rngs: Generators) -> CoderSpace:
        """Train on all responses ``(R, N, height * width)``, one network pair per replicate.

        Raises
        ------
        ValueError
            If responses have not as many coordinates as the image has pixels, `dim` exceeds that number or there are
            fewer than two responses.
        """
        height, width = self.image_shape
        if responses.shape[-1] != height * width:
            raise ValueError(
                f"image_shape must have as many pixels as a response has coordinates ({responses.shape[-1]}); "
                f"got {height} x {width}; give the shape of the images"
            )

        def coders(response_dim: int, weight_rngs: Generators) -> tuple[Network, Network]:
            from lsdm_stats.nets.convolutions import initial_coders

            return initial_coders(self.image_shape, self.channels, self.dim, rngs=weight_rngs)

        return fit_coders(
            responses,
            squared_error,
            name="convolutional autoencoder",
            dim=self.dim,
            coders=coders,
            training=self.training,
            rngs=rngs,
        )
