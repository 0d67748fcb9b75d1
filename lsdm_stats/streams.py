"""Named random streams: (seed, purpose, digests, replicate) determine a generator, and nothing else does.

Streams are independent across purposes, specs and replicates, and do not depend on the number of replicates, on the
order of computation or on the process that computes.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from typing import Protocol

import numpy as np

Generators = Sequence[np.random.Generator]
"""One numpy generator per replicate."""


class HasDigest(Protocol):
    """Anything with a digest: every spec.

    Examples
    --------
    >>> from lsdm_stats import Circle
    >>> owner: HasDigest = Circle(width=0.3)
    >>> len(owner.digest)
    64
    """

    @property
    def digest(self) -> str:
        """Hexadecimal digest of the value."""
        ...


def check_rngs(rngs: object, *, replicates: int | None = None) -> Generators:
    """A sequence of generators, one per replicate.

    Parameters
    ----------
    rngs : sequence of numpy.random.Generator
        What was given.
    replicates : int, optional
        How many there must be.

    Returns
    -------
    sequence of numpy.random.Generator
        The same.

    Raises
    ------
    ValueError
        If it is not a sequence of numpy generators, empty, or of another length.

    Examples
    --------
    >>> len(check_rngs([np.random.default_rng(1)]))
    1
    """
    remedy = "make them by lsdm_stats.streams or numpy.random.default_rng(seed)"
    if not isinstance(rngs, Sequence) or not all(isinstance(rng, np.random.Generator) for rng in rngs):
        raise ValueError(
            f"rngs must be a sequence of numpy Generators, one per replicate; got {type(rngs).__name__}; {remedy}"
        )
    if not rngs or (replicates is not None and len(rngs) != replicates):
        wanted = "at least one generator" if replicates is None else f"one generator per replicate ({replicates})"
        raise ValueError(f"rngs must hold {wanted}; got {len(rngs)}; {remedy}")
    return rngs


def check_rng(rng: object) -> np.random.Generator:
    """One numpy generator.

    Parameters
    ----------
    rng : numpy.random.Generator
        What was given.

    Returns
    -------
    numpy.random.Generator
        The same.

    Raises
    ------
    ValueError
        If it is something else, such as a seed.

    Examples
    --------
    >>> check_rng(1)
    Traceback (most recent call last):
        ...
    ValueError: rng must be a numpy Generator; got int; pass numpy.random.default_rng(seed)
    """
    if not isinstance(rng, np.random.Generator):
        raise ValueError(
            f"rng must be a numpy Generator; got {type(rng).__name__}; pass numpy.random.default_rng(seed)"
        )
    return rng


def stream(seed: int, purpose: str, *owners: HasDigest, replicate: int) -> np.random.Generator:
    """The generator of one purpose, one tuple of specs and one replicate.

    Parameters
    ----------
    seed : int
        Seed of a study, from 0.
    purpose : str
        What the numbers are for, such as ``"data"``.
    *owners : spec
        Whose they are: their digests enter.
    replicate : int
        Number of the replicate, from 0.

    Returns
    -------
    numpy.random.Generator
        A fresh generator at its beginning.

    Raises
    ------
    ValueError
        If seed or replicate is negative.

    Examples
    --------
    >>> a = stream(1, "data", replicate=0).random()
    >>> a == stream(1, "data", replicate=0).random(), a == stream(1, "data", replicate=1).random()
    (True, False)
    """
    if seed < 0 or replicate < 0:
        raise ValueError(
            f"seed and replicate must be at least 0; got {seed} and {replicate}; pass whole numbers from 0"
        )
    name = "\n".join([purpose, *(owner.digest for owner in owners)])
    words = np.frombuffer(hashlib.sha256(name.encode()).digest(), dtype="<u4")
    entropy = [int(word) for word in words]
    return np.random.Generator(np.random.PCG64(np.random.SeedSequence([seed, *entropy], spawn_key=(replicate,))))


def data(seed: int, source: HasDigest, *, replicates: Iterable[int]) -> tuple[np.random.Generator, ...]:
    """Streams of a source's data, one per replicate.

    A source spawns the same children from equal streams whatever the sample sizes are, so that a smaller sample is a
    prefix of a larger one and training, unpaired and held-out data never share a child. Make them afresh for each use.

    Parameters
    ----------
    seed : int
        Seed of the study.
    source : spec
        Where the data come from.
    replicates : iterable of int
        Numbers of the replicates.

    Returns
    -------
    tuple of numpy.random.Generator
        One per replicate.

    Examples
    --------
    >>> from lsdm_stats import Circle
    >>> truth = Circle(width=0.3)
    >>> few = truth.draw(5, 0, rngs=data(1, truth, replicates=range(2)))
    >>> many = truth.draw(50, 0, rngs=data(1, truth, replicates=range(2)))
    >>> bool((few.responses == many.responses[:, :5]).all())
    True
    """
    return tuple(stream(seed, "data", source, replicate=replicate) for replicate in replicates)


def fit(
    seed: int, source: HasDigest, method: HasDigest, *, replicates: Iterable[int]
) -> tuple[np.random.Generator, ...]:
    """Streams of a method's own randomness (weights, minibatches), one per replicate; the same for all sizes.

    Parameters
    ----------
    seed : int
        Seed of the study.
    source : spec
        Where the data come from.
    method : spec
        What is fitted.
    replicates : iterable of int
        Numbers of the replicates.

    Returns
    -------
    tuple of numpy.random.Generator
        One per replicate.

    Examples
    --------
    >>> from lsdm_stats import LSDM, Circle
    >>> len(fit(1, Circle(width=0.3), LSDM(), replicates=range(20)))
    20
    """
    return tuple(stream(seed, "fit", source, method, replicate=replicate) for replicate in replicates)


def metric(
    seed: int, source: HasDigest, measure: HasDigest, *, replicates: Iterable[int]
) -> tuple[np.random.Generator, ...]:
    """Streams of a metric's own randomness (projections, subsamples), one per replicate.

    Parameters
    ----------
    seed : int
        Seed of the study.
    source : spec
        Where the data come from.
    measure : spec
        The metric.
    replicates : iterable of int
        Numbers of the replicates.

    Returns
    -------
    tuple of numpy.random.Generator
        One per replicate.

    Examples
    --------
    >>> from lsdm_stats import Circle, JointW1
    >>> len(metric(1, Circle(width=0.3), JointW1(), replicates=[7]))
    1
    """
    return tuple(stream(seed, "metric", source, measure, replicate=replicate) for replicate in replicates)
