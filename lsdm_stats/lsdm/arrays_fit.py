"""A fit to one's own arrays: no replicate axis, labels and images as they came."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from numpy.typing import ArrayLike, NDArray

from lsdm_stats.arrays import FloatArray, as_points, check_count
from lsdm_stats.samples import ConditionalSampler, FitError, SemiSupervised
from lsdm_stats.streams import Generators, check_rng


class StackedFit(ConditionalSampler, Protocol):
    """A fit with a replicate axis."""

    @property
    def failures(self) -> tuple[str | None, ...]:
        """The reason why a replicate failed, or None, for each replicate."""
        ...


class StackedMethod(Protocol):
    """A method that fits a block of replicates."""

    def fit(self, data: SemiSupervised, *, rngs: Generators) -> StackedFit:
        """Fit to every replicate, one generator each."""
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

    def encode(self, conditions: ArrayLike) -> FloatArray:
        """Codes ``(n, n_labels)`` of labels ``(n,)``.

        Raises
        ------
        ValueError
            If they are not labels, or one was not among those of the training data.
        """
        labels = np.asarray(conditions)
        if labels.ndim == 1 and not labels.size:
            raise ValueError("conditions must have at least one label; got none; pass at least one")
        if not _are_labels(labels):
            raise ValueError(
                f"conditions must be integer labels of shape (n,), as in training; got {labels.dtype} of shape "
                f"{labels.shape}; pass labels"
            )
        position = np.searchsorted(self.labels, labels).clip(max=len(self.labels) - 1)
        unknown = self.labels[position] != labels
        if unknown.any():
            raise ValueError(
                f"labels must be among those of the training data {self.labels.tolist()}; "
                f"got {labels[unknown][0]}; drop it or train with it"
            )
        return np.eye(len(self.labels))[position] * (self.distance / np.sqrt(2))


@dataclass(frozen=True)
class VectorCode:
    """Conditions in units in which they vary as much as the responses.

    The joint metric adds distances of conditions and of responses: if conditions came in much larger units, matching
    would pair every condition with itself and learn no spread; in much smaller ones it would ignore them.

    Parameters
    ----------
    factor : float
        What conditions are multiplied by.
    """

    factor: float

    def encode(self, conditions: ArrayLike) -> FloatArray:
        """Scaled conditions ``(n, p)``."""
        return self.factor * as_points(conditions, "conditions")


@dataclass(frozen=True)
class ArraysFit:
    """A conditional sampler fitted to arrays.

    Parameters
    ----------
    stacked : StackedFit
        The fit, with a replicate axis of length one.
    response_shape : tuple of int, optional
        Shape of one response; a vector where not given.
    code : LabelCode or VectorCode
        How a person's conditions become those of the fit; as they are by default.

    Raises
    ------
    FitError
        If the fit failed.

    Examples
    --------
    >>> from lsdm_stats import LSDM, PCA, NearestNeighbours
    >>> rng = np.random.default_rng(1)
    >>> images = rng.random((60, 4, 4))
    >>> fitted = LSDM(latent=PCA(dim=2), matcher=NearestNeighbours()).fit_arrays(np.arange(60) % 3, images, rng=rng)
    >>> fitted.sample([0, 2], n_draws=10, rng=rng).shape
    (10, 2, 4, 4)
    """

    stacked: StackedFit
    response_shape: tuple[int, ...] | None = None
    code: LabelCode | VectorCode = VectorCode(1.0)

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
        encoded = self.code.encode(conditions)
        count = 1 if n_draws is None else check_count(n_draws, "n_draws")
        drawn = self.stacked.sample(np.tile(encoded, (count, 1))[None], rngs=(check_rng(rng),))[0]
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
    code : LabelCode or VectorCode
        How conditions were encoded.
    """

    data: SemiSupervised
    response_shape: tuple[int, ...]
    code: LabelCode | VectorCode


def fit_arrays(
    method: StackedMethod,
    conditions: ArrayLike,
    responses: ArrayLike,
    unpaired: ArrayLike | None = None,
    *,
    rng: np.random.Generator,
) -> ArraysFit:
    """Fit a method of blocks to one's own arrays; see `LSDM.fit_arrays`."""
    arrays = prepare_arrays(conditions, responses, unpaired)
    return ArraysFit(method.fit(arrays.data, rngs=(check_rng(rng),)), arrays.response_shape, arrays.code)


def prepare_arrays(conditions: ArrayLike, responses: ArrayLike, unpaired: ArrayLike | None) -> PreparedArrays:
    """Check arrays, flatten responses and encode conditions; see `LSDM.fit_arrays`."""
    flat, shape = _flatten(responses, "responses")
    more = np.empty((0, flat.shape[1]))
    if unpaired is not None and np.size(unpaired):
        more, unpaired_shape = _flatten(unpaired, "unpaired")
        if unpaired_shape != shape:
            raise ValueError(
                f"unpaired must have responses of shape {shape}; got {unpaired_shape}; match the responses"
            )
    code = _code_of(conditions, flat)
    return PreparedArrays(SemiSupervised(code.encode(conditions)[None], flat[None], more[None]), shape, code)


def _flatten(responses: ArrayLike, name: str) -> tuple[FloatArray, tuple[int, ...]]:
    try:
        array = np.asarray(responses)
    except ValueError:  # ragged: let the validator of arrays say so
        return as_points(responses, name), ()
    if array.ndim == 0:
        raise ValueError(f"{name} must have shape (n, …), observations first; got a scalar; pass an array")
    return as_points(array.reshape(len(array), -1) if array.ndim > 1 and array.size else array, name), array.shape[1:]


def _are_labels(conditions: NDArray[Any]) -> bool:
    return conditions.ndim == 1 and bool(np.issubdtype(conditions.dtype, np.integer))


def _code_of(conditions: ArrayLike, responses: FloatArray) -> LabelCode | VectorCode:
    spread = responses - responses.mean(axis=0)
    try:
        labels = np.asarray(conditions)
    except ValueError:
        labels = np.empty((0, 0))
    if _are_labels(labels):
        diameter = 2 * float(np.linalg.norm(spread, axis=1).max())
        return LabelCode(np.unique(labels).astype(np.int64), diameter if diameter > 0 else 1.0)
    if labels.dtype.kind in "US" or any(isinstance(value, str) for value in labels.flat if labels.dtype.kind == "O"):
        raise ValueError(
            "conditions must be an array of real numbers or of whole labels; got strings; "
            "number them by names, labels = np.unique(names, return_inverse=True)"
        )
    points = as_points(conditions, "conditions")
    own, wanted = float(points.std(axis=0).max()), float(np.sqrt((spread**2).sum(axis=1).mean()))
    return VectorCode(wanted / own if own > 0 and wanted > 0 else 1.0)
