"""Exact distances of a stack of problems, on threads: the solver works outside of Python's lock."""

from __future__ import annotations

import os
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

from numpy.typing import ArrayLike
from threadpoolctl import threadpool_limits

from lsdm_stats.arrays import as_stack, check_count
from lsdm_stats.wasserstein.certified import exact
from lsdm_stats.wasserstein.transport import Transport


def exact_many(xs: ArrayLike, ys: ArrayLike, *, order: int = 1, blocks: Sequence[int] | None = None,
               rtol: float = 1e-9, threads: int | None = None) -> list[Transport]:
    """Certified exact Wasserstein distance of every pair of samples in two stacks.

    Parameters
    ----------
    xs, ys : array_like of shape (problems, n, dim) and (problems, m, dim)
        Samples of equal weights, problem by problem.
    order, blocks, rtol
        As for `exact`.
    threads : int, optional
        Problems under way at a time; by default as many as this process may use cores. Meanwhile linear algebra takes
        one thread each. The results do not depend on it.

    Returns
    -------
    list of Transport
        One per problem, in their order.

    Raises
    ------
    ValueError
        If the stacks do not have the same number of problems or `exact` rejects one of them.

    Examples
    --------
    >>> transports = exact_many([[[0.0, 0.0]], [[1.0, 0.0]]], [[[0.0, 2.0]], [[1.0, 3.0]]])
    >>> [transport.value for transport in transports]
    [2.0, 3.0]
    """
    first = as_stack(xs, "xs")
    second = as_stack(ys, "ys", dim=first.shape[2], replicates=first.shape[0])
    workers = _cores() if threads is None else check_count(threads, "threads")

    def solve(problem: int) -> Transport:
        return exact(first[problem], second[problem], order=order, blocks=blocks, rtol=rtol)

    with threadpool_limits(1), ThreadPoolExecutor(workers) as pool:
        return list(pool.map(solve, range(len(first))))


def _cores() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
