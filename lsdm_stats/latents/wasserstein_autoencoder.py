"""A Wasserstein autoencoder, one per replicate: encoded responses pulled to a normal law as a whole."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, ClassVar

from annotated_types import Ge, Gt

from lsdm_stats.arrays import FloatArray
from lsdm_stats.latents.coders import CoderSpace, dense_coders, fit_coders
from lsdm_stats.nets.rule import Training
from lsdm_stats.spec import Spec
from lsdm_stats.streams import Generators

if TYPE_CHECKING:
    from torch import Tensor

    from lsdm_stats.nets.networks import Network
    from lsdm_stats.nets.training import Batch


class WassersteinAutoencoder(Spec):
    r"""Encoder and decoder that minimise squared error plus a distance of the encoded law to N(0, I).

    Tolstikhin et al. (2018, WAE-MMD): the encoder is deterministic, and the penalty is the squared maximum mean
    discrepancy with their inverse multiquadratic kernel. It was taken, and not the sliced Wasserstein distance, since
    its estimate in batches has no bias, for any batch size; plug-in transport distances pull batches together. The
    normal law is integrated rather than drawn (`lsdm_stats.nets.priors.mmd_to_normal`).

    Parameters
    ----------
    dim : int
        Latent dimension.
    hidden : tuple of int
        Widths of the encoder's hidden layers; the decoder has them in reverse.
    penalty : float
        Weight of the penalty against the mean squared error, in shares of the variance of the responses.
    training : Training
        Stopping rule; the hold-out score is what is minimised.

    Examples
    --------
    >>> WassersteinAutoencoder(dim=2).hidden
    (64, 64)
    """

    dim: Annotated[int, Ge(1)]
    hidden: tuple[Annotated[int, Ge(1)], ...] = (64, 64)
    penalty: Annotated[float, Gt(0)] = 0.1
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
            self._penalised_error,
            name="Wasserstein autoencoder",
            dim=self.dim,
            coders=dense_coders(self.dim, self.hidden),
            training=self.training,
            rngs=rngs,
        )

    def _penalised_error(self, encoder: Network, decoder: Network, batch: Batch) -> Tensor:
        from lsdm_stats.nets.priors import mmd_to_normal

        (rows,) = batch
        latents = encoder(rows)
        return (decoder(latents) - rows).square().mean(dim=(1, 2)) + self.penalty * mmd_to_normal(latents)
