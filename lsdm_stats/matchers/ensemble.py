"""Several fits of one matcher to the same pairs, drawn from with equal chances."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, cast

import numpy as np
from annotated_types import Ge
from pydantic import field_validator

from lsdm_stats.arrays import FloatArray, as_stack
from lsdm_stats.samples import LatentPairs, LatentSampler, MatchingMethod
from lsdm_stats.spec import Spec
from lsdm_stats.streams import Generators


@dataclass(frozen=True)
class EnsembleSampler:
    """Fitted members of a block of replicates: those of one replicate lie in a row.

    Parameters
    ----------
    fits : LatentSampler
        ``R * members`` fits.
    members : int
        Fits per replicate.
    """

    fits: LatentSampler
    members: int

    @property
    def failures(self) -> tuple[str | None, ...]:
        """A replicate fails with its first member that does."""
        reasons, count = self.fits.failures, self.members
        return tuple(
            next((f"member {member}: {reason}" for member, reason in enumerate(own) if reason is not None), None)
            for own in (reasons[start : start + count] for start in range(0, len(reasons), count))
        )

    def sample(self, conditions: FloatArray, *, rngs: Generators) -> FloatArray:
        """One latent per condition, ``(R, n, k)``, each by a member of its own chosen with equal chances."""
        stack = as_stack(conditions, "conditions", replicates=len(rngs))
        return np.stack([self._sample_one(replicate, stack[replicate], rng) for replicate, rng in enumerate(rngs)])

    def select(self, replicates: Sequence[int]) -> EnsembleSampler:
        """The ensembles of some replicates."""
        rows = [replicate * self.members + member for replicate in replicates for member in range(self.members)]
        return EnsembleSampler(self.fits.select(rows), self.members)

    def _sample_one(self, replicate: int, conditions: FloatArray, rng: np.random.Generator) -> FloatArray:
        """Draws of one replicate: a member sees only the conditions that it was chosen for."""
        chosen = rng.integers(self.members, size=len(conditions))
        order = np.argsort(chosen, kind="stable")
        parts = [
            self.fits.select([replicate * self.members + member]).sample(rows[None], rngs=[own])[0]
            for member, own in enumerate(rng.spawn(self.members))
            if len(rows := conditions[chosen == member])
        ]
        return np.concatenate(parts)[np.argsort(order)]


class Ensemble(Spec):
    """Mixture with equal weights of several fits of one matcher, each with a hold-out and a start of its own.

    Every member sees the same n pairs and holds out others of them: with the default share of 15 % and five members
    fewer than one pair in ten thousand is held out by all. At every condition the law is the mean of the members' laws.
    W1 is jointly convex, so that the mixture is at most as far from the truth as its members are in the mean, both in
    W1 of joint laws and in mean W1 of conditional laws; so it is in the mean distance to a manifold, which is linear.
    One draw costs one draw of one member, a fit as much as those of all members. A single member is the matcher itself,
    fitted with a child of each generator.

    Parameters
    ----------
    matcher : Spec
        What each member is, such as ``EnergyScore()``.
    members : int
        Number of fits per replicate, at least 1.

    Raises
    ------
    ValueError
        If `matcher` is no matcher.

    Examples
    --------
    >>> from lsdm_stats.matchers import EnergyScore
    >>> Ensemble(matcher=EnergyScore()).members
    5
    """

    matcher: Spec
    members: Annotated[int, Ge(1)] = 5

    @field_validator("matcher")
    @classmethod
    def _is_matcher(cls, value: Spec) -> Spec:
        if not hasattr(value, "fit") or hasattr(value, "uses_unpaired"):
            raise ValueError(f"must be a matcher such as EnergyScore(); got {type(value).__name__}; see lsdm list")
        return value

    def fit(self, pairs: LatentPairs, *, rngs: Generators) -> EnsembleSampler:
        """Fit every member of every replicate, all in one block.

        Raises
        ------
        ValueError
            If the matcher refuses the pairs.
        """
        rows = np.repeat(np.arange(len(rngs)), self.members)
        repeated = LatentPairs(pairs.conditions[rows], pairs.latents[rows], pairs.space.select(rows.tolist()))
        matcher = cast(MatchingMethod, cast(object, self.matcher))
        fits = matcher.fit(repeated, rngs=[own for rng in rngs for own in rng.spawn(self.members)])
        return EnsembleSampler(fits, self.members)
