"""Methods by name: cells of the grid of latent spaces and matchers that the literature knows."""

from __future__ import annotations

from dataclasses import replace
from typing import ClassVar, cast

import numpy as np
from numpy.typing import ArrayLike
from pydantic import field_validator

from lsdm_stats.latents import CATALOGUE as LATENTS
from lsdm_stats.latents import HoldoutDim, Identity, VariationalAutoencoder
from lsdm_stats.lsdm.arrays_fit import ArraysFit, StackedFit, StackedMethod, fit_arrays
from lsdm_stats.lsdm.method import LSDM
from lsdm_stats.matchers import EnergyScore, ExactTransport, FlowMatching, ScoreMatching
from lsdm_stats.samples import SemiSupervised
from lsdm_stats.spec import Spec
from lsdm_stats.streams import Generators

_DIMS = (1, 2, 4, 8)  # as in LSDM()


def wgcs(matcher: Spec | None = None) -> LSDM:
    """Wasserstein generative conditional sampler: joint laws matched in W1 in the ambient space, from pairs alone.

    The paper matches by the dual, with a critic (Liu, Zhou, Jiao and Huang, 2021): that is ``wgcs(Critic())``.

    Parameters
    ----------
    matcher : Spec, optional
        What matches in W1; exact transport by default.

    Returns
    -------
    LSDM
        Its spec.

    Examples
    --------
    >>> wgcs().uses_unpaired
    False
    """
    return LSDM(latent=Identity(), matcher=ExactTransport() if matcher is None else matcher)


def engression() -> LSDM:
    """Engression: a generator by the energy score in the ambient space, from pairs alone (Shen and Meinshausen, 2024).

    Returns
    -------
    LSDM
        Its spec.

    Examples
    --------
    >>> engression().matcher.n_draws
    4
    """
    return LSDM(latent=Identity(), matcher=EnergyScore())


def ldm(dim: int | None = None) -> LSDM:
    """Latent diffusion: a variational autoencoder, then score matching in its latent space (Rombach et al., 2022).

    Draws follow the probability flow; the reverse diffusion is ``ScoreMatching(sampler="sde")``.

    Parameters
    ----------
    dim : int, optional
        Latent dimension; where it is not given, each replicate chooses among 1, 2, 4 and 8 by held-out reconstruction.

    Returns
    -------
    LSDM
        Its spec.

    Raises
    ------
    ValueError
        If `dim` is not positive.

    Examples
    --------
    >>> ldm(dim=2).latent.dim
    2
    """
    return LSDM(latent=_variational(dim), matcher=ScoreMatching())


def latent_flow(dim: int | None = None) -> LSDM:
    """Latent flow: a variational autoencoder, then flow matching in its latent space (Dao et al., 2023).

    Stage 1 is that of `ldm`.

    Parameters
    ----------
    dim : int, optional
        Latent dimension, as in `ldm`.

    Returns
    -------
    LSDM
        Its spec.

    Raises
    ------
    ValueError
        If `dim` is not positive.

    Examples
    --------
    >>> latent_flow(dim=2).latent == ldm(dim=2).latent
    True
    """
    return LSDM(latent=_variational(dim), matcher=FlowMatching())


class PairedOnly(Spec):
    """Any method without its unpaired responses: what it does with the n pairs alone.

    Parameters
    ----------
    method : Spec
        A method, such as ``LSDM()``.

    Raises
    ------
    ValueError
        If `method` is no method.

    Examples
    --------
    >>> LSDM().uses_unpaired, PairedOnly(method=LSDM()).uses_unpaired
    (True, False)
    """

    method: Spec
    uses_unpaired: ClassVar[bool] = False

    @field_validator("method")
    @classmethod
    def _is_method(cls, value: Spec) -> Spec:
        is_method = hasattr(value, "fit") and hasattr(value, "uses_unpaired")
        if not is_method or isinstance(value, LATENTS):
            raise ValueError(f"must be a method such as LSDM(); got {type(value).__name__}; put it in LSDM(…)")
        return value

    def fit(self, data: SemiSupervised, *, rngs: Generators) -> StackedFit:
        """Fit the method to the pairs of every replicate, one generator each.

        Raises
        ------
        ValueError
            If the method refuses the data.
        """
        return cast(StackedMethod, cast(object, self.method)).fit(replace(data, unpaired=np.empty(0)), rngs=rngs)

    def fit_arrays(
        self,
        conditions: ArrayLike,
        responses: ArrayLike,
        unpaired: ArrayLike | None = None,
        *,
        rng: np.random.Generator,
    ) -> ArraysFit:
        """Fit to one's own arrays as `LSDM.fit_arrays` does; `unpaired` is checked and dropped."""
        return fit_arrays(self, conditions, responses, unpaired, rng=rng)


def _variational(dim: int | None) -> Spec:
    if dim is not None:
        return VariationalAutoencoder(dim=dim)
    return HoldoutDim(candidates=tuple(VariationalAutoencoder(dim=of) for of in _DIMS))
