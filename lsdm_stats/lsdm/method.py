"""The two stages, fitted one after the other to a block of replicates."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Annotated, ClassVar, cast

import numpy as np
from annotated_types import Ge
from numpy.typing import ArrayLike
from pydantic import field_validator

from lsdm_stats.arrays import FloatArray
from lsdm_stats.latents import Autoencoder, HoldoutDim, clip_to_training
from lsdm_stats.lsdm.arrays_fit import ArraysFit, fit_arrays
from lsdm_stats.matchers import ExactTransport
from lsdm_stats.samples import LatentMethod, LatentPairs, LatentSampler, LatentSpace, MatchingMethod, SemiSupervised
from lsdm_stats.spec import Spec
from lsdm_stats.streams import Generators, check_rngs


@dataclass(frozen=True)
class FittedLSDM:
    """A fitted latent space and conditional generator for each replicate of a block.

    Parameters
    ----------
    space : LatentSpace
        Stage 1.
    sampler : LatentSampler
        Stage 2.
    training_responses : ndarray of shape (R, N, q)
        What stage 1 was fitted to.
    clip_radius : float, optional
        How far generated latents may be from the nearest training latent.

    Examples
    --------
    >>> from lsdm_stats import PCA, Circle, NearestNeighbours, streams
    >>> truth, method = Circle(width=0.3), LSDM(latent=PCA(dim=2), matcher=NearestNeighbours())
    >>> data = truth.draw(50, 0, rngs=streams.data(1, truth, replicates=range(2)))
    >>> rngs = streams.fit(1, truth, method, replicates=range(2))
    >>> fitted = method.fit(data, rngs=rngs)
    >>> fitted.failures, fitted.sample(data.conditions, rngs=rngs).shape, type(fitted[0]).__name__
    ((None, None), (2, 50, 2), 'ArraysFit')
    """

    space: LatentSpace
    sampler: LatentSampler
    training_responses: FloatArray
    clip_radius: float | None = None

    @property
    def failures(self) -> tuple[str | None, ...]:
        """The reason why a replicate failed (stage 1 first), or None, for each replicate."""
        return tuple(first or second for first, second in zip(self.space.failures, self.sampler.failures, strict=True))

    @cached_property
    def training_latents(self) -> FloatArray:
        """Encoded training responses ``(R, N, k)``."""
        return self.encode(self.training_responses)

    def sample_latents(self, conditions: FloatArray, *, rngs: Generators) -> FloatArray:
        """One generated latent per condition, clipped if so asked: ``(R, n, k)``."""
        latents = self.sampler.sample(conditions, rngs=rngs)
        if self.clip_radius is None:
            return latents
        return clip_to_training(latents, self.training_latents, radius=self.clip_radius)

    def sample(self, conditions: FloatArray, *, rngs: Generators) -> FloatArray:
        """One generated response per condition ``(R, n, p)``: ``(R, n, q)``."""
        return self.decode(self.sample_latents(conditions, rngs=rngs))

    def encode(self, responses: FloatArray) -> FloatArray:
        """Latents of responses."""
        return self.space.encode(responses)

    def decode(self, latents: FloatArray) -> FloatArray:
        """Responses of latents."""
        return self.space.decode(latents)

    def __getitem__(self, replicate: int) -> ArraysFit:
        """The fit of one replicate, without the replicate axis."""
        index = range(len(self.failures))[replicate]
        chosen = FittedLSDM(self.space.select([index]), self.sampler.select([index]),
                            self.training_responses[[index]], self.clip_radius)
        return ArraysFit(chosen)


class LSDM(Spec):
    """Latent space distribution matching (arXiv 2603.04223): a latent space, then a conditional generator in it.

    Stage 1 fits `latent` to all N = n + m responses; stage 2 fits `matcher` to the n encoded pairs alone. With its
    defaults this is the paper's method: an autoencoder whose latent dimension the held-out reconstruction chooses, then
    joint laws matched in W1. Any other latent space or matcher may take their place; `lsdm_stats.lsdm` names some.

    Parameters
    ----------
    latent : Spec
        Stage 1; autoencoders of dimension 1, 2, 4 and 8 by default, of which each replicate takes the smallest that
        reconstructs held-out responses about as well as the best. Where the dimension is known, ``Autoencoder(dim=2)``
        costs a fifth.
    matcher : Spec
        Stage 2; exact transport of joint laws by default.
    clip_radius : float, optional
        Move each generated latent to within this distance of its nearest training latent (0: to that latent), in the
        units of the latents. What is decoded is then near to what stage 1 was trained on: the distance of generated
        responses to their manifold depends on stage 1 alone (docs/theory.md, A6). Without it latents stay as they are.

    Examples
    --------
    >>> import numpy as np
    >>> from lsdm_stats.latents import PCA
    >>> from lsdm_stats.matchers import NearestNeighbours
    >>> rng = np.random.default_rng(0)
    >>> x = rng.uniform(size=100)
    >>> y = np.column_stack([x, x**2, 0 * x])
    >>> fitted = LSDM(latent=PCA(dim=2), matcher=NearestNeighbours()).fit_arrays(x, y, rng=rng)
    >>> fitted.sample([0.2, 0.8], n_draws=50, rng=rng).shape
    (50, 2, 3)
    """

    latent: Spec = HoldoutDim(candidates=tuple(Autoencoder(dim=dim) for dim in (1, 2, 4, 8)))
    matcher: Spec = ExactTransport()
    clip_radius: Annotated[float, Ge(0)] | None = None
    unchanged_at: ClassVar[Mapping[str, object]] = {"clip_radius": None}

    @field_validator("latent")
    @classmethod
    def _is_latent(cls, value: Spec) -> Spec:
        if not (hasattr(value, "fit") and hasattr(value, "uses_unpaired")):
            raise ValueError(
                f"must be a latent space such as Autoencoder(dim=2); got {type(value).__name__}; see lsdm list"
            )
        return value

    @field_validator("matcher")
    @classmethod
    def _is_matcher(cls, value: Spec) -> Spec:
        if not hasattr(value, "fit") or hasattr(value, "uses_unpaired"):
            raise ValueError(f"must be a matcher such as ExactTransport(); got {type(value).__name__}; see lsdm list")
        return value

    @property
    def uses_unpaired(self) -> bool:
        """Whether unpaired responses change the fit."""
        return cast(LatentMethod, cast(object, self.latent)).uses_unpaired

    def fit(self, data: SemiSupervised, *, rngs: Generators) -> FittedLSDM:
        """Fit both stages to every replicate, one generator each.

        Raises
        ------
        ValueError
            If the specs do not fit the data's dimensions or sizes.
        """
        check_rngs(rngs, replicates=data.replicates)
        stage_1, stage_2 = (tuple(child) for child in zip(*(rng.spawn(2) for rng in rngs), strict=True))
        latent = cast(LatentMethod, cast(object, self.latent))
        matcher = cast(MatchingMethod, cast(object, self.matcher))
        training_responses = data.all_responses if self.uses_unpaired else data.responses
        space = latent.fit(training_responses, rngs=stage_1)
        latents = space.encode(data.responses)
        failed = np.array([reason is not None for reason in space.failures])
        latents = np.where(failed[:, None, None], 0.0, latents)  # a failed replicate must not disturb the next stage
        sampler = matcher.fit(LatentPairs(data.conditions, latents, space), rngs=stage_2)
        return FittedLSDM(space, sampler, training_responses, self.clip_radius)

    def fit_arrays(
        self,
        conditions: ArrayLike,
        responses: ArrayLike,
        unpaired: ArrayLike | None = None,
        *,
        rng: np.random.Generator,
    ) -> ArraysFit:
        """Fit to one's own arrays.

        Parameters
        ----------
        conditions : array_like of shape (n, p) or (n,)
            Conditions, brought to the scale of the responses; integers of shape ``(n,)`` are labels.
        responses : array_like of shape (n, q), (n,) or (n, height, width, …)
            Responses; generated ones come back in this shape.
        unpaired : array_like of shape (m, …), optional
            Further responses without a condition.
        rng : Generator
            All randomness of the fit.

        Raises
        ------
        ValueError
            If arrays do not match or are not finite.
        FitError
            If the training diverged.
        """
        return fit_arrays(self, conditions, responses, unpaired, rng=rng)
