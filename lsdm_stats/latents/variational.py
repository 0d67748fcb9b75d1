"""A variational autoencoder, one per replicate: the first stage of latent diffusion."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Annotated, ClassVar

import numpy as np
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

_SCORE_DRAWS = 8  # posterior draws per held-out response
_LEAST_VARIANCE = 1e-8  # of the decoder, in shares of the responses' variance: below the resolution of the networks


class VariationalAutoencoder(Spec):
    r"""Encoder and decoder that minimise the negative evidence lower bound (Kingma and Welling, 2014).

    Given a response y, the latent law is normal with the encoder's mean and diagonal covariance; given a latent, the
    response is normal with the decoder's mean and covariance v I. With response dimension q, minimised is

    .. math:: \tfrac12\log v+\frac{\mathrm E\|y-D(z)\|^2}{2qv}+\frac{\beta}{q}\,\mathrm{KL}(q(z\mid y)\,|\,N(0,I)),

    the bound per coordinate. Encoding gives the posterior mean, decoding the decoder's mean. A coordinate that the
    bound does not pay for carries no information: its mean is nearly the same for all responses.

    Parameters
    ----------
    dim : int
        Latent dimension.
    hidden : tuple of int
        Widths of the encoder's hidden layers; the decoder has them in reverse.
    weight : float
        Weight β of the divergence; with 1 the bound is one of the likelihood.
    variance : float, optional
        Decoder variance v in shares of the variance of the responses (their mean square per coordinate about the
        mean). By default it is learnt: at every step v is the mean squared error, which minimises the bound given the
        networks (Rybkin, Daniilidis and Levine, 2021), so that no weight need be chosen for data with little noise.
    training : Training
        Stopping rule; the hold-out score is the same bound with several posterior draws per response, drawn once.

    Notes
    -----
    Without hidden layers and at the optimum this is probabilistic PCA (Lucas et al., 2019): the reconstruction shrinks
    the component of eigenvalue λ by the factor 1 − v/λ.

    Examples
    --------
    >>> VariationalAutoencoder(dim=2).weight
    1.0
    """

    dim: Annotated[int, Ge(1)]
    hidden: tuple[Annotated[int, Ge(1)], ...] = (64, 64)
    weight: Annotated[float, Ge(0)] = 1.0
    variance: Annotated[float, Gt(0)] | None = None
    training: Training = Training()
    uses_unpaired: ClassVar[bool] = True

    def fit(self, responses: FloatArray, *, rngs: Generators) -> CoderSpace:
        """Train on all responses ``(R, N, q)``, one network pair per replicate.

        Raises
        ------
        ValueError
            If `dim` exceeds the response dimension or there are fewer than two responses.
        """
        dim = self.dim

        def draws(rng: np.random.Generator, n: int) -> FloatArray:
            return rng.standard_normal((n, 1, dim))

        def score_draws(rng: np.random.Generator, n: int) -> FloatArray:
            return rng.standard_normal((n, _SCORE_DRAWS, dim))

        return fit_coders(
            responses,
            self._negative_bound,
            name="variational autoencoder",
            dim=dim,
            coders=dense_coders(dim, self.hidden, n_outputs=2 * dim),
            training=self.training,
            rngs=rngs,
            noise=draws,
            score_noise=score_draws,
        )

    def _negative_bound(self, encoder: Network, decoder: Network, batch: Batch) -> Tensor:
        from lsdm_stats.nets.priors import kl_to_normal

        rows, noise = batch
        means, log_variances = encoder(rows).chunk(2, dim=2)
        draws = means[:, :, None] + (0.5 * log_variances).exp()[:, :, None] * noise
        errors = decoder(draws.flatten(1, 2)).unflatten(1, draws.shape[1:3]) - rows[:, :, None]
        mean_square = errors.square().mean(dim=(1, 2, 3))
        if self.variance is None:
            fidelity = 0.5 * (mean_square + _LEAST_VARIANCE).log() + 0.5
        else:
            fidelity = 0.5 * math.log(self.variance) + mean_square / (2 * self.variance)
        return fidelity + self.weight / rows.shape[2] * kl_to_normal(means, log_variances)
