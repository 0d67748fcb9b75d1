"""The latent dimension chosen by reconstruction of held-out responses, per replicate."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Annotated, Protocol, cast

import numpy as np
from annotated_types import Ge, Gt, Lt
from pydantic import field_validator

from lsdm_stats.arrays import FloatArray, IntArray, as_stack
from lsdm_stats.samples import LatentMethod, LatentSpace
from lsdm_stats.spec import Spec
from lsdm_stats.streams import Generators, check_rngs


class _Sized(Protocol):
    @property
    def dim(self) -> int: ...


@dataclass(frozen=True)
class ChosenSpace:
    """A block of latent spaces, each of its own dimension, as one of the largest dimension that might be chosen.

    Latents fill the first coordinates; the others are zero when encoded and ignored when decoded. The width thus does
    not depend on what other replicates chose.

    Parameters
    ----------
    spaces : tuple of (int, LatentSpace)
        Position of each candidate that some replicate chose, and its fit to every replicate of the block.
    chosen : ndarray of shape (R,)
        Position of the candidate that each replicate chose.
    errors : ndarray of shape (R, n_candidates)
        Held-out mean squared error, as a share of the variance of the held-out responses; infinite for a failed fit.
    dim : int
        Largest dimension of the candidates that were tried.
    """

    spaces: tuple[tuple[int, LatentSpace], ...]
    chosen: IntArray
    errors: FloatArray
    dim: int

    @property
    def dims(self) -> tuple[int, ...]:
        """Dimension that each replicate chose."""
        known = {position: space.dim for position, space in self.spaces}
        return tuple(known[int(position)] for position in self.chosen)

    @property
    def failures(self) -> tuple[str | None, ...]:
        """Reasons of replicates whose chosen space failed."""
        known = {position: space.failures for position, space in self.spaces}
        return tuple(known[int(position)][replicate] for replicate, position in enumerate(self.chosen))

    def encode(self, responses: FloatArray) -> FloatArray:
        """Latents ``(R, n, dim)``, zero beyond the dimension that a replicate chose."""
        latents = np.zeros((*responses.shape[:2], self.dim))
        for position, space in self.spaces:
            mine = self.chosen == position
            latents[mine, :, : space.dim] = space.encode(responses)[mine]
        return latents

    def decode(self, latents: FloatArray) -> FloatArray:
        """Responses ``(R, n, response_dim)``; coordinates beyond the dimension that a replicate chose are not read."""
        decoded = [space.decode(latents[:, :, : space.dim]) for _, space in self.spaces]
        of = {position: place for place, (position, _) in enumerate(self.spaces)}
        return np.stack([decoded[of[int(position)]][replicate] for replicate, position in enumerate(self.chosen)])

    def select(self, replicates: Sequence[int]) -> ChosenSpace:
        """The spaces of some replicates."""
        index = list(replicates)
        chosen = self.chosen[index]
        spaces = tuple((position, space.select(index)) for position, space in self.spaces if position in chosen)
        return ChosenSpace(spaces, chosen, self.errors[index], self.dim)


class HoldoutDim(Spec):
    """The smallest latent space that reconstructs held-out responses about as well as the best one.

    Each candidate is fitted to a part of the responses and judged on the others, per replicate; the first one whose
    mean squared error is within `slack` of the smallest is fitted again, to all responses. The slack is a share of the
    variance of the held-out responses: what a further dimension must explain of it to be worth having. It should be
    above what noise contributes per dimension, since a larger space also reconstructs noise. Replicates may choose
    differently: their latents are padded by zeros to the largest dimension among the candidates tried, a width that
    does not depend on the choices.

    Parameters
    ----------
    candidates : tuple of Spec
        Latent spaces with a field `dim`, which increases from one to the next. Those with more dimensions than the
        responses have are left out, so that one choice of candidates serves all data; the smallest is always tried.
    slack : float
        Largest excess of the held-out error over the smallest, as a share of the variance.
    holdout : float
        Share of the responses that is held out, in (0, 0.5]; never fewer than one.
    max_holdout : int
        Largest number of held-out responses.

    Notes
    -----
    A fit costs one of each candidate and one more of each that some replicate of the block chose.

    Examples
    --------
    >>> from lsdm_stats.latents import PCA
    >>> y = np.random.default_rng(0).normal(size=(2, 60, 4)) * [3, 2, 0.1, 0.1]
    >>> method = HoldoutDim(candidates=tuple(PCA(dim=k) for k in (1, 2, 3)))
    >>> method.fit(y, rngs=[np.random.default_rng(r) for r in range(2)]).dims
    (2, 2)
    """

    candidates: tuple[Spec, ...]
    slack: Annotated[float, Ge(0)] = 0.05
    holdout: Annotated[float, Gt(0), Lt(0.500001)] = 0.15
    max_holdout: Annotated[int, Ge(1)] = 2_000

    @field_validator("candidates")
    @classmethod
    def _are_sized_latents(cls, value: tuple[Spec, ...]) -> tuple[Spec, ...]:
        for candidate in value:
            if not all(hasattr(candidate, name) for name in ("fit", "uses_unpaired", "dim")):
                raise ValueError(
                    f"must be latent spaces with a dim such as Autoencoder(dim=2); got {type(candidate).__name__}; "
                    "leave it out"
                )
        dims = _dims(value)
        if not dims or any(first >= second for first, second in pairwise(dims)):
            raise ValueError(f"must be of increasing dim, at least one; got dims {dims}; sort them")
        return value

    @property
    def uses_unpaired(self) -> bool:
        """Whether unpaired responses change the fit: if they change that of any candidate."""
        return any(method.uses_unpaired for method in _methods(self.candidates))

    def fit(self, responses: FloatArray, *, rngs: Generators) -> ChosenSpace:
        """Choose a candidate for every replicate by held-out responses, and fit it to all responses ``(R, N, q)``.

        Raises
        ------
        ValueError
            If there are fewer than two responses, or a candidate refuses the training part of the responses; the
            smallest does where its dimension exceeds that of the responses.
        """
        stack = as_stack(responses, "responses")
        replicates, n, q = stack.shape
        check_rngs(rngs, replicates=replicates)
        if n < 2:
            raise ValueError(f"a hold-out choice must have at least 2 responses; got {n}; draw more")
        dims = _dims(self.candidates)
        n_fitting = max(1, sum(dim <= q for dim in dims))
        methods, dims = _methods(self.candidates)[:n_fitting], dims[:n_fitting]
        n_held = min(max(1, round(self.holdout * n)), self.max_holdout, n - 1)
        split_rngs, *fit_rngs = zip(*(rng.spawn(1 + 2 * len(methods)) for rng in rngs), strict=True)
        orders = np.stack([rng.permutation(n) for rng in split_rngs])[:, :, None]
        held = np.take_along_axis(stack, orders[:, :n_held], axis=1)
        kept = np.take_along_axis(stack, orders[:, n_held:], axis=1)

        tried = [method.fit(kept, rngs=own) for method, own in zip(methods, fit_rngs[: len(methods)], strict=True)]
        errors = np.stack([_held_out_error(space, held) for space in tried], axis=1)
        chosen = _first_within(errors, self.slack)
        # Every replicate is fitted again with each chosen candidate: how blocks are made then depends on no choice of
        # others beyond which fits are looked at, and replicates stay independent to the bit.
        spaces = tuple(
            (int(position), methods[position].fit(stack, rngs=fit_rngs[len(methods) + position]))
            for position in np.unique(chosen)
        )
        return ChosenSpace(spaces, chosen, errors, dims[-1])


def _methods(candidates: tuple[Spec, ...]) -> tuple[LatentMethod, ...]:
    return cast(tuple[LatentMethod, ...], cast(object, candidates))


def _dims(candidates: tuple[Spec, ...]) -> tuple[int, ...]:
    return tuple(sized.dim for sized in cast(tuple[_Sized, ...], cast(object, candidates)))


def _held_out_error(space: LatentSpace, held: FloatArray) -> FloatArray:
    """Mean squared error per replicate as a share of the variance; infinite where the fit failed."""
    squared = ((space.decode(space.encode(held)) - held) ** 2).mean(axis=(1, 2))
    variance = held.var(axis=1).mean(axis=1)
    errors = squared / np.where(variance > 0, variance, 1.0)
    failed = np.array([reason is not None for reason in space.failures])
    return np.where(failed | ~np.isfinite(errors), np.inf, errors)


def _first_within(errors: FloatArray, slack: float) -> IntArray:
    """Position of the first error within the slack of the smallest; the first of all where none is finite."""
    return (errors <= errors.min(axis=1, keepdims=True) + slack).argmax(axis=1)
