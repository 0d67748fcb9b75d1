"""The result of a transport problem: distance, certificate, plan and potentials."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from lsdm_stats.arrays import FloatArray, IntArray, as_points, read_only
from lsdm_stats.wasserstein.ground import distances

_CHUNK = 2**22  # distances held at once when a potential is evaluated: 32 MB


@dataclass(frozen=True, eq=False)
class Plan:
    """A coupling of two samples that charges few pairs.

    Parameters
    ----------
    sources, targets : ndarray of int64, shape (k,)
        Rows of the first and of the second sample.
    masses : ndarray of float64, shape (k,)
        Positive mass moved between them; the masses sum to 1.

    Examples
    --------
    >>> from lsdm_stats.wasserstein import exact
    >>> plan = exact([[0.0], [1.0]], [[1.25], [0.25]]).plan
    >>> order = plan.sources.argsort()
    >>> plan.targets[order].tolist(), plan.masses.tolist()
    ([1, 0], [0.5, 0.5])
    """

    sources: IntArray
    targets: IntArray
    masses: FloatArray

    def __post_init__(self) -> None:
        for array in (self.sources, self.targets, self.masses):
            read_only(array)


@dataclass(frozen=True, eq=False)
class Transport:
    r"""A Wasserstein distance :math:`W_p` with the proof of its value.

    Parameters
    ----------
    value : float
        :math:`W_p` (p-th root taken), in the units of the points.
    lower, upper : float
        Rigorous bounds of :math:`W_p`, rounding included: a feasible dual value and the cost of a feasible plan.
    plan : Plan
        An optimal coupling.
    potentials : tuple of ndarray, shapes (n,) and (m,)
        Dual potentials u, v with :math:`u_i + v_j \le d(x_i, y_j)^p` up to rounding and
        :math:`\sum a_i u_i + \sum b_j v_j = W_p^p` up to the certificate; units of the points to the power p.
    order : int
        p, 1 or 2.
    blocks : tuple of int
        Columns of the blocks whose Euclidean distances add up to the ground metric d.
    targets : ndarray of shape (m, dim)
        The points of the second sample.

    Examples
    --------
    >>> from lsdm_stats.wasserstein import exact
    >>> transport = exact([[0.0], [1.0]], [[0.25], [1.25]])
    >>> round(transport.value, 9), transport.lower <= 0.25 <= transport.upper, transport.gap < 1e-9
    (0.25, True, True)
    """

    value: float
    lower: float
    upper: float
    plan: Plan
    potentials: tuple[FloatArray, FloatArray]
    order: int
    blocks: tuple[int, ...]
    targets: FloatArray

    def __post_init__(self) -> None:
        for array in (*self.potentials, self.targets):
            read_only(array)

    @property
    def gap(self) -> float:
        """Width of the certificate, ``upper - lower``, in the units of the points."""
        return self.upper - self.lower

    def potential(self, points: ArrayLike) -> FloatArray:
        r"""Kantorovich potential :math:`\varphi(z)=\min_j d(z,y_j)-v_j`, at any points.

        It is 1-Lipschitz for the ground metric, and its mean over the first sample minus its mean over the second is
        the distance, up to the certificate.

        Parameters
        ----------
        points : array_like of shape (k, dim)
            Where to evaluate it.

        Returns
        -------
        ndarray of shape (k,)
            In the units of the points.

        Raises
        ------
        ValueError
            If the order is not 1 or the points do not have the dimension of the samples.
        """
        if self.order != 1:
            raise ValueError(f"a Lipschitz potential needs order 1; got a transport of order {self.order}; "
                             "use exact(…, order=1)")
        z = as_points(points, "points", dim=self.targets.shape[1], allow_empty=True)
        step = max(1, _CHUNK // len(self.targets))
        parts = [
            (distances(z[start : start + step], self.targets, self.blocks) - self.potentials[1]).min(axis=1)
            for start in range(0, len(z), step)
        ]
        return np.concatenate(parts) if parts else np.empty(0)
