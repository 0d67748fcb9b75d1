"""Theorems as a page shows them: statement, claims about it in every study, controls, tightness."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from math import log10
from typing import TYPE_CHECKING

from lsdm_stats.bounds import THEOREMS
from lsdm_stats.report.findings import Finding, Mark, mark_of_theorem
from lsdm_stats.report.mathematics import to_html
from lsdm_stats.report.statements import theory
from lsdm_stats.study import TheoremVerdict

if TYPE_CHECKING:
    from markupsafe import Markup

_AXIS = (0.01, 2.0)  # of measured / bound, logarithmic


@dataclass(frozen=True)
class TheoremEntry:
    """A theorem with everything that a page says of it.

    Parameters
    ----------
    verdict : TheoremVerdict
        What all studies say together.
    mark : Mark
        How its outcome is shown.
    statement, context : Markup, optional
        From docs/theory.md: what is claimed, and what was agreed before; None where the document is not there.
    plain : str
        The inequality in one line, in the words of the program.
    assumptions : tuple of str
        What must hold.
    tag : str
        Where it comes from.
    findings : tuple of Finding
        Claims and controls about it.
    """

    verdict: TheoremVerdict
    mark: Mark
    statement: Markup | None
    context: Markup | None
    plain: str
    assumptions: tuple[str, ...]
    tag: str
    findings: tuple[Finding, ...]

    @property
    def is_checked(self) -> bool:
        """Whether a study has a claim or a control about it."""
        return self.verdict.outcome != "unchecked"

    @property
    def label(self) -> str:
        """Where it stands in docs/theory.md."""
        return self.verdict.label


@dataclass(frozen=True)
class Chapter:
    """The theorems of one numbered section of docs/theory.md.

    Parameters
    ----------
    label, title : str
        Its heading.
    prefaces : tuple of (str, Markup)
        Label and text of what is agreed on for the section, and before it, in its first one, for all of its letter.
    theorems : tuple of TheoremEntry
        In the order of the document.
    """

    label: str
    title: str
    prefaces: tuple[tuple[str, Markup], ...]
    theorems: tuple[TheoremEntry, ...]

    @property
    def checked(self) -> tuple[TheoremEntry, ...]:
        """Those that a study checks."""
        return tuple(theorem for theorem in self.theorems if theorem.is_checked)

    @property
    def unchecked(self) -> tuple[TheoremEntry, ...]:
        """Those that no study checks."""
        return tuple(theorem for theorem in self.theorems if not theorem.is_checked)


def chapters(verdicts: Sequence[TheoremVerdict], found: Sequence[Finding]) -> tuple[Chapter, ...]:
    """Theorems by section, in the order of docs/theory.md."""
    groups: dict[str, list[TheoremEntry]] = {}
    for verdict in verdicts:
        groups.setdefault(_numbered(verdict.label), []).append(_entry(verdict, found))
    document = theory()
    letters: set[str] = set()
    made: list[Chapter] = []
    for label, entries in groups.items():
        wanted = [*({label[0]} - letters), label]
        letters.add(label[0])
        own = {entry.label for entry in entries}
        agreed = {name: _preface(document[name].statement) for name in wanted if name in document and name not in own}
        prefaces = tuple((name, to_html(text)) for name, text in agreed.items() if text)
        made.append(Chapter(label, document[label].title if label in document else "", prefaces, tuple(entries)))
    return tuple(made)


def notation() -> Markup | None:
    """The notation of docs/theory.md; None where the document is not there."""
    document = theory()
    return to_html(document["Notation"].statement) if "Notation" in document else None


def place(ratio: float) -> float:
    """Where a ratio stands on the axis of tightness, from 0 to 1."""
    low, high = (log10(end) for end in _AXIS)
    return min(1.0, max(0.0, (log10(max(ratio, 1e-300)) - low) / (high - low)))


def _entry(verdict: TheoremVerdict, found: Sequence[Finding]) -> TheoremEntry:
    label = verdict.label
    words = next((theorem for theorem in THEOREMS if theorem.label == label), None)
    section = theory().get(label)
    return TheoremEntry(
        verdict=verdict,
        mark=mark_of_theorem(verdict),
        statement=to_html(section.statement) if section else None,
        context=to_html(section.context) if section and section.context else None,
        plain=words.statement if words else "",
        assumptions=words.assumptions if words else (),
        tag=words.tag if words else "proved in docs/theory.md",
        findings=tuple(finding for finding in found if finding.theorem == label),
    )


def _preface(text: str) -> str:
    """The text without the tag of its theorems, which is shown with each."""
    return re.sub(r"\s*Tag(?: of all)?: [^.]*\.", "", text).strip()


def _numbered(label: str) -> str:
    match = re.match(r"[A-Z]\d+", label)
    assert match is not None
    return match[0]
