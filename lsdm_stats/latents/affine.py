"""Affine latent spaces: the ambient space itself, and principal components."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, ClassVar

import numpy as np
from annotated_types import Ge

from lsdm_stats.arrays import FloatArray, as_stack
from lsdm_stats.spec import Spec
from lsdm_stats.streams import Generators


@dataclass(frozen=True)
class AffineSpace:
    """Encoder ``z = (y - centre) @ directions`` and decoder ``y = centre + z @ directions.T``.

    With orthonormal columns both maps are 1-Lipschitz and ``encode(decode(z)) == z`` (docs/theory.md, A3).

    Parameters
    ----------
    centre : ndarray of shape (R, 1, response_dim)
        Centre of each replicate.
    directions : ndarray of shape (R, response_dim, dim)
        Orthonormal columns of each replicate.

    Examples
    --------
    >>> line = AffineSpace(np.zeros((1, 1, 2)), np.array([[[0.6], [0.8]]]))
    >>> line.decode(line.encode(np.array([[[3.0, 4.0]]]))).round(12).tolist(), line.dim
    ([[[3.0, 4.0]]], 1)
    """

    centre: FloatArray
    directions: FloatArray

    @property
    def dim(self) -> int:
        """Latent dimension."""
        return self.directions.shape[2]

    @property
    def failures(self) -> tuple[str | None, ...]:
        """Nothing can fail."""
        return (None,) * self.directions.shape[0]

    def encode(self, responses: FloatArray) -> FloatArray:
        """Latents ``(R, n, dim)``."""
        return (responses - self.centre) @ self.directions

    def decode(self, latents: FloatArray) -> FloatArray:
        """Responses ``(R, n, response_dim)``."""
        return self.centre + latents @ self.directions.transpose(0, 2, 1)

    def select(self, replicates: Sequence[int]) -> AffineSpace:
        """The spaces of some replicates."""
        index = list(replicates)
        return AffineSpace(self.centre[index], self.directions[index])


class Identity(Spec):
    """The ambient space as latent space: LSDM with it matches conditional laws in the response space itself.

    Examples
    --------
    >>> import numpy as np
    >>> y = np.ones((1, 5, 3))
    >>> bool((Identity().fit(y, rngs=[np.random.default_rng(0)]).encode(y) == y).all())
    True
    """

    uses_unpaired: ClassVar[bool] = False

    def fit(self, responses: FloatArray, *, rngs: Generators) -> AffineSpace:
        """The identity for every replicate; `rngs` are not read."""
        replicates, _, dim = as_stack(responses, "responses").shape
        return AffineSpace(np.zeros((replicates, 1, dim)), np.tile(np.eye(dim), (replicates, 1, 1)))


class PCA(Spec):
    """Principal components about the mean, or about the origin; an isometric linear decoder.

    Parameters
    ----------
    dim : int
        Number of components, at most the response dimension and, about the mean, below the number of responses.
    centred : bool
        Whether components are about the mean. About the origin, fewer responses than `dim` give only as many
        components as there are responses: the latent space is their span.

    Examples
    --------
    >>> import numpy as np
    >>> y = np.random.default_rng(0).normal(size=(2, 50, 3))
    >>> PCA(dim=2).fit(y, rngs=[]).encode(y).shape
    (2, 50, 2)
    """

    dim: Annotated[int, Ge(1)]
    centred: bool = True
    uses_unpaired: ClassVar[bool] = True
    unchanged_at: ClassVar[Mapping[str, object]] = {"centred": True}

    def fit(self, responses: FloatArray, *, rngs: Generators) -> AffineSpace:
        """Leading right singular vectors of each replicate's responses (less their mean); `rngs` are not read.

        Raises
        ------
        ValueError
            If `dim` exceeds the response dimension or, if centred, is not below the number of responses.
        """
        stack = as_stack(responses, "responses")
        check_latent_dim(self.dim, response_dim=stack.shape[2])
        if self.centred and self.dim >= stack.shape[1]:  # n responses span n - 1 directions about their mean
            raise ValueError(
                f"dim must be below the number of responses ({stack.shape[1]}); got {self.dim}; draw more responses"
            )
        centre = stack.mean(axis=1, keepdims=True) if self.centred else np.zeros_like(stack[:, :1])
        components = np.linalg.svd(stack - centre, full_matrices=False)[2][:, : self.dim, :]
        leading = np.take_along_axis(components, np.abs(components).argmax(axis=2, keepdims=True), axis=2)
        return AffineSpace(centre, (components * np.sign(leading)).transpose(0, 2, 1))


def check_latent_dim(dim: int, *, response_dim: int) -> None:
    """Refuse a latent space that is larger than the response space."""
    if dim > response_dim:
        raise ValueError(f"latent dim must be in [1, {response_dim}] (the response dimension); got {dim}; lower it")
