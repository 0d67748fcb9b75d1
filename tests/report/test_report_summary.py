"""The head of the page: counts in words, the singular after one."""

from __future__ import annotations

from dataclasses import replace

import pytest

from lsdm_stats.report.findings import mark
from lsdm_stats.report.summary import Summary, Tally, summary
from lsdm_stats.report.theorems import TheoremEntry
from lsdm_stats.study import by_theorem

PROVED = by_theorem([], [])


def entry(place: int, outcome: str, tightness: float | None = None) -> TheoremEntry:
    """A theorem with an outcome of its own."""
    verdict = replace(PROVED[place], outcome=outcome, tightness_median=tightness)
    return TheoremEntry(verdict, mark(outcome, "good"), None, None, "", (), "", ())


def head(*theorems: TheoremEntry) -> Summary:
    return summary((), (), theorems)


def test_one_theorem_is_not_a_range():
    found = head(entry(0, "holds", 0.86))
    assert found.sentence == "Of 1 theorem that these studies check, 1 holds and none is violated."
    assert found.tightness == ("Measured over bound, in the median fit of the theorem's tightest claim: "
                               f"0.86 ({PROVED[0].label}).")


def test_several_theorems_are_a_range():
    found = head(entry(0, "holds", 0.5), entry(1, "holds", 0.25), entry(2, "violated", 1.5))
    assert found.sentence == "Of 3 theorems that these studies check, 2 hold and 1 is violated."
    assert found.tightness.endswith(f"0.5 for the theorem in the middle, from 0.25 ({PROVED[1].label}) to 1.5 "
                                    f"({PROVED[2].label}).")


@pytest.mark.parametrize(("unchecked", "remark"), [
    (0, ""), (1, "1 further theorem is proved and checked by no study"),
    (2, "2 further theorems are proved and checked by no study"),
])
def test_theorems_that_no_study_checks_are_counted(unchecked: int, remark: str):
    tally = head(entry(0, "holds"), *(entry(place, "unchecked") for place in range(1, 1 + unchecked))).tallies[0]
    assert (tally.noun, tally.remark) == ("theorem", remark)


@pytest.mark.parametrize(("total", "noun"), [(0, "claims"), (1, "claim"), (2, "claims")])
def test_a_title_goes_with_its_total(total: int, noun: str):
    assert Tally("claims", total, ()).noun == noun
