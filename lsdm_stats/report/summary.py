"""What the page says first: how many theorems hold, what is open, what was refuted, which controls were flagged."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from statistics import median

from lsdm_stats.report.entries import Entry
from lsdm_stats.report.findings import Finding, Mark, mark
from lsdm_stats.report.theorems import TheoremEntry

_TONES = ("good", "open", "finding", "bad", "none")


@dataclass(frozen=True)
class Share:
    """So many of one kind with the same outcome, and their share of all, in percent."""

    mark: Mark
    count: int
    percent: float


@dataclass(frozen=True)
class Tally:
    """Outcomes of all theorems, claims, predictions or controls."""

    title: str
    total: int
    shares: tuple[Share, ...]
    remark: str = ""

    @property
    def noun(self) -> str:
        """The title as it follows the total: in the singular after 1."""
        return self.title.removesuffix("s") if self.total == 1 else self.title


@dataclass(frozen=True)
class Summary:
    """The head of a page.

    Parameters
    ----------
    sentence, tightness : str
        The answer in one sentence, and how tight the bounds are in another.
    tallies : tuple of Tally
        Theorems, claims, predictions and controls.
    against, refuted, undecided : tuple of Finding
        Violated claims and controls that were not flagged; refuted predictions; what is inconclusive or has no data.
    fits, failed, missing : int
        Replicates of settings that are there, that failed, and that are not computed yet.
    """

    sentence: str
    tightness: str
    tallies: tuple[Tally, ...]
    against: tuple[Finding, ...]
    refuted: tuple[Finding, ...]
    undecided: tuple[Finding, ...]
    fits: int
    failed: int
    missing: int


def summary(entries: Sequence[Entry], found: Sequence[Finding], theorems: Sequence[TheoremEntry]) -> Summary:
    """Count the outcomes."""
    checked = [theorem for theorem in theorems if theorem.is_checked]
    unchecked = len(theorems) - len(checked)
    roles = {role: [finding for finding in found if finding.verdict.role == role]
             for role in ("claim", "prediction", "control")}
    further = "further theorem is" if unchecked == 1 else "further theorems are"
    remark = f"{unchecked} {further} proved and checked by no study" if unchecked else ""
    tallies = [_tally("theorems", [theorem.mark for theorem in checked], remark)]
    tallies += [
        _tally(title, [finding.mark for finding in roles[role]], text)
        for role, title, text in (
            ("claim", "claims", "what theory says of a study's measurements"),
            ("prediction", "predictions", "suggested by theory, not proved: a refuted one is a finding"),
            ("control", "controls", "false by proof: each must be flagged"),
        )
        if roles[role]
    ]
    fits, failed, missing = _fits(entries)
    return Summary(
        sentence=_sentence(checked, roles["control"]),
        tightness=_tightness(checked),
        tallies=tuple(tallies),
        against=tuple(finding for finding in found if finding.mark.tone == "bad"),
        refuted=tuple(finding for finding in found if finding.mark.tone == "finding"),
        undecided=tuple(finding for finding in found if finding.mark.tone in ("open", "none")),
        fits=fits,
        failed=failed,
        missing=missing,
    )


def _tally(title: str, marks: Sequence[Mark], remark: str) -> Tally:
    counts = Counter(marks)
    ordered = sorted(counts, key=lambda one: (_TONES.index(one.tone), one.word))
    shares = tuple(Share(one, counts[one], 100 * counts[one] / len(marks)) for one in ordered)
    return Tally(title, len(marks), shares, remark)


def _sentence(checked: Sequence[TheoremEntry], controls: Iterable[Finding]) -> str:
    if not checked:
        return "These studies check no theorem of docs/theory.md."
    counts = Counter(theorem.verdict.outcome for theorem in checked)
    holding = counts["holds"]
    parts = [f"Of {_many(len(checked), 'theorem')} that these studies check, {holding} hold{'s' * (holding == 1)}"]
    parts += [f"{counts['violated'] or 'none'} {'is' if counts['violated'] < 2 else 'are'} violated"]
    rest = sum(counts[outcome] for outcome in ("inconclusive", "no data", "only controls"))
    parts += [f"{rest} {'is' if rest == 1 else 'are'} open"] if rest else []
    marks = [finding.mark for finding in controls]
    flagged = marks.count(mark("flagged", "good"))
    ending = f"; {flagged} of {_many(len(marks), 'control')} flagged." if marks else "."
    return ", ".join(parts[:-1]) + f" and {parts[-1]}" + ending


def _tightness(checked: Sequence[TheoremEntry]) -> str:
    known = [(theorem.verdict.tightness_median, theorem.label) for theorem in checked]
    ratios = sorted((ratio, label) for ratio, label in known if ratio is not None)
    if not ratios:
        return ""
    if len(ratios) == 1:
        only, label = ratios[0]
        return f"Measured over bound, in the median fit of the theorem's tightest claim: {only:.2g} ({label})."
    middle, (low, loosest), (high, tightest) = median(ratio for ratio, _ in ratios), ratios[0], ratios[-1]
    return (f"Measured over bound, in the median fit of a theorem's tightest claim: {middle:.2g} for the theorem in "
            f"the middle, from {low:.2g} ({loosest}) to {high:.2g} ({tightest}).")


def _fits(entries: Sequence[Entry]) -> tuple[int, int, int]:
    """Fits that are there, those of them that failed, and those asked for that are not there."""
    there, failed, missing = 0, 0, 0
    for entry in entries:
        asked = {(cell.key, replicate) for cell in entry.study.cells() for replicate in cell.replicates}
        stored: set[tuple[str, int]] = set()
        if entry.rows is not None:
            fits = entry.rows[["key", "replicate", "status"]].drop_duplicates()
            replicates: list[int] = fits["replicate"].tolist()
            stored = {(str(key), replicate) for key, replicate in zip(fits["key"], replicates, strict=True)}
            failed += fits["status"].tolist().count("failed")
        there += len(stored)
        missing += len(asked - stored)
    return there, failed, missing


def _many(count: int, noun: str) -> str:
    return f"{count} {noun}{'s' * (count != 1)}"
