"""Verdicts in the words and signs of a page: the outcome never by colour alone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, cast

from lsdm_stats.report.entries import Entry
from lsdm_stats.report.rates import Rate, rates
from lsdm_stats.study import Claim, Comparison, TheoremVerdict, Trend, Verdict, judge
from lsdm_stats.study.judging.evidence import Detail, read_settings

if TYPE_CHECKING:
    from pandas import DataFrame


@dataclass(frozen=True)
class Mark:
    """An outcome as it is shown.

    Parameters
    ----------
    word : str
        What it is called.
    tone : str
        ``good``, ``bad``, ``open``, ``finding`` or ``none``: its colour.
    sign : str
        A character that says the same without colour.
    """

    word: str
    tone: str
    sign: str


_SIGNS = {"good": "✓", "bad": "✗", "open": "?", "finding": "≠", "none": "·"}


def mark(word: str, tone: str) -> Mark:
    """An outcome with the sign of its tone."""
    return Mark(word, tone, _SIGNS[tone])


def mark_of(verdict: Verdict) -> Mark:
    """How the outcome of a claim, a prediction or a control is shown."""
    words = {"holds": ("holds", "good"), "violated": ("violated", "bad"), "inconclusive": ("inconclusive", "open")}
    if verdict.outcome == "no data":
        return mark("no data", "none")
    if verdict.role == "prediction" and verdict.outcome == "violated":
        return mark("refuted", "finding")
    if verdict.role == "control":
        if verdict.outcome == "violated":
            return mark("flagged", "good")
        return mark("not flagged yet", "open") if verdict.missing else mark("not flagged", "bad")
    return mark(*words[verdict.outcome])


def mark_of_detail(verdict: Verdict, detail: Detail) -> Mark:
    """How one setting of a claim is shown."""
    if not detail.rows:
        return mark("no data", "none")
    if verdict.role == "control":
        return mark("flagged", "good") if detail.flagged else mark("not flagged", "bad")
    if detail.flagged:
        return mark("refutes", "finding" if verdict.role == "prediction" else "bad")
    return mark("supports", "good") if detail.supports else mark("undecided", "open")


def mark_of_theorem(theorem: TheoremVerdict) -> Mark:
    """How the outcome of a theorem is shown."""
    tones = {"holds": "good", "violated": "bad", "inconclusive": "open"}
    word = "not checked" if theorem.outcome == "unchecked" else theorem.outcome
    return mark(word, tones.get(theorem.outcome, "none"))


@dataclass(frozen=True)
class Finding:
    """One claim of one study with its verdict.

    Parameters
    ----------
    anchor : str
        Where it stands on the page.
    study : str
        Whose.
    theorem : str
        Label of the theorem behind it; empty if there is none.
    claim : Claim, Comparison or Trend
        What is claimed.
    verdict : Verdict
        What the rows say.
    mark : Mark
        How that is shown.
    rates : tuple of Rate
        Slopes of both sides of a bound.
    """

    anchor: str
    study: str
    theorem: str
    claim: Claim | Comparison | Trend
    verdict: Verdict
    mark: Mark
    rates: tuple[Rate, ...] = ()

    @property
    def is_bound(self) -> bool:
        """Whether it is about a bound; otherwise about an estimate with an interval."""
        return isinstance(self.claim, Claim)

    @property
    def quantity(self) -> str:
        """What is estimated."""
        match self.claim:
            case Claim():
                return "measured / bound"
            case Comparison():
                return self.claim.quantity
            case Trend():
                return f"slope in {self.claim.over}"

    @property
    def measured(self) -> tuple[str, ...]:
        """Value names behind the estimate, the first one first."""
        other = (self.claim.measured_over, self.claim.against) if isinstance(self.claim, Comparison) else ()
        return (self.claim.measured, *(name for name in other if name is not None))

    @property
    def wanted(self) -> str:
        """What the claim says of it, in signs."""
        if isinstance(self.claim, Claim):
            return "at most 1"
        ends = ((">", self.claim.at_least), ("<", self.claim.at_most))
        return " and ".join(f"{sign} {end:g}" for sign, end in ends if end is not None)

    def mark_of(self, detail: Detail) -> Mark:
        """How one of its settings is shown."""
        return mark_of_detail(self.verdict, detail)


def findings(entry: Entry) -> tuple[Finding, ...]:
    """Every claim, prediction and control of a study with its verdict; nothing without rows."""
    if entry.rows is None:
        return ()
    asked: Sequence[object] = (*entry.study.claims, *entry.study.predictions, *entry.study.controls)
    bounded = [claim for claim in asked if isinstance(claim, Claim)]
    needed = {name for claim in bounded for name in (claim.measured, *claim.value_names.values())}
    rows = cast("DataFrame", entry.rows[entry.rows["name"].isin(list(needed))])
    settings = read_settings(rows) if bounded else ()
    found: list[Finding] = []
    for place, (claim, verdict) in enumerate(zip(asked, judge(entry.study, entry.rows), strict=True), start=1):
        assert isinstance(claim, Claim | Comparison | Trend)
        slopes = rates(claim, settings) if isinstance(claim, Claim) else ()
        theorem = verdict.label.split(" ", 1)[0]
        anchor = f"verdict-{entry.study.name}-{place}"
        found.append(Finding(anchor, entry.study.name, theorem, claim, verdict, mark_of(verdict), slopes))
    return tuple(found)
