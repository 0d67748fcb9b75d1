"""A fit to one's own arrays: no replicate axis, labels and images as they came."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import ArrayLike, NDArray

from lsdm_stats.arrays import FloatArray, as_points, check_count
from lsdm_stats.samples import ConditionalSampler, FitError, SemiSupervised


class StackedFit(ConditionalSampler, Protocol):
    """A fit with a replicate axis."""

    @property
    def failures(self) -> tuple[str | None, ...]:
        """The reason why a replicate failed, or None, for each replicate."""
        ...


@dataclass(frozen=True)
class LabelCode:
    """One-hot code of labels, any two of them at the same distance.

    That distance is at least the diameter of the responses, so that optimal transport of joint laws never pairs
    different labels (docs/theory.md, A4).

    Parameters
    ----------
    labels : ndarray of shape (n_labels,)
        Known labels in order.
    distance : float
        Distance between the codes of two labels.
    """

    labels: NDArray[np.int64]
    distance: float

    def encode(self, labels: NDArray[np.int64]) -> FloatArray:
        """Codes ``(n, n_labels)``.

        Raises
        ------
        ValueError
            If a label was not among those of the training data.
        """
        position = np.searchsorted(self.labels, labels).clip(max=len(self.labels) - 1)
        unknown = self.labels[position] != labels
        if unknown.any():
            raise ValueError(
                f"labels must be among those of the training data {self.labels.tolist()}; "
                f"got {labels[unknown][0]}; drop it or train with it"
            )
        return np.eye(len(self.labels))[position] * (self.distance / np.sqrt(2))


@dataclass(frozen=True)
class ArraysFit:
    """A conditional sampler fitted to arrays.

    Parameters
    ----------
    stacked : StackedFit
        The fit, with a replicate axis of length one.
    response_shape : tuple of int, optional
        Shape of one response; a vector where not given.
    label_code : LabelCode, optional
        How labels become conditions.

    Raises
    ------
    FitError
        If the fit failed.
    """

    stacked: StackedFit
    response_shape: tuple[int, ...] | None = None
    label_code: LabelCode | None = None

    def __post_init__(self) -> None:
        reason = self.stacked.failures[0]
        if reason is not None:
            raise FitError(reason)

    def sample(self, conditions: ArrayLike, n_draws: int | None = None, *, rng: np.random.Generator) -> FloatArray:
        """Generated responses ``(n, …)``, or ``(n_draws, n, …)`` when `n_draws` is given.

        Parameters
        ----------
        conditions : array_like of shape (n, p) or (n,)
            Conditions or labels, as in the training data.
        n_draws : int, optional
            Draws per condition.
        rng : Generator
            Randomness of the draws.

        Raises
        ------
        ValueError
            If the conditions do not match those of the training data.
        """
        encoded = _encode_conditions(conditions, self.label_code)
        count = 1 if n_draws is None else check_count(n_draws, "n_draws")
        drawn = self.stacked.sample(np.tile(encoded, (count, 1))[None], rngs=(rng,))[0]
        shape = self.response_shape if self.response_shape is not None else drawn.shape[1:]
        return drawn.reshape(*((len(encoded),) if n_draws is None else (count, len(encoded))), *shape)


@dataclass(frozen=True)
class PreparedArrays:
    """A person's arrays as one replicate of semi-supervised data, and how to turn draws back.

    Parameters
    ----------
    data : SemiSupervised
        Conditions, responses and unpaired responses with a replicate axis of length one.
    response_shape : tuple of int
        Shape of one response.
    label_code : LabelCode, optional
        How labels became conditions.
    """

    data: SemiSupervised
    response_shape: tuple[int, ...]
    label_code: LabelCode | None


def prepare_arrays(conditions: ArrayLike, responses: ArrayLike, unpaired: ArrayLike | None) -> PreparedArrays:
    """Check arrays, flatten responses and encode labels; see `LSDM.fit_arrays`."""
    flat, shape = _flatten(responses, "responses")
    more = np.empty((0, flat.shape[1]))
    if unpaired is not None and len(np.asarray(unpaired)):
        more, unpaired_shape = _flatten(unpaired, "unpaired")
        if unpaired_shape != shape:
            raise ValueError(
                f"unpaired must have responses of shape {shape}; got {unpaired_shape}; match the responses"
            )
    code = _label_code(conditions, flat)
    encoded = _encode_conditions(conditions, code)
    return PreparedArrays(SemiSupervised(encoded[None], flat[None], more[None]), shape, code)


def _flatten(responses: ArrayLike, name: str) -> tuple[FloatArray, tuple[int, ...]]:
    array = np.asarray(responses)
    if array.ndim == 0:
        raise ValueError(f"{name} must have shape (n, …), observations first; got a scalar; pass an array")
    return as_points(array.reshape(len(array), -1) if array.ndim > 1 and array.size else array, name), array.shape[1:]


def _label_code(conditions: ArrayLike, responses: FloatArray) -> LabelCode | None:
    array = np.asarray(conditions)
    if array.ndim != 1 or not np.issubdtype(array.dtype, np.integer):
        return None
    radius = float(np.linalg.norm(responses - responses.mean(axis=0), axis=1).max())
    return LabelCode(np.unique(array).astype(np.int64), 2 * radius if radius > 0 else 1.0)


def _encode_conditions(conditions: ArrayLike, code: LabelCode | None) -> FloatArray:
    if code is None:
        return as_points(conditions, "conditions")
    labels = np.asarray(conditions)
    if labels.ndim != 1 or not np.issubdtype(labels.dtype, np.integer):
        raise ValueError(
            f"conditions must be integer labels of shape (n,), as in the training data; got {labels.dtype} of shape "
            f"{labels.shape}; pass labels"
        )
    if not len(labels):
        raise ValueError("conditions must have at least one label; got none; pass at least one")
    return code.encode(labels.astype(np.int64))
