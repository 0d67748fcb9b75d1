"""Sinkhorn divergences at two regularizations, extrapolated to none."""

from __future__ import annotations

import math
from collections.abc import Sequence

from numpy.typing import ArrayLike

from lsdm_stats.wasserstein.estimators.sinkhorn import divergences
from lsdm_stats.wasserstein.ground import as_order, root


def extrapolated(x: ArrayLike, y: ArrayLike, *, regularization: float = 0.05, order: int = 1,
                 blocks: Sequence[int] | None = None) -> float:
    r"""Sinkhorn divergence, extrapolated to no regularization, of two samples with equal masses.

    :math:`2S_\varepsilon-S_{\sqrt2\varepsilon}` with the debiased divergence S of `sinkhorn`. An error of S in
    proportion to :math:`\varepsilon^q` shrinks by the factor :math:`2-2^{q/2}`: to nothing for q = 2, the leading error
    for order 2 and regular densities [1]_, and to 0.59 for q = 1. For order 1, and for samples, q is not known: the
    extrapolation is a heuristic. It is mostly below :math:`W_p`, like S itself, but it can be above.

    Parameters
    ----------
    x, y : array_like of shape (n, dim) and (m, dim)
        Observations as rows, in the same units.
    regularization : float
        The smaller :math:`\varepsilon`, as a share of the mean cost between x and y.
    order : {1, 2}
        p.
    blocks : sequence of int, optional
        Columns of the blocks whose Euclidean distances add up to the ground metric; one block by default.

    Returns
    -------
    float
        The extrapolated divergence for order 1, its root for order 2, in the units of the points; 0 where it is
        negative.

    Raises
    ------
    ValueError
        If a value is not finite, a sample is empty, columns differ, or the regularization is not positive.
    RuntimeError
        If the iterations do not converge.

    References
    ----------
    .. [1] Chizat, Roussillon, Léger, Vialard and Peyré (2020), NeurIPS 33:2257-2269.

    Examples
    --------
    >>> import numpy as np
    >>> x = np.random.default_rng(1).normal(size=(200, 2))
    >>> round(extrapolated(x, x + [1.0, 0.0], order=2), 5)
    1.0
    """
    settings = (regularization, math.sqrt(2) * regularization)
    (value, other), exponent = divergences(x, y, settings, order=order, blocks=blocks)
    return math.ldexp(root(max(0.0, 2 * value - other), as_order(order)), exponent)
