"""Similarity of two images: peak signal-to-noise ratio and structural similarity, for stacks of images at once."""

from __future__ import annotations

import numpy as np
import scipy

from lsdm_stats.arrays import FloatArray

WINDOW = 7  # side of the windows of structural similarity, scikit-image's default
_STABILISERS = 0.01**2, 0.03**2  # Wang et al. (2004), section III.B, for a data range of 1


def psnr(images: FloatArray, references: FloatArray) -> FloatArray:
    """Peak signal-to-noise ratio ``(…)`` in decibel of images ``(…, h, w)`` with peak 1; infinite for equal ones.

    Examples
    --------
    >>> round(float(psnr(np.full((2, 2), 0.6), np.full((2, 2), 0.5))), 6)
    20.0
    """
    with np.errstate(divide="ignore"):
        return -10 * np.log10(np.mean((images - references) ** 2, axis=(-2, -1)))


def ssim(images: FloatArray, references: FloatArray) -> FloatArray:
    """Mean structural similarity ``(…)`` of images ``(…, h, w)``, data range 1 (Wang et al., 2004).

    The same as scikit-image's ``structural_similarity`` with its defaults, image by image: uniform windows of 7 x 7
    pixels within the image, sample covariances.

    Raises
    ------
    ValueError
        If images are smaller than a window.

    Examples
    --------
    >>> float(ssim(np.ones((8, 8)), np.ones((8, 8))))
    1.0
    """
    height, width = images.shape[-2:]
    if min(height, width) < WINDOW:
        raise ValueError(
            f"structural similarity needs images of at least {WINDOW} x {WINDOW} pixels; got {height} x {width}; "
            "use larger images"
        )
    x, y = _windows(images), _windows(references)
    to_sample = WINDOW**2 / (WINDOW**2 - 1)
    x_variance, y_variance, covariance = (
        to_sample * (_windows(product) - means)
        for product, means in ((images**2, x**2), (references**2, y**2), (images * references, x * y))
    )
    small, other = _STABILISERS
    similarity = (2 * x * y + small) * (2 * covariance + other)
    similarity /= (x**2 + y**2 + small) * (x_variance + y_variance + other)
    return similarity.mean(axis=(-2, -1))


def _windows(images: FloatArray) -> FloatArray:
    """Means of all windows within the image."""
    margin = WINDOW // 2
    size = (1,) * (images.ndim - 2) + (WINDOW, WINDOW)
    return scipy.ndimage.uniform_filter(images, size)[..., margin:-margin, margin:-margin]
