"""The page of a hostile, half-finished store: what it says, and that nothing in it is markup."""

from __future__ import annotations

import re
from collections import Counter
from html.parser import HTMLParser
from pathlib import Path

import pytest
from hostile_store import HOSTILE

VOID = {"meta", "link", "br", "img", "input", "hr"}


class Outline(HTMLParser):
    """Counts the elements of a page, its identifiers and the targets of its links, and sees that tags are closed."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.elements: Counter[str] = Counter()
        self.identifiers: Counter[str] = Counter()
        self.targets: set[str] = set()
        self.open: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements[tag] += 1
        for name, value in attrs:
            assert not name.startswith("on"), (tag, name)
            if name == "id":
                self.identifiers[value or ""] += 1
            if name == "href":
                self.targets.add(value or "")
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        self.handle_endtag(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open, tag
        assert self.open.pop() == tag


@pytest.fixture(scope="module")
def text(hostile: Path) -> str:
    return hostile.read_text()


@pytest.fixture(scope="module")
def outline(text: str) -> Outline:
    return Outline(text)


def test_names_and_messages_are_text(text: str, outline: Outline):
    assert outline.elements["script"] == 1
    assert outline.elements["img"] == 0
    assert HOSTILE not in text
    escaped = HOSTILE.replace("<", "&lt;").replace(">", "&gt;")
    assert text.count(escaped) > 10  # labels of a source, titles, reasons, the text of the file


def test_elements_are_closed_and_links_within_the_page_find_their_targets(outline: Outline):
    assert outline.open == []
    assert [name for name, count in outline.identifiers.items() if count > 1] == []
    inside = {target[1:] for target in outline.targets if target.startswith("#")}
    assert inside == {target[1:] for target in outline.targets}  # no link leads elsewhere
    assert inside - outline.identifiers.keys() == set()


def test_nothing_is_fetched_and_only_the_script_of_the_page_may_run(text: str):
    policy = re.search(r'http-equiv="Content-Security-Policy" content="([^"]+)"', text)
    assert policy
    assert policy[1].startswith("default-src 'none'; ")
    assert "script-src 'sha256-" in policy[1].replace("&#39;", "'")
    assert re.findall(r"(?:src|href)=\"(?!#)[^\"]*", text) == []


def test_failures_are_listed_with_reason_and_command(text: str):
    section = part(text, "failures")
    assert "no &lt;script&gt;window.ran = 1&lt;/script&gt;" in section
    assert "loss is not finite" in section
    assert re.search(r"lsdm replay [0-9a-f]{12} --store \S+ --studies \S+", section)


def test_the_summary_counts_what_the_verdicts_say(text: str):
    section = part(text, "summary")
    assert "Of 1 theorem that these studies check, 0 hold, none is violated and 1 is open; 1 of 1 control flagged." in (
        section)
    counted = re.findall(r"<h3><b>(\d+)</b> (\w+)</h3>", section)
    assert counted == [("1", "theorem"), ("3", "claims"), ("2", "predictions"), ("1", "control")]
    fits = 6 * (6 + 6 + 6 + 6)  # 6 replicates; 2 sources x 3 sizes for each of 4 methods
    failed = 6 * 6 + 2 * 6  # all of one method, one of a block of three of another
    missing = 5 * 12  # of twin: 5 replicates of 2 sources x 2 n x (2 m of one method, 1 of the other)
    assert f"{fits} fits are there; {failed} of them failed; {missing} that the studies ask for" in section


def test_a_refuted_prediction_is_a_finding_and_no_contradiction(text: str):
    section = part(text, "summary")
    assert "No claim is violated, and no control went unnoticed." in section
    refuted = section.split("the measurements refute", 1)[1]
    assert "a refuted prediction &lt;img src=x" in refuted


def test_a_study_without_rows_says_how_to_get_them(text: str):
    section = part(text, "study-twin")
    assert "No row of this study is there yet" in section
    assert "lsdm run twin --store" in section
    assert "not computed yet" in section


def test_a_theorem_has_its_statement_its_claims_and_their_slopes(text: str):
    section = part(text, "theorem-A1.pushed", "article")
    assert "<math" in section
    assert "Assumes: any encoder and decoder" in section
    assert "flagged" in section
    evidence = part(text, "verdict-toy-1", "details")
    assert "slopes over the same sizes" in evidence
    assert "5, 10, 20" in evidence


def test_every_number_has_a_command(text: str):
    section = part(text, "study-toy")
    for command in ("lsdm run toy", "lsdm verdicts toy", "lsdm figures toy", "lsdm replay KEY"):
        assert f'<code class="command">{command} --store' in section
    assert len(re.findall(r"<td><code>[0-9a-f]{12}</code></td>", section)) == 48  # cells


def part(text: str, name: str, tag: str = "section") -> str:
    """The element of a name, with what is nested in it."""
    start = text.index(f'id="{name}"')
    depth, end = 1, start
    for match in re.finditer(rf"<(/?){tag}\b", text[start:]):
        depth += -1 if match[1] else 1
        end = start + match.start()
        if depth == 0:
            break
    return text[start:end]
