"""From the verdicts of claims to the verdict of each theorem, those that no study checks among them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Literal

from lsdm_stats.bounds import OTHER_THEOREMS, THEOREMS
from lsdm_stats.study.judging.claims import Claim
from lsdm_stats.study.judging.verdicts import Judged, Verdict

TheoremOutcome = Literal["violated", "inconclusive", "no data", "holds", "only controls", "unchecked"]

_WORST_FIRST: tuple[TheoremOutcome, ...] = ("violated", "inconclusive", "no data", "holds")


@dataclass(frozen=True)
class TheoremVerdict:
    """What all judged studies together say about one theorem.

    Parameters
    ----------
    label : str
        Where it stands in docs/theory.md.
    title : str
        Its name in tables.
    outcome : str
        The worst of its claims: ``violated``, ``inconclusive``, ``no data`` (none of a claim's rows is there yet) or
        ``holds``; ``only controls`` if studies use it for controls alone; ``unchecked`` if no study checks it.
    studies : tuple of str
        Studies with a claim or control about it.
    claims, controls : int
        How many of each.
    flagged : int
        Controls that came out violated, as they must.
    rows, violations : int
        Replicates that entered, over all claims; those above the bound, which claims in mean and in probability allow.
    tightness_median, tightness_max : float, optional
        Of measured / bound: largest over its claims of their medians and of their maxima. None without rows.

    Examples
    --------
    >>> from lsdm_stats.study import by_theorem, figures_directory, find_studies, judge, read_published
    >>> study = find_studies(("two_stage_bound",))[0].study("full")
    >>> rows = read_published(study, figures_directory() / "data")
    >>> theorems = by_theorem([(study.name, study)], [(study.name, one) for one in judge(study, rows)])
    >>> found = next(theorem for theorem in theorems if theorem.label == "A1.pushed")
    >>> found.outcome, found.claims, found.flagged
    ('holds', 2, 1)
    """

    label: str
    title: str
    outcome: TheoremOutcome
    studies: tuple[str, ...]
    claims: int
    controls: int
    flagged: int
    rows: int
    violations: int
    tightness_median: float | None
    tightness_max: float | None


def by_theorem(
    studies: Iterable[tuple[str, Judged]], judged: Iterable[tuple[str, Verdict]]
) -> tuple[TheoremVerdict, ...]:
    """One verdict for every theorem that docs/theory.md proves, in its order.

    A control, such as a bound without one of its terms, counts for the theorem that it is made from. Comparisons,
    trends, predictions and bounds of a study's own have no theorem and do not enter.

    Parameters
    ----------
    studies : iterable of (str, Study)
        Name and study of all that are asked about, with rows or without.
    judged : iterable of (str, Verdict)
        Name of a study and verdict on one of its claims or controls; those that are missing are ``no data``.

    Returns
    -------
    tuple of TheoremVerdict
        One for every theorem.

    Examples
    --------
    >>> {theorem.outcome for theorem in by_theorem([], [])}
    {'unchecked'}
    """
    titles = _titles()
    asked = {label: list[tuple[str, str]]() for label in titles}
    for name, study in studies:
        for claim in (*study.claims, *study.controls):
            if isinstance(claim, Claim) and (label := _base(claim.bound.label)) in asked:
                asked[label].append((name, claim.expect))
    found = {label: list[tuple[str, Verdict]]() for label in titles}
    for name, verdict in judged:
        if (label := _base(verdict.label)) in found:
            found[label].append((name, verdict))
    return tuple(_verdict(label, title, asked[label], found[label]) for label, title in titles.items())


def _verdict(
    label: str, title: str, asked: Sequence[tuple[str, str]], found: Sequence[tuple[str, Verdict]]
) -> TheoremVerdict:
    claims = [verdict for _, verdict in found if verdict.role == "claim"]
    controls = [verdict for _, verdict in found if verdict.role == "control"]
    n_claims = sum(expect == "holds" for _, expect in asked)
    seen: list[TheoremOutcome] = [verdict.outcome for verdict in claims]
    if len(claims) < n_claims:
        seen.append("no data")
    worst: TheoremOutcome = "only controls" if asked else "unchecked"
    if seen:
        worst = min(seen, key=_WORST_FIRST.index)
    medians = [verdict.tightness_median for verdict in claims if verdict.tightness_median is not None]
    largest = [verdict.tightness_max for verdict in claims if verdict.tightness_max is not None]
    return TheoremVerdict(
        label=label,
        title=title,
        outcome=worst,
        studies=tuple(dict.fromkeys(name for name, _ in asked)),
        claims=n_claims,
        controls=len(asked) - n_claims,
        flagged=sum(verdict.ok for verdict in controls),
        rows=sum(verdict.rows for verdict in claims),
        violations=sum(verdict.violations for verdict in claims),
        tightness_median=max(medians, default=None),
        tightness_max=max(largest, default=None),
    )


def _base(label: str) -> str:
    """Of "A1.pushed without reconstruction" the "A1.pushed"."""
    return label.split(" ", 1)[0]


@cache
def _titles() -> dict[str, str]:
    """Title by label, section by section; within a section those that are objects come first."""
    titles: dict[str, str] = {}
    for theorem in THEOREMS:
        titles.setdefault(theorem.label, theorem.title)
    labels = sorted([*titles, *OTHER_THEOREMS], key=_section)
    return {label: titles.get(label) or OTHER_THEOREMS[label] for label in labels}


def _section(label: str) -> tuple[str, int, bool]:
    found = re.match(r"([A-Z])(\d+)", label)
    assert found is not None
    return found[1], int(found[2]), "." in label
