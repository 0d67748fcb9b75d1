"""Generated latents moved to the training latents, so that what is decoded was seen before (docs/theory.md, A6)."""

from __future__ import annotations

import math

import numpy as np
from scipy.spatial import KDTree

from lsdm_stats.arrays import FloatArray


def clip_to_training(latents: FloatArray, training: FloatArray, *, radius: float = 0.0) -> FloatArray:
    """Every latent moved to the point nearest to it within a radius of its nearest training latent.

    Parameters
    ----------
    latents : ndarray of shape (R, n, k)
        Generated latents.
    training : ndarray of shape (R, N, k)
        Encoded training responses.
    radius : float
        Largest distance to the nearest training latent afterwards; with 0 it is that latent itself. In the units of
        the latents.

    Returns
    -------
    ndarray of shape (R, n, k)
        Not a number in replicates whose latents or training latents are not finite.

    Raises
    ------
    ValueError
        If the radius is negative or not finite.

    Examples
    --------
    >>> clip_to_training(np.array([[[0.3], [2.0]]]), np.array([[[0.0], [1.0]]]), radius=0.5)
    array([[[0.3],
            [1.5]]])
    """
    if not (math.isfinite(radius) and radius >= 0):
        raise ValueError(f"radius must be finite and at least 0; got {radius!r}; use 0 for the nearest training latent")
    return np.stack([_clip(points, known, radius) for points, known in zip(latents, training, strict=True)])


def distance_to_training(latents: FloatArray, training: FloatArray) -> FloatArray:
    """Distance of every latent ``(R, n, k)`` to its nearest training latent ``(R, N, k)``: shape ``(R, n)``.

    Parameters
    ----------
    latents : ndarray of shape (R, n, k)
        Generated latents.
    training : ndarray of shape (R, N, k)
        Encoded training responses.

    Returns
    -------
    ndarray of shape (R, n)
        In the units of the latents.

    Examples
    --------
    >>> distance_to_training(np.array([[[0.25], [2.0]]]), np.array([[[0.0], [1.0]]]))
    array([[0.25, 1.  ]])
    """
    return np.stack([KDTree(known).query(points)[0] for points, known in zip(latents, training, strict=True)])


def _clip(points: FloatArray, known: FloatArray, radius: float) -> FloatArray:
    if not (np.isfinite(points).all() and np.isfinite(known).all()):
        return np.full_like(points, np.nan)
    distances, nearest = KDTree(known).query(points)
    anchors = known[nearest]
    far = distances > radius
    share = np.divide(radius, distances, out=np.zeros_like(distances), where=far)[:, None]
    return np.where(far[:, None], anchors + share * (points - anchors), points)
