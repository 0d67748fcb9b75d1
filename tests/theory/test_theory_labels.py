"""docs/theory.md has a place for everything that refers to it."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from lsdm_stats.bounds import CATALOGUE, RATES

ROOT = Path(__file__).resolve().parents[2]
TEXT = (ROOT / "docs" / "theory.md").read_text()
HEADINGS = set(re.findall(r"^#{2,4} ([A-Z]\d*(?:\.\w+)?)\b", TEXT, re.MULTILINE))
REFERENCE = re.compile(r"docs/theory\.md,\s+([A-Z]\d*(?:\.\w+)?)(?:(?:,| and)\s+([A-Z]\d+(?:\.\w+)?)\b)?")


@pytest.mark.parametrize("bound", [*CATALOGUE, *RATES], ids=lambda bound: bound.label)
def test_every_bound_has_its_section_with_a_proof(bound):
    assert bound.label in HEADINGS
    _, after = re.split(rf"^#+ {re.escape(bound.label)}\b(?!\.).*$", TEXT, maxsplit=1, flags=re.MULTILINE)
    section = re.split(r"^#", after, maxsplit=1, flags=re.MULTILINE)[0]
    assert "Proof" in section
    assert "∎" in section


def test_every_reference_to_a_section_finds_it():
    folders = ("lsdm_stats", "simulations", "figures", "tests")
    files = [ROOT / "README.md", *(path for folder in folders for path in (ROOT / folder).rglob("*.py"))]
    found = [(path.name, pair) for path in files for pair in REFERENCE.findall(path.read_text())]
    named = {(label, name) for name, pair in found for label in pair if label}
    assert len(named) > 10
    assert {(label, name) for label, name in named if label not in HEADINGS} == set()


def test_formulas_are_closed():
    assert TEXT.count("$$") % 2 == 0
    for paragraph in TEXT.replace("$$", "").split("\n\n"):
        assert paragraph.count("$") % 2 == 0, paragraph[:80]
