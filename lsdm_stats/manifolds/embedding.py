"""Isometric linear embeddings of a low-dimensional space."""

from __future__ import annotations

from functools import cache

import numpy as np

from lsdm_stats.arrays import FloatArray, read_only


@cache
def embedding_matrix(base_dim: int, ambient_dim: int, embedding_seed: int) -> FloatArray:
    """Orthonormal columns ``(ambient_dim, base_dim)``, uniformly distributed over such matrices.

    Parameters
    ----------
    base_dim, ambient_dim : int
        Dimensions of both spaces.
    embedding_seed : int
        Seed; the same seed gives the same columns.

    Returns
    -------
    ndarray of shape (ambient_dim, base_dim)
        Read-only.

    Raises
    ------
    ValueError
        If the ambient dimension is below the base dimension.

    Examples
    --------
    >>> q = embedding_matrix(2, 5, 0)
    >>> bool(np.allclose(q.T @ q, np.eye(2)))
    True
    """
    check_ambient_dim(base_dim, ambient_dim)
    rng = np.random.default_rng(np.random.SeedSequence([embedding_seed, ambient_dim, base_dim]))
    orthonormal, triangular = np.linalg.qr(rng.standard_normal((ambient_dim, base_dim)))
    return read_only(orthonormal * np.sign(np.diag(triangular)))


def combine(coordinates: FloatArray, columns: FloatArray) -> FloatArray:
    """``coordinates @ columns.T``, row by row the same to the bit however many rows there are.

    Matrix products round differently for different shapes; a smaller sample could not be a prefix of a larger one.

    Parameters
    ----------
    coordinates : ndarray of shape (..., base_dim)
        Coordinates in the base space.
    columns : ndarray of shape (ambient_dim, base_dim)
        Images of the axes.

    Returns
    -------
    ndarray of shape (..., ambient_dim)
        Points of the ambient space.

    Examples
    --------
    >>> combine(np.array([[1.0, 2.0]]), np.eye(3, 2))
    array([[1., 2., 0.]])
    """
    total = coordinates[..., :1] * columns[:, 0]
    for column in range(1, columns.shape[1]):
        total = total + coordinates[..., column : column + 1] * columns[:, column]
    return total


def check_ambient_dim(base_dim: int, ambient_dim: int) -> None:
    """Refuse an ambient space that is too small."""
    if ambient_dim < base_dim:
        raise ValueError(f"ambient_dim must be at least {base_dim}; got {ambient_dim}; raise it")


def off_plane_squared(points: FloatArray, base: FloatArray, embedding: FloatArray) -> FloatArray:
    """Squared distance of points to the embedded space, where `base` are their coordinates in it."""
    return ((points - base @ embedding.T) ** 2).sum(axis=-1)
